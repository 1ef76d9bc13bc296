"""The real files of July 2024: counts, and the direction of dermatology pairs on given dates."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from edition_files import published_store

from auditkit.reference import Editions, Store

pytestmark = pytest.mark.shared
DAY = date(2024, 8, 14)


@pytest.fixture(scope="module")
def store(shared, tmp_path_factory):
    """Return a store that holds the real files."""
    return published_store(shared, tmp_path_factory)


@pytest.fixture(scope="module")
def editions(store):
    """Return look-ups in the real files."""
    return Editions(store)


@pytest.fixture(scope="module")
def ask(store):
    """Return a function that asks the PTP table, as ``ptp``, for one row."""
    connection = duckdb.connect()
    path = str(store.path("ptp-2024q3", "ptp"))
    connection.read_parquet(path).create_view("ptp")
    return lambda text: connection.execute(text).fetchone()


def test_ptp_rows_and_active_rows(ask):
    """2,546,017 rows, of which 1,669,820 are active."""
    assert (2_546_017, 1_669_820) == ask(
        "select count(*), count(*) filter (where last_day is null) from ptp"
    )


def test_a_ptp_pair_is_not_a_key(ask):
    """307,551 rows are further rows of a pair; 242,115 pairs have a deleted and an active row."""
    assert (307_551, 242_115) == ask(
        "select sum(rows - 1), count(*) filter (where deleted between 1 and rows - 1) from ("
        "select count(*) as rows, count(last_day) as deleted from ptp group by column1, column2)"
    )


def test_no_ptp_pair_is_active_twice_or_both_ways(ask):
    """No duplicate active row, and no pair active in both directions."""
    assert (1_669_820, 1_669_820) == ask(
        "select count(*), count(distinct (least(column1, column2), greatest(column1, column2))) "
        "from ptp where last_day is null"
    )


def test_ptp_indicators(ask):
    """Active with indicator 1: 1,160,873; with 0: 508,947; 9 stands on deleted rows only."""
    assert (1_160_873, 508_947, 0) == ask(
        "select count(*) filter (where modifier_indicator = '1'),"
        " count(*) filter (where modifier_indicator = '0'),"
        " count(*) filter (where modifier_indicator = '9') from ptp where last_day is null"
    )
    assert (True,) == ask(
        "select bool_and(first_day = last_day) from ptp where modifier_indicator = '9'"
    )


def test_deleted_rows_end_with_a_quarter(ask):
    """749 thousand deleted rows end on 31 December; there are 12 rationales."""
    ends, rationales = ask(
        "select count(*) filter (where month(last_day) = 12 and day(last_day) = 31),"
        " count(distinct rationale) from ptp"
    )

    assert 749_000 <= ends < 750_000
    assert 12 == rationales


@pytest.mark.parametrize(
    ("first", "second", "indicator"),
    [
        *((code, "17000", "1") for code in ("11102", "11104", "11106", "17110", "17111", "11301")),
        ("17004", "11102", "1"),
        ("17110", "11102", "1"),
        ("17110", "11103", "1"),
        ("11104", "17110", "1"),
        ("17110", "17003", "1"),
        ("17004", "17110", "1"),
        ("17004", "17111", "1"),
        ("17004", "17000", "0"),
        ("17004", "17003", "0"),
        ("11104", "11102", "0"),
        ("11106", "11102", "0"),
        ("11106", "11104", "0"),
        ("11901", "11900", "0"),
        ("11721", "11720", "0"),
        ("11721", "G0127", "0"),
        ("11719", "G0127", "0"),
        ("11301", "11102", "1"),
        ("11102", "11300", "1"),
        ("11400", "12031", "1"),
        ("11400", "13120", "1"),
        ("11420", "12041", "1"),
        ("11440", "12051", "1"),
        ("11602", "12001", "1"),
        ("11402", "12001", "1"),
        ("14040", "11642", "1"),
        ("14040", "13131", "1"),
        *(
            ("17311", code, "1")
            for code in (
                "11102",
                "11104",
                "11106",
                "88305",
                "88304",
                "88331",
                "88342",
                "11642",
                "17281",
            )
        ),
        ("17311", "64400", "0"),
        *((code, "11102", "1") for code in ("69100", "40490", "67810", "54100", "56605")),
        *((code, "99213", "1") for code in ("11102", "17000", "17110", "17311", "14040")),
    ],
)
def test_direction_and_indicator_of_dermatology_pairs(editions, first, second, indicator):
    """The pair is in force on the day with this column 1 and this indicator, asked either way."""
    for asked in ((first, second), (second, first)):
        edit = editions.ptp(*asked, DAY)

        assert (first, second, indicator) == (edit.column1, edit.column2, edit.modifier_indicator)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("11402", "12032"),
        ("11602", "12031"),
        ("11602", "13100"),
        ("17311", "14040"),
        ("17311", "12052"),
        ("88305", "11102"),
        ("96910", "96900"),
        ("96573", "17000"),
        ("17003", "11102"),
        ("17110", "99203"),
    ],
)
def test_pairs_without_an_edit(editions, first, second):
    """These pairs have no edit in either order on the day."""
    assert editions.ptp(first, second, DAY) is None


def test_a_pair_that_turned_round(editions):
    """17000/11301 was deleted on 2019-03-31: in 2024 column 1 is 11301."""
    assert "11301" == editions.ptp("17000", "11301", DAY).column1


def test_mue_rows_by_indicator(store):
    """Indicator 3 on 9,479 codes, 2 on 5,157 and 1 on 41."""
    counts = store.table("mue-2024q3", "mue").to_pandas()["mai"].value_counts()

    assert {"3": 9_479, "2": 5_157, "1": 41} == counts.to_dict()


@pytest.mark.parametrize(
    ("code", "value", "mai"),
    [
        ("11102", 1, "2"),
        ("11103", 6, "3"),
        ("11105", 3, "3"),
        ("17003", 13, "2"),
        ("11201", 1, "3"),
        ("13102", 9, "3"),
        ("13133", 7, "3"),
        ("14302", 8, "3"),
        ("17312", 6, "3"),
        ("17315", 15, "3"),
        ("88305", 16, "3"),
        ("11732", 4, "3"),
        ("96567", 1, "3"),
        ("J3301", 16, "3"),
        ("J7308", 3, "3"),
        ("99213", 2, "3"),
        ("99203", 1, "2"),
    ],
)
def test_dermatology_mue_values(editions, code, value, mai):
    """Units and indicator of July 2024."""
    found = editions.mue(code, DAY)

    assert (value, mai) == (found.value, found.mai)


def test_addon_rows_by_type(store):
    """6,860 rows of type 1, 36 of type 2, 569 of type 3."""
    counts = store.table("addon-2024q3", "addon").to_pandas()["type"].value_counts()

    assert {"1": 6_860, "2": 36, "3": 569} == counts.to_dict()


@pytest.mark.parametrize(
    ("code", "primaries"),
    [
        ("11103", ("11102", "11104", "11106")),
        ("11105", ("11104", "11106")),
        ("11107", ("11106",)),
        ("17003", ("17000",)),
        ("13102", ("13101",)),
        ("17312", ("17311",)),
        ("17315", ("17311", "17312", "17313", "17314")),
        ("G2212", ("99205", "99215", "99483")),
    ],
)
def test_dermatology_addon_codes(editions, code, primaries):
    """The primary codes of the type 1 add-on codes."""
    found = editions.addon(code, DAY)

    assert ("1", primaries) == (found.type, found.primaries)


def test_g2211_is_no_add_on_here_and_88311_is_open(editions):
    """G2211 is not in the add-on file; 88311 is type 3 and lists 17311 and 17313."""
    assert editions.addon("G2211", DAY) is None
    assert "3" == editions.addon("88311", DAY).type
    assert {"17311", "17313"} <= set(editions.addon("88311", DAY).primaries)


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        ("000", "11102 11104 11106 11300 12001 17311 17313 11900 11720 69100 54100 56605"),
        ("010", "17000 17004 17110 17260 11400 11602 12031 13121 10060 11200 11750"),
        ("090", "14000 14040 14301 15100 15260 13160 17106 15823"),
        ("ZZZ", "11103 17003 17312 11201"),
        ("XXX", "99213 88305 96900 96567 96372"),
    ],
)
def test_global_periods_of_dermatology_codes(editions, days, codes):
    """The days of the package of each code."""
    assert {days} == {editions.schedule(code, DAY).global_days for code in codes.split()}


def test_fees_and_statuses(editions):
    """The conversion factor, an amount, and statuses of July 2024."""
    assert Decimal("33.2875") == editions.schedule("99213", DAY).conversion_factor
    assert Decimal("90.87") == editions.fee("99213", "", DAY).amount
    assert ("I", "R", "E") == tuple(
        editions.schedule(code, DAY).status for code in ("99417", "11719", "J3301")
    )
    assert "0" == editions.schedule("17004", DAY).multiple
    assert not editions.procedure_in_force("99201", DAY)
    assert not editions.procedure_in_force("11100", DAY)
    assert editions.procedure_in_force("0001U", DAY)


def test_the_list_of_coverage_documents(store):
    """The list of August 2025 names the documents on benign lesions and Mohs surgery."""
    (edition,) = store.editions("coverage_list")
    listed = set(store.table(edition.id, "coverage_list")["document"].to_pylist())

    assert {"L34200", "L35498", "L33445", "L34195", "L33689"} <= listed


def test_the_extract_of_dermatology_pairs_agrees_with_the_whole(shared, editions, tmp_path):
    """The one-file extract answers for its codes as the four parts do."""
    held = Store(tmp_path)
    held.add(shared / "data" / "cms" / "ccipra-2024q3-derm-derived.txt")
    extract = Editions(held)

    for pair in (("11102", "17000"), ("17004", "17000"), ("11301", "11102"), ("11602", "12031")):
        found, whole = extract.ptp(*pair, DAY), editions.ptp(*pair, DAY)
        assert (found is None) == (whole is None)
        if found:
            assert (whole.column1, whole.modifier_indicator) == (
                found.column1,
                found.modifier_indicator,
            )
