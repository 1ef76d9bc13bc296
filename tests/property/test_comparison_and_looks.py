"""Properties of fair comparison, control charts and sequential rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.stats.comparison import compare_rates, funnel_limits
from auditkit.stats.control import individuals_chart, p_chart, run_chart
from auditkit.stats.sequential import group_sequential, probability_ratio_test

groups = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=12,
)


def flags(limits, replicates=200, members=20, reviewed=60, rate=0.08):
    """Return the shares of equal members flagged, and of groups with anyone told apart."""
    generator = np.random.default_rng(20250314)
    outside = apart = 0
    for errors in generator.binomial(reviewed, rate, size=(replicates, members)):
        found = compare_rates(errors, [reviewed] * members, limits=limits)
        outside += sum(member.outside for member in found.members)
        apart += any(member.distinguished for member in found.members)
    return outside / (replicates * members), apart / replicates


@pytest.mark.parametrize("limits", ["binomial", "conditional"])
def test_equal_members_are_flagged_about_as_often_as_stated(limits):
    """95 % limits flag no more than 5 % of equal members, and not next to none of them.

    The chance to single out anyone of twenty equal members stays below 5 % as well.
    """
    outside, apart = flags(limits)

    assert 0.015 <= outside <= 0.05
    assert apart <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_a_truly_different_member_is_told_apart():
    """One member at 40 % among nine at 5 %, 60 charts each, is singled out nearly always."""
    generator = np.random.default_rng(7)
    found = 0
    for _ in range(100):
        errors = generator.binomial(60, [0.05] * 9 + [0.4])
        found += compare_rates(errors, [60] * 10).members[-1].distinguished

    assert found >= 95


@given(group=groups, rate=st.floats(0.01, 0.99))
def test_funnel_limits_leave_at_most_their_tail_on_each_side(group, rate):
    """The probability beyond either limit is at most half the error, and exact."""
    n = np.array([reviewed for _, reviewed in group])

    low, high = funnel_limits(rate, n, 0.95)

    assert (stats.binom.cdf(np.rint(low * n) - 1, n, rate) <= 0.025 + 1e-12).all()
    assert (stats.binom.sf(np.rint(high * n), n, rate) <= 0.025 + 1e-12).all()
    assert (stats.binom.cdf(np.rint(low * n), n, rate) > 0.025 - 1e-12).all()


@given(group=groups, data=st.data())
def test_comparison_does_not_depend_on_order(group, data):
    """Each member reads the same wherever it stands; nothing in the result is a rank."""
    errors, reviewed = map(list, zip(*group, strict=True))
    order = data.draw(st.permutations(range(len(group))))
    names = [f"P{i}" for i in range(len(group))]

    one = compare_rates(errors, reviewed, names)
    two = compare_rates([errors[i] for i in order], [reviewed[i] for i in order],
                        [names[i] for i in order])  # fmt: skip

    first = {member.name: member for member in one.members}
    for member in two.members:
        same = first[member.name]
        assert (member.outside, member.distinguished) == (same.outside, same.distinguished)
        assert (member.fewest, member.most) == (same.fewest, same.most)
        assert member.shrunken == pytest.approx(same.shrunken, abs=1e-3)
    assert not [column for column in one.table().columns if "rank" in column]


@given(group=groups)
def test_shrunken_rates_lie_between_own_and_prior_mean(group):
    """Shrinkage moves a rate towards the group, never past it, and never past 0 or 1."""
    errors, reviewed = map(list, zip(*group, strict=True))

    found = compare_rates(errors, reviewed)

    centre = found.prior[0] / sum(found.prior)
    for member in found.members:
        low, high = sorted((member.rate, centre))
        assert low - 1e-9 <= member.shrunken <= high + 1e-9
        assert 0 <= member.shrunken_lower <= member.shrunken <= member.shrunken_upper <= 1
        assert member.lower <= member.rate <= member.upper


@given(group=groups)
def test_members_within_their_limits_cannot_be_told_apart(group):
    """The sentence says so exactly when it is true."""
    errors, reviewed = map(list, zip(*group, strict=True))

    for member in compare_rates(errors, reviewed).members:
        within = "annot be told apart from the group" in member.sentence()
        assert within is not member.distinguished
        assert member.outside or not member.distinguished


@given(group=groups, level=st.sampled_from([0.95, 0.9973]))
def test_control_limits_contain_the_centre(group, level):
    """The pooled rate lies within the limits of every period; wider level, wider limits."""
    errors, reviewed = map(list, zip(*group, strict=True))

    chart = p_chart(errors, reviewed, level=level)

    for point in chart.points:
        assert -1e-12 <= point.lower <= point.upper <= 1
    assert chart.centre == pytest.approx(sum(errors) / sum(reviewed))


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), shift=st.floats(-100, 100))
def test_charts_do_not_mind_where_zero_is(values, shift):
    """Shifting every period shifts the chart and changes no signal of a run."""
    whole = [round(value) for value in values]
    moved = [value + round(shift) for value in whole]

    assert run_chart(whole).signals == run_chart(moved).signals
    one, two = individuals_chart(whole), individuals_chart(moved)
    assert two.centre == pytest.approx(one.centre + round(shift), abs=1e-6)


@settings(max_examples=25)
@given(
    standard=st.floats(0.02, 0.15),
    ratio=st.floats(1.5, 5),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
    universe=st.one_of(st.none(), st.integers(120, 600)),
)
def test_the_ratio_test_keeps_its_error(standard, ratio, alpha, universe):
    """A provider at the standard, or better, fails at most as often as allowed; exactly."""
    bad = min(standard * ratio, 0.8)

    rule = probability_ratio_test(standard, bad, alpha=alpha, most=60, universe=universe)

    at_standard = rule.chances(standard)
    assert at_standard.fail <= alpha + 1e-9
    assert at_standard.fail + at_standard.accept == pytest.approx(1)
    assert rule.chances(standard / 2).fail <= at_standard.fail + 1e-9
    assert rule.chances(bad).fail >= at_standard.fail - 1e-9


@settings(max_examples=25)
@given(
    steps=st.lists(st.integers(5, 40), min_size=1, max_size=4),
    standard=st.floats(0.02, 0.2),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
    spending=st.sampled_from(["obrien_fleming", "pocock", "linear"]),
    universe=st.one_of(st.none(), st.integers(160, 600)),
)
def test_group_sequential_looks_keep_their_error(steps, standard, alpha, spending, universe):
    """Whatever the looks, a provider at the standard fails at most as often as allowed."""
    looks = np.cumsum(steps).tolist()

    rule = group_sequential(
        looks, standard, min(3 * standard, 0.9), alpha, spending, universe=universe
    )

    found = rule.chances(standard)
    assert found.fail <= alpha + 1e-9
    assert found.fail + found.accept == pytest.approx(1)


@pytest.mark.parametrize("universe", [None, 300])
@pytest.mark.parametrize("kind", ["ratio", "looks"])
def test_simulation_agrees_with_the_exact_error_and_stays_below_it(universe, kind):
    """40,000 simulated audits at the standard: type I error within noise of the exact one."""
    rule = (
        probability_ratio_test(0.05, 0.20, most=60, universe=universe)
        if kind == "ratio"
        else group_sequential([10, 20, 40], 0.05, 0.20, universe=universe)
    )
    exact = rule.chances(0.05).fail

    simulated = rule.simulate_error(0.05, replicates=40_000, seed=11)

    noise = (exact * (1 - exact) / 40_000) ** 0.5
    assert simulated == pytest.approx(exact, abs=4 * noise)
    assert simulated <= 0.05 + 3 * noise
