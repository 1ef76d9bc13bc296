"""Whose documented elements count, and which findings stand beside people's decisions."""

from datetime import date

import pandas as pd
import pytest
from review_practice import (
    as_engine,
    blind,
    judge,
    line_results,
    practice,
    request,
    reviewed_practice,
    rows_of,
)

from auditkit.documentation.store import Documentation
from auditkit.errors import EvidenceError, InputError, StageError
from auditkit.review import assign_charts, changes, decision, resolution, standing_findings
from auditkit.review import events as e
from auditkit.review.imported import elements_sha256, save_elements
from auditkit.review.joined import review_state, with_readers
from auditkit.review.log import LOG, LogError
from auditkit.review.outcome import reviewed
from auditkit.review.session import Review

GIVEN = Documentation({x: {"record": {"present": True}} for x in ("E1", "E2", "E6")})


def entered(review, encounter, by="rob", **more):
    """Let a reader enter elements, as an import does: log first, then the file."""
    elements = {"encounter_id": encounter, "record": {"present": True}, **more}
    event = e.Abstracted(encounter_id=encounter, elements_sha256=elements_sha256(elements))
    review.record([event], by, "reader")
    save_elements(review.folder, 1, {encounter: elements})
    return elements


def test_without_a_review_the_input_counts(tmp_path):
    """Nothing is read that is not there; the encounters keep their order."""
    found, sources = with_readers(GIVEN, tmp_path, ["E6", "E1", "E3"])
    assert list(found.records) == ["E6", "E1"]
    assert sources == {"E6": "input", "E1": "input"}


def test_declared_missing_comes_before_the_reader_and_the_reader_before_the_input(tmp_path):
    """E6 is missing, E2 was read, E1 was not, E3 has neither: one source for each encounter."""
    review = practice(tmp_path)
    request(review, "E6")
    mine = entered(review, "E2", lesions=[{"lesion_id": "A"}])
    found, sources = with_readers(GIVEN, tmp_path, ["E1", "E2", "E3", "E6"])
    assert sources == {"E1": "input", "E2": "reader", "E6": "declared missing"}
    assert found.records["E2"] == mine
    assert found.records["E6"] == {"record": {"present": False}}


def test_a_record_that_arrives_late_is_read_again(tmp_path):
    """Receipt ends the declaration; the input counts until a reader enters elements."""
    review = practice(tmp_path)
    request(review, "E6")
    review.record([e.ChartReceived(encounter_id="E6")], "pia", "preparer")
    assert with_readers(GIVEN, tmp_path, ["E6"])[1] == {"E6": "input"}


def test_elements_that_the_log_does_not_name_are_refused(tmp_path):
    """A file that was changed, or written without its log line, enters no result."""
    review = practice(tmp_path)
    request(review)
    entered(review, "E2")
    save_elements(tmp_path, 1, {"E1": {"encounter_id": "E1", "record": {"present": False}}})
    with pytest.raises(EvidenceError, match="elements of E1 are not those"):
        with_readers(GIVEN, tmp_path, ["E1", "E2"])


def test_a_log_that_was_removed_is_no_audit_without_review(tmp_path):
    """The head tells that there was a log; the results do not fall back to the engine's."""
    practice(tmp_path)
    (tmp_path / LOG).unlink()
    with pytest.raises(LogError, match="was removed from the end"):
        review_state(tmp_path)


def test_a_patient_key_of_the_crosswalk_is_refused_in_a_remark(tmp_path):
    """Where lines hold keyed ids, the practice's own keys are known from the private crosswalk."""
    practice(tmp_path)
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "crosswalk.csv").write_text("encounter_id,patient_key\nE1,MILLER-7\n")
    reason = "patient miller-7 was seen twice"
    with pytest.raises(InputError, match="names a patient key"):
        Review(tmp_path).record(
            [e.Override(rule="incomplete", scope="charts", reason=reason)], "max", "manager"
        )


def findings():
    """The engine's findings of the small practice: errors on E2, E4, E5, a prompt on E3."""
    rows = [
        ("E2", "P01", 1, "EM-1", "error", "99214", "99213"),
        ("E2", "P01", None, "SHV-1", "error", None, "11301"),
        ("E3", "P01", 1, "DES-1", "prompt", "17000", "17000"),
        ("E4", "P02", 1, "EM-1", "error", "99212", "99213"),
        ("E5", "P02", 1, "DES-2", "error", "17003 x5", "17003 x3"),
    ]
    names = ["encounter_id", "provider_id", "line", "rule_id", "severity", "billed", "agreed"]
    table = pd.DataFrame(rows, columns=names)
    blank = ("family", "verdict", "direction", "category", "dollars", "would_support", "citation")
    return table.assign(main=True, why="The engine's reason.", version="", **dict.fromkeys(blank))


def stand(review):
    before = line_results()
    after = reviewed(before, review.state, price=lambda *_: 55.0)
    return standing_findings(findings(), before, after, review.state), changes(
        before, after, review.state
    )


def test_agreed_findings_stand_and_a_judged_prompt_is_settled(tmp_path):
    """Where readers agree nothing changes but the prompt, which is answered."""
    review = reviewed_practice(tmp_path)
    found, changed = stand(review)
    assert found["encounter_id"].tolist() == ["E2", "E2", "E4", "E5"]
    assert set(found["why"]) == {"The engine's reason."}
    assert changed.empty


def test_a_changed_line_has_one_finding_that_says_who_decided(tmp_path):
    """E2's visit is worth 99212 to the reader: 130 billed less 55 is 75, and the remark is why."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    mine = as_engine(
        rows_of("E2")[0], agreed=(e.CodedLine(code="99212"),), remark="Low risk.", rule_id="EM-1"
    )
    review.record([e.Determination(**mine)], "rob", "reader")
    found, changed = stand(review)
    visit = found[(found["encounter_id"] == "E2") & (found["line"] == 1)]
    assert visit["why"].tolist() == ["Judged by the reader of the record. Low risk."]
    assert visit["dollars"].tolist() == [75.0]
    assert changed[["line", "engine_agreed", "agreed", "by"]].to_numpy().tolist() == [
        ["1", "99213", "99212", "rob"]
    ]
    assert len(found[found["encounter_id"] == "E3"]) == 1


def test_a_rule_that_a_reader_names_is_cited_as_it_stands_on_the_date_of_service(tmp_path):
    """The engine had no objection to E3; the reader's rule brings its own citation and dates."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E3")
    row = rows_of("E3")[0]
    mine = as_engine(
        row, verdict="not_supported", direction="over", category="medical_necessity", agreed=(),
        family="MEDNEC", rule_id="MEDNEC-1", remark="No symptom.", with_engine=False,
    )  # fmt: skip
    review.record([e.Determination(**mine)], "rob", "reader")
    before = line_results()
    after = reviewed(before, review.state, price=lambda *_: 55.0)

    def standing(day):
        found = standing_findings(findings(), before, after, review.state, {"E3": day})
        return found[found["encounter_id"] == "E3"].iloc[0]

    told = standing(date(2025, 3, 5))
    assert told["rule_id"] == "MEDNEC-1"
    assert "LCD" in told["citation"]
    assert told["would_support"].startswith("In future notes, the reason")
    assert told["version"] <= "2025-03-05"
    assert standing(date(1990, 1, 1))["citation"] is None


def test_a_line_that_people_strike_out_takes_its_finding_along(tmp_path):
    """The shave not billed is not supported to the reader: no row, no finding, one change."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    strike = as_engine(rows_of("E2")[1], verdict="not_supported", direction="none")
    review.record([e.Determination(**strike)], "rob", "reader")
    found, changed = stand(review)
    assert found.loc[found["encounter_id"] == "E2", "rule_id"].tolist() == ["EM-1"]
    assert changed[["line", "verdict"]].to_numpy().tolist() == [["+11301", ""]]


def test_charts_are_dealt_evenly_and_second_reads_to_others(tmp_path):
    """Six charts for three readers are two each; nobody reads a chart twice."""
    review = practice(tmp_path, share=0.5)
    review.record([e.Appointed(person="tom", in_role="reader")], "max", "manager")
    dealt = assign_charts(review.work(), review.state, ["tom", "rob", "sue"])
    first = {x.encounter_id: x.reader for x in dealt if x.read == 1}
    second = {x.encounter_id: x.reader for x in dealt if x.read == 2}
    assert sorted(pd.Series(first).value_counts().tolist()) == [2, 2, 2]
    assert set(second) == set(review.work().double)
    assert pd.Series(second).value_counts().max() <= 2
    assert all(first[x] != who for x, who in second.items())
    review.record(dealt, "pia", "preparer")
    assert assign_charts(review.work(), review.state, ["tom", "rob", "sue"]) == ()


def test_one_reader_alone_gets_no_second_reads(tmp_path):
    """Second reads wait for a second person; without any reader nothing is assigned."""
    review = practice(tmp_path)
    dealt = assign_charts(review.work(), review.state, ["rob"])
    assert {x.read for x in dealt} == {1}
    with pytest.raises(StageError, match="appointed reader"):
        assign_charts(review.work(), review.state, [])


def test_a_resolution_takes_a_judgement_of_the_same_line_only(tmp_path):
    """A log line of another line, or of no judgement, is refused and named."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2", "E3")
    judge(review, "E2", "E3")
    state = review.state
    n = state.first["E2", "1"].n
    assert resolution(state, line_results(), ("E2", "1"), log_line=n).agreed[0].code == "99213"
    for key, log_line in ((("E3", "1"), n), (("E2", "1"), 1)):
        with pytest.raises(StageError, match=f"Line {log_line} of the log is no judgement"):
            resolution(state, line_results(), key, log_line=log_line)
    with pytest.raises(StageError, match="no compared line 9"):
        resolution(state, line_results(), ("E2", "9"), {"judgement": "agree"})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, "--judgement"),
        ({"judgement": "wrong"}, "--judgement"),
        ({"judgement": "overcoded"}, "Should have been billed"),
        ({"judgement": "overcoded", "lines": "99212"}, "Category of the error"),
        ({"judgement": "wrong_code", "lines": "99212", "error": "other"}, "Direction"),
        ({"judgement": "supported"}, "overrules the engine"),
        (
            {
                "judgement": "overcoded",
                "lines": "99212",
                "error": "other",
                "rule": "EM-99",
                "remark": "x",
            },
            "rule catalogue",
        ),
    ],
)
def test_a_ruling_that_lacks_something_is_named(tmp_path, values, named):
    """What a resolution needs is said by option; nothing is guessed."""
    review = practice(tmp_path)
    with pytest.raises(InputError, match=named):
        resolution(review.state, line_results(), ("E2", "1"), values)


def test_a_resolution_names_the_rule_of_the_error(tmp_path):
    """The rule's id and family go to the log; a decision's own reason stands for the remark."""
    values = {"judgement": "overcoded", "lines": "99212", "error": "other", "rule": "mednec-1"}
    review = reviewed_practice(tmp_path)
    said = {**values, "remark": "No indication."}
    event = resolution(review.state, line_results(), ("E2", "1"), said)
    assert (event.rule_id, event.family) == ("MEDNEC-1", "MEDNEC")

    key, why = ("E2", "1"), "The plan shows none."
    decided = decision(review.state, line_results(), key, "overturned", why, values)
    assert (decided.rule_id, decided.remark, decided.reason) == ("MEDNEC-1", "", why)


def test_a_decision_that_upholds_repeats_what_stands(tmp_path):
    """Upheld needs no judgement of its own; overturned does."""
    review = reviewed_practice(tmp_path, "E6")
    state, key = review.state, ("E2", "1")
    upheld = decision(state, line_results(), key, "upheld", "The note is clear.")
    assert (upheld.verdict.value, upheld.agreed[0].code) == ("overcoded", "99213")
    gone = decision(state, line_results(), ("E6", "2"), "upheld", "No record arrived.")
    assert (gone.verdict.value, gone.line) == ("missing_record", 2)
    with pytest.raises(InputError, match="needs the judgement that stands now"):
        decision(state, line_results(), key, "overturned", "A second problem.")
    with pytest.raises(InputError, match="no patient values"):
        decision(state, line_results(), key, "upheld", "Seen 3/4/2024.")
