"""Make the sample practice: `python -m sample_data.generate --out DIR`.

With `--lines` or `--patients` it makes a practice of any size in bounded memory; a patient depends
on the seed and the patient's number alone.
"""

import argparse
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from sample_data.practice import fees, tables
from sample_data.practice.encounter import Encounter
from sample_data.practice.journey import DOCUMENTED_FROM, encounters
from sample_data.practice.notes import note_of
from sample_data.practice.people import PROVIDERS

SEED = 20241002
PATIENTS = 7200
BLOCK = 2000

PROVIDER_COLUMNS = (
    "rendering_npi", "name", "habit", "encounters", "lines", "encounters_with_error",
    "lines_with_error", "billed_dollars", "over_dollars", "under_dollars",
)  # fmt: skip


class Totals:
    """Counts and cents of the answer key, by provider."""

    def __init__(self) -> None:
        self.by_npi: dict[str, list[int]] = defaultdict(lambda: [0] * 7)

    def add(self, enc: Encounter) -> None:
        """Count one encounter."""
        row = self.by_npi[enc.provider.npi]
        row[0] += 1
        row[1] += sum(part.line is not None for part in enc.billed)
        row[2] += any(part.answer.plant for part in enc.billed)
        row[3] += sum(bool(part.answer.plant) for part in enc.billed)
        for part in enc.billed:
            billed, agreed = part.cents(enc.prices)
            row[4] += billed
            row[5] += max(billed - agreed, 0)
            row[6] += max(agreed - billed, 0)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield a row for each provider in `PROVIDER_COLUMNS` order."""
        for who in PROVIDERS:
            counts = self.by_npi[who.npi]
            yield (who.npi, who.name, who.habit, *counts[:4], *map(tables.dollars, counts[4:]))


class CsvClaims:
    """Claim lines as CSV."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "claims.csv"
        self.file = self.path.open("w", encoding="utf-8", newline="")
        self.rows = csv.writer(self.file, lineterminator="\n")
        self.rows.writerow(tables.CLAIM_COLUMNS)

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Add *rows* to the file."""
        self.rows.writerows(rows)

    def close(self) -> None:
        """Finish the file."""
        self.file.close()


class ParquetClaims:
    """Claim lines as Parquet, a row group for each block of patients."""

    def __init__(self, folder: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.pa = pa
        kinds = {"line": pa.int64(), "units": pa.float64(), "charge": pa.float64(),
                 "allowed": pa.float64(), "paid": pa.float64()}  # fmt: skip
        kinds |= {name: pa.date32() for name in ("dos_from", "dos_to", "received_date",
                                                 "patient_birth_date")}  # fmt: skip
        self.schema = pa.schema([(c, kinds.get(c, pa.string())) for c in tables.CLAIM_COLUMNS])
        self.path = folder / "claims.parquet"
        self.writer = pq.ParquetWriter(self.path, self.schema, compression="zstd")

    def write(self, rows: list[tuple[Any, ...]]) -> None:
        """Add *rows* to the file as one row group."""
        pa = self.pa
        columns = []
        for field, values in zip(self.schema, zip(*rows, strict=True), strict=True):
            text = pa.array([None if value == "" else str(value) for value in values], pa.string())
            columns.append(text.cast(field.type))
        self.writer.write_table(pa.table(columns, schema=self.schema))

    def close(self) -> None:
        """Finish the file."""
        self.writer.close()


def blocks(
    seed: int, patients: int | None, lines: int | None, size: int
) -> Iterator[list[Encounter]]:
    """Yield blocks of encounters until *patients* are made or *lines* billed lines reached."""
    start, made = 0, 0
    while (patients is None or start < patients) and (lines is None or made < lines):
        stop = start + size if patients is None else min(start + size, patients)
        block = list(encounters(seed, range(start, stop)))
        yield block
        made += sum(len(enc.billed) for enc in block)
        start = stop


def fee_rows() -> Iterator[tuple[Any, ...]]:
    """Yield what each payer allows a physician for one unit of each code it pays, by setting."""
    for payer in fees.PAYERS:
        for name in (*fees.RVU, *fees.DRUGS):
            code, _, component = name.partition("-")
            for setting in ("office", "facility"):
                prices = fees.Prices(payer, facility=setting == "facility")
                cents = prices.cents(code, (component,) if component else ())
                if cents:
                    yield (payer, code, component, setting, tables.dollars(cents))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write a small CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def json_line(file: TextIO, value: dict[str, Any]) -> None:
    """Write *value* as one line of JSON."""
    file.write(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n")


def generate(
    out: Path,
    seed: int = SEED,
    patients: int | None = PATIENTS,
    lines: int | None = None,
    format: str = "csv",
    documentation: bool = True,
    progress: bool = False,
    block: int = BLOCK,
) -> dict[str, int]:
    """Write the practice to the folder *out* and return the counts of what was written.

    Args:
        out: folder to write to; made if absent.
        seed: any whole number; the same seed gives the same files on every machine.
        patients: how many patients to make, or None to make patients until *lines*.
        lines: stop after the block of patients that reaches this many billed lines.
        format: "csv" or "parquet", for the claim lines.
        documentation: whether to write records, notes and the answer key of the last quarter.
        progress: whether to report progress on standard error.
        block: patients made between two writes; memory is bounded by this many.

    Returns:
        Counts by name: patients' encounters, lines, documented encounters, planted errors.
    """
    out.mkdir(parents=True, exist_ok=True)
    claims = CsvClaims(out) if format == "csv" else ParquetClaims(out)
    counts = {"encounters": 0, "lines": 0, "documented": 0, "planted": 0}
    totals = Totals()
    key: list[tuple[Any, ...]] = []
    began = time.monotonic()
    with (
        (out / "documentation.jsonl").open("w", encoding="utf-8", newline="\n") as records,
        (out / "notes.jsonl").open("w", encoding="utf-8", newline="\n") as notes,
    ):
        for made in blocks(seed, patients, lines, block):
            rows = [row for enc in made for row in tables.claim_rows(enc)]
            claims.write(rows)
            counts["encounters"] += len(made)
            counts["lines"] += len(rows)
            counts["planted"] += sum(any(p.answer.plant for p in enc.billed) for enc in made)
            for enc in made if documentation else ():
                if enc.dos < DOCUMENTED_FROM:
                    continue
                counts["documented"] += 1
                totals.add(enc)
                key += tables.key_rows(enc)
                json_line(records, tables.documented(enc))
                text = note_of(enc, seed)
                if text:
                    json_line(notes, {"patient_key": enc.patient.key,
                                      "rendering_npi": enc.provider.npi,
                                      "dos": enc.dos.isoformat(), "text": text})  # fmt: skip
            if progress:
                rate = counts["lines"] / (time.monotonic() - began)
                sys.stderr.write(f"\r{counts['lines']:,} lines, {rate:,.0f} a second")
    claims.close()
    if documentation:
        write_rows(out / "answer_key.csv", tables.KEY_COLUMNS, key)
        write_rows(out / "answer_key_by_provider.csv", PROVIDER_COLUMNS, totals.rows())
    else:
        (out / "documentation.jsonl").unlink()
        (out / "notes.jsonl").unlink()
    write_rows(out / "providers.csv", ("npi", "name", "taxonomy", "role"),
               ((p.npi, p.name, p.taxonomy, p.role) for p in PROVIDERS))  # fmt: skip
    write_rows(out / "fees.csv", ("payer", "code", "component", "setting", "allowed"), fee_rows())
    return counts


def main() -> None:
    """Read the command line and make the practice."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--out", type=Path, required=True, help="folder to write to")
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--scale", type=float, default=1.0, help="multiple of the shipped practice")
    ask.add_argument("--lines", type=int, help="make patients until this many billed lines")
    ask.add_argument("--format", choices=("csv", "parquet"), default="csv")
    ask.add_argument("--no-documentation", action="store_true", help="claim lines only")
    asked = ask.parse_args()
    began = time.monotonic()
    counts = generate(
        asked.out, asked.seed, None if asked.lines else round(PATIENTS * asked.scale),
        asked.lines, asked.format, not asked.no_documentation, progress=sys.stderr.isatty(),
    )  # fmt: skip
    took = time.monotonic() - began
    print(", ".join(f"{count:,} {name}" for name, count in counts.items()), f"in {took:.1f} s")


if __name__ == "__main__":
    main()
