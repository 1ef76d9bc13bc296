"""Figures of R jfa: monetary-unit selection, its bounds, and Bayesian limits."""

import pytest

from auditkit.stats.bayes import bayes_count, bayes_rate
from auditkit.stats.mus import select_interval
from auditkit.stats.mus_bounds import cox_snell_bound, moment_bound, stringer_bound


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("MUS01", id="MUS01")])
def test_fixed_interval_selection(case, name):
    """selection(units = "values", method = "interval", start = 40)."""
    given, expected = case(name)["input"], case(name)["expected"]

    found = select_interval(given["values"], given["n"], start=given["start"])

    assert found.interval == expected["interval"]
    assert (found.rows + 1).tolist() == expected["items"]
    assert found.hits.tolist() == expected["hits"]


def test_fixed_interval_selection_by_hand():
    """Steps of 237 from 40 over 1,185 dollars: 40, 277, 514, 751, 988."""
    values = [500, 20, 35, 60, 15, 80, 40, 25, 300, 10, 55, 45]

    found = select_interval(values, 5, start=40)

    assert (found.rows + 1).tolist() == [1, 2, 8, 9]
    assert found.hits.tolist() == [2, 1, 1, 1]


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("MUS03", id="MUS03")])
def test_stringer_without_errors(case, name):
    """evaluation(method = "stringer.binomial" and "stringer.poisson"), no taints."""
    given, expected = case(name)["input"], case(name)["expected"]
    args = (given["taints"], given["n"], given["confidence"])

    assert stringer_bound(*args) == pytest.approx(expected["stringer_binomial"], abs=1e-9)
    poisson = stringer_bound(*args, distribution="poisson")
    assert poisson == pytest.approx(expected["stringer_poisson"], abs=1e-9)


def test_stringer_hypergeometric_without_errors():
    """jfa's own test prints .04869673 for about 300,000 dollars and n = 60."""
    found = stringer_bound([], 60, distribution="hypergeometric", units=300_000)

    assert found == pytest.approx(0.04869673, abs=1 / 300_000)


def test_cox_and_snell():
    """Three taints of .6 among 231 dollars, jfa's default prior: .02282112."""
    assert cox_snell_bound([0.6] * 3, 231) == pytest.approx(0.02282112, abs=5e-9)


@pytest.mark.parametrize(("taints", "bound"), [([], 0.04916021), ([0.5], 0.03730203)])
def test_modified_moment(taints, bound):
    """method = "moment" for accounts, n = 60, without errors and with one half taint."""
    assert moment_bound(taints, 60) == pytest.approx(bound, abs=5e-9)


@pytest.mark.parametrize(
    ("likelihood", "bound"), [("binomial", 0.04792395), ("poisson", 0.04911037)]
)
def test_bayesian_rate(likelihood, bound):
    """evaluation(prior = TRUE): no errors in 60 under jfa's default priors, 95 %."""
    found = bayes_rate(0, 60, likelihood=likelihood, level=0.95)

    assert found.upper_one_sided == pytest.approx(bound, abs=5e-9)


def test_bayesian_count():
    """The beta-binomial posterior: .046 of 1,000 after no errors in 60, 95 %."""
    assert bayes_count(0, 60, 1000, level=0.95).upper_one_sided == 46
