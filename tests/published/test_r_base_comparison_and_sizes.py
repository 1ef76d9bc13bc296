"""Figures of base R 4.2.2: quantiles, tests, maximum likelihood and formulas typed out in R."""

import numpy as np
import pytest

from auditkit import stats

ERRORS, REVIEWED = [3, 9, 4, 14, 2, 6], [30, 45, 30, 60, 25, 30]
APART, OF = [2, 14, 5, 25, 1, 9], [40, 50, 40, 60, 30, 45]


def test_funnel_limits_are_binomial_quantiles():
    """qbinom(.025) and qbinom(.975) at the pooled rate; qhyper given the group's errors."""
    found = stats.compare_rates(ERRORS, REVIEWED)
    given = stats.compare_rates(ERRORS, REVIEWED, limits="conditional")

    assert [each.fewest for each in found.members] == [2, 3, 2, 5, 1, 2]
    assert [each.most for each in found.members] == [9, 13, 9, 16, 8, 9]
    assert [each.fewest for each in given.members] == [2, 4, 2, 6, 1, 2]
    assert [each.most for each in given.members] == [9, 12, 9, 15, 8, 9]
    low, high = stats.funnel_limits(38 / 220, REVIEWED)
    assert (low * REVIEWED).round().tolist() == [2, 3, 2, 5, 1, 2]
    assert (high * REVIEWED).round().tolist() == [9, 13, 9, 16, 8, 9]


def test_own_limits_of_a_member():
    """binom.test of each member."""
    found = stats.compare_rates(ERRORS, REVIEWED).members

    assert (found[0].lower, found[0].upper) == pytest.approx((0.0211171370297, 0.265288450474))
    assert (found[3].lower, found[3].upper) == pytest.approx((0.133837343889, 0.360382787106))


def test_dispersion_is_that_of_the_chi_squared_test():
    """chisq.test(correct = FALSE): 30.3667 on 5 degrees, p = 1.249e-05."""
    dispersion, chance = stats.dispersion_test(np.array(APART), np.array(OF), 56 / 265)

    assert dispersion == pytest.approx(30.3666588345865 / 5)
    assert chance == pytest.approx(1.248933177461e-05, rel=1e-9)
    assert stats.compare_rates(APART, OF).overdispersed


def test_rates_are_shrunk_by_the_fitted_beta():
    """optim(method = "BFGS") on the beta-binomial likelihood; qbeta of the posteriors."""
    x, n = np.array(APART), np.array(OF)

    prior = stats.fit_beta(x, n)
    rates, low, high = stats.shrink(x, n, prior, 0.95)

    assert prior == pytest.approx((1.74172646, 7.51155149), rel=1e-5)
    assert rates == pytest.approx(
        [0.0759690851, 0.265668449, 0.136878737, 0.386143837, 0.0698470702, 0.197992211], rel=1e-5
    )
    assert low[[0, 3]] == pytest.approx([0.0203004374, 0.275799924], rel=1e-5)
    assert high[[0, 3]] == pytest.approx([0.163721397, 0.502719115], rel=1e-5)


def test_control_limits_of_a_rate():
    """qbinom(.00135) and qbinom(.99865); and the textbook's three standard errors."""
    exact = stats.p_chart(APART, OF).points
    normal = stats.p_chart(APART, OF, limits="normal").points

    assert [p.upper for p in exact] == pytest.approx([0.425, 0.4, 0.425, 23 / 60, 14 / 30, 0.4])
    assert [p.lower for p in exact] == pytest.approx([0.05, 0.06, 0.05, 4 / 60, 1 / 30, 2 / 45])
    assert [p.upper for p in normal][:2] == pytest.approx([0.404967058141852, 0.384523273936806])
    assert [p.lower for p in normal][4:] == pytest.approx([0, 0.0287492689790693])


def test_individuals_chart():
    """mean and 2.66 * mean(abs(diff(v)))."""
    found = stats.individuals_chart([12, 15, 11, 14, 18, 13, 10, 16])

    assert found.centre == pytest.approx(13.625)
    assert found.points[0].upper - found.centre == pytest.approx(10.64)


def test_penny_limits_are_exact():
    """7 of 60 cents overpaid, 5,000 paid: every count tried with phyper."""
    found = stats.penny_limits(50.00, 60, 7)

    assert (found.lower, found.upper) == (2.82, 10.37)
    assert (found.lower_one_sided, found.upper_one_sided) == (3.32, 9.39)


def test_fixed_samples_pass_and_fail_as_often_as_the_tails_say():
    """pbinom for ten charts of many, phyper for thirty of 200, pass mark 10 %."""
    ten = stats.fixed_sample(10, 0.10, 0.10, 0.20)
    thirty = stats.fixed_sample(30, 0.10, 0.10, 0.20, universe=200)

    assert ten.chances(0.10).fail == pytest.approx(0.2639010709)
    assert ten.chances(0.20).accept == pytest.approx(0.3758096384)
    assert thirty.chances(0.10).fail == pytest.approx(0.350151562276158)
    assert thirty.chances(0.20).accept == pytest.approx(0.103354127734979)


def test_size_from_an_expected_error_rate():
    """15 % of 4,000 claims of 120 dollars (sd 85): sd 54.03 and n 355.44 for 25 % precision."""
    assert stats.error_moments(0.15, 120, 85) == pytest.approx((18, 54.0347110661286))
    found = stats.size_from_error_rate(0.15, 120, 85, 4000, 0.25, convention="ratstats")
    assert (found.unrounded, found.n) == pytest.approx((355.435500405219, 355))
    assert stats.variable_size(18, 54.0347110661286, 4000, 0.25, convention="ratstats").n == 355


def test_full_sample_of_an_integrity_agreement():
    """Four overpayments and an underpayment in 50 of 2,600: the underpayment counts as zero."""
    amounts = np.zeros(50)
    amounts[[2, 8, 16, 21, 40]] = [120, 35, 80, 210, -60]

    found = stats.cia_full_sample(amounts, 2600)

    assert (found.unrounded, found.n) == pytest.approx((547.367194760871, 547))


def test_stratified_size_with_the_total_unknown():
    """Cochran's eq. 5.48: 68.05 units, shared 17, 28 and 25 after rounding up."""
    for convention in ("default", "ratstats"):
        found = stats.stratified_size(
            [2000, 1500, 300], [80, 150, 900], [40, 90, 400], 0.10, convention=convention
        )
        assert found.strata == (17, 28, 25)
        assert found.unrounded == pytest.approx(68.0532704824257)


def test_shape_of_a_sample():
    """Moment ratios with divisor n."""
    found = stats.moments([0, 0, 240, 0, 62, 0, 205, 35.5])

    assert (found.skewness, found.kurtosis) == pytest.approx((1.02309764779518, 2.28583697613451))


@pytest.mark.parametrize(
    ("distribution", "units", "bound"),
    [
        ("binomial", None, 0.0930296314328747),
        ("poisson", None, 0.0963729119577641),
        ("hypergeometric", 20_000, 0.092915),
    ],
)
def test_stringer_bounds_with_taints(distribution, units, bound):
    """Taints .9, .5 and .3 among 60 dollars at 95 %: qbeta, qgamma and a search with phyper."""
    found = stats.stringer_bound([0.9, 0.5, 0.3], 60, 0.95, distribution, units)

    assert found == pytest.approx(bound, abs=1e-9)


def test_stringer_lower_bound():
    """The mirror image: one less the upper bound of the untainted shares."""
    found = stats.stringer_bound([0.9, 0.5, 0.3], 60, 0.95, side="lower")

    assert found == pytest.approx(0.00566233586731291, abs=1e-9)


def test_quantiles():
    """qt(.95) for 1, 9, 29 and 99 degrees, qnorm(.95)."""
    found = [stats.t_quantile(0.90, df) for df in (1, 9, 29, 99)]

    assert found == pytest.approx(
        [6.31375151467504, 1.83311293265624, 1.6991270265335, 1.66039115601699], rel=1e-12
    )
    assert stats.z_quantile(0.90) == pytest.approx(1.64485362695147, rel=1e-12)
