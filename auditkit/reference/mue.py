"""NCCI medically unlikely edits, practitioner services: the most units of a code.

The date in force stands only in the file's name. The adjudication indicator (MAI) says how the
value is applied: 1 to each line, 2 and 3 to the sum of the day; 2 is absolute, 3 may be overcome
by the record. Source: CMS, NCCI medically unlikely edit files, practitioner services.
"""

import re
from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import date_in, quarter_end, quarter_label
from auditkit.reference.request import Request
from auditkit.reference.source import Source, cut_short, refuse
from auditkit.reference.tables import header_at, one_form, top

KIND = "mue"
EXPECTED = "MUE table, practitioner services: MCR_MUE_PractitionerServices_Eff_MM-DD-YYYY.csv"
SCHEMA = pa.schema(
    [("code", pa.string()), ("value", pa.int32()), ("mai", pa.string()), ("rationale", pa.string())]
)


def recognises(source: Source) -> bool:
    """Return whether *source* holds medically unlikely edits, of any programme."""
    head = " ".join(" ".join(row) for row in top(source, 12))
    return "MUE Values" in head and "MUE Adjudication Indicator" in head


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each MUE file in *found*.

    Raises:
        InputError: when the file is of another programme, its name gives no date, or a row is
            not as CMS writes it.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    rows = list(source.rows())
    header = header_at(rows, ["MUE Adjudication Indicator"])
    if header is None:
        raise refuse(source.names, "no row holds the column names", EXPECTED)
    if not any("Practitioner" in cell for cell in rows[header]):
        raise refuse(
            source.names,
            "these are MUE values of another programme",
            "the table headed 'Practitioner Services MUE Values'",
        )
    start = request.effective or _named_date(source)
    places = _places(source, rows[header])
    codes, values, indicators, rationales = [], [], [], []
    for number, cells in enumerate(rows[header + 1 :], header + 2):
        if not any(cells):
            continue
        row = [cells[at] if at < len(cells) else "" for at in places]
        code = row[0].zfill(5)
        if not row[3]:
            raise refuse(
                source.names,
                "the row has not four columns (the file may be cut short)",
                "code, value, adjudication indicator, rationale",
                row=number,
            )
        if not re.fullmatch(r"[0-9A-Z]{5}", code):
            raise refuse(
                source.names,
                "the value is not a code",
                "a code of five characters",
                row=number,
                column="HCPCS/CPT Code",
            )
        if not re.fullmatch(r"[0-9]{1,6}", row[1]):
            raise refuse(
                source.names,
                "the value is not a whole number",
                "units, 0 or more",
                row=number,
                column=rows[header][places[1]],
            )
        if not re.match(r"[123](?:\s|$)", row[2]):
            raise refuse(
                source.names,
                "the indicator is not known",
                "1, 2 or 3 and its name",
                row=number,
                column=rows[header][places[2]],
            )
        codes.append(code)
        values.append(int(row[1]))
        indicators.append(row[2][0])
        rationales.append(row[3])
    if not codes:
        raise refuse(source.names, "there are no rows below the header", EXPECTED)
    if len(set(codes)) != len(codes):
        raise refuse(source.names, "a code stands twice", "each code once")
    if source.suffix != ".xlsx" and cut_short(rationales, source.read()[-1:]):
        raise refuse(source.names, "the last row is cut short", "the complete file", row=len(rows))
    return Draft(
        kind=KIND,
        label=quarter_label(start),
        title=f"NCCI MUE, practitioner services, effective {start}",
        effective_from=start,
        effective_to=quarter_end(start),
        tables={KIND: pa.table([codes, values, indicators, rationales], schema=SCHEMA)},
        origin=(source.path,),
        minimum_share=0.8,
    )


def _places(source: Source, captions: Sequence[str]) -> list[int]:
    """Return where code, value, indicator and rationale stand."""
    found = []
    for words in ("HCPCS", "MUE Values", "MUE Adjudication Indicator", "Rationale"):
        fits = [at for at, caption in enumerate(captions) if words.casefold() in caption.casefold()]
        if not fits:
            raise refuse(
                source.names,
                f"no column is headed '{words}'",
                "code, value, adjudication indicator, rationale",
            )
        found.append(fits[0])
    return found


def _named_date(source: Source) -> date:
    named = date_in(source.name) or date_in(source.names)
    if named is None:
        raise refuse(
            source.names,
            "the name does not say from when the values are in force",
            "the name that CMS gave the file, such as "
            "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv, or the date beside it",
        )
    return named
