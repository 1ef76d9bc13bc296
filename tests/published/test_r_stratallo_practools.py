"""R 4.2.2, PracTools ``strAlloc`` and stratallo ``opt``; Wright (2012) for whole numbers."""

import pytest
from tolerances import check

from auditkit.stats.allocate import neyman, neyman_bounded, optimum

SIZES, SPREADS = [100, 400, 1500, 50], [5000, 800, 150, 20000]


def test_neyman_would_sample_98_of_50_units():
    """Uncapped shares exceed the small stratum; the bounded optimum takes it whole."""
    assert neyman(SIZES, SPREADS, 200) == pytest.approx(
        [48.899755501222, 31.295843520782, 22.00488997555, 97.799511002445], abs=1e-6
    )
    assert neyman_bounded(SIZES, SPREADS, 200) == pytest.approx(
        [71.77033492823, 45.933014354067, 32.296650717703, 50], abs=1e-6
    )


def test_whole_number_optimum_with_a_minimum():
    """At least thirty in each stratum, in whole numbers."""
    assert optimum(SIZES, SPREADS, 200, minimum=30).tolist() == [72, 46, 32, 50]


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ12"])
def test_open_case(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]
    sizes, spreads, n = given["Nh"], given["Sh"], given["n"]
    found = {
        "neyman_uncapped": neyman(sizes, spreads, n),
        "capped": neyman_bounded(sizes, spreads, n),
        "integer_min30": optimum(sizes, spreads, n, minimum=given["min_per_stratum"]),
    }
    check(case(case_id), found)
