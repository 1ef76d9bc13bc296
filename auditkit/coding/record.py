"""The record itself: whether it is there, signed and dated so that it can support anything."""

from dataclasses import dataclass
from datetime import date

from auditkit.coding.chart import Chart
from auditkit.model import Verdict


@dataclass(frozen=True, slots=True)
class Gate:
    """Why the whole record supports nothing."""

    rule_id: str
    verdict: Verdict
    why: str


def gate(chart: Chart) -> Gate | None:
    """Return why the record supports no line at all, or None when it can be read."""
    record = chart.documented.record
    if record.present is False:
        return Gate("AUTH-1", Verdict.MISSING_RECORD, "There is no record for the date of service.")
    cured = record.attestation_on_file or record.signature_log_on_file
    unsigned = record.signed is False or (record.signed is None and record.abstracted("signed"))
    kind = (record.signature_type or "").lower()
    unsigned = unsigned or any(word in kind for word in chart.rules.value("record.no_signatures"))
    if unsigned and not cured:
        return Gate(
            "AUTH-2", Verdict.NOT_SUPPORTED,
            "The note is unsigned, with no attestation or signature log.",
        )  # fmt: skip
    return None


def note_date_differs(chart: Chart) -> date | None:
    """Return the date of the note where it is not the date of service billed."""
    noted = chart.documented.record.note_date
    return noted if noted is not None and noted != chart.dos else None


def cloned(chart: Chart) -> str | None:
    """Return why the note reads as copied, or None; this never moves money by itself."""
    record = chart.documented.record
    if record.contradictory_measurements:
        return "Measurements of the note contradict each other."
    if record.copied:
        return "Text of the note is carried over unchanged from another note."
    likeness, least = record.likeness, chart.rules.value("record.likeness")
    if likeness is None or likeness < least:
        return None
    return f"The note's own text is {likeness} alike to another note's (policy: from {least})."


def signed_late(chart: Chart) -> int | None:
    """Return how many days after the service the note was signed, where beyond the policy."""
    signed = chart.documented.record.signature_date
    if signed is None or not chart.documented.record.signed:
        return None
    days = (signed - chart.dos).days
    return days if days > chart.rules.value("record.signature_days") else None
