"""Screening at scale: seconds and memory of the five core edits, beside pandas, Polars and a scan.

Run: uv run python benchmarks/screen.py [LINES] [--pandas] [--fifty] [--all]. LINES (default
10,000,000) is the largest universe; 1,000,000 is always screened too, so that growth shows. pandas
and Polars, hand written for the same five edits, run at 1,000,000 lines (Polars at the largest as
well, pandas with --pandas, which takes 8 GB at ten million) and must find as many signals of each
edit. --fifty adds 50,000,000 lines with a memory limit of 3 GB; --all adds the edits beyond the
five. Every measurement is a process of its own; memory is the peak of that process, as Linux
counts it since the process began its own program (elsewhere, as the system reports it).
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import by_hand
import duckdb
import universe

from auditkit.edits import screening
from auditkit.reference import Store

FIVE = ["PTP", "MUE-LINE", "MUE-DAY", "GLOBAL", "DUPLICATE"]
SCANNED = (
    "claim_id",
    "patient_key",
    "rendering_npi",
    "billing_npi",
    "dos_from",
    "code",
    "mod1",
    "units",
)
SMALL = 1_000_000


def scan(lines: Path, store: Path) -> dict[str, int]:
    """Read the eight columns that the edits need, and do nothing with them."""
    wanted = ", ".join(f"max({name})" for name in SCANNED)
    duckdb.sql(f"select {wanted} from read_parquet('{lines}/*.parquet')").fetchall()
    return {}


def ours(
    lines: Path, store: Path, edits: list[str] | None = FIVE, limit: str = "1250MB"
) -> dict[str, int]:
    """Screen with the five edits and write the signals."""
    found = screening(lines, Store(store), edits, memory_limit=limit, out=lines / "../signals")
    counted = duckdb.sql(
        f"select edit_id, count(*) from '{found.signals}/*.parquet' group by edit_id"
    )
    return dict(counted.fetchall())


def every(lines: Path, store: Path) -> dict[str, int]:
    """Screen with every edit that the store allows."""
    return ours(lines, store, None)


def limited(lines: Path, store: Path) -> dict[str, int]:
    """Screen with the five edits within 3 GB of DuckDB memory."""
    return ours(lines, store, FIVE, "3GB")


def measured(task: Callable[[Path, Path], dict[str, int]], lines: Path, store: Path) -> dict:
    """Return seconds, processor seconds, peak megabytes and rows, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.SimpleQueue = context.SimpleQueue()
    process = context.Process(target=_measure, args=(task, lines, store, queue))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{task.__name__} failed")
    return queue.get()


def _measure(task: Callable, lines: Path, store: Path, queue: multiprocessing.SimpleQueue) -> None:
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    rows = task(lines, store)
    after = resource.getrusage(resource.RUSAGE_SELF)
    queue.put(
        {
            "seconds": time.perf_counter() - begun,
            "processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "megabytes": _peak(after.ru_maxrss),
            "rows": rows,
        }
    )


def _peak(reported: float) -> float:
    """Return the peak of this process in megabytes; what Linux reports counts the parent's too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return reported / 1e3
    own = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(own.split()[1]) / 1e3


def show(name: str, lines: int, result: dict) -> None:
    """Print one measurement."""
    print(
        f"{name:34} {lines:>11,} lines {result['seconds']:8.2f} s {result['processor']:8.2f} "
        f"processor s {result['megabytes']:7.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lines", nargs="?", type=int, default=10_000_000)
    parser.add_argument("--pandas", action="store_true")
    parser.add_argument("--fifty", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    results: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = place / "store"
        universe.write_store(store, place / "files")
        for size in sorted({SMALL, asked.lines}):
            universe.write_lines(place / f"lines-{size}" / "claims", size)

        def run(name: str, task: Callable, size: int) -> dict:
            result = measured(task, place / f"lines-{size}" / "claims", store)
            results[f"{name} {size}"] = result
            show(name, size, result)
            return result

        scan_large = run("bare scan of eight columns", scan, asked.lines)
        small = run("auditkit, five edits", ours, SMALL)
        large = run("auditkit, five edits", ours, asked.lines)
        pandas = run("pandas, by hand", by_hand.with_pandas, SMALL)
        polars = run("Polars, by hand", by_hand.with_polars, SMALL)
        polars_large = run("Polars, by hand", by_hand.with_polars, asked.lines)
        assert small["rows"] == pandas["rows"] == polars["rows"], (small, pandas, polars)
        assert large["rows"] == polars_large["rows"], (large, polars_large)
        print(f"as many signals from each: {large['rows']}")
        print(
            f"pandas / auditkit at {SMALL:,}: {pandas['seconds'] / small['seconds']:.1f} times "
            f"the seconds, {pandas['megabytes'] / small['megabytes']:.1f} times the memory"
        )
        print(
            f"Polars / auditkit at {asked.lines:,}: "
            f"{polars_large['seconds'] / large['seconds']:.2f} times the seconds, "
            f"{polars_large['megabytes'] / large['megabytes']:.2f} times the memory"
        )
        print(
            f"auditkit / bare scan at {asked.lines:,}: "
            f"{large['seconds'] / scan_large['seconds']:.1f} times the seconds"
        )
        print(
            f"growth from {SMALL:,} to {asked.lines:,} ({asked.lines / SMALL:g} times the "
            f"lines): {large['seconds'] / small['seconds']:.1f} times the seconds"
        )
        if asked.pandas:
            pandas_large = run("pandas, by hand", by_hand.with_pandas, asked.lines)
            assert large["rows"] == pandas_large["rows"], (large, pandas_large)
            print(
                f"pandas / auditkit at {asked.lines:,}: "
                f"{pandas_large['seconds'] / large['seconds']:.1f} times the seconds, "
                f"{pandas_large['megabytes'] / large['megabytes']:.1f} times the memory"
            )
        if asked.all:
            more = run("auditkit, every edit", every, asked.lines)
            print(f"every edit / five edits: {more['seconds'] / large['seconds']:.2f} times")
        if asked.fifty:
            universe.write_lines(place / "lines-50000000" / "claims", 50_000_000)
            fifty = run("auditkit, five edits, 3 GB", limited, 50_000_000)
            print(
                f"growth to 50,000,000: {fifty['seconds'] / large['seconds']:.1f} times the "
                f"seconds of {asked.lines:,}"
            )
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
