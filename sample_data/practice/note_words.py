"""The words of a note for each lesion, procedure and drug, varied by chance."""

from collections.abc import Callable

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Element, Encounter

PLURALS = {
    "actinic keratosis": "actinic keratoses",
    "inflamed seborrheic keratosis": "inflamed seborrheic keratoses",
    "seborrheic keratosis": "seborrheic keratoses",
    "seborrheic keratosis, not inflamed": "seborrheic keratoses, not inflamed",
    "patch of alopecia areata": "patches of alopecia areata",
    "thick plaque of psoriasis": "thick plaques of psoriasis",
    "abscess": "abscesses",
    "callus": "calluses",
    "molluscum": "molluscum",
    "skin tags": "skin tags",
}


def place(site: str) -> str:
    """Return the site with its article."""
    return site if site.startswith("both ") else f"the {site}"


def several(number: int, what: str) -> str:
    """Return *number* with the right form of *what*."""
    if number == 1:
        return f"1 {what.removesuffix('s') if what == 'skin tags' else what}"
    return f"{number} {PLURALS.get(what, what + 's')}"


def lesion_text(lesion: Element, dice: Dice) -> str:
    """Return one lesion, or group of lesions, in words."""
    site, what = lesion["site"], lesion["clinical_dx"]
    why = f", {' and '.join(lesion['symptoms'])}" if lesion.get("symptoms") else ""
    if "path_dx" in lesion:
        look = dice.pick(("scar of biopsy", "lesion", "marked lesion"))
        return f"{site}: {look}, {lesion['diameter_cm']} cm across{why}."
    if lesion.get("path_pending"):
        look = dice.pick(("irregular papule", "pearly papule", "dark macule"))
        return f"{site}: {look}, {lesion['diameter_cm']} cm across, {what}."
    number = lesion["count_represented"]
    if number is None:
        many = PLURALS.get(what, what + "s")
        return dice.pick((f"several {many} on {place(site)}.", f"{site} with scattered {many}."))
    verb = dice.pick(("with", "patient reports"))
    tail = f", {verb} {' and '.join(lesion['symptoms'])}" if lesion.get("symptoms") else ""
    return f"{several(number, what)} on {place(site)}{tail}."


def procedure_text(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return one procedure in words."""
    return WORDS[item["type"]](enc, item, dice)


def destruction(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a destruction in words, without a number where the note has none."""
    number = item["lesions_treated"]
    what = next(x["clinical_dx"] for x in enc.lesions if x["lesion_id"] in item["lesion_ids"])
    site = item["site"]
    if "area_sq_cm" in item:
        return f"{what}, {site}: laser over {item['area_sq_cm']} sq cm."
    if "margins_cm" in item:
        return (
            f"{what}, {site}: curetted and cauterized in three passes, with {item['margins_cm'][0]}"
            " cm of normal skin around it."
        )
    how = {"cryosurgery": "liquid nitrogen", "curettage": "curette after numbing"}[item["method"]]
    counted = "lesions" if number is None else f"{number} lesion{'s' if number > 1 else ''}"
    return dice.pick(
        (
            f"{counted} ({what}) of {place(site)} treated with {how}. Tolerated well.",
            f"{how} to {counted} on {place(site)}, {what}. Aftercare explained.",
            f"{what}, {site}: {counted} destroyed with {how}.",
        )
    )


def biopsy(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a biopsy in words."""
    tool = {
        "tangential": ("flexible blade, shaved into the dermis", "shave sample with a blade"),
        "punch": ("4 mm punch to fat, one suture", "3 mm punch through the full skin"),
        "incisional": ("wedge taken with a scalpel, edges sutured", "scalpel wedge to fat"),
    }[item["technique"]]
    sent = dice.pick(("sent to pathology", "specimen labeled and sent", "to the lab in formalin"))
    return (
        f"{item['technique']} biopsy of {place(item['site'])} for diagnosis after lidocaine: "
        f"{dice.pick(tool)}; {dice.pick(('aluminum chloride', 'light cautery', 'pressure'))}; "
        f"{sent}."
    )


def excision(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return an excision in words, with margins where the note has them."""
    margins = item["margins_cm"]
    if margins is None:
        edge = "with a rim of normal skin"
    elif margins[0] == margins[1]:
        edge = f"with margins of {margins[0]} cm all around, marked before the cut"
    else:
        edge = f"with margins of {margins[0]} and {margins[1]} cm, marked before the cut"
    shape = dice.pick(("as an ellipse", "in a fusiform shape"))
    text = f"{item['site']} lesion cut out {shape} {edge}, down to fat."
    if "specimen_length_cm" in item:
        text += f" Specimen {item['specimen_length_cm']} cm long."
    if item["closure"] == "simple":
        text += f" {dice.pick(('Closed in one layer with nylon', 'Single layer of sutures'))}."
    return text


def repair(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a repair in words."""
    site, length = item["site"], item["length_cm"]
    if item["layers"] == 1:
        return f"wound of {place(site)} closed in a single layer of nylon, {length} cm."
    text = f"wound of {place(site)} closed in layers, deep absorbable and skin sutures, {length} cm"
    if item["undermined_entire_edge"]:
        text += (
            f", after undermining of {item['undermining_cm']} cm along a whole edge of a defect "
            f"{item['defect_width_cm']} cm wide"
        )
    if item.get("flap_incisions") is False:
        text += ", no further incisions"
    return text + "".join(f", {found}" for found in item["complex_criteria"]) + "."


def transfer(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a flap in words."""
    (a, b), (c, d) = item["primary_defect_cm"], item["secondary_defect_cm"]
    return (
        f"{item['flap_type']} flap to {place(item['site'])}, incised, raised and turned in; defect "
        f"{a} x {b} cm, flap {c} x {d} cm."
    )


def graft(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a graft in words."""
    return (
        f"defect of {place(item['site'])} covered with a {item['graft_type']} skin graft from "
        f"behind the ear, {item['area_sq_cm']} sq cm."
    )


def mohs(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return Mohs surgery in words."""
    stages = "; ".join(
        f"stage {n}: {stage['blocks']} block{'s' if stage['blocks'] > 1 else ''}, mapped and "
        f"inked, {'tumor at the edge' if stage['positive'] else 'clear'}"
        for n, stage in enumerate(item["stages"], start=1)
    )
    who = "read by me" if item["surgeon_is_pathologist"] else "read by the pathology department"
    return f"Mohs surgery of {place(item['site'])} ({item['indication']}). {stages}. Slides {who}."


def shave(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a shave removal in words."""
    return f"{item['site']} nevus shaved off level with the skin, removed entirely, no sutures."


def injection(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return an injection into lesions in words."""
    return f"{item['lesions_treated']} lesions of {place(item['site'])} injected."


def tag_removal(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return the removal of skin tags in words."""
    return f"{item['lesions_treated']} tags of {place(item['site'])} snipped off."


def drainage(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return the opening of an abscess in words."""
    packed = "loculations broken up, packed" if item["complicated"] else "pus expressed"
    return (
        f"{several(item['lesions_treated'], 'abscess')} of {place(item['site'])} opened, {packed}."
    )


def nail(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return the care of nails in words."""
    if item["technique"].startswith("avulsion"):
        for_good = ", root treated with phenol" if "matrix" in item["technique"] else ""
        return f"nail of {place(item['site'])} taken off after a block{for_good}."
    return f"{item['nails']} thick, crumbling toenails ground down."


def paring(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return the paring of calluses in words."""
    return f"{several(item['lesions_treated'], 'callus')} of {place(item['site'])} pared."


def phototherapy(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a light treatment in words."""
    if "area_sq_cm" in item:
        return f"{item['method']} to {item['area_sq_cm']} sq cm of psoriasis."
    return f"{item['method']}, {item['minutes']} minutes in the booth."


def photodynamic(enc: Encounter, item: Element, dice: Dice) -> str:
    """Return a photodynamic treatment in words."""
    before = "scraped first, then " if item["debridement"] else ""
    who = {"physician": "me", "npp": "me", "staff": "the nurse"}[item["applied_by"]]
    return f"{item['site']} {before}painted with acid and lit, both by {who}."


def drug_text(drug: Element) -> str:
    """Return a drug in words."""
    if "mg_administered" not in drug:
        return f"Drug: {drug['name']}, one stick used."
    text = f"Drug: {drug['name']} {drug['mg_administered']} mg"
    vial = "single-dose" if drug["container"] == "SDV" else "multi-dose"
    text += f", {drug['concentration_mg_ml']} mg/mL from a {vial} vial"
    return text + (f", {drug['wasted_mg']} mg discarded." if drug["waste_documented"] else ".")


WORDS: dict[str, Callable[[Encounter, Element, Dice], str]] = {
    "destruction": destruction,
    "biopsy": biopsy,
    "excision": excision,
    "repair": repair,
    "tissue_transfer": transfer,
    "mohs": mohs,
    "graft": graft,
    "shave_removal": shave,
    "injection": injection,
    "tag_removal": tag_removal,
    "incision_drainage": drainage,
    "nail": nail,
    "paring": paring,
    "phototherapy": phototherapy,
    "photodynamic": photodynamic,
}
