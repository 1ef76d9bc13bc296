"""Totals of an amount: unrestricted, stratified and unknown-universe variable appraisals.

The lower limit of the one-sided 90 % interval, which Medicare contractors demand, is
``lower_one_sided`` at ``level=0.90``; RAT-STATS prints it as the lower limit of its two-sided
80 % interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import CONVENTIONS, Estimate, from_standard_error
from auditkit.stats.shape import moments
from auditkit.stats.strata import Strata, Variance, read_strata, total_variance

#: Where the quantile comes from: ``convention`` leaves it to the convention.
QUANTILES = ("convention", "t", "z")

#: Degrees of freedom of a stratified total.
DEGREES = ("design", "satterthwaite")


def variable_unrestricted(
    values: Iterable[Any],
    universe: int,
    level: float = 0.90,
    convention: str = "default",
    quantile: str = "convention",
    fpc: bool = True,
) -> Estimate:
    """Return the total of *values* in the universe: N times the sample mean.

    The standard error is ``N s sqrt((N - n) / (n N))``. Both conventions use Student's t with
    n - 1 degrees of freedom.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``; zero where nothing was wrong.
        universe: Units in the universe.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats`` (percentage and shape printed as it does).
        quantile: ``t``, ``z``, or ``convention`` (t).
        fpc: Whether to apply the finite population correction. Software without it (R jfa)
            gives wider limits; leave it on.

    Returns:
        An estimate with mean, sd, skewness and kurtosis of the sample;
        ``.per_unit()`` gives the mean and its standard error.

    Raises:
        StatisticsError: A single unit of several (no standard error exists), more units than
            the universe holds, or amounts that are text or blank.

    Source:
        Cochran (1977), eq. 2.22 and 2.25; RAT-STATS Companion Manual p. 3-5.
    """
    found = _check.amounts("values", values)
    universe = _check.universe_size("universe", universe)
    n = _check.sample_size("values", found.size, universe)
    convention = _check.choice("convention", convention, CONVENTIONS)
    if n == 1 and universe > 1:
        raise StatisticsError(
            "values",
            f"holds one unit of {universe:,}; a standard error needs two or more.",
        )
    shape = moments(found, convention)
    variance = 0.0 if n == 1 else universe**2 * float(found.var(ddof=1)) / n
    if fpc:
        variance *= (universe - n) / universe
    return from_standard_error(
        "unrestricted variable appraisal",
        universe * shape.mean,
        variance**0.5,
        level,
        n,
        universe,
        df=_df(quantile, "t", n - 1),
        convention=convention,
        warnings=nonzero_warning(found),
        inputs=(
            ("values", tuple(found.tolist())),
            ("universe", universe),
            ("level", level),
            ("convention", convention),
            ("quantile", quantile),
            ("fpc", fpc),
        ),
        **shape.fields_of_estimate(),
    )


def variable_stratified(
    values: Iterable[Any],
    universe: Mapping[Any, int],
    strata: Iterable[Hashable],
    level: float = 0.90,
    convention: str = "default",
    quantile: str = "convention",
    lonely: str = "fail",
    degrees: str = "design",
) -> Estimate:
    """Return the total of a stratified universe: the sum of N_h times the stratum mean.

    * ``default``: t overall. Few sampled units make the normal curve too narrow; t with the
      degrees of freedom that the design leaves is what survey software uses.
    * ``ratstats``: z overall, t with n_h - 1 degrees of freedom in each stratum.

    A stratum reviewed whole (take-all) adds its amounts and no variance.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``.
        universe: Units of the universe in each stratum, by stratum label.
        strata: Stratum label of each sampled unit, shape ``(n,)``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        quantile: ``t``, ``z``, or ``convention``; applies to the overall total.
        lonely: Policy for a stratum with one sampled unit; see
            :data:`auditkit.stats.strata.LONELY_POLICIES`.
        degrees: ``design`` (sampled units less strata, over the strata sampled in part) or
            ``satterthwaite`` (Cochran eq. 5.16), which is smaller when one small stratum holds
            most of the variance.

    Returns:
        An estimate with one part per stratum, in the order of *universe*.

    Raises:
        StatisticsError: A unit of an unknown stratum, a stratum without sampled units, a lonely
            stratum under ``fail``, or amounts that are text or blank.

    Source:
        Cochran (1977), eq. 5.1 and 5.7; RAT-STATS Companion Manual p. 3-13.
    """
    found = _check.amounts("values", values)
    convention = _check.choice("convention", convention, CONVENTIONS)
    labels = list(strata)
    design = read_strata(found.size, universe, labels)
    variance = total_variance(found, design, lonely)
    degrees = _check.choice("degrees", degrees, DEGREES)
    df = satterthwaite(variance, design) if degrees == "satterthwaite" else float(variance.df)
    if df == 0 and variance.total > 0.0 and quantile != "z" and convention != "ratstats":
        raise StatisticsError(
            "strata",
            "has no stratum with two sampled units, which leaves t no degrees of freedom. "
            "Sample more, or ask for quantile='z'.",
        )
    order = [design.labels.index(label) for label in universe]
    return from_standard_error(
        "stratified variable appraisal",
        float((design.sizes * design.means(found)).sum()),
        variance.total**0.5,
        level,
        int(found.size),
        design.universe,
        df=_df(quantile, "z" if convention == "ratstats" else "t", df),
        convention=convention,
        parts=tuple(_stratum(found, design, h, variance, level, convention) for h in order),
        warnings=nonzero_warning(found) + variance.warnings,
        inputs=(
            ("values", tuple(found.tolist())),
            ("universe", tuple(universe.items())),
            ("strata", tuple(labels)),
            ("level", level),
            ("convention", convention),
            ("quantile", quantile),
            ("lonely", lonely),
            ("degrees", degrees),
        ),
        nonzero=int(np.count_nonzero(found)),
    )


def satterthwaite(variance: Variance, strata: Strata) -> float:
    """Return the effective degrees of freedom of a stratified total (Cochran eq. 5.16).

    0 when no stratum has a variance.
    """
    partial = (strata.sampled > 1) & (variance.terms > 0.0)
    if not partial.any():
        return 0.0
    terms, sampled = variance.terms[partial], strata.sampled[partial]
    return float(variance.terms.sum() ** 2 / (terms**2 / (sampled - 1)).sum())


def variable_unknown_universe(
    larger_universe: int,
    n1: int,
    mean1: float,
    sd1: float,
    n2: int,
    mean2: float,
    sd2: float,
    level: float = 0.90,
    convention: str = "default",
) -> Estimate:
    """Return a total when the number of units is itself an estimate.

    A first sample, of *larger_universe* containers (weeks, folders, patients), gives the mean
    number of units in each; a second sample, of units, gives the mean amount. The estimate is
    their product, and its variance is unbiased for two independent samples.

    Both conventions use the normal curve: the product of two means has no t distribution.

    Args:
        larger_universe: Containers in the universe.
        n1: Containers sampled.
        mean1: Mean units in a sampled container.
        sd1: Standard deviation of the units in a container.
        n2: Units sampled.
        mean2: Mean amount of a sampled unit.
        sd2: Standard deviation of the amounts.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.

    Raises:
        StatisticsError: A sample of fewer than two or more than its universe holds, or a
            negative standard deviation.

    Source:
        Goodman, J. Am. Stat. Assoc. 55 (1960) 708-713; RAT-STATS Companion Manual p. 3-104.
    """
    containers = _check.universe_size("larger_universe", larger_universe)
    n1 = _check.sample_size("n1", n1, containers, at_least=2)
    mean1 = _check.number("mean1", mean1, at_least=0.0)
    sd1 = _check.number("sd1", sd1, at_least=0.0)
    units = containers * mean1
    n2 = _check.whole("n2", n2, at_least=2)
    if n2 > units:
        raise StatisticsError("n2", f"is {n2:,}, more than the {units:,.0f} units estimated.")
    mean2 = _check.number("mean2", mean2)
    sd2 = _check.number("sd2", sd2, at_least=0.0)
    se_units = containers * sd1 / n1**0.5 * (1.0 - n1 / containers) ** 0.5
    se_mean = sd2 / n2**0.5 * (1.0 - n2 / units) ** 0.5
    variance = (mean2 * se_units) ** 2 + (units * se_mean) ** 2 - (se_units * se_mean) ** 2
    # Unbiased, but below zero when both samples say next to nothing.
    warnings = (
        ("Both samples vary so much that the variance estimate is negative; it is shown as 0.",)
        if variance < 0.0
        else ()
    )
    return from_standard_error(
        "variable appraisal, unknown universe size",
        units * mean2,
        max(0.0, variance) ** 0.5,
        level,
        n2,
        None,
        convention=convention,
        warnings=warnings,
        inputs=(
            ("larger_universe", containers),
            ("n1", n1),
            ("mean1", mean1),
            ("sd1", sd1),
            ("n2", n2),
            ("mean2", mean2),
            ("sd2", sd2),
            ("level", level),
            ("convention", convention),
        ),
    )


def _stratum(
    values: Array, design: Strata, h: int, variance: Variance, level: float, convention: str
) -> Estimate:
    own = values[design.rows[h]]
    shape = moments(own, convention)
    label, size = design.labels[h], int(design.sizes[h])
    found = from_standard_error(
        "stratum of a stratified variable appraisal",
        size * shape.mean,
        float(variance.terms[h]) ** 0.5,
        level,
        shape.n,
        size,
        df=max(shape.n - 1, 0) or None,
        convention=convention,
        quantity=f"total of {label}",
        **shape.fields_of_estimate(),
    )
    if shape.n == size:
        return replace(found, df=None, quantile=None, quantile_kind="none")
    return found


def _df(quantile: str, convention_quantile: str, df: float) -> float | None:
    """Return the degrees of freedom to use, or None for the normal curve."""
    chosen = _check.choice("quantile", quantile, QUANTILES)
    kind = convention_quantile if chosen == "convention" else chosen
    return df if kind == "t" else None
