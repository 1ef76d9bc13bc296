"""Filling in workpapers for tests, as another spreadsheet program would save them."""

import io
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

HEADINGS = 2


class Filled:
    """A workbook's cells by sheet; change them, then `save` writes a plain .xlsx."""

    def __init__(self, content: bytes) -> None:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.sheets: dict[str, list[list[Any]]] = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
        self.merged: list[tuple[str, str]] = []
        self.formulas: dict[tuple[str, int, int], str] = {}

    def column(self, sheet: str, heading: str) -> int:
        return self.sheets[sheet][HEADINGS].index(heading)

    def rows(self, sheet: str) -> list[list[Any]]:
        return self.sheets[sheet][HEADINGS + 1 :]

    def set(self, sheet: str, row: int, **values: Any) -> "Filled":
        """Set cells of the data row *row* (from 0); underscores in names stand for spaces."""
        while len(self.sheets[sheet]) <= HEADINGS + 1 + row:
            self.sheets[sheet].append([""] * len(self.sheets[sheet][HEADINGS]))
        for name, value in values.items():
            place = self.column(sheet, name.replace("__", ": ").replace("_", " "))
            self.sheets[sheet][HEADINGS + 1 + row][place] = value
        return self

    def add(self, sheet: str, **values: Any) -> "Filled":
        """Add a row after the last one of *sheet*."""
        last = max(
            (i for i, row in enumerate(self.rows(sheet)) if any(c != "" for c in row)), default=-1
        )
        return self.set(sheet, last + 1, **values)

    def find(self, sheet: str, encounter: str, line: str | None = None) -> int:
        """Return the data row of an encounter (and line)."""
        for i, row in enumerate(self.rows(sheet)):
            if row[0] == encounter and (line is None or row[1] == line):
                return i
        raise LookupError(f"{sheet} has no row of {encounter}")

    def save(self, path: Path) -> Path:
        workbook = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
        dates = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in self.sheets.items():
            sheet = workbook.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if (name, r, c) in self.formulas:
                        sheet.write_formula(r, c, self.formulas[(name, r, c)], None, value)
                    elif hasattr(value, "year"):
                        sheet.write_datetime(r, c, value, dates)
                    elif isinstance(value, str):
                        sheet.write_string(r, c, value)
                    else:
                        sheet.write(r, c, value)
            for where, cells in self.merged:
                if where == name:
                    sheet.merge_range(cells, "merged")
        workbook.close()
        return path
