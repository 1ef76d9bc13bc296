"""Medicare utilisation by provider and service: how peers of a specialty bill.

About ten million rows a year; the file is streamed and descriptors, which are the AMA's, are
left out. Rows of ten beneficiaries or fewer are not in it. Source: CMS, Medicare Physician &
Other Practitioners by Provider and Service.
"""

import re
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from auditkit.reference.edition import Draft
from auditkit.reference.periods import year_in
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.streamed import batches, captions

KIND = "utilisation"
EXPECTED = "utilisation by provider and service: MUP_PHY_Ryy_Pvv_Vvv_Dyy_Prov_Svc.csv"
TEXTS = {
    "npi": "Rndrng_NPI",
    "state": "Rndrng_Prvdr_State_Abrvtn",
    "specialty": "Rndrng_Prvdr_Type",
    "code": "HCPCS_Cd",
    "place": "Place_Of_Srvc",
}
NUMBERS = {
    "beneficiaries": "Tot_Benes",
    "services": "Tot_Srvcs",
    "beneficiary_days": "Tot_Bene_Day_Srvcs",
    "mean_allowed": "Avg_Mdcr_Alowd_Amt",
}
SCHEMA = pa.schema(
    [(name, pa.string()) for name in TEXTS] + [(name, pa.float64()) for name in NUMBERS]
)


def recognises(source: Source) -> bool:
    """Return whether *source* is the utilisation file, by its columns."""
    return source.suffix == ".csv" and {"Rndrng_NPI", "HCPCS_Cd", "Tot_Srvcs"} <= set(
        captions(source)
    )


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each utilisation file in *found*.

    Raises:
        InputError: when the name gives no year, a column is missing or a number is none.
    """
    return [_read_one(source, request) for source in found]


def _read_one(source: Source, request: Request) -> Draft:
    header = captions(source)
    places = {
        name: next((one for one in (caption, caption.replace("Prvdr_", "")) if one in header), None)
        for name, caption in (TEXTS | NUMBERS).items()
    }
    missing = [name for name, caption in places.items() if caption is None]
    if missing:
        raise refuse(source.names, f"the columns for {', '.join(missing)} are missing", EXPECTED)
    kept = pa.array(sorted(request.npis), pa.string()) if request.npis is not None else None
    year = request.effective.year if request.effective else _year(source)

    def shape(batch: pa.RecordBatch) -> pa.RecordBatch:
        if kept is not None:
            batch = batch.filter(pc.is_in(batch.column(str(places["npi"])), kept))
        texts = [batch.column(str(places[name])) for name in TEXTS]
        numbers = [_number(batch.column(str(places[name])), source, name) for name in NUMBERS]
        return pa.record_batch([*texts, *numbers], schema=SCHEMA)

    return Draft(
        kind=KIND,
        label=str(year),
        title=f"Medicare utilisation by provider and service, {year}",
        effective_from=date(year, 1, 1),
        effective_to=date(year, 12, 31),
        tables={KIND: (SCHEMA, batches(source, [str(one) for one in places.values()], shape))},
        origin=(source.path,),
        complete=request.npis is None,
    )


def _number(values: pa.Array, source: Source, name: str) -> pa.Array:
    try:
        return pc.cast(pc.replace_substring_regex(values, "[$,]", ""), pa.float64())
    except pa.ArrowInvalid as error:
        raise refuse(
            source.names,
            "a value is not a number",
            "a number in every row",
            column=(TEXTS | NUMBERS)[name],
        ) from error


def _year(source: Source) -> int:
    match = re.search(r"_D(\d\d)_", source.name, re.IGNORECASE)
    year = 2000 + int(match[1]) if match else year_in(source.name)
    if year is None:
        raise refuse(
            source.names,
            "the name does not say the year of the data",
            "the name that CMS gave the file, such as "
            "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv, or the date beside it",
        )
    return year
