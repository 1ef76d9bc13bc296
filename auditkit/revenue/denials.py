"""Denials: lines that the first payer did not pay, by cause, and whether the payer was right.

A denied line was adjudicated, paid nothing, and carries an adjustment other than the contract's
discount or the patient's share. Its cause is that of its largest such adjustment; the remark
codes of the line decide where the adjustment only says that information was missing.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

import pandas as pd

from auditkit.claims.remittance import Remittance
from auditkit.claims.settlement import net_adjustments, net_lines
from auditkit.errors import InputError

OTHER = "other"
#: Adjustment codes so wide that a remark code on the same line decides the cause.
EXPLAINED_BY_REMARK = ("16", "96", "A1", "125", "227")

COLUMNS = (
    "claim_id", "payer", "line_key", "code", "dos_from", "paid_on", "charge", "group", "reason",
    "remark", "cause",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Causes:
    """The dated map from adjustment and remark codes to causes."""

    ordinary: frozenset[str]
    adjustments: tuple[tuple[str, date, date | None, frozenset[str]], ...]
    remarks: dict[str, str]

    def cause(self, reason: str, remarks: tuple[str, ...], on: date | None) -> str:
        """Return the cause of an adjustment on a date; `other` where the map has none."""
        if reason in EXPLAINED_BY_REMARK:
            for remark in remarks:
                if remark in self.remarks:
                    return self.remarks[remark]
        for name, start, end, codes in self.adjustments:
            in_force = on is None or (start <= on and (end is None or on <= end))
            if reason in codes and in_force:
                return name
        return OTHER


@cache
def causes() -> Causes:
    """Return the map that comes with auditkit."""
    text = resources.files(__package__).joinpath("denial_causes.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    adjustments = tuple(
        (c["id"], c["from"], c.get("to"), frozenset(c["codes"])) for c in raw["cause"]
    )
    remarks = {code: r["id"] for r in raw["remark"] for code in r["codes"]}
    return Causes(frozenset(raw["not_a_denial"]["codes"]), adjustments, remarks)


def adjudicated(*remittances: Remittance) -> pd.DataFrame:
    """Return the lines that the first payer of each claim decided, reversals netted.

    Returns:
        The columns of `net_lines`; one row per line.

    Raises:
        InputError: as `net_lines`.
    """
    net = net_lines(*remittances)
    first = net.groupby("claim_id")["rank"].transform("min")
    return net[(net["rank"] == first) & (net["charge"] > 0)].reset_index(drop=True)


def denials(*remittances: Remittance, known: Causes | None = None) -> pd.DataFrame:
    """Return the denied lines with their cause.

    Args:
        remittances: 835 files, each once.
        known: the map of causes (default: the one that comes with auditkit).

    Returns:
        `COLUMNS`, one row per denied line, charge in dollars; `reason` is the CARC and `remark`
        the first RARC of the line.

    Raises:
        InputError: as `net_lines`.
    """
    known = known or causes()
    unpaid = adjudicated(*remittances)
    unpaid = unpaid[unpaid["paid"] == 0]
    adjustments = net_adjustments(*remittances)
    adjustments = adjustments[~adjustments["reason"].isin(known.ordinary)]
    keys = ["claim_id", "payer"]
    on_lines = unpaid.merge(adjustments.dropna(subset=["line_key"]), on=[*keys, "line_key"])
    whole = adjustments[adjustments["line_key"].isna()].drop(columns="line_key")
    on_claims = unpaid.merge(whole, on=keys)
    found = pd.concat([on_lines, on_claims], ignore_index=True)
    found = found.sort_values(["amount", "reason"], ascending=[False, True], kind="stable")
    found = found.drop_duplicates([*keys, "line_key"]).sort_values([*keys, "line_key"])
    remarks = _remarks(remittances)
    said = [remarks.get(claim, ()) for claim in found["claim_id"]]
    found["remark"] = pd.Series([each[0] if each else None for each in said], found.index)
    days = [None if pd.isna(day) else day.date() for day in found["paid_on"]]
    found["cause"] = [
        known.cause(reason, each, day)
        for reason, each, day in zip(found["reason"], said, days, strict=True)
    ]
    return found[list(COLUMNS)].reset_index(drop=True)


def _remarks(remittances: tuple[Remittance, ...]) -> dict[str, tuple[str, ...]]:
    """Return the remark codes of each claim, in the order of the files."""
    found: dict[str, tuple[str, ...]] = {}
    for remittance in remittances:
        for claim, codes in remittance.remarks.groupby("claim_id")["code"]:
            found[str(claim)] = (*found.get(str(claim), ()), *codes)
    return found


def pareto(denied: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return denied lines and dollars by a column, largest dollars first, with running shares.

    Args:
        denied: the result of `denials`, or more columns joined to it (such as provider_id).
        by: the column to group by, such as cause, payer or provider_id.

    Raises:
        InputError: if there is no such column.
    """
    if by not in denied.columns:
        raise InputError(
            f"denials have no column '{by}'. Columns: {', '.join(map(str, denied.columns))}."
        )
    table = denied.groupby(by, dropna=False).agg(lines=("charge", "size"), charge=("charge", "sum"))
    table = table.sort_values(["charge", "lines"], ascending=False, kind="stable")
    total = table["charge"].sum()
    table["share"] = table["charge"] / total if total else 0.0
    table["running_share"] = table["share"].cumsum()
    return table.reset_index()


def against_findings(denied: pd.DataFrame, audited: pd.DataFrame) -> pd.DataFrame:
    """Return audited denied lines by cause: was the denial right, or was the line supported?

    Args:
        denied: the result of `denials`.
        audited: audited lines with claim_id (the practice's own), code, and verdict.

    Returns:
        cause, denied_and_wrong (the record does not support the line as billed: the payer had a
        reason), denied_but_right (it does: appeal), not_audited; counts of lines.
    """
    keys = ["claim_id", "code"]
    verdicts = audited.drop_duplicates(keys)[[*keys, "verdict"]]
    joined = denied.merge(verdicts, how="left", on=keys)
    state = joined["verdict"].map(
        lambda v: (
            "not_audited"
            if pd.isna(v)
            else "denied_but_right"
            if v == "supported"
            else "denied_and_wrong"
        )
    )
    table = pd.crosstab(joined["cause"], state)
    columns = ["denied_and_wrong", "denied_but_right", "not_audited"]
    return table.reindex(columns=columns, fill_value=0).reset_index().rename_axis(None, axis=1)
