"""Reading the first workpaper back: finished encounters, and what holds up the others."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.errors import InputError, Problem
from auditkit.review import events as e
from auditkit.review.blind_book import ASSIGNMENTS, CODES, NOTES, STAGE, described, own_elements
from auditkit.review.cells import CellError
from auditkit.review.columns import NONE, YES
from auditkit.review.elements_back import read_elements
from auditkit.review.elements_sheets import RECORD, VISIT, Elements
from auditkit.review.imported import FORM, Imported, check_book, elements_sha256, form_of
from auditkit.review.notation import ACCEPTED, parse_lines
from auditkit.review.proposals import PROPOSALS, judged
from auditkit.review.readback import OpenBook, ReadSheet, Row, open_book, read_sheet
from auditkit.review.session import Review


def read_blind_book(
    review: Review, path: Path, known: Mapping[str, Elements] | None = None
) -> Imported:
    """Return what a first workpaper says; :func:`auditkit.review.imported.take` takes it in.

    Args:
        review: The review.
        path: The workbook.
        known: The elements that it was issued with, as for :func:`write_blind_book`.

    Raises:
        InputError: It is no workpaper, or one of another audit or stage.
    """
    state = review.state
    opened = open_book(path)
    reader, seen = check_book(opened, state, STAGE)
    mine = sorted(x for (x, _), who in state.readers.items() if who == reader)
    if not mine:
        raise InputError(f"{opened.name} was issued for '{reader}', who has no chart here.")
    before = {**(known or {}), **own_elements(review, state, reader)}
    book = described(state, reader, mine, pd.DataFrame(), {}, {})
    older = opened.identity.get(FORM) != form_of(book.sheets)
    sheets = {
        sheet.name: read_sheet(opened, sheet, older and sheet.name not in (ASSIGNMENTS, CODES))
        for sheet in book.sheets
        if sheet.name not in (NOTES, PROPOSALS)
    }
    problems = [problem for sheet in sheets.values() for problem in sheet.problems]
    repairs = [repair for sheet in sheets.values() for repair in sheet.repairs]
    headless = any(problem.row is None for problem in problems)
    misplaced, adrift = _misplaced(opened, sheets, set(mine))
    problems += misplaced
    if headless or adrift:
        why = "a sheet or heading is missing" if headless else "a row may belong to any encounter"
        return Imported(
            opened.name, reader, seen, problems=tuple(problems), repairs=tuple(repairs),
            unfinished=(f"everything: {why}",),
        )  # fmt: skip
    settled = {x for x, who in state.blind.keys() - state.coding_conflicts.keys() if who == reader}
    whole = _complete(opened, sheets, reader, seen, mine, before, problems, repairs, settled)
    told = [
        event
        for encounter, entered in whole.elements.items()
        for event in judged(encounter, (known or {}).get(encounter, {}), entered)
    ]
    return replace(whole, events=(*whole.events, *told))


def _misplaced(
    opened: OpenBook, sheets: Mapping[str, ReadSheet], mine: set[str]
) -> tuple[list[Problem], bool]:
    """Return the rows of unknown or repeated encounters, and whether a row could be anyone's."""
    problems = []
    adrift = False
    for name, sheet in sheets.items():
        place = f"{opened.name}, sheet '{name}'"
        seen: set[Any] = set()
        for row in sheet.rows:
            encounter = row.values.get("encounter_id")
            if encounter not in mine:
                adrift = True
                what = "belongs to no encounter of this workpaper, so nothing is taken in"
                accepted = "an encounter of sheet Assignments"
                problems.append(Problem(place, row.number, "Encounter", what, accepted))
            elif name in (ASSIGNMENTS, RECORD, VISIT) and encounter in seen:
                adrift = True
                what = "is a second row of the same encounter, so nothing is taken in"
                problems.append(Problem(place, row.number, "Encounter", what, "one row for each"))
            seen.add(encounter)
    return problems, adrift


def _complete(
    opened: OpenBook,
    sheets: Mapping[str, ReadSheet],
    reader: str,
    seen: int,
    mine: Sequence[str],
    before: Mapping[str, Elements],
    problems: list[Problem],
    repairs: list[Problem],
    settled: Set[str],
) -> Imported:
    """Return the finished encounters as events, and the others by name and reason.

    *settled* are the encounters whose codes are in the log already: a workbook for coding one of
    them again need not say anything of the others.
    """
    on_book = {row.values.get("encounter_id") for row in sheets[ASSIGNMENTS].rows}
    done = {
        row.values["encounter_id"]
        for row in sheets[ASSIGNMENTS].rows
        if row.values.get("done") == YES and row.values.get("encounter_id") in mine
    }
    broken = {
        row.values.get("encounter_id") for s in sheets.values() for row in s.rows if row.broken
    }
    events: list[e.AnyEvent] = []
    elements: dict[str, Elements] = {}
    unfinished = [f"{x}: not marked done" for x in mine if x in on_book and x not in done | settled]
    for encounter in sorted(done):
        said: tuple[Problem, ...] = ()
        found, lines = None, None
        if encounter not in broken:
            found, said = read_elements(
                opened.name, sheets, encounter, before.get(encounter, {}), reader
            )
            lines, wrong = _blind_lines(opened, sheets[CODES].rows, encounter)
            said = (*said, *wrong, *_unstated(opened, encounter, found))
        problems += said
        if encounter in broken or said or found is None or lines is None:
            unfinished.append(f"{encounter}: marked done, but has cells that cannot be used")
            continue
        elements[encounter] = found
        hashed = elements_sha256(found)
        events += [
            e.Abstracted(encounter_id=encounter, elements_sha256=hashed, seen=seen),
            e.BlindCode(encounter_id=encounter, lines=lines, seen=seen),
        ]
    return Imported(
        opened.name, reader, seen, tuple(events), elements, tuple(problems), tuple(repairs),
        tuple(unfinished),
    )  # fmt: skip


def _unstated(opened: OpenBook, encounter: str, found: Elements | None) -> tuple[Problem, ...]:
    """Return a problem when nobody says whether the record is there."""
    if found is None or found.get("record", {}).get("present") is not None:
        return ()
    place = f"{opened.name}, sheet 'Record'"
    what = f"does not say whether the record of {encounter} is there"
    return (Problem(place, None, "Present", what, "yes or no"),)


def _blind_lines(
    opened: OpenBook, rows: Sequence[Row], encounter: str
) -> tuple[tuple[e.CodedLine, ...] | None, tuple[Problem, ...]]:
    mine = [row for row in rows if row.values.get("encounter_id") == encounter]
    place = f"{opened.name}, sheet '{CODES}'"
    if not mine:
        what = f"has no line for {encounter}, which is marked done"
        return None, (Problem(place, None, "Code", what, f"a code, or '{NONE}'"),)
    lines: list[e.CodedLine] = []
    problems = []
    for row in mine:
        code = str(row.values.get("code", ""))
        if code.casefold() == NONE and len(mine) == 1:
            return (), ()
        modifiers = str(row.values.get("modifiers", "")).replace(",", " ").split()
        units = row.values.get("units", 1)
        try:
            (line,) = parse_lines("-".join((code, *modifiers)) + f" x{units:f}")
            lines.append(line)
        except (CellError, ValueError):
            what = "is no code with modifiers and units"
            problems.append(Problem(place, row.number, "Code", what, ACCEPTED))
    return tuple(lines), tuple(problems)
