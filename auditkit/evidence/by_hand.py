"""The page CHECK_BY_HAND.md: three figures of an audit, worked in full for a calculator."""

from collections.abc import Iterator

import pandas as pd

from auditkit.audit import Audit
from auditkit.sampling.draw import TAKE_ALL


def by_hand(audit: Audit) -> str:
    """Return a page that works three figures of the audit in full, for a reader with a calculator.

    Raises:
        InputError: if the audit has not been drawn and scored.
    """
    parts = [
        "# Check by hand\n",
        "Three figures of this audit, worked so that anyone can repeat them.\n",
        *_ticket(audit),
        *_rate(audit),
        *_total(audit),
    ]
    return "\n".join(parts)


def _ticket(audit: Audit) -> Iterator[str]:
    """Yield the first ticket, and what it is made of."""
    first = audit.sample.iloc[0]
    text = f"{audit.plan.seed.value}|{first['stratum']}|{first['unit_id']}"
    yield "## 1. The first ticket\n"
    yield f"The text `{text}` has the SHA-256\n\n    {first['ticket']}\n"
    yield (
        f"Any tool shows it: `printf '%s' '{text}' | sha256sum`. The units of stratum "
        f"{first['stratum']} with the smallest such numbers are its sample.\n"
    )


def _rate(audit: Audit) -> Iterator[str]:
    """Yield the error rate of one provider, each encounter in error named."""
    results = audit.line_results
    provider = sorted(results["provider_id"].unique())[0]
    mine = results[results["provider_id"] == provider]
    n = mine["encounter_id"].nunique()
    wrong = mine[mine["verdict"] != "supported"].drop_duplicates("encounter_id")
    yield f"## 2. Encounters of {provider} without error\n"
    yield (
        f"In line_results.csv, {provider} has {n} encounters. {len(wrong)} have at least one line "
        "whose verdict is not `supported`; the first such line of each:\n"
    )
    rows = ["| encounter | billed | agreed | verdict |", "|---|---|---|---|"]
    for row in wrong.fillna({"billed_code": "", "agreed_code": ""}).to_dict("records"):
        rows.append(
            f"| {row['encounter_id']} | {row['billed_code']} | {row['agreed_code']} | "
            f"{row['verdict']} |"
        )
    yield "\n".join(rows) + "\n"
    yield (
        f"So {n - len(wrong)} of {n} are without error: {n - len(wrong)} / {n} = "
        f"{(n - len(wrong)) / n:.1%}.\n"
    )


def _total(audit: Audit) -> Iterator[str]:
    """Yield the projected overpayment, amount by amount for one stratum, then for all."""
    found = audit.estimate
    if "refused" in found:
        yield "## 3. The projection\n"
        yield f"There is none: {found['refused']}.\n"
        return
    over = audit.line_results["dollars"].clip(lower=0)
    stratum = audit.line_results["stratum"].astype("str")
    sums = over.groupby(stratum).sum()
    yield "## 3. The projected overpayment\n"
    yield (
        "Billed less supported dollars, where positive, summed by stratum of line_results.csv and "
        f"carried to the frame.{_whole(audit)}\n"
    )
    yield _one_stratum(over, stratum, sums)
    rows = [
        "| stratum | units N | drawn n | overpaid in the sample | N / n × sum |",
        "|---|---|---|---|---|",
    ]
    total = 0.0
    for row in audit.strata.to_dict("records"):
        amount = float(sums.get(str(row["stratum"]), 0.0))
        share = row["units"] / row["sampled"] * amount
        total += share
        rows.append(
            f"| {row['stratum']} | {row['units']:,} | {row['sampled']:,} | {amount:,.2f} | "
            f"{share:,.2f} |"
        )
    yield "\n".join(rows)
    yield f"\nSum: ${total:,.2f}. estimate.json says ${found['overpayment']['point']:,.2f}.\n"


def _whole(audit: Audit) -> str:
    whole = TAKE_ALL in set(audit.strata["stratum"])
    return " A take-all stratum counts as it is." if whole else ""


def _one_stratum(over: pd.Series, stratum: pd.Series, sums: pd.Series) -> str:
    """Return the amounts of the first stratum that has any, added up."""
    some = sums[sums > 0]
    if some.empty:
        return "No line of the sample was overpaid.\n"
    name = sorted(some.index)[0]
    amounts = over[(stratum == name) & (over > 0)]
    added = " + ".join(f"{amount:.2f}" for amount in amounts)
    return f"Stratum {name}, line by line: {added} = {float(some[name]):,.2f}.\n"
