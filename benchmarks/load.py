"""A large audit from claims to sealed evidence: seconds and memory of each step.

Run: uv run python benchmarks/load.py [--practices 10] [--charts 100] [--keep FOLDER]. The audit has
ten providers for each practice and --charts charts for each provider: 100 providers and 10,000
charts by default. The charts are the sample practice's, made anew for each practice with patients
and providers of its own. Each step is the command that a user gives, in a process of its own.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

STEPS = ("frame", "seed", "draw", "collect", "code", "score", "report", "verify", "pack")


def npi(number: int) -> str:
    """Return a provider number of the synthetic range with its check digit."""
    body = f"18{number:07d}"
    doubled = [
        one * 2 - 9 * (one > 4) if at % 2 == 0 else one
        for at, one in enumerate(reversed([int(digit) for digit in f"80840{body}"]))
    ]
    return f"{body}{-sum(doubled) % 10}"


def make_practices(folder: Path, practices: int) -> list[str]:
    """Write claims, documentation and providers of *practices* sample practices as one."""
    with (
        (folder / "claims.csv").open("w", newline="") as claims,
        (folder / "documentation.jsonl").open("w") as documents,
        (folder / "providers.csv").open("w", newline="") as providers,
    ):
        for number in range(practices):
            own = folder / f"practice-{number}"
            made_by = [sys.executable, "-m", "sample_data.generate", "--seed", str(number + 1)]
            subprocess.run([*made_by, "--out", str(own)], check=True, stdout=subprocess.DEVNULL)
            names = [row["npi"] for row in csv.DictReader((own / "providers.csv").open())]
            renamed = {name: npi(number * 100 + at) for at, name in enumerate(names)}
            for target, name in (
                (claims, "claims.csv"), (documents, "documentation.jsonl"),
                (providers, "providers.csv"),
            ):  # fmt: skip
                lines = apart(own / name, number, renamed)
                if number and name.endswith(".csv"):
                    next(lines)
                target.writelines(lines)
    return sorted(renamed)


def apart(path: Path, number: int, renamed: dict[str, str]) -> Iterator[str]:
    """Yield the lines of *path* with patients, claims and providers of practice *number*."""
    changes = [
        *renamed.items(),
        ("1999900008", npi(number * 100 + 99)),
        ("P0", f"P{number:02d}0"), ("C0", f"C{number:02d}0"),
    ]  # fmt: skip
    with path.open() as lines:
        for line in lines:
            for old, new in changes:
                line = line.replace(old, new)
            yield line


def settings(folder: Path, audit: Path, charts: int) -> None:
    """Name the other inputs and the size in the audit's settings and plan."""
    text = (audit / "audit.toml").read_text()
    for name, file in (("documentation", "documentation.jsonl"), ("providers", "providers.csv")):
        line = next(one for one in text.splitlines() if one.startswith(f"# {name} ="))
        text = text.replace(line, f"{name} = {json.dumps(os.path.relpath(folder / file, audit))}")
    # The sample practice has records of its last quarter only.
    for name in ("dos_from", "dos_to"):
        text = text.replace(f"# {name} =", f"{name} =")
    (audit / "audit.toml").write_text(text)
    plan = audit / "plan.toml"
    plan.write_text(plan.read_text().replace("per_stratum = 10", f"per_stratum = {charts}"))


def step(*words: str) -> dict[str, float]:
    """Run `auditkit` with *words*; return seconds, processor seconds and peak megabytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from auditkit.cli import main; main()", *words],
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"auditkit {words[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return {
        "seconds": time.perf_counter() - begun,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1e3,
    }


def main() -> None:
    """Make the practices, audit them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practices", type=int, default=10)
    parser.add_argument("--charts", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="a folder to leave the audit in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        make_practices(folder, asked.practices)
        audit = folder / "reports" / "load"
        step("init", str(audit), "--claims", str(folder / "claims.csv"))
        settings(folder, audit, asked.charts)
        total = 0.0
        print("| step | seconds | processor seconds | peak MB |\n|---|---|---|---|")
        for name in STEPS:
            options = ["--by", "benchmark"] if name == "seed" else []
            used = step(name, str(audit), *options)
            total += used["seconds"]
            print(
                f"| {name} | {used['seconds']:.1f} | {used['processor']:.1f} "
                f"| {used['megabytes']:,.0f} |",
                flush=True,
            )
        with (audit / "sample.csv").open() as drawn:
            rows = list(csv.DictReader(drawn))
        providers = len({row["stratum"] for row in rows})
        print(f"{providers} providers, {len(rows):,} charts, {total:.0f} seconds in all")


if __name__ == "__main__":
    main()
