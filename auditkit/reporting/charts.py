"""The pictures of the provider report: functions from tables of figures to finished charts."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    GROUP,
    INK,
    MUTED,
    OVER,
    RULE,
    SUBJECT,
    UNDER,
    UNDER_HATCH,
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


def rates(table: pd.DataFrame, who: str, group: str, source: str) -> Chart:
    """Return dots with intervals, one row per measure, beside the group's rate.

    Args:
        table: label, rate, lower, upper, group_rate (fractions; NaN where not defined), and
            better: "higher" or "lower", in one run each.
        who: the subject's name in the legend.
        group: the group's name in the legend.
        source: the source note.
    """
    rows = records(table)
    places = _places([row["better"] for row in rows])
    with canvas(0.52 * len(rows) + 0.2, right=1.45) as (figure, axes):
        row_axis(axes, places, [row["label"] for row in rows])
        percent_axis(axes)
        for place, row in zip(places, rows, strict=True):
            axes.plot([row["lower"], row["upper"]], [place, place], **_BAND)
            axes.plot(row["group_rate"], place, "|", color=INK, ms=19, mew=2, zorder=3)
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
        f"{r['label']} {r['rate']} (interval {r['interval']}), {group} {r['group']}"
        for r in records(shown)
    )
    return Chart(
        svg,
        f"Dots with intervals for {who} beside {group}. {told}.",
        "The dot is what the sample shows; the band is what it cannot rule out. Where the upright "
        f"mark ({group}) stands within the band, the two cannot be told apart.",
        source,
        shown,
        (
            Column("label", "Measure"),
            Column("rate", who, "number"),
            Column("interval", "Interval", "number"),
            Column("group", capital(group), "number"),
        ),
    )


_BAND: dict[str, Any] = {
    "color": SUBJECT, "lw": 6, "alpha": 0.32, "solid_capstyle": "butt", "zorder": 2,
}  # fmt: skip
_DOT: dict[str, Any] = {"color": SUBJECT, "ms": 8, "mec": "white", "mew": 1.2, "zorder": 4}


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
            f"{kind} is better", (0, first + 0.34), xytext=(-5, 0), textcoords="offset points",
            ha="right", fontsize=8.5, color=MUTED, style="italic",
        )  # fmt: skip


def _rates_legend(figure: Figure, axes: Axes, who: str, group: str) -> None:
    handles = [
        axes.plot([], [], "o", color=SUBJECT, ms=7, label=fit(who))[0],
        axes.plot([], [], "-", color=SUBJECT, lw=6, alpha=0.32, label="its interval")[0],
        axes.plot([], [], "|", color=INK, ms=13, mew=2, label=fit(group))[0],
    ]
    legend(figure, axes, handles)


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
        axes.barh(places, over, label="Over", **_OVER)
        axes.barh(places, -under, label="Under", **_UNDER)
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


_OVER: dict[str, Any] = {"color": OVER, "height": 0.56, "zorder": 2}
_UNDER: dict[str, Any] = {
    "color": UNDER, "hatch": UNDER_HATCH, "edgecolor": "white", "lw": 0, "height": 0.56,
    "zorder": 2,
}  # fmt: skip
_NEUTRAL: dict[str, Any] = {"color": RULE, "height": 0.56, "zorder": 2}


def _bar_end(axes: Axes, amount: float, place: float, side: int) -> None:
    """Write a bar's dollars at its end."""
    if amount <= 0:
        return
    axes.annotate(
        wording.dollars(amount, cents=False).replace("$", r"\$"), (side * amount, place),
        xytext=(5 * side, 0), textcoords="offset points", va="center",
        ha="left" if side > 0 else "right", fontsize=9,
    )  # fmt: skip


def em_levels(table: pd.DataFrame, who: str, group: str, source: str, title: str) -> Chart:
    """Return paired bars of the share of visits at each E/M code.

    Args:
        table: code, count, share, group_share (fractions of the visits of that kind).
        who: the subject's name.
        group: the group's name.
        source: the source note.
        title: the kind of visit: "New patients" or "Established patients".
    """
    rows = records(table)
    places = np.arange(len(rows))
    with canvas(1.75, left=0.55, right=0.05, top=0.45) as (figure, axes):
        tallest = 0.1
        for shift, key, colour, label in (
            (-0.2, "share", SUBJECT, who),
            (0.2, "group_share", GROUP, group),
        ):
            heights = [float(row[key]) for row in rows]
            tallest = max(tallest, *heights)
            axes.bar(places + shift, heights, width=0.38, zorder=2, color=colour, label=fit(label))
            for place, height in zip(places, heights, strict=True):
                axes.annotate(
                    f"{100 * height:.0f} %", (place + shift, height), xytext=(0, 3),
                    textcoords="offset points", ha="center", fontsize=8.5,
                )  # fmt: skip
        axes.set(xlim=(-0.6, len(rows) - 0.4), ylim=(0, tallest * 1.22))
        axes.set_xticks(places, [row["code"] for row in rows])
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
        axes.grid(axis="x", visible=False)
        axes.spines["left"].set_visible(False)
        figure.text(0.005, 1.0, title, fontsize=11, fontweight="bold", va="top")
        figure.legend(loc="upper right", bbox_to_anchor=(1.0, 1.015), ncols=2, borderaxespad=0)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "code": [row["code"] for row in rows],
        "count": [wording.count(row["count"]) for row in rows],
        "share": [wording.percent(row["share"]) for row in rows],
        "group": [wording.percent(row["group_share"]) for row in rows],
    })  # fmt: skip
    told = "; ".join(f"{r['code']}: {r['share']} ({group} {r['group']})" for r in records(shown))
    return Chart(
        svg,
        f"Share of visits at each code, {title.lower()}, {who} beside {group}. {told}.",
        f"{title}: how often each code was billed. A difference is a reason to look, not an error; "
        "patients differ.",
        source,
        shown,
        (
            Column("code", "Code", "code"),
            Column("count", "Encounters", "number"),
            Column("share", who, "number"),
            Column("group", capital(group), "number"),
        ),
    )


def pareto(table: pd.DataFrame, source: str, counted: str = "findings") -> Chart:
    """Return themes by number of findings, most frequent first, with the running share.

    Args:
        table: theme, over, under, neutral (counts).
        source: the source note.
        counted: what is counted, in the plural.
    """
    ordered = table.assign(total=table["over"] + table["under"] + table["neutral"])
    ordered = ordered.sort_values("total", ascending=False, kind="stable")
    running = (ordered["total"].cumsum() / max(1, ordered["total"].sum())).tolist()
    rows = records(ordered)
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    with canvas(0.42 * len(rows), right=0.95, top=0.5) as (figure, axes):
        start = np.zeros(len(rows))
        for key, label, look in (
            ("over", "Over", _OVER),
            ("under", "Under", _UNDER),
            ("neutral", "No change in payment", _NEUTRAL),
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
