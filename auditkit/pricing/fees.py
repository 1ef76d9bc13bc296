"""What is asked of a source of prices: one fee for each code, component and date of service."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fee:
    """What a fee edition holds of a code (and component modifier) on a date.

    Amounts are dollars per unit; payment indicators are those of the Medicare fee schedule, empty
    where the edition does not hold them.
    """

    nonfacility: Decimal
    facility: Decimal
    global_days: str
    edition: str
    pctc: str = ""
    multiple: str = ""
    bilateral: str = ""
    assistant: str = ""


class Fees(Protocol):
    """Prices and payment facts by date of service."""

    def fee(self, code: str, component: str, dos: date) -> Fee | None:
        """Return the unrounded price per unit of *code* with *component* ("", "26", "TC").

        None means that the edition lists no price for the code; a caller counts it.
        """

    def global_days(self, code: str, dos: date) -> str | None:
        """Return the global period of *code* ("000", "010", "090", "ZZZ", "XXX"), if listed."""
