"""The pictures of the provider report: functions from tables of figures to finished charts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
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
    canvas,
    legend,
    svg_of,
)
from auditkit.reporting.parts import Column

#: The longest label that an axis carries; the table below the picture has the whole of it.
LABEL = 34


def rates(table: pd.DataFrame, who: str, group: str, source: str) -> Chart:
    """Return dots with intervals, one row per measure, beside the group's rate.

    Args:
        table: label, rate, lower, upper, group_rate (fractions; NaN where not defined), and
            better: "higher" or "lower", in one run each.
        who: the subject's name in the legend.
        group: the group's name in the legend.
        source: the source note.
    """
    rows = table.reset_index(drop=True)
    places = _places(rows["better"].tolist())
    with canvas(0.52 * len(rows) + 0.2, right=1.45) as (figure, axes):
        axes.set(xlim=(0, 1), ylim=(min(places) - 0.6, max(places) + 0.6))
        axes.set_yticks(places, [_label(each) for each in rows["label"]])
        _percent_axis(axes)
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
        for place, row in zip(places, rows.itertuples(), strict=True):
            axes.plot([row.lower, row.upper], [place, place], color=SUBJECT, lw=6, alpha=0.32,
                      solid_capstyle="butt", zorder=2)  # fmt: skip
            axes.plot(row.group_rate, place, "|", color=INK, ms=19, mew=2, zorder=3)
            axes.plot(row.rate, place, "o", color=SUBJECT, ms=8, mec="white", mew=1.2, zorder=4)
            said = f"{wording.percent(row.rate)}\n{wording.interval(row.lower, row.upper)}"
            axes.annotate(said, (1.035, place), xycoords=("axes fraction", "data"), va="center",
                          fontsize=9, color=INK, linespacing=1.35)  # fmt: skip
        for kind in dict.fromkeys(rows["better"]):
            first = max(p for p, b in zip(places, rows["better"], strict=True) if b == kind)
            axes.annotate(f"{kind} is better", (0, first + 0.34), xytext=(-5, 0), ha="right",
                          textcoords="offset points", fontsize=8.5, color=MUTED, style="italic")  # fmt: skip
        legend(figure, axes, [
            axes.plot([], [], "o", color=SUBJECT, ms=7, label=_label(who))[0],
            axes.plot([], [], "-", color=SUBJECT, lw=6, alpha=0.32, label="its interval")[0],
            axes.plot([], [], "|", color=INK, ms=13, mew=2, label=_label(group))[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "label": rows["label"],
        "rate": rows["rate"].map(wording.percent),
        "interval": [wording.interval(a, b) for a, b in zip(rows["lower"], rows["upper"], strict=True)],
        "group": rows["group_rate"].map(wording.percent),
    })  # fmt: skip
    told = "; ".join(
        f"{r.label} {r.rate} (interval {r.interval}), {group} {r.group}" for r in shown.itertuples()
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
            Column("group", group[0].upper() + group[1:], "number"),
        ),
    )


def over_and_under(table: pd.DataFrame, source: str) -> Chart:
    """Return a two-sided bar of dollars, one row per theme: under to the left, over to the right.

    Args:
        table: theme, over, under (dollars, both >= 0), largest first.
        source: the source note.
    """
    rows = table.reset_index(drop=True)
    places = np.arange(len(rows))[::-1]
    with canvas(0.42 * len(rows), bottom=0.52) as (figure, axes):
        axes.barh(places, rows["over"], color=OVER, height=0.56, label="Over", zorder=2)
        axes.barh(places, -rows["under"], color=UNDER, height=0.56, hatch=UNDER_HATCH,
                  edgecolor="white", lw=0, label="Under", zorder=2)  # fmt: skip
        reach = max(1.0, float(rows[["over", "under"]].to_numpy().max()))
        left = reach * 1.28 if rows["under"].gt(0).any() else reach * 0.12
        axes.set(xlim=(-left, reach * 1.28), ylim=(-0.6, len(rows) - 0.4))
        axes.set_yticks(places, [_label(each) for each in rows["theme"]])
        axes.axvline(0, color=INK, lw=1)
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"${abs(v):,.0f}"))
        axes.set_xlabel("Dollars allowed, in the sample")
        for place, row in zip(places, rows.itertuples(), strict=True):
            for amount, side in ((row.over, 1), (row.under, -1)):
                if amount > 0:
                    axes.annotate(wording.dollars(amount, cents=False), (side * amount, place),
                                  xytext=(5 * side, 0), textcoords="offset points", va="center",
                                  ha="left" if side > 0 else "right", fontsize=9)  # fmt: skip
        legend(figure, axes)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "theme": rows["theme"],
        "over": rows["over"].map(wording.dollars),
        "under": rows["under"].map(wording.dollars),
    })  # fmt: skip
    told = "; ".join(f"{r.theme}: over {r.over}, under {r.under}" for r in shown.itertuples())
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


def em_levels(table: pd.DataFrame, who: str, group: str, source: str, title: str) -> Chart:
    """Return paired bars of the share of visits at each E/M code.

    Args:
        table: code, count, share, group_share (fractions of the visits of that kind).
        who: the subject's name.
        group: the group's name.
        source: the source note.
        title: the kind of visit: "New patients" or "Established patients".
    """
    rows = table.reset_index(drop=True)
    places = np.arange(len(rows))
    with canvas(1.75, left=0.55, right=0.05, top=0.45) as (figure, axes):
        axes.bar(
            places - 0.2, rows["share"], width=0.38, color=SUBJECT, label=_label(who), zorder=2
        )
        axes.bar(
            places + 0.2,
            rows["group_share"],
            width=0.38,
            color=GROUP,
            label=_label(group),
            zorder=2,
        )
        top = max(0.1, float(np.nanmax(rows[["share", "group_share"]].to_numpy())))
        axes.set(xlim=(-0.6, len(rows) - 0.4), ylim=(0, top * 1.22))
        axes.set_xticks(places, rows["code"])
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
        axes.grid(axis="x", visible=False)
        axes.spines["left"].set_visible(False)
        for shift, key in ((-0.2, "share"), (0.2, "group_share")):
            for place, value in zip(places, rows[key], strict=True):
                axes.annotate(f"{100 * value:.0f} %", (place + shift, value), xytext=(0, 3),
                              textcoords="offset points", ha="center", fontsize=8.5, color=INK)  # fmt: skip
        figure.text(0.005, 1.0, title, fontsize=11, fontweight="bold", va="top")
        figure.legend(loc="upper right", bbox_to_anchor=(1.0, 1.015), ncols=2, borderaxespad=0)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "code": rows["code"],
        "count": rows["count"].map(wording.count),
        "share": rows["share"].map(wording.percent),
        "group": rows["group_share"].map(wording.percent),
    })  # fmt: skip
    told = "; ".join(f"{r.code}: {r.share} ({group} {r.group})" for r in shown.itertuples())
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
            Column("group", group[0].upper() + group[1:], "number"),
        ),
    )


def pareto(table: pd.DataFrame, source: str, counted: str = "findings") -> Chart:
    """Return themes by number of findings, most frequent first, with the running share.

    Args:
        table: theme, over, under, neutral (counts).
        source: the source note.
        counted: what is counted, in the plural.
    """
    rows = table.assign(total=table[["over", "under", "neutral"]].sum(axis=1))
    rows = rows.sort_values("total", ascending=False, kind="stable").reset_index(drop=True)
    running = rows["total"].cumsum() / max(1, rows["total"].sum())
    places = np.arange(len(rows))[::-1]
    with canvas(0.42 * len(rows), right=0.95, top=0.5) as (figure, axes):
        start = np.zeros(len(rows))
        looks = (
            ("over", "Over", {"color": OVER}),
            (
                "under",
                "Under",
                {"color": UNDER, "hatch": UNDER_HATCH, "edgecolor": "white", "lw": 0},
            ),
            ("neutral", "No change in payment", {"color": RULE}),
        )
        for key, label, look in looks:
            axes.barh(places, rows[key], left=start, height=0.56, label=label, zorder=2, **look)
            start = start + rows[key].to_numpy()
        axes.set(ylim=(-0.6, len(rows) - 0.4), xlim=(0, max(1.0, rows["total"].max() * 1.1)))
        axes.set_yticks(places, [_label(each) for each in rows["theme"]])
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
        for place, total, share in zip(places, rows["total"], running, strict=True):
            axes.annotate(f"{int(total)}", (total, place), xytext=(5, 0),
                          textcoords="offset points", va="center", fontsize=9, fontweight="bold")  # fmt: skip
            figure.text(0.999, axes.transData.transform((0, place))[1] / figure.bbox.height,
                        f"{100 * share:.0f} %", va="center", ha="right", fontsize=9, color=MUTED)  # fmt: skip
        figure.text(0.999, 1.0, "Running share", va="top", ha="right", fontsize=9, color=MUTED)
        legend(figure, axes)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "theme": rows["theme"],
        "over": rows["over"].map(wording.count),
        "under": rows["under"].map(wording.count),
        "neutral": rows["neutral"].map(wording.count),
        "total": rows["total"].map(wording.count),
        "running": running.map(lambda v: wording.percent(v, 0)),
    })  # fmt: skip
    told = "; ".join(f"{r.theme}: {r.total}" for r in shown.itertuples())
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


def _label(words: object, limit: int = LABEL) -> str:
    """Return *words* fit for an axis: one line, at most *limit* characters, no mathematics."""
    line = " ".join(wording.clean(words).split())
    line = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    return line.replace("$", r"\$")


def _percent_axis(axes: Axes) -> None:
    """Set the horizontal axis from 0 to 100 %."""
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))


def _places(kinds: list[str]) -> list[float]:
    """Return a height for each row, top first, with a gap where the kind changes."""
    height, places = 0.0, []
    for number, kind in enumerate(kinds):
        if number:
            height -= 1.0 if kind == kinds[number - 1] else 1.45
        places.append(height)
    return places
