"""Count faults tried and survived over every act that changes files.

Usage: uv run python benchmarks/trust_faults.py [--each N] [--acts NAME ...]

For each act the operations on files are counted in an undisturbed run. Then, at every N-th of
them, the process is killed, the disk is full, permission is lost, or one operation fails; and
the act is killed at random moments. Survived means: the old or the new state stands whole,
verify says which, the error is one of ours, and doing the act again ends in the same bytes. Where
one report fails by itself the others are put in place and sealed: part of the new state. The act
"first run" is all stages at once; faults in it are five times as far apart.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "fault"))

import acts
from injection import KINDS, Fault, Nursery
from trials import ground, trial

#: Acts whose parts are acts of their own: how many times as far apart their faults are.
SPARSER = {"first run": 5}


def main() -> int:
    """Try the faults and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=1, help="every N-th operation")
    parser.add_argument("--moments", type=int, default=10, help="kills at random moments")
    parser.add_argument("--acts", nargs="*", default=[*acts.DO])
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--seed", type=int, default=9)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    nursery, failed, began = Nursery(), 0, time.monotonic()
    print(
        f"{'act':<15} {'fault':<14} {'tried':>6} {'old':>5} {'new':>5} {'part':>5} {'survived':>9}"
    )
    total = [0, 0]
    with tempfile.TemporaryDirectory() as name:
        for act in options.acts:
            on = ground(nursery, act, Path(name) / act)
            points = range(1, on.operations + 1, options.each * SPARSER.get(act, 1))
            plans = {kind: [Fault(kind, at) for at in points] for kind in options.kinds}
            plans["random kill"] = [
                Fault(seconds=rng.uniform(0.005, max(0.5, on.seconds)))
                for _ in range(options.moments)
            ]
            plans["file too large"] = [Fault(size=at) for at in (1, 500, 2_000)]
            for kind, faults in plans.items():
                stood = {"old": 0, "new": 0, "part": 0}
                survived = 0
                for fault in faults:
                    stands, wrong = trial(nursery, on, fault, Path(name) / "trial")
                    stood[stands] = stood.get(stands, 0) + 1
                    survived += not wrong
                    if wrong:
                        failed += 1
                        print(f"  {act}, {fault}: " + "; ".join(wrong)[-1200:], file=sys.stderr)
                total = [total[0] + len(faults), total[1] + survived]
                print(
                    f"{act:<15} {kind:<14} {len(faults):>6} {stood['old']:>5} {stood['new']:>5} "
                    f"{stood['part']:>5} {survived:>9}",
                    flush=True,
                )
    nursery.close()
    print(f"{'all':<15} {'':<14} {total[0]:>6} {'':>5} {'':>5} {'':>5} {total[1]:>9}")
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
