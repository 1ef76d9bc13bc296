"""Workpapers: written, filled in, read back; every problem by its cell."""

import io
import json
import random
import re
import time
import zipfile
from datetime import date, datetime

import pandas as pd
import pytest
from review_books import Filled
from review_practice import (
    ENCOUNTERS,
    Clock,
    blind,
    judge,
    line_results,
    practice,
    request,
)

from auditkit.documentation.elements import DocumentedEncounter, Procedure, ProcedureType
from auditkit.errors import InputError, StageError
from auditkit.review import events as e
from auditkit.review.blind_book import read_of, write_blind_book
from auditkit.review.blind_read import read_blind_book
from auditkit.review.columns import NOT_DOCUMENTED, columns_of, heading_of
from auditkit.review.compare_book import write_compare_book
from auditkit.review.compare_read import read_compare_book
from auditkit.review.elements_sheets import family_sheets
from auditkit.review.imported import load_elements, take
from auditkit.review.session import Review

FINDINGS = pd.DataFrame(
    [
        {
            "encounter_id": "E2",
            "line": 1,
            "rule_id": "EM-1",
            "why": "=moderate risk is not documented",
            "would_support": "the drug managed",
            "citation": "CPT E/M guidelines",
        }
    ]
)


def lines(review: Review) -> pd.DataFrame:
    return pd.read_csv(review.folder / "lines.csv", dtype="str")


def issued(tmp_path, notes=None, known=None) -> tuple[Review, Filled]:
    review = practice(tmp_path)
    request(review)
    return review, Filled(write_blind_book(review, "rob", lines(review), notes, known))


def finish(book: Filled, encounter: str, code: str = "99213", **more) -> Filled:
    """Mark an encounter done, its record present, and code it."""
    book.set("Assignments", book.find("Assignments", encounter), Done="yes")
    book.set("Record", book.find("Record", encounter), Present="yes")
    return book.add("Blind codes", Encounter=encounter, Code=code, **more)


def read(review, book, tmp_path, known=None):
    return read_blind_book(review, book.save(tmp_path / "back.xlsx"), known)


def text_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_no_billed_code_is_in_the_blind_workpaper(tmp_path):
    """Neither a cell nor a list of the first workpaper holds a billed or an agreed code."""
    review = practice(tmp_path)
    request(review)
    content = text_of(write_blind_book(review, "rob", lines(review), {"E1": "Note."}))

    codes = set(lines(review)["code"]) | set(line_results()["agreed_code"])
    assert [code for code in codes if code in content] == []
    assert 'state="hidden"' not in content
    assert not re.search("<(?:row|col|sheet) [^>]*hidden", content)


def test_the_same_review_gives_the_same_bytes(tmp_path):
    """Two writings of one workpaper are equal, byte for byte."""
    review = practice(tmp_path)
    request(review)

    first = write_blind_book(review, "rob", lines(review))
    time.sleep(1.1)
    assert first == write_blind_book(review, "rob", lines(review))


def test_a_finished_encounter_is_taken_in_and_the_rest_is_named(tmp_path):
    """A half-filled workbook gives what is complete and says what is not."""
    review, book = issued(tmp_path)
    finish(book, "E1", "99213", Modifiers="25")
    finish(book, "E3", "17000")
    book.add("Blind codes", Encounter="E1", Code=11102.0, Units=1.0)
    imported = read(review, book, tmp_path)

    assert imported.problems == ()
    assert sorted(x.split(":")[0] for x in imported.unfinished) == ["E2", "E4", "E5", "E6"]
    codes = [event for event in imported.events if event.kind == "blind_code"]
    assert [line.code for line in codes[0].lines] == ["99213", "11102"]
    assert codes[0].lines[0].modifiers == ("25",)
    taken = take(review, imported, read_of=read_of("rob"))
    assert len(taken.records) == 4
    assert set(load_elements(tmp_path)) == {"E1", "E3"}
    assert "4 complete entries in 2 chart(s), 4 unfinished, 0 problem(s)" in imported.sentence()


def test_a_chart_coded_again_lists_none_that_are_coded_already(tmp_path):
    """In a later copy only charts that still wait for codes are named as not finished."""
    review, book = issued(tmp_path)
    take(review, read(review, finish(book, "E1"), tmp_path), read_of=read_of("rob"))
    later = Filled(write_blind_book(review, "rob", lines(review)))
    imported = read(review, finish(later, "E3"), tmp_path)

    assert sorted(x.split(":")[0] for x in imported.unfinished) == ["E2", "E4", "E5", "E6"]


def test_taking_a_workbook_again_changes_nothing(tmp_path):
    """An interrupted import is simply done again."""
    review, book = issued(tmp_path)
    imported = read(review, finish(book, "E1"), tmp_path)
    take(review, imported, read_of=read_of("rob"))
    before = (review.state.last, load_elements(tmp_path))
    again = take(review, read(review, book, tmp_path), read_of=read_of("rob"))

    assert again.records == ()
    assert again.known == 2
    assert (review.state.last, load_elements(tmp_path)) == before


def test_elements_keep_value_null_and_absence_apart(tmp_path):
    """A number, 'not documented' and a blank cell are three things."""
    review, book = issued(tmp_path)
    finish(book, "E1", "17000")
    book.add(
        "Lesions", Encounter="E1", Lesion_id="A", Site="left cheek",
        **{"Diameter (cm)": 0.6, "Laterality": NOT_DOCUMENTED},
    )  # fmt: skip
    take(review, read(review, book, tmp_path), read_of=read_of("rob"))
    lesion = load_elements(tmp_path)["E1"]["lesions"][0]

    assert lesion["diameter_cm"] == "0.6"
    assert lesion["laterality"] is None
    assert "clinical_dx" not in lesion
    assert lesion["evidence"]["diameter_cm"] == {"source": "auditor", "abstractor": "rob"}


def test_evidence_of_unchanged_values_is_kept(tmp_path):
    """A value that the reader leaves keeps its quote; one that the reader corrects names them."""
    quote = {"source": "note_reader", "quote": "0.5 cm papule", "confidence": 0.8}
    note = {"source": "note_reader", "quote": "wart"}
    known = {
        "E1": {
            "record": {"present": True},
            "em": {"problems": [{"label": "wart", "evidence": {"label": note}}]},
            "lesions": [
                {
                    "lesion_id": "A",
                    "site": "nose",
                    "diameter_cm": 0.5,
                    "evidence": {"diameter_cm": quote, "site": quote},
                }
            ],
        }
    }
    review, book = issued(tmp_path, known=known)
    finish(book, "E1").set("Lesions", 0, Site="chin")
    found = read(review, book, tmp_path, known).elements["E1"]

    lesion = found["lesions"][0]
    assert lesion["evidence"]["diameter_cm"] == quote
    assert lesion["evidence"]["site"] == {"source": "auditor", "abstractor": "rob"}
    assert found["em"]["problems"][0]["evidence"] == {"label": note}


@pytest.mark.parametrize(
    ("sheet", "cells", "named"),
    [
        ("Lesions", {"Lesion_id": "A", "Diameter (cm)": "0,6"}, "E5 is not a number"),
        ("Lesions", {"Lesion_id": "A", "Diameter (cm)": 900.0}, "E5 is above 200"),
        ("Lesions", {"Lesion_id": "A", "Laterality": "links"}, "D5 is not one of the choices"),
        ("Lesions", {"Lesion_id": "A", "Count_represented": 2.5}, "N5 is not a whole number"),
        ("Lesions", {"Lesion_id": "A", "Site": "=1+1"}, "C5 begins like a formula"),
        ("Lesions", {"Lesion_id": "A", "Prior_pathology_date": "1.2.25"}, "K5 is not a date"),
        ("Lesions", {"Site": "nose"}, "does not fit the schema"),
        ("Blind codes", {"Code": "9921"}, "is no code"),
        ("Blind codes", {"Code": "99213", "Modifiers": "2"}, "is no code"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_is_named_and_holds_up_its_encounter(
    tmp_path, sheet, cells, named
):
    """The message names sheet and cell; the encounter is not taken in, the others are."""
    review, book = issued(tmp_path)
    finish(finish(book, "E1"), "E3")
    book.set(sheet, 1 if sheet == "Lesions" else 2, Encounter="E1", **cells)
    imported = read(review, book, tmp_path)

    said = " | ".join(str(problem) for problem in imported.problems)
    assert named in said
    assert f"sheet '{sheet}', row {5 if sheet == 'Lesions' else 6}" in said
    assert {event.encounter_id for event in imported.events} == {"E3"}
    assert any(x.startswith("E1: marked done, but") for x in imported.unfinished)


def test_messages_hold_no_value_of_a_cell(tmp_path):
    """What was typed is not repeated, since it may be a patient's."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    book.set("Lesions", 0, Encounter="E1", Lesion_id="A", **{"Diameter (cm)": "Jane Roe"})

    assert "Jane" not in read(review, book, tmp_path).sentence()


def test_dates_and_numbers_as_text_are_repaired_and_said(tmp_path):
    """2025-03-04 and 3/4/2025 are read; the repair is listed by cell."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    row = book.find("Record", "E1")
    book.set("Record", row, Note_date="2025-03-04", Signature_date="3/5/2025")
    book.add("Lesions", Encounter="E1", Lesion_id="A", **{"Diameter (cm)": "0.60"})
    imported = read(review, book, tmp_path)

    record = imported.elements["E1"]["record"]
    assert (record["note_date"], record["signature_date"]) == ("2025-03-04", "2025-03-05")
    assert sum("date written as text" in str(x) for x in imported.repairs) == 2
    assert sum("number written as text" in str(x) for x in imported.repairs) == 1


def test_moved_columns_are_read_by_their_headings(tmp_path):
    """Columns in another order, and rows above them, do no harm."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    book.add("Lesions", Encounter="E1", Lesion_id="A", Site="nose")
    book.sheets["Lesions"] = [row[::-1] for row in book.sheets["Lesions"]]
    book.sheets["Lesions"].insert(0, ["a line of somebody's"])
    imported = read(review, book, tmp_path)

    assert imported.problems == ()
    assert imported.elements["E1"]["lesions"][0]["site"] == "nose"
    assert any("columns moved" in str(x) for x in imported.repairs)


@pytest.mark.parametrize("change", ["renamed", "twice", "sheet"])
def test_a_missing_heading_or_sheet_takes_nothing_in(tmp_path, change):
    """What cannot be found is named, and no encounter is thought complete."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    headings = book.sheets["Lesions"][2]
    if change == "renamed":
        headings[headings.index("Site")] = "Location"
    elif change == "twice":
        headings[headings.index("Changed")] = "Site"
    else:
        del book.sheets["Lesions"]
    imported = read(review, book, tmp_path)

    assert imported.events == ()
    assert any("sheet 'Lesions'" in str(x) for x in imported.problems)
    assert imported.unfinished[0].startswith("everything")


def test_a_workpaper_of_an_earlier_version_is_read(tmp_path):
    """A column that the schema got since the issue is noted; what was entered is taken in."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    book.add("Lesions", Encounter="E1", Lesion_id="A", Site="nose")
    place = book.column("Lesions", "Changed")
    for row in book.sheets["Lesions"]:
        del row[place : place + 1]
    start = book.sheets["Start"]
    start[[row[0] for row in start].index("Form")][1] = "an earlier one"
    imported = read(review, book, tmp_path)

    assert imported.elements["E1"]["lesions"][0]["site"] == "nose"
    assert any("'Changed': is not in this older workpaper" in str(x) for x in imported.repairs)


def test_merged_cells_are_named_and_not_read(tmp_path):
    """A merged cell hides whose value it is."""
    review, book = issued(tmp_path)
    finish(finish(book, "E1"), "E3")
    book.add("Lesions", Encounter="E1", Lesion_id="A", Site="nose")
    book.merged.append(("Lesions", "C4:C5"))
    imported = read(review, book, tmp_path)

    assert any("has merged cells" in str(x) for x in imported.problems)
    assert {event.encounter_id for event in imported.events} == {"E3"}


def test_formulas_are_named_and_not_read(tmp_path):
    """A computed cell is refused even when its value would fit."""
    review, book = issued(tmp_path)
    finish(finish(book, "E1"), "E3")
    book.add("Lesions", Encounter="E1", Lesion_id="A", **{"Diameter (cm)": 0.6})
    book.formulas[("Lesions", 3, book.column("Lesions", "Diameter (cm)"))] = "=0.2+0.4"
    imported = read(review, book, tmp_path)

    assert any("E4 is a formula" in str(x) for x in imported.problems)
    assert {event.encounter_id for event in imported.events} == {"E3"}


def test_a_row_of_nobody_takes_nothing_in(tmp_path):
    """A lesion without encounter could be anyone's, so no encounter is complete."""
    review, book = issued(tmp_path)
    finish(book, "E1")
    book.add("Lesions", Lesion_id="A", Site="nose")
    imported = read(review, book, tmp_path)

    assert imported.events == ()
    assert any("belongs to no encounter" in str(x) for x in imported.problems)


def test_a_workbook_of_another_audit_is_refused(tmp_path):
    """The review that a workpaper was issued from is part of it."""
    _, book = issued(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = practice(other, share=0.5)

    with pytest.raises(InputError, match="belongs to another audit"):
        read(elsewhere, book, tmp_path)


def test_a_workbook_of_another_stage_is_refused(tmp_path):
    """The second workpaper is not taken for the first."""
    review, book = issued(tmp_path)
    path = finish(book, "E1").save(tmp_path / "blind.xlsx")
    blind(review, "E1")

    with pytest.raises(InputError, match="stage 'blind', not of 'compare'"):
        read_compare_book(review, path, line_results(), FINDINGS)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_files_that_are_no_workbooks_are_refused(tmp_path, content):
    """Damage and other files are told from workpapers."""
    review = practice(tmp_path)
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)

    with pytest.raises(InputError, match="cannot be read"):
        read_blind_book(review, path)


def test_a_plain_workbook_is_no_workpaper(tmp_path):
    """A workbook without the sheet Start is refused."""
    review, book = issued(tmp_path)
    del book.sheets["Start"]

    with pytest.raises(InputError, match="no workpaper"):
        read(review, book, tmp_path)


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    """Notes that begin with = are strings with Excel's quote prefix; no cell is a formula."""
    review = practice(tmp_path)
    request(review)
    content = write_blind_book(review, "rob", lines(review), {"E1": '=cmd|"/c calc"!A0'})

    text = text_of(content)
    assert "<f>" not in text
    assert 'quotePrefix="1"' in text
    assert Filled(content).rows("Notes")[0][2] == '=cmd|"/c calc"!A0'


def test_long_notes_go_on_in_the_next_part(tmp_path):
    """No character of a note is lost to Excel's limit of a cell."""
    note = "".join(random.Random(1).choices("abc \n", k=70_000))
    _, book = issued(tmp_path, notes={"E1": note})
    parts = [row[2] for row in book.rows("Notes") if row[0] == "E1"]

    assert len(parts) == 3
    assert "".join(parts).replace("\n", "") == note.replace("\n", "")


def test_a_reader_without_charts_gets_no_workpaper(tmp_path):
    """Nothing assigned or received is said."""
    review = practice(tmp_path)

    with pytest.raises(StageError, match="No received record"):
        write_blind_book(review, "rob", lines(review))


def test_two_copies_with_different_codes_become_a_conflict(tmp_path):
    """The second copy does not replace the first; its elements are not kept over them."""
    review, book = issued(tmp_path)
    finish(book, "E1", "99213")
    book.add("Lesions", Encounter="E1", Lesion_id="A")
    take(review, read(review, book, tmp_path), read_of=read_of("rob"))
    kept = load_elements(tmp_path)
    book.set("Blind codes", 0, Code="99214").add("Lesions", Encounter="E1", Lesion_id="B")
    taken = take(review, read(review, book, tmp_path), read_of=read_of("rob"))

    assert taken.conflicts == ("E1 was coded differently since this workpaper was issued",)
    assert load_elements(tmp_path) == kept
    assert "coded differently" in " ".join(review.outstanding("blind_coding"))


def test_a_new_copy_ends_a_conflict_even_with_the_codes_of_one_side(tmp_path):
    """Codes entered in sight of both copies stand, and the elements beside them are kept."""
    review, book = issued(tmp_path)
    finish(book, "E1", "99213")
    take(review, read(review, book, tmp_path), read_of=read_of("rob"))
    book.set("Blind codes", 0, Code="99214")
    take(review, read(review, book, tmp_path), read_of=read_of("rob"))
    assert set(review.state.coding_conflicts) == {("E1", "rob")}

    again = Filled(write_blind_book(review, "rob", lines(review)))
    place = [row[0] for row in again.rows("Assignments")].index("E1")
    again.set("Assignments", place, Done="yes")
    taken = take(review, read(review, again, tmp_path), read_of=read_of("rob"))
    assert taken.conflicts == ()
    assert review.state.coding_conflicts == {}
    assert [x.code for x in review.state.blind["E1", "rob"].event.lines] == ["99213"]
    assert take(review, read(review, again, tmp_path), read_of=read_of("rob")).records == ()


def test_headings_spell_short_forms_as_people_do():
    """An operating room is no conjunction, and an eponym keeps its capital."""
    assert [heading_of(x) for x in ("return_to_or", "separate_from_mohs", "re_excision")] == [
        "Return to OR",
        "Separate from Mohs",
        "Re-excision",
    ]


def sample_elements(repository, count):
    path = repository / "sample_data" / "documentation.jsonl"
    if not path.is_file():
        pytest.skip("the sample practice is not in this checkout")
    found = []
    with path.open(encoding="utf-8") as stream:
        for _, line in zip(range(count), stream, strict=False):
            record = json.loads(line)
            found.append({k: v for k, v in record.items() if k not in NATURAL_KEY})
    assert len(found) == count
    return found


NATURAL_KEY = ("patient_key", "rendering_npi", "dos", "encounter_id")


def many(tmp_path, count):
    """A review of *count* encounters, all received and assigned to one reader."""
    ids = [f"{i:016x}" for i in range(count)]
    table = pd.DataFrame(
        [
            {"encounter_id": x, "provider_id": "P01", "line": n, "code": "99213", "patient_key": x}
            for x in ids
            for n in (1, 2, 3)
        ]
    )
    table.to_csv(tmp_path / "lines.csv", index=False)
    review = Review(tmp_path, clock=Clock())
    review.open("A", "max", seed="1", double_read_share=0)
    people = [("pia", "preparer"), ("rob", "reader")]
    review.record([e.Appointed(person=p, in_role=r) for p, r in people], "max", "manager")
    due = review.clock.at.date()
    review.record(
        [
            *(e.Assigned(encounter_id=x, reader="rob") for x in ids),
            *(e.ChartRequested(encounter_id=x, due=due) for x in ids),
            *(e.ChartReceived(encounter_id=x) for x in ids),
        ],
        "pia",
        "preparer",
    )
    return review, ids, table


def test_documented_elements_survive_the_round_trip(tmp_path, repository):
    """Elements of the sample practice written to a workpaper and read back are the same."""
    given = sample_elements(repository, 150)
    review, ids, table = many(tmp_path, len(given))
    known = dict(zip(ids, given, strict=True))
    book = Filled(write_blind_book(review, "rob", table, None, known))
    for row, encounter in enumerate(ids):
        book.set("Assignments", row, Done="yes")
        book.add("Blind codes", Encounter=encounter, Code="none")
    imported = read_blind_book(review, book.save(tmp_path / "all.xlsx"), known)

    assert imported.problems == ()
    for encounter, before in known.items():
        after = {k: v for k, v in imported.elements[encounter].items() if k != "encounter_id"}
        assert DocumentedEncounter.model_validate(after) == DocumentedEncounter.model_validate(
            before
        )


def test_five_hundred_charts_are_written_in_five_seconds(tmp_path, repository):
    """A workpaper of 500 charts with elements and notes takes no more than five seconds."""
    given = sample_elements(repository, 500)
    review, ids, table = many(tmp_path, 500)
    known = dict(zip(ids, given, strict=False))
    rng = random.Random(5)
    notes = {x: "".join(rng.choices("abcdefgh ij.\n", k=1500)) for x in ids}
    began = time.perf_counter()
    write_blind_book(review, "rob", table, notes, known)

    assert time.perf_counter() - began < 5


def test_every_element_and_type_of_a_procedure_has_a_column(tmp_path):
    """What the schema describes can be entered; plain elements become columns, lists sheets."""
    sheets = family_sheets()
    types = [each for sheet in sheets for each in sheet.types]
    fields = set(Procedure.model_fields) - {"evidence", "stages", "type"}

    assert sorted(types) == sorted(each.value for each in ProcedureType)
    assert set(sheets[-1].elements) == fields
    assert {c.key for c in columns_of(Procedure)} == fields | {"type"}


def compare(tmp_path):
    review = practice(tmp_path)
    request(review)
    blind(review, *ENCOUNTERS)
    return review, Filled(write_compare_book(review, "rob", line_results(), FINDINGS))


def back(review, book, tmp_path, results=None):
    path = book.save(tmp_path / "compared.xlsx")
    return read_compare_book(review, path, line_results() if results is None else results, FINDINGS)


SHEET = "Billed and supported"


def test_the_second_workpaper_shows_both_sides_and_the_reasons(tmp_path):
    """Billed, blind, supported, verdict and why stand on one row."""
    _, book = compare(tmp_path)
    row = book.rows(SHEET)[book.find(SHEET, "E2", "1")]

    assert row[2:6] == ["99214", "99213", "99213", "overcoded"]
    assert "=moderate risk is not documented" in row
    unbilled = book.rows(SHEET)[book.find(SHEET, "E2", "+11301")]
    assert unbilled[2:5] == ["not billed", "99213", "11301"]


def test_agreement_and_own_judgements_are_taken_in(tmp_path):
    """Agree copies the engine; an own verdict brings its lines, category and remark."""
    review, book = compare(tmp_path)
    book.set(SHEET, book.find(SHEET, "E2", "1"), Judgement="agree")
    struck = {"Judgement": "not_supported", "Remark": "no shave is described"}
    book.set(SHEET, book.find(SHEET, "E2", "+11301"), **struck)
    book.set(
        SHEET, book.find(SHEET, "E5", "1"), Judgement="overcoded",
        Should_have_been_billed="17003 x2", Category_of_the_error="insufficient_documentation",
        Remark="two counted in the note",
    )  # fmt: skip
    book.add("Not billed", Encounter="E3", Should_have_been_billed="11200")
    imported = back(review, book, tmp_path)
    assert imported.problems == ()
    take(review, imported)
    state = review.state

    assert state.first[("E2", "1")].event.with_engine
    assert state.first[("E2", "+11301")].event.verdict == "not_supported"
    own = state.first[("E5", "1")].event
    assert (own.agreed[0].code, own.agreed[0].units, own.direction) == ("17003", 2, "over")
    assert ("E3", "+11200") in state.first
    assert len(imported.unfinished) == 6


@pytest.mark.parametrize(
    ("entered", "named"),
    [
        ({"Judgement": "overcoded"}, "needs the lines"),
        ({"Judgement": "supported", "Should_have_been_billed": "99213"}, "names lines although"),
        ({"Judgement": "not_supported"}, "needs the category"),
        (
            {
                "Judgement": "wrong_code",
                "Should_have_been_billed": "99213",
                "Category_of_the_error": "other",
            },
            "needs its direction",
        ),
        (
            {
                "Judgement": "overcoded",
                "Should_have_been_billed": "a visit",
                "Category_of_the_error": "other",
            },
            "is no line of codes",
        ),
        ({"Judgement": "supported"}, "needs its reason, because it overrules the engine"),
        (
            {
                "Judgement": "undercoded",
                "Should_have_been_billed": "99214",
                "Category_of_the_error": "other",
            },
            "needs its reason, because it overrules the engine",
        ),
        ({"Judgement": "agree", "Remark": "see chart 12345678"}, "no patient values"),
        ({"Judgement": "maybe"}, "not one of the choices"),
    ],
)
def test_a_judgement_that_lacks_something_is_named(tmp_path, entered, named):
    """What is lacking is said by row and column, and nothing is guessed."""
    review, book = compare(tmp_path)
    row = book.find(SHEET, "E4", "1")
    book.set(SHEET, row, **entered)
    imported = back(review, book, tmp_path)

    assert named in " ".join(str(problem) for problem in imported.problems)
    assert f"row {row + 4}" in str(imported.problems[0])
    assert imported.events == ()


def test_the_engines_own_result_entered_by_hand_needs_no_reason(tmp_path):
    """Who comes to the engine's verdict and lines overrules nobody."""
    review, book = compare(tmp_path)
    book.set(SHEET, book.find(SHEET, "E1", "1"), Judgement="supported")
    book.set(
        SHEET, book.find(SHEET, "E5", "1"), Judgement="overcoded",
        Should_have_been_billed="17003 x3", Category_of_the_error="incorrect_coding",
    )  # fmt: skip
    imported = back(review, book, tmp_path)

    assert imported.problems == ()
    assert len(imported.events) == 2


def test_a_second_workpaper_of_before_rules_could_be_named_is_taken_in(tmp_path):
    """The column that it lacks is noted for each sheet and holds up nothing."""
    review, book = compare(tmp_path)
    for sheet in (SHEET, "Not billed"):
        place = book.column(sheet, "Rule of the error")
        for row in book.sheets[sheet][2:]:
            del row[place : place + 1]
    book.set(SHEET, book.find(SHEET, "E2", "1"), Judgement="agree")
    refused = back(review, book, tmp_path)
    assert refused.events == ()
    assert [str(each.column) for each in refused.problems] == ["Rule of the error"] * 2

    issued_form = next(row for row in book.sheets["Start"] if row[0] == "Form")
    issued_form[1] = "of another version"
    imported = back(review, book, tmp_path)
    assert imported.problems == ()
    assert [event.slot for event in imported.events] == ["1"]
    assert sum("is not in this older workpaper" in str(x) for x in imported.repairs) == 2


def test_prompts_and_advisories_stand_in_the_column_why(tmp_path):
    """What waits for the reader's answer is in the one cell that gives reasons, by its rule."""
    asked = {"encounter_id": "E1", "line": 1, "rule_id": "MOD25-2", "severity": "prompt",
             "why": "Was the visit separate?"}  # fmt: skip
    told = {**asked, "rule_id": "CLONE-1", "severity": "advisory", "why": "The note repeats one."}
    review, _ = compare(tmp_path)
    book = Filled(write_compare_book(review, "rob", line_results(), pd.DataFrame([asked, told])))
    row = book.rows(SHEET)[book.find(SHEET, "E1", "1")]

    assert row[book.column(SHEET, "Why")] == (
        "Prompt MOD25-2: Was the visit separate?\nAdvisory CLONE-1: The note repeats one."
    )


@pytest.mark.parametrize("turn", ["over", "under", "none"])
def test_the_direction_of_a_wrong_code_stands_in_the_next_copy(tmp_path, turn):
    """A copy issued after the judgement shows its direction, and says the same when it returns."""
    review, book = compare(tmp_path)
    book.set(
        SHEET, book.find(SHEET, "E4", "1"), Judgement="wrong_code",
        Should_have_been_billed="99202", Category_of_the_error="incorrect_coding",
        Direction_of_a_wrong_code=turn, Remark="a new patient",
    )  # fmt: skip
    take(review, back(review, book, tmp_path))
    copy = Filled(write_compare_book(review, "rob", line_results(), FINDINGS))
    row = copy.rows(SHEET)[copy.find(SHEET, "E4", "1")]

    assert row[copy.column(SHEET, "Direction of a wrong code")] == turn
    assert take(review, back(review, copy, tmp_path)).records == ()


def test_a_comparison_that_changed_since_it_was_shown_is_refused(tmp_path):
    """Neither an edited locked cell nor new results are agreed to unseen."""
    review, book = compare(tmp_path)
    book.set(SHEET, book.find(SHEET, "E4", "1"), Judgement="agree")
    results = line_results()
    results.loc[results["encounter_id"] == "E4", "agreed_code"] = "99214"

    assert "not as it was shown" in str(back(review, book, tmp_path, results).problems[0])
    book.set(SHEET, book.find(SHEET, "E4", "1"), Billed="99211")
    assert "not as it was shown" in str(back(review, book, tmp_path).problems[0])


def test_two_copies_judging_one_line_differently_become_a_conflict(tmp_path):
    """The first judgement stands until somebody resolves the two."""
    review, book = compare(tmp_path)
    row = book.find(SHEET, "E4", "1")
    take(review, back(review, book.set(SHEET, row, Judgement="agree"), tmp_path))
    other = {"Judgement": "supported", "Remark": "as billed"}
    taken = take(review, back(review, book.set(SHEET, row, **other), tmp_path))

    assert taken.conflicts == (
        "line 1 of E4 was judged differently since this workpaper was issued",
    )
    assert review.state.first[("E4", "1")].event.verdict == "undercoded"
    again = take(review, back(review, book, tmp_path))
    assert again.records == ()


def test_a_second_reader_sees_nothing_of_the_first(tmp_path):
    """The double read is made without the first reader's judgements or remarks."""
    review, _ = compare(tmp_path)
    twice = sorted(review.work().double)
    judge(review, *twice)
    blind(review, *twice, by="sue")
    book = Filled(write_compare_book(review, "sue", line_results(), FINDINGS))

    place = book.column(SHEET, "Judgement")
    assert {row[place] if len(row) > place else "" for row in book.rows(SHEET)} == {""}
    for row in range(len(book.rows(SHEET))):
        book.set(SHEET, row, Judgement="agree")
    imported = back(review, book, tmp_path)
    assert {event.kind for event in imported.events} == {"second_read"}


def test_nobody_sees_billed_codes_before_coding_blind(tmp_path):
    """The second workpaper is refused, and holds only what was coded blind."""
    review = practice(tmp_path)
    request(review)
    with pytest.raises(StageError, match="coded no record blind"):
        write_compare_book(review, "rob", line_results(), FINDINGS)

    blind(review, "E1")
    book = Filled(write_compare_book(review, "rob", line_results(), FINDINGS))
    assert {row[0] for row in book.rows(SHEET)} == {"E1"}


def test_dates_in_cells_are_dates(tmp_path):
    """A date of the record is written as an Excel date and read as one."""
    review, book = issued(tmp_path, known={"E1": {"record": {"note_date": "2024-02-29"}}})
    found = book.rows("Record")[0][book.column("Record", "Note date")]

    assert found in (date(2024, 2, 29), datetime(2024, 2, 29))
    imported = read(review, finish(book, "E1"), tmp_path)
    assert imported.elements["E1"]["record"]["note_date"] == "2024-02-29"
