"""The register of corrective actions: issue, owner, due day, evidence of closure."""

from datetime import date

import pandas as pd

from auditkit.review import events as e
from auditkit.review.state import State

_COLUMNS = (
    "action_id",
    "issue",
    "action",
    "rule_id",
    "owner",
    "opened",
    "first_due",
    "due",
    "extensions",
    "closed",
    "evidence_sha256",
    "status",
    "days_overdue",
)


def action_register(state: State, on: date) -> pd.DataFrame:
    """Return the register as it stands on the day *on*.

    Args:
        state: The review.
        on: The day.

    Returns:
        action_id, issue, action, rule_id, owner, opened, first_due, due, extensions (how many
        times the due day was moved), closed, evidence_sha256, status (`open`, `overdue`,
        `closed` or `closed late`) and days_overdue.
    """
    rows = []
    for action_id, records in sorted(state.actions.items()):
        opened = records[0].event
        assert isinstance(opened, e.ActionOpened)
        extended = [r.event for r in records if isinstance(r.event, e.ActionExtended)]
        closed = [(r.at.date(), r.event) for r in records if isinstance(r.event, e.ActionClosed)]
        due = extended[-1].due if extended else opened.due
        ended = closed[0][0] if closed else None
        late = max(0, ((ended or on) - due).days)
        status = ("closed late" if late else "closed") if ended else "overdue" if late else "open"
        rows.append(
            {
                "action_id": action_id,
                "issue": opened.issue,
                "action": opened.action,
                "rule_id": opened.rule_id,
                "owner": opened.owner,
                "opened": records[0].at.date(),
                "first_due": opened.due,
                "due": due,
                "extensions": len(extended),
                "closed": ended,
                "evidence_sha256": closed[0][1].evidence_sha256 if closed else None,
                "status": status,
                "days_overdue": late,
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))
