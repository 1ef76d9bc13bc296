"""Headings and sentences of a note, whether its line breaks survived or became commas."""

import re
from dataclasses import dataclass
from functools import cache

from auditkit.documentation.reader.words import lower, pattern, table


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. Offsets are of the text without the heading itself."""

    role: str
    heading: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence or list item of a section, by offsets."""

    start: int
    end: int
    section: Section

    @property
    def role(self) -> str:
        """Return the role of the section."""
        return self.section.role


@cache
def _roles() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["role"], re.compile(row["match"])) for row in table("sections")["role"])


@cache
def role_of(heading: str) -> str | None:
    """Return the role of a *heading* (lower case, without colon), or None if it is unknown."""
    return next((role for role, match in _roles() if match.fullmatch(heading)), None)


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of *text* in order; what precedes the first heading has role `body`.

    An unknown heading keeps the role of the section before it when that told of the work.
    """
    found: list[tuple[str, str, int, int]] = []
    for match, written in _headings(text):
        heading = lower(written).strip(" ,.-0123456789")
        role = role_of(heading)
        if role is None:
            if match.groupdict().get("caps") is None:
                continue
            inherited = found[-1][0] if found else "body"
            role = "narrative" if inherited in ("narrative", "title") else "body"
        if role == "past" and heading == "surgery" and any(r == "before" for r, *_ in found):
            # After a preoperative diagnosis it names the operation, and no history.
            role = "title"
        found.append((role, heading, match.start(), match.end()))
    limit = table("sections")["title_limit"]
    edges = [*(start for _, _, start, _ in found), len(text)]
    result = [Section("body", "", 0, edges[0])] if edges[0] else []
    for (role, heading, _, body), end in zip(found, edges[1:], strict=True):
        titled = any(section.role == "title" for section in result)
        told = len(_TOLD.findall(text, body, end))
        long = end - body > limit or told > 1 or (titled and told == 1)
        if role == "title" and long and not _listed(text[body:end]):
            role = "narrative"
        result.append(Section(role, heading, body, end))
    return tuple(result)


def _headings(text: str) -> list[tuple[re.Match[str], str]]:
    """Return the headings with their words, in order: with a colon, or in capitals without it."""
    found = [
        (match, match.group("caps") or match.group("title"))
        for match in pattern("sections", "heading").finditer(text)
    ]
    taken = {match.start() for match, _ in found}
    found += [
        (match, match.group("bare"))
        for match in pattern("sections", "bare").finditer(text)
        if match.start() not in taken
    ]
    return sorted(found, key=lambda item: item[0].start())


#: Finite verbs of told work make a story of what a heading calls the procedure: two of them, or
#: one under a heading that comes after the title.
_TOLD = re.compile(r"\b(?:was|were)\b")


def _listed(body: str) -> bool:
    """Return whether a long title is a numbered list, and so still a title."""
    return re.match(r"[\s,]*1\.\s", body) is not None


_ENDS = re.compile(
    r"(?<=[.!?])\s+(?=[A-Z0-9#(\"\[])|[.;:]\s?,\s*|\n+|,(?=\d{1,2}\.\s{1,2}\S)|;\s+"
    r"|(?<=[\s,.])\d{1,2}\.\s{1,2}(?=[A-Z])|^\s*,\s*"
)
_ABBREVIATED = re.compile(
    r"\b(?:[Dd]r|[Mm]rs?|[Mm]s|[Ss]t|vs|approx|[Nn]o|i\.e|e\.g|[A-Z]|p\.o|b\.i\.d|t\.i\.d|q\.d|lt|rt)\.$"
)


def sentences(text: str, parts: tuple[Section, ...]) -> tuple[Sentence, ...]:
    """Return the sentences and list items of all *parts*, in order, without their list marks."""
    result: list[Sentence] = []
    for part in parts:
        start = part.start
        for match in _ENDS.finditer(text, part.start, part.end):
            if _ABBREVIATED.search(text[max(part.start, match.start() - 6) : match.start()]):
                continue
            _add(result, text, start, match.start() + (text[match.start()] in ".;:"), part)
            start = match.end()
        _add(result, text, start, part.end, part)
    return tuple(result)


def _add(result: list[Sentence], text: str, start: int, end: int, part: Section) -> None:
    """Append the sentence between *start* and *end*, trimmed; nothing where it is empty."""
    end = min(end, part.end)
    mark = re.compile(r"[\s,]*(?:\d{1,2}\.(?=\s))?[\s,]*").match(text, start, end)
    start = mark.end() if mark else start
    while end > start and text[end - 1] in " ,\n\t":
        end -= 1
    if end > start and any(c.isalnum() for c in text[start:end]):
        result.append(Sentence(start, end, part))
