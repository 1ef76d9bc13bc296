"""FHIR read as claims and as documented elements, beside a bare parse of the same JSON.

Run: uv run python benchmarks/record_sources.py [claims]. The sample practice, written as NDJSON
in the layouts of CARIN Blue Button and US Core by the tests' builder.
"""

import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "unit"))
from fhir_builder import NPI, encounter, note, of_claims, patient, write_ndjson  # noqa: E402

from auditkit import read_claims  # noqa: E402
from auditkit.documentation.sources import read_record  # noqa: E402
from auditkit.documentation.sources.assembly import merging  # noqa: E402


def practice(folder: Path, claims: int) -> Path:
    """Write the first *claims* claims of the sample practice and as many of its visits."""
    lines = read_claims(ROOT / "sample_data" / "claims.csv")
    lines = lines[lines["claim_id"].isin(sorted(lines["claim_id"].unique())[:claims])]
    resources = of_claims(lines)
    with (ROOT / "sample_data" / "notes.jsonl").open(encoding="utf-8") as file:
        notes = [json.loads(line) for _, line in zip(range(claims), file, strict=False)]
    known = {each["id"] for each in resources}
    for number, each in enumerate(notes):
        who = {"individual": {"identifier": {"system": NPI, "value": each["rendering_npi"]}}}
        visit = encounter(f"V{number}", each["dos"], participant=[who])
        visit["subject"] = {"reference": f"Patient/pat-{each['patient_key']}"}
        context = {"encounter": [{"reference": f"Encounter/V{number}"}]}
        resources += [visit, note(each["text"], f"D{number}", context=context, author=[])]
        if f"pat-{each['patient_key']}" not in known:
            resources.append(patient(each["patient_key"]))
    return write_ndjson(folder / "practice.ndjson", resources)


def bare(path: Path) -> int:
    """Parse every line and keep nothing."""
    with path.open("rb") as file:
        return sum(bool(json.loads(line)) for line in file)


def merged(path: Path, notes: bool) -> int:
    """Merge every encounter and keep none."""
    return sum(1 for _ in merging(read_record([path]), b"", notes=notes))


def main() -> None:
    """Print processor seconds, and the most memory that Python held, of each way."""
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as name:
        path = practice(Path(name), claims)
        ways: dict[str, Callable[[], int]] = {
            "bare parse": lambda: bare(path),
            "claims": lambda: len(read_claims(path)),
            "record, notes not read": lambda: merged(path, notes=False),
            "record, notes read": lambda: merged(path, notes=True),
        }
        print(f"{path.stat().st_size / 1e6:.1f} MB of NDJSON")
        for way, work in ways.items():
            start = time.process_time()
            count = work()
            seconds = time.process_time() - start
            tracemalloc.start()
            work()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            print(f"{way:24} {count:7,} {seconds:6.2f} s {peak / 1e6:7.1f} MB")


if __name__ == "__main__":
    main()
