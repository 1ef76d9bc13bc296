"""How many units are in error: unrestricted and stratified attribute appraisals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from auditkit.stats import _check, binomial, hypergeometric, quantiles
from auditkit.stats.result import CONVENTIONS, Estimate, from_limits, from_standard_error
from auditkit.stats.strata import LONELY_POLICIES, Variance, read_strata, total_variance
from auditkit.stats.units import Counted, Summary, all_of_kind


def attribute_unrestricted(
    errors: int,
    sample: int,
    universe: int,
    level: float = 0.90,
    convention: str = "default",
) -> Estimate:
    """Return the number of units in error in the universe, with exact hypergeometric limits.

    RAT-STATS uses the same limits, so the two conventions differ in nothing but the percentage
    printed beside them. What RAT-STATS offers as "one-sided" for a sample of no errors, or of
    errors only, is ``lower_one_sided`` and ``upper_one_sided``, which are always filled. The
    standard error is printed for information; the limits do not use it.

    Args:
        errors: Units in error in the sample.
        sample: Units in the sample, 1 to *universe*.
        universe: Units in the universe, at most 2,147,483,647.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.

    Returns:
        An estimate in units; ``.per_unit("error rate", "rate")`` gives the rate.

    Raises:
        StatisticsError: errors > sample, sample > universe, or a level that is not a fraction.

    Source:
        Buonaccorsi, The American Statistician 41 (1987) 215-218; RAT-STATS Companion Manual
        (Rev. 5/2010) p. 2-2; standard error Cochran (1977), eq. 3.8.
    """
    universe = _check.universe_size("universe", universe)
    sample = _check.sample_size("sample", sample, universe)
    errors = _check.error_count("errors", errors, sample)
    level = _check.level("level", level)
    counted = Counted(universe, sample, errors).summary()
    tail = 1.0 - level
    return from_limits(
        "unrestricted attribute appraisal, exact hypergeometric limits",
        point=counted.total,
        se=0.0 if counted.lonely else counted.total_variance**0.5,
        level=level,
        two_sided=hypergeometric.limits(errors, sample, universe, level),
        one_sided=(
            hypergeometric.lower_limit(errors, sample, universe, tail),
            hypergeometric.upper_limit(errors, sample, universe, tail),
        ),
        n=sample,
        universe=universe,
        convention=convention,
        quantity="number of units in error",
        unit="units",
        inputs=(
            ("errors", errors),
            ("sample", sample),
            ("universe", universe),
            ("level", level),
            ("convention", convention),
        ),
    )


def attribute_stratified(
    strata: Iterable[Counted | dict[str, Any]],
    level: float = 0.90,
    convention: str = "default",
    lonely: str = "fail",
) -> Estimate:
    """Return the number of units in error in a stratified universe.

    * ``default``: Korn-Graubard limits overall, exact hypergeometric limits in each stratum.
    * ``ratstats``: ``point ± z * se`` overall and in each stratum; the lower limit may be
      negative and no errors give a width of zero, which is why it is not the default.

    Args:
        strata: One :class:`~auditkit.stats.units.Counted` (or dictionary of universe, sample,
            errors and optionally name) per stratum.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        lonely: Policy for a stratum with one sampled unit; see
            :data:`auditkit.stats.strata.LONELY_POLICIES`.

    Returns:
        An estimate in units, with one part per stratum.

    Raises:
        StatisticsError: No strata, impossible counts, or a lonely stratum under ``fail``.

    Source:
        Cochran (1977), eq. 5.52; RAT-STATS Companion Manual p. 2-7; for the default limits see
        :func:`auditkit.stats.binomial.korn_graubard`.
    """
    convention = _check.choice("convention", convention, CONVENTIONS)
    counted = all_of_kind("strata", strata, Counted)
    names = _names(counted)
    summaries = [each.summary() for each in counted]
    found = _variance(counted, names, summaries, lonely)
    parts = tuple(
        _stratum(each, name, variance, level, convention)
        for each, name, variance in zip(counted, names, found.terms, strict=True)
    )
    return rate_limits(
        "stratified attribute appraisal",
        point=sum(each.total for each in summaries),
        se=found.total**0.5,
        errors=sum(each.errors for each in counted),
        n=sum(each.n for each in summaries),
        universe=sum(each.universe for each in summaries),
        level=level,
        df=found.df,
        convention=convention,
        parts=parts,
        warnings=found.warnings,
        inputs=(
            ("strata", tuple((c.universe, c.sample, c.errors) for c in counted)),
            ("level", level),
            ("convention", convention),
            ("lonely", lonely),
        ),
    )


def rate_limits(
    method: str,
    point: float,
    se: float,
    errors: int | None,
    n: int,
    universe: int,
    level: float,
    df: float | None,
    convention: str,
    **rest: Any,
) -> Estimate:
    """Return a count of errors from a complex design, with the limits of *convention*.

    ``default`` gives Korn-Graubard limits, cut where the sample itself proves more: no fewer
    errors than were found, no fewer correct units than were found; *errors* None leaves them
    uncut. ``ratstats`` gives normal limits that are never cut.
    """
    if convention == "ratstats":
        return from_standard_error(
            f"{method}, normal limits (RAT-STATS)",
            point,
            se,
            level,
            n,
            universe,
            convention=convention,
            quantity="number of units in error",
            unit="units",
            **rest,
        )
    level = _check.level("level", level)
    rate = min(1.0, max(0.0, point / universe))
    least, most = 0.0, float(universe)
    if errors is not None:
        least, most = float(errors), float(universe - n + errors)

    def cut(at: float) -> tuple[float, float]:
        low, high = binomial.korn_graubard(rate, se / universe, n, at, df)
        return max(least, universe * low), min(most, universe * high)

    two_sided = (point, point) if n == universe else cut(level)
    one_sided = (point, point) if n == universe else cut(quantiles.two_sided(level))
    return from_limits(
        f"{method}, Korn-Graubard limits",
        point,
        se,
        level,
        two_sided,
        one_sided,
        n,
        universe,
        convention=convention,
        quantity="number of units in error",
        unit="units",
        **rest,
    )


def _stratum(each: Counted, name: str, variance: float, level: float, convention: str) -> Estimate:
    if convention == "default":
        found = attribute_unrestricted(each.errors, each.sample, each.universe, level)
        return found.named(f"number of units in error in {name}", "units")
    summary = each.summary()
    return from_standard_error(
        "stratum of a stratified attribute appraisal, normal limits (RAT-STATS)",
        summary.total,
        variance**0.5,
        level,
        summary.n,
        summary.universe,
        convention=convention,
        quantity=f"number of units in error in {name}",
        unit="units",
    )


def _variance(
    counted: Sequence[Counted], names: Sequence[str], summaries: Sequence[Summary], lonely: str
) -> Variance:
    """Return the variance by stratum; counts suffice unless a lonely stratum needs its policy."""
    lonely = _check.choice("lonely", lonely, LONELY_POLICIES)
    if not any(each.lonely for each in summaries):
        terms = np.array([each.total_variance for each in summaries])
        return Variance(terms, sum(each.n - 1 for each in summaries if not each.take_all), ())
    labels = [name for name, each in zip(names, summaries, strict=True) for _ in range(each.n)]
    sizes = {name: each.universe for name, each in zip(names, summaries, strict=True)}
    outcomes = [np.repeat([1.0, 0.0], [each.errors, each.sample - each.errors]) for each in counted]
    return total_variance(np.concatenate(outcomes), read_strata(len(labels), sizes, labels), lonely)


def _names(counted: Sequence[Counted]) -> list[str]:
    names = [each.name or f"stratum {h}" for h, each in enumerate(counted, start=1)]
    if len(set(names)) < len(names):
        raise _check.StatisticsError("strata", "has two strata of the same name; rename one.")
    return names
