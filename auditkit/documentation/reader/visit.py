"""Elements of the visit rather than of a procedure: time, prescriptions, signature, diagnoses."""

from datetime import date

from auditkit.documentation.reader.context import cue
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.proposals import NOT_STATED, Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import pattern


def visit(text: str, low: str, told: tuple[Sentence, ...]) -> dict[str, Value]:
    """Return what the note says of the visit, by element; null with a reason where silent.

    The diagnoses of a note without an operation are the problems of the visit, as written.
    """
    total, excluded = _time(text, low, told)
    signed, signed_on = _signature(text, low)
    diagnoses = _listed(text, told)
    surgical = any(s.role in ("title", "before") for s in told)
    return {
        "total_time_minutes": total,
        "time_excluded_minutes": excluded,
        "prescription_drug_management": _prescription(text, low, told),
        "signed": signed,
        "signature_date": signed_on,
        "diagnoses": diagnoses,
        "problems": NOT_STATED if surgical else diagnoses,
    }


def _time(text: str, low: str, told: tuple[Sentence, ...]) -> tuple[Value, Value]:
    """Return the minutes of the visit and those set apart for procedures."""
    for sentence in told:
        span = sentence.start, sentence.end
        match = pattern("details", "visit", "time").search(low, *span)
        if match is None or pattern("details", "visit", "not_visit_time").search(low, *span):
            continue
        apart = pattern("details", "visit", "excluded").search(low, *span)
        total = Value(int(match["minutes"]), (quote(text, *match.span()),), 0.9)
        if apart is None:
            return total, NOT_STATED
        return total, Value(int(apart["minutes"]), (quote(text, *apart.span()),), 0.9)
    return NOT_STATED, NOT_STATED


def _prescription(text: str, low: str, told: tuple[Sentence, ...]) -> Value:
    """Return True where a prescription is documented; silence is null, never False."""
    if pattern("details", "visit", "drug_order").search(text) is None and "rescri" not in low:
        return NOT_STATED
    for sentence in told:
        span = sentence.start, sentence.end
        if sentence.role not in ("plan", "course", "body", "diagnosis"):
            continue
        if pattern("details", "visit", "no_prescription").search(low, *span):
            continue
        named = pattern("details", "visit", "prescription").search(low, *span)
        if named and cue(low, sentence, *named.span()) in ("denied", "historical", "offered"):
            continue
        ordered = pattern("details", "visit", "drug_order").search(text, *span)
        if named or (ordered and sentence.role == "plan"):
            return Value(True, (quote(text, *span),), 0.75)
    return NOT_STATED


def _signature(text: str, low: str) -> tuple[Value, Value]:
    """Return whether the note says that it is signed, and the date if it gives one."""
    attested = pattern("details", "visit", "attested").search(low)
    unsigned = pattern("details", "visit", "unsigned").search(low)
    signed = pattern("details", "visit", "signed_on").search(low) or pattern(
        "details", "visit", "signed"
    ).search(low)
    if unsigned or attested:
        match = unsigned or attested
        return Value(False, (quote(text, *match.span()),), 0.85), NOT_STATED  # type: ignore[union-attr]
    if signed is None:
        return NOT_STATED, NOT_STATED
    where = quote(text, *signed.span())
    written = signed.groupdict().get("date")
    on = Value(date.fromisoformat(written), (where,), 0.9) if written else NOT_STATED
    return Value(True, (where,), 0.9), on


def _listed(text: str, told: tuple[Sentence, ...]) -> Value:
    """Return the statements of the diagnoses, as written."""
    found = [s for s in told if s.role == "diagnosis"]
    if not found:
        return NOT_STATED
    quotes = tuple(quote(text, s.start, s.end) for s in found)
    return Value(tuple(q.text for q in quotes), quotes, 0.8)
