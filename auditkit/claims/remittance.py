"""Reader of remittances (835, X12 005010X221A1): what was paid, adjusted and remarked.

Nothing is netted here: reversals stand as the payer sent them. `auditkit.claims.settlement`
nets them and joins the result to claims. Money is in dollars; dates are datetime64.
"""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd

from auditkit.claims.balance import counts
from auditkit.claims.remittance_tables import TABLES, RemittanceTables
from auditkit.claims.segments import Segments
from auditkit.claims.x12 import Transaction, malformed, read_x12
from auditkit.errors import InputError

#: CLP02 of a claim that takes back an earlier payment (X12 code list 1029).
REVERSAL = "22"


@dataclass(frozen=True)
class Remittance:
    """One 835 file as tables.

    Attributes:
        file: the file's name.
        payments: one row per transaction set: payment (its number, from 0), payer, trace,
            method, paid_on, amount (negative where the payer debits).
        claims: one row per CLP: payment, claim (its number, from 0), claim_id (CLP01, the
            number the provider gave), status (CLP02), charge, paid, patient_responsibility,
            payer_claim_id, payer, payee_npi, rendering_npi, patient_key, paid_on.
        lines: one row per SVC: claim, line (from 1), claim_id, line_control, code, mod1..mod4,
            billed_code, units, billed_units, dos_from, dos_to, charge, paid, allowed.
        adjustments: one row per adjustment: claim, line (missing for one of the whole claim),
            claim_id, group (CO, PR, OA, PI), reason (CARC), amount, quantity.
        remarks: one row per remark: claim, line, claim_id, code (RARC).
        provider_adjustments: one row per PLB entry: payment, provider, fiscal_period, reason,
            reference, amount (positive is taken from the payment).
        checks: one row per total that the file states: segment, what, stated, found, holds.
    """

    file: str
    payments: pd.DataFrame
    claims: pd.DataFrame
    lines: pd.DataFrame
    adjustments: pd.DataFrame
    remarks: pd.DataFrame
    provider_adjustments: pd.DataFrame
    checks: pd.DataFrame


def read_remittance(path: str | Path) -> Remittance:
    """Read an 835 file.

    A line's `allowed` is its AMT*B6 or, where there is none, its charge less its CO
    adjustments. Totals that do not hold are rows of `checks`, not errors: payers' files often
    do not balance, and the reader of the audit should see which.

    Raises:
        InputError: if the file is not well-formed, holds other transactions than remittances,
            or an amount or date that cannot be read; every problem names its segment.
    """
    path = Path(path)
    try:
        interchanges = read_x12(path)
    except OSError as error:
        raise InputError(
            f"{path.name}: the file cannot be opened ({error.strerror}). "
            "Check the path and that you may read it."
        ) from None
    for transaction in interchanges.transactions:
        _refuse_others(transaction)
    batches = []
    payments = claims = 0
    for _, group in groupby(interchanges.transactions, key=lambda t: t.delimiters):
        batch = RemittanceTables(Segments(list(group)), payments, claims)
        batches.append(batch)
        payments += len(batch.tables["payments"])
        claims += len(batch.tables["claims"])
    problems = [problem for batch in batches for problem in batch.problems]
    if problems:
        raise InputError(f"{path.name}: the remittance cannot be read as it is.", problems)
    tables = {
        name: pd.concat([batch.tables[name] for batch in batches], ignore_index=True)
        for name in TABLES
    }
    tables["checks"] = pd.concat([tables["checks"], counts(interchanges.checks)]).reset_index(
        drop=True
    )
    return Remittance(file=path.name, **tables)


def _refuse_others(transaction: Transaction) -> None:
    """Raise unless *transaction* is a remittance."""
    if transaction.kind != "835":
        where = f"ST*{transaction.kind}" if transaction.kind.isalnum() else "ST"
        what, accepted = "another transaction than a remittance", "ST*835"
        raise malformed(transaction.file, transaction.first, where, what, accepted)
