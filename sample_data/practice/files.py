"""Files written piece by piece under a temporary name, and put in place when they are whole."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from sample_data.practice.tables import CLAIM_COLUMNS

Row = tuple[Any, ...]
MONEY = ("charge", "allowed", "paid")
DAYS = ("patient_birth_date", "dos_from", "dos_to", "received_date")


class Rows(Protocol):
    """A file that takes rows."""

    def write(self, rows: Iterable[Row]) -> None:
        """Add *rows*."""

    def finish(self) -> None:
        """Put the file in its place."""


class TextFile:
    """A text file in UTF-8 with bare line feeds on every machine."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_name(path.name + ".tmp")
        self.file = self.part.open("w", encoding="utf-8", newline="")

    def write_lines(self, lines: Iterable[str]) -> None:
        """Add *lines*, each with its line end."""
        self.file.writelines(lines)

    def finish(self) -> None:
        """Put the file in its place."""
        self.file.close()
        self.part.replace(self.path)


class CsvFile(TextFile):
    """A CSV file with a header."""

    def __init__(self, path: Path, columns: Iterable[str]) -> None:
        super().__init__(path)
        self.rows = csv.writer(self.file, lineterminator="\n")
        self.rows.writerow(columns)

    def write(self, rows: Iterable[Row]) -> None:
        """Add *rows*."""
        self.rows.writerows(rows)


class ParquetClaims:
    """Claim lines as Parquet, a row group for each block of patients."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.pa, self.path, self.part = pa, path, path.with_name(path.name + ".tmp")
        kinds = dict.fromkeys(MONEY, pa.float64()) | dict.fromkeys(DAYS, pa.date32())
        kinds |= {"line": pa.int64(), "units": pa.float64()}
        self.schema = pa.schema([(name, kinds.get(name, pa.string())) for name in CLAIM_COLUMNS])
        self.writer = pq.ParquetWriter(self.part, self.schema, compression="zstd")

    def write(self, rows: Iterable[Row]) -> None:
        """Add *rows* as one row group; an empty text becomes missing."""
        rows = list(rows)
        if not rows:
            return
        columns = []
        for field, values in zip(self.schema, zip(*rows, strict=True), strict=True):
            texts = [None if value == "" else str(value) for value in values]
            columns.append(self.pa.array(texts, self.pa.string()).cast(field.type))
        self.writer.write_table(self.pa.table(columns, schema=self.schema))

    def finish(self) -> None:
        """Put the file in its place."""
        self.writer.close()
        self.part.replace(self.path)


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write a small CSV file at once."""
    file = CsvFile(path, columns)
    file.write(rows)
    file.finish()
