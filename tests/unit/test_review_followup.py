"""Corrective actions and the 60-day exposure sheet."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_practice import line_results, practice

from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.corrective import action_register
from auditkit.review.exposure import (
    ExposureError,
    exposure_sheet,
    refund_clock,
    weekday_before,
)

EVIDENCE = "a" * 64


def opened(review, due=date(2026, 2, 27)):
    return review.record(
        [
            e.ActionOpened(
                action_id="C1",
                issue="visit levels above what time and decisions support",
                action="one hour on medical decision making",
                owner="rob",
                due=due,
                rule_id="EM-1",
            )
        ],
        "max",
        "manager",
    )


def test_an_action_is_open_then_overdue_then_closed_late(tmp_path):
    """Due on 27 February: open that day, a day overdue the next; closing it late stays visible."""
    review = practice(tmp_path)
    opened(review)
    on_due = action_register(review.state, date(2026, 2, 27)).iloc[0]
    after = action_register(review.state, date(2026, 2, 28)).iloc[0]
    assert (on_due["status"], after["status"], after["days_overdue"]) == ("open", "overdue", 1)

    review.clock.forward(60)
    review.record([e.ActionClosed(action_id="C1", evidence_sha256=EVIDENCE)], "rob", "reader")
    row = action_register(review.state, date(2026, 6, 1)).iloc[0]
    assert row["status"] == "closed late"
    assert row["evidence_sha256"] == EVIDENCE


def test_moved_due_days_are_counted(tmp_path):
    """The first due day stays beside the present one."""
    review = practice(tmp_path)
    opened(review)
    later = e.ActionExtended(action_id="C1", due=date(2026, 3, 31), reason="trainer was ill")
    review.record([later], "max", "manager")
    row = action_register(review.state, date(2026, 3, 1)).iloc[0]

    assert (row["first_due"], row["due"]) == (date(2026, 2, 27), date(2026, 3, 31))
    assert (row["extensions"], row["status"]) == (1, "open")


def test_an_action_is_not_closed_by_others_nor_twice(tmp_path):
    """Only its owner or a manager closes an action, once."""
    review = practice(tmp_path)
    opened(review)
    closed = e.ActionClosed(action_id="C1", evidence_sha256=EVIDENCE)

    with pytest.raises(StageError, match="owner or a manager"):
        review.record([closed], "sue", "reader")
    review.record([closed], "max", "manager")
    with pytest.raises(StageError, match="is closed"):
        review.record([closed], "max", "manager")
    with pytest.raises(StageError, match="exists already"):
        opened(review)


def test_closing_needs_evidence():
    """An action without the hash of a document cannot be closed."""
    with pytest.raises(ValueError, match="evidence_sha256"):
        e.ActionClosed(action_id="C1")


@pytest.mark.parametrize(
    ("identified", "began", "ended", "sixty", "until", "resumed", "anew"),
    [
        # Without an investigation 60 days count, here over a leap day: 31 + 29 = 60.
        ("2024-01-01", None, None, "2024-03-01", None, "2024-03-01", "2024-03-01"),
        ("2025-01-01", None, None, "2025-03-02", None, "2025-03-02", "2025-03-02"),
        # Investigation from day 10 to day 100: 50 days are left, or 60 begin.
        (
            "2025-01-01", "2025-01-11", "2025-04-11", "2025-03-02", "2025-04-11",
            "2025-05-31", "2025-06-10",
        ),
        # An investigation that goes on is cut at 180 days: 30 June, then 50 or 60 days.
        (
            "2025-01-01", "2025-01-11", None, "2025-03-02", "2025-06-30",
            "2025-08-19", "2025-08-29",
        ),
        # The same when it ends later than that.
        (
            "2025-01-01", "2025-01-11", "2025-12-31", "2025-03-02", "2025-06-30",
            "2025-08-19", "2025-08-29",
        ),
        # An investigation that began before counts from identification.
        (
            "2025-01-01", "2024-12-01", "2025-02-01", "2025-03-02", "2025-02-01",
            "2025-04-02", "2025-04-02",
        ),
    ],
)  # fmt: skip
def test_the_clock_by_the_calendar(identified, began, ended, sixty, until, resumed, anew):
    """Dates counted by hand on a calendar."""
    day = lambda text: None if text is None else date.fromisoformat(text)  # noqa: E731
    clock = refund_clock(day(identified), day(began), day(ended))

    assert (clock.sixty_days, clock.suspended_until) == (day(sixty), day(until))
    assert (clock.resumed, clock.anew) == (day(resumed), day(anew))


@pytest.mark.parametrize(
    ("identified", "received"),
    [("2025-05-10", "2019-05-10"), ("2024-02-29", "2018-02-28"), ("2026-02-28", "2020-02-28")],
)
def test_six_years_back(identified, received):
    """Six years before; from a leap day the last day of February, the wider window."""
    clock = refund_clock(date.fromisoformat(identified))

    assert clock.received_from == date.fromisoformat(received)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2025-03-01", "2025-02-28"),  # Saturday
        ("2025-03-02", "2025-02-28"),  # Sunday
        ("2025-03-03", "2025-03-03"),  # Monday
    ],
)
def test_weekends_are_named_with_the_friday_before(day, before):
    """A deadline on a weekend keeps its date; the Friday before stands beside it."""
    assert weekday_before(date.fromisoformat(day)) == date.fromisoformat(before)


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.integers(0, 60),
    st.one_of(st.none(), st.integers(0, 400)),
)
def test_an_investigation_never_shortens_and_is_never_endless(identified, wait, length):
    """No reading is before day 60 nor after day 240, and the earlier reading is not the later."""
    began = date.fromordinal(identified.toordinal() + wait)
    ended = None if length is None else date.fromordinal(began.toordinal() + length)
    clock = refund_clock(identified, began, ended)

    assert clock.sixty_days <= clock.resumed <= clock.anew
    assert (clock.anew - identified).days <= 240


@pytest.mark.parametrize(
    ("began", "ended"),
    [("2025-04-01", None), ("2025-01-20", "2025-01-10"), (None, "2025-02-01")],
)
def test_dates_that_cannot_follow_each_other_are_refused(began, ended):
    """An investigation after the 60 days, one that ends first, one that never began."""
    days = [None if x is None else date.fromisoformat(x) for x in (began, ended)]

    with pytest.raises(ExposureError):
        refund_clock(date(2025, 1, 1), *days)


def lines():
    payers = ["MEDICARE", "MEDICARE", "AETNA", "MEDICARE", "MEDICARE", "AETNA"]
    return pd.DataFrame({"encounter_id": ["E1", "E2", "E3", "E4", "E5", "E6"], "payer": payers})


def test_the_sheet_sets_sample_and_projection_side_by_side():
    """Of the Medicare lines 60 are over (E2 40, E5 20) and 150 under (E2 120, E4 30), of 430."""
    estimate = {"overpayment": {"point": 5200.0, "lower_one_sided_90": 3100.0}}
    sheet = exposure_sheet(refund_clock(date(2025, 1, 1)), line_results(), lines(), estimate)
    dollars = sheet.set_index("item")["dollars"]

    assert dollars["Overpayments found in the sample"] == 60
    assert dollars["Underpayments found in the sample"] == 150
    assert dollars["Projected overpayment, point estimate"] == 5200
    assert dollars["Projected overpayment, lower limit (one-sided)"] == 3100
    assert "-20.9 %" in sheet.set_index("item").loc["Net error rate of these lines", "basis"]


def test_a_refused_projection_is_said():
    """A targeted sample has no projected amount."""
    sheet = exposure_sheet(
        refund_clock(date(2025, 1, 1)), line_results(), lines(), {"refused": "targeted sample"}
    )
    row = sheet.set_index("item").loc["Projected overpayment"]

    assert pd.isna(row["dollars"])
    assert row["note"] == "targeted sample"


def test_every_deadline_is_worded_for_counsel():
    """No deadline stands on the sheet as if it were advice."""
    clock = refund_clock(date(2025, 1, 1), date(2025, 1, 11))
    sheet = exposure_sheet(clock, line_results(), lines(), {"refused": "x"})
    deadlines = sheet[sheet["item"].str.contains("60 days|Deadline")]

    assert len(deadlines) == 3
    assert deadlines["note"].str.contains("counsel").all()
