"""Injections, abscesses, feet, light treatments and slides read in the practice."""

from dataclasses import replace

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Coded, Encounter
from sample_data.practice.skin import add_procedure, lesion_id


def add_lesion(enc: Encounter, site: str, what: str, count: int, behavior: str = "benign") -> str:
    """Add a group of *count* alike lesions to the record and return its letter."""
    letter = lesion_id(enc)
    enc.lesions.append(
        {
            "lesion_id": letter,
            "site": site,
            "clinical_dx": what,
            "clinical_behavior": behavior,
            "count_represented": count,
        }
    )
    return letter


INJECTED = (
    ("keloid", "L91.0", ("chest", "left shoulder")),
    ("patch of alopecia areata", "L63.9", ("scalp",)),
    ("cystic acne lesion", "L70.0", ("left cheek", "upper back")),
    ("thick plaque of psoriasis", "L40.0", ("left lower leg", "scalp")),
)


def inject(enc: Encounter, dice: Dice) -> None:
    """Inject triamcinolone into lesions, from a multi-dose vial or, for Medicare, a single one."""
    what, dx, sites = dice.pick(INJECTED)
    count = dice.weighted(
        ((dice.whole(1, 6), 0.7), (7, 0.08), (8, 0.06), (dice.whole(9, 14), 0.16))
    )
    site = dice.pick(sites)
    letter = add_lesion(enc, site, what, count)
    enc.lesions[-1]["symptoms"] = [dice.pick(("itching", "pain"))]
    add_procedure(
        enc, "injection", [letter], site=site, technique="intralesional", intent="therapeutic",
        lesions_treated=count,
    )  # fmt: skip
    enc.coded.append(Coded("11900" if count < 8 else "11901", diagnoses=(dx,)))
    single = enc.medicare and dice.chance(0.6)
    used = dice.pick((10, 20, 30, 40)) if single else dice.whole(4, 40)
    wasted = 40 - used if single else 0
    strength = 40 if single else 10
    enc.drugs.append(
        {
            "hcpcs": "J3301",
            "name": "triamcinolone acetonide",
            "mg_administered": used,
            "concentration_mg_ml": strength,
            "volume_ml": round(used / strength, 2),
            "container": "SDV" if single else "MDV",
            "wasted_mg": wasted,
            "waste_documented": wasted > 0,
            "route": "intralesional",
        }
    )
    given = -(-used // 10)
    if not single:
        enc.coded.append(Coded("J3301", given, (), (dx,)))
    elif wasted:
        enc.coded.append(Coded("J3301", given, (), (dx,)))
        enc.coded.append(Coded("J3301", wasted // 10, ("JW",), (dx,)))
    else:
        enc.coded.append(Coded("J3301", given, ("JZ",), (dx,)))
    enc.story["injection"] = {"count": count, "mg": used, "single": single, "dx": dx}


ABSCESSES = (("upper back", "L02.212"), ("right axilla", "L02.411"), ("left thigh", "L02.416"))


def drain(enc: Encounter, dice: Dice) -> None:
    """Open one simple abscess, or a complicated one, or several."""
    site, dx = dice.pick(ABSCESSES)
    count, complicated = dice.weighted((((1, False), 0.62), ((1, True), 0.23), ((2, False), 0.15)))
    letter = add_lesion(enc, site, "abscess", count)
    enc.lesions[-1]["symptoms"] = ["pain"]
    add_procedure(
        enc, "incision_drainage", [letter], site=site, intent="therapeutic",
        lesions_treated=count, complicated=complicated,
    )  # fmt: skip
    enc.coded.append(Coded("10061" if complicated or count > 1 else "10060", diagnoses=(dx,)))
    enc.story["abscess"] = (count, complicated)


CLASS_B = ("B: absent dorsalis pedis pulse", "B: advanced trophic changes")


def care_for_feet(enc: Encounter, dice: Dice) -> None:
    """Trim thick nails or pare calluses of a patient whose systemic disease makes it covered."""
    dx = dice.pick(("E11.42", "E11.51"))
    enc.more["class_findings"] = list(CLASS_B)
    enc.more["systemic_condition"] = dx
    enc.more["last_seen_treating_md"] = enc.dos.replace(day=1).isoformat()
    if dice.chance(0.55):
        nails = dice.weighted(((dice.whole(2, 4), 0.3), (5, 0.15), (6, 0.15), (10, 0.4)))
        add_procedure(
            enc, "nail", [], site="toes", technique="debridement", nails=nails, dystrophic=True,
            debridement=True,
        )  # fmt: skip
        enc.coded.append(Coded("11720" if nails < 6 else "11721", 1, ("Q8",), ("B35.1", dx)))
        enc.story["nails"] = nails
        return
    count = dice.weighted(((1, 0.2), (2, 0.2), (dice.whole(3, 4), 0.35), (dice.whole(5, 8), 0.25)))
    site = dice.pick(("left foot", "right foot"))
    letter = add_lesion(enc, site, "callus", count)
    add_procedure(enc, "paring", [letter], site=site, lesions_treated=count)
    code = "11055" if count == 1 else "11056" if count < 5 else "11057"
    enc.coded.append(Coded(code, 1, ("Q8",), ("L84", dx)))
    enc.story["calluses"] = count


def remove_nail(enc: Encounter, dice: Dice) -> None:
    """Take off an ingrown great toenail, for now or for good."""
    side, toe = dice.pick((("left", "TA"), ("right", "T5")))
    for_good = dice.chance(0.4)
    add_procedure(
        enc, "nail", [], site=f"{side} great toe", nails=1,
        technique="avulsion with matrixectomy" if for_good else "avulsion",
    )  # fmt: skip
    enc.coded.append(Coded("11750" if for_good else "11730", 1, (toe,), ("L60.0",)))
    enc.story["ingrown"] = for_good


def give_light(enc: Encounter, dice: Dice) -> None:
    """Treat psoriasis with ultraviolet light, whole-body or by laser."""
    if dice.chance(0.65):
        ointment = dice.chance(0.6)
        add_procedure(
            enc, "phototherapy", [], site="trunk", intent="therapeutic",
            method="narrowband UVB with petrolatum" if ointment else "narrowband UVB",
            indication="psoriasis, topical steroids failed", minutes=dice.whole(3, 12),
            applied_by="staff",
        )  # fmt: skip
        enc.coded.append(Coded("96910" if ointment else "96900", diagnoses=("L40.0",)))
        enc.story["light"] = ointment
        return
    area = dice.weighted(((dice.whole(40, 249), 0.6), (250, 0.06), (dice.whole(251, 500), 0.24),
                          (dice.whole(501, 700), 0.1)))  # fmt: skip
    add_procedure(
        enc, "phototherapy", [], site="trunk", intent="therapeutic", method="excimer laser",
        indication="psoriasis, topical steroids failed", area_sq_cm=area, applied_by="physician",
    )  # fmt: skip
    code = "96920" if area < 250 else "96921" if area <= 500 else "96922"
    enc.coded.append(Coded(code, diagnoses=("L40.0",)))
    enc.story["laser"] = area


def give_photodynamic(enc: Encounter, dice: Dice) -> None:
    """Treat a field of actinic keratoses with aminolevulinic acid and light."""
    who = "npp" if enc.assistant else "physician"
    by, scraped = dice.weighted(
        (((who, False), 0.45), ((who, True), 0.25), (("staff", False), 0.3))
    )
    site = dice.pick(("face", "scalp"))
    letter = add_lesion(enc, site, "actinic keratosis", 1, "premalignant")
    add_procedure(
        enc, "photodynamic", [letter], site=site, applied_by=by, illuminated_by=by,
        debridement=scraped, intent="therapeutic",
    )  # fmt: skip
    enc.drugs.append(
        {
            "hcpcs": "J7308",
            "name": "aminolevulinic acid 20 %",
            "units_used": 1,
            "container": "SDV",
            "wasted_mg": 0,
            "waste_documented": False,
            "route": "topical",
        }
    )
    code = "96567" if by == "staff" else "96574" if scraped else "96573"
    enc.coded.append(Coded(code, diagnoses=("L57.0",)))
    enc.coded.append(Coded("J7308", 1, ("JZ",) if enc.medicare else (), ("L57.0",)))
    enc.story["photodynamic"] = {"by": by, "scraped": scraped, "who": who}


#: What the practice's own slides showed: words, behaviour, diagnosis field or code.
SLIDE_FINDS = (
    ("basal cell carcinoma", "malignant", "basal", 0.3),
    ("squamous cell carcinoma in situ", "in_situ", "squamous_in_situ", 0.15),
    ("intradermal nevus", "benign", "nevus", 0.35),
    ("seborrheic keratosis", "benign", "L82.1", 0.2),
)


def read_slide(enc: Encounter, dice: Dice) -> None:
    """Read the slide of the day's only biopsy in the practice, so that its diagnosis is known.

    A special stain is done for a few, for a reason that the record gives.
    """
    label, behavior, field = dice.weighted([(find[:3], find[3]) for find in SLIDE_FINDS])
    lesion, specimen, site = enc.lesions[0], enc.specimens[0], enc.story["biopsy sites"][0]
    dx = getattr(site, field, field)
    outside = dice.chance(0.5)
    lesion |= {"path_behavior": behavior, "path_dx": label, "path_pending": False}
    specimen |= {
        "path_dx": label,
        "read_by": "rendering",
        "technical_by": "outside_lab" if outside else "practice",
    }
    if dice.chance(0.35):
        specimen["fragments"] = dice.whole(2, 3)
        enc.trap = "two pieces in one container are one specimen"
    enc.coded = [replace(line, diagnoses=(dx,)) for line in enc.coded]
    enc.coded.append(Coded("88305", 1, ("26",) if outside else (), (dx,)))
    enc.story["slide"] = {"outside": outside, "dx": dx}
    if not outside and label == "seborrheic keratosis" and dice.chance(0.4):
        specimen |= {"stains": ["PAS"], "stain_reason": "hyphae suspected in the horny layer"}
        enc.coded.append(Coded("88312", 1, (), (dx,)))
        enc.trap = "a special stain with a reason"


def read_excision(enc: Encounter, dice: Dice) -> None:
    """Read the slide of a benign excision in the practice; a cyst takes a lower level."""
    cyst = enc.story["excisions"][0]["label"] == "epidermal cyst"
    enc.specimens[0] |= {"read_by": "rendering", "technical_by": "practice"}
    dx = enc.story["excisions"][0]["dx"]
    enc.coded.append(Coded("88304" if cyst else "88305", 1, (), (dx,)))
    enc.story["excision slide"] = "88304" if cyst else "88305"
