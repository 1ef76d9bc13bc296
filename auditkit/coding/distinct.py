"""Modifier 59 and the X modifiers: what the record must show to set two lines apart."""

from collections.abc import Sequence

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.entry import Judged


def distinct(
    modifier: str, draft: Draft, others: Sequence[Draft], chart: Chart
) -> tuple[bool, Judged | None]:
    """Keep a distinct-service modifier where another supported line is for something else."""
    if draft.kind == "em":
        why = f"Modifier {modifier} does not stand on a visit."
        return False, Judged("MODV-1", why)
    kin = chart.rules.value("modifier.classes")["distinct"]
    billed = {m for x in chart.encounter.lines if x.code == draft.code for m in x.modifiers}
    in_force = chart.rules.in_force("MOD59-2")
    if in_force and modifier == kin[0] and len(billed.intersection(kin)) > 1:
        return False, Judged("MOD59-2", "The line carries an X modifier as well.")
    procedures = [d for d in others if d.kind != "em"]
    if two_sessions(draft, procedures, chart):
        return True, None
    if any(apart(draft, other) for other in procedures):
        return exact(modifier, chart)
    why = f"Modifier {modifier}: no other line of the day is for another lesion or site."
    return True, Judged("MOD59-3", why)


def exact(modifier: str, chart: Chart) -> tuple[bool, Judged | None]:
    """Refuse an X modifier that says session or practitioner where the lesions are what differ."""
    table = chart.rules.values.get("modifier.exact", {})
    if modifier not in table or not chart.rules.in_force("MOD59-4"):
        return True, None
    why = f"One session of one practitioner is documented; {table[modifier]} says separate lesions."
    return False, Judged("MOD59-4", why, instead=table[modifier])


def two_sessions(draft: Draft, others: Sequence[Draft], chart: Chart) -> bool:
    """Return whether the record names more than one session for this line and another."""
    mine = sessions_of(draft, chart)
    return bool(mine) and any(len(mine | sessions_of(d, chart)) > 1 for d in others)


def sessions_of(draft: Draft, chart: Chart) -> set[str]:
    """Return the sessions that the record names for the procedures on a line's lesions."""
    return {p.session for p in chart.procedures_of(draft) if p.session}


def apart(one: Draft, other: Draft) -> bool:
    """Return whether two supported lines are for different lesions."""
    return bool(one.lesions) and bool(other.lesions) and one.lesions.isdisjoint(other.lesions)
