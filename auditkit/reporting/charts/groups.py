"""Many providers beside their group: the funnel plot."""

from collections import Counter
from collections.abc import Sequence

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
_DASHED = (0, (4, 3))


def funnel(comparison: Comparison, what: str, source: str, group: str = "the practice") -> Chart:
    """Return each provider's error rate against the number reviewed, with limits of chance.

    Args:
        comparison: the providers beside their group.
        what: the rate, as a heading.
        source: the source note.
        group: the group's name.
    """
    with canvas(2.9, left=0.65, right=0.15, bottom=0.5) as (figure, axes):
        _limits(axes, comparison)
        _points(axes, comparison.members)
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
    told = "; ".join(f"{r['name']} {r['found']}" for r in records(shown))
    return Chart(
        svg,
        f"{what} of each provider against the number reviewed, with limits of chance around "
        f"{group} at {wording.percent(comparison.group_rate)}. {told}.",
        f"Between the lines lies what chance gives a provider who is like {group}; only filled "
        "dots can be told apart. Dots with the same figures stand side by side. "
        f"{comparison.sentence()}",
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


def _limits(axes: Axes, comparison: Comparison) -> None:
    """Draw the group's rate and the limits for one provider and for all together."""
    reviewed = [member.reviewed for member in comparison.members]
    ends = max(1.0, min(reviewed) * 0.4), max(reviewed) * 1.3 + 1
    sizes = np.unique(np.linspace(*ends, 80).astype(int))
    together = comparison.level ** (1.0 / len(comparison.members))  # Šidák
    highest = max(member.rate for member in comparison.members)
    for level, style in ((together, "-"), (comparison.level, _DASHED)):
        for edge in funnel_limits(comparison.group_rate, sizes.tolist(), level):
            axes.plot(sizes, edge, color=MUTED, lw=1.1, ls=style, drawstyle="steps-mid")
            highest = max(highest, float(edge[sizes >= min(reviewed)].max()))
    axes.axhline(comparison.group_rate, color=INK, lw=1.2)
    axes.set(xlim=(sizes[0], sizes[-1]), ylim=(0, min(1.03, max(0.2, highest * 1.12))))


def _points(axes: Axes, members: Sequence[Member]) -> None:
    """Draw the providers; equal ones stand beside each other."""
    left, right = axes.get_xlim()
    stacked = max(Counter((m.reviewed, m.errors) for m in members).values())
    step = (right - left) * min(0.06, 0.7 / stacked)
    seen: Counter[tuple[int, int]] = Counter()
    for member in members:
        place = seen[member.reviewed, member.errors]
        seen[member.reviewed, member.errors] += 1
        across = member.reviewed + step * ((place + 1) // 2) * (1 if place % 2 else -1)
        colour = SUBJECT if member.distinguished else GROUP
        fill = colour if member.distinguished else "white"
        axes.plot(
            across, member.rate, "o", ms=7, color=fill, mec=colour, mew=1.6, zorder=3,
            clip_on=False,
        )  # fmt: skip
        if member.distinguished or len(members) <= NAMED:
            axes.annotate(
                member.name, (across, member.rate), xytext=(7, 0), textcoords="offset points",
                va="center", fontsize=8, path_effects=[HALO],
            )  # fmt: skip


def _legend(figure: Figure, axes: Axes) -> None:
    handles = [
        axes.plot([], [], "o", color=SUBJECT, ms=7, label="told apart")[0],
        axes.plot([], [], "o", color="white", mec=GROUP, mew=1.6, ms=7, label="not told apart")[0],
        axes.plot([], [], color=MUTED, lw=1.1, label="limits, all together")[0],
        axes.plot([], [], color=MUTED, lw=1.1, ls=_DASHED, label="limits, one alone")[0],
    ]
    legend(figure, axes, handles, columns=4)
