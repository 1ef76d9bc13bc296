"""The practice's providers, each with habits, and how patients are spread over payers."""

from dataclasses import dataclass, field

DERMATOLOGY = "207N00000X"
PHYSICIAN_ASSISTANT, NURSE_PRACTITIONER = "363A00000X", "363L00000X"

GROUP_NPI = "1999900008"

#: How often anybody makes each mistake when the visit offers the chance.
COMMON_RATES = {
    "ak_units_over": 0.010,
    "ak_units_under": 0.010,
    "ak_field_code_over": 0.009,
    "ak_field_code_missed": 0.0577,
    "ak_count_missing": 0.008,
    "benign_count_over": 0.0221,
    "benign_count_under": 0.1117,
    "benign_as_premalignant": 0.0225,
    "premalignant_as_benign": 0.011,
    "biopsy_two_first_codes": 0.0083,
    "biopsy_low_first_code": 0.097,
    "biopsy_technique_over": 0.012,
    "biopsy_technique_under": 0.0613,
    "biopsy_site_code_missed": 0.100,
    "excision_specimen_size": 0.030,
    "excision_wide_margin": 0.1684,
    "excision_margins_left_out": 0.036,
    "excision_margin_missing": 0.034,
    "excision_malignant_over": 0.153,
    "excision_benign_under": 0.0418,
    "excision_site_over": 0.0135,
    "excision_site_under": 0.101,
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
    "mod57_as_25": 0.369,
    "mod57_with_minor": 0.022,
    "mod24_missing": 0.2147,
    "postop_visit_billed": 0.0885,
    "new_for_established": 0.007,
    "prolonged_too_early": 0.418,
    "prolonged_code_of_others": 0.6,
    "complexity_beside_25": 0.04,
    "complexity_unsupported": 0.0435,
    "consultation_to_medicare": 0.079,
    "deleted_visit_code": 0.2092,
    "diagnosis_too_short": 0.0034,
    "uncertain_before_pathology": 0.045,
    "malignant_before_pathology": 0.049,
    "side_not_named": 0.062,
    "pointer_to_visit": 0.0964,
    "mod51_on_addon": 0.014,
    "mod25_on_procedure": 0.025,
    "mod59_left_out": 0.0469,
    "mod59_on_one_lesion": 0.19,
    "units_of_one_code": 0.0372,
    "addon_without_first": 0.017,
    "mohs_first_stage_left_out": 0.287,
    "claim_sent_twice": 0.002,
    "claim_too_late": 0.006,
    "billing_number_mistyped": 0.003,
    "repair_of_one_layer": 0.0541,
    "repair_simple_billed": 0.0541,
    "repair_of_small_benign": 0.3136,
    "repair_complex_over": 0.13,
    "repair_complex_under": 0.5208,
    "repair_lengths_not_added": 0.5208,
    "repair_addon_left_out": 0.6,
    "flap_without_incisions": 0.5208,
    "flap_area_over": 0.316,
    "flap_with_excision": 0.224,
    "mohs_site_over": 0.6,
    "mohs_stage_over": 0.208,
    "mohs_blocks_over": 0.125,
    "mohs_blocks_under": 0.6,
    "mohs_other_pathologist": 0.6,
    "injection_count_over": 0.0451,
    "injection_count_under": 0.189,
    "drug_milligrams_as_units": 0.1248,
    "drug_units_under": 0.079,
    "waste_from_multi_dose": 0.2177,
    "no_waste_not_said": 0.464,
    "waste_not_documented": 0.1506,
    "anesthetic_billed": 0.007,
    "injection_fee_billed": 0.035,
    "tags_over": 0.1973,
    "tags_under": 0.6,
    "tags_without_reason": 0.14,
    "cosmetic_billed_as_needed": 0.225,
    "keratoses_without_reason": 0.045,
    "nails_over": 0.324,
    "calluses_over": 0.3418,
    "calluses_under": 0.46,
    "laser_area_over": 0.4059,
    "photodynamic_by_staff": 0.416,
    "photodynamic_not_scraped": 0.171,
    "photodynamic_twice": 0.171,
    "slide_for_each_piece": 0.521,
    "slide_of_outside_laboratory": 0.449,
    "shave_size_over": 0.0937,
    "biopsy_as_removal": 0.028,
    "destruction_with_margins": 0.19,
    "destruction_of_premalignant": 0.146,
    "shave_as_excision": 0.094,
    "abscess_over": 0.2219,
    "light_without_ointment": 0.308,
    "feet_without_findings": 0.1627,
    "mod58_missing": 0.431,
    "mod79_missing": 0.1868,
    "record_of_another_day": 0.0015,
    "place_of_service": 0.0027,
    "graft_area_over": 0.6,
    "record_signed_by_another": 0.0015,
    "light_billed_twice": 0.219,
    "photodynamic_and_freezing": 0.1,
    "nail_removal_over": 0.194,
    "vascular_area_over": 0.2688,
    "vascular_without_reason": 0.2688,
    "slide_level_over": 0.4929,
    "stain_by_routine": 0.394,
    "mod50_on_lesions": 0.0133,
    "telephone_as_video": 0.217,
    "video_not_said": 0.078,
    "repair_site_over": 0.216,
    "assistant_under_physician": 0.204,
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
        "1999900040", "Dr. Dogwood", DERMATOLOGY, "Mohs surgeon",
        "Mohs surgery; closures need a second look",
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
