"""Anhøj and Olesen 2014: longest run and fewest crossings of a chance series."""

import pytest

from auditkit.stats.control import run_chart, run_limits


@pytest.mark.parametrize(
    ("useful", "longest", "crossings"),
    [(10, 6, 2), (12, 7, 3), (16, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10), (50, 9, 19)],
)
def test_critical_values(useful, longest, crossings):
    """The table of the paper, as R qicharts2 has it."""
    assert run_limits(useful) == (longest, crossings)


def test_a_shift_is_seen_and_an_alternating_series_is_not():
    """Ten low and ten high quarters cross the median once; a zigzag never runs."""
    shifted = run_chart([1.0] * 10 + [2.0] * 9 + [3.0])
    zigzag = run_chart([1.0, 2.0] * 10)

    assert len(shifted.signals) == 2
    assert zigzag.signals == ()
    assert "nothing shows but chance" in zigzag.sentence()
