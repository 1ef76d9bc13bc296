"""R 4.2.2, package jfa: ``planning``; and the rounded factors of the AICPA audit guide."""

import pytest
from tolerances import check

from auditkit.stats.attribute_sizes import acceptance_size


@pytest.mark.parametrize(
    ("likelihood", "universe", "sizes"),
    [
        ("poisson", None, [60, 95, 126]),
        ("binomial", None, [59, 93, 124]),
        ("hypergeometric", 1000, [57, 90, 119]),
        ("hypergeometric", 200, [51, 78, 101]),
    ],
)
def test_sizes_that_rule_out_five_percent(likelihood, universe, sizes):
    """95 % confidence with none, one or two errors accepted."""
    found = [acceptance_size(0.05, 0.95, accept, universe, likelihood).n for accept in range(3)]

    assert found == sizes


@pytest.mark.parametrize(
    ("materiality", "accept", "aicpa", "exact"),
    [(0.10, 0, 30, 29), (0.05, 1, 95, 93), (0.10, 1, 48, 46), (0.07, 1, 68, 66)],
)
def test_rounded_factors_differ_from_exact_sizes(materiality, accept, aicpa, exact):
    """The printed factors 3.00 and 4.75 give a little more than the binomial needs."""
    assert acceptance_size(materiality, 0.95, accept, likelihood="aicpa").n == aicpa
    assert acceptance_size(materiality, 0.95, accept, likelihood="binomial").n == exact


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ08"])
def test_open_case(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]

    def sizes(likelihood, universe=None):
        return [
            acceptance_size(
                given["materiality"], given["confidence"], accept, universe, likelihood
            ).n
            for accept in given["accept"]
        ]

    found = {"poisson": sizes("poisson"), "binomial": sizes("binomial")}
    for universe in given["N"]:
        found[f"hypergeometric_N{universe}"] = sizes("hypergeometric", universe)
    check(case(case_id), found)
