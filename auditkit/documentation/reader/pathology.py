"""What pathology says of the lesion of one item, where the note holds the report's words."""

from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.proposals import Quote, Value
from auditkit.documentation.reader.words import pattern, table


def reported(text: str, low: str, place: str | None, alone: bool) -> dict[str, Value]:
    """Return the diagnosis and behaviour that pathology reports for a lesion.

    A report that names a site is taken for the lesion of that site; one that names none, for the
    only lesion of the note. Two different reports for one lesion are null and flagged, and a
    diagnosis whose behaviour is not on the list of words leaves the behaviour null.

    Args:
        text: The note.
        low: The note in lower case, of the same length.
        place: The item's site, as read.
        alone: Whether the note's removals are all of one lesion.
    """
    if "path" not in low:
        return {}
    found: dict[str, Quote] = {}
    for hit in pattern("details", "report", "line").finditer(low):
        site = (hit["site"] or "").strip()
        if site == (place or "").lower() if site else alone:
            found.setdefault(hit["dx"].strip(), quote(text, *_trimmed(text, *hit.span("dx"))))
    found = {words: where for words, where in found.items() if not _open(words)}
    if not found:
        return {}
    if len(found) > 1:
        reason = "the note holds two pathology diagnoses for one lesion"
        return {"path_dx": Value(None, tuple(found.values()), reason=reason, flag=True)}
    [(words, where)] = found.items()
    result = {"path_dx": Value(where.text, (where,), 0.85)}
    kind = _behavior(words)
    if kind is not None:
        result["path_behavior"] = Value(kind, (where,), 0.85)
    return result


def _open(words: str) -> bool:
    """Return whether the report is not there yet, or voices doubt."""
    return bool(pattern("details", "report", "open").search(words))


def _behavior(words: str) -> str | None:
    """Return the behaviour of a diagnosis: the first of the list whose words it holds."""
    for name in table("details")["report"]["behavior"]:
        if pattern("details", "report", "behavior", name).search(words):
            return str(name)
    return None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without blanks at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
