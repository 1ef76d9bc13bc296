"""How long the planner takes, beside the loop that one would write by hand.

Run: uv run python benchmarks/simulate.py

Target: 10,000 replicates on a frame of 100,000 units within 5 seconds on two cores.
"""

import time

import numpy as np
from scipy import stats

from auditkit.sampling._batch import ESTIMATORS
from auditkit.sampling.designs import Design
from auditkit.sampling.patterns import all_or_nothing, mixed
from auditkit.sampling.planner import simulate

UNITS, REPLICATES, TARGET = 100_000, 10_000, 5.0


def naive(paid, n, rate, replicates):
    """Simulate mean-per-unit t limits one sample at a time, the plain NumPy way."""
    generator = np.random.default_rng(1)
    over = np.where(generator.random(len(paid)) < rate, paid, 0.0)
    truth, held = over.sum(), 0
    t = stats.t.ppf(0.95, n - 1)
    for _ in range(replicates):
        rows = generator.choice(len(paid), n, replace=False)
        point = len(paid) * over[rows].mean()
        se = len(paid) * over[rows].std(ddof=1) * ((1 - n / len(paid)) / n) ** 0.5
        held += point - t * se <= truth <= point + t * se
    return held / replicates


def timed(call):
    """Return the shortest of three runs in seconds, and the last result."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - started)
    return min(times), result


def main():
    """Print one row per case: seconds, ratio to the plain loop, target met."""
    paid = np.random.default_rng(7).lognormal(4.5, 1.0, UNITS)
    bands = np.digitize(paid, np.quantile(paid, [0.5, 0.8, 0.95])).astype(str)
    stratified = Design("four bands", dict.fromkeys("0123", 50), tuple(bands))
    cases = {
        "100 at random, t": lambda: simulate(
            paid, 100, all_or_nothing(0.1), estimators=["expansion"], replicates=REPLICATES
        ),
        "100 at random, defaults": lambda: simulate(
            paid, 100, all_or_nothing(0.1), replicates=REPLICATES
        ),
        "400 at random, defaults": lambda: simulate(
            paid, 400, all_or_nothing(0.1), replicates=REPLICATES
        ),
        "200 in four strata, defaults": lambda: simulate(
            paid, stratified, mixed(0.15), replicates=REPLICATES
        ),
        "100 at random, all four estimators": lambda: simulate(
            paid, 100, mixed(0.15), estimators=list(ESTIMATORS), replicates=REPLICATES
        ),
    }
    base, coverage = timed(lambda: naive(paid, 100, 0.1, REPLICATES))
    print(f"plain loop, 100 at random, t only: {base:.2f} s (coverage {coverage:.3f})\n")
    print("| case | seconds | plain loop / this | within 5 s |")
    print("|---|---|---|---|")
    for name, call in cases.items():
        seconds, _ = timed(call)
        met = "yes" if seconds <= TARGET else "NO"
        print(f"| {name} | {seconds:.2f} | {base / seconds:.1f} | {met} |")


if __name__ == "__main__":
    main()
