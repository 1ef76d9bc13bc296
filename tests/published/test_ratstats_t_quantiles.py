"""Student and normal quantiles with the twelve decimals that RAT-STATS prints; R ``qt``."""

import pytest
from tolerances import check

from auditkit.stats.quantiles import RATSTATS_Z, t, z


@pytest.mark.parametrize(
    ("level", "df", "value"),
    [(0.80, 49, 1.299068784748), (0.90, 49, 1.676550892617), (0.95, 1, 12.706204736175)],
)
def test_student_quantiles(level, df, value):
    """Twelve decimals."""
    assert t(level, df) == pytest.approx(value, abs=6e-13)


@pytest.mark.parametrize(("level", "value"), sorted(RATSTATS_Z.items()))
def test_normal_quantiles(level, value):
    """The four constants of RAT-STATS 2010."""
    assert z(level) == pytest.approx(value, abs=6e-13)


@pytest.mark.shared
@pytest.mark.parametrize("case_id", ["TQ01"])
def test_open_case(case, case_id):
    """From 1 to 999 degrees of freedom."""
    given = case(case_id)["input"]
    found = [[t(2 * p - 1, df) for p in given["p"]] for df in given["df"]]
    check(case(case_id), {"q": found})
