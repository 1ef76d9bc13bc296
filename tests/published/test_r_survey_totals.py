"""R 4.2.2, package survey: ``svytotal`` with finite population correction and ``confint``."""

import pytest
from tolerances import check

from auditkit.stats.cluster import variable_stratified_cluster
from auditkit.stats.variable import variable_unrestricted

#: Thirty claims of 1,200, eight of them overpaid.
OVERPAID = {2: 240, 4: 62, 8: 205, 12: 35.5, 15: 220, 21: 48.75, 25: 12}
CLAIMS = [OVERPAID.get(k, 0.0) for k in range(30)]


def test_zero_inflated_sample():
    """Total, standard error, two-sided 90 % and the lower limit of the one-sided 90 % interval."""
    found = variable_unrestricted(CLAIMS, 1200)

    assert (found.point, found.se) == pytest.approx((32930, 14653.6284167391), abs=1e-4)
    assert (found.lower, found.upper) == pytest.approx((8031.62392034, 57828.37607966), abs=1e-4)
    assert found.lower_one_sided == pytest.approx(13712.7386392343, abs=1e-4)


def test_four_of_fifty_clusters():
    """One stage of whole clusters."""
    clusters = {"clusters_universe": 50, "totals": [25, 20, 40, 20]}
    found = variable_stratified_cluster([clusters])

    assert (found.point, found.se) == pytest.approx((1312.5, 226.959063856605), abs=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["EST01"])
def test_open_zero_inflated_sample(case, case_id):
    """The same from the case; its amounts are those above."""
    given = case(case_id)["input"]
    found = variable_unrestricted(given["overpayment"], given["universe"])
    check(
        case(case_id),
        {
            "point": found.point,
            "se_total": found.se,
            "lower90": found.lower,
            "upper90": found.upper,
            "one_sided_lower90": found.lower_one_sided,
        },
    )
    assert given["overpayment"] == CLAIMS


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["EST08"])
def test_open_clusters(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]
    found = variable_stratified_cluster(
        [{"clusters_universe": given["clusters_universe"], "totals": given["cluster_totals"]}]
    )
    check(case(case_id), {"total": found.point, "se": found.se})
