"""The open worked encounters and the bundled price list, held against the reference folder."""

import csv
import json
from decimal import Decimal

import pytest

from auditkit.coding.rules_test import run_cases
from auditkit.pricing import bundled_fees
from auditkit.reference import Store

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def store(shared, tmp_path_factory):
    """A store with the claims edits of the third quarter of 2024."""
    folder = tmp_path_factory.mktemp("store")
    files = shared / "data" / "cms"
    kept = Store(folder)
    kept.add(sorted(files.glob("medicare-ncci-2024q3-practitioner-ptp-edits-*.zip")))
    kept.add([files / "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"])
    kept.add([files / "AOC_V2024Q3-MCR-derived.txt"])
    return folder


@pytest.fixture(scope="module")
def open_cases(shared):
    """The file of open worked encounters."""
    return shared / "cases" / "encounters_open.json"


@pytest.fixture(scope="module")
def report(open_cases, store):
    """The open cases run once with the store."""
    return run_cases(open_cases, store=store)


def test_every_open_case_passes_with_a_store(report, open_cases):
    """Each of the open worked encounters holds, and the command would exit with 0."""
    failed = {case.id: case.why for case in report.cases if not case.passed}

    assert {} == failed
    assert len(json.loads(open_cases.read_text())["cases"]) == len(report.cases)
    assert 0 == report.exit_code


def test_every_word_of_the_open_cases_is_understood(report):
    """No field or word of the open cases is skipped."""
    assert [] == [note for case in report.cases for note in case.notes if "understood" in note]


def test_the_editions_that_answered_are_named(report):
    """The report says which editions answered."""
    assert ("addon-2024q3", "mue-2024q3", "ptp-2024q3") == report.editions


def test_without_a_store_edit_families_are_not_covered(open_cases):
    """Cases of claims edits are not covered without editions: the command does not exit with 0."""
    report = run_cases(open_cases)
    uncovered = {case.family for case in report.cases if case.passed is None}

    assert {"PTP", "MUE", "AOC"} == uncovered
    assert all(case.passed for case in report.cases if case.passed is not None)
    assert 1 == report.exit_code


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case["expected"]["agreed_lines"].append({"code": "99999", "units": 1}),
        lambda case: case["expected"].update(allowed_delta_no_mppr=1234.56),
        lambda case: case["expected"]["findings"].append(
            {"rule_family": "SIZE", "line": 1, "severity": "error", "direction": "over"}
        ),
        lambda case: case["expected"]["findings"].clear(),
        lambda case: [f.update(direction="under") for f in case["expected"]["findings"]],
        lambda case: [f.update(line=9) for f in case["expected"]["findings"]],
        lambda case: case["expected"]["must_not_flag"].append("PATH_MISMATCH"),
    ],
)
def test_a_wrong_answer_fails(open_cases, tmp_path, spoil):
    """An answer that is wrong in one thing fails its case: the run does not wave cases through."""
    raw = json.loads(open_cases.read_text())
    case = next(c for c in raw["cases"] if c["family"] == "PATH_MISMATCH")
    spoil(case)
    path = tmp_path / "spoiled.json"
    path.write_text(json.dumps({"cases": [case]}))

    assert [False] == [result.passed for result in run_cases(path).cases]


def test_bundled_prices_are_those_of_the_fee_schedule(shared):
    """Relative values, global periods and indicators equal the July 2024 file, code by code."""
    path = shared / "data" / "cms" / "PPRRVU24_JUL-derived.csv"
    with path.open(encoding="latin-1", newline="") as stream:
        rows = [row for row in csv.reader(stream) if len(row) > 25]
    listed = {(row[0], row[1]): row for row in rows}
    factor = Decimal("33.2875")
    fees = bundled_fees().fees

    assert len(fees) > 500
    for key, fee in fees.items():
        row = listed[key]
        assert (Decimal(row[11]) * factor, Decimal(row[12]) * factor) == (
            fee.nonfacility,
            fee.facility,
        )
        assert (row[13], row[14], row[18], row[19], row[20]) == (
            fee.pctc,
            fee.global_days,
            fee.multiple,
            fee.bilateral,
            fee.assistant,
        )
