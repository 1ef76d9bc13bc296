"""Cochran, Sampling Techniques, 3rd ed. (Wiley 1977): worked examples."""

import pytest
from tolerances import check

from auditkit.stats.attribute import attribute_unrestricted
from auditkit.stats.boundaries import cuts_of_frequencies
from auditkit.stats.variable import variable_unrestricted

#: Table 2.1: signatures on 50 of 676 petition sheets.
SHEETS = [
    *([42] * 23),
    *([41] * 4),
    *(36, 32, 29, 27, 27, 23, 19, 16, 16, 15, 15, 14, 11, 10, 9, 7, 6, 6, 6, 5, 5, 4, 3),
]

#: Section 5A.7: 13,435 banks by the percentage of loans to industry, in classes of 5 points.
BANKS = [
    *(3464, 2516, 2157, 1581, 1142, 746, 512, 376, 265, 207),
    *(126, 107, 82, 50, 39, 25, 16, 19, 2, 3),
]


def test_petition_sheets():
    """19,888 signatures; 18,107 and 21,669 at 80 %.

    The book rounds s to 15.13 and z to 1.28 and so differs by one signature.
    """
    found = variable_unrestricted(SHEETS, 676, 0.80, quantile="z")

    assert round(found.point) == 19888
    assert found.sd == pytest.approx(15.13, abs=0.005)
    assert (found.point - 1.28 * found.se, found.point + 1.28 * found.se) == pytest.approx(
        (18107, 21669), abs=1.5
    )


def test_addresses():
    """38 of 200 addresses wrong in a list of 3,042: 578 with standard error 81.8."""
    found = attribute_unrestricted(38, 200, 3042)

    assert (found.point, found.se) == pytest.approx((578, 81.8), abs=0.05)


def test_bank_loans_by_cumulative_root_f():
    """Five strata of industrial loans: 0-5, 5-15, 15-25, 25-45 and 45-100 %."""
    edges = [5 * (k + 1) for k in range(20)]

    assert cuts_of_frequencies(edges, BANKS, 5) == (5, 15, 25, 45)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["ATT22"])
def test_open_addresses(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]
    found = attribute_unrestricted(given["errors"], given["sample"], given["universe"])
    check(case(case_id), {"point_total": found.point, "se_total": found.se})


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["TXT01"])
def test_open_petition_sheets(case, case_id):
    """The same from the case; the values are those of the table above."""
    given = case(case_id)["input"]
    values, z = given["values"], given["z"]
    found = variable_unrestricted(values, given["universe"])
    check(
        case(case_id),
        {
            "sum": sum(values),
            "sumsq": sum(value**2 for value in values),
            "point": found.point,
            "lower80": found.point - z * found.se,
            "upper80": found.point + z * found.se,
        },
    )
    assert sorted(values) == sorted(SHEETS)
