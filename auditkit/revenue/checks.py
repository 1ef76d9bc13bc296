"""Eligibility checks and prior authorisations: made in time, active, and for the right plan?"""

import pandas as pd

from auditkit.errors import InputError

ELIGIBILITY = ("patient_key", "checked_on", "payer", "active")
AUTHORISATION = ("patient_key", "payer", "code", "approved_on", "valid_from", "valid_to")


def eligibility_checks(lines: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Return, for each encounter, whether eligibility was checked before the service.

    Args:
        lines: claim lines with encounter_id.
        log: one row per check: patient_key, checked_on (date), payer, active (True or False).

    Returns:
        encounter_id, checked (a check on or before the date of service exists), active and
        same_payer (of the last such check; missing where there is none).

    Raises:
        InputError: if the log lacks a column.
    """
    _need(log, ELIGIBILITY, "eligibility log")
    visits = lines.drop_duplicates("encounter_id")[
        ["encounter_id", "patient_key", "dos_from", "payer"]
    ]
    joined = visits.merge(log, on="patient_key", how="left", suffixes=("", "_checked"))
    in_time = joined[joined["checked_on"] <= joined["dos_from"]]
    last = in_time.sort_values("checked_on", kind="stable").groupby("encounter_id").last()
    table = visits[["encounter_id"]].set_index("encounter_id")
    table["checked"] = table.index.isin(last.index)
    table["active"] = last["active"]
    table["same_payer"] = last["payer_checked"] == last["payer"]
    return table.reset_index()


def authorisation_checks(
    lines: pd.DataFrame, log: pd.DataFrame, needed: frozenset[str]
) -> pd.DataFrame:
    """Return, for each line whose code needs it, whether an authorisation covers it.

    Args:
        lines: claim lines.
        log: one row per authorisation: patient_key, payer, code, approved_on, valid_from,
            valid_to (dates).
        needed: the codes for which the payer asks for authorisation.

    Returns:
        claim_id, line, code and `state`: covered, approved_late (after the service),
        out_of_dates, other_payer, or none.

    Raises:
        InputError: if the log lacks a column.
    """
    _need(log, AUTHORISATION, "authorisation log")
    asked = lines.loc[
        lines["code"].isin(needed), ["claim_id", "line", "patient_key", "code", "payer", "dos_from"]
    ]
    joined = asked.merge(log, on=["patient_key", "code"], how="left", suffixes=("", "_given"))
    in_dates = (joined["valid_from"] <= joined["dos_from"]) & (
        joined["dos_from"] <= joined["valid_to"]
    )
    state = pd.Series("none", index=joined.index)
    given = joined["payer_given"].notna()
    state[given & (joined["payer_given"] != joined["payer"])] = "other_payer"
    mine = given & (joined["payer_given"] == joined["payer"])
    state[mine & ~in_dates] = "out_of_dates"
    state[mine & in_dates & (joined["approved_on"] > joined["dos_from"])] = "approved_late"
    state[mine & in_dates & (joined["approved_on"] <= joined["dos_from"])] = "covered"
    order = ["covered", "approved_late", "out_of_dates", "other_payer", "none"]
    joined["state"] = pd.Categorical(state, order, ordered=True)
    best = joined.sort_values("state").groupby(["claim_id", "line"], as_index=False).first()
    return best[["claim_id", "line", "code", "state"]].astype({"state": "str"})


def _need(log: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in log.columns]
    if missing:
        raise InputError(
            f"The {name} lacks the column(s) {', '.join(missing)}. It needs {', '.join(columns)}."
        )
