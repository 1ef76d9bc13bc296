"""The desk: one chart at a time, blind first, the same events as the workpapers."""

import pandas as pd
import pytest
from review_practice import ENCOUNTERS, blind, judge, line_results, practice, request

from auditkit.errors import StageError
from auditkit.review.desk import Desk
from auditkit.review.record_view import element_groups, segments

FINDINGS = pd.DataFrame(
    [{"encounter_id": "E2", "line": 1, "rule_id": "EM-1", "why": "low risk", "citation": "CPT"}]
)


def desk(tmp_path, reader="rob", **more):
    review = practice(tmp_path)
    request(review)
    return Desk(review, reader, line_results(), FINDINGS, **more)


def test_nothing_billed_leaves_the_desk_before_the_chart_is_coded_blind(tmp_path):
    """The page gets no row, no code and no verdict of an uncoded chart."""
    view = desk(tmp_path).view(1)

    assert (view["stage"], view["rows"]) == ("blind", [])
    assert "99214" not in str(view)
    assert "overcoded" not in str(view)


def test_blind_codes_then_judgement_go_to_the_log(tmp_path):
    """Coding blind opens the comparison; agreeing judges the line as the engine."""
    mine = desk(tmp_path)
    view = mine.enter(1, {"do": "blind", "codes": "99213-25; 11102", "seen": 99})
    assert view["saved"]
    assert [row["slot"] for row in view["rows"]] == ["1", "+11301"]

    view = mine.enter(1, {"do": "judge", "slot": "1", "judgement": "agree", "seen": view["seen"]})
    assert view["judged"] == 1
    state = mine.review.state
    assert [line.code for line in state.blind[("E2", "rob")].event.lines] == ["99213", "11102"]
    assert state.first[("E2", "1")].event.with_engine


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ({"do": "judge", "slot": "1"}, "Judgement is lacking"),
        ({"do": "judge", "slot": "9", "judgement": "agree"}, "no line of this chart"),
        ({"do": "judge", "slot": "1", "judgement": "overcoded"}, "needs the lines"),
        ({"do": "judge", "slot": "1", "judgement": "supported"}, "Remark needs its reason"),
        ({"do": "blind", "codes": "99 213"}, "no line of codes"),
        ({"do": "blind", "codes": ""}, "Codes are lacking"),
        ({"do": "found", "lines": ""}, "needs one line"),
        (
            {"do": "judge", "slot": "1", "judgement": "agree", "remark": "born 01/02/1960"},
            "no patient values",
        ),
    ],
)
def test_what_is_lacking_is_said_and_nothing_is_saved(tmp_path, said, lacking):
    """The message names the field; the log does not grow."""
    mine = desk(tmp_path)
    blind(mine.review, "E2")
    before = mine.review.state.last
    view = mine.enter(1, {**said, "seen": before})

    assert not view["saved"]
    assert lacking in view["message"]
    assert mine.review.state.last == before


def test_a_line_only_the_reader_found_is_taken_in(tmp_path):
    """What was not billed and not seen by the engine can be added."""
    mine = desk(tmp_path)
    blind(mine.review, "E3")
    view = mine.enter(2, {"do": "found", "lines": "11200", "seen": mine.review.state.last})

    assert view["saved"]
    assert ("E3", "+11200") in mine.review.state.first


def test_an_entry_on_an_old_page_becomes_a_conflict_and_is_shown(tmp_path):
    """Two windows on one chart: the second entry does not win."""
    mine = desk(tmp_path)
    blind(mine.review, "E4")
    seen = mine.view(3)["seen"]
    mine.enter(3, {"do": "judge", "slot": "1", "judgement": "agree", "seen": seen})
    other = {"judgement": "supported", "remark": "as billed", "seen": seen}
    view = mine.enter(3, {"do": "judge", "slot": "1", **other})

    assert view["rows"][0]["conflict"]
    assert mine.review.state.first[("E4", "1")].event.verdict == "undercoded"


def test_the_second_reader_s_desk_shows_nothing_of_the_first(tmp_path):
    """A second read starts blind, and then without the first reader's judgement."""
    mine = desk(tmp_path, reader="sue")
    first = mine.charts()[0]
    blind(mine.review, first)
    judge(mine.review, first)
    assert mine.view(0)["stage"] == "blind"

    view = mine.enter(0, {"do": "blind", "codes": "none", "seen": mine.review.state.last})
    assert all("judgement" not in row for row in view["rows"])


def test_the_desk_moves_within_its_charts(tmp_path):
    """Going before the first or past the last chart stays on it."""
    mine = desk(tmp_path)

    assert mine.view(-3)["encounter_id"] == "E1"
    assert mine.view(99)["encounter_id"] == ENCOUNTERS[-1]


def test_a_reader_without_charts_is_told_so(tmp_path):
    """Nothing received is said."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="No received record"):
        Desk(review, "rob", line_results(), FINDINGS).view(0)


def test_evidence_is_marked_in_the_note():
    """By place where it fits the quote, by quote where it does not; nothing of the note is lost."""
    note = "Exam: 0.6 cm papule, left cheek. Frozen."
    elements = {
        "lesions": [
            {
                "lesion_id": "A",
                "diameter_cm": 0.6,
                "evidence": {
                    "diameter_cm": {
                        "source": "note_reader",
                        "start": 6,
                        "end": 12,
                        "quote": "0.6 cm",
                    },
                    "site": {"source": "note_reader", "start": 1, "end": 3, "quote": "left cheek"},
                    "laterality": {"source": "note_reader", "quote": "right"},
                },
            }
        ]
    }
    pieces = segments(note, elements)

    assert "".join(piece["text"] for piece in pieces) == note
    assert {p["text"]: p["element"] for p in pieces if p["element"]} == {
        "0.6 cm": "lesion A: diameter cm",
        "left cheek": "lesion A: site",
    }


def test_overlapping_evidence_is_all_named():
    """Two elements that rest on the same words are both told; nothing of the note is lost."""
    note = "Left cheek: 0.6 cm papule."
    evidence = {
        "site": {"source": "note_reader", "quote": "Left cheek"},
        "diameter_cm": {"source": "note_reader", "quote": "cheek: 0.6 cm"},
    }
    pieces = segments(note, {"lesions": [{"lesion_id": "A", "evidence": evidence}]})

    assert "".join(piece["text"] for piece in pieces) == note
    assert [(p["text"], p["element"]) for p in pieces if p["element"]] == [
        ("Left ", "lesion A: site"),
        ("cheek", "lesion A: site; lesion A: diameter cm"),
        (": 0.6 cm", "lesion A: diameter cm"),
    ]


def test_elements_without_words_of_their_own_show_those_that_the_note_reader_found():
    """Only where both say the same; lesions are paired by what they hold, not by their names."""
    note = "Left cheek, 0.6 cm. Scalp, 0.9 cm."
    given = {
        "lesions": [
            {"lesion_id": "A", "site": "scalp", "diameter_cm": 0.9},
            {"lesion_id": "B", "site": "left cheek", "diameter_cm": 0.7},
        ]
    }

    def words(site, size, quotes):
        evidence = {
            name: {"source": "note_reader", "quote": quote}
            for name, quote in zip(("site", "diameter_cm"), quotes, strict=True)
        }
        return {"site": site, "diameter_cm": size, "evidence": evidence}

    read = {
        "lesions": [
            {"lesion_id": "L1", **words("left cheek", 0.6, ("Left cheek", "0.6 cm"))},
            {"lesion_id": "L2", **words("scalp", 0.9, ("Scalp", "0.9 cm"))},
        ]
    }
    marked = {p["text"]: p["element"] for p in segments(note, given, read) if p["element"]}

    assert marked == {
        "Left cheek": "lesion B: site",
        "Scalp": "lesion A: site",
        "0.9 cm": "lesion A: diameter cm",
    }


def test_elements_are_shown_in_groups_and_nothing_documented_is_left_out():
    """Problems, data and stages inside a part are shown; what nobody found is named as such."""
    elements = {
        "record": {"present": True, "signed": None},
        "em": {
            "risk": "low",
            "problems": [{"label": "acne", "status": "stable_chronic"}],
            "data": {"unique_tests_ordered": 0},
        },
        "procedures": [{"procedure_id": "P1", "type": "mohs", "stages": [{"blocks": 3}]}],
        "class_findings": ["absent pulse"],
    }
    groups = {
        group["part"]: (
            {row["element"]: row["value"] for row in group["rows"]},
            group["lacking"],
        )
        for group in element_groups(elements)
    }

    assert groups == {
        "Visit": ({"Risk": "low"}, []),
        "Visit: problem 1 (acne)": ({"Status": "stable chronic"}, []),
        "Visit: data": ({"Unique tests ordered": "0"}, []),
        "Procedure P1 (mohs)": ({"Type": "mohs"}, []),
        "Procedure P1 (mohs): stage 1": ({"Blocks": "3"}, []),
        "Record": ({"Present": "yes"}, ["Signed"]),
        "Encounter": ({"Class findings": "absent pulse"}, []),
    }


def test_the_page_names_the_encounter_but_nothing_that_was_billed(tmp_path):
    """Patient, date of service, provider and payer; codes of the lines stay away before blind."""
    lines = pd.DataFrame(
        [
            {
                "encounter_id": "E2",
                "code": "99214",
                "patient_key": "PT-0002",
                "dos_from": "2025-03-05",
                "provider_id": "P01",
                "payer": "MEDICARE_B",
            }
        ]
    )
    view = desk(tmp_path, lines=lines).view(1)

    assert view["facts"] == [
        ["Patient", "PT-0002"],
        ["Date of service", "2025-03-05"],
        ["Provider", "P01"],
        ["Payer", "MEDICARE_B"],
    ]
    assert "99214" not in str(view)


def test_prompts_and_advisories_of_a_line_are_shown_with_their_rule(tmp_path):
    """What is asked of the reader reaches the reader, though the line's main finding is another."""
    others = [
        {
            "encounter_id": "E1",
            "line": 1,
            "rule_id": "AUTH-3",
            "severity": "advisory",
            "why": "Late.",
        },
        {
            "encounter_id": "E1",
            "line": 2,
            "rule_id": "MOD59-3",
            "severity": "prompt",
            "why": "Asks.",
        },
    ]
    mine = desk(tmp_path)
    mine = Desk(mine.review, "rob", line_results(), pd.concat([FINDINGS, pd.DataFrame(others)]))
    view = mine.enter(0, {"do": "blind", "codes": "none", "seen": 99})
    told = [[(each["severity"], each["rule_id"], each["why"]) for each in row["also"]]
            for row in view["rows"]]  # fmt: skip

    assert told == [[("advisory", "AUTH-3", "Late.")], [("prompt", "MOD59-3", "Asks.")]]
    assert "is signed" in view["rows"][0]["also"][0]["rule_title"].casefold()


def test_the_charts_that_are_not_finished_are_known(tmp_path):
    """A chart is finished when it is coded blind and each of its lines is judged."""
    mine = desk(tmp_path)
    assert mine.view(2)["open"] == [0, 1, 2, 3, 4, 5]

    view = mine.enter(2, {"do": "blind", "codes": "17000", "seen": 99})
    assert 2 in view["open"]
    view = mine.enter(2, {"do": "judge", "slot": "1", "judgement": "agree", "seen": view["seen"]})
    assert view["open"] == [0, 1, 3, 4, 5]


def test_a_reader_names_the_rule_of_an_error(tmp_path):
    """Family and id of the rule go to the log; an id that no pack has is refused."""
    mine = desk(tmp_path)
    seen = mine.enter(1, {"do": "blind", "codes": "99213", "seen": 99})["seen"]
    said = {"do": "judge", "slot": "1", "judgement": "not_supported", "seen": seen,
            "error": "medical_necessity", "remark": "no indication"}  # fmt: skip
    refused = mine.enter(1, {**said, "rule": "EM-99"})
    assert "rule catalogue" in refused["message"]
    assert not refused["saved"]

    assert mine.enter(1, {**said, "rule": "mednec-1"})["saved"]
    event = mine.review.state.first[("E2", "1")].event
    assert event.rule_id == "MEDNEC-1"
    assert event.family == "MEDNEC"


@pytest.mark.parametrize(
    ("pointers", "shown"), [("2,1", "L57.0; D48.5"), ("2", "L57.0"), (None, "D48.5; L57.0")]
)
def test_the_diagnoses_of_a_billed_line_are_shown_after_blind_codes(tmp_path, pointers, shown):
    """Those that the line points to, in its order; all of the claim's where it points nowhere."""
    line = {"encounter_id": "E3", "encounter_line": 1, "dx1": "D48.5", "dx2": "L57.0"}
    mine = desk(tmp_path, lines=pd.DataFrame([{**line, "dx_pointers": pointers}]))
    assert "L57.0" not in str(mine.view(2))

    view = mine.enter(2, {"do": "blind", "codes": "17000", "seen": 99})
    assert [row["diagnoses"] for row in view["rows"]] == [shown]
