"""Figures of R samplingbook: difference, ratio and regression estimators (mbes, method all)."""

import numpy as np
import pytest

from auditkit.stats.auxiliary import difference_total, ratio_total
from auditkit.stats.regression import regression_total


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("EST05", id="EST05")])
def test_mean_audited_amount(case, name):
    """mbes(Y ~ X, aux = 140, N = 1200): means and standard errors, Cochran's variances."""
    given, expected = case(name)["input"], case(name)["expected"]
    universe, paid = given["universe"], given["paid"]
    audited = np.array(paid) - np.array(given["overpayment"])
    args = (audited, paid, universe, universe * given["paid_mean"])

    found = {
        "difference": difference_total(*args),
        "ratio": ratio_total(*args, variance="cochran"),
        "regression": regression_total(*args, variance="cochran"),
    }

    for method, estimate in found.items():
        mean, se = expected[method]
        assert estimate.point / universe == pytest.approx(mean, abs=1e-6)
        assert estimate.se / universe == pytest.approx(se, abs=1e-6)


def test_hand_worked_ratio_and_regression():
    """Four units of ten: y = 2, 4, 6, 9 and x = 1, 2, 3, 4, with a known total of 30.

    By hand: R = 21/10, residuals -.1, -.2, -.3, .6, s² = .5/3; N²(1 - .4)/4 = 15, so the ratio
    total is 63 with variance 15 * .5/3 = 2.5. The regression has b = 11.5/5 = 2.3, residuals
    .2, -.1, -.4, .3 with squares .3 over n - 2 = 2, so variance 15 * .15 = 2.25; its total is
    10 * (5.25 + 2.3 * (3 - 2.5)) = 64.
    """
    args = ([2, 4, 6, 9], [1, 2, 3, 4], 10, 30)

    ratio = ratio_total(*args, variance="cochran")
    regression = regression_total(*args, variance="cochran")

    assert ratio.point == pytest.approx(63)
    assert ratio.se == pytest.approx(2.5**0.5)
    assert regression.point == pytest.approx(64)
    assert regression.se == pytest.approx(2.25**0.5)


def test_without_the_finite_population_correction():
    """R jfa's "difference" and "quotient" have none: N s / sqrt(n) of the residuals.

    The same four units: differences 1, 2, 3, 5 have s² = 35/12; the ratio's residuals s² = .5/3.
    """
    args = ([2, 4, 6, 9], [1, 2, 3, 4], 10, 30)

    difference = difference_total(*args, fpc=False)
    ratio = ratio_total(*args, variance="cochran", fpc=False)

    assert difference.se == pytest.approx(10 * (35 / 12 / 4) ** 0.5)
    assert ratio.se == pytest.approx(10 * (0.5 / 3 / 4) ** 0.5)
