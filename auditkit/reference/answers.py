"""The answers of the look-ups: what an edition says of a code, and which edition it was."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PtpEdit:
    """A procedure-to-procedure edit in force: column 2 is included in column 1.

    `modifier_indicator` is "0" (no modifier separates them) or "1" (an NCCI modifier may).
    `last_day` is the last day in force, None while the edit is active.
    """

    column1: str
    column2: str
    modifier_indicator: str
    rationale: str
    first_day: date
    last_day: date | None
    edition: str


@dataclass(frozen=True, slots=True)
class Mue:
    """The most units of a code: `mai` 1 per line, 2 per day (absolute), 3 per day (clinical)."""

    code: str
    value: int
    mai: str
    rationale: str
    edition: str


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on code: type 1 closed list of primaries, 2 contractor defined, 3 open list."""

    code: str
    type: str
    primaries: tuple[str, ...]
    edition: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A fee-schedule row: status, indicators and relative values as CMS writes them."""

    code: str
    modifier: str
    status: str
    global_days: str
    pctc: str
    multiple: str
    bilateral: str
    assistant: str
    cosurgeon: str
    team: str
    nonfacility_na: bool
    facility_na: bool
    work_rvu: Decimal
    nonfacility_pe_rvu: Decimal
    facility_pe_rvu: Decimal
    mp_rvu: Decimal
    preoperative: Decimal
    intraoperative: Decimal
    postoperative: Decimal
    conversion_factor: Decimal
    edition: str


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee-schedule amount in dollars; None where the schedule sets no price for the status.

    `locality` is "contractor-locality" such as "10112-00", or None for the national amount.
    """

    amount: Decimal | None
    schedule: Schedule
    facility: bool
    locality: str | None
    editions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An ICD-10-CM code on a date: a header is valid in the book and never on a claim."""

    code: str
    billable: bool
    title: str
    edition: str


@dataclass(frozen=True, slots=True)
class Hcpcs:
    """A HCPCS Level II code or modifier and the days between which it may be used."""

    code: str
    is_modifier: bool
    title: str
    first_day: date
    last_day: date
    edition: str

    def in_force(self, dos: date) -> bool:
        """Return whether the code may be used on the date of service *dos*."""
        return self.first_day <= dos <= self.last_day
