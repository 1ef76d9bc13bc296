"""Planted errors in excisions: size, margins, pathology and site."""

from collections.abc import Callable
from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Encounter
from sample_data.practice.planted.registry import ID, change, plant
from sample_data.practice.sites import EXTREMITIES, FACE, LIMBS_TRUNK
from sample_data.practice.skin import EXCISION, size_band


def excision(enc: Encounter) -> dict:
    """Return the facts of the day's only excision, or nothing."""
    all_of_them = enc.story.get("excisions", [])
    return all_of_them[0] if len(all_of_them) == 1 else {}


def codable(enc: Encounter, series: str, band: int) -> bool:
    """Return whether this series and band beside the day's repair would meet no other edit."""
    return not ("repair" in enc.story and series == "benign" and band == 0)


def sized(fact: str) -> Callable[[Encounter], int]:
    """Return a function: the size band that the wrong measure *fact* would give."""

    def band(enc: Encounter) -> int:
        it = excision(enc)
        wrong = it["lesion"] + 2 * it["wide"] if fact == "wide" else it[fact]
        return size_band(wrong)

    return band


def true_band(enc: Encounter) -> int:
    """Return the size band of the day's only excision."""
    it = excision(enc)
    return size_band(it["lesion"] + 2 * it["narrow"])


def bill_excision(enc: Encounter, answer: Answer, series: str, group: str, band: int) -> None:
    """Bill the day's only excision with the code of another series, site group or band."""
    it = excision(enc)
    true_code = EXCISION[it["series"], it["group"]][true_band(enc)]
    place = enc.index(true_code)
    true = enc.coded[place]
    change(enc, place, answer, replace(true, code=EXCISION[series, group][band]), true)


@plant(
    "SIZE",
    "EXC-1",
    "overcoded",
    lambda enc: bool(excision(enc)) and sized("specimen")(enc) > true_band(enc),
    needs="excisions",
)
def excision_specimen_size(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized by the specimen's length."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("specimen")(enc))


@plant(
    "SIZE",
    "EXC-1",
    "overcoded",
    lambda enc: bool(excision(enc)) and sized("wide")(enc) > true_band(enc),
    needs="excisions",
)
def excision_wide_margin(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized with its widest margin instead of the narrowest."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("wide")(enc))


@plant(
    "SIZE",
    "EXC-1",
    "undercoded",
    lambda enc: (
        bool(excision(enc))
        and sized("lesion")(enc) < true_band(enc)
        and codable(enc, excision(enc)["series"], sized("lesion")(enc))
    ),
    needs="excisions",
)
def excision_margins_left_out(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The excision is sized by the lesion alone."""
    it = excision(enc)
    bill_excision(enc, answer, it["series"], it["group"], sized("lesion")(enc))


@plant(
    "SIZE",
    "EXC-1",
    "overcoded",
    lambda enc: (
        bool(excision(enc))
        and sized("lesion")(enc) < true_band(enc)
        and codable(enc, excision(enc)["series"], sized("lesion")(enc))
    ),
    category=ID,
    needs="excisions",
)
def excision_margin_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note gives no margins, so the lesion's own diameter is what it supports."""
    it = excision(enc)
    for procedure in enc.procedures:
        if procedure["type"] == "excision":
            procedure["margins_cm"] = None
    code = EXCISION[it["series"], it["group"]]
    place = enc.index(code[true_band(enc)])
    billed = enc.coded[place]
    change(enc, place, answer, billed, replace(billed, code=code[sized("lesion")(enc)]))


@plant(
    "PATH_MISMATCH",
    "EXC-1",
    "overcoded",
    lambda enc: "nevus" in excision(enc).get("label", ""),
    needs="excisions",
)
def excision_malignant_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A nevus is billed in the malignant series."""
    bill_excision(enc, answer, "malignant", excision(enc)["group"], true_band(enc))


@plant(
    "PATH_MISMATCH",
    "EXC-1",
    "undercoded",
    lambda enc: (
        excision(enc).get("series") == "malignant" and codable(enc, "benign", true_band(enc))
    ),
    needs="excisions",
)
def excision_benign_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A malignancy, invasive or in situ, is billed in the benign series."""
    bill_excision(enc, answer, "benign", excision(enc)["group"], true_band(enc))


@plant(
    "SITE_GROUP",
    "EXC-1",
    "overcoded",
    lambda enc: excision(enc).get("group") in (LIMBS_TRUNK, EXTREMITIES),
    needs="excisions",
)
def excision_site_over(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A lesion elsewhere is billed with the codes of the face."""
    bill_excision(enc, answer, excision(enc)["series"], FACE, true_band(enc))


@plant(
    "SITE_GROUP",
    "EXC-1",
    "undercoded",
    lambda enc: excision(enc).get("group") == FACE,
    needs="excisions",
)
def excision_site_under(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A lesion of the face is billed with the codes of the trunk and limbs."""
    bill_excision(enc, answer, excision(enc)["series"], LIMBS_TRUNK, true_band(enc))
