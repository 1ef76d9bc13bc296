"""Rates with their intervals: one scope beside its group, and many providers in one picture."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    GROUP,
    INK,
    MUTED,
    SUBJECT,
    Chart,
    beside,
    canvas,
    capital,
    fit,
    legend,
    percent_axis,
    row_axis,
    svg_of,
)
from auditkit.reporting.parts import Column, records


def rates(table: pd.DataFrame, who: str, source: str, group: str = "") -> Chart:
    """Return dots with intervals, one row per measure, beside the group's rate if there is one.

    Args:
        table: label, rate, lower, upper, group_rate (fractions; NaN where not defined), and
            better: "higher" or "lower", in one run each.
        who: the subject's name in the legend.
        source: the source note.
        group: the group's name in the legend; nothing when there is no group.
    """
    rows = records(table)
    places = _places([row["better"] for row in rows])
    with canvas(0.46 * len(rows) + 0.2, right=1.45) as (figure, axes):
        row_axis(axes, places, [row["label"] for row in rows])
        percent_axis(axes)
        for place, row in zip(places, rows, strict=True):
            axes.plot([row["lower"], row["upper"]], [place, place], **_BAND)
            if group:
                axes.plot(
                    row["group_rate"], place, "|", color=INK, ms=19, mew=2, zorder=3, clip_on=False
                )
            axes.plot(row["rate"], place, "o", **_DOT)
            said = wording.interval(row["lower"], row["upper"])
            beside(axes, place, f"{wording.percent(row['rate'])}\n{said}")
        _mark_kinds(axes, places, rows)
        _rates_legend(figure, axes, who, group)
        svg = svg_of(figure)
    shown = pd.DataFrame([
        {
            "label": row["label"],
            "rate": wording.percent(row["rate"]),
            "interval": wording.interval(row["lower"], row["upper"]),
            "group": wording.percent(row["group_rate"]),
        }
        for row in rows
    ])  # fmt: skip
    told = "; ".join(
        f"{r['label']} {r['rate']} (interval {r['interval']})"
        + (f", {group} {r['group']}" if group else "")
        for r in records(shown)
    )
    caption = "The dot is what the sample shows; the band is what it cannot rule out."
    beside_group = (
        f" Where the upright mark ({group}) stands within the band, the two cannot be told apart."
    )
    columns = (
        Column("label", "Measure"),
        Column("rate", who, "number"),
        Column("interval", "Interval", "number"),
    )
    return Chart(
        svg,
        f"Dots with intervals for {who}{f' beside {group}' if group else ''}. {told}.",
        caption + (beside_group if group else ""),
        source,
        shown,
        (*columns, Column("group", capital(group), "number")) if group else columns,
    )


_BAND: dict[str, Any] = {
    "color": SUBJECT, "lw": 6, "alpha": 0.32, "solid_capstyle": "butt", "zorder": 2,
}  # fmt: skip
_DOT: dict[str, Any] = {
    "color": SUBJECT, "ms": 8, "mec": "white", "mew": 1.2, "zorder": 4, "clip_on": False,
}  # fmt: skip


def _places(kinds: list[str]) -> list[float]:
    """Return a height for each row, top first, with a gap where the kind changes."""
    height, places = 0.0, []
    for number, kind in enumerate(kinds):
        if number:
            height -= 1.0 if kind == kinds[number - 1] else 1.45
        places.append(height)
    return places


def _mark_kinds(axes: Axes, places: list[float], rows: list[dict[str, Any]]) -> None:
    """Say above each run of rows which way is better."""
    for kind in dict.fromkeys(row["better"] for row in rows):
        first = next(p for p, row in zip(places, rows, strict=True) if row["better"] == kind)
        axes.annotate(
            f"{kind} is better", (0, first + 0.34), xytext=(-9, 0), textcoords="offset points",
            ha="right", fontsize=8.5, color=MUTED, style="italic",
        )  # fmt: skip


def _rates_legend(figure: Figure, axes: Axes, who: str, group: str) -> None:
    handles = [
        axes.plot([], [], "o", color=SUBJECT, ms=7, label=fit(who))[0],
        axes.plot([], [], "-", color=SUBJECT, lw=6, alpha=0.32, label="its interval")[0],
    ]
    if group:
        handles.append(axes.plot([], [], "|", color=INK, ms=13, mew=2, label=fit(group))[0])
    legend(figure, axes, handles)


def forest(
    table: pd.DataFrame, group_rate: float, group: str, what: str, source: str, of: int = 0
) -> Chart:
    """Return one dot with its interval for each provider, beside the group's rate.

    Args:
        table: label, rate, lower, upper (fractions), n, and apart: whether the provider can be
            told apart from the group when all are looked at together.
        group_rate: the group's rate, as a fraction.
        group: the group's name.
        what: the measure, as a heading.
        source: the source note.
        of: the number of providers, where only some of those told apart are drawn.
    """
    rows = records(table)
    said = f"{what}, in the order of ids, not of rates. The upright line is {group}. "
    if of > len(rows):
        said += (
            f"{len(rows)} of {of} providers {'is' if len(rows) == 1 else 'are'} drawn, told apart "
            "from it when all are looked at together; the next picture has everyone."
        )
    else:
        said += (
            "Filled dots can be told apart from it even when all providers are looked at "
            "together; hollow ones cannot."
        )
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    with canvas(max(0.7, 0.3 * len(rows)), right=1.75) as (figure, axes):
        row_axis(axes, places, [row["label"] for row in rows])
        percent_axis(axes)
        axes.axvline(group_rate, color=INK, lw=1.3, zorder=1)
        for place, row in zip(places, rows, strict=True):
            colour = SUBJECT if row["apart"] else GROUP
            axes.plot([row["lower"], row["upper"]], [place, place], color=colour, lw=2.2, zorder=2)
            fill = colour if row["apart"] else "white"
            axes.plot(
                row["rate"], place, "o", ms=7, color=fill, mec=colour, mew=1.8, zorder=3,
                clip_on=False,
            )  # fmt: skip
            width = wording.interval(row["lower"], row["upper"])
            beside(axes, place, f"{wording.percent(row['rate'])}  ({width})")
        legend(figure, axes, [
            axes.plot([], [], "o-", color=SUBJECT, ms=7, label="told apart")[0],
            axes.plot([], [], "o-", color=GROUP, mfc="white", ms=7, label="not told apart")[0],
            axes.plot([], [], "|", color=INK, ms=13, mew=1.5, label=fit(group))[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = pd.DataFrame([
        {
            "label": row["label"],
            "n": wording.count(row["n"]),
            "rate": wording.percent(row["rate"]),
            "interval": wording.interval(row["lower"], row["upper"]),
            "apart": "yes" if row["apart"] else "no",
        }
        for row in rows
    ])  # fmt: skip
    told = "; ".join(f"{r['label']} {r['rate']} ({r['interval']})" for r in records(shown))
    return Chart(
        svg,
        f"{what} of each provider with its interval; {group} {wording.percent(group_rate)}. "
        f"{told}.",
        said,
        source,
        shown,
        (
            Column("label", "Provider"),
            Column("n", "Encounters", "number"),
            Column("rate", what, "number"),
            Column("interval", "Interval", "number"),
            Column("apart", f"Told apart from {group}", "text"),
        ),
    )
