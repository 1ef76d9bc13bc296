"""Requests for charts: due dates, reminders, and what a missing record counts as."""

import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from auditkit.errors import SettingsError
from auditkit.places import templates
from auditkit.review import events as e
from auditkit.review.stages import Work
from auditkit.review.state import Chart, State


class RequestPolicy(BaseModel):
    """When requested charts are due, when to remind, and what a missing one counts as.

    `error_in_full` is the only treatment: a record that is not produced supports nothing, and
    dropping the chart would let whoever keeps the records choose the sample.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    source: str
    days_to_due: Annotated[int, Field(ge=1, le=365)]
    reminders_before_due: tuple[Annotated[int, Field(ge=0, le=365)], ...] = ()
    after_due: Literal["error_in_full"] = "error_in_full"


def request_policy(policy: str = "standard") -> RequestPolicy:
    """Return the request policy of that id that comes with auditkit.

    Raises:
        SettingsError: There is no such policy.
    """
    folder = templates() / "policies" / "chart_requests"
    path = folder / f"{policy}.toml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml")))
        raise SettingsError(f"No chart-request policy is called '{policy}'. There are: {known}.")
    return read_request_policy(path)


def read_request_policy(path: Path) -> RequestPolicy:
    """Return the request policy written in the TOML file *path*.

    Raises:
        SettingsError: The file is not TOML or lacks a field.
    """
    try:
        return RequestPolicy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path.name}: not a chart-request policy ({error}).") from error


def request_charts(
    work: Work, state: State, on: date, policy: RequestPolicy
) -> tuple[e.ChartRequested, ...]:
    """Return a request for every sampled chart that nobody has asked for yet."""
    due = on + timedelta(days=policy.days_to_due)
    return tuple(
        e.ChartRequested(encounter_id=encounter, due=due)
        for encounter in sorted(work.slots)
        if encounter not in state.charts
    )


def declare_missing(state: State, on: date) -> tuple[e.ChartMissing, ...]:
    """Return a declaration for every requested chart that is overdue on the day *on*.

    One whose due day a manager set aside (override `before_due`) is declared at once.
    """
    return tuple(
        e.ChartMissing(encounter_id=encounter)
        for encounter, chart in sorted(state.charts.items())
        if chart.status == "requested"
        and chart.due is not None
        and (chart.due < on or state.has_override("before_due", encounter))
    )


def request_list(
    work: Work, state: State, on: date, policy: RequestPolicy, providers: Iterable[str] = ()
) -> pd.DataFrame:
    """Return where each sampled chart stands on the day *on*.

    Args:
        work: The sampled encounters.
        state: The review.
        on: The day.
        policy: Gives the reminder days.
        providers: Provider ids to list; all when empty.

    Returns:
        encounter_id, provider_id, status, requested, due, received, missing, days_overdue,
        action (`request`, `remind`, `declare missing` or empty), late (received after due).
    """
    wanted = set(providers)
    rows = []
    for encounter in sorted(work.slots):
        provider = work.providers[encounter]
        if wanted and provider not in wanted:
            continue
        chart = state.charts.get(encounter, Chart())
        waiting = chart.status == "requested" and chart.due is not None
        overdue = max(0, (on - chart.due).days) if waiting and chart.due else 0
        rows.append(
            {
                "encounter_id": encounter,
                "provider_id": provider,
                "status": chart.status,
                "requested": chart.requested,
                "due": chart.due,
                "received": chart.received,
                "missing": chart.missing,
                "days_overdue": overdue,
                "action": _action(chart, on, policy),
                "late": bool(chart.received and chart.due and chart.received > chart.due),
            }
        )
    return pd.DataFrame(rows)


def _action(chart: Chart, on: date, policy: RequestPolicy) -> str:
    if chart.status == "not requested":
        return "request"
    if chart.status != "requested" or chart.due is None:
        return ""
    if chart.due < on:
        return "declare missing"
    days = (chart.due - on).days
    return "remind" if any(days <= each for each in policy.reminders_before_due) else ""
