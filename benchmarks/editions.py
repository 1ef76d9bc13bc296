"""Import of a whole PTP edition: seconds and memory, beside a plain pandas read of the same files.

Run: uv run python benchmarks/editions.py [FILE…]. FILE are the four parts as CMS publishes them;
without them a synthetic edition of 2,546,017 rows is made.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import universe

from auditkit.reference import Editions, Store

ROWS = 2_546_017


def imported(files: list[Path], folder: Path) -> int:
    """Import the four parts."""
    return Store(folder / "store").add(files)[0].edition.rows


def with_pandas(files: list[Path], folder: Path) -> int:
    """Read the four parts with pandas and write them as Parquet, unchecked and unsorted."""
    parts = [
        pd.read_csv(path, sep="\t", skiprows=6, header=None, dtype="category", compression="infer")
        for path in files
    ]
    whole = pd.concat(parts)
    whole.columns = [str(name) for name in whole.columns]
    whole.astype("str").to_parquet(folder / "plain.parquet")
    return len(whole)


def measured(task: Callable[[list[Path], Path], int], files: list[Path], folder: Path) -> None:
    """Print seconds and peak memory of *task*, in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(task, files, folder))
    process.start()
    process.join()


def _run(task: Callable[[list[Path], Path], int], files: list[Path], folder: Path) -> None:
    begun = time.perf_counter()
    rows = task(files, folder)
    seconds = time.perf_counter() - begun
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{task.__name__:12} {rows:>10,} rows {seconds:6.2f} s "
        f"{usage.ru_utime + usage.ru_stime:6.2f} processor s {usage.ru_maxrss / 1e3:6.0f} MB",
        flush=True,
    )


def look_ups(folder: Path) -> None:
    """Print how long one look-up takes, after the first has read the table."""
    editions, codes = Editions(folder / "store"), universe.codes()
    held = editions.store.editions("ptp")[0]
    day = date.fromordinal(held.effective_to.toordinal())
    begun = time.perf_counter()
    editions.ptp("10000", "10011", day)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    for at in range(100_000):
        editions.ptp(codes[at % 4_000], codes[at % 3_989], day)
    print(f"look-up: first {first:.2f} s, then {(time.perf_counter() - begun) * 10:.1f} µs each")


def main() -> None:
    """Measure the import, the plain read, and the look-ups."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [Path(one) for one in sys.argv[1:]] or universe.write_pairs(folder, ROWS)
        measured(imported, files, folder)
        measured(with_pandas, files, folder)
        look_ups(folder)


if __name__ == "__main__":
    main()
