"""Medically unlikely edits and add-on code edits, as CMS publishes them."""

from datetime import date

import pytest
from edition_files import (
    ADDON_ROWS,
    MUE_HEADER,
    MUE_ROWS,
    addon_line,
    mue_text,
    write_addon,
    write_addon_workbook,
    write_mue,
    write_workbook,
    write_zip,
)

from auditkit.errors import EditionError, InputError
from auditkit.reference import Editions, Store

DAY = date(2024, 8, 14)


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


def test_mue_values_answer_in_the_quarter_that_the_name_gives(store, tmp_path):
    """The file named 07-01-2024 answers from 1 July to 30 September, and on no other day."""
    store.add(write_mue(tmp_path))
    editions = Editions(store)

    for day in (date(2024, 7, 1), date(2024, 9, 30)):
        assert (6, "3") == (editions.mue("11103", day).value, editions.mue("11103", day).mai)
    for day in (date(2024, 6, 30), date(2024, 10, 1)):
        with pytest.raises(EditionError, match="mue"):
            editions.mue("11103", day)


@pytest.mark.parametrize(
    ("code", "value", "mai"), [("11102", 1, "2"), ("11103", 6, "3"), ("A4595", 4, "1")]
)
def test_the_three_adjudication_indicators_are_told_apart(store, tmp_path, code, value, mai):
    """MAI 1, 2 and 3 come out as written."""
    store.add(write_mue(tmp_path))

    found = Editions(store).mue(code, DAY)

    assert (value, mai) == (found.value, found.mai)


def test_a_code_without_published_mue_is_none(store, tmp_path):
    """Not every value is published: an unlisted code has none, which is no value of zero."""
    store.add(write_mue(tmp_path))

    assert Editions(store).mue("99999", DAY) is None


def test_each_quarter_answers_for_itself(store, tmp_path):
    """Two quarters in the store: each date is answered by its own."""
    store.add(write_mue(tmp_path))
    changed = [*MUE_ROWS[:2], ("11103", "8", *MUE_ROWS[2][2:])]
    store.add(write_mue(tmp_path, changed, effective="04-01-2024"))
    editions = Editions(store)

    assert 8 == editions.mue("11103", date(2024, 5, 1)).value
    assert 6 == editions.mue("11103", DAY).value


def test_a_workbook_and_a_zip_hold_the_same_values(store, tmp_path):
    """XLSX, where codes of digits are numbers, and zipped CSV give the table of the CSV."""
    store.add(write_mue(tmp_path))
    expected = store.table("mue-2024q3", "mue").to_pylist()
    name = "MCR_MUE_PractitionerServices_Eff_07-01-2024"
    rows = [["Notice", "", "", ""], MUE_HEADER, *MUE_ROWS]
    files = [
        write_workbook(tmp_path / f"{name}.xlsx", rows, numbers=True),
        write_zip(tmp_path / f"{name}.zip", {f"{name}.csv": mue_text()}),
    ]
    for path in files:
        other = Store(tmp_path / path.suffix)
        other.add(path)

        assert expected == other.table("mue-2024q3", "mue").to_pylist()


def test_the_date_may_be_given_where_the_name_lost_it(store, tmp_path):
    """A renamed file is refused with the name expected, and accepted with the date beside it."""
    path = tmp_path / "mue.csv"
    path.write_text(mue_text())

    with pytest.raises(InputError, match="Eff_07-01-2024"):
        store.add(path)
    assert "mue-2024q3" == store.add(path, effective=date(2024, 7, 1))[0].edition.id


def test_values_of_another_programme_are_refused(store, tmp_path):
    """Outpatient hospital values are refused, and what was expected is named."""
    header = [MUE_HEADER[0], "Outpatient Hospital Services MUE Values", *MUE_HEADER[2:]]
    path = tmp_path / "MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv"
    path.write_text(mue_text(header=header))

    with pytest.raises(InputError, match="Practitioner Services MUE Values"):
        store.add(path)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (("1110", "x", "2 Date", "r"), "not a whole number"),
        (("11102", "1", "7 Date", "r"), "indicator is not known"),
        (("11102", "1"), "cut short"),
        (("11102", "1", "2 Date of Service Edit: Policy", "r"), "a code stands twice"),
    ],
)
def test_a_mue_row_that_cms_does_not_write_is_refused(store, tmp_path, row, match):
    """Bad values, short rows and repeated codes refuse the file."""
    with pytest.raises(InputError, match=match):
        store.add(write_mue(tmp_path, [*MUE_ROWS, row]))


def test_mue_text_cut_inside_the_last_row_is_refused(store, tmp_path):
    """The last rationale is the beginning of another and has no line end: the file was cut."""
    path = write_mue(
        tmp_path,
        [
            *MUE_ROWS,
            ("V5364", "0", "3 Date of Service Edit: Clinical", "Nature of Service/Procedure"),
        ],
    )
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(InputError, match="cut short"):
        store.add(path)


def test_addon_types_and_primaries(store, tmp_path):
    """Type 1 lists its primaries, type 2 none, type 3 some; dates are day of the year."""
    store.add(write_addon(tmp_path))
    editions = Editions(store)

    assert ("1", ("11102", "11104")) == _of(editions.addon("11103", DAY))
    assert ("2", ()) == _of(editions.addon("0054T", DAY))
    assert ("3", ("17311",)) == _of(editions.addon("88311", DAY))
    assert editions.addon("17000", DAY) is None


def _of(found):
    return found.type, found.primaries


def test_an_addon_edit_ends_with_its_last_day(store, tmp_path):
    """11101 ended with day 365 of 2018: it answers on 31 December and not on 1 January."""
    store.add(write_addon(tmp_path))
    editions = Editions(store)

    assert ("11100",) == editions.addon("11101", date(2018, 12, 31)).primaries
    assert editions.addon("11101", date(2019, 1, 1)) is None


def test_addon_workbook_gives_the_table_of_the_text(store, tmp_path):
    """The workbook, where dates and codes are numbers, holds the same rows."""
    store.add(write_addon(tmp_path))
    other = Store(tmp_path / "other")
    other.add(write_addon_workbook(tmp_path))

    assert store.table("addon-2024q3", "addon").equals(other.table("addon-2024q3", "addon"))


@pytest.mark.parametrize("bad", ["1111031234567", "111103       11102       2019366       "])
def test_an_addon_line_that_is_not_laid_out_so_is_refused(store, tmp_path, bad):
    """A line cut short, or day 366 of 2019, refuses the file and names the line."""
    path = tmp_path / "AOC_V2024Q3-MCR.txt"
    lines = [addon_line(row) for row in ADDON_ROWS]
    path.write_text("\n".join([*lines, bad]) + "\n")

    with pytest.raises(InputError, match="row 7"):
        store.add(path)


def test_an_older_addon_release_is_refused(store, tmp_path):
    """The add-on file restates its history: after the third quarter the second is refused."""
    store.add(write_addon(tmp_path))

    with pytest.raises(InputError, match="restates everything before it"):
        store.add(write_addon(tmp_path, ADDON_ROWS[:-1], quarter="2024Q2"))
