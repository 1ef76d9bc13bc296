"""RAT-STATS Companion Manual (Rev. 5/2010), HHS-OIG: attribute appraisals, pp. 2-2 to 4-30."""

import pytest
from tolerances import check, limits

from auditkit.stats.attribute import attribute_stratified, attribute_unrestricted
from auditkit.stats.attribute_multistage import attribute_two_stage
from auditkit.stats.cluster import attribute_stratified_cluster

STRATA = [
    {"universe": 1000, "sample": 100, "errors": 2},
    {"universe": 1500, "sample": 100, "errors": 6},
]


def test_unrestricted_of_page_2_2():
    """82 errors in 400 of 10,000 documents: 1,729 to 2,403 at 90 %."""
    found = attribute_unrestricted(82, 400, 10_000)

    assert (found.lower, found.upper) == (1729, 2403)
    assert (found.point, round(found.se)) == (2050, 198)
    assert found.lower_one_sided == attribute_unrestricted(82, 400, 10_000, 0.80).lower == 1796


def test_stratified_of_page_2_7():
    """Inpatient and outpatient claims: 110 in error, 49 to 171 at 90 % by the normal curve."""
    found = attribute_stratified(STRATA, convention="ratstats")

    assert found.point == pytest.approx(110)
    assert (round(found.lower), round(found.upper), round(found.se)) == (49, 171, 37)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT01", "ATT05"])
def test_open_unrestricted(case, case_id):
    """Exact limits at three levels, count and percentage."""
    given, expected = case(case_id)["input"], case(case_id)["expected"]

    def at(level):
        return attribute_unrestricted(given["errors"], given["sample"], given["universe"], level)

    rate = at(0.9).per_unit("error rate", "rate")
    found = limits(at) | {
        "point_total": at(0.9).point,
        "point_pct": 100 * rate.point,
        "se_total": at(0.9).se,
        "se_pct": 100 * rate.se,
    }
    check(case(case_id), {name: found[name] for name in expected})


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT30"])
def test_open_stratified(case, case_id):
    """Normal limits overall, and the precision of each stratum, in percentage points."""
    given = case(case_id)["input"]

    def at(level):
        return attribute_stratified(given["strata"], level, convention="ratstats")

    rate = at(0.9).per_unit("error rate", "rate")
    found = limits(at) | {
        "point_pct": 100 * rate.point,
        "point_total": at(0.9).point,
        "se_pct": 100 * rate.se,
        "se_total": at(0.9).se,
    }
    for percent in (80, 90, 95):
        whole = at(percent / 100)
        found[f"precision{percent}_pct"] = 100 * whole.precision / whole.universe
        found[f"stratum_precision{percent}_pct"] = [
            100 * part.precision / part.universe for part in whole.parts
        ]
    check(case(case_id), found)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT31"])
def test_open_two_stage_ratio(case, case_id):
    """With the number of secondary units unknown the rate is a ratio."""
    given = case(case_id)["input"]

    def at(level):
        return attribute_two_stage(**given, of="rate", level=level, convention="ratstats")

    found = limits(at, "_pct", 100)
    check(case(case_id), found | {"p_pct": 100 * at(0.9).point, "se_pct": 100 * at(0.9).se})


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT33"])
def test_open_two_stage_unbiased(case, case_id):
    """With the number of secondary units known the total is unbiased, the rate its share."""
    given = case(case_id)["input"]

    def at(level):
        return attribute_two_stage(**given, level=level, convention="ratstats")

    check(case(case_id), limits(at) | totals_and_rates(at(0.9)))


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT36"])
def test_open_stratified_cluster(case, case_id):
    """A ratio within each stratum, times its known number of elements."""
    strata = [
        {
            "clusters_universe": stratum["clusters_universe"],
            "elements_universe": stratum["elements_universe"],
            "totals": [cluster["errors"] for cluster in stratum["clusters"]],
            "sizes": [cluster["size"] for cluster in stratum["clusters"]],
        }
        for stratum in case(case_id)["input"]["strata"]
    ]

    def at(level):
        return attribute_stratified_cluster(strata, level, convention="ratstats")

    check(case(case_id), limits(at) | totals_and_rates(at(0.9)))


def totals_and_rates(estimate):
    rate = estimate.per_unit("error rate", "rate")
    return {
        "total": estimate.point,
        "se_total": estimate.se,
        "p_pct": 100 * rate.point,
        "se_pct": 100 * rate.se,
    }
