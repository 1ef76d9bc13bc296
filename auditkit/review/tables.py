"""The review in open tables: how far readers agree, and what the rebuttal changed."""

from typing import Any

import pandas as pd

from auditkit.review.agreement import (
    agreement_table,
    drift,
    engine_readings,
    rate_sensitivity,
    readings,
)
from auditkit.review.outcome import Price
from auditkit.review.rebuttal import before_and_after, ledger, overturn_rates
from auditkit.review.state import State

FOLDER = "review/"

#: Every table that a review can have, by its place in the audit's folder.
TABLES = tuple(
    f"{FOLDER}{name}.csv"
    for name in (
        "agreement",
        "agreement_with_engine",
        "before_and_after",
        "drift",
        "ledger",
        "overturned_by_reader",
        "overturned_by_rule",
        "reader_error",
    )
)


def review_tables(
    state: State,
    line_results: pd.DataFrame,
    policy: str,
    price: Price | None = None,
    **score_args: Any,
) -> dict[str, pd.DataFrame]:
    """Return every table that the review has something for, by its place in the audit's folder.

    Args:
        state: The review.
        line_results: The engine's comparison.
        policy: The scoring policy of `before_and_after`.
        price: As for :func:`auditkit.review.outcome.reviewed`.
        score_args: Further arguments of :func:`auditkit.scoring.score`.

    Returns:
        `agreement` of first and second readers, `agreement_with_engine` of first readers and the
        engine, `drift` of each reader by month, `reader_error` (what the error rate would be
        without), and, once a provider answered, `ledger`, `overturned_by_rule`,
        `overturned_by_reader` and `before_and_after`. What nobody did has no table.
    """
    one, two = (readings(state, read, line_results) for read in (1, 2))
    tables: dict[str, pd.DataFrame] = {}
    if len(one):
        tables["agreement_with_engine"] = agreement_table(one, engine_readings(line_results))
        tables["drift"] = drift(one, two if len(two) else None)
    if set(one["encounter_id"]) & set(two["encounter_id"]):
        tables["agreement"] = agreement_table(one, two)
        tables["reader_error"] = rate_sensitivity(one, two, one)
    if state.responses:
        tables["ledger"] = ledger(state, line_results)
        tables["overturned_by_rule"] = overturn_rates(state, line_results, by="rule_id")
        tables["overturned_by_reader"] = overturn_rates(state, line_results, by="reader")
        tables["before_and_after"] = before_and_after(
            line_results, state, policy, price, **score_args
        )
    return {f"{FOLDER}{name}.csv": table for name, table in tables.items()}
