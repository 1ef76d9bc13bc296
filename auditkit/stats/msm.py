"""The minimum-sum method: a lower limit for overpayment that no distribution can break.

If at least L payments of the universe are in error, and x of them were found in the sample, then
the L - x others overpay at the very least the sum of the L - x smallest payments not sampled.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from auditkit.stats import _check, _inverted, hypergeometric
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.result import Estimate


def errors_lower(universe: int, sample: int, errors: int, level: float = 0.90) -> int:
    """Return the fewest payments in error that a universe can hold, with confidence *level*.

    Args:
        universe: Payments in the universe.
        sample: Payments sampled without replacement.
        errors: Sampled payments in error.
        level: Confidence of the one-sided limit, as a fraction.

    Raises:
        StatisticsError: Counts that cannot be, or a *level* that is not a fraction.

    Source:
        Edwards, Ward-Besser, Lasecki, Parker, Wu and Moorhead, Health Services and Outcomes
        Research Methodology 4 (2003) 241-263, ``Ne_low``.
    """
    return hypergeometric.lower_limit(errors, sample, universe, 1.0 - _check.level("level", level))


def errors_upper(universe: int, sample: int, errors: int, level: float = 0.90) -> int:
    """Return the most payments in error that a universe can hold, with confidence *level*.

    Args and source as :func:`errors_lower` (``Ne_up``).
    """
    return hypergeometric.upper_limit(errors, sample, universe, 1.0 - _check.level("level", level))


def minimum_sum(
    paid: Iterable[float],
    overpaid: Iterable[float],
    unsampled_paid: Iterable[float],
    serious: float = 1.0,
    level: float = 0.90,
) -> Estimate:
    """Return the overpayment with minimum-sum limits, from an unrestricted sample.

    The lower limit holds whatever the payments look like and however small the sample is. It is
    close to the truth only where payments are much alike; stratify by amount otherwise.

    Args:
        paid: Amount paid of each sampled unit.
        overpaid: Overpayment of each sampled unit, from 0 to the amount paid.
        unsampled_paid: Amount paid of every unit that was not sampled.
        serious: Share of a payment from which an overpayment counts as an error. 1 counts
            payments overpaid in full; below 1, each unsampled error is worth that share of its
            payment. Fix it before the review.
        level: Confidence level of two-sided and one-sided limits.

    Returns:
        What was found in the sample plus the mean taint of the payments not sampled, with
        minimum-sum limits. The upper limit is the mirror image: the largest unsampled payments
        in full, the others at most at the *serious* share.

    Raises:
        StatisticsError: Overpayments below zero or above the payment; lists that do not agree.

    Source:
        Edwards et al. (2003), sec. 4 (partial errors: sec. 4.2).
    """
    return _minimum_sum(
        "minimum-sum limits, unrestricted sample",
        [(_read(paid, overpaid, unsampled_paid, ""))],
        serious,
        level,
    )


def minimum_sum_stratified(
    paid: Iterable[float],
    overpaid: Iterable[float],
    strata: Iterable[Hashable],
    unsampled_paid: Mapping[Any, Iterable[float]],
    serious: float = 1.0,
    level: float = 0.90,
) -> Estimate:
    """Return the overpayment with minimum-sum limits, from a stratified sample.

    Strata are sampled independently, so limits that hold in each of H strata with confidence
    ``level ** (1/H)`` hold together with confidence *level*. Strata reviewed whole are known and
    share none of it.

    Args:
        paid: Amount paid of each sampled unit.
        overpaid: Overpayment of each sampled unit.
        strata: Stratum label of each sampled unit.
        unsampled_paid: By stratum label, the amount paid of every unit that was not sampled.
        serious: See :func:`minimum_sum`.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: See :func:`minimum_sum`; a stratum missing on either side.

    Source:
        Edwards et al. (2003) in each stratum; independence of strata for the joint confidence.
    """
    names = list(strata)
    base = _check.amounts("paid", paid)
    over = _check.amounts("overpaid", overpaid)
    _check.same_length("paid", base, "overpaid", over)
    _check.same_length("paid", base, "strata", names)
    labels = tuple(dict.fromkeys(names))
    if strange := [name for name in unsampled_paid if name not in labels]:
        raise StatisticsError("strata", f"has no sampled unit in stratum {strange[0]!r}.")
    parts = []
    for label in labels:
        if label not in unsampled_paid:
            raise StatisticsError("unsampled_paid", f"has no stratum {label!r}.")
        rows = np.array([name == label for name in names])
        parts.append(_read(base[rows], over[rows], unsampled_paid[label], f"[{label!r}]"))
    return _minimum_sum("minimum-sum limits, stratified sample", parts, serious, level)


_Part = tuple[Array, Array, Array]


def _minimum_sum(method: str, parts: list[_Part], serious: float, level: float) -> Estimate:
    serious = _check.number("serious", serious, above=0.0, at_most=1.0)
    chancy = max(sum(len(left) > 0 for _, _, left in parts), 1)

    def limit(side: str, tail: float) -> float:
        each = 1.0 - (1.0 - tail) ** (1.0 / chancy)
        return sum(_limit(part, serious, side, each) for part in parts)

    points, spreads = zip(*(_expected(part) for part in parts), strict=True)
    return _inverted.estimate(
        method,
        sum(points),
        limit,
        level,
        n=sum(len(over) for _, over, _ in parts),
        universe=sum(len(over) + len(left) for _, over, left in parts),
        se=sum(spread**2 for spread in spreads) ** 0.5,
        inputs=(("serious", serious), ("level", level)),
    )


def _expected(part: _Part) -> tuple[float, float]:
    """Return what was found plus the mean taint of what was not sampled, and its standard error."""
    paid, over, left = part
    taints = np.divide(over, paid, out=np.zeros(len(paid)), where=paid > 0)
    # One taint has no spread; its distance from zero stands for it.
    sd = float(taints.std(ddof=1)) if len(taints) > 1 else float(taints[0])
    rest = float(left.sum())
    return float(over.sum()) + rest * float(taints.mean()), rest * sd / len(taints) ** 0.5


def _limit(part: _Part, serious: float, side: str, tail: float) -> float:
    paid, over, left = part
    found = float(over.sum())
    if not len(left):
        return found
    in_error = (over >= serious * paid - 1e-9) & (paid > 0)
    errors, size = int(in_error.sum()), len(over) + len(left)
    if side == "lower":
        more = hypergeometric.lower_limit(errors, len(over), size, tail) - errors
        return found + serious * float(left[:more].sum())
    more = hypergeometric.upper_limit(errors, len(over), size, tail) - errors
    worst = float(left[len(left) - more :].sum())
    # With serious < 1 a payment below it can still be overpaid up to that share.
    rest = float(left[: len(left) - more].sum()) * _below(serious, over, paid)
    return found + worst + rest


def _below(serious: float, over: Array, paid: Array) -> float:
    """Return the share that an unsampled payment not counted as an error may still be overpaid.

    With *serious* = 1 and no partial overpayment in the sample, errors are taken to be all or
    nothing and the share is zero.
    """
    partial = bool(((over > 0) & (over < paid)).any())
    return serious if serious < 1.0 or partial else 0.0


def _read(
    paid: Iterable[float], overpaid: Iterable[float], unsampled: Iterable[float], where: str
) -> _Part:
    """Return payments, overpayments and the unsampled payments from smallest to largest."""
    base = _check.amounts("paid" + where, paid, nonnegative=True)
    over = _check.amounts("overpaid" + where, overpaid, nonnegative=True)
    _check.same_length("paid" + where, base, "overpaid" + where, over)
    if (bad := np.flatnonzero(over > base + 1e-9)).size:
        raise StatisticsError(
            "overpaid" + where, f"is more than was paid; see {_check.positions(bad)}."
        )
    left = _check.amounts("unsampled_paid" + where, unsampled, at_least=0, nonnegative=True)
    return base, over, np.sort(left)
