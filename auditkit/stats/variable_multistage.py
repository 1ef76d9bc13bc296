"""Totals of an amount from samples drawn in two or three stages.

Under ``convention="ratstats"`` limits use the normal curve; the default uses t with the degrees
of freedom that the first stage leaves (its sampled units less one), since the variance of the
total is estimated from that many numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditkit.stats import _check
from auditkit.stats.multistage import (
    StageTotal,
    lonely_warnings,
    rhc_stage,
    simple_stage,
    units_of,
)
from auditkit.stats.result import CONVENTIONS, Estimate, from_standard_error
from auditkit.stats.units import Grouped, Measured, Primary


def variable_two_stage(
    primary_units_universe: int,
    primary: Iterable[Any],
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return a total when primary units and elements in them were drawn at random.

    The total is ``N / n * sum M_i ybar_i``; its variance is
    ``N (N - n) / n * s_b^2 + N / n * sum M_i (M_i - m_i) s_i^2 / m_i``.

    Args:
        primary_units_universe: Primary units in the universe, N.
        primary: The sampled ones: :class:`~auditkit.stats.units.Measured` (or dictionaries) with
            universe M_i and the values of the sampled elements.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` (t) or ``ratstats`` (z).
        lonely: Policy for a primary unit with one of several elements sampled; see
            :data:`auditkit.stats.multistage.LONELY_SUBSAMPLES`.

    Raises:
        StatisticsError: Fewer than two primary units of several, more elements than a unit
            holds, or a lonely unit under ``fail``.

    Source:
        Cochran (1977), eq. 11.24; RAT-STATS Companion Manual p. 3-21.
    """
    units = units_of("primary", primary, Measured)
    return _appraise(
        "two-stage variable appraisal",
        simple_stage(primary_units_universe, units, 0.0, lonely),
        len(units),
        level,
        convention,
        (("primary_units_universe", primary_units_universe), ("primary", units)),
    )


def variable_three_stage(
    primary_units_universe: int,
    primary: Iterable[Any],
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return a total when all three stages were drawn at random.

    Args:
        primary_units_universe: Primary units in the universe, N.
        primary: The sampled ones: :class:`~auditkit.stats.units.Primary`, each with its number
            of secondary units and the sampled secondary units as ``Measured``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` (t) or ``ratstats`` (z).
        lonely: See :func:`variable_two_stage`.

    Raises:
        StatisticsError: See :func:`variable_two_stage`.

    Source:
        Cochran (1977), sec. 10.8; RAT-STATS Companion Manual p. 3-34.
    """
    units = units_of("primary", primary, Primary)
    return _appraise(
        "three-stage variable appraisal",
        simple_stage(primary_units_universe, units, 0.0, lonely),
        len(units),
        level,
        convention,
        (("primary_units_universe", primary_units_universe), ("primary", units)),
    )


def variable_rhc_two_stage(
    groups: Iterable[Any],
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return a total when primary units were drawn by RHC and elements in them at random.

    Args:
        groups: :class:`~auditkit.stats.units.Grouped`, one per random group, whose unit is
            ``Measured``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` (t, groups less one) or ``ratstats`` (z).
        lonely: See :func:`variable_two_stage`.

    Raises:
        StatisticsError: See :func:`auditkit.stats.multistage.rhc_stage`.

    Source:
        See :func:`auditkit.stats.multistage.rhc_stage`; RAT-STATS Companion Manual p. 3-35.
    """
    return _rhc("RHC two-stage", groups, Measured, level, convention, lonely)


def variable_rhc_three_stage(
    groups: Iterable[Any],
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return a total when primary units were drawn by RHC and two more stages follow.

    Secondary units given as ``Measured`` were drawn at random, those given as ``Grouped`` by
    RHC.

    Args:
        groups: :class:`~auditkit.stats.units.Grouped`, one per random group, whose unit is a
            :class:`~auditkit.stats.units.Primary`.

    Other arguments, errors and sources: see :func:`variable_rhc_two_stage`.
    """
    return _rhc("RHC three-stage", groups, Primary, level, convention, lonely)


def _rhc(
    name: str,
    groups: Iterable[Any],
    kind: type[Any],
    level: float,
    convention: str,
    lonely: str,
) -> Estimate:
    drawn = units_of("groups", groups, Grouped)
    for group in drawn:
        units_of("unit", [group.unit], kind)
    return _appraise(
        f"{name} variable appraisal",
        rhc_stage(drawn, 0.0, lonely),
        len(drawn),
        level,
        convention,
        (("groups", drawn),),
    )


def _appraise(
    method: str,
    total: StageTotal,
    first_stage_units: int,
    level: float,
    convention: str,
    inputs: tuple[tuple[str, Any], ...],
) -> Estimate:
    convention = _check.choice("convention", convention, CONVENTIONS)
    return from_standard_error(
        method,
        total.point,
        total.variance**0.5,
        level,
        total.n,
        None,
        df=None if convention == "ratstats" else first_stage_units - 1,
        convention=convention,
        warnings=lonely_warnings(total),
        inputs=(*inputs, ("level", level), ("convention", convention)),
    )
