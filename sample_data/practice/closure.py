"""What follows the removal of a lesion: layered and complex repairs, flaps and Mohs surgery."""

from datetime import timedelta

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Encounter
from sample_data.practice.sites import EXTREMITIES, FACE, LIMBS_TRUNK, SITES, Site
from sample_data.practice.skin import add_procedure, cm, lesion_id

TRUNK = ("upper back", "lower back", "chest", "abdomen")
HANDS_FEET_NECK = ("left neck", "right hand", "left foot")
FINE = ("nose", "left ear")

#: Repair codes with the greatest length in millimetres of each.
INTERMEDIATE = {
    "body": ((25, "12031"), (75, "12032"), (125, "12034"), (200, "12035")),
    "neck, hands, feet": ((25, "12041"), (75, "12042"), (125, "12044"), (200, "12045")),
    "face": ((25, "12051"), (50, "12052"), (75, "12053"), (125, "12054"), (200, "12055")),
}
COMPLEX = {
    "trunk": ("13100", "13101", "13102"),
    "scalp, arms, legs": ("13120", "13121", "13122"),
    "face, neck, hands, feet": ("13131", "13132", "13133"),
    "nose, ears": ("13151", "13152", "13153"),
}
FLAP = {
    "trunk": ("14000", "14001"),
    "scalp, arms, legs": ("14020", "14021"),
    "face, neck, hands, feet": ("14040", "14041"),
    "nose, ears": ("14060", "14061"),
}
FULL_GRAFT = {
    "trunk": ("15200", "15201"),
    "scalp, arms, legs": ("15220", "15221"),
    "face, neck, hands, feet": ("15240", "15241"),
    "nose, ears": ("15260", "15261"),
}
CRITERIA = ("retention sutures", "debridement of wound edges")


def intermediate_group(site: str) -> str:
    """Return the group in which layered repairs at *site* are counted."""
    if site in HANDS_FEET_NECK:
        return "neck, hands, feet"
    return "face" if group_of(site) == FACE else "body"


def complex_group(site: str) -> str:
    """Return the group in which complex repairs and flaps at *site* are counted."""
    if site in TRUNK:
        return "trunk"
    if site in FINE:
        return "nose, ears"
    return "face, neck, hands, feet" if (
        site in HANDS_FEET_NECK or group_of(site) == FACE
    ) else "scalp, arms, legs"  # fmt: skip


def group_of(site: str) -> str:
    """Return the excision group of the site called *site*."""
    return next((s.group for s in SITES if s.name == site), LIMBS_TRUNK)


def intermediate_code(group: str, millimetres: int) -> str:
    """Return the code of layered repairs of this length in all, in one group."""
    return next(code for top, code in INTERMEDIATE[group] if millimetres <= top)


def complex_lines(group: str, millimetres: int, dx: str) -> list[Coded]:
    """Return the lines of complex repairs of this length in all (from 1.1 cm), in one group."""
    first, second, more = COMPLEX[group]
    if millimetres <= 25:
        return [Coded(first, diagnoses=(dx,))]
    lines = [Coded(second, diagnoses=(dx,))]
    if millimetres > 75:
        lines.append(Coded(more, -(-(millimetres - 75) // 50), diagnoses=(dx,)))
    return lines


def repair(enc: Encounter, dice: Dice, letter: str, site: str, width: int, kind: str) -> int:
    """Add a repair of the defect of lesion *letter* to the record; return its length in mm."""
    stretch = dice.whole(24, 32) if kind == "intermediate" else dice.whole(26, 42)
    length = min(max(width * stretch // 10, 12), 110 if kind == "complex" else 95)
    elements = {
        "closure": kind,
        "length_cm": cm(length),
        "layers": 2,
        "undermining_cm": cm(dice.whole(2, max(2, width // 3))),
        "undermined_entire_edge": False,
        "defect_width_cm": cm(width),
        "complex_criteria": [],
    }
    if kind == "complex":
        if dice.chance(0.7):
            elements["undermining_cm"] = cm(width + dice.whole(0, 5))
            elements["undermined_entire_edge"] = True
        else:
            elements["complex_criteria"] = [dice.pick(CRITERIA)]
            elements["undermining_cm"] = 0
            enc.trap = "one criterion other than undermining makes the repair complex"
    add_procedure(enc, "repair", [letter], site=site, **elements)
    return length


def repair_excisions(enc: Encounter, dice: Dice, kind: str) -> None:
    """Repair every excision of the day with one *kind*; lengths of one group add up."""
    totals: dict[str, list] = {}
    excisions = [p for p in enc.procedures if p["type"] == "excision"]
    for item, facts in zip(excisions, enc.story["excisions"], strict=True):
        item["closure"] = kind
        width = facts["lesion"] + 2 * facts["narrow"]
        length = repair(enc, dice, item["lesion_ids"][0], item["site"], width, kind)
        if facts["series"] == "benign" and width <= 5:
            enc.trap = "a layered repair with a benign excision of 0.5 cm or less is included"
            continue
        group = (intermediate_group if kind == "intermediate" else complex_group)(item["site"])
        totals.setdefault(group, [0, facts["dx"], 0])
        totals[group][0] += length
        totals[group][2] += 1
    lines: list[Coded] = []
    for group, (length, dx, count) in totals.items():
        if count > 1:
            enc.trap = "lengths of one class and group add up"
        if kind == "intermediate":
            lines.append(Coded(intermediate_code(group, length), diagnoses=(dx,)))
        else:
            lines += complex_lines(group, length, dx)
    enc.coded += lines
    enc.story["repair"] = {"kind": kind, "totals": totals}


def flap(enc: Encounter, dice: Dice, site: str, letter: str, width: int, dx: str) -> None:
    """Close a defect with an adjacent flap; its area is that of both defects."""
    primary = (width, width + dice.whole(0, 4))
    secondary = (width + dice.whole(2, 8), width + dice.whole(2, 10))
    area = primary[0] * primary[1] + secondary[0] * secondary[1]
    add_procedure(
        enc, "tissue_transfer", [letter], site=site,
        flap_type=dice.pick(("rotation", "advancement", "rhombic transposition")),
        flap_incisions=True, primary_defect_cm=[cm(x) for x in primary],
        secondary_defect_cm=[cm(x) for x in secondary],
    )  # fmt: skip
    code = FLAP[complex_group(site)][area > 1000]
    enc.coded.append(Coded(code, diagnoses=(dx,)))
    enc.story["flap"] = {"area": area, "code": code, "group": complex_group(site), "width": width}


def graft(enc: Encounter, dice: Dice, site: str, letter: str, dx: str) -> None:
    """Cover a defect with skin of full thickness: the first 20 sq cm, then each further 20."""
    area = dice.weighted(((dice.whole(2, 19), 0.6), (20, 0.1), (dice.whole(21, 36), 0.3)))
    add_procedure(
        enc, "graft", [letter], site=site, graft_type="full thickness", area_sq_cm=area,
    )  # fmt: skip
    first, more = FULL_GRAFT[complex_group(site)]
    enc.coded.append(Coded(first, diagnoses=(dx,)))
    if area > 20:
        enc.coded.append(Coded(more, diagnoses=(dx,)))
    enc.story["graft"] = {"area": area, "more": more, "dx": dx}


MOHS_SITES = tuple(s for s in SITES if s.group in (FACE, EXTREMITIES))
MOHS_SITES_BELOW = tuple(s for s in SITES if s.name in ("upper back", "left lower leg", "chest"))
INDICATIONS = ("high-risk area of the face", "recurrent tumor", "ill-defined borders",
               "aggressive growth pattern")  # fmt: skip


def mohs(enc: Encounter, dice: Dice, site: Site | None = None) -> None:
    """Mohs surgery in one to three stages, then open healing, a repair or a flap."""
    site = site or dice.pick(MOHS_SITES if dice.chance(0.7) else MOHS_SITES_BELOW)
    letter, lesion = lesion_id(enc), dice.whole(5, 16)
    squamous = dice.chance(0.35)
    dx = site.squamous if squamous else site.basal
    label = "squamous cell carcinoma" if squamous else "basal cell carcinoma"
    stages = dice.weighted(((1, 0.52), (2, 0.34), (3, 0.14)))
    blocks = [dice.weighted(((dice.whole(1, 4), 0.78), (5, 0.08), (dice.whole(6, 8), 0.14)))
              for _ in range(stages)]  # fmt: skip
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(lesion),
            "clinical_dx": label,
            "path_behavior": "malignant",
            "path_dx": label,
            "path_pending": False,
            "prior_path_date": (enc.dos - timedelta(days=dice.whole(14, 60))).isoformat(),
        }
    )
    add_procedure(
        enc, "mohs", [letter], site=site.name, indication=dice.pick(INDICATIONS),
        surgeon_is_pathologist=True, deep_structures=[],
        stages=[
            {"blocks": n, "positive": i + 1 < stages, "map_present": True, "histology": True}
            for i, n in enumerate(blocks)
        ],
    )  # fmt: skip
    face = site.group in (FACE, EXTREMITIES)
    first, more = ("17311", "17312") if face else ("17313", "17314")
    enc.coded.append(Coded(first, diagnoses=(dx,)))
    if stages > 1:
        enc.coded.append(Coded(more, stages - 1, diagnoses=(dx,)))
    extra = sum(max(0, n - 5) for n in blocks)
    if extra:
        enc.coded.append(Coded("17315", extra, diagnoses=(dx,)))
    width = lesion + 4 * stages
    after = dice.weighted((("open", 0.34), ("intermediate", 0.22), ("complex", 0.18),
                           ("flap", 0.16), ("graft", 0.10)))  # fmt: skip
    enc.story["mohs"] = {"face": face, "stages": stages, "extra": extra, "after": after,
                         "lesion": lesion, "group": site.group}  # fmt: skip
    if after == "flap":
        flap(enc, dice, site.name, letter, width, dx)
        enc.trap = "a flap after Mohs surgery is separate"
    elif after == "graft":
        graft(enc, dice, site.name, letter, dx)
    elif after != "open":
        length = repair(enc, dice, letter, site.name, width, after)
        if after == "intermediate":
            code = intermediate_code(intermediate_group(site.name), length)
            enc.coded.append(Coded(code, diagnoses=(dx,)))
        else:
            enc.coded += complex_lines(complex_group(site.name), length, dx)


def excise_with_flap(enc: Encounter, dice: Dice) -> None:
    """Excise a skin cancer and close it with a flap, which includes the excision."""
    site = dice.pick([s for s in SITES if s.group == FACE])
    letter, lesion, margin = lesion_id(enc), dice.whole(6, 14), dice.whole(3, 5)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site.name,
            "laterality": site.laterality,
            "diameter_cm": cm(lesion),
            "clinical_dx": "basal cell carcinoma",
            "path_behavior": "malignant",
            "path_dx": "basal cell carcinoma",
            "path_pending": False,
            "prior_path_date": (enc.dos - timedelta(days=dice.whole(14, 60))).isoformat(),
        }
    )
    add_procedure(
        enc, "excision", [letter], site=site.name, depth="full thickness", intent="therapeutic",
        margins_cm=[cm(margin), cm(margin)], measured="pre_excision", closure="complex",
    )  # fmt: skip
    flap(enc, dice, site.name, letter, lesion + 2 * margin, site.basal)
    enc.story["flap"]["excision"] = {"lesion": lesion, "margin": margin, "dx": site.basal}
    enc.trap = "a flap includes the excision"
