"""Modifiers that name a side, a lid or a digit, held against the site that the record names."""

from collections.abc import Sequence
from typing import Any

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.entry import Judged
from auditkit.coding.words import mentions

SIDES = ("left", "right")


def anatomic(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Refuse a modifier of another side, lid or digit than the record's, and name the right one."""
    classes = chart.rules.value("modifier.classes")
    side = "left" if modifier in classes["left"] else "right"
    place = place_of(modifier, chart.rules.value("modifier.places"))
    if place is None:
        return on_side(modifier, side, draft)
    if draft.site.understood and set(place["regions"]).isdisjoint(draft.site.regions):
        return False, Judged("MODV-1", f"Modifier {modifier} names another part of the body.")
    part = part_named(draft, place, chart)
    own = draft.site.side if draft.site.side in SIDES else side
    right = place[own][place[side].index(modifier) if part is None else part]
    if right == modifier:
        return True, None
    why = f"The record names the place of modifier {right}."
    return False, Judged("MODV-1", why, instead=right)


def on_side(modifier: str, side: str, draft: Draft) -> tuple[bool, Judged | None]:
    """Refuse LT or RT on a service that the record places on the other side."""
    own = draft.site.side
    if own not in SIDES or own == side:
        return True, None
    why = f"The record places the service on the {own} side."
    return False, Judged("MODV-1", why, instead="LT" if own == "left" else "RT")


def place_of(modifier: str, places: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the row of lids, fingers or toes that names *modifier*, or None."""
    return next((row for row in places if modifier in (*row["left"], *row["right"])), None)


def part_named(draft: Draft, place: dict[str, Any], chart: Chart) -> int | None:
    """Return which lid or digit the record names, None where it names none or several."""
    said = " ".join(p.site or "" for p in chart.procedures_of(draft))
    found = [i for i, words in enumerate(place["parts"]) if mentions(said, words)]
    return found[0] if len(found) == 1 else None
