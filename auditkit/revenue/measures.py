"""Revenue-cycle measures, each with what it counts, over what, without what, and when.

The definitions follow the revenue-cycle keys that the Healthcare Financial Management Association
publishes in outline; practices define them differently, so that each measure carries its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from auditkit.claims.remittance import Remittance
from auditkit.errors import InputError
from auditkit.revenue.denials import adjudicated, denials

#: Days over which charges are averaged for days in accounts receivable.
CHARGE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `value` is numerator over denominator, or None when nothing is counted."""

    name: str
    unit: str
    numerator: float
    denominator: float
    counts: str
    over: str
    without: str
    first_day: date
    last_day: date

    @property
    def value(self) -> float | None:
        """Return numerator over denominator; None when the denominator is zero."""
        return self.numerator / self.denominator if self.denominator else None


def measures(
    lines: pd.DataFrame,
    *remittances: Remittance,
    as_of: date,
    signals: pd.DataFrame | None = None,
) -> tuple[Measure, ...]:
    """Return denial rates, first-pass yield, days in A/R and, with signals, the clean-claim rate.

    Args:
        lines: the claim lines table; voided claims (frequency 8) are left out.
        remittances: the 835 files received until *as_of*.
        as_of: the day on which receivables are counted.
        signals: the result of `auditkit.edits.screen` on the same lines.

    Raises:
        InputError: if no claim line is dated on or before *as_of*, or as `net_lines`.
    """
    billed = lines[(lines["frequency_code"].fillna("1") != "8")]
    billed = billed[billed["dos_from"] <= pd.Timestamp(as_of)]
    if billed.empty:
        raise InputError(f"No claim line is dated on or before {as_of}; choose a later day.")
    decided = adjudicated(*remittances)
    denied = denials(*remittances)
    found = [
        _denied_lines(decided, denied),
        _denied_dollars(decided, denied),
        _first_pass(decided, remittances),
        _days_in_receivables(billed, remittances, as_of),
    ]
    if signals is not None:
        found.append(_clean_claims(billed, signals))
    return tuple(found)


def as_table(found: tuple[Measure, ...]) -> pd.DataFrame:
    """Return the measures as a table with every part of their definitions beside the value."""
    rows = [
        {
            "measure": m.name, "value": m.value, "unit": m.unit, "numerator": m.numerator,
            "denominator": m.denominator, "counts": m.counts, "over": m.over,
            "without": m.without, "first_day": m.first_day, "last_day": m.last_day,
        }
        for m in found
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _days(dates: pd.Series) -> tuple[date, date]:
    """Return the first and last day of *dates*."""
    if dates.dropna().empty:
        return date.min, date.min
    return dates.min().date(), dates.max().date()


_DECIDED = "lines that the first payer decided, reversals netted"
_NOT_DECIDED = "lines that no remittance names; predeterminations; secondary payers"


def _denied_lines(decided: pd.DataFrame, denied: pd.DataFrame) -> Measure:
    return Measure(
        "denial rate, lines", "share", len(denied), len(decided),
        "lines paid nothing with an adjustment other than the contract's or the patient's",
        _DECIDED, _NOT_DECIDED, *_days(decided["paid_on"]),
    )  # fmt: skip


def _denied_dollars(decided: pd.DataFrame, denied: pd.DataFrame) -> Measure:
    return Measure(
        "denial rate, dollars", "share",
        round(float(denied["charge"].sum()), 2), round(float(decided["charge"].sum()), 2),
        "charges of denied lines", f"charges of {_DECIDED}", _NOT_DECIDED,
        *_days(decided["paid_on"]),
    )  # fmt: skip


def _first_pass(decided: pd.DataFrame, remittances: tuple[Remittance, ...]) -> Measure:
    """Return the share of claims settled by their first remittance, and never taken back."""
    claims = pd.concat([r.claims for r in remittances], ignore_index=True)
    claims = claims[claims["claim_id"].isin(decided["claim_id"])]
    first = claims.sort_values("paid_on", kind="stable").groupby("claim_id").first()
    touched_again = claims.loc[claims["status"] == "22", "claim_id"].unique()
    settled = (first["paid"] > 0) & ~first.index.isin(touched_again)
    return Measure(
        "first-pass yield", "share", int(settled.sum()), len(first),
        "claims paid by their first remittance and never reversed",
        "claims that the first payer decided", "claims without a remittance",
        *_days(first["paid_on"]),
    )  # fmt: skip


def _days_in_receivables(
    billed: pd.DataFrame, remittances: tuple[Remittance, ...], as_of: date
) -> Measure:
    """Return open charges over average daily charges of the last ninety days."""
    start = as_of - timedelta(days=CHARGE_DAYS - 1)
    recent = billed[billed["dos_from"] >= pd.Timestamp(start)]
    claims = pd.concat([r.claims for r in remittances], ignore_index=True)
    later = claims.groupby("claim_id")["paid_on"].min() > pd.Timestamp(as_of)
    unknown = billed["paid"].isna() & ~billed["claim_id"].isin(later.index)
    waiting = billed[billed["claim_id"].map(later).eq(True) | unknown]
    return Measure(
        "days in accounts receivable", "days",
        round(float(waiting["charge"].sum()), 2),
        round(float(recent["charge"].sum()) / CHARGE_DAYS, 2),
        f"charges of claims that no payer had decided on {as_of}: paid later, or not at all",
        f"charges a day, over the {CHARGE_DAYS} days to {as_of}",
        "voided claims; patients' balances after the payer's decision; claims whose payment the "
        "claims file states without a remittance", start, as_of,
    )  # fmt: skip


def _clean_claims(billed: pd.DataFrame, signals: pd.DataFrame) -> Measure:
    """Return the share of claims on which no claims edit signals an error."""
    flagged = signals.loc[signals["severity"] == "error", "claim_id"].unique()
    claims = billed["claim_id"].unique()
    clean = len(set(claims) - set(flagged))
    return Measure(
        "clean-claim rate", "share", clean, len(claims),
        "claims on which no claims edit of severity error signals", "claims billed",
        "voided claims; what only the payer can see", *_days(billed["dos_from"]),
    )  # fmt: skip
