"""Dollars: over and under by theme, and one total by several methods."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    BAR_OVER,
    BAR_UNDER,
    INK,
    SUBJECT,
    Chart,
    beside,
    canvas,
    legend,
    row_axis,
    svg_of,
)
from auditkit.reporting.parts import Column, records


def over_and_under(table: pd.DataFrame, source: str) -> Chart:
    """Return a two-sided bar of dollars, one row per theme: under to the left, over to the right.

    Args:
        table: theme, over, under (dollars, both >= 0), largest first.
        source: the source note.
    """
    rows = records(table)
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    over, under = table["over"].to_numpy(dtype=float), table["under"].to_numpy(dtype=float)
    with canvas(0.42 * len(rows), bottom=0.52) as (figure, axes):
        axes.barh(places, over, label="Over", **BAR_OVER)
        axes.barh(places, -under, label="Under", **BAR_UNDER)
        reach = max(1.0, float(over.max()), float(under.max()))
        axes.set_xlim(-reach * (1.28 if under.any() else 0.12), reach * 1.28)
        row_axis(axes, places, [row["theme"] for row in rows])
        axes.axvline(0, color=INK, lw=1)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"${abs(v):,.0f}"))
        axes.set_xlabel("Dollars allowed, in the sample")
        for place, row in zip(places, rows, strict=True):
            _bar_end(axes, row["over"], place, 1)
            _bar_end(axes, row["under"], place, -1)
        legend(figure, axes)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "theme": [row["theme"] for row in rows],
        "over": [wording.dollars(row["over"]) for row in rows],
        "under": [wording.dollars(row["under"]) for row in rows],
    })  # fmt: skip
    told = "; ".join(f"{r['theme']}: over {r['over']}, under {r['under']}" for r in records(shown))
    return Chart(
        svg,
        f"Bars of dollars billed above and below what the record supports, by theme. {told}.",
        "Bars to the right are dollars above what the record supports, bars to the left dollars "
        "below it. The two are not added up: one does not excuse the other.",
        source,
        shown,
        (
            Column("theme", "Theme"),
            Column("over", "Over", "number"),
            Column("under", "Under", "number"),
        ),
    )


def _bar_end(axes: Axes, amount: float, place: float, side: int) -> None:
    """Write a bar's dollars at its end."""
    if amount <= 0:
        return
    axes.annotate(
        wording.dollars(amount, cents=amount < 10).replace("$", r"\$"), (side * amount, place),
        xytext=(5 * side, 0), textcoords="offset points", va="center",
        ha="left" if side > 0 else "right", fontsize=9,
    )  # fmt: skip


#: How many times the first method's upper limit the picture reaches to the right at most.
_FARTHEST = 1.6


def _goes_on(axes: Axes, end: float, place: float, upper: float) -> None:
    """Write at the edge how far an interval goes on, since drawing it would press the others."""
    axes.annotate(
        f"on to {wording.dollars(upper, cents=False)}  ".replace("$", r"\$"), (end, place),
        xytext=(0, 10), textcoords="offset points", ha="right", fontsize=8.5, color=INK,
    )  # fmt: skip


def methods(table: pd.DataFrame, what: str, level: float, source: str) -> Chart:
    """Return one total by several methods: point, two-sided interval and one-sided lower limit.

    Args:
        table: method, point, lower, upper, lower_one_sided (dollars), the required method first.
        what: the total, as a heading.
        level: the level of all limits, as a fraction.
        source: the source note.
    """
    rows = records(table)
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    named = [str(row["method"]).split(",")[0].split("(")[0].strip() for row in rows]
    left = min(0.0, float(table["lower"].min()))
    right = min(float(table["upper"].max()), _FARTHEST * float(table["upper"].iloc[0])) * 1.05
    with canvas(0.46 * len(rows), right=1.1) as (figure, axes):
        row_axis(axes, places, named)
        for place, row in zip(places, rows, strict=True):
            ends = [row["lower"], min(row["upper"], right)]
            if row["upper"] > right:
                _goes_on(axes, right, place, row["upper"])
            axes.plot(ends, [place, place], color=SUBJECT, lw=6, alpha=0.32, solid_capstyle="butt")
            axes.plot(row["lower_one_sided"], place, "|", color=INK, ms=17, mew=2)
            axes.plot(row["point"], place, "o", color=SUBJECT, ms=8, mec="white", mew=1.2)
            beside(axes, place, wording.dollars(row["point"], cents=False).replace("$", r"\$"))
        axes.set_xlim(left, right)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"${v:,.0f}"))
        legend(figure, axes, [
            axes.plot([], [], "o", color=SUBJECT, ms=7, label="estimate")[0],
            axes.plot([], [], "-", color=SUBJECT, lw=6, alpha=0.32, label="two-sided interval")[0],
            axes.plot([], [], "|", color=INK, ms=13, mew=2, label="one-sided lower limit")[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = pd.DataFrame({"method": [row["method"] for row in rows]})
    for key in ("point", "lower", "upper", "lower_one_sided"):
        shown[key] = [wording.dollars(row[key]) for row in rows]
    told = "; ".join(
        f"{r['method']}: {r['point']}, one-sided lower limit {r['lower_one_sided']}"
        for r in records(shown)
    )
    return Chart(
        svg,
        f"{what} by several methods with {100 * level:.0f} % limits. {told}.",
        "The first method is the one that contractors and courts expect. The further the others "
        "lie from it, the more of the figure rests on the method.",
        source,
        shown,
        (
            Column("method", "Method"),
            Column("point", "Estimate", "number"),
            Column("lower", "Two-sided, lower", "number"),
            Column("upper", "Two-sided, upper", "number"),
            Column("lower_one_sided", "One-sided, lower", "number"),
        ),
    )
