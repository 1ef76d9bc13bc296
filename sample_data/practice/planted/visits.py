"""Planted errors in visits: level, time, modifiers 24, 25 and 57, global periods."""

from dataclasses import replace

from sample_data.practice import visits
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import add, change, plant

VISIT_CODES = (*visits.NEW_PATIENT.values(), *visits.ESTABLISHED.values())


def level(enc: Encounter) -> int:
    """Return the level of the day's visit, 0 when there is none."""
    return enc.story.get("level", 0)


def plain(enc: Encounter) -> bool:
    """Return whether there is a visit that is neither prolonged nor a decision for surgery."""
    return level(enc) > 0 and "prolonged" not in enc.story and "flap" not in enc.story


def below_highest(enc: Encounter) -> bool:
    """Return whether there is a plain visit below the highest level."""
    return plain(enc) and level(enc) < visits.HIGH


def visit_line(enc: Encounter) -> Coded:
    """Return the coded line of the day's visit."""
    return enc.coded[enc.index(*VISIT_CODES)]


def bill_level(enc: Encounter, answer: Answer, billed_level: int) -> None:
    """Bill the visit at another level than the record supports."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=visits.visit_code(enc.new, billed_level)), true)


@plant(
    "EM_LEVEL",
    "EM-1",
    "overcoded",
    lambda enc: below_highest(enc) and not enc.procedures,
    needs="level",
)
def em_level_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed one level too high, now and then two."""
    step = 2 if level(enc) < visits.MODERATE and dice.chance(0.12) else 1
    bill_level(enc, answer, level(enc) + step)


@plant(
    "EM_LEVEL",
    "EM-1",
    "undercoded",
    lambda enc: plain(enc) and level(enc) > visits.STRAIGHTFORWARD and "by time" not in enc.story,
    needs="level",
)
def em_level_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed one level too low."""
    bill_level(enc, answer, level(enc) - 1)


def no_minutes(enc: Encounter) -> bool:
    """Return whether there is a visit below the highest level without minutes in the note."""
    return below_highest(enc) and enc.em is not None and not enc.em["total_time_min"]


@plant(
    "EM_LEVEL",
    "EM-1",
    "overcoded",
    lambda enc: no_minutes(enc) and not enc.procedures,
    needs="level",
)
def em_time_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by time, and the minutes fall short."""
    assert enc.em is not None
    floor = visits.NEW_MINUTES if enc.new else visits.ESTABLISHED_MINUTES
    wanted = level(enc) + 1
    enc.em["total_time_min"] = floor[wanted] - dice.weighted(((1, 0.3), (dice.whole(2, 6), 0.7)))
    enc.em["time_statement"], enc.em["time_excluded_min"] = True, 0
    bill_level(enc, answer, wanted)


@plant(
    "EM_LEVEL",
    "EM-1",
    "undercoded",
    lambda enc: plain(enc) and "by time" in enc.story,
    needs="level",
)
def em_time_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by decision making although the stated time supports more."""
    bill_level(enc, answer, level(enc) - 1)


@plant(
    "EM_LEVEL",
    "EM-3",
    "overcoded",
    lambda enc: no_minutes(enc) and bool(enc.procedures),
    needs="level",
)
def em_time_with_procedure(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit is billed by a time that includes the minutes of the procedure."""
    assert enc.em is not None
    floor = visits.NEW_MINUTES if enc.new else visits.ESTABLISHED_MINUTES
    wanted = level(enc) + 1
    procedure = dice.whole(8, 15)
    enc.em["total_time_min"] = floor[wanted] + dice.whole(0, procedure - 1)
    enc.em["time_statement"], enc.em["time_excluded_min"] = True, procedure
    bill_level(enc, answer, wanted)


def procedure_only(enc: Encounter) -> bool:
    """Return whether procedures were done and nothing else was worked on."""
    return bool(enc.procedures) and "visit" not in enc.story


@plant("MOD25", "MOD25-1", "not_separately_reportable", procedure_only)
def mod25_unsupported(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit is billed beside a procedure that took all its work."""
    billed_level = dice.weighted(((2, 0.15), (3, 0.6), (4, 0.25)))
    code = visits.visit_code(enc.new, billed_level)
    add(enc, 0, answer, Coded(code, 1, ("25",), enc.coded[0].diagnoses))


@plant(
    "EM_LEVEL",
    "MOD25-1",
    "overcoded",
    lambda enc: below_highest(enc) and bool(enc.procedures),
    needs="level",
)
def mod25_level_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The level of a visit beside a procedure counts the decision to do the procedure."""
    bill_level(enc, answer, level(enc) + 1)


@plant(
    "MOD25",
    "MOD25-1",
    "undercoded",
    lambda enc: plain(enc) and "25" in visit_line(enc).modifiers,
    flat_direction="under",
    needs="level",
)
def mod25_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A separate visit beside a procedure is billed without modifier 25."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    without = tuple(m for m in true.modifiers if m != "25")
    change(enc, place, answer, replace(true, modifiers=without), true)


# Modifiers 57 and 24, global periods


@plant(
    "MOD57",
    "MOD57-1",
    "undercoded",
    lambda enc: level(enc) > 0 and "flap" in enc.story,
    flat_direction="under",
    needs="flap",
)
def mod57_as_25(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The visit that decided for major surgery carries 25 instead of 57."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=("25",)), true)


@plant(
    "MOD57",
    "MOD57-1",
    "not_separately_reportable",
    lambda enc: procedure_only(enc) and "excisions" in enc.story,
    needs="excisions",
)
def mod57_with_minor(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A visit is billed with 57 for the decision to do a minor procedure."""
    assert enc.em is not None
    enc.em["decision_for_surgery"] = True
    code = visits.visit_code(enc.new, visits.LOW)
    add(enc, 0, answer, Coded(code, 1, ("57",), enc.coded[0].diagnoses))


@plant(
    "MOD24",
    "MOD24-1",
    "undercoded",
    lambda enc: plain(enc) and "24" in visit_line(enc).modifiers,
    flat_direction="under",
    needs="level",
)
def mod24_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An unrelated visit in a global period is billed without modifier 24."""
    place = enc.index(*VISIT_CODES)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=()), true)


@plant(
    "GLOBAL",
    "GLOB-1",
    "not_separately_reportable",
    lambda enc: "wound check" in enc.story,
    needs="wound check",
)
def postop_visit_billed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A look at the wound within the global period is billed as a visit."""
    add(enc, 0, answer, Coded("99212", diagnoses=("Z48.817",)))
