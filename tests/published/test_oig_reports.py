"""Point estimates that HHS-OIG audit reports state: A-02-11-01013 and A-05-12-00086."""

import pytest
from tolerances import check

from auditkit.stats.attribute import attribute_unrestricted


@pytest.mark.parametrize(
    ("errors", "sample", "universe", "stated"),
    [(15, 150, 5_720_894, 572_089), (15, 100, 103_668, 15_550)],
    ids=["A-02-11-01013", "A-05-12-00086"],
)
def test_stated_number_in_error(errors, sample, universe, stated):
    """Home health worker qualifications (New York) and hospice licensure (Ohio)."""
    assert round(attribute_unrestricted(errors, sample, universe).point) == stated


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT16", "ATT18"])
def test_open_case(case, case_id):
    """The same from the cases."""
    given = case(case_id)["input"]
    found = attribute_unrestricted(given["errors"], given["sample"], given["universe"])
    check(case(case_id), {"point_total": found.point})
