"""ICD-10-CM, HCPCS Level II and the tabular list."""

from datetime import date

import pytest
from edition_files import (
    HCPCS_ROWS,
    ICD10_ROWS,
    icd10_change,
    icd10_line,
    write_hcpcs,
    write_icd10,
    write_pfs,
    write_tabular,
    write_workbook,
    write_zip,
)

from auditkit.errors import EditionError, InputError
from auditkit.reference import Editions, Store

#: From 1 October 2024 L66.1 is a heading, with L66.10 under it.
ICD10_2025 = [
    ("L66", 0, "Cicatricial alopecia"),
    ("L661", 0, "Lichen planopilaris"),
    ("L6610", 1, "Lichen planopilaris, unspecified"),
    *ICD10_ROWS[2:],
]


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


def test_a_diagnosis_is_looked_up_in_the_edition_of_its_date(store, tmp_path):
    """L66.1 may be billed on 30 September 2024 and is a heading from 1 October."""
    store.add([write_icd10(tmp_path), write_icd10(tmp_path, ICD10_2025, "icd10cm_order_2025.txt")])
    editions = Editions(store)

    assert editions.icd10("L66.1", date(2024, 9, 30)).billable
    assert not editions.icd10("L66.1", date(2024, 10, 1)).billable
    assert editions.icd10("L66.10", date(2024, 9, 30)) is None
    assert "icd10-2025" == editions.icd10("L66.10", date(2024, 10, 15)).edition
    with pytest.raises(EditionError, match="icd10"):
        editions.icd10("L66.1", date(2025, 10, 1))


def test_an_april_order_file_answers_from_april(store, tmp_path):
    """The full file of April answers from 1 April; before that the one of October does."""
    added = [*ICD10_ROWS, ("L6612", 1, "New in April")]
    store.add(
        [write_icd10(tmp_path), write_icd10(tmp_path, added, "icd10cm-order-April-1-2024.txt")]
    )
    editions = Editions(store)

    assert editions.icd10("L66.12", date(2024, 3, 31)) is None
    assert "icd10-2024-april" == editions.icd10("L66.12", date(2024, 4, 1)).edition


def test_an_addenda_file_is_applied_to_the_edition_before_it(store, tmp_path):
    """Additions, deletions and revisions change the edition of October into that of April."""
    path = tmp_path / "icd10cm-order-addenda-April-1-2024.txt"
    path.write_text(
        "Headers\n      1 headers in icd10cm_order_2023.txt\n      1 headers in "
        "icd10cm_order_2024.txt\n      0 additions\nof which\nCodes\n"
        + icd10_change("Add", ("L6612", 1, "New in April"))
        + icd10_change("Delete", ICD10_ROWS[1])
        + icd10_change("Revise from", ICD10_ROWS[2])
        + icd10_change("Revise to", ("L570", 1, "Actinic keratosis, revised"))
    )

    with pytest.raises(InputError, match="the order file of fiscal year 2024 first"):
        store.add(path)
    store.add(write_icd10(tmp_path))
    store.add(path)
    editions, day = Editions(store), date(2024, 4, 1)

    assert editions.icd10("L66.12", day).billable
    assert editions.icd10("L66.1", day) is None
    assert "Actinic keratosis, revised" == editions.icd10("L57.0", day).title
    assert editions.icd10("C44.519", day).billable


def test_the_archive_with_order_and_addenda_gives_one_edition(store, tmp_path):
    """CMS packs the addenda beside the full file, which already includes it."""
    text = "".join(icd10_line(at, row) + "\n" for at, row in enumerate(ICD10_ROWS, 1))
    path = write_zip(
        tmp_path / "icd10cm-Code Descriptions-2024.zip",
        {
            "icd10cm-order-2024.txt": text,
            "icd10cm-order-addenda-2024.txt": icd10_change("Add", ("Z999", 1, "Never")),
        },
    )

    (answer,) = store.add(path)

    assert ("icd10-2024", 4) == (answer.edition.id, answer.edition.rows)
    assert Editions(store).icd10("Z99.9", date(2024, 1, 1)) is None


def test_an_order_file_cut_short_is_refused(store, tmp_path):
    """A last line without its title, and a line cut in the code, refuse the file."""
    path = write_icd10(tmp_path)
    for keep in (-60, -150):
        whole = write_icd10(tmp_path).read_text()
        path.write_text(whole[: keep - len("Basal cell carcinoma of trunk")])
        with pytest.raises(InputError, match="cut short"):
            store.add(path)


@pytest.mark.parametrize("name", ["HCPC2024_JUL_ANWEB.csv", "HCPC2024_JUL_ANWEB.txt"])
def test_level_two_codes_and_modifiers(store, tmp_path, name):
    """CSV and records of 320 characters: codes, modifiers with leading blanks, dates."""
    store.add(write_hcpcs(tmp_path, name=name))
    editions, day = Editions(store), date(2024, 8, 14)

    assert editions.hcpcs("J3301", day).in_force(day)
    assert editions.hcpcs("JW", day).is_modifier
    assert not editions.hcpcs("JZ", day).in_force(date(2022, 12, 31))
    assert date(2024, 6, 30) == editions.hcpcs("C9999", day).last_day
    assert not editions.hcpcs("C9999", day).in_force(day)
    assert editions.hcpcs("J0000", day) is None
    assert 5 == store.show("hcpcs-2024q3").rows


def test_level_two_workbook_gives_the_same_table(store, tmp_path):
    """The workbook holds what the CSV holds."""
    store.add(write_hcpcs(tmp_path))
    rows = [line.split(",") for line in write_hcpcs(tmp_path).read_text().splitlines()]
    other = Store(tmp_path / "other")
    other.add(write_workbook(tmp_path / "HCPC2024_JUL_ANWEB.xlsx", rows))

    assert store.table("hcpcs-2024q3", "hcpcs").equals(other.table("hcpcs-2024q3", "hcpcs"))


def test_a_code_in_use_is_known_from_either_file(store, tmp_path):
    """CPT codes are known from the fee schedule, Level II codes by their own dates."""
    store.add([write_pfs(tmp_path), write_hcpcs(tmp_path)])
    editions, day = Editions(store), date(2024, 8, 14)

    assert editions.procedure_in_force("11102", day)
    assert editions.procedure_in_force("J3301", day)
    assert not editions.procedure_in_force("C9999", day)
    assert not editions.procedure_in_force("99201", day)


def test_a_bad_date_in_level_two_is_named(store, tmp_path):
    """A termination date that is no date refuses the file."""
    bad = [("J3301", "00100", "3", "Title", "D", "20090101", "20249999")]

    with pytest.raises(InputError, match="TERM DT"):
        store.add(write_hcpcs(tmp_path, bad))


def test_excludes1_notes_become_ranges(store, tmp_path):
    """A code stands for all under it, a range for all in it; other notes are counted."""
    (answer,) = store.add(write_tabular(tmp_path))
    rows = store.table("icd10_tabular-2024", "icd10_tabular").to_pylist()

    assert "1 Excludes1 notes name no code" in str(answer)
    assert {
        ("L81", "L81~", "Q82.5", "Q82.5~"),
        ("L85.0", "L85.0~", "Q80", "Q80~"),
        ("L99", "L99~", "C43", "C44~"),
    } == {tuple(row.values()) for row in rows}


@pytest.mark.parametrize("bad", ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "</section>"])
def test_a_tabular_list_with_entities_or_damage_is_refused(store, tmp_path, bad):
    """Entities, which can be made to swell without end, and broken XML are refused."""
    path = write_tabular(tmp_path)
    path.write_text(path.read_text().replace("<chapter>", bad + "<chapter>"))

    with pytest.raises(InputError, match=r"entities|damaged"):
        store.add(path)


def test_level_two_rows_go_on_over_several_records(store, tmp_path):
    """The second record of a long description is not another code."""
    assert 2 == sum(row[0] == "J3301" for row in HCPCS_ROWS)
    store.add(write_hcpcs(tmp_path))

    codes = store.table("hcpcs-2024q3", "hcpcs")["code"].to_pylist()

    assert 1 == codes.count("J3301")
