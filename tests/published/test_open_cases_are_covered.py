"""Every open case is in some test of this folder."""

import json
from pathlib import Path

import pytest


@pytest.mark.shared
def test_no_open_case_is_left_out(shared):
    """A case added to the shared file fails here until a test names it."""
    cases = json.loads((shared / "cases" / "statistics_open.json").read_text(encoding="utf-8"))
    tests = Path(__file__).parent.glob("test_*.py")
    text = "\n".join(each.read_text(encoding="utf-8") for each in tests)

    assert [each["id"] for each in cases["cases"] if f'"{each["id"]}"' not in text] == []
