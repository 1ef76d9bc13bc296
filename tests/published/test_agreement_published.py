"""Agreement statistics against published tables and other software."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from auditkit.stats._check import StatisticsError
from auditkit.stats.agreement import (
    cohen_kappa,
    cross_table,
    gwet_ac1,
    raw_agreement,
    reader_error_band,
)

#: SAS/STAT User's Guide, PROC FREQ, "Agreement Study": two dermatologists, skin condition.
DERMATOLOGISTS = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]
#: Stata Reference Manual, kappa, example 1: 85 mammograms by two radiologists.
RADIOLOGISTS = [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]
#: Vignette of Gwet's R package irrCAC: cont3x3abstractors.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
#: Fleiss, Statistical Methods for Rates and Proportions, 2nd ed. 1981, p. 213.
FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
#: Nearly every unit of one category.
PARADOX = [[118, 5], [2, 0]]


@pytest.mark.parametrize(
    ("weights", "kappa", "se", "lower", "upper"),
    [("none", 0.3449, 0.0724, 0.2030, 0.4868), ("linear", 0.5082, 0.0655, 0.3798, 0.6366)],
)
def test_kappa_of_the_sas_manual(weights, kappa, se, lower, upper):
    """Simple and weighted kappa, standard errors and 95 % limits as SAS prints them."""
    found = cohen_kappa(DERMATOLOGISTS, weights)

    printed = (found.point, found.se, found.lower, found.upper)
    assert printed == pytest.approx((kappa, se, lower, upper), abs=5e-5)


@pytest.mark.parametrize(
    ("weights", "kappa"), [("none", 0.4728), ("linear", 0.5684), ("quadratic", 0.6714)]
)
def test_kappa_of_the_stata_manual(weights, kappa):
    """kap, kap wgt(w) and kap wgt(w2)."""
    assert cohen_kappa(RADIOLOGISTS, weights).point == pytest.approx(kappa, abs=5e-5)


def test_kappa_of_fleiss():
    """0.68 from 89 % agreement where 66 % was to be expected."""
    assert cohen_kappa(FLEISS).point == pytest.approx((0.89 - 0.66) / (1 - 0.66))


def test_kappa_and_ac1_of_irrcac():
    """kappa2.table and gwet.ac1.table of irrCAC 1.0, value and standard error."""
    kappa, ac1 = cohen_kappa(ABSTRACTORS), gwet_ac1(ABSTRACTORS)

    assert (kappa.point, kappa.se) == pytest.approx((0.7964094, 0.05891072), abs=5e-8)
    assert (ac1.point, ac1.se) == pytest.approx((0.8493305, 0.04321747), abs=5e-8)
    assert raw_agreement(ABSTRACTORS).point == 0.89


def test_ac1_does_not_fall_where_kappa_does():
    """94.4 % raw agreement, 2.8 % of one category: kappa is below zero; AC1 by hand is
    (0.944 - 2 * 0.972 * 0.028) / (1 - 2 * 0.972 * 0.028) = 0.9408."""
    assert raw_agreement(PARADOX).point == 0.944
    assert cohen_kappa(PARADOX).point < 0
    assert gwet_ac1(PARADOX).point == pytest.approx(0.9408, abs=5e-5)


tables = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 30), min_size=k, max_size=k), min_size=k, max_size=k)
)


def usable(table):
    counts = np.array(table, dtype=float)
    share = counts / max(counts.sum(), 1)
    return counts.sum() > 1 and share.sum(0) @ share.sum(1) < 1 - 1e-9


@given(tables.filter(usable), st.sampled_from(["none", "linear", "quadratic"]))
def test_kappa_equals_statsmodels(table, weights):
    """Point and standard error of statsmodels for any table and weights."""
    kind = {"none": None, "linear": "linear", "quadratic": "quadratic"}[weights]
    theirs = cohens_kappa(np.array(table, dtype=float), wt=kind)
    ours = cohen_kappa(table, weights)

    assert ours.point == pytest.approx(theirs.kappa, abs=1e-9)
    assert ours.se**2 == pytest.approx(max(theirs.var_kappa, 0.0), abs=1e-9)


@given(tables.filter(lambda t: np.sum(t) > 0))
def test_readers_can_be_exchanged(table):
    """Nothing depends on who reads first, and nothing exceeds one."""
    turned = np.transpose(table)

    assert gwet_ac1(table).point == pytest.approx(gwet_ac1(turned).point)
    assert gwet_ac1(table).se == pytest.approx(gwet_ac1(turned).se)
    assert gwet_ac1(table).point <= 1 + 1e-12
    assert raw_agreement(table).point == raw_agreement(turned).point


def test_ac1_variance_agrees_with_a_jackknife():
    """The standard error is close to the jackknife's on the same units."""
    table = np.array(ABSTRACTORS, dtype=float)
    n = table.sum()
    without, weight = [], []
    for place in zip(*np.nonzero(table), strict=True):
        less = table.copy()
        less[place] -= 1
        without.append(gwet_ac1(less).point)
        weight.append(table[place])
    mean = np.average(without, weights=weight)
    spread = np.average((np.array(without) - mean) ** 2, weights=weight)

    assert gwet_ac1(table).se == pytest.approx(((n - 1) * spread) ** 0.5, rel=0.02)


def test_two_by_two_kappa_by_hand():
    """20 and 15 of 50 agree: 0.7 observed, 0.5 expected, kappa 0.4 (Cohen's form)."""
    assert cohen_kappa([[20, 5], [10, 15]]).point == pytest.approx(0.4)


def test_cross_table_keeps_the_order_of_the_categories():
    """Levels in their own order, an unused one included."""
    counts = cross_table([3, 4, 4], [3, 3, 4], categories=[2, 3, 4])

    assert counts.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 1]]


@pytest.mark.parametrize(
    "table",
    [[[1, 2, 3], [4, 5, 6]], [[1, -1], [0, 2]], [[0, 0], [0, 0]], [[0.5, 1], [1, 1]], "12", []],
)
def test_tables_that_are_no_counts_are_refused(table):
    """Oblong, negative, empty, fractional tables and text."""
    with pytest.raises(StatisticsError, match="'table'"):
        cohen_kappa(table)


def test_kappa_is_refused_where_it_is_not_defined():
    """One category for everything: kappa divides by zero; AC1 of the same is one."""
    with pytest.raises(StatisticsError, match="not defined"):
        cohen_kappa([[40, 0], [0, 0]])
    assert gwet_ac1([[40, 0], [0, 0]]).point == 1


def test_readings_that_differ_in_number_are_refused():
    """Two readers must have read the same units."""
    with pytest.raises(StatisticsError, match="must agree"):
        cross_table(["a"], ["a", "b"])
    with pytest.raises(StatisticsError, match="lacks a category"):
        cross_table(["a"], ["c"], categories=["a", "b"])


def test_few_double_reads_are_said():
    """Ten units carry a warning, a hundred do not."""
    assert any("10 units" in each for each in cohen_kappa([[4, 1], [2, 3]]).warnings)
    assert not gwet_ac1(ABSTRACTORS).warnings


@given(
    st.floats(0.05, 0.6),
    st.floats(0.0, 0.15),
    st.sampled_from(["false_findings", "misses", "both"]),
)
def test_the_reader_error_band_recovers_the_true_rate(true, error, kind):
    """From the shares that a known reader error makes, the case of that kind gives the truth."""
    invented = error if kind in ("false_findings", "both") else 0.0
    missed = error if kind in ("misses", "both") else 0.0
    observed = true * (1 - missed) + (1 - true) * invented
    disagreement = 2 * true * missed * (1 - missed) + 2 * (1 - true) * invented * (1 - invented)

    assert reader_error_band(observed, disagreement)[kind] == pytest.approx(true, abs=1e-9)


def test_a_kind_of_error_that_cannot_explain_the_disagreement_is_not_a_number():
    """2 % found and 10 % disagreed cannot come from missed findings alone: e would be 2.5."""
    assert np.isnan(reader_error_band(0.02, 0.10)["misses"])
    assert reader_error_band(0.2, 0.0) == {"false_findings": 0.2, "misses": 0.2, "both": 0.2}
