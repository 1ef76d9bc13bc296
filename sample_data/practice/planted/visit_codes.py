"""Planted errors in visits' codes: new patients, prolonged, complex, deleted, at a distance."""

from dataclasses import replace

from sample_data.practice import visits
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import add, change, plant
from sample_data.practice.planted.visits import (
    VISIT_CODES,
    level,
    no_minutes,
    plain,
    visit_line,
)


@plant(
    "NEW_EST",
    "EM-6",
    "overcoded",
    lambda enc: (
        plain(enc)
        and not enc.new
        and enc.story["seen"]
        and "under plan" not in enc.story
        and not (enc.em or {}).get("total_time_min")
    ),
    needs="level",
)
def new_for_established(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A patient seen before in the practice is billed as new."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    wrong = visits.visit_code(True, level(enc))
    change(enc, place, answer, replace(true, code=wrong), true)


@plant(
    "PROLONGED",
    "EM-PROLONGED",
    "overcoded",
    lambda enc: (
        plain(enc)
        and level(enc) == visits.HIGH
        and "by time" in enc.story
        and not enc.procedures
        and enc.patient.payer != "SELF_PAY"
        and enc.pos == "11"
    ),
    needs="level",
)
def prolonged_too_early(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Prolonged service is billed before its first minute."""
    assert enc.em is not None
    code, first = visits.PROLONGED[enc.medicare][enc.new]
    enc.em["total_time_min"] = first - dice.whole(1, 8)
    dx = enc.coded[0].diagnoses
    add(enc, 1, replace(answer, verdict="not_supported"), Coded(code, diagnoses=dx))


@plant("PROLONGED", "EM-PROLONGED", "wrong_code", lambda enc: enc.has("G2212"), needs="prolonged")
def prolonged_code_of_others(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Prolonged service is billed to Medicare with the code that other payers use."""
    place = enc.index("G2212")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="99417"), true)


def established_medicare(enc: Encounter) -> bool:
    """Return whether there is an office visit of an established Medicare patient in 2024."""
    return (
        plain(enc) and not enc.new and enc.patient.payer == "MEDICARE_B" and enc.pos == "11"
        and enc.dos.year >= 2024 and "complexity" not in enc.story
    )  # fmt: skip


@plant(
    "G2211",
    "EM-7",
    "not_separately_reportable",
    lambda enc: established_medicare(enc) and "25" in visit_line(enc).modifiers,
    needs="level",
)
def complexity_beside_25(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Visit complexity is billed with a visit that carries modifier 25."""
    assert enc.em is not None
    enc.em["longitudinal"] = True
    add(enc, 1, answer, Coded("G2211", diagnoses=visit_line(enc).diagnoses[:1]))


@plant(
    "G2211",
    "EM-7",
    "not_supported",
    lambda enc: established_medicare(enc) and not visit_line(enc).modifiers,
    needs="level",
)
def complexity_unsupported(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Visit complexity is billed without a continuing relationship."""
    assert enc.em is not None
    enc.em["longitudinal"] = False
    add(enc, 1, answer, Coded("G2211", diagnoses=visit_line(enc).diagnoses[:1]))


@plant(
    "CODE_VALID",
    "EM-8",
    "wrong_code",
    lambda enc: (
        plain(enc)
        and enc.medicare
        and level(enc) in (3, 4)
        and len(enc.coded) == 1
        and enc.story["seen"]
        and not enc.new
        and no_minutes(enc)
        and enc.pos == "11"
        and not visit_line(enc).modifiers
    ),
    needs="level",
)
def consultation_to_medicare(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A consultation is billed to Medicare, which does not accept the code."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code={3: "99243", 4: "99244"}[level(enc)]), true)


@plant(
    "CODE_VALID",
    "CODE-1",
    "wrong_code",
    lambda enc: (
        plain(enc)
        and enc.new
        and level(enc) == visits.STRAIGHTFORWARD
        and len(enc.coded) == 1
        and no_minutes(enc)
    ),
    needs="level",
)
def deleted_visit_code(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit is billed with a code deleted years ago."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="99201"), true)


@plant(
    "TELEHEALTH",
    "EM-9",
    "wrong_code",
    lambda enc: enc.story.get("telehealth") == "audio",
    needs="telehealth",
)
def telephone_as_video(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit by telephone is billed as by video."""
    true = enc.coded[0]
    change(enc, 0, answer, replace(true, modifiers=("95",)), true)


@plant(
    "TELEHEALTH",
    "EM-9",
    "wrong_code",
    lambda enc: enc.story.get("telehealth") == "video",
    needs="telehealth",
)
def video_not_said(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit by video is billed without the modifier that says so."""
    true = enc.coded[0]
    change(enc, 0, answer, replace(true, modifiers=()), true)
