"""How many units are in error, from samples drawn in two or three stages.

All return the *number* of elements in error (``of="total"``) or the error rate (``of="rate"``).
Under ``convention="ratstats"`` limits are ``point ± z * se``; the default gives Korn-Graubard
limits with the degrees of freedom that the first stage leaves, which stay within 0 and 1 and do
not collapse when no errors are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from auditkit.stats import _check, binomial, quantiles
from auditkit.stats.attribute import rate_limits
from auditkit.stats.multistage import (
    StageTotal,
    lonely_warnings,
    rhc_stage,
    simple_stage,
    units_of,
)
from auditkit.stats.result import CONVENTIONS, Estimate, from_limits, from_standard_error
from auditkit.stats.units import Counted, Grouped, Primary

#: What is asked of the sample.
QUANTITIES = ("total", "rate")

Stage = Callable[[float], StageTotal]


def attribute_two_stage(
    primary_units_universe: int,
    primary: Iterable[Any],
    secondary_units_universe: int | None = None,
    of: str = "total",
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return errors in a universe sampled in two stages, both by simple random sampling.

    The total is ``N / n * sum M_i p_i``. The rate is that total over the number of secondary
    units when it is known, and the ratio ``sum M_i p_i / sum M_i`` when it is not.

    Args:
        primary_units_universe: Primary units in the universe, N.
        primary: The sampled ones: :class:`~auditkit.stats.units.Counted` (or dictionaries) with
            universe M_i, sample m_i and errors.
        secondary_units_universe: Secondary units in the universe, M; None when unknown.
        of: ``total`` or ``rate``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        lonely: Policy for a primary unit with one of several secondary units sampled; see
            :data:`auditkit.stats.multistage.LONELY_SUBSAMPLES`.

    Raises:
        StatisticsError: Fewer than two primary units of several, impossible counts, or a lonely
            unit under ``fail``.

    Source:
        Cochran (1977), eq. 11.24 and 11.30; RAT-STATS Companion Manual pp. 2-11 to 2-18.
    """
    units = units_of("primary", primary, Counted)
    return _appraise(
        "two-stage attribute appraisal",
        lambda shift: simple_stage(primary_units_universe, units, shift, lonely),
        len(units),
        secondary_units_universe,
        of,
        level,
        convention,
        (("primary_units_universe", primary_units_universe), ("primary", units)),
    )


def attribute_three_stage(
    primary_units_universe: int,
    primary: Iterable[Any],
    elements_universe: int | None = None,
    of: str = "total",
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return errors in a universe sampled in three stages, all by simple random sampling.

    The total is unbiased, ``N / n * sum (M_i / m_i) sum K_ij p_ij``; the rate is the ratio to
    the estimated number of elements, unless that number is known.

    Args:
        primary_units_universe: Primary units in the universe, N.
        primary: The sampled ones: :class:`~auditkit.stats.units.Primary`, each with its number
            of secondary units and the sampled secondary units as ``Counted``.
        elements_universe: Elements in the universe; None when unknown.
        of: ``total`` or ``rate``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        lonely: See :func:`attribute_two_stage`.

    Raises:
        StatisticsError: See :func:`attribute_two_stage`.

    Source:
        Cochran (1977), sec. 10.8; RAT-STATS Companion Manual pp. 2-19 to 2-27.
    """
    units = units_of("primary", primary, Primary)
    return _appraise(
        "three-stage attribute appraisal",
        lambda shift: simple_stage(primary_units_universe, units, shift, lonely),
        len(units),
        elements_universe,
        of,
        level,
        convention,
        (("primary_units_universe", primary_units_universe), ("primary", units)),
    )


def attribute_rhc_two_stage(
    groups: Iterable[Any],
    elements_universe: int | None = None,
    of: str = "total",
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return errors when primary units were drawn by RHC and elements in them at random.

    Args:
        groups: :class:`~auditkit.stats.units.Grouped`, one per random group, whose unit is
            ``Counted`` (universe M_i, sample m_i, errors).
        elements_universe: Elements in the universe; None when unknown.
        of: ``total`` or ``rate``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        lonely: See :func:`attribute_two_stage`.

    Raises:
        StatisticsError: See :func:`auditkit.stats.multistage.rhc_stage`.

    Source:
        See :func:`auditkit.stats.multistage.rhc_stage`; RAT-STATS Companion Manual p. 2-28.
    """
    return _rhc("RHC two-stage", groups, Counted, elements_universe, of, level, convention, lonely)


def attribute_rhc_three_stage(
    groups: Iterable[Any],
    elements_universe: int | None = None,
    of: str = "total",
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return errors when primary units were drawn by RHC and two more stages follow.

    Secondary units given as ``Counted`` were drawn at random, those given as ``Grouped`` by RHC.

    Args:
        groups: :class:`~auditkit.stats.units.Grouped`, one per random group, whose unit is a
            :class:`~auditkit.stats.units.Primary`.

    Other arguments, errors and sources: see :func:`attribute_rhc_two_stage`.
    """
    return _rhc(
        "RHC three-stage", groups, Primary, elements_universe, of, level, convention, lonely
    )


def _rhc(
    name: str,
    groups: Iterable[Any],
    kind: type[Any],
    universe: int | None,
    of: str,
    level: float,
    convention: str,
    lonely: str,
) -> Estimate:
    drawn = units_of("groups", groups, Grouped)
    for group in drawn:
        units_of("unit", [group.unit], kind)
    return _appraise(
        f"{name} attribute appraisal",
        lambda shift: rhc_stage(drawn, shift, lonely),
        len(drawn),
        universe,
        of,
        level,
        convention,
        (("groups", drawn),),
    )


def _appraise(
    method: str,
    stage: Stage,
    first_stage_units: int,
    universe: int | None,
    of: str,
    level: float,
    convention: str,
    inputs: tuple[tuple[str, Any], ...],
) -> Estimate:
    of = _check.choice("of", of, QUANTITIES)
    convention = _check.choice("convention", convention, CONVENTIONS)
    total, df = stage(0.0), first_stage_units - 1
    rest: dict[str, Any] = {
        "warnings": lonely_warnings(total),
        "inputs": (
            *inputs,
            ("universe", universe),
            ("of", of),
            ("level", level),
            ("convention", convention),
        ),
    }
    if universe is not None:
        universe = _check.universe_size("universe", universe, at_least=total.n)
        found = rate_limits(
            method,
            total.point,
            total.variance**0.5,
            total.errors,
            total.n,
            universe,
            level,
            df,
            convention,
            **rest,
        )
        return found if of == "total" else found.per_unit("error rate", "rate")
    if of == "rate":
        return _ratio(method, stage, total, df, level, convention, rest)
    return from_standard_error(
        f"{method}, {'normal' if convention == 'ratstats' else 't'} limits",
        total.point,
        total.variance**0.5,
        level,
        total.n,
        None,
        df=None if convention == "ratstats" else df,
        convention=convention,
        quantity="number of units in error",
        unit="units",
        **rest,
    )


def _ratio(
    method: str,
    stage: Stage,
    total: StageTotal,
    df: int,
    level: float,
    convention: str,
    rest: dict[str, Any],
) -> Estimate:
    """Return the ratio of errors to elements, both estimated from the same sample."""
    elements = total.point - stage(1.0).point
    rate = total.point / elements
    se = stage(rate).variance ** 0.5 / elements
    method = f"{method} (ratio)"
    if convention == "ratstats":
        return from_standard_error(
            f"{method}, normal limits (RAT-STATS)",
            rate,
            se,
            level,
            total.n,
            None,
            convention=convention,
            quantity="error rate",
            unit="rate",
            **rest,
        )
    return from_limits(
        f"{method}, Korn-Graubard limits",
        rate,
        se,
        level,
        binomial.korn_graubard(rate, se, total.n, level, df),
        binomial.korn_graubard(rate, se, total.n, quantiles.two_sided(level), df),
        total.n,
        None,
        quantity="error rate",
        unit="rate",
        **rest,
    )
