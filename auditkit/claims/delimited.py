"""Delimited text cut into rows of text, whatever its delimiter, encoding and line ends."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from auditkit.claims.header import normalised
from auditkit.claims.mapping import Mapping
from auditkit.errors import InputError
from auditkit.schema import Table

#: The longest row of delimited text, in bytes; a quote that never ends is stopped here.
ROW_LIMIT = 4_194_304

_DELIMITERS = ",\t;|"
_NULLS = ["", "NULL", "null", "\\N"]
_HEAD = 65_536
_PART = 1_048_576


@dataclass(frozen=True, slots=True)
class Raw:
    """A file as it stands: its own columns, and the file's row of each row.

    `ragged` holds the rows that do not have the header's number of columns, as
    (file row, columns found, text).
    """

    header: tuple[str, ...]
    data: pa.Table
    places: np.ndarray
    ragged: tuple[tuple[int, int, str], ...] = ()


def raw_delimited(path: Path, table: Table, mapping: Mapping) -> Raw:
    """Return the rows of a delimited file as text."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    encoding = mapping.encoding or _encoding(path)
    text = _decoded_head(path.name, head, encoding)
    empty = len(text) - len(text.lstrip("\r\n"))
    skipped = len(re.findall("\r\n|\r|\n", text[:empty]))
    first = text[empty:]
    if not first.strip():
        raise InputError(f"{path.name}: the file is empty. Export it again.")
    delimiter = mapping.delimiter or _delimiter(first, table, mapping)
    header = next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter))
    if len(header) == 1 and len(table.columns) > 1:
        raise _wrong_delimiter(path.name, header[0], delimiter, declared=bool(mapping.delimiter))
    return _parsed(path, tuple(header), delimiter, encoding, skipped)


def _parsed(
    path: Path, header: tuple[str, ...], delimiter: str, encoding: str, skipped: int
) -> Raw:
    """Return the rows below the header, all as text, with those that do not fit it apart."""
    ragged: list[tuple[int, int, str]] = []

    def set_apart(row: pyarrow.csv.InvalidRow) -> str:
        if row.text.strip():
            ragged.append((row.number + skipped, row.actual_columns, row.text))
        else:
            blank.append(row.number + skipped)
        return "skip"

    blank: list[int] = []
    names = [str(place) for place in range(len(header))]
    try:
        data = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False,
                block_size=ROW_LIMIT,
                skip_rows=skipped,
                skip_rows_after_names=1,
                column_names=names,
                encoding=encoding,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=set_apart,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=_NULLS,
            ),
        )
    except (pa.ArrowException, UnicodeError) as error:
        raise _unreadable(path.name, error) from None
    total = data.num_rows + len(ragged) + len(blank)
    places = np.arange(skipped + 2, skipped + 2 + total)
    apart = [place for place, _, _ in ragged] + blank
    return Raw(header, data, np.setdiff1d(places, apart), tuple(ragged))


def _unreadable(file: str, error: Exception) -> InputError:
    """Return the error of text that cannot be split into rows, without quoting it."""
    if "straddl" in str(error) or "block" in str(error):
        return InputError(
            f"{file}: a row is longer than {ROW_LIMIT:,} bytes. A quotation mark may be open "
            'without being closed: double it ("") inside a quoted value.'
        )
    return InputError(f"{file}: the text cannot be read as a table ({type(error).__name__}).")


def _encoding(path: Path) -> str:
    """Return how a file's text is encoded: utf-16 by its mark, utf-8 where it is, else latin-1."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(start)
            while part := file.read(_PART):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _decoded_head(file: str, head: bytes, encoding: str) -> str:
    """Return the first part of a file as text."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    if "\0" in text:
        raise InputError(
            f"{file}: not a text file. Accepted: CSV or tab-separated text, Parquet, or 837P. "
            "Save a workbook as 'CSV UTF-8' first."
        )
    return text.removeprefix("\ufeff")


def _delimiter(text: str, table: Table, mapping: Mapping) -> str:
    """Return the delimiter under which the first row names most columns of the contract."""
    known = {normalised(name) for name in (*table.names, *mapping.columns.values())}
    known |= {other for column in table.columns for other in column.also}

    def fit(delimiter: str) -> tuple[int, int]:
        row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        return sum(normalised(cell) in known for cell in row), len(row)

    return max(_DELIMITERS, key=fit)


def _wrong_delimiter(file: str, header: str, delimiter: str, declared: bool) -> InputError:
    """Return the error of a first row that is one single column."""
    likely = [mark for mark in ",\t;|^~:" if header.count(mark) >= 3 and mark != delimiter]
    names = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a vertical bar"}
    hint = f" It may be {names.get(likely[0], likely[0])}." if likely else ""
    said = f"the declared delimiter '{delimiter}' does not occur" if declared else "no delimiter"
    return InputError(
        f"{file}: wrong delimiter: {said} in the first row, so it is one single column.{hint} "
        "Accepted: comma, tab, semicolon or vertical bar, or the one that the mapping declares "
        "as delimiter."
    )
