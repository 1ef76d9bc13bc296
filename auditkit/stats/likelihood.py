"""Empirical likelihood limits for a total: asymmetric where the amounts are.

No distribution is assumed: the limits are the totals at which the likelihood of the sample,
reweighted, has not yet dropped too far. With few and skewed overpayments the lower limit stays
above zero and is closer to the truth than Student's.

The log-likelihood of each stratum is divided by 1 - n/N, so that a stratum reviewed whole leaves
nothing open, and twice its drop is referred to chi-squared with one degree of freedom.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from scipy import optimize, special

from auditkit.stats import _check, _inverted
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import Estimate
from auditkit.stats.strata import Strata, read_strata, total_variance


def likelihood_total(
    values: Iterable[float],
    universe: int | Mapping[Any, int],
    strata: Iterable[Hashable] | None = None,
    level: float = 0.90,
    lonely: str = "fail",
) -> Estimate:
    """Return the expansion total with empirical likelihood limits.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``.
        universe: Units in the universe; by stratum label when *strata* is given.
        strata: Stratum label of each sampled unit.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit; see
            :data:`auditkit.stats.strata.LONELY_POLICIES`. Under any policy but ``fail`` the
            limits treat the stratum as known, and a warning says so.

    Raises:
        StatisticsError: Fewer than two units; amounts that are not numbers; strata that do not
            fit; a lonely stratum under ``fail``.

    Source:
        Owen, Biometrika 75 (1988) 237-249; Zhong and Rao, Biometrika 87 (2000) 929-938 (strata);
        Chen, Chen and Rao, Canadian Journal of Statistics 31 (2003) 53-68 (many zeros).
    """
    found = _check.amounts("values", values, at_least=2)
    names = None if strata is None else tuple(strata)
    layout = read_strata(len(found), universe, names)
    spread = total_variance(found, layout, lonely)
    point = float(layout.weights() @ found)
    groups = _groups(found, layout)

    def limit(side: str, tail: float) -> float:
        return _limit(groups, point, side, tail)

    known = tuple(f"{each} Empirical likelihood takes it as known." for each in spread.warnings)
    return _inverted.estimate(
        "stratified empirical likelihood" if names else "empirical likelihood",
        point,
        limit,
        level,
        n=len(found),
        universe=layout.universe,
        se=spread.total**0.5,
        inputs=(
            ("values", tuple(found.tolist())),
            ("universe", universe),
            ("strata", names),
            ("level", level),
            ("lonely", lonely),
        ),
        warnings=known + nonzero_warning(found),
    )


def likelihood_mean(values: Iterable[float], level: float = 0.90) -> Estimate:
    """Return the mean of an unlimited universe with empirical likelihood limits.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: Fewer than two units; amounts that are not numbers.

    Source:
        Owen (1988); equals R ``emplik::el.test`` and statsmodels ``DescStat.ci_mean``.
    """
    found = _check.amounts("values", values, at_least=2)
    n = len(found)
    groups = [(found, 1.0 / n, 1.0)]
    mean = float(found.mean())
    return _inverted.estimate(
        "empirical likelihood",
        mean,
        lambda side, tail: _limit(groups, mean, side, tail),
        level,
        n=n,
        universe=None,
        se=float(found.std(ddof=1)) / n**0.5,
        quantity="mean",
        inputs=(("values", tuple(found.tolist())), ("level", level)),
        warnings=nonzero_warning(found),
    )


def minus_two_log_ratio(values: Iterable[float], mean: float) -> float:
    """Return -2 log of the empirical likelihood ratio of a *mean*, unlimited universe.

    Args:
        values: The sample, shape ``(n,)``.
        mean: The mean to be tested, strictly between the smallest and the largest value.

    Raises:
        StatisticsError: A mean that no reweighting of the sample can reach.

    Source:
        Owen (1988); R ``emplik::el.test`` prints the same as ``-2LLR``.
    """
    found = _check.amounts("values", values, at_least=2)
    mean = _check.number("mean", mean)
    low, high = float(found.min()), float(found.max())
    if not low < mean < high:
        raise StatisticsError("mean", f"must lie between {low:g} and {high:g}, the sample's range.")
    gaps = found - mean
    # The multiplier must keep every 1 + t * gap above 1/n.
    inside = (1.0 - 1.0 / len(found)) * np.array([-1.0 / gaps.max(), -1.0 / gaps.min()])
    t = optimize.brentq(lambda t: float((gaps / (1.0 + t * gaps)).sum()), *inside, xtol=1e-16)
    return float(2.0 * np.log1p(t * gaps).sum())


#: Values of a stratum, expansion weight of each value (N/n), and 1 - n/N.
_Group = tuple[Array, float, float]


def _groups(values: Array, layout: Strata) -> list[_Group]:
    """Return the strata in which something is left open: sampled in part, and not constant."""
    found = []
    for h, rows in enumerate(layout.rows):
        left = float(layout.fractions_left[h])
        if left > 0 and np.ptp(values[rows]) > 0:
            found.append((values[rows], float(layout.sizes[h]) / len(rows), left))
    return found


def _limit(groups: list[_Group], point: float, side: str, tail: float) -> float:
    """Return the total on *side* whose likelihood has dropped by the quantile for *tail*."""
    if not groups or tail >= 0.5:
        return point
    goal = float(special.ndtri(1.0 - tail)) ** 2
    sign = 1.0 if side == "lower" else -1.0
    variance = sum(w**2 * q * len(y) * float(y.var()) for y, w, q in groups)
    scale = (goal / variance) ** 0.5

    def drop(multiple: float) -> float:
        return sum(_tilt(group, sign * scale * multiple)[1] for group in groups) - goal

    high = 1.0
    while drop(high) < 0:
        high *= 2.0
    root = optimize.brentq(drop, 0.0, high, xtol=1e-13, rtol=1e-13)
    moved = sum(_tilt(group, sign * scale * root)[0] for group in groups)
    return point - moved


def _tilt(group: _Group, multiplier: float) -> tuple[float, float]:
    """Return how far the stratum's total moves down, and -2 log likelihood, at a *multiplier*.

    All strata share one multiplier of the total. In a stratum the weights are
    ``1 / (n (1 + t (y - mean)))`` with ``t = multiplier * weight * (1 - n/N)``, and the mean is
    the one under these weights: a root between two known ends.
    """
    y, weight, left = group
    n, t = len(y), multiplier * weight * left
    if t == 0.0:
        return 0.0, 0.0
    shifted = t * y - float((t * y).min())
    a = optimize.brentq(lambda a: float((1.0 / (a + shifted)).sum()) - n, 1.0 / n, 1.0, xtol=1e-15)
    terms = a + shifted
    mean = float((y / terms).sum()) / n
    return weight * n * (float(y.mean()) - mean), 2.0 * float(np.log(terms).sum()) / left
