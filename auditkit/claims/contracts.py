"""The contracts of the tables that a user brings: billed lines, and the providers' list."""

from auditkit.schema import Column, RowRule, Table

_NPI = "regexp_full_match({}, '[0-9]{10}')"
_CENTS = "{} BETWEEN 0 AND 99999999.99 AND abs({} * 100 - round({} * 100)) < 1e-6"
_DOLLARS = "dollars and cents, zero or more, such as 1234.50 or $1,234.50"
_DOTTED = (
    "CASE WHEN length({}) <= 3 OR substr({}, 4, 1) = '.' THEN upper({}) "
    "ELSE upper(substr({}, 1, 3) || '.' || substr({}, 4)) END"
)
_ICD10 = (
    "regexp_full_match({}, '[A-TV-Z]([0-9][0-9AB]|[A-Z][0-9])([.][0-9A-TV-Z]{1,4})?"
    "|U[0-9]{2}([.][0-9]{1,4})?')"
)


def _words(text: str) -> tuple[str, ...]:
    """Return the words of *text*."""
    return tuple(text.split())


def _modifier(number: int) -> Column:
    """Return the column of the *number*-th modifier."""
    return Column(
        f"mod{number}",
        "text",
        f"modifier {number} of the line, empty when there is none",
        "two letters or digits, such as 25 or LT",
        needed=number == 1,
        clean="upper({})",
        test="regexp_full_match({}, '[0-9A-Z]{2}')",
        also=(f"modifier_{number}", f"modifier{number}", f"mod_{number}", f"proc_mod_{number}")
        + (("modifier", "mod", "modifiers") if number == 1 else ()),
    )


def _diagnosis(number: int) -> Column:
    """Return the column of the *number*-th diagnosis of the claim."""
    return Column(
        f"dx{number}",
        "text",
        f"diagnosis {number} of the claim (ICD-10-CM)",
        "an ICD-10-CM code with or without its dot, such as L57.0",
        needed=number == 1,
        clean=_DOTTED,
        test=_ICD10,
        also=(
            f"diagnosis_{number}",
            f"diagnosis{number}",
            f"diag_{number}",
            f"diag{number}",
            f"dx_{number}",
            f"icd10_{number}",
            f"icd_{number}",
        )
        + (("diagnosis", "primary_diagnosis", "principal_diagnosis") if number == 1 else ()),
    )


def _money(name: str, about: str, *also: str, needed: bool = True, filled: bool = False) -> Column:
    """Return a column of dollars and cents."""
    fault = "negative, too large, or finer than a cent"
    return Column(name, "money", about, _DOLLARS, needed, filled, "{}", _CENTS, fault, also=also)


def _npi(name: str, about: str, *also: str) -> Column:
    """Return a column of NPIs; the check digit is an edit's business, not the reader's."""
    return Column(name, "text", about, "ten digits", True, True, "{}", _NPI, also=also)


#: One row per billed line; `(claim_id, line)` is the key.
CLAIM_LINES = Table(
    "claim lines",
    (
        Column(
            "claim_id",
            "text",
            "the claim's own number",
            "any text",
            needed=True,
            filled=True,
            also=(
                "claim_number",
                "claim_no",
                "claim_num",
                "claim",
                "clm_id",
                "claimid",
                "icn",
                "claimnumber",
                "patient_control_number",
                "pcn",
                "invoice_number",
                "voucher",
            ),
        ),
        Column(
            "line",
            "integer",
            "the line's number on its claim",
            "a whole number from 1",
            needed=True,
            filled=True,
            test="{} BETWEEN 1 AND 9999",
            fault="not a line number",
            also=(
                "line_number",
                "line_no",
                "line_num",
                "linenumber",
                "service_line",
                "line_seq",
                "sequence",
                "charge_line",
                "line_item",
            ),
        ),
        Column(
            "patient_key",
            "text",
            "one patient, the same on every claim (a member or account number, or a pseudonym)",
            "any text",
            needed=True,
            filled=True,
            also=(
                "patient_id",
                "member_id",
                "mrn",
                "patient_no",
                "patient_number",
                "member",
                "patientid",
                "memberid",
                "beneficiary_id",
                "subscriber_id",
                "account_number",
            ),
        ),
        Column(
            "patient_birth_date",
            "date",
            "the patient's date of birth",
            "a date",
            also=_words("birth_date dob patient_dob date_of_birth birthdate"),
        ),
        Column(
            "patient_sex",
            "text",
            "the patient's sex as billed",
            "F, M or U",
            clean="upper({})",
            test="{} IN ('F', 'M', 'U')",
            also=_words("sex gender patient_gender"),
        ),
        _npi(
            "rendering_npi",
            "NPI of who rendered the service",
            *("rendering_provider_npi", "rendering_provider", "provider_npi", "renderingnpi"),
            *("servicing_npi", "servicing_provider_npi", "performing_npi", "rend_npi", "npi"),
        ),
        _npi(
            "billing_npi",
            "NPI of the billing provider or group",
            *("billing_provider_npi", "billing_provider", "group_npi", "billingnpi", "bill_npi"),
        ),
        Column(
            "rendering_taxonomy",
            "text",
            "taxonomy code of who rendered the service",
            "ten letters and digits, such as 207N00000X",
            clean="upper({})",
            test="regexp_full_match({}, '[0-9A-Z]{10}')",
            also=_words("taxonomy taxonomy_code provider_taxonomy specialty_code"),
        ),
        Column(
            "dos_from",
            "date",
            "first date of service",
            "a date",
            needed=True,
            filled=True,
            also=(
                "dos",
                "date_of_service",
                "service_date",
                "from_date",
                "service_from",
                "fdos",
                "from_dos",
                "service_from_date",
                "dos_start",
                "svc_date",
                "begin_date",
            ),
        ),
        Column(
            "dos_to",
            "date",
            "last date of service; where empty, the first",
            "a date, not before dos_from",
            needed=True,
            default='"dos_from"',
            also=(
                "to_date",
                "service_to",
                "service_to_date",
                "to_dos",
                "thru_date",
                "dos_end",
                "service_end_date",
                "end_date",
                "tdos",
                "through_date",
            ),
        ),
        Column(
            "pos",
            "text",
            "place of service",
            "two digits, such as 11",
            needed=True,
            filled=True,
            clean="CASE WHEN length({}) = 1 THEN '0' || {} ELSE {} END",
            test="regexp_full_match({}, '[0-9]{2}')",
            also=_words("place_of_service pos_code place service_location place_of_svc"),
        ),
        Column(
            "code",
            "text",
            "CPT or HCPCS code",
            "five characters, such as 99213, 0001U or J3301",
            needed=True,
            filled=True,
            clean="upper({})",
            test="regexp_full_match({}, '[0-9]{4}[0-9AFTUM]|[A-V][0-9]{4}')",
            also=(
                "cpt",
                "cpt_code",
                "hcpcs",
                "hcpcs_code",
                "procedure_code",
                "proc_code",
                "procedure",
                "cpt_hcpcs",
                "service_code",
                "proc",
                "cptcode",
                "procedurecode",
            ),
        ),
        *(_modifier(number) for number in range(1, 5)),
        Column(
            "units",
            "number",
            "units billed",
            "a number above 0",
            needed=True,
            filled=True,
            test="{} > 0 AND {} < 1000000",
            fault="zero, negative or too large",
            also=_words("unit quantity qty service_units units_billed days_or_units"),
        ),
        *(_diagnosis(number) for number in range(1, 13)),
        Column(
            "dx_pointers",
            "text",
            "which diagnoses of the claim the line points to, the first pointer first",
            "numbers from 1 to 12 with commas, such as 1,2",
            clean="replace({}, ' ', '')",
            test="regexp_full_match({}, '([1-9]|1[0-2])(,([1-9]|1[0-2])){0,11}')",
            also=_words("diagnosis_pointers diagnosis_pointer dx_pointer pointers dx_ptr"),
        ),
        _money(
            "charge",
            "dollars charged for the line",
            *("charges", "charge_amount", "billed", "billed_amount", "line_charge"),
            *("submitted_charge", "total_charge", "amount_billed"),
            filled=True,
        ),
        _money(
            "allowed",
            "dollars allowed by the payer; empty where not known",
            *("allowed_amount", "allowable", "amount_allowed", "line_allowed", "contracted"),
        ),
        _money(
            "paid",
            "dollars paid by the payer; empty where not known",
            *("paid_amount", "payment", "amount_paid", "line_paid", "payment_amount"),
        ),
        Column(
            "payer",
            "text",
            "the payer's name",
            "any text",
            needed=True,
            filled=True,
            also=(
                "payer_name",
                "insurance",
                "plan",
                "insurer",
                "carrier",
                "insurance_name",
                "plan_name",
                "financial_class",
                "primary_payer",
                "payor",
            ),
        ),
        Column(
            "received_date",
            "date",
            "when the payer received the claim",
            "a date",
            also=_words("date_received received receipt_date claim_received_date"),
        ),
        Column(
            "frequency_code",
            "text",
            "1 original, 7 replacement, 8 void; where empty, 1",
            "1, 7 or 8",
            test="{} IN ('1', '7', '8')",
            default="'1'",
            also=_words("claim_frequency frequency claim_frequency_code resubmission_code"),
        ),
        Column(
            "original_claim_id",
            "text",
            "the payer's number of the claim that a replacement or void refers to",
            "any text",
            also=_words("original_reference_number original_claim original_icn"),
        ),
        Column(
            "line_control",
            "text",
            "the line's control number, which a remittance repeats",
            "any text",
            also=_words("line_item_control_number line_control_number"),
        ),
        Column(
            "ndc",
            "text",
            "National Drug Code of a drug line",
            "eleven digits",
            clean="replace({}, '-', '')",
            test="regexp_full_match({}, '[0-9]{11}')",
            also=_words("ndc_code national_drug_code ndc11"),
        ),
    ),
    key=("claim_id", "line"),
    rules=(
        RowRule("dos_to", "dos_to >= dos_from", "before dos_from", "dos_from or a later date"),
        RowRule(
            "patient_birth_date",
            "patient_birth_date <= dos_from",
            "after the date of service",
            "the date of service or an earlier date",
        ),
    ),
)

#: One row per rendering provider of the practice.
PROVIDERS = Table(
    "providers",
    (
        _npi("npi", "NPI of the provider", "rendering_npi", "provider_npi"),
        Column(
            "name",
            "text",
            "the provider's name as reports print it",
            "any text",
            needed=True,
            filled=True,
            also=_words("provider_name provider full_name"),
        ),
        Column(
            "taxonomy",
            "text",
            "taxonomy code",
            "ten letters and digits, such as 207N00000X",
            clean="upper({})",
            test="regexp_full_match({}, '[0-9A-Z]{10}')",
            also=_words("taxonomy_code specialty_code"),
        ),
        Column(
            "role",
            "text",
            "physician, PA, NP or another word of the practice",
            "any text",
            also=_words("credential provider_type title"),
        ),
    ),
    key=("npi",),
)
