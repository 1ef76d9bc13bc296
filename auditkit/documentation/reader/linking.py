"""From a note to proposals: the details told elsewhere in the note are linked to its items."""

import re
from dataclasses import dataclass, replace
from typing import Any

from auditkit.documentation.reader import details
from auditkit.documentation.reader.context import abandoned
from auditkit.documentation.reader.counts import counted, singular
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import (
    Item,
    aside_of_work,
    from_titles,
    from_work,
    is_skin_work,
)
from auditkit.documentation.reader.measurements import Length, areas, lengths
from auditkit.documentation.reader.methods import Named, methods
from auditkit.documentation.reader.proposals import (
    NOT_STATED,
    Mention,
    ProposedProcedure,
    Reading,
    Value,
)
from auditkit.documentation.reader.sections import Sentence, sections, sentences
from auditkit.documentation.reader.sites import Site, agree, sites
from auditkit.documentation.reader.visit import visit
from auditkit.documentation.reader.words import lower, pattern, table

WORKING = ("narrative", "course", "plan", "body")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as the linking sees it: its text, the same in lower case, and its sentences."""

    text: str
    low: str
    told: tuple[Sentence, ...]

    def of(self, *roles: str) -> tuple[Sentence, ...]:
        """Return the sentences of the sections of *roles*."""
        return tuple(s for s in self.told if s.role in roles)


def read_note(text: str) -> Reading:
    """Return the proposals read from the text of one note.

    Every value that is not null carries quotes that are verbatim pieces of *text* with their
    offsets. Nothing is remembered between notes, and the same text gives the same reading.

    Args:
        text: The note, with or without line breaks.
    """
    low = lower(text)
    note = Note(text, low, sentences(text, sections(text)))
    named = methods(low, note.told)
    done = _done(note, named)
    past = aside_of_work(low, named, "historical", done)
    planned = aside_of_work(low, named, "planned", done)
    blocks = _blocks(note, done)
    procedures = [_performed(note, item, done, blocks) for item in done]
    procedures += _layered_closures(note, done, procedures)
    procedures += [_mentioned(note, item) for item in (*planned, *past)]
    used = {item.named for item in (*done, *past, *planned)}
    aside = tuple(
        Mention(n.method, n.status, quote(text, n.start, n.end))
        for n in named
        if n not in used and n.status in ("denied", "offered", "unsaid")
    )
    return Reading(tuple(procedures), aside, visit(text, low, note.told))


def _done(note: Note, named: tuple[Named, ...]) -> tuple[Item, ...]:
    """Return the performed items, from titles where there are any, else from the told work."""
    if abandoned(note.low):
        return ()
    good = tuple(n for n in named if n.status == "performed" and is_skin_work(note.low, n))
    titled = tuple(n for n in good if n.sentence.role == "title")
    if titled:
        items = from_titles(note.low, titled)
        # Told destruction beside a titled removal is work of its own, at the same place.
        more = [n for n in good if n.method == "destruction" and n not in titled and n.act]
        if more and not any(i.method == "destruction" for i in items) and items:
            items = (
                *items,
                Item(
                    more[0], more[0].sentence.start, more[0].sentence.end, items[0].sites, sure=0.7
                ),
            )
    else:
        items = from_work(note.low, good)
    items = _wounds(note, items)
    return tuple(_located(note, item, items) for item in items)


def _wounds(note: Note, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items with one repair of unnamed wounds made into one for each wound measured."""
    bare = [i for i in items if i.method == "repair_simple" and not i.sites]
    if len(bare) != 1:
        return items
    wounds = []
    for sentence in note.of("exam", "history", "body"):
        measured = [
            m for m in lengths(note.low, sentence.start, sentence.end) if m.role == "repair"
        ]
        where = sites(note.low, sentence.start, sentence.end)
        if len(measured) == 1 and where:
            wounds.append((sentence, where[0]))
    if not wounds:
        return items
    one = bare[0]
    rest = [i for i in items if i is not one]
    return (
        *rest,
        *(
            Item(one.named, sentence.start, sentence.end, (site,), sure=0.7)
            for sentence, site in wounds
        ),
    )


def _located(note: Note, item: Item, items: tuple[Item, ...]) -> Item:
    """Return *item* with a site: its own, the stated location, or the only one diagnosed."""
    if item.sites:
        return item
    for roles in (("location",), ("diagnosis", "before"), ("history", "exam")):
        found: list[Site] = []
        for sentence in note.of(*roles):
            for site in sites(note.low, sentence.start, sentence.end):
                if not any(agree(site, known) and site.nouns == known.nouns for known in found):
                    found.append(site)
        if roles[0] == "history" and item.method != "repair_simple":
            continue
        taken = [s for other in items for s in other.sites]
        left = [s for s in found if not any(_same_place(s, t) for t in taken)]
        if len(found) == 1 or (len(left) == 1 and _alone(item, items)):
            return replace(item, sites=tuple(left or found), sure=min(item.sure, 0.7))
        if found:
            return item
    return item


def _alone(item: Item, items: tuple[Item, ...]) -> bool:
    """Return whether *item* is the only one that still lacks a site."""
    return [i for i in items if not i.sites] == [item]


def _same_place(one: Site, other: Site) -> bool:
    """Return whether two phrases are the same place, qualifiers included."""
    return agree(one, other) and one.qualifiers == other.qualifiers


def _blocks(note: Note, items: tuple[Item, ...]) -> dict[Sentence, tuple[int, ...]]:
    """Return, for each sentence of told work, the items that it may speak of.

    A sentence that names the site of one item speaks of it, and so do those after it until
    another site is named; before the first site, and where several are named, it is of all.
    """
    every = tuple(range(len(items)))
    result: dict[Sentence, tuple[int, ...]] = {}
    if len({i.sites for i in items}) < 2:
        return dict.fromkeys(note.of(*WORKING, "exam"), every)
    current = every
    for sentence in note.of(*WORKING):
        here = sites(note.low, sentence.start, sentence.end)
        meant = tuple(i for i in every if any(agree(a, b) for a in items[i].sites for b in here))
        if meant:
            current = meant if len({items[i].sites for i in meant}) == 1 else every
        result[sentence] = current
    return result


def _performed(
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
    elements = _named_elements(note, item)
    elements["lesion_count"] = _count(note, item, alone)
    elements |= _place(note, item, alone)
    elements |= _sizes(note, item, items, statement, only_mine)
    if item.method in ("flap", "graft"):
        elements["defect_area_sq_cm"] = _area(note, item)
    if not item.companion:
        elements["lesion_type"] = _nature(note, item, items)
        elements["anesthesia"] = details.anesthesia(
            note.text, note.low, (*note.of("anesthesia"), *mine, statement)
        )
        elements["pathology_sent"] = _pathology(note, item, mine, statement)
    elements["suture_layers"] = layers = _layers(note, item, only_mine, statement)
    if item.method == "repair_simple" and layers.value == "layered":
        # A layered closure is what "intermediate" means, whatever the title calls it.
        where = (*elements["method"].quotes, *layers.quotes)
        elements["method"] = Value("repair_intermediate", where, min(item.sure, layers.confidence))
    if item.method in ("injection", "destruction"):
        elements["drug"], elements["dose_mg"] = details.drug(
            note.text, note.low, item.named.start, item.named.sentence.end
        )
    return ProposedProcedure({k: v for k, v in elements.items() if v is not NOT_STATED})


def _named_elements(note: Note, item: Item) -> dict[str, Value]:
    """Return method and status, quoted by the words that name the item."""
    where = quote(note.text, item.named.start, item.named.end)
    sentence = quote(note.text, item.named.sentence.start, item.named.sentence.end)
    return {
        "method": Value(item.method, (where,), item.sure),
        "status": Value(item.status, (sentence,), item.sure),
    }


def _statement(note: Note, item: Item) -> Sentence:
    """Return the item's own stretch of text as a sentence."""
    return Sentence(item.start, item.end, item.named.sentence.section)


def _count(note: Note, item: Item, alone: bool) -> Value:
    """Return the number of lesions, wounds or nails, null for "multiple" or where unsaid."""
    if item.companion:
        return Value(1, (quote(note.text, item.named.start, item.named.end),), 0.7)
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
    if found is not None:
        return Value(found[0], (quote(note.text, found[1], found[2]),), 0.85)
    if item.method in ("injection", "destruction", "graft", "other"):
        return Value(None, reason="the number treated is not stated")
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
    if len(sides) > 1 and not item.method.startswith("nail"):
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
    about = _about(note, item, items, ("diagnosis", "before", "exam"))
    own.append(tuple(m for s in about for m in lengths(note.low, s.start, s.end)))
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
        told = note.of(*WORKING) if len(removals) == 1 else mine
        wide = tuple(m for s in told for m in lengths(note.low, s.start, s.end))
        result["margin_cm"] = _stated(note, [own[0], wide], ("margin",), "")
    if item.method == "excision" or item.method == "mohs" or item.method.startswith("repair"):
        result["defect_or_repair_length_cm"] = _stated(note, own, ("repair",), "size_after")
        if item.method.startswith("repair") and not item.companion:
            bare = result["defect_or_repair_length_cm"]
            if bare.value is None and not bare.flag:
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


def _about(
    note: Note, item: Item, items: tuple[Item, ...], roles: tuple[str, ...]
) -> tuple[Sentence, ...]:
    """Return the statements of *roles* that speak of this item's site and of no nearer item's."""
    result = []
    several = len({i.sites for i in items}) > 1
    for sentence in note.of(*roles):
        here = sites(note.low, sentence.start, sentence.end)
        if not several and (not here or not item.sites):
            result.append(sentence)
            continue
        scores = {
            i: max((_likeness(a, b) for a in i.sites for b in here), default=0) for i in items
        }
        best = max(scores.values(), default=0)
        if best > 0 and scores[item] == best:
            result.append(sentence)
    return tuple(result)


def _likeness(one: Site, other: Site) -> int:
    """Return how alike two phrases of a site are; 0 where they cannot be one place."""
    if not agree(one, other):
        return 0
    sides = 2 if one.laterality == other.laterality else 0
    return max(1, 4 + sides - len(one.qualifiers ^ other.qualifiers))


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
    about = _about(note, item, items, ("diagnosis", "before"))
    spans = [(item.start, item.end), *((s.start, s.end) for s in about)]
    return details.nature(note.text, note.low, spans)


def _pathology(note: Note, item: Item, mine: tuple[Sentence, ...], statement: Sentence) -> Value:
    """Return whether tissue of this item went to histology."""
    if item.method not in table("methods")["limits"]["removals"] or item.method.startswith("nail"):
        return NOT_STATED
    return details.pathology(note.text, note.low, (statement, *mine, *note.of("aside")))


def _layers(note: Note, item: Item, mine: tuple[Sentence, ...], statement: Sentence) -> Value:
    """Return the layers of closure of a removal or repair."""
    if item.method in ("flap", "graft", "other", "injection", "destruction", "mohs"):
        return NOT_STATED
    if item.method.startswith(("nail", "shave", "incision_dr", "skin_tag", "paring", "photo")):
        return NOT_STATED
    said = details.layers(note.text, note.low, (statement,))
    if said.value is not None:
        return said
    return details.layers(note.text, note.low, mine)


def _layered_closures(
    note: Note, items: tuple[Item, ...], proposed: list[ProposedProcedure]
) -> list[ProposedProcedure]:
    """Return the layered closures that are told and not titled, beside their skin excisions."""
    if any(i.method.startswith("repair") or i.method in ("flap", "graft") for i in items):
        return []
    result = []
    for item, made in zip(items, proposed, strict=True):
        span = item.named.sentence.start, item.named.sentence.end
        layers = made["suture_layers"]
        if item.method != "excision" or layers.value != "layered":
            continue
        if pattern("details", "closure", "unsplit").search(note.low, *span):
            continue
        elements: dict[str, Value] = {
            "method": Value("repair_intermediate", layers.quotes, 0.7),
            "status": Value("performed", layers.quotes, 0.7),
            "suture_layers": layers,
        }
        for name in ("site", "laterality", "defect_or_repair_length_cm", "lesion_count"):
            if made[name].value is not None:
                elements[name] = made[name]
        result.append(ProposedProcedure(elements))
    return result


def _mentioned(note: Note, item: Item) -> ProposedProcedure:
    """Return the proposal of past or planned work: what its own sentence says and no more."""
    elements: dict[str, Any] = _named_elements(note, item)
    elements |= _place(note, item, alone=False)
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
