"""Where the work of one item was: its site and side, each with its quote, or null and flagged."""

import re
from itertools import pairwise

from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.items import Item
from auditkit.documentation.reader.linking import WORKING, Note
from auditkit.documentation.reader.proposals import NOT_STATED, Value
from auditkit.documentation.reader.sites import Site, sites


def several_places(item: Item) -> bool:
    """Return whether the item's sites are of different names or sides, and so may be several."""
    apart = any(not (a.nouns & b.nouns) for a, b in pairwise(item.sites))
    return apart or len({site.laterality for site in item.sites if site.laterality}) > 1


def _mixed(item: Item) -> bool:
    """Return whether some of the item's sites have a side and others, elsewhere, have none."""
    sides = {site.laterality for site in item.sites}
    return several_places(item) and len(sides) > 1 and item.status == "performed"


def place_of(note: Note, item: Item, alone: bool) -> dict[str, Value]:
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
        elif not sides and item.status == "performed":
            result["laterality"] = _side_elsewhere(note, item)
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


def _side_elsewhere(note: Note, item: Item) -> Value:
    """Return the side that the rest of the note names for the item's one site, if it names one."""
    if len(item.sites) != 1:
        return NOT_STATED
    named = [
        site
        for sentence in note.of("history", "exam", "diagnosis", "before", *WORKING)
        for site in sites(note.low, sentence.start, sentence.end)
        if site.nouns == item.sites[0].nouns and site.laterality and _may_be(site, item.sites[0])
    ]
    if len({site.laterality for site in named}) != 1 or named[0].laterality == "bilateral":
        return NOT_STATED
    return Value(named[0].laterality, (quote(note.text, named[0].start, named[0].end),), 0.6)


def _may_be(one: Site, other: Site) -> bool:
    """Return whether two phrases leave *one* the same place as *other*, and no part of it."""
    if any(part.endswith(" of") for part in one.qualifiers - other.qualifiers):
        return False
    return not (one.qualifiers and other.qualifiers) or bool(one.qualifiers & other.qualifiers)


def _nail_side(note: Note, item: Item) -> Value:
    """Return "bilateral" where the nails are listed by digit on both feet."""
    for sentence in (item.named.sentence, *note.of("exam")):
        span = note.low[sentence.start : sentence.end]
        if "nail" not in span:
            continue
        if "bilateral" in span or ("right" in span and "left" in span):
            return Value("bilateral", (quote(note.text, sentence.start, sentence.end),), 0.75)
    return NOT_STATED
