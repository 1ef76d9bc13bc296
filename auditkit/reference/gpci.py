"""Geographic practice cost indices: the factors for work, practice expense and malpractice.

Source: CMS, physician fee schedule, addendum E (GPCIyyyy.csv in the RVU archive).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from auditkit.errors import InputError
from auditkit.reference.edition import Draft
from auditkit.reference.periods import year_in
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import one_form, top

KIND = "gpci"
EXPECTED = "geographic practice cost indices: GPCIyyyy.csv, .xlsx or .txt, from rvuyy[a-d].zip"
#: A locality where the text is of fixed width: contractor, state, locality, name, three indices.
_LINE = re.compile(
    r"\s*(\d{4,5})\s+([A-Z]{2})\s+(\d{1,2})\s+(\S.*?)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*"
)
_FACTOR = pa.decimal128(7, 4)
SCHEMA = pa.schema(
    [
        ("contractor", pa.string()),
        ("state", pa.string()),
        ("locality", pa.string()),
        ("name", pa.string()),
        ("work", _FACTOR),
        ("practice_expense", _FACTOR),
        ("malpractice", _FACTOR),
    ]
)
#: What each column's caption holds, in the order of `SCHEMA`.
CAPTIONS = (
    r"contractor|\bmac\b",
    r"^state",
    r"locality (number|code)|^locality$",
    r"locality name",
    r"p?w(ork)?\b.*gpci",
    r"pe gpci",
    r"mp gpci",
)


def recognises(source: Source) -> bool:
    """Return whether *source* holds the indices by locality, by its captions."""
    return _header(top(source, 12)) is not None


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    for at, row in enumerate(rows):
        text = " | ".join(row).casefold()
        if "locality" in text and len(re.findall("gpci", text)) >= 3:
            return at
    return None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each file of indices in *found*.

    Raises:
        InputError: when a column is missing, the year cannot be told, or a factor is no number.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    fixed = source.suffix == ".txt" and "\t" not in source.text_head
    rows = [[line] for line in source.lines()] if fixed else list(source.rows())
    header = _header(rows)
    if header is None:
        raise refuse(source.names, "no row holds the column names", EXPECTED)
    body = list(enumerate(rows[header + 1 :], header + 2))
    localities = _lines(source, body) if fixed else _below(source, rows[header], body)
    parsed = []
    for number, cells in localities:
        cells[0], cells[2] = cells[0].zfill(5), cells[2].zfill(2)
        parsed.append((*cells[:4], *(_factor(source, number, cell) for cell in cells[4:])))
    if not parsed:
        raise refuse(source.names, "no row names a contractor and a locality", EXPECTED)
    year = request.effective.year if request.effective else _year(source, rows[: header + 1])
    return Draft(
        kind=KIND,
        label=str(year),
        title=f"Geographic practice cost indices {year}",
        effective_from=date(year, 1, 1),
        effective_to=date(year, 12, 31),
        tables={KIND: pa.table(list(map(list, zip(*parsed, strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        release=release(source),
        minimum_share=0.8,
    )


_Rows = Sequence[tuple[int, Sequence[str]]]


def _below(source: Source, header: Sequence[str], body: _Rows) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each locality in the order of `SCHEMA`; notes below them are skipped."""
    captions = [re.sub(r"\s+", " ", cell).casefold() for cell in header]
    places = [_place(source, captions, form) for form in CAPTIONS]
    for number, row in body:
        if len(row) <= places[0] or not re.fullmatch(r"\d{4,5}", row[places[0]]):
            continue
        if len(row) <= max(places):
            raise _cut(source, number)
        yield number, [row[at] for at in places]


def _lines(source: Source, body: _Rows) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each locality of a text of fixed width."""
    for number, (line,) in body:
        found = _LINE.fullmatch(line)
        if found:
            yield number, list(found.groups())
        elif re.match(r"\s*\d{4,5}\s+[A-Z]{2}\s", line):
            raise _cut(source, number)


def _cut(source: Source, number: int) -> InputError:
    return refuse(
        source.names,
        "the row has not all its columns (the file may be cut short)",
        "contractor, state, locality, its name and three indices",
        row=number,
    )


def release(source: Source) -> int:
    """Return how late in the year the archive around the indices came out, 0 where it is unknown.

    The quarterly archives repeat the indices of the year; Congress has changed them in between.
    """
    letter = re.search(r"rvu\d\d([a-d])", source.names, re.IGNORECASE)
    again = re.search(r"updat|correct|revis", source.names, re.IGNORECASE) is not None
    return 2 * "abcd".index(letter[1].casefold()) + again if letter else 0


def _place(source: Source, captions: Sequence[str], form: str) -> int:
    fits = [at for at, caption in enumerate(captions) if re.search(form, caption)]
    floored = [at for at in fits if "with 1.0 floor" in captions[at]]
    if not fits:
        raise refuse(
            source.names,
            f"no column is headed like '{form}'",
            "contractor, state, locality number and name, and the three indices",
        )
    return (floored or fits)[0]


def _factor(source: Source, number: int, text: str) -> Decimal:
    try:
        factor = Decimal(text)
    except InvalidOperation:
        factor = Decimal("NaN")
    if not factor.is_finite() or not 0 < factor < 10:
        raise refuse(
            source.names, "the index is not a number", "a number between 0 and 10", row=number
        )
    return factor.quantize(Decimal("0.0001"))


def _year(source: Source, titles: Sequence[Sequence[str]]) -> int:
    year = year_in(source.name) or year_in(" ".join(" ".join(row) for row in titles))
    if year is None:
        raise refuse(
            source.names,
            "neither title nor name says the year",
            "the name that CMS gave the file, such as GPCI2024.csv, or the date beside it",
        )
    return year
