"""Visits: how often each E/M code was billed, and how often with modifier 25."""

import numpy as np
import pandas as pd

from auditkit.reporting import wording
from auditkit.reporting.drawing import (
    GROUP,
    INK,
    RULE,
    SUBJECT,
    Chart,
    beside,
    canvas,
    capital,
    fit,
    legend,
    percent_axis,
    percent_scale,
    row_axis,
    svg_of,
)
from auditkit.reporting.parts import Column, records

#: The name of peers in the country.
PEERS = "Medicare, same specialty"
_READING = "A difference is a reason to look, not an error; patients differ."
_ALONE = "It says nothing of whether the records support them."


def em_levels(table: pd.DataFrame, who: str, group: str, source: str, title: str) -> Chart:
    """Return bars of the share of visits at each E/M code, beside the group if there is one.

    Args:
        table: code, count, share, group_share (fractions of the visits of that kind), and
            peer_share where shares of the country are known.
        who: the subject's name.
        group: the group's name; nothing when there is no group.
        source: the source note.
        title: the kind of visit: "New patients" or "Established patients".
    """
    rows = records(table)
    series = [("share", SUBJECT, who)] + ([("group_share", GROUP, group)] if group else [])
    national = "peer_share" in table
    if national:
        series.append(("peer_share", RULE, PEERS))
    width = 0.76 / len(series)
    with canvas(1.5, left=0.55, right=0.05, top=0.45) as (figure, axes):
        tallest = 0.1
        for number, (key, colour, label) in enumerate(series):
            places = np.arange(len(rows)) + width * (number - (len(series) - 1) / 2)
            heights = [float(row[key]) for row in rows]
            tallest = max(tallest, *heights)
            axes.bar(places, heights, width=width - 0.02, zorder=2, color=colour, label=fit(label))
            for place, height in zip(places, heights, strict=True):
                axes.annotate(
                    f"{100 * height:.0f} %", (float(place), height), xytext=(0, 3),
                    textcoords="offset points", ha="center", fontsize=8.5,
                )  # fmt: skip
        axes.set(xlim=(-0.6, len(rows) - 0.4), ylim=(0, tallest * 1.22))
        axes.set_xticks(np.arange(len(rows)), [row["code"] for row in rows])
        percent_scale(axes)
        axes.grid(axis="x", visible=False)
        axes.spines["left"].set_visible(False)
        figure.text(0.005, 1.0, title, fontsize=11, fontweight="bold", va="top")
        figure.legend(loc="upper right", bbox_to_anchor=(1.0, 1.015), ncols=3, borderaxespad=0)
        svg = svg_of(figure)
    shown = pd.DataFrame({
        "code": [row["code"] for row in rows],
        "count": [wording.count(row["count"]) for row in rows],
        "share": [wording.percent(row["share"]) for row in rows],
        "group": [wording.percent(row["group_share"]) for row in rows],
    })  # fmt: skip
    if national:
        shown["peers"] = [wording.percent(row["peer_share"]) for row in rows]
    told = "; ".join(
        f"{r['code']}: {r['share']}"
        + (f" ({group} {r['group']})" if group else "")
        + (f" ({PEERS} {r['peers']})" if national else "")
        for r in records(shown)
    )
    columns = (
        Column("code", "Code", "code"),
        Column("count", "Encounters", "number"),
        Column("share", who, "number"),
    )
    return Chart(
        svg,
        f"Share of visits at each code, {title.lower()}, {who}"
        f"{f' beside {group}' if group else ''}. {told}.",
        f"{title}: how often each code was billed. {_READING if group or national else _ALONE}",
        source,
        shown,
        (
            *columns,
            *([Column("group", capital(group), "number")] if group else []),
            *([Column("peers", capital(PEERS), "number")] if national else []),
        ),
    )


def modifier_25(table: pd.DataFrame, group_rate: float, group: str, source: str) -> Chart:
    """Return the share of visits billed with modifier 25, each provider beside the group.

    Args:
        table: label, count, n, rate, lower, upper (fractions).
        group_rate: the group's share, as a fraction.
        group: the group's name.
        source: the source note.
    """
    rows = records(table)
    places = [float(p) for p in range(len(rows) - 1, -1, -1)]
    with canvas(max(0.6, 0.3 * len(rows)), right=1.65) as (figure, axes):
        row_axis(axes, places, [row["label"] for row in rows])
        percent_axis(axes)
        axes.axvline(group_rate, color=INK, lw=1.3, zorder=1)
        for place, row in zip(places, rows, strict=True):
            axes.plot([row["lower"], row["upper"]], [place, place], color=SUBJECT, lw=5, alpha=0.32)
            axes.plot(row["rate"], place, "o", color=SUBJECT, ms=7, mec="white", clip_on=False)
            beside(axes, place, f"{wording.percent(row['rate'])}  ({row['count']} of {row['n']})")
        legend(figure, axes, [
            axes.plot([], [], "o", color=SUBJECT, ms=7, label="share")[0],
            axes.plot([], [], "-", color=SUBJECT, lw=5, alpha=0.32, label="its interval")[0],
            axes.plot([], [], "|", color=INK, ms=13, mew=1.5, label=fit(group))[0],
        ])  # fmt: skip
        svg = svg_of(figure)
    shown = pd.DataFrame([
        {
            "label": row["label"],
            "found": f"{row['count']} of {row['n']}",
            "rate": wording.percent(row["rate"]),
            "interval": wording.interval(row["lower"], row["upper"]),
        }
        for row in rows
    ])  # fmt: skip
    told = "; ".join(f"{r['label']} {r['rate']} ({r['found']})" for r in records(shown))
    return Chart(
        svg,
        f"Share of visits billed with modifier 25; {group} {wording.percent(group_rate)}. {told}.",
        "How often a visit was billed with modifier 25. A high share is a reason to read charts; "
        "by itself it says nothing of whether the visits were supported.",
        source,
        shown,
        (
            Column("label", "Provider"),
            Column("found", "With modifier 25", "number"),
            Column("rate", "Share", "number"),
            Column("interval", "Interval", "number"),
        ),
    )
