"""The provider's response sheet, out and back."""

from hashlib import sha256

import pandas as pd
import pytest
from review_books import Filled
from review_practice import line_results, practice, reviewed_practice

from auditkit.errors import StageError
from auditkit.review.imported import take
from auditkit.review.outcome import reviewed
from auditkit.review.rebuttal import ledger
from auditkit.review.response_book import ATTACHMENTS, read_response_book, write_response_book

FINDINGS = pd.DataFrame(
    [{"encounter_id": "E2", "line": 1, "rule_id": "EM-1", "why": "low risk", "citation": "CPT"}]
)
SHEET = "Changed lines"


def sheet_of(tmp_path, *missing):
    review = reviewed_practice(tmp_path, *missing)
    results = reviewed(line_results(), review.state)
    return (
        review,
        results,
        Filled(write_response_book(review, "P01", results, FINDINGS, "31 March")),
    )


def back(review, results, book, tmp_path):
    return read_response_book(review, book.save(tmp_path / "answer.xlsx"), results, FINDINGS)


def test_only_the_provider_s_changed_lines_are_asked_about(tmp_path):
    """P01 is asked about the visit of E2 and the shave not billed, and nothing of P02's."""
    _, _, book = sheet_of(tmp_path)

    billed = book.column(SHEET, "Billed")
    assert [[*row[:2], row[billed]] for row in book.rows(SHEET)] == [
        ["E2", "1", "99214"],
        ["E2", "+11301", "not billed"],
    ]
    assert "low risk" in book.rows(SHEET)[0]


def test_the_sheet_names_its_provider_beside_the_id(tmp_path):
    """Whoever answers sees a name; where the practice gave none, the id stands alone."""
    review = reviewed_practice(tmp_path)
    results = reviewed(line_results(), review.state)
    given = (review, "P01", results, FINDINGS, "2025-06-30")
    named = Filled(write_response_book(*given, name="Dr. Birch")).sheets["Start"]
    alone = Filled(write_response_book(*given)).sheets["Start"]

    assert named[0][0] == "Response of provider P01, Dr. Birch"
    assert alone[0][0] == "Response of provider P01"


def test_a_line_is_shown_with_its_modifiers_and_units(tmp_path):
    """A provider sees what differs, also where it is a modifier or the number of units alone."""
    review = reviewed_practice(tmp_path)
    results = line_results()
    results["billed_modifiers"] = "25"
    results.loc[6, ["verdict", "billed_units", "agreed_units"]] = ["overcoded", 5, 3]
    book = Filled(write_response_book(review, "P02", results, FINDINGS, "31 March"))

    sides = [book.column(SHEET, "Billed"), book.column(SHEET, "Supported")]
    shown = {row[0]: [row[place] for place in sides] for row in book.rows(SHEET)}
    assert shown["E5"] == ["17003-25 x5", "17003 x3"]


def test_answers_become_events_with_the_attachment_s_hash(tmp_path):
    """Agreement, dispute, reason and attachment reach the ledger; the file is kept by its hash."""
    review, results, book = sheet_of(tmp_path)
    (tmp_path / "letter.pdf").write_bytes(b"letter")
    book.set(SHEET, 0, Response="dispute", Reason="time is in the plan", Attachment="letter.pdf")
    book.set(SHEET, 1, Response="agree")
    imported = back(review, results, book, tmp_path)
    take(review, imported, role="preparer", by="pia")
    table = ledger(review.state, line_results()).set_index("slot")

    digest = sha256(b"letter").hexdigest()
    assert table.loc["1", ["response", "attachment_sha256"]].tolist() == ["disputes", digest]
    assert table.loc["+11301", "response"] == "agrees"
    assert (tmp_path / ATTACHMENTS / f"{digest}.pdf").read_bytes() == b"letter"
    assert take(review, imported, role="preparer", by="pia").records == ()


@pytest.mark.parametrize(
    ("entered", "named"),
    [
        ({"Response": "dispute"}, "lacks its reason"),
        ({"Response": "dispute", "Reason": "born 01/02/1950"}, "no patient values"),
        ({"Response": "dispute", "Reason": "see letter", "Attachment": "no.pdf"}, "not beside"),
        ({"Response": "perhaps"}, "not one of the choices"),
        (
            {"Response": "dispute", "Reason": "see", "Attachment": "../../etc/passwd"},
            "not beside the workbook",
        ),
    ],
)
def test_an_answer_that_lacks_something_is_named(tmp_path, entered, named):
    """What is lacking is said by row; no event is made of it, no file outside is read."""
    review, results, book = sheet_of(tmp_path)
    imported = back(review, results, book.set(SHEET, 0, **entered), tmp_path)

    assert named in " ".join(str(problem) for problem in imported.problems)
    assert imported.events == ()


def test_no_sheet_before_the_review_is_signed(tmp_path):
    """Providers see nothing that a reviewer has not signed."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="after stage 'review' is signed"):
        write_response_book(review, "P01", line_results(), FINDINGS, "31 March")


def test_a_missing_record_can_be_answered(tmp_path):
    """The lines of a missing record are on the sheet and can be disputed."""
    review, results, book = sheet_of(tmp_path, "E1")
    row = book.find(SHEET, "E1", "1")
    book.set(SHEET, row, Response="dispute", Reason="record was sent twice")
    taken = take(review, back(review, results, book, tmp_path), role="preparer", by="pia")

    assert len(taken.records) == 1
    assert ("E1", "1") in review.state.open_disputes()
