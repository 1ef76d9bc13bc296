"""Repeat findings from audit to audit, with regression to the mean computed, not just stated.

Who did badly last time does better next time by chance alone. So the rate of each provider and
rule is compared with what the last audit leads to expect if nothing had changed: the last rate,
drawn towards the group as far as its sample was small. Only a difference from that says
something about education.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import betabinom

from auditkit.errors import InputError
from auditkit.model import Verdict
from auditkit.review.notation import service_of
from auditkit.stats.shrinkage import fit_beta, shrink

if TYPE_CHECKING:
    from auditkit.audit import Audit

#: The fewest members of a group from which a spread of true rates can be told.
FEWEST = 2


def repeat_findings(
    before: pd.DataFrame,
    after: pd.DataFrame,
    by: str = "provider_id",
    rules: Sequence[str] | None = None,
    level: float = 0.90,
) -> pd.DataFrame:
    """Return, for each member and rule, the two rates and what the first led to expect.

    Args:
        before: Line results of the earlier audit.
        after: Line results of the later one; members are matched by their names, so both audits
            must name them alike (NPI, not the opaque ids of one audit).
        by: The column that names members.
        rules: Rules to compare; those that found an error in either audit when absent. A rule
            counts over all lines of the services (visits, biopsies, destructions …) in which it
            found errors in either audit, since a supported line names no rule.
        level: Probability of the limits of the expected count.

    Returns:
        member, rule_id, lines_before, errors_before, lines_after, errors_after, rate_before,
        rate_after, repeat (found in both audits), expected_rate (if nothing changed), lower and
        upper (limits of the count expected), change (rate_after - rate_before),
        explained (the part of the change that regression to the mean leads to expect), effect
        (rate_after - expected_rate) and distinguished (whether the count lies outside the limits).

    Raises:
        InputError: Nobody was in both audits.
    """
    shared = sorted(set(before[by].dropna()) & set(after[by].dropna()))
    if not shared:
        raise InputError("No member was in both audits; name members alike, for instance by NPI.")
    before, after = (table.assign(service=_services(table)) for table in (before, after))
    wanted = _rules(before, after) if rules is None else list(rules)
    tables = [_of_rule(before, after, by, shared, rule, level) for rule in wanted]
    found = [table for table in tables if not table.empty]
    if not found:
        return pd.DataFrame(columns=list(_COLUMNS))
    return pd.concat(found, ignore_index=True)


_COLUMNS = (
    "member",
    "rule_id",
    "lines_before",
    "errors_before",
    "lines_after",
    "errors_after",
    "rate_before",
    "rate_after",
    "repeat",
    "expected_rate",
    "lower",
    "upper",
    "change",
    "explained",
    "effect",
    "distinguished",
)


def repeats_between(before: "Audit", after: "Audit", level: float = 0.90) -> pd.DataFrame:
    """Return the repeat findings of two audits, their providers matched by NPI.

    An audit numbers its providers itself, so P02 of one need not be P02 of the other.

    Args:
        before: The earlier audit, compared at least.
        after: The later audit, compared at least.
        level: As for :func:`repeat_findings`.

    Returns:
        The table of :func:`repeat_findings`; `member` is the NPI, `name` the provider's name and
        `provider_id` the later audit's id.

    Raises:
        InputError: Both are one audit, the first is the later one, or no provider is in both.
    """
    _in_order(before, after)
    table = repeat_findings(_by_npi(before), _by_npi(after), by="npi", level=level)
    people = after.providers.set_index("npi")
    table.insert(1, "name", table["member"].map(people["name"]))
    table.insert(2, "provider_id", table["member"].map(people["provider_id"]))
    return table


def _in_order(before: "Audit", after: "Audit") -> None:
    if before.folder.resolve() == after.folder.resolve():
        raise InputError(f"{after.folder} was named twice; a repeat needs two audits.")
    first, second = (audit.frame["month"].dropna() for audit in (before, after))
    if len(first) and len(second) and first.max() > second.max():
        raise InputError(
            f"{before.folder} reaches to {first.max()} and {after.folder} to {second.max()}: name "
            "the earlier audit first."
        )


def _by_npi(audit: "Audit") -> pd.DataFrame:
    """Return the line results with the column `npi`; an id without an NPI is nobody's."""
    npi = audit.providers.set_index("provider_id")["npi"]
    results = audit.line_results
    return results.assign(npi=results["provider_id"].map(npi))


def caveat(table: pd.DataFrame) -> str:
    """Return in words how much of the improvement regression to the mean leads to expect.

    Args:
        table: A table of :func:`repeat_findings`.
    """
    worse = table[table["rate_before"] > table["expected_rate"]]
    fell = worse["change"].clip(upper=0).sum()
    if worse.empty or fell == 0:
        return "No rate that was above its expectation has fallen; there is nothing to explain."
    share = float(np.clip(worse.loc[worse["change"] < 0, "explained"].sum() / fell, 0.0, 1.0))
    told = int((table["distinguished"] & (table["effect"] < 0)).sum())
    return (
        f"Of the fall in rates that stood above their expectation, {100 * share:.0f} % was to be "
        "expected without any education, because they were picked out for being high (regression "
        f"to the mean). {told} of {len(table)} rates fell by more than chance leads to expect."
    )


def _rules(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    wrong = [t.loc[t["verdict"] != Verdict.SUPPORTED.value, "rule_id"] for t in (before, after)]
    return sorted({str(rule) for part in wrong for rule in part.dropna()})


def _services(table: pd.DataFrame) -> list[str]:
    """Return the service of each line: of the code billed, or of the one that was not."""
    return [
        service_of(billed, agreed)
        for billed, agreed in zip(table["billed_code"], table["agreed_code"], strict=True)
    ]


def _of_rule(
    before: pd.DataFrame,
    after: pd.DataFrame,
    by: str,
    shared: Sequence[str],
    rule: str,
    level: float,
) -> pd.DataFrame:
    services = {x for t in (before, after) for x in t.loc[_found(t, rule), "service"]}
    (n1, x1), (n2, x2) = (_counts(t, by, shared, rule, services) for t in (before, after))
    seen = (n1 > 0) & (n2 > 0)
    if not seen.any():
        return pd.DataFrame()
    n1, x1, n2, x2 = n1[seen], x1[seen], n2[seen], x2[seen]
    prior = fit_beta(x1, n1) if len(n1) >= FEWEST else (0.5, 0.5)
    expected, _, _ = shrink(x1, n1, prior, level)
    a, b = prior[0] + x1, prior[1] + n1 - x1
    tail = (1.0 - level) / 2.0
    lower, upper = betabinom.ppf(tail, n2, a, b), betabinom.ppf(1.0 - tail, n2, a, b)
    rate_before, rate_after = x1 / n1, x2 / n2
    return pd.DataFrame(
        {
            "member": [name for name, kept in zip(shared, seen, strict=True) if kept],
            "rule_id": rule,
            "lines_before": n1,
            "errors_before": x1,
            "lines_after": n2,
            "errors_after": x2,
            "rate_before": rate_before,
            "rate_after": rate_after,
            "repeat": (x1 > 0) & (x2 > 0),
            "expected_rate": expected,
            "lower": lower.astype("int64"),
            "upper": upper.astype("int64"),
            "change": rate_after - rate_before,
            "explained": expected - rate_before,
            "effect": rate_after - expected,
            "distinguished": (x2 < lower) | (x2 > upper),
        }
    )


def _found(table: pd.DataFrame, rule: str) -> pd.Series:
    """Return which lines are in error under *rule*."""
    return (table["rule_id"] == rule) & (table["verdict"] != Verdict.SUPPORTED.value)


def _counts(
    table: pd.DataFrame, by: str, shared: Sequence[str], rule: str, services: set[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return lines reviewed and lines in error under *rule*, for each shared member."""
    mine = table[table["service"].isin(services)]
    wrong = mine[_found(mine, rule)]
    lines = mine.groupby(by).size().reindex(list(shared), fill_value=0)
    errors = wrong.groupby(by).size().reindex(list(shared), fill_value=0)
    return lines.to_numpy(dtype="int64"), errors.to_numpy(dtype="int64")
