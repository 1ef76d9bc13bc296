"""The scoreboard of the note reader: its proposals against a person's labels, note by note.

The order is that of the harm: work proposed as performed where none was, then values that are
wrong, then what was missed. A null where the labels hold a value is a query; a value where the
labels hold null is wrong.
"""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.documentation.notes_match import outcome, pairs, unscored
from auditkit.documentation.reader import Reading, read_note
from auditkit.documentation.reader.proposals import ELEMENTS
from auditkit.errors import InputError, Problem

VISIT_ELEMENTS = {
    "prescription_drug_management": ("mdm_hints", "prescription_drug_management"),
    "total_time_minutes": ("mdm_hints", "total_time_minutes"),
    "signed": ("signed",),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The count of outcomes of one element: proposed = right + wrong; missed has no proposal."""

    element: str
    right: int
    wrong: int
    missed: int
    labelled: int

    @property
    def proposed(self) -> int:
        """Return how many values were proposed."""
        return self.right + self.wrong

    @property
    def recall(self) -> float | None:
        """Return the share of the labelled values that were proposed rightly."""
        return None if not self.labelled else (self.labelled - self.missed) / self.labelled


@dataclass(frozen=True, slots=True)
class NotesScore:
    """The result of scoring: counts only, and the ids of notes; never a note's text."""

    notes: int
    notes_none_performed: int
    false_performed: tuple[str, ...]
    elements: tuple[Tally, ...]
    methods: tuple[Tally, ...]
    flagged: int

    @property
    def proposals(self) -> int:
        """Return the number of values proposed."""
        return sum(tally.proposed for tally in self.elements)

    @property
    def wrong(self) -> int:
        """Return the number of proposed values that the labels do not accept."""
        return sum(tally.wrong for tally in self.elements)

    def recall(self, element: str) -> float | None:
        """Return the recall of *element*, None where the labels hold no value of it."""
        return next((t.recall for t in self.elements if t.element == element), None)

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain values for a JSON file."""

        def rows(tallies: tuple[Tally, ...]) -> dict[str, Any]:
            return {
                t.element: {
                    "proposed": t.proposed,
                    "right": t.right,
                    "wrong": t.wrong,
                    "missed": t.missed,
                    "labelled": t.labelled,
                    "recall": t.recall,
                }
                for t in tallies
            }

        return {
            "notes": self.notes,
            "notes_none_performed": self.notes_none_performed,
            "false_performed_notes": len(self.false_performed),
            "false_performed_note_ids": list(self.false_performed),
            "proposals": self.proposals,
            "wrong": self.wrong,
            "wrong_share": self.wrong / self.proposals if self.proposals else None,
            "contradictions_flagged": self.flagged,
            "elements": rows(self.elements),
            "methods": rows(self.methods),
        }

    def render(self) -> str:
        """Return the scoreboard as lines of text, in the order of harm."""
        share = f" ({self.wrong / self.proposals:.1%})" if self.proposals else ""
        named = f": {', '.join(self.false_performed)}" if self.false_performed else ""
        lines = [
            f"Notes read: {self.notes}",
            f"1. Notes with nothing performed: {self.notes_none_performed}; "
            f"read as performed: {len(self.false_performed)}{named}",
            f"2. Values proposed: {self.proposals}; wrong: {self.wrong}{share}",
            f"   Contradictions left null and flagged: {self.flagged}",
            "3. Recall",
        ]
        for title, tallies in (("element", self.elements), ("method", self.methods)):
            lines += ["", f"{title:<30}{'right':>7}{'wrong':>7}{'missed':>8}{'recall':>8}"]
            for t in tallies:
                recall = "-" if t.recall is None else f"{t.recall:.2f}"
                lines.append(f"{t.element:<30}{t.right:>7}{t.wrong:>7}{t.missed:>8}{recall:>8}")
        return "\n".join(lines)


def score_notes(notes_csv: str | Path, labels_json: str | Path) -> NotesScore:
    """Read every labelled note and score the proposals against the labels.

    Args:
        notes_csv: CSV with the columns `note_id` and `transcription` (or `text`).
        labels_json: A JSON list with one object for each note: `note_id`, `procedures` (each with
            the elements of `auditkit.documentation.reader.proposals.ELEMENTS`), and optionally
            `mdm_hints`, `signed` and `alternates`: other values accepted, by path such as
            `procedures[0].site`; `"procedures[0]": ["ABSENT"]` makes the whole item optional.

    Returns:
        The scoreboard. Free text (site, anesthesia, drug) agrees where the words in common are at
        least half of the shorter phrase's; sizes agree to a hundredth. A proposed item that has no
        partner in the labels counts each of its values as wrong.

    Raises:
        InputError: A file is missing or is not in the layout, or a label has no note.
    """
    texts = _texts(Path(notes_csv))
    labels = _labels(Path(labels_json))
    absent = [str(label["note_id"]) for label in labels if str(label["note_id"]) not in texts]
    if absent:
        problem = Problem(
            str(labels_json),
            None,
            "note_id",
            "a label has no note",
            "ids of the notes file",
            len(absent),
        )
        raise InputError(
            "The labels are of other notes. Give the notes they were made from.", [problem]
        )
    counts: Counter[tuple[str, str]] = Counter()
    by_method: Counter[tuple[str, str]] = Counter()
    false, idle, flagged = [], 0, 0
    for label in labels:
        key = str(label["note_id"])
        reading = read_note(texts[key])
        flagged += len(reading.flags())
        quiet = all(item["status"] != "performed" for item in label["procedures"])
        idle += quiet
        if _score_note(reading, label, counts, by_method) and quiet:
            false.append(key)
    names = [*ELEMENTS, *VISIT_ELEMENTS]
    methods = sorted({name for name, _ in by_method})
    return NotesScore(
        notes=len(labels),
        notes_none_performed=idle,
        false_performed=tuple(false),
        elements=tuple(_tally(name, counts) for name in names),
        methods=tuple(_tally(name, by_method) for name in methods),
        flagged=flagged,
    )


def _tally(name: str, counts: Counter[tuple[str, str]]) -> Tally:
    """Return the tally of *name*."""
    return Tally(name, *(counts[name, kind] for kind in ("right", "wrong", "missed", "labelled")))


def _texts(path: Path) -> dict[str, str]:
    """Return the text of each note by its id."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), None, None, "it cannot be read", "a CSV file in UTF-8")
        raise InputError("The notes file cannot be read.", [problem]) from error
    columns = rows[0].keys() if rows else ()
    text = next((name for name in ("transcription", "text") if name in columns), None)
    if text is None or "note_id" not in columns:
        problem = Problem(
            str(path), 1, None, "a column is missing", "the columns note_id and transcription"
        )
        raise InputError("The notes file is not in the layout.", [problem])
    return {row["note_id"]: row[text] or "" for row in rows}


def _labels(path: Path) -> list[dict[str, Any]]:
    """Return the labels, checked as far as the scoring needs."""
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = Problem(str(path), None, None, "it cannot be read", "a JSON list in UTF-8")
        raise InputError("The labels file cannot be read.", [problem]) from error
    accepted = "an object with note_id and procedures, each with method and status"
    if not isinstance(labels, list):
        raise InputError(
            "The labels file is not in the layout.",
            [Problem(str(path), None, None, "it is not a list", f"a list; each entry {accepted}")],
        )
    bad = [row for row, label in enumerate(labels, start=1) if not _is_label(label)]
    if bad:
        problems = [Problem(str(path), row, None, "it is not a label", accepted) for row in bad]
        raise InputError("The labels file is not in the layout.", problems)
    return labels


def _is_label(label: Any) -> bool:
    """Return whether *label* has what the scoring reads."""
    return (
        isinstance(label, dict)
        and "note_id" in label
        and isinstance(label.get("procedures"), list)
        and all(
            isinstance(item, dict) and {"method", "status"} <= item.keys()
            for item in label["procedures"]
        )
        and isinstance(label.get("alternates") or {}, dict)
    )


def _score_note(
    reading: Reading,
    label: Mapping[str, Any],
    counts: Counter[tuple[str, str]],
    by_method: Counter[tuple[str, str]],
) -> bool:
    """Add the outcomes of one note; return whether it has a performed item that is not accepted."""
    proposed = [item.as_dict() for item in reading.procedures]
    labelled = label["procedures"]
    others: Mapping[str, list[Any]] = label.get("alternates") or {}
    false = False
    for mine, gold in pairs(proposed, labelled, others):
        if gold is None:
            item = proposed[mine]  # type: ignore[index]
            false |= item["status"] == "performed"
            by_method[item["method"], "wrong"] += 1
            for name in ELEMENTS:
                counts[name, "wrong"] += item[name] is not None
            continue
        path, want = f"procedures[{gold}]", labelled[gold]
        have = None if mine is None else proposed[mine]
        if have is None and "ABSENT" in others.get(path, ()):
            continue
        skipped = unscored(gold, labelled)
        for name in ELEMENTS:
            accepted = [want.get(name), *others.get(f"{path}.{name}", ())]
            found = outcome(name, have and have[name], accepted)
            if name in skipped and found == "wrong" and want.get(name) is None:
                continue
            _count(counts, name, found, accepted)
            if name == "method":
                _count(by_method, str(want["method"]), found, accepted)
        if have is not None and have["status"] == "performed":
            status = [want["status"], *others.get(f"{path}.status", ())]
            false |= "performed" not in status
    for name, keys in VISIT_ELEMENTS.items():
        gold_value: Any = label
        for key in keys:
            gold_value = (gold_value or {}).get(key)
        accepted = [gold_value, *others.get(".".join(keys), ())]
        value = reading.visit.get(name)
        _count(counts, name, outcome(name, value and value.value, accepted), accepted)
    return false


def _count(counts: Counter[tuple[str, str]], name: str, kind: str, accepted: list[Any]) -> None:
    """Add one outcome of *kind*; a label counts as labelled where null would not have done."""
    if kind == "silent":
        return
    labelled = accepted[0] is not None and (kind == "right" or None not in accepted)
    counts[name, "labelled"] += labelled
    if kind != "missed":
        counts[name, kind] += 1
    counts[name, "missed"] += labelled and kind != "right"
