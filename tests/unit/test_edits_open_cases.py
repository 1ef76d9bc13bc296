"""The worked encounters of the edit families, screened against the real files of July 2024."""

import json

import pytest
from edition_claims import GROUP, OTHER_GROUP, line, universe
from edition_files import published_store

from auditkit.edits import screening

pytestmark = pytest.mark.shared

#: Which edits answer for a rule family of the cases.
EDITS = {
    "PTP": {"PTP"},
    "MUE": {"MUE-LINE", "MUE-DAY"},
    "AOC": {"ADDON"},
    "MOD58": {"GLOBAL"},
    "MOD79": {"GLOBAL"},
    "GLOBAL": {"GLOBAL"},
    "MOD57": {"DECISION"},
    "NEW_EST": {"NEW-PATIENT"},
    "CODE_VALID": {"CODE"},
    "DX_LINK": {"DX-CLASS"},
    "MOD_VALID": {"MODIFIER"},
    "DUPLICATE": {"DUPLICATE"},
}


@pytest.fixture(scope="module")
def cases(shared):
    """Return the worked encounters by name."""
    path = shared / "cases" / "encounters_open.json"
    return {case["id"]: case for case in json.loads(path.read_text("utf-8"))["cases"]}


@pytest.fixture(scope="module")
def found(shared, cases, tmp_path_factory):
    """Return the signals of all encounters, screened as one universe."""
    store = published_store(shared, tmp_path_factory)
    rows = [row for case in cases.values() for row in lines_of(case)]
    return screening(universe(*rows), store).signals


def lines_of(case):
    """Return the lines of the encounter, and of the patient's history as claims of their own."""
    claim = case["claim"]
    diagnoses = list(dict.fromkeys(dx for one in claim["lines"] for dx in one["dx_pointers"]))
    shared = {"patient": case["id"], "pos": claim["pos"]}
    for one in claim["lines"]:
        yield line(
            one["code"],
            " ".join(one["modifiers"]),
            claim=case["id"],
            number=one["line"],
            dos=one["dos"],
            units=one["units"],
            npi=claim["rendering_npi"],
            group=claim["billing_npi"],
            taxonomy=claim["rendering_taxonomy"],
            payer=case["payer"],
            dx=" ".join(diagnoses),
            received=claim["received_date"],
            pointers=",".join(str(diagnoses.index(dx) + 1) for dx in one["dx_pointers"]),
            **shared,
        )
    for at, one in enumerate(case["history"]):
        taxonomy = one.get("works_with_specialty") or one.get("specialty")
        yield line(
            one["code"],
            claim=f"{case['id']}-history-{at}",
            dos=one["dos"],
            npi=one["npi"],
            group=GROUP if one["same_group"] else OTHER_GROUP,
            taxonomy=taxonomy,
            **shared,
        )


@pytest.mark.parametrize(
    ("case", "family", "number"),
    [
        ("HC003", "PTP", 2),
        ("HC025", "MUE", 1),
        ("HC030", "DX_LINK", 1),
        ("HC085", "AOC", 1),
        ("HC105", "NEW_EST", 1),
        ("HC120", "MOD58", 1),
        ("HC122", "MOD79", 1),
        ("HC125", "MOD57", 1),
        ("HC129", "CODE_VALID", 1),
        ("HC138", "MOD_VALID", 2),
        ("HC167", "PTP", 1),
    ],
)
def test_the_line_of_the_finding_has_a_signal(cases, found, case, family, number):
    """Where the case expects a finding of an edit family, that line has a signal of it."""
    expected = {(one["rule_family"], one["line"]) for one in cases[case]["expected"]["findings"]}
    assert (family, number) in expected

    own = found[(found["claim_id"] == case) & (found["line"] == number)]

    assert EDITS[family] & set(own["edit_id"])


def test_what_must_not_be_flagged_has_no_signal_of_an_error(cases, found):
    """No case has a signal of severity error from a family that must not be flagged."""
    wrong = [
        (name, family)
        for name, case in cases.items()
        for family in case["expected"]["must_not_flag"]
        if family in EDITS
        and set(found.loc[(found["claim_id"] == name) & (found["severity"] == "error"), "edit_id"])
        & EDITS[family]
    ]
    checked = sum(
        family in EDITS for case in cases.values() for family in case["expected"]["must_not_flag"]
    )

    assert [] == wrong
    assert checked >= 9
