"""Proposals in the review: shown with their quotes, judged as events, counted by element."""

from copy import deepcopy

import pandas as pd
import pytest
from review_books import Filled
from review_practice import line_results, practice, request
from scipy import stats

from auditkit.documentation.deidentify import deidentify, release
from auditkit.documentation.reader import documented, read_note
from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.blind_book import read_of, write_blind_book
from auditkit.review.blind_read import read_blind_book
from auditkit.review.desk import Desk
from auditkit.review.imported import take
from auditkit.review.proposals import approvals, judged, proposal_rates, proposals_of

NOTE = "Procedure: Shave biopsy of 6 mm lesion of the left arm.\nSigned by Dr. Fir on 2025-03-04"
PLACES = {
    "record.signed",
    "record.signature_date",
    "lesions[0].site",
    "lesions[0].laterality",
    "lesions[0].diameter_cm",
    "procedures[0].type",
    "procedures[0].site",
    "procedures[0].lesions_treated",
}


def proposed(encounter: str = "E1") -> dict:
    """Return what the note reader proposes for the note, as JSON values."""
    elements = documented(read_note(NOTE), encounter_id=encounter)
    return elements.model_dump(mode="json", exclude_unset=True)


def test_every_proposal_has_its_place_and_a_quote_of_the_note():
    """Each element read is a proposal, with words that stand in the note."""
    found = {each.place: each for each in proposals_of(proposed())}

    assert set(found) == PLACES
    assert all(each.quote and each.quote in NOTE for each in found.values())
    assert {each.source for each in found.values()} == {"note_reader"}
    assert "procedures.lesions_treated" == found["procedures[0].lesions_treated"].element


def test_values_kept_changed_and_cleared_are_told_apart():
    """Kept is accepted, another value corrected, cleared or not documented rejected."""
    entered = deepcopy(proposed())
    entered["lesions"][0]["diameter_cm"] = "0.80"
    entered["lesions"][0]["laterality"] = None
    del entered["procedures"][0]["lesions_treated"]

    [event] = judged("E1", proposed(), entered)

    assert ("lesions[0].diameter_cm",) == event.corrected
    assert {"lesions[0].laterality", "procedures[0].lesions_treated"} == set(event.rejected)
    assert set(event.accepted) == PLACES - set(event.corrected) - set(event.rejected)


def test_a_number_written_otherwise_is_the_same():
    """0.60 for 0.6 is accepted; a part that is gone rejects all its proposals."""
    same, gone = deepcopy(proposed()), deepcopy(proposed())
    same["lesions"][0]["diameter_cm"] = 0.60
    gone["procedures"] = []

    assert "lesions[0].diameter_cm" in judged("E1", proposed(), same)[0].accepted
    assert {p for p in PLACES if p.startswith("procedures")} == set(
        judged("E1", proposed(), gone)[0].rejected
    )


def test_a_models_proposals_carry_its_name_and_version():
    """Proposals of a model are counted apart from the note reader's."""
    told = {"source": "model", "abstractor": "parrot 1.2", "quote": "left arm"}
    elements = {"lesions": [{"lesion_id": "A", "site": "left arm", "evidence": {"site": told}}]}

    assert ["parrot-1.2"] == [each.source for each in judged("E1", elements, elements)]


def issued(tmp_path):
    """Return the review, its first workpaper with proposals for E1, and the proposals."""
    review = practice(tmp_path)
    request(review)
    known = {"E1": proposed()}
    lines = pd.read_csv(tmp_path / "lines.csv", dtype="str")
    return review, Filled(write_blind_book(review, "rob", lines, {"E1": NOTE}, known)), known


def finished(book: Filled) -> Filled:
    """Mark E1 done, its record present, and coded."""
    book.set("Assignments", book.find("Assignments", "E1"), Done="yes")
    book.set("Record", book.find("Record", "E1"), Present="yes")
    return book.add("Blind codes", Encounter="E1", Code="11102")


def test_the_workpaper_shows_each_proposal_with_its_quote(tmp_path):
    """The sheet names source, element, value and words; the element sheets hold the values."""
    _, book, _ = issued(tmp_path)
    rows = {row[2]: row for row in book.rows("Proposals") if row[0] == "E1"}

    assert {place.replace("_", " ") for place in PLACES} == set(rows)
    assert ["E1", "note_reader", "lesions[0].diameter cm", 0.6, "6 mm"] == [
        float(cell) if cell in ("0.6", 0.6) else cell for cell in rows["lesions[0].diameter cm"]
    ]
    assert 0.6 == float(book.rows("Lesions")[0][book.column("Lesions", "Diameter (cm)")])


def test_a_filled_workpaper_judges_the_proposals_once(tmp_path):
    """Taking it in writes what became of each proposal; taking it again writes nothing."""
    review, book, known = issued(tmp_path)
    finished(book).set("Lesions", 0, **{"Diameter_(cm)": 0.8})
    path = book.save(tmp_path / "back.xlsx")
    imported = read_blind_book(review, path, known)

    assert () == imported.problems
    take(review, imported, read_of=read_of("rob"))
    state = review.state
    assert "corrected" == state.proposals["E1", "note_reader", "lesions[0].diameter_cm", "rob"]
    assert "accepted" == state.proposals["E1", "note_reader", "procedures[0].type", "rob"]
    again = take(review, read_blind_book(review, path, known), read_of=read_of("rob"))
    assert () == again.records


def test_no_value_and_no_quote_enters_the_log(tmp_path):
    """The log names places; no word of the note and no value of it is there."""
    review, book, known = issued(tmp_path)
    path = finished(book).save(tmp_path / "back.xlsx")
    take(review, read_blind_book(review, path, known), read_of=read_of("rob"))
    log = next(tmp_path.glob("*.jsonl")).read_text()

    assert "proposals_judged" in log
    assert "left arm" not in log
    assert "6 mm" not in log


def test_the_desk_judges_one_proposal_at_a_time(tmp_path):
    """The page gets each proposal with its quote; an act on one is written and shown."""
    review = practice(tmp_path)
    request(review)
    desk = Desk(review, "rob", line_results(), pd.DataFrame(), {"E1": NOTE}, {"E1": proposed()})
    said = {"do": "propose", "source": "note_reader", "place": "lesions[0].site", "seen": 99}

    assert PLACES == {row["place"] for row in desk.view(0)["proposals"]}
    view = desk.enter(0, {**said, "outcome": "rejected"})
    assert view["saved"]
    assert ["rejected"] == [
        row["outcome"] for row in view["proposals"] if row["place"] == "lesions[0].site"
    ]
    view = desk.enter(0, {**said, "outcome": "accepted"})
    assert "accepted" == review.state.proposals["E1", "note_reader", "lesions[0].site", "rob"]
    for wrong in ({"outcome": "eaten"}, {"outcome": "accepted", "place": "lesions[7].site"}):
        assert not desk.enter(0, {**said, **wrong})["saved"]


def test_rates_by_element_are_counted_with_exact_limits(tmp_path):
    """Two sites accepted and one corrected of three: 2 in 3, with Clopper-Pearson limits."""
    review = practice(tmp_path)
    request(review)
    events = [
        e.ProposalsJudged(encounter_id="E1", source="note_reader", accepted=("lesions[0].site",)),
        e.ProposalsJudged(
            encounter_id="E3",
            source="note_reader",
            accepted=("lesions[0].site",),
            corrected=("lesions[1].site",),
            rejected=("procedures[0].type",),
        ),
    ]
    review.record(events, "rob", "reader")

    rates = proposal_rates(review.state).set_index("element")
    exact = stats.binomtest(2, 3).proportion_ci(0.95, method="exact")

    assert [3, 2, 1, 0] == list(
        rates.loc["lesions.site", ["proposed", "accepted", "corrected", "rejected"]]
    )
    assert (2 / 3, exact.low, exact.high) == pytest.approx(
        tuple(rates.loc["lesions.site", ["rate", "lower", "upper"]])
    )
    assert 4 == rates.loc["all", "proposed"]
    assert proposal_rates(practice_without(tmp_path)).empty


def practice_without(tmp_path):
    """Return the state of a review in which nobody has judged a proposal."""
    folder = tmp_path / "other"
    folder.mkdir()
    return practice(folder).state


def test_only_a_reader_of_the_chart_judges_its_proposals(tmp_path):
    """A preparer, and a reader of other charts, are refused."""
    review = practice(tmp_path)
    request(review)
    event = e.ProposalsJudged(encounter_id="E1", source="note_reader", accepted=("record.signed",))

    with pytest.raises(StageError, match="act of the reader"):
        review.record([event], "pia", "preparer")
    alone = next(x for x in ("E1", "E2", "E3") if x not in review.work().double)
    with pytest.raises(StageError):
        review.record([event.model_copy(update={"encounter_id": alone})], "sue", "reader")


def test_a_text_approved_in_the_log_may_be_released(tmp_path):
    """The approval is an event of a preparer; the text it names is released, no other."""
    review = practice(tmp_path)
    request(review)
    found = deidentify(NOTE)
    event = e.TextApproved(
        encounter_id="E1", text_sha256=found.sha256, rules_sha256=found.rules_sha256
    )
    with pytest.raises(StageError, match="preparer"):
        review.record([event], "rob", "reader")
    review.record([event], "pia", "preparer")

    given = approvals(review.state)
    assert "Fir" not in release("E1", found.text, given).text
    assert "pia" == given[0].by
    with pytest.raises(StageError):
        release("E1", NOTE, given)
