"""Which command `auditkit review` names as the next one."""

from pathlib import Path

from review_practice import blind, practice, request

from auditkit.cli.review_next import next_command, next_stage
from auditkit.review import events as e
from auditkit.review.progress import CODE_AGAIN, stages_progress, to_settle

FOLDER = Path("reports/q3")


def command(review, stage):
    return next_command(stage, review.state, review.work(), FOLDER)


def test_a_new_review_deals_its_charts_then_asks_for_them(tmp_path):
    """Assigning comes before requesting, and that before receipt."""
    review = practice(tmp_path)
    asked = command(review, "charts")
    unread = [x for x in review.work().slots if (x, 1) not in review.state.readers]
    assert ("review assign" in asked) == bool(unread)
    review.record(
        [e.Assigned(encounter_id=x, reader="rob", read=1) for x in unread], "pia", "preparer"
    )
    assert command(review, "charts") == "auditkit review request reports/q3 --as pia"
    request(review)
    assert command(review, "charts") == "auditkit review sign reports/q3 charts --as pia"


def test_the_next_stage_is_told_with_its_command(tmp_path):
    """The first unsigned stage, what it lacks, and who types what."""
    review = practice(tmp_path)
    request(review)
    review.record([e.SignOff(stage="charts")], "pia", "preparer")
    stages = stages_progress(review.state, review.work())
    stage, typed = next_stage(stages, review.state, review.work(), FOLDER)
    assert stage.startswith("Next: stage blind_coding, signed by the preparer. It lacks: ")
    assert "auditkit review workpapers reports/q3 --as pia" in typed


def test_blind_codes_of_two_copies_are_coded_again_and_not_taken(tmp_path):
    """No judgement can be taken for them, so they are told apart from those that can."""
    review = practice(tmp_path)
    request(review)
    seen = review.state.last
    for code in ("99213", "99214"):
        coding = e.BlindCode(encounter_id="E1", lines=(e.CodedLine(code=code),), seen=seen)
        review.record([coding], "rob", "reader")
    apart = to_settle(review.state)
    assert apart["kind"].tolist() == [CODE_AGAIN, CODE_AGAIN]
    assert apart["slot"].tolist() == ["blind codes", "blind codes"]
    assert "workpapers" in command(review, "blind_coding")


def test_a_disagreement_is_resolved_by_the_reviewer_next(tmp_path):
    """The command names the line that two copies judge differently."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E3")
    seen = review.state.last
    said = {"encounter_id": "E3", "line": 1, "family": "destruction", "rule_id": "DES-1"}
    for verdict, direction in (("supported", "none"), ("not_supported", "over")):
        category = None if verdict == "supported" else "incorrect_coding"
        agreed = (e.CodedLine(code="17000"),) if verdict == "supported" else ()
        judged = e.Determination(
            **said, verdict=verdict, direction=direction, category=category, agreed=agreed,
            seen=seen,
        )  # fmt: skip
        review.record([judged], "rob", "reader")
    assert command(review, "determinations") == (
        "auditkit review resolve reports/q3 E3 1 --take LOG_LINE --as vic"
    )


def test_without_a_dispute_the_response_sheets_come_next(tmp_path):
    """Stage rebuttal, not yet reached, begins with the providers' sheets."""
    review = practice(tmp_path)
    assert command(review, "rebuttal") == "auditkit review responses reports/q3 --until DATE"
