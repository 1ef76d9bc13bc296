"""Evaluation and management of a visit, and the record that goes with every encounter."""

from datetime import timedelta
from typing import Any

from sample_data.practice import visits
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Element, Encounter

#: The problem that a procedure takes care of: label, diagnosis, status.
TREATED = {
    "premalignant": ("actinic keratoses", "L57.0", "self_limited"),
    "benign": ("bothersome benign lesions", None, "self_limited"),
    "biopsies": ("suspicious lesion", "D49.2", "undiagnosed_new"),
    "special biopsy": ("suspicious lesion", "D49.2", "undiagnosed_new"),
    "excisions": ("lesion for excision", None, "acute_uncomplicated"),
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


def add_visit(enc: Encounter, dice: Dice) -> None:
    """Add a visit with its own problems: the elements, the code, and the minutes if stated."""
    level = dice.weighted(visits.LEVEL_WEIGHTS)
    scenes = visits.fitting(level, enc.patient.age(enc.dos))
    if not scenes:
        level, scenes = visits.LOW, visits.fitting(visits.LOW, enc.patient.age(enc.dos))
    scene = dice.pick(scenes)
    with_procedure = bool(enc.procedures)
    enc.em = {
        "present": True,
        "problems": treated_problems(enc)
        + [problem(c.label, c.icd10, c.status, treated=False) for c in scene.complaints],
        "data": data_of(scene),
        "risk": scene.risk,
        "total_time_min": None,
        "time_statement": None,
        "time_excluded_min": None,
        "separately_identifiable": True if with_procedure else None,
    }
    enc.story["visit"] = scene
    enc.trap = enc.trap or scene.trap
    if not with_procedure:
        level = add_minutes(enc, dice, level)
    enc.story["level"] = level
    diagnoses = tuple(c.icd10 for c in scene.complaints)
    modifiers = ("25",) if with_procedure else ()
    if with_procedure:
        enc.trap = enc.trap or "a separate problem beside the procedure"
    enc.coded.insert(0, Coded(visits.visit_code(enc.new, level), 1, modifiers, diagnoses))


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
        "pos_actual": "11",
    }
    if dice.chance(0.006):
        enc.record |= {"signed": False, "signature_date": None, "attestation_on_file": True}
        enc.trap = "not signed, but attested"
