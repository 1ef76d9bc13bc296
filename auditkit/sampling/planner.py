"""The planner: try a design on the user's own frame before any chart is pulled.

Errors are made up by a stated pattern, thousands of samples are drawn under the plan, and each
is estimated as the real one would be. What comes out is what the plan can and cannot tell: how
often its interval holds the truth, how often its lower limit is worth nothing, how often it
passes a provider who should fail.

Random numbers come from NumPy's PCG64 generator with the seed given; the same seed, inputs and
NumPy version give the same result.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from auditkit.sampling._batch import ESTIMATORS, Batch, Limits, Stratum
from auditkit.sampling.designs import Design, cut, read_designs
from auditkit.sampling.patterns import ErrorPattern
from auditkit.sampling.simulation import Outcome, PassChance, Simulation
from auditkit.stats import _check

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

#: Intervals kept of each outcome for a picture.
PICTURED = 100

#: Sampled amounts worked on at a time.
CACHED = 250_000

#: Estimators tried unless others are named.
DEFAULT_ESTIMATORS = ("expansion", "ratio")


def simulate(
    amounts: Iterable[float],
    plan: int | Mapping[Any, int] | Design | Sequence[Design],
    pattern: ErrorPattern | Sequence[ErrorPattern],
    strata: Iterable[Hashable] | None = None,
    estimators: Sequence[str] = DEFAULT_ESTIMATORS,
    level: float = 0.90,
    good_rate: float = 0.05,
    bad_rate: float = 0.20,
    pass_mark: float = 0.10,
    replicates: int = 10_000,
    populations: int = 10,
    seed: int = 20250101,
) -> Simulation:
    """Simulate a sampling plan on a frame, under one or more patterns of error.

    Args:
        amounts: Amount paid of every unit of the frame, not negative, shape ``(N,)``.
        plan: Units to sample; a mapping by stratum label (with *strata*); or designs to compare.
        pattern: One or more patterns; see :mod:`auditkit.sampling.patterns`.
        strata: Stratum label of every unit, when *plan* is a mapping.
        estimators: Names from ``expansion``, ``ratio``, ``likelihood``, ``minimum_sum``.
        level: Confidence level of the two-sided and the one-sided limits.
        good_rate: True error rate of a provider who should pass.
        bad_rate: True error rate of a provider who should fail.
        pass_mark: A provider passes with an estimated error rate of at most this.
        replicates: Samples drawn under each design.
        populations: Sets of errors made up for each pattern; samples are spread over them.
        seed: Seed of the generator, a whole number.

    Returns:
        A :class:`Simulation`: coverage, widths, chances, a recommendation and data for a picture.

    Raises:
        PlanError: A stratum without a size, a size that its stratum cannot hold, or a single
            unit from a stratum of several.
        StatisticsError: Amounts that are not numbers or are negative; a rate, level or count
            out of range; an unknown estimator.

    Source:
        Design-based simulation; recommended before selection by Edwards et al. (2003) and
        Ignatova and Edwards (2008), because normal limits can fail for overpayments.
    """
    paid = _check.amounts("amounts", amounts, at_least=2, nonnegative=True)
    level = _check.level("level", level)
    rates = [
        _check.number(name, rate, at_least=0.0, at_most=1.0)
        for name, rate in (("good_rate", good_rate), ("bad_rate", bad_rate))
    ]
    mark = _check.number("pass_mark", pass_mark, at_least=0.0, at_most=1.0)
    populations = _check.whole("populations", populations, at_least=1)
    replicates = _check.whole("replicates", replicates, at_least=max(100, populations))
    seed = _check.whole("seed", seed, at_least=0)
    for name in estimators:
        _check.choice("estimators", name, tuple(ESTIMATORS))
    designs = read_designs(plan, strata)
    patterns = [pattern] if isinstance(pattern, ErrorPattern) else list(pattern)
    generator = np.random.Generator(np.random.PCG64(seed))
    over = [each.overpaid(paid, generator, populations) for each in patterns]
    wrong = [
        patterns[0].at_rate(rate).overpaid(_ones(paid), generator, populations) > 0
        for rate in rates
    ]
    outcomes: list[Outcome] = []
    passes: list[PassChance] = []
    pictures: list[pd.DataFrame] = []
    for design in designs:
        layout = cut(design, paid)
        run = _run(layout, over, wrong, estimators, level, replicates, generator)
        n = sum(s.n for s in layout)
        for p, each in enumerate(patterns):
            truth = over[p].sum(axis=1)[run.population]
            for name in estimators:
                found = run.limits[p, name]
                outcome = _outcome(design.name, each.describe(), name, n, truth, found)
                outcomes.append(outcome)
                pictures.append(_picture(outcome, truth, found))
        good, bad = (float(np.mean(rate > mark + 1e-12)) for rate in run.rates)
        passes.append(PassChance(design.name, n, mark, rates[1], 1.0 - bad, rates[0], good))
    return Simulation(
        tuple(outcomes),
        tuple(passes),
        level,
        len(paid),
        replicates,
        populations,
        seed,
        f"numpy {np.__version__} PCG64",
        pd.concat(pictures, ignore_index=True),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """All simulated samples of one design."""

    population: Rows
    limits: dict[tuple[int, str], Limits]
    rates: tuple[Array, Array]


def _run(
    strata: tuple[Stratum, ...],
    over: list[Array],
    wrong: list[npt.NDArray[np.bool_]],
    estimators: Sequence[str],
    level: float,
    replicates: int,
    generator: np.random.Generator,
) -> _Run:
    times = len(over[0])
    shares = np.diff(np.linspace(0, replicates, times + 1).astype(int))
    limits: dict[tuple[int, str], list[Limits]] = {}
    rates: tuple[list[Array], list[Array]] = ([], [])
    universe = sum(s.size for s in strata)
    for block in _blocks(shares, sum(s.n for s in strata)):
        drawn = [
            [draw_places(generator, s.size, s.n, int(shares[which])) for s in strata]
            for which in block
        ]
        owner = np.repeat(block, shares[block])[:, None]
        places = tuple(np.concatenate(each) for each in zip(*drawn, strict=True))
        units = [s.units[place] for s, place in zip(strata, places, strict=True)]
        paid = tuple(s.amounts[place] for s, place in zip(strata, places, strict=True))
        for p, errors in enumerate(over):
            batch = Batch(strata, places, paid, tuple(errors[owner, rows] for rows in units))
            for name in estimators:
                limits.setdefault((p, name), []).append(ESTIMATORS[name](batch, level))
        for into, marked in zip(rates, wrong, strict=True):
            weighted = [
                s.size / universe * marked[owner, rows].mean(axis=1)
                for s, rows in zip(strata, units, strict=True)
            ]
            into.append(np.asarray(sum(weighted)))
    joined = {key: _joined(parts) for key, parts in limits.items()}
    good, bad = (np.concatenate(each) for each in rates)
    return _Run(np.repeat(np.arange(times), shares), joined, (good, bad))


def _blocks(shares: Rows, n: int) -> list[list[int]]:
    """Return the populations in blocks whose samples fit a processor's cache together.

    Few large arrays are quicker than many small ones, until they no longer fit.
    """
    blocks: list[list[int]] = [[]]
    held = 0
    for which, count in enumerate(shares):
        if held and (held + count) * n > CACHED:
            blocks.append([])
            held = 0
        blocks[-1].append(which)
        held += int(count)
    return blocks


def draw_places(generator: np.random.Generator, size: int, n: int, times: int) -> Rows:
    """Return *times* simple random samples without replacement, each sorted.

    Args:
        generator: Source of the random numbers.
        size: Units to draw from, numbered from 0.
        n: Units in a sample.
        times: Samples to draw.

    Returns:
        Unit numbers, shape ``(times, n)``, ascending in each row.
    """
    if n == size:
        return np.tile(np.arange(size), (times, 1))
    if n > 0.2 * size:
        return _draw_many(generator, size, n, times)
    # Draw with replacement, then draw repeated units again: every set stays equally likely,
    # because nothing in the procedure depends on which unit bears which number.
    places = np.sort(generator.integers(0, size, size=(times, n)), axis=1)
    rows = np.arange(times)
    while True:
        repeated = places[rows, 1:] == places[rows, :-1]
        hit = repeated.any(axis=1)
        if not hit.any():
            return places
        rows, repeated = rows[hit], repeated[hit]
        block = places[rows]
        block[:, 1:][repeated] = generator.integers(0, size, size=int(repeated.sum()))
        places[rows] = np.sort(block, axis=1)


def _draw_many(generator: np.random.Generator, size: int, n: int, times: int) -> Rows:
    """Return samples that are a large part of their stratum, by ordering random keys."""
    step = max(4_000_000 // size, 1)
    parts = [
        np.argpartition(generator.random((min(step, times - first), size)), n - 1, axis=1)[:, :n]
        for first in range(0, times, step)
    ]
    return np.sort(np.concatenate(parts), axis=1)


def _outcome(
    design: str, pattern: str, estimator: str, n: int, truth: Array, found: Limits
) -> Outcome:
    # A cent of slack: a census must count as covering, whatever the order of its sum.
    slack = 0.005 + 1e-9 * np.abs(truth)
    inside = (found.lower <= truth + slack) & (truth - slack <= found.upper)
    held = found.lower_one_sided <= truth + slack
    coverage, lower_coverage = float(inside.mean()), float(held.mean())
    typical = min(lower_coverage, 1.0 - 0.5 / len(truth))
    mean_truth, lower = float(truth.mean()), float(found.lower_one_sided.mean())
    return Outcome(
        design=design,
        pattern=pattern,
        estimator=estimator,
        n=n,
        truth=mean_truth,
        coverage=coverage,
        lower_coverage=lower_coverage,
        noise=(typical * (1.0 - typical) / len(truth)) ** 0.5,
        point=float(found.point.mean()),
        width=float((found.upper - found.lower).mean()),
        lower=lower,
        lower_share=lower / mean_truth if mean_truth else None,
        worthless=float((found.lower_one_sided <= 0).mean()),
    )


def _picture(outcome: Outcome, truth: Array, found: Limits) -> pd.DataFrame:
    """Return evenly spaced replicates of an outcome: point, limits, truth and whether it held."""
    picked = np.linspace(0, len(truth) - 1, min(PICTURED, len(truth))).astype(int)
    table = pd.DataFrame(
        {
            "design": outcome.design,
            "pattern": outcome.pattern,
            "estimator": outcome.estimator,
            "replicate": picked,
            "point": found.point[picked],
            "lower": found.lower[picked],
            "upper": found.upper[picked],
            "lower_one_sided": found.lower_one_sided[picked],
            "truth": truth[picked],
        }
    )
    return table.assign(covers=table["truth"].between(table["lower"], table["upper"]))


def _joined(parts: list[Limits]) -> Limits:
    return Limits(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("point", "lower", "upper", "lower_one_sided")
        )
    )


def _ones(paid: Array) -> Array:
    """Return amounts of at least a cent, so that an error at a zero payment still counts."""
    return np.maximum(paid, 0.01)
