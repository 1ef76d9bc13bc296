"""Make the sample practice: `python -m sample_data.generate --out DIR`.

With `--lines` it makes a practice of any size in bounded memory; a patient depends on the seed and
the patient's number alone.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sample_data.practice import fees, tables
from sample_data.practice.block import TOTALS, Row, blocks
from sample_data.practice.files import CsvFile, ParquetClaims, Rows, TextFile, write_csv
from sample_data.practice.people import PROVIDERS

#: The seed of the shipped practice, in which every kind of error occurs.
SEED = 20241002
PATIENTS = 7200
BLOCK = 2000

PROVIDER_COLUMNS = (
    "rendering_npi", "name", "habit", "encounters", "lines", "encounters_with_error",
    "lines_with_error", "billed_dollars", "over_dollars", "under_dollars",
)  # fmt: skip


def provider_rows(totals: dict[str, list[int]]) -> Iterator[Row]:
    """Yield the sums of the answer key for each provider, in `PROVIDER_COLUMNS` order."""
    for who in PROVIDERS:
        counts = totals.get(who.npi, [0] * TOTALS)
        yield (who.npi, who.name, who.habit, *counts[:4], *map(tables.dollars, counts[4:]))


def fee_rows() -> Iterator[Row]:
    """Yield what each payer allows a physician for one unit of each code it pays, by setting."""
    for payer in fees.PAYERS:
        for name in (*fees.RVU, *fees.DRUGS):
            code, _, component = name.partition("-")
            for setting in ("office", "facility"):
                prices = fees.Prices(payer, facility=setting == "facility")
                cents = prices.cents(code, (component,) if component else ())
                if cents:
                    yield (payer, code, component, setting, tables.dollars(cents))


def generate(
    out: Path,
    seed: int = SEED,
    patients: int | None = PATIENTS,
    lines: int | None = None,
    format: str = "csv",
    documentation: bool = True,
    block: int = BLOCK,
    processes: int = 1,
    progress: bool = False,
) -> dict[str, int]:
    """Write the practice to the folder *out* and return the counts of what was written.

    Args:
        out: folder to write to; made if absent.
        seed: any whole number; the same seed gives the same files on every machine.
        patients: how many patients to make, or None to make patients until *lines*.
        lines: stop after the block of patients that reaches this many billed lines.
        format: "csv" or "parquet", for the claim lines.
        documentation: whether to write records, notes and the answer key of the last quarter.
        block: patients made between two writes; memory is bounded by this many.
        processes: how many processes make blocks; the files are the same for any number.
        progress: whether to report progress on standard error.

    Returns:
        Counts by name: encounters, lines, documented encounters, encounters with an error.
    """
    out.mkdir(parents=True, exist_ok=True)
    claims: Rows = (
        CsvFile(out / "claims.csv", tables.CLAIM_COLUMNS)
        if format == "csv"
        else ParquetClaims(out / "claims.parquet")
    )
    files: list[Rows | TextFile] = [claims]
    if documentation:
        records, notes = TextFile(out / "documentation.jsonl"), TextFile(out / "notes.jsonl")
        key = CsvFile(out / "answer_key.csv", tables.KEY_COLUMNS)
        files += [records, notes, key]
    counts, totals, began = Counter[str](), dict[str, list[int]](), time.monotonic()
    for made in blocks(seed, patients, documentation, block, processes):
        claims.write(made.claims)
        if documentation:
            records.write_lines(made.records)
            notes.write_lines(made.notes)
            key.write(made.key)
        for npi, row in made.totals.items():
            before = totals.get(npi, [0] * TOTALS)
            totals[npi] = [a + b for a, b in zip(before, row, strict=True)]
        counts.update(encounters=made.encounters, lines=len(made.claims),
                      documented=made.documented, planted=made.planted)  # fmt: skip
        if progress:
            rate = counts["lines"] / (time.monotonic() - began)
            sys.stderr.write(f"\r{counts['lines']:,} lines, {rate:,.0f} a second")
        if lines is not None and counts["lines"] >= lines:
            break
    for file in files:
        file.finish()
    if documentation:
        write_csv(out / "answer_key_by_provider.csv", PROVIDER_COLUMNS, provider_rows(totals))
    write_csv(out / "providers.csv", ("npi", "name", "taxonomy", "role"),
              ((p.npi, p.name, p.taxonomy, p.role) for p in PROVIDERS))  # fmt: skip
    write_csv(out / "fees.csv", ("payer", "code", "component", "setting", "allowed"), fee_rows())
    return dict(counts)


def main() -> None:
    """Read the command line and make the practice."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--out", type=Path, required=True, help="folder to write to")
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--scale", type=float, default=1.0, help="multiple of the shipped practice")
    ask.add_argument("--lines", type=int, help="make patients until this many billed lines")
    ask.add_argument("--format", choices=("csv", "parquet"), default="csv")
    ask.add_argument("--processes", type=int, default=1)
    ask.add_argument("--no-documentation", action="store_true", help="claim lines only")
    asked = ask.parse_args()
    began = time.monotonic()
    counts = generate(
        asked.out, asked.seed, None if asked.lines else round(PATIENTS * asked.scale),
        asked.lines, asked.format, not asked.no_documentation, processes=asked.processes,
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    took = time.monotonic() - began
    sys.stdout.write(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    sys.stdout.write(f" in {took:.1f} s\n")


if __name__ == "__main__":
    main()
