"""R 4.2.2 ``binom.test``: Clopper-Pearson limits."""

import pytest
from tolerances import check

from auditkit.stats.binomial import binomial_rate, clopper_pearson

CASES = [
    (82, 400, 0.90, 0.1722545942025, 0.2410366522003),
    (0, 50, 0.90, 0.0, 0.05815507911697),
    (50, 50, 0.90, 0.941844920883, 1.0),
    (3, 30, 0.95, 0.02111713702972, 0.2652884504742),
]


@pytest.mark.parametrize(("errors", "sample", "level", "lower", "upper"), CASES)
def test_limits(errors, sample, level, lower, upper):
    """Limits to nine decimals, none and all in error included."""
    found = binomial_rate(errors, sample, level)

    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=1e-9)
    assert clopper_pearson(errors, sample, level) == pytest.approx((lower, upper), abs=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT20"])
def test_open_case(case, case_id):
    """The same from the case."""
    found = [binomial_rate(*each) for each in case(case_id)["input"]["cases"]]
    check(case(case_id), {"limits": [(each.lower, each.upper) for each in found]})
