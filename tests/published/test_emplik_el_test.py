"""Empirical likelihood of a mean: equal to R emplik's el.test, through statsmodels' DescStat."""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.emplike.descriptive import DescStat

from auditkit.stats.likelihood import likelihood_mean, likelihood_total, minus_two_log_ratio

OVER = [
    0, 0, 240, 0, 62, 0, 0, 0, 205, 0, 0, 0, 35.5, 0, 0,
    220, 0, 0, 0, 0, 0, 48.75, 0, 0, 0, 12, 0, 0, 0, 0,
]  # fmt: skip


@pytest.mark.parametrize("level", [0.80, 0.90, 0.95])
def test_limits_of_a_mean(level):
    """DescStat.ci_mean at three levels, for thirty overpayments of which seven are not zero."""
    low, high = DescStat(np.array(OVER)).ci_mean(sig=1 - level)

    found = likelihood_mean(OVER, level)

    assert found.lower == pytest.approx(low, rel=1e-7)
    assert found.upper == pytest.approx(high, rel=1e-7)


def test_minus_two_log_ratio():
    """The -2LLR of a mean of 40 that DescStat.test_mean prints: .8269691273."""
    assert minus_two_log_ratio(OVER, 40.0) == pytest.approx(0.8269691273280777, rel=1e-9)


def test_finite_universe_divides_the_statistic():
    """At the limits for a finite universe -2LLR is the quantile times 1 - n/N."""
    universe, level = 120, 0.90

    found = likelihood_total(OVER, universe, level=level)

    goal = stats.chi2.ppf(level, 1) * (1 - 30 / universe)
    for end in (found.lower, found.upper):
        assert minus_two_log_ratio(OVER, end / universe) == pytest.approx(goal, rel=1e-7)


def test_strata_share_one_multiplier():
    """Limits over two strata equal a direct constrained maximisation of the likelihood.

    The oracle minimises the total over how the two stratum means share the allowed drop.
    """
    first, second = np.array(OVER[:15]), np.array(OVER[15:])
    sizes = {"a": 200, "b": 90}
    goal = stats.chi2.ppf(0.80, 1)

    def mean_at(values, drop):
        low = values.min() + 1e-9 * np.ptp(values)
        return optimize.brentq(
            lambda mean: minus_two_log_ratio(values, mean) - drop, low, values.mean(), xtol=1e-10
        )

    def total(share):
        a = mean_at(first, goal * share * (1 - 15 / 200))
        b = mean_at(second, goal * (1 - share) * (1 - 15 / 90))
        return 200 * a + 90 * b

    lowest = optimize.minimize_scalar(total, bounds=(1e-6, 1 - 1e-6), method="bounded").fun

    found = likelihood_total(OVER, sizes, ["a"] * 15 + ["b"] * 15, level=0.90)

    assert found.lower_one_sided == pytest.approx(lowest, rel=1e-5)
