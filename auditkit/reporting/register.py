"""The audit register: who was audited when, with what score, across audits; an open CSV file.

Providers are followed by NPI, since an audit's opaque ids are its own. Two files stand beside the
audits' folders: `register.csv`, made from the audits, and `education.csv`, which people keep.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from auditkit.audit import SETTINGS, Audit
from auditkit.errors import InputError, Problem, ReportError
from auditkit.files import read_table, write_table
from auditkit.reporting.facts import PRACTICE, Facts

REGISTER = "register.csv"
EDUCATION = "education.csv"

COLUMNS = (
    "audit", "period_from", "period_to", "npi", "name", "reviewed", "in_error", "rate_in_error",
    "over", "under", "policy",
)  # fmt: skip
EDUCATION_COLUMNS = ("npi", "on", "topic", "given_by")


def audits_in(root: Path) -> list[Audit]:
    """Return the scored audits whose folders are in *root*, in the order of their periods."""
    found = [Audit(path.parent) for path in sorted(root.glob(f"*/{SETTINGS}"))]
    scored = [each for each in found if each.path("scores.csv").is_file()]
    return sorted(scored, key=lambda each: (_months(each)[-1], each.folder.name))


def _months(audit: Audit) -> list[str]:
    return sorted(audit.frame["month"].dropna().unique()) or [""]


def register(audits: Iterable[Audit]) -> pd.DataFrame:
    """Return the register of *audits*: one row for each audit and provider, and its practice.

    Returns:
        The columns of `COLUMNS`; the row of the practice has no NPI. `in_error` counts encounters
        with an error that the audit's encounter policy counts.
    """
    rows = []
    for audit in audits:
        months = _months(audit)
        people = audit.providers.set_index("provider_id")
        reviewed = sorted(audit.line_results["provider_id"].unique())
        for scope in (PRACTICE, *reviewed):
            facts = Facts(audit, scope)
            score = facts.score("encounter_accuracy")
            if score is None:
                continue
            n = round(float(score["denominator"]))
            wrong = n - round(float(score["numerator"]))
            over, under = facts.dollars
            npi = "" if facts.is_practice else str(people.loc[scope, "npi"])
            rows.append((
                audit.folder.resolve().name, months[0], months[-1], npi, facts.name, n, wrong,
                wrong / n if n else float("nan"), over, under, score["policy"],
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_register(root: Path) -> pd.DataFrame:
    """Write `register.csv` of the audits in *root*, and return it.

    Raises:
        ReportError: if no scored audit is there.
    """
    audits = audits_in(root)
    if not audits:
        raise ReportError(f"{root} holds no scored audit. Run `auditkit run FOLDER` first.")
    table = register(audits)
    write_table(root / REGISTER, table)
    return table


def read_education(root: Path) -> pd.DataFrame:
    """Return what education was given, from `education.csv` in *root*; empty when there is none.

    Raises:
        InputError: if a column is missing or a date is none, naming the row.
    """
    path = root / EDUCATION
    if not path.is_file():
        return pd.DataFrame(columns=list(EDUCATION_COLUMNS))
    table = read_table(path)
    if missing := [c for c in EDUCATION_COLUMNS if c not in table]:
        raise InputError(f"{EDUCATION} lacks the column(s) {', '.join(missing)}.")
    dates = pd.to_datetime(table["on"], format="%Y-%m-%d", errors="coerce")
    problems = [
        Problem(EDUCATION, int(row) + 2, "on", "is no date", "a day written YYYY-MM-DD")
        for row in table.index[dates.isna()]
    ]
    if problems:
        raise InputError(f"{EDUCATION} cannot be used as it is.", problems)
    return table.assign(on=dates)


def repeats(audits: Sequence[Audit]) -> pd.DataFrame:
    """Return the themes found in the same provider in more than one audit.

    Returns:
        npi, name, family, audits (their names in order of time) and found (counts in each).
    """
    counted = []
    for audit in audits:
        found = audit.findings
        found = found[(found["severity"] == "error") & found["main"].fillna(False).astype("bool")]
        counts = found.groupby(["provider_id", "family"]).size().rename("found").reset_index()
        counts = counts.merge(audit.providers, on="provider_id")
        counted.append(counts.assign(audit=audit.folder.resolve().name))
    empty = pd.DataFrame(columns=["npi", "name", "family", "audits", "found"])
    if not counted:
        return empty
    everything = pd.concat(counted, ignore_index=True)
    rows = [
        (npi, part["name"].iloc[-1], family, ", ".join(part["audit"]),
         ", ".join(map(str, part["found"])))
        for (npi, family), part in everything.groupby(["npi", "family"], sort=True)
        if part["audit"].nunique() > 1
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(empty.columns))
