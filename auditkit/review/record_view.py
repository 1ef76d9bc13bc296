"""What a page shows of a record: the note with its evidence marked, and the elements in groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from auditkit.review.columns import NO, NONE, NOT_DOCUMENTED, SEPARATOR, YES, heading_of
from auditkit.review.elements_back import equal
from auditkit.review.elements_sheets import Elements

#: Parts in the order in which a coder reads them: the service first, the formalities last.
_PARTS = {
    "em": "Visit",
    "lesions": "Lesion",
    "procedures": "Procedure",
    "specimens": "Specimen",
    "drugs": "Drug",
    "diagnoses": "Diagnosis",
    "record": "Record",
    "abn": "Advance notice",
}
_IDS = ("lesion_id", "procedure_id", "specimen_id")
#: What tells a part from others of its kind, shown in its title.
_TITLES = ("label", "type", "name", "icd10")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the record: of what kind, its short name and its title, and its elements."""

    kind: str
    name: str
    title: str
    elements: Elements


def segments(note: str, elements: Elements, read: Elements | None = None) -> list[dict[str, str]]:
    """Return the note in pieces, each with the elements that it is the evidence of, or nothing.

    Evidence is found by its place in the note where that fits its quote, and by its quote where
    it does not. Pieces of evidence may overlap: a piece names every element that rests on it.

    Args:
        note: The note's text.
        elements: The documented elements with their evidence.
        read: What a note reader read from the same note; its words are the evidence of an element
            that has none of its own and the same value.
    """
    spans = [
        (*at, name)
        for name, found in {**_borrowed(elements, read or {}), **_evidence(elements)}.items()
        for at in [_span(note, found)]
        if at[1] > at[0]
    ]
    cuts = sorted({0, len(note), *(each for span in spans for each in span[:2])})
    return [
        {
            "text": note[start:end],
            "element": "; ".join(n for first, last, n in spans if first <= start and end <= last),
        }
        for start, end in pairwise(cuts)
    ]


def element_groups(elements: Elements) -> list[dict[str, Any]]:
    """Return the documented elements in groups, as a page shows them.

    Returns:
        For each part of the record `part` (its title), `rows` (`element` in words, `name` as the
        pieces of :func:`segments` name it, `value`) and `lacking`, the elements that somebody
        looked for and did not find.
    """
    own = {
        name: value
        for name, value in elements.items()
        if name not in _PARTS and name != "evidence" and not _is_part(value)
    }
    parts = [*_named_parts(elements), _Part("encounter", "encounter", "Encounter", own)]
    return [_group(part) for part in parts if _shown(part)]


def _shown(part: _Part) -> Elements:
    """Return the elements of *part* that are shown beside its title."""
    left_out = ("evidence", "label", *_IDS)
    return {k: v for k, v in part.elements.items() if k not in left_out and not _is_part(v)}


def _group(part: _Part) -> dict[str, Any]:
    shown = _shown(part)
    return {
        "part": part.title,
        "rows": [
            {"element": heading_of(key), "name": _name(part, key), "value": say(value)}
            for key, value in shown.items()
            if value is not None
        ],
        "lacking": [heading_of(key) for key, value in shown.items() if value is None],
    }


def say(value: Any) -> str:
    """Return the value of an element in words."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, (list, tuple)):
        return f"{SEPARATOR} ".join(say(each) for each in value) or NONE
    return NOT_DOCUMENTED if value is None else str(value).replace("_", " ")


def _is_part(value: Any) -> bool:
    """Return whether *value* is a part with elements of its own, or a list of such parts."""
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    )


def _named_parts(elements: Elements) -> Iterator[_Part]:
    """Yield each part of the record, and the parts inside it."""
    for kind, word in _PARTS.items():
        value = elements.get(kind)
        if isinstance(value, Mapping):
            yield from _with_inner(_Part(kind, kind, word, dict(value)))
        for number, each in enumerate(value if isinstance(value, list) else (), start=1):
            own = next((str(each[x]) for x in _IDS if each.get(x)), str(number))
            title = f"{word} {own}{_told_apart(each)}"
            yield from _with_inner(_Part(kind, f"{kind.rstrip('s')} {own}", title, each))


def _with_inner(part: _Part) -> Iterator[_Part]:
    yield part
    for key, value in part.elements.items():
        if key == "evidence" or not _is_part(value):
            continue
        kind, word = f"{part.kind} {key}", _plain(key)
        if isinstance(value, Mapping):
            yield _Part(kind, f"{part.name} {word}", f"{part.title}: {word}", dict(value))
            continue
        for number, each in enumerate(value, start=1):
            one = f"{word.rstrip('s')} {number}"
            title = f"{part.title}: {one}{_told_apart(each)}"
            yield _Part(kind, f"{part.name} {one}", title, each)


def _told_apart(part: Elements) -> str:
    known = next((part[name] for name in _TITLES if part.get(name)), None)
    return "" if known is None else f" ({say(known)})"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _span(note: str, found: Mapping[str, Any]) -> tuple[int, int]:
    quote = found.get("quote")
    start, end = (
        at if isinstance(at, int) else -1 for at in (found.get("start"), found.get("end"))
    )
    if 0 <= start < end <= len(note) and (not quote or note[start:end] == quote):
        return start, end
    place = note.find(quote) if quote else -1
    return (place, place + len(quote)) if quote and place >= 0 else (0, 0)


def _name(part: _Part, element: str) -> str:
    return f"{part.name}: {_plain(element)}"


def _evidence(elements: Elements) -> dict[str, Mapping[str, Any]]:
    return {
        _name(part, element): found
        for part in _named_parts(elements)
        for element, found in (part.elements.get("evidence") or {}).items()
    }


def _borrowed(elements: Elements, read: Elements) -> dict[str, Mapping[str, Any]]:
    """Return the words of the note under elements that say the same as the note reader.

    Parts are paired by what they hold, since two abstractions name their lesions differently.
    """
    left = list(_named_parts(read))
    found: dict[str, Mapping[str, Any]] = {}
    for part in _named_parts(elements):
        alike = [each for each in left if each.kind == part.kind and _agreed(part, each)]
        if not alike:
            continue
        pair = max(alike, key=lambda each: len(_agreed(part, each)))
        left.remove(pair)
        words = pair.elements.get("evidence") or {}
        found |= {_name(part, name): words[name] for name in _agreed(part, pair)}
    return found


def _agreed(one: _Part, other: _Part) -> list[str]:
    """Return the elements on which two parts agree and for which *other* has its words."""
    words = other.elements.get("evidence") or {}
    mine = one.elements
    return [x for x in words if mine.get(x) is not None and equal(mine[x], other.elements.get(x))]
