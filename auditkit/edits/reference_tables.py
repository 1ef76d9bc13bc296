"""The reference tables that the edits' texts read, made from the editions of a store."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.edits.coverage_tables import coverage_codes, coverage_diagnoses, coverage_groups
from auditkit.edits.editions import Reference, Stored, repeat


def _dated_schema(*columns: str) -> pa.Schema:
    return pa.schema(
        [
            *((name, pa.string()) for name in columns),
            ("first_day", pa.date32()),
            ("last_day", pa.date32()),
            ("edition", pa.string()),
        ]
    )


def _ptp(reference: Reference) -> Stored | pa.Table:
    """Return the pairs from where they are stored: only the engine should read millions of rows.

    A pair stands with its codes in order, and whether column 1 is the lower of them.
    """
    columns = (
        "case when column1 < column2 then column1 else column2 end as lower_code, "
        "case when column1 < column2 then column2 else column1 end as higher_code, "
        "column1 < column2 as lower_first, modifier_indicator, first_day"
    )
    for one in reference.windows("ptp"):
        # No kind of edition that restates its history has more than one window.
        last = f"date '{one.last_day.isoformat()}'"
        text = (
            f"select {columns}, case when last_day < {last} then last_day else {last} end "
            f"as last_day, '{one.edition.id}' as edition from stored "
            f"where modifier_indicator <> '9' "
            f"and first_day <= date '{reference.last_day.isoformat()}' "
            f"and (last_day is null or last_day >= date '{reference.first_day.isoformat()}')"
        )
        return Stored(reference.store.path(one.edition.id, "ptp"), text)
    empty = _dated_schema("lower_code", "higher_code", "modifier_indicator").empty_table()
    return empty.append_column("lower_first", pa.array([], pa.bool_()))


def _mue(reference: Reference) -> pa.Table:
    schema = pa.schema(
        [
            ("code", pa.string()),
            ("units_allowed", pa.int32()),
            ("mai", pa.string()),
            *list(_dated_schema()),
        ]
    )
    found = reference.dated("mue", "mue", ["code", "value", "mai"], schema, reference.of_codes)
    return found.rename_columns(schema.names)


def _addon(reference: Reference) -> pa.Table:
    columns = ["code", "primary_code", "type", "first_day", "last_day"]
    found = [
        pa.schema(
            [*((name, pa.string()) for name in columns[:3]), *list(_dated_schema())]
        ).empty_table()
    ]
    for one in reference.windows("addon"):
        rows = reference.of_codes(reference.store.table(one.edition.id, "addon")).select(columns)
        capped = pc.min_element_wise(rows["last_day"], pa.scalar(one.last_day, pa.date32()))
        rows = rows.set_column(4, "last_day", capped)
        found.append(rows.append_column("edition", repeat(one.edition.id, rows, pa.string())))
    return pa.concat_tables(found)


def _addon_codes(reference: Reference) -> pa.Table:
    """Return the add-on codes with their type and its days, whatever the primary code."""
    rows = _addon(reference).select(["code", "type", "first_day", "last_day", "edition"])
    return rows.group_by(rows.column_names).aggregate([])


def _pfs(reference: Reference) -> pa.Table:
    columns = [
        "code",
        "modifier",
        "status",
        "global_days",
        "bilateral",
        "assistant",
        "cosurgeon",
        "team",
        "pctc",
        "nonfacility_na",
    ]
    return reference.dated("pfs", "pfs", columns, _dated_schema(*columns), reference.of_codes)


def _code_spans(reference: Reference) -> pa.Table:
    """Return the days on which the codes in use are known: those of the fee schedule."""
    rows = [(one.first_day, one.last_day, one.edition.id) for one in reference.windows("pfs")]
    return pa.table(
        list(map(list, zip(*rows, strict=True))) or [[], [], []], schema=_dated_schema()
    )


def _codes(reference: Reference) -> pa.Table:
    """Return the codes in use, by fee schedule, MUE table and Level II, with their days."""
    schema = _dated_schema("code").remove(3)
    found = [schema.empty_table()]
    for kind in ("pfs", "mue"):
        rows = reference.dated(kind, kind, ["code"], _dated_schema("code"), reference.of_codes)
        found.append(rows.select(schema.names))
    for one in reference.windows("hcpcs"):
        rows = reference.of_codes(reference.store.table(one.edition.id, "hcpcs"))
        first = pc.max_element_wise(rows["first_day"], pa.scalar(one.first_day, pa.date32()))
        last = pc.min_element_wise(rows["last_day"], pa.scalar(one.last_day, pa.date32()))
        found.append(pa.table([rows["code"], first, last], schema=schema))
    rows = pa.concat_tables(found)
    return rows.group_by(rows.column_names).aggregate([])


def _icd10_spans(reference: Reference) -> pa.Table:
    rows = [(one.first_day, one.last_day, one.edition.id) for one in reference.windows("icd10")]
    return pa.table(
        list(map(list, zip(*rows, strict=True))) or [[], [], []], schema=_dated_schema()
    )


def _icd10(reference: Reference) -> pa.Table:
    schema = pa.schema([("dx", pa.string()), ("billable", pa.bool_()), *list(_dated_schema())])

    def keep(table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table["code"], reference.diagnoses))

    found = reference.dated("icd10", "icd10", ["code", "billable"], schema, keep)
    return found.rename_columns(schema.names)


def _excludes1(reference: Reference) -> pa.Table:
    columns = ["low", "high", "excluded_low", "excluded_high"]
    rows = reference.dated(
        "icd10_tabular", "icd10_tabular", columns, _dated_schema(*columns), lambda table: table
    )
    return rows.append_column("note", pa.array(np.arange(rows.num_rows), pa.int64()))


def _nppes(reference: Reference) -> pa.Table:
    columns = ["npi", "deactivated", "reactivated"]
    schema = pa.schema(
        [
            ("npi", pa.string()),
            ("deactivated", pa.date32()),
            ("reactivated", pa.date32()),
            *list(_dated_schema()),
        ]
    )
    return reference.dated("nppes", "nppes", columns, schema, lambda table: table)


def _nppes_spans(reference: Reference) -> pa.Table:
    """Return the days of each edition, and whether it holds every provider of the register."""
    rows = [
        (one.first_day, one.last_day, one.edition.id, one.edition.complete)
        for one in reference.windows("nppes")
    ]
    return pa.table(
        list(map(list, zip(*rows, strict=True))) or [[], [], [], []],
        schema=_dated_schema().append(pa.field("complete", pa.bool_())),
    )


def _nppes_taxonomies(reference: Reference) -> pa.Table:
    rows = [
        (npi, taxonomy, one.edition.id)
        for one in reference.windows("nppes")
        for npi, listed in zip(
            *reference.store.table(one.edition.id, "nppes")
            .select(["npi", "taxonomies"])
            .to_pydict()
            .values(),
            strict=True,
        )
        for taxonomy in listed.split()
    ]
    schema = pa.schema([(name, pa.string()) for name in ("npi", "taxonomy", "edition")])
    return pa.table(list(map(list, zip(*rows, strict=True))) or [[], [], []], schema=schema)


#: How each reference table of the edits' texts is made.
BUILDERS: dict[str, Callable[[Reference], Any]] = {
    "ptp": _ptp,
    "mue": _mue,
    "addon": _addon,
    "addon_codes": _addon_codes,
    "pfs": _pfs,
    "code_spans": _code_spans,
    "codes": _codes,
    "icd10_spans": _icd10_spans,
    "icd10": _icd10,
    "excludes1": _excludes1,
    "nppes": _nppes,
    "nppes_spans": _nppes_spans,
    "nppes_taxonomies": _nppes_taxonomies,
    "coverage_codes": coverage_codes,
    "coverage_groups": coverage_groups,
    "coverage_diagnoses": coverage_diagnoses,
}
