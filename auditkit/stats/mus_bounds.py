"""Limits for the mean taint of a monetary-unit sample.

The taint of a sampled dollar is the overpaid share of the item that it belongs to: 0 when the
item is right, 1 when it is overpaid in full. Each function returns a limit as a fraction of the
money sampled from; multiply by the book value for dollars.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import special

from auditkit.stats import _check, binomial, hypergeometric
from auditkit.stats._check import Array, StatisticsError

DISTRIBUTIONS = ("binomial", "poisson", "hypergeometric")
SIDES = ("upper", "lower")

#: Prior of Cox and Snell as R jfa has it: rate of errors, mean taint, shapes a and b.
COX_SNELL_PRIOR = (0.5, 0.5, 1.0, 3.0)


def stringer_bound(
    taints: Iterable[float],
    n: int,
    level: float = 0.95,
    distribution: str = "binomial",
    units: int | None = None,
    side: str = "upper",
) -> float:
    """Return Stringer's limit of the mean taint.

    Args:
        taints: Taints of the sampled dollars, each at most 1. Zeros may be left out. A negative
            taint (an underpayment) counts as zero, which keeps the upper limit conservative.
        n: Dollars sampled (hits, certainty items not included).
        level: Confidence of the one-sided limit, as a fraction.
        distribution: ``binomial``, ``poisson`` or ``hypergeometric``.
        units: Dollars sampled from; needed for ``hypergeometric``.
        side: ``upper``, or ``lower`` (1 less the upper limit of the untainted share).

    Raises:
        StatisticsError: More taints than *n*, a taint above 1, *units* missing or below *n*.

    Source:
        Stringer (1963); Bickel, International Statistical Review 60 (1992) 197-209; R jfa
        ``stringer.binomial``, ``stringer.poisson``, ``stringer.hypergeometric``. Its confidence
        is not proven, but no case where it falls short is known for the binomial form.
    """
    n, tail = _check.whole("n", n, at_least=1), 1.0 - _check.level("level", level)
    distribution = _check.choice("distribution", distribution, DISTRIBUTIONS)
    found = np.maximum(_taints(taints, n), 0.0)
    if _check.choice("side", side, SIDES) == "lower":
        found = np.sort(1.0 - _padded(found, n))[::-1]
    tainted = found[found > 0]
    rates = [_upper_rate(i, n, tail, distribution, units) for i in range(len(tainted) + 1)]
    bound = min(rates[0] + float(np.diff(rates) @ tainted), 1.0)
    return bound if side == "upper" else 1.0 - bound


def cox_snell_bound(
    taints: Iterable[float],
    n: int,
    level: float = 0.95,
    prior: tuple[float, float, float, float] = COX_SNELL_PRIOR,
    side: str = "upper",
) -> float:
    """Return the Bayesian limit of Cox and Snell for the mean taint.

    Args:
        taints: Taints of the sampled dollars, each at most 1; zeros may be left out. Underpaid
            dollars count as right.
        n: Dollars sampled.
        level: Probability of the one-sided limit, as a fraction.
        prior: Expected rate of tainted dollars, expected taint, and the shapes a and b of the
            prior. The default is R jfa's; Cox and Snell suggest a rate of 0.1.
        side: ``upper`` or ``lower``.

    Raises:
        StatisticsError: More taints than *n*, a taint above 1, a prior that is not proper.

    Source:
        Cox and Snell, Biometrika 66 (1979) 125-132; R jfa ``coxsnell``. Its level is a
        probability under the prior, not a frequency over samples.
    """
    n, level = _check.whole("n", n, at_least=1), _check.level("level", level)
    if len(prior) != 4:
        raise StatisticsError("prior", "must give four numbers: rate, mean taint, a and b.")
    rate, mean, a, b = (_check.number("prior", each, above=0.0) for each in prior)
    if b <= 1.0:
        raise StatisticsError("prior", f"must have b above 1 (got {b:g}).")
    found = _taints(taints, n)
    tainted = found[found > 0]
    errors, total = len(tainted), float(tainted.sum())
    scale = (errors + a) / (errors + b) * (mean * (b - 1.0) + total) / (n + a / rate)
    share = level if _check.choice("side", side, SIDES) == "upper" else 1.0 - level
    return scale * float(special.fdtri(2.0 * (errors + a), 2.0 * (errors + b), share))


def moment_bound(
    taints: Iterable[float],
    n: int,
    level: float = 0.95,
    kind: str = "accounts",
    side: str = "upper",
) -> float:
    """Return the modified moment limit of Dworin and Grimlund for the mean taint.

    Args:
        taints: Taints of the sampled dollars; zeros may be left out. Underpayments (negative)
            are netted.
        n: Dollars sampled.
        level: Confidence of the one-sided limit, as a fraction.
        kind: ``accounts`` (receivables, payments) or ``inventory``; decides the hypothetical
            taint that is added to those found.
        side: ``upper`` or ``lower``.

    Raises:
        StatisticsError: More taints than *n*, a taint above 1, an unknown *kind*.

    Source:
        Dworin and Grimlund, The Accounting Review 61 (1986) 36-57; R jfa ``moment``.
    """
    n, level = _check.whole("n", n, at_least=1), _check.level("level", level)
    kind = _check.choice("kind", kind, ("accounts", "inventory"))
    found = _taints(taints, n)
    tainted = found[found != 0]
    mean, second, third = _central_moments(tainted, n, kind)
    shape = 4.0 * second**3 / third**2
    scale = third / (2.0 * second)
    origin = mean - 2.0 * second**2 / third
    z = float(special.ndtri(level if _check.choice("side", side, SIDES) == "upper" else 1 - level))
    # Wilson and Hilferty's cube approximates the gamma distribution with these three moments.
    return float(origin + shape * scale * (1 + z / (9 * shape) ** 0.5 - 1 / (9 * shape)) ** 3)


def _central_moments(tainted: Array, n: int, kind: str) -> tuple[float, float, float]:
    """Return mean, variance and third central moment of the mean taint, both parts random."""
    errors = len(tainted)
    centre = float(tainted.mean()) if errors else 0.0
    added = 0.81 * (1 - 0.667 * np.tanh(10 * (abs(centre) if kind == "inventory" else centre)))
    if kind == "accounts":
        added *= 1 + 0.667 * np.tanh(errors / 10)
    taint = [(added**k + float((tainted**k).sum())) / (errors + 1) for k in (1, 2, 3)]
    rate = [(errors + 1) / (n + 2)]
    rate.append(rate[0] * (errors + 2) / (n + 3))
    rate.append(rate[1] * (errors + 3) / (n + 4))
    raw1 = rate[0] * taint[0]
    raw2 = (rate[0] * taint[1] + (n - 1) * rate[1] * taint[0] ** 2) / n
    raw3 = (
        rate[0] * taint[2]
        + 3 * (n - 1) * rate[1] * taint[0] * taint[1]
        + (n - 1) * (n - 2) * rate[2] * taint[0] ** 3
    ) / n**2
    return raw1, raw2 - raw1**2, raw3 - 3 * raw1 * raw2 + 2 * raw1**3


def _upper_rate(errors: int, n: int, tail: float, distribution: str, units: int | None) -> float:
    if errors >= n:
        return 1.0
    if distribution == "binomial":
        return binomial.upper_limit(errors, n, tail)
    if distribution == "poisson":
        return min(float(special.gammaincinv(errors + 1.0, 1.0 - tail)) / n, 1.0)
    if units is None:
        raise StatisticsError("units", "is needed: the dollars (or cents) sampled from.")
    size = _check.universe_size("units", units, at_least=n)
    return hypergeometric.upper_limit(errors, n, size, tail) / size


def _taints(taints: Iterable[float], n: int) -> Array:
    """Return the taints from largest to smallest; an empty list is an error-free sample."""
    listed = list(taints)
    found = _check.amounts("taints", listed) if listed else np.zeros(0)
    if len(found) > n:
        raise StatisticsError("taints", f"holds {len(found)} values, more than the {n} of 'n'.")
    if (bad := np.flatnonzero(found > 1.0 + 1e-12)).size:
        raise StatisticsError(
            "taints", f"must be at most 1 (overpaid in full); see {_check.positions(bad)}."
        )
    return np.sort(found)[::-1]


def _padded(found: Array, n: int) -> Array:
    return np.concatenate([found, np.zeros(n - len(found))])
