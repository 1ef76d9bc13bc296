"""Selection with probability proportional to size, and the estimators that undo it.

Items too large to be left to chance are taken with certainty; the rest are picked at equal
steps along the cumulated sizes. Rows are counted from 0, as pandas' ``.iloc`` counts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats._pps_variance import (
    ONE,
    overton_joint,
    read_probabilities,
    total_variance,
)
from auditkit.stats._uniform import uniforms
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import Estimate, from_standard_error

__all__ = [
    "PpsSample",
    "hajek_mean",
    "hansen_hurwitz",
    "horvitz_thompson",
    "inclusion_probabilities",
    "overton_joint",
    "pps_draws",
    "pps_systematic",
]

#: How the variance of a Horvitz-Thompson total is estimated; see :func:`horvitz_thompson`.
VARIANCES = ("yates_grundy", "horvitz_thompson", "brewer", "overton")

#: Whether certainty items stand ``apart`` in Brewer's and Overton's variance, or are ``pooled``.
CERTAINTY = ("apart", "pooled")


@dataclass(frozen=True, slots=True)
class PpsSample:
    """Items picked with probability proportional to size.

    Attributes:
        rows: Selected rows, counted from 0: in frame order, or in the order of draws with
            replacement, where a row can come up again.
        probabilities: Inclusion probability of each selected row (for draws with replacement, its
            chance at a single draw), same order.
        certainty: Rows taken with certainty (they are in *rows* too).
        start: The random start, in [0, 1); None for draws with replacement.
    """

    rows: npt.NDArray[np.int64]
    probabilities: Array
    certainty: npt.NDArray[np.int64]
    start: float | None


def inclusion_probabilities(sizes: Iterable[float], n: int) -> Array:
    """Return the chance of each item to be in a sample of *n*, proportional to its size.

    Items whose chance would exceed 1 are set to 1 and the rest is shared out again, until none
    exceeds 1. The probabilities sum to *n*. An item of size zero is never selected.

    Args:
        sizes: Size of every item of the frame (amount paid, or a risk score), not negative.
        n: Items to select.

    Returns:
        Probabilities in frame order, shape ``(N,)``.

    Raises:
        StatisticsError: A negative or missing size; *n* above the number of items with a size.

    Source:
        R sampling ``inclusionprobabilities``; Tillé, Sampling Algorithms (2006), sec. 2.10.
    """
    found = _check.amounts("sizes", sizes, nonnegative=True)
    n = _check.whole("n", n, at_least=1)
    positive = int(np.count_nonzero(found))
    if n > positive:
        raise StatisticsError(
            "n", f"is {n:,}, more than the {positive:,} items with a size above zero."
        )
    chances = np.zeros(len(found))
    certain = np.zeros(len(found), dtype=bool)
    while True:
        left = n - int(certain.sum())
        rest = ~certain
        total = float(found[rest].sum())
        chances[rest] = left * found[rest] / total if left else 0.0
        chances[certain] = 1.0
        over = rest & (chances >= ONE)
        if not over.any():
            return chances
        certain |= over


def pps_systematic(
    sizes: Iterable[float], n: int, start: float | None = None, seed: str | int | None = None
) -> PpsSample:
    """Return a systematic sample with probability proportional to size.

    Items with certainty are taken first. Sort the frame beforehand (by provider, by date) for
    implicit stratification; the order is part of the plan.

    Args:
        sizes: Size of every item of the frame, in frame order.
        n: Items to select.
        start: The random start in [0, 1); or
        seed: A recorded seed from which the start is computed.

    Raises:
        StatisticsError: Both or neither of *start* and *seed*; see
            :func:`inclusion_probabilities`.

    Source:
        Madow, Annals of Mathematical Statistics 20 (1949) 333-354; R sampling ``UPsystematic``.
    """
    chances = inclusion_probabilities(sizes, n)
    start = _start(start, seed)
    # Rounding first, so that a cumulated 2.9999999999 does not move the item that owns 3.
    ends = np.round(np.cumsum(chances), 10)
    points = start + np.arange(int(n))
    rows = np.searchsorted(ends, points, side="right")
    rows = np.minimum(rows, np.flatnonzero(chances)[-1])
    return PpsSample(rows, chances[rows], np.flatnonzero(chances >= ONE), start)


def pps_draws(
    probabilities: Iterable[float],
    n: int,
    seed: str | int | None = None,
    positions: Iterable[float] | None = None,
) -> PpsSample:
    """Return *n* draws with replacement, for the Hansen-Hurwitz estimate.

    Args:
        probabilities: Chance of every item of the frame at a single draw; they sum to 1.
        n: Draws.
        seed: A recorded seed; or
        positions: One number in [0, 1) for each draw: the item is the one in whose part of the
            cumulated probabilities it falls.

    Raises:
        StatisticsError: Probabilities that are negative or do not sum to 1; both or neither of
            *seed* and *positions*.

    Source:
        Hansen and Hurwitz (1943); cumulative method, Cochran (1977), sec. 9A.3.
    """
    chances = _check.shares("probabilities", probabilities)
    n = _check.whole("n", n, at_least=1)
    if (seed is None) == (positions is None):
        raise StatisticsError("seed", "or 'positions' must be given, and only one of them.")
    if positions is None:
        places = uniforms(seed if seed is not None else "", n)
    else:
        places = _check.amounts("positions", positions, nonnegative=True)
        if len(places) != n or (places >= 1.0).any():
            raise StatisticsError("positions", f"must hold {n} numbers below 1.")
    rows = np.searchsorted(np.cumsum(chances), places, side="right")
    rows = np.minimum(rows, np.flatnonzero(chances)[-1])
    return PpsSample(rows, chances[rows], np.zeros(0, dtype=np.int64), None)


def horvitz_thompson(
    values: Iterable[float],
    probabilities: Iterable[float],
    joint: npt.ArrayLike | None = None,
    variance: str | None = None,
    certainty: str = "apart",
    universe: int | None = None,
    level: float = 0.90,
) -> Estimate:
    """Return the Horvitz-Thompson estimate of a total from unequal probabilities.

    Args:
        values: Amount of interest of each sampled item.
        probabilities: Inclusion probability of each sampled item, in (0, 1].
        joint: Joint inclusion probabilities of the sampled items, shape ``(n, n)``.
        variance: ``yates_grundy`` or ``horvitz_thompson`` (both need *joint*), ``brewer`` or
            ``overton`` (need only *probabilities*). Default: Yates-Grundy with *joint*, Brewer
            without.
        certainty: Items with probability 1 add no variance of their own. ``apart`` (default)
            also keeps them out of the count and the mean of Brewer's and Overton's formulas;
            ``pooled`` leaves them in, as R survey does.
        universe: Items in the universe, for the record.
        level: Confidence level of two-sided and one-sided limits (t, items less one).

    Raises:
        StatisticsError: A probability outside (0, 1]; fewer than two items left to chance; a
            *joint* that does not fit; a Yates-Grundy or Horvitz-Thompson variance below zero.

    Source:
        Horvitz and Thompson, JASA 47 (1952) 663-685; Yates and Grundy, JRSS B 15 (1953) 253-261;
        Brewer, Combined Survey Sampling Inference (2002), ch. 9; Overton (1985); R survey
        ``svydesign(pps=)``.
    """
    found = _check.amounts("values", values)
    pi = read_probabilities(probabilities)
    _check.same_length("values", found, "probabilities", pi)
    certainty = _check.choice("certainty", certainty, CERTAINTY)
    chosen = variance or ("brewer" if joint is None else "yates_grundy")
    chosen = _check.choice("variance", chosen, VARIANCES)
    by_chance = int((pi < ONE).sum())
    if by_chance == 1:
        raise StatisticsError(
            "values", "has a single item that was left to chance; no variance can be estimated."
        )
    spread = total_variance(found, pi, joint, chosen, certainty) if by_chance else 0.0
    return _from_variance(
        f"Horvitz-Thompson total, {chosen.replace('_', '-')} variance",
        float((found / pi).sum()),
        spread,
        found,
        by_chance,
        universe,
        level,
        probabilities=tuple(pi.tolist()),
        variance=chosen,
        certainty=certainty,
    )


def hajek_mean(
    values: Iterable[float],
    probabilities: Iterable[float],
    universe: int | None = None,
    level: float = 0.90,
) -> Estimate:
    """Return the weighted mean of a sample with unequal probabilities (a rate, for 0 and 1).

    Selecting by a risk score and weighting by its inverse looks where the risk is, and still
    estimates the rate of the whole frame without bias to speak of.

    Args:
        values: Amount, or 0 and 1, of each sampled item.
        probabilities: Inclusion probability of each sampled item, in (0, 1].
        universe: Items in the universe, for the record.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: See :func:`horvitz_thompson`.

    Source:
        Hájek (1971); variance by linearisation with Brewer's formula, as R survey ``svymean``.
    """
    found = _check.amounts("values", values, at_least=2)
    pi = read_probabilities(probabilities)
    _check.same_length("values", found, "probabilities", pi)
    size = float((1.0 / pi).sum())
    mean = float((found / pi).sum()) / size
    by_chance = int((pi < ONE).sum())
    if by_chance == 1:
        raise StatisticsError(
            "values", "has a single item that was left to chance; no variance can be estimated."
        )
    residuals = (found - mean) / size
    spread = total_variance(residuals, pi, None, "brewer", "apart") if by_chance else 0.0
    estimate = _from_variance(
        "Hájek mean, Brewer variance",
        mean,
        spread,
        found,
        by_chance,
        universe,
        level,
        probabilities=tuple(pi.tolist()),
    )
    zero_one = bool(np.isin(found, (0.0, 1.0)).all())
    return estimate.named("error rate" if zero_one else "mean", "rate" if zero_one else "dollars")


def hansen_hurwitz(
    values: Iterable[float],
    probabilities: Iterable[float],
    universe: int | None = None,
    level: float = 0.90,
) -> Estimate:
    """Return the Hansen-Hurwitz estimate of a total from draws with replacement.

    Args:
        values: Amount of interest at each draw; an item drawn twice is listed twice.
        probabilities: Chance of that item at a single draw (its size over the total size).
        universe: Items in the universe, for the record.
        level: Confidence level of two-sided and one-sided limits (t, draws less one).

    Raises:
        StatisticsError: Fewer than two draws; a probability outside (0, 1].

    Source:
        Hansen and Hurwitz, Annals of Mathematical Statistics 14 (1943) 333-362.
    """
    found = _check.amounts("values", values, at_least=2)
    chances = read_probabilities(probabilities)
    _check.same_length("values", found, "probabilities", chances)
    expanded = found / chances
    n = len(found)
    return _from_variance(
        "Hansen-Hurwitz total, draws with replacement",
        float(expanded.mean()),
        float(expanded.var(ddof=1)) / n,
        found,
        n,
        universe,
        level,
        probabilities=tuple(chances.tolist()),
    )


def _start(start: float | None, seed: str | int | None) -> float:
    if (start is None) == (seed is None):
        raise StatisticsError("start", "or 'seed' must be given, and only one of them.")
    if seed is not None:
        return float(uniforms(seed, 1)[0])
    found = _check.number("start", start, at_least=0.0)
    if found >= 1.0:
        raise StatisticsError("start", f"must be below 1 (got {found:g}).")
    return found


def _from_variance(
    method: str,
    point: float,
    spread: float,
    values: Array,
    by_chance: int,
    universe: int | None,
    level: float,
    **inputs: object,
) -> Estimate:
    size = None if universe is None else _check.universe_size("universe", universe)
    return from_standard_error(
        method,
        point,
        spread**0.5,
        level,
        n=len(values),
        universe=size,
        df=max(by_chance - 1, 0),
        quantity="total",
        unit="dollars",
        inputs=(("values", tuple(values.tolist())), *inputs.items(), ("level", level)),
        warnings=nonzero_warning(values),
    )
