"""Figures of R survey 4.1.1 (R 4.2.2): ratio, GREG, post-stratification, lonely strata, PPS."""

import numpy as np
import pytest

from auditkit.stats.auxiliary import ratio, ratio_total
from auditkit.stats.pps import (
    hajek_mean,
    hansen_hurwitz,
    horvitz_thompson,
    overton_joint,
)
from auditkit.stats.regression import poststratified_total, regression_total
from auditkit.stats.strata import read_strata, total_variance

PAID = [
    120.5, 88, 240, 75.25, 310, 99, 150, 60, 205, 180, 45.5, 130, 270, 95, 160,
    220, 80, 110, 175, 140, 50, 300, 125, 90, 65, 210, 155, 70, 190, 105,
]  # fmt: skip
OVER = [
    0, 0, 240, 0, 62, 0, 0, 0, 205, 0, 0, 0, 35.5, 0, 0,
    220, 0, 0, 0, 0, 0, 48.75, 0, 0, 0, 12, 0, 0, 0, 0,
]  # fmt: skip
CELLS = [1, 2, 3] * 10

Y = [10, 20, 60, 0, 5, 7, 9]
X = [20, 30, 60, 40, 25, 35, 45]
H = list("aaabbbb")
SIZES = {"a": 50, "b": 80}

PI = [0.4, 0.6, 0.8, 0.5]
AMOUNT = [4, 9, 12, 3]
SAMPFORD = [
    [0.4, 0.1999904356559, 0.2946583138061, 0.1583233704749],
    [0.1999904356559, 0.6, 0.4559896705083, 0.2583233704749],
    [0.2946583138061, 0.4559896705083, 0.8, 0.3740646868474],
    [0.1583233704749, 0.2583233704749, 0.3740646868474, 0.5],
]


def agrees(estimate, point, se, tolerance=1e-9):
    """Hold point and standard error to the figures printed, to a relative tolerance."""
    assert estimate.point == pytest.approx(point, rel=tolerance)
    assert estimate.se == pytest.approx(se, rel=tolerance)


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("EST02", id="EST02")])
def test_ratio_of_overpaid_to_paid(case, name):
    """svyratio and its predicted total, with the sample's own denominator in the error."""
    given, expected = case(name)["input"], case(name)["expected"]
    args = (given["overpayment"], given["paid"], given["universe"])

    rate = ratio(*args)
    total = ratio_total(*args, given["paid_total"])

    assert rate.point == pytest.approx(expected["ratio"], abs=1e-9)
    assert rate.se == pytest.approx(expected["se_ratio"], abs=1e-9)
    assert total.point == pytest.approx(expected["total"], abs=1e-4)
    assert total.se == pytest.approx(expected["se_total"], abs=1e-4)


def test_ratio_total_of_an_unrestricted_sample():
    """predict(svyratio(~over, ~paid), total = 168000)."""
    agrees(ratio_total(OVER, PAID, 1200, 168_000), 32065.3799339245, 12966.6100061352)


def test_regression_total():
    """calibrate(~paid) to 1,200 units and 168,000 dollars."""
    agrees(regression_total(OVER, PAID, 1200, 168_000), 30734.8372868730, 11792.7229027785)


def test_regression_on_two_amounts():
    """calibrate(~paid + p2), p2 the square of the row number."""
    both = np.column_stack([PAID, np.arange(1, 31) ** 2])

    agrees(
        regression_total(OVER, both, 1200, [168_000, 400_000]), 29653.6289757579, 11081.1843026550
    )


def test_poststratified_total():
    """postStratify to cells of 500, 400 and 300 units."""
    found = poststratified_total(OVER, CELLS, {1: 500, 2: 400, 3: 300})

    agrees(found, 31522.5, 13633.9156081964)


def test_poststratified_ratio():
    """calibrate(~factor(g):paid - 1, variance = c(1, 1, 1)): a ratio in each cell."""
    sizes, totals = {1: 500, 2: 400, 3: 300}, {1: 70_000, 2: 56_000, 3: 42_000}

    found = poststratified_total(OVER, CELLS, sizes, PAID, totals)

    agrees(found, 30090.8384762699, 11300.5114724746)


def test_stratified_ratio_and_its_totals():
    """svyratio over strata, combined and separate."""
    agrees(ratio(Y, X, SIZES, H), 0.405633802816901, 0.113755759913699)
    agrees(ratio_total(Y, X, SIZES, 5000, H), 2028.169014084507, 568.778799568496)
    separate = ratio_total(Y, X, SIZES, {"a": 2000, "b": 3000}, H, how="separate")
    agrees(separate, 2070.846394984326, 329.499873714786)


def test_stratified_regression():
    """calibrate(~x) of a stratified design to 130 units and a total of 5,000."""
    agrees(regression_total(Y, X, SIZES, 5000, H), 2188.095346197502, 479.854730470772)


@pytest.mark.parametrize(
    ("policy", "se"),
    [
        ("certainty", 755.64983071967),
        ("adjust", 955.513823378117),
        ("average", 925.478254741839),
    ],
)
def test_lonely_strata(policy, se):
    """options(survey.lonely.psu) with one unit of twenty sampled in a third stratum."""
    strata = read_strata(8, SIZES | {"c": 20}, [*H, "c"])

    found = total_variance(np.array([*Y, 30.0]), strata, policy)

    assert found.total**0.5 == pytest.approx(se, rel=1e-12)
    assert found.df == 5


@pytest.mark.shared
@pytest.mark.parametrize("name", [pytest.param("PPS03", id="PPS03")])
def test_joint_probability_variances(case, name):
    """svydesign(pps = ppsmat(joint)) with both variances."""
    given, expected = case(name)["input"], case(name)["expected"]
    args = (given["y"], given["pi"], given["joint"])

    grundy = horvitz_thompson(*args)
    plain = horvitz_thompson(*args, variance="horvitz_thompson")

    assert grundy.point == pytest.approx(expected["total"], abs=1e-9)
    assert grundy.se == pytest.approx(expected["se_yates_grundy"], abs=1e-6)
    assert plain.se == pytest.approx(expected["se_ht"], abs=1e-6)


@pytest.mark.parametrize(
    ("variance", "se"),
    [
        ("yates_grundy", 5.48156023818503),
        ("horvitz_thompson", 5.51161214526169),
        ("brewer", 5.63619256827396),
        ("overton", 5.65979976088672),
    ],
)
def test_variances_of_a_pps_total(variance, se):
    """svytotal under pps = ppsmat, "brewer" and "overton" (Yates-Grundy form)."""
    joint = SAMPFORD if variance in ("yates_grundy", "horvitz_thompson") else None

    agrees(horvitz_thompson(AMOUNT, PI, joint, variance), 46, se, 1e-10)


def test_overton_probabilities_in_the_horvitz_thompson_form():
    """pps = "overton" with variance = "HT"."""
    found = horvitz_thompson(AMOUNT, PI, overton_joint(PI), "horvitz_thompson")

    assert found.se == pytest.approx(2.82842712474619, rel=1e-9)


def test_certainty_item_pooled_as_survey_has_it():
    """pps = "brewer" with a fifth item of probability one."""
    found = horvitz_thompson([*AMOUNT, 50], [*PI, 1.0], certainty="pooled")

    agrees(found, 96, 13.6238761004349, 1e-12)


def test_hansen_hurwitz_total():
    """svydesign(prob = ~pi) without a finite population: draws with replacement."""
    found = hansen_hurwitz(AMOUNT, np.array(PI) / 4)

    agrees(found, 46, 8.71779788708135, 1e-12)


def test_hajek_mean():
    """svymean under pps = "brewer"."""
    agrees(hajek_mean(AMOUNT, PI), 6.20224719101124, 1.18464982264163, 1e-12)
