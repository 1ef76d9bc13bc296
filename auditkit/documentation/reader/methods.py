"""The names of methods in a note, without the phrases that only borrow their words."""

import re
from dataclasses import dataclass
from functools import cache

from auditkit.documentation.reader.context import status
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import pattern, table


@dataclass(frozen=True, slots=True)
class Named:
    """One method named: where, in which sentence, with what status.

    `act`: it may start an item; `kind_unsaid`: a biopsy of which the name does not say the kind.
    """

    method: str
    start: int
    end: int
    sentence: Sentence
    status: str
    act: bool
    order: bool = False
    kind_unsaid: bool = False


@dataclass(frozen=True, slots=True)
class _Pattern:
    method: str
    hints: tuple[str, ...]
    match: re.Pattern[str]
    act: bool
    only: str | None


@cache
def _patterns() -> tuple[_Pattern, ...]:
    return tuple(
        _Pattern(
            row["method"],
            tuple(row["hints"]),
            re.compile(row["match"]),
            row.get("act", False),
            row.get("only"),
        )
        for row in table("methods")["pattern"]
    )


def methods(low: str, told: tuple[Sentence, ...]) -> tuple[Named, ...]:
    """Return every method named in the sentences *told* of the note *low*, in order.

    Where two names overlap, the pattern listed first in the table wins.
    """
    tried = [p for p in _patterns() if any(hint in low for hint in p.hints)]
    if not tried:
        return ()
    found: list[Named] = []
    for sentence in told:
        taken = _borrowed(low, sentence)
        for item in tried:
            if item.only and not _fits(item.only, sentence.role):
                continue
            for match in item.match.finditer(low, sentence.start, sentence.end):
                if any(a < match.end() and match.start() < b for a, b in taken):
                    continue
                taken.append(match.span())
                state = (
                    "planned"
                    if item.only == "order"
                    else status(low, sentence, match.start(), match.end())
                )
                found.append(
                    Named(
                        item.method,
                        *match.span(),
                        sentence,
                        state,
                        item.act,
                        item.only == "order",
                        item.method == "other" and "biops" in low[match.start() : match.end()],
                    )
                )
    return tuple(sorted(found, key=lambda named: named.start))


def _borrowed(low: str, sentence: Sentence) -> list[tuple[int, int]]:
    """Return the spans of phrases that hold a method's word and are not the method."""
    matches = pattern("methods", "not_methods").finditer(low, sentence.start, sentence.end)
    return [match.span() for match in matches]


def _fits(only: str, role: str) -> bool:
    """Return whether a pattern limited to *only* is tried in a section of *role*."""
    if only == "title":
        return role in ("title", "planned")
    if only == "order":
        return role == "plan"
    return role in ("narrative", "course", "plan", "body", "title")
