"""The projection in words, table and picture, and the sample beside its frame."""

from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.privacy.apart import FRAME_PATIENTS
from auditkit.privacy.cells import can_be_judged, cell_patients, hidden_cells
from auditkit.reporting import charts, parts, wording
from auditkit.reporting.drawing import capital
from auditkit.reporting.facts import Facts, has_limits, lower_limit
from auditkit.reporting.parts import Column
from auditkit.review.gate import refusal

#: Parts of the frame that are compared with the sample, with their headings.
BALANCED = {"payer": "Payer", "family": "Service family", "month": "Month"}
#: How many of the most frequent values of each are shown.
SHOWN = 6


def estimate(facts: Facts) -> object:
    """Return the projected dollars with their limits, or why there are none."""
    found = facts.audit.estimate
    if "refused" in found:
        return parts.note(
            parts.strong("No projection."), f"Nothing is projected: {refusal(found)}.",
            kind="caution",
        )  # fmt: skip
    rows = [_row(found[name], name) for name in ("overpayment", "underpayment", "net")]
    over = found["overpayment"]
    level = f"{100 * over['level']:.0f} %"
    columns = [
        Column("what", "Estimated for the frame"),
        Column("point", "Estimate", "number"),
        Column("two_sided", f"Two-sided {level}", "number"),
        Column("lower", f"One-sided {level}, lower", "number"),
    ]
    said = parts.note(
        parts.strong(
            f"Overpayment estimated for the frame: {wording.dollars(over['point'], cents=False)}; "
            f"lower limit of the one-sided {level} interval "
            f"{lower_limit(over)}."
        ),
        "The lower limit is the figure that a demand for repayment would rest on. The net stands "
        "last because one side does not excuse the other.",
    )
    note = facts.source(f"{over['method']}")
    under = found["underpayment"]["warnings"]
    warnings = [
        f"Overpayment and underpayment: {wording.inline(each)}" if each in under else each
        for each in over["warnings"]
    ] + [f"Underpayment: {wording.inline(each)}" for each in under if each not in over["warnings"]]
    cautions = parts.note(*dict.fromkeys(warnings), kind="caution") if warnings else ""
    table = parts.table(rows, columns, "Dollars projected from the sample to the frame", note)
    return parts.join([said, table, cautions])


def _row(found: dict[str, Any], name: str) -> dict[str, object]:
    limits = f"{wording.dollars(found['lower'])} to {wording.dollars(found['upper'])}"
    return {
        "what": wording.inline(name).capitalize(),
        "point": wording.dollars(found["point"]),
        "two_sided": limits if has_limits(found) else wording.NO_LIMITS,
        "lower": lower_limit(found, cents=True),
    }


def methods(facts: Facts) -> object:
    """Return the overpayment by the methods of estimate.json, to show how much rests on them."""
    if "refused" in facts.audit.estimate:
        return ""
    over = facts.audit.estimate["overpayment"]
    if not has_limits(over):
        return parts.paragraph(
            "Other methods are not shown beside it: where no sampled amount differs from another, "
            "none of them can say more.",
            kind="quiet",
        )
    if len(over["sensitivity"]) < 2:
        return parts.note("No other method applies to this sample.", *_left_out(over))
    level = over["level"]
    note = facts.source(f"{100 * level:.0f} % limits; bootstrap seed {over['bootstrap_seed']}")
    limits = ["point", "lower", "upper", "lower_one_sided"]
    table = pd.DataFrame(over["sensitivity"]).astype(dict.fromkeys(limits, "float64"))
    said = parts.paragraph(over["sensitivity_sentence"], *_left_out(over), kind="quiet")
    return parts.join([charts.methods(table, "Overpayment", level, note), said])


def _left_out(over: dict[str, Any]) -> tuple[str, ...]:
    """Return which methods were left out, and why, as a sentence."""
    told = "; ".join(over["sensitivity_left_out"])
    return (f"Left out: {told}.",) if told else ()


def balance(facts: Facts) -> object:
    """Return the make-up of the sample beside that of its frame, where its chances are known."""
    table = balance_table(facts.audit)
    if facts.audit.plan.purpose != "targeted" and not cells_can_be_judged(facts.audit):
        return not_listed(facts.audit)
    if table.empty:
        return ""
    note = facts.source("sampled units weighted by the inverse of their chance of being drawn")
    return charts.balance(table, note)


def cells_can_be_judged(audit: Audit) -> bool:
    """Return whether tables of what the practice billed may be made from what is here."""
    return can_be_judged(audit.settings.privacy.small_cells, audit.frame_patients)


def not_listed(audit: Audit) -> object:
    """Return why such a table is left out."""
    return parts.note(
        parts.strong("Not shown here."),
        f"Counts of fewer than {audit.settings.privacy.small_cells} patients are not shown, and "
        f"the list of whose each encounter is ({FRAME_PATIENTS}) stays with the audit: it is in "
        "no pack and no twin. The report made from the audit itself has this table.",
    )


def balance_table(audit: Audit) -> pd.DataFrame:
    """Return the shares of the frame and of the weighted sample, by payer, family and month.

    Values of few patients are left out, see `auditkit.privacy.cells`.

    Returns:
        what, label, frame, sample (fractions); no rows for a targeted sample, nor where patients
        are not listed.
    """
    sample = audit.sample[["unit_id", "inclusion_probability"]]
    drawn = audit.frame.merge(sample, on="unit_id")
    weights = 1.0 / drawn["inclusion_probability"]
    rows: list[dict[str, Any]] = []
    known = audit.plan.purpose != "targeted" and bool(weights.notna().all())
    known = known and cells_can_be_judged(audit)
    if known and len(drawn):
        for column, heading in BALANCED.items():
            cells = audit.frame.set_index("unit_id")[column].fillna("none")
            counts = cells.value_counts()
            people = cell_patients(cells, audit.frame_patients)
            shown = ~hidden_cells(counts, audit.settings.privacy.small_cells, people)
            frame = (counts / counts.sum())[shown]
            held = weights.groupby(drawn[column].fillna("none")).sum() / weights.sum()
            kept = sorted(frame.index[:SHOWN]) if column == "month" else list(frame.index[:SHOWN])
            rows += [
                {
                    "what": heading,
                    "label": capital(wording.shorten(str(label).replace("_", " "), 40)),
                    "frame": float(frame[label]),
                    "sample": float(held.get(label, 0.0)),
                }
                for label in kept
            ]
    return pd.DataFrame(rows, columns=["what", "label", "frame", "sample"])
