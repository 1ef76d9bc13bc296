"""The desk: one chart at a time, blind first, the same events as the workpapers."""

import pandas as pd
import pytest
from review_practice import ENCOUNTERS, blind, judge, line_results, practice, request

from auditkit.errors import StageError
from auditkit.review.desk import Desk, segments

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
    view = mine.enter(3, {"do": "judge", "slot": "1", "judgement": "supported", "seen": seen})

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
