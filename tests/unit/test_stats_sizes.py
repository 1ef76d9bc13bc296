"""Sample sizes meet what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.stats._check import StatisticsError
from auditkit.stats.attribute import attribute_unrestricted
from auditkit.stats.attribute_sizes import acceptance_size, attribute_size
from auditkit.stats.sizes import (
    cia_full_sample,
    error_moments,
    mean_size,
    proportion_size,
    size_from_error_rate,
    size_from_probe,
    variable_size,
)
from auditkit.stats.stratified_sizes import stratified_size, stratified_size_known
from auditkit.stats.variable import variable_unrestricted


def half_width(n, sd, universe, level=0.90):
    """Return the half width of a mean that a sample with exactly this spread has."""
    half = n // 2
    values = [sd] * half + [-sd] * half + [0.0] * (n - 2 * half)
    scale = sd / np.std(values, ddof=1)
    return variable_unrestricted([v * scale for v in values], universe, level).precision / universe


@given(st.floats(0.2, 5), st.integers(40, 3000), st.sampled_from([0.05, 0.10, 0.25]))
def test_default_size_is_the_smallest_that_delivers(cv, universe, precision):
    """The appraisal of a sample of that size is as precise as asked, and of one less is not."""
    n = variable_size(100, 100 * cv, universe, precision).n

    assert n == universe or half_width(n, 100 * cv, universe) <= 100 * precision * (1 + 1e-9)
    assert n == 2 or half_width(n - 1, 100 * cv, universe) > 100 * precision * (1 - 1e-9)


def test_a_sample_never_exceeds_its_universe():
    """An impossible precision asks for a census."""
    assert variable_size(1, 1000, 500, 0.0001).n == 500
    assert proportion_size(0.0001, 0.5, 300).n == 300
    assert stratified_size([50, 70], [10, 20], [900, 800], 0.0001).strata == (50, 70)


def test_error_rate_size_by_hand():
    """p = 0.2, mean 100, sd 50: the errors have mean 20 and variance 0.2 (2,500 + 8,000) = 2,100.

    N = 1,000 at 90 % and 25 %: 2,100 * 1.644853627^2 / 25 = 227.27, over 1 + 227.27 / 1,000.
    """
    mean, sd = error_moments(0.2, 100, 50)

    assert (mean, sd**2) == pytest.approx((20, 2100))
    assert size_from_error_rate(0.2, 100, 50, 1000, 0.25, convention="ratstats").n == 185


def test_partial_errors_need_other_sizes():
    """Errors of half the payment halve the mean; their spread comes on top."""
    mean, sd = error_moments(0.2, 100, 50, taint_mean=0.5, taint_sd=0.25)

    assert mean == pytest.approx(10)
    assert sd**2 == pytest.approx(0.2 * (0.25 + 0.0625) * 12_500 - 100)


def test_cia_full_sample_counts_underpayments_as_zero():
    """90 % and 25 %, from a discovery sample of 50 with one underpayment.

    With the -80 as zero: mean 4.8, variance (100^2 + 60^2 + 80^2 - 50 * 4.8^2) / 49 = 384.653;
    384.653 * 1.644853627^2 / (0.25 * 4.8)^2 = 722.71, over 1 + 722.71 / 2,000.
    """
    discovery = [0.0] * 46 + [100, 60, 80, -80]

    assert cia_full_sample(discovery, 2000).n == 531
    assert cia_full_sample([max(0, x) for x in discovery], 2000).n == 531
    assert cia_full_sample(discovery, 2000, convention="default").n >= 531


def test_cia_discovery_that_is_enough():
    """A discovery sample that already meets the precision is said to."""
    assert "already meets" in cia_full_sample([50, 51, 49] * 17, 2000).warnings[-1]


@pytest.mark.parametrize("convention", ["default", "ratstats"])
@pytest.mark.parametrize(
    ("rate", "width", "universe"),
    [(0.05, 0.05, 900), (0.31, 0.1, 5000), (0.9, 0.04, 20_000), (0.0, 0.05, 700), (1.0, 0.1, 40)],
)
def test_attribute_size_delivers_the_width(rate, width, universe, convention):
    """Both conventions; rates of none and all."""
    n = attribute_size(rate, width, universe, 0.90, convention).n
    exact = attribute_unrestricted(round(min(rate, 1 - rate) * n), n, universe)

    assert exact.upper - exact.lower <= width * universe


@pytest.mark.parametrize(("rate", "width", "universe"), [(0.1, 0.1, 400), (0.37, 0.15, 900)])
def test_attribute_size_is_the_smallest(rate, width, universe):
    """No smaller sample has the width, by trying each."""
    n = attribute_size(rate, width, universe).n
    for smaller in range(1, n):
        exact = attribute_unrestricted(round(rate * smaller), smaller, universe)
        assert exact.upper - exact.lower > width * universe


@given(st.floats(0.01, 0.3), st.integers(0, 3), st.integers(60, 3000))
def test_acceptance_size_rules_the_rate_out(rate, accept, universe):
    """With that many errors the exact upper limit is below the material number, one unit fewer not.

    The upper limit is found another way round, by searching counts rather than sizes.
    """
    material = int(np.ceil(rate * universe - 1e-9))
    if material <= accept:
        with pytest.raises(StatisticsError, match="no sample can rule it out"):
            acceptance_size(rate, 0.95, accept, universe)
        return
    n = acceptance_size(rate, 0.95, accept, universe).n

    assert attribute_unrestricted(accept, n, universe, 0.95).upper_one_sided < material
    if n - 1 > accept:
        assert attribute_unrestricted(accept, n - 1, universe, 0.95).upper_one_sided >= material


def test_discovery_in_the_largest_universe():
    """Rates of one in a million need about 3 million units, as for the Poisson curve."""
    exact = acceptance_size(1e-6, 0.95, 0, 2_147_483_647).n

    assert exact == pytest.approx(acceptance_size(1e-6, 0.95, likelihood="poisson").n, rel=2e-3)


def test_stratified_size_delivers_its_precision():
    """Also where a stratum is taken whole, which RAT-STATS' rule may miss, with a warning."""
    strata = ([100, 400, 1500, 50], [9000, 900, 200, 30000], [5000, 800, 150, 20000])
    ours = stratified_size(*strata, 0.01)
    theirs = stratified_size(*strata, 0.01, convention="ratstats")

    assert ours.precision <= 0.01
    assert ours.strata[3] == theirs.strata[3] == 50
    assert "take-all" in ours.warnings[0]
    assert theirs.precision > 0.01 and "short of the 1 % asked for" in theirs.warnings[-1]


def test_stratified_size_by_hand():
    """N_h S_h of 1,000 and 3,000, N_h S_h^2 of 10,000 and 90,000; 10 % of 10,000 at 90 %.

    4,000^2 / ((1,000 / 1.644853627)^2 + 100,000) = 34.07: shares 8.52 and 25.55, rounded up.
    """
    found = stratified_size([100, 100], [40, 60], [10, 30], 0.10, convention="ratstats")

    assert found.unrounded == pytest.approx(34.07, abs=0.005)
    assert found.strata == (9, 26)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: variable_size(0, 5, 100, 0.1), "mean"),
        (lambda: variable_size(5, -1, 100, 0.1), "sd"),
        (lambda: variable_size(5, 1, 100, 0), "precision"),
        (lambda: size_from_probe([5], 100, 0.1), "probe"),
        (lambda: size_from_probe([5, "x"], 100, 0.1), "probe"),
        (lambda: size_from_error_rate(20, 5, 1, 100, 0.1), "error_rate"),
        (lambda: error_moments(0.2, 5, 1, 1.5), "taint_mean"),
        (lambda: cia_full_sample([0, 0, -5], 100), "overpayments"),
        (lambda: proportion_size(0.05, 1.2), "rate"),
        (lambda: mean_size(0, 5), "error"),
        (lambda: attribute_size(0.2, 0, 100), "width"),
        (lambda: attribute_size(1.2, 0.1, 100), "rate"),
        (lambda: acceptance_size(1, 0.95, 0, 100), "materiality"),
        (lambda: acceptance_size(0.05, 0.95), "universe"),
        (lambda: acceptance_size(0.05, 0.95, likelihood="normal"), "likelihood"),
        (lambda: stratified_size([10], [0], [1], 0.1), "means"),
        (lambda: stratified_size([10], [1, 2], [1], 0.1), "means"),
        (lambda: stratified_size_known([10, 10], [1, 1], [1, 1], 3), "n"),
        (lambda: stratified_size_known([10, 9], [1, 1], [9, 0.001], 1, 0.9, "ratstats"), "n"),
    ],
)
def test_bad_requests_name_the_argument(call, argument):
    """Sizes from nonsense are refused."""
    with pytest.raises(StatisticsError) as error:
        call()

    assert error.value.argument == argument


def test_size_says_itself():
    """One sentence for a plan."""
    said = stratified_size_known([100, 100], [40, 60], [10, 30], 40).sentence()

    assert said.startswith("Sample 40 of 200 units (10, 30 by stratum)")
