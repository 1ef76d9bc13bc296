"""How large: lesion, margin, repair and area of one item, from the nearest place that says it."""

from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.linking import WORKING, Note, about, paired, told_in_turn
from auditkit.documentation.reader.measurements import Length, areas, lengths
from auditkit.documentation.reader.proposals import NOT_STATED, Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import table


def sizes_of(
    note: Note,
    item: Item,
    items: tuple[Item, ...],
    statement: Sentence,
    mine: tuple[Sentence, ...],
) -> dict[str, Value]:
    """Return lesion size, margin and repair length, each from the nearest place that states it."""
    if item.companion:
        statement = item.named.sentence
    own = [lengths(note.low, statement.start, statement.end)]
    near = about(note, item, items, ("diagnosis", "before", "exam"))
    own.append(tuple(m for s in near for m in paired(note.low, s, item)))
    own.append(tuple(m for s in mine for m in lengths(note.low, s.start, s.end)))
    own.append(told_in_turn(note, item))
    result = {}
    removal = item.method in (
        "excision",
        "shave_removal",
        "mohs",
        "destruction",
        "punch_biopsy",
        "shave_biopsy",
        "incisional_biopsy",
    )
    if removal:
        result["lesion_size_cm"] = _stated(note, own, ("lesion",), "size_before", spare="unsaid")
        removals = [i for i in items if i.method in table("methods")["limits"]["removals"]]
        told = () if item.companion else note.of(*WORKING) if len(removals) == 1 else mine
        wide = tuple(m for s in told for m in lengths(note.low, s.start, s.end))
        result["margin_cm"] = _stated(note, [own[0], wide], ("margin",), "")
    if item.method == "excision" or item.method == "mohs" or item.method.startswith("repair"):
        result["defect_or_repair_length_cm"] = _stated(note, own, ("repair",), "size_after")
        if item.method.startswith("repair") and not item.companion:
            bare = result["defect_or_repair_length_cm"]
            if bare is NOT_STATED:
                result["defect_or_repair_length_cm"] = _total(note, items)
    return result


def _total(note: Note, items: tuple[Item, ...]) -> Value:
    """Return the one length stated of the wounds in a note with a single repair."""
    if len(items) != 1:
        return NOT_STATED
    told = note.of("exam", "history", "course", "diagnosis", "narrative")
    found = [m for s in told for m in lengths(note.low, s.start, s.end) if m.role == "repair"]
    if len({m.greatest for m in found}) != 1:
        return NOT_STATED
    return Value(found[0].greatest, (quote(note.text, found[0].start, found[0].end),), 0.7)


def _stated(
    note: Note,
    tiers: list[tuple[Length, ...]],
    roles: tuple[str, ...],
    section: str,
    spare: str = "",
) -> Value:
    """Return the first length of one of *roles* that the *tiers* state, in order of nearness.

    Different sizes in the same tier are not chosen between: null, with that reason.
    """
    if section:
        headed = [m for s in note.of(section) for m in lengths(note.low, s.start, s.end)]
        if headed:
            return _length(note, headed[0], 0.9)
    for number, tier in enumerate(tiers):
        fit = [m for m in tier if m.role in roles or (number == 0 and spare and m.role == spare)]
        if not fit:
            continue
        if len({m.greatest for m in fit}) > 1:
            return Value(None, reason="several sizes are stated and none is plainly this one")
        return _length(note, fit[0], (0.9, 0.8, 0.65, 0.65)[number])
    return NOT_STATED


def _length(note: Note, item: Length, sure: float) -> Value:
    """Return a length as a value in cm."""
    return Value(item.greatest, (quote(note.text, item.start, item.end),), sure)


def area_of(note: Note, item: Item) -> Value:
    """Return the area stated of a flap or graft."""
    whole = item.named.sentence
    for start, end, area in areas(note.low, whole.start, whole.end):
        if item.start <= start < item.end:
            return Value(area, (quote(note.text, start, end),), 0.8)
    return NOT_STATED
