"""OIG "Simple Extensible Sampling Tool" challenge: screenshots of RAT-STATS 2010, review notes.

Source: github cbtek/RStats2017, rstats_example_comparisons.pdf p. 3 and Issues.txt, note 8b.
"""

import pytest

from auditkit.errors import PlanError
from auditkit.sampling.ratstats import single_stage


def near_census(seed=10661935.55):
    listing = single_stage(seed, 100, 0, 101, n_spares=1)
    head = listing.table().head(7)
    return {
        "first7_sequential": head["number"].tolist(),
        "first7_order": head["order"].tolist(),
        "sum": listing.summation,
    }


def test_near_census_with_a_seed_of_two_decimals():
    """101 of the 102 numbers 0 to 101: order of selection and the summation, spare included."""
    assert near_census() == {
        "first7_sequential": [0, 1, 2, 3, 4, 5, 6],
        "first7_order": [60, 47, 78, 10, 25, 67, 39],
        "sum": 5122,
    }


def test_more_than_the_frame_holds_is_an_error():
    """The first challenge entry ran for ever here."""
    with pytest.raises(PlanError, match="11 different items and the frame holds 10"):
        single_stage(1, 11, 1, 10)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["RNG05"])
def test_open_screenshot(case, case_id):
    """The screenshot, from its inputs."""
    assert near_census(case(case_id)["input"]["seed"]) == case(case_id)["expected"]


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["RNG21"])
def test_open_refusal(case, case_id):
    """Asking for too many raises."""
    with pytest.raises(PlanError):
        single_stage(**case(case_id)["input"])
