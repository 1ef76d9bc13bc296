"""The scoreboard of the note reader, on notes and labels small enough to count by hand."""

import csv
import json

import pytest
from typer.testing import CliRunner

from auditkit.cli.notes import notes_app
from auditkit.documentation.notes_score import score_notes
from auditkit.errors import InputError

EXCISION = (
    "POSTOPERATIVE DIAGNOSIS: , Lipoma, left arm.,PROCEDURE: , Excision of lipoma, left arm, 2 cm."
)
ADVICE = "PLAN: , I recommend punch biopsy of the nose."


@pytest.fixture
def files(tmp_path):
    """Return a function that writes notes and labels and gives their two paths."""

    def write(notes: dict[str, str], labels: list | dict):
        notes_csv, labels_json = tmp_path / "notes.csv", tmp_path / "labels.json"
        with notes_csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["note_id", "transcription"])
            writer.writerows(notes.items())
        labels_json.write_text(json.dumps(labels), encoding="utf-8")
        return notes_csv, labels_json

    return write


def label(note_id: str, *procedures: dict, **alternates: list) -> dict:
    """Return a label with *procedures*; alternates by path, underscores for brackets."""
    return {"note_id": note_id, "procedures": list(procedures), "alternates": alternates}


DONE = {
    "method": "excision",
    "status": "performed",
    "lesion_count": 1,
    "site": "left upper arm",
    "laterality": "left",
    "lesion_type": "benign",
    "lesion_size_cm": 2.0,
}


def test_a_reading_that_agrees_has_nothing_wrong_and_nothing_missed(files):
    """Seven labelled values are seven right values; a qualifier of the site is no difference."""
    score = score_notes(*files({"1": EXCISION}, [label("1", DONE)]))

    assert (score.proposals, score.wrong) == (7, 0)
    assert score.recall("site") == 1
    assert score.recall("mohs_stages") is None


def test_a_value_where_the_label_is_null_or_other_is_wrong(files):
    """A size not labelled and a side labelled otherwise are two wrong values of seven."""
    other = {**DONE, "laterality": "right", "lesion_size_cm": None}

    score = score_notes(*files({"1": EXCISION}, [label("1", other)]))

    assert (score.proposals, score.wrong) == (7, 2)
    assert score.recall("laterality") == 0


def test_alternates_are_accepted_and_null_among_them_asks_for_nothing(files):
    """An alternate value is right; a null alternate makes silence right and leaves recall alone."""
    labelled = {**DONE, "laterality": "right", "margin_cm": 0.3}
    accepted = {"procedures[0].laterality": ["left"], "procedures[0].margin_cm": [None]}

    score = score_notes(*files({"1": EXCISION}, [label("1", labelled, **accepted)]))

    assert score.wrong == 0
    assert score.recall("laterality") == 1
    assert score.recall("margin_cm") is None


def test_an_optional_item_is_not_missed_and_a_required_one_is(files):
    """ "ABSENT" makes a whole item optional."""
    biopsy = {"method": "punch_biopsy", "status": "performed"}
    optional = {"procedures[1]": ["ABSENT"]}

    free = score_notes(*files({"1": EXCISION}, [label("1", DONE, biopsy, **optional)]))
    asked = score_notes(*files({"1": EXCISION}, [label("1", DONE, biopsy)]))

    assert (free.recall("method"), asked.recall("method")) == (1, 0.5)


def test_performed_where_the_labels_have_none_is_counted_by_note(files):
    """The first line of the board names the notes read as performed where nothing was."""
    planned = {"method": "punch_biopsy", "status": "planned", "site": "nose"}
    notes = {"1": EXCISION, "2": ADVICE}

    score = score_notes(*files(notes, [label("1"), label("2", planned)]))

    assert score.notes_none_performed == 2
    assert score.false_performed == ("1",)
    assert score.wrong == 7


def test_an_accepted_status_is_not_a_false_performed(files):
    """A planned item that may be read as performed does not count against the reader."""
    planned = {**DONE, "status": "planned"}
    accepted = {"procedures[0].status": ["performed"]}

    score = score_notes(*files({"1": EXCISION}, [label("1", planned, **accepted)]))

    assert score.false_performed == ()
    assert score.wrong == 0


@pytest.mark.parametrize(
    "labels",
    [{"note_id": "1"}, [{"note_id": "1"}], [{"note_id": "1", "procedures": [{"site": "x"}]}]],
)
def test_labels_out_of_layout_are_refused_with_what_is_accepted(files, labels):
    """The message names the file and the layout."""
    with pytest.raises(InputError, match=r"labels\.json.*Accepted: "):
        score_notes(*files({"1": EXCISION}, labels))


def test_a_label_without_its_note_is_refused(files):
    """Labels of other notes are an error, not a score of fewer notes."""
    with pytest.raises(InputError, match="a label has no note"):
        score_notes(*files({"1": EXCISION}, [label("2")]))


def test_a_notes_file_without_the_columns_is_refused_without_its_text(files, tmp_path):
    """The message tells the columns wanted and nothing of the notes."""
    _, labels = files({}, [])
    bad = tmp_path / "bad.csv"
    bad.write_text("id,words\n1,SECRET lesion\n", encoding="utf-8")

    with pytest.raises(InputError, match="note_id and transcription") as caught:
        score_notes(bad, labels)

    assert "SECRET" not in str(caught.value)


def test_the_command_prints_the_board_and_writes_json(files, tmp_path):
    """The order printed is false performed, wrong values, recall; the file holds the same."""
    notes, labels = files({"1": EXCISION}, [label("1", DONE)])
    out = tmp_path / "score.json"

    result = CliRunner().invoke(
        notes_app, ["score", "--notes", str(notes), "--labels", str(labels), "--json", str(out)]
    )

    assert result.exit_code == 0, result.output
    order = [result.output.index(w) for w in ("read as performed: 0", "wrong: 0", "Recall")]
    assert order == sorted(order)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert (written["wrong"], written["false_performed_notes"]) == (0, 0)
    assert "lipoma" not in out.read_text(encoding="utf-8").lower()


@pytest.mark.shared
def test_the_open_notes_reach_the_goals(shared):
    """No false performed; at most 3 % wrong; method 0.85, count, side and site 0.75 recalled."""
    score = score_notes(
        shared / "data" / "notes" / "mtsamples_open.csv", shared / "cases" / "notes_open.json"
    )

    assert score.notes == 26
    assert score.false_performed == ()
    assert score.wrong <= 0.03 * score.proposals
    assert score.recall("method") >= 0.85
    assert min(score.recall(n) for n in ("lesion_count", "laterality", "site")) >= 0.75
