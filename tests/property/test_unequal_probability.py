"""Properties of selection with unequal probabilities and of the estimators that undo it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.stats.mus import select_cells, select_interval, select_random
from auditkit.stats.pps import (
    hansen_hurwitz,
    horvitz_thompson,
    inclusion_probabilities,
    pps_systematic,
)

amounts = st.floats(0.01, 1e6)
frames = st.lists(amounts, min_size=3, max_size=40)


@given(sizes=frames, data=st.data())
def test_inclusion_probabilities_sum_to_n_and_follow_size(sizes, data):
    """They sum to n, lie in (0, 1], never fall as size rises, and are proportional below 1."""
    n = data.draw(st.integers(1, len(sizes)))

    chances = inclusion_probabilities(sizes, n)

    assert chances.sum() == pytest.approx(n)
    assert ((chances > 0) & (chances <= 1)).all()
    ordered = chances[np.argsort(sizes, kind="stable")]
    assert (np.diff(ordered) >= -1e-9).all()
    below = chances < 1
    ratios = chances[below] / np.array(sizes)[below]
    assert ratios == pytest.approx(ratios[:1].repeat(below.sum()))


@given(
    units=st.lists(st.tuples(st.floats(0.5, 100), st.floats(0, 100)), min_size=3, max_size=9),
    n=st.integers(1, 3),
)
def test_horvitz_thompson_is_unbiased_over_every_start(units, n):
    """The mean over all starts of a systematic draw is the total, found by enumeration."""
    sizes, values = map(np.array, zip(*units, strict=True))
    chances = inclusion_probabilities(sizes, n)
    # The selection changes only where a start passes the fraction of a cumulated probability.
    edges = np.unique(np.round(np.concatenate([[0.0, 1.0], np.cumsum(chances) % 1.0]), 10))
    mean = 0.0
    for low, high in pairwise(edges):
        drawn = pps_systematic(sizes, n, start=(low + high) / 2)
        mean += (high - low) * float((values[drawn.rows] / drawn.probabilities).sum())

    assert mean == pytest.approx(values.sum(), rel=1e-6, abs=1e-6)


@given(sizes=frames, data=st.data())
def test_systematic_draws_hold_n_different_items_and_every_certainty(sizes, data):
    """n rows, each once, certainty items among them."""
    n = data.draw(st.integers(1, len(sizes)))
    start = data.draw(st.floats(0, 1, exclude_max=True))

    drawn = pps_systematic(sizes, n, start=start)

    assert len(set(drawn.rows.tolist())) == n
    assert set(drawn.certainty.tolist()) <= set(drawn.rows.tolist())


@given(values=st.lists(st.floats(-1000, 1000), min_size=3, max_size=20), data=st.data())
def test_equal_probabilities_give_the_simple_random_formula(values, data):
    """With pi = n/N Brewer's variance is N²(1 - n/N)s²/n."""
    n, y = len(values), np.array(values)
    universe = data.draw(st.integers(n + 1, 1000))
    expected = universe * (y.var(ddof=1) / n * (1 - n / universe)) ** 0.5

    found = horvitz_thompson(values, [n / universe] * n)

    assert found.point == pytest.approx(universe * y.mean(), abs=1e-6)
    assert found.se == pytest.approx(expected, rel=1e-7, abs=1e-6)


@given(values=st.lists(st.floats(0, 1000), min_size=2, max_size=10), extra=st.floats(0, 1e6))
def test_certainty_items_add_their_amount_and_no_variance(values, extra):
    """An item with probability one moves the total by its amount and nothing else."""
    pi = [0.3] * len(values)

    without = horvitz_thompson(values, pi)
    with_it = horvitz_thompson([*values, extra], [*pi, 1.0])

    assert with_it.point == pytest.approx(without.point + extra)
    assert with_it.se == pytest.approx(without.se, abs=1e-9)
    assert with_it.df == without.df


@given(paid=st.lists(amounts, min_size=2, max_size=30), rate=st.floats(0.01, 1))
def test_errors_in_proportion_to_size_leave_no_variance(paid, rate):
    """When every item is overpaid by one share, draws by size estimate the total exactly."""
    chances = np.array(paid) / sum(paid)

    found = hansen_hurwitz(rate * np.array(paid), chances)

    assert found.point == pytest.approx(rate * sum(paid))
    assert found.se == pytest.approx(0, abs=1e-6 * sum(paid))


@given(sizes=st.lists(st.floats(1, 5000), min_size=3, max_size=60), data=st.data())
def test_interval_selection_hits_every_high_item(sizes, data):
    """An item of k intervals is hit k or k + 1 times; the hits sum to n."""
    n = data.draw(st.integers(1, min(len(sizes), int(sum(sizes)))))
    interval = sum(sizes) / n
    start = data.draw(st.floats(0.001, 1)) * interval

    found = select_interval(sizes, n, start=start)

    hits = np.zeros(len(sizes))
    hits[found.rows] = found.hits
    assert found.n == n
    assert (hits >= np.floor(np.array(sizes) / interval - 1e-6)).all()
    assert (hits <= np.floor(np.array(sizes) / interval + 1e-6) + 1).all()


@given(sizes=st.lists(st.floats(1, 5000), min_size=5, max_size=60), seed=st.integers(0, 10**9))
def test_high_items_are_taken_whole_and_the_rest_stay_below_the_interval(sizes, seed):
    """No item left to chance reaches the interval, unless everything is taken."""
    found = select_interval(sizes, 4, seed=seed, high_values=True)

    rest = np.delete(np.array(sizes), found.high)
    assert (np.array(sizes)[found.high] >= found.interval - 1e-9).all()
    assert rest.max() < found.interval + 1e-9 or found.n == 1
    assert found.n + len(found.high) == 4
    assert not set(found.rows.tolist()) & set(found.high.tolist())


@given(sizes=st.lists(st.floats(1, 5000), min_size=5, max_size=60), seed=st.integers(0, 10**9))
def test_cells_hold_one_dollar_each(sizes, seed):
    """Each of the equal cells holds exactly one of the sampled dollars."""
    found = select_cells(sizes, 5, seed=seed)

    cells = np.ceil(found.points / found.interval - 1e-9)
    assert cells.tolist() == [1, 2, 3, 4, 5]


def test_random_dollars_find_items_in_proportion_to_amount():
    """Over many seeds an item with 60 % of the money gets 60 % of the hits (5 sigma)."""
    drawn = np.zeros(3)
    for seed in range(400):
        found = select_random([60, 30, 10], 10, seed=seed)
        drawn[found.rows] += found.hits

    assert drawn / 4000 == pytest.approx([0.6, 0.3, 0.1], abs=5 * (0.24 / 4000) ** 0.5)
