"""NCCI PTP edits: four parts make one edition, and a pair keeps every interval."""

from datetime import date

import pytest
from edition_files import MISUSE, PTP_PARTS, ptp_text, write_ptp, write_ptp_workbooks, write_zip

from auditkit.errors import EditionError, InputError
from auditkit.reference import Added, Editions, Store

ROWS = sum(len(rows) for rows in PTP_PARTS.values())


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def editions(store, tmp_path):
    """Return look-ups in a store that holds the small PTP edition."""
    store.add(write_ptp(tmp_path))
    return Editions(store)


def test_four_parts_make_one_edition(store, tmp_path):
    """The four zip files become one edition that holds the rows of all, to the quarter's end."""
    (answer,) = store.add(write_ptp(tmp_path))

    assert isinstance(answer, Added)
    assert "ptp-2024q3" == answer.edition.id
    assert ROWS == answer.edition.rows
    assert date(2024, 9, 30) == answer.edition.effective_to
    assert 4 == len(answer.edition.sources)


@pytest.mark.parametrize("form", ["text", "workbook"])
def test_every_form_of_the_parts_gives_the_same_table(store, tmp_path, form):
    """Unpacked texts with other line ends, and workbooks, hold what the zip files hold."""
    store.add(write_ptp(tmp_path))
    expected = store.table("ptp-2024q3", "ptp")
    other = Store(tmp_path / "other")

    folder = tmp_path / form
    folder.mkdir()
    files = write_ptp(folder, zipped=False) if form == "text" else write_ptp_workbooks(folder)
    other.add(files)

    assert expected.to_pylist() == other.table("ptp-2024q3", "ptp").to_pylist()


def test_a_text_beside_its_workbook_is_read_once(store, tmp_path):
    """A zip file that holds the text and the workbook of a part gives each row once."""
    files = []
    for part, book in zip(PTP_PARTS, write_ptp_workbooks(tmp_path), strict=True):
        name = f"medicare-ncci-2024q3-practitioner-ptp-edits-ccipra-f{part}.zip"
        files.append(
            write_zip(
                tmp_path / name,
                {
                    f"ccipra-2024q3-f{part}.TXT": ptp_text(PTP_PARTS[part]),
                    f"ccipra-2024q3-f{part}.xlsx": book.read_bytes(),
                },
            )
        )

    (answer,) = store.add(files)

    assert ROWS == answer.edition.rows


def test_either_order_of_the_codes_finds_the_edit_as_it_stands(editions):
    """The answer says which code is column 1, whichever is asked first."""
    for pair in (("11102", "17000"), ("17000", "11102")):
        edit = editions.ptp(*pair, date(2024, 8, 14))

        assert ("11102", "17000", "1") == (edit.column1, edit.column2, edit.modifier_indicator)
        assert ("ptp-2024q3", MISUSE, None) == (edit.edition, edit.rationale, edit.last_day)


def test_the_deletion_date_is_the_last_day_in_force(editions):
    """17000/11301 is in force on 2019-03-31; from the next day 11301/17000 is."""
    before = editions.ptp("17000", "11301", date(2019, 3, 31))
    after = editions.ptp("17000", "11301", date(2019, 4, 1))

    assert ("17000", "11301") == (before.column1, before.column2)
    assert date(2019, 3, 31) == before.last_day
    assert ("11301", "17000") == (after.column1, after.column2)


def test_indicator_nine_was_never_in_force(editions):
    """A row with indicator 9 answers on no day, not even on its own."""
    assert editions.ptp("17110", "11102", date(2019, 1, 1)) is None


def test_a_pair_keeps_every_interval(editions):
    """17311/88305 ended in March 2010 and began again in 2011; between them nothing is in force."""
    assert date(2007, 1, 1) == editions.ptp("17311", "88305", date(2010, 3, 31)).first_day
    assert editions.ptp("17311", "88305", date(2010, 6, 1)) is None
    assert date(2011, 1, 1) == editions.ptp("17311", "88305", date(2024, 8, 14)).first_day


def test_no_edit_is_not_no_edition(editions):
    """A pair without an edit gives None; a date that no edition covers is an error."""
    assert editions.ptp("88305", "11102", date(2024, 8, 14)) is None
    with pytest.raises(EditionError, match="2024-10-01"):
        editions.ptp("11102", "17000", date(2024, 10, 1))


def test_a_missing_part_is_refused_and_named(store, tmp_path):
    """Three parts are no edition: the message says which one is missing."""
    files = write_ptp(tmp_path)

    with pytest.raises(InputError, match="f3 missing"):
        store.add([files[0], files[1], files[3]])
    assert store.editions() == ()


def test_parts_of_two_quarters_are_refused(store, tmp_path):
    """A part of another quarter among the four is refused."""
    files = write_ptp(tmp_path)
    older = tmp_path / "older"
    older.mkdir()
    other = write_ptp(older, quarter="2024q2")

    with pytest.raises(InputError, match="different quarters"):
        store.add([*files[:3], other[3]])


def test_edits_of_another_programme_are_refused(store, tmp_path):
    """Hospital edits have the same columns and are not taken for practitioner edits."""
    path = tmp_path / "ccioph-v302r0-f1.TXT"
    path.write_text(ptp_text(PTP_PARTS[1]))

    with pytest.raises(InputError, match="another programme"):
        store.add(path)


def test_an_extract_says_so_and_does_not_answer_for_codes_it_lacks(store, tmp_path):
    """One file without a part number is an extract: unknown codes are an error, not 'no edit'."""
    path = tmp_path / "ccipra-2024q3-derm.txt"
    path.write_text(ptp_text(PTP_PARTS[1]))

    (answer,) = store.add(path)
    editions = Editions(store)

    assert not answer.edition.complete and "extract" in str(answer)
    assert "0" == editions.ptp("11102", "11104", date(2024, 8, 14)).modifier_indicator
    with pytest.raises(EditionError, match="extract"):
        editions.ptp("11102", "88305", date(2024, 8, 14))


def test_the_whole_edition_answers_before_an_extract(store, tmp_path):
    """Where both are in the store the four parts answer."""
    path = tmp_path / "ccipra-2024q3-derm.txt"
    path.write_text(ptp_text(PTP_PARTS[1]))
    store.add(path)
    store.add(write_ptp(tmp_path))

    assert "ptp-2024q3" == Editions(store).edition("ptp", date(2024, 8, 14)).id


def test_an_older_quarter_is_refused_when_a_later_one_is_there(store, tmp_path):
    """Each release restates the whole history, so an older one adds nothing; it is named."""
    store.add(write_ptp(tmp_path))
    older = tmp_path / "older"
    older.mkdir()

    with pytest.raises(InputError, match="restates everything before it"):
        store.add(write_ptp(older, quarter="2024q2"))


def test_a_later_quarter_answers_for_every_date(store, tmp_path):
    """With two quarters in the store the newest answers, also for earlier dates of service."""
    store.add(write_ptp(tmp_path))
    later = tmp_path / "later"
    later.mkdir()
    changed = {**PTP_PARTS, 1: [("11102", "17000", "", "20190101", "20240331", "1")]}
    store.add(write_ptp(later, changed, quarter="2024q4"))
    editions = Editions(store)

    assert editions.ptp("11102", "17000", date(2024, 8, 14)) is None
    assert "ptp-2024q4" == editions.ptp("11102", "17000", date(2024, 3, 31)).edition


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("1110", "17000", "", "20190101", "*", "1"), "column1"),
        (("11102", "17000", "", "20190230", "*", "1"), "effective"),
        (("11102", "17000", "", "20190101", "soon", "1"), "deletion"),
        (("11102", "17000", "", "20190101", "*", "2"), "modifier_indicator"),
    ],
)
def test_a_value_that_cms_does_not_write_is_named_by_row_and_column(store, tmp_path, row, column):
    """A bad value refuses the file and is named by its row and column, without the value."""
    bad = {**PTP_PARTS, 2: [PTP_PARTS[2][0], row]}

    with pytest.raises(InputError, match=f"row 8, column '{column}'"):
        store.add(write_ptp(tmp_path, bad))


def test_a_row_cut_in_the_middle_is_refused(store, tmp_path):
    """A part that was cut short is refused, also when the cut leaves seven columns."""
    files = write_ptp(tmp_path, zipped=False)
    whole = files[3].read_bytes()
    for cut in (len(whole) - 30, len(whole) - 60):
        files[3].write_bytes(whole[:cut])
        with pytest.raises(InputError, match="cut short"):
            store.add(files)


def test_the_version_number_tells_the_quarter(store, tmp_path):
    """A file named only by its version, v322, is of the third quarter of 2026."""
    files = []
    for part, rows in PTP_PARTS.items():
        path = tmp_path / f"ccipra-v322r0-f{part}.TXT"
        path.write_text(ptp_text(rows))
        files.append(path)

    assert "ptp-2026q3" == store.add(files)[0].edition.id
