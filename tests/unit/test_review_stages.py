"""Roles, stages and signatures of a review."""

from datetime import timedelta

import pytest
from review_practice import (
    ENCOUNTERS,
    as_engine,
    blind,
    judge,
    practice,
    request,
    reviewed_practice,
    rows_of,
    second,
    sign,
)

import auditkit.review
from auditkit.errors import InputError, StageError
from auditkit.review import events as e
from auditkit.review.gate import review_gate
from auditkit.review.stages import NAMES, changes_after, is_signed


def test_a_whole_review_can_be_signed_stage_by_stage(tmp_path):
    """Seven stages in their order, each by its role, end in a final signature."""
    review = reviewed_practice(tmp_path)
    sign(review, "rebuttal", "final")

    assert [stage for stage in NAMES if is_signed(review.state, stage)] == list(NAMES)
    assert review.verify() == ()


@pytest.mark.parametrize("stage", NAMES[1:])
def test_no_stage_is_signed_before_the_one_ahead_of_it(tmp_path, stage):
    """A stage cannot be skipped."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match=f"stage '{NAMES[NAMES.index(stage) - 1]}' is not signed"):
        sign(review, stage)


def test_a_reader_cannot_sign_as_reviewer(tmp_path):
    """Who read charts is refused as reviewer even when appointed one."""
    review = practice(tmp_path)
    request(review)
    sign(review, "charts")
    blind(review, *ENCOUNTERS)
    sign(review, "blind_coding")
    judge(review, *ENCOUNTERS)
    sign(review, "determinations")
    second(review)
    appointed = [e.Appointed(person=who, in_role="reviewer") for who in ("rob", "pia")]
    review.record(appointed, "max", "manager")

    for who in ("rob", "pia"):
        with pytest.raises(StageError, match="cannot sign stage 'second_read' as reviewer"):
            review.record([e.SignOff(stage="second_read")], who, "reviewer")


def test_an_override_lets_one_person_sign_and_is_kept(tmp_path):
    """A practice of one can go on, and the log tells it."""
    review = practice(tmp_path)
    request(review)
    sign(review, "charts")
    blind(review, *ENCOUNTERS)
    sign(review, "blind_coding")
    judge(review, *ENCOUNTERS)
    sign(review, "determinations")
    second(review)
    review.record(
        [
            e.Appointed(person="rob", in_role="reviewer"),
            e.Override(rule="same_person", scope="second_read", reason="no second auditor"),
        ],
        "max",
        "manager",
    )
    review.record([e.SignOff(stage="second_read")], "rob", "reviewer")

    assert review.state.overrides[0].event.reason == "no second auditor"


def test_the_wrong_role_cannot_sign(tmp_path):
    """A preparer's stage is not the manager's to sign."""
    review = practice(tmp_path)
    request(review)

    with pytest.raises(StageError, match="signed by the preparer"):
        review.record([e.SignOff(stage="charts")], "max", "manager")


def test_people_act_only_in_roles_given_to_them(tmp_path):
    """Nobody becomes preparer by saying so."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="not been appointed preparer"):
        review.record([e.SignOff(stage="charts")], "eve", "preparer")


def test_changes_after_a_signature_are_listed_and_unsign_the_stage(tmp_path):
    """A late determination is found, and later stages wait for a new signature."""
    review = reviewed_practice(tmp_path)
    row = rows_of("E1")[0]
    seen = review.state.last
    review.record([e.Determination(**as_engine(row, seen=seen))], "rob", "reader")

    assert [r.event.kind for r in changes_after(review.state, "review")] == ["determination"]
    assert is_signed(review.state, "blind_coding")
    assert not is_signed(review.state, "determinations")
    with pytest.raises(StageError, match="sign it again"):
        sign(review, "rebuttal")


def test_a_line_cannot_be_judged_before_its_record_was_coded_blind(tmp_path):
    """Blind codes come first."""
    review = practice(tmp_path)
    request(review)

    with pytest.raises(StageError, match="has not coded E1 blind"):
        judge(review, "E1")


def test_blind_codes_cannot_be_changed_after_the_billed_codes_were_seen(tmp_path):
    """A reader who judged a line has seen what was billed."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E1")
    judge(review, "E1")

    with pytest.raises(StageError, match="can no longer be changed"):
        blind(review, "E1")


def test_only_the_assigned_reader_judges(tmp_path):
    """A chart that is not assigned to a reader is refused."""
    review = practice(tmp_path)
    request(review)
    other = next(x for x in ENCOUNTERS if x not in review.work().double)

    with pytest.raises(StageError, match=f"{other} is not assigned to 'sue'"):
        blind(review, other, by="sue")


def test_two_reads_need_two_people(tmp_path):
    """The second reader is another person than the first."""
    review = practice(tmp_path)
    request(review)

    with pytest.raises(StageError, match="two reads need two people"):
        review.record([e.Assigned(encounter_id="E1", reader="rob", read=2)], "pia", "preparer")


def test_a_record_is_missing_only_after_its_due_day(tmp_path):
    """Until the day it is due a record is awaited, after it a declaration is accepted."""
    review = practice(tmp_path)
    due = review.clock.at.date() + timedelta(days=14)
    review.record([e.ChartRequested(encounter_id="E1", due=due)], "pia", "preparer")

    with pytest.raises(StageError, match="after that day"):
        review.record([e.ChartMissing(encounter_id="E1")], "pia", "preparer")
    review.clock.forward(15)
    review.record([e.ChartMissing(encounter_id="E1")], "pia", "preparer")
    assert review.state.charts["E1"].status == "missing"


def test_a_record_that_was_never_requested_is_not_missing(tmp_path):
    """A missing record needs a request."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="never requested"):
        review.record([e.ChartMissing(encounter_id="E1")], "pia", "preparer")


def test_the_sample_only(tmp_path):
    """A chart outside the sample cannot be reviewed."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="not in the sample"):
        review.record([e.ChartReceived(encounter_id="E99")], "pia", "preparer")


def test_providers_answer_after_the_review_and_only_for_their_own(tmp_path):
    """No dispute before the review is signed; none by another provider."""
    review = practice(tmp_path)
    request(review)
    dispute = e.ProviderDisputes(encounter_id="E2", slot="1", provider_id="P01", reason="see plan")
    with pytest.raises(StageError, match="after stage 'review' is signed"):
        review.record([dispute], "pia", "preparer")

    done = tmp_path / "done"
    done.mkdir()
    signed = reviewed_practice(done)
    with pytest.raises(StageError, match="not one of P02"):
        signed.record([dispute.model_copy(update={"provider_id": "P02"})], "pia", "preparer")


def test_a_manager_cannot_decide_about_their_own_reading(tmp_path):
    """The first reader of a line does not decide its dispute, whatever their role."""
    review = reviewed_practice(tmp_path)
    review.record([e.Appointed(person="rob", in_role="manager")], "max", "manager")
    review.record(
        [e.ProviderDisputes(encounter_id="E2", slot="1", provider_id="P01", reason="see plan")],
        "pia",
        "preparer",
    )
    decision = e.ManagerDecision(**as_engine(rows_of("E2")[0]), outcome="upheld", reason="as read")

    with pytest.raises(StageError, match="cannot decide about it"):
        review.record([decision], "rob", "manager")
    review.record([decision], "max", "manager")
    assert review.state.open_disputes() == ()


def test_a_line_that_nobody_disputes_is_not_decided(tmp_path):
    """Findings change by dispute and decision, not by decision alone."""
    review = reviewed_practice(tmp_path)
    decision = e.ManagerDecision(**as_engine(rows_of("E2")[0]), outcome="upheld", reason="as read")

    with pytest.raises(StageError, match="not disputed"):
        review.record([decision], "max", "manager")


def test_an_open_dispute_holds_up_the_rebuttal_stage(tmp_path):
    """The manager cannot close rebuttal over an undecided dispute."""
    review = reviewed_practice(tmp_path)
    review.record(
        [e.ProviderDisputes(encounter_id="E2", slot="1", provider_id="P01", reason="see plan")],
        "pia",
        "preparer",
    )

    with pytest.raises(StageError, match="1 dispute"):
        sign(review, "rebuttal")


def test_a_disagreement_of_two_readers_holds_up_the_second_read(tmp_path):
    """Both readings are kept, and a third person resolves."""
    review = practice(tmp_path)
    request(review)
    sign(review, "charts")
    blind(review, *ENCOUNTERS)
    sign(review, "blind_coding")
    judge(review, *ENCOUNTERS)
    sign(review, "determinations")
    second(review, verdict="not_supported", direction="over", category="medical_necessity")
    apart = review.state.disagreements()
    assert apart
    with pytest.raises(StageError, match="not resolved"):
        sign(review, "second_read")

    table = {(r["encounter_id"], slot_of(r)): r for r in rows_of(*ENCOUNTERS)}
    ended = [e.DisagreementResolved(**as_engine(table[key])) for key in apart]
    with pytest.raises(StageError, match=r"disagreement_resolved is an act of"):
        review.record(ended, "rob", "reader")
    review.record(ended, "vic", "reviewer")
    sign(review, "second_read")
    assert review.state.disagreements() == ()


def slot_of(row):
    line = None if row["line"] != row["line"] else int(row["line"])
    return e.slot(line, row["agreed_code"])


def test_nothing_of_a_batch_is_written_when_one_act_is_refused(tmp_path):
    """All or none."""
    review = practice(tmp_path)
    before = review.state.last
    with pytest.raises(StageError):
        review.record(
            [e.ChartReceived(encounter_id="E1"), e.ChartReceived(encounter_id="E99")],
            "pia",
            "preparer",
        )

    assert review.state.last == before


@pytest.mark.parametrize(
    "remark",
    [
        "born 03/04/1962",
        "seen 2025-03-04",
        "the note of 3 July 2024",
        "on July 3rd the lesion was seen",
        "chart 12345678",
        "call 555-123-4567",
        "mail a@b.org",
        "MRN on page one",
    ],
)
def test_remarks_that_look_like_identifiers_are_refused(remark):
    """The log keeps no dates of patients, long numbers, addresses; the message hides the text."""
    with pytest.raises(ValueError, match="no patient values") as caught:
        e.Override(rule="incomplete", scope="charts", reason=remark)

    assert "no patient values" in str(caught.value.errors()[0]["msg"])
    assert remark not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    "remark",
    [
        "CPT 99213-25 not 99214",
        "2 of 3 in 17003 x 5",
        "0.6 cm",
        "notes of July 2024",
        "3 Marked lesions",
        "12 Decision points",
    ],
)
def test_ordinary_remarks_are_accepted(remark):
    """Codes, counts and sizes are no identifiers."""
    assert e.Override(rule="incomplete", scope="charts", reason=remark).reason == remark


def test_a_log_of_before_is_read_whatever_the_screen_says_today():
    """A screen made stricter refuses new remarks and leaves older logs readable."""
    written = {"kind": "override", "rule": "incomplete", "scope": "charts"}
    assert e.parse(written | {"reason": "the note of 3 July 2024"}).reason.endswith("2024")


def test_a_patient_key_of_the_audit_is_refused_in_a_remark(tmp_path):
    """Keys of the audit's own patients never reach the log; the message does not repeat them."""
    review = practice(tmp_path)
    with pytest.raises(InputError, match="names a patient key") as caught:
        review.record(
            [e.Override(rule="incomplete", scope="charts", reason="chart of pt-0003 lost.")],
            "max",
            "manager",
        )

    assert "0003" not in str(caught.value)


def test_a_review_is_opened_once(tmp_path):
    """A second opening is refused."""
    with pytest.raises(StageError, match="open already"):
        practice(tmp_path).open("again", "eve", seed="1")


def test_the_gate_tells_what_a_review_lacks(tmp_path):
    """No review, an open one and a signed one are told apart; overrides are printed."""
    assert not review_gate(tmp_path).begun
    review = reviewed_practice(tmp_path)
    unfinished = review_gate(tmp_path)
    assert (unfinished.begun, unfinished.signed) == (True, False)
    assert unfinished.lacking == ("stage 'rebuttal' is not signed",)

    review.record(
        [e.Override(rule="incomplete", scope="rebuttal", reason="provider has left")],
        "max",
        "manager",
    )
    sign(review, "rebuttal", "final")
    signed = review_gate(tmp_path)
    assert signed.signed
    assert signed.overrides[0].endswith("incomplete for rebuttal, because provider has left")
    assert signed.head == review.log.head


def test_every_public_name_loads():
    """The package gives what it lists; the widget only where anywidget is installed."""
    for name in auditkit.review.__all__:
        if name != "ReviewWidget":
            assert getattr(auditkit.review, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'blind_book_writer'"):
        _ = auditkit.review.blind_book_writer
