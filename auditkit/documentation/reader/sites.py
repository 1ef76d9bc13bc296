"""Body sites and sides as the note writes them."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from auditkit.documentation.reader.words import pattern, table


@dataclass(frozen=True, slots=True)
class Site:
    """One site: offsets in the note, its side if written, and its nouns in one spelling."""

    start: int
    end: int
    laterality: str | None
    nouns: frozenset[str]
    qualifiers: frozenset[str]


@cache
def _phrase() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = table("sites")
    sides, kinds = words["sides"], words["qualifiers"]
    nouns = "|".join(sorted((*words["nouns"], *words["plurals"]), key=len, reverse=True))
    ahead = rf"(?:(?:{sides}|{kinds})(?:[\s,-]+(?:and )?)(?:(?:the|his|her) )?)"
    after = "medial|lateral|anterior|posterior|superior|inferior"
    behind = rf"(?:[ /-](?:{nouns}|{after})\b)*(?:,? (?:bilaterally|right and left))?"
    whole = rf"\b{ahead}{{0,6}}(?:{nouns})\b{behind}"
    return (
        re.compile(whole),
        re.compile(rf"\b(?:{sides}|bilaterally)(?=\W|$)"),
        re.compile(rf"\b(?:{nouns})\b"),
        re.compile(rf"\b(?:{kinds})\b"),
    )


_SIDES = {"lt": "left", "rt": "right", "both": "bilateral", "bilaterally": "bilateral"}


def side_of(phrase: str) -> str | None:
    """Return the side that a site's *phrase* (lower case) names, or None."""
    named = {_SIDES.get(s.rstrip("."), s.rstrip(".")) for s in _phrase()[1].findall(phrase)}
    if {"left", "right"} <= named or "bilateral" in named:
        return "bilateral"
    return named.pop() if len(named) == 1 else None


# The same sentence is asked for its sites by several elements of several items.
@lru_cache(maxsize=256)
def sites(low: str, start: int, end: int) -> tuple[Site, ...]:
    """Return the sites named between *start* and *end*; landmarks and donor sites are left out."""
    whole, _, nouns, kinds = _phrase()
    away = _away()
    found: list[Site] = []
    for match in whole.finditer(low, start, end):
        before = low[max(start, match.start() - 24) : match.start()]
        if (landmark := away.search(before)) and not _taken_from(low, landmark, match):
            continue
        if match.group() == "back" and not pattern("sites", "the_back").search(before):
            continue
        if found and low.rfind("(", start, match.start()) > low.rfind(")", start, match.start()):
            # An aside ("high-risk area of the face") explains the site before it.
            continue
        phrase = match.group()
        spelled = frozenset(_same(noun) for noun in nouns.findall(phrase))
        start = match.start()
        if (
            found
            and found[-1].end + 1 == start
            and low[start - 1] == " "
            and side_of(phrase) is None
        ):
            # "the left lower cheek upper neck" is one place, of one side.
            start = found.pop().start
            phrase = low[start : match.end()]
            spelled = frozenset(_same(noun) for noun in nouns.findall(phrase))
        found.append(
            Site(start, match.end(), side_of(phrase), spelled, frozenset(kinds.findall(phrase)))
        )
    return tuple(found)


def _taken_from(low: str, landmark: re.Match[str], site: re.Match[str]) -> bool:
    """Return whether *site* is where a biopsy or lesion was taken from, and not moved tissue."""
    said = low[low.rfind(".", 0, site.start()) + 1 : site.start()]
    return (
        landmark.group().startswith("from")
        and pattern("sites", "taken").search(said) is not None
        and pattern("sites", "moved").search(said) is None
    )


@cache
def _away() -> re.Pattern[str]:
    return re.compile(table("sites")["elsewhere"])


def _same(noun: str) -> str:
    """Return *noun* in the spelling that stands for all of its own."""
    words = table("sites")
    noun = words["same"].get(noun, noun)
    return noun[:-1] if noun in words["plurals"] else noun


def agree(one: Site, other: Site) -> bool:
    """Return whether two phrases may name one place: a noun in common and no opposite sides."""
    if not one.nouns & other.nouns:
        return False
    sides = {one.laterality, other.laterality} - {None}
    return len(sides) < 2 or "bilateral" in sides
