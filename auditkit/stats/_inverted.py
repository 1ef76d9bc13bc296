"""Estimates whose limits come one by one from a function of the tail, not from ``point ± t se``."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from auditkit.stats import _check
from auditkit.stats.result import Estimate, precision_percent


def estimate(
    method: str,
    point: float,
    limit: Callable[[str, float], float],
    level: float,
    n: int,
    universe: int | None,
    se: float,
    quantity: str = "total overpayment",
    unit: str = "dollars",
    **rest: Any,
) -> Estimate:
    """Return an estimate with exact limits.

    Args:
        method: Name of the method.
        point: Point estimate.
        limit: Function of side (``lower`` or ``upper``) and tail probability.
        level: Confidence level; two-sided limits leave ``(1 - level) / 2`` on each side.
        n: Units in the sample.
        universe: Units in the universe, or None.
        se: Standard error of the point estimate, for information: the limits do not use it.
        quantity: What is estimated.
        unit: ``dollars``, ``units``, ``rate`` or ``amount``.
        rest: Further fields of :class:`Estimate`.

    Raises:
        StatisticsError: A *level* of 0.5 or less, where a one-sided limit is not a bound.
    """
    level = _check.level("level", level)
    if level < 0.5:
        raise _check.StatisticsError("level", f"must be at least 0.5 (got {level:g}).")
    both = (1.0 - level) / 2.0
    lower, upper = limit("lower", both), limit("upper", both)
    half = (upper - lower) / 2.0
    return Estimate(
        method=method,
        quantity=quantity,
        unit=unit,
        point=point,
        se=se,
        level=level,
        lower=lower,
        upper=upper,
        lower_one_sided=limit("lower", 1.0 - level),
        upper_one_sided=limit("upper", 1.0 - level),
        precision=half,
        precision_percent=precision_percent(point, half, "default") if isfinite(half) else None,
        quantile_kind="exact",
        quantile=None,
        df=None,
        n=n,
        universe=universe,
        **rest,
    )
