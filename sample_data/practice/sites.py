"""Body sites: the name used in notes, the excision group and the site's diagnosis codes."""

from dataclasses import dataclass

LIMBS_TRUNK, EXTREMITIES, FACE = "trunk and limbs", "scalp, neck, hands, feet", "face"


@dataclass(frozen=True, slots=True)
class Site:
    """One site. The codes are ICD-10-CM for a lesion of that kind at that place and side."""

    name: str
    laterality: str
    group: str
    basal: str
    squamous: str
    squamous_in_situ: str
    melanoma_in_situ: str
    nevus: str
    other_benign: str


SITES = tuple(
    Site(*row)
    for row in (
        ("upper back", "midline", LIMBS_TRUNK,
         "C44.519", "C44.529", "D04.5", "D03.59", "D22.5", "D23.5"),
        ("lower back", "midline", LIMBS_TRUNK,
         "C44.519", "C44.529", "D04.5", "D03.59", "D22.5", "D23.5"),
        ("chest", "midline", LIMBS_TRUNK,
         "C44.519", "C44.529", "D04.5", "D03.59", "D22.5", "D23.5"),
        ("abdomen", "midline", LIMBS_TRUNK,
         "C44.519", "C44.529", "D04.5", "D03.59", "D22.5", "D23.5"),
        ("right forearm", "right", LIMBS_TRUNK,
         "C44.612", "C44.622", "D04.61", "D03.61", "D22.61", "D23.61"),
        ("left forearm", "left", LIMBS_TRUNK,
         "C44.619", "C44.629", "D04.62", "D03.62", "D22.62", "D23.62"),
        ("right upper arm", "right", LIMBS_TRUNK,
         "C44.612", "C44.622", "D04.61", "D03.61", "D22.61", "D23.61"),
        ("left shoulder", "left", LIMBS_TRUNK,
         "C44.619", "C44.629", "D04.62", "D03.62", "D22.62", "D23.62"),
        ("right thigh", "right", LIMBS_TRUNK,
         "C44.712", "C44.722", "D04.71", "D03.71", "D22.71", "D23.71"),
        ("left lower leg", "left", LIMBS_TRUNK,
         "C44.719", "C44.729", "D04.72", "D03.72", "D22.72", "D23.72"),
        ("scalp", "midline", EXTREMITIES,
         "C44.41", "C44.42", "D04.4", "D03.4", "D22.4", "D23.4"),
        ("left neck", "left", EXTREMITIES,
         "C44.41", "C44.42", "D04.4", "D03.4", "D22.4", "D23.4"),
        ("right hand", "right", EXTREMITIES,
         "C44.612", "C44.622", "D04.61", "D03.61", "D22.61", "D23.61"),
        ("left foot", "left", EXTREMITIES,
         "C44.719", "C44.729", "D04.72", "D03.72", "D22.72", "D23.72"),
        ("nose", "midline", FACE,
         "C44.311", "C44.321", "D04.39", "D03.39", "D22.39", "D23.39"),
        ("right cheek", "right", FACE,
         "C44.319", "C44.329", "D04.39", "D03.39", "D22.39", "D23.39"),
        ("left cheek", "left", FACE,
         "C44.319", "C44.329", "D04.39", "D03.39", "D22.39", "D23.39"),
        ("forehead", "midline", FACE,
         "C44.319", "C44.329", "D04.39", "D03.39", "D22.39", "D23.39"),
        ("chin", "midline", FACE,
         "C44.319", "C44.329", "D04.39", "D03.39", "D22.39", "D23.39"),
    )
)  # fmt: skip

#: Sites whose biopsy has a code of its own.
EAR = Site("left ear", "left", FACE,
           "C44.219", "C44.229", "D04.22", "D03.22", "D22.22", "D23.22")  # fmt: skip
LIP = Site("lower lip vermilion", "midline", FACE,
           "C00.1", "C00.1", "D00.01", "D03.0", "D10.0", "D10.0")  # fmt: skip

PREMALIGNANT_FIELDS = (
    "face", "scalp", "forehead", "both forearms", "both hands", "face and scalp", "nose",
    "right cheek", "left cheek", "left forearm",
)  # fmt: skip
