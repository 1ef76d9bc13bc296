"""Planted errors in the destruction of lesions: counts, classes, sizes and reasons."""

from collections.abc import Callable
from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Billed, Encounter
from sample_data.practice.planted.registry import ID, change, plant


def keratoses(low: int, high: int) -> Callable[[Encounter], bool]:
    """Return a test: from *low* to *high* premalignant lesions were destroyed."""
    return lambda enc: low <= enc.story.get("premalignant", 0) <= high


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(2, 12), needs="premalignant")
def ak_units_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """More additional lesions are billed than the note counts."""
    place = enc.index("17003")
    true = enc.coded[place]
    extra = dice.whole(1, 13 - true.units)
    change(enc, place, answer, replace(true, units=true.units + extra), true)


@plant("LESION_COUNT", "DES-1", "undercoded", keratoses(3, 14), needs="premalignant")
def ak_units_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fewer additional lesions are billed than the note counts."""
    place = enc.index("17003")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=dice.whole(1, true.units - 1)), true)


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(7, 14), needs="premalignant")
def ak_field_code_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The code for fifteen or more is billed for fewer."""
    place, more = enc.index("17000"), enc.index("17003")
    first, rest = enc.coded[place], enc.coded[more]
    change(enc, place, answer, replace(first, code="17004"), first, rest)
    del enc.billed[more]


@plant("LESION_COUNT", "DES-1", "wrong_code", keratoses(15, 99), needs="premalignant")
def ak_field_code_missed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fifteen or more are billed as a first and thirteen additional lesions."""
    place = enc.index("17004")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17000"), true)
    rest = replace(true, code="17003", units=13)
    enc.billed.insert(
        place + 1, Billed(rest, (), replace(answer, verdict="not_separately_reportable"))
    )


@plant("LESION_COUNT", "DES-1", "overcoded", keratoses(2, 99), category=ID, needs="premalignant")
def ak_count_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note names the fields but no number, so one lesion is supported."""
    for procedure in enc.procedures:
        if procedure["type"] == "destruction" and is_premalignant(enc, procedure["lesion_ids"]):
            procedure["lesions_treated"] = None
    for lesion in enc.lesions:
        if lesion.get("clinical_behavior") == "premalignant":
            lesion["count_represented"] = None
    enc.trap = ""
    if enc.has("17004"):
        place = enc.index("17004")
        true = enc.coded[place]
        change(enc, place, answer, true, replace(true, code="17000"))
        return
    place = enc.index("17003")
    change(enc, place, replace(answer, verdict="not_supported"), enc.coded[place])


def is_premalignant(enc: Encounter, letters: list[str]) -> bool:
    """Return whether the lesions named by *letters* are premalignant."""
    return any(
        lesion["lesion_id"] in letters and lesion.get("clinical_behavior") == "premalignant"
        for lesion in enc.lesions
    )


def benign(low: int, high: int) -> Callable[[Encounter], bool]:
    """Return a test: from *low* to *high* benign lesions were destroyed."""
    return lambda enc: low <= enc.story.get("benign", (0, ""))[0] <= high


@plant("LESION_COUNT", "DES-2", "overcoded", benign(4, 14), needs="benign")
def benign_count_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The code for fifteen or more benign lesions is billed for fewer."""
    place = enc.index("17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17111"), true)


@plant("LESION_COUNT", "DES-2", "undercoded", benign(15, 99), needs="benign")
def benign_count_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Fifteen or more benign lesions are billed with the code for fewer."""
    place = enc.index("17111")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17110"), true)


@plant(
    "DX_LINK",
    "DX-4",
    "wrong_code",
    lambda enc: benign(2, 14)(enc) and "premalignant" not in enc.story,
    needs="benign",
)
def benign_as_premalignant(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Benign lesions are billed with the codes for premalignant ones."""
    place = enc.index("17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code="17000"), true)
    rest = replace(true, code="17003", units=enc.story["benign"][0] - 1)
    enc.billed.insert(
        place + 1, Billed(rest, (), replace(answer, verdict="not_separately_reportable"))
    )


@plant(
    "DX_LINK",
    "DX-4",
    "wrong_code",
    lambda enc: keratoses(1, 14)(enc) and "benign" not in enc.story,
    needs="premalignant",
)
def premalignant_as_benign(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Actinic keratoses are billed with the code for benign lesions."""
    place = enc.index("17000")
    first = enc.coded[place]
    rest = [line for line in enc.coded if line.code == "17003"]
    change(enc, place, answer, replace(first, code="17110"), first, *rest)
    enc.billed = [part for part in enc.billed if part.line not in rest]
