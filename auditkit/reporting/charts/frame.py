"""The sample beside its frame, and what a sample of each size can tell."""

from typing import Any

import pandas as pd

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    INK,
    OVER,
    SUBJECT,
    Chart,
    canvas,
    legend,
    percent_axis,
    percent_scale,
    row_axis,
    svg_of,
)
from auditkit.reporting.parts import Column, records

#: Marks at the edge are drawn whole.
_WHOLE: dict[str, Any] = {"zorder": 4, "clip_on": False}


def balance(table: pd.DataFrame, source: str) -> Chart:
    """Return the make-up of the sample beside that of the frame.

    Args:
        table: what, label, frame, sample: shares as fractions, the sample weighted by the inverse
            of its inclusion probabilities; rows of one `what` in one run.
        source: the source note.
    """
    rows = records(table)
    places: list[float] = []
    height = 0.0
    for number, row in enumerate(rows):
        if number:
            height -= 1.0 if row["what"] == rows[number - 1]["what"] else 2.0
        places.append(height)
    with canvas(0.235 * (max(places) - min(places) + 1.2), right=0.2) as (figure, axes):
        row_axis(axes, places, [row["label"] for row in rows])
        top = max(float(table["frame"].max()), float(table["sample"].max()))
        percent_axis(axes, top)
        for place, row in zip(places, rows, strict=True):
            axes.plot([row["frame"], row["sample"]], [place, place], color=SUBJECT, lw=1.6)
            axes.plot(row["frame"], place, "|", color=INK, ms=13, mew=2, **_WHOLE)
            axes.plot(row["sample"], place, "o", color=SUBJECT, ms=7, mec="white", **_WHOLE)
        for kind in dict.fromkeys(row["what"] for row in rows):
            first = next(p for p, row in zip(places, rows, strict=True) if row["what"] == kind)
            axes.annotate(
                kind, (0, first + 0.8), xytext=(-5, 0), textcoords="offset points", ha="right",
                fontsize=8.5, fontweight="bold",
            )  # fmt: skip
        axes.set_ylim(min(places) - 0.6, max(places) + 1.4)
        legend(figure, axes, [
            axes.plot([], [], "o", color=SUBJECT, ms=7, label="sample, weighted")[0],
            axes.plot([], [], "|", color=INK, ms=13, mew=2, label="frame")[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = table[["what", "label"]].reset_index(drop=True)
    for key in ("frame", "sample"):
        shown[key] = [wording.percent(row[key]) for row in rows]
    worst = max(rows, key=lambda row: abs(row["sample"] - row["frame"]))
    apart = 100 * abs(worst["sample"] - worst["frame"])
    far = f"{worst['label']}, {apart:.1f} percentage points"
    return Chart(
        svg,
        f"Shares of the frame and of the weighted sample. The largest difference is {far}.",
        "Where dot and mark lie close together the sample looks like its frame. The largest "
        f"difference is {far}.",
        source,
        shown,
        (
            Column("label", "Part"),
            Column("what", "Of"),
            Column("frame", "Frame", "number"),
            Column("sample", "Sample, weighted", "number"),
        ),
    )


def planner(table: pd.DataFrame, source: str) -> Chart:
    """Return the chances of a wrong verdict on a provider, by the number of units sampled.

    Args:
        table: n, pass_bad, fail_good (fractions), as `Simulation.pass_table` gives them.
        source: the source note.
    """
    rows = records(table.sort_values("n"))
    sizes = [row["n"] for row in rows]
    with canvas(2.2, left=0.65, right=0.15, bottom=0.5) as (figure, axes):
        for key, label, colour, mark in (
            ("pass_bad", "a bad provider passes", OVER, "s"),
            ("fail_good", "a good provider fails", SUBJECT, "o"),
        ):
            heights = [row[key] for row in rows]
            axes.plot(sizes, heights, f"{mark}-", color=colour, ms=7, mec="white", label=label)
        top = max(0.1, *(row["pass_bad"] for row in rows), *(row["fail_good"] for row in rows))
        axes.set(ylim=(0, min(1.05, top * 1.15)), xlabel="Units sampled")
        percent_scale(axes)
        legend(figure, axes)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "n": [wording.count(n) for n in sizes],
        "pass_bad": [wording.percent(row["pass_bad"]) for row in rows],
        "fail_good": [wording.percent(row["fail_good"]) for row in rows],
    })  # fmt: skip
    told = "; ".join(
        f"n = {r['n']}: bad passes {r['pass_bad']}, good fails {r['fail_good']}"
        for r in records(shown)
    )
    return Chart(
        svg,
        f"Chance of a wrong verdict by number of units sampled. {told}.",
        "How often a sample of each size would pass a provider who should fail, and fail one who "
        "should pass. A small sample does both.",
        source,
        shown,
        (
            Column("n", "Units", "number"),
            Column("pass_bad", "A bad provider passes", "number"),
            Column("fail_good", "A good provider fails", "number"),
        ),
    )
