"""A folder of downloads: each edition by itself, what is left out named, one summary."""

import shutil
from datetime import date

import pytest
from edition_files import (
    COVERAGE,
    MUE_HEADER,
    PTP_PARTS,
    csv_text,
    mue_text,
    pfs_text,
    ptp_text,
    write_addon,
    write_coverage,
    write_gpci,
    write_icd10,
    write_mue,
    write_nppes,
    write_ptp,
    write_zip,
)
from typer.testing import CliRunner

from auditkit.cli import app
from auditkit.errors import InputError
from auditkit.reference import Added, AlreadyThere, Editions, LeftOut, Store

runner = CliRunner()


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


@pytest.fixture
def downloads(tmp_path):
    """Return an empty folder for downloads."""
    folder = tmp_path / "Downloads"
    folder.mkdir()
    return folder


def added(answers):
    """Return the ids of the editions that were added."""
    return [one.edition.id for one in answers if isinstance(one, Added)]


def left(answers):
    """Return what was left out, by file: what was said, and whether it was refused."""
    return {one.file: (one.what, one.refused) for one in answers if isinstance(one, LeftOut)}


def rvu(folder, letter, month, factor="0.869"):
    """Write a quarterly archive: relative values, indices and a list of counties."""
    indices = write_gpci(folder)
    text = indices.read_text().replace("0.869", factor)
    indices.unlink()
    return write_zip(
        folder / f"rvu24{letter}.zip",
        {
            f"PPRRVU24_{month[:3].upper()}.csv": pfs_text(release=f"{month} Release"),
            "GPCI2024.csv": text,
            "24LOCCO.csv": "Carrier,Locality\n",
        },
    )


#: Files that are not for professional claims or that no edit reads, with a word of what is said.
UNNEEDED = {
    "medicare-ncci-2024q3-hospital-ptp-edits-ccioph-v302r0-f1.zip": (
        {"ccioph-v302r0-f1.TXT": ptp_text(PTP_PARTS[1])},
        "hospital",
    ),
    "medicaid-ncci-2024-q3-ptp-edits-practitioner-services.zip": (
        {"MCD_PTP_PRA.txt": ptp_text(PTP_PARTS[1])},
        "Medicaid",
    ),
    "dme-supplier-services-mue-table-effective-07-01-2024.zip": (
        {
            "MCR_MUE_DMESupplierServices_Eff_07-01-2024.csv": mue_text(
                header=[MUE_HEADER[0], "DME Supplier Services MUE Values", *MUE_HEADER[2:]]
            )
        },
        "suppliers",
    ),
    "facility-outpatient-mue-table.zip": (
        {
            "table_Eff_07-01-2024.csv": mue_text(
                header=[MUE_HEADER[0], "Outpatient Hospital Services MUE Values", *MUE_HEADER[2:]]
            )
        },
        "hospital",
    ),
    "july-2024-opps-addendum-b.zip": ({"2024_July_Addendum_B.csv": "HCPCS,APC\n"}, "OPPS"),
    "2025-icd-10-pcs-order-file.zip": (
        {"icd10pcs_order_2025.txt": "00001 001     0 Bypass\n00002 0016    0 Bypass\n"},
        "inpatient",
    ),
    "july-2024-asp-pricing-file.zip": ({"pricing.csv": "HCPCS Code,Limit\n"}, "drugs"),
    "current_lcd.zip": (
        {"state_lookup.csv": csv_text(COVERAGE["state_lookup"]), "lcd.csv": "lcd_id\n1\n"},
        "coverage determinations",
    ),
    "ncd.zip": ({"ncd_trkg.csv": "NCD_id\n1\n"}, "coverage determinations"),
    "MUP_PHY_R25_P05_V20_D23_Geo.csv": (None, "another grouping"),
    "NPPES_Deactivated_NPI_Report_081224.zip": ({"report.csv": "NPI,Date\n"}, "NPPES"),
}


@pytest.mark.parametrize("name", UNNEEDED)
def test_what_no_professional_claim_needs_is_named_and_the_rest_is_added(store, downloads, name):
    """A file of another programme or use is named as what it is, and does not stop the others."""
    members, word = UNNEEDED[name]
    if members is None:
        (downloads / name).write_text("Rndrng_Prvdr_Geo_Lvl,HCPCS_Cd\nState,99213\n")
    else:
        write_zip(downloads / name, members)
    write_mue(downloads)

    answers = store.add_each([downloads])

    assert ["mue-2024q3"] == added(answers)
    what, refused = left(answers)[name]
    assert word in what
    assert not refused
    with pytest.raises(InputError, match=word):
        store.add(downloads / name)


def test_a_weekly_nppes_file_is_not_taken_for_the_whole_one(store, downloads):
    """A week's file holds what changed in it: as an edition it would hide every other provider."""
    path = write_nppes(downloads, name="npidata_pfile_20240805-20240811.csv")

    assert "weekly" in left(store.add_each([path]))[path.name][0]
    assert store.editions() == ()


def test_bad_files_are_refused_and_good_ones_are_stored(store, downloads):
    """A letter, a cut archive and a table without a date beside good files: three refusals."""
    write_mue(downloads)
    write_addon(downloads)
    (downloads / "letter.txt").write_text("Dear colleague,\n")
    whole = rvu(downloads, "c", "July").read_bytes()
    (downloads / "rvu24c.zip").write_bytes(whole[: len(whole) // 2])
    write_mue(downloads).rename(downloads / "mue.csv")
    write_mue(downloads)

    answers = store.add_each([downloads, downloads / "absent.zip"])

    assert {"mue-2024q3", "addon-2024q3"} == set(added(answers))
    assert {"letter.txt", "rvu24c.zip", "mue.csv", "absent.zip"} == {
        name for name, (_, refused) in left(answers).items() if refused
    }
    assert "from when the values are in force" in left(answers)["mue.csv"][0]
    assert all(check.holds for check in store.verify())


def test_parts_of_several_quarters_make_the_newest_edition(store, downloads):
    """Eight PTP files of two quarters: the newest restates the older, which is left out."""
    write_ptp(downloads, quarter="2024q2")
    write_ptp(downloads, quarter="2024q3")
    write_addon(downloads, quarter="2024Q2")
    write_addon(downloads, quarter="2024Q3")

    answers = store.add_each([downloads])

    assert ["ptp-2024q3", "addon-2024q3"] == added(answers)
    assert {False} == {refused for _, refused in left(answers).values()}
    assert all("restates everything before it" in what for what, _ in left(answers).values())


def test_an_extract_beside_the_four_parts_is_an_edition_of_its_own(store, downloads):
    """A file without a part number does not disturb the four parts of its quarter."""
    write_ptp(downloads)
    (downloads / "ccipra-2024q3-derm.txt").write_text(ptp_text(PTP_PARTS[1]))

    assert ["ptp-2024q3", "ptp-2024q3-extract"] == added(store.add_each([downloads]))


def test_a_missing_part_is_refused_and_the_other_files_are_not(store, downloads):
    """Three of four PTP parts: that edition is refused, the MUE table is stored."""
    for path in write_ptp(downloads)[:1]:
        path.unlink()
    write_mue(downloads)

    answers = store.add_each([downloads])

    assert ["mue-2024q3"] == added(answers)
    assert ["the set of parts is not complete (f1 missing)"] == [
        what for what, refused in left(answers).values() if refused
    ]


def test_a_second_download_of_a_file_is_said_to_be_the_same(store, downloads):
    """A browser's "name (1)" with the same bytes is no second edition and no fault."""
    path = write_mue(downloads)
    again = path.with_name(path.stem + " (1).csv")
    shutil.copy(path, again)

    answers = store.add_each([downloads])

    assert ["mue-2024q3"] == added(answers)
    assert {again.name: (f"it is the same as {path.name}", False)} == left(answers)


def test_archives_of_four_quarters_keep_the_last_indices(store, downloads):
    """Each quarter's archive repeats the indices; the last one's are kept, in whatever order and
    call the archives come."""
    for at, (letter, month) in enumerate(
        [("a", "January"), ("b", "April"), ("c", "July"), ("d", "October")]
    ):
        rvu(downloads, letter, month, factor=f"0.87{at}")
    together = Store(downloads.parent / "together")
    together.add(sorted(downloads.glob("*.zip")))
    for letter in "cdab":
        store.add(downloads / f"rvu24{letter}.zip")

    for held in (store, together, Store(downloads.parent / "each")):
        held.add_each([downloads])
        assert 4 == len(held.editions("pfs"))
        (alabama, _) = held.table("gpci-2024", "gpci").to_pylist()
        assert "0.8730" == str(alabama["practice_expense"])
    (_, answer) = store.add(downloads / "rvu24b.zip")
    assert isinstance(answer, AlreadyThere)
    assert "from a later release" in str(answer)


def test_two_different_files_of_one_edition_are_refused_together(store, downloads):
    """Two MUE tables of one quarter that differ: which of them is right cannot be told."""
    first = write_mue(downloads)
    other = downloads / "other"
    other.mkdir()
    second = write_mue(other, [("11102", "2", "1 Line Edit", "CMS Policy")])

    with pytest.raises(InputError, match="make the same edition, mue-2024q3, and differ"):
        store.add([first, second])


def test_articles_beside_determinations_and_old_articles(store, downloads):
    """The two downloads of the coverage database name states in the same tables: only the
    articles are read."""
    write_coverage(downloads)
    write_zip(downloads / "current_lcd.zip", UNNEEDED["current_lcd.zip"][0])

    assert ["coverage-2024-08-02"] == added(store.add_each([downloads]))


def test_an_order_file_and_its_april_changes_may_come_together(store, downloads):
    """The changes of April are applied to the year's file of the same call."""
    write_icd10(downloads)
    (downloads / "icd10cm-order-addenda-April-1-2024.txt").write_text(
        "Add:         1 L6612   New in April".ljust(84) + "New in April, long\n"
    )

    assert ["icd10-2024", "icd10-2024-april"] == added(store.add_each([downloads]))
    assert "New in April, long" == Editions(store).icd10("L66.12", date(2024, 4, 1)).title


def test_the_command_says_each_outcome_and_one_summary(downloads, tmp_path):
    """One line per outcome, a count of each, and exit code 2 only where something was refused."""
    write_mue(downloads)
    write_zip(
        downloads / "2024_July_Addendum_B.zip",
        UNNEEDED["july-2024-opps-addendum-b.zip"][0],
    )
    arguments = ["reference", "add", str(downloads), "--store", str(tmp_path / "store")]

    first, second = runner.invoke(app, arguments), runner.invoke(app, arguments)

    assert (0, 0) == (first.exit_code, second.exit_code)
    assert "1 added, 1 not needed." in first.output
    assert "not for professional claims" in first.output
    assert "1 already there, 1 not needed." in second.output
    (downloads / "letter.txt").write_text("Dear colleague,\n")
    third = runner.invoke(app, arguments)
    assert 2 == third.exit_code
    assert "1 already there, 1 not needed, 1 refused." in third.output
    assert "letter.txt: refused" in third.output


def test_an_empty_folder_is_said_to_be_empty(store, downloads):
    """A folder without files is named: nothing to do is never silent."""
    assert {"Downloads": ("the folder holds no file", True)} == left(store.add_each([downloads]))


def test_nothing_taken_in_is_no_success(downloads, tmp_path):
    """Where every file is for other claims the exit code is 2, so that a script notices."""
    path = write_zip(downloads / "ncd.zip", {"ncd_trkg.csv": "NCD_id\n1\n"})

    result = runner.invoke(app, ["reference", "add", str(path), "--store", str(tmp_path / "s")])

    assert 2 == result.exit_code
    assert "1 not needed." in result.output


def test_the_command_keeps_only_the_providers_of_a_list(downloads, tmp_path):
    """--npis takes the numbers from any text: of three providers one is kept."""
    path = write_nppes(downloads)
    wanted = tmp_path / "claims.csv"
    wanted.write_text("claim,npi\nC1,1234567893\nC2,1234567893\n")
    arguments = ["reference", "add", str(path), "--store", str(tmp_path / "s")]

    result = runner.invoke(app, [*arguments, "--npis", str(wanted)])

    assert 0 == result.exit_code
    (edition,) = Store(tmp_path / "s").editions()
    assert (1, False) == (edition.rows, edition.complete)
    wanted.write_text("no number")
    refused = runner.invoke(app, [*arguments, "--npis", str(wanted)])
    assert "holds no NPI" in str(refused.exception)


def test_show_says_where_an_edition_came_from_and_finds_damage(downloads, tmp_path):
    """show names source and columns and checks every table; a changed table is exit code 5."""
    store = Store(tmp_path / "s")
    store.add(write_mue(downloads))
    arguments = ["reference", "show", "mue-2024q3", "--store", str(tmp_path / "s")]

    whole = runner.invoke(app, arguments)
    with store.path("mue-2024q3", "mue").open("ab") as stream:
        stream.write(b"x")
    damaged = runner.invoke(app, arguments)

    assert 0 == whole.exit_code
    assert "every table is as it was stored" in whole.output
    assert "answers for 2024-07-01 to 2024-09-30" in whole.output
    assert "code, value, mai, rationale" in whole.output
    assert 5 == damaged.exit_code
    assert "damaged" in damaged.output


def test_remove_says_what_brings_the_edition_back(downloads, tmp_path):
    """remove names the file that the edition came from."""
    path = write_mue(downloads)
    Store(tmp_path / "s").add(path)

    result = runner.invoke(
        app, ["reference", "remove", "mue-2024q3", "--store", str(tmp_path / "s")]
    )

    assert path.name in " ".join(result.output.split())
    assert Store(tmp_path / "s").editions() == ()
