"""Worked encounters say things in many forms; each is read, or counted as not understood."""

from datetime import date
from decimal import Decimal

import pytest

from auditkit.documentation.cases import read_case, read_cases
from auditkit.documentation.elements import MohsStage, Procedure
from auditkit.documentation.natural import UNREAD, read_value


def case_of(**documentation):
    """Return a case whose documentation is as given."""
    return {
        "claim": {"lines": [{"code": "11102", "dos": "2024-08-14"}]},
        "documentation": {"record": {}, **documentation},
        "expected": {},
    }


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("contaminated", "heavily contaminated", True),
        ("debridement", "no debridement", False),
        ("debridement", "unclear", UNREAD),
        ("lesions_treated", "three", 3),
        ("lesions_treated", ["nose", "cheek"], 2),
        ("lesions_treated", "10-12", UNREAD),
        ("length_cm", "25 mm", Decimal("2.5")),
        ("margins_cm", "3 mm", [Decimal("0.3")]),
        ("area_sq_cm", "3 x 4 cm", Decimal(12)),
        ("minutes", "1 h 5 min", 65),
        ("site", ["nose", "cheek"], "nose and cheek"),
        ("deep_structures", "tendon", ["tendon"]),
    ],
)
def test_values_of_another_form_are_read_or_left_unread(name, given, read):
    """A text, list or number that says what the element holds is taken; others are unread."""
    assert read == read_value(Procedure, name, given)


def test_odd_values_stop_neither_their_case_nor_the_others(tmp_path):
    """A value that no element can hold is named as not understood, and the case is coded."""
    case = read_case(
        "x",
        case_of(
            incident_to=True,
            pathology={"specimen": "A", "containers": "two"},
            procedures=[{"type": "mohs", "site": "nose", "stages": 2, "layers": {"a": 1}}],
        ),
    )

    assert () == case.problems
    assert ("value of procedure.layers",) == case.not_understood
    assert (MohsStage(), MohsStage()) == case.documented.procedures[0].stages
    assert 2 == case.documented.specimens[0].containers
    path = tmp_path / "cases.json"
    path.write_text(
        '{"cases": [{"id": "odd", "claim": {"lines": 3}, "documentation": {"record": {"addenda":'
        ' ["2024-08-20 count"]}}, "expected": {"findings": 7}}, {"id": "good", "claim": {"lines":'
        ' [{"code": "11102", "dos": "2024-08-14"}]}, "documentation": {}, "expected": {}}]}'
    )
    odd, good = read_cases(path)

    assert 2 == len(odd.problems)
    assert date(2024, 8, 20) == odd.documented.record.addenda[0].added_on
    assert () == good.problems


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("chronic illness, stable", "stable_chronic"),
        ("Stable chronic illness, no exacerbation", "stable_chronic"),
        ("chronic illness not at treatment goal", "chronic_exacerbation"),
        ("acute, uncomplicated injury", "acute_uncomplicated"),
    ],
)
def test_classes_of_problems_are_read_in_any_order_and_with_denials(words, status):
    """The words of a class may stand in any order; a denied word does not count."""
    case = read_case("x", case_of(em={"problems": [{"problem": "a", "class_": words}]}))

    assert status == case.documented.em.problems[0].status


@pytest.mark.parametrize(
    ("words", "risk"),
    [
        ("Rx drug management", "prescription_drug"),
        ("over-the-counter drugs", "low"),
        ("elective major surgery without identified risk factors", "major_surgery"),
        ("elective major surgery with risk factors", "major_surgery_with_risk_factors"),
        ("intensive drug monitoring", "intensive_monitoring"),
    ],
)
def test_risk_is_read_by_its_words(words, risk):
    """The table's elements of risk, in the words that notes use."""
    assert risk == read_case("x", case_of(em={"risk": words})).documented.em.risk


def test_words_not_understood_leave_the_element_not_abstracted():
    """A word that says nothing known is no "not documented": the element is absent."""
    case = read_case("x", case_of(em={"risk": "whimsical"}))

    assert ("risk 'whimsical'",) == case.not_understood
    assert not case.documented.em.abstracted("risk")


def test_stains_may_carry_code_and_reason():
    """A stain given as a table keeps its code, and its reason is the specimen's."""
    stains = [{"code": "88342", "reason": "margins"}]
    specimen = read_case("x", case_of(pathology=[{"ihc": stains}])).documented.specimens[0]

    assert (("88342",), "margins") == (specimen.stains, specimen.stain_reason)
