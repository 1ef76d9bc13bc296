"""What the statistics tell the user: cautions, comparisons and recommendations in words."""

import numpy as np
import pytest
from scipy import stats

from auditkit.sampling.designs import Design
from auditkit.sampling.patterns import all_or_nothing, clustered, mixed, partial
from auditkit.sampling.planner import simulate
from auditkit.stats.auxiliary import ratio_total
from auditkit.stats.cautions import few_nonzero, full_errors
from auditkit.stats.comparison import compare_rates
from auditkit.stats.control import p_chart, run_chart
from auditkit.stats.likelihood import likelihood_total
from auditkit.stats.mus import mus_evaluation
from auditkit.stats.robustness import sensitivity
from auditkit.stats.sequential import group_sequential, probability_ratio_test


@pytest.mark.parametrize(("full", "warned"), [(7, False), (8, True), (10, True)])
def test_many_full_errors_are_a_caution(full, warned):
    """From above three quarters of the sample on, minimum sum or pennies are offered."""
    paid = np.full(10, 50.0)
    over = np.where(np.arange(10) < full, 50.0, 0.0)

    found = full_errors(over, paid)

    assert bool(found) is warned
    assert not warned or "minimum-sum" in found[0]


@pytest.mark.parametrize(
    ("nonzero", "words"), [(0, "No sampled amount"), (1, "Only 1 sampled amount differs"),
                           (9, "Only 9 sampled amounts differ"), (10, "")],
)  # fmt: skip
def test_few_nonzero_amounts_are_a_caution(nonzero, words):
    """Below ten amounts that differ from zero the interval covers less than it states."""
    found = few_nonzero([5.0] * nonzero + [0.0] * 40)

    assert words in found[0] if words else not found


def test_a_ratio_of_mostly_equal_amounts_carries_a_caution():
    """Nine of ten units overpaid in full: the ratio's lower limit falls short."""
    paid = np.arange(1.0, 21.0)
    over = np.where(np.arange(20) < 18, paid, 0.0)

    assert any("equals the known amount" in w for w in ratio_total(over, paid, 500, 9e3).warnings)
    half = np.where(np.arange(20) < 10, paid, 0.0)
    assert not ratio_total(half, paid, 500, 9e3).warnings


def test_all_zero_and_all_equal_samples_have_limits_without_width():
    """All zeros, or all alike: the estimate says so instead of failing."""
    nothing, alike = likelihood_total([0, 0, 0], 50), likelihood_total([4, 4, 4], 50)

    assert (nothing.lower, nothing.upper) == (0, 0)
    assert "nothing was found" in nothing.warnings[0]
    assert (alike.lower, alike.point, alike.upper) == (200, 200, 200)


def test_underpaid_dollars_are_said_to_count_as_right():
    """Stringer's limit ignores underpayments, and the estimate says so."""
    found = mus_evaluation([100, 100], [120, 50], 5000)

    assert any("Underpaid" in warning for warning in found.warnings)


def test_funnel_limits_from_the_binomial_table():
    """Ten charts at a group rate of 10 %: P(X >= 4) = .0128, P(X >= 3) = .0702, so 0 to 3."""
    found = compare_rates([3, 4, 0], [10, 10, 60], list("ABC"), group_rate=0.10)

    first, second, third = found.members
    assert (first.fewest, first.most) == (0, 3)
    assert not first.outside and second.outside and not second.distinguished
    assert third.outside and third.distinguished
    assert "Cannot be told apart from the group: chance alone gives 0 to 3" in first.sentence()
    assert "Outside the 95 % limits" in second.sentence()
    assert "lower than the group's" in third.sentence()


def test_what_ten_charts_could_show_at_all():
    """More than 3 of 10 errors have a chance of 80 % only from a true rate of 48 % on.

    Binomial tables print P(X >= 4) = .7340 at .45 and .8281 at .50; in between lies .80.
    """
    found = compare_rates([1, 1], [10, 10], group_rate=0.10).members[0]

    assert 0.45 < found.noticeable < 0.50
    assert stats.binom.sf(3, 10, found.noticeable) == pytest.approx(0.80)
    assert "48 % or more" in found.sentence()


def test_rates_that_vary_by_more_than_chance_are_said_to():
    """Five members at 5 % and five at 40 %, a hundred charts each; and ten at 10 %."""
    mixed_group = compare_rates([5] * 5 + [40] * 5, [100] * 10)
    same_group = compare_rates([10, 9, 12, 8, 11, 10, 7, 13, 10, 10], [100] * 10)

    assert mixed_group.overdispersed and "more than chance" in mixed_group.sentence()
    assert not same_group.overdispersed
    assert "None can be told apart from the group" in same_group.sentence()
    # Pearson by hand: sum of (x - 22.5)² is 10 * 17.5², over 100 * .225 * .775 and 9 degrees.
    assert mixed_group.dispersion == pytest.approx(3062.5 / 17.4375 / 9)


def test_equal_rates_are_drawn_to_the_group_and_unequal_ones_keep_their_own():
    """Shrinkage is strong where nothing differs and weak where much does."""
    same = compare_rates([10, 9, 11, 10], [100] * 4).members[2]
    apart = compare_rates([5, 90, 6, 88], [100] * 4).members[1]

    assert same.shrunken == pytest.approx(0.10, abs=0.005)
    assert apart.shrunken == pytest.approx(0.90, abs=0.02)


def test_widened_limits_hold_more_of_an_uneven_group():
    """Limits that allow for the spread of true rates single out fewer members."""
    args = ([5, 12, 25, 40, 8, 30], [100] * 6)

    narrow, wide = compare_rates(*args), compare_rates(*args, widen=True)

    assert sum(m.outside for m in wide.members) < sum(m.outside for m in narrow.members)


def test_a_quarter_outside_its_limits_is_named():
    """Twelve quarters at 5 %, then one at 40 %; normal limits are the textbook ones."""
    errors, labels = [5] * 11 + [40], [f"{q}" for q in range(12)]
    labels[-1] = "2024 Q4"

    exact = p_chart(errors, [100] * 12, labels)
    normal = p_chart(errors, [100] * 12, labels, limits="normal")

    assert "2024 Q4 lies above its limits." in exact.signals
    centre = 95 / 1200
    half = 3 * (centre * (1 - centre) / 100) ** 0.5
    assert normal.points[0].upper == pytest.approx(centre + half, abs=1e-5)
    assert normal.points[0].lower == 0
    assert exact.table()["outside"].sum() == 1


def test_short_series_are_said_to_show_little():
    """Four quarters cannot show a lasting change, and the chart says so."""
    assert "4 periods" in run_chart([1.0, 2.0, 3.0, 4.0]).sentence()


def test_a_stopping_rule_decides_only_at_its_looks():
    """At 10, 20 and 40 charts; between them it has nothing to say."""
    rule = group_sequential([10, 20, 40], 0.05, 0.20)

    assert rule.decide(10, 0) == "continue"
    assert rule.decide(10, rule.fail_at[0]) == "fail"
    assert rule.decide(40, 0) == "pass"
    with pytest.raises(ValueError, match="not a look"):
        rule.decide(15, 1)


def test_hopeless_looks_pass_early_without_changing_the_error():
    """Passing when the last look can no longer fail cannot change who fails."""
    early = group_sequential([10, 38, 40], 0.05, 0.20, futility=True)
    late = group_sequential([10, 38, 40], 0.05, 0.20, futility=False)

    assert early.pass_at[1] is not None and late.pass_at[1] is None
    assert early.chances(0.05).fail == pytest.approx(late.chances(0.05).fail)
    assert early.chances(0.05).size < late.chances(0.05).size


def test_the_rule_says_what_it_guarantees():
    """The sentence gives the chance of a wrong failure and the number of charts."""
    text = probability_ratio_test(0.05, 0.20, most=60).sentence()

    assert "at most 5 % is allowed" in text
    assert "before the first chart" in text


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (all_or_nothing(0.1), "10 % of units overpaid in full"),
        (partial(0.2, 0.4), "20 % of units overpaid by 40 % on average"),
        (mixed(0.2, 0.5, 0.4), "50 % of them in full, the others by 40 % on average"),
        (clustered(0.2), "mostly large amounts"),
        (clustered(0.2, -1), "mostly small amounts"),
    ],
)
def test_patterns_are_described(pattern, words):
    """Each pattern in words that a compliance officer can check."""
    assert words in pattern.describe()


def test_the_planner_says_when_nothing_tried_will_do():
    """Thirty charts at 2 % errors: the lower limit is worth nothing in most samples."""
    paid = np.random.default_rng(1).lognormal(4, 1, 4000)

    found = simulate(paid, 30, all_or_nothing(0.02), replicates=2000)

    assert found.recommended() is None
    assert "None of the designs tried will do" in found.sentence()
    assert "a provider at 20 % passes in" in found.sentence()


def test_the_planner_recommends_the_smallest_design_that_will_do():
    """Of 30, 150 and 400 charts at 15 % errors, 150 do; a picture's data come along."""
    paid = np.random.default_rng(1).lognormal(4, 0.8, 4000)
    designs = [Design(f"{n} charts", n) for n in (400, 30, 150)]

    found = simulate(paid, designs, mixed(0.15), replicates=2000)

    assert found.recommended()[0] == "150 charts"
    assert "Use 150 charts (150 of 4,000 units)" in found.recommendation()
    assert len(found.intervals) == 100 * len(found.outcomes)
    assert {"point", "lower", "upper", "truth", "covers"} <= set(found.intervals.columns)


def test_methods_stand_side_by_side():
    """Student's t leads with its cautions; the other methods show how far they are from it."""
    paid = np.arange(1.0, 21.0)
    over = np.where(np.arange(20) < 18, paid, 0.0)

    found = sensitivity(over, 500, paid, np.full(480, 10.0))

    methods = found.table()["method"].tolist()
    assert methods[0] == "unrestricted variable appraisal"
    assert methods[1:] == [
        "empirical likelihood",
        "BCa bootstrap, 9,999 resamples",
        "minimum-sum limits, unrestricted sample",
    ]
    assert any("overpaid in full" in warning for warning in found.main.warnings)
    assert "empirical likelihood: $" in found.sentence()


def test_methods_stand_side_by_side_over_strata():
    """With strata every line is stratified, and a take-all stratum is known in all of them."""
    over, names = [0.0, 40.0, 0.0, 25.0, 90.0, 10.0], ["a"] * 4 + ["all"] * 2

    found = sensitivity(over, {"a": 30, "all": 2}, [90.0] * 6, {"a": [90.0] * 26, "all": []}, names)

    points = found.table()["point"]
    assert points[:3].tolist() == pytest.approx([30 * 65 / 4 + 100] * 3)
    # Student's limit may fall below what was found; the others cannot.
    assert (found.table()["lower"][1:] >= 100 - 1e-6).all()


def test_minimum_sum_needs_the_payments():
    """Unsampled payments without the sampled ones are refused."""
    with pytest.raises(ValueError, match="'paid' is needed"):
        sensitivity([1.0, 0.0], 9, unsampled_paid=[1.0] * 7)


def test_minimum_sum_leaves_underpayments_out_and_says_so():
    """A lower limit of overpayments cannot net what was underpaid elsewhere."""
    found = sensitivity([10.0, -4.0, 0.0], 9, [10.0, 20.0, 30.0], [5.0] * 6)

    assert found.others[-1].lower >= 10
    assert any("underpayments are left out" in each for each in found.others[-1].warnings)
