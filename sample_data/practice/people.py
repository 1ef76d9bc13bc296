"""The practice's providers, each with habits, and how patients are spread over payers."""

from dataclasses import dataclass, field

DERMATOLOGY, MOHS_SURGERY = "207N00000X", "207ND0101X"
PHYSICIAN_ASSISTANT, NURSE_PRACTITIONER = "363A00000X", "363L00000X"

GROUP_NPI = "1999900008"

#: How often anybody makes each mistake when the visit offers the chance.
COMMON_RATES = {
    "ak_units_over": 0.010,
    "ak_units_under": 0.010,
    "ak_field_code_over": 0.012,
    "ak_field_code_missed": 0.050,
    "ak_count_missing": 0.008,
    "benign_count_over": 0.030,
    "benign_count_under": 0.120,
    "benign_as_premalignant": 0.030,
    "premalignant_as_benign": 0.006,
    "biopsy_two_first_codes": 0.030,
    "biopsy_low_first_code": 0.060,
    "biopsy_technique_over": 0.012,
    "biopsy_technique_under": 0.012,
    "biopsy_site_code_missed": 0.100,
    "excision_specimen_size": 0.030,
    "excision_wide_margin": 0.080,
    "excision_margins_left_out": 0.020,
    "excision_margin_missing": 0.015,
    "excision_malignant_over": 0.020,
    "excision_benign_under": 0.050,
    "excision_site_over": 0.015,
    "excision_site_under": 0.050,
    "em_level_over": 0.020,
    "em_level_under": 0.015,
    "em_time_over": 0.020,
    "em_time_under": 0.060,
    "em_time_with_procedure": 0.030,
    "mod25_unsupported": 0.015,
    "mod25_level_over": 0.020,
    "mod25_missing": 0.012,
    "record_missing": 0.002,
    "record_unsigned": 0.003,
}


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of the practice; `rates` replaces the common rate of a mistake."""

    npi: str
    name: str
    taxonomy: str
    role: str
    habit: str
    weight: float
    scale: float = 1.0
    rates: dict[str, float] = field(default_factory=dict)
    surgical: bool = False

    def rate(self, plant: str) -> float:
        """Return how often this provider makes the mistake *plant* when it can be made."""
        return self.rates.get(plant, COMMON_RATES[plant] * self.scale)


PROVIDERS = (
    Provider(
        "1999900016", "Dr. Alder", DERMATOLOGY, "physician", "careful general dermatologist",
        1.2, scale=0.4,
    ),
    Provider(
        "1999900024", "Dr. Birch", DERMATOLOGY, "physician", "modifier 25 on nearly every visit",
        1.3, rates={"mod25_unsupported": 0.45, "mod25_level_over": 0.20},
    ),
    Provider(
        "1999900032", "Dr. Cedar", DERMATOLOGY, "physician", "codes low out of caution",
        1.0, scale=0.5,
        rates={
            "em_level_under": 0.26, "ak_units_under": 0.12, "em_time_under": 0.45,
            "benign_count_under": 0.40, "mod25_missing": 0.10, "excision_margins_left_out": 0.25,
            "biopsy_technique_under": 0.08, "em_level_over": 0.004,
        },
    ),
    Provider(
        "1999900040", "Dr. Dogwood", MOHS_SURGERY, "Mohs surgeon", "sound surgery, sound coding",
        1.0, scale=0.6, surgical=True,
    ),
    Provider(
        "1999900057", "Dr. Elm", DERMATOLOGY, "physician", "codes well, documents thinly",
        1.1, scale=0.7,
        rates={
            "ak_count_missing": 0.14, "excision_margin_missing": 0.22, "record_unsigned": 0.045,
            "record_missing": 0.020,
        },
    ),
    Provider(
        "1999900065", "Dr. Fir", DERMATOLOGY, "physician", "excisions sized and sorted generously",
        0.9, surgical=True,
        rates={
            "excision_specimen_size": 0.16, "excision_wide_margin": 0.30,
            "excision_malignant_over": 0.15, "excision_site_over": 0.08,
        },
    ),
    Provider(
        "1999900073", "J. Ginkgo", PHYSICIAN_ASSISTANT, "physician assistant",
        "counts more keratoses than the note does", 1.0,
        rates={
            "ak_units_over": 0.20, "ak_field_code_over": 0.20, "benign_count_over": 0.10,
        },
    ),
    Provider(
        "1999900081", "K. Hazel", PHYSICIAN_ASSISTANT, "physician assistant",
        "mixes up the biopsy codes", 1.0,
        rates={
            "biopsy_two_first_codes": 0.45, "biopsy_low_first_code": 0.30,
            "biopsy_technique_over": 0.12, "biopsy_site_code_missed": 0.60,
        },
    ),
    Provider(
        "1999900099", "L. Juniper", NURSE_PRACTITIONER, "nurse practitioner",
        "visit levels too high, often by time", 0.9,
        rates={
            "em_level_over": 0.24, "em_time_over": 0.28, "em_time_with_procedure": 0.28,
            "mod25_level_over": 0.12,
        },
    ),
    Provider(
        "1999900107", "M. Larch", NURSE_PRACTITIONER, "nurse practitioner",
        "new to the practice, errs both ways", 0.6, scale=2.0,
    ),
)  # fmt: skip

BY_NPI = {provider.npi: provider for provider in PROVIDERS}

PAYERS_OVER_65 = (
    ("MEDICARE_B", 0.56), ("MEDICARE_ADVANTAGE", 0.37), ("COMMERCIAL_A", 0.04),
    ("SELF_PAY", 0.03),
)  # fmt: skip
PAYERS_UNDER_65 = (
    ("COMMERCIAL_A", 0.40), ("COMMERCIAL_B", 0.29), ("MEDICAID", 0.19), ("SELF_PAY", 0.08),
    ("MEDICARE_B", 0.04),
)  # fmt: skip
