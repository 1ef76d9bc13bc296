"""Verify one evidence pack under other Pythons and other minor versions of the libraries.

Usage: uv run python benchmarks/trust_pythons.py PACK PYTHON ...

For each interpreter (a path, or a version that uv can find) a throw-away virtual environment is
made with another set of library versions and auditkit from this folder. There `auditkit verify`
computes every stage of the pack again, and the scores and the projection are computed once more
and compared with the packed files, number by number.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Other minor versions than those of the lock, one set for each interpreter in turn.
VERSIONS = (
    {"numpy": "2.1", "pandas": "2.3", "scipy": "1.14", "duckdb": "1.4", "pydantic": "2.10"},
    {"numpy": "2.3", "pandas": "3.0", "scipy": "1.16", "duckdb": "1.5", "pydantic": "2.12"},
)
#: What is run in each environment: the scores again, and how far they are from the packed ones.
AGAIN = """
import json, platform, re, sys, tempfile, zipfile
from importlib import metadata
from pathlib import Path
from auditkit import Audit
from auditkit.stages import stage

number = re.compile(r"(-?\\d+\\.\\d+(?:e[+-]?\\d+)?)")
with tempfile.TemporaryDirectory() as place:
    folder = Path(place) / "reports" / "packed"
    zipfile.ZipFile(sys.argv[1]).extractall(folder)
    made = stage("score").work(Audit(folder))
    same, apart = 0, 0.0
    for name, content in made.items():
        packed = (folder / name).read_bytes()
        same += packed == content
        ours, theirs = (number.split(each.decode()) for each in (content, packed))
        assert len(ours) == len(theirs) and ours[::2] == theirs[::2], name
        for one, other in zip(map(float, ours[1::2]), map(float, theirs[1::2])):
            apart = max(apart, abs(one - other) / max(abs(one), abs(other), 1e-300))
names = ("numpy", "pandas", "scipy", "duckdb", "pydantic")
print(json.dumps({
    "versions": [platform.python_version(), *map(metadata.version, names)],
    "same": f"{same} of {len(made)} files", "apart": apart,
}))
"""


def main() -> int:
    """Print one row for each interpreter; end with 1 if one of them does not agree."""
    parser = argparse.ArgumentParser()
    parser.add_argument("pack", type=Path)
    parser.add_argument("pythons", nargs="+", help="paths or versions of interpreters")
    options = parser.parse_args()
    print("| Python | numpy | pandas | scipy | duckdb | pydantic | verify | scores again | apart |")
    print("|---|---|---|---|---|---|---|---|---|")
    failed = False
    for python, versions in zip(options.pythons, cycle(VERSIONS), strict=False):
        with tempfile.TemporaryDirectory() as place:
            programs = environment(Path(place), python, versions)
            verdict = run(programs, "auditkit", "verify", str(options.pack.resolve()))
            again = run(programs, "python", "-c", AGAIN, str(options.pack.resolve()))
        if verdict.returncode:
            sys.stderr.write(verdict.stdout + verdict.stderr)
        if again.returncode:
            sys.stderr.write(again.stderr)
        told = json.loads(again.stdout) if again.returncode == 0 else None
        failed |= bool(verdict.returncode or told is None or told["apart"] > 1e-9)
        shown = told or {"versions": [python, *versions.values()], "same": "failed", "apart": 1.0}
        held = "holds" if verdict.returncode == 0 else "FAILS"
        cells = [*shown["versions"], held, shown["same"] + " same", f"{shown['apart']:.0e}"]
        print(f"| {' | '.join(cells)} |", flush=True)
    return failed


def environment(place: Path, python: str, versions: dict[str, str]) -> Path:
    """Make a virtual environment in *place* and return the folder of its programs."""
    wanted = [f"{name}=={version}.*" for name, version in versions.items()]
    for command in (
        ["uv", "venv", "--quiet", "--python", python, str(place / "venv")],
        ["uv", "pip", "install", "--quiet", "--python", str(place / "venv"), str(ROOT), *wanted],
    ):
        subprocess.run(command, check=True)
    return place / "venv" / ("Scripts" if os.name == "nt" else "bin")


def run(programs: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the environment's *programs* away from this folder, with its packages alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    full = [str(programs / command[0]), *command[1:]]
    return subprocess.run(full, capture_output=True, text=True, env=kept, cwd=programs)


if __name__ == "__main__":
    raise SystemExit(main())
