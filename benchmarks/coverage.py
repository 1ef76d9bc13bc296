"""Do the lower limits hold as often as they state? A published study, reproduced and explained.

Run: uv run python benchmarks/coverage.py [replicates]

The study (N = 1,000, simple random samples, nominal one-sided 90 %) prints, for each method, the
coverage and the mean bound over the true total. Each row is simulated again, set beside it, and
followed by what auditkit tells the user in that situation. The study does not state the spread
of its lognormal payments; 1.1 (log scale) is assumed, so those rows agree roughly. Its bootstrap
has no finite population correction, so ours is run without one beside it ("plain"), and again as
the estimate uses it.
"""

import sys
import time

import numpy as np

from auditkit.sampling.patterns import all_or_nothing
from auditkit.sampling.planner import draw_places, simulate
from auditkit.stats.bootstrap import bootstrap_total
from auditkit.stats.cautions import few_nonzero, full_errors

UNIVERSE = 1000
SEED = 20250314
LOG_SPREAD = 1.1
BOOTSTRAPS = 1000

#: Payments, error rate, n; then coverage and mean bound for t, likelihood, BCa, minimum sum.
STUDY = [
    ("equal", 0.05, 30, (0.947, 0.12), (0.948, 0.37), (0.937, 0.36), (0.947, 0.31)),
    ("equal", 0.50, 100, (0.916, 0.88), (0.917, 0.87), (0.928, 0.87), (0.916, 0.87)),
    ("equal", 0.85, 30, (0.846, 0.91), (0.851, 0.89), (0.901, 0.89), (0.950, 0.87)),
    ("equal", 0.95, 30, (0.803, 0.95), (0.796, 0.94), (0.796, 0.93), (1.000, 0.90)),
    ("lognormal", 0.05, 30, (0.996, -0.07), (0.926, 0.31), (0.950, 0.20), (1.000, 0.05)),
    ("lognormal", 0.15, 100, (0.955, 0.56), (0.925, 0.63), (0.919, 0.65), (1.000, 0.17)),
    ("lognormal", 0.50, 30, (0.970, 0.54), (0.909, 0.65), (0.901, 0.65), (1.000, 0.20)),
    ("lognormal", 0.95, 30, (0.964, 0.70), (0.922, 0.76), (0.915, 0.77), (1.000, 0.56)),
]

METHODS = ("expansion", "likelihood", "bootstrap", "minimum_sum")
LABELS = {
    "expansion": "Student's t",
    "likelihood": "empirical likelihood",
    "bootstrap": "BCa, plain",
    "minimum_sum": "minimum sum",
}


def bootstrap_row(paid, rate, n, replicates, rescale):
    """Return coverage and mean bound of the BCa lower limit."""
    generator = np.random.default_rng(SEED)
    held, shares = [], []
    over = all_or_nothing(rate).overpaid(paid, generator, 1)[0]
    for rows in draw_places(generator, UNIVERSE, n, replicates):
        if not over[rows].any():
            held.append(True)
            shares.append(0.0)
            continue
        found = bootstrap_total(over[rows], UNIVERSE, resamples=999, seed=1, rescale=rescale)
        held.append(found.lower_one_sided <= over.sum())
        shares.append(found.lower_one_sided / over.sum())
    return float(np.mean(held)), float(np.mean(shares))


def short(coverage):
    """Return the mark of a limit that holds less often than it states, beyond the noise."""
    return " (short)" if coverage < 0.88 else ""


def told(paid, rate, n):
    """Return the caution that a typical sample of this row carries."""
    errors = round(rate * n)
    rows = np.linspace(0, UNIVERSE - 1, n).astype(int)
    over = np.where(np.arange(n) < errors, paid[rows], 0.0)
    return " ".join((*full_errors(over, paid[rows]), *few_nonzero(over))) or "no caution"


def main(replicates=10_000):
    """Print the study, the simulation, and what the tool says."""
    started = time.perf_counter()
    lognormal = np.random.default_rng(SEED).lognormal(4.5, LOG_SPREAD, UNIVERSE)
    print(f"{replicates:,} replicates ({BOOTSTRAPS:,} for the bootstrap), seed {SEED}\n")
    print("| payments | rate | n | method | study | simulated | in errors of both |")
    print("|---|---|---|---|---|---|---|")
    for kind, rate, n, *printed in STUDY:
        paid = np.full(UNIVERSE, 100.0) if kind == "equal" else lognormal
        names = [name for name in METHODS if name != "bootstrap"]
        run = simulate(
            paid, n, all_or_nothing(rate), estimators=names, replicates=replicates,
            populations=20, seed=SEED,
        )  # fmt: skip
        found = {o.estimator: (o.lower_coverage, o.lower_share) for o in run.outcomes}
        found["bootstrap"] = bootstrap_row(paid, rate, n, BOOTSTRAPS, "plain")
        own = bootstrap_row(paid, rate, n, BOOTSTRAPS, "design")
        for name, (coverage, share) in zip(METHODS, printed, strict=True):
            ours, our_share = found[name]
            count = BOOTSTRAPS if name == "bootstrap" else replicates
            noise = (max(coverage * (1 - coverage), 0.001) * (1 / 2000 + 1 / count)) ** 0.5
            print(
                f"| {kind} | {rate:.0%} | {n} | {LABELS[name]} | {coverage:.3f}/{share:.2f} | "
                f"{ours:.3f}/{our_share:.2f}{short(ours)} | {(ours - coverage) / noise:+.1f} |"
            )
        print(
            f"| {kind} | {rate:.0%} | {n} | BCa, finite population | | "
            f"{own[0]:.3f}/{own[1]:.2f}{short(own[0])} | |"
        )
        print(f"\n  The estimate says: {told(paid, rate, n)}")
        print(f"  The planner says: {run.recommendation()}\n")
    print(f"{time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:2]))
