"""What a lesion did to the patient: the symptoms that a note tells of it."""

from auditkit.documentation.reader.context import cue
from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.linking import Note, about
from auditkit.documentation.reader.proposals import NOT_STATED, Value
from auditkit.documentation.reader.sites import agree, sites
from auditkit.documentation.reader.words import pattern


def symptoms_of(note: Note, item: Item, items: tuple[Item, ...]) -> Value:
    """Return the symptoms told of an item's lesion, or null where none is told.

    Only sentences that name the item's site, or a lesion, are looked at, and denied symptoms are
    left out. "Inflamed" as part of a diagnosis's name is no symptom told.
    """
    word = pattern("details", "symptoms", "words")
    found: dict[str, tuple[int, int]] = {}
    for sentence in about(note, item, items, ("history", "exam", "diagnosis", "before", "body")):
        span = sentence.start, sentence.end
        here = sites(note.low, *span)
        named = any(agree(site, own) for site in here for own in item.sites)
        if here and not named:
            continue
        if not named and not pattern("details", "counts", "one").search(note.low, *span):
            continue
        for hit in word.finditer(note.low, *span):
            if cue(note.low, sentence, *hit.span()) in (None, "historical"):
                found.setdefault(hit.group(), hit.span())
    if not found:
        return NOT_STATED
    quotes = tuple(quote(note.text, *where) for where in found.values())
    return Value(tuple(each.text for each in quotes), quotes, 0.7)
