"""Planted errors in injections, drugs, tags, feet, light treatments, shaves and slides."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import ID, MN, add, change, plant, recode
from sample_data.practice.removal import MALIGNANT_DESTRUCTION, SHAVE
from sample_data.practice.skin import BAND_TOPS, EXCISION, add_procedure, size_band


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


def tags(enc: Encounter) -> int:
    """Return how many skin tags were removed."""
    return enc.story.get("tags", 0)


@plant("LESION_COUNT", "TAG-1", "overcoded", lambda enc: 6 <= tags(enc) <= 15, needs="tags")
def tags_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A further ten tags are billed for fifteen or fewer."""
    line = Coded("11201", diagnoses=("L91.8",))
    add(enc, len(enc.billed), replace(answer, verdict="not_supported"), line)


@plant("LESION_COUNT", "TAG-1", "undercoded", lambda enc: tags(enc) > 25, needs="tags")
def tags_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """One further ten is billed where a second has begun."""
    place = enc.index("11201")
    true = enc.coded[place]
    change(enc, place, answer, replace(true, units=1), true)


@plant(
    "MEDNEC", "TAG-1", "not_supported", lambda enc: 0 < tags(enc) <= 15, category=MN, needs="tags"
)
def tags_without_reason(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Tags that bother nobody are billed as if treatment were needed."""
    enc.lesions[0] |= {"symptoms": [], "changed": False}
    change(enc, 0, answer, enc.coded[0])


@plant(
    "MEDNEC",
    "COS-1",
    "not_supported",
    lambda enc: "cosmetic" in enc.story,
    category=MN,
    needs="cosmetic",
)
def cosmetic_billed_as_needed(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Treatment for looks is billed without saying that it is not covered."""
    place = enc.index("17110", "17111")
    enc.more.pop("abn")
    change(enc, place, answer, replace(enc.coded[place], modifiers=()))


@plant(
    "MEDNEC",
    "DES-2",
    "not_supported",
    lambda enc: enc.story.get("benign", (0, ""))[1] == "L82.0" and len(enc.procedures) == 1,
    category=MN,
    needs="benign",
)
def keratoses_without_reason(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Seborrheic keratoses are treated and the note gives no reason."""
    enc.lesions[0] |= {"symptoms": [], "changed": False, "clinical_dx": "seborrheic keratosis"}
    place = enc.index("17110", "17111")
    change(enc, place, answer, enc.coded[place])


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
    "SIZE",
    "SH-1",
    "overcoded",
    lambda enc: "shave" in enc.story and size_band(enc.story["shave"]["lesion"], BAND_TOPS[:3]) < 3,
    needs="shave",
)
def shave_size_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A shave removal is billed one size up."""
    it = enc.story["shave"]
    band = size_band(it["lesion"], BAND_TOPS[:3])
    recode(enc, SHAVE[it["group"]][band], answer, SHAVE[it["group"]][band + 1])


def removal_code(enc: Encounter) -> str:
    """Return the code that the day's only tangential biopsy would have as a removal, or nothing."""
    if enc.story["biopsies"] != ["tangential"] or "slide" in enc.story:
        return ""
    lesion = next(x for x in enc.lesions if x.get("path_pending"))
    band = size_band(round(lesion["diameter_cm"] * 10), BAND_TOPS[:3])
    return SHAVE[enc.story["biopsy sites"][0].group][band]


@plant(
    "TECHNIQUE", "SH-1", "overcoded",
    lambda enc: removal_code(enc) not in ("", "11300"),
    needs="biopsies",
)  # fmt: skip
def biopsy_as_removal(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A sample for diagnosis is billed as the removal of the lesion."""
    recode(enc, "11102", answer, removal_code(enc))


def scraped(enc: Encounter) -> dict:
    """Return the facts of the day's malignant destruction, or nothing."""
    return enc.story.get("malignant destruction", {})


def bands(enc: Encounter) -> tuple[int, int]:
    """Return the size bands of the lesion alone and of lesion and margins together."""
    it = scraped(enc)
    lesion, margin = it["lesion"], it["margin"]
    return size_band(lesion, BAND_TOPS[:3]), size_band(lesion + 2 * margin, BAND_TOPS[:3])


@plant(
    "SIZE",
    "DES-4",
    "overcoded",
    lambda enc: bool(scraped(enc)) and bands(enc)[1] > bands(enc)[0],
    needs="malignant destruction",
)
def destruction_with_margins(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The destruction of a skin cancer is sized with margins."""
    codes = MALIGNANT_DESTRUCTION[scraped(enc)["group"]]
    right, wrong = bands(enc)
    recode(enc, codes[right], answer, codes[wrong])


@plant(
    "PATH_MISMATCH",
    "DES-4",
    "wrong_code",
    lambda enc: bool(scraped(enc)),
    needs="malignant destruction",
)
def destruction_of_premalignant(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """What pathology calls an actinic keratosis is billed as a skin cancer destroyed."""
    enc.lesions[0] |= {
        "clinical_dx": "actinic keratosis", "path_dx": "actinic keratosis",
        "path_behavior": "premalignant",
    }  # fmt: skip
    billed = replace(enc.coded[0], diagnoses=("L57.0",))
    change(enc, 0, answer, billed, Coded("17000", diagnoses=("L57.0",)))


@plant("TECHNIQUE", "EXC-1", "wrong_code", lambda enc: "shave" in enc.story, needs="shave")
def shave_as_excision(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A shave removal is billed as an excision."""
    it = enc.story["shave"]
    true = enc.coded[0]
    wrong = EXCISION["benign", it["group"]][size_band(it["lesion"])]
    change(enc, 0, answer, replace(true, code=wrong), true)


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
    "SIZE",
    "DES-3",
    "overcoded",
    lambda enc: "port-wine stain" in enc.story,
    needs="port-wine stain",
)
def vascular_area_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """An area of less than ten square centimetres is billed as a larger one."""
    recode(enc, "17106", answer, "17107")


@plant(
    "MEDNEC",
    "DES-3",
    "not_supported",
    lambda enc: "port-wine stain" in enc.story,
    category=MN,
    needs="port-wine stain",
)
def vascular_without_reason(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Cherry angiomas that bother nobody are billed as if treatment were needed."""
    enc.lesions[0] |= {"symptoms": [], "changed": False, "clinical_dx": "cherry angioma"}
    place = enc.index("17106")
    change(enc, place, answer, replace(enc.coded[place], diagnoses=("D18.01",)))


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
