"""Reading the second workpaper back: judgements, and every row that lacks something."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.errors import InputError, Problem
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.columns import text_of
from auditkit.review.compare_book import (
    COMPARE,
    ENGINE,
    FOUND,
    STAGE,
    coded_encounters,
    compared_rows,
    described,
)
from auditkit.review.imported import FORM, Imported, check_book, form_of
from auditkit.review.judgement import found_line, judgement_of
from auditkit.review.readback import OpenBook, Row, open_book, read_sheet
from auditkit.review.session import Review
from auditkit.review.state import State


def read_compare_book(
    review: Review, path: Path, line_results: pd.DataFrame, findings: pd.DataFrame
) -> Imported:
    """Return what a second workpaper says; :func:`auditkit.review.imported.take` takes it in.

    Args:
        review: The review.
        path: The workbook.
        line_results: The engine's comparison now; a line that was shown differently is refused.
        findings: The engine's findings now.

    Raises:
        InputError: It is no workpaper, or one of another audit or stage.
    """
    state = review.state
    opened = open_book(path)
    reader, seen = check_book(opened, state, STAGE)
    encounters = coded_encounters(state, reader)
    if not encounters:
        raise InputError(f"{opened.name} was issued for '{reader}', who has coded no chart here.")
    rows = compared_rows(state, reader, encounters, line_results, findings)
    book = described(state, reader, encounters, rows)
    older = opened.identity.get(FORM) != form_of(book.sheets)
    compared, found = (read_sheet(opened, sheet, older) for sheet in book.sheets)
    problems = [*compared.problems, *found.problems]
    repairs = (*compared.repairs, *found.repairs)
    results = {(x["encounter_id"], e.slot_of(x)): x for x in line_results.to_dict("records")}
    shown = {(row["encounter_id"], row["slot"]): row for row in rows}
    events: list[e.AnyEvent] = []
    unfinished: list[str] = []
    used: set[tuple[Any, Any]] = set()
    for row in compared.rows:
        key = (row.values.get("encounter_id"), row.values.get("slot"))
        event, problem, why = _judged(opened, state, reader, seen, row, key, shown, results, used)
        events += [event] if event else []
        problems += [problem] if problem else []
        unfinished += [why] if why else []
        used.add(key)
    added = [_added(opened, state, reader, seen, row) for row in found.rows]
    events += [event for event, _ in added if event]
    problems += [problem for _, problem in added if problem]
    return Imported(
        opened.name, reader, seen, tuple(events), {}, tuple(problems), repairs, tuple(unfinished)
    )


Outcome = tuple[e.AnyEvent | None, Problem | None, str]


def _judged(
    opened: OpenBook,
    state: State,
    reader: str,
    seen: int,
    row: Row,
    key: tuple[Any, Any],
    shown: Mapping[tuple[str, str], Mapping[str, Any]],
    results: Mapping[tuple[str, str], Mapping[Any, Any]],
    used: set[tuple[Any, Any]],
) -> Outcome:
    """Return the judgement of one row, or what is wrong with it, or why it is unfinished."""
    place = f"{opened.name}, sheet '{COMPARE}'"
    name = f"{key[0]} line {key[1]}"
    if row.broken:
        return None, None, f"{name}: has cells that cannot be used"
    if key not in shown:
        what = f"{name} is no line of this workpaper"
        return None, Problem(place, row.number, "Line", what, "the lines as issued"), ""
    if key in used:
        what = f"{name} stands twice"
        return None, Problem(place, row.number, "Line", what, "each line once"), ""
    if "judgement" not in row.values:
        return None, None, f"{name}: no judgement yet"
    now = shown[key]
    if any(text_of(row.values.get(x)) != now[x] for x in ("billed", "supported", *ENGINE)):
        what = f"{name}: the comparison is not as it was shown; locked cells or results changed"
        return None, Problem(place, row.number, None, what, "a new copy of the workpaper"), ""
    try:
        return judgement_of(state, reader, seen, row.values, results[key]), None, ""
    except CellError as error:
        return (
            None,
            Problem(place, row.number, error.args[1], f"{name} {error.args[0]}", error.args[2]),
            "",
        )


def _added(
    opened: OpenBook, state: State, reader: str, seen: int, row: Row
) -> tuple[e.AnyEvent | None, Problem | None]:
    """Return a line that only the reader found, or what is wrong with its row."""
    if row.broken:
        return None, None
    try:
        return found_line(state, reader, seen, row.values), None
    except CellError as error:
        place = f"{opened.name}, sheet '{FOUND}'"
        return None, Problem(place, row.number, error.args[1], error.args[0], error.args[2])
