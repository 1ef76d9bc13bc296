"""Medicare physician fee schedule: relative values, indicators and conversion factor by code.

The captions of the file stand in several rows and repeat; a column's name is the captions above
it, joined. Files of 2025 and before have 31 columns, later ones 32, and from 2026 there is one
file for each of two conversion factors. Descriptors are the AMA's and are not stored.
Source: CMS, national physician fee schedule relative value files (RVU).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from auditkit.reference import pfs_text
from auditkit.reference.edition import Draft
from auditkit.reference.periods import month_in, quarter_end, quarter_label, year_in
from auditkit.reference.request import Request
from auditkit.reference.source import Source, cut_short, refuse
from auditkit.reference.tables import one_form, top

KIND = "pfs"
EXPECTED = "fee-schedule relative values: PPRRVUyy_MMM.csv, .xlsx or .txt, from rvuyy[a-d].zip"
#: Releases by the letter in the archive's name.
RELEASES = {"A": 1, "B": 4, "C": 7, "D": 10}
#: Our name of each column, and what the captions above it say when they are joined.
COLUMNS = {
    "code": "HCPCS",
    "modifier": "MOD",
    "status": "STATUS CODE",
    "work_rvu": "WORK RVU",
    "nonfacility_pe_rvu": "(NON-FAC )+PE RVU",
    "nonfacility_na": "(NON-FAC )*NA INDICATOR",
    "facility_pe_rvu": "(FACILITY )+PE RVU",
    "facility_na": "(FACILITY )*NA INDICATOR",
    "mp_rvu": "MP RVU",
    "nonfacility_total": "NON-FACILITY TOTAL",
    "facility_total": "FACILITY TOTAL",
    "pctc": "PCTC IND",
    "global_days": "GLOB DAYS",
    "preoperative": "PRE OP",
    "intraoperative": "INTRA OP",
    "postoperative": "POST OP",
    "multiple": "MULT PROC",
    "bilateral": "BILAT SURG",
    "assistant": "ASST SURG",
    "cosurgeon": "CO- ?SURG",
    "team": "TEAM SURG",
    "endoscopic_base": "ENDO BASE",
    "conversion_factor": "CONV FACTOR",
}
#: Columns whose captions may repeat: the one that follows this column is meant.
FOLLOWS = {"nonfacility_na": "nonfacility_pe_rvu", "facility_na": "facility_pe_rvu"}
NUMBERS = (
    "work_rvu",
    "nonfacility_pe_rvu",
    "facility_pe_rvu",
    "mp_rvu",
    "nonfacility_total",
    "facility_total",
    "preoperative",
    "intraoperative",
    "postoperative",
    "conversion_factor",
)
SCHEMA = pa.schema(
    [(name, pa.decimal128(12, 4) if name in NUMBERS else pa.string()) for name in COLUMNS]
)


def recognises(source: Source) -> bool:
    """Return whether *source* is a relative value file, by its captions or its places."""
    return _header(top(source, 20)) is not None or pfs_text.recognises(source)


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    for at, row in enumerate(rows):
        if [cell.upper() for cell in row[:3]] == ["HCPCS", "MOD", "DESCRIPTION"] and len(row) > 20:
            return at
    return None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each relative value file in *found*.

    Raises:
        InputError: when a column is missing, the release cannot be told, or a row is not as CMS
            writes it.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    fixed = source.suffix != ".xlsx" and pfs_text.recognises(source)
    titles, values = ([], pfs_text.values(source)) if fixed else _below_captions(source)
    parsed: dict[str, list[str | Decimal]] = {name: [] for name in COLUMNS}
    for number, row in values:
        for name in COLUMNS:
            parsed[name].append(_value(source, number, name, row[name]))
    if not parsed["code"]:
        raise refuse(source.names, "there are no rows below the header", EXPECTED)
    start = request.effective or _start(source, titles)
    variant = _variant(source)
    return Draft(
        kind=KIND,
        label=quarter_label(start) + variant,
        title=f"Physician fee schedule, in force from {start}"
        + {"": "", "-qpp": ", QPP conversion factor", "-nonqpp": ", non-QPP conversion factor"}[
            variant
        ],
        effective_from=start,
        effective_to=quarter_end(start),
        tables={KIND: pa.table([parsed[name] for name in COLUMNS], schema=SCHEMA)},
        origin=(source.path,),
        release=int(re.search(r"updat|correct|revis", source.names, re.IGNORECASE) is not None),
        minimum_share=0.8,
    )


def _below_captions(
    source: Source,
) -> tuple[list[list[str]], Iterator[tuple[int, dict[str, str]]]]:
    """Return the title rows, and each row below the captions with its number."""
    rows = list(source.rows())
    header = _header(rows)
    if header is None:
        raise refuse(source.names, "no row holds the column names", EXPECTED)
    if source.suffix != ".xlsx" and cut_short(
        [row[-1] for row in rows[header + 1 :] if any(row)], source.read()[-1:]
    ):
        raise refuse(source.names, "the last row is cut short", "the complete file", row=len(rows))
    return rows[:header], _values(source, rows, header)


def _values(
    source: Source, rows: Sequence[Sequence[str]], header: int
) -> Iterator[tuple[int, dict[str, str]]]:
    places = _places(source, rows, header)
    width = len(rows[header])
    for number, row in enumerate(rows[header + 1 :], header + 2):
        if not any(row):
            continue
        if len(row) < width:
            raise refuse(
                source.names,
                f"the row has {len(row)} columns, the header {width} (the file may be cut short)",
                "a value for every column",
                row=number,
            )
        yield number, {name: row[at] for name, at in places.items()}


def _places(source: Source, rows: Sequence[Sequence[str]], header: int) -> dict[str, int]:
    """Return the position of each of our columns, by the captions joined from top to bottom."""
    caption_rows = [row for row in rows[:header] if sum(map(bool, row)) > 1]
    captions = []
    for at in range(len(rows[header])):
        parts = [row[at] for row in (*caption_rows, rows[header]) if at < len(row) and row[at]]
        captions.append(re.sub(r"\s+", " ", " ".join(parts)).upper())
    places: dict[str, int] = {}
    for name, caption in COLUMNS.items():
        fits = [at for at, text in enumerate(captions) if re.fullmatch(caption, text)]
        if name in FOLLOWS:
            fits = [at for at in fits if at == places[FOLLOWS[name]] + 1]
        if len(fits) != 1:
            raise refuse(
                source.names,
                f"the column '{caption}' stands {len(fits)} times in the captions",
                "the captions of a relative value file, 31 or 32 columns",
            )
        places[name] = fits[0]
    return places


def _value(source: Source, number: int, name: str, text: str) -> str | Decimal:
    if name in NUMBERS:
        try:
            value = Decimal(text or "0")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not 0 <= value < 1_000_000:
            raise refuse(
                source.names,
                "the value is not a number",
                "a number, 0 or more",
                row=number,
                column=name,
            )
        return value.quantize(Decimal("0.0001"))
    if name == "code":
        text = text.zfill(5)
        if not re.fullmatch(r"[0-9A-Z]{5}", text):
            raise refuse(
                source.names,
                "the value is not a code",
                "a code of five characters",
                row=number,
                column="HCPCS",
            )
    if name == "global_days" and text.isdigit():
        return text.zfill(3)
    return text


def _start(source: Source, titles: Sequence[Sequence[str]]) -> date:
    """Return the first day in force: year and month of the release, by title, then by name."""
    title = " ".join(" ".join(row) for row in titles if "Relative Value" in " ".join(row))
    year, month = year_in(title), month_in(title)
    if year is None or month is None:
        match = re.search(r"PPRRVU(?:20)?(\d\d)", source.name, re.IGNORECASE)
        year = year or (2000 + int(match[1]) if match else year_in(source.name))
        month = month or month_in(source.name.replace("_", " "))
    letter = re.search(r"rvu(\d\d)([a-d])", source.names, re.IGNORECASE)
    if letter:
        year, month = year or 2000 + int(letter[1]), month or RELEASES[letter[2].upper()]
    if year is None or month is None:
        raise refuse(
            source.names,
            "neither title nor name says year and release",
            "the name that CMS gave the file, such as PPRRVU24_JUL.csv, or the date beside it",
        )
    return date(year, month, 1)


def _variant(source: Source) -> str:
    """Return which of the two conversion factors the file holds, or nothing where there is one."""
    match = re.search(r"(non)?[-_ ]?qpp", source.name, re.IGNORECASE)
    return "" if match is None else "-nonqpp" if match[1] else "-qpp"
