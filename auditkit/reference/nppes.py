"""NPPES: the providers' taxonomies and the dates on which an NPI was deactivated.

The monthly file is about 11 GB; it is streamed, and only the columns needed are kept, for the
NPIs asked for. Source: CMS, NPPES downloadable file (npidata_pfile).
"""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.reference.edition import Draft
from auditkit.reference.periods import calendar_day
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.streamed import batches, captions

KIND = "nppes"
EXPECTED = "NPPES: npidata_pfile_YYYYMMDD-YYYYMMDD.csv or the monthly zip"
SLOTS = 15
TAXONOMY = "Healthcare Provider Taxonomy Code_{}"
PRIMARY = "Healthcare Provider Primary Taxonomy Switch_{}"
FIXED = {
    "npi": "NPI",
    "entity": "Entity Type Code",
    "organization": "Provider Organization Name (Legal Business Name)",
    "last_name": "Provider Last Name (Legal Name)",
    "first_name": "Provider First Name",
    "state": "Provider Business Practice Location Address State Name",
    "deactivated": "NPI Deactivation Date",
    "reactivated": "NPI Reactivation Date",
}
SCHEMA = pa.schema(
    [(name, pa.date32() if name.endswith("activated") else pa.string()) for name in FIXED]
    + [("primary_taxonomy", pa.string()), ("taxonomies", pa.string())]
)


def recognises(source: Source) -> bool:
    """Return whether *source* is the NPPES data file, by its columns."""
    if (
        source.suffix != ".csv"
        or "fileheader" in source.name
        or not source.text_head.lstrip('"').startswith("NPI")
    ):
        return False
    return {"NPI", "Entity Type Code", TAXONOMY.format(1)} <= set(captions(source))


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each NPPES file in *found*.

    Raises:
        InputError: when the name gives no date, a column is missing or a row is cut short.
    """
    return [_read_one(source, request) for source in found]


def _read_one(source: Source, request: Request) -> Draft:
    header = captions(source)
    slots = [at for at in range(1, SLOTS + 1) if TAXONOMY.format(at) in header]
    wanted = [
        *FIXED.values(),
        *(TAXONOMY.format(at) for at in slots),
        *(PRIMARY.format(at) for at in slots),
    ]
    missing = [name for name in wanted if name not in header]
    if missing:
        raise refuse(source.names, f"the columns {', '.join(missing[:5])} are missing", EXPECTED)
    published = request.effective or _published(source)
    kept = pa.array(sorted(request.npis), pa.string()) if request.npis is not None else None

    def shape(batch: pa.RecordBatch) -> pa.RecordBatch:
        if kept is not None:
            batch = batch.filter(pc.is_in(batch.column("NPI"), kept))
        return _shaped(batch, slots, source)

    return Draft(
        kind=KIND,
        label=published.isoformat(),
        title=f"NPPES providers as of {published}",
        effective_from=date(2005, 5, 23),
        effective_to=published,
        tables={KIND: (SCHEMA, batches(source, wanted, shape))},
        origin=(source.path,),
        notes=(f"Only {len(request.npis):,} NPIs were kept.",) if request.npis is not None else (),
        complete=request.npis is None,
    )


def _shaped(batch: pa.RecordBatch, slots: Sequence[int], source: Source) -> pa.RecordBatch:
    """Return the rows with the primary taxonomy picked and all taxonomies joined by blanks."""
    if not pc.all(pc.match_substring_regex(batch.column("NPI"), r"^\d{10}$"), min_count=0).as_py():
        raise refuse(source.names, "an NPI is not ten digits", "ten digits", column="NPI")
    codes = np.array([batch.column(TAXONOMY.format(at)).to_pylist() for at in slots], dtype=object)
    switches = np.array(
        [batch.column(PRIMARY.format(at)).to_pylist() for at in slots], dtype=object
    )
    primary = (
        np.where(
            (switches == "Y").any(axis=0),
            np.take_along_axis(codes, (switches == "Y").argmax(axis=0)[None, :], axis=0)[0],
            codes[0],
        )
        if batch.num_rows
        else []
    )
    joined = [" ".join(filter(None, column)) for column in codes.T]
    columns = [
        _day(batch.column(caption), source, caption)
        if name.endswith("activated")
        else batch.column(caption)
        for name, caption in FIXED.items()
    ]
    return pa.record_batch(
        [*columns, pa.array(list(primary), pa.string()), pa.array(joined, pa.string())],
        schema=SCHEMA,
    )


def _day(values: pa.Array, source: Source, caption: str) -> pa.Array:
    """Return the texts MM/DD/YYYY as dates; nothing stays nothing."""
    blank = pc.equal(values, "")
    written = pc.match_substring_regex(values, r"^(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/\d{4}$")
    if not pc.all(pc.or_(blank, written), min_count=0).as_py():
        raise refuse(source.names, "a date is not as NPPES writes it", "MM/DD/YYYY", column=caption)
    parsed = pc.strptime(
        pc.if_else(blank, "01/01/1970", values), "%m/%d/%Y", "s", error_is_null=True
    )
    return pc.if_else(blank, pa.scalar(None, pa.date32()), parsed.cast(pa.date32()))


def _published(source: Source) -> date:
    match = re.search(r"pfile_\d{8}-(\d{8})", source.name)
    try:
        return calendar_day(match[1] if match else "")
    except ValueError as error:
        raise refuse(
            source.names,
            "the name does not say up to when the file goes",
            "the name that CMS gave the file, such as "
            "npidata_pfile_20050523-20240807.csv, or the date beside it",
        ) from error
