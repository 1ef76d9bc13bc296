"""Clopper-Pearson limits for an error rate when the universe is unlimited or unknown."""

from __future__ import annotations

from scipy import special

from auditkit.stats import _check, quantiles
from auditkit.stats.result import Estimate, from_limits


def clopper_pearson(errors: float, sample: float, level: float) -> tuple[float, float]:
    """Return the two-sided exact binomial limits of a rate at *level*, as fractions.

    Args:
        errors: Units in error, 0 to *sample*. A fraction of a unit is accepted, for effective
            counts (Korn and Graubard).
        sample: Units sampled, above 0.
        level: Confidence level, as a fraction; each tail holds ``(1 - level) / 2``.

    Raises:
        StatisticsError: More errors than units, or a *level* that is not a fraction.

    Source:
        Clopper and Pearson, Biometrika 26 (1934) 404-413, by quantiles of the beta distribution.
    """
    tail = (1.0 - _check.level("level", level)) / 2.0
    sample = _check.number("sample", sample, above=0.0)
    errors = _check.number("errors", errors, at_least=0.0, at_most=sample)
    return lower_limit(errors, sample, tail), upper_limit(errors, sample, tail)


def lower_limit(errors: float, sample: float, tail: float) -> float:
    """Return the rate that leaves *tail* probability of as many *errors* or more."""
    if errors <= 0:
        return 0.0
    return float(special.betaincinv(errors, sample - errors + 1.0, tail))


def upper_limit(errors: float, sample: float, tail: float) -> float:
    """Return the rate that leaves *tail* probability of as few *errors* or fewer."""
    if errors >= sample:
        return 1.0
    return float(special.betaincinv(errors + 1.0, sample - errors, 1.0 - tail))


def binomial_rate(errors: int, sample: int, level: float = 0.90) -> Estimate:
    """Return the error rate of an unlimited universe with Clopper-Pearson limits.

    Use :func:`auditkit.stats.attribute.attribute_unrestricted` when the size of the universe is
    known: its limits are narrower and exact for a finite universe.

    Args:
        errors: Units in error.
        sample: Units in the sample.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: More errors than units sampled, or a *level* that is not a fraction.
    """
    sample = _check.whole("sample", sample, at_least=1)
    errors = _check.error_count("errors", errors, sample)
    level = _check.level("level", level)
    rate = errors / sample
    lower, upper = clopper_pearson(errors, sample, level)
    se = (rate * (1.0 - rate) / (sample - 1)) ** 0.5 if sample > 1 else 0.0
    tail = 1.0 - level
    return from_limits(
        "binomial rate, Clopper-Pearson exact limits",
        rate,
        se,
        level,
        (lower, upper),
        (lower_limit(errors, sample, tail), upper_limit(errors, sample, tail)),
        n=sample,
        universe=None,
        quantity="error rate",
        unit="rate",
        inputs=(("errors", errors), ("sample", sample), ("level", level)),
    )


def korn_graubard(
    rate: float, se: float, n: int, level: float, df: float | None = None
) -> tuple[float, float]:
    """Return two-sided limits of a rate from a design that is not a simple random sample.

    Clopper-Pearson limits for the sample size that would give the same standard error, reduced
    for few degrees of freedom. They stay within 0 and 1, are not symmetric, and do not collapse
    when no errors are found; the normal limits of RAT-STATS do all three wrongly.

    Args:
        rate: Estimated rate, 0 to 1.
        se: Its standard error; 0 is read as "nothing varied", and *n* is used as it stands.
        n: Units sampled.
        level: Confidence level, as a fraction.
        df: Degrees of freedom of *se*; None when unlimited.

    Raises:
        StatisticsError: A rate outside 0 to 1, or a negative standard error.

    Source:
        Korn and Graubard, Survey Methodology 24 (1998) 193-201; R survey ``svyciprop`` with
        method "beta"; NCHS Data Presentation Standards for Proportions (2017).
    """
    rate = _check.number("rate", rate, at_least=0.0, at_most=1.0)
    se = _check.number("se", se, at_least=0.0)
    effective = rate * (1.0 - rate) / se**2 if se > 0.0 and 0.0 < rate < 1.0 else float(n)
    if df is not None and df > 0 and n > 1:
        effective *= (quantiles.t(level, n - 1) / quantiles.t(level, df)) ** 2
    return clopper_pearson(rate * effective, effective, level)
