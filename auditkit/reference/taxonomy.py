"""NUCC health care provider taxonomy: what a taxonomy code stands for.

Source: National Uniform Claim Committee, Health Care Provider Taxonomy code set, free with
attribution.
"""

import re
from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import date_in, year_in
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import header_at, one_form, records, top

KIND = "taxonomy"
EXPECTED = "NUCC taxonomy: nucc_taxonomy_YYn.csv"
CAPTIONS = ("Code", "Grouping", "Classification", "Specialization")
SCHEMA = pa.schema([(name.lower(), pa.string()) for name in CAPTIONS])


def recognises(source: Source) -> bool:
    """Return whether *source* is the taxonomy, by its columns."""
    return header_at(top(source, 3), CAPTIONS) is not None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each taxonomy file in *found*.

    Raises:
        InputError: when the name gives no date or a code is not a taxonomy code.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    rows = []
    for number, row in records(source, CAPTIONS):
        if not re.fullmatch(r"[0-9A-Z]{9}X", row["Code"]):
            raise refuse(
                source.names,
                "the value is not a taxonomy code",
                "ten characters ending in X",
                row=number,
                column="Code",
            )
        rows.append(tuple(row[caption] for caption in CAPTIONS))
    if not rows:
        raise refuse(source.names, "there are no codes below the header", EXPECTED)
    start = request.effective or _start(source)
    # NUCC publishes in January and July; codes are added and rarely ended.
    last = date(start.year, 6, 30) if start.month < 7 else date(start.year, 12, 31)
    return Draft(
        kind=KIND,
        label=f"{start.year}-{start.month:02d}",
        title=f"NUCC taxonomy, {start}",
        effective_from=start,
        effective_to=last,
        tables={KIND: pa.table(list(map(list, zip(*rows, strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        minimum_share=0.8,
    )


def _start(source: Source) -> date:
    match = re.search(r"taxonomy_(\d\d)([01])", source.name, re.IGNORECASE)
    if match:
        return date(2000 + int(match[1]), 1 if match[2] == "0" else 7, 1)
    named, year = date_in(source.name), year_in(source.name)
    if named is None and year is None:
        raise refuse(
            source.names,
            "the name does not say the release",
            "the name that NUCC gave the file, such as nucc_taxonomy_240.csv, or the "
            "date beside it",
        )
    return named or date(year or 0, 1, 1)
