"""What must hold of every appraisal, whatever the sample."""

import math
from itertools import combinations, permutations, product
from time import process_time

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from auditkit.stats import hypergeometric
from auditkit.stats.attribute import attribute_stratified, attribute_unrestricted
from auditkit.stats.attribute_multistage import (
    attribute_rhc_three_stage,
    attribute_rhc_two_stage,
)
from auditkit.stats.binomial import binomial_rate
from auditkit.stats.cluster import attribute_stratified_cluster, variable_stratified_cluster
from auditkit.stats.multistage import rhc_stage, simple_stage
from auditkit.stats.post_stratified import variable_post_stratified
from auditkit.stats.units import Counted, Grouped, Measured, Primary
from auditkit.stats.variable import variable_stratified, variable_unrestricted
from auditkit.stats.variable_multistage import variable_rhc_three_stage, variable_rhc_two_stage

LARGEST = 2_147_483_647

amounts = st.lists(st.floats(0, 1e5).map(lambda x: round(x, 2)), min_size=2, max_size=40)
levels = st.sampled_from([0.80, 0.90, 0.95, 0.99])


@st.composite
def counts(draw, largest=LARGEST):
    """Return errors, sample and universe that fit together."""
    universe = draw(st.integers(1, largest))
    sample = draw(st.integers(1, universe))
    return draw(st.integers(0, sample)), sample, universe


def ordered(estimate):
    """Return whether the limits hold the point, and the one-sided ones lie within."""
    slack = 1e-9 * (1 + abs(estimate.point) + abs(estimate.se))
    return (
        estimate.lower - slack <= estimate.lower_one_sided
        and estimate.lower_one_sided <= estimate.point + slack
        and estimate.point <= estimate.upper_one_sided + slack
        and estimate.upper_one_sided <= estimate.upper + slack
    )


@given(counts(), levels)
@example((0, 1, 1), 0.90)
@example((5, 10, LARGEST), 0.95)
@example((500_000_000, 1_000_000_000, LARGEST), 0.90)
def test_exact_limits_hold_what_the_sample_proves(count, level):
    """Never fewer errors than found, never more than could be; the point inside; no overflow."""
    errors, sample, universe = count
    found = attribute_unrestricted(errors, sample, universe, level)

    assert errors <= found.lower <= found.upper <= universe - sample + errors
    assert ordered(found)


@given(counts(10_000), levels)
def test_exact_limits_mirror(count, level):
    """Counting correct units instead of errors turns the interval over."""
    errors, sample, universe = count
    low, high = hypergeometric.limits(errors, sample, universe, level)

    assert hypergeometric.limits(sample - errors, sample, universe, level) == (
        universe - high,
        universe - low,
    )


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 50), levels)
def test_a_larger_universe_widens_exact_limits_up_to_the_binomial(sample, errors, times, level):
    """Clopper-Pearson is where the exact rate ends up; a finite universe is narrower."""
    assume(errors <= sample)
    universe = sample * times
    exact = attribute_unrestricted(errors, sample, universe, level)
    unlimited = binomial_rate(errors, sample, level)

    assert exact.lower / universe >= unlimited.lower - 1 / universe
    assert exact.upper / universe <= unlimited.upper + 1 / universe


def test_exact_limits_are_quick_at_every_size():
    """50 ms for the largest universe, for small, middling and nearly complete samples."""
    samples = (1, 150, 10**5, 10**9, LARGEST // 2, LARGEST - 7, LARGEST)
    cases = [(n, x) for n in samples for x in {0, 1, n // 7, n // 2, n}]
    hypergeometric.limits(3, 30, LARGEST, 0.90)
    slowest = 0.0
    for sample, errors in cases:
        times = []
        for _ in range(3):
            start = process_time()
            hypergeometric.limits(errors, sample, LARGEST, 0.90)
            times.append(process_time() - start)
        slowest = max(slowest, min(times))

    assert slowest < 0.050


@given(amounts, st.integers(0, LARGEST - 40), levels)
def test_a_total_lies_in_its_interval(values, more, level):
    """Unrestricted totals, from a census to the largest universe."""
    assert ordered(variable_unrestricted(values, len(values) + more, level))


@given(amounts, st.integers(2, 50))
def test_more_of_the_same_narrows_the_interval(values, times):
    """The sample repeated is a larger sample with the same spread."""
    assume(len(set(values)) > 1)
    universe = len(values) * (times + 1)
    small = variable_unrestricted(values, universe)
    large = variable_unrestricted(values * times, universe)

    assert large.precision < small.precision
    assert large.point == pytest.approx(small.point, rel=1e-9, abs=1e-6)


@given(st.integers(1, 30), st.integers(1, 9), st.integers(2, 6), levels)
def test_more_of_the_same_narrows_exact_limits(sample, errors, times, level):
    """The exact interval shrinks too when n and x grow together."""
    assume(errors <= sample)
    universe = 1000
    small = attribute_unrestricted(errors, sample, universe, level)
    large = attribute_unrestricted(errors * times, sample * times, universe, level)

    assert large.upper - large.lower <= small.upper - small.lower


@given(amounts, levels)
def test_a_census_has_zero_width(values, level):
    """Nothing is left to estimate: unrestricted, stratified, clusters."""
    labels = ["a" if k % 2 else "b" for k in range(len(values))]
    sizes = {label: labels.count(label) for label in sorted(set(labels))}
    census = [
        variable_unrestricted(values, len(values), level),
        variable_stratified(values, sizes, labels, level),
        variable_stratified_cluster([{"clusters_universe": len(values), "totals": values}], level),
    ]
    for found in census:
        assert found.lower == found.upper == found.point == pytest.approx(sum(values))


@given(counts(500), levels)
def test_a_census_of_counts_has_zero_width(count, level):
    """The count itself, with every method."""
    errors, sample, _ = count
    stratum = {"universe": sample, "sample": sample, "errors": errors}
    for convention in ("default", "ratstats"):
        found = attribute_stratified([stratum], level, convention)
        assert found.lower == found.upper == pytest.approx(errors)


@given(st.lists(amounts, min_size=1, max_size=4), st.integers(0, 1000), levels)
def test_strata_of_one_and_take_all_strata_add_no_variance(strata, more, level):
    """A stratum reviewed whole, even of a single unit, moves the total and nothing else."""
    values = [value for stratum in strata for value in stratum]
    labels = [h for h, stratum in enumerate(strata) for _ in stratum]
    sizes = {h: len(stratum) + more for h, stratum in enumerate(strata)}
    plain = variable_stratified(values, sizes, labels, level)
    with_one = variable_stratified([*values, 700.0], {**sizes, "one": 1}, [*labels, "one"], level)

    assert with_one.point == pytest.approx(plain.point + 700.0)
    assert with_one.se == plain.se
    assert with_one.precision == plain.precision


@given(st.integers(2, 60), st.integers(0, 5000), levels)
def test_all_zeros(n, more, level):
    """No overpayment found: a total of zero, a warning that this proves little, an upper limit."""
    found = variable_unrestricted([0.0] * n, n + more, level)
    counted = attribute_unrestricted(0, n, n + more, level)

    assert (found.point, found.lower, found.upper) == (0, 0, 0)
    assert "because nothing was found" in found.warnings[0]
    assert (counted.point, counted.lower) == (0, 0)
    assert counted.upper <= more


@given(st.integers(1, 60), st.integers(0, 5000), levels)
def test_all_errors(n, more, level):
    """Every sampled unit in error: the upper limit is the universe and the lower is below it."""
    found = attribute_unrestricted(n, n, n + more, level)

    assert found.upper == found.point == n + more
    assert n <= found.lower <= n + more


@given(
    st.lists(
        st.tuples(st.integers(2, 30), st.integers(0, 30), st.integers(0, 2000)),
        min_size=1,
        max_size=4,
    ),
    levels,
)
def test_stratified_counts_stay_possible(strata, level):
    """Korn-Graubard limits hold the point and stay between what was found and what could be."""
    units = [{"universe": n + more, "sample": n, "errors": min(x, n)} for n, x, more in strata]
    found = attribute_stratified(units, level)
    errors = sum(each["errors"] for each in units)
    correct = sum(each["sample"] - each["errors"] for each in units)

    assert ordered(found)
    assert errors - 1e-9 <= found.lower <= found.upper <= found.universe - correct + 1e-9


@given(
    st.lists(st.lists(st.integers(1, 9), min_size=2, max_size=6), min_size=1, max_size=3),
    st.data(),
)
def test_clusters_stay_possible(sizes, data):
    """Rates of clusters lie between 0 and 1."""
    strata = [
        {
            "clusters_universe": len(own) + 3,
            "elements_universe": sum(own) + 40,
            "sizes": own,
            "totals": [data.draw(st.integers(0, size)) for size in own],
        }
        for own in sizes
    ]
    rate = attribute_stratified_cluster(strata).per_unit("error rate", "rate")

    assert ordered(rate)
    assert 0 <= rate.lower and rate.upper <= 1 + 1e-12


@given(amounts, st.integers(1, 5))
def test_post_strata_of_one_kind_are_no_strata(values, times):
    """With a single post-stratum both variances are those of the unrestricted sample."""
    universe = len(values) * times
    plain = variable_unrestricted(values, universe)
    for variance in ("conditional", "unconditional"):
        found = variable_post_stratified(
            values, {"all": universe}, ["all"] * len(values), variance=variance
        )
        assert (found.point, found.se) == pytest.approx((plain.point, plain.se))


def mean_and_spread(estimates):
    """Return mean and variance of (weight, point) pairs, and the mean of their variances."""
    weights = np.array([weight for weight, _ in estimates], dtype=float)
    weights /= weights.sum()
    points = np.array([each.point for _, each in estimates])
    mean = float((weights * points).sum())
    variance = float((weights * (points - mean) ** 2).sum())
    return mean, variance, float((weights * [each.variance for _, each in estimates]).sum())


def test_two_and_three_stage_variances_are_unbiased():
    """Over every possible sample of a small universe the estimates average to the truth."""
    universe = [
        [[1.0, 4.0, 2.0], [0.0, 7.0], [3.0, 3.0, 5.0]],
        [[9.0, 1.0], [6.0, 2.0, 2.0]],
        [[0.0, 0.0, 8.0], [5.0, 1.0], [2.0, 2.0]],
    ]

    def secondary(unit):
        drawn = list(combinations(unit, 2))
        return [(1 / len(drawn), Measured(len(unit), chosen)) for chosen in drawn]

    def primary(units):
        for pair in combinations(units, 2):
            for chosen in product(*(secondary(unit) for unit in pair)):
                weight = math.prod(each[0] for each in chosen) / math.comb(len(units), 2)
                yield weight, Primary(len(units), [each[1] for each in chosen])

    three = [
        (math.prod(each[0] for each in chosen), simple_stage(3, [each[1] for each in chosen]))
        for pair in combinations(universe, 2)
        for chosen in product(*(list(primary(units)) for units in pair))
    ]
    flat = [[value for unit in units for value in unit] for units in universe]
    two = [
        (1 / math.prod(math.comb(len(unit), 3) for unit in pair), simple_stage(3, chosen))
        for pair in combinations(flat, 2)
        for chosen in product(
            *([Measured(len(unit), own) for own in combinations(unit, 3)] for unit in pair)
        )
    ]
    truth = sum(sum(units) for units in flat)
    for estimates in (two, three):
        mean, variance, estimated = mean_and_spread(estimates)
        assert mean == pytest.approx(truth)
        assert estimated == pytest.approx(variance)


def test_rhc_variance_is_unbiased():
    """Over every partition, pick and subsample of a small universe drawn by RHC."""
    units = {
        "a": (3.0, [1.0, 4.0, 2.0]),
        "b": (5.0, [6.0, 0.0, 3.0, 1.0]),
        "c": (2.0, [2.0, 2.0, 9.0]),
        "d": (4.0, [5.0, 1.0, 1.0]),
        "e": (1.0, [0.0, 3.0, 1.0]),
    }
    estimates = []
    for order in permutations(units):
        groups = order[:3], order[3:]
        for picks in product(*groups):
            chance, subsamples = 1.0, []
            sizes = [sum(units[name][0] for name in group) for group in groups]
            for name, total in zip(picks, sizes, strict=True):
                chance *= units[name][0] / total
                values = units[name][1]
                subsamples.append([Measured(len(values), own) for own in combinations(values, 2)])
            for chosen in product(*subsamples):
                drawn = [
                    Grouped(unit, units[name][0], total, len(group))
                    for unit, name, total, group in zip(chosen, picks, sizes, groups, strict=True)
                ]
                weight = chance / math.prod(len(each) for each in subsamples)
                estimates.append((weight, rhc_stage(drawn)))
    mean, variance, estimated = mean_and_spread(estimates)

    assert mean == pytest.approx(sum(sum(values) for _, values in units.values()))
    assert estimated == pytest.approx(variance)


def rhc_draws(units):
    """Yield chance and picks of every RHC draw of two groups: (unit, size, group size, count)."""
    orders = list(permutations(units))
    cut = (len(units) + 1) // 2
    for order in orders:
        groups = order[:cut], order[cut:]
        sizes = [sum(units[name][0] for name in group) for group in groups]
        for picks in product(*groups):
            chance = math.prod(
                units[name][0] / total for name, total in zip(picks, sizes, strict=True)
            )
            picked = [
                (name, units[name][0], total, len(group))
                for name, total, group in zip(picks, sizes, groups, strict=True)
            ]
            yield chance / len(orders), picked


def test_three_stages_of_rhc_are_unbiased():
    """Groups within groups: over every draw, totals and their variances average to the truth."""
    universe = {
        "a": (2.0, {"x": (3.0, [1.0, 4.0]), "y": (1.0, [2.0, 2.0]), "z": (2.0, [9.0, 0.0])}),
        "b": (3.0, {"x": (2.0, [5.0, 5.0]), "y": (2.0, [0.0, 1.0]), "z": (1.0, [7.0, 3.0])}),
        "c": (1.0, {"x": (1.0, [8.0, 1.0]), "y": (4.0, [0.0, 0.0]), "z": (2.0, [6.0, 2.0])}),
    }

    def second_stages(name):
        below = universe[name][1]
        for chance, picked in rhc_draws(below):
            drawn = [Grouped(Measured(2, below[n][1]), *rest) for n, *rest in picked]
            yield chance, Primary(len(below), drawn)

    estimates = []
    for chance, picked in rhc_draws(universe):
        for chosen in product(*(list(second_stages(name)) for name, *_ in picked)):
            groups = [
                Grouped(unit, *rest)
                for (_, unit), (_, *rest) in zip(chosen, picked, strict=True)
            ]  # fmt: skip
            found = variable_rhc_three_stage(groups)
            weight = chance * math.prod(each for each, _ in chosen)
            estimates.append((weight, found.point, found.se**2))
    weights, points, variances = map(np.array, zip(*estimates, strict=True))
    truth = sum(sum(v) for _, below in universe.values() for _, v in below.values())

    assert weights.sum() == pytest.approx(1)
    assert (weights * points).sum() == pytest.approx(truth)
    assert (weights * variances).sum() == pytest.approx((weights * (points - truth) ** 2).sum())


@given(
    st.lists(
        st.tuples(st.integers(2, 9), st.integers(0, 9), st.integers(0, 30), st.floats(1, 50)),
        min_size=2,
        max_size=5,
    )
)
def test_rhc_rates_are_those_of_zeros_and_ones(rows):
    """Errors counted in an RHC sample are the total of an amount of one dollar each."""
    counts, amounts = [], []
    for sample, errors, more, size in rows:
        x = min(errors, sample)
        values = [1.0] * x + [0.0] * (sample - x)
        where = {"size": size, "group_size": 2 * size, "group_units": 3}
        counts.append(Grouped(Counted(sample + more, sample, x), **where))
        amounts.append(Grouped(Measured(sample + more, values), **where))

    for count, amount in (
        (attribute_rhc_two_stage(counts), variable_rhc_two_stage(amounts)),
        (
            attribute_rhc_three_stage([nested(each) for each in counts]),
            variable_rhc_three_stage([nested(each) for each in amounts]),
        ),
    ):
        assert (count.point, count.se) == pytest.approx((amount.point, amount.se))


def nested(group):
    """Return the group with its unit drawn twice over as secondary units of a primary one."""
    primary = Primary(4, [group.unit, group.unit])
    return Grouped(primary, group.size, group.group_size, group.group_units)
