"""The list of Medicare coverage documents: which LCD and article was in force, and whose it is.

Source: CMS, Medicare Coverage Database, document list.
"""

from collections.abc import Sequence

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import OPEN_END, american_day, date_in, quarter_end
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import header_at, one_form, records, top

KIND = "coverage_list"
EXPECTED = "the list of coverage documents with contractor, document id, version and dates"
CAPTIONS = (
    "contractor_name_type",
    "document_display_id",
    "document_type",
    "document_version",
    "effective_date",
    "retirement_date",
    "title",
    "url",
)
SCHEMA = pa.schema(
    [
        ("contractor", pa.string()),
        ("document", pa.string()),
        ("type", pa.string()),
        ("version", pa.int32()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("title", pa.string()),
        ("url", pa.string()),
    ]
)


def recognises(source: Source) -> bool:
    """Return whether *source* is the list of coverage documents, by its columns."""
    return header_at(top(source, 3), CAPTIONS) is not None


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each list in *found*.

    Raises:
        InputError: when a row is not as CMS writes it.
    """
    return [_read_one(source, request) for source in one_form(found)]


def _read_one(source: Source, request: Request) -> Draft:
    rows = []
    for number, row in records(source, CAPTIONS):
        try:
            start = american_day(row["effective_date"])
            end = row["retirement_date"]
            last = OPEN_END if end in ("", "N/A") else american_day(end)
            version = int(row["document_version"])
        except ValueError as error:
            raise refuse(
                source.names,
                "a date or the version is not as CMS writes it",
                "dates written as MM/DD/YYYY and a whole version number",
                row=number,
            ) from error
        if not row["document_display_id"] or not row["url"].startswith("http"):
            raise refuse(
                source.names,
                "the row is not complete (the file may be cut short)",
                "a document id and its address",
                row=number,
            )
        rows.append(
            (
                " ".join(row["contractor_name_type"].split()),
                row["document_display_id"],
                row["document_type"],
                version,
                start,
                last,
                row["title"],
                row["url"],
            )
        )
    if not rows:
        raise refuse(source.names, "there are no documents below the header", EXPECTED)
    start = request.effective or date_in(source.name) or max(row[4] for row in rows)
    return Draft(
        kind=KIND,
        label=start.isoformat(),
        title=f"List of coverage documents, {start}",
        effective_from=min(row[4] for row in rows),
        effective_to=quarter_end(start),
        tables={KIND: pa.table(list(map(list, zip(*rows, strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        minimum_share=0.5,
    )
