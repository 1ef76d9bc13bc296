"""NCCI add-on code edits: which primary codes an add-on code needs.

Type 1 lists every primary code; type 2 lists none (the contractor defines them); type 3 lists
some and lets the contractor add others. Dates are written as year and day of the year. The file
restates its whole history. Source: CMS, NCCI add-on code edit files.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import (
    OPEN_END,
    ordinal_day,
    quarter_end,
    quarter_in,
    quarter_start,
    year_in,
)
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import header_at, one_form, records, top

KIND = "addon"
EXPECTED = "NCCI add-on code edits: AOC_VYYYYQn-MCR.txt or .xlsx"
#: Stands in the primary's place where the contractor defines the primary codes.
CONTRACTOR_DEFINED = "CCCCC"
CAPTIONS = (
    "AOC_Edit_Type",
    "Add-On_Code",
    "AOC_DelDT",
    "Primary_Code",
    "Primary_Code_DelDT",
    "AOC_Edit_EffDT",
    "AOC_Edit_DelDT",
    "Special_Instruction_Notes",
)
#: The same in workbooks of 2023 and before.
JULIAN = tuple(f"{name}_Julian" if name.endswith("DT") else name for name in CAPTIONS)
#: Fixed width: type, add-on, its deletion, primary, its deletion, edit's start and deletion, notes.
PLACES = ((0, 1), (1, 6), (6, 13), (13, 18), (18, 25), (25, 32), (32, 39), (39, None))
SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("primary_code", pa.string()),
        ("type", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("note", pa.string()),
    ]
)
_LINE = re.compile(r"[123][0-9A-Z]{5}(?:[0-9]{7}|\s{7})[0-9A-Z]{5}(?:[0-9]{7}|\s{7})[0-9]{7}")


def recognises(source: Source) -> bool:
    """Return whether *source* holds add-on code edits, by its layout."""
    if source.suffix == ".txt":
        lines = source.text_head.splitlines()[:-1] or source.text_head.splitlines()
        shown = [line for line in lines[:200] if line.strip()]
        return bool(shown) and sum(_LINE.match(line) is not None for line in shown) * 2 > len(shown)
    return header_at(top(source, 8), CAPTIONS[:2] + CAPTIONS[3:4]) is not None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each add-on file in *found*.

    Raises:
        InputError: when the name gives no quarter or a row is not as CMS writes it.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    rows = _fixed(source) if source.suffix == ".txt" else _captioned(source)
    parsed = [_row(source, number, cells) for number, cells in rows]
    if not parsed:
        raise refuse(source.names, "there are no rows", EXPECTED)
    start = request.effective or _named_start(source)
    whole_year = quarter_in(_spelt(source)) is None and request.effective is None
    return Draft(
        kind=KIND,
        label=f"{start.year}" if whole_year else f"{start.year}q{(start.month + 2) // 3}",
        title=f"NCCI add-on code edits, {start.year}"
        + ("" if whole_year else f" quarter {(start.month + 2) // 3}"),
        effective_from=min(row[3] for row in parsed),
        effective_to=date(start.year, 12, 31) if whole_year else quarter_end(start),
        tables={KIND: pa.table(list(map(list, zip(*parsed, strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        minimum_share=0.8,
    )


def _spelt(source: Source) -> str:
    return re.sub(r"V(20\d\d)Q", r"\1Q", source.names, flags=re.IGNORECASE)


def _named_start(source: Source) -> date:
    quarter = quarter_in(_spelt(source))
    if quarter is not None:
        return quarter_start(*quarter)
    year = year_in(source.names)
    if year is None:
        raise refuse(
            source.names,
            "the name does not say the quarter or the year",
            "the name that CMS gave the file, such as AOC_V2024Q3-MCR.txt, or the date beside it",
        )
    return date(year, 1, 1)


def _fixed(source: Source) -> Iterable[tuple[int, list[str]]]:
    for number, line in enumerate(source.lines(), 1):
        if not line.strip():
            continue
        if _LINE.match(line) is None:
            raise refuse(
                source.names,
                "the line is not laid out as an add-on edit (the file may be cut short)",
                "fixed columns with dates written as YYYYDDD",
                row=number,
            )
        yield number, [line[first:last].strip() for first, last in PLACES]


def _captioned(source: Source) -> Iterable[tuple[int, list[str]]]:
    captions = JULIAN if header_at(top(source, 8), JULIAN) is not None else CAPTIONS
    for number, record in records(source, captions, minimum=6):
        yield number, [record[caption] for caption in captions]


def _row(
    source: Source, number: int, cells: Sequence[str]
) -> tuple[str, str, str, date, date, str]:
    kind, code, code_end, primary, primary_end, start, end, note = cells
    code, primary = code.zfill(5), primary.zfill(5)
    for value, form, column, accepted in (
        (kind, r"[123]", CAPTIONS[0], "1, 2 or 3"),
        (code, r"[0-9A-Z]{5}", CAPTIONS[1], "a code of five characters"),
        (primary, r"[0-9A-Z]{5}", CAPTIONS[3], f"a code, or {CONTRACTOR_DEFINED}"),
    ):
        if not re.fullmatch(form, value):
            raise refuse(
                source.names,
                "the value is not as CMS writes it",
                accepted,
                row=number,
                column=column,
            )
    days = []
    for value, column in (
        (start, CAPTIONS[5]),
        (end, CAPTIONS[6]),
        (code_end, CAPTIONS[2]),
        (primary_end, CAPTIONS[4]),
    ):
        try:
            days.append(ordinal_day(value) if value and set(value) != {"0"} else OPEN_END)
        except ValueError as error:
            raise refuse(
                source.names,
                f"the value is {error}",
                "a date written as YYYYDDD",
                row=number,
                column=column,
            ) from error
    if days[0] == OPEN_END:
        raise refuse(
            source.names,
            "the edit has no first day",
            "a date written as YYYYDDD",
            row=number,
            column=CAPTIONS[5],
        )
    return code, primary, kind, days[0], min(days[1:]), note
