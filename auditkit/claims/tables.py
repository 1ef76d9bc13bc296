"""Readers of delimited text and Parquet into a table with a contract.

Nothing is dropped in silence: a row is used, set aside in the rejects file with its reason,
or the reading fails with every problem named.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from auditkit.claims.delimited import Raw, raw_delimited
from auditkit.claims.header import likely_names, match_columns
from auditkit.claims.mapping import Mapping
from auditkit.claims.rejects import write_rejects
from auditkit.errors import InputError, Problem
from auditkit.schema import LISTED, Checked, Table, check

#: The most rows of a Parquet file, which can declare many more than its size suggests.
ROW_LIMIT = 20_000_000


def read_delimited(
    path: Path, table: Table, mapping: Mapping, rejects: str | Path | None = None
) -> pd.DataFrame:
    """Read delimited text (comma, tab, semicolon, vertical bar) into *table*.

    UTF-8 (with or without byte order mark), UTF-16 with one, and Latin-1 are recognised, and
    so are LF, CRLF and CR line ends. The first row that is not empty holds the column names.

    Raises:
        InputError: if the file is empty, has another delimiter, lacks a needed column, or
            holds rows that are not accepted and *rejects* is None.
    """
    return _accepted(path, table, mapping, rejects, raw_delimited(path, table, mapping))


def read_parquet(
    path: Path, table: Table, mapping: Mapping, rejects: str | Path | None = None
) -> pd.DataFrame:
    """Read a Parquet file into *table*; its columns may be text or already typed.

    Raises:
        InputError: as `read_delimited`, or if the file is damaged.
    """
    try:
        rows = pyarrow.parquet.read_metadata(path).num_rows if path.is_file() else 0
        if rows > ROW_LIMIT:
            raise InputError(
                f"{path.name}: {rows:,} rows. Accepted: up to {ROW_LIMIT:,}, so that they fit into "
                "memory; `auditkit screen` reads larger files."
            )
        data = pyarrow.parquet.read_table(path)
        header = tuple(data.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name}: not a readable Parquet file ({type(error).__name__}). "
            "It may be cut short: fetch or write it again."
        ) from None
    data = pa.table(
        [_without_zone(column) for column in data.columns],
        names=[str(place) for place in range(data.num_columns)],
    )
    raw = Raw(header, data, np.arange(1, data.num_rows + 1))
    return _accepted(path, table, mapping, rejects, raw)


def _without_zone(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of zoned times as local times, any other as it is."""
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        return pa.compute.local_timestamp(column)
    return column


def _accepted(
    path: Path, table: Table, mapping: Mapping, rejects: str | Path | None, raw: Raw
) -> pd.DataFrame:
    """Return the rows of *raw* that meet the contract; raise or set aside the others."""
    matched = match_columns(table, raw.header, mapping.columns, mapping.values, path.name)
    data = raw.data.select([str(place) for place in matched.values()])
    checked = check(
        table,
        data.rename_columns(list(matched)),
        mapping.date_forms(table),
        {name: value for name, value in mapping.values.items() if name not in matched},
    )
    return settled(path.name, table, raw, checked, rejects, _unused(table, raw.header, matched))


def settled(
    file: str,
    table: Table,
    raw: Raw,
    checked: Checked,
    rejects: str | Path | None,
    notes: Sequence[str] = (),
    worded: Callable[[Problem], Problem] = lambda problem: problem,
) -> pd.DataFrame:
    """Return the accepted rows of *checked*, with an account of the others in `attrs`.

    `attrs["auditkit"]` holds: file, rows (read), accepted, set_aside, blank, and notes.

    Raises:
        InputError: if there is no row, or no accepted row, or rows are not accepted and
            *rejects* is None.
    """
    bad = checked.faulty
    good = ~bad & ~checked.blank
    rows = len(good) - int(checked.blank.sum()) + len(raw.ragged)
    if not rows:
        raise InputError(
            f"{file}: the file has column names but no rows. "
            "Export it again, one row for each line."
        )
    refused = int(bad.sum()) + len(raw.ragged)
    problems = _ragged_problems(file, raw)
    problems += [worded(problem) for problem in checked.problems(file, raw.places)]
    if refused and rejects is None:
        raise InputError(
            f"{file}: {refused:,} of {rows:,} rows are not accepted. Correct them, or name a "
            "rejects file to set them aside.",
            problems,
        )
    if rejects is not None:
        write_rejects(rejects, (*raw.header, "unparsed"), _rejected(raw, checked))
    if not good.any():
        raise InputError(f"{file}: none of {rows:,} rows is accepted.", problems)
    frame = checked.frame if good.all() else checked.frame[good].reset_index(drop=True)
    frame = _with_integers(table, frame)
    notes = [*notes, *_partial(table, checked, good)]
    frame.attrs["auditkit"] = {
        "file": file,
        "rows": rows,
        "accepted": len(frame),
        "set_aside": refused,
        "blank": int(checked.blank.sum()),
        "notes": notes,
    }
    return frame


def _with_integers(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* with whole-number columns as int64 where every row is filled."""
    whole = {
        column.name: "int64"
        for column in table.columns
        if column.kind == "integer" and frame[column.name].notna().all()
    }
    return frame.astype(whole) if whole else frame


def _partial(table: Table, checked: Checked, good: np.ndarray) -> list[str]:
    """Return a note on claims (or other groups of the key) of which only a part is accepted."""
    if len(table.key) < 2 or not checked.faulty.any():
        return []
    group = checked.frame[table.key[0]]
    split = set(group[checked.faulty].dropna()) & set(group[good])
    if not split:
        return []
    return [f"{len(split):,} {table.key[0]} values keep some rows and lost others to the rejects."]


def _rejected(raw: Raw, checked: Checked) -> list[tuple[int, str, Sequence[object]]]:
    """Return what the rejects file holds, in the order of the file's rows."""
    reasons = checked.reasons()
    data = raw.data.take(pa.array(sorted(reasons), pa.int64()))
    cells = zip(*(column.to_pylist() for column in data.columns), strict=True)
    found: list[tuple[int, str, Sequence[object]]] = [
        (int(raw.places[row]), reasons[row], (*own, None))
        for row, own in zip(sorted(reasons), cells, strict=True)
    ]
    empty = [""] * len(raw.header)
    for place, columns, text in raw.ragged:
        found.append((place, f"row: {columns} columns", [*empty, text]))
    return sorted(found, key=lambda entry: entry[0])


def _ragged_problems(file: str, raw: Raw) -> list[Problem]:
    """Return the problems of the rows with another number of columns than the header."""
    width = len(raw.header)
    accepted = f"{width} columns as in the first row; a value that holds the delimiter in quotes"
    found = [
        Problem(file, place, None, f"{columns} columns", accepted)
        for place, columns, _ in raw.ragged[:LISTED]
    ]
    rest = raw.ragged[LISTED:]
    if rest:
        what = "another number of columns than the header, and so on"
        found.append(Problem(file, rest[0][0], None, what, accepted, len(rest)))
    return found


def _unused(table: Table, header: Sequence[str], matched: dict[str, int]) -> list[str]:
    """Return notes on unread columns of the file that look like optional columns of ours."""
    used = {header[place] for place in matched.values()}
    notes = []
    for column in table.columns:
        if column.name in matched:
            continue
        for name in likely_names(table, column, [name for name in header if name not in used]):
            notes.append(f"column '{name}' is not read; the mapping can declare it {column.name}.")
    return notes
