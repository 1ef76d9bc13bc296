"""R 4.2.2, package samplingbook: ``sample.size.prop`` and ``sample.size.mean``."""

import pytest
from tolerances import check

from auditkit.stats.sizes import mean_size, proportion_size


def test_sizes_by_the_normal_curve():
    """With and without a finite universe."""
    assert proportion_size(0.05, 0.5, None, 0.95).n == 385
    assert proportion_size(0.05, 0.2, 1000, 0.90).n == 148
    assert mean_size(4, 10, None, 0.95).n == 25
    assert mean_size(4, 10, 300, 0.95).n == 23


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["SIZ10"])
def test_open_case(case, case_id):
    """The same from the case."""
    given = case(case_id)["input"]
    rates = [proportion_size(e["e"], e["P"], e["N"], e["level"]).n for e in given["prop"]]
    means = [mean_size(e["e"], e["S"], e["N"], e["level"]).n for e in given["mean"]]
    check(case(case_id), {"prop": rates, "mean": means})
