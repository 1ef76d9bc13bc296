"""Planted errors of the claim: diagnoses, modifiers, edits, duplicates, late claims, numbers."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import SEPARATE_LESION, Answer, Billed, Coded, Encounter
from sample_data.practice.planted.registry import OT, add, change, drop, plant
from sample_data.practice.planted.visits import VISIT_CODES, level
from sample_data.practice.skin import add_procedure

#: The part of a code that says "right" or "left" -> the code for a side not named.
SIDES = {
    "C44.61": "1", "C44.62": "1", "C44.71": "1", "C44.72": "1",
    "D04.6": "0", "D04.7": "0", "D03.6": "0", "D03.7": "0", "D22.6": "0", "D22.7": "0",
    "D23.6": "0", "D23.7": "0",
}  # fmt: skip


def single(enc: Encounter) -> bool:
    """Return whether one line was coded, with one diagnosis."""
    return len(enc.coded) == 1 and len(enc.coded[0].diagnoses) == 1


@plant(
    "DX_VALID", "DX-1", "wrong_code", lambda enc: single(enc) and "." in enc.coded[0].diagnoses[0]
)
def diagnosis_too_short(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The diagnosis code stops short of its last character, which makes it a heading."""
    true = enc.coded[0]
    wrong = true.diagnoses[0][:-1].rstrip(".")
    change(enc, 0, answer, replace(true, diagnoses=(wrong,)), true)


def one_pending_biopsy(enc: Encounter) -> bool:
    """Return whether a single skin biopsy without a result is the only line."""
    return single(enc) and enc.coded[0].diagnoses == ("D49.2",) and len(enc.lesions) == 1


@plant("DX_SPECIFICITY", "DX-2", "wrong_code", one_pending_biopsy)
def uncertain_before_pathology(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Uncertain behavior is reported before a pathologist has found it."""
    true = enc.coded[0]
    change(enc, 0, answer, replace(true, diagnoses=("D48.5",)), true)


@plant(
    "DX_SPECIFICITY",
    "DX-2",
    "wrong_code",
    lambda enc: one_pending_biopsy(enc) and "biopsy sites" in enc.story,
    needs="biopsies",
)
def malignant_before_pathology(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A carcinoma is reported while pathology is pending."""
    true = enc.coded[0]
    wrong = enc.story["biopsy sites"][0].basal
    change(enc, 0, answer, replace(true, diagnoses=(wrong,)), true)


def sided(enc: Encounter) -> bool:
    """Return whether the only line's diagnosis names a side."""
    return single(enc) and enc.coded[0].diagnoses[0][:-1] in SIDES


@plant("DX_SPECIFICITY", "DX-2", "wrong_code", sided)
def side_not_named(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The diagnosis leaves the side open although the note names it."""
    true = enc.coded[0]
    stem = true.diagnoses[0][:-1]
    change(enc, 0, answer, replace(true, diagnoses=(stem + SIDES[stem],)), true)


@plant(
    "DX_LINK",
    "DX-4",
    "wrong_code",
    lambda enc: level(enc) > 0 and len(enc.coded) == 2 and enc.has("17000", "17004"),
    needs="premalignant",
)
def pointer_to_visit(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The destruction points to the diagnosis of the visit."""
    place = enc.index("17000", "17004")
    true, visit = enc.coded[place], enc.coded[enc.index(*VISIT_CODES)]
    change(enc, place, answer, replace(true, diagnoses=visit.diagnoses[:1]), true)


@plant("MOD_VALID", "MODV-51", "wrong_code", lambda enc: enc.has("17003"), needs="premalignant")
def mod51_on_addon(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An add-on code carries modifier 51."""
    place = enc.index("17003")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=(*true.modifiers, "51")), true)


@plant(
    "MOD_VALID",
    "MODV-1",
    "wrong_code",
    lambda enc: level(enc) > 0 and len(enc.coded) == 2 and enc.has("11102", "17110", "17000"),
    needs="level",
)
def mod25_on_procedure(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The procedure, too, carries modifier 25."""
    place = enc.index("11102", "17110", "17000")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=(*true.modifiers, "25")), true)


def marked(enc: Encounter) -> list[int]:
    """Return the places of lines that carry a separate-lesion modifier because of an edit."""
    codes = [line.code for line in enc.coded]
    return [
        place
        for place, line in enumerate(enc.coded)
        if {"59", "XS"} & set(line.modifiers)
        and any((other, line.code) in SEPARATE_LESION for other in codes)
    ]


@plant(
    "PTP", "MOD59-1", "undercoded", lambda enc: len(marked(enc)) == 1, flat_direction="under"
)  # fmt: skip
def mod59_left_out(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Two lesions are billed without the modifier that tells them apart; one line is denied."""
    place = marked(enc)[0]
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=()), true)
    enc.billed[place] = replace(enc.billed[place], denied=True)


@plant(
    "MOD59",
    "BX-3",
    "not_separately_reportable",
    lambda enc: enc.story.get("benign", (0, ""))[0] == 1 and len(enc.procedures) == 1,
    needs="benign",
)
def mod59_on_one_lesion(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A biopsy of the lesion that was destroyed is billed as if it were another lesion."""
    lesion = enc.lesions[0]
    add_procedure(
        enc, "biopsy", [lesion["lesion_id"]], site=lesion["site"], technique="tangential",
        intent="diagnostic",
    )  # fmt: skip
    add(enc, len(enc.billed), answer, Coded("11102", 1, ("59",), ("D49.2",)))


@plant(
    "MUE",
    "MUE-1",
    "overcoded",
    lambda enc: 2 <= enc.story.get("benign", (0, ""))[0] <= 5,
    needs="benign",
)
def units_of_one_code(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A code that covers all lesions in one unit is billed once for each."""
    place = enc.index("17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=enc.story["benign"][0]), true)


@plant(
    "AOC",
    "AOC-1",
    "undercoded",
    lambda enc: enc.has("17003") and not enc.coded[enc.index("17000")].modifiers,
    needs="premalignant",
)
def addon_without_first(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The add-on is billed without the code that it adds to."""
    drop(enc, enc.index("17000"), answer)


@plant("AOC", "AOC-1", "undercoded", lambda enc: enc.has("17312"), needs="mohs")
def mohs_first_stage_left_out(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Further stages are billed without the first."""
    drop(enc, enc.index("17311"), answer)


@plant(
    "DUPLICATE", "DUP-1", "not_separately_reportable",
    lambda enc: bool(enc.coded) and not enc.denied and enc.frequency == "1"
    and all(set(line.modifiers) <= {"25"} for line in enc.coded), category=OT,
)  # fmt: skip
def claim_sent_twice(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The whole claim is billed again under another number, and paid again."""
    enc.billed += [Billed(line, (), answer, claim=2) for line in enc.coded]


@plant(
    "TIMELY", "TIME-1", "not_supported",
    lambda enc: bool(enc.coded) and enc.patient.payer == "MEDICARE_B" and not enc.denied,
    category=OT,
)  # fmt: skip
def claim_too_late(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Medicare receives the claim more than a year after the service."""
    enc.received_after = dice.whole(367, 480)
    enc.billed = [Billed(line, (), answer) for line in enc.coded]


@plant("NPI", "NPI-1", "wrong_code", lambda enc: len(enc.coded) == 1)
def billing_number_mistyped(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """One digit of the billing NPI is wrong, so that its check digit fails."""
    enc.billing_npi = enc.billing_npi[:7] + "7" + enc.billing_npi[8:]
    enc.billed = [Billed(line, (line,), answer) for line in enc.coded]
