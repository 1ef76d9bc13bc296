"""The national price list that comes with auditkit."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from auditkit.pricing.fees import Fee

BUNDLED = Path(__file__).parents[1] / "reference" / "bundled"


@dataclass(frozen=True)
class BundledFees:
    """One national price list for every date: unrounded dollars per unit, and global periods.

    Medicare Physician Fee Schedule, July 2024 release, national amounts without geographic
    adjustment (public domain). It serves where neither the claim nor a fee edition of the user
    gives a price; each price says which list it comes from.
    """

    name: str
    fees: dict[tuple[str, str], Fee]

    def fee(self, code: str, component: str, dos: date) -> Fee | None:
        """Return the fee of *code* with *component*, or None if the list has no price for it."""
        return self.fees.get((code, component))

    def global_days(self, code: str, dos: date) -> str | None:
        """Return the global period of *code*, or None if the list does not name the code."""
        found = self.fees.get((code, ""))
        return None if found is None else found.global_days


@cache
def bundled_fees() -> BundledFees:
    """Return the price list that comes with auditkit."""
    with (BUNDLED / "fees.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    fees = {}
    for row in rows:
        factor = Decimal(row["conversion_factor"])
        fees[row["code"], row["component"]] = Fee(
            Decimal(row["nonfacility_rvu"]) * factor,
            Decimal(row["facility_rvu"]) * factor,
            row["global_days"],
            row["edition"],
            row["pctc"],
            row["multiple"],
            row["bilateral"],
            row["assistant"],
        )
    return BundledFees(rows[0]["edition"], fees)
