"""Prices from the user's own fee schedule editions: by date, locality, setting and programme."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from auditkit.errors import EditionError
from auditkit.pricing.bundled import bundled_fees
from auditkit.pricing.fees import Fee


class Amount(Protocol):
    """An amount of the fee schedule with the row it comes from."""

    @property
    def amount(self) -> Decimal | None:
        """Dollars for one unit, or None where the schedule sets no price."""

    @property
    def editions(self) -> tuple[str, ...]:
        """The editions that answered."""


class Schedule(Protocol):
    """A row of the fee schedule: payment indicators of a code."""

    @property
    def global_days(self) -> str:
        """Global period."""

    @property
    def pctc(self) -> str:
        """Professional and technical component indicator."""

    @property
    def multiple(self) -> str:
        """Multiple-procedure indicator."""

    @property
    def bilateral(self) -> str:
        """Bilateral indicator."""

    @property
    def assistant(self) -> str:
        """Assistant-at-surgery indicator."""


class ScheduleEditions(Protocol):
    """What `auditkit.reference.Editions` answers about the fee schedule."""

    def fee(
        self, code: str, modifier: str, dos: date, facility: bool = False,
        locality: str | None = None, *, qpp: bool = False,
    ) -> Amount | None:  # fmt: skip
        """Return the amount of one unit, or None where the schedule does not hold the code."""

    def schedule(
        self, code: str, dos: date, modifier: str = "", *, qpp: bool = False
    ) -> Schedule | None:
        """Return the row of the code, or None."""


@dataclass(frozen=True)
class EditionFees:
    """Prices and payment indicators of the store's fee schedule editions, by date of service.

    Args:
        editions: the store's look-ups.
        locality: "contractor-locality", such as "10112-00"; None for national amounts.
        qpp: whether the conversion factor of qualifying participants applies.
    """

    editions: ScheduleEditions
    locality: str | None = None
    qpp: bool = False

    def fee(self, code: str, component: str, dos: date) -> Fee | None:
        """Return both amounts of one unit of *code* on *dos*, or None where there is no price.

        Raises:
            EditionError: if no edition of the fee schedule covers *dos*.
        """
        row = self.editions.schedule(code, dos, component, qpp=self.qpp)
        if row is None:
            return None
        office, facility = (
            self.editions.fee(code, component, dos, place, self.locality, qpp=self.qpp)
            for place in (False, True)
        )
        if office is None or facility is None or office.amount is None:
            return None
        return Fee(
            office.amount,
            facility.amount if facility.amount is not None else office.amount,
            row.global_days,
            " ".join(office.editions),
            row.pctc,
            row.multiple,
            row.bilateral,
            row.assistant,
        )

    def global_days(self, code: str, dos: date) -> str | None:
        """Return the global period of *code* on *dos*, or None if the schedule lacks the code.

        A patient's earlier services may lie before the store's first edition; global periods
        seldom change, so the bundled list then answers rather than nothing.
        """
        try:
            row = self.editions.schedule(code, dos, qpp=self.qpp)
        except EditionError:
            return bundled_fees().global_days(code, dos)
        return None if row is None else row.global_days
