"""Allocations and boundaries are the best there are, checked by trying all others."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditkit.stats._check import StatisticsError
from auditkit.stats.allocate import neyman, neyman_bounded, optimum, proportional
from auditkit.stats.boundaries import cumulative_root_f, cuts_of_frequencies, geometric
from auditkit.stats.lavallee import lavallee_hidiroglou

strata = st.lists(
    st.tuples(st.integers(2, 9), st.sampled_from([0.0, 0.5, 1.0, 3.0, 40.0])),
    min_size=2,
    max_size=3,
).filter(lambda found: any(sd for _, sd in found))


def variance(sizes, sds, given):
    return sum(size * (size - n) * sd**2 / n for size, sd, n in zip(sizes, sds, given, strict=True))


@given(strata, st.data())
def test_integer_optimum_beats_every_other_allocation(found, data):
    """All whole-number allocations within the bounds are tried."""
    sizes, sds = zip(*found, strict=True)
    n = data.draw(st.integers(2 * len(sizes), sum(sizes)))
    given = optimum(sizes, sds, n, minimum=2)
    tried = product(*(range(2, size + 1) for size in sizes))
    best = min(variance(sizes, sds, each) for each in tried if sum(each) == n)

    assert given.sum() == n
    assert variance(sizes, sds, given) == pytest.approx(best)


@given(strata, st.data())
def test_bounded_neyman_is_at_least_as_good(found, data):
    """The real-valued optimum keeps its bounds and is never beaten by whole numbers."""
    sizes, sds = zip(*found, strict=True)
    n = data.draw(st.integers(2 * len(sizes), sum(sizes)))
    given = neyman_bounded(sizes, sds, n, minimum=2)

    assert given.sum() == pytest.approx(n)
    assert (given >= 2 - 1e-9).all() and (given <= np.array(sizes) + 1e-9).all()
    assert variance(sizes, sds, given) <= variance(sizes, sds, optimum(sizes, sds, n)) + 1e-9


def test_minimum_cap_and_take_all_hold_together():
    """At least 5, at most 40, the last stratum whole."""
    given = neyman_bounded(
        [100, 500, 300, 12], [1, 90, 30, 2], 120, minimum=5, maximum=[40, 60, 60, 12], take_all=[3]
    )

    assert given == pytest.approx([5, 60, 43, 12])


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.data())
def test_proportional_shares_are_within_a_unit(sizes, data):
    """Whole numbers that sum to n, each within one of its exact share."""
    n = data.draw(st.integers(1, sum(sizes)))
    given = proportional(sizes, n)
    exact = n * np.array(sizes) / sum(sizes)

    assert given.sum() == n
    assert (np.abs(given - exact) < 1 + 1e-9).all()


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: neyman([10, 10], [0, 0], 5), "sds"),
        (lambda: neyman([10, 10], [1, -1], 5), "sds"),
        (lambda: neyman([10, 10], [1], 5), "sds"),
        (lambda: neyman([10, 0], [1, 1], 5), "universes"),
        (lambda: optimum([10, 10], [1, 1], 3), "n"),
        (lambda: optimum([10, 10], [1, 1], 21), "n"),
        (lambda: optimum([10, 10], [1, 1], 5, minimum=0), "minimum"),
        (lambda: neyman_bounded([10, 10], [1, 1], 9, minimum=5, maximum=4), "minimum"),
        (lambda: neyman_bounded([10, 10], [1, 1], 9, minimum=[5]), "minimum"),
        (lambda: neyman_bounded([10, 10], [1, 1], 9, take_all=[2]), "take_all"),
        (lambda: proportional([10, 10], 30), "n"),
        (lambda: geometric([0, 1, 2], 2), "values"),
        (lambda: geometric([5, 5, 5], 2), "strata"),
        (lambda: cumulative_root_f([1, 2, 3], 1), "strata"),
        (lambda: cumulative_root_f([1, 2, "3"], 2), "values"),
        (lambda: cumulative_root_f([1, 2, 3], 3, classes=2), "classes"),
        (lambda: cuts_of_frequencies([1, 2], [0, 0], 2), "counts"),
        (lambda: cuts_of_frequencies([1, 2], [1], 2), "counts"),
        (lambda: lavallee_hidiroglou([-1, 2, 3], 2, 0.1), "values"),
        (lambda: lavallee_hidiroglou([1, 2, 3], 2, 0), "precision"),
    ],
)
def test_bad_requests_name_the_argument(call, argument):
    """Bounds and sizes that do not fit."""
    with pytest.raises(StatisticsError) as error:
        call()

    assert error.value.argument == argument


def needed(values, cuts, target, take_all):
    """Return the sample size of Lavallée and Hidiroglou, written out anew."""
    edges = [-np.inf, *cuts, np.inf]
    pieces = [values[(values > low) & (values <= high)] for low, high in pairwise(edges)]
    top = len(pieces.pop()) if take_all else 0
    spread = [piece.std(ddof=1) if len(piece) > 1 else 0.0 for piece in pieces]
    root = sum(len(piece) * sd for piece, sd in zip(pieces, spread, strict=True))
    square = sum(len(piece) * sd**2 for piece, sd in zip(pieces, spread, strict=True))
    return top + root**2 / ((target * values.sum()) ** 2 + square)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("take_all", [True, False])
def test_lavallee_hidiroglou_finds_the_smallest_sample(seed, take_all):
    """Every pair of boundaries of a skewed universe is tried."""
    values = np.round(np.exp(np.random.default_rng(seed).normal(3, 1.2, 40)))
    found = lavallee_hidiroglou(values, 3, 0.05, take_all)
    tried = combinations(np.unique(values)[:-1], 2)
    best = min(needed(values, cuts, 0.05, take_all) for cuts in tried)

    assert needed(values, found.cuts, 0.05, take_all) == pytest.approx(best)
    assert found.n == int(np.ceil(best - 1e-9))


@given(st.lists(st.integers(1, 10_000), min_size=8, max_size=60, unique=True), st.integers(2, 5))
def test_boundaries_put_every_unit_in_one_stratum(values, number):
    """Counts and totals of the strata are those of the universe."""
    assume(max(values) > 2 * min(values))
    for found in (
        cumulative_root_f(values, number),
        geometric(values, number),
        lavallee_hidiroglou(values, number, 0.1),
    ):
        numbers = found.stratum_of(values)
        assert sum(found.universes) == len(values)
        assert sum(found.totals) == pytest.approx(sum(values))
        assert [int((numbers == h + 1).sum()) for h in range(len(found.universes))] == list(
            found.universes
        )
        assert list(found.cuts) == sorted(found.cuts)


def test_geometric_boundaries_by_hand():
    """1 to 1,000 in three strata: 10 and 100."""
    assert geometric([1, 5, 50, 500, 1000], 3).cuts == pytest.approx((10, 100))
