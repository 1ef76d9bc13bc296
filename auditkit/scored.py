"""What a review leaves of the line results, and their scores and projection, as files' bytes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from auditkit import results
from auditkit.audit import Audit
from auditkit.estimate import project
from auditkit.files import json_bytes, table_bytes
from auditkit.review.gate import Gate
from auditkit.review.outcome import reviewed
from auditkit.review.rebuttal import any_overturned
from auditkit.review.standing import changes, standing_findings
from auditkit.review.state import State
from auditkit.review.tables import review_tables
from auditkit.sampling.draw import assign_strata
from auditkit.scoring import score

#: Every line that people changed, beside what the engine had.
CHANGES = "review/changes.csv"
#: The projection as it was before any finding was reversed.
BEFORE_REBUTTAL = "review/estimate_before_rebuttal.json"


def settled(audit: Audit, state: State) -> tuple[pd.DataFrame, dict[str, bytes]]:
    """Return the line results as *state* leaves them, and the files that say so."""
    before, found = audit.engine_results, audit.engine_findings
    after = reviewed(before, state, results.price_of(audit))
    days = dict(zip(audit.lines["encounter_id"], audit.lines["dos_from"].dt.date, strict=True))
    return after, _as_bytes({
        "line_results.csv": _written(after),
        "findings.csv": _written(standing_findings(found, before, after, state, days)),
        CHANGES: _written(changes(before, after, state)),
    })  # fmt: skip


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """Return *table* with dollars to the cent and units as they are written."""
    forms = {"dollars": "{:.2f}", "units": "{:g}"}
    shown = table.copy()
    for column in shown.columns:
        form = forms.get(column.rpartition("_")[2])
        if form:
            shown[column] = [None if pd.isna(x) else form.format(float(x)) for x in shown[column]]
    return shown


def _as_bytes(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    return {name: table_bytes(table) for name, table in tables.items()}


def scored(
    audit: Audit, line_results: pd.DataFrame, gate: Gate, state: State | None
) -> dict[str, bytes]:
    """Return scores and projection of *line_results*, and the tables of the review.

    Args:
        audit: the audit.
        line_results: as the review leaves them.
        gate: what the review lacks.
        state: the review, or None when none was begun.
    """
    sizes = units_in_frame(audit)
    estimate = _projected(audit, line_results, gate)
    if gate.overrides and "refused" not in estimate:
        estimate["overpayment"]["warnings"].append(
            f"Rules of the review were set aside: {'; '.join(gate.overrides)}."
        )
    estimate["review"] = gate.as_dict()
    products = {
        "scores.csv": table_bytes(score(line_results, sizes=sizes)),
        "estimate.json": json_bytes(estimate),
    }
    if state is None:
        return products
    price, policy = results.price_of(audit), audit.settings.scoring.policy
    products |= _as_bytes(review_tables(state, audit.engine_results, policy, price, sizes=sizes))
    if any_overturned(state):
        unchanged = reviewed(audit.engine_results, state, price, rebuttal=False)
        products[BEFORE_REBUTTAL] = json_bytes(_projected(audit, unchanged, gate))
    return products


def _projected(audit: Audit, line_results: pd.DataFrame, gate: Gate) -> dict[str, Any]:
    if not gate.projects:
        return {"refused": _not_signed(gate)}
    return project(line_results, audit.sample, audit.strata, audit.plan, audit.frame)


def _not_signed(gate: Gate) -> str:
    return (
        "a review was begun and is not signed to its end "
        f"({'; '.join(gate.lacking)}). Sign it, or let its manager set the rule project_unsigned "
        "aside with a reason, which is printed"
    )


def units_in_frame(audit: Audit) -> pd.DataFrame | None:
    """Return the frame's units by provider and stratum, which weight and narrow the scores.

    A targeted sample has none: it stands for itself alone.
    """
    if audit.plan.purpose == "targeted":
        return None
    units = audit.frame.assign(stratum=assign_strata(audit.frame, audit.plan))
    cells = units.groupby(["provider_id", "stratum"]).size().astype("int64")
    return cells.rename("encounters").reset_index()
