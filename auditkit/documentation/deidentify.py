"""De-identification of note text, and the only door through which text may reach a model.

Patterns take out the identifiers of the Safe Harbor method (45 CFR 164.514(b)(2)); a person reads
what is left and approves it by name. A text that nobody approved is never released.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from auditkit.errors import StageError

#: What stands for an age above 89, which Safe Harbor lets stand as a class.
AGED = "90 or older"


@dataclass(frozen=True, slots=True)
class Removal:
    """A stretch taken out, `note[start:end]`, the Safe Harbor letter and category, what stands."""

    start: int
    end: int
    letter: str
    category: str
    instead: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch left in that a person should look at, `note[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A note's text without identifiers, what was taken out of it, and what to look at.

    `sha256` names `text`; `rules_sha256` names the rules and words that made it.
    """

    text: str
    removals: tuple[Removal, ...]
    doubts: tuple[Doubt, ...]
    sha256: str
    rules_sha256: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word that one text holds no identifier: who, when, and the text's hash."""

    encounter_id: str
    text_sha256: str
    rules_sha256: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """A text that may be handed to a model; made by :func:`release` alone."""

    encounter_id: str
    text: str
    approval: Approval

    def __post_init__(self) -> None:
        """Refuse a text that its approval does not name."""
        same = self.approval.encounter_id == self.encounter_id
        if not (same and self.approval.text_sha256 == sha256_of_text(self.text)):
            raise StageError(
                f"The text of encounter {self.encounter_id} is not the one that was approved. "
                "Nothing was handed over. De-identify the note again, read it, and approve it."
            )


@dataclass(frozen=True, slots=True)
class _Rule:
    letter: str
    category: str
    pattern: re.Pattern[str]

    def spans(self, text: str) -> Iterable[Removal]:
        instead = AGED if self.category == "age" else f"[{self.category}]"
        group = "out" if "out" in self.pattern.groupindex else 0
        for found in self.pattern.finditer(text):
            yield Removal(*found.span(group), self.letter, self.category, instead)


@cache
def _rules() -> tuple[tuple[_Rule, ...], Mapping[str, Any], str]:
    """Return the rules, what to doubt, and the hash of the file that holds them."""
    text = resources.files("auditkit.documentation").joinpath("deidentify.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    rules = tuple(
        _Rule(each["letter"], each["category"], re.compile(each["pattern"])) for each in raw["rule"]
    )
    return rules, raw["doubt"], hashlib.sha256(text.encode()).hexdigest()


def sha256_of_text(text: str) -> str:
    """Return the SHA-256 of *text* in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def deidentify(text: str, words: Iterable[str] = ()) -> Deidentified:
    """Return *text* without the identifiers that the rules and *words* recognise.

    The rules know forms; a name that stands alone is found only among *words*. The result is a
    draft until a person has read and approved it.

    Args:
        text: The note.
        words: Names of the practice's people and patients, places, and whatever else to take
            out; compared without regard to case, as whole words.

    Returns:
        The text with each identifier replaced by its category, the places and categories of what
        was taken out (never the words), what a person should look at, and the SHA-256 of the text
        and of the rules.
    """
    rules, doubt, digest = _rules()
    own = sorted({word.strip() for word in words if word.strip()}, key=lambda w: (-len(w), w))
    found = [span for rule in rules for span in rule.spans(text)]
    if own:
        listed = "|".join(re.escape(word) for word in own)
        form = re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)
        found += [
            Removal(*each.span(), "A", "listed word", "[listed word]")
            for each in form.finditer(text)
        ]
    removals = _apart(found)
    parts, last = [], 0
    for each in removals:
        parts += [text[last : each.start], each.instead]
        last = each.end
    clean = "".join([*parts, text[last:]])
    used = hashlib.sha256("\n".join([digest, *own]).encode()).hexdigest()
    return Deidentified(
        clean, removals, _doubts(text, removals, doubt), sha256_of_text(clean), used
    )


def _apart(found: list[Removal]) -> tuple[Removal, ...]:
    """Return the removals in order, overlapping ones joined under the longest one's category."""
    joined: list[Removal] = []
    for each in sorted(found, key=lambda r: (r.start, -r.end)):
        if each.start == each.end:
            continue
        if not joined or each.start >= joined[-1].end:
            joined.append(each)
            continue
        last = joined[-1]
        longer = max(last, each, key=lambda r: r.end - r.start)
        end = max(last.end, each.end)
        joined[-1] = Removal(last.start, end, longer.letter, longer.category, longer.instead)
    return tuple(joined)


def _doubts(
    text: str, removals: tuple[Removal, ...], doubt: Mapping[str, Any]
) -> tuple[Doubt, ...]:
    """Return what was left in and looks like a name or a number of somebody's."""
    ordinary = set(doubt["ordinary"])
    spans = [m.span() for m in re.finditer(doubt["number"], text)]
    spans += [m.span() for m in re.finditer(doubt["name"], text) if m[0] not in ordinary]
    return tuple(
        Doubt(start, end)
        for start, end in sorted(spans)
        if not any(r.start < end and start < r.end for r in removals)
    )


def release(encounter_id: str, text: str, approvals: Iterable[Approval]) -> Released:
    """Return *text* as one that may be handed to a model.

    Args:
        encounter_id: The note's encounter.
        text: The de-identified text.
        approvals: What people approved; the last one of the encounter counts.

    Raises:
        StageError: Nobody approved a text of this encounter, or the one approved is another.
    """
    mine = [each for each in approvals if each.encounter_id == encounter_id]
    if not mine:
        raise StageError(
            f"Nobody approved the text of encounter {encounter_id}, so it may not be handed to a "
            "model. Read it on the page that `auditkit notes deidentify` writes, then approve it."
        )
    return Released(encounter_id, text, mine[-1])
