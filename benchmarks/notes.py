"""Notes read per second and core, beside a naive keyword pass over the same notes.

Run: uv run python benchmarks/notes.py [notes.csv]. Without a file, the sample practice's notes.
"""

import csv
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from auditkit.documentation.reader import read_note

KEYWORDS = re.compile(
    r"punch biops|shave biops|excision|excised|mohs|flap|graft|destruction|liquid nitrogen"
    r"|cryo|repair|sutur|inject|incision and drainage|nail|debrid",
    re.IGNORECASE,
)


def texts(path: Path) -> list[str]:
    """Return the notes of a CSV (`transcription` or `text`) or of JSON lines (`text`)."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line)["text"] for line in file]
        return [row.get("transcription") or row.get("text") or "" for row in csv.DictReader(file)]


def per_second(work: Callable[[str], object], notes: list[str], rounds: int = 5) -> float:
    """Return the median number of notes per second of processor time, after one round to warm."""
    speeds = []
    for number in range(rounds + 1):
        start = time.process_time()
        for note in notes:
            work(note)
        if number:
            speeds.append(len(notes) / (time.process_time() - start))
    return statistics.median(speeds)


def main() -> None:
    """Print notes and characters per second of the reader and of the keyword pass."""
    sample = Path(__file__).resolve().parent.parent / "sample_data" / "notes.jsonl"
    notes = texts(Path(sys.argv[1]) if len(sys.argv) > 1 else sample)[:500]
    length = statistics.mean(map(len, notes))
    print(f"{len(notes)} notes of {length:,.0f} characters on average, one core")
    for name, work in (("keyword pass", KEYWORDS.findall), ("note reader", read_note)):
        speed = per_second(work, notes)
        print(f"{name:<14}{speed:>12,.0f} notes/s {speed * length / 1e6:>8.2f} M characters/s")


if __name__ == "__main__":
    main()
