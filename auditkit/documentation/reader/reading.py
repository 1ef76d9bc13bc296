"""From the text of a note to everything proposed from it."""

from dataclasses import replace

from auditkit.documentation.reader.context import abandoned
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.elements import mentioned, performed
from auditkit.documentation.reader.items import (
    Item,
    aside_of_work,
    from_titles,
    from_work,
    is_skin_work,
)
from auditkit.documentation.reader.linking import Note, blocks, located, wounds
from auditkit.documentation.reader.methods import Named, methods
from auditkit.documentation.reader.proposals import Mention, ProposedProcedure, Reading, Value
from auditkit.documentation.reader.sections import sections, sentences
from auditkit.documentation.reader.visit import visit
from auditkit.documentation.reader.words import lower, pattern


def read_note(text: str) -> Reading:
    """Return the proposals read from the text of one note.

    Every value that is not null carries quotes that are verbatim pieces of *text* with their
    offsets. Nothing is remembered between notes, and the same text gives the same reading.

    Args:
        text: The note, with or without line breaks.

    Returns:
        The proposals with their quotes and offsets, counted in characters of *text*. What the
        note does not say is null, with the reason.
    """
    low = lower(text)
    note = Note(text, low, sentences(text, sections(text)))
    named = methods(low, note.told)
    done = _done(note, named)
    past = aside_of_work(low, named, "historical", done)
    planned = aside_of_work(low, named, "planned", done)
    whose = blocks(note, done)
    procedures = [performed(note, item, done, whose) for item in done]
    procedures += _layered_closures(note, done, procedures)
    procedures += [mentioned(note, item) for item in (*planned, *past)]
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
    titled = tuple(_told_kind(n, good) for n in good if n.sentence.role == "title")
    if titled:
        items = from_titles(note.low, titled)
        # Told destruction beside a titled removal is work of its own, at the same place.
        more = [n for n in good if n.method == "destruction" and n not in titled and n.act]
        if more and not any(i.method == "destruction" for i in items) and items:
            items = (
                *items,
                Item(
                    more[0], more[0].sentence.start, more[0].sentence.end, items[0].sites, True, 0.7
                ),
            )
    elif note.of("title"):
        # A title that names no skin work: what is told below it belongs to another operation.
        return ()
    else:
        items = from_work(note.low, good)
    items = wounds(note, items)
    return tuple(located(note, item, items) for item in items)


def _told_kind(named: Named, good: tuple[Named, ...]) -> Named:
    """Return a title's biopsy of no stated kind as the kind that the told work alone names."""
    kinds = {n.method for n in good if n.method.endswith("_biopsy") and n.sentence.role != "title"}
    if named.kind_unsaid and len(kinds) == 1:
        return replace(named, method=kinds.pop())
    return named


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
