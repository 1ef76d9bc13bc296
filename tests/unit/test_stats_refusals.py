"""Bad input is refused with an error that names the argument, and never repaired."""

import math

import numpy as np
import pytest

from auditkit.errors import PlanError
from auditkit.sampling.designs import Design
from auditkit.sampling.patterns import all_or_nothing, clustered, mixed
from auditkit.sampling.planner import simulate
from auditkit.stats import (
    auxiliary,
    bayes,
    bootstrap,
    comparison,
    control,
    likelihood,
    msm,
    mus,
    mus_bounds,
    penny,
    pps,
    regression,
    sequential,
    strata,
)
from auditkit.stats._check import StatisticsError

FOUR = [1.0, 2.0, 3.0, 4.0]
NAMES = ["a", "a", "b", "b"]

REFUSED = {
    "n above N": (auxiliary.ratio_total, ([1, 2], [3, 4], 1, 10), "values"),
    "text amount": (auxiliary.ratio_total, ([1, "2"], [3, 4], 9, 10), "values"),
    "NaN amount": (auxiliary.ratio, ([1, math.nan], [3, 4], 9), "values"),
    "one unit": (auxiliary.ratio_total, ([1], [3], 9, 10), "values"),
    "two columns for a ratio": (
        auxiliary.ratio_total,
        ([1, 2], np.ones((2, 2)), 9, 10),
        "auxiliary",
    ),
    "lengths": (auxiliary.difference_total, ([1, 2, 3], [3, 4], 9, 10), "auxiliary"),
    "nothing paid": (auxiliary.ratio, ([1, 2], [0, 0], 9), "auxiliary"),
    "missing total": (auxiliary.ratio_total, ([1, 2], [3, 4], 9, None), "auxiliary_total"),
    "total by stratum": (
        auxiliary.ratio_total,
        (FOUR, FOUR, {"a": 9, "b": 9}, {"a": 1, "b": 2}, NAMES),
        "auxiliary_total",
    ),
    "unknown variance": (
        lambda: auxiliary.ratio_total(FOUR, FOUR, 9, 9, variance="best"),
        (),
        "variance",
    ),
    "constant column": (regression.regression_total, (FOUR, [5, 5, 5, 5], 9, 45), "auxiliary"),
    "wrong number of totals": (
        regression.regression_total,
        (FOUR, np.eye(4)[:, :2], 9, [1.0]),
        "auxiliary_total",
    ),
    "cell without size": (
        regression.poststratified_total,
        (FOUR, [1, 1, 2, 3], {1: 5, 2: 5}),
        "universe",
    ),
    "empty stratum": (strata.read_strata, (2, {"a": 3, "b": 3}, ["a", "a"]), "strata"),
    "unknown stratum": (strata.read_strata, (2, {"a": 3}, ["a", "z"]), "universe"),
    "stratum too small": (strata.read_strata, (2, {"a": 1}, ["a", "a"]), "strata['a']"),
    "strata without sizes": (strata.read_strata, (2, 5, ["a", "a"]), "universe"),
    "sizes without strata": (strata.read_strata, (2, {"a": 5}, None), "strata"),
    "lonely stratum": (
        auxiliary.ratio_total,
        ([1, 2, 3], [1, 2, 3], {"a": 5, "b": 5}, 10, ["a", "a", "b"]),
        "strata",
    ),
    "level in percent": (lambda: likelihood.likelihood_total(FOUR, 9, level=90), (), "level"),
    "negative size": (pps.inclusion_probabilities, ([1, -2, 3], 2), "sizes"),
    "more than have a size": (pps.inclusion_probabilities, ([1, 0, 3], 3), "n"),
    "start of one": (lambda: pps.pps_systematic([1, 2, 3], 2, start=1.0), (), "start"),
    "no start": (pps.pps_systematic, ([1, 2, 3], 2), "start"),
    "probability above one": (pps.horvitz_thompson, ([1, 2], [0.5, 1.5]), "probabilities"),
    "probability of zero": (pps.hansen_hurwitz, ([1, 2], [0.5, 0.0]), "probabilities"),
    "chances that do not sum to one": (
        lambda: pps.pps_draws([0.5, 0.4], 3, seed="dice"),
        (),
        "probabilities",
    ),
    "negative chance": (lambda: pps.pps_draws([1.5, -0.5], 3, seed=1), (), "probabilities"),
    "no source of draws": (pps.pps_draws, ([0.5, 0.5], 3), "seed"),
    "too few positions": (lambda: pps.pps_draws([1.0], 3, positions=[0.5]), (), "positions"),
    "joint missing": (
        lambda: pps.horvitz_thompson([1, 2], [0.5, 0.5], variance="yates_grundy"),
        (),
        "joint",
    ),
    "joint not symmetric": (
        pps.horvitz_thompson,
        ([1, 2], [0.5, 0.5], [[0.5, 0.2], [0.1, 0.5]]),
        "joint",
    ),
    "one item left to chance": (pps.horvitz_thompson, ([1, 2], [0.5, 1.0]), "values"),
    "negative payment": (lambda: mus.select_interval([5, -1], 2, start=1), (), "values"),
    "start beyond the interval": (lambda: mus.select_interval([5, 5], 2, start=6), (), "start"),
    "more dollars than there are": (lambda: mus.select_random([1, 1], 3, seed=1), (), "n"),
    "empty seed": (lambda: mus.select_cells([9, 9], 3, seed=""), (), "seed"),
    "nothing paid on an item": (mus.mus_evaluation, ([0, 5], [0, 5], 99), "paid"),
    "total below the sample": (mus.mus_evaluation, ([50, 60], [0, 5], 99), "paid_total"),
    "taint above one": (mus_bounds.stringer_bound, ([1.5], 10), "taints"),
    "more taints than dollars": (mus_bounds.cox_snell_bound, ([0.1] * 5, 4), "taints"),
    "units missing": (
        lambda: mus_bounds.stringer_bound([0.1], 9, distribution="hypergeometric"),
        (),
        "units",
    ),
    "overpaid beyond payment": (msm.minimum_sum, ([5], [6], [1]), "overpaid"),
    "unsampled missing": (
        msm.minimum_sum_stratified,
        ([5, 5], [5, 0], ["a", "b"], {"a": [1]}),
        "unsampled_paid",
    ),
    "errors above sample": (msm.errors_lower, (100, 10, 11), "errors"),
    "sample above universe": (msm.errors_lower, (10, 11, 1), "sample"),
    "fraction of a cent": (penny.select_pennies, ([1.005], 1, 5), "paid"),
    "more pennies than paid": (penny.penny_limits, (0.05, 6, 1), "n"),
    "mean out of reach": (likelihood.minus_two_log_ratio, (FOUR, 4.0), "mean"),
    "few resamples": (lambda: bootstrap.bootstrap_total(FOUR, 9, resamples=5), (), "resamples"),
    "improper posterior": (bayes.bayes_rate, (5, 5, "strict"), "prior"),
    "unknown prior": (bayes.bayes_count, (1, 5, 9, "gut feeling"), "prior"),
    "errors above reviewed": (comparison.compare_rates, ([1, 9], [5, 5]), "errors"),
    "one member": (comparison.compare_rates, ([1], [5]), "errors"),
    "name twice": (comparison.compare_rates, ([1, 2], [5, 5], ["A", "A"]), "names"),
    "labels": (control.p_chart, ([1, 2], [5, 5], ["Q1"]), "labels"),
    "nothing reviewed": (control.p_chart, ([0, 0], [5, 0]), "reviewed"),
    "rates out of order": (sequential.probability_ratio_test, (0.2, 0.1), "unacceptable"),
    "looks that fall": (sequential.group_sequential, ([20, 10], 0.05, 0.2), "looks"),
    "looks beyond the universe": (
        lambda: sequential.group_sequential([10, 60], 0.05, 0.2, universe=50),
        (),
        "most",
    ),
    "rate above one": (all_or_nothing, (1.5,), "rate"),
    "share above one": (lambda: mixed(0.5, full=2), (), "full"),
    "strength": (clustered, (0.5, math.inf), "strength"),
    "simulated negative amount": (simulate, ([5, -1], 1, all_or_nothing(0.1)), "amounts"),
    "simulated estimator": (
        lambda: simulate([5, 1, 2], 2, all_or_nothing(0.1), estimators=["guess"]),
        (),
        "estimators",
    ),
}


@pytest.mark.parametrize(("call", "args", "argument"), REFUSED.values(), ids=REFUSED.keys())
def test_the_error_names_the_argument(call, args, argument):
    """A StatisticsError whose message begins with the name of the argument."""
    with pytest.raises(StatisticsError) as caught:
        call(*args)

    assert str(caught.value).startswith(f"'{argument}'")
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("plan", "strata_of", "words"),
    [
        (9, None, "9 units asked"),
        ({"a": 2}, ["a", "a", "b"], "stratum 'b' has no size"),
        ({"a": 2, "z": 1}, ["a", "a", "a"], "no stratum 'z'"),
        ({"a": 1}, ["a", "a", "a"], "one unit of 3"),
        ({"a": 2}, None, "'strata' must give"),
        (2, ["a", "a", "a"], "'plan' must give a size for each stratum"),
        ({"a": 2}, ["a", "a"], "names 2 units, the frame has 3"),
        ([Design("x", 2), Design("x", 3)], None, "repeats the name"),
        ("2", None, "'plan' must be"),
    ],
)
def test_plans_that_cannot_be_drawn_are_refused(plan, strata_of, words):
    """A PlanError that says which stratum or size does not fit."""
    with pytest.raises(PlanError, match=words):
        simulate([5.0, 6.0, 7.0], plan, all_or_nothing(0.5), strata_of)
