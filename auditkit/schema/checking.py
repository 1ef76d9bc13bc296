"""The check of rows against a table's contract, in one pass, with every fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.errors import Problem
from auditkit.schema.contract import Column, Table
from auditkit.schema.sql import compiled

#: Problems of one check that are listed row by row; the rest are counted in one more line.
LISTED = 10

#: The longest text one cell may hold, in characters; a longer one is no claims field.
FIELD_LIMIT = 4_096

ISO = "YYYY-MM-DD"

#: Rows of a DuckDB row group.
_ROW_GROUP = 122_880


@dataclass(frozen=True, slots=True)
class Fault:
    """One check that failed, with the positions (0-based) of every row where it failed."""

    column: str
    what: str
    accepted: str
    rows: np.ndarray


@dataclass(frozen=True, slots=True)
class Checked:
    """A typed table and everything wrong with it; row *i* of `frame` is row *i* of the input."""

    frame: pd.DataFrame
    faults: tuple[Fault, ...] = ()
    blank: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @property
    def faulty(self) -> np.ndarray:
        """A mask of the rows with at least one fault."""
        mask = np.zeros(len(self.frame), dtype=bool)
        for fault in self.faults:
            mask[fault.rows] = True
        return mask

    def problems(self, file: str, places: Sequence[int] | np.ndarray) -> list[Problem]:
        """Return the faults as problems of *file*; *places* holds the file's row of each row.

        The first problem of every check comes before the second of any, so that a message that
        is cut short still names every kind of problem.
        """
        ranked: list[tuple[int, int, Problem]] = []
        for fault in self.faults:
            for rank, row in enumerate(fault.rows[:LISTED]):
                place = int(places[row])
                problem = Problem(file, place, fault.column, fault.what, fault.accepted)
                ranked.append((rank, place, problem))
            rest = fault.rows[LISTED:]
            if len(rest):
                place = int(places[rest[0]])
                what = f"{fault.what}, and so on"
                problem = Problem(file, place, fault.column, what, fault.accepted, len(rest))
                ranked.append((LISTED, place, problem))
        ranked.sort(key=lambda entry: entry[:2])
        return [problem for _, _, problem in ranked]

    def reasons(self) -> dict[int, str]:
        """Return, for each faulty row, what is wrong with it in words, without values."""
        found: dict[int, list[str]] = {}
        for fault in self.faults:
            for row in fault.rows:
                found.setdefault(int(row), []).append(f"{fault.column}: {fault.what}")
        return {row: "; ".join(texts) for row, texts in found.items()}


def check(
    table: Table,
    data: pa.Table,
    dates: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> Checked:
    """Check *data* against *table* in one pass and return it typed, with every fault.

    Args:
        table: the contract.
        data: the rows; columns are named as in the contract, as text or already typed.
        dates: the form of the dates of a column where it is not ISO, as a strptime format.
        constants: one value for every row of a column that *data* has not.

    Returns:
        The rows in their order, in the contract's columns and types: text as `str` (missing
        as NA), dates as datetime64[us], money and numbers as float64, integers as int64 where
        filled. An absent optional column is there, empty.
    """
    # A column with nothing in it is the same as none, and costs nothing when left out.
    filled = data.select([n for n in data.column_names if data[n].null_count < data.num_rows])
    if not filled.num_columns:
        filled = data
    # One row group is one thread's work, so a small table gains nothing from more.
    threads = {"threads": 1} if data.num_rows < _ROW_GROUP else {}
    with duckdb.connect(config={"autoinstall_known_extensions": False, **threads}) as connection:
        connection.register("given", filled)
        sql = compiled(table, filled.schema, dates or {}, constants or {})
        typed = connection.sql(sql).to_arrow_table()
        clashes = _clashes(connection, table, typed)
    faults: list[Fault] = []
    for column in table.columns:
        if (flag := f"?{column.name}") in typed.column_names:
            faults += _column_faults(column, typed.column(flag).to_numpy(), dates or {})
        faults += _oversize(column, filled)
    for number, rule in enumerate(table.rules):
        broken = np.flatnonzero(typed.column(f"?rule {number}").to_numpy())
        if len(broken):
            faults.append(Fault(rule.column, rule.fault, rule.accepted, broken))
    blank = typed.column("?blank").to_numpy()
    if blank.any():
        faults = [
            Fault(fault.column, fault.what, fault.accepted, rows)
            for fault in faults
            if len(rows := fault.rows[~blank[fault.rows]])
        ]
    if len(clashes):
        faults.append(
            Fault(
                table.key[-1],
                f"the same {' and '.join(table.key)} as another row",
                f"one row for each {' and '.join(table.key)}",
                clashes,
            )
        )
    frame = typed.select(list(table.names)).to_pandas(use_threads=not threads)
    for column in table.columns:
        if column.kind == "integer" and not frame[column.name].hasnans:
            frame[column.name] = frame[column.name].astype("int64")
    return Checked(frame, tuple(faults), blank)


def _column_faults(column: Column, flags: np.ndarray, dates: Mapping[str, str]) -> list[Fault]:
    """Return the faults that *flags* hold: 1 empty, 2 unreadable, 3 not accepted."""
    if not flags.any():
        return []
    accepted = column.accepted
    if column.kind == "date":
        shown = dates.get(column.name, ISO)
        accepted += f", written {shown} (the mapping's date_format declares another form)"
    words = {
        1: "empty",
        2: {
            "date": "not a date of the calendar in the expected form",
            "money": "not an amount of money",
            "number": "not a number",
            "integer": "not a whole number",
        }.get(column.kind, ""),
        3: column.fault,
    }
    found = [(words[flag], np.flatnonzero(flags == flag)) for flag in words]
    return [Fault(column.name, what, accepted, rows) for what, rows in found if len(rows)]


def _oversize(column: Column, data: pa.Table) -> list[Fault]:
    """Return the fault of the cells of a text column that are longer than any claims field."""
    if column.kind != "text" or column.name not in data.column_names:
        return []
    texts = data[column.name]
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        return []
    rows = np.flatnonzero(pc.greater(pc.utf8_length(texts), FIELD_LIMIT).fill_null(False))
    what = f"longer than {FIELD_LIMIT:,} characters"
    return [Fault(column.name, what, column.accepted, rows)] if len(rows) else []


def _clashes(connection: duckdb.DuckDBPyConnection, table: Table, typed: pa.Table) -> np.ndarray:
    """Return the positions of the rows whose filled key another row has too."""
    if not table.key:
        return np.zeros(0, dtype=np.int64)
    key = ", ".join(f'"{name}"' for name in table.key)
    connection.register("typed", typed)
    twice = connection.execute(
        f"SELECT {key} FROM typed GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    ).fetchall()
    if not twice:
        return np.zeros(0, dtype=np.int64)
    frame = typed.select(list(table.key)).to_pandas()
    filled = frame.notna().all(axis=1)
    return np.flatnonzero((frame.duplicated(keep=False) & filled).to_numpy())
