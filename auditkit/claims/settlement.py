"""What a claim was paid in the end: remittances with their reversals netted, joined to claims."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from auditkit.claims.remittance import REVERSAL, Remittance
from auditkit.errors import InputError

#: CLP02 of a predetermination, which pays nothing (X12 code list 1029).
PREDETERMINATION = "25"

#: CLP02 by the place of the payer: 1 and 19 primary, 2 and 20 secondary, 3 and 21 tertiary; a
#: denial (4) does not say, and is taken as the first payer's.
_RANKS = {"1": 1, "19": 1, "4": 1, "2": 2, "20": 2, "3": 3, "21": 3}

_MODS = ["mod1", "mod2", "mod3", "mod4"]
_LINE = ["claim_id", "payer", "line_key"]


def net_lines(*remittances: Remittance) -> pd.DataFrame:
    """Return one row per claim, payer and line with every payment, reversal and correction added.

    A payment, its reversal (CLP02 = 22) and the corrected payment may stand in one file or in
    several; what remains is the correction. A line taken back altogether remains with zeros.

    Returns:
        claim_id, payer, rank (1 primary, 2 secondary, 3 tertiary), status (CLP02 of the last
        claim that is no reversal), line_key (line control number, or code, modifiers and date),
        line_control, code, billed_code, mod1..mod4, dos_from, charge, paid, allowed (dollars),
        units, occurrences, reversed (how many of them are reversals), paid_on (the last).

    Raises:
        InputError: if one payment (payer, trace, date) occurs twice among the remittances.
    """
    _refuse_repeats(remittances)
    parts = [_keyed(remittance, remittance.lines) for remittance in remittances]
    lines = pd.concat(parts, ignore_index=True)
    # Reversals first, so that the last of a line is the latest that was not taken back.
    lines = lines.sort_values(["is_reversal", "paid_on"], ascending=[False, True], kind="stable")
    money = ["charge", "paid", "allowed", "units"]
    # A reversal need not repeat the minus on its units.
    lines["units"] = np.where(lines["charge"] < 0, -lines["units"].abs(), lines["units"])
    grouped = lines.groupby(_LINE, dropna=False, sort=True)
    kept = ["line_control", "code", "billed_code", *_MODS, "dos_from"]
    net = lines.drop_duplicates(_LINE, keep="last").set_index(_LINE)[kept].sort_index()
    net[money] = grouped[money].sum(min_count=1).round(2)
    net["occurrences"] = grouped.size()
    net["reversed"] = grouped["is_reversal"].sum()
    net["paid_on"] = grouped["paid_on"].max()
    forward = lines[~lines["is_reversal"]].groupby(_LINE, dropna=False)["status"].last()
    net["status"] = forward.reindex(net.index)
    net["rank"] = net["status"].map(_RANKS).fillna(9).astype("int64")
    return net.reset_index()


def net_adjustments(*remittances: Remittance) -> pd.DataFrame:
    """Return the adjustments (CAS) with reversals netted; those that cancel are gone.

    One row per claim_id, payer, line_key (missing for the whole claim), group and reason, with
    amount (dollars) and quantity.

    Raises:
        InputError: as `net_lines`.
    """
    _refuse_repeats(remittances)
    parts = []
    for remittance in remittances:
        own = _keyed(remittance, remittance.lines)[["claim", "line", "line_key"]]
        own["line"] = own["line"].astype("Int64")
        claims = remittance.claims[["claim", "payer", "status"]]
        table = remittance.adjustments.merge(own, "left", on=["claim", "line"])
        table = table.merge(claims, on="claim")
        parts.append(table[table["status"] != PREDETERMINATION])
    table = pd.concat(parts, ignore_index=True)
    grouped = table.groupby([*_LINE, "group", "reason"], dropna=False, sort=True)
    net = grouped[["amount", "quantity"]].sum(min_count=1).round(2).reset_index()
    return net[net["amount"] != 0].reset_index(drop=True)


def _refuse_repeats(remittances: Sequence[Remittance]) -> None:
    """Raise if a payment is among *remittances* more than once."""
    if not remittances:
        raise InputError("remittances: there is none. Read one with `read_remittance` first.")
    columns = ["payer", "trace", "paid_on"]
    payments = pd.concat([r.payments.assign(file=r.file) for r in remittances], ignore_index=True)
    payments = payments.dropna(subset=["trace"])
    twice = payments[payments.duplicated(columns, keep=False)]
    if len(twice):
        files = ", ".join(sorted(set(twice["file"])))
        raise InputError(
            f"{files}: {twice.drop_duplicates(columns).shape[0]:,} payments (same payer, trace "
            "number and date) occur more than once. Give each remittance once."
        )


def _keyed(remittance: Remittance, lines: pd.DataFrame) -> pd.DataFrame:
    """Return *lines* with their claim's payer, status and date, and the key of the line."""
    claims = remittance.claims[["claim", "payer", "status", "paid_on"]]
    table = lines.merge(claims, on="claim")
    table = table[table["status"] != PREDETERMINATION].reset_index(drop=True)
    table["is_reversal"] = table["status"] == REVERSAL
    service = table["code"].fillna("")
    for name in _MODS:
        service = service + ":" + table[name].fillna("")
    service = service + ":" + table["dos_from"].dt.strftime("%Y-%m-%d").fillna("")
    table["line_key"] = table["line_control"].fillna(service)
    table["payer"] = table["payer"].fillna("")
    return table


def with_remittances(lines: pd.DataFrame, *remittances: Remittance) -> pd.DataFrame:
    """Return the claim lines with what the first payer allowed and paid.

    Lines are matched within a claim number (CLM01 = CLP01; a ``#2`` of the reader is left out,
    and then the last such claim is meant) by line control number, then by line number, then by
    code, modifiers and date, then by code and date; only where both sides have one such line.
    A claim that was denied as a whole, without lines, has each line allowed and paid 0.

    Columns added: remit_status (CLP02), remit_allowed, remit_paid (dollars), matched_by
    (line_control, line, service, code, claim; missing where unmatched). `allowed` and `paid`
    are filled where they were missing; what the claims table already said stays.
    `attrs["auditkit"]["remittance"]` counts matched and unmatched lines of both sides.

    Raises:
        InputError: as `net_lines`.
    """
    net = _first_payer(net_lines(*remittances))
    left = _claim_keys(lines)
    right = _remit_keys(net)
    found = pd.Series(-1, index=left.index)
    how = pd.Series(pd.NA, index=left.index, dtype="str")
    for name in ("line_control", "line", "service", "code"):
        keys = ["claim_id", name]
        open_left = left[(found < 0) & left[name].notna()].drop_duplicates(keys, keep=False)
        open_right = right[~right.index.isin(found) & right[name].notna()]
        open_right = open_right.drop_duplicates(keys, keep=False)
        pairs = open_left.reset_index().merge(open_right.reset_index(), on=keys)
        found.loc[pairs["index_x"]] = pairs["index_y"].to_numpy()
        how.loc[pairs["index_x"]] = name
    result = lines.copy()
    for name in ("status", "allowed", "paid"):
        # Position -1, of no line, is not in the index of *net* and so gives a missing value.
        result[f"remit_{name}"] = net[name].reindex(found).array
    result["matched_by"] = how.array
    _denied_whole(result, left["claim_id"].to_numpy(), remittances)
    for name in ("allowed", "paid"):
        result[name] = result[name].fillna(result[f"remit_{name}"])
    account = {
        "lines_matched": int(result["matched_by"].notna().sum()),
        "lines_unmatched": int(result["matched_by"].isna().sum()),
        "remittance_lines_unmatched": int(len(net) - (found >= 0).sum()),
    }
    result.attrs["auditkit"] = {**lines.attrs.get("auditkit", {}), "remittance": account}
    return result


def _first_payer(net: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the payer that comes first for each claim."""
    first = net.groupby("claim_id")["rank"].transform("min")
    own = net[net["rank"] == first]
    payer = own.groupby("claim_id")["payer"].transform("first")
    return own[own["payer"].eq(payer)].reset_index(drop=True)


def _claim_keys(lines: pd.DataFrame) -> pd.DataFrame:
    """Return what each claim line can be matched by; only the last claim of a number has it."""
    base = lines["claim_id"].str.replace(r"#[0-9]+$", "", regex=True)
    last = lines.groupby(base)["claim_id"].transform("last")
    keys = pd.DataFrame({"claim_id": base.where(lines["claim_id"] == last)})
    keys["line_control"] = lines["line_control"]
    keys["line"] = lines["line"].astype("str")
    keys["service"] = _service(lines, lines["code"], _MODS)
    keys["code"] = _service(lines, lines["code"], [])
    return keys.reset_index(drop=True)


def _remit_keys(net: pd.DataFrame) -> pd.DataFrame:
    """Return what each remitted line can be matched by."""
    keys = net[["claim_id", "line_control"]].copy()
    number = net["line_control"].str.fullmatch("0*[1-9][0-9]*").fillna(False)
    keys["line"] = net["line_control"].where(number).str.lstrip("0")
    code = net["billed_code"].fillna(net["code"])
    keys["service"] = _service(net, code, _MODS)
    keys["code"] = _service(net, code, [])
    return keys


def _service(table: pd.DataFrame, code: pd.Series, modifiers: list[str]) -> pd.Series:
    """Return code, modifiers and date of each row as one text."""
    text = code.fillna("") + "|" + table["dos_from"].dt.strftime("%Y-%m-%d").fillna("")
    for name in modifiers:
        text = text + "|" + table[name].fillna("")
    return text


def _denied_whole(
    result: pd.DataFrame, claim_id: np.ndarray, remittances: Sequence[Remittance]
) -> None:
    """Set the lines of claims that were denied without any service line to nothing paid."""
    claims = pd.concat([r.claims[["claim_id", "paid", "status"]] for r in remittances])
    with_lines = {name for r in remittances for name in r.lines["claim_id"].dropna()}
    whole = claims[~claims["claim_id"].isin(with_lines)].groupby("claim_id")
    denied = whole["paid"].sum()[whole["status"].last() == "4"]
    denied = denied[denied.abs() < 0.005]
    mask = pd.Series(claim_id).isin(denied.index).to_numpy() & result["matched_by"].isna()
    result.loc[mask, "remit_status"] = "4"
    result.loc[mask, ["remit_allowed", "remit_paid"]] = 0.0
    result.loc[mask, "matched_by"] = "claim"
