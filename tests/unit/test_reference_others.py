"""Coverage articles, NPPES, taxonomy and utilisation."""

from datetime import date

import pytest
from edition_files import (
    COVERAGE,
    write_coverage,
    write_coverage_list,
    write_nppes,
    write_taxonomy,
    write_utilisation,
    write_zip,
)

from auditkit.errors import InputError
from auditkit.reference import Store


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


def rows_of(store, edition, table):
    """Return a table's rows as dictionaries."""
    return store.table(edition, table).to_pylist()


def test_one_group_of_diagnoses_applies_to_all_codes(store, tmp_path):
    """Article 1 has one group: its diagnoses are for both codes."""
    store.add(write_coverage(tmp_path))

    (link,) = [
        one
        for one in rows_of(store, "coverage-2024-08-02", "link")
        if one["article"] == "A1" and one["covered"]
    ]

    assert ("only group", None) == (link["basis"], link["code_group"])
    assert "These support necessity." == link["paragraph"]


def test_a_paragraph_that_names_codes_or_a_group_links_it(store, tmp_path):
    """Article 2's first group names group 2; its second group says nothing and is unclear."""
    (answer,) = store.add(write_coverage(tmp_path))
    links = [one for one in rows_of(store, "coverage-2024-08-02", "link") if one["article"] == "A2"]

    assert [("1", "paragraph", "2"), ("2", "unclear", None)] == [
        (one["diagnosis_group"], one["basis"], one["code_group"]) for one in links
    ]
    assert "seen within six months" in links[1]["paragraph"]
    assert "1 groups of diagnoses name no group of codes" in str(answer)


def test_only_billing_articles_hold_codes_and_proposed_ones_are_left_out(store, tmp_path):
    """A response to comments has no codes; a proposed article is not in force."""
    store.add(write_coverage(tmp_path))

    assert {"A1", "A2"} == {one["article"] for one in rows_of(store, "coverage-2024-08-02", "code")}
    assert {"A1", "A2", "A3"} == {
        one["article"] for one in rows_of(store, "coverage-2024-08-02", "article")
    }


def test_states_come_through_the_contractor_without_ended_ones(store, tmp_path):
    """The contractor's jurisdiction in Georgia ended: the articles are Florida's."""
    store.add(write_coverage(tmp_path))

    assert {("A1", "FL"), ("A2", "FL")} == {
        (one["article"], one["state"]) for one in rows_of(store, "coverage-2024-08-02", "state")
    }


def test_a_later_version_ends_the_one_before_it(store, tmp_path):
    """With two versions of an article the first ends the day before the second begins."""
    tables = {
        **COVERAGE,
        "article": [
            *COVERAGE["article"],
            ["1", "5", "6", "Benign lesions", "A", "2024-07-01 00:00:00", "", "2024-08-01"],
        ],
    }
    store.add(write_coverage(tmp_path, tables))
    days = {
        one["version"]: one["last_day"]
        for one in rows_of(store, "coverage-2024-08-02", "article")
        if one["article"] == "A1"
    }

    assert date(2024, 6, 30) == days[4]
    assert date(9999, 12, 31) == days[5]


def test_a_download_without_a_needed_table_is_refused(store, tmp_path):
    """Without the diagnoses the download is not complete, and the table is named."""
    tables = {name: rows for name, rows in COVERAGE.items() if name != "article_x_icd10_covered"}

    with pytest.raises(InputError, match="article_x_icd10_covered are missing"):
        store.add(write_coverage(tmp_path, tables))


def test_the_list_of_documents(store, tmp_path):
    """The list keeps document, version and dates; N/A is no end."""
    store.add(write_coverage_list(tmp_path))

    (row,) = rows_of(store, "coverage_list-2024-08-01", "coverage_list")

    assert ("L34200", 29, date(2023, 8, 7), date(9999, 12, 31)) == (
        row["document"],
        row["version"],
        row["first_day"],
        row["last_day"],
    )
    assert "A contractor (MAC - Part B)" == row["contractor"]


def test_nppes_keeps_the_primary_taxonomy_and_the_dates(store, tmp_path):
    """The primary taxonomy is the one switched on, wherever it stands."""
    store.add(write_nppes(tmp_path))
    rows = {one["npi"]: one for one in rows_of(store, "nppes-2024-08-07", "nppes")}

    assert "207N00000X" == rows["1234567893"]["primary_taxonomy"]
    assert "207R00000X 207N00000X" == rows["1234567893"]["taxonomies"]
    assert date(2024, 5, 1) == rows["1245319599"]["deactivated"]
    assert date(2020, 6, 1) == rows["1881018208"]["reactivated"]


def test_nppes_is_kept_to_the_providers_asked_for(store, tmp_path):
    """With a list of NPIs only these rows are stored; the header file beside it is not read."""
    path = write_zip(
        tmp_path / "NPPES_Data_Dissemination_August_2024_V2.zip",
        {
            "npidata_pfile_20050523-20240807.csv": write_nppes(tmp_path).read_text(),
            "npidata_pfile_20050523-20240807_fileheader.csv": write_nppes(
                tmp_path, [], "h.csv"
            ).read_text(),
        },
    )

    (answer,) = store.add(path, npis=["1245319599"])

    assert 1 == answer.edition.rows and not answer.edition.complete


def test_a_nppes_row_cut_short_is_refused(store, tmp_path):
    """A last row with fewer columns than the header refuses the file."""
    path = write_nppes(tmp_path)
    path.write_text(path.read_text()[:-40])

    with pytest.raises(InputError, match="cut short"):
        store.add(path)


def test_taxonomy_release_comes_from_the_name(store, tmp_path):
    """Release 241 is July 2024."""
    store.add(write_taxonomy(tmp_path))

    assert date(2024, 7, 1) == store.show("taxonomy-2024-07").effective_from
    assert 2 == store.show("taxonomy-2024-07").rows


def test_utilisation_leaves_the_descriptors_out(store, tmp_path):
    """Peers' counts and amounts are kept by provider, code and place; descriptors are not."""
    store.add(write_utilisation(tmp_path))
    rows = rows_of(store, "utilisation-2023", "utilisation")

    assert {
        "npi": "1234567893",
        "state": "FL",
        "specialty": "Dermatology",
        "code": "99213",
        "place": "O",
        "beneficiaries": 200.0,
        "services": 350.0,
        "beneficiary_days": 349.0,
        "mean_allowed": 90.87,
    } == rows[0]
    assert date(2023, 12, 31) == store.show("utilisation-2023").effective_to
