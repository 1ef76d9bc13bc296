"""What the engine asks of reference editions; a store of editions or the bundled tables answer."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PtpEdit:
    """A procedure-to-procedure edit in force: `modifier` is 0 (never) or 1 (with a modifier)."""

    column_one: str
    column_two: str
    modifier: int
    edition: str


@dataclass(frozen=True, slots=True)
class MueEdit:
    """A medically unlikely edit in force; `indicator` is 1 (line), 2 (day, policy) or 3 (day)."""

    code: str
    units: Decimal
    indicator: int
    edition: str


@dataclass(frozen=True, slots=True)
class AddOnEdit:
    """An add-on code's primaries; `kind` 1 is a closed list, 2 and 3 leave it to the contractor."""

    code: str
    primaries: frozenset[str]
    kind: int
    edition: str


class Editions(Protocol):
    """Look-ups of claims edits by date of service; each says which edition answered."""

    def ptp(self, one: str, other: str, dos: date) -> PtpEdit | None:
        """Return the edit between two codes, whichever is column one, or None if there is none.

        Raises:
            EditionError: if no edition covers *dos*.
        """

    def mue(self, code: str, dos: date) -> MueEdit | None:
        """Return the published limit of *code*, or None if none is published.

        Raises:
            EditionError: if no edition covers *dos*.
        """

    def addon(self, code: str, dos: date) -> AddOnEdit | None:
        """Return the primaries of the add-on *code*, or None if it is no add-on.

        Raises:
            EditionError: if no edition covers *dos*.
        """

    def diagnosis(self, code: str, dos: date) -> bool | None:
        """Return whether *code* is a billable diagnosis, or None if no edition covers *dos*."""

    def answered(self) -> tuple[str, ...]:
        """Return the names of the editions that have answered so far."""


@dataclass(frozen=True, slots=True)
class Fee:
    """What a fee edition holds of a code (and component modifier) on a date."""

    nonfacility: Decimal
    facility: Decimal
    global_days: str
    edition: str


class Fees(Protocol):
    """Prices and payment facts by date of service."""

    def fee(self, code: str, component: str, dos: date) -> Fee | None:
        """Return the unrounded price per unit of *code* with *component* ("", "26", "TC").

        None means that the edition lists no price for the code; a caller counts it.
        """

    def global_days(self, code: str, dos: date) -> str | None:
        """Return the global period of *code* ("000", "010", "090", "ZZZ", "XXX"), if listed."""
