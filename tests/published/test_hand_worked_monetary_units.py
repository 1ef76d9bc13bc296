"""Monetary units, draws with replacement, pennies, strata of the minimum sum: by hand."""

from hashlib import sha256

import pytest

from auditkit import stats

#: Twelve items of 1,185 dollars in all.
ITEMS = [500, 20, 35, 60, 15, 80, 40, 25, 300, 10, 55, 45]


def test_one_dollar_in_each_cell():
    """Cells of 237 dollars; halfway into each: 118.5, 355.5, 592.5, 829.5, 1066.5.

    Cumulated: 500, 520, 555, 615, 630, 710, 750, 775, 1,075, 1,085, 1,140, 1,185.
    """
    found = stats.select_cells(ITEMS, 5, positions=[0.5] * 5)

    assert found.points.tolist() == [118.5, 355.5, 592.5, 829.5, 1066.5]
    assert (found.rows + 1).tolist() == [1, 4, 9]
    assert found.hits.tolist() == [2, 1, 2]


def test_dollars_at_random():
    """Dollars 1,185 less .1, .5 and .9 of it: 1,066.5 in item 9, 592.5 in 4, 118.5 in 1."""
    found = stats.select_random(ITEMS, 3, positions=[0.1, 0.5, 0.9])

    assert (found.rows + 1).tolist() == [1, 4, 9]


def test_draws_with_replacement():
    """Chances .2, .5 and .3 reach to .2, .7 and 1: .1 is the first, .2 the second, .95 the third.

    Amounts 4, 20 and 9 expand to 20, 40 and 30; the mean of 20, 40, 40 and 30 is 32.5, and its
    variance (12.5² + 2 * 7.5² + 2.5²) / 3 / 4 = 22.9167.
    """
    drawn = stats.pps_draws([0.2, 0.5, 0.3], 4, positions=[0.1, 0.2, 0.69, 0.95])

    assert drawn.rows.tolist() == [0, 1, 1, 2]
    total = stats.hansen_hurwitz([[4, 20, 9][row] for row in drawn.rows], drawn.probabilities)
    assert total.point == pytest.approx(32.5)
    assert total.se**2 == pytest.approx(275 / 12)


def test_projection_of_a_monetary_unit_sample():
    """Taints 0, .5, 0 and 1 among four dollars of 7,000, and 40 found in 1,000 taken whole."""
    found = stats.mus_evaluation(
        [100, 50, 80, 20], [100, 25, 80, 0], 8000, high_paid=[600, 400], high_audited=[600, 360]
    )

    assert found.point == pytest.approx(40 + 7000 * 1.5 / 4)
    assert found.lower_one_sided >= 40


def test_pennies_of_a_seed_by_sha256():
    """The first penny: 52 bits of SHA-256 of "dice|1" over 2**52, of 300 cents paid."""
    first = int(int(sha256(b"dice|1").hexdigest()[:13], 16) / 2**52 * 300)
    row, place = (0, first + 1) if first < 120 else (1, first - 119)

    sample = stats.select_pennies([1.20, 1.80], 4, "dice")

    assert (sample.rows[0], sample.places[0]) == (row, place)
    assert stats.overpaid_pennies(sample, [2.00] * 4) == 4
    assert stats.overpaid_pennies(sample, [0.00] * 4) == 0


def test_minimum_sum_of_two_strata():
    """Limits of two strata hold together at 90 % when each holds at the square root, 94.87 %.

    In each, 5 of 5 of 10 in error: P(5 of 5 | 6 in error) = C(6,5)/C(10,5) = 6/252 = .0238, and
    for 7 in error 21/252 = .0833 > .0513; so at least 7 of 10, two more than were found: the two
    smallest payments left, 1 + 2 dollars in one stratum and 10 + 20 in the other.
    """
    paid = [50] * 5 + [90] * 5
    left = {"small": [1, 2, 3, 4, 5], "large": [50, 40, 30, 20, 10]}

    found = stats.minimum_sum_stratified(paid, paid, ["small"] * 5 + ["large"] * 5, left)

    assert found.lower_one_sided == pytest.approx(250 + 3 + 450 + 30)
