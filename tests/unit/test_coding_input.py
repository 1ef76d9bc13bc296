"""Elements that contradict themselves, unknown codes and dates that no edition covers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from coding_builder import billed, excised, keratoses, of, record

from auditkit.coding.pack import load_rules
from auditkit.documentation.cases import read_case, read_cases
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.errors import EditionError, InputError, RuleError
from auditkit.findings import audit_encounters
from auditkit.model import Severity, Verdict


def one(encounter, documented, **more):
    """Return the result of one encounter."""
    return audit_encounters([encounter], {encounter.encounter_id: documented}, **more)[0]


def test_procedure_of_an_unlisted_lesion_is_a_problem_and_a_prompt():
    """A procedure that refers to a lesion that is not there is named, and nothing is counted."""
    _, procedure = keratoses(3)
    result = one(billed("17000 $67.91", "17003 x2 $13.32"), record(procedures=[procedure]))

    assert ("procedure 'PA' refers to a lesion that is not listed",) == result.problems
    assert all(line.prompt for line in result.lines)
    assert not [f for f in result.findings if f.severity == Severity.ERROR]
    assert 0 == result.dollars


def test_every_contradiction_is_named_at_once():
    """All that contradicts itself in one encounter is listed together."""
    lesion, procedure = excised(1.0, 0.3, site="elsewhere")
    result = one(
        billed("11602 $245.33"),
        record(
            lesions=[lesion, lesion],
            procedures=[procedure, procedure],
            specimens=[{"specimen_id": "S1", "lesion_id": "Z"}],
        ),
    )

    assert 4 == len(result.problems)
    assert any("same lesion_id" in problem for problem in result.problems)
    assert any("same procedure_id" in problem for problem in result.problems)
    assert any("not a known site" in problem for problem in result.problems)
    assert any("specimen 'S1'" in problem for problem in result.problems)


def test_two_techniques_for_one_lesion_are_a_problem():
    """A lesion biopsied by two techniques is for the auditor to settle."""
    lesion = {"lesion_id": "A", "site": "back"}
    procedures = [
        {"procedure_id": p, "type": "biopsy", "lesion_ids": ["A"], "technique": technique}
        for p, technique in (("P1", "punch"), ("P2", "tangential"))
    ]
    result = one(billed("11104 $125.16"), record(lesions=[lesion], procedures=procedures))

    assert any("two techniques" in problem for problem in result.problems)
    assert [True] == [line.prompt for line in result.lines]
    assert 0 == result.dollars


def test_a_lesion_on_two_sides_is_a_problem():
    """A site on the right and a laterality of left cannot both hold."""
    lesion, procedure = excised(1.0, 0.3, site="right forearm")
    result = one(billed("11602 $245.33"), of((lesion | {"laterality": "left"}, procedure)))

    [problem] = result.problems
    assert "lesion 'A' names one side" in problem


def test_a_service_stopped_and_reduced_at_once_is_one_finding():
    """A procedure called off before it began supports nothing, whatever else is said of it."""
    lesion, procedure = excised(1.0, 0.3)
    result = one(
        billed("11602 C44.519 $245.33"),
        of((lesion, procedure | {"discontinued": "before", "reduced": True})),
    )

    assert [("MOD53-1", Decimal("245.33"))] == [(f.rule_id, f.dollars) for f in result.findings]
    assert () == result.agreed


def test_an_encounter_with_problems_does_not_stop_the_others():
    """What is wrong with one encounter stays with that encounter."""
    good, bad = billed("17000 $67.91"), billed("17000 $67.91")
    good = type(good)(**{f: getattr(good, f) for f in good.__slots__} | {"encounter_id": "good"})
    _, procedure = keratoses(1)
    results = audit_encounters(
        [bad, good], {"e1": record(procedures=[procedure]), "good": of(keratoses(1))}
    )

    assert [True, False] == [bool(result.problems) for result in results]
    assert Verdict.SUPPORTED == results[1].lines[0].verdict


def test_an_encounter_without_a_record_abstracted_is_prompted():
    """Nobody has looked: as billed, a prompt on every line, no finding."""
    result = audit_encounters([billed("99213 $90.87")], {})[0]

    assert ("the record has not been abstracted",) == result.problems
    assert [True] == [line.prompt for line in result.lines]
    assert () == result.findings


def test_what_nobody_looked_at_is_a_prompt_and_not_documented_is_a_finding():
    """Not abstracted differs from not documented: absent prompts, null refuses."""
    lesion, procedure = keratoses(4)
    absent = {k: v for k, v in procedure.items() if k != "lesions_treated"}
    looked = of(({**lesion, "count_represented": None}, absent))
    nobody = of((lesion, {**absent, "lesion_ids": []}), em=None)
    lines = ("17000 $67.91", "17003 x3 $19.97")

    found = one(billed(*lines), looked)
    assert [Verdict.SUPPORTED, Verdict.NOT_SUPPORTED] == [x.verdict for x in found.lines]
    assert Decimal("19.97") == found.dollars

    asked = one(billed(*lines), nobody)
    assert any(line.prompt for line in asked.lines)
    assert 0 == asked.dollars


def test_an_unknown_code_is_left_as_billed():
    """A code that no pack knows is prompted; its dollars do not move."""
    result = one(billed("20610 $70.00", "17000 $67.91"), of(keratoses(1)))

    assert [True, False] == [line.prompt for line in result.lines]
    assert 0 == result.dollars


def test_a_code_without_its_form_is_a_problem():
    """A code that is no CPT or HCPCS code is named by its line."""
    result = one(billed("1700 $67.91"), of(keratoses(1)))

    assert any("line 1" in problem for problem in result.problems)


def test_a_code_without_a_price_is_never_zero():
    """The agreed drug has no price anywhere: no dollars, and a problem that says so."""
    drug = {"hcpcs": "J0702", "mg_administered": 6, "container": "MDV"}
    result = one(billed("J3301 $2.10"), record(drugs=[drug]))

    assert result.dollars.is_nan()
    assert ("no price for J0702; add a fee table that lists it",) == result.problems


def test_a_date_that_no_edition_covers_is_a_problem_of_that_encounter():
    """The store's refusal is told per encounter and stops nothing."""

    class Uncovered:
        def fee(self, code, component, dos):
            raise EditionError(f"No pfs edition covers the date of service {dos}.")

        def global_days(self, code, dos):
            return self.fee(code, "", dos)

    results = audit_encounters(
        [billed("11603 $279.28")], {"e1": of(excised(1.0, 0.3))}, fees=Uncovered()
    )

    assert ("No pfs edition covers the date of service 2024-08-14.",) == results[0].problems
    assert all(line.prompt for line in results[0].lines)


def test_a_date_that_no_pack_reaches_is_a_problem_of_that_encounter():
    """A service of 2012 is left as billed and prompted; the encounter beside it is judged."""
    old = replace(billed("11602 C44.519 $245.33", dos=date(2012, 5, 2)), encounter_id="old")
    new = billed("11603 C44.519 $279.28")
    parts = of(excised(1.0, 0.3))
    first, second = audit_encounters([old, new], {"old": parts, "e1": parts})

    assert [True] == [line.prompt for line in first.lines]
    assert ("on this date of service" in first.problems[0], 0) == (True, first.dollars)
    assert ["11602"] == [a.code for a in second.agreed]


def test_no_message_holds_a_value_of_the_record():
    """Problems name ids and fields, never what the record says of the patient."""
    lesion, procedure = excised(1.0, 0.3, site="Jane Roe's elbow pit")
    result = one(billed("11602 $245.33"), of((lesion, procedure)))

    assert not [p for p in result.problems if "Jane" in p or "1.0" in p]


CASE = {
    "claim": {"lines": [{"code": "11301", "dos": "2024-08-14"}]},
    "documentation": {"record": {}, "procedures": [{"type": "shave removal", "site": "back"}]},
    "expected": {},
}


def with_procedure(**fields):
    """Return the case above with fields of its procedure."""
    procedure = {**CASE["documentation"]["procedures"][0], **fields}
    return {**CASE, "documentation": {"record": {}, "procedures": [procedure]}}


def test_a_size_without_unit_is_a_problem():
    """A size written as text needs cm or mm."""
    case = read_case("x", with_procedure(lesion_diameter="0.8"))

    assert ("a size is written without a unit; write 0.8 cm or 8 mm",) == case.problems


def test_millimetres_become_exact_centimetres():
    """8 mm are 0.8 cm, as a Decimal."""
    case = read_case("x", with_procedure(lesion_diameter="8 mm"))

    assert Decimal("0.8") == case.documented.lesions[0].diameter_cm


def test_words_and_fields_that_are_not_known_are_listed():
    """Nothing of a worked encounter is skipped in silence."""
    case = read_case("x", with_procedure(colour="brown", intent="whimsical"))

    assert ("field procedure.colour", "intent 'whimsical'") == case.not_understood


@pytest.mark.parametrize("more", [{"barrier": "applied"}, {"ointment_prep": "thick layer"}])
def test_what_was_applied_in_words_not_understood_is_a_prompt(more):
    """Light alone is not read into a record that names something applied in unknown words."""
    procedure = {"type": "phototherapy", "modality": "narrowband UVB", "site": "whole body"}
    claim = {"lines": [{"code": "96910", "dos": "2024-08-14", "allowed": 118.5}]}
    documentation = {"record": {"present": True, "signed": True}, "em": None}

    def result(extra):
        case = read_case("x", {
            "claim": claim, "expected": {}, "payer": "MEDICARE",
            "documentation": documentation | {"procedures": [procedure | extra]},
        })  # fmt: skip
        return one(case.encounter, case.documented)

    assert [True] == [line.prompt for line in result(more).lines]
    assert ["96910"] == [a.code for a in result(more).agreed]
    assert ["96900"] == [a.code for a in result({"topical": None}).agreed]


def test_two_values_of_one_lesion_are_a_problem():
    """Procedures on one lesion must not disagree about it."""
    procedures = [
        {"type": kind, "lesion_id": "A", "site": "back", "lesion_diameter_cm": Decimal(size)}
        for kind, size in (("excision", "1.0"), ("repair", "2.0"))
    ]
    case = {**CASE, "documentation": {"record": {}, "procedures": procedures}}

    assert ("lesion 'A' has two values of diameter_cm",) == read_case("x", case).problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "holds no worked encounters"),
        ('{"cases": [{"id": "a"}]}', "lacks claim, documentation, expected"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused(tmp_path, text, said):
    """The message says what is wrong with the file."""
    path = tmp_path / "cases.json"
    path.write_text(text)

    with pytest.raises(InputError, match=said):
        read_cases(path)


def test_unknown_specialty_names_those_there_are():
    """Asking for a specialty that is not there lists the bundled ones."""
    with pytest.raises(RuleError, match="dermatology, primary_care"):
        load_rules("astrology")


def test_elements_out_of_range_are_refused():
    """A size of three metres is no size of a lesion."""
    with pytest.raises(ValueError, match="less than or equal to 200"):
        DocumentedEncounter.model_validate(
            {"record": {}, "lesions": [{"lesion_id": "A", "diameter_cm": 300}]}
        )


def test_primary_care_knows_no_dermatology():
    """The small pack judges visits and leaves procedures of the skin to the auditor."""
    em = {
        "present": True, "risk": "prescription_drug", "data": {},
        "problems": [{"status": "stable_chronic"}, {"status": "stable_chronic"}],
    }  # fmt: skip
    result = one(
        billed("99213 $90.87", "11102 $100.53", dos=date(2024, 8, 14)),
        record(em=em),
        rules=load_rules("primary_care"),
    )

    assert ["99214", "11102"] == [a.code for a in result.agreed]
    assert [False, True] == [line.prompt for line in result.lines]


@pytest.mark.parametrize("specialty", ["dermatology", "primary_care"])
@pytest.mark.parametrize("year", [2016, 2019, 2022, 2024, 2026])
def test_every_modifier_can_be_judged_in_every_pack_and_year(specialty, year):
    """No modifier on a visit or a procedure asks for a rule that the packs in use do not hold."""
    day = date(year, 8, 14)
    rules = load_rules(specialty)
    em = {
        "present": True, "data": {}, "risk": "low", "shared": True, "substantive_by": "npp",
        "problems": [{"label": "acne", "status": "stable_chronic"}],
        "telehealth": "audio", "telehealth_consent": False,
    }  # fmt: skip
    note = {"present": True, "signed": True, "note_date": day, "likeness": "0.9"}
    classes = rules.on(day).value("modifier.classes").values()
    for modifier in sorted({m for members in classes for m in members} | {"GY", "GZ", "80"}):
        encounter = billed(
            f"99213-{modifier} L70.0 $90.87", f"11102-{modifier} D49.2 $100.53", dos=day, pos="22"
        )
        result = one(encounter, record(em=em, abn=None, record=note), rules=rules)

        assert 2 == len([line for line in result.lines if line.line is not None])
