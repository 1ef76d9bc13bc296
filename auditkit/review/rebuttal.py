"""The rebuttal and overturn ledger: what providers answered, what was decided, what it changed."""

from typing import Any

import pandas as pd

from auditkit.model import Verdict
from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.outcome import FOUND_BY_PEOPLE, Price, reviewed
from auditkit.review.state import Key, State
from auditkit.scoring import score
from auditkit.stats import binomial


def ledger(state: State, line_results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per line that a provider answered.

    Returns:
        encounter_id, slot, provider_id, response (`agrees`, `disputes`), reason,
        attachment_sha256, responded_at, rule_id, reader, decision (`upheld`, `overturned`,
        `open` or empty), decided_by, decided_at, decision_reason, verdict_before, verdict_after.
    """
    rules = _rules(line_results)
    rows = [_ledger_row(state, key, rules) for key in sorted(state.responses)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "encounter_id",
    "slot",
    "provider_id",
    "response",
    "reason",
    "attachment_sha256",
    "responded_at",
    "rule_id",
    "reader",
    "decision",
    "decided_by",
    "decided_at",
    "decision_reason",
    "verdict_before",
    "verdict_after",
)


def overturn_rates(
    state: State, line_results: pd.DataFrame, by: str = "rule_id", level: float = 0.95
) -> pd.DataFrame:
    """Return how often judgements were disputed and overturned, by rule or by reader.

    Args:
        state: The review.
        line_results: The engine's comparison, for the rule of each line.
        by: `rule_id` or `reader`.
        level: Confidence level of the exact binomial limits of `overturn_rate`.

    Returns:
        *by*, errors (judgements of error), disputed, overturned, overturn_rate (overturned over
        errors), lower, upper, overturned_of_disputed. Errors are judged lines whose verdict
        before rebuttal is not `supported`, and the billed lines of missing records, whose reader
        is `missing_record`; an error that no rule names is of the rule `REVIEW`.
    """
    if by not in ("rule_id", "reader"):
        raise ValueError(f"'by' must be 'rule_id' or 'reader' (got {by!r}).")
    rules = _rules(line_results)
    rows = []
    for key in _errors(state, line_results):
        before = state.before_rebuttal(key)
        decision = _decision(state, key)
        rows.append(
            {
                "rule_id": _rule(before, rules.get(key, "")),
                "reader": before.by if before else Verdict.MISSING_RECORD.value,
                "disputed": _disputed(state, key),
                "overturned": decision == "overturned",
            }
        )
    table = pd.DataFrame(rows, columns=["rule_id", "reader", "disputed", "overturned"])
    counted = table.groupby(by, sort=True).agg(
        errors=("disputed", "size"), disputed=("disputed", "sum"), overturned=("overturned", "sum")
    )
    counted = counted.astype("int64").reset_index()
    pairs = list(zip(counted["overturned"], counted["errors"], strict=True))
    limits = [binomial.clopper_pearson(x, n, level) for x, n in pairs]
    return counted.assign(
        overturn_rate=counted["overturned"] / counted["errors"],
        lower=[low for low, _ in limits],
        upper=[high for _, high in limits],
        overturned_of_disputed=counted["overturned"] / counted["disputed"].where(lambda d: d > 0),
    )


def any_overturned(state: State) -> bool:
    """Return whether a manager reversed a finding on a provider's dispute."""
    return any(getattr(r.event, "outcome", "") == "overturned" for r in state.decisions.values())


def before_and_after(
    line_results: pd.DataFrame,
    state: State,
    policy: str,
    price: Price | None = None,
    **score_args: Any,
) -> pd.DataFrame:
    """Return the scores before and after rebuttal, side by side.

    Args:
        line_results: The engine's comparison.
        state: The review.
        policy: A scoring policy's id.
        price: As for :func:`auditkit.review.outcome.reviewed`.
        score_args: Further arguments of :func:`auditkit.scoring.score`.

    Returns:
        scope, measure, policy, before, after, change.
    """
    keys = ["scope", "measure", "policy"]
    found = [
        score(reviewed(line_results, state, price, rebuttal=flag), policy, **score_args)
        for flag in (False, True)
    ]
    both = found[0][[*keys, "rate"]].merge(
        found[1][[*keys, "rate"]], on=keys, how="outer", suffixes=("_before", "_after")
    )
    both = both.rename(columns={"rate_before": "before", "rate_after": "after"})
    return both.assign(change=both["after"] - both["before"])


def _ledger_row(state: State, key: Key, rules: dict[Key, str]) -> dict[str, Any]:
    response = state.responses[key]
    assert isinstance(response.event, (e.ProviderAgrees, e.ProviderDisputes))
    disputed = isinstance(response.event, e.ProviderDisputes)
    before = state.before_rebuttal(key)
    decision = _decision(state, key)
    made = state.decisions.get(key) if decision in ("upheld", "overturned") else None
    after = state.standing(key)
    return {
        "encounter_id": key[0],
        "slot": key[1],
        "provider_id": response.event.provider_id,
        "response": "disputes" if disputed else "agrees",
        "reason": getattr(response.event, "reason", ""),
        "attachment_sha256": getattr(response.event, "attachment_sha256", None),
        "responded_at": response.at,
        "rule_id": _rule(before, rules.get(key, "")),
        "reader": before.by if before else "",
        "decision": decision,
        "decided_by": made.by if made else "",
        "decided_at": made.at if made else None,
        "decision_reason": getattr(made.event, "reason", "") if made else "",
        "verdict_before": _verdict(before),
        "verdict_after": _verdict(after),
    }


def _verdict(record: Record | None) -> str:
    if record is None:
        return Verdict.MISSING_RECORD.value
    assert isinstance(record.event, e.Judgement)
    return record.event.verdict.value


def _decision(state: State, key: Key) -> str:
    if not _disputed(state, key):
        return ""
    made, response = state.decisions.get(key), state.responses[key]
    if made is None or made.n < response.n:
        return "open"
    assert isinstance(made.event, e.ManagerDecision)
    return made.event.outcome


def _disputed(state: State, key: Key) -> bool:
    response = state.responses.get(key)
    return response is not None and isinstance(response.event, e.ProviderDisputes)


def _rules(line_results: pd.DataFrame) -> dict[Key, str]:
    return {
        _key(row): "" if pd.isna(row["rule_id"]) else str(row["rule_id"])
        for row in line_results.to_dict("records")
    }


def _key(row: dict[Any, Any]) -> Key:
    return str(row["encounter_id"]), e.slot_of(row)


def _rule(record: Record | None, engine: str) -> str:
    """Return the rule that a judgement names, the engine's, or that there was none."""
    named = getattr(record.event, "rule_id", "") if record else ""
    return named or engine or (Verdict.MISSING_RECORD.value if record is None else FOUND_BY_PEOPLE)


def _errors(state: State, line_results: pd.DataFrame) -> list[Key]:
    """Return the lines in error before rebuttal: judged so, or of a missing record."""
    judged = {
        key
        for key in state.judged()
        if (record := state.before_rebuttal(key)) and _verdict(record) != Verdict.SUPPORTED.value
    }
    missing = {
        key
        for key in map(_key, line_results.to_dict("records"))
        if not key[1].startswith("+")
        and (chart := state.charts.get(key[0]))
        and chart.status == "missing"
    }
    return sorted(judged | missing)
