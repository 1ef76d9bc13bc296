"""A figure over time, with the limits of chance."""

import math

import pandas as pd

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    HALO,
    INK,
    MUTED,
    OVER,
    SUBJECT,
    Chart,
    canvas,
    legend,
    percent_scale,
    svg_of,
)
from auditkit.reporting.parts import Column
from auditkit.stats.control import ControlChart


def run(chart: ControlChart, what: str, source: str) -> Chart:
    """Return the run or control chart of a rate across audits.

    Args:
        chart: the rates as fractions, with their limits; runs have none.
        what: the rate, as a heading.
        source: the source note.
    """
    points = chart.points
    across = list(range(len(points)))
    limited = all(math.isfinite(p.lower) and math.isfinite(p.upper) for p in points)
    with canvas(2.2, left=0.65, right=0.15) as (figure, axes):
        if limited:
            for edge in ([p.lower for p in points], [p.upper for p in points]):
                axes.plot(across, edge, color=MUTED, lw=1.1, drawstyle="steps-mid")
        axes.axhline(chart.centre, color=INK, lw=1.2)
        axes.plot(across, [p.value for p in points], "-", color=SUBJECT, lw=1.6)
        for place, point in zip(across, points, strict=True):
            mark, colour = ("s", OVER) if point.outside else ("o", SUBJECT)
            axes.plot(
                place, point.value, mark, color=colour, ms=8, mec="white", mew=1.2, zorder=3,
                clip_on=False,
            )  # fmt: skip
            axes.annotate(
                wording.percent(point.value, 0), (place, point.value), xytext=(0, 8),
                textcoords="offset points", ha="center", fontsize=9, bbox=HALO, zorder=4,
            )  # fmt: skip
        top = max([p.value for p in points] + ([p.upper for p in points] if limited else []))
        axes.set(xlim=(-0.5, len(points) - 0.5), ylim=(0, min(1.12, max(0.15, top * 1.25))))
        axes.set_xticks(across, [p.label for p in points])
        axes.grid(axis="x", visible=False)
        percent_scale(axes)
        handles = [
            axes.plot([], [], "o-", color=SUBJECT, ms=7, label="each audit")[0],
            axes.plot([], [], color=INK, lw=1.2, label="all audits together")[0],
        ]
        if limited:
            handles.append(axes.plot([], [], color=MUTED, lw=1.1, label="limits of chance")[0])
        legend(figure, axes, handles)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "label": [p.label for p in points],
        "value": [wording.percent(p.value) for p in points],
        "limits": [wording.interval(p.lower, p.upper) for p in points],
    })  # fmt: skip
    told = "; ".join(f"{p.label} {wording.percent(p.value)}" for p in points)
    return Chart(
        svg,
        f"{what} in each audit, in order of time. {told}. {chart.sentence()}",
        f"{what} in each audit. {chart.sentence()}",
        source,
        shown,
        (
            Column("label", "Audit"),
            Column("value", what, "number"),
            Column("limits", "Limits of chance", "number"),
        ),
    )
