"""The schema of documented elements: one record per encounter and its parts.

Three states of an element are kept apart everywhere:

- a value: the record says so;
- `null`: the abstractor looked and the record does not say ("not documented");
- the key is absent: nobody has looked yet ("not abstracted"), see `Part.abstracted`.

Units are part of the name: `_cm`, `_sq_cm`, `_mg`, `_ml`, `_min`. Sizes are Decimal, because a
hundredth of a centimetre moves a code band. A file of documented elements is JSON Lines, one
`DocumentedEncounter` per line; `json_schema` publishes the schema.
"""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Cm = Annotated[Decimal, Field(ge=0, le=200, description="centimetres")]
SquareCm = Annotated[Decimal, Field(ge=0, le=20000, description="square centimetres")]
Mg = Annotated[Decimal, Field(ge=0, description="milligrams")]
Ml = Annotated[Decimal, Field(ge=0, description="millilitres")]
Minutes = Annotated[int, Field(ge=0, le=1440, description="minutes")]
Count = Annotated[int, Field(ge=0, le=999)]


class Evidence(BaseModel):
    """Where one value came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["claim", "ehr", "note_reader", "auditor", "model"]
    document: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    abstractor: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


class Part(BaseModel):
    """A part of the record. `evidence` maps a field's name to where its value came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence: dict[str, Evidence] = Field(default_factory=dict)

    def abstracted(self, name: str) -> bool:
        """Return whether somebody looked for the element *name*, found or not."""
        return name in self.model_fields_set


class Addendum(Part):
    """A dated addition to the note."""

    added_on: date | None = None
    author_npi: str | None = None
    late: bool | None = None


class Record(Part):
    """The note itself: there, dated, signed, by whom.

    `copied` is what a reader says of text carried over unchanged; `likeness` is the greatest
    likeness (0 to 1) of the note's own text to another note's.
    """

    present: bool | None = None
    note_date: date | None = None
    service_provider_npi: str | None = None
    signed: bool | None = None
    signature_type: str | None = None
    signature_date: date | None = None
    signer_matches_renderer: bool | None = None
    attestation_on_file: bool | None = None
    signature_log_on_file: bool | None = None
    addenda: tuple[Addendum, ...] = ()
    pos_actual: str | None = None
    consent: bool | None = None
    performed_by: Literal["physician", "npp", "staff"] | None = None
    supervisor_on_site: bool | None = None
    established_plan: bool | None = None
    new_problem: bool | None = None
    copied: bool | None = None
    likeness: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    contradictory_measurements: bool | None = None


class ProblemStatus(StrEnum):
    """The number-and-complexity classes of problems addressed (MDM table)."""

    SELF_LIMITED = "self_limited"
    ACUTE_UNCOMPLICATED = "acute_uncomplicated"
    STABLE_CHRONIC = "stable_chronic"
    CHRONIC_EXACERBATION = "chronic_exacerbation"
    CHRONIC_SEVERE = "chronic_severe"
    UNDIAGNOSED_NEW = "undiagnosed_new"
    ACUTE_SYSTEMIC = "acute_systemic"
    ACUTE_COMPLICATED = "acute_complicated"
    THREAT = "threat"


class Problem(Part):
    """A problem of the visit. `treated_by_procedure`: its work belongs to a procedure billed."""

    label: str = ""
    icd10: str | None = None
    status: ProblemStatus | None = None
    addressed: bool | None = True
    treated_by_procedure: bool | None = None


class Data(Part):
    """Data reviewed and analysed (MDM table). Counts are of unique tests and sources."""

    external_notes: Count | None = None
    unique_tests_ordered: Count | None = None
    unique_tests_reviewed: Count | None = None
    tests_billed_by_same_group: Count | None = None
    ordered_and_reviewed_same_test: Count | None = None
    independent_historian: bool | None = None
    independent_interpretation: bool | None = None
    external_discussion: bool | None = None


class RiskElement(StrEnum):
    """The risk of patient management, as documented (MDM table)."""

    MINIMAL = "minimal"
    LOW = "low"
    PRESCRIPTION_DRUG = "prescription_drug"
    MINOR_SURGERY_WITH_RISK_FACTORS = "minor_surgery_with_risk_factors"
    MAJOR_SURGERY = "major_surgery"
    SOCIAL_DETERMINANTS = "social_determinants"
    INTENSIVE_MONITORING = "intensive_monitoring"
    MAJOR_SURGERY_WITH_RISK_FACTORS = "major_surgery_with_risk_factors"
    EMERGENCY_MAJOR_SURGERY = "emergency_major_surgery"
    HOSPITALIZATION = "hospitalization"
    DE_ESCALATION = "de_escalation"
    PARENTERAL_CONTROLLED = "parenteral_controlled"


class Em(Part):
    """The evaluation and management work of the visit.

    A visit `shared` by a physician and an advanced practice provider of the group names in
    `substantive_by` who did the substantive portion.
    """

    present: bool | None = True
    problems: tuple[Problem, ...] = ()
    data: Data = Data()
    risk: RiskElement | None = None
    total_time_min: Minutes | None = None
    time_statement: bool | None = None
    time_excluded_min: Minutes | None = None
    separately_identifiable: bool | None = None
    decision_for_surgery: bool | None = None
    decision_for_code: str | None = None
    related_to_prior_procedure: bool | None = None
    reason_for_visit: str | None = None
    monitoring_per_year: Count | None = None
    monitoring_for_toxicity: bool | None = None
    longitudinal: bool | None = None
    new_problem: bool | None = None
    staff_only: bool | None = None
    shared: bool | None = None
    substantive_by: Literal["physician", "npp", "staff"] | None = None
    telehealth: Literal["none", "video", "audio"] | None = None
    telehealth_consent: bool | None = None


class Behavior(StrEnum):
    """What pathology says of the lesion's behaviour."""

    BENIGN = "benign"
    PREMALIGNANT = "premalignant"
    IN_SITU = "in_situ"
    MALIGNANT = "malignant"
    UNCERTAIN = "uncertain"
    UNSPECIFIED = "unspecified"


class Lesion(Part):
    """One lesion, or several alike counted together in `count_represented`."""

    lesion_id: str
    site: str | None = None
    laterality: Literal["left", "right", "midline", "bilateral"] | None = None
    diameter_cm: Cm | None = None
    clinical_dx: str | None = None
    clinical_behavior: Behavior | None = None
    path_behavior: Behavior | None = None
    path_dx: str | None = None
    path_pending: bool | None = None
    prior_path_date: date | None = None
    symptoms: tuple[str, ...] | None = None
    changed: bool | None = None
    count_represented: Count | None = 1


class ProcedureType(StrEnum):
    """The families of procedure that the schema can describe."""

    BIOPSY = "biopsy"
    SHAVE_REMOVAL = "shave_removal"
    DESTRUCTION = "destruction"
    EXCISION = "excision"
    REPAIR = "repair"
    TISSUE_TRANSFER = "tissue_transfer"
    GRAFT = "graft"
    MOHS = "mohs"
    INJECTION = "injection"
    TAG_REMOVAL = "tag_removal"
    INCISION_DRAINAGE = "incision_drainage"
    ANESTHESIA = "anesthesia"
    SUTURE_REMOVAL = "suture_removal"
    NAIL = "nail"
    PARING = "paring"
    PHOTOTHERAPY = "phototherapy"
    PHOTODYNAMIC = "photodynamic"
    COSMETIC = "cosmetic"
    OTHER = "other"


class MohsStage(Part):
    """One Mohs stage."""

    blocks: Count | None = None
    positive: bool | None = None
    map_present: bool | None = None
    histology: bool | None = None


class Procedure(Part):
    """One procedure performed, as documented. Fields that do not apply stay absent.

    `part_of_care` says which part of the surgical package this practitioner gave, and
    `transfer_of_care` whether the rest was handed to another by a written agreement (formal) or
    without one (informal). `discontinued` tells a procedure stopped before from one stopped after
    anaesthesia or its start.
    """

    procedure_id: str
    type: ProcedureType
    lesion_ids: tuple[str, ...] = ()
    site: str | None = None
    technique: str | None = None
    depth: str | None = None
    intent: Literal["diagnostic", "therapeutic", "cosmetic"] | None = None
    method: str | None = None
    lesions_treated: Count | None = None
    specimens_sent: Count | None = None
    margins_cm: tuple[Cm, ...] | None = None
    measured: Literal["pre_excision", "specimen", "defect"] | None = None
    specimen_length_cm: Cm | None = None
    re_excision: bool | None = None
    staged: bool | None = None
    related_to_prior: bool | None = None
    return_to_or: bool | None = None
    closure: (
        Literal["none", "simple", "intermediate", "complex", "adhesive", "tissue_adhesive"] | None
    ) = None
    length_cm: Cm | None = None
    layers: Count | None = None
    material: str | None = None
    undermining_cm: Cm | None = None
    undermined_entire_edge: bool | None = None
    defect_width_cm: Cm | None = None
    complex_criteria: tuple[str, ...] | None = None
    contaminated: bool | None = None
    flap_type: str | None = None
    flap_incisions: bool | None = None
    primary_defect_cm: tuple[Cm, Cm] | None = None
    secondary_defect_cm: tuple[Cm, Cm] | None = None
    graft_type: str | None = None
    area_sq_cm: SquareCm | None = None
    surgeon_is_pathologist: bool | None = None
    stages: tuple[MohsStage, ...] | None = None
    indication: str | None = None
    deep_structures: tuple[str, ...] | None = None
    map_present: bool | None = None
    histology_described: bool | None = None
    nails: Count | None = None
    dystrophic: bool | None = None
    debridement: bool | None = None
    complicated: bool | None = None
    session: str | None = None
    applied_by: Literal["physician", "npp", "staff"] | None = None
    illuminated_by: Literal["physician", "npp", "staff"] | None = None
    minutes: Minutes | None = None
    performed_by: Literal["physician", "npp", "staff"] | None = None
    part_of_care: Literal["all", "surgery", "postoperative"] | None = None
    transfer_of_care: Literal["none", "formal", "informal"] | None = None
    extra_work: bool | None = None
    reduced: bool | None = None
    discontinued: Literal["no", "before", "after"] | None = None


class Specimen(Part):
    """One container sent to pathology, and what came back."""

    specimen_id: str
    lesion_id: str | None = None
    containers: Count | None = 1
    fragments: Count | None = None
    path_dx: str | None = None
    read_by: str | None = None
    technical_by: str | None = None
    separate_from_mohs: bool | None = None
    stains: tuple[str, ...] | None = None
    stain_reason: str | None = None
    frozen: bool | None = None


class Drug(Part):
    """One drug given."""

    hcpcs: str | None = None
    name: str | None = None
    mg_administered: Mg | None = None
    concentration_mg_ml: Mg | None = None
    volume_ml: Ml | None = None
    units_used: Count | None = None
    container: Literal["SDV", "MDV"] | None = None
    wasted_mg: Mg | None = None
    vial_mg: Mg | None = None
    waste_documented: bool | None = None
    route: str | None = None
    purpose: str | None = None


class Diagnosis(Part):
    """A diagnosis as the record documents it."""

    icd10: str | None = None
    label: str | None = None
    procedure_id: str | None = None


class Abn(Part):
    """An advance beneficiary notice on file."""

    kind: Literal["mandatory", "voluntary"] | None = None
    signed: bool | None = None
    signed_on: date | None = None


class DocumentedEncounter(Part):
    """What the record of one encounter documents.

    An encounter is named by `encounter_id`, or by `patient_key`, `rendering_npi` and `dos`.
    `unread` names elements that the record holds in words that were not understood, such as
    "procedure.type"; they count as not abstracted.
    """

    encounter_id: str | None = None
    patient_key: str | None = None
    rendering_npi: str | None = None
    dos: date | None = None
    record: Record
    em: Em | None = None
    lesions: tuple[Lesion, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    specimens: tuple[Specimen, ...] = ()
    drugs: tuple[Drug, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    abn: Abn | None = None
    class_findings: tuple[str, ...] | None = None
    systemic_condition: str | None = None
    last_seen_treating_md: date | None = None
    unread: tuple[str, ...] = ()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one line of a documented-elements file."""
    return DocumentedEncounter.model_json_schema()


def schema_text() -> str:
    """Return the JSON Schema as the text of docs/elements.schema.json."""
    return json.dumps(json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
