"""Edwards et al. 2003: the printed routines for the number of payments in error."""

import numpy as np
import pytest

from auditkit.stats.msm import errors_lower, errors_upper, minimum_sum


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("MSM01", id="MSM01")])
def test_fewest_payments_in_error(case, name):
    """Ne_low for six samples."""
    given, expected = case(name)["input"], case(name)["expected"]

    found = [errors_lower(N, n, x, 1 - alpha) for N, n, x, alpha in given["cases"]]

    assert found == expected["lower"]


def test_fewest_and_most_by_hand():
    """Ne_low and Ne_up of the example in the paper's code, and the ends of the range."""
    assert errors_lower(1000, 30, 15, 0.95) == 341
    assert errors_upper(1000, 30, 15, 0.95) == 1000 - 341
    assert errors_lower(500, 50, 0, 0.90) == 0
    assert errors_upper(500, 50, 50, 0.90) == 500


def test_minimum_sum_by_hand():
    """Ten of twenty payments sampled, nine overpaid in full: at least 15 of 20 are in error.

    So at least six more are: the six smallest of those not sampled (1 to 6 dollars) sum to 21.
    """
    paid = np.full(10, 100.0)
    over = np.where(np.arange(10) < 9, 100.0, 0.0)

    found = minimum_sum(paid, over, np.arange(10, 0, -1), level=0.90)

    assert found.lower_one_sided == pytest.approx(900 + 21)
