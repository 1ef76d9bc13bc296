"""What estimates carry and say, and how conventions differ."""

import json
import pickle

import pytest

from auditkit.stats.attribute import attribute_stratified, attribute_unrestricted
from auditkit.stats.attribute_multistage import (
    attribute_rhc_two_stage,
    attribute_three_stage,
    attribute_two_stage,
)
from auditkit.stats.binomial import clopper_pearson, korn_graubard
from auditkit.stats.post_stratified import variable_post_stratified
from auditkit.stats.quantiles import z
from auditkit.stats.shape import moments, sections
from auditkit.stats.stratified_multistage import (
    attribute_stratified_multistage,
    variable_stratified_multistage,
)
from auditkit.stats.variable import variable_stratified, variable_unrestricted
from auditkit.stats.variable_multistage import (
    variable_rhc_three_stage,
    variable_rhc_two_stage,
    variable_three_stage,
    variable_two_stage,
)

VALUES = [0.0, 0.0, 30.0, 0.0, 12.5, 0.0, 60.0, 0.0, 0.0, 5.0]
A, B = {"universe": 6, "values": [1.0, 4.0, 2.0]}, {"universe": 9, "values": [0.0, 3.0]}


def test_sentence_says_the_result_in_plain_words():
    """Dollars, the level, and the limit that is demanded."""
    said = variable_unrestricted(VALUES, 1000).named("total overpayment").sentence()

    assert said.startswith("From 10 of 1,000 units, the estimated total overpayment is $10,750.00")
    assert "two-sided 90 % interval runs from -$" in said
    assert "lower limit of the one-sided 90 % interval is " in said


def test_the_lower_limit_is_that_of_the_two_sided_eighty():
    """The MPIM limit: one-sided 90 % is the lower end of a two-sided 80 % interval."""
    found = variable_unrestricted(VALUES, 1000)

    assert found.lower_one_sided == pytest.approx(found.at(0.80).lower)
    assert found.at(0.80).level == 0.80


def test_estimates_become_plain_data():
    """A dictionary for JSON, and a value that can be stored and compared."""
    found = variable_stratified(VALUES, {"x": 40, "y": 60}, ["x"] * 5 + ["y"] * 5)
    plain = json.loads(json.dumps(found.as_dict()))

    nested = json.loads(json.dumps(variable_two_stage(5, [A, B]).as_dict()))

    assert nested["inputs"]["primary"][1] == {"universe": 9, "values": [0.0, 3.0], "name": ""}
    assert plain["inputs"]["universe"] == [["x", 40], ["y", 60]]
    assert [part["n"] for part in plain["parts"]] == [5, 5]
    assert pickle.loads(pickle.dumps(found)) == found


def test_precision_percent_of_a_negative_estimate():
    """RAT-STATS prints 0, which reads as perfect; the default takes the size of the estimate."""
    values = [-x for x in VALUES]
    ours, theirs = (
        variable_unrestricted(values, 99, convention=c) for c in ("default", "ratstats")
    )

    assert theirs.precision_percent == 0.0
    assert ours.precision_percent == pytest.approx(-100 * ours.precision / ours.point)
    assert variable_unrestricted([0, 0, 0], 99).precision_percent is None


def test_stratified_totals_use_t_or_z():
    """RAT-STATS takes z overall and t in the strata; the default takes t overall."""
    sample = (VALUES, {"x": 40, "y": 60}, ["x"] * 5 + ["y"] * 5)
    ours = variable_stratified(*sample)
    theirs = variable_stratified(*sample, convention="ratstats")

    assert (ours.quantile_kind, ours.df) == ("t", 8)
    assert (theirs.quantile_kind, theirs.quantile) == ("z", z(0.90))
    assert [part.df for part in theirs.parts] == [4, 4]
    assert ours.se == theirs.se
    assert variable_stratified(*sample, quantile="z").lower == theirs.lower


def test_satterthwaite_is_between_the_smallest_stratum_and_the_design():
    """Cochran (1977) sec. 5.4: n_e lies between the smallest n_h - 1 and their sum."""
    found = variable_stratified(
        VALUES, {"x": 40, "y": 60}, ["x"] * 3 + ["y"] * 7, degrees="satterthwaite"
    )

    assert 2 <= found.df <= 8


def test_software_without_a_finite_population_correction():
    """The correction is sqrt(1 - n/N) and can be left off."""
    with_it, without = (variable_unrestricted(VALUES, 40, fpc=f) for f in (True, False))

    assert with_it.se / without.se == pytest.approx((30 / 40) ** 0.5)


def test_stratified_rates_do_not_collapse_without_errors():
    """RAT-STATS gives a width of zero for no errors; the default an upper limit."""
    strata = [{"universe": 500, "sample": 30, "errors": 0}] * 2
    strata = [{**each, "name": name} for each, name in zip(strata, "ab", strict=True)]

    assert attribute_stratified(strata, convention="ratstats").upper == 0
    assert (
        0
        < attribute_stratified(strata).upper / 1000
        == pytest.approx(clopper_pearson(0, 60, 0.90)[1], rel=0.02)
    )


def test_stratified_counts_of_the_largest_universes():
    """Billions of units are counted, not listed; a lonely stratum follows its policy."""
    large = {"universe": 2_147_483_647, "sample": 1_000_000_000, "errors": 10}
    one = {"universe": 8, "sample": 1, "errors": 1, "name": "one"}
    found = attribute_stratified([large])

    assert found.lower < found.point == pytest.approx(21.47, abs=0.01)
    small = attribute_stratified(
        [{"universe": 90, "sample": 9, "errors": 1}, one], lonely="certainty"
    )
    assert small.point == pytest.approx(18)
    assert "single sampled unit" in small.warnings[0]


def test_korn_graubard_is_clopper_pearson_for_a_simple_random_sample():
    """With se = sqrt(p q / n) the effective sample is the sample."""
    assert korn_graubard(0.2, (0.16 / 50) ** 0.5, 50, 0.90, 49) == pytest.approx(
        clopper_pearson(10, 50, 0.90)
    )


def test_a_three_stage_design_with_one_sub_unit_each_is_two_stage():
    """Primary units of one secondary unit add no stage."""
    three = [{"universe": 1, "secondary": [each]} for each in (A, B)]
    two, same = variable_two_stage(5, [A, B]), variable_three_stage(5, three)

    assert (same.point, same.se) == pytest.approx((two.point, two.se))


def test_rhc_by_hand():
    """Two groups of two, drawn sizes 4 of 10 and 5 of 8.

    Totals 6 * 7/3 = 14 and 9 * 1.5 = 13.5; T = 10/4 * 14 + 8/5 * 13.5 = 56.6. Between:
    (8 - 4) / (16 - 8) * (10/18 * (14 * 18/4 - 56.6)^2 + 8/18 * (13.5 * 18/5 - 56.6)^2) = 25.6;
    within: 2.5 * 6 * 3 * (7/3) / 3 + 1.6 * 9 * 7 * 4.5 / 2 = 35 + 226.8.
    """
    groups = [
        {"unit": A, "size": 4, "group_size": 10, "group_units": 2},
        {"unit": B, "size": 5, "group_size": 8, "group_units": 2},
    ]
    found = variable_rhc_two_stage(groups)

    assert found.point == pytest.approx(56.6)
    assert found.se**2 == pytest.approx(25.6 + 35 + 226.8)


def test_rhc_three_stage_with_either_second_stage():
    """One secondary unit of one is no stage, whether called random or RHC."""
    plain = {"universe": 1, "secondary": [A]}
    grouped = {
        "universe": 1,
        "secondary": [{"unit": A, "size": 3, "group_size": 3, "group_units": 1}],
    }
    other = {"size": 5, "group_size": 8, "group_units": 2}
    first = {"size": 4, "group_size": 10, "group_units": 2}
    two = variable_rhc_two_stage([{"unit": A, **first}, {"unit": A, **other}])
    for primary in (plain, grouped):
        three = variable_rhc_three_stage([{"unit": primary, **first}, {"unit": primary, **other}])
        assert (three.point, three.se) == pytest.approx((two.point, two.se))


def test_rates_from_stages_with_and_without_the_universe():
    """Unknown: the ratio of two estimates. Known: the unbiased total over the known number."""
    units = [
        {"universe": 20, "sample": 5, "errors": 1},
        {"universe": 40, "sample": 10, "errors": 4},
    ]
    ratio = attribute_two_stage(10, units, of="rate")
    known = attribute_two_stage(10, units, 330, of="rate")

    assert ratio.point == pytest.approx((20 * 0.2 + 40 * 0.4) / 60)
    assert known.point == pytest.approx(10 / 2 * 20 / 330)
    assert ratio.se < known.se
    assert attribute_two_stage(10, units).point == pytest.approx(100)


def test_a_ratio_of_equal_rates_has_no_spread_between_units():
    """Every unit at the same rate, all its elements examined: the rate is known."""
    units = [{"universe": n, "sample": n, "errors": n // 4} for n in (4, 8, 20)]
    nested = [{"universe": 1, "secondary": [each]} for each in units]

    for found in (
        attribute_two_stage(9, units, of="rate", convention="ratstats"),
        attribute_three_stage(9, nested, of="rate", convention="ratstats"),
    ):
        assert (found.point, found.lower, found.upper) == pytest.approx((0.25, 0.25, 0.25))


def test_rhc_rates():
    """The rate of an RHC sample is the total over the elements, known or estimated."""
    groups = [
        {"unit": {**u, "sample": 5, "errors": 2}, "size": 4, "group_size": 8, "group_units": 2}
        for u in ({"universe": 10}, {"universe": 30})
    ]
    ratio = attribute_rhc_two_stage(groups, of="rate")

    assert ratio.point == pytest.approx(0.4)
    assert attribute_rhc_two_stage(groups, 100).per_unit().point == pytest.approx(0.32)


def test_a_lonely_sub_unit_needs_a_named_policy():
    """One element of several: refused, or counted without variance and said so."""
    units = [A, {"universe": 9, "values": [3.0]}]
    found = variable_two_stage(5, units, lonely="certainty")

    assert "add no variance at that stage" in found.warnings[0]
    assert found.point == pytest.approx(5 / 2 * (14 + 27))


def test_post_stratification_warns_of_thin_strata():
    """RAT-STATS asks for 100 units, 20 in a stratum, 6 of them not zero."""
    found = variable_post_stratified(VALUES, {"x": 40, "y": 60}, ["x"] * 5 + ["y"] * 5)

    assert any("at least 100" in each for each in found.warnings)
    assert any("'x' has 5 sampled units, 2 of them not zero" in each for each in found.warnings)


def test_post_stratified_variances_by_hand():
    """N = 100, n = 4, strata of 40 and 60 with variances 2 and 8.

    Unconditional 96/4 * (40*2 + 60*8) + 100/16 * (60*2 + 40*8) = 16,190; conditional
    40*38*2/2 + 60*58*8/2 = 15,440.
    """
    sample = ([1.0, 3.0, 2.0, 6.0], {"x": 40, "y": 60}, "xxyy")
    theirs = variable_post_stratified(*sample, convention="ratstats")
    ours = variable_post_stratified(*sample)

    assert theirs.point == ours.point == 40 * 2 + 60 * 4
    assert (theirs.se**2, ours.se**2) == pytest.approx((16_190, 15_440))
    assert (theirs.quantile_kind, ours.quantile_kind) == ("z", "t")


def test_strata_appraised_apart_are_combined():
    """Estimates can be passed on as they are; Satterthwaite's df lies between theirs."""
    parts = [variable_two_stage(5, [A, B, A]), variable_unrestricted(VALUES, 100)]
    found = variable_stratified_multistage(parts)

    assert found.point == parts[0].point + parts[1].point
    assert found.se**2 == pytest.approx(parts[0].se ** 2 + parts[1].se ** 2)
    assert 2 <= found.df <= 11


def test_combined_rates_weigh_by_elements():
    """RAT-STATS combines rounded rates; sample sizes allow limits that stay possible."""
    strata = [
        {"point": 0.01, "se": 0.01, "universe": 3000, "sample": 60, "df": 9},
        {"point": 0.04, "se": 0.02, "universe": 1000, "sample": 40, "df": 5},
    ]
    ours = attribute_stratified_multistage(strata)
    theirs = attribute_stratified_multistage(strata, convention="ratstats")

    assert ours.point == theirs.point == pytest.approx(70)
    assert theirs.se == pytest.approx((30**2 + 20**2) ** 0.5)
    assert theirs.at(0.99).lower < 0 <= ours.lower
    unknown = attribute_stratified_multistage([{**each, "sample": 0} for each in strata])
    assert unknown.quantile_kind == "z"


def test_shape_of_a_sample_by_hand():
    """0, 0, 0, 4: m2 = 3, m3 = 6, m4 = 21; skewness 6/3^1.5, kurtosis 21/9."""
    found = moments([0, 0, 0, 4])

    assert (found.skewness, found.kurtosis) == pytest.approx((6 / 3**1.5, 21 / 9))
    assert (found.mean, found.sd, found.nonzero, found.total) == (1, 2, 1, 4)


def test_shape_is_left_out_where_there_is_none():
    """Equal amounts have no shape; RAT-STATS also leaves it out for spreads below 1."""
    assert moments([2.1, 2.1, 2.1]).skewness is None
    assert moments([0.1, 0.2, 0.9]).skewness is not None
    assert moments([0.1, 0.2, 0.9], "ratstats").skewness is None


def test_three_sections_from_any_two():
    """Examined, audited and difference; the difference of an overpayment is positive."""
    by_two = sections(examined=[10, 5], difference=[4, 0])

    assert {name: list(column) for name, column in by_two.items()} == {
        "examined": [10, 5],
        "audited": [6, 5],
        "difference": [4, 0],
    }
    assert list(sections(audited=[6], difference=[4])["examined"]) == [10]
    assert list(sections(difference=[1, 2])) == ["difference"]


def test_one_sampled_unit_still_has_exact_limits():
    """A single unit in error of ten: at least one, at most all."""
    found = attribute_unrestricted(1, 1, 10)

    assert (found.lower, found.upper, found.se) == (1, 10, 0)
