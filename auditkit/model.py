"""The frozen values that pass between billed claims, the record and the findings."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Verdict(StrEnum):
    """What the record says of a billed line; the list is closed."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not_supported"
    OVERCODED = "overcoded"
    UNDERCODED = "undercoded"
    WRONG_CODE = "wrong_code"
    MISSING_RECORD = "missing_record"
    NOT_SEPARATELY_REPORTABLE = "not_separately_reportable"


class Direction(StrEnum):
    """Which way the money errs: over is billed above what the record supports."""

    OVER = "over"
    UNDER = "under"
    NONE = "none"


class ErrorCategory(StrEnum):
    """The error categories of the CERT programme."""

    NO_DOCUMENTATION = "no_documentation"
    INSUFFICIENT_DOCUMENTATION = "insufficient_documentation"
    MEDICAL_NECESSITY = "medical_necessity"
    INCORRECT_CODING = "incorrect_coding"
    OTHER = "other"


class Severity(StrEnum):
    """An error carries dollars; an advisory never does; a prompt asks the auditor to judge."""

    ERROR = "error"
    ADVISORY = "advisory"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Line:
    """One billed service line. Money in dollars; `diagnoses` in pointer order, dotted ICD-10-CM."""

    number: int
    code: str
    modifiers: tuple[str, ...]
    units: Decimal
    diagnoses: tuple[str, ...]
    dos: date
    pos: str = "11"
    charge: Decimal | None = None
    allowed: Decimal | None = None
    paid: Decimal | None = None
    claim_id: str = ""


@dataclass(frozen=True, slots=True)
class PriorService:
    """A service in the patient's history that bears on this encounter."""

    dos: date
    code: str
    npi: str
    specialty: str | None = None
    works_with_specialty: str | None = None
    same_group: bool = True
    face_to_face: bool = True
    global_days: str | None = None
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    claim_id: str = ""


@dataclass(frozen=True, slots=True)
class Encounter:
    """One patient × one rendering provider × one date of service, with its billed lines."""

    encounter_id: str
    dos: date
    payer: str
    rendering_npi: str
    lines: tuple[Line, ...]
    billing_npi: str | None = None
    rendering_taxonomy: str | None = None
    pos: str = "11"
    birth_date: date | None = None
    sex: str | None = None
    received_date: date | None = None
    frequency_code: str = "1"
    history: tuple[PriorService, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written: source, section and edition; `uncertain` says what is in doubt."""

    source: str
    section: str = ""
    edition: str = ""
    uncertain: str = ""

    def __str__(self) -> str:
        """Return the citation as one phrase."""
        return ", ".join(part for part in (self.source, self.section, self.edition) if part)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line is supported: the rule, its version on the date of service, the elements used."""

    rule_id: str
    version: date
    text: str
    elements: tuple[str, ...] = ()
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class SupportedLine:
    """One line that the record supports, and why."""

    code: str
    units: Decimal
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    dos: date | None = None
    pos: str | None = None
    reasons: tuple[Reason, ...] = ()
    billed_number: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison of a billed line with the record.

    `line` is None where the record supports a line that was not billed. `dollars` is billed
    minus supported, in dollars: positive is overpaid. Only a main finding carries dollars.
    """

    encounter_id: str
    line: int | None
    family: str
    rule_id: str
    severity: Severity
    verdict: Verdict
    direction: Direction
    category: ErrorCategory | None
    why: str
    would_support: str = ""
    citation: Citation | None = None
    version: date | None = None
    main: bool = True
    dollars: Decimal = Decimal(0)
    billed: str = ""
    agreed: tuple[SupportedLine, ...] = field(default=())
