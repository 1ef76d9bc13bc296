"""Planted errors in injections: counts, drug units, waste, and what the procedure includes."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import ID, add, change, plant, recode


def injected(enc: Encounter) -> dict:
    """Return the facts of the day's injection, or nothing."""
    return enc.story.get("injection", {})


@plant(
    "LESION_COUNT",
    "INJ-1",
    "overcoded",
    lambda enc: 2 <= injected(enc).get("count", 0) <= 7,
    needs="injection",
)
def injection_count_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Seven lesions or fewer are billed with the code for more."""
    recode(enc, "11900", answer, "11901")


@plant(
    "LESION_COUNT",
    "INJ-1",
    "undercoded",
    lambda enc: injected(enc).get("count", 0) > 7,
    needs="injection",
)
def injection_count_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Eight lesions or more are billed with the code for fewer."""
    recode(enc, "11901", answer, "11900")


def from_multi_dose(enc: Encounter) -> bool:
    """Return whether the drug came from a multi-dose vial."""
    return bool(injected(enc)) and not injected(enc)["single"]


@plant(
    "DRUG_UNITS",
    "INJ-2",
    "overcoded",
    lambda enc: from_multi_dose(enc) and 5 <= injected(enc)["mg"] <= 16,
    needs="injection",
)
def drug_milligrams_as_units(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Milligrams are billed as units, of which each stands for ten."""
    place = enc.index("J3301")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=injected(enc)["mg"]), true)


@plant(
    "DRUG_UNITS",
    "INJ-2",
    "undercoded",
    lambda enc: from_multi_dose(enc) and injected(enc)["mg"] > 20,
    needs="injection",
)
def drug_units_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """One unit is billed for a dose of several."""
    place = enc.index("J3301")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=1), true)


@plant(
    "JWJZ",
    "JW-1",
    "not_supported",
    lambda enc: from_multi_dose(enc) and enc.medicare,
    needs="injection",
)
def waste_from_multi_dose(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Discarded drug is billed from a multi-dose vial."""
    place = enc.index("J3301") + 1
    dx = injected(enc)["dx"]
    add(enc, place, answer, Coded("J3301", dice.whole(1, 3), ("JW",), (dx,)))


@plant(
    "JWJZ",
    "JW-1",
    "undercoded",
    lambda enc: any(line.code == "J3301" and "JZ" in line.modifiers for line in enc.coded),
    flat_direction="under",
    needs="injection",
)
def no_waste_not_said(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A single-dose vial used up is billed without the modifier that says so."""
    place = enc.index("J3301")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=()), true)


@plant(
    "JWJZ",
    "JW-1",
    "not_supported",
    lambda enc: any("JW" in line.modifiers for line in enc.coded),
    category=ID,
    needs="injection",
)
def waste_not_documented(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Discarded drug is billed and the note does not speak of any."""
    enc.drugs[0] |= {"wasted_mg": None, "waste_documented": False}
    place = next(i for i, line in enumerate(enc.coded) if "JW" in line.modifiers)
    change(enc, place, answer, enc.coded[place])


@plant(
    "BUNDLED_SUPPLY", "INJ-2", "not_separately_reportable",
    lambda enc: "biopsies" in enc.story or "excisions" in enc.story,
)  # fmt: skip
def anesthetic_billed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The local anesthetic of a procedure is billed as a drug."""
    dx = enc.coded[-1].diagnoses
    add(enc, len(enc.billed), answer, Coded("J2001", dice.whole(2, 6), (), dx))


@plant(
    "PTP", "INJ-3", "not_separately_reportable", lambda enc: bool(injected(enc)), needs="injection"
)
def injection_fee_billed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An administration fee is billed beside the injection into lesions."""
    dx = injected(enc)["dx"]
    add(enc, len(enc.billed), answer, Coded("96372", 1, ("59",), (dx,)))
