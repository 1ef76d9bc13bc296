"""AICPA Audit Guide, Audit Sampling: Poisson confidence factors for overstatement errors."""

import math

import pytest

from auditkit.stats.mus_bounds import stringer_bound


@pytest.mark.parametrize(
    ("confidence", "factors"),
    [(0.95, [3.00, 4.75, 6.30, 7.76, 9.16]), (0.90, [2.31, 3.89, 5.33, 6.69, 8.00])],
)
def test_factors_for_full_errors(confidence, factors):
    """k items wrong in full: the bound times n is the factor, which the guide rounds upwards."""
    for errors, factor in enumerate(factors):
        bound = stringer_bound([1.0] * errors, 1000, confidence, "poisson")

        assert math.ceil(bound * 1000 * 100 - 1e-9) / 100 == pytest.approx(factor)
