"""Exact limits for the number of units in error in a finite universe (Buonaccorsi 1987)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from auditkit.stats import _check

#: A tail probability this close to the error allowed counts as equal to it. Ties go to the
#: conservative side, as RAT-STATS has them: the limit then keeps the tied count in the interval.
TIE = 1e-9


#: Terms of a tail are summed until they fall below this share of the first.
NEGLIGIBLE = 1e-18

#: Terms summed at a time; tails of small samples end within the first round.
ROUND = 4096


def at_most_tail(errors: int, sample: int, universe: int, in_error: int) -> float:
    """Return P(X <= errors) for a sample from a universe with *in_error* units in error.

    The tail away from the most likely count is summed term by term and the other is its
    complement, so small tails keep their digits at every size of universe.
    """
    least = max(0, sample + in_error - universe)
    most = min(sample, in_error)
    if errors < least:
        return 0.0
    if errors >= most:
        return 1.0
    mode = (sample + 1) * (in_error + 1) // (universe + 2)
    if errors <= mode:
        return min(1.0, _tail(errors, sample, universe, in_error))
    # X errors in the sample are sample - X correct units among universe - in_error.
    other = _tail(sample - errors - 1, sample, universe, universe - in_error)
    return max(0.0, 1.0 - other)


def at_least_tail(errors: int, sample: int, universe: int, in_error: int) -> float:
    """Return P(X >= errors) for a sample from a universe with *in_error* units in error."""
    return at_most_tail(sample - errors, sample, universe, universe - in_error)


def probability(errors: int, sample: int, universe: int, in_error: int) -> float:
    """Return P(X = errors), by Loader's saddle-point form of the binomial terms.

    Source:
        Loader, Fast and accurate computation of binomial probabilities (2000). Differences of
        log-gamma values would lose the digits for universes of millions of units.
    """
    if sample == universe:
        return 1.0 if errors == in_error else 0.0
    share = sample / universe
    return math.exp(
        _log_binomial(errors, in_error, share)
        + _log_binomial(sample - errors, universe - in_error, share)
        - _log_binomial(sample, universe, share)
    )


def _tail(errors: int, sample: int, universe: int, in_error: int) -> float:
    """Return P(X <= errors) summed downwards from *errors*, which is not above the mode."""
    first = probability(errors, sample, universe, in_error)
    least = max(0, sample + in_error - universe)
    total, term, count = 1.0, 1.0, errors
    while count > least and term > NEGLIGIBLE:
        steps = np.arange(count, max(least, count - ROUND), -1, dtype=np.float64)
        ratios = (steps / (in_error - steps + 1.0)) * (
            (universe - in_error - sample + steps) / (sample - steps + 1.0)
        )
        terms = term * np.cumprod(ratios)
        total += float(terms.sum())
        term = float(terms[-1])
        count -= len(steps)
    return first * total


def _log_binomial(successes: int, trials: int, share: float) -> float:
    """Return the log of the binomial probability of *successes* at rate *share*."""
    failures = trials - successes
    if successes == 0:
        return trials * math.log1p(-share)
    if failures == 0:
        return trials * math.log(share)
    return (
        _stirling_error(trials)
        - _stirling_error(successes)
        - _stirling_error(failures)
        - _deviance(successes, trials * share)
        - _deviance(failures, trials * (1.0 - share))
        + 0.5 * math.log(trials / (2.0 * math.pi * successes * failures))
    )


def _stirling_error(n: int) -> float:
    """Return log(n!) less Stirling's approximation of it."""
    if n <= 15:
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2.0 * math.pi)
    square = float(n) * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680) / square) / square) / square) / n


def _deviance(count: float, expected: float) -> float:
    """Return count * log(count / expected) + expected - count, without cancellation."""
    difference = count - expected
    if abs(difference) >= 0.1 * (count + expected):
        return count * math.log(count / expected) - difference
    ratio = difference / (count + expected)
    total, power, odd = difference * ratio, 2.0 * count * ratio, 1
    while True:
        power *= ratio * ratio
        odd += 2
        added = total + power / odd
        if added == total:
            return added
        total = added


def lower_limit(errors: int, sample: int, universe: int, tail: float) -> int:
    """Return the smallest count of units in error that leaves P(X >= errors) above *tail*.

    Args:
        errors: Units in error in the sample, 0 to *sample*.
        sample: Units in the sample, 1 to *universe*.
        universe: Units in the universe, at most 2,147,483,647.
        tail: Probability of error allowed on this side (0.10 for a one-sided 90 % limit).

    Raises:
        StatisticsError: A count that cannot be, or a *tail* outside 0 to 1.

    Source:
        Buonaccorsi, The American Statistician 41 (1987) 215-218; RAT-STATS unrestricted
        attribute appraisal.
    """
    errors, sample, universe, tail = _checked(errors, sample, universe, tail)
    allowed = tail * (1.0 - TIE)
    low, high = errors, universe - sample + errors

    def acceptable(count: int) -> bool:
        return at_least_tail(errors, sample, universe, count) >= allowed

    return _first(acceptable, low, high, _guess(errors, sample, universe, tail))


def upper_limit(errors: int, sample: int, universe: int, tail: float) -> int:
    """Return the largest count of units in error that leaves P(X <= errors) above *tail*.

    Args and errors as :func:`lower_limit`, of which this is the mirror image.
    """
    errors, sample, universe, tail = _checked(errors, sample, universe, tail)
    return universe - lower_limit(sample - errors, sample, universe, tail)


def limits(errors: int, sample: int, universe: int, level: float) -> tuple[int, int]:
    """Return the two-sided exact limits at *level* for the number of units in error.

    Each tail holds ``(1 - level) / 2``. A census gives the observed count twice.

    Raises:
        StatisticsError: A count that cannot be, or a *level* that is not a fraction.
    """
    tail = (1.0 - _check.level("level", level)) / 2.0
    return (
        lower_limit(errors, sample, universe, tail),
        upper_limit(errors, sample, universe, tail),
    )


def _guess(errors: int, sample: int, universe: int, tail: float) -> int:
    """Return a count near the lower limit, so that few tails have to be summed to find it.

    The binomial limit, drawn in by the finite population correction, then two steps along the
    normal score of the tail, which is nearly straight in the count.
    """
    if errors == 0:
        return 0
    rate, left = errors / sample, 1.0 - sample / universe
    limit = float(special.betaincinv(errors, sample - errors + 1.0, tail))
    count = universe * (rate - (rate - limit) * math.sqrt(left))
    for _ in range(2):
        count = min(max(count, errors), universe - sample + errors)
        near = count / universe
        spread = universe * math.sqrt(max(near * (1.0 - near), 1e-12) * left / sample)
        found = at_least_tail(errors, sample, universe, round(count))
        score = float(special.ndtri(min(max(found, 1e-300), 1.0 - 1e-15)))
        count += (float(special.ndtri(tail)) - score) * spread
    return round(count)


def _first(acceptable: Callable[[int], bool], low: int, high: int, near: int) -> int:
    """Return the smallest count from *low* to *high* that is acceptable; *high* always is.

    Steps of growing size away from *near* bracket it, and halving finds it.
    """
    near, step = min(max(near, low), high), 1
    if acceptable(near):
        high = near
        while low < high and acceptable(probe := max(low, high - step)):
            high, step = probe, 2 * step
        low = max(low, high - step + 1) if low < high else low
    else:
        low = near + 1
        while low < high and not acceptable(probe := min(high, low + step)):
            low, step = probe + 1, 2 * step
        high = min(high, low + step)
    while low < high:
        middle = (low + high) // 2
        if acceptable(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _checked(errors: int, sample: int, universe: int, tail: float) -> tuple[int, int, int, float]:
    universe = _check.universe_size("universe", universe)
    sample = _check.sample_size("sample", sample, universe)
    return (
        _check.error_count("errors", errors, sample),
        sample,
        universe,
        _check.level("tail", tail),
    )
