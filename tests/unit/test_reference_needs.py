"""Which edits a store covers on given dates, and which files are named for the others."""

from datetime import date

import pytest
from edition_files import (
    write_addon,
    write_coverage,
    write_icd10,
    write_mue,
    write_pfs,
    write_ptp,
    write_tabular,
)
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from auditkit.cli import app
from auditkit.edits import catalogue, needs, without_editions
from auditkit.reference import Store
from auditkit.reference.downloads import DOWNLOADS
from auditkit.reference.kinds import KINDS

runner = CliRunner()
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store with editions of the third quarter of 2024."""
    folder = tmp_path_factory.mktemp("files")
    held = Store(folder / "store")
    held.add(
        [
            *write_ptp(folder),
            write_mue(folder),
            write_addon(folder),
            write_pfs(folder),
            write_icd10(folder),
            write_tabular(folder),
            write_coverage(folder),
        ]
    )
    return held


def needed(store, first, last):
    """Return what is needed, by kind."""
    return {one.kind: one for one in needs(store, first, last)}


def test_every_kind_of_file_and_every_edit_has_its_need(store):
    """Each kind that the store reads is named with its page, and each edit stands with its
    kinds or among those that need none."""
    found = needed(store, *YEAR)

    assert {kind.KIND for kind in KINDS} == set(found) == {one.kind for one in DOWNLOADS}
    assert all(one.page and one.what for one in found.values())
    named = {name for one in found.values() for name in one.edits}
    assert {edit.id for edit in catalogue()} == named | set(without_editions())
    assert not named & set(without_editions())


def test_in_the_quarter_of_the_files_the_core_edits_are_covered(store):
    """From July to September nothing is missing of PTP, units, add-ons, fees and diagnoses."""
    found = needed(store, date(2024, 7, 1), date(2024, 9, 30))

    for kind in ("ptp", "mue", "addon", "pfs", "icd10", "icd10_tabular"):
        assert ((), ()) == (found[kind].gaps, found[kind].files), kind
    assert ("ptp-2024q3",) == found["ptp"].held
    assert ("MUE-DAY", "MUE-LINE") == found["mue"].edits
    assert ("CODE",) == found["mue"].helped


def test_a_year_misses_the_quarters_around_the_files(store):
    """Each missing quarter has its own file of units and fees; of PTP the newest is enough."""
    found = needed(store, *YEAR)

    gaps = ((date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 10, 1), date(2024, 12, 31)))
    assert gaps == found["mue"].gaps == found["pfs"].gaps
    assert (
        "MCR_MUE_PractitionerServices_Eff_01-01-2024",
        "MCR_MUE_PractitionerServices_Eff_04-01-2024",
        "MCR_MUE_PractitionerServices_Eff_10-01-2024",
    ) == found["mue"].files
    assert ("rvu24a.zip", "rvu24b.zip", "rvu24d.zip") == found["pfs"].files
    assert ((date(2024, 10, 1), date(2024, 12, 31)),) == found["ptp"].gaps
    (name,) = found["ptp"].files
    assert "2024q4-practitioner" in name
    assert ("AOC_V2024Q4-MCR",) == found["addon"].files
    assert ("2025 Code Descriptions in Tabular Order (icd10cm_order)",) == found["icd10"].files


def test_dates_in_two_fiscal_years_name_both_files(tmp_path):
    """An empty store and a calendar year: two order files, four archives, one set of indices."""
    found = needed(Store(tmp_path / "none"), *YEAR)

    assert [name[:4] for name in found["icd10"].files] == ["2024", "2025"]
    assert 4 == len(found["hcpcs"].files) == len(found["pfs"].files)
    assert 1 == len(found["gpci"].files) == len(found["nppes"].files)
    assert 2 == len(found["taxonomy"].files)
    assert all((YEAR,) == one.gaps for one in found.values())


@given(st.dates(date(2023, 1, 1), date(2025, 12, 31)), st.integers(0, 800))
def test_gaps_and_editions_take_in_every_day_once(store, first, days):
    """Whatever the dates: a day is in a gap exactly where no edition answers for it, and there
    is a file to download exactly where there is a gap."""
    last = date.fromordinal(first.toordinal() + days)
    found = needed(store, first, last)

    for kind in ("mue", "pfs", "icd10"):
        spans = [(one.effective_from, one.effective_to) for one in store.editions(kind)]
        for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1, 7)):
            answered = any(low <= day <= high for low, high in spans)
            missing = sum(low <= day <= high for low, high in found[kind].gaps)
            assert missing == (not answered)
        assert bool(found[kind].gaps) == bool(found[kind].files)


def test_dates_in_the_wrong_order_are_refused(store):
    """The last day before the first is an error, not an empty answer."""
    with pytest.raises(ValueError, match="before the first"):
        needs(store, YEAR[1], YEAR[0])


def test_the_command_names_edits_dates_files_and_pages(store):
    """The command says what is covered and, for the rest, the dates, the files and the page."""
    arguments = ["reference", "needs", "--store", str(store.folder)]

    said = runner.invoke(app, [*arguments, "--from", "2024-07-01", "--to", "2024-10-31"])

    assert 0 == said.exit_code
    assert "EXCLUDES1" in said.output
    assert "Not covered 2024-10-01 to 2024-10-31: MUE-DAY, MUE-LINE" in said.output
    assert "MCR_MUE_PractitionerServices_Eff_10-01-2024" in said.output
    assert "Medicare NCCI Medically Unlikely Edits (MUEs)" in said.output
    covered = runner.invoke(app, [*arguments, "--from", "2024-07-01", "--to", "2024-07-31"])
    line = next(text for text in covered.output.splitlines() if text.startswith("Covered"))
    assert {"PTP", "MUE-DAY", "ADDON", "GLOBAL", "DIAGNOSIS", "EXCLUDES1", "COVERAGE"} <= set(
        line.split(": ")[1].split(", ")
    )
    wrong = runner.invoke(app, [*arguments, "--from", "2024-08-01", "--to", "2024-07-01"])
    assert "is before" in str(wrong.exception)
