"""A long RAT-STATS 2010 stream from a second implementation, validated on the manual's listings."""

import pytest

from auditkit.sampling.ratstats import single_stage


def test_stream_of_seed_31415_93():
    """The first six of fifty numbers of 1 to 2,197, and the sum of all."""
    listing = single_stage("31415.93", 50, 1, 2197)

    assert list(listing.numbers[:6]) == [1703, 2181, 345, 80, 717, 548]
    assert listing.summation == 51799


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["RNG19"])
def test_open_case(case, case_id):
    """All fifty numbers in the order of selection."""
    listing = single_stage(**case(case_id)["input"])

    assert list(listing.numbers) == case(case_id)["expected"]["selection_order"]
    assert listing.summation == case(case_id)["expected"]["sum"]
