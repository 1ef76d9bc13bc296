"""RAT-STATS Companion Manual (Rev. 5/2010), HHS-OIG: variable appraisals, pp. 3-2 to 3-104."""

import pytest
from tolerances import check, limits, precisions

from auditkit.stats.shape import sections
from auditkit.stats.stratified_multistage import variable_stratified_multistage
from auditkit.stats.variable import (
    variable_stratified,
    variable_unknown_universe,
    variable_unrestricted,
)
from auditkit.stats.variable_multistage import variable_two_stage

#: Example 3, p. 3-21: ten of ninety primary units, each with its size and its sampled amounts.
PRIMARY = [
    (50, [5, 7, 9, 0, 11, 2, 8, 4, 3, 5]),
    (65, [4, 3, 7, 2, 11, 0, 1, 9, 4, 3, 2, 1, 5]),
    (45, [5, 6, 4, 11, 12, 0, 1, 8, 4]),
    (48, [6, 4, 0, 1, 0, 9, 8, 4, 6, 10]),
    (52, [11, 4, 3, 1, 0, 2, 8, 6, 5, 3]),
    (58, [12, 11, 3, 4, 2, 0, 0, 1, 4, 3, 2, 4]),
    (42, [3, 7, 6, 7, 8, 4, 3, 2]),
    (66, [3, 6, 4, 3, 2, 2, 8, 4, 0, 4, 5, 6, 3]),
    (40, [6, 4, 7, 3, 9, 1, 4, 5]),
    (56, [6, 7, 5, 10, 11, 2, 1, 4, 0, 5, 4]),
]


def test_two_stage_of_page_3_21():
    """21,602 with limits 20,176 and 23,027 at 90 %, by the normal curve."""
    primary = [{"universe": size, "values": values} for size, values in PRIMARY]
    found = variable_two_stage(90, primary, convention="ratstats")

    printed = (round(found.point), round(found.se), round(found.lower), round(found.upper))
    assert printed == (21602, 867, 20176, 23027)
    assert found.quantile == pytest.approx(1.644853626951, abs=6e-13)


def test_stratified_multistage_of_page_3_89():
    """Two rounded strata: 43,259 with standard error 1,547."""
    strata = [{"point": 24077, "se": 1277}, {"point": 19182, "se": 873}]
    found = variable_stratified_multistage(strata, convention="ratstats")

    assert (found.point, round(found.se), round(found.lower)) == (43259, 1547, 40715)


def test_unknown_universe_of_page_3_104():
    """The product of two means: 92,957 with limits 84,483 and 101,431 at 90 %."""
    found = variable_unknown_universe(575, 70, 10.33, 2.75, 55, 15.65, 5.45)

    printed = (round(found.point), round(found.se), round(found.lower), round(found.upper))
    assert printed == (92957, 5152, 84483, 101431)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["VAR01", "VAR02"])
def test_open_unrestricted(case, case_id):
    """Mean, spread, shape, limits, precision and t at three levels."""
    given, expected = case(case_id)["input"], case(case_id)["expected"]
    values = sections(given["examined"], given.get("audited"))[given["value"]]

    def at(level):
        return variable_unrestricted(values, given["universe"], level, convention="ratstats")

    whole = at(0.9)
    found = limits(at) | precisions(at)
    found |= {f"t{percent}": at(percent / 100).quantile for percent in (80, 90, 95)}
    found |= {name: getattr(whole, name) for name in ("mean", "sd", "skewness", "kurtosis")}
    found |= {"se_mean": whole.per_unit().se, "se_total": whole.se, "point": whole.point}
    check(case(case_id), {name: found[name] for name in expected})


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["VAR10"])
def test_open_stratified(case, case_id):
    """z overall and t in each stratum."""
    strata = case(case_id)["input"]["strata"]
    values = [value for stratum in strata for value in stratum["values"]]
    labels = [h for h, stratum in enumerate(strata) for _ in stratum["values"]]
    universe = {h: stratum["universe"] for h, stratum in enumerate(strata)}

    def at(level):
        return variable_stratified(values, universe, labels, level, convention="ratstats")

    parts = at(0.9).parts
    check(
        case(case_id),
        limits(at)
        | precisions(at)
        | {
            "point": at(0.9).point,
            "se": at(0.9).se,
            "stratum_point": [part.point for part in parts],
            "stratum_se_total": [part.se for part in parts],
            "stratum_lower90": [part.lower for part in parts],
            "stratum_upper90": [part.upper for part in parts],
            "stratum_t90": [part.quantile for part in parts],
        },
    )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case_id", "appraisal"),
    [
        ("VAR11", variable_two_stage),
        ("VAR13", variable_two_stage),
        ("VAR14", variable_stratified_multistage),
        ("VAR18", variable_unknown_universe),
    ],
)
def test_open_normal_limits(case, case_id, appraisal):
    """Point, standard error, limits and precision at three levels, by the normal curve."""

    def at(level):
        return appraisal(**case(case_id)["input"], level=level, convention="ratstats")

    whole = {"point": at(0.9).point, "se": at(0.9).se}
    check(case(case_id), limits(at) | precisions(at) | whole)
