"""How long the planner takes, beside the loop that one would write by hand for the same figures.

Run: uv run python benchmarks/simulate.py

Target: 10,000 replicates on a frame of 100,000 units within 5 seconds on two cores.

The loop draws one sample at a time with NumPy and computes what the planner computes: point and
limits by Student's t (and by the ratio, where the planner does), and the sampled error rate.
Empirical likelihood and minimum sum, which nobody writes by hand, come from the functions for one
sample. The loop runs a tenth (for those two a hundredth) of the replicates and its time is scaled.
"""

import time

import numpy as np
from scipy import stats

from auditkit.sampling import Design, all_or_nothing, mixed, simulate
from auditkit.stats import likelihood_total, minimum_sum

UNITS, REPLICATES, TARGET = 100_000, 10_000, 5.0


def plain_loop(paid, strata, sizes, over, estimators, replicates):
    """Return coverage of each estimator's two-sided limits, one sample at a time."""
    generator = np.random.default_rng(1)
    members = [np.flatnonzero(strata == h) for h in range(len(sizes))]
    counts = np.array([len(rows) for rows in members], dtype=float)
    n = np.array(sizes, dtype=float)
    t = stats.t.ppf(0.95, int(n.sum()) - len(n))
    truth, known, held = over.sum(), paid.sum(), dict.fromkeys(estimators, 0)
    rates = []
    for _ in range(replicates):
        drawn = [
            rows[generator.choice(len(rows), size, replace=False)]
            for rows, size in zip(members, sizes, strict=True)
        ]
        y, x = [over[rows] for rows in drawn], [paid[rows] for rows in drawn]
        rates.append(sum(N * (v > 0).mean() for N, v in zip(counts, y, strict=True)) / UNITS)
        point = sum(N * v.mean() for N, v in zip(counts, y, strict=True))
        for name in estimators:
            if name == "expansion":
                spread = y
                middle = point
                stretch = 1.0
            elif name == "ratio":
                base = sum(N * v.mean() for N, v in zip(counts, x, strict=True))
                share = point / base
                spread = [v - share * u for v, u in zip(y, x, strict=True)]
                middle, stretch = share * known, known / base
            else:
                rest = np.delete(paid, drawn[0])
                found = (
                    likelihood_total(y[0], UNITS)
                    if name == "likelihood"
                    else minimum_sum(x[0], y[0], rest)
                )
                held[name] += found.lower <= truth <= found.upper
                continue
            variance = sum(
                N * (N - m) / m * v.var(ddof=1)
                for N, m, v in zip(counts, n, spread, strict=True)
            )  # fmt: skip
            se = stretch * variance**0.5
            held[name] += middle - t * se <= truth <= middle + t * se
    return {name: count / replicates for name, count in held.items()}


def timed(call, runs=3):
    """Return the shortest of *runs* in seconds, and the last result."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - started)
    return min(times), result


def main():
    """Print one row per case: seconds of both, their ratio, target met."""
    paid = np.random.default_rng(7).lognormal(4.5, 1.0, UNITS)
    bands = np.digitize(paid, np.quantile(paid, [0.5, 0.8, 0.95]))
    whole = np.zeros(UNITS, dtype=int)
    both, four = ["expansion", "ratio"], ["expansion", "ratio", "likelihood", "minimum_sum"]
    cases = [
        ("100 at random, t", whole, [100], all_or_nothing(0.1), ["expansion"], 10),
        ("100 at random, t and ratio", whole, [100], all_or_nothing(0.1), both, 10),
        ("400 at random, t and ratio", whole, [400], all_or_nothing(0.1), both, 10),
        ("200 in four strata, t and ratio", bands, [50] * 4, mixed(0.15), both, 10),
        ("100 at random, all four estimators", whole, [100], mixed(0.15), four, 100),
    ]
    print("| case | planner, s | loop, s | loop / planner | within 5 s | coverage of both |")
    print("|---|---|---|---|---|---|")
    for name, strata, sizes, pattern, estimators, part in cases:
        design = Design(
            name, dict(enumerate(sizes)) if len(sizes) > 1 else sizes[0],
            tuple(strata.tolist()) if len(sizes) > 1 else None,
        )  # fmt: skip
        seconds, run = timed(
            lambda d=design, p=pattern, e=estimators: simulate(
                paid, d, p, estimators=e, replicates=REPLICATES
            )
        )
        over = pattern.overpaid(paid, np.random.default_rng(1), 1)[0]
        loop, held = timed(
            lambda s=strata, z=sizes, e=estimators, o=over, k=REPLICATES // part: plain_loop(
                paid, s, z, o, e, k
            ),
            runs=1,
        )
        loop *= part
        covered = f"{run.outcomes[0].coverage:.3f}, {held['expansion']:.3f}"
        met = "yes" if seconds <= TARGET else "NO"
        print(f"| {name} | {seconds:.2f} | {loop:.1f} | {loop / seconds:.1f} | {met} | {covered} |")


if __name__ == "__main__":
    main()
