"""HCPCS Level II: codes and modifiers with the dates between which they may be used.

Rows with leading blanks are modifiers. A long description goes on over several rows; the first
carries the dates. Source: CMS, HCPCS quarterly update (ANWEB files).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import (
    OPEN_END,
    calendar_day,
    month_in,
    quarter_end,
    quarter_label,
    year_in,
)
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import header_at, one_form, records, top

KIND = "hcpcs"
EXPECTED = "HCPCS Level II: HCPCYYYY_MMM_ANWEB.csv, .xlsx or .txt"
CAPTIONS = (
    "HCPC",
    "SEQNUM",
    "RECID",
    "SHORT DESCRIPTION",
    "COV",
    "ADD DT",
    "ACT EFF DT",
    "TERM DT",
    "ACTION CD",
)
#: The same columns in the record of 320 characters.
PLACES = (
    (0, 5),
    (5, 10),
    (10, 11),
    (91, 119),
    (229, 230),
    (268, 276),
    (276, 284),
    (284, 292),
    (292, 293),
)
#: Record kinds: 3 the first row of a code, 7 the first row of a modifier.
CODE, MODIFIER = "3", "7"
SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        ("is_modifier", pa.bool_()),
        ("title", pa.string()),
        ("coverage", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
    ]
)


def recognises(source: Source) -> bool:
    """Return whether *source* is the HCPCS Level II file, by captions or by record layout.

    The archive also holds a report of what changed, in the same columns: its name tells it apart.
    """
    if re.search("transaction|correction", source.name, re.IGNORECASE):
        return False
    if source.suffix == ".txt":
        lines = [line for line in source.text_head.splitlines()[:-1] if line.strip()]
        shown = lines[:50]
        return bool(shown) and all(
            re.match(r"(?:[A-Z]\d{4}|   [0-9A-Z]{2}| {5}(?=\d{5}[48]))\d{5}[3478]", line)
            for line in shown
        )
    return header_at(top(source, 12), CAPTIONS) is not None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each HCPCS file in *found*.

    Raises:
        InputError: when the name gives no quarter or a row is not as CMS writes it.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    parsed = {}
    for number, cells in _rows(source):
        code, _, kind, title, coverage, added, _, ended, _ = cells
        if kind not in (CODE, MODIFIER):
            continue
        modifier = kind == MODIFIER
        form = r"[0-9A-Z]{2}" if modifier else r"[A-Z]\d{4}"
        if not re.fullmatch(form, code.strip()):
            raise refuse(
                source.names,
                "the value is not a Level II code or modifier",
                "a letter and four digits, or two characters after blanks",
                row=number,
                column="HCPC",
            )
        first = _day(source, number, "ADD DT", added) or date(1900, 1, 1)
        last = _day(source, number, "TERM DT", ended) or OPEN_END
        parsed[code.strip()] = (
            code.strip(),
            modifier,
            title.strip(),
            coverage.strip(),
            first,
            last,
        )
    if not parsed:
        raise refuse(source.names, "there are no codes", EXPECTED)
    start = request.effective or _start(source)
    return Draft(
        kind=KIND,
        label=quarter_label(start),
        title=f"HCPCS Level II, {start.year} quarter {(start.month + 2) // 3}",
        effective_from=start,
        effective_to=quarter_end(start),
        tables={KIND: pa.table(list(map(list, zip(*parsed.values(), strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        minimum_share=0.8,
    )


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    if source.suffix == ".txt":
        for number, line in enumerate(source.lines(), 1):
            if not line.strip():
                continue
            # A line that continues a description may have lost its blanks, never its number.
            first = line[10:11] in (CODE, MODIFIER)
            if len(line) < (PLACES[-1][1] if first else PLACES[2][1]):
                raise refuse(
                    source.names,
                    "the line is too short (the file may be cut short)",
                    "records of 320 characters",
                    row=number,
                )
            yield number, [line[first:last] for first, last in PLACES]
    else:
        for number, record in records(source, CAPTIONS):
            yield number, [record[caption] for caption in CAPTIONS]


def _day(source: Source, number: int, column: str, text: str) -> date | None:
    text = text.strip()
    if not text or set(text) == {"0"}:
        return None
    try:
        return calendar_day(text)
    except ValueError as error:
        raise refuse(
            source.names,
            f"the value is {error}",
            "a date written as YYYYMMDD",
            row=number,
            column=column,
        ) from error


def _start(source: Source) -> date:
    name = source.name.replace("_", " ")
    month = month_in(name) or month_in(source.names.replace("_", " "))
    year = year_in(re.sub(r"HCPC", " ", name, flags=re.IGNORECASE))
    if year is None or month is None:
        raise refuse(
            source.names,
            "the name does not say year and quarter",
            "the name that CMS gave the file, such as HCPC2026_OCT_ANWEB.csv, or the date "
            "beside it",
        )
    return date(year, month, 1)
