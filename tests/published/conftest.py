"""Published cases: figures that other software or a printed source gives."""

import json

import pytest


@pytest.fixture(scope="session")
def case(shared):
    """Return a look-up of a shared statistics case by its id."""
    cases = json.loads((shared / "cases" / "statistics_open.json").read_text(encoding="utf-8"))
    by_id = {each["id"]: each for each in cases["cases"]}
    return by_id.__getitem__
