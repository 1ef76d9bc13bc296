"""The first workpaper: read the record, enter its elements, code it. No billed code is in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.columns import YES, Column
from auditkit.review.elements_sheets import (
    Elements,
    element_sheets,
)
from auditkit.review.imported import (
    identity,
    load_elements,
)
from auditkit.review.proposals import proposals_sheet
from auditkit.review.session import Review
from auditkit.review.state import State
from auditkit.review.workbook import LONGEST_TEXT, Book, Sheet, write_book

STAGE = "blind"
ASSIGNMENTS, NOTES, CODES = "Assignments", "Notes", "Blind codes"

_PROPOSED = "What was proposed from them stands on sheet Proposals with the words that it rests on."

_STEPS = (
    "Read the record of each encounter on sheet Assignments; notes on file are on sheet Notes.",
    "On the sheets that follow, what is on file stands already: keep it, correct it or clear it. "
    "Enter what else the record documents. Enter 'not documented' where you looked and the record "
    "does not say; leave a cell blank where you did not look.",
    "On sheet Blind codes enter the lines that the record supports, as you would code them; enter "
    "'none' where it supports none. The billed codes come in a second workpaper.",
    "Enter 'yes' under Done on sheet Assignments. Only finished encounters are taken in; the rest "
    "is listed and can follow later from the same file.",
)


def write_blind_book(
    review: Review,
    reader: str,
    lines: pd.DataFrame,
    notes: Mapping[str, str] | None = None,
    known: Mapping[str, Elements] | None = None,
) -> bytes:
    """Return the first workpaper of *reader* as an .xlsx file.

    Args:
        review: The review.
        reader: The reader's account.
        lines: Lines of the sample, for the patient key and date of each encounter only; no code
            of theirs enters the workbook.
        notes: Note text by encounter.
        known: Elements abstracted elsewhere, by encounter, to be confirmed or corrected. What
            this reader entered before takes their place.

    Raises:
        StageError: Nothing is assigned to *reader* whose record was received.
    """
    state = review.state
    encounters = open_encounters(state, reader)
    if not encounters:
        raise StageError(f"No received record waits for '{reader}' to code it blind.")
    entered = {**(known or {}), **own_elements(review, state, reader)}
    before = {x: entered[x] for x in encounters if x in entered}
    return write_book(described(state, reader, encounters, lines, notes or {}, before))


def open_encounters(state: State, reader: str) -> tuple[str, ...]:
    """Return the encounters of *reader* whose record is here and that no line is judged of."""
    judged = {key[0] for key, r in [*state.first.items(), *state.second.items()] if r.by == reader}
    return tuple(
        sorted(
            encounter
            for (encounter, _), who in state.readers.items()
            if who == reader
            and encounter not in judged
            and (chart := state.charts.get(encounter))
            and chart.received
        )
    )


def read_of(reader: str) -> Any:
    """Return the function that tells which reading of an encounter is *reader*'s."""

    def find(state: State, encounter: str) -> int:
        return 2 if state.readers.get((encounter, 2)) == reader else 1

    return find


def own_elements(review: Review, state: State, reader: str) -> dict[str, Elements]:
    """Return what *reader* entered before, by encounter."""
    return {
        encounter: elements
        for read in (1, 2)
        for encounter, elements in load_elements(review.folder, read).items()
        if state.readers.get((encounter, read)) == reader
    }


def described(
    state: State,
    reader: str,
    encounters: Sequence[str],
    lines: pd.DataFrame,
    notes: Mapping[str, str],
    known: Mapping[str, Elements],
) -> Book:
    """Return the workpaper of these encounters."""
    proposed = proposals_sheet(encounters, known)
    sheets = (
        _assignments(encounters, lines),
        _notes(encounters, notes),
        proposed,
        *element_sheets(encounters, known),
        _codes(state, reader, encounters),
    )
    return Book(
        "Workpaper 1: read the record and code it blind",
        identity(state, STAGE, reader, ",".join(encounters), sheets),
        _steps(proposed),
        sheets,
    )


def _steps(proposed: Sheet) -> tuple[str, ...]:
    first, *others = _STEPS
    return (f"{first} {_PROPOSED}" if proposed.rows else first, *others)


def _assignments(encounters: Sequence[str], lines: pd.DataFrame) -> Sheet:
    first = lines.drop_duplicates("encounter_id").set_index("encounter_id") if len(lines) else lines
    rows = []
    for encounter in encounters:
        row = {"encounter_id": encounter}
        if len(lines) and encounter in first.index:
            for name in ("provider_id", "patient_key", "dos_from"):
                if name in first:
                    row[name] = str(first.loc[encounter, name])[:24]
        rows.append(row)
    columns = (
        Column("encounter_id", "Encounter", locked=True, width=19),
        Column("provider_id", "Provider", locked=True, width=10),
        Column("patient_key", "Patient", locked=True),
        Column("dos_from", "Date of service", locked=True),
        Column("done", "Done", kind="choice", choices=(YES,), width=8),
    )
    return Sheet(ASSIGNMENTS, "Enter yes under Done when an encounter is finished.", columns, rows)


def _notes(encounters: Sequence[str], notes: Mapping[str, str]) -> Sheet:
    rows = [
        {"encounter_id": encounter, "part": str(part + 1), "text": text}
        for encounter in encounters
        for part, text in enumerate(_parts(notes.get(encounter, "")))
    ]
    columns = (
        Column("encounter_id", "Encounter", locked=True, width=19),
        Column("part", "Part", locked=True, width=6),
        Column("text", "Note", locked=True, width=120, wrap=True),
    )
    return Sheet(NOTES, "Note text on file; long notes go on in the next part.", columns, rows)


def _parts(text: str) -> Iterable[str]:
    clean = "".join(c for c in text if c.isprintable() or c in "\n\t")
    return (clean[i : i + LONGEST_TEXT] for i in range(0, len(clean), LONGEST_TEXT))


def _codes(state: State, reader: str, encounters: Sequence[str]) -> Sheet:
    rows = [
        {
            "encounter_id": encounter,
            "code": line.code,
            "modifiers": " ".join(line.modifiers),
            "units": line.units,
        }
        for encounter in encounters
        if (record := state.blind.get((encounter, reader)))
        and isinstance(record.event, e.BlindCode)
        for line in record.event.lines
    ]
    columns = (
        Column("encounter_id", "Encounter", "choice", choices=tuple(encounters), width=19),
        Column("code", "Code", width=10),
        Column("modifiers", "Modifiers", width=12),
        Column("units", "Units", kind="number", low=0, high=9999, width=8),
    )
    does = "The lines that the record supports, one row each; code 'none' where it supports none."
    return Sheet(CODES, does, columns, rows, 6 * len(encounters))
