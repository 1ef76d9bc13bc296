"""Planted errors in tags, shaves, the destruction of cancers and of what bothers nobody."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Coded, Encounter
from sample_data.practice.planted.registry import MN, add, change, plant, recode
from sample_data.practice.removal import MALIGNANT_DESTRUCTION, SHAVE
from sample_data.practice.skin import BAND_TOPS, EXCISION, size_band


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
