"""Buonaccorsi, The American Statistician 41 (1987): the exact limits, from their definition.

The reference here sums whole-number binomial coefficients, so nothing is rounded but the level.
"""

from fractions import Fraction
from math import comb

import pytest
from tolerances import check, limits

from auditkit.stats.attribute import attribute_unrestricted
from auditkit.stats.hypergeometric import at_most_tail, lower_limit


def exact_at_least(errors, sample, universe, in_error):
    ways = sum(
        comb(in_error, x) * comb(universe - in_error, sample - x) for x in range(errors, sample + 1)
    )
    return Fraction(ways, comb(universe, sample))


def exact_lower(errors, sample, universe, tail):
    return next(
        k
        for k in range(errors, universe - sample + errors + 1)
        if exact_at_least(errors, sample, universe, k) >= tail
    )


@pytest.mark.parametrize("universe", [7, 12, 40])
@pytest.mark.parametrize("percent", [80, 90, 95])
def test_limits_of_every_small_sample(universe, percent):
    """Every sample and count of three small universes, ties on the conservative side."""
    tail = Fraction(100 - percent, 200)
    for sample in range(1, universe + 1, 3):
        for errors in range(sample + 1):
            found = attribute_unrestricted(errors, sample, universe, percent / 100)

            assert found.lower == exact_lower(errors, sample, universe, tail)
            assert found.upper == universe - exact_lower(sample - errors, sample, universe, tail)


def test_a_tie_stays_in_the_interval():
    """Two errors in two of five: 2 of 5 in error would give that with probability exactly 0.10."""
    assert exact_at_least(2, 2, 5, 2) == Fraction(1, 10)
    assert lower_limit(2, 2, 5, 0.10) == 2


@pytest.mark.parametrize(
    ("sample", "in_error", "errors"), [(150, 134_555_454, 15), (150, 321_696_538, 15)]
)
def test_tails_of_the_largest_universe(sample, in_error, errors):
    """Tails of 2,147,483,647 units keep their digits."""
    universe = 2_147_483_647
    exact = 1 - exact_at_least(errors + 1, sample, universe, in_error)

    assert at_most_tail(errors, sample, universe, in_error) == pytest.approx(
        float(exact), rel=1e-12
    )


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT09", "ATT11"])
def test_open_two_sided(case, case_id):
    """Cross-checked with R: no errors, and a census."""
    given = case(case_id)["input"]
    check(
        case(case_id),
        limits(
            lambda level: attribute_unrestricted(
                given["errors"], given["sample"], given["universe"], level
            )
        ),
    )


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT14"])
def test_open_one_sided(case, case_id):
    """The whole error in one tail, on either side."""
    given, found = case(case_id)["input"], {}
    for percent in (80, 90, 95):
        one = attribute_unrestricted(
            given["errors"], given["sample"], given["universe"], percent / 100
        )
        found |= {f"lower{percent}": one.lower_one_sided, f"upper{percent}": one.upper_one_sided}
    check(case(case_id), found)
