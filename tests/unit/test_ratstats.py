"""RAT-STATS draws and their replication, beyond the printed listings."""

from collections import Counter
from time import process_time

import pandas as pd
import pytest

from auditkit.errors import PlanError
from auditkit.sampling.ratstats import (
    STREAMS,
    frames_single_stage,
    frames_two_stage,
    replicate,
    rhc_partition,
    rhc_pick,
    sets,
    single_stage,
    stream_number,
)

#: Companion Manual p. 1-2: seed 12345, ten of 1 to 1,000, then four spares.
MANUAL = [9, 236, 337, 340, 346, 497, 556, 641, 658, 884]
SPARES = [404, 624, 927, 947]
#: Companion Manual p. 3-19: seed 1357, ten of 1 to 90 in the order of selection.
IN_ORDER = [67, 46, 76, 2, 28, 56, 5, 70, 7, 23]


def test_a_larger_draw_begins_with_the_smaller():
    """The full sample of a discovery sample's seed holds the discovery sample."""
    small, large = single_stage(4711, 50, 1, 5000), single_stage(4711, 200, 1, 5000)

    assert large.numbers[:50] == small.numbers


def test_nothing_is_drawn_twice():
    """A census lists every number once, spares included."""
    listing = single_stage(77, 90, -5, 94, n_spares=10)

    assert sorted(listing.numbers + tuple(n for (n,) in listing.spares)) == list(range(-5, 95))


def test_negative_ranges_shift_the_same_draw():
    """Low and high move the numbers, not their order: -999 to 0 is 1 to 1,000 less 1,000."""
    shifted = single_stage(12345, 10, -999, 0)

    assert [item + 1000 for (item,) in shifted.sequential] == MANUAL


def test_seed_as_text_number_or_decimal_is_one_seed():
    """What was printed is what is typed."""
    assert single_stage("12345", 10, 1, 1000).numbers == single_stage(12345.0, 10, 1, 1000).numbers


def test_seed_digits_matter():
    """48863.78 and 48863.78125 are different streams, so seeds are kept as printed."""
    assert stream_number("48863.78") != stream_number("48863.78125")
    assert single_stage("48863.780", 3, 1, 99).seed == "48863.780"


def test_different_seeds_can_share_a_stream():
    """Only 16 bits of a seed are kept, and every listing says so."""
    assert len({stream_number(seed) for seed in (12345, 49381, 98763, 132009)}) == 1
    assert single_stage(49381, 10, 1, 1000).numbers == single_stage(12345, 10, 1, 1000).numbers
    assert STREAMS == 65_536
    assert "65,536 distinct streams" in single_stage(1, 1, 1, 10).warnings[0]


def test_more_than_ratstats_lists_is_warned_of():
    """RAT-STATS stops at 10,000 numbers."""
    assert "at most 10,000 numbers" in single_stage(1, 10_001, 1, 50_000).warnings[1]


def test_inclusion_is_uniform_over_seeds():
    """Each of 20 units is drawn equally often over 4,000 seeds (chi-square, 19 df, p = 0.001)."""
    drawn = Counter()
    for seed in range(1, 4001):
        drawn.update(single_stage(seed, 5, 1, 20).numbers)
    expected = 4000 * 5 / 20

    assert sum((drawn[k] - expected) ** 2 / expected for k in range(1, 21)) < 43.82


def test_ten_thousand_numbers_are_quick():
    """A census of 10,000, which meets the most repeats, in under a second of processor time."""
    start = process_time()
    single_stage(1, 10_000, 1, 10_000)

    assert process_time() - start < 1.0


def test_table_lists_sample_then_spares():
    """Ascending with the order of selection; spares follow in the order drawn."""
    table = single_stage(12345, 10, 1, 1000, n_spares=4).table()

    assert list(table.columns) == ["part", "order", "number"]
    assert table["number"].tolist() == MANUAL + SPARES
    assert table["part"].tolist() == ["sequential"] * 10 + ["spare"] * 4
    assert table["order"].tolist()[10:] == [11, 12, 13, 14]


def test_last_line_of_a_page():
    """The 66th line is on the first page; the manual's rounding leaves that open."""
    listing = frames_two_stage(3, 132, [(7, 8)], 66)
    places = {number: (page, line) for number, _, page, line in listing.selected}

    assert places[66] == (7, 66)
    assert places[67] == (8, 1)
    assert places[132] == (8, 66)


def test_frames_may_hold_different_lines_per_page():
    """The second frame of three lines a page starts after the two lines of the first."""
    listing = frames_two_stage(3, 5, [(1, 1), (10, 10)], [2, 3])

    assert sorted(listing.selected) == [
        (1, 1, 1, 1),
        (2, 1, 1, 2),
        (3, 2, 10, 1),
        (4, 2, 10, 2),
        (5, 2, 10, 3),
    ]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: single_stage("abc", 1, 1, 9), "'seed' must be a number"),
        (lambda: single_stage(float("nan"), 1, 1, 9), "'seed' must be a number"),
        (lambda: single_stage("1e999", 1, 1, 9), "'seed' must be a number"),
        (lambda: single_stage(True, 1, 1, 9), "'seed' must be a number"),
        (lambda: single_stage(0, 1, 1, 9, standard="TRICARE"), "'seed' is 0, which TRICARE"),
        (lambda: single_stage(5, 1, 1, 9, standard="SDP"), "'standard' must be one of TRICARE"),
        (lambda: single_stage(5, 0, 1, 9), "'n_sequential' must be a whole number of at least 1"),
        (lambda: single_stage(5, 1, 1, 9, n_spares=-1), "'n_spares' must be"),
        (lambda: single_stage(5, 2.5, 1, 9), "'n_sequential' must be"),
        (lambda: single_stage(5, 9, 1, 9, n_spares=1), "10 different items and the frame holds 9"),
        (lambda: single_stage(5, 1, 9, 1), "'ranges' runs backwards"),
        (lambda: single_stage(5, 1, 1, "9"), "whole numbers"),
        (lambda: single_stage(5, 1, 0, 2_147_483_647), "at most 2,147,483,647"),
        (lambda: sets(5, 1, []), "one to 4 pairs"),
        (lambda: sets(5, 1, [(1, 2)] * 5), "one to 4 pairs"),
        (lambda: sets(5, 1, [7]), "one to 4 pairs"),
        (lambda: frames_single_stage(5, 1, []), "one or more pairs"),
        (lambda: frames_two_stage(5, 1, [(1, 2)], 0), "'items_per_page'"),
        (lambda: frames_two_stage(5, 1, [(1, 2)], [3, 4]), "each of the 1 frames"),
    ],
)
def test_bad_requests_name_the_argument(draw, message):
    """No draw is made from a request that makes no sense."""
    with pytest.raises(PlanError, match=message):
        draw()


def test_zero_is_a_seed_where_no_standard_forbids_it():
    """RAT-STATS itself accepts it."""
    assert len(single_stage(0, 3, 1, 9).numbers) == 3


def test_replicate_confirms_an_ascending_listing():
    """The manual's listing is the one its seed gives."""
    found = replicate(12345, MANUAL, high=1000, spares=SPARES)

    assert (found.matches, found.order, found.departs_at) == (True, "ascending", None)
    assert "is the sample that seed 12345 gives from 1,000 units" in found.sentence()


def test_replicate_confirms_the_order_of_selection():
    """A listing in the order of selection is checked in that order."""
    found = replicate("1357", pd.Series(IN_ORDER, dtype="float64"), high=90)

    assert (found.matches, found.order) == (True, "selection")


def test_replicate_accepts_the_same_sample_in_another_order():
    """Numbers resorted are the same sample, but show no order of selection."""
    found = replicate(1357, sorted(IN_ORDER, reverse=True), high=90)

    assert (found.matches, found.order) == (True, "other")
    assert "neither ascending nor in the order of selection" in found.sentence()


def test_replicate_shows_a_spare_in_place_of_a_unit():
    """346 left out and the first spare put in: where, what, and that it is draw 11."""
    listing = sorted({*MANUAL, 404} - {346})
    found = replicate(12345, listing, high=1000)

    assert not found.matches
    assert (found.departs_at, found.expected, found.found) == (5, 346, 404)
    assert (found.missing, found.foreign, found.later) == ((346,), (404,), ((404, 11),))
    assert single_stage(12345, 10, 1, 1000).numbers[found.first_missing_draw - 1] == 346
    assert "404 is draw 11 of the seed" in found.sentence()


def test_replicate_departs_in_the_order_of_selection():
    """The first changed draw is the one reported."""
    found = replicate(1357, [*IN_ORDER[:3], 90, *IN_ORDER[4:]], high=90)

    assert (found.order, found.departs_at, found.expected, found.found) == ("selection", 4, 2, 90)
    assert found.first_missing_draw == 4


def test_replicate_finds_a_frame_that_is_one_too_long():
    """The same seed over 1 to 1,001 explains a listing said to come from 1 to 1,000."""
    listing = [item for (item,) in single_stage(12345, 40, 1, 1001).sequential]
    found = replicate(12345, listing, high=1000)

    assert (found.matches, found.other_frame) == (False, (1, 1001))
    assert "from a frame of 1 to 1,001" in found.sentence()


def test_replicate_names_repeats_and_wrong_spares():
    """A repeated number cannot come from the draw; spares are compared in their order."""
    repeated = replicate(12345, [9, *MANUAL[:-1]], high=1000)
    swapped = replicate(12345, MANUAL, high=1000, spares=[624, 404, 927, 947])

    assert (repeated.matches, repeated.repeated) == (False, (9,))
    assert (swapped.matches, swapped.departs_at, swapped.expected) == (False, 11, 404)


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        ([], "'listing' is empty"),
        (["9", 12], "position 1 does not"),
        ([9, 12.5], "position 2 does not"),
        ([9, None], "position 2 does not"),
        (range(1, 12), "11 different items and the frame holds 10"),
    ],
)
def test_replicate_refuses_what_is_no_listing(listing, message):
    """Text, blanks and listings longer than the frame are errors, not mismatches."""
    with pytest.raises(PlanError, match=message):
        replicate(12345, listing, high=10)


def test_rhc_groups_hold_every_unit_once():
    """Ten groups of nine, and nearly equal groups where the numbers do not divide."""
    even, odd = rhc_partition(90, 10, 1357), rhc_partition(11, 4, 1357)

    assert [len(group) for group in even] == [9] * 10
    assert sorted(unit for group in even for unit in group) == list(range(1, 91))
    assert [len(group) for group in odd] == [3, 3, 3, 2]


def test_rhc_groups_follow_the_ranks_of_the_draw():
    """Unit k has the k-th random number of 1 to 2N; the smallest third is the first group."""
    numbers = single_stage(2468, 27, 1, 54).numbers
    ranked = sorted(range(1, 28), key=lambda unit: numbers[unit - 1])

    assert rhc_partition(27, 3, 2468)[0] == tuple(sorted(ranked[:9]))


def test_rhc_picks_by_size():
    """Over many seeds a unit three times as large is picked three times as often."""
    groups = [(1, 2)]
    picks = Counter(rhc_pick([1.0, 3.0], groups, seed)[0].drawn for seed in range(1, 2001))

    assert picks[2] / 2000 == pytest.approx(0.75, abs=0.04)


def test_rhc_pick_carries_what_the_estimator_needs():
    """Size of the unit and of its group."""
    (group,) = rhc_pick([2.0, 5.0], [(1, 2)], 9)

    assert group.group_size == 7.0
    assert group.size == [2.0, 5.0][group.drawn - 1]


@pytest.mark.parametrize(
    ("pick", "message"),
    [
        (lambda: rhc_partition(3, 4, 1), "more than the 3 units"),
        (lambda: rhc_partition(0, 1, 1), "'n_units'"),
        (lambda: rhc_pick([1, 0], [(1, 2)], 1), "position 2 does not"),
        (lambda: rhc_pick([1, "2"], [(1, 2)], 1), "position 2 does not"),
        (lambda: rhc_pick([1, 2], [(1,)], 1), "each of the 2 units exactly once"),
    ],
)
def test_rhc_refuses(pick, message):
    """Groups and sizes that do not fit."""
    with pytest.raises(PlanError, match=message):
        pick()
