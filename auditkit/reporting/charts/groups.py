"""Many providers beside their group: the funnel plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    GROUP,
    HALO,
    INK,
    MUTED,
    SUBJECT,
    Chart,
    canvas,
    legend,
    percent_scale,
    svg_of,
)
from auditkit.reporting.parts import Column, records
from auditkit.stats.comparison import Comparison, Member, funnel_limits

#: A group up to this size has every point named; in a larger one only those told apart.
NAMED = 15
#: A group above this size has one dot for all providers with the same figures,
CROWD = 40
#: and so has a group in which more than this many have the same.
BESIDE = 3
#: How many dots of a large group carry names; the table has all.
NAMES = 20
#: How many names stand beside a dot that several providers share.
_TOGETHER = 2
_DASHED = (0, (4, 3))


def funnel(comparison: Comparison, what: str, source: str, group: str = "the practice") -> Chart:
    """Return each provider's error rate against the number reviewed, with limits of chance.

    Args:
        comparison: the providers beside their group.
        what: the rate, as a heading.
        source: the source note.
        group: the group's name.
    """
    with canvas(2.5, left=0.65, right=0.15, bottom=0.5) as (figure, axes):
        _limits(axes, comparison)
        dots = _dots(axes, comparison.members)
        for dot in dots:
            _draw(axes, dot)
        named = _named(dots, comparison)
        _names(axes, dots, named)
        axes.set_xlabel("Encounters reviewed")
        percent_scale(axes)
        _legend(figure, axes)
        svg = svg_of(figure)
    shown = pd.DataFrame([
        {
            "name": row["name"],
            "found": f"{row['errors']} of {row['reviewed']}",
            "rate": wording.percent(row["rate"]),
            "chance": f"{row['fewest']} to {row['most']}",
            "shrunken": wording.percent(row["shrunken"]),
            "apart": "yes" if row["distinguished"] else "no",
        }
        for row in records(comparison.table())
    ])  # fmt: skip
    return Chart(
        svg,
        f"{what} of each provider against the number reviewed, with limits of chance around "
        f"{group} at {wording.percent(comparison.group_rate)}. {_told(shown)}.",
        f"Between the lines lies what chance gives a provider who is like {group}; only filled "
        f"dots can be told apart. {_reading(comparison, dots, named)}{comparison.sentence()}",
        source,
        shown,
        (
            Column("name", "Provider"),
            Column("found", "In error", "number"),
            Column("rate", what, "number"),
            Column("chance", "Chance gives", "number"),
            Column("shrunken", "Drawn towards the group", "number"),
            Column("apart", "Told apart"),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Dot:
    """One dot: where it stands, and the providers that it stands for."""

    across: float
    members: tuple[Member, ...]

    @property
    def first(self) -> Member:
        """Any of the providers; their figures are the same."""
        return self.members[0]

    @property
    def size(self) -> float:
        """The diameter in points; its area grows with the number of providers, up to a limit."""
        return min(16.0, 7.0 * math.sqrt(1 + 0.35 * (len(self.members) - 1)))

    @property
    def words(self) -> str:
        """The names that stand beside it."""
        names = [member.name for member in self.members]
        more = len(names) - _TOGETHER
        return ", ".join(names[:_TOGETHER]) + (f" and {more} more" if more > 0 else "")


def _told(shown: pd.DataFrame) -> str:
    """Return the printed figures in words; in a large group of those told apart alone."""
    rows = records(shown)
    if len(rows) > CROWD:
        rows = [row for row in rows if row["apart"] == "yes"]
        if not rows:
            return f"{len(shown)} providers, none told apart from the group"
    return "; ".join(f"{row['name']} {row['found']}" for row in rows)


def _reading(comparison: Comparison, dots: Sequence[_Dot], named: Sequence[_Dot]) -> str:
    """Return how dots and names are to be read."""
    members = comparison.members
    said = "Dots with the same figures stand side by side. "
    if any(len(dot.members) > 1 for dot in dots):
        said = "A number in a dot says how many providers share its figures. "
    apart = sum(dot.first.distinguished for dot in dots)
    if len(members) <= NAMED or not apart:
        return said
    if apart > len(named):
        return said + f"The {len(named)} dots farthest from the group are named, of {apart}. "
    return said + "Only those told apart are named. "


def _limits(axes: Axes, comparison: Comparison) -> None:
    """Draw the group's rate and the limits for one provider and for all together."""
    reviewed = [member.reviewed for member in comparison.members]
    ends = max(1.0, min(reviewed) * 0.4), max(reviewed) * 1.3 + 1
    sizes = np.unique(np.linspace(*ends, 80).astype(int))
    together = comparison.level ** (1.0 / len(comparison.members))  # Šidák
    rates = [member.rate for member in comparison.members]
    for level, style in ((together, "-"), (comparison.level, _DASHED)):
        for edge in funnel_limits(comparison.group_rate, sizes.tolist(), level):
            axes.plot(sizes, edge, color=MUTED, lw=1.1, ls=style, drawstyle="steps-mid")
            near = edge[sizes >= min(reviewed)]
            rates += [float(near.min()), float(near.max())]
    axes.axhline(comparison.group_rate, color=INK, lw=1.2)
    # High rates would all stand at the upper edge of a scale that begins at nothing.
    bottom = 0.0 if min(rates) < 0.5 else math.floor(10 * min(rates) - 0.5) / 10
    top = min(1.03, max(0.2, bottom + 1.12 * (max(rates) - bottom)))
    axes.set(xlim=(sizes[0], sizes[-1]), ylim=(bottom, top))


def _dots(axes: Axes, members: Sequence[Member]) -> list[_Dot]:
    """Return the dots; equal ones stand beside each other, or as one in a large group."""
    same: dict[tuple[int, int], list[Member]] = {}
    for member in members:
        same.setdefault((member.reviewed, member.errors), []).append(member)
    most = max(len(each) for each in same.values())
    if len(members) > CROWD or most > BESIDE:
        return [_Dot(reviewed, tuple(each)) for (reviewed, _), each in same.items()]
    left, right = axes.get_xlim()
    step = 0.06 * (right - left)
    return [
        _Dot(reviewed + step * ((place + 1) // 2) * (1 if place % 2 else -1), (member,))
        for (reviewed, _), each in same.items()
        for place, member in enumerate(each)
    ]


def _draw(axes: Axes, dot: _Dot) -> None:
    """Draw one dot, with the number of providers that it stands for."""
    apart = dot.first.distinguished
    colour = SUBJECT if apart else GROUP
    axes.plot(
        dot.across, dot.first.rate, "o", ms=dot.size, color=colour if apart else "white",
        mec=colour, mew=1.6, zorder=3, clip_on=False,
    )  # fmt: skip
    if len(dot.members) > 1:
        axes.annotate(
            str(len(dot.members)), (dot.across, dot.first.rate), ha="center", va="center",
            fontsize=7.5, color="white" if apart else INK, zorder=4,
        )  # fmt: skip


def _named(dots: Sequence[_Dot], comparison: Comparison) -> list[_Dot]:
    """Return the dots that carry names: all of a small group, else those farthest told apart."""
    if len(comparison.members) <= NAMED:
        return list(dots)

    def distance(dot: _Dot) -> float:
        return abs(dot.first.rate - comparison.group_rate) * math.sqrt(dot.first.reviewed)

    apart = [dot for dot in dots if dot.first.distinguished]
    return sorted(apart, key=distance, reverse=True)[:NAMES]


#: Where a name may stand, in points from its dot's edge: to which side, and how high.
_AROUND = ((1, 0), (-1, 0), (1, 9), (-1, 9), (1, -9), (-1, -9), (1, 18), (1, -18))
_NAME = 8.0


def _names(axes: Axes, dots: Sequence[_Dot], named: Sequence[_Dot]) -> None:
    """Write the names, each at the first place beside its dot that nothing else takes."""
    points = 72.0 / axes.figure.dpi
    taken = []
    for dot in dots:
        x, y = points * axes.transData.transform((dot.across, dot.first.rate))
        half = dot.size / 2
        taken.append((x - half, y - half, x + half, y + half))
    edges = [points * edge for edge in axes.bbox.extents]
    for dot in named:
        x, y = points * axes.transData.transform((dot.across, dot.first.rate))
        wide = 0.62 * _NAME * len(dot.words)
        boxes = []
        for side, up in _AROUND:
            near = x + side * (dot.size / 2 + 3)
            left = near if side > 0 else near - wide
            boxes.append((left, y + up - _NAME / 2, left + wide, y + up + _NAME / 2))
        free = (
            number for number, box in enumerate(boxes)
            if box[0] >= edges[0] and box[2] <= edges[2] + 8
            and not any(_overlap(box, other) for other in taken)
        )  # fmt: skip
        chosen = next(free, 0)
        side, up = _AROUND[chosen]
        taken.append(boxes[chosen])
        axes.annotate(
            dot.words, (dot.across, dot.first.rate), xytext=(side * (dot.size / 2 + 3), up),
            textcoords="offset points", va="center", ha="left" if side > 0 else "right",
            fontsize=_NAME, bbox=HALO, zorder=5,
        )  # fmt: skip


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Return whether two boxes (left, bottom, right, top) overlap."""
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def _legend(figure: Figure, axes: Axes) -> None:
    handles = [
        axes.plot([], [], "o", color=SUBJECT, ms=7, label="told apart")[0],
        axes.plot([], [], "o", color="white", mec=GROUP, mew=1.6, ms=7, label="not told apart")[0],
        axes.plot([], [], color=MUTED, lw=1.1, label="limits, all together")[0],
        axes.plot([], [], color=MUTED, lw=1.1, ls=_DASHED, label="limits, one alone")[0],
    ]
    legend(figure, axes, handles, columns=4)
