"""Which editions of a store answer for the claims of a screening, and on which days."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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

    def dated(
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

    def of_codes(self, table: pa.Table) -> pa.Table:
        """Return the rows of *table* whose code a claim has."""
        return table.filter(pc.is_in(table["code"], self.codes))


def _with_days(rows: pa.Table, window: Window) -> pa.Table:
    return (
        rows.append_column("first_day", repeat(window.first_day, rows, pa.date32()))
        .append_column("last_day", repeat(window.last_day, rows, pa.date32()))
        .append_column("edition", repeat(window.edition.id, rows, pa.string()))
    )


def repeat(value: object, rows: pa.Table, kind: pa.DataType) -> pa.Array:
    """Return *value* once for each of *rows*."""
    return pa.repeat(pa.scalar(value, kind), rows.num_rows)
