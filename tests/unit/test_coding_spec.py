"""Worked cases of the rules: each holds; every rule speaks in one and is silent in another."""

from pathlib import Path

import pytest
from editions_of_2024 import Editions2024

from auditkit.coding.pack import load_rules, specialties
from auditkit.coding.rules_test import run_case
from auditkit.documentation.cases import read_cases

FILES = sorted((Path(__file__).parents[1] / "spec").glob("*.toml"))
CASES = [pytest.param(case, id=case.id) for path in FILES for case in read_cases(path)]


@pytest.mark.parametrize("case", CASES)
def test_worked_case_holds(case):
    """Findings, agreed lines, direction, dollars and rules are as the case was written."""
    result = run_case(case, load_rules(), Editions2024())

    assert (True, ()) == (result.passed, result.why)
    assert () == tuple(note for note in result.notes if "not understood" in note)


def test_every_rule_speaks_in_one_case_and_holds_in_another():
    """A rule without a positive and a negative worked case is not shipped."""
    cases = [case.values[0] for case in CASES]
    speaking = {rule for case in cases for rule in case.raises}
    silent = {rule for case in cases for rule in case.holds}
    rules = {rule for name in specialties() for rule in load_rules(name).rule_ids()}

    assert rules == speaking
    assert rules == silent


def test_case_ids_are_used_once():
    """A case can be named without saying its file."""
    ids = [case.values[0].id for case in CASES]

    assert len(ids) == len(set(ids))
