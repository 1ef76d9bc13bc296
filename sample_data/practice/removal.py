"""Removal in other ways than excision: shaves, malignant destruction, tags, cosmetic treatment."""

from datetime import timedelta

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Encounter
from sample_data.practice.sites import EXTREMITIES, FACE, LIMBS_TRUNK, SITES
from sample_data.practice.skin import (
    BAND_TOPS,
    MALIGNANT_FINDS,
    REASONS,
    add_procedure,
    benign_line,
    cm,
    lesion_id,
    size_band,
)

SHAVE = {
    LIMBS_TRUNK: ("11300", "11301", "11302", "11303"),
    EXTREMITIES: ("11305", "11306", "11307", "11308"),
    FACE: ("11310", "11311", "11312", "11313"),
}
MALIGNANT_DESTRUCTION = {
    LIMBS_TRUNK: ("17260", "17261", "17262", "17263"),
    EXTREMITIES: ("17270", "17271", "17272", "17273"),
    FACE: ("17280", "17281", "17282", "17283"),
}


def shave(enc: Encounter, dice: Dice) -> None:
    """Shave off one bothersome nevus for good, sized by the lesion alone."""
    site, lesion = dice.pick(SITES), dice.whole(3, 22)
    letter = lesion_id(enc)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(lesion),
            "clinical_dx": "intradermal nevus",
            "path_behavior": "benign",
            "path_dx": "intradermal nevus",
            "path_pending": False,
            "symptoms": [dice.pick(REASONS)],
        }
    )
    add_procedure(
        enc, "shave_removal", [letter], site=site.name, technique="shave removal",
        depth="partial thickness", intent="therapeutic", closure="none",
    )  # fmt: skip
    band = size_band(lesion, BAND_TOPS[:3])
    enc.coded.append(Coded(SHAVE[site.group][band], diagnoses=(site.nevus,)))
    enc.story["shave"] = {"lesion": lesion, "group": site.group}


def destroy_malignant(enc: Encounter, dice: Dice) -> None:
    """Scrape and burn a skin cancer known from biopsy, sized by the lesion without margins."""
    site, lesion, margin = dice.pick(SITES), dice.whole(4, 20), dice.whole(2, 4)
    label, behavior, field, _, _ = MALIGNANT_FINDS[dice.weighted(((0, 0.6), (2, 0.4)))]
    letter = lesion_id(enc)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(lesion),
            "clinical_dx": label,
            "path_behavior": behavior,
            "path_dx": label,
            "path_pending": False,
            "prior_path_date": (enc.dos - timedelta(days=dice.whole(12, 30))).isoformat(),
        }
    )
    add_procedure(
        enc, "destruction", [letter], site=site.name,
        method="electrodesiccation and curettage", intent="therapeutic", lesions_treated=1,
        margins_cm=[cm(margin), cm(margin)],
    )  # fmt: skip
    code = MALIGNANT_DESTRUCTION[site.group][size_band(lesion, BAND_TOPS[:3])]
    enc.coded.append(Coded(code, diagnoses=(getattr(site, field),)))
    enc.story["malignant destruction"] = {
        "lesion": lesion, "margin": margin, "group": site.group, "letter": letter
    }  # fmt: skip


def remove_tags(enc: Encounter, dice: Dice) -> None:
    """Snip irritated skin tags: the first fifteen, then each further ten or part of ten."""
    count = dice.weighted(((dice.whole(2, 14), 0.62), (15, 0.05), (16, 0.05),
                           (dice.whole(17, 34), 0.24), (25, 0.02), (26, 0.02)))  # fmt: skip
    letter, site = lesion_id(enc), dice.pick(("neck", "left axilla", "right axilla"))
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": "skin tags",
            "clinical_behavior": "benign",
            "symptoms": dice.some(("irritation", "bleeding", "catches on clothing"), 2),
            "count_represented": count,
        }
    )
    add_procedure(
        enc, "tag_removal", [letter], site=site, method="snipped with scissors",
        intent="therapeutic", lesions_treated=count,
    )  # fmt: skip
    enc.coded.append(Coded("11200", diagnoses=("L91.8",)))
    if count > 15:
        enc.coded.append(Coded("11201", -(-(count - 15) // 10), diagnoses=("L91.8",)))
    enc.story["tags"] = count


def treat_for_looks(enc: Encounter, dice: Dice) -> None:
    """Freeze keratoses that bother nobody, at the patient's wish; billed so that it is denied."""
    count = dice.whole(2, 12)
    letter, site = lesion_id(enc), dice.pick(("upper back", "chest", "left cheek"))
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": "seborrheic keratosis, not inflamed",
            "clinical_behavior": "benign",
            "symptoms": [],
            "changed": False,
            "count_represented": count,
        }
    )
    add_procedure(
        enc, "destruction", [letter], site=site, method="cryosurgery", intent="cosmetic",
        lesions_treated=count,
    )  # fmt: skip
    enc.more["abn"] = {"kind": "voluntary", "signed": True, "signed_on": enc.dos.isoformat()}
    line = benign_line(count, "L82.1")
    enc.coded.append(Coded(line.code, 1, ("GY",), line.diagnoses))
    enc.story["cosmetic"] = count
    enc.trap = "billed with GY so that it is denied"


def treat_port_wine_stain(enc: Encounter, dice: Dice) -> None:
    """Treat a bleeding port-wine stain with a laser, by its area."""
    area = dice.whole(1, 9)
    letter, site = lesion_id(enc), dice.pick(("left cheek", "chest", "right forearm"))
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": "port-wine stain",
            "clinical_behavior": "benign",
            "symptoms": ["bleeding"],
            "count_represented": 1,
        }
    )
    add_procedure(
        enc, "destruction", [letter], site=site, method="laser", intent="therapeutic",
        lesions_treated=1, area_sq_cm=area,
    )  # fmt: skip
    enc.coded.append(Coded("17106", diagnoses=("Q82.5",)))
    enc.story["port-wine stain"] = area
