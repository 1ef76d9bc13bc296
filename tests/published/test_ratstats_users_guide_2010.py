"""RAT-STATS User's Guide (Rev. 5/2010), HHS-OIG, p. 3-9: no errors, one-sided limits."""

import pytest
from tolerances import check

from auditkit.stats.attribute import attribute_unrestricted


@pytest.mark.parametrize(("level", "upper"), [(0.80, 39), (0.90, 56), (0.95, 73)])
def test_no_errors_in_400_of_10000(level, upper):
    """The one-sided option puts the whole 20, 10 or 5 % in one tail."""
    found = attribute_unrestricted(0, 400, 10_000, level)

    assert found.upper_one_sided == upper
    assert (found.point, found.se, found.lower_one_sided) == (0, 0, 0)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT02"])
def test_open_case(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]
    found = {
        f"upper{percent}": attribute_unrestricted(
            given["errors"], given["sample"], given["universe"], percent / 100
        ).upper_one_sided
        for percent in (80, 90, 95)
    }
    check(case(case_id), found | {"point_total": 0, "se_total": 0})
