"""How many units to sample to count errors: by interval width, and to accept or discover."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import special, stats

from auditkit.stats import _check, hypergeometric
from auditkit.stats._check import StatisticsError
from auditkit.stats.result import CONVENTIONS
from auditkit.stats.sizes import SampleSize, round_up

#: How the sampled errors are distributed; ``aicpa`` uses the rounded factors of the AICPA guide.
LIKELIHOODS = ("hypergeometric", "binomial", "poisson", "aicpa")


def attribute_size(
    rate: float,
    width: float,
    universe: int,
    level: float = 0.90,
    convention: str = "default",
) -> SampleSize:
    """Return the size at which the exact interval for the errors is as narrow as asked.

    The interval is that of :func:`auditkit.stats.attribute.attribute_unrestricted` for
    ``round(rate * n)`` errors in n units. Its width goes up and down by a few units as n grows.

    * ``default``: the smallest n whose width is at most ``width * universe``.
    * ``ratstats``: the largest n at the border, before every width is smaller than asked. The
      search of RAT-STATS is not known; this comes within two units of the sizes in its manual
      (p. 4-25).

    Args:
        rate: Error rate expected, 0 to 1.
        width: Full width of the two-sided interval, as a fraction of the universe (0.06 is
            plus or minus three points).
        universe: Units in the universe.
        level: Confidence level of the interval.
        convention: ``default`` or ``ratstats``.

    Raises:
        StatisticsError: A rate outside 0 to 1, or a width that is not above 0.

    Source:
        RAT-STATS Companion Manual pp. 4-22 to 4-30.
    """
    rate = _check.number("rate", rate, at_least=0.0, at_most=1.0)
    width = _check.number("width", width, above=0.0)
    universe = _check.universe_size("universe", universe)
    level = _check.level("level", level)
    convention = _check.choice("convention", convention, CONVENTIONS)
    # Errors and correct units are mirror images; the rarer of the two is counted.
    rare, target = min(rate, 1.0 - rate), width * universe * (1.0 + 1e-12)

    def span(n: int) -> int:
        lower, upper = hypergeometric.limits(_errors(rare, n), n, universe, level)
        return upper - lower

    if convention == "default":
        n = _first(lambda n: span(n) <= target, rare, universe)
        method = "attribute size, smallest with the exact width"
    else:
        floor = width * universe * (1.0 - 1e-12)
        n = _last(lambda n: span(n) >= floor, rare, universe)
        n = _back(lambda n: span(n) <= target, n, rare, universe)
        method = "attribute size, largest at the exact width (RAT-STATS)"
    return SampleSize(
        n,
        float(n),
        method,
        level,
        universe,
        precision=span(n) / universe,
        inputs=(
            ("rate", rate),
            ("width", width),
            ("universe", universe),
            ("level", level),
            ("convention", convention),
        ),
    )


def acceptance_size(
    materiality: float,
    level: float = 0.95,
    accept: int = 0,
    universe: int | None = None,
    likelihood: str = "hypergeometric",
) -> SampleSize:
    """Return the size that rules out an error rate of *materiality* with at most *accept* errors.

    The smallest n for which as few errors as *accept* would come up with a probability below
    ``1 - level``, were the rate *materiality*. With ``accept=0`` it is the size of a
    discovery sample.

    Args:
        materiality: Error rate to rule out, above 0 and below 1.
        level: Confidence level.
        accept: Errors that may be found and the rate still be ruled out.
        universe: Units in the universe; needed for ``hypergeometric``.
        likelihood: ``hypergeometric`` (exact), ``binomial`` (unlimited universe), ``poisson``,
            or ``aicpa``: the Poisson factor rounded up to two decimals (3.00, 4.75, 6.30 at
            95 %), as printed in the audit guide, over *materiality*.

    Raises:
        StatisticsError: No universe for ``hypergeometric``, or one in which the rate leaves no
            more errors than *accept*, so that nothing can be ruled out.

    Source:
        R jfa ``planning``; AICPA Audit Guide, Audit Sampling, appendix on confidence factors.
    """
    rate = _check.number("materiality", materiality, above=0.0)
    if rate >= 1.0:
        raise StatisticsError("materiality", f"must be below 1 (got {rate:g}).")
    level = _check.level("level", level)
    accept = _check.whole("accept", accept, at_least=0)
    kind = _check.choice("likelihood", likelihood, LIKELIHOODS)
    if universe is not None:
        universe = _check.universe_size("universe", universe)
    if kind == "hypergeometric":
        n = _hypergeometric(rate, level, accept, universe)
    elif kind == "binomial":
        n = _smallest(lambda n: float(stats.binom.cdf(accept, n, rate)) <= 1.0 - level, accept + 1)
    else:
        factor = float(special.gammaincinv(accept + 1, level))
        if kind == "aicpa":
            factor = round_up(100.0 * factor) / 100.0
        n = round_up(factor / rate)
    if universe is not None and n > universe:
        n = universe
    return SampleSize(
        n,
        float(n),
        f"acceptance size, {kind}, at most {accept} errors accepted",
        level,
        universe,
        precision=rate,
        inputs=(
            ("materiality", rate),
            ("level", level),
            ("accept", accept),
            ("universe", universe),
            ("likelihood", kind),
        ),
    )


def _hypergeometric(rate: float, level: float, accept: int, universe: int | None) -> int:
    if universe is None:
        raise StatisticsError("universe", "is needed for the hypergeometric size.")
    in_error = round_up(rate * universe)
    if in_error <= accept:
        raise StatisticsError(
            "accept",
            f"is {accept}, and a rate of {rate:g} means only {in_error} errors among "
            f"{universe:,} units: no sample can rule it out.",
        )

    # A tie stays in the interval of the appraisal, so it does not rule the rate out here either.
    allowed = (1.0 - level) * (1.0 - hypergeometric.TIE)

    def ruled_out(n: int) -> bool:
        return hypergeometric.at_most_tail(accept, n, universe, in_error) < allowed

    return _smallest(ruled_out, accept + 1, universe)


def _smallest(met: Callable[[int], bool], low: int, high: int | None = None) -> int:
    """Return the smallest n from *low* that is met, for a condition that stays met."""
    if high is None:
        high = low
        while not met(high):
            low, high = high + 1, 2 * high
    while low < high:
        middle = (low + high) // 2
        if met(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _errors(rate: float, n: int) -> int:
    return min(n, round(rate * n))


def _first(met: Callable[[int], bool], rate: float, universe: int) -> int:
    """Return the smallest n that is met, for a condition that wavers near its border.

    For a fixed count of errors the width only falls with n, so each run of sizes with the same
    count is searched by halves, run by run downwards until several runs hold none.
    """
    best = _smallest(met, 1, universe)
    errors, misses = _errors(rate, best), 0
    while errors >= 0 and misses < _runs(rate):
        low, high = _run(errors, rate, best)
        if low <= high and met(high):
            best, misses = _smallest(met, low, high), 0
        elif low <= high:
            misses += 1
        errors -= 1
    return best


def _last(met: Callable[[int], bool], rate: float, universe: int) -> int:
    """Return the largest n that is met, where small sizes are met; see :func:`_first`."""
    best = _smallest(lambda n: not met(n), 1, universe) - 1
    errors, misses = _errors(rate, max(1, best)), 0
    while rate > 0.0 and misses < _runs(rate):
        low, high = _run(errors, rate, universe)
        if low > universe:
            break
        if low <= high and met(max(low, best)) and max(low, best) <= high:
            best = _smallest(lambda n: not met(n), max(low, best), high + 1) - 1
            misses = 0
        else:
            misses += 1
        errors += 1
    return max(1, best)


def _back(met: Callable[[int], bool], n: int, rate: float, universe: int) -> int:
    """Return the largest size up to *n* that is met, or the next above where none is near.

    In a run of sizes with the same count of errors the last is the first to be met.
    """
    errors = _errors(rate, n)
    for count in range(errors, max(-1, errors - _runs(rate)), -1):
        high = _run(count, rate, n)[1]
        if high >= 1 and met(high):
            return high
    return next(size for size in range(n, universe + 1) if met(size))


def _run(errors: int, rate: float, most: int) -> tuple[int, int]:
    """Return the smallest and largest n up to *most* that hold *errors* when rounded."""
    if rate == 0.0:
        return 1, most
    low = max(1, math.floor((errors - 0.5) / rate) - 1)
    high = min(most, math.ceil((errors + 0.5) / rate) + 1)
    while low <= high and _errors(rate, low) < errors:
        low += 1
    while high >= low and _errors(rate, high) > errors:
        high -= 1
    return low, high


def _runs(rate: float) -> int:
    """Return how many runs without a hit end the search: at least 40 sizes' worth."""
    return 5 + math.ceil(40.0 * rate)
