"""Every open case again, through `auditkit.stats` and `auditkit.sampling` alone."""

import json
from pathlib import Path

import pytest
from adapter import METHODS
from tolerances import check

from auditkit.errors import PlanError
from auditkit.stats import StatisticsError


def open_cases():
    """Return the shared cases, or one placeholder that is skipped where they are absent."""
    path = Path(__file__).parents[3] / "shared" / "cases" / "statistics_open.json"
    if not path.exists():
        return [pytest.param(None, id="absent")]
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(each, id=each["id"]) for each in cases]


@pytest.mark.shared
@pytest.mark.parametrize("case", open_cases())
def test_open_case(case):
    """Each figure that a case prints, within its tolerance; what must be refused is refused."""
    call = METHODS[case["method"]]
    if case["expected"].get("raises") or case["expected"].get("se") == "undefined":
        with pytest.raises((StatisticsError, PlanError)):
            call(case["input"])
        return
    found = call(case["input"])

    check(case, {name: found[name] for name in case["expected"]})
