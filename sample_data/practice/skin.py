"""Procedures on the skin: each builder adds elements to an encounter and codes them by hand."""

from datetime import timedelta
from typing import Any

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Encounter
from sample_data.practice.sites import (
    EAR,
    EXTREMITIES,
    FACE,
    LIMBS_TRUNK,
    LIP,
    PREMALIGNANT_FIELDS,
    SITES,
    Site,
)

#: Excision codes by series and site group, in order of the size bands below.
EXCISION = {
    ("benign", LIMBS_TRUNK): ("11400", "11401", "11402", "11403", "11404", "11406"),
    ("benign", EXTREMITIES): ("11420", "11421", "11422", "11423", "11424", "11426"),
    ("benign", FACE): ("11440", "11441", "11442", "11443", "11444", "11446"),
    ("malignant", LIMBS_TRUNK): ("11600", "11601", "11602", "11603", "11604", "11606"),
    ("malignant", EXTREMITIES): ("11620", "11621", "11622", "11623", "11624", "11626"),
    ("malignant", FACE): ("11640", "11641", "11642", "11643", "11644", "11646"),
}
#: The largest excised diameter of each band but the last, in millimetres.
BAND_TOPS = (5, 10, 20, 30, 40)

FIRST_BIOPSY = {"tangential": "11102", "punch": "11104", "incisional": "11106"}
NEXT_BIOPSY = {"tangential": "11103", "punch": "11105", "incisional": "11107"}
BIOPSY_RANK = ("incisional", "punch", "tangential")


def cm(millimetres: int) -> float:
    """Return *millimetres* in centimetres, exact to a tenth."""
    return millimetres / 10


def size_band(millimetres: int, tops: tuple[int, ...] = BAND_TOPS) -> int:
    """Return the place of a diameter among the size bands that end at *tops*; 0 is the least."""
    return sum(millimetres > top for top in tops)


def premalignant_lines(count: int) -> list[Coded]:
    """Return the lines for *count* premalignant lesions destroyed."""
    dx = ("L57.0",)
    if count >= 15:
        return [Coded("17004", diagnoses=dx)]
    first = [Coded("17000", diagnoses=dx)]
    return first if count == 1 else [*first, Coded("17003", count - 1, diagnoses=dx)]


def benign_line(count: int, dx: str) -> Coded:
    """Return the line for *count* benign lesions destroyed."""
    return Coded("17110" if count < 15 else "17111", diagnoses=(dx,))


def biopsy_lines(techniques: list[str]) -> list[Coded]:
    """Return the lines for skin biopsies of separate lesions by these techniques."""
    dx = ("D49.2",)
    left = {name: techniques.count(name) for name in BIOPSY_RANK}
    top = next(name for name in BIOPSY_RANK if left[name])
    left[top] -= 1
    more = [Coded(NEXT_BIOPSY[name], left[name], diagnoses=dx) for name in BIOPSY_RANK]
    return [Coded(FIRST_BIOPSY[top], diagnoses=dx), *(line for line in more if line.units)]


def lesion_id(enc: Encounter) -> str:
    """Return the next lesion's letter."""
    return "ABCDEFGHIJKLMNOP"[len(enc.lesions)]


def add_procedure(enc: Encounter, kind: str, lesions: list[str], **elements: Any) -> None:
    """Add a procedure of *kind* on *lesions* to the record."""
    number = f"P{len(enc.procedures) + 1}"
    enc.procedures.append({"procedure_id": number, "type": kind, "lesion_ids": lesions, **elements})


def destroy_premalignant(enc: Encounter, dice: Dice) -> None:
    """Freeze actinic keratoses, sometimes in two fields that add up."""
    count = dice.weighted(((1, 0.13), (dice.whole(2, 5), 0.36), (dice.whole(6, 14), 0.34),
                           (dice.whole(15, 26), 0.15), (14, 0.01), (15, 0.01)))  # fmt: skip
    method = dice.pick(("cryosurgery", "cryosurgery", "cryosurgery", "curettage"))
    fields = dice.some(PREMALIGNANT_FIELDS, 2 if count >= 4 and dice.chance(0.3) else 1)
    shares = [count] if len(fields) == 1 else [(share := dice.whole(1, count - 1)), count - share]
    for site, share in zip(fields, shares, strict=True):
        letter = lesion_id(enc)
        enc.lesions.append(
            {
                "lesion_id": letter,
                "site": site,
                "clinical_dx": "actinic keratosis",
                "clinical_behavior": "premalignant",
                "count_represented": share,
            }
        )
        add_procedure(
            enc, "destruction", [letter], site=site, method=method, intent="therapeutic",
            lesions_treated=share,
        )  # fmt: skip
    if len(fields) == 2:
        enc.trap = "counts in two fields add up"
    enc.coded += premalignant_lines(count)
    enc.story["premalignant"] = count


def destroy_one_premalignant(enc: Encounter, dice: Dice) -> None:
    """Freeze a single actinic keratosis while another procedure's global period runs."""
    site = dice.pick(("nose", "left cheek", "right cheek", "forehead"))
    letter = lesion_id(enc)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": "actinic keratosis",
            "clinical_behavior": "premalignant",
            "count_represented": 1,
        }
    )
    add_procedure(
        enc, "destruction", [letter], site=site, method="cryosurgery", intent="therapeutic",
        lesions_treated=1,
    )  # fmt: skip
    enc.coded.append(Coded("17000", 1, ("79",), ("L57.0",)))
    enc.story["premalignant"] = 1
    enc.trap = "unrelated to the procedure whose global period runs"


BENIGN_LESIONS = (
    ("wart", "B07.8", ("right hand", "left hand", "right index finger"), ("pain", "spreading")),
    ("plantar wart", "B07.0", ("right foot", "left foot"), ("pain",)),
    ("molluscum", "B08.1", ("abdomen", "right thigh", "left upper arm"), ("itching", "spreading")),
    ("inflamed seborrheic keratosis", "L82.0", ("upper back", "lower back", "chest"),
     ("itching", "bleeding", "catches on clothing")),
)  # fmt: skip


def destroy_benign(enc: Encounter, dice: Dice) -> None:
    """Freeze warts, molluscum or inflamed keratoses, always with a reason documented."""
    age = enc.patient.age(enc.dos)
    kinds = BENIGN_LESIONS[3:] if age > 45 else BENIGN_LESIONS[:3]
    label, dx, sites, reasons = dice.pick(kinds)
    count = dice.weighted(((dice.whole(1, 6), 0.66), (dice.whole(7, 13), 0.18), (14, 0.04),
                           (15, 0.02), (dice.whole(16, 24), 0.10)))  # fmt: skip
    site, symptoms = dice.pick(sites), dice.some(reasons, dice.whole(1, len(reasons)))
    letter = lesion_id(enc)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": label,
            "clinical_behavior": "benign",
            "symptoms": symptoms,
            "count_represented": count,
        }
    )
    add_procedure(
        enc, "destruction", [letter], site=site, method="cryosurgery", intent="therapeutic",
        lesions_treated=count,
    )  # fmt: skip
    enc.coded.append(benign_line(count, dx))
    enc.story["benign"] = (count, dx)


def add_biopsy(enc: Encounter, dice: Dice, site: Site, technique: str) -> None:
    """Add one diagnostic biopsy with its specimen to the record."""
    letter = lesion_id(enc)
    suspicion = dice.pick(
        ("rule out basal cell carcinoma", "rule out squamous cell carcinoma",
         "rule out atypical nevus", "neoplasm of uncertain nature")
    )  # fmt: skip
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(dice.whole(3, 12)),
            "clinical_dx": suspicion,
            "clinical_behavior": "unspecified",
            "path_pending": True,
        }
    )
    add_procedure(
        enc, "biopsy", [letter], site=site.name, technique=technique, intent="diagnostic",
    )  # fmt: skip
    enc.specimens.append({"specimen_id": f"S{len(enc.specimens) + 1}", "lesion_id": letter,
                          "containers": 1, "fragments": 1})  # fmt: skip


def biopsy(enc: Encounter, dice: Dice) -> None:
    """Biopsy one to four lesions, now and then one at a site with a code of its own."""
    special = dice.weighted(((None, 0.93), (EAR, 0.045), (LIP, 0.025)))
    if special is not None:
        technique = "tangential" if special is EAR else "punch"
        add_biopsy(enc, dice, special, technique)
        code, dx = ("69100", "D49.2") if special is EAR else ("40490", "D49.0")
        enc.coded.append(Coded(code, diagnoses=(dx,)))
        enc.story["special biopsy"] = (code, technique)
        return
    techniques = [
        dice.weighted((("tangential", 0.66), ("punch", 0.28), ("incisional", 0.06)))
        for _ in range(dice.weighted(((1, 0.62), (2, 0.26), (3, 0.09), (4, 0.03))))
    ]
    sites = dice.some(SITES, len(techniques))
    enc.story["biopsy sites"] = sites
    for site, technique in zip(sites, techniques, strict=True):
        add_biopsy(enc, dice, site, technique)
    enc.coded += biopsy_lines(techniques)
    enc.story["biopsies"] = techniques
    if len(set(techniques)) == 3:
        enc.trap = "three techniques, one first code"


#: Why a benign lesion had to go, as documented.
REASONS = ("bleeding", "pain", "itching", "inflammation", "recent enlargement")

#: What came back: label, behaviour, which diagnosis of the site, weight, possible trap.
MALIGNANT_FINDS = (
    ("basal cell carcinoma", "malignant", "basal", 0.46, ""),
    ("squamous cell carcinoma", "malignant", "squamous", 0.30, ""),
    ("squamous cell carcinoma in situ", "in_situ", "squamous_in_situ", 0.16,
     "in situ belongs to the malignant series"),
    ("melanoma in situ", "in_situ", "melanoma_in_situ", 0.08,
     "in situ belongs to the malignant series"),
)  # fmt: skip
BENIGN_FINDS = (
    ("dysplastic nevus, severe atypia", "benign", "nevus", 0.30,
     "a dysplastic nevus is not malignant"),
    ("intradermal nevus", "benign", "nevus", 0.30, ""),
    ("dermatofibroma", "benign", "other_benign", 0.20, ""),
    ("epidermal cyst", "benign", "L72.0", 0.34, ""),
)  # fmt: skip


def excise(enc: Encounter, dice: Dice, malignant: bool, site: Site | None = None) -> None:
    """Excise one lesion to full thickness, with simple closure."""
    site = site or dice.pick(SITES)
    finds = MALIGNANT_FINDS if malignant else BENIGN_FINDS
    label, behavior, field, trap = dice.weighted(
        [((label, behavior, field, trap), weight) for label, behavior, field, weight, trap in finds]
    )
    dx = getattr(site, field, field)
    if malignant:
        lesion = dice.whole(4, 32 if dice.chance(0.2) else 20)
    else:
        lesion = dice.whole(2, dice.pick((3, 16, 16, 16)))
    narrow = dice.whole(2, 5) if malignant else 1
    wide = narrow + (dice.whole(1, 3) if dice.chance(0.25) else 0)
    excised = lesion + 2 * narrow
    series = "malignant" if malignant else "benign"
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
        }
    )
    if malignant:
        enc.lesions[-1]["prior_path_date"] = (
            enc.dos - timedelta(days=dice.whole(12, 19))
        ).isoformat()
    else:
        enc.lesions[-1]["symptoms"] = [dice.pick(REASONS)]
    specimen = excised + dice.whole(6, 14)
    margins = [wide, narrow] if dice.chance(0.5) else [narrow, wide]
    add_procedure(
        enc, "excision", [letter], site=site.name, depth="full thickness", intent="therapeutic",
        margins_cm=[cm(margin) for margin in margins], measured="pre_excision",
        specimen_length_cm=cm(specimen), closure="simple",
    )  # fmt: skip
    enc.specimens.append({"specimen_id": f"S{len(enc.specimens) + 1}", "lesion_id": letter,
                          "containers": 1, "fragments": 1, "path_dx": label})  # fmt: skip
    enc.coded.append(Coded(EXCISION[series, site.group][size_band(excised)], diagnoses=(dx,)))
    enc.story.setdefault("excisions", []).append(
        {"series": series, "group": site.group, "lesion": lesion, "narrow": narrow, "wide": wide,
         "specimen": specimen, "dx": dx, "label": label, "site": site}
    )  # fmt: skip
    if excised in BAND_TOPS:
        enc.trap = "the excised diameter is exactly on a band's edge"
    enc.trap = trap or enc.trap


def excise_again(enc: Encounter, dice: Dice, before: dict[str, Any]) -> None:
    """Excise the site of an excision of days ago once more, because a margin was positive."""
    site = before["site"]
    remnant, margin = before["lesion"] + dice.whole(2, 6), dice.whole(3, 5)
    clear = dice.chance(0.3)
    label = "scar, no residual carcinoma" if clear else f"residual {before['label']}"
    enc.lesions.append(
        {
            "lesion_id": lesion_id(enc),
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(remnant),
            "clinical_dx": f"{before['label']}, positive margin",
            "path_behavior": "benign" if clear else "malignant",
            "path_dx": label,
            "path_pending": False,
            "prior_path_date": (enc.dos - timedelta(days=2)).isoformat(),
        }
    )
    add_procedure(
        enc, "excision", [enc.lesions[-1]["lesion_id"]], site=site.name, depth="full thickness",
        intent="therapeutic", margins_cm=[cm(margin), cm(margin)], measured="pre_excision",
        specimen_length_cm=cm(remnant + 2 * margin + 8), closure="simple", re_excision=True,
    )  # fmt: skip
    code = EXCISION["malignant", site.group][size_band(remnant + 2 * margin)]
    enc.coded.append(Coded(code, 1, ("58",), (before["dx"],)))
    enc.story["again"] = {"label": before["label"]}
    enc.trap = "no residue, yet the re-excision of a malignancy" if clear else "staged, with 58"
