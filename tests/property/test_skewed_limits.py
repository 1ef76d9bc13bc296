"""Properties of the auxiliary, likelihood, bootstrap and Bayesian estimates."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special

from auditkit.stats.auxiliary import difference_total, ratio, ratio_total
from auditkit.stats.bayes import bayes_count, bayes_rate, impartial_prior
from auditkit.stats.bootstrap import bootstrap_total
from auditkit.stats.likelihood import likelihood_mean, likelihood_total
from auditkit.stats.regression import poststratified_total, regression_total

money = st.floats(0, 1000).map(lambda dollars: round(dollars, 2))


@st.composite
def pairs(draw, least=4, most=20):
    """Draw paid amounts that differ, and overpayments between zero and each."""
    paid = np.array(
        draw(st.lists(st.integers(1, 1000), min_size=least, max_size=most, unique=True))
    )
    shares = draw(
        st.lists(st.sampled_from([0.0, 0.0, 0.4, 1.0]), min_size=len(paid), max_size=len(paid))
    )
    return paid.astype(float), paid * np.array(shares)


def estimators(paid, over, universe, total):
    """Return every auxiliary estimate of one sample, both variances."""
    found = [difference_total(paid - over, paid, universe, total)]
    for variance in ("taylor", "cochran"):
        found.append(ratio_total(over, paid, universe, total, variance=variance))
        found.append(regression_total(over, paid, universe, total, variance=variance))
    return found


@given(sample=pairs(), data=st.data())
def test_auxiliary_intervals_contain_the_point_and_a_census_has_no_width(sample, data):
    """Limits are in order; with every unit sampled and the true total, nothing is left open."""
    paid, over = sample
    universe = data.draw(st.integers(len(paid) + 1, 5000))

    for found in estimators(paid, over, universe, 2.0 * universe):
        assert found.lower <= found.point <= found.upper
        assert found.lower <= found.lower_one_sided <= found.point
    census = estimators(paid, over, len(paid), paid.sum())
    truths = [(paid - over).sum()] + [over.sum()] * 4
    for found, truth in zip(census, truths, strict=True):
        assert found.point == pytest.approx(truth, abs=1e-6)
        assert found.upper - found.lower == pytest.approx(0, abs=1e-6)


@given(sample=pairs())
def test_intervals_shrink_when_the_same_sample_is_seen_again(sample):
    """Twice the units with the same values give a narrower interval by every method."""
    paid, over = sample
    assume(np.ptp(over) > 0)
    twice = (np.tile(paid, 2), np.tile(over, 2))

    once = [*estimators(paid, over, 10_000, 2e6), likelihood_total(over, 10_000)]
    more = [*estimators(*twice, 10_000, 2e6), likelihood_total(twice[1], 10_000)]

    for small, large in zip(once, more, strict=True):
        assert large.upper - large.lower <= small.upper - small.lower + 1e-6


@given(sample=pairs(), factor=st.floats(0.1, 10))
def test_exact_proportion_leaves_no_error(sample, factor):
    """Overpayments that are one share of the payment are estimated without error."""
    paid, _ = sample

    found = ratio_total(paid * factor, paid, 1000, 123_456)

    assert found.point == pytest.approx(123_456 * factor)
    assert found.se == pytest.approx(0, abs=1e-6 * 123_456 * factor)
    assert ratio(paid * factor, paid, 1000).point == pytest.approx(factor)


@given(sample=pairs(), shift=st.floats(-5, 5), slope=st.floats(-2, 2))
def test_regression_meets_any_line_exactly(sample, shift, slope):
    """Values on a line through the known amount give its total, with no error."""
    paid, _ = sample

    found = regression_total(shift + slope * paid, paid, 500, 60_000)

    assert found.point == pytest.approx(500 * shift + slope * 60_000, rel=1e-6, abs=1e-3)
    assert found.se == pytest.approx(0, abs=1e-3)


@given(sample=pairs(least=6))
def test_one_stratum_is_the_unrestricted_sample(sample):
    """A single stratum, or a single cell, changes nothing."""
    paid, over = sample
    names, sizes = ["s"] * len(paid), {"s": 400}

    plain = ratio_total(over, paid, 400, 30_000)

    for how, total in (("combined", 30_000), ("separate", {"s": 30_000})):
        found = ratio_total(over, paid, sizes, total, names, how=how)
        assert (found.point, found.se) == pytest.approx((plain.point, plain.se))
    cell = poststratified_total(over, names, sizes)
    assert cell.point == pytest.approx(400 * over.mean())


@given(values=st.lists(money, min_size=3, max_size=25), universe=st.integers(26, 10**6))
def test_likelihood_limits_stay_within_what_was_seen(values, universe):
    """Limits are in order and between the smallest and the largest value of every unit."""
    found = likelihood_total(values, universe)

    slack = 1e-6 * universe * (1 + max(values))
    assert universe * min(values) - slack <= found.lower <= found.lower_one_sided + slack
    assert found.lower_one_sided <= found.point + slack
    assert found.point - slack <= found.upper <= universe * max(values) + slack


@given(
    values=st.lists(money, min_size=3, max_size=15),
    shift=st.integers(-500, 500),
    factor=st.sampled_from([0.01, 3.0, 1000.0]),
)
def test_likelihood_limits_move_with_the_amounts(values, shift, factor):
    """Adding a constant or changing the currency moves the limits the same way."""
    assume(np.ptp(values) > 1)

    found = likelihood_mean(values)
    moved = likelihood_mean(np.array(values) * factor + shift)

    for name in ("lower", "upper", "lower_one_sided"):
        expected = getattr(found, name) * factor + shift
        assert getattr(moved, name) == pytest.approx(expected, rel=1e-6, abs=1e-4 * factor)


@given(values=st.lists(money, min_size=2, max_size=10), known=st.lists(money, max_size=5))
def test_census_strata_add_their_amounts_and_no_width(values, known):
    """A stratum reviewed whole moves every limit by its total, by likelihood and bootstrap."""
    assume(known)
    names = ["part"] * len(values) + ["whole"] * len(known)
    sizes = {"part": 100, "whole": len(known)}

    for method in (likelihood_total, lambda *args: bootstrap_total(*args, resamples=200)):
        alone = method(values, {"part": 100}, ["part"] * len(values))
        both = method([*values, *known], sizes, names)
        for limit in ("point", "lower", "upper"):
            moved = getattr(alone, limit) + sum(known)
            assert getattr(both, limit) == pytest.approx(moved, abs=1e-4)


@given(values=st.lists(money, min_size=2, max_size=15), seed=st.integers(0, 1000))
def test_bootstrap_is_reproducible_and_within_what_was_seen(values, seed):
    """The same seed gives the same limits; no resample leaves the range of the values."""
    first = bootstrap_total(values, 500, resamples=300, seed=seed)
    again = bootstrap_total(values, 500, resamples=300, seed=seed)

    assert first == again
    slack = 1e-6 * 500 * (1 + max(values))
    assert 500 * min(values) - slack <= first.lower <= first.upper
    assert first.upper <= 500 * max(values) + slack


@given(data=st.data(), prior=st.sampled_from(["uniform", "jeffreys", (2.0, 30.0)]))
def test_posterior_counts_respect_what_was_seen(data, prior):
    """Between the errors found and all units not seen to be right; in order; wider by level."""
    universe = data.draw(st.integers(2, 3000))
    sample = data.draw(st.integers(1, universe))
    errors = data.draw(st.integers(0, sample))

    found = bayes_count(errors, sample, universe, prior)
    wide = bayes_count(errors, sample, universe, prior, level=0.99)

    assert errors <= wide.lower <= found.lower <= found.upper <= wide.upper
    assert wide.upper <= universe - (sample - errors)
    if sample == universe:
        assert found.lower == found.upper == errors


def test_posterior_of_a_huge_universe_is_quick_and_close_to_the_rate():
    """Two thousand million units: the count divided by the universe is the beta posterior."""
    universe = 2_147_483_647

    count = bayes_count(7, 100, universe)
    rate = bayes_rate(7, 100)

    assert count.lower / universe == pytest.approx(rate.lower, rel=1e-5)
    assert count.upper / universe == pytest.approx(rate.upper, rel=1e-5)


@given(materiality=st.floats(0.005, 0.5))
def test_the_impartial_prior_is_impartial(materiality):
    """Half its probability lies on either side of materiality."""
    a, b = impartial_prior(materiality)

    assert special.betainc(a, b, materiality) == pytest.approx(0.5)
