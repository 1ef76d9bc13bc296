"""The practice's providers, each with habits, and how patients are spread over payers."""

from dataclasses import dataclass, field

DERMATOLOGY = "207N00000X"
PHYSICIAN_ASSISTANT, NURSE_PRACTITIONER = "363A00000X", "363L00000X"

GROUP_NPI = "1999900008"

#: How often anybody makes each mistake when the visit offers the chance.
COMMON_RATES = {
    "ak_units_over": 0.010,
    "ak_units_under": 0.010,
    "ak_field_code_over": 0.0055,
    "ak_field_code_missed": 0.064,
    "ak_count_missing": 0.008,
    "benign_count_over": 0.023,
    "benign_count_under": 0.136,
    "benign_as_premalignant": 0.0219,
    "premalignant_as_benign": 0.011,
    "biopsy_two_first_codes": 0.052,
    "biopsy_low_first_code": 0.097,
    "biopsy_technique_over": 0.012,
    "biopsy_technique_under": 0.048,
    "biopsy_site_code_missed": 0.100,
    "excision_specimen_size": 0.030,
    "excision_wide_margin": 0.126,
    "excision_margins_left_out": 0.036,
    "excision_margin_missing": 0.037,
    "excision_malignant_over": 0.093,
    "excision_benign_under": 0.0418,
    "excision_site_over": 0.015,
    "excision_site_under": 0.084,
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
    "mod57_as_25": 0.2639,
    "mod57_with_minor": 0.022,
    "mod24_missing": 0.21,
    "postop_visit_billed": 0.0885,
    "new_for_established": 0.006,
    "prolonged_too_early": 0.525,
    "prolonged_code_of_others": 0.6,
    "complexity_beside_25": 0.04,
    "complexity_unsupported": 0.045,
    "consultation_to_medicare": 0.066,
    "deleted_visit_code": 0.382,
    "diagnosis_too_short": 0.0034,
    "uncertain_before_pathology": 0.045,
    "malignant_before_pathology": 0.049,
    "side_not_named": 0.05,
    "pointer_to_visit": 0.109,
    "mod51_on_addon": 0.012,
    "mod25_on_procedure": 0.025,
    "mod59_left_out": 0.054,
    "mod59_on_one_lesion": 0.187,
    "units_of_one_code": 0.035,
    "addon_without_first": 0.013,
    "mohs_first_stage_left_out": 0.219,
    "claim_sent_twice": 0.0015,
    "claim_too_late": 0.006,
    "billing_number_mistyped": 0.003,
    "repair_of_one_layer": 0.05,
    "repair_simple_billed": 0.05,
    "repair_of_small_benign": 0.6,
    "repair_complex_over": 0.105,
    "repair_complex_under": 0.485,
    "repair_lengths_not_added": 0.6,
    "repair_addon_left_out": 0.6,
    "flap_without_incisions": 0.494,
    "flap_area_over": 0.2,
    "flap_with_excision": 0.129,
    "mohs_site_over": 0.6,
    "mohs_stage_over": 0.131,
    "mohs_blocks_over": 0.123,
    "mohs_blocks_under": 0.397,
    "mohs_other_pathologist": 0.494,
    "injection_count_over": 0.05,
    "injection_count_under": 0.152,
    "drug_milligrams_as_units": 0.1236,
    "drug_units_under": 0.08,
    "waste_from_multi_dose": 0.1673,
    "no_waste_not_said": 0.553,
    "waste_not_documented": 0.294,
    "anesthetic_billed": 0.007,
    "injection_fee_billed": 0.035,
    "tags_over": 0.271,
    "tags_under": 0.6,
    "tags_without_reason": 0.14,
    "cosmetic_billed_as_needed": 0.25,
    "keratoses_without_reason": 0.04,
    "nails_over": 0.406,
    "calluses_over": 0.226,
    "calluses_under": 0.6,
    "laser_area_over": 0.535,
    "photodynamic_by_staff": 0.2477,
    "photodynamic_not_scraped": 0.42,
    "photodynamic_twice": 0.42,
    "slide_for_each_piece": 0.35,
    "slide_of_outside_laboratory": 0.385,
    "shave_size_over": 0.072,
    "biopsy_as_removal": 0.031,
    "destruction_with_margins": 0.2,
    "destruction_of_premalignant": 0.146,
    "shave_as_excision": 0.066,
    "abscess_over": 0.176,
    "light_without_ointment": 0.35,
    "feet_without_findings": 0.14,
    "mod58_missing": 0.5,
    "mod79_missing": 0.227,
    "record_of_another_day": 0.0015,
    "place_of_service": 0.002,
    "assistant_under_physician": 0.3,
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
    reads_slides: bool = False

    def rate(self, plant: str) -> float:
        """Return how often this provider makes the mistake *plant* when it can be made."""
        return self.rates.get(plant, COMMON_RATES[plant] * self.scale)


PROVIDERS = (
    Provider(
        "1999900016", "Dr. Alder", DERMATOLOGY, "physician", "careful general dermatologist",
        1.2, scale=0.3, reads_slides=True,
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
        "1999900040", "Dr. Dogwood", DERMATOLOGY, "Mohs surgeon", "Mohs surgery; closures need a second look",
        1.0, scale=0.7, surgical=True,
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
        0.9, surgical=True, reads_slides=True,
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
