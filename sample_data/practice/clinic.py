"""Evaluation and management of a visit, and the record that goes with every encounter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sample_data.practice import visits
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Element, Encounter
from sample_data.practice.people import PHYSICIAN_ASSISTANT, PROVIDERS

#: The problem that a procedure takes care of: label, diagnosis, status.
TREATED = {
    "premalignant": ("actinic keratoses", "L57.0", "self_limited"),
    "benign": ("bothersome benign lesions", None, "self_limited"),
    "biopsies": ("suspicious lesion", "D49.2", "undiagnosed_new"),
    "special biopsy": ("suspicious lesion", "D49.2", "undiagnosed_new"),
    "excisions": ("lesion for excision", None, "acute_uncomplicated"),
    "again": ("positive margin", None, "acute_uncomplicated"),
    "shave": ("bothersome nevus", None, "self_limited"),
    "malignant destruction": ("skin cancer known from biopsy", None, "acute_uncomplicated"),
    "tags": ("irritated skin tags", "L91.8", "self_limited"),
    "cosmetic": ("keratoses that trouble nobody", "L82.1", "self_limited"),
    "mohs": ("skin cancer for Mohs surgery", None, "acute_uncomplicated"),
    "injection": ("lesions for injection", None, "stable_chronic"),
    "abscess": ("abscess", None, "acute_uncomplicated"),
    "nails": ("thick nails", "B35.1", "stable_chronic"),
    "calluses": ("calluses", "L84", "stable_chronic"),
    "light": ("psoriasis under light treatment", "L40.0", "stable_chronic"),
    "laser": ("psoriasis under laser treatment", "L40.0", "stable_chronic"),
    "photodynamic": ("actinic keratoses", "L57.0", "self_limited"),
    "port-wine stain": ("bleeding port-wine stain", "Q82.5", "acute_uncomplicated"),
    "ingrown": ("ingrown toenail", "L60.0", "acute_uncomplicated"),
}


def problem(label: str, icd10: str | None, status: str, treated: bool) -> Element:
    """Return one problem of the visit as an element."""
    return {
        "label": label,
        "icd10": icd10,
        "status": status,
        "addressed": True,
        "treated_by_procedure": treated,
    }


def treated_problems(enc: Encounter) -> list[Element]:
    """Return the problems whose work belongs to the procedures of the day."""
    return [
        problem(label, icd10, status, treated=True)
        for part, (label, icd10, status) in TREATED.items()
        if part in enc.story
    ]


def em_of(scene: visits.Visit, treated: list[Element], with_procedure: bool) -> Element:
    """Return the elements of evaluation and management of *scene*, without minutes."""
    return {
        "present": True,
        "problems": treated
        + [problem(c.label, c.icd10, c.status, treated=False) for c in scene.complaints],
        "data": data_of(scene),
        "risk": scene.risk,
        "total_time_min": None,
        "time_statement": None,
        "time_excluded_min": None,
        "separately_identifiable": True if with_procedure else None,
    }


def add_visit(enc: Encounter, dice: Dice, at_home: bool = False) -> None:
    """Add a visit with its own problems: the elements, the code, and the minutes if stated."""
    level = dice.weighted(visits.LEVEL_WEIGHTS)
    scenes = visits.fitting(level, enc.patient.age(enc.dos))
    if not scenes:
        level, scenes = visits.LOW, visits.fitting(visits.LOW, enc.patient.age(enc.dos))
    scene = dice.pick(scenes)
    with_procedure = bool(enc.procedures)
    enc.em = em_of(scene, treated_problems(enc), with_procedure)
    enc.story["visit"] = scene
    enc.trap = enc.trap or scene.trap
    if not with_procedure:
        level = add_minutes(enc, dice, level)
    modifiers: tuple[str, ...] = ()
    if "in global" in enc.story:
        modifiers = ("24",)
        enc.em["related_to_prior_procedure"] = False
        enc.trap = "unrelated to the procedure whose global period runs"
    if with_procedure:
        modifiers = (*modifiers, "25")
        enc.trap = enc.trap or "a separate problem beside the procedure"
    enc.story["level"] = level
    diagnoses = tuple(c.icd10 for c in scene.complaints)
    code = visits.visit_code(enc.new, level)
    enc.coded.insert(0, Coded(code, 1, modifiers, diagnoses))
    if not with_procedure and "in global" not in enc.story and not at_home:
        add_prolonged(enc, dice)
        add_complexity(enc, dice)


def add_prolonged(enc: Encounter, dice: Dice) -> None:
    """Make a few visits of the highest level by time so long that prolonged service is due."""
    assert enc.em is not None
    if enc.story["level"] < visits.HIGH or "by time" not in enc.story or not dice.chance(0.6):
        return
    if enc.patient.payer == "SELF_PAY":
        return
    code, first = visits.PROLONGED[enc.medicare][enc.new]
    minutes = first + dice.weighted(((0, 0.3), (dice.whole(1, 14), 0.7)))
    enc.em["total_time_min"] = minutes
    enc.coded.append(Coded(code, diagnoses=enc.coded[0].diagnoses))
    enc.story["prolonged"] = minutes
    enc.trap = "long enough for prolonged service"


def add_complexity(enc: Encounter, dice: Dice) -> None:
    """Bill the complexity of a continuing relationship on some Medicare visits (from 2024)."""
    assert enc.em is not None
    stable = any(c.status.startswith("chronic") for c in enc.story["visit"].complaints)
    if enc.patient.payer != "MEDICARE_B" or enc.new or not stable or enc.dos.year < 2024:
        return
    if dice.chance(0.35):
        enc.em["longitudinal"] = True
        enc.coded.append(Coded("G2211", diagnoses=enc.coded[0].diagnoses[:1]))
        enc.story["complexity"] = True


def add_decision_for_flap(enc: Encounter, dice: Dice) -> None:
    """Add a visit at which the day's major surgery was decided, with modifier 57."""
    scene = visits.SURGERY_DECISION
    enc.em = em_of(scene, [], with_procedure=True)
    enc.em |= {"decision_for_surgery": True, "decision_for_code": enc.story["flap"]["code"]}
    enc.story["visit"], enc.story["level"] = scene, scene.level
    code = visits.visit_code(enc.new, scene.level)
    enc.coded.insert(0, Coded(code, 1, ("57",), (enc.story["flap"]["excision"]["dx"],)))
    enc.trap = "the decision for major surgery on its day, with 57"


def add_video_visit(enc: Encounter, dice: Dice) -> None:
    """Add a visit by video, or by telephone, with the patient at home."""
    add_visit(enc, dice, at_home=True)
    assert enc.em is not None
    audio = dice.chance(0.25)
    enc.em |= {"telehealth": "audio" if audio else "video", "telehealth_consent": True}
    enc.pos = "10"
    enc.coded = [
        replace(line, modifiers=(*line.modifiers, "93" if audio else "95")) for line in enc.coded
    ]
    enc.story["telehealth"] = "audio" if audio else "video"


def add_wound_check(enc: Encounter, inside: bool) -> None:
    """Add a look at a wound: included in the procedure's global period, a visit after it."""
    scene = visits.WOUND_CHECK
    enc.em = em_of(scene, [], with_procedure=False)
    enc.em["related_to_prior_procedure"] = True
    enc.story["visit"] = scene
    if inside:
        enc.story["wound check"] = True
        return
    enc.story["level"] = scene.level
    enc.coded.append(Coded(visits.visit_code(enc.new, scene.level), diagnoses=("Z48.817",)))
    enc.trap = "the global period is over"


def data_of(scene: visits.Visit) -> dict[str, Any]:
    """Return the data elements of *scene*."""
    return {
        "external_notes": scene.notes,
        "unique_tests_ordered": scene.ordered,
        "unique_tests_reviewed": scene.reviewed,
        "independent_historian": scene.historian,
        "independent_interpretation": False,
        "external_discussion": False,
    }


def add_minutes(enc: Encounter, dice: Dice, level: int) -> int:
    """State the minutes of some visits; return the level, raised where the time supports more."""
    assert enc.em is not None
    floor = visits.NEW_MINUTES if enc.new else visits.ESTABLISHED_MINUTES
    by_time = dice.chance(0.13)
    if by_time and level < visits.HIGH:
        above = level + 1
        ceiling = floor[above + 1] - 1 if above < visits.HIGH else floor[above] + 13
        minutes = floor[above] if dice.chance(0.2) else dice.whole(floor[above], ceiling)
        enc.trap = "the stated time supports more than the decision making"
        enc.story["by time"] = True
        level = above
    elif dice.chance(0.09):
        minutes = floor[level] - dice.whole(1, 5)
        enc.trap = "the decision making carries the level although the time is short"
    else:
        return level
    enc.em["total_time_min"], enc.em["time_statement"] = minutes, True
    enc.em["time_excluded_min"] = 0
    return level


def add_procedure_only(enc: Encounter) -> None:
    """Record that nothing beyond the procedures was worked on."""
    enc.em = {
        "present": True,
        "problems": treated_problems(enc),
        "data": {
            "external_notes": 0,
            "unique_tests_ordered": 0,
            "unique_tests_reviewed": 0,
            "independent_historian": False,
            "independent_interpretation": False,
            "external_discussion": False,
        },
        "risk": None,
        "total_time_min": None,
        "time_statement": None,
        "time_excluded_min": None,
        "separately_identifiable": False,
    }


def add_record(enc: Encounter, dice: Dice) -> None:
    """Say that the note is there, dated and signed; a few were signed by attestation later."""
    signed_after = dice.weighted(((0, 0.8), (1, 0.15), (2, 0.05)))
    enc.record = {
        "present": True,
        "note_date": enc.dos.isoformat(),
        "service_provider_npi": enc.provider.npi,
        "signed": True,
        "signature_type": "electronic",
        "signature_date": (enc.dos + timedelta(days=signed_after)).isoformat(),
        "signer_matches_renderer": True,
        "attestation_on_file": False,
        "signature_log_on_file": False,
        "pos_actual": enc.pos,
    }
    if under_plan(enc) and dice.chance(0.06):
        enc.record |= {
            "service_provider_npi": dice.pick(ASSISTANT_NPIS),
            "performed_by": "npp",
            "supervisor_on_site": True,
            "established_plan": True,
            "new_problem": False,
        }
        enc.story["under plan"] = True
        enc.trap = "incident to the physician's plan, with the physician on site"
    elif dice.chance(0.008):
        late = enc.dos + timedelta(days=dice.whole(9, 20))
        enc.record["signature_date"] = late.isoformat()
        enc.trap = "signed late, which is a remark and no error"
    elif dice.chance(0.006):
        enc.record |= {"signed": False, "signature_date": None, "attestation_on_file": True}
        enc.trap = "not signed, but attested"


#: Assistants who may see a physician's patients under the physician's plan.
ASSISTANT_NPIS = tuple(p.npi for p in PROVIDERS if p.taxonomy == PHYSICIAN_ASSISTANT)


def under_plan(enc: Encounter) -> bool:
    """Return whether an assistant could give the visit under the physician's plan: nothing new."""
    return (
        enc.medicare and not enc.assistant and not enc.new and not enc.procedures
        and enc.pos == "11" and "level" in enc.story and "in global" not in enc.story
        and all(c.status == "stable_chronic" for c in enc.story["visit"].complaints)
    )  # fmt: skip
