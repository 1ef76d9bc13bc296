"""A published coverage study: nominal one-sided 90 % lower limits, N = 1,000, simple samples.

The study prints coverage and mean bound over true total for Student's t, empirical likelihood
and minimum sum, for payments that are all equal; its own Monte-Carlo error is about .008. Its
lognormal rows do not state the spread, and are compared in benchmarks/coverage.py instead.
"""

import numpy as np
import pytest
from scipy import stats

from auditkit.sampling.patterns import all_or_nothing
from auditkit.sampling.planner import simulate

ROWS = [
    (0.05, 30, (0.947, 0.12), (0.948, 0.37), (0.947, 0.31)),
    (0.50, 100, (0.916, 0.88), (0.917, 0.87), (0.916, 0.87)),
    (0.85, 30, (0.846, 0.91), (0.851, 0.89), (0.950, 0.87)),
    (0.95, 30, (0.803, 0.95), (0.796, 0.94), (1.000, 0.90)),
]


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: f"{row[0]:.0%}-n{row[1]}")
def row(request):
    """Simulate one row of the study."""
    rate, n, *printed = request.param
    names = ["expansion", "likelihood", "minimum_sum"]
    found = simulate(
        np.full(1000, 100.0), n, all_or_nothing(rate), estimators=names, replicates=10_000, seed=9
    )
    return printed, found


def test_coverage_and_mean_bound_are_those_printed(row):
    """Within three standard errors of the study, and .01 for the mean bound."""
    printed, found = row

    for outcome, (coverage, share) in zip(found.outcomes, printed, strict=True):
        assert outcome.lower_coverage == pytest.approx(coverage, abs=0.025)
        assert outcome.lower_share == pytest.approx(share, abs=0.0151)


def test_limits_that_fall_short_are_not_recommended(row):
    """Where t and likelihood miss their 90 %, the planner does not choose them."""
    _, found = row
    short = {o.estimator for o in found.outcomes if o.lower_coverage < 0.88}

    chosen = found.recommended()

    assert chosen is None or chosen[1] not in short


def test_all_samples_in_error_explain_the_shortfall():
    """At 95 % and n = 30 the t limit fails exactly when all thirty are in error: 1 - .211."""
    exact = 1 - stats.hypergeom.pmf(30, 1000, 950, 30)

    found = simulate(
        np.full(1000, 100.0), 30, all_or_nothing(0.95), estimators=["expansion"], seed=4
    )

    assert found.outcomes[0].lower_coverage == pytest.approx(exact, abs=0.013)
    assert "minimum_sum" in found.recommendation()


@pytest.mark.parametrize(("bad_rate", "passes", "good_rate", "fails"), [(0.20, 0.38, 0.10, 0.26)])
def test_ten_charts_and_a_bar_of_ninety_percent(bad_rate, passes, good_rate, fails):
    """A provider at 20 % passes 38 % of the time; one at 10 % fails 26 % of the time."""
    found = simulate(
        np.full(20_000, 80.0), 10, all_or_nothing(0.1), bad_rate=bad_rate, good_rate=good_rate,
        pass_mark=0.10, seed=1,
    ).passes[0]  # fmt: skip

    assert found.pass_bad == pytest.approx(passes, abs=0.02)
    assert found.fail_good == pytest.approx(fails, abs=0.02)
