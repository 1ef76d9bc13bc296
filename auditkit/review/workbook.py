"""Writing workpapers: Excel workbooks from sheet descriptions, the same bytes for the same values.

Formulas and links are off, so text stays text; text that could be taken for a formula is marked
with Excel's own quote prefix, and stays text when it is edited. Structure is protected without a
password: headings and ids are locked, entry cells are not, and nothing is hidden.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from auditkit.review.columns import NOT_DOCUMENTED, Column, show
from auditkit.spreadsheet import begins_like_a_formula

#: Sheets of every workpaper that are not read as tables.
START, LISTS = "Start", "Lists"

#: The row of headings, counted from 0; above it stand the title and what to do.
HEADINGS = 2

#: The longest text that one Excel cell holds, in characters.
LONGEST_TEXT = 32_000

#: Height of a line of text and of the tallest row that Excel takes, in points.
_LINE_HEIGHT, _TALLEST = 15.0, 400.0

#: The widest sheet that is still readable when it is printed on one page, in characters.
_WIDEST_PAGE = 190.0

_CREATED = datetime(2000, 1, 1)
_BLUE, _PALE, _GREY = "#1F4E79", "#FFF9E5", "#F2F2F2"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its columns, its filled rows, and how many blank rows stand ready.

    `optional` columns are written only where a row has them, and read where they stand.
    """

    name: str
    does: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]] = ()
    blank_rows: int = 0
    optional: tuple[Column, ...] = ()

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that are written."""
        used = {key for row in self.rows for key in row}
        return (*self.columns, *(column for column in self.optional if column.key in used))

    @property
    def last_row(self) -> int:
        """The last row that entry is made ready for, counted from 0."""
        return HEADINGS + max(1, len(self.rows) + self.blank_rows)


@dataclass(frozen=True, slots=True)
class Book:
    """A workpaper: what identifies it, how to use it, and its sheets."""

    title: str
    identity: Mapping[str, str]
    steps: Sequence[str]
    sheets: Sequence[Sheet]
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def write_book(book: Book) -> bytes:
    """Return *book* as the bytes of an .xlsx file; equal books give equal bytes."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties({"title": book.title, "created": _CREATED})
    formats = _formats(workbook)
    _write_start(workbook.add_worksheet(START), book, formats)
    lists = _Lists(book.lists)
    sheets = [(workbook.add_worksheet(sheet.name), sheet) for sheet in book.sheets]
    for worksheet, sheet in sheets:
        _write_sheet(worksheet, sheet, formats, lists)
    _write_lists(workbook.add_worksheet(LISTS), lists, formats)
    workbook.close()
    return stream.getvalue()


class _Lists:
    """The drop-down lists of a book, each once, on a sheet of their own that all can see."""

    def __init__(self, given: Mapping[str, tuple[str, ...]]) -> None:
        self.columns: dict[tuple[str, ...], str] = {values: name for name, values in given.items()}

    def source(self, name: str, values: tuple[str, ...]) -> str:
        """Return the reference of a list, adding it when it is new."""
        self.columns.setdefault(values, name)
        place = list(self.columns).index(values)
        first = xl_rowcol_to_cell(1, place, row_abs=True, col_abs=True)
        last = xl_rowcol_to_cell(len(values), place, row_abs=True, col_abs=True)
        return f"={LISTS}!{first}:{last}"


def _formats(workbook: xlsxwriter.Workbook) -> dict[str, Format]:
    cell = {"valign": "top", "align": "left"}
    locked = {**cell, "locked": True, "bg_color": _GREY}
    entry = {**cell, "locked": False, "bg_color": _PALE, "border": 1}
    entry["border_color"] = "#D9D9D9"
    made = {
        "plain": {},
        "title": {"bold": True, "font_size": 14, "font_color": _BLUE},
        "does": {"italic": True, "font_color": "#404040"},
        "heading": {"bold": True, "font_color": "white", "bg_color": _BLUE, "text_wrap": True}
        | {"valign": "vcenter"},
        "text": {"text_wrap": True, "valign": "top"},
        "bold": {"bold": True, "valign": "top"},
        "locked": locked,
        "locked quoted": {**locked, "quote_prefix": True},
        "locked wrap": {**locked, "text_wrap": True},
        "locked wrap quoted": {**locked, "text_wrap": True, "quote_prefix": True},
        "locked date": {**locked, "num_format": "yyyy-mm-dd"},
        "entry": entry,
        "entry wrap": {**entry, "text_wrap": True},
        "entry quoted": {**entry, "quote_prefix": True},
        "entry wrap quoted": {**entry, "text_wrap": True, "quote_prefix": True},
        "entry date": {**entry, "num_format": "yyyy-mm-dd"},
    }
    return {name: workbook.add_format(given) for name, given in made.items()}


def _write_start(worksheet: Worksheet, book: Book, formats: Mapping[str, Format]) -> None:
    worksheet.set_column(0, 0, 26)
    worksheet.set_column(1, 1, 90)
    worksheet.write_string(0, 0, book.title, formats["title"])
    row = 2
    for name, value in book.identity.items():
        worksheet.write_string(row, 0, name, formats["bold"])
        worksheet.write_string(row, 1, value, formats["text"])
        row += 1
    for number, step in enumerate(book.steps, start=1):
        worksheet.set_row(row + number, _height([(step, 90)]))
        worksheet.write_string(row + number, 0, f"Step {number}", formats["bold"])
        worksheet.write_string(row + number, 1, step, formats["text"])
    worksheet.hide_gridlines(2)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.protect()


def _height(texts: Sequence[tuple[str, float]]) -> float:
    """Return the height of a row, in points, for its wrapped texts and the width of each column.

    Spreadsheet programs do not agree on fitting rows to wrapped text, so the height is written.
    """
    lines = [
        sum(math.ceil(max(1, len(part)) * 1.1 / width) for part in text.split("\n"))
        for text, width in texts
    ]
    return min(_TALLEST, _LINE_HEIGHT * max(lines, default=1))


def _write_sheet(
    worksheet: Worksheet, sheet: Sheet, formats: Mapping[str, Format], lists: _Lists
) -> None:
    worksheet.write_string(0, 0, sheet.name, formats["title"])
    worksheet.write_string(1, 0, sheet.does, formats["does"])
    for above in range(HEADINGS):
        worksheet.set_row(above, None, formats["plain"])
    worksheet.set_row(HEADINGS, 45)
    shown = sheet.shown
    for place, column in enumerate(shown):
        worksheet.set_column(place, place, column.width, formats[_format_of(column)])
        worksheet.write_string(HEADINGS, place, column.heading, formats["heading"])
        _validate(worksheet, sheet, place, column, lists)
    for number, row in enumerate(sheet.rows, start=HEADINGS + 1):
        wrapped = [(str(row[c.key]), c.width) for c in shown if c.wrap and row.get(c.key)]
        if wrapped:
            worksheet.set_row(number, _height(wrapped))
        for place, column in enumerate(shown):
            if column.key in row:
                _write_cell(
                    worksheet, number, place, show(column, row[column.key]), column, formats
                )
    locked = sum(column.locked for column in shown[:2])
    worksheet.freeze_panes(HEADINGS + 1, locked)
    worksheet.autofilter(HEADINGS, 0, sheet.last_row, len(shown) - 1)
    _set_page(worksheet, sum(column.width for column in shown), locked)
    worksheet.repeat_rows(HEADINGS)
    allowed = ("sort", "autofilter", "format_columns", "format_rows")
    worksheet.protect("", dict.fromkeys(allowed, True))


def _set_page(worksheet: Worksheet, width: float, locked: int) -> None:
    """Fit a sheet on the width of a page, or on several that repeat its first columns."""
    worksheet.set_landscape()
    if width <= _WIDEST_PAGE:
        worksheet.fit_to_pages(1, 0)
        return
    worksheet.set_print_scale(60)
    worksheet.repeat_columns(0, max(0, locked - 1))


def _format_of(column: Column) -> str:
    name = "locked" if column.locked else "entry"
    if column.kind == "date":
        return f"{name} date"
    return f"{name} wrap" if column.wrap else name


def _write_cell(
    worksheet: Worksheet,
    row: int,
    place: int,
    value: object,
    column: Column,
    formats: Mapping[str, Format],
) -> None:
    name = _format_of(column)
    if isinstance(value, date):
        worksheet.write_datetime(
            row, place, datetime(value.year, value.month, value.day), formats[name]
        )
    elif isinstance(value, float):
        worksheet.write_number(row, place, value, formats[name])
    elif isinstance(value, str):
        quoted = begins_like_a_formula(value) and column.kind != "date"
        worksheet.write_string(row, place, value, formats[f"{name} quoted" if quoted else name])


def _validate(
    worksheet: Worksheet, sheet: Sheet, place: int, column: Column, lists: _Lists
) -> None:
    """Let Excel refuse what the column does not take, and say beside the cell what it takes."""
    if column.locked:
        return
    first = xl_rowcol_to_cell(HEADINGS + 1, place)
    rule: dict[str, Any] = {
        "input_title": column.heading[:32],
        "input_message": f"Enter {column.accepted}."[:255],
        "error_title": "Not accepted",
        "error_message": f"Enter {column.accepted}."[:255],
    }
    if column.kind == "choice":
        values = (*column.choices, NOT_DOCUMENTED) if column.asks else column.choices
        rule |= {"validate": "list", "source": lists.source(column.heading, values)}
    elif column.kind in ("whole", "number"):
        rule |= {"validate": "custom", "value": _number_rule(column, first)}
    elif column.kind == "date":
        asks = f',{first}="{NOT_DOCUMENTED}"' if column.asks else ""
        rule |= {"validate": "custom", "value": f"=OR(ISNUMBER({first}){asks})"}
    else:
        rule |= {"validate": "any"}
    worksheet.data_validation(HEADINGS + 1, place, sheet.last_row, place, rule)


def _number_rule(column: Column, first: str) -> str:
    tests = [f"ISNUMBER({first})"]
    if column.low is not None:
        tests.append(f"{first}>={column.low:g}")
    if column.high is not None:
        tests.append(f"{first}<={column.high:g}")
    if column.kind == "whole":
        tests.append(f"{first}=INT({first})")
    number = f"AND({','.join(tests)})"
    return f'=OR({number},{first}="{NOT_DOCUMENTED}")' if column.asks else f"={number}"


def _write_lists(worksheet: Worksheet, lists: _Lists, formats: Mapping[str, Format]) -> None:
    for place, (values, name) in enumerate(lists.columns.items()):
        worksheet.write_string(0, place, name, formats["heading"])
        for row, value in enumerate(values, start=1):
            worksheet.write_string(row, place, value, formats["text"])
        worksheet.set_column(place, place, 2 + max(map(len, (name, *values))))
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.protect()
