"""The words by which worked encounters are read: names of fields, and what says which value."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from auditkit.documentation.natural import DENIALS, words_of

WORDS = Path(__file__).with_name("worked.toml")
BEHAVIORS = {
    "benign": "benign",
    "malignant": "malignant",
    "premalignant": "premalignant",
    "in situ": "in_situ",
    "uncertain": "uncertain",
    "unspecified": "unspecified",
}
#: A text that says only whether pathology is back.
PENDING = ("pending", "awaited", "not back")
#: Shorter words of the vocabulary must be whole words: "ma" is not in "margin".
SHORT = 4
NEGATIONS = DENIALS | {"non"}
#: How many words a negation reaches within its clause.
REACH = 3


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Return the field names and words by which worked encounters are read."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def names_of(part: str) -> dict[str, str]:
    """Return the field names of *part*, bare or as a set of words, with what each stands for."""
    fields = vocabulary()["fields"][part].items()
    return {unordered(name): field for name, field in fields} | {
        bare(name): field for name, field in fields
    }


def named(part: str, name: str) -> str | None:
    """Return what the field *name* of *part* stands for, its words in any order; None unknown."""
    known = names_of(part)
    return known.get(bare(name), known.get(unordered(name)))


def bare(name: str) -> str:
    """Return a field name without case, underscores and the words that add nothing."""
    return "".join(telling_words(name))


def unordered(name: str) -> str:
    """Return the words of a field name that tell something, in the order of the alphabet."""
    return " ".join(sorted(telling_words(name)))


def telling_words(name: str) -> list[str]:
    """Return the words of a field name without case and without those that add nothing."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower())
    kept = [w for w in words if w not in ("documented", "noted", "stated", "number", "of", "the")]
    return kept or words


@cache
def entries_of(element: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each value of *element* with the words that together say it, in their order."""
    table = vocabulary()["words"][element]
    return tuple(
        (value, tuple(words_of(e).split())) for value, known in table.items() for e in known
    )


def clauses(text: str) -> Iterator[list[str]]:
    """Yield the words of each clause of *text*."""
    for clause in re.split(r"[,;:()/]| - |\. ", text.lower()):
        if words := re.findall(r"[a-z0-9]+", clause):
            yield words


def says(entry: tuple[str, ...], stated: set[str], denied: set[str]) -> bool:
    """Return whether every word of *entry* is stated, in any order.

    A word after "no" or "without" counts only for entries that hold the negation themselves.
    """
    pool = stated | denied if NEGATIONS.intersection(entry) else stated
    return all(
        word in pool
        or word + "s" in pool
        or (len(word) >= SHORT and any(each.startswith(word) for each in pool))
        for word in entry
    )


def stated_and_denied(text: str) -> tuple[set[str], set[str]]:
    """Return the words that *text* states, and those that stand within reach of a negation."""
    stated: set[str] = set()
    denied: set[str] = set()
    for words in clauses(text):
        for i, word in enumerate(words):
            negated = NEGATIONS.intersection(words[max(0, i - REACH) : i])
            (denied if negated else stated).add(word)
    return stated, denied


def head_behavior(text: str) -> str | None:
    """Return the behaviour that opens a text such as "benign (wart)", or None."""
    head = re.split(r"[(,:;]", text.lower(), maxsplit=1)[0].strip()
    if "in situ" in text.lower():
        return "in_situ"
    return BEHAVIORS.get(head)
