"""Findings by theme, most frequent first."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    BAR_NEUTRAL,
    BAR_OVER,
    BAR_UNDER,
    MUTED,
    Chart,
    canvas,
    legend,
    row_axis,
    svg_of,
)
from auditkit.reporting.parts import Column, records


def pareto(table: pd.DataFrame, source: str, counted: str = "findings") -> Chart:
    """Return themes by number of findings, most frequent first, with the running share.

    Args:
        table: theme, over, under, neutral (counts), most frequent first.
        source: the source note.
        counted: what is counted, in the plural.
    """
    ordered = table.assign(total=table["over"] + table["under"] + table["neutral"])
    running = (ordered["total"].cumsum() / max(1, ordered["total"].sum())).tolist()
    rows = records(ordered)
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    with canvas(0.42 * len(rows), right=0.95, top=0.5) as (figure, axes):
        start = np.zeros(len(rows))
        for key, label, look in (
            ("over", "Over", BAR_OVER),
            ("under", "Under", BAR_UNDER),
            ("neutral", "No change in payment", BAR_NEUTRAL),
        ):
            widths = ordered[key].to_numpy(dtype=float)
            axes.barh(places, widths, left=start, label=label, **look)
            start = start + widths
        axes.set_xlim(0, max(1.0, float(start.max()) * 1.1))
        row_axis(axes, places, [row["theme"] for row in rows])
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        for place, row, share in zip(places, rows, running, strict=True):
            axes.annotate(
                f"{int(row['total'])}", (row["total"], place), xytext=(5, 0),
                textcoords="offset points", va="center", fontsize=9, fontweight="bold",
            )  # fmt: skip
            height = axes.transData.transform((0, place))[1] / figure.bbox.height
            figure.text(0.999, height, f"{100 * share:.0f} %", **_AT_THE_RIGHT)
        figure.text(0.999, 1.0, "Running share", **{**_AT_THE_RIGHT, "va": "top"})
        legend(figure, axes)
        svg = svg_of(figure)
    shown = ordered[["theme"]].reset_index(drop=True)
    for key in ("over", "under", "neutral", "total"):
        shown[key] = [wording.count(row[key]) for row in rows]
    shown["running"] = [wording.percent(share, 0) for share in running]
    told = "; ".join(f"{r['theme']}: {r['total']}" for r in records(shown))
    return Chart(
        svg,
        f"Bars of the number of {counted} by theme, most frequent first. {told}.",
        "The themes at the top account for most of what was found; education starts there.",
        source,
        shown,
        (
            Column("theme", "Theme"),
            Column("over", "Over", "number"),
            Column("under", "Under", "number"),
            Column("neutral", "No change", "number"),
            Column("total", "All", "number"),
            Column("running", "Running share", "number"),
        ),
    )


_AT_THE_RIGHT: dict[str, Any] = {"va": "center", "ha": "right", "fontsize": 9, "color": MUTED}
