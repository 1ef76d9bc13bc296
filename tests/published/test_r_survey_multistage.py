"""Figures of R survey 4.1.1 (R 4.2.2): samples drawn in stages, clusters, strata after the draw."""

import pytest

from auditkit import stats

#: Four of twenty primary units: their secondary units, the sampled ones, sizes and amounts.
THREE_STAGES = [
    (5, [(10, [0, 12, 5, 0]), (8, [3, 0, 7]), (12, [0, 0, 9, 4])]),
    (4, [(9, [20, 0, 0]), (6, [5, 5])]),
    (6, [(7, [0, 0, 0]), (11, [8, 0, 2, 6, 0]), (5, [1, 0])]),
    (3, [(10, [0, 15, 0]), (10, [4, 0, 0, 3]), (8, [0, 6])]),
]

#: Strata a (3 of 12 primary units) and b (2 of 7), each unit with its size and amounts.
A = [(8, [4, 0, 9]), (5, [2, 2, 7, 1]), (9, [0, 0, 5])]
B = [(6, [10, 20]), (11, [0, 3, 8, 8])]

AMOUNTS = [80, 43, 133, 0, 116, 84, 354, 328, 0, 250, 0, 5]
LABELS = ["o"] * 6 + ["i"] * 4 + ["k"] * 2
SIZES = {"o": 520, "i": 350, "k": 90}


def measured(units):
    return [stats.Measured(size, values) for size, values in units]


def counted(units, above=0):
    return [
        stats.Counted(size, len(values), sum(value > above for value in values))
        for size, values in units
    ]


def test_three_stage_total():
    """svydesign(id = ~psu + ssu + el, fpc = ~N + M + K); svytotal, confint with 3 df."""
    primary = [stats.Primary(size, measured(units)) for size, units in THREE_STAGES]

    found = stats.variable_three_stage(20, primary)

    assert found.point == pytest.approx(2635.88888888889, rel=1e-12)
    assert found.se == pytest.approx(566.165197503518, rel=1e-12)
    assert found.df == 3
    assert found.lower == pytest.approx(1303.49641502676, rel=1e-12)
    assert found.upper == pytest.approx(3968.28136275102, rel=1e-12)


def test_three_stage_errors_and_their_rate():
    """svytotal and svyratio of an indicator; svyciprop(method = "beta") at 90 and 80 %."""
    primary = [stats.Primary(size, counted(units)) for size, units in THREE_STAGES]

    total = stats.attribute_three_stage(20, primary)
    rate = stats.attribute_three_stage(20, primary, of="rate")

    assert total.point == pytest.approx(378.777777777778, rel=1e-12)
    assert total.se == pytest.approx(62.1699184930469, rel=1e-12)
    assert rate.point == pytest.approx(0.491919191919192, rel=1e-12)
    assert rate.se == pytest.approx(0.0556067415159555, rel=1e-12)
    assert rate.lower == pytest.approx(0.356482593395504, rel=1e-10)
    assert rate.upper == pytest.approx(0.62825329912703, rel=1e-10)
    assert rate.lower_one_sided == pytest.approx(0.394566121263221, rel=1e-10)
    own = stats.korn_graubard(rate.point, rate.se, rate.n, 0.90, df=3)
    assert own == pytest.approx((0.356482593395504, 0.62825329912703), rel=1e-10)


def test_two_stages_in_each_of_two_strata():
    """A design of two strata and two stages equals the combination of its strata."""
    parts = [stats.variable_two_stage(12, measured(A)), stats.variable_two_stage(7, measured(B))]
    errors = [
        stats.attribute_two_stage(12, counted(A, 3)), stats.attribute_two_stage(7, counted(B, 3))
    ]  # fmt: skip

    whole = stats.variable_stratified_multistage(parts)

    assert [part.point for part in parts] == pytest.approx([258.666666666667, 497.875])
    assert [part.se for part in parts] == pytest.approx([79.7649324229918, 124.976893697729])
    assert (whole.point, whole.se) == pytest.approx((756.541666666667, 148.262161062011))
    assert [part.se for part in errors] == pytest.approx([13.9323763626709, 4.96445700286883])
    both = stats.variable_stratified_multistage(errors)
    assert (both.point, both.se) == pytest.approx((78.5833333333333, 14.7904342209566))


def test_rates_of_strata_are_combined_by_their_elements():
    """svymean in each stratum; the combined count is their sum weighted by the elements."""
    rates = [
        stats.attribute_two_stage(12, counted(A, 3), of="rate"),
        stats.attribute_two_stage(7, counted(B, 3), of="rate"),
    ]
    strata = [
        {"point": each.point, "se": each.se, "universe": size}
        for each, size in zip(rates, (90, 60), strict=True)
    ]

    found = stats.attribute_stratified_multistage(strata)

    assert [each.point for each in rates] == pytest.approx([0.435606060606061, 0.676470588235294])
    assert [each.se for each in rates] == pytest.approx([0.132172570569216, 0.20879885655242])
    assert found.point == pytest.approx(90 * 0.435606060606061 + 60 * 0.676470588235294)
    assert found.se**2 == pytest.approx(
        (90 * 0.132172570569216) ** 2 + (60 * 0.20879885655242) ** 2
    )


CLUSTERS = [
    (40, 200, [5, 4, 7, 3, 6, 5], [2, 0, 3, 1, 1, 2], [25, 20, 40, 20, 11, 7]),
    (25, 160, [8, 5, 6, 9], [1, 4, 2, 0], [100, 0, 35, 60]),
    (2, 11, [6, 5], [3, 1], [9, 4]),
]


def test_clusters_in_strata():
    """svytotal of cluster totals in three strata, the third taken whole."""
    strata = [stats.Clusters(size, amounts) for size, _, _, _, amounts in CLUSTERS]

    found = stats.variable_stratified_cluster(strata)

    assert found.point == pytest.approx(2051.75)
    assert found.se == pytest.approx(513.056831647333, rel=1e-12)
    # R counts 9 degrees of freedom; the stratum taken whole estimates no variance and adds none.
    assert found.df == 8


def test_errors_of_clusters_in_strata():
    """A ratio in each stratum; residual variance as R's var(), unweighted (Cochran, RAT-STATS)."""
    strata = [stats.Clusters(N, errors, sizes, M) for N, M, sizes, errors, _ in CLUSTERS]

    found = stats.attribute_stratified_cluster(strata, convention="ratstats")

    assert found.point == pytest.approx(104)
    assert found.se == pytest.approx(27.589211357582, rel=1e-12)


def test_errors_of_a_stratified_sample():
    """svytotal and svymean of an indicator in three strata, one of them taken whole."""
    strata = [
        stats.Counted(1000, 100, 2, "in"),
        stats.Counted(1500, 80, 6, "out"),
        stats.Counted(12, 12, 5, "whole"),
    ]

    found = stats.attribute_stratified(strata)
    rate = found.per_unit("error rate", "rate")

    assert (found.point, found.se) == pytest.approx((137.5, 45.2622615929753), rel=1e-12)
    # svyciprop(method = "beta") counts 11 degrees of freedom of the stratum taken whole.
    assert (rate.lower, rate.upper) == pytest.approx((0.0285016659, 0.0943510865), rel=3e-4)


def test_post_strata_given_the_sizes_that_came_out():
    """svydesign(strata = ~g) with the sizes drawn: the conditional variance, t with 9 df."""
    found = stats.variable_post_stratified(AMOUNTS, SIZES, LABELS)

    assert (found.point, found.se) == pytest.approx((121295, 29912.1805290086), rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((66462.5950283263, 176127.404971674))


def test_post_strata_over_all_samples():
    """Cochran's eq. 5A.42 in R arithmetic, which RAT-STATS uses, with z."""
    found = stats.variable_post_stratified(AMOUNTS, SIZES, LABELS, convention="ratstats")

    assert (found.point, found.se) == pytest.approx((121295, 30515.454792977), rel=1e-12)
    assert found.quantile == pytest.approx(1.644853626951)
