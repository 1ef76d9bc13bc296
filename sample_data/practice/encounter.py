"""One encounter as the generator knows it: what was done, what it supports, what was billed."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sample_data.practice.fees import Prices
from sample_data.practice.people import (
    GROUP_NPI,
    NURSE_PRACTITIONER,
    PHYSICIAN_ASSISTANT,
    Provider,
)

Element = dict[str, Any]

#: Places of service paid at the facility price.
FACILITIES = {"02", "19", "22", "24"}


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient of the practice."""

    key: str
    birth_date: date
    sex: str
    payer: str

    def age(self, on: date) -> int:
        """Return the age in whole years on the date *on*."""
        before = (on.month, on.day) < (self.birth_date.month, self.birth_date.day)
        return on.year - self.birth_date.year - before


@dataclass(frozen=True, slots=True)
class Coded:
    """One line as a careful coder writes it. Diagnoses are ICD-10-CM, the first is the reason."""

    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the line as `code-modifiers xunits`, for the answer key."""
        joined = "-".join((self.code, *self.modifiers))
        return joined if self.units == 1 else f"{joined} x{self.units}"

    def cents(self, prices: Prices) -> int:
        """Return what the line is allowed at *prices*, in cents."""
        return prices.cents(self.code, self.modifiers) * self.units


@dataclass(frozen=True, slots=True)
class Answer:
    """The known answer for one line: the planted error (none when empty) and its classification."""

    plant: str = ""
    family: str = ""
    rule: str = ""
    verdict: str = "supported"
    category: str = ""
    direction: str = ""


SUPPORTED = Answer()


@dataclass(frozen=True, slots=True)
class Billed:
    """One billed line beside the lines that the record supports in its place.

    `line` is None where the record supports a line that was not billed. `prices` replaces the
    claim's prices for the agreed lines. `claim` is 2 on a second claim for the same day.
    """

    line: Coded | None
    agreed: tuple[Coded, ...]
    answer: Answer = SUPPORTED
    prices: Prices | None = None
    claim: int = 1
    denied: bool = False

    def cents(self, prices: Prices) -> tuple[int, int]:
        """Return what is allowed as billed and as agreed, in cents."""
        billed = self.line.cents(prices) if self.line else 0
        return billed, sum(line.cents(self.prices or prices) for line in self.agreed)


@dataclass(slots=True)
class Encounter:
    """One patient, provider and day: the truth first, then what was billed for it."""

    patient: Patient
    provider: Provider
    dos: date
    number: int
    new: bool
    coded: list[Coded] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)
    record: Element = field(default_factory=dict)
    em: Element | None = None
    lesions: list[Element] = field(default_factory=list)
    procedures: list[Element] = field(default_factory=list)
    specimens: list[Element] = field(default_factory=list)
    drugs: list[Element] = field(default_factory=list)
    more: Element = field(default_factory=dict)
    pos: str = "11"
    billing_npi: str = GROUP_NPI
    story: dict[str, Any] = field(default_factory=dict)
    trap: str = ""
    denied: bool = False
    received_after: int = 10
    frequency: str = "1"

    @property
    def prices(self) -> Prices:
        """What the claim's lines are priced by."""
        assistant = self.provider.taxonomy in (PHYSICIAN_ASSISTANT, NURSE_PRACTITIONER)
        return Prices(self.patient.payer, self.pos in FACILITIES, assistant)

    @property
    def medicare(self) -> bool:
        """Whether the payer follows Medicare's rules."""
        return self.prices.medicare

    @property
    def assistant(self) -> bool:
        """Whether a physician assistant or nurse practitioner renders the services."""
        return self.prices.assistant

    @property
    def claim_id(self) -> str:
        """The claim's number: the patient's, then the count of the patient's claims."""
        return f"C{self.patient.key[1:]}-{self.number:02d}"

    def index(self, *codes: str) -> int:
        """Return the place of the first coded line whose code is one of *codes*."""
        return next(i for i, line in enumerate(self.coded) if line.code in codes)

    def has(self, *codes: str) -> bool:
        """Return whether a coded line has one of *codes*."""
        return any(line.code in codes for line in self.coded)


#: Edits between two codes that a separate lesion may bypass: (first, second), where the
#: modifier belongs on the second. Only pairs that occur in this practice (July 2024).
SEPARATE_LESION = {
    ("11102", "17000"), ("11104", "17000"), ("11106", "17000"),
    ("17004", "11102"), ("17004", "11104"), ("17004", "11106"),
    ("17110", "11102"), ("17110", "11103"), ("11104", "17110"), ("11106", "17110"),
    ("17111", "11102"), ("17111", "11104"), ("11106", "17111"),
    ("17110", "17000"), ("17110", "17003"), ("17111", "17000"), ("17111", "17003"),
    ("17004", "17110"), ("17004", "17111"),
    ("69100", "11102"), ("69100", "11103"), ("40490", "11102"), ("40490", "11104"),
    ("11104", "69100"), ("11106", "69100"), ("40490", "11106"), ("17000", "69100"),
    ("17000", "40490"),
}  # fmt: skip


def with_separate_lesions_marked(lines: list[Coded], modifier: str) -> list[Coded]:
    """Return *lines* with *modifier* on each line that an edit would deny beside another.

    The second of two lines of one code also carries it, which tells the two lesions apart.
    """
    codes = [line.code for line in lines]
    marked = []
    for place, line in enumerate(lines):
        denied = any((other, line.code) in SEPARATE_LESION for other in codes)
        repeated = line.code in codes[:place] and "JW" not in line.modifiers
        if denied or repeated:
            line = replace(line, modifiers=(*line.modifiers, modifier))
        marked.append(line)
    return marked
