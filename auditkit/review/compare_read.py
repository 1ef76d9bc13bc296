"""Reading the second workpaper back: judgements, and every row that lacks something."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.errors import InputError, Problem
from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.compare_book import (
    AGREE,
    COMPARE,
    ENGINE,
    FOUND,
    STAGE,
    coded_encounters,
    compared_rows,
    described,
    text_of,
)
from auditkit.review.imported import Imported, check_book
from auditkit.review.notation import ACCEPTED, parse_lines
from auditkit.review.readback import OpenBook, Row, open_book, read_sheet
from auditkit.review.session import Review
from auditkit.review.state import State

_NEED_LINES = (Verdict.OVERCODED, Verdict.UNDERCODED, Verdict.WRONG_CODE)
_DIRECTIONS = {
    Verdict.SUPPORTED: Direction.NONE,
    Verdict.NOT_SUPPORTED: Direction.OVER,
    Verdict.OVERCODED: Direction.OVER,
    Verdict.UNDERCODED: Direction.UNDER,
    Verdict.NOT_SEPARATELY_REPORTABLE: Direction.OVER,
}


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
    compared, found = (read_sheet(opened, sheet) for sheet in book.sheets)
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
        return _event(state, reader, seen, row, key, results[key]), None, ""
    except CellError as error:
        return (
            None,
            Problem(place, row.number, error.args[1], f"{name} {error.args[0]}", error.args[2]),
            "",
        )


def _event(
    state: State,
    reader: str,
    seen: int,
    row: Row,
    key: tuple[Any, Any],
    result: Mapping[Any, Any],
) -> e.AnyEvent:
    line = None if pd.isna(result["line"]) else int(float(result["line"]))
    remark = row.values.get("remark", "")
    common = {
        "encounter_id": key[0],
        "line": line,
        "family": text_of(result["family"]),
        "rule_id": text_of(result["rule_id"]),
        "remark": remark,
        "seen": seen,
    }
    if row.values["judgement"] == AGREE:
        said = {
            "verdict": result["verdict"],
            "direction": result["direction"],
            "category": text_of(result["category"]) or None,
            "agreed": _engine_lines(result),
            "with_engine": True,
        }
    else:
        said = _own(row, line, result)
    return _made(state, reader, {**common, **said})


def _own(row: Row, line: int | None, result: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a reader's own verdict says; what is lacking is a CellError."""
    verdict = Verdict(row.values["judgement"])
    lines = _lines(row)
    if line is None and verdict not in (Verdict.UNDERCODED, Verdict.NOT_SUPPORTED):
        raise CellError("was not billed", "Judgement", "agree, undercoded or not_supported")
    if verdict in _NEED_LINES and not lines:
        raise CellError("needs the lines that should have been billed", _LINES, ACCEPTED)
    if verdict not in _NEED_LINES and lines and line is not None:
        raise CellError("names lines although the verdict has none", _LINES, "nothing")
    category = row.values.get("error")
    if line is None and verdict is Verdict.NOT_SUPPORTED:
        agreed, direction = _engine_lines(result), Direction.NONE
    else:
        agreed, direction = lines, _direction(row, verdict)
    if verdict is not Verdict.SUPPORTED and direction is not Direction.NONE and category is None:
        accepted = ", ".join(each.value for each in ErrorCategory)
        raise CellError("needs the category of its error", "Category of the error", accepted)
    return {
        "verdict": verdict,
        "direction": direction,
        "category": None if verdict is Verdict.SUPPORTED else category,
        "agreed": agreed,
        "with_engine": False,
    }


_LINES = "Should have been billed"


def _lines(row: Row) -> tuple[e.CodedLine, ...]:
    try:
        return parse_lines(row.values.get("lines", ""))
    except CellError as error:
        raise CellError(str(error), _LINES, ACCEPTED) from error


def _direction(row: Row, verdict: Verdict) -> Direction:
    if verdict in _DIRECTIONS:
        return _DIRECTIONS[verdict]
    if "turn" not in row.values:
        raise CellError("needs its direction", "Direction of a wrong code", "over, under or none")
    return Direction(row.values["turn"])


def _engine_lines(result: Mapping[Any, Any]) -> tuple[e.CodedLine, ...]:
    """Return the engine's agreed lines. Several codes have their units in the results only."""
    code = text_of(result["agreed_code"])
    if not code:
        return ()
    if "+" in code:
        return tuple(e.CodedLine(code=part.strip()) for part in code.split("+"))
    modifiers = tuple(text_of(result["agreed_modifiers"]).replace(",", " ").split())
    return (e.CodedLine(code=code, modifiers=modifiers, units=float(result["agreed_units"])),)


def _made(state: State, reader: str, said: Mapping[str, Any]) -> e.AnyEvent:
    second = state.readers.get((said["encounter_id"], 2)) == reader
    kind = e.SecondRead if second else e.Determination
    try:
        return kind(**said)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "Remark" if "remark" in first["loc"] else "Judgement"
        raise CellError(first["msg"].removeprefix("Value error, "), place, "see step 2") from error


def _added(
    opened: OpenBook, state: State, reader: str, seen: int, row: Row
) -> tuple[e.AnyEvent | None, Problem | None]:
    """Return a line that only the reader found, or what is wrong with its row."""
    place = f"{opened.name}, sheet '{FOUND}'"
    if row.broken:
        return None, None
    encounter = row.values.get("encounter_id")
    try:
        if encounter is None:
            raise CellError("names no encounter", "Encounter", "an encounter of the list")
        lines = _lines(row)
        if len(lines) != 1:
            raise CellError("needs one line", _LINES, ACCEPTED)
        category = row.values.get("error", ErrorCategory.INCORRECT_CODING.value)
        said = {
            "encounter_id": encounter,
            "line": None,
            "verdict": Verdict.UNDERCODED,
            "direction": Direction.UNDER,
            "category": category,
            "agreed": lines,
            "remark": row.values.get("remark", ""),
            "seen": seen,
            "with_engine": False,
        }
        return _made(state, reader, said), None
    except CellError as error:
        return None, Problem(place, row.number, error.args[1], error.args[0], error.args[2])
