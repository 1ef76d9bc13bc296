"""The reference tables that the edits read, from the editions of a store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.edits.coverage_tables import (
    coverage_codes,
    coverage_diagnoses,
    coverage_groups,
)
from auditkit.reference import Edition, Store
from auditkit.reference.kinds import CUMULATIVE


@dataclass(frozen=True, slots=True)
class Window:
    """An edition and the days on which it is the one that answers."""

    edition: Edition
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Stored:
    """A reference table that an engine reads itself: a Parquet file, and the query over ``stored``
    that gives the table its columns."""

    path: Path
    text: str


def windows(store: Store, kind: str) -> tuple[Window, ...]:
    """Return the editions of *kind* with the days on which each answers; no day has two.

    A kind whose releases restate their history is answered by its newest complete release alone;
    of the others the one that took effect last answers. Where there are two conversion factors,
    the indicators are those of the non-QPP file.
    """
    held = [
        one for one in store.editions(kind) if not one.id.endswith("-qpp") or kind != "pfs"
    ] or list(store.editions(kind))
    if not held:
        return ()
    if kind in CUMULATIVE:
        newest = max(held, key=lambda one: (one.complete, one.effective_to))
        return (Window(newest, newest.effective_from, newest.effective_to),)
    if kind in ("nppes", "coverage", "coverage_list"):
        held = sorted(held, key=lambda one: one.effective_to)
        starts = [
            held[0].effective_from,
            *(one.effective_to + timedelta(days=1) for one in held[:-1]),
        ]
        return tuple(
            Window(one, start, one.effective_to) for one, start in zip(held, starts, strict=True)
        )
    held = sorted(held, key=lambda one: (one.effective_from, one.effective_to))
    found = []
    for at, one in enumerate(held):
        later = [
            other.effective_from
            for other in held[at + 1 :]
            if other.effective_from > one.effective_from
        ]
        last = min([one.effective_to, *(start - timedelta(days=1) for start in later)])
        if at + 1 < len(held) and held[at + 1].effective_from == one.effective_from:
            continue
        found.append(Window(one, one.effective_from, last))
    return tuple(found)


def covered(days: pd.Series, spans: Iterable[Window]) -> np.ndarray:
    """Return for each of *days* whether one of the *spans* takes it in."""
    values = days.to_numpy("datetime64[D]")
    inside = np.zeros(len(values), bool)
    for one in spans:
        inside |= (values >= np.datetime64(one.first_day)) & (values <= np.datetime64(one.last_day))
    return inside


class Reference:
    """The reference tables for one screening: only rows that its codes and dates can meet."""

    def __init__(
        self,
        store: Store,
        codes: list[str],
        diagnoses: list[str],
        first_day: date,
        last_day: date,
        state: str | None = None,
    ) -> None:
        """Read from *store* for claims with these codes, diagnoses and dates of service."""
        self.store = store
        self.codes = pa.array(codes, pa.string())
        self.diagnoses = pa.array(diagnoses, pa.string())
        self.first_day, self.last_day, self.state = first_day, last_day, state
        self._windows: dict[str, tuple[Window, ...]] = {}

    def windows(self, kind: str) -> tuple[Window, ...]:
        """Return the windows of *kind* that meet the dates of the claims."""
        if kind not in self._windows:
            self._windows[kind] = tuple(
                one
                for one in windows(self.store, kind)
                if one.first_day <= self.last_day and one.last_day >= self.first_day
            )
        return self._windows[kind]

    def table(self, name: str) -> "pa.Table | Stored":
        """Return the reference table *name* of the edits' texts; empty without an edition."""
        return BUILDERS[name](self)

    def _dated(
        self,
        kind: str,
        table: str,
        columns: list[str],
        empty: pa.Schema,
        keep: Callable[[pa.Table], pa.Table],
    ) -> pa.Table:
        """Return one table of every window of *kind*, with the days on which it answers."""
        found = []
        for one in self.windows(kind):
            rows = keep(self.store.table(one.edition.id, table)).select(columns)
            found.append(_with_days(rows, one))
        return pa.concat_tables(found) if found else empty.empty_table()

    def _of_codes(self, table: pa.Table) -> pa.Table:
        return table.filter(pc.is_in(table["code"], self.codes))


def _with_days(rows: pa.Table, window: Window) -> pa.Table:
    return (
        rows.append_column("first_day", _repeat(window.first_day, rows, pa.date32()))
        .append_column("last_day", _repeat(window.last_day, rows, pa.date32()))
        .append_column("edition", _repeat(window.edition.id, rows, pa.string()))
    )


def _repeat(value: object, rows: pa.Table, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), rows.num_rows)


def _dated_schema(*columns: str) -> pa.Schema:
    return pa.schema(
        [
            *((name, pa.string()) for name in columns),
            ("first_day", pa.date32()),
            ("last_day", pa.date32()),
            ("edition", pa.string()),
        ]
    )


def _ptp(reference: Reference) -> "Stored | pa.Table":
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
    found = reference._dated("mue", "mue", ["code", "value", "mai"], schema, reference._of_codes)
    return found.rename_columns(schema.names)


def _addon(reference: Reference) -> pa.Table:
    columns = ["code", "primary_code", "type", "first_day", "last_day"]
    found = [
        pa.schema(
            [*((name, pa.string()) for name in columns[:3]), *list(_dated_schema())]
        ).empty_table()
    ]
    for one in reference.windows("addon"):
        rows = reference._of_codes(reference.store.table(one.edition.id, "addon")).select(columns)
        capped = pc.min_element_wise(rows["last_day"], pa.scalar(one.last_day, pa.date32()))
        rows = rows.set_column(4, "last_day", capped)
        found.append(rows.append_column("edition", _repeat(one.edition.id, rows, pa.string())))
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
    return reference._dated("pfs", "pfs", columns, _dated_schema(*columns), reference._of_codes)


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
        rows = reference._dated(kind, kind, ["code"], _dated_schema("code"), reference._of_codes)
        found.append(rows.select(schema.names))
    for one in reference.windows("hcpcs"):
        rows = reference._of_codes(reference.store.table(one.edition.id, "hcpcs"))
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

    found = reference._dated("icd10", "icd10", ["code", "billable"], schema, keep)
    return found.rename_columns(schema.names)


def _excludes1(reference: Reference) -> pa.Table:
    columns = ["low", "high", "excluded_low", "excluded_high"]
    rows = reference._dated(
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
    return reference._dated("nppes", "nppes", columns, schema, lambda table: table)


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
