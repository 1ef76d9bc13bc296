"""RAT-STATS Companion Manual (Rev. 5/2010), HHS-OIG: sample sizes, pp. 4-2 to 4-30."""

import pytest
from tolerances import check

from auditkit.stats.attribute import attribute_unrestricted
from auditkit.stats.attribute_sizes import attribute_size
from auditkit.stats.sizes import size_from_probe, variable_size_table
from auditkit.stats.stratified_sizes import stratified_size_known

PROBE = [
    *(321, 382, 453, 459, 343, 388, 313, 420, 407, 395, 441, 448, 447),
    *(333, 357, 395, 477, 391, 356, 368, 376, 350, 461, 472, 447),
]


def test_probe_of_page_4_5():
    """A probe with mean 400 and spread 50: the whole table, rounded to nearest."""
    shares = (0.01, 0.02, 0.05, 0.10, 0.15, 0.25)
    table = variable_size_table(400, 50, 100_000, shares, convention="ratstats")

    assert table.to_numpy().tolist() == [
        [256, 421, 597, 1026],
        [64, 106, 150, 259],
        [10, 17, 24, 41],
        [3, 4, 6, 10],
        [1, 2, 3, 5],
        [0, 1, 1, 2],
    ]
    assert size_from_probe(PROBE, 100_000, 0.01, 0.90, "ratstats").n == 421


def test_known_total_of_page_4_18():
    """500 units shared 100 and 400, with 5.25 % precision at 90 %."""
    for convention in ("default", "ratstats"):
        found = stratified_size_known(
            [100_000, 500_000], [10_000, 5_000], [5_000, 4_000], 500, 0.90, convention
        )

        assert found.strata == (100, 400)
        assert 100 * found.precision == pytest.approx(5.25, abs=0.005)


@pytest.mark.parametrize(
    ("rate", "level", "manual", "smallest"),
    [
        (0.5, 0.80, 466, 464),
        (0.5, 0.90, 725, 724),
        (0.5, 0.95, 991, 987),
        (0.5, 0.99, 1580, 1574),
        (0.2, 0.80, 314, None),
        (0.2, 0.90, 488, None),
        (0.2, 0.95, 666, None),
        (0.2, 0.99, 1079, None),
    ],
)
def test_exact_width_of_page_4_25(rate, level, manual, smallest):
    """The search of RAT-STATS is not known, so its sizes are met within two units, not exactly.

    The manual's size at 50 % is up to six units above the smallest that has the width, which is
    what the default returns.
    """
    least = attribute_size(rate, 0.06, 10_000, level).n
    like = attribute_size(rate, 0.06, 10_000, level, "ratstats").n

    assert abs(like - manual) <= 2
    assert least <= like
    assert smallest is None or least == smallest


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ01"])
def test_open_probe(case, case_id):
    """The table from its mean and spread."""
    given = case(case_id)["input"]
    table = variable_size_table(
        given["mean"],
        given["sd"],
        given["universe"],
        [percent / 100 for percent in given["precision_pct"]],
        [percent / 100 for percent in given["confidence"]],
        convention="ratstats",
    )
    check(case(case_id), {"table": table.to_numpy()})


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ04"])
def test_open_known_total(case, case_id):
    """Shares, and the precision at 80, 90, 95 and 99 %."""
    given = case(case_id)["input"]
    columns = [
        [stratum[name] for stratum in given["strata"]] for name in ("universe", "mean", "sd")
    ]
    found = [
        stratified_size_known(*columns, given["n"], level, "ratstats")
        for level in (0.80, 0.90, 0.95, 0.99)
    ]
    check(
        case(case_id),
        {"n_h": found[0].strata, "precision_pct": [100 * each.precision for each in found]},
    )


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ05"])
@pytest.mark.parametrize("convention", ["default", "ratstats"])
def test_open_exact_width(case, case_id, convention):
    """Not exactly reproducible: within 7 of the manual, and never wider than asked."""
    given = case(case_id)["input"]
    sizes = []
    for percent in given["confidence"]:
        level = percent / 100
        n = attribute_size(given["rate"], given["width"], given["universe"], level, convention).n
        errors = round(given["rate"] * n)
        exact = attribute_unrestricted(errors, n, given["universe"], level)
        assert exact.upper - exact.lower <= given["width"] * given["universe"]
        sizes.append(n)
    check(case(case_id), {"n": sizes})
