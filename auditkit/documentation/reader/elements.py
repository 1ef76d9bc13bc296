"""The proposed elements of one item: each the nearest statement of it, or null with a reason."""

import re
from itertools import pairwise
from typing import Any

from auditkit.documentation.reader import details
from auditkit.documentation.reader.counts import counted, singular
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.linking import WORKING, Note, about
from auditkit.documentation.reader.measurements import Length, areas, lengths
from auditkit.documentation.reader.particulars import particulars
from auditkit.documentation.reader.pathology import reported
from auditkit.documentation.reader.proposals import NOT_STATED, ProposedProcedure, Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.sites import Site, sites
from auditkit.documentation.reader.words import pattern, table


def performed(
    note: Note, item: Item, items: tuple[Item, ...], blocks: dict[Sentence, tuple[int, ...]]
) -> ProposedProcedure:
    """Return the proposal of one performed item with everything linked to it."""
    index = next(i for i, other in enumerate(items) if other is item)
    alone = len({i.sites for i in items}) < 2
    mine = tuple(s for s, whose in blocks.items() if index in whose)
    only_mine = tuple(
        s
        for s, whose in blocks.items()
        if index in whose and len({items[i].sites for i in whose}) == 1
    )
    statement = _statement(note, item)
    section = item.named.sentence.section
    if item.named.sentence.role == "title" and all(
        i is item or i.named.sentence.section != section for i in items
    ):
        only_mine = (*_rest(note, item), *only_mine)
        mine = (*_rest(note, item), *mine)
    elements = _named_elements(note, item)
    elements["lesion_count"] = _count(note, item, items, alone)
    elements |= _place(note, item, alone)
    elements |= _sizes(note, item, items, statement, only_mine)
    if item.method in ("flap", "graft", "destruction", "phototherapy"):
        elements["defect_area_sq_cm"] = _area(note, item)
    if not item.companion:
        elements["lesion_type"] = _nature(note, item, items)
        elements["anesthesia"] = details.anesthesia(
            note.text, note.low, (*note.of("anesthesia"), *mine, statement)
        )
        elements["pathology_sent"] = _pathology(note, item, mine, statement)
        if item.method in table("methods")["limits"]["removals"]:
            place = elements["site"].value if "site" in elements else None
            elements |= reported(note.text, note.low, place, _one_lesion(items))
    elements["suture_layers"] = layers = _layers(note, item, items, only_mine, statement)
    named_so = item.method == "repair_simple" or (
        item.method == "repair_complex"
        and not pattern("details", "closure", "complex").search(note.low)
    )
    if named_so and layers.value == "layered":
        # A layered closure is what "intermediate" means, whatever adjective the title has;
        # "complex" needs its technique told.
        where = (*elements["method"].quotes, *layers.quotes)
        elements["method"] = Value("repair_intermediate", where, min(item.sure, layers.confidence))
    elements |= particulars(note.text, note.low, item.method, (statement, *_rest(note, item)))
    if item.method == "mohs":
        elements |= details.mohs(note.text, note.low, (statement, *_rest(note, item), *mine))
    if item.method in ("injection", "destruction"):
        elements["drug"], elements["dose_mg"] = details.drug(
            note.text, note.low, item.named.start, item.named.sentence.end
        )
    if item.method == "injection" and "drug" not in _stated_names(elements):
        elements["drug"], elements["dose_mg"] = _drug_line(note, items)
    return ProposedProcedure({k: v for k, v in elements.items() if v is not NOT_STATED})


def _stated_names(elements: dict[str, Value]) -> set[str]:
    """Return the names of the elements that hold a value."""
    return {name for name, value in elements.items() if value.value is not None}


def _drug_line(note: Note, items: tuple[Item, ...]) -> tuple[Value, Value]:
    """Return the drug and dose of a line of its own ("Drug: …") where one injection was done."""
    if sum(i.method == "injection" for i in items) != 1:
        return NOT_STATED, NOT_STATED
    lines = [s for s in note.told if note.low.startswith(("drug:", "medication:"), s.start)]
    if len(lines) != 1:
        return NOT_STATED, NOT_STATED
    return details.drug(note.text, note.low, lines[0].start, lines[0].end)


def _named_elements(note: Note, item: Item) -> dict[str, Value]:
    """Return method and status, quoted by the words that name the item."""
    where = quote(note.text, item.named.start, item.named.end)
    sentence = quote(note.text, item.named.sentence.start, item.named.sentence.end)
    return {
        "method": Value(item.method, (where,), item.sure),
        "status": Value(item.status, (sentence,), item.sure),
    }


def _rest(note: Note, item: Item) -> tuple[Sentence, ...]:
    """Return the other sentences of the section that names the item."""
    own = item.named.sentence
    return tuple(s for s in note.told if s.section == own.section and s != own)


def _statement(note: Note, item: Item) -> Sentence:
    """Return the item's own stretch of text as a sentence."""
    return Sentence(item.start, item.end, item.named.sentence.section)


def _count(note: Note, item: Item, items: tuple[Item, ...], alone: bool) -> Value:
    """Return the number of lesions, wounds or nails, null for "multiple" or where unsaid."""
    if item.companion:
        sentence = item.named.sentence
        one = singular(note.low, sentence.start, sentence.end)
        several = counted(note.low, sentence.start, sentence.end)
        if several is not None or one is None:
            return Value(None, reason="the number closed is not stated")
        return Value(1, (quote(note.text, *one),), 0.7)
    found = counted(note.low, item.start, item.end)
    if found is None and alone and item.method.startswith(("nail_deb", "repair")):
        told = note.of("exam", "history", "diagnosis", "plan")
        noun = "nail" if item.method.startswith("nail") else "lacerat"
        hits = [
            counted(note.low, s.start, s.end) for s in told if noun in note.low[s.start : s.end]
        ]
        agreed = {hit[0] for hit in hits if hit}
        if len(agreed) == 1:
            found = next(hit for hit in hits if hit)
        elif agreed:
            return Value(None, reason="the note gives different numbers", flag=True)
    parts = [i for i in items if i.named is item.named]
    if len(parts) > 1:
        # The number in front of a list of sites is of the whole list.
        sentence = item.named.sentence
        whole = counted(note.low, sentence.start, sentence.end)
        if whole is not None and whole[0] == len(parts):
            return Value(1, (quote(note.text, whole[1], whole[2]),), 0.75)
        if whole is not None and whole == found:
            return Value(None, reason="one number is stated for several sites")
    if found is not None:
        return Value(found[0], (quote(note.text, found[1], found[2]),), 0.85)
    if item.method in ("injection", "destruction", "graft"):
        return Value(None, reason="the number treated is not stated")
    if _several_places(item):
        return Value(None, reason="one statement names several sites")
    one = singular(note.low, item.start, item.end)
    if one is None and _is_part(item):
        one = singular(note.low, item.named.start, item.named.end)
    if one is None and item.named.sentence.role == "title" and alone:
        spoken = [singular(note.low, s.start, s.end) for s in note.of("diagnosis", "before")]
        one = next((hit for hit in spoken if hit), None) if spoken and all(spoken) else None
    if one is None and item.method == "mohs" and alone:
        spoken = [singular(note.low, s.start, s.end) for s in note.of("diagnosis", "before")]
        one = next((hit for hit in spoken if hit), None)
    if one is None:
        return Value(None, reason="the number is not stated")
    return Value(1, (quote(note.text, *one),), 0.75)


def _several_places(item: Item) -> bool:
    """Return whether the item's sites are of different names or sides, and so may be several."""
    apart = any(not (a.nouns & b.nouns) for a, b in pairwise(item.sites))
    return apart or len({site.laterality for site in item.sites if site.laterality}) > 1


def _mixed(item: Item) -> bool:
    """Return whether some of the item's sites have a side and others, elsewhere, have none."""
    sides = {site.laterality for site in item.sites}
    return _several_places(item) and len(sides) > 1 and item.status == "performed"


def _is_part(item: Item) -> bool:
    """Return whether the item is one of several sites of one statement."""
    sentence = item.named.sentence
    return (item.start, item.end) != (sentence.start, sentence.end)


def _place(note: Note, item: Item, alone: bool) -> dict[str, Value]:
    """Return site and laterality; a side contradicted by the told work is null and flagged."""
    if not item.sites:
        return {}
    where = quote(note.text, item.sites[0].start, _reach(note, item.sites))
    sides = {site.laterality for site in item.sites if site.laterality}
    side = "bilateral" if len(sides) == 2 and "bilateral" not in sides else next(iter(sides), None)
    if (len(sides) > 1 or _mixed(item)) and not item.method.startswith("nail"):
        side = None
    result = {"site": Value(where.text, (where,), item.sure)}
    if side is None:
        if item.method.startswith("nail"):
            result["laterality"] = _nail_side(note, item)
        return result
    quotes = tuple(quote(note.text, s.start, s.end) for s in item.sites if s.laterality)
    against = _other_side(note, item, side) if alone and side in ("left", "right") else None
    if against is not None:
        reason = "the note names both sides for this site"
        quotes = (*quotes, quote(note.text, against.start, against.end))
        words = [w for w in where.text.split() if w.lower() not in ("left", "right")]
        bare = note.text.find(words[-1], where.start) if words else where.start
        noun = quote(note.text, bare, where.end)
        result["site"] = Value(noun.text, (noun,), 0.6)
        result["laterality"] = Value(None, quotes, reason=reason, flag=True)
        return result
    result["laterality"] = Value(side, quotes, item.sure)
    return result


_AND = re.compile(r"\W*(?:and|or|at|of|over)?(?: the| base of)*\W*")


def _reach(note: Note, found: tuple[Site, ...]) -> int:
    """Return where the phrase ends that begins with the first site and joins those after it."""
    end = found[0].end
    for site in found[1:]:
        if site.start < end or not _AND.fullmatch(note.low, end, site.start):
            break
        end = site.end
    return end


def _other_side(note: Note, item: Item, side: str) -> Site | None:
    """Return a site of the told work that is this one on the other side, if its own is not told."""
    against = None
    for sentence in note.of("narrative", "course", "body"):
        for site in sites(note.low, sentence.start, sentence.end):
            if not any(site.nouns & own.nouns for own in item.sites):
                continue
            if site.laterality in (side, "bilateral"):
                return None
            if site.laterality is not None and against is None:
                against = site
    return against


def _nail_side(note: Note, item: Item) -> Value:
    """Return "bilateral" where the nails are listed by digit on both feet."""
    for sentence in (item.named.sentence, *note.of("exam")):
        span = note.low[sentence.start : sentence.end]
        if "nail" not in span:
            continue
        if "bilateral" in span or ("right" in span and "left" in span):
            return Value("bilateral", (quote(note.text, sentence.start, sentence.end),), 0.75)
    return NOT_STATED


def _sizes(
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
    own.append(tuple(m for s in near for m in lengths(note.low, s.start, s.end)))
    own.append(tuple(m for s in mine for m in lengths(note.low, s.start, s.end)))
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
        return _length(note, fit[0], (0.9, 0.8, 0.65)[min(number, 2)])
    return NOT_STATED


def _length(note: Note, item: Length, sure: float) -> Value:
    """Return a length as a value in cm."""
    return Value(item.greatest, (quote(note.text, item.start, item.end),), sure)


def _area(note: Note, item: Item) -> Value:
    """Return the area stated of a flap or graft."""
    whole = item.named.sentence
    for start, end, area in areas(note.low, whole.start, whole.end):
        if item.start <= start < item.end:
            return Value(area, (quote(note.text, start, end),), 0.8)
    return NOT_STATED


def _nature(note: Note, item: Item, items: tuple[Item, ...]) -> Value:
    """Return the nature of the lesion from the title and the diagnoses of its site."""
    if item.method in ("injection", "other") or item.method.startswith(("repair", "nail")):
        return NOT_STATED
    near = about(note, item, items, ("diagnosis", "before"))
    spans = [(item.start, item.end), *((s.start, s.end) for s in near)]
    return details.nature(note.text, note.low, spans)


def _pathology(note: Note, item: Item, mine: tuple[Sentence, ...], statement: Sentence) -> Value:
    """Return whether tissue of this item went to histology."""
    if item.method not in table("methods")["limits"]["removals"] or item.method.startswith("nail"):
        return NOT_STATED
    return details.pathology(note.text, note.low, (statement, *mine, *note.of("aside")))


def _one_lesion(items: tuple[Item, ...]) -> bool:
    """Return whether the note's removals are of one lesion."""
    removals = [i for i in items if i.method in table("methods")["limits"]["removals"]]
    return len(removals) == 1


def _layers(
    note: Note, item: Item, items: tuple[Item, ...], mine: tuple[Sentence, ...], statement: Sentence
) -> Value:
    """Return the layers of closure of a removal or repair."""
    if item.method in ("flap", "graft", "other", "injection", "destruction", "mohs"):
        return NOT_STATED
    if item.method.startswith(("nail", "shave", "incision_dr", "skin_tag", "paring", "photo")):
        return NOT_STATED
    beside = [i for i in items if i.named.sentence == item.named.sentence]
    if len({i.sites for i in beside}) == 1:
        statement = item.named.sentence
    said = details.layers(note.text, note.low, (statement,))
    if said.value is not None:
        return said
    said = details.layers(note.text, note.low, mine)
    if said is NOT_STATED and len({i.method for i in items}) == 1:
        together = re.compile(r"\b(?:they|all|both|lacerations|wounds|lesions|sites)\b")
        shared = [s for s in note.of(*WORKING) if together.search(note.low, s.start, s.end)]
        said = details.layers(note.text, note.low, shared)
    return said


def mentioned(note: Note, item: Item) -> ProposedProcedure:
    """Return the proposal of past or planned work: what its own sentence says and no more."""
    elements: dict[str, Any] = _named_elements(note, item)
    elements |= _place(note, item, alone=False)
    if item.method in ("mohs", "excision", "destruction"):
        elements["lesion_type"] = details.nature(note.text, note.low, [(item.start, item.end)])
    times = counted(note.low, item.named.start, item.named.sentence.end)
    if times is not None and item.named.order:
        where = quote(note.text, times[1], times[2])
        elements["lesion_count"] = Value(times[0], (where,), 0.6)
    if item.method == "injection":
        start = item.named.sentence.start
        elements["drug"], elements["dose_mg"] = details.drug(
            note.text, note.low, start, item.named.sentence.end
        )
    return ProposedProcedure({k: v for k, v in elements.items() if v is not NOT_STATED})
