"""Fee-schedule values, geographic indices and the amounts that they give."""

from datetime import date
from decimal import Decimal

import pytest
from edition_files import (
    PFS_ROWS,
    csv_text,
    pfs_row,
    pfs_text,
    write_gpci,
    write_pfs,
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


def test_indicators_stand_under_repeated_captions(store, tmp_path):
    """RVU, INDICATOR, TOTAL and SURG repeat; each value lands under its own name."""
    store.add(
        write_pfs(
            tmp_path,
            [
                pfs_row(
                    "19083",
                    work="3.10",
                    nonfac="14.31",
                    fac="1.35",
                    mp="0.29",
                    pctc="0",
                    days="000",
                    mult="2",
                    bilat="1",
                    asst="3",
                    co="4",
                    team="5",
                    nonfac_na="NA",
                )
            ],
        )
    )

    row = Editions(store).schedule("19083", DAY)

    assert ("000", "2", "1", "3", "4", "5") == (
        row.global_days,
        row.multiple,
        row.bilateral,
        row.assistant,
        row.cosurgeon,
        row.team,
    )
    assert (Decimal("3.10"), Decimal("14.31"), Decimal("1.35"), Decimal("0.29")) == (
        row.work_rvu,
        row.nonfacility_pe_rvu,
        row.facility_pe_rvu,
        row.mp_rvu,
    )
    assert row.nonfacility_na and not row.facility_na


def test_thirty_two_columns_give_the_same_values(store, tmp_path):
    """The column added in 2026 shifts those after it; the values stay under their names."""
    store.add(write_pfs(tmp_path, year=2026, columns=32, name="PPRRVU2026_Jul.csv"))
    expected = Store(tmp_path / "other")
    expected.add(write_pfs(tmp_path))

    assert expected.table("pfs-2024q3", "pfs").equals(store.table("pfs-2026q3", "pfs"))


def test_two_conversion_factors_are_two_editions(store, tmp_path):
    """From 2026 each factor has its file; the asker says which one applies."""
    for name, factor in (("nonQPP", "33.4009"), ("QPP", "33.5675")):
        rows = [pfs_row("99213", work="1.30", nonfac="1.33", fac="0.56", mp="0.10", factor=factor)]
        store.add(
            write_pfs(tmp_path, rows, year=2026, columns=32, name=f"PPRRVU2026_Jul_{name}.csv")
        )
    editions, day = Editions(store), date(2026, 8, 14)

    # 2.73 relative value units x 33.4009 = 91.184..., x 33.5675 = 91.639...
    assert Decimal("91.18") == editions.fee("99213", "", day).amount
    assert Decimal("91.64") == editions.fee("99213", "", day, qpp=True).amount
    assert "pfs-2026q3-qpp" == editions.fee("99213", "", day, qpp=True).schedule.edition


@pytest.mark.parametrize(
    ("code", "modifier", "facility", "amount"),
    [
        # Published July 2024 national amounts: RVU total x 33.2875, to the cent.
        ("11102", "", False, "100.53"),
        ("11102", "", True, "37.28"),
        ("99213", "", False, "90.87"),
        ("88305", "", False, "71.57"),
        ("88305", "26", False, "35.95"),
        ("88305", "TC", False, "35.62"),
    ],
)
def test_national_amounts(store, tmp_path, code, modifier, facility, amount):
    """A national amount is the sum of the relative values times the conversion factor."""
    store.add(write_pfs(tmp_path))

    fee = Editions(store).fee(code, modifier, DAY, facility)

    assert Decimal(amount) == fee.amount
    assert ("pfs-2024q3",) == fee.editions


def test_a_locality_applies_its_three_indices(store, tmp_path):
    """Manhattan: (0.66 x 1.057 + 2.29 x 1.182 + 0.07 x 1.683) x 33.2875 = 117.25."""
    store.add([write_pfs(tmp_path), write_gpci(tmp_path)])

    fee = Editions(store).fee("11102", "", DAY, locality="13202-01")

    assert Decimal("117.25") == fee.amount
    assert ("pfs-2024q3", "gpci-2024") == fee.editions


def test_the_work_index_with_the_floor_is_taken(store, tmp_path):
    """Alabama's work index is 0.983, and 1.000 with the floor, which is what is paid on."""
    store.add([write_pfs(tmp_path), write_gpci(tmp_path)])

    # (0.66 x 1.000 + 2.29 x 0.869 + 0.07 x 0.575) x 33.2875 = 89.553...
    assert Decimal("89.55") == Editions(store).fee("11102", "", DAY, locality="10112-00").amount


def test_an_unknown_locality_is_an_error(store, tmp_path):
    """A locality that the indices do not hold is named, and never priced at the national amount."""
    store.add([write_pfs(tmp_path), write_gpci(tmp_path)])

    with pytest.raises(EditionError, match="99999-99"):
        Editions(store).fee("11102", "", DAY, locality="99999-99")


def test_a_code_that_is_not_priced_is_not_zero(store, tmp_path):
    """Status I has relative values and no amount; an unlisted code has no row at all."""
    store.add(write_pfs(tmp_path))
    editions = Editions(store)

    assert editions.fee("99417", "", DAY).amount is None
    assert editions.fee("99201", "", DAY) is None
    assert not editions.procedure_in_force("99201", DAY)


def test_release_and_quarter_come_from_title_then_name(store, tmp_path):
    """January and October files answer for their quarters, by title or by name."""
    store.add(write_pfs(tmp_path, release="January Release", name="renamed.csv"))
    path = tmp_path / "PPRRVU24_OCT.csv"
    path.write_text(
        pfs_text()
        .replace("2024 National Physician", "National Physician")
        .replace("July Release", "")
    )
    store.add(path)

    assert ["pfs-2024q1", "pfs-2024q4"] == store.list()["edition"].tolist()
    assert date(2024, 12, 31) == store.show("pfs-2024q4").effective_to


def test_the_archive_gives_values_and_indices_and_leaves_the_rest(store, tmp_path):
    """rvu24c.zip also holds files that are not read; they do not stop the import."""
    write_gpci(tmp_path)
    path = write_zip(
        tmp_path / "rvu24c.zip",
        {
            "PPRRVU24_JUL.csv": pfs_text(),
            "PPRRVU24_JUL.txt": "HDR fixed width\n",
            "GPCI2024.csv": (tmp_path / "GPCI2024.csv").read_text(),
            "ANES2024.csv": csv_text([["Contractor", "Locality"], ["10112", "00"]]),
            "RVU24C.pdf": "%PDF",
        },
    )

    store.add(path)

    assert ["gpci-2024", "pfs-2024q3"] == store.list()["edition"].tolist()


def test_a_workbook_holds_the_same_values(store, tmp_path):
    """XLSX, where 000 and 010 are numbers, gives the global periods with their zeros."""
    rows = [line.split(",") for line in pfs_text(PFS_ROWS).splitlines()]
    store.add(write_workbook(tmp_path / "PPRRVU24_JUL.xlsx", rows, numbers=True))
    expected = Store(tmp_path / "other")
    expected.add(write_pfs(tmp_path))

    assert expected.table("pfs-2024q3", "pfs").equals(store.table("pfs-2024q3", "pfs"))


#: Lines set by hand to the places of the 2025 release: code and modifier, 50 of descriptor, status,
#: work, practice expense and malpractice, totals, indicators, conversion factor, and what follows.
FIXED = "\n".join(
    [
        "HDR TITLES AND NOTICES                            ",
        "HDR                                               ",
        "11102  " + "A SHORT LABEL".ljust(50) + "A   0.66   2.29     0.39    0.07"
        "   3.02  1.120000.00.00.0020100             32.3465 090 99      0.00   0.00   0.00",
        "14040  " + "".ljust(50) + "A   8.60  15.00    10.00    1.00"
        "  24.60 19.600090.10.80.1020100             32.3465 090 99      0.00   0.00   0.00",
        "8830526" + "".ljust(50) + "A   0.75   0.32     0.32    0.01"
        "   1.08  1.081XXX.00.00.0000000             32.3465 090 99      0.00   0.00   0.00",
        "88305TC" + "".ljust(50) + "A   0.00   1.06 NA  1.06 NA 0.01"
        "   1.07  1.071XXX.00.00.0000000             32.3465 090 99      0.00   0.00   0.00",
        "",
    ]
)


def test_the_fixed_width_form_is_read_by_its_places(store, tmp_path):
    """Values land under their names, indicators between them too, and no descriptor is kept."""
    (tmp_path / "PPRRVU2025_Oct.txt").write_text(FIXED)
    store.add(tmp_path / "PPRRVU2025_Oct.txt")
    rows = store.table("pfs-2025q4", "pfs").to_pandas().set_index(["code", "modifier"])
    flap, technical = rows.loc[("14040", "")], rows.loc[("88305", "TC")]

    assert [
        ("11102", ""), ("14040", ""), ("88305", "26"), ("88305", "TC"),
    ] == rows.index.tolist()  # fmt: skip
    assert ("8.60", "15.00", "10.00", "1.00", "24.60", "19.60") == tuple(
        f"{flap[name]:.2f}"
        for name in ("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu",
                     "nonfacility_total", "facility_total")
    )  # fmt: skip
    assert ("090", "0.8000", "2", "0", "1", "32.3465") == tuple(
        str(flap[name])
        for name in ("global_days", "intraoperative", "multiple", "bilateral", "assistant",
                     "conversion_factor")
    )  # fmt: skip
    assert ("NA", "NA", "1") == tuple(technical[["nonfacility_na", "facility_na", "pctc"]])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (FIXED[:-60], "cut short"),
        (FIXED[:-4], "cut short"),
        (FIXED.replace("  15.00", " 15.00"), "does not fit the places"),
        (FIXED.replace("   2.29", "   2..9"), "not a number"),
    ],
)
def test_a_fixed_width_form_that_does_not_fit_is_refused(store, tmp_path, text, match):
    """A line that is short, shifted or without a number refuses the file, by row."""
    (tmp_path / "PPRRVU2025_Oct.txt").write_text(text)

    with pytest.raises(InputError, match=match):
        store.add(tmp_path / "PPRRVU2025_Oct.txt")


def test_no_descriptor_is_stored(store, tmp_path):
    """The description column, which is the AMA's, does not reach the store."""
    rows = [[row[0], row[1], "SOME DESCRIPTOR", *row[3:]] for row in PFS_ROWS]
    store.add(write_pfs(tmp_path, rows))
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()
    )

    assert b"SOME DESCRIPTOR" not in stored


def test_a_re_release_replaces_and_a_rival_does_not(store, tmp_path):
    """A file marked as updated replaces the edition; another file of the same name is refused."""
    store.add(write_pfs(tmp_path))
    changed = [pfs_row("11102", work="0.70", days="000")]

    with pytest.raises(InputError, match="already holds pfs-2024q3"):
        store.add(write_pfs(tmp_path, changed))
    store.add(write_pfs(tmp_path, changed, name="PPRRVU24_JUL_updated.csv"))

    assert 1 == len(store.editions())
    assert Decimal("0.70") == Editions(store).schedule("11102", DAY).work_rvu
    # And the file that was replaced is now the older one.
    with pytest.raises(InputError, match="already holds"):
        store.add(write_pfs(tmp_path))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (pfs_text().replace("GLOB,", "GLOW,"), "GLOB DAYS"),
        (pfs_text()[:-40], "cut short"),
        (pfs_text([pfs_row("11102", work="many")]), "not a number"),
    ],
)
def test_a_damaged_value_file_is_refused(store, tmp_path, text, match):
    """A missing caption, a row cut short and a value that is no number refuse the file."""
    path = tmp_path / "PPRRVU24_JUL.csv"
    path.write_text(text)

    with pytest.raises(InputError, match=match):
        store.add(path)
