"""The proposed elements of one item: each the nearest statement of it, or null with a reason."""

import re
from typing import Any

from auditkit.documentation.reader import details
from auditkit.documentation.reader.counts import counted, singular
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.linking import WORKING, Note, about
from auditkit.documentation.reader.particulars import particulars
from auditkit.documentation.reader.pathology import reported
from auditkit.documentation.reader.place import place_of, several_places
from auditkit.documentation.reader.proposals import NOT_STATED, ProposedProcedure, Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.sites import sites
from auditkit.documentation.reader.sizes import area_of, sizes_of
from auditkit.documentation.reader.symptoms import symptoms_of
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
    elements |= place_of(note, item, alone)
    elements |= sizes_of(note, item, items, statement, only_mine)
    if item.method in ("flap", "graft", "destruction", "phototherapy"):
        elements["defect_area_sq_cm"] = area_of(note, item)
    if not item.companion:
        elements["lesion_type"] = _nature(note, item, items)
        elements["anesthesia"] = details.anesthesia(
            note.text, note.low, (*note.of("anesthesia"), *mine, statement)
        )
        elements["pathology_sent"] = _pathology(note, item, mine, statement)
        if item.method in table("methods")["limits"]["removals"]:
            place = elements["site"].value if "site" in elements else None
            elements |= reported(note.text, note.low, place, _one_lesion(items))
        if item.method in (*table("methods")["limits"]["removals"], "destruction", "injection"):
            elements["symptoms"] = symptoms_of(note, item, items)
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
        one = sum(i.method == "mohs" for i in items) == 1
        elements |= details.mohs(note.text, note.low, (statement, *_rest(note, item), *mine), one)
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
    titled = item.named.sentence.role == "title" and item.method == "destruction"
    if item.method in ("injection", "destruction", "graft") and not titled:
        return Value(None, reason="the number treated is not stated")
    if several_places(item):
        return Value(None, reason="one statement names several sites")
    one = singular(note.low, item.start, item.end)
    if one is None and _is_part(item):
        one = singular(note.low, item.named.start, item.named.end)
    if one is None and item.named.sentence.role == "title" and alone:
        told = note.of("diagnosis", "before")
        many = pattern("details", "counts", "many")
        if not any(many.search(note.low, s.start, s.end) for s in told):
            spoken = [singular(note.low, s.start, s.end) for s in told]
            one = next((hit for hit in spoken if hit), None)
    if one is None and item.method == "mohs" and alone:
        spoken = [singular(note.low, s.start, s.end) for s in note.of("diagnosis", "before")]
        one = next((hit for hit in spoken if hit), None)
    if one is None:
        return Value(None, reason="the number is not stated")
    return Value(1, (quote(note.text, *one),), 0.75)


def _is_part(item: Item) -> bool:
    """Return whether the item is one of several sites of one statement."""
    sentence = item.named.sentence
    return (item.start, item.end) != (sentence.start, sentence.end)


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
        shared = [
            s
            for s in note.of(*WORKING)
            if together.search(note.low, s.start, s.end)
            or ("closure" in note.low[s.start : s.end] and not sites(note.low, s.start, s.end))
        ]
        said = details.layers(note.text, note.low, shared)
    return said


def mentioned(note: Note, item: Item) -> ProposedProcedure:
    """Return the proposal of past or planned work: what its own sentence says and no more."""
    elements: dict[str, Any] = _named_elements(note, item)
    elements |= place_of(note, item, alone=False)
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
