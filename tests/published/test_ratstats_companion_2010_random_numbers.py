"""RAT-STATS Companion Manual, Version 1 (Rev. 5/2010), HHS-OIG: random numbers, pp. 1-2 to 3-19."""

import pytest

from auditkit.sampling.ratstats import (
    frames_single_stage,
    frames_two_stage,
    sets,
    single_stage,
)


def plain(items):
    return [item[0] if len(item) == 1 else list(item) for item in items]


def test_single_stage_of_page_1_2():
    """Seed 12345, ten of 1 to 1,000 with four spares."""
    listing = single_stage(12345, 10, 1, 1000, n_spares=4)

    assert plain(listing.sequential) == [9, 236, 337, 340, 346, 497, 556, 641, 658, 884]
    assert plain(listing.spares) == [404, 624, 927, 947]


def test_selection_order_and_summation_of_page_3_19():
    """Seed 1357, ten of 1 to 90: order of selection and the printed summation."""
    listing = single_stage(1357, 10, 1, 90)

    assert list(listing.numbers) == [67, 46, 76, 2, 28, 56, 5, 70, 7, 23]
    assert listing.summation == 380
    assert list(listing.table()["order"]) == [4, 7, 9, 10, 5, 2, 6, 1, 8, 3]


def test_sets_of_two_of_page_1_3():
    """Each pair takes one uniform number for each coordinate, in order."""
    listing = sets(12345, 10, [(1, 658), (1, 66)], n_spares=4)

    assert plain(listing.sequential)[:3] == [[224, 23], [258, 37], [266, 42]]
    assert plain(listing.spares) == [[579, 61], [109, 54], [188, 50], [330, 49]]


def test_frames_of_pages_1_6_and_1_9():
    """Numbers are placed in the frame, and for pages on the page and line, that hold them."""
    items = frames_single_stage(12345, 3, [(1, 1050), (8405, 9565)], n_spares=2)
    lines = frames_two_stage(12345, 3, [(1, 100), (1, 456), (45, 832)], 66, n_spares=2)

    assert plain(items.sequential) == [[20, 1, 20], [1098, 2, 8452], [1230, 2, 8584]]
    assert plain(lines.sequential) == [[771, 1, 12, 45], [44043, 3, 156, 21], [49316, 3, 236, 14]]


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["RNG01", "RNG02", "RNG06", "RNG08", "RNG11", "RNG12", "RNG14"])
def test_open_case(case, case_id):
    """Every printed listing of the manual, number for number."""
    given, expected = case(case_id)["input"], case(case_id)["expected"]
    seed, n, spares = given["seed"], given["n_sequential"], given["n_spares"]
    if "low" in given:
        listing = single_stage(seed, n, given["low"], given["high"], spares)
    elif "ranges" in given:
        listing = sets(seed, n, given["ranges"], spares)
    elif "items_per_page" in given:
        listing = frames_two_stage(seed, n, given["frames"], given["items_per_page"], spares)
    else:
        listing = frames_single_stage(seed, n, given["frames"], spares)
    found = {
        "sequential": plain(listing.sequential),
        "spares": plain(listing.spares),
        "selection_order": plain(listing.selected),
        "sum": listing.summation,
    }

    assert {name: found[name] for name in expected} == expected
