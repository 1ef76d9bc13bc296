"""Verdicts on an error rate: from a fixed number of charts, or from an audit that may stop early.

The sequential probability ratio test may look after every chart; group-sequential designs look at
chosen sample sizes; a fixed sample looks once, against a pass mark. All return a
:class:`auditkit.stats.stopping.StoppingRule`, which knows its chances of a wrong verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from auditkit.stats import _check, stopping
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.stopping import StoppingRule

#: ``guaranteed`` stops at likelihood ratios of 1/alpha and beta, which no path can cross too often
#: (Ville); ``wald`` at (1 - beta)/alpha and beta/(1 - alpha), which is quicker but approximate.
BOUNDARIES = ("guaranteed", "wald")

#: How the chance of a wrong failure is spent over the looks of a group-sequential audit.
SPENDING = ("obrien_fleming", "pocock", "linear")


def probability_ratio_test(
    standard: float,
    unacceptable: float,
    alpha: float = 0.05,
    beta: float = 0.10,
    most: int = 200,
    universe: int | None = None,
    boundaries: str = "guaranteed",
) -> StoppingRule:
    """Return the sequential probability ratio test of an error rate.

    It may look after every chart. At *most* charts it stops: whoever has not failed passes.

    Args:
        standard: Error rate that is acceptable.
        unacceptable: Error rate that should be found, above *standard*.
        alpha: Chance allowed of failing a provider at the standard (or better).
        beta: Chance allowed of passing a provider at the unacceptable rate before *most*.
        most: Charts after which the audit ends.
        universe: Charts in the universe, for sampling without replacement; None for unlimited.
        boundaries: ``guaranteed`` or ``wald``; see :data:`BOUNDARIES`.

    Raises:
        StatisticsError: Rates out of order; *most* above the universe; an unknown boundary.

    Source:
        Wald, Sequential Analysis (1947), ch. 5; Ville (1939) for the guaranteed boundaries. In a
        finite universe the ratio is that of two hypergeometric probabilities, a martingale too.
    """
    standard, unacceptable = _rates(standard, unacceptable)
    alpha, beta = _check.level("alpha", alpha), _check.level("beta", beta)
    boundaries = _check.choice("boundaries", boundaries, BOUNDARIES)
    most = _most(most, universe)
    upper, lower = 1.0 / alpha, beta
    if boundaries == "wald":
        upper, lower = (1.0 - beta) / alpha, beta / (1.0 - alpha)
    fail_at: list[int | None] = []
    pass_at: list[int | None] = []
    for n in range(1, most + 1):
        ratio = _log_ratio(n, standard, unacceptable, universe)
        fails = np.flatnonzero(ratio >= math.log(upper) - 1e-12)
        passes = np.flatnonzero(ratio <= math.log(lower) + 1e-12)
        fail_at.append(int(fails[0]) if fails.size else None)
        pass_at.append(int(passes[-1]) if passes.size else None)
    last = fail_at[-1]
    pass_at[-1] = most if last is None else last - 1
    return StoppingRule(
        f"sequential probability ratio test, {boundaries} boundaries",
        tuple(range(1, most + 1)),
        tuple(fail_at),
        tuple(pass_at),
        standard,
        unacceptable,
        alpha,
        beta,
        universe,
    )


def group_sequential(
    looks: Iterable[int],
    standard: float,
    unacceptable: float,
    alpha: float = 0.05,
    spending: str = "obrien_fleming",
    futility: bool = True,
    universe: int | None = None,
) -> StoppingRule:
    """Return the rule that looks at chosen numbers of charts, such as 10, 20 and 40.

    At each look the audit fails when the errors reach a count whose chance, at the standard, fits
    in what may be spent by then. What a look leaves unspent is kept for the next.

    Args:
        looks: Numbers of charts, ascending; the last ends the audit.
        standard: Error rate that is acceptable.
        unacceptable: Error rate that should be found, above *standard*.
        alpha: Chance allowed of failing a provider at the standard (or better), over all looks.
        spending: ``obrien_fleming`` (little at first), ``pocock`` (evenly) or ``linear``.
        futility: Whether to pass early when the last look can no longer fail.
        universe: Charts in the universe, for sampling without replacement; None for unlimited.

    Raises:
        StatisticsError: Looks or rates out of order; a last look above the universe.

    Source:
        Lan and DeMets, Biometrika 70 (1983) 659-663 (spending); Jennison and Turnbull, Group
        Sequential Methods (2000), ch. 12 (binary responses, exact).
    """
    steps = [int(n) for n in _check.wholes("looks", looks, at_least=1)]
    if sorted(set(steps)) != steps:
        raise StatisticsError("looks", "must rise.")
    standard, unacceptable = _rates(standard, unacceptable)
    alpha = _check.level("alpha", alpha)
    spending = _check.choice("spending", spending, SPENDING)
    last = _most(steps[-1], universe)
    alive, seen, spent = np.ones(1), 0, 0.0
    fail_at: list[int | None] = []
    for n in steps:
        alive = stopping.advance(alive, seen, n, standard, universe)
        seen = n
        tail = np.cumsum(alive[::-1])[::-1]
        allowed = _spend(spending, n / last, alpha) - spent
        fits = np.flatnonzero(tail <= allowed + 1e-15)
        reachable = fits[fits <= n]
        fail = int(reachable[0]) if reachable.size else None
        fail_at.append(fail)
        if fail is not None:
            spent += float(tail[fail])
            alive = np.where(np.arange(len(alive)) >= fail, 0.0, alive)
    final = fail_at[-1]
    pass_at: list[int | None] = [
        None if not futility or final is None else _hopeless(n, last, final) for n in steps
    ]
    pass_at[-1] = last if final is None else final - 1
    return StoppingRule(
        f"group-sequential, {spending.replace('_', '-')} spending",
        tuple(steps),
        tuple(fail_at),
        tuple(pass_at),
        standard,
        unacceptable,
        alpha,
        None,
        universe,
    )


def fixed_sample(
    n: int,
    pass_mark: float,
    standard: float,
    unacceptable: float,
    universe: int | None = None,
) -> StoppingRule:
    """Return the rule of an audit of *n* charts that passes at an error rate of *pass_mark*.

    It controls no chance of a wrong verdict; it lets the chances be read before the audit.

    Args:
        n: Charts to review.
        pass_mark: Highest error rate in the sample that passes (0.10 for "90 % accuracy").
        standard: Error rate that is acceptable.
        unacceptable: Error rate that should be found, above *standard*.
        universe: Charts in the universe; None for unlimited.

    Raises:
        StatisticsError: Rates out of order; more charts than the universe holds; a pass mark
            that no sample could miss.
    """
    n = _most(n, universe, "n")
    standard, unacceptable = _rates(standard, unacceptable)
    mark = _check.number("pass_mark", pass_mark, at_least=0.0)
    # A hair above, so that 10 % of 30 charts is 3 whatever the last digit of the product.
    most = math.floor(mark * n + 1e-9)
    if most >= n:
        raise StatisticsError("pass_mark", f"is {mark:g}: every sample would pass.")
    return StoppingRule(
        f"one look at {n} charts, pass mark {100 * mark:g} % errors",
        (n,),
        (most + 1,),
        (most,),
        standard,
        unacceptable,
        None,
        None,
        universe,
    )


def _spend(spending: str, share: float, alpha: float) -> float:
    """Return the chance of a wrong failure that may be spent by this *share* of the charts."""
    if spending == "linear":
        return alpha * share
    if spending == "pocock":
        return alpha * math.log1p((math.e - 1.0) * share)
    return float(2.0 * stats.norm.sf(stats.norm.isf(alpha / 2.0) / share**0.5))


def _hopeless(n: int, last: int, final: int) -> int | None:
    """Return the errors up to which not even errors in all later charts could fail the audit."""
    most = final - 1 - (last - n)
    return most if most >= 0 else None


def _log_ratio(n: int, standard: float, unacceptable: float, universe: int | None) -> Array:
    """Return the log likelihood ratio for each number of errors in *n* charts, shape (n + 1,)."""
    x = np.arange(n + 1, dtype=np.int64)
    if universe is None:
        return np.asarray(
            x * math.log(unacceptable / standard)
            + (n - x) * math.log((1.0 - unacceptable) / (1.0 - standard))
        )
    ratio = _log_ways(x, n, stopping.in_error(unacceptable, universe), universe)
    base = _log_ways(x, n, stopping.in_error(standard, universe), universe)
    # Impossible under both: such a count cannot occur, and decides nothing.
    neither = np.isneginf(ratio) & np.isneginf(base)
    return np.where(neither, 0.0, np.where(neither, 0.0, ratio) - np.where(neither, 0.0, base))


def _log_ways(x: npt.NDArray[np.int64], n: int, wrong: int, universe: int) -> Array:
    """Return the log of the ways to draw *x* of *wrong* and n - x of the others."""
    right = universe - wrong
    possible = (x <= wrong) & (n - x <= right)
    a, b = np.minimum(x, wrong), np.clip(n - x, 0, right)
    ways = _log_choose(wrong, a) + _log_choose(right, b)
    return np.where(possible, ways, -np.inf)


def _log_choose(n: int, k: npt.NDArray[np.int64]) -> Array:
    return np.asarray(
        special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    )


def _rates(standard: float, unacceptable: float) -> tuple[float, float]:
    low = _check.level("standard", standard)
    high = _check.level("unacceptable", unacceptable)
    if high <= low:
        raise StatisticsError("unacceptable", f"must be above 'standard' ({low:g}).")
    return low, high


def _most(most: int, universe: int | None, argument: str = "most") -> int:
    most = _check.whole(argument, most, at_least=1)
    if universe is not None:
        _check.sample_size(argument, most, _check.universe_size("universe", universe))
    return most
