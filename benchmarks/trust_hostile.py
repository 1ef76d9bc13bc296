"""Count damaged files tried on every reader, and what came of them.

Usage: uv run python benchmarks/trust_hostile.py [--each N] [--seed N]

Each reader's good file is damaged N times in one to four places (bytes, cuts, lines, tokens
replaced by extremes of the syntax, members of archives) and read. Held means: it was read or
refused by an error of ours, and no message holds the word that stands for a patient.
"""

import argparse
import random
import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "fault"))

from hostile import damaged, outcome, readers


def main() -> int:
    """Try the damage and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=1_000, help="damaged files for each reader")
    parser.add_argument("--seed", default="9")
    options = parser.parse_args()
    total = [0, 0]
    print(f"{'reader':<20} {'tried':>6} {'held':>6}")
    with tempfile.TemporaryDirectory() as name:
        for reader in readers(Path(name) / "good"):
            rng = random.Random(f"{options.seed} {reader.name}")
            held = 0
            for _ in range(options.each):
                wrong = outcome(reader, damaged(reader.good, rng), Path(name) / "tried")
                held += not wrong
                if wrong:
                    print(f"  {reader.name}: {wrong[-600:]}", file=sys.stderr)
            total = [total[0] + options.each, total[1] + held]
            print(f"{reader.name:<20} {options.each:>6} {held:>6}", flush=True)
    print(f"{'all':<20} {total[0]:>6} {total[1]:>6}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"highest memory: {peak:.2f} GB")
    return total[0] - total[1]


if __name__ == "__main__":
    raise SystemExit(bool(main()))
