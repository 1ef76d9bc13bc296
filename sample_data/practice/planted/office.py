"""Planted errors in abscesses, feet, nails, light treatments and slides."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import MN, add, change, plant, recode
from sample_data.practice.skin import add_procedure


@plant(
    "LESION_COUNT", "NAIL-1", "overcoded", lambda enc: enc.story.get("nails", 9) < 6, needs="nails"
)
def nails_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Five nails or fewer are billed with the code for six or more."""
    recode(enc, "11720", answer, "11721")


@plant(
    "LESION_COUNT",
    "PARE-1",
    "overcoded",
    lambda enc: 1 < enc.story.get("calluses", 0) < 5,
    needs="calluses",
)
def calluses_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Two to four calluses are billed with the code for five or more."""
    recode(enc, "11056", answer, "11057")


@plant(
    "LESION_COUNT",
    "PARE-1",
    "undercoded",
    lambda enc: enc.story.get("calluses", 0) > 4,
    needs="calluses",
)
def calluses_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Five calluses or more are billed with the code for fewer."""
    recode(enc, "11057", answer, "11056")


@plant("SIZE", "PHOTO-1", "overcoded", lambda enc: enc.story.get("laser", 999) < 250, needs="laser")
def laser_area_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A laser treatment of less than 250 square centimetres is billed as a larger one."""
    recode(enc, "96920", answer, "96921")


def photodynamic(enc: Encounter) -> dict:
    """Return the facts of the day's photodynamic treatment, or nothing."""
    return enc.story.get("photodynamic", {})


@plant(
    "PDT",
    "PDT-1",
    "overcoded",
    lambda enc: photodynamic(enc).get("by") == "staff",
    needs="photodynamic",
)
def photodynamic_by_staff(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Photodynamic treatment by staff is billed as the practitioner's own."""
    recode(enc, "96567", answer, "96573")


@plant("PDT", "PDT-1", "overcoded", lambda enc: enc.has("96573"), needs="photodynamic")
def photodynamic_not_scraped(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Scraping before photodynamic treatment is billed and not documented."""
    recode(enc, "96573", answer, "96574")


@plant(
    "PDT", "PDT-1", "not_separately_reportable", lambda enc: enc.has("96573"), needs="photodynamic"
)
def photodynamic_twice(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Two codes are billed for one area."""
    add(enc, 1, answer, Coded("96567", 1, ("59",), ("L57.0",)))


def slide(enc: Encounter) -> dict:
    """Return the facts of a slide read in the practice, or nothing."""
    return enc.story.get("slide", {})


@plant(
    "UNITS",
    "PATH-1",
    "overcoded",
    lambda enc: bool(slide(enc)) and enc.specimens[0]["fragments"] > 1,
    needs="slide",
)
def slide_for_each_piece(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Pieces in one container are billed as specimens."""
    place = enc.index("88305")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=enc.specimens[0]["fragments"]), true)


@plant(
    "MOD26TC", "PATH-1", "overcoded", lambda enc: slide(enc).get("outside") is True, needs="slide"
)
def slide_of_outside_laboratory(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A slide made by an outside laboratory is billed whole."""
    place = enc.index("88305")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=()), true)


@plant(
    "TECHNIQUE",
    "IND-1",
    "overcoded",
    lambda enc: enc.story.get("abscess") == (1, False),
    needs="abscess",
)
def abscess_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A single simple abscess is billed as complicated."""
    recode(enc, "10060", answer, "10061")


@plant(
    "TECHNIQUE", "PHOTO-1", "overcoded", lambda enc: enc.story.get("light") is False, needs="light"
)
def light_without_ointment(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Ultraviolet light alone is billed as if with tar or petrolatum."""
    recode(enc, "96900", answer, "96910")


@plant(
    "MEDNEC",
    "NAIL-1",
    "not_supported",
    lambda enc: "nails" in enc.story,
    category=MN,
    needs="nails",
)
def feet_without_findings(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Foot care is billed with a class of findings that the note does not hold."""
    enc.more["class_findings"] = enc.more["class_findings"][:1]
    change(enc, 0, answer, enc.coded[0])


@plant("UNITS", "PHOTO-1", "overcoded", lambda enc: enc.has("96910"), needs="light")
def light_billed_twice(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """One light treatment of the day is billed as two."""
    place = enc.index("96910")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=2), true)


@plant(
    "PDT",
    "PDT-1",
    "not_separately_reportable",
    lambda enc: bool(photodynamic(enc)),
    needs="photodynamic",
)
def photodynamic_and_freezing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Keratoses of the area treated with light are also frozen and billed."""
    lesion = enc.lesions[0]
    add_procedure(
        enc, "destruction", [lesion["lesion_id"]], site=lesion["site"], method="cryosurgery",
        intent="therapeutic", lesions_treated=1,
    )  # fmt: skip
    add(enc, len(enc.billed), answer, Coded("17000", 1, ("59",), ("L57.0",)))


@plant(
    "TECHNIQUE",
    "NAIL-1",
    "overcoded",
    lambda enc: enc.story.get("ingrown") is False,
    needs="ingrown",
)
def nail_removal_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Taking off a nail is billed as its removal for good."""
    recode(enc, "11730", answer, "11750")


@plant(
    "TECHNIQUE",
    "PATH-1",
    "overcoded",
    lambda enc: enc.story.get("excision slide") == "88304",
    needs="excision slide",
)
def slide_level_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The slide of a cyst is billed at the level of other skin."""
    recode(enc, "88304", answer, "88305")


@plant(
    "MEDNEC",
    "PATH-2",
    "not_supported",
    lambda enc: slide(enc).get("outside") is False and not enc.has("88312"),
    category=MN,
    needs="slide",
)
def stain_by_routine(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A special stain is billed that nobody gave a reason for."""
    enc.specimens[0] |= {"stains": ["PAS"], "stain_reason": None}
    add(enc, len(enc.billed), answer, Coded("88312", 1, (), (slide(enc)["dx"],)))


@plant("MOD_VALID", "MODV-1", "wrong_code", lambda enc: enc.has("11900", "17110"))
def mod50_on_lesions(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A code for lesions on both sides carries the modifier for bilateral procedures."""
    place = enc.index("11900", "17110")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, modifiers=(*true.modifiers, "50")), true)
