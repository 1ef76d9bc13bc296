"""Properties of limits that hold for any distribution: minimum sum, pennies, Stringer."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from auditkit.stats.msm import minimum_sum, minimum_sum_stratified
from auditkit.stats.mus import mus_evaluation
from auditkit.stats.mus_bounds import cox_snell_bound, moment_bound, stringer_bound
from auditkit.stats.penny import overpaid_pennies, penny_limits, select_pennies

payment = st.floats(1, 1000).map(lambda dollars: round(dollars, 2))


@st.composite
def reviewed(draw, least=2):
    """Draw payments with overpayments, and payments that were not sampled."""
    paid = np.array(draw(st.lists(payment, min_size=least, max_size=15)))
    taints = draw(
        st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=len(paid), max_size=len(paid))
    )
    return paid, paid * taints, np.array(draw(st.lists(payment, max_size=30)))


@given(sample=reviewed(), level=st.sampled_from([0.6, 0.8, 0.9, 0.95]))
def test_minimum_sum_stays_within_what_the_sample_proves(sample, level):
    """At least what was found, at most that and all other payments; the point lies between."""
    paid, over, left = sample

    found = minimum_sum(paid, over, left, level=level)

    slack = 1e-6
    assert over.sum() - slack <= found.lower <= found.point + slack
    assert found.point <= found.upper + slack
    assert found.upper <= over.sum() + left.sum() + slack
    assert found.lower <= found.lower_one_sided + slack


@given(sample=reviewed())
def test_a_census_leaves_nothing_open(sample):
    """With nothing unsampled every limit is the overpayment found."""
    paid, over, _ = sample

    found = minimum_sum(paid, over, [])

    for limit in (found.point, found.lower, found.upper, found.lower_one_sided):
        assert limit == pytest.approx(over.sum())


@pytest.mark.parametrize("in_error", range(9))
@pytest.mark.parametrize("serious", [1.0, 0.5])
def test_minimum_sum_holds_in_every_universe(in_error, serious):
    """Over all samples of 3 of 8 payments the limits hold as often as they state, or more."""
    paid = np.array([3.0, 50.0, 8.0, 21.0, 1.0, 34.0, 2.0, 13.0])
    taint = np.where(np.arange(8) < in_error, np.where(np.arange(8) % 2, serious, 1.0), 0.0)
    over = paid * taint
    low = high = both = 0
    samples = list(combinations(range(8), 3))
    for rows in map(list, samples):
        found = minimum_sum(paid[rows], over[rows], np.delete(paid, rows), serious, level=0.8)
        low += found.lower_one_sided <= over.sum() + 1e-9
        high += found.upper_one_sided >= over.sum() - 1e-9
        both += found.lower - 1e-9 <= over.sum() <= found.upper + 1e-9

    assert min(low, high, both) / len(samples) >= 0.8


def test_stratified_minimum_sum_holds_jointly():
    """Over all pairs of samples in two strata the joint lower limit keeps its confidence."""
    paid = {"a": np.array([5.0, 6.0, 7.0, 8.0, 9.0]), "b": np.array([50.0, 40.0, 90.0, 60.0])}
    over = {"a": paid["a"] * [1, 0, 1, 1, 0], "b": paid["b"] * [1, 1, 0, 1]}
    truth = over["a"].sum() + over["b"].sum()
    held = []
    for first in map(list, combinations(range(5), 2)):
        for second in map(list, combinations(range(4), 2)):
            found = minimum_sum_stratified(
                np.concatenate([paid["a"][first], paid["b"][second]]),
                np.concatenate([over["a"][first], over["b"][second]]),
                ["a", "a", "b", "b"],
                {"a": np.delete(paid["a"], first), "b": np.delete(paid["b"], second)},
                level=0.8,
            )
            held.append(found.lower_one_sided <= truth + 1e-9)

    assert np.mean(held) >= 0.8


@given(cents=st.integers(5, 400), n=st.integers(1, 30), share=st.floats(0, 1), level=st.just(0.9))
def test_penny_limits_hold_for_every_overpayment(cents, n, share, level):
    """The chance that the lower limit exceeds the true overpayment is at most 1 - level."""
    n = min(n, cents)
    truth = round(share * cents)
    chance = 0.0
    for x in range(n + 1):
        likely = stats.hypergeom.pmf(x, cents, truth, n)
        if likely > 0:
            found = penny_limits(cents / 100, n, x, level)
            chance += likely * (found.lower_one_sided > truth / 100 + 1e-9)
            assert found.lower <= found.point + 1e-9
            assert found.point <= found.upper + 1e-9
            assert x / 100 <= found.lower + 1e-9
            assert found.upper <= (cents - (n - x)) / 100 + 1e-9

    assert chance <= 1 - level + 1e-9


def test_a_sampled_cent_is_overpaid_by_its_place_alone():
    """Drawing every cent counts the overpayment itself, to the cent."""
    paid, over = [0.10, 0.25, 0.03], np.array([0.04, 0.25, 0.0])

    sample = select_pennies(paid, 38, seed="2025-03-14")

    assert sorted(zip(sample.rows.tolist(), sample.places.tolist(), strict=True)) == [
        (row, place) for row, cents in enumerate((10, 25, 3)) for place in range(1, cents + 1)
    ]
    assert overpaid_pennies(sample, over[sample.rows]) == 29


@given(
    taints=st.lists(st.floats(0, 1), max_size=20),
    extra=st.integers(1, 60),
    level=st.sampled_from([0.8, 0.9, 0.95]),
    kind=st.sampled_from(["binomial", "poisson", "hypergeometric"]),
)
def test_stringer_limits_enclose_the_mean_taint(taints, extra, level, kind):
    """Lower limit, mean taint and upper limit are in order and between 0 and 1, in any order."""
    n = len(taints) + extra
    mean = sum(taints) / n

    upper = stringer_bound(taints, n, level, kind, units=10**6)
    lower = stringer_bound(taints[::-1], n, level, kind, units=10**6, side="lower")

    assert -1e-12 <= lower <= mean + 1e-9
    assert mean - 1e-9 <= upper <= 1
    assert upper == pytest.approx(stringer_bound(taints[::-1], n, level, kind, units=10**6))


@given(taints=st.lists(st.floats(0, 0.9), min_size=1, max_size=15), add=st.floats(0.01, 0.1))
def test_bounds_rise_with_a_taint(taints, add):
    """A larger taint never lowers Stringer's or Cox and Snell's limit."""
    more = [taints[0] + add, *taints[1:]]

    assert stringer_bound(more, 50) >= stringer_bound(taints, 50) - 1e-12
    assert cox_snell_bound(more, 50) >= cox_snell_bound(taints, 50) - 1e-12


@given(taints=st.lists(st.floats(0.01, 1), max_size=10))
def test_moment_limits_are_in_order_and_fall_with_n(taints):
    """The lower limit lies below the upper one; more error-free dollars lower the upper one."""
    upper, lower = (moment_bound(taints, 60, side=side) for side in ("upper", "lower"))

    assert lower < upper
    assert moment_bound(taints, 120) < upper


@given(
    shares=st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=2, max_size=20),
    bound=st.sampled_from(
        ["stringer_binomial", "stringer_poisson", "stringer_hypergeometric", "cox_snell"]
    ),
)
def test_projected_dollars_count_items_taken_whole_once(shares, bound):
    """A known overpayment of an item taken whole moves point and limits by itself."""
    paid = np.full(len(shares), 100.0)
    audited = paid * (1 - np.array(shares))

    without = mus_evaluation(paid, audited, 50_000, bound=bound)
    with_it = mus_evaluation(paid, audited, 59_000, None, [9000], [6500], bound=bound)

    for name in ("point", "lower", "upper", "lower_one_sided", "upper_one_sided"):
        assert getattr(with_it, name) == pytest.approx(getattr(without, name) + 2500)
