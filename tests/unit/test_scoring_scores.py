"""Scores against encounters worked by hand."""

import io
import math

import pandas as pd
import pytest

from auditkit.errors import FrameError, InputError, SettingsError
from auditkit.scoring import frame_sizes, policies, score, sensitivity, sensitivity_sentence

# Four encounters of two providers, worked on paper:
# E1 P01 supported visit and biopsy; E2 P01 visit one level high, and a shave not billed;
# E3 P02 visit two levels low, destruction with one unit too many;
# E4 P02 record missing, two lines.
WORKED = """\
encounter_id,provider_id,stratum,line,billed_code,billed_modifiers,billed_units,agreed_code,\
agreed_modifiers,agreed_units,verdict,direction,category,billed_dollars,agreed_dollars,dollars,\
paid_dollars,billed_rvu,agreed_rvu
E1,P01,A,1,99213,25,1,99213,25,1,supported,none,,90,90,0,72,2.6,2.6
E1,P01,A,2,11102,,1,11102,,1,supported,none,,100,100,0,80,3.0,3.0
E2,P01,A,1,99214,,1,99213,,1,overcoded,over,incorrect_coding,130,90,40,104,3.8,2.6
E2,P01,A,,,,,11301,,1,undercoded,under,incorrect_coding,0,120,-120,0,0.0,3.5
E3,P02,B,1,99212,,1,99214,,1,undercoded,under,incorrect_coding,60,130,-70,48,1.7,3.8
E3,P02,B,2,17003,,3,17003,,2,overcoded,over,insufficient_documentation,30,20,10,24,0.6,0.4
E4,P02,B,1,99203,,1,,,,missing_record,over,no_documentation,110,0,110,88,3.3,0.0
E4,P02,B,2,11102,,1,,,,missing_record,over,no_documentation,100,0,100,80,3.0,0.0
"""
TEXT = ["billed_code", "billed_modifiers", "agreed_code", "agreed_modifiers"]


def worked() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(WORKED), dtype=dict.fromkeys(TEXT, "str"))


def rate_of(scores: pd.DataFrame, scope: str, policy: str, measure: str | None = None):
    rows = scores[(scores["scope"] == scope) & (scores["policy"] == policy)]
    rows = rows if measure is None else rows[rows["measure"] == measure]
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("policy", "numerator", "denominator"),
    [
        ("encounter_all_or_nothing", 1, 4),  # only E1
        ("line", 2, 7),  # seven billed lines; E1's two
        ("line_codes_only", 3, 7),  # and 17003, whose units alone are wrong
        ("code_over_code_reviewer", 2, 6),  # 2 of E1, 99213, 11301, 99214, 17003
        # E1: 2; E2: 99214, 99213, 11301; E3: 99212, 99214, 17003; E4: 99203, 11102
        ("code_over_code_union", 2, 10),
        ("weighted_em_levels", 1 + 0.9 + 0.7 + 0, 4),
        ("weighted_lines", 1 + 1 + 0.9 + 0.7 + 0 + 0 + 0, 7),
        ("dollar_gross", 620 - (40 + 120 + 70 + 10 + 110 + 100), 620),
        ("dollar_net", 40 - 120 - 70 + 10 + 110 + 100, 620),
        ("over_lines", 4, 8),
        ("under_lines", 2, 8),
        ("neutral_lines", 0, 8),
        ("over_dollars", 260, 620),
        ("under_dollars", 190, 620),
        ("cert_improper_payment", 450, 496),
        ("cia_net_financial", 70, 496),
        ("rvu_weighted", 18.0 - (1.2 + 3.5 + 2.1 + 0.2 + 3.3 + 3.0), 18.0),
    ],
)
def test_practice_scores_are_those_worked_by_hand(policy, numerator, denominator):
    """Every policy gives the numerator and denominator counted on paper."""
    row = rate_of(score(worked(), policy), "practice", policy)

    assert row["numerator"] == pytest.approx(numerator)
    assert row["denominator"] == pytest.approx(denominator)
    assert row["rate"] == pytest.approx(numerator / denominator)


def test_every_policy_is_worked_by_hand():
    """No policy file is left without a hand-worked figure above."""
    mark = test_practice_scores_are_those_worked_by_hand.pytestmark[0]

    assert {each[0] for each in mark.args[1]} == set(policies())


def test_provider_scores_use_only_that_providers_lines():
    """P01 has one right encounter of two and two right lines of three."""
    scores = score(worked(), ["encounter_all_or_nothing", "line"])

    assert rate_of(scores, "P01", "encounter_all_or_nothing")["rate"] == 0.5
    assert rate_of(scores, "P01", "line")["rate"] == pytest.approx(2 / 3)
    assert rate_of(scores, "P02", "line")["rate"] == 0


def test_error_categories_sum_to_the_improper_payment_rate():
    """The parts by category add up to the whole, and an error without category is kept."""
    table = worked()
    table.loc[5, "category"] = None
    scores = score(table, "cert_improper_payment")
    practice = scores[scores["scope"] == "practice"].set_index("measure")["rate"]

    assert practice["improper_payment_rate:no_documentation"] == pytest.approx(210 / 496)
    assert practice["improper_payment_rate:incorrect_coding"] == pytest.approx(230 / 496)
    assert practice["improper_payment_rate:uncategorised"] == pytest.approx(10 / 496)
    assert practice.drop("improper_payment_rate").sum() == pytest.approx(450 / 496)


def many(right: int, wrong: int, provider: str = "P01", stratum: str = "A") -> pd.DataFrame:
    rows = [
        (f"{provider}{stratum}{i:04}", provider, stratum, 1, "99213", "", 1, "99213", "", 1)
        + (("supported", "none", None, 90, 90, 0) if i < right else WRONG)
        for i in range(right + wrong)
    ]
    return pd.DataFrame(rows, columns=list(worked().columns[:16]))


WRONG = ("not_supported", "over", "medical_necessity", 90, 0, 90)


def test_without_a_frame_the_limits_are_clopper_pearson():
    """R 4.2.2 binom.test(3, 30) at 95 % gives 0.02111713702972 to 0.2652884504742."""
    row = rate_of(score(many(3, 27), "encounter_all_or_nothing"), "P01", "encounter_all_or_nothing")

    assert (row["lower"], row["upper"]) == pytest.approx((0.02111713702972, 0.2652884504742))
    assert row["method"] == "Clopper-Pearson"


def test_with_a_frame_the_limits_are_exact_hypergeometric():
    """Of 10 encounters 5 were read, all right: P(5 right | 8 right) = 2/9 is above 0.025,
    P(5 right | 7 right) = 1/12 is above, P(5 | 6) = 1/42 is not; so 7 to 10 of 10."""
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": ["A"], "encounters": [10]})
    scores = score(many(5, 0), "encounter_all_or_nothing", sizes=sizes)
    row = rate_of(scores, "P01", "encounter_all_or_nothing")

    assert (row["lower"], row["upper"]) == (0.7, 1.0)
    assert "hypergeometric" in row["method"]


def test_strata_are_weighted_by_the_frame():
    """8 of 10 right among 90 and 2 of 10 right among 10: (90 * 0.8 + 10 * 0.2) / 100 = 0.74.

    Stratum B is read in full, so only A varies: 0.9² * (1 - 10/90) * (0.8 * 0.2 / 9) =
    0.0128, and that standard error is below the unstratified one."""
    table = pd.concat([many(8, 2), many(2, 8, "P02", "B")])
    sizes = pd.DataFrame(
        {"provider_id": ["P01", "P02"], "stratum": ["A", "B"], "encounters": [90, 10]}
    )
    row = rate_of(
        score(table, "encounter_all_or_nothing", sizes=sizes),
        "practice",
        "encounter_all_or_nothing",
    )

    assert row["rate"] == pytest.approx(0.74)
    assert row["lower"] < 0.74 < row["upper"]
    assert "weighted" in row["method"]


def test_weighted_dollar_limits_are_those_of_the_ratio_estimate():
    """With equal billed amounts the ratio is a stratified mean: variance 0.0128 as above,
    t(18 df, 95 %) = 2.100922, so 0.26 ± 2.100922 * sqrt(0.0128) for overpaid dollars."""
    table = pd.concat([many(8, 2), many(2, 8, "P02", "B")])
    sizes = pd.DataFrame(
        {"provider_id": ["P01", "P02"], "stratum": ["A", "B"], "encounters": [90, 10]}
    )
    row = rate_of(score(table, "over_dollars", sizes=sizes), "practice", "over_dollars")
    half = 2.10092204 * math.sqrt(0.9**2 * (80 / 90) * (0.8 * 0.2 * 10 / 9) / 10)

    assert row["rate"] == pytest.approx(0.26)
    assert (row["lower"], row["upper"]) == pytest.approx((0.26 - half, 0.26 + half))


def test_limits_stay_where_a_rate_can_lie():
    """A portion is not below zero, an accuracy not above one; a net may be either side of zero."""
    scores = score(pd.concat([many(29, 1), many(29, 1, "P02")]))
    limits = scores.set_index(["scope", "policy", "measure"])

    assert limits.loc[("P01", "over_dollars", "over_rate_dollars"), "lower"] == 0
    assert limits.loc[("P01", "dollar_gross", "dollar_accuracy_gross"), "upper"] == 1
    assert limits.loc[("P01", "dollar_net", "dollar_error_net"), "lower"] < 0


def test_an_encounter_read_in_full_has_no_uncertainty():
    """When the whole frame was read the limits are the rate."""
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": ["A"], "encounters": [10]})
    row = rate_of(score(many(8, 2), "line", sizes=sizes), "practice", "line")

    assert (row["lower"], row["rate"], row["upper"]) == (0.8, 0.8, 0.8)


def test_lines_of_one_encounter_do_not_count_as_independent():
    """Ten encounters of five like lines are as uncertain as ten encounters of one line."""
    single = many(7, 3)
    five = pd.concat([single.assign(line=number) for number in range(1, 6)])
    one = rate_of(score(single, "line"), "practice", "line")
    many_lines = rate_of(score(five, "line"), "practice", "line")

    assert many_lines["denominator"] == 50
    assert many_lines["upper"] - many_lines["lower"] > 0.8 * (one["upper"] - one["lower"])


def test_a_missing_measure_is_said_not_zero():
    """Without RVU columns the RVU policy has an empty rate and says why."""
    row = rate_of(score(many(3, 2)), "practice", "rvu_weighted")

    assert math.isnan(row["rate"])
    assert "no RVUs" in row["method"]


def test_an_absent_denominator_is_said_not_zero():
    """A provider without office visits has no E/M level score."""
    table = many(3, 2).assign(billed_code="11102")
    row = rate_of(score(table, "weighted_em_levels"), "practice", "weighted_em_levels")

    assert math.isnan(row["rate"])
    assert "denominator is zero" in row["method"]


def test_wrong_series_of_visit_earns_nothing():
    """A new-patient visit supported as established is no matter of level."""
    table = many(1, 0).assign(billed_code="99203", verdict="wrong_code", direction="over")

    row = rate_of(score(table, "weighted_em_levels"), "practice", "weighted_em_levels")
    assert row["numerator"] == 0


def test_a_table_read_back_from_csv_scores_the_same(tmp_path):
    """CSV types (floats for codes, blanks for nothing) change no score."""
    path = tmp_path / "line_results.csv"
    worked().to_csv(path, index=False)

    pd.testing.assert_frame_equal(score(worked()), score(pd.read_csv(path)))


def test_nullable_types_score_the_same():
    """Whole-number columns with missing values, as the audit's folder gives them, are accepted."""
    typed = worked().astype({"line": "Int64", "billed_units": "Int64", "verdict": "str"})

    pd.testing.assert_frame_equal(score(worked()), score(typed))


def test_a_line_that_should_have_been_two_codes():
    """11102 x3 agreed as 11102 + 11103: the billed code is found again, one code was missed."""
    table = many(1, 0).assign(
        billed_code="11102",
        agreed_code="11102 + 11103",
        billed_units=3,
        agreed_units=3,
        verdict="wrong_code",
        direction="over",
        category="incorrect_coding",
    )
    scores = score(table, ["line", "code_over_code_reviewer", "code_over_code_union"])

    assert rate_of(scores, "practice", "line")["rate"] == 0
    for policy in ("code_over_code_reviewer", "code_over_code_union"):
        row = rate_of(scores, "practice", policy)
        assert (row["numerator"], row["denominator"]) == (1, 2)


def test_a_line_without_price_is_counted_not_zero():
    """Dollar scores that miss a price are not computed and say how many; the others stand."""
    table = worked()
    table.loc[0, ["billed_dollars", "agreed_dollars", "dollars"]] = None
    scores = score(table)

    assert rate_of(scores, "practice", "line")["rate"] == pytest.approx(2 / 7)
    row = rate_of(scores, "practice", "dollar_gross")
    assert math.isnan(row["rate"])
    assert "1 line(s) have no price" in row["method"]
    assert rate_of(scores, "P02", "dollar_gross")["rate"] == pytest.approx(1 - 290 / 300)


def test_the_sampling_unit_is_the_cluster():
    """Lines drawn one by one are as many units, and may be of several strata."""
    table = worked().assign(unit_id=[f"U{i}" for i in range(8)])
    table.loc[3, "unit_id"] = "U2"
    table.loc[1, "stratum"] = "B"
    row = rate_of(score(table, "encounter_all_or_nothing"), "practice", "encounter_all_or_nothing")

    assert (row["numerator"], row["denominator"]) == (2, 7)


def test_order_of_rows_does_not_matter():
    """Shuffled rows give the same table of scores."""
    shuffled = worked().sample(frac=1, random_state=3)

    pd.testing.assert_frame_equal(score(worked()), score(shuffled))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"verdict": "fine"}, "verdict"),
        ({"direction": "up"}, "direction"),
        ({"category": "typo"}, "category"),
        ({"dollars": 3.0}, "dollars"),
        ({"billed_dollars": "ninety"}, "billed_dollars"),
        ({"provider_id": None}, "provider_id"),
        ({"encounter_id": "E1", "line": 1, "provider_id": "P01"}, "line"),
        ({"paid_dollars": None}, "paid_dollars"),
    ],
)
def test_what_cannot_be_scored_is_named(change, named):
    """A bad cell is refused by row and column, never read as zero."""
    table = worked().astype("object")
    for column, value in change.items():
        table.loc[4, column] = value

    with pytest.raises(InputError, match=f"'{named}'"):
        score(table)


def test_missing_columns_are_named():
    """A table without verdicts is refused."""
    with pytest.raises(InputError, match="verdict"):
        score(worked().drop(columns="verdict"))


def test_sizes_that_do_not_fit_the_sample_are_refused():
    """A frame smaller than its sample cannot be."""
    sizes = pd.DataFrame({"provider_id": ["P01"], "stratum": ["A"], "encounters": [3]})

    with pytest.raises(FrameError, match="only 3"):
        score(many(4, 0), "line", sizes=sizes)


def test_frame_strata_without_a_sample_are_said():
    """A stratum that nobody sampled is named as not covered."""
    sizes = pd.DataFrame(
        {"provider_id": ["P01", "P01"], "stratum": ["A", "Z"], "encounters": [30, 70]}
    )
    row = rate_of(score(many(4, 1), "line", sizes=sizes), "practice", "line")

    assert "70 encounters" in row["method"]


def test_frame_sizes_counts_the_frame():
    """Three encounters in two cells."""
    frame = pd.DataFrame({"provider_id": ["P01", "P01", "P02"], "stratum": ["A", "A", "B"]})

    assert frame_sizes(frame)["encounters"].tolist() == [2, 1]


def test_sensitivity_puts_the_policy_in_use_first_and_all_others_after():
    """Under each accuracy policy the practice's score is shown, the chosen one first."""
    told = sensitivity(worked(), "line")
    practice = told[told["scope"] == "practice"]

    assert practice.iloc[0]["policy"] == "line"
    assert practice["chosen"].tolist().count(True) == 1
    assert set(practice["policy"]) == {i for i, p in policies().items() if p.kind == "accuracy"}
    assert practice["passes"].dropna().eq(False).all()


def test_sensitivity_sentence_names_score_and_others():
    """The sentence gives the score in use and at least one other."""
    said = sensitivity_sentence(sensitivity(worked(), "line"), "practice")

    assert said.startswith("Score under 'Line accuracy': 28.6 %.")
    assert "Encounter accuracy, all or nothing (record over record): 25.0 %" in said


def test_unknown_policies_are_refused_with_the_list():
    """A misspelt policy names those that exist."""
    with pytest.raises(SettingsError, match="code_over_code_union"):
        score(worked(), "code_over_code")
