"""Education packs, quizzes, and repeat findings with regression to the mean."""

import json

import nbformat
import numpy as np
import pandas as pd
import pytest
from review_practice import line_results

from auditkit.errors import InputError
from auditkit.model import Verdict
from auditkit.review.education import (
    Example,
    deidentified,
    education_pack,
    held,
    pack_markdown,
    quiz,
    sentence_of,
    wording,
)
from auditkit.review.quiz_notebook import education_notebook
from auditkit.review.repeats import caveat, repeat_findings

FINDINGS = pd.DataFrame(
    [
        {
            "encounter_id": "E2", "line": 1, "rule_id": "EM-1",
            "why": "On 2025-03-04 one stable problem was addressed.",
            "would_support": "The drug managed.", "citation": "CPT E/M guidelines",
            "version": "2021-01-01",
        },
        {
            "encounter_id": "E2", "line": None, "rule_id": "SHV-1",
            "why": "A shave of the nose is described.", "would_support": "Nothing is missing.",
            "citation": "NCCI", "version": "2019-01-01",
        },
    ]
)  # fmt: skip


def test_a_pack_holds_only_the_learner_s_own_errors():
    """P01 erred under two rules; dollars over and under stay apart."""
    pack = education_pack(line_results(), FINDINGS, "P01")

    assert (pack.reviewed, pack.in_error) == (5, 2)
    assert [lesson.rule_id for lesson in pack.lessons] == ["EM-1", "SHV-1"]
    assert [(x.over_dollars, x.under_dollars) for x in pack.lessons] == [(40, 0), (0, 120)]
    assert pack.lessons[0].examples[0].agreed == "99213"
    assert pack.lessons[0].version == "2021-01-01"


def test_packs_by_coder_use_their_column():
    """Any column can name the learners."""
    results = line_results().assign(coder=["ann"] * 4 + ["bob"] * 5)

    assert education_pack(results, FINDINGS, "bob", column="coder").in_error == 2
    with pytest.raises(KeyError, match="zoe"):
        education_pack(results, FINDINGS, "zoe", column="coder")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seen 2025-03-04 again", "seen [date] again"),
        ("on 3/4/2025 and March 4, 2025", "on [date] and [date]"),
        ("chart 12345678", "chart [number]"),
        ("encounter 0123456789abcdef", "encounter [number]"),
        ("patient PT-0003", "patient [number]"),
        ("a 93-year-old man", "a 90 or older-year-old man"),
        ("99213 with J3301 x2, 0.6 cm", "99213 with J3301 x2, 0.6 cm"),
    ],
)
def test_examples_are_deidentified(text, expected):
    """Dates, ids and high ages go; codes and sizes stay."""
    assert deidentified(text) == expected


def test_no_id_or_date_of_an_encounter_is_in_a_pack():
    """Neither encounter ids nor dates of service reach the page."""
    text = pack_markdown(education_pack(line_results(), FINDINGS, "P01"))

    assert "2025-03-04" not in text
    assert not any(encounter in text for encounter in ("E1", "E2", "E3"))
    assert "Example 1" in text


def test_markup_in_findings_stays_text():
    """What a finding says cannot become markup or script."""
    findings = FINDINGS.assign(why="<script>alert(1)</script> **x** [a](b)")
    pack = education_pack(line_results(), findings, "P01")

    assert "<script>" not in pack_markdown(pack)
    notebook = education_notebook(pack)
    assert all("<script>" not in cell.source for cell in notebook.cells)


def test_every_verdict_has_its_wording_and_none_invites_to_amend():
    """The library covers the closed list of verdicts, and speaks of future notes."""
    for verdict in Verdict:
        assert sentence_of(Example("99213", "99212", verdict.value, "", ""))
    assert "future notes" in wording()["closing"]["pack"]


def test_a_line_whose_diagnosis_alone_is_wrong_is_not_called_another_service():
    """The code billed is the code documented; what is wrong stands in the reason."""
    said = sentence_of(Example("17271", "17271", "wrong_code", "", ""))

    assert "the service documented is" not in said
    assert "the service documented is 11307" in sentence_of(
        Example("11422", "11307", "wrong_code", "", "")
    )


def test_a_learner_without_errors_is_told_so():
    """A clean sample makes a pack without lessons."""
    results = line_results().assign(verdict="supported")
    pack = education_pack(results, FINDINGS, "P01")

    assert pack.lessons == ()
    assert wording()["opening"]["none"] in pack_markdown(pack)
    assert quiz(pack) == ()


def test_the_quiz_asks_and_answers_the_same_way_each_time():
    """The right choice of the visit is 99213; choices differ and one of them is right."""
    pack = education_pack(line_results(), FINDINGS, "P01")
    questions = quiz(pack)

    assert questions == quiz(pack)
    assert questions[0].choices[questions[0].answer] == "99213"
    assert all(len(set(q.choices)) == len(q.choices) >= 2 for q in questions)
    assert "CPT E/M guidelines, in force since 2021-01-01" in questions[0].because


def test_the_quiz_notebook_is_valid_and_has_no_code():
    """It opens anywhere, with answers folded away, and is the same each time."""
    pack = education_pack(line_results(), FINDINGS, "P01")
    notebook = education_notebook(pack)

    nbformat.validate(notebook)
    assert {cell.cell_type for cell in notebook.cells} == {"markdown"}
    assert sum("<details>" in cell.source for cell in notebook.cells) == len(quiz(pack))
    assert json.dumps(notebook) == json.dumps(education_notebook(pack))


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        (
            "Billed 99214; the record supports 99213 (low: problems low; no time counted).",
            "Low: problems low; no time counted.",
        ),
        (
            "Billed 11622; the record supports 11621 (diameter 0.8 cm (0.8 + 2 × 0), scalp_neck).",
            "Diameter 0.8 cm (0.8 + 2 × 0), scalp neck.",
        ),
        ("Billed 10 unit(s) of 17003; the record supports 8.", ""),
        ("Judged by the reader of the record. One stable problem.", "One stable problem."),
        ("The note is unsigned.", "The note is unsigned."),
    ],
)
def test_what_the_note_held_is_told_without_the_lines(why, expected):
    """The pack says by itself what was billed and supported; the reason adds the facts."""
    assert held(why) == expected


def test_the_quiz_does_not_answer_its_own_question():
    """What the note held never names the supported code; the rule's title heads the lesson."""
    why = "Billed 99214; the record supports 99213 (low: problems low, risk low)."
    other = "A shave, which is 11301, is described."
    findings = FINDINGS.assign(why=[why, other])
    pack = education_pack(line_results(), findings, "P01")
    asked = [each for each in quiz(pack) if "What is supported?" in each.asks]

    assert [each.asks for each in asked] == [
        "The note held: Low: problems low, risk low. Billed was 99214. What is supported?"
    ]
    assert "## EM-1: The level is" in pack_markdown(pack)
    assert "1 line; $40.00 over" in pack_markdown(pack)


def audit(errors: dict[str, int], of: int) -> pd.DataFrame:
    rows = [
        {
            "provider_id": name,
            "billed_code": "99213",
            "agreed_code": "99212" if i < wrong else "99213",
            "rule_id": "EM-1" if i < wrong else None,
            "verdict": "overcoded" if i < wrong else "supported",
        }
        for name, wrong in errors.items()
        for i in range(of)
    ]
    return pd.DataFrame(rows)


def test_rates_and_repeats_are_counted():
    """Two providers, both found twice for one of them."""
    table = repeat_findings(audit({"a": 6, "b": 1}, 20), audit({"a": 3, "b": 0}, 30))
    table = table.set_index("member")

    assert table.loc["a", ["rate_before", "rate_after"]].tolist() == [0.3, 0.1]
    assert table["repeat"].to_dict() == {"a": True, "b": False}


def test_a_rule_counts_over_the_services_in_which_it_finds_errors():
    """Of 20 visits and 7 biopsies, a rule that found errors in visits counts over the 20."""
    biopsies = pd.DataFrame({
        "provider_id": ["a"] * 7, "billed_code": ["11102"] * 7, "agreed_code": ["11102"] * 7,
        "rule_id": [None] * 7, "verdict": ["supported"] * 7,
    })  # fmt: skip
    before, after = (
        pd.concat([audit({"a": wrong}, 20), biopsies], ignore_index=True) for wrong in (6, 3)
    )
    row = repeat_findings(before, after).iloc[0]

    assert row[["lines_before", "errors_before"]].tolist() == [20, 6]
    assert row[["lines_after", "errors_after"]].tolist() == [20, 3]


def test_the_expectation_lies_between_own_and_group_rate():
    """Who was above the group is expected lower, who was below higher."""
    table = repeat_findings(
        audit({"a": 8, "b": 2, "c": 4, "d": 5}, 20), audit({"a": 5, "b": 3, "c": 4, "d": 5}, 20)
    ).set_index("member")

    assert 19 / 80 < table.loc["a", "expected_rate"] < 0.4
    assert 0.1 < table.loc["b", "expected_rate"] < 19 / 80


def test_chance_alone_is_not_called_an_effect():
    """40 providers of one true rate, audited twice: of the worst, nearly all the fall was to be
    expected, and about a tenth at most lies outside 90 % limits."""
    rng = np.random.default_rng(4)
    names = [f"p{i:02}" for i in range(40)]
    first = dict(zip(names, rng.binomial(20, 0.2, 40).tolist(), strict=True))
    again = dict(zip(names, rng.binomial(20, 0.2, 40).tolist(), strict=True))
    table = repeat_findings(audit(first, 20), audit(again, 20))

    assert table["distinguished"].mean() <= 0.10
    worst = table[table["rate_before"] > 0.3]
    assert worst["change"].mean() < -0.05
    assert abs(worst["effect"].mean()) < abs(worst["change"].mean()) / 2
    assert "regression" in caveat(table)


def test_a_real_fall_is_told_from_chance():
    """From 60 of 100 to 2 of 100 where the others stay at 60 is more than chance."""
    first = {"a": 60, "b": 58, "c": 62, "d": 60}
    table = repeat_findings(audit(first, 100), audit({**first, "a": 2}, 100)).set_index("member")

    assert table["distinguished"].to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert table.loc["a", "effect"] < -0.5


def test_audits_without_common_members_are_refused():
    """Opaque ids of two audits do not match; the message says what to do."""
    with pytest.raises(InputError, match="NPI"):
        repeat_findings(audit({"a": 1}, 5), audit({"b": 1}, 5))


def test_what_the_notes_left_out_stands_in_the_learners_pack():
    """A gap of the learner's is shown with its count and advice; another's is not."""
    gaps = pd.DataFrame({
        "scope": ["P01", "P02", "P01"], "service": "Excisions",
        "label": ["narrowest margins", "depth", "site"], "units": 8, "units_with_gap": [3, 2, 0],
        "rate": [0.375, 0.25, 0.0], "lower": 0.1, "upper": 0.8, "asks": "Measure the margins.",
    })  # fmt: skip
    pack = education_pack(line_results(), FINDINGS, "P01")

    page = pack_markdown(pack, gaps)

    assert "narrowest margins, in 3 of 8 notes" in page
    assert "Measure the margins." in page
    assert "depth" not in page.split("What the notes left out")[1]
    assert "What the notes left out" not in pack_markdown(pack)


def test_a_rule_without_title_is_headed_by_its_family_in_words():
    """No heading shows the key of a family, such as LESION_COUNT."""
    results = line_results()
    wrong = results["rule_id"] == "EM-1"
    results.loc[wrong, ["rule_id", "family"]] = ["OWN-1", "LESION_COUNT"]
    text = pack_markdown(education_pack(results, FINDINGS, "P01"))

    assert "## OWN-1: Number of lesions" in text
    assert "LESION_COUNT" not in text
