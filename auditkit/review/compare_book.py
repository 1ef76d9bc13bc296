"""The second workpaper: billed against supported, with the engine's reasons, and the judgement.

It holds only encounters that its reader has coded blind; a second reader's workpaper shows
nothing of the first reader's judgements.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from auditkit.errors import StageError
from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review import events as e
from auditkit.review.columns import Column, text_of
from auditkit.review.imported import identity
from auditkit.review.judgement import AGREE
from auditkit.review.notation import side_of, written
from auditkit.review.rules_named import RULE
from auditkit.review.session import Review
from auditkit.review.standing import by_line
from auditkit.review.state import Key, State
from auditkit.review.workbook import Book, Sheet, write_book

STAGE = "compare"
COMPARE, FOUND = "Billed and supported", "Not billed"
UNBILLED = "not billed"

CHOICES = (
    AGREE,
    *(verdict.value for verdict in Verdict if verdict is not Verdict.MISSING_RECORD),
)

_STEPS = (
    "Sheet 'Billed and supported' sets each billed line beside the line that the record supports, "
    "with the reasons, and beside what you coded blind.",
    "Enter 'agree' under Judgement, or your own verdict; for overcoded, undercoded and wrong code "
    "enter the lines that should have been billed, such as 99213-25 or 17003-59 x13.",
    "Where you overrule the engine, say why under Remark; the report prints it. Name no patient.",
    "Every error needs its category. A wrong code also needs the direction of the error. Where the "
    "error breaks another rule than the engine's, name the rule by its id, such as EM-1.",
    "On sheet 'Not billed' add supported lines that neither the bill nor the engine holds.",
    "Lines without a judgement are listed as unfinished and can follow later from the same file.",
)

#: What is shown before the judgement, so that both are seen at once, and what stands after it.
_BEFORE = (
    ("billed", "Billed", 15),
    ("blind", "Your blind codes", 20),
    ("supported", "Supported", 15),
    ("verdict", "Verdict of the engine", 26),
    ("why", "Why", 48),
)
_AFTER = (
    ("would_support", "What would have supported it", 45),
    ("direction", "Direction", 10),
    ("category", "Category", 25),
    ("rule_id", "Rule", 18),
    ("citation", "Citation", 30),
)


def write_compare_book(
    review: Review, reader: str, line_results: pd.DataFrame, findings: pd.DataFrame
) -> bytes:
    """Return the second workpaper of *reader* as an .xlsx file.

    Args:
        review: The review.
        reader: The reader's account.
        line_results: The engine's comparison.
        findings: The engine's findings, for reasons, citations and what would have supported.

    Raises:
        StageError: *reader* has coded nothing blind yet.
    """
    state = review.state
    encounters = coded_encounters(state, reader)
    if not encounters:
        raise StageError(f"'{reader}' has coded no record blind yet; that comes first.")
    rows = compared_rows(state, reader, encounters, line_results, findings)
    return write_book(described(state, reader, encounters, [_with_others(row) for row in rows]))


def coded_encounters(state: State, reader: str) -> tuple[str, ...]:
    """Return the encounters that *reader* has coded blind, without conflict between copies."""
    return tuple(
        sorted(
            encounter
            for encounter, by in state.blind
            if by == reader and (encounter, by) not in state.coding_conflicts
        )
    )


def compared_rows(
    state: State,
    reader: str,
    encounters: Sequence[str],
    line_results: pd.DataFrame,
    findings: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Return the rows of a workpaper: both sides, the reasons, and what was entered before.

    `also` holds what else is said of the line: prompts, which wait for the reader's answer,
    advisories, and errors beside the main one.
    """
    told, others = _told(findings), _by_line(findings)
    rows = []
    for result in line_results.to_dict("records"):
        encounter, slot = result["encounter_id"], e.slot_of(result)
        if encounter not in encounters:
            continue
        line = None if pd.isna(result["line"]) else int(float(result["line"]))
        blind = state.blind[(encounter, reader)].event
        judged = _own_judgement(state, reader, encounter, slot)
        rows.append(
            {
                "encounter_id": encounter,
                "slot": slot,
                "billed": side_of(result, "billed") if line is not None else UNBILLED,
                "blind": written(blind.lines) if isinstance(blind, e.BlindCode) else "",
                "supported": side_of(result, "agreed") or "nothing",
                **{name: text_of(result[name]) for name in ENGINE},
                **told.get((encounter, line, text_of(result["rule_id"])), {}),
                "also": [
                    each
                    for each in others.get((encounter, slot), ())
                    if each["rule_id"] != text_of(result["rule_id"])
                ],
                **judged,
            }
        )
    return rows


ENGINE = ("verdict", "direction", "category", "rule_id")


def _own_judgement(state: State, reader: str, encounter: str, slot: str) -> dict[str, Any]:
    """Return what this reader entered before, so that a new copy goes on from there."""
    for judged in (state.first, state.second):
        record = judged.get((encounter, slot))
        if record is not None and record.by == reader and isinstance(record.event, e.Judgement):
            event = record.event
            refused = event.line is None and event.verdict is Verdict.NOT_SUPPORTED
            return {
                "judgement": AGREE if event.with_engine else event.verdict.value,
                "lines": "" if event.with_engine or refused else written(event.agreed),
                "error": event.category.value if event.category and not event.with_engine else None,
                "turn": event.direction.value if event.verdict is Verdict.WRONG_CODE else None,
                "rule": "" if event.with_engine else event.rule_id,
                "remark": event.remark,
            }
    return {}


def _told(findings: pd.DataFrame) -> dict[tuple[str, int | None, str], dict[str, str]]:
    """Return the reasons of each line and rule, the main finding before the others."""
    found: dict[tuple[str, int | None, str], dict[str, str]] = {}
    names = ("why", "would_support", "citation", "version")
    for row in findings.to_dict("records"):
        line = None if pd.isna(row["line"]) else int(float(row["line"]))
        key = (row["encounter_id"], line, text_of(row["rule_id"]))
        place = found.setdefault(key, dict.fromkeys(names, ""))
        for name in names:
            text = text_of(row.get(name))
            if text and text not in place[name]:
                place[name] = f"{place[name]}\n{text}".strip()
    return found


def _by_line(findings: pd.DataFrame) -> dict[Key, list[dict[str, str]]]:
    """Return every finding of each line, in the words that a reader sees."""
    names = ("rule_id", "severity", "why", "would_support", "citation", "version")
    found: dict[Key, list[dict[str, str]]] = {}
    for key, row in by_line(findings):
        found.setdefault(key, []).append({name: text_of(row.get(name)) for name in names})
    return found


def _with_others(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with all that is said of its line as the one text that a cell can hold."""
    also = (
        f"{each['severity'].capitalize()} {each['rule_id']}: {each['why']}" for each in row["also"]
    )
    return {**row, "why": "\n".join(text for text in (row.get("why", ""), *also) if text)}


def described(
    state: State, reader: str, encounters: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> Book:
    """Return the workpaper of these rows."""
    categories = tuple(each.value for each in ErrorCategory)
    before, after = (
        [Column(key, head, locked=True, width=width, wrap=width >= 20) for key, head, width in part]
        for part in (_BEFORE, _AFTER)
    )
    entered = (
        Column("lines", "Should have been billed", width=24, wrap=True),
        Column("error", "Category of the error", "choice", choices=categories, width=24),
        Column("rule", RULE, width=18),
        Column("remark", "Remark", width=40, wrap=True),
    )
    turn = Column(
        "turn",
        "Direction of a wrong code",
        "choice",
        choices=tuple(d.value for d in Direction),
        width=14,
    )
    compare = Sheet(
        COMPARE,
        "Judge each line; what the engine says is a suggestion.",
        (
            Column("encounter_id", "Encounter", locked=True, width=19),
            Column("slot", "Line", locked=True, width=9),
            *before,
            Column("judgement", "Judgement", kind="choice", choices=CHOICES, width=26),
            *entered[:2],
            turn,
            *entered[2:],
            *after,
        ),
        rows,
    )
    found = Sheet(
        FOUND,
        "Supported lines that neither the bill nor the engine holds, one row each.",
        (
            Column("encounter_id", "Encounter", "choice", choices=tuple(encounters), width=19),
            *entered,
        ),
        (),
        max(20, len(encounters)),
    )
    return Book(
        "Workpaper 2: billed against supported",
        identity(state, STAGE, reader, ",".join(encounters), (compare, found)),
        _STEPS,
        (compare, found),
    )
