"""The 60-day exposure sheet: dates and amounts to discuss with counsel, never a legal opinion.

42 CFR 401.305, as in force from 1 January 2025: an overpayment is reported and returned within 60
days after it is identified; a timely, good-faith investigation of related overpayments suspends
the deadline until it ends, at most 180 days after identification; overpayments received within
six years count. Where the text can be read in two ways, both dates are given, the earlier first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

SIXTY_DAYS = 60
LONGEST_SUSPENSION = 180
LOOK_BACK_YEARS = 6

#: The net error rate from which a wider review is suggested, as in integrity agreements.
EXPAND_AT = 0.05

COUNSEL = "A date to discuss with counsel."

_RULE = "42 CFR 401.305"


class ExposureError(ValueError):
    """Dates that cannot follow each other as they were given."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The days that the 60-day rule leads to.

    Attributes:
        identified: When the overpayment was identified.
        sixty_days: 60 days after that, when nothing suspends the deadline.
        suspended_until: The end of the investigation, or 180 days after identification when it
            is not over before; None without an investigation.
        resumed: The deadline when the days used before the investigation are counted.
        anew: The deadline when 60 days begin at the end of the suspension.
        received_from: The first day of receipt within the look-back.
    """

    identified: date
    sixty_days: date
    suspended_until: date | None
    resumed: date
    anew: date
    received_from: date


def refund_clock(
    identified: date,
    investigation_began: date | None = None,
    investigation_ended: date | None = None,
) -> Clock:
    """Return the days that follow from when an overpayment was identified.

    Days are calendar days; a deadline on a weekend is not moved, since the rule does not say so
    (see :func:`weekday_before`). The look-back from a 29 February begins on 28 February.

    Args:
        identified: When a person had, or through the exercise the rule describes is held to have
            had, knowledge of the overpayment.
        investigation_began: The first day of a timely, good-faith investigation of related
            overpayments.
        investigation_ended: Its last day; None while it goes on.

    Raises:
        ExposureError: The investigation ends before it begins, begins after the 60 days, or
            ends without having begun.
    """
    sixty = identified + timedelta(days=SIXTY_DAYS)
    look_back = _years_before(identified, LOOK_BACK_YEARS)
    if investigation_began is None:
        if investigation_ended is not None:
            raise ExposureError("'investigation_ended' is given without 'investigation_began'.")
        return Clock(identified, sixty, None, sixty, sixty, look_back)
    began = max(investigation_began, identified)
    if began > sixty:
        raise ExposureError(
            f"The investigation began on {began}, after the 60 days ended on {sixty}; it cannot "
            "suspend them. Discuss this with counsel."
        )
    if investigation_ended is not None and investigation_ended < investigation_began:
        raise ExposureError("The investigation ends before it begins.")
    latest = identified + timedelta(days=LONGEST_SUSPENSION)
    until = latest if investigation_ended is None else min(max(investigation_ended, began), latest)
    used = (began - identified).days
    resumed = until + timedelta(days=SIXTY_DAYS - used)
    anew = until + timedelta(days=SIXTY_DAYS)
    return Clock(identified, sixty, until, resumed, anew, look_back)


def weekday_before(day: date) -> date:
    """Return *day*, or the Friday before it when it falls on a weekend. Holidays are not known."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def exposure_sheet(
    clock: Clock,
    line_results: pd.DataFrame,
    lines: pd.DataFrame,
    estimate: Mapping[str, Any],
    payers: Sequence[str] = ("MEDICARE",),
) -> pd.DataFrame:
    """Return the sheet: each date and amount, where it comes from, and what it does not say.

    Args:
        clock: The dates.
        line_results: Line results after review.
        lines: Lines of the sample with encounter_id and payer.
        estimate: The projection, as in estimate.json; one that was refused is said.
        payers: The payers whose overpayments the sheet is about.

    Returns:
        item, date, weekday, weekday_before, dollars, basis and note, one row per date or amount.
    """
    mine = lines.loc[lines["payer"].isin(list(payers)), "encounter_id"]
    rows = line_results[line_results["encounter_id"].isin(set(mine))]
    over = rows["dollars"].clip(lower=0)
    under = -rows["dollars"].clip(upper=0)
    billed = float(rows["billed_dollars"].sum())
    net = (float(over.sum()) - float(under.sum())) / billed if billed else float("nan")
    table = [*_dates(clock)]
    table += [
        _amount(
            "Overpayments found in the sample",
            float(over.sum()),
            f"{int((over > 0).sum())} lines of {', '.join(payers)}",
            "What these lines alone would return; nothing is projected.",
        ),
        _amount(
            "Underpayments found in the sample",
            float(under.sum()),
            f"{int((under > 0).sum())} lines of {', '.join(payers)}",
            "Shown apart; whether they can be set against overpayments is for counsel.",
        ),
        *_projected(estimate),
        {
            "item": "Net error rate of these lines",
            "dollars": None,
            "basis": f"{100 * net:.1f} % of ${billed:,.2f}",
            "note": _expand(net),
        },
    ]
    columns = ["item", "date", "weekday", "weekday_before", "dollars", "basis", "note"]
    return pd.DataFrame(table, columns=columns)


def _dates(clock: Clock) -> list[dict[str, Any]]:
    said = [
        (
            "Identified",
            clock.identified,
            "as given",
            "When identification took place is for counsel.",
        ),
        ("60 days after identification", clock.sixty_days, f"{_RULE}(b)(1)", COUNSEL),
    ]
    if clock.suspended_until is not None:
        said += [
            (
                "Suspension ends",
                clock.suspended_until,
                f"{_RULE}(b)(3): end of the investigation, at most 180 days after identification",
                "Only a timely, good-faith and documented investigation suspends the deadline.",
            ),
            (
                "Deadline, days used before the investigation counted",
                clock.resumed,
                "the suspended 60 days go on where they stopped",
                f"The earlier of two readings. {COUNSEL}",
            ),
            (
                "Deadline, 60 days from the end of the suspension",
                clock.anew,
                "60 days begin when the suspension ends",
                f"The later of two readings. {COUNSEL}",
            ),
        ]
    said.append(
        (
            "Look-back: payments received from",
            clock.received_from,
            f"{_RULE}(f): six years before identification",
            "The period of this audit may be shorter; earlier payments are not looked at here.",
        )
    )
    return [
        {
            "item": item,
            "date": day,
            "weekday": day.strftime("%A"),
            "weekday_before": weekday_before(day),
            "basis": basis,
            "note": note,
        }
        for item, day, basis, note in said
    ]


def _amount(item: str, dollars: float, basis: str, note: str) -> dict[str, Any]:
    return {"item": item, "dollars": round(dollars, 2), "basis": basis, "note": note}


def _projected(estimate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the projected amounts of all payers together, or why there are none."""
    over = estimate.get("overpayment", estimate)
    if "refused" in estimate or "point" not in over:
        said = str(estimate.get("refused", "no projection was made"))
        return [{"item": "Projected overpayment", "basis": "not projected", "note": said}]
    note = "Of the whole frame, every payer in it; which figure is reported is for counsel."
    rows = [_amount("Projected overpayment, point estimate", over["point"], "the projection", note)]
    for name in ("lower_one_sided_90", "lower_one_sided"):
        if name in over:
            item = "Projected overpayment, lower limit (one-sided)"
            rows.append(_amount(item, over[name], "the projection", note))
            break
    return rows


def _expand(net: float) -> str:
    if net != net:
        return "No line of these payers was in the sample."
    if net >= EXPAND_AT:
        return (
            "At or above 5 %, the rate at which integrity agreements have asked for a full sample; "
            "discuss with counsel whether related claims are to be reviewed."
        )
    return "Below 5 %; whether related claims are to be reviewed is still for counsel."


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
