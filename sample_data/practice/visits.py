"""Clinical scenes of evaluation and management, each with the level that it supports.

The level of every scene was set by hand from the facts beside it (two of three: problems, data,
risk); no function computes it. Counts not named are zero; risk None means none documented.
"""

from dataclasses import dataclass

STRAIGHTFORWARD, LOW, MODERATE, HIGH = 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem of the visit: its label, diagnosis, status, and what was found and planned."""

    label: str
    icd10: str
    status: str
    finding: str
    plan: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit scene and the level (2 to 5) that it supports."""

    name: str
    level: int
    complaints: tuple[Complaint, ...]
    risk: str
    ordered: int = 0
    reviewed: int = 0
    notes: int = 0
    historian: bool = False
    ages: tuple[int, int] = (18, 95)
    trap: str = ""


IRRITANT = Complaint(
    "mild irritant dermatitis, resolving",
    "L24.9",
    "self_limited",
    "faint dry erythema of the knuckles, nearly clear",
    "bland emollient after washing",
)
NEVUS = Complaint(
    "benign-appearing nevus",
    "D22.5",
    "self_limited",
    "even brown 4 mm macule of the back, regular under the dermatoscope",
    "reassured, no treatment",
)
KERATOSIS = Complaint(
    "seborrheic keratoses, not inflamed",
    "L82.1",
    "self_limited",
    "scattered waxy stuck-on papules of the trunk",
    "reassured, no treatment needed",
)
DRY_SKIN = Complaint(
    "dry skin",
    "L85.3",
    "self_limited",
    "fine scale of the shins",
    "ceramide cream twice a day",
)
RESOLVING_CONTACT = Complaint(
    "contact dermatitis, nearly clear",
    "L25.9",
    "self_limited",
    "two fading pink patches of the wrist",
    "finish the triamcinolone cream already in use",
)
ACNE_OTC = Complaint(
    "acne, at goal",
    "L70.0",
    "stable_chronic",
    "few comedones, no new lesions since the last visit",
    "continue benzoyl peroxide wash",
)
ACNE_STABLE = Complaint(
    "acne, at goal on tretinoin",
    "L70.0",
    "stable_chronic",
    "skin clear but for two comedones",
    "tretinoin cream refilled",
)
ACNE_FLARE = Complaint(
    "acne, not at goal",
    "L70.0",
    "chronic_exacerbation",
    "inflamed papules and pustules of both cheeks, more than last time",
    "start doxycycline 100 mg daily and adapalene gel",
)
PSORIASIS_STABLE = Complaint(
    "plaque psoriasis, at goal",
    "L40.0",
    "stable_chronic",
    "thin plaques of the elbows, one percent of the body",
    "calcipotriene cream refilled",
)
PSORIASIS_FLARE = Complaint(
    "plaque psoriasis, flaring",
    "L40.0",
    "chronic_exacerbation",
    "new scaly plaques of the trunk and knees, eight percent of the body",
    "change to betamethasone with calcipotriene; apremilast started",
)
PSORIASIS_SEVERE = Complaint(
    "severe plaque psoriasis, widespread flare",
    "L40.0",
    "chronic_severe",
    "confluent plaques of thirty percent of the body with fissures",
    "methotrexate continued; blood count and liver panel every eight weeks to watch for toxicity",
)
PSORIASIS_METHOTREXATE = Complaint(
    "plaque psoriasis, at goal on methotrexate",
    "L40.0",
    "stable_chronic",
    "skin clear",
    "methotrexate continued; blood count, liver and kidney panels ordered to watch for toxicity",
)
SEBORRHEIC = Complaint(
    "seborrheic dermatitis, stable",
    "L21.9",
    "stable_chronic",
    "light scale of the brows and beard",
    "continue zinc shampoo from the pharmacy shelf",
)
SEBORRHEIC_RX = Complaint(
    "seborrheic dermatitis, stable",
    "L21.9",
    "stable_chronic",
    "light scale of the scalp",
    "ketoconazole shampoo refilled",
)
ROSACEA = Complaint(
    "rosacea, stable",
    "L71.8",
    "stable_chronic",
    "mild flush of the cheeks, no papules",
    "metronidazole gel refilled",
)
ROSACEA_FLARE = Complaint(
    "rosacea, worse since spring",
    "L71.8",
    "chronic_exacerbation",
    "many papules of the nose and cheeks",
    "ivermectin cream started",
)
ATOPIC_FLARE = Complaint(
    "atopic dermatitis, flaring",
    "L20.89",
    "chronic_exacerbation",
    "weeping patches of both elbow folds, sleep disturbed",
    "clobetasol ointment for two weeks, then tacrolimus ointment",
)
ATOPIC_STABLE = Complaint(
    "atopic dermatitis, controlled",
    "L20.89",
    "stable_chronic",
    "elbow folds clear",
    "triamcinolone ointment refilled for use at need",
)
TINEA = Complaint(
    "ringworm of the trunk, new",
    "B35.4",
    "acute_uncomplicated",
    "two annular scaly patches of the flank",
    "terbinafine tablets for two weeks",
)
PLANT_RASH = Complaint(
    "poison ivy rash, new",
    "L23.7",
    "acute_uncomplicated",
    "linear blisters of both forearms",
    "prednisone taper prescribed",
)
HAIR_LOSS_STABLE = Complaint(
    "alopecia areata, stable",
    "L63.9",
    "stable_chronic",
    "single smooth patch with regrowth",
    "clobetasol solution refilled; three blood tests ordered",
)
HAIR_LOSS_NEW = Complaint(
    "hair loss of unclear cause",
    "L65.9",
    "undiagnosed_new",
    "diffuse thinning with some scarring near the crown",
    "ferritin and thyroid tests ordered; doxycycline begun meanwhile",
)
HIDRADENITIS = Complaint(
    "hidradenitis, flaring",
    "L73.2",
    "chronic_exacerbation",
    "draining nodules of both armpits",
    "clindamycin with rifampin started",
)
LUPUS_RASH = Complaint(
    "cutaneous lupus, more active",
    "L93.0",
    "chronic_exacerbation",
    "new discoid plaques of the ears",
    "sun avoidance reviewed; three blood tests ordered",
)
SUN_DAMAGE = Complaint(
    "chronic sun damage",
    "L57.8",
    "stable_chronic",
    "dyspigmentation of the forearms, nothing suspicious",
    "sunscreen every day, check in a year",
)
URTICARIA = Complaint(
    "hives for ten weeks, not controlled",
    "L50.8",
    "chronic_exacerbation",
    "wheals of the trunk and thighs",
    "cetirizine raised to four times a day; montelukast added",
)
PEMPHIGOID = Complaint(
    "bullous pemphigoid, severe flare",
    "L12.0",
    "chronic_severe",
    "dozens of tense blisters and raw areas",
    "azathioprine continued with blood counts every two weeks to watch for toxicity",
)
DRUG_REACTION = Complaint(
    "drug reaction with fever and facial swelling",
    "L27.0",
    "threat",
    "purple rash over half the body, fever of 39, swollen face",
    "sent to hospital for admission; the drug stopped",
)

VISITS = (
    Visit("irritant", STRAIGHTFORWARD, (IRRITANT,), "low"),
    Visit("nevus", STRAIGHTFORWARD, (NEVUS,), "minimal"),
    Visit("keratoses", STRAIGHTFORWARD, (KERATOSIS,), "minimal", ages=(45, 95)),
    Visit("dry skin", STRAIGHTFORWARD, (DRY_SKIN,), "low", ages=(30, 95)),
    Visit("resolving contact", STRAIGHTFORWARD, (RESOLVING_CONTACT,), "prescription_drug",
          trap="a prescription alone does not raise the level"),
    Visit("two minor", LOW, (NEVUS, DRY_SKIN), "low"),
    Visit("acne, shelf", LOW, (ACNE_OTC,), "low", ages=(13, 40)),
    Visit("acne, stable", LOW, (ACNE_STABLE,), "prescription_drug", ages=(13, 40),
          trap="a prescription with one stable problem and no data is low"),
    Visit("seborrheic", LOW, (SEBORRHEIC,), "low", ages=(20, 90)),
    Visit("rosacea, stable", LOW, (ROSACEA,), "prescription_drug", ages=(28, 85)),
    Visit("ringworm", LOW, (TINEA,), "prescription_drug", ages=(5, 80)),
    Visit("poison ivy", LOW, (PLANT_RASH,), "prescription_drug", ages=(6, 80)),
    Visit("sun damage", LOW, (SUN_DAMAGE,), "low", ages=(45, 95)),
    Visit("psoriasis, stable", LOW, (PSORIASIS_STABLE,), "prescription_drug"),
    Visit("atopic, stable", LOW, (ATOPIC_STABLE,), "prescription_drug", ages=(2, 60)),
    Visit("psoriasis, flare", MODERATE, (PSORIASIS_FLARE,), "prescription_drug"),
    Visit("acne, flare", MODERATE, (ACNE_FLARE,), "prescription_drug", ages=(13, 40)),
    Visit("atopic, flare", MODERATE, (ATOPIC_FLARE,), "prescription_drug", ages=(2, 60)),
    Visit("atopic, flare, parent", MODERATE, (ATOPIC_FLARE,), "prescription_drug",
          historian=True, ages=(1, 10)),
    Visit("rosacea, flare", MODERATE, (ROSACEA_FLARE,), "prescription_drug", ages=(28, 85)),
    Visit("two stable", MODERATE, (ROSACEA, SEBORRHEIC_RX), "prescription_drug", ages=(28, 85)),
    Visit("two stable, psoriasis", MODERATE, (PSORIASIS_STABLE, SEBORRHEIC_RX),
          "prescription_drug"),
    Visit("hair loss, tests", MODERATE, (HAIR_LOSS_STABLE,), "prescription_drug", ordered=3,
          ages=(15, 70), trap="three tests and a prescription carry one stable problem"),
    Visit("hair loss, new", MODERATE, (HAIR_LOSS_NEW,), "prescription_drug", ordered=2,
          ages=(20, 75)),
    Visit("hidradenitis", MODERATE, (HIDRADENITIS,), "prescription_drug", ages=(16, 60)),
    Visit("lupus, tests", MODERATE, (LUPUS_RASH,), "low", ordered=3, ages=(20, 75),
          trap="problem and data carry the level without a prescription"),
    Visit("methotrexate, stable", MODERATE, (PSORIASIS_METHOTREXATE,), "intensive_monitoring",
          ordered=3, trap="monitoring for toxicity alone does not make the level high"),
    Visit("hives", MODERATE, (URTICARIA,), "prescription_drug", notes=1, ages=(15, 80)),
    Visit("psoriasis, severe", HIGH, (PSORIASIS_SEVERE,), "intensive_monitoring", ordered=2),
    Visit("pemphigoid", HIGH, (PEMPHIGOID,), "intensive_monitoring", reviewed=2, ages=(60, 95)),
    Visit("drug reaction", HIGH, (DRUG_REACTION,), "hospitalization", notes=1),
)  # fmt: skip

SURGERY_DECISION = Visit(
    "surgery decided", MODERATE,
    (Complaint(
        "basal cell carcinoma of the face, new", "C44.319", "undiagnosed_new",
        "pearly plaque with rolled border", "excision with flap decided after discussing choices",
    ),),
    "major_surgery",
)  # fmt: skip
WOUND_CHECK = Visit(
    "wound check", STRAIGHTFORWARD,
    (Complaint("healing surgical wound", "Z48.817", "self_limited", "edges together, no redness",
               "petrolatum until healed"),),
    "minimal",
)  # fmt: skip

#: How common each level is among visits.
LEVEL_WEIGHTS = ((STRAIGHTFORWARD, 0.16), (LOW, 0.42), (MODERATE, 0.39), (HIGH, 0.03))

#: Codes and minutes that must be reached, by level (2024).
NEW_PATIENT = {2: "99202", 3: "99203", 4: "99204", 5: "99205"}
ESTABLISHED = {2: "99212", 3: "99213", 4: "99214", 5: "99215"}
NEW_MINUTES = {2: 15, 3: 30, 4: 45, 5: 60}
ESTABLISHED_MINUTES = {2: 10, 3: 20, 4: 30, 5: 40}

#: Prolonged service: Medicare or not -> new or not -> code and first minute.
PROLONGED = {
    True: {True: ("G2212", 89), False: ("G2212", 69)},
    False: {True: ("99417", 75), False: ("99417", 55)},
}


def visit_code(new: bool, level: int) -> str:
    """Return the office visit code of *level* (2 to 5) for a new or an established patient."""
    return (NEW_PATIENT if new else ESTABLISHED)[level]


def fitting(level: int, age: int) -> tuple[Visit, ...]:
    """Return the scenes of *level* that suit a patient of *age* years."""
    return tuple(v for v in VISITS if v.level == level and v.ages[0] <= age <= v.ages[1])
