"""Totals of samples drawn in stages: the arithmetic that every multistage appraisal shares.

A design is a tree. Its leaves are simple random samples (:class:`~auditkit.stats.units.Counted`
or :class:`~auditkit.stats.units.Measured`); above them stand units drawn by simple random
sampling (:class:`~auditkit.stats.units.Primary`) or by the Rao-Hartley-Cochran method
(:class:`~auditkit.stats.units.Grouped`). Each level adds its own variance to that of the levels
below, weighted by what the level stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import StatisticsError
from auditkit.stats.units import Counted, Grouped, Measured, Primary, Summary, of_kind

#: What a unit with a single sampled sub-unit adds to the variance: ``fail`` refuses,
#: ``certainty`` adds nothing for that sub-stage and warns.
LONELY_SUBSAMPLES = ("fail", "certainty")


@dataclass(frozen=True, slots=True)
class StageTotal:
    """An unbiased total and its variance.

    Attributes:
        point: The estimated total.
        variance: Estimated variance of the total.
        n: Elements examined below this level.
        errors: Errors counted below this level (0 where amounts were measured).
        lonely: Names of units whose single sub-unit added no variance.
    """

    point: float
    variance: float
    n: int
    errors: int
    lonely: tuple[str, ...] = ()


def simple_stage(
    universe: int, units: Sequence[Any], shift: float = 0.0, lonely: str = "fail"
) -> StageTotal:
    """Return the total of *universe* units of which *units* are a simple random sample.

    Variance: ``U (U - m) s^2 / m`` between the unit totals, plus ``U / m`` times the sum of the
    variances within units.

    Args:
        universe: Units at this level, U.
        units: The m sampled ones.
        shift: Subtracted from every element; the rate p here gives the residuals of a ratio.
        lonely: A policy of :data:`LONELY_SUBSAMPLES`.

    Raises:
        StatisticsError: More units than the universe holds, or a single one of several.

    Source:
        Cochran, Sampling Techniques (3rd ed. 1977), eq. 11.24 for two stages and sec. 10.8 for
        three; RAT-STATS Companion Manual pp. 3-23 and 3-34.
    """
    universe = _check.universe_size("universe", universe)
    m = _check.sample_size("primary", len(units), universe)
    below = [_unit_total(unit, shift, lonely) for unit in units]
    totals = np.array([each.point for each in below])
    alone: tuple[str, ...] = ()
    between = 0.0
    if m == 1 and universe > 1:
        alone = _lonely("a unit", f"one sub-unit of {universe:,}", lonely)
    elif m < universe:
        between = universe * (universe - m) * float(totals.var(ddof=1)) / m
    within = universe / m * sum(each.variance for each in below)
    return _together(universe / m * float(totals.sum()), between + within, below, alone)


def rhc_stage(groups: Sequence[Grouped], shift: float = 0.0, lonely: str = "fail") -> StageTotal:
    """Return the total of all units when one was drawn from each random group by its size.

    With A the size of the drawn unit, B the size of its group, pi = B / sum of B and the share
    p = A / sum of B, the total is ``sum (B / A) t`` and its variance is estimated by
    ``(sum N_g^2 - N) / (N^2 - sum N_g^2) * sum pi (t / p - T)^2 + sum (B / A) v``.

    Args:
        groups: The drawn unit of each group, with sizes; there must be at least two groups.
        shift: See :func:`simple_stage`.
        lonely: See :func:`simple_stage`.

    Raises:
        StatisticsError: Sizes that are not above zero, a unit larger than its group, or a
            single group of several units.

    Source:
        Rao, Hartley and Cochran, J. R. Stat. Soc. B 24 (1962) 482-491; Cochran (1977), sec.
        9A.8; RAT-STATS Companion Manual p. 3-48.
    """
    below = [_unit_total(group.unit, shift, lonely) for group in groups]
    sizes = np.array([_check.number("size", each.size, above=0.0) for each in groups])
    group_sizes = np.array([_check.number("group_size", g.group_size, above=0.0) for g in groups])
    counts = np.array(
        [_check.universe_size("group_units", g.group_units) for g in groups], dtype=np.float64
    )
    for position, group in enumerate(groups, start=1):
        if group.size > group.group_size * (1.0 + 1e-12):
            raise StatisticsError("size", f"of group {position} is above its group_size.")
    totals = np.array([each.point for each in below])
    expansion = group_sizes / sizes
    point = float((expansion * totals).sum())
    units, squares = float(counts.sum()), float((counts**2).sum())
    alone: tuple[str, ...] = ()
    between = 0.0
    if len(groups) == 1 and units > 1:
        alone = _lonely("an RHC stage", f"one group of {units:,.0f} units", lonely)
    elif squares > units:
        chances = group_sizes / group_sizes.sum()
        ratios = totals * group_sizes.sum() / sizes
        factor = (squares - units) / (units**2 - squares)
        between = factor * float((chances * (ratios - point) ** 2).sum())
    within = float((expansion * np.array([each.variance for each in below])).sum())
    return _together(point, between + within, below, alone)


def units_of(argument: str, items: Any, *kinds: type[Any]) -> tuple[Any, ...]:
    """Return *items* as design units, each of one of *kinds*; dictionaries are read by key."""
    if isinstance(items, (str, bytes, Mapping)) or not hasattr(items, "__iter__"):
        raise StatisticsError(argument, "must be a list of units.")
    found = tuple(_unit(argument, item, kinds) for item in items)
    if not found:
        raise StatisticsError(argument, "is empty; give at least one unit.")
    if len({isinstance(each, Grouped) for each in found}) > 1:
        raise StatisticsError(
            argument, "mixes units drawn by RHC with others; a stage has one way of drawing."
        )
    return found


_KEYS = (("unit", Grouped), ("secondary", Primary), ("errors", Counted), ("values", Measured))


def _unit(argument: str, item: Any, kinds: tuple[type[Any], ...]) -> Any:
    kind = type(item)
    if isinstance(item, Mapping):
        kind = next((kind for key, kind in _KEYS if key in item), kinds[0])
    if kind not in kinds:
        names = " or ".join(each.__name__ for each in kinds)
        raise StatisticsError(argument, f"must hold {names} units here (got {kind.__name__}).")
    return of_kind(argument, item, kind)


def _unit_total(unit: Any, shift: float, lonely: str) -> StageTotal:
    if isinstance(unit, Mapping):
        unit = _unit("unit", unit, (Counted, Measured, Primary))
    if isinstance(unit, Primary):
        secondary = units_of("secondary", unit.secondary, Counted, Measured, Grouped)
        if isinstance(secondary[0], Grouped):
            return rhc_stage(secondary, shift, lonely)
        return simple_stage(unit.universe, secondary, shift, lonely)
    summary: Summary = unit.summary()
    errors = unit.errors if isinstance(unit, Counted) else 0
    point = summary.universe * (summary.mean - shift)
    if summary.lonely:
        name = summary.name or "a unit"
        alone = _lonely(name, f"one element of {summary.universe:,}", lonely)
        return StageTotal(point, 0.0, summary.n, errors, alone)
    return StageTotal(point, summary.total_variance, summary.n, errors)


def _lonely(name: str, what: str, lonely: str) -> tuple[str, ...]:
    if _check.choice("lonely", lonely, LONELY_SUBSAMPLES) == "fail":
        raise StatisticsError(
            "primary",
            f"holds {name} with {what}, which gives no variance. Sample two or more, or name "
            "the policy lonely='certainty'.",
        )
    return (name,)


def _together(
    point: float, variance: float, below: Sequence[StageTotal], alone: tuple[str, ...]
) -> StageTotal:
    return StageTotal(
        point,
        variance,
        sum(each.n for each in below),
        sum(each.errors for each in below),
        alone + tuple(name for each in below for name in each.lonely),
    )


def lonely_warnings(total: StageTotal) -> tuple[str, ...]:
    """Return the warning for units whose single sub-unit added no variance."""
    if not total.lonely:
        return ()
    return (
        f"{len(total.lonely)} unit(s) hold a single sampled sub-unit of several and add no "
        "variance at that stage: the standard error is too small.",
    )
