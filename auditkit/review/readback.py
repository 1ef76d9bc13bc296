"""Reading workpapers back: every problem by sheet and cell, nothing guessed, nothing lost.

Columns are found by their headings, so that moved columns do no harm. Merged cells, formulas,
missing headings and values that a column does not take are listed; the rows they touch are not
used.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from auditkit.errors import InputError, Problem
from auditkit.review.cells import CellError, read_cell
from auditkit.review.columns import Column, is_blank
from auditkit.review.workbook import START, Sheet

#: Headings are looked for in this many rows from the top.
_LOOK = 12

#: A workbook that unpacks to more than this many bytes is refused.
_LARGEST = 300_000_000

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*>(?:<[^/>]*/>)?<f[ />]')

#: What a damaged archive, workbook or document makes the readers raise.
_UNREADABLE = (
    CalamineError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, KeyError, OSError,
    ValueError, NotImplementedError, RuntimeError, EOFError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: where it stands, what it says, and whether a cell of it is unusable."""

    sheet: str
    number: int
    values: Mapping[str, Any]
    broken: bool = False


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """What one sheet says, what is wrong with it, and what was repaired to read it."""

    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    repairs: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A workbook as it was found: its identity and the raw cells of its sheets."""

    name: str
    identity: Mapping[str, str]
    cells: Mapping[str, Sequence[Sequence[Any]]]
    merged: Mapping[str, Sequence[tuple[tuple[int, int], tuple[int, int]]]]
    formulas: Mapping[str, frozenset[str]] = field(default_factory=dict)


def open_book(path: Path) -> OpenBook:
    """Return the workbook at *path*.

    Raises:
        InputError: It is no Excel workbook, is protected by a password, or is no workpaper.
    """
    try:
        formulas = _formulas(path)
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        cells = {name: sheet.to_python(skip_empty_area=False) for name, sheet in sheets.items()}
        merged = {name: tuple(sheet.merged_cell_ranges or ()) for name, sheet in sheets.items()}
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there.") from error
    except _UNREADABLE as error:
        raise InputError(
            f"{path.name} cannot be read as an Excel workbook (.xlsx) without password. Save it as "
            ".xlsx, or issue the workpaper again."
        ) from error
    identity = _identity(cells.get(START, ()))
    if not identity:
        raise InputError(
            f"{path.name} is no workpaper of auditkit: its sheet '{START}' is missing or changed. "
            "Issue the workpaper again and copy the entries over."
        )
    return OpenBook(path.name, identity, cells, merged, formulas)


def check_identity(book: OpenBook, expected: Mapping[str, str], what: Mapping[str, str]) -> None:
    """Refuse a workbook of another audit, stage or person.

    Args:
        book: The workbook.
        expected: What its sheet *Start* must say, by name.
        what: For each name, what to tell people when it says something else.

    Raises:
        InputError: It is not the workbook that was expected.
    """
    for name, value in expected.items():
        if book.identity.get(name) != value:
            raise InputError(f"{book.name} {what[name]}")


def read_sheet(book: OpenBook, sheet: Sheet, older: bool = False) -> ReadSheet:
    """Return what *book* says on the sheet that *sheet* describes.

    Args:
        book: The workbook.
        sheet: What was issued, or would be today.
        older: Whether the workbook was issued with another form, by an earlier version. Columns
            that it lacks are then noted, and hold up nothing; only the first is needed.
    """
    place = f"{book.name}, sheet '{sheet.name}'"
    cells = book.cells.get(sheet.name)
    if cells is None:
        missing = Problem(place, None, None, "is missing", "the sheet as it was issued")
        return ReadSheet(problems=(missing,))
    at, where, problems, repairs = _headings(place, cells, sheet, older)
    if at is None:
        return ReadSheet(problems=tuple(problems), repairs=tuple(repairs))
    merged = _merged_rows(book.merged.get(sheet.name, ()), at)
    problems += [
        Problem(place, row + 1, None, "has merged cells", "one cell for each entry; unmerge them")
        for row in sorted(merged)
    ]
    formulas = book.formulas.get(sheet.name, frozenset())
    rows = []
    for number, raw in enumerate(cells[at + 1 :], start=at + 1):
        row = _row(place, sheet, number, raw, where, formulas, problems, repairs)
        if row is not None:
            rows.append(
                row if number not in merged else Row(row.sheet, row.number, row.values, True)
            )
    return ReadSheet(tuple(rows), tuple(problems), tuple(repairs))


def _identity(cells: Sequence[Sequence[Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in cells[1:]:
        if len(row) > 1 and isinstance(row[0], str) and row[0] and not row[0].startswith("Step "):
            found[row[0].strip()] = _identity_text(row[1])
    return found if "Book" in found else {}


def _identity_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _headings(
    place: str, cells: Sequence[Sequence[Any]], sheet: Sheet, older: bool
) -> tuple[int | None, dict[int, Column], list[Problem], list[Problem]]:
    """Return the row of headings and the column that stands at each place of it."""
    known = {column.heading: column for column in (*sheet.columns, *sheet.optional)}
    rows = [[str(cell).strip() for cell in row] for row in cells[:_LOOK]]
    at = max(range(len(rows)), key=lambda i: len(known.keys() & set(rows[i])), default=None)
    found = [] if at is None else rows[at]
    needed = sheet.columns[:1] if older else sheet.columns
    absent = [column.heading for column in needed if column.heading not in found]
    twice = sorted({heading for heading in known if found.count(heading) > 1})
    problems = [
        Problem(place, None, heading, "has no column of this heading", "the heading as issued")
        for heading in absent
    ]
    problems += [
        Problem(place, None, heading, "has this heading twice", "each heading once")
        for heading in twice
    ]
    if problems:
        return None, {}, problems, []
    where = {i: known[heading] for i, heading in enumerate(found) if heading in known}
    repairs = []
    repairs += [
        Problem(place, None, column.heading, "is not in this older workpaper", "nothing")
        for column in sheet.columns
        if column.heading not in found
    ]
    required = [column for column in where.values() if column in sheet.columns]
    if required != [column for column in sheet.columns if column.heading in found]:
        repairs.append(
            Problem(place, None, None, "had its columns moved; read by heading", "any order")
        )
    for heading in found:
        if heading and heading not in known:
            repairs.append(
                Problem(place, None, heading, "is no column of the workpaper; not read", "nothing")
            )
    return at, where, problems, repairs


def _merged_rows(
    ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], headings: int
) -> set[int]:
    return {
        row for (top, _), (bottom, _) in ranges for row in range(top, bottom + 1) if row > headings
    }


def _row(
    place: str,
    sheet: Sheet,
    number: int,
    raw: Sequence[Any],
    where: Mapping[int, Column],
    formulas: frozenset[str],
    problems: list[Problem],
    repairs: list[Problem],
) -> Row | None:
    """Return a row, or None when nothing was entered in it."""
    entered = [i for i, column in where.items() if i < len(raw) and not column.locked]
    if all(is_blank(raw[i]) and _cell(i, number) not in formulas for i in entered):
        locked = any(
            column.locked and i < len(raw) and not is_blank(raw[i]) for i, column in where.items()
        )
        if not locked:
            return None
    values: dict[str, Any] = {}
    broken = False
    for i, column in where.items():
        value = raw[i] if i < len(raw) else None
        cell = _cell(i, number)
        if cell in formulas:
            problems.append(
                Problem(
                    place, number + 1, column.heading, f"{cell} is a formula", "its value, typed"
                )
            )
            broken = True
        elif not is_blank(value):
            try:
                values[column.key], repaired = read_cell(column, value)
            except CellError as error:
                what = f"{cell} {error}"
                problems.append(Problem(place, number + 1, column.heading, what, column.accepted))
                broken = True
            else:
                if repaired:
                    what = f"{cell} {repaired}"
                    repairs.append(
                        Problem(place, number + 1, column.heading, what, column.accepted)
                    )
    return Row(sheet.name, number + 1, values, broken)


def _cell(column: int, row: int) -> str:
    return f"{xl_col_to_name(column)}{row + 1}"


def _formulas(path: Path) -> dict[str, frozenset[str]]:
    """Return the cells that hold a formula, by sheet. A workpaper is issued without any."""
    with zipfile.ZipFile(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > _LARGEST:
            raise InputError(f"{path.name} is too large for a workpaper.")
        return {
            name: frozenset(m.decode() for m in _FORMULA.findall(archive.read(part)))
            for name, part in _parts(archive)
        }


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield each sheet's name and the part of the archive that holds it."""
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        if b"<!DOCTYPE" in archive.read(part)[:1000]:
            raise InputError("The workbook holds a document type, which no workpaper does.")
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {each.get("Id"): str(each.get("Target")) for each in relations}
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    for sheet in workbook.iter():
        if sheet.tag.endswith("}sheet") and targets.get(sheet.get(_RELATION)):
            target = targets[sheet.get(_RELATION)]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in archive.namelist():
                yield str(sheet.get("name")), part
