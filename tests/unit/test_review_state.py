"""State as a fold over the log: conflicts, past days, and results after review."""

from datetime import date, timedelta

import pandas as pd
import pytest
from review_practice import (
    ENCOUNTERS,
    as_engine,
    blind,
    judge,
    line_results,
    practice,
    request,
    reviewed_practice,
    rows_of,
    sign,
)

from auditkit.errors import SettingsError, StageError
from auditkit.results import numbered
from auditkit.review import events as e
from auditkit.review.double_read import double_read, ticket
from auditkit.review.judgement import judgement_of
from auditkit.review.outcome import reviewed
from auditkit.review.rebuttal import before_and_after, ledger, overturn_rates
from auditkit.review.requests import (
    declare_missing,
    request_charts,
    request_list,
    request_policy,
)
from auditkit.review.standing import standing_findings
from auditkit.review.state import fold, until


def test_the_double_read_share_is_the_smallest_tickets():
    """sha256sum of "7|double-read|E1" begins 65d7d74ecb82d44c; shares are nested, orderless."""
    assert ticket("7", "E1").startswith("65d7d74ecb82d44c")
    small, large = double_read(ENCOUNTERS, "7", 0.3), double_read(ENCOUNTERS[::-1], "7", 0.8)

    assert len(small) == 2
    assert large[:2] == small
    assert small == tuple(sorted(ENCOUNTERS, key=lambda each: ticket("7", each))[:2])


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.1, 1), (0.5, 3), (1, 6)])
def test_the_share_is_rounded_up(share, count):
    """A tenth of six is one encounter; half is three, not four."""
    assert len(double_read(ENCOUNTERS, "7", share)) == count


def test_two_edits_that_did_not_know_of_each_other_are_a_conflict(tmp_path):
    """The same line judged differently from two copies: neither wins until resolved."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    seen = review.state.last
    row = rows_of("E2")[0]
    one = e.Determination(**as_engine(row, seen=seen))
    other = e.Determination(
        **as_engine(row, seen=seen, verdict="supported", direction="none", category=None)
    )
    review.record([one], "rob", "reader")
    review.record([other], "rob", "reader")

    state = review.state
    assert [r.event.verdict.value for r in state.conflicts[("E2", "1")]] == [
        "overcoded",
        "supported",
    ]
    assert state.standing(("E2", "1")).event == one
    review.record([e.DisagreementResolved(**as_engine(row))], "vic", "reviewer")
    assert review.state.conflicts == {}


def test_an_edit_that_knew_of_the_one_before_is_a_revision(tmp_path):
    """A reader who changes their mind makes no conflict; both lines stay in the log."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    judge(review, "E2")
    row = rows_of("E2")[0]
    review.record(
        [
            e.Determination(
                **as_engine(
                    row,
                    seen=review.state.last,
                    verdict="supported",
                    direction="none",
                    category=None,
                    agreed=(),
                )
            )
        ],
        "rob",
        "reader",
    )

    assert review.state.conflicts == {}
    assert review.state.standing(("E2", "1")).event.verdict == "supported"


def test_the_same_judgement_twice_is_no_conflict(tmp_path):
    """Importing a workbook again changes nothing."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    judge(review, "E2")
    judge(review, "E2")

    assert review.state.conflicts == {}


def test_any_past_day_can_be_made_again(tmp_path):
    """The state at the end of a day is the fold of the lines up to then."""
    review = practice(tmp_path)
    request(review)
    first_day = review.clock.at.date()
    review.clock.forward(3)
    blind(review, "E2")
    judge(review, "E2")
    review.clock.forward(2)
    row = rows_of("E2")[0]
    changed = as_engine(
        row, seen=review.state.last, verdict="supported", direction="none", category=None
    )
    review.record([e.Determination(**{**changed, "agreed": ()})], "rob", "reader")

    assert review.state_on(first_day).first == {}
    third = review.state_on(first_day + timedelta(days=3))
    assert third.first[("E2", "1")].event.verdict == "overcoded"
    then = reviewed(line_results(), third)
    now = reviewed(line_results(), review.state)
    assert dollars_of(then, "E2") == 40
    assert dollars_of(now, "E2") == 0
    assert until(review.log.records, date(2020, 1, 1)) == ()
    assert fold(()).audit == ""


def dollars_of(table: pd.DataFrame, encounter: str) -> float:
    rows = table[(table["encounter_id"] == encounter) & table["line"].notna()]
    return float(rows["dollars"].sum())


def test_an_unread_review_leaves_the_engine_s_results(tmp_path):
    """Without judgements the table is the engine's, and says so."""
    table = reviewed(line_results(), practice(tmp_path).state)

    assert set(table["basis"]) == {"engine"}
    pd.testing.assert_frame_equal(table.drop(columns="basis"), line_results(), check_dtype=False)


def test_a_missing_record_is_an_error_in_full(tmp_path):
    """E6's record is missing: both lines count with all they were paid, 110 + 100."""
    review = reviewed_practice(tmp_path, "E6")
    table = reviewed(line_results(), review.state)
    rows = table[table["encounter_id"] == "E6"]

    assert rows["verdict"].tolist() == ["missing_record"] * 2
    assert rows["dollars"].sum() == 210
    assert rows["category"].unique().tolist() == ["no_documentation"]
    assert rows["agreed_code"].isna().all()


def test_a_late_record_is_no_longer_missing(tmp_path):
    """A record that arrives after all is read like any other, and the stage is signed again."""
    review = reviewed_practice(tmp_path, "E6")
    review.record([e.ChartReceived(encounter_id="E6")], "pia", "preparer")

    assert review.state.charts["E6"].status == "received"
    assert review.outstanding("review")


def overturned(review):
    """P01 disputes E2 line 1; the manager overturns it to supported."""
    dispute = e.ProviderDisputes(
        encounter_id="E2", slot="1", provider_id="P01", reason="time was written in the plan"
    )
    agree = e.ProviderAgrees(encounter_id="E2", slot="+11301", provider_id="P01")
    review.record([dispute, agree], "pia", "preparer")
    row = rows_of("E2")[0]
    decision = e.ManagerDecision(
        **as_engine(
            row, verdict="supported", direction="none", category=None, agreed=(), rule_id="EM-1"
        ),
        outcome="overturned",
        reason="the time statement supports the level",
    )
    review.record([decision], "max", "manager")


def test_an_overturned_finding_changes_the_result_and_keeps_the_first_one(tmp_path):
    """40 overpaid dollars become none; the determination is still in the log."""
    review = reviewed_practice(tmp_path)
    overturned(review)

    before = reviewed(line_results(), review.state, rebuttal=False)
    after = reviewed(line_results(), review.state)
    assert (dollars_of(before, "E2"), dollars_of(after, "E2")) == (40, 0)
    assert review.state.first[("E2", "1")].event.verdict == "overcoded"
    assert after.loc[after["basis"] == "manager", "billed_code"].tolist() == ["99214"]


def test_the_ledger_tells_answers_and_decisions(tmp_path):
    """One row per answered line, with the rule, the reader and the outcome."""
    review = reviewed_practice(tmp_path)
    overturned(review)
    table = ledger(review.state, line_results()).set_index("slot")

    assert table.loc["1", ["response", "decision", "reader", "rule_id"]].tolist() == [
        "disputes",
        "overturned",
        "rob",
        "EM-1",
    ]
    assert table.loc["1", ["verdict_before", "verdict_after"]].tolist() == [
        "overcoded",
        "supported",
    ]
    assert table.loc["+11301", ["response", "decision"]].tolist() == ["agrees", ""]


def test_overturn_rates_by_rule(tmp_path):
    """EM-1 has two errors (E2, E4), one overturned: 1/2; Clopper-Pearson 0.0126 to 0.9874."""
    review = reviewed_practice(tmp_path)
    overturned(review)
    rates = overturn_rates(review.state, line_results()).set_index("rule_id")

    assert rates.loc["EM-1", ["errors", "disputed", "overturned"]].tolist() == [2, 1, 1]
    assert rates.loc["EM-1", ["lower", "upper"]].tolist() == pytest.approx(
        [0.01257911709, 0.98742088291]
    )
    assert rates.loc["DES-2", "overturn_rate"] == 0
    by_reader = overturn_rates(review.state, line_results(), by="reader").set_index("reader")
    assert by_reader.loc["rob", "errors"] == 4


def test_scores_before_and_after_rebuttal(tmp_path):
    """P01's lines: 3 of 4 right before, 4 of 4 after."""
    review = reviewed_practice(tmp_path)
    overturned(review)
    table = before_and_after(line_results(), review.state, "line").set_index("scope")

    assert table.loc["P01", ["before", "after"]].tolist() == [0.75, 1.0]
    assert table.loc["P02", "change"] == 0


def test_an_agreed_line_without_price_is_refused_or_priced(tmp_path):
    """A reader's own agreed code needs its dollars; they are never taken as zero."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    mine = as_engine(rows_of("E2")[0], agreed=(e.CodedLine(code="99212"),))
    review.record([e.Determination(**mine)], "rob", "reader")

    with pytest.raises(StageError, match="no price"):
        reviewed(line_results(), review.state)
    priced = reviewed(line_results(), review.state, price=lambda *_: 55.0)
    assert dollars_of(priced, "E2") == 75


def test_an_agreement_with_the_engine_holds_only_while_the_engine_says_the_same(tmp_path):
    """After a change of rules, a line agreed with the engine has to be judged again."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    judge(review, "E2")
    changed = line_results()
    changed.loc[2, ["verdict", "direction", "category"]] = ["supported", "none", None]

    with pytest.raises(StageError, match=r"line 1 of E2.* judge"):
        reviewed(changed, review.state)


def test_blind_codes_of_two_copies_are_a_conflict(tmp_path):
    """Different codes from two copies of one book wait for a coding that knew of both."""
    review = practice(tmp_path)
    request(review)
    seen = review.state.last
    for code in ("99213", "99214"):
        coding = e.BlindCode(encounter_id="E1", lines=(e.CodedLine(code=code),), seen=seen)
        review.record([coding], "rob", "reader")
    assert [r.event.lines[0].code for r in review.state.coding_conflicts[("E1", "rob")]] == [
        "99213",
        "99214",
    ]

    last = e.BlindCode(
        encounter_id="E1", lines=(e.CodedLine(code="99214"),), seen=review.state.last
    )
    review.record([last], "rob", "reader")
    assert review.state.coding_conflicts == {}


def test_people_can_refuse_or_add_a_line_that_was_not_billed(tmp_path):
    """The engine's unbilled shave is not supported; a tag removal is found instead."""
    review = practice(tmp_path)
    request(review)
    blind(review, "E2")
    row = rows_of("E2")[1]
    refused = as_engine(row, verdict="not_supported", direction="none", category=None)
    added = as_engine(row, agreed=(e.CodedLine(code="11200"),))
    review.record([e.Determination(**refused), e.Determination(**added)], "rob", "reader")
    table = reviewed(line_results(), review.state, price=lambda *_: 60.0)
    unbilled = table[table["line"].isna()]

    assert unbilled["agreed_code"].tolist() == ["11200"]
    assert unbilled["dollars"].tolist() == [-60]
    assert unbilled["provider_id"].tolist() == ["P01"]


def test_the_request_list_tells_what_to_do(tmp_path):
    """Due in 14 days: remind from 5 days before, declare missing from the day after."""
    review = practice(tmp_path)
    policy = request_policy()
    work, today = review.work(), review.clock.at.date()
    assert set(request_list(work, review.state, today, policy)["action"]) == {"request"}

    review.record(request_charts(work, review.state, today, policy), "pia", "preparer")
    review.record([e.ChartReceived(encounter_id="E1")], "pia", "preparer")

    def actions(days: int) -> list[str]:
        on = today + timedelta(days=days)
        return sorted(set(request_list(work, review.state, on, policy)["action"]))

    assert actions(8) == [""]
    assert actions(9) == ["", "remind"]
    assert actions(14) == ["", "remind"]
    assert actions(15) == ["", "declare missing"]
    assert request_charts(work, review.state, today, policy) == ()
    overdue = declare_missing(review.state, today + timedelta(days=15))
    assert [each.encounter_id for each in overdue] == ["E2", "E3", "E4", "E5", "E6"]
    review.clock.forward(15)
    review.record(overdue, "pia", "preparer")
    sign(review, "charts")


def test_a_chart_whose_due_day_was_set_aside_is_declared_missing_at_once(tmp_path):
    """The manager's override names one record; the others wait for their day."""
    review = practice(tmp_path)
    today = review.clock.at.date()
    asked = request_charts(review.work(), review.state, today, request_policy())
    review.record(asked, "pia", "preparer")
    assert declare_missing(review.state, today) == ()

    reason = "The practice wrote that there is no such record."
    review.record([e.Override(rule="before_due", scope="E4", reason=reason)], "max", "manager")
    declared = declare_missing(review.state, today)
    assert [each.encounter_id for each in declared] == ["E4"]
    review.record(declared, "pia", "preparer")
    assert review.state.charts["E4"].status == "missing"


def test_unknown_request_policies_are_refused():
    """A misspelt policy names those that exist."""
    with pytest.raises(SettingsError, match="standard"):
        request_policy("strict")


def test_a_judgement_that_contradicts_itself_is_refused():
    """Supported lines have no direction; errors that move dollars have a category."""
    row = rows_of("E1")[0]
    with pytest.raises(ValueError, match="no direction"):
        e.Determination(**as_engine(row, direction="over"))
    with pytest.raises(ValueError, match="category"):
        e.Determination(**as_engine(row, verdict="overcoded", direction="over"))
    with pytest.raises(ValueError, match="agreed code"):
        e.Determination(**as_engine(row, line=None, agreed=()))


TWO = {"encounter_id": "E3", "provider_id": "P01", "stratum": "A", "line": None, "billed_units": 0,
       "billed_dollars": 0, "agreed_code": "11102", "agreed_units": 1, "agreed_dollars": 100,
       "dollars": -100, "verdict": "undercoded", "direction": "under", "family": "biopsy",
       "category": "incorrect_coding", "rule_id": "BX-1"}  # fmt: skip


def two_alike() -> pd.DataFrame:
    """The practice's results with two unbilled biopsies of one code in one encounter."""
    return numbered(pd.concat([line_results(), pd.DataFrame([TWO, TWO])], ignore_index=True))


def test_only_a_second_unbilled_line_of_one_code_is_numbered():
    """Results without such a pair stay as they are; with one, the second of the code is 2."""
    assert numbered(line_results()).equals(line_results())
    table = two_alike()

    assert table["nth"].dropna().to_dict() == {len(table) - 1: 2}
    assert [e.slot_of(row) for row in table.to_dict("records")][-2:] == ["+11102", "+11102#2"]


def test_two_unbilled_lines_of_one_code_are_judged_apart(tmp_path):
    """Striking out the second leaves the first; each is work of its own, and findings follow."""
    review = practice(tmp_path)
    results = two_alike()
    results.to_csv(tmp_path / "engine_results.csv", index=False)
    request(review)
    blind(review, "E3")
    assert review.work().slots["E3"] == ("1", "+11102", "+11102#2")

    state = review.state
    rows = {
        e.slot_of(row): row for row in results[results["encounter_id"] == "E3"].to_dict("records")
    }
    struck = {"judgement": "not_supported", "remark": "one biopsy is described"}
    for slot, values in (("+11102", {"judgement": "agree"}), ("+11102#2", struck)):
        event = judgement_of(state, "rob", state.last, values, rows[slot])
        assert event.slot == slot
        review.record([event], "rob", "reader")
    after = reviewed(results, review.state)
    assert len(after[after["agreed_code"].eq("11102") & after["line"].isna()]) == 1
    assert review.state.conflicts == {}

    finding = {name: TWO.get(name) for name in ("encounter_id", "provider_id", "line", "rule_id")}
    finding |= {"severity": "error", "main": True, "verdict": "undercoded", "agreed": "11102"}
    findings = pd.DataFrame([{**finding, "why": "first"}, {**finding, "why": "second"}])
    left = standing_findings(findings, results, after, review.state)
    assert left["why"].tolist() == ["first"]


def test_the_second_of_two_alike_keeps_its_name_when_the_first_is_struck_out(tmp_path):
    """What is left is still the second one, so that an answer to it finds its judgement."""
    review = practice(tmp_path)
    results = two_alike()
    request(review)
    blind(review, "E3")
    first = results[results["line"].isna() & results["encounter_id"].eq("E3")].to_dict("records")[0]
    values = {"judgement": "not_supported", "remark": "one biopsy is described"}
    event = judgement_of(review.state, "rob", review.state.last, values, first)
    review.record([event], "rob", "reader")
    after = reviewed(results, review.state)
    left = after[after["line"].isna() & after["encounter_id"].eq("E3")].to_dict("records")

    assert [e.slot_of(row) for row in left] == ["+11102#2"]


def test_a_judgement_of_before_is_that_of_the_first_line():
    """A log line that knows nothing of several lines of one code is read as ever."""
    said = {"kind": "determination", "encounter_id": "E3", "line": None, "verdict": "undercoded",
            "direction": "under", "category": "incorrect_coding",
            "agreed": [{"code": "11102"}]}  # fmt: skip
    assert e.parse(said).slot == "+11102"
    assert e.parse({**said, "nth": 2}).slot == "+11102#2"
