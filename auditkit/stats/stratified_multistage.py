"""Combining the appraisals of strata that were sampled each in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from auditkit.stats import _check
from auditkit.stats._check import StatisticsError
from auditkit.stats.attribute import rate_limits
from auditkit.stats.result import CONVENTIONS, Estimate, from_standard_error
from auditkit.stats.units import Appraised, all_of_kind


def variable_stratified_multistage(
    strata: Iterable[Appraised | Estimate | dict[str, Any]],
    level: float = 0.90,
    convention: str = "default",
) -> Estimate:
    """Return the total over strata from the total and standard error of each.

    RAT-STATS takes the printed, rounded results of the strata; give the same to get the same.

    * ``default``: t with Satterthwaite's degrees of freedom when every stratum states its own,
      else z.
    * ``ratstats``: z.

    Args:
        strata: Estimates, or :class:`~auditkit.stats.units.Appraised` (or dictionaries) with
            point and se.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.

    Raises:
        StatisticsError: No strata, or a standard error that is negative or no number.

    Source:
        Cochran (1977), eq. 5.9 and 5.16; RAT-STATS Companion Manual p. 3-89.
    """
    convention = _check.choice("convention", convention, CONVENTIONS)
    parts = _appraised(strata)
    variances = [part.se**2 for part in parts]
    return from_standard_error(
        "stratified multistage variable appraisal",
        sum(part.point for part in parts),
        sum(variances) ** 0.5,
        level,
        sum(part.sample for part in parts),
        _universe(parts),
        df=None if convention == "ratstats" else _pooled_df(variances, parts),
        convention=convention,
        inputs=(("strata", parts), ("level", level), ("convention", convention)),
    )


def attribute_stratified_multistage(
    strata: Iterable[Appraised | Estimate | dict[str, Any]],
    level: float = 0.90,
    convention: str = "default",
) -> Estimate:
    """Return the number of elements in error over strata from the rate of each.

    The rates are weighted by the elements of the strata.

    * ``default``: Korn-Graubard limits when every stratum states how many elements it examined
      (``sample``), else normal limits.
    * ``ratstats``: ``point ± z * se``.

    Args:
        strata: Estimates of rates, or :class:`~auditkit.stats.units.Appraised` (or
            dictionaries) with point and se as fractions, and universe.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.

    Returns:
        An estimate in units; ``.per_unit("error rate", "rate")`` gives the rate.

    Raises:
        StatisticsError: A stratum without its number of elements, or a rate outside 0 to 1.

    Source:
        Cochran (1977), eq. 5.52; RAT-STATS Companion Manual p. 2-68.
    """
    convention = _check.choice("convention", convention, CONVENTIONS)
    parts = _appraised(strata)
    universe = _universe(parts)
    if universe is None:
        raise StatisticsError("universe", "is missing in a stratum; its elements weight its rate.")
    for part in parts:
        _check.number("point", part.point, at_least=0.0, at_most=1.0)
    sizes = [part.universe or 0 for part in parts]
    total = sum(part.point * size for part, size in zip(parts, sizes, strict=True))
    variances = [(part.se * size) ** 2 for part, size in zip(parts, sizes, strict=True)]
    method, n = "stratified multistage attribute appraisal", sum(part.sample for part in parts)
    se, df = sum(variances) ** 0.5, _pooled_df(variances, parts)
    inputs = (("strata", parts), ("level", level), ("convention", convention))
    if convention == "default" and all(part.sample > 0 for part in parts):
        return rate_limits(
            method, total, se, None, n, universe, level, df, convention, inputs=inputs
        )
    return from_standard_error(
        f"{method}, normal limits",
        total,
        se,
        level,
        n,
        universe,
        convention=convention,
        quantity="number of units in error",
        unit="units",
        inputs=inputs,
    )


def _appraised(strata: Iterable[Any]) -> tuple[Appraised, ...]:
    if isinstance(strata, (str, bytes, dict)) or not isinstance(strata, Iterable):
        raise StatisticsError("strata", "must be a list.")
    parts = all_of_kind("strata", [_from_estimate(each) for each in strata], Appraised)
    for part in parts:
        _check.number("point", part.point)
        _check.number("se", part.se, at_least=0.0)
        _check.whole("sample", part.sample, at_least=0)
        if part.universe is not None:
            _check.universe_size("universe", part.universe)
    return parts


def _from_estimate(each: Any) -> Any:
    if isinstance(each, Estimate):
        return Appraised(each.point, each.se, each.universe, each.n, each.df, each.quantity)
    return each


def _universe(parts: Sequence[Appraised]) -> int | None:
    sizes = [part.universe for part in parts if part.universe is not None]
    return sum(sizes) if len(sizes) == len(parts) else None


def _pooled_df(variances: Sequence[float], parts: Sequence[Appraised]) -> float | None:
    """Return Satterthwaite's degrees of freedom, or None when a stratum does not state its own."""
    terms = [
        (variance, part.df) for variance, part in zip(variances, parts, strict=True) if variance > 0
    ]
    if not terms or any(df is None or df <= 0 for _, df in terms):
        return None
    return float(
        sum(variance for variance, _ in terms) ** 2
        / sum(variance**2 / df for variance, df in terms if df)
    )
