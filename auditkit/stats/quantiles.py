"""Normal and Student quantiles, with the digits that RAT-STATS prints."""

from __future__ import annotations

from scipy import special

from auditkit.stats import _check

#: Normal quantiles as RAT-STATS 2010 holds them, by two-sided level.
RATSTATS_Z = {
    0.80: 1.281551565545,
    0.90: 1.644853626951,
    0.95: 1.959963984540,
    0.99: 2.575829303549,
}


def z(level: float) -> float:
    """Return the normal quantile of a two-sided interval at *level* (0.90 gives 1.6449)."""
    level = _check.level("level", level)
    return float(special.ndtri((1.0 + level) / 2.0))


def t(level: float, df: float) -> float:
    """Return Student's quantile of a two-sided interval at *level* with *df* degrees of freedom.

    Raises:
        StatisticsError: *df* is not above zero (a sample of one unit has no interval).
    """
    level = _check.level("level", level)
    df = _check.number("df", df, above=0.0)
    return float(special.stdtrit(df, (1.0 + level) / 2.0))


def two_sided(one_sided_level: float) -> float:
    """Return the two-sided level whose limits are the one-sided limits at *one_sided_level*.

    The lower limit of a one-sided 90 % interval is the lower limit of a two-sided 80 % interval.

    Raises:
        StatisticsError: The level is 0.5 or less, where a one-sided limit is not a bound.
    """
    level = _check.level("level", one_sided_level)
    if level <= 0.5:
        raise _check.StatisticsError("level", f"must be above 0.5 (got {level:g}).")
    return 2.0 * level - 1.0
