"""What the practice's payers allow for a code: from its fee file, else from its own claims.

A line that the record supports may carry a code that the claim does not, so its price must come
from elsewhere: first the practice's own fee file, then the median amount that the same payer
allowed for one unit of the code in the universe, then the bundled national list. `prices.csv`
keeps the first two with their source, so that a finding's dollars can be checked by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from auditkit.errors import InputError, Problem
from auditkit.files import read_given_table
from auditkit.pricing.fees import Fee, Fees

COLUMNS = ("payer", "code", "component", "setting", "allowed", "source")
FACILITY_PLACES = ("19", "21", "22", "23", "24")
OWN_CLAIMS = "own claims"


def read_fee_file(path: Path) -> pd.DataFrame:
    """Return the practice's fee file as rows of `COLUMNS`.

    Args:
        path: CSV with payer, code and allowed (dollars for one unit), and optionally component
            (26 or TC) and setting (office or facility; empty means both).

    Raises:
        InputError: naming missing columns, and each row whose amount is not a positive number.
    """
    fees = read_given_table(path)
    if missing := {"payer", "code", "allowed"} - set(fees.columns):
        raise InputError(
            f"{path.name} lacks the column(s) {', '.join(sorted(missing))}. "
            "A fee file has payer, code, allowed, and optionally component and setting."
        )
    amounts = pd.to_numeric(fees["allowed"], errors="coerce")
    problems = [
        Problem(path.name, row + 2, "allowed", "not a positive amount", "dollars, such as 100.53")
        for row in fees.index[~(amounts > 0)]
    ]
    if problems:
        raise InputError(f"{path.name} cannot be used as it is.", problems)
    fees = fees.assign(allowed=amounts, source="fee file")
    for column in ("component", "setting"):
        if column not in fees.columns:
            fees[column] = ""
    return _both_settings(fees)[list(COLUMNS)]


def _both_settings(fees: pd.DataFrame) -> pd.DataFrame:
    """Return *fees* with a row for each setting where a row names neither."""
    either = fees["setting"] == ""
    parts = [fees[~either], *(fees[either].assign(setting=s) for s in ("office", "facility"))]
    return pd.concat(parts, ignore_index=True)


def own_prices(lines: pd.DataFrame) -> pd.DataFrame:
    """Return what each payer allowed for one unit of each code in the universe (the median).

    Args:
        lines: the universe; lines of voided claims and lines allowed nothing say nothing.
    """
    said = lines[(lines["allowed"] > 0) & (lines["frequency_code"] != "8")].copy()
    if said.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    said["component"] = ""
    for component in ("26", "TC"):
        for column in ("mod1", "mod2", "mod3", "mod4"):
            said.loc[said[column] == component, "component"] = component
    facility = said["pos"].isin(FACILITY_PLACES)
    said["setting"] = facility.map({True: "facility", False: "office"})
    said["each"] = said["allowed"] / said["units"]
    keys = ["payer", "code", "component", "setting"]
    found = said.groupby(keys)["each"].median().round(4).rename("allowed").reset_index()
    return found.assign(source=OWN_CLAIMS)[list(COLUMNS)]


def price_table(lines: pd.DataFrame, fee_file: Path | None) -> pd.DataFrame:
    """Return every price the practice itself can give, the fee file's first, in a fixed order."""
    parts = [read_fee_file(fee_file)] if fee_file else []
    parts.append(own_prices(lines))
    prices = pd.concat(parts, ignore_index=True)
    keys = ["payer", "code", "component", "setting"]
    return prices.drop_duplicates(keys).sort_values(keys, ignore_index=True)


@dataclass(frozen=True)
class PracticeFees:
    """The prices of one payer; what they lack comes from *otherwise*, the national list."""

    payer: str
    prices: Mapping[tuple[str, str, str], Decimal]
    otherwise: Fees

    def fee(self, code: str, component: str, dos: date) -> Fee | None:
        """Return the price of one unit of *code*, or None where no source gives one."""
        office = self.prices.get((code, component, "office"))
        facility = self.prices.get((code, component, "facility"))
        national = self.otherwise.fee(code, component, dos)
        if office is None and facility is None:
            return national
        unknown = Decimal("NaN")
        known = national or Fee(unknown, unknown, "", "")
        return replace(
            known,
            nonfacility=office if office is not None else known.nonfacility,
            facility=facility if facility is not None else known.facility,
            edition="the practice's own prices",
        )

    def global_days(self, code: str, dos: date) -> str | None:
        """Return the global period of *code*, which the national list holds."""
        return self.otherwise.global_days(code, dos)


def fees_by_payer(prices: pd.DataFrame, otherwise: Fees) -> dict[str, PracticeFees]:
    """Return the prices of each payer of a price table."""
    found: dict[str, PracticeFees] = {}
    named = prices.fillna({"component": ""})
    for payer, rows in named.groupby("payer"):
        keys = zip(rows["code"], rows["component"], rows["setting"], strict=True)
        amounts = (Decimal(f"{amount:.4f}") for amount in rows["allowed"].astype("float64"))
        own = dict(zip(keys, amounts, strict=True))
        found[str(payer)] = PracticeFees(str(payer), own, otherwise)
    return found
