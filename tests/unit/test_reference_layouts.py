"""The layouts in which CMS, CDC and NUCC publish, with rows of our own: all are read alike."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from edition_files import (
    COVERAGE,
    HCPCS_ROWS,
    MUE_HEADER,
    MUE_NOTICE,
    MUE_ROWS,
    PTP_CAPTION,
    PTP_PARTS,
    csv_text,
    hcpcs_record,
    icd10_change,
    icd10_line,
    ptp_text,
    write_coverage,
    write_hcpcs,
    write_icd10,
    write_nppes,
    write_tabular,
    write_taxonomy,
    write_utilisation,
    write_workbook,
    write_zip,
)

from auditkit.errors import InputError
from auditkit.reference import Editions, Store

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


GPCI_TITLE = (
    "ADDENDUM E. FINAL CY 2024 GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE "
    "LOCALITY"
)
GPCI_HEADER = [
    "Medicare Administrative Contractor (MAC)",
    "State",
    "Locality Number",
    "Locality Name",
    "2024 PW GPCI (with 1.0 Floor)",
    "2024 PE GPCI",
    "2024 MP GPCI",
]
#: A contractor whose first digit is 0, a starred name, and a name with commas and brackets.
GPCI_ROWS = [
    ["02102", "AK", "01", "ALASKA*", "1.500", "1.081", "0.592"],
    ["01182", "CA", "18", "LOS ANGELES (LOS ANGELES CNTY), ANAHEIM", "1.046", "1.190", "0.667"],
    ["10112", "AL", "00", "ALABAMA", "1.000", "0.869", "0.575"],
]
GPCI_NOTE = "* Work GPCI reflects a 1.5 floor in Alaska established by the MIPPA."


def gpci_file(folder, form):
    """Write the indices in one of the forms in which CMS has published them."""
    wide = [[GPCI_TITLE] + [""] * 6, [""] * 7, GPCI_HEADER, *GPCI_ROWS, [GPCI_NOTE] + [""] * 6]
    # CSV and workbooks lose the leading zeros of numbers.
    plain = [[*row[:1], *row[1:]] for row in wide]
    for row in plain[3:6]:
        row[0], row[2] = row[0].lstrip("0"), str(int(row[2]))
    path = folder / f"GPCI2024.{form.split()[-1]}"
    if form == "csv":
        path.write_bytes(BOM + csv_text(plain).replace("\n", "\r\n").encode())
    elif form == "xlsx":
        write_workbook(path, plain, numbers=True)
    elif form == "tabbed txt":
        path.write_text("".join("\t".join(row) + "\n" for row in wide))
    else:
        path.write_text(
            f"{GPCI_TITLE}\n\nMedicare Admi State  Locality{'Locality Name':>53}"
            f"{'2024 PW GPCI2024 PE GPCI2024 MP GPCI':>92}\n"
            + "".join(
                f"{mac:16}{state:8}{number:4}{name:93}{work:12}{expense:12}{practice:6}\n"
                for mac, state, number, name, work, expense, practice in GPCI_ROWS
            )
        )
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx", "tabbed txt", "fixed txt"])
def test_indices_read_alike_in_every_form(store, tmp_path, form):
    """Commas or tabs, a workbook or fixed width: the same localities, notes left out."""
    store.add(gpci_file(tmp_path, form))

    rows = store.table("gpci-2024", "gpci").to_pylist()
    assert [("02102", "01"), ("01182", "18"), ("10112", "00")] == [
        (row["contractor"], row["locality"]) for row in rows
    ]
    assert [Decimal("1.5"), Decimal("1.19"), Decimal("0.575")] == [
        rows[0]["work"],
        rows[1]["practice_expense"],
        rows[2]["malpractice"],
    ]


@pytest.mark.parametrize("form", ["csv", "fixed txt"])
def test_indices_cut_short_are_refused(store, tmp_path, form):
    """A locality without its last index is a file that was cut, never a note."""
    path = gpci_file(tmp_path, form)
    text = path.read_text("utf-8-sig")
    path.write_text(text[: text.index("0.869")])

    with pytest.raises(InputError, match="cut short"):
        store.add(path)


def test_codes_with_two_letters_are_read(store, tmp_path):
    """From October 2025 ICD-10-CM has codes such as QA0.0101; C4A and Z3A are older."""
    rows = [
        ("C4A", 0, "Merkel cell carcinoma"),
        ("C4A9", 1, "Merkel cell carcinoma, unspecified"),
        ("QA0", 0, "Disorders of genes"),
        ("QA00101", 1, "One such disorder"),
        ("Z3A00", 1, "Weeks not specified"),
    ]
    store.add(write_icd10(tmp_path, rows, "icd10cm_order_2026.txt"))
    editions, day = Editions(store), date(2025, 10, 1)

    assert editions.icd10("QA0.0101", day).billable
    assert not editions.icd10("QA0", day).billable
    assert editions.icd10("C4A.9", day).billable


def test_excludes_of_codes_with_two_letters_are_read(store, tmp_path):
    """A note at Q85 that names QA0.01 excludes every code under it."""
    text = (
        '<?xml version="1.0"?><ICD10CM.tabular><version>2026</version><chapter><name>17</name>'
        '<section id="Q80-Q89"><diag><name>Q85.0</name><excludes1><note>gene disorders (QA0.01-)'
        "</note></excludes1></diag></section></chapter></ICD10CM.tabular>"
    )
    store.add(write_tabular(tmp_path, text, "icd10cm-tabular-2026.xml"))

    (row,) = store.table("icd10_tabular-2026", "icd10_tabular").to_pylist()
    assert ("Q85.0", "QA0.01") == (row["low"], row["excluded_low"])
    assert row["excluded_low"] <= "QA0.0101" <= row["excluded_high"]


ADDENDA = (
    "Headers\n      3 headers in icd10cm_order_2024.txt\n      3 headers in "
    "icd10cm_order_2024.txt\n      0 additions\n      0 deletions\n      0 revisions\nof which\n"
    "      0 revisions to both long and short titles\nCodes\n      4 codes in "
    "icd10cm_order_2024.txt\n"
)


def test_a_code_that_becomes_a_heading_is_deleted_and_added(store, tmp_path):
    """The addenda add the heading and delete the code, in either order: it stays, not billable."""
    store.add(write_icd10(tmp_path))
    path = tmp_path / "icd10cm-order-addenda-April-1-2024.txt"
    path.write_bytes(
        (
            ADDENDA
            + icd10_change("Add", ("L661", 0, "Lichen planopilaris"))
            + icd10_change("Add", ("L6610", 1, "Lichen planopilaris, unspecified"))
            + icd10_change("Delete", ("L661", 1, "Lichen planopilaris"))
        )
        .replace("\n", "\r\n")
        .encode()
    )
    store.add(path)

    editions, day = Editions(store), date(2024, 4, 1)
    assert not editions.icd10("L66.1", day).billable
    assert editions.icd10("L66.10", day).billable
    assert editions.icd10("L66.1", date(2024, 3, 31)).billable


def test_addenda_without_any_change_are_the_edition_before_them(store, tmp_path):
    """In April 2025 and 2026 nothing changed: the update holds what October's file holds."""
    store.add(write_icd10(tmp_path))
    path = tmp_path / "icd10cm-order-addenda-April-1-2024.txt"
    path.write_text(ADDENDA)
    store.add(path)

    assert 4 == store.show("icd10-2024-april").rows


def test_addenda_cut_in_a_change_are_refused(store, tmp_path):
    """A change without its code is no commentary."""
    store.add(write_icd10(tmp_path))
    path = tmp_path / "icd10cm-order-addenda-April-1-2024.txt"
    path.write_text(ADDENDA + icd10_change("Add", ("L6610", 1, "x")) + "Add:         1 L6")

    with pytest.raises(InputError, match="cut short"):
        store.add(path)


def test_addenda_of_october_ask_for_the_whole_file(store, tmp_path):
    """The changes of a new fiscal year have nothing to be applied to in that year."""
    store.add(write_icd10(tmp_path))
    path = tmp_path / "icd10cm_order_addenda_2025.txt"
    path.write_text(ADDENDA + icd10_change("Add", ("L6610", 1, "x")))

    with pytest.raises(InputError, match="order file of the same archive"):
        store.add(path)


def hcpcs_archive(folder):
    """Write the quarterly archive: the records, the same as a workbook, and its companions."""
    records = "".join(hcpcs_record(row).rstrip() + "\r\n" for row in HCPCS_ROWS)
    workbook = write_hcpcs(folder, name="HCPC2024_JUL_ANWEB.csv").read_bytes()
    (folder / "HCPC2024_JUL_ANWEB.csv").unlink()
    changes = workbook.replace(b"J7308", b"J7345")
    return write_zip(
        folder / "july-2024-alpha-numeric-hcpcs-file.zip",
        {
            "HCPC2024_JUL_ANWEB_06172024.txt": records,
            "HCPC2024_JUL_ANWEB_Transaction Report.csv": changes,
            "HCPC2024_JUL_Corrections.csv": changes,
            "HCPC2024_recordlayout.txt": "Position 1-5 code\n",
            "proc_notes_JUL2024.txt": "0001 a note\n",
        },
    )


def test_the_quarterly_archive_gives_its_records_alone(store, tmp_path):
    """The report of changes has the same columns and is not read; lines that continue a
    description may have lost their blanks."""
    (answer,) = store.add(hcpcs_archive(tmp_path))

    codes = {row["code"] for row in store.table(answer.edition.id, "hcpcs").to_pylist()}
    assert {"JW", "JZ", "J3301", "J7308", "C9999"} == codes


def test_a_code_record_cut_short_is_refused(store, tmp_path):
    """The first record of a code needs its dates: a line cut before them refuses the file."""
    path = write_hcpcs(tmp_path, name="HCPC2024_JUL_ANWEB.txt")
    lines = [hcpcs_record(row) for row in HCPCS_ROWS]
    path.write_text("\n".join([*lines[:-1], lines[-1][:200]]))

    with pytest.raises(InputError, match="cut short"):
        store.add(path)


def test_units_are_found_by_their_captions(store, tmp_path):
    """Columns in another order, with one that is not known, read the same."""
    table = [
        [*MUE_NOTICE, ""],
        ["Note", MUE_HEADER[3], MUE_HEADER[0], MUE_HEADER[2], MUE_HEADER[1]],
        *(["", why, code, mai, value] for code, value, mai, why in MUE_ROWS),
    ]
    path = tmp_path / "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv"
    path.write_bytes(BOM + csv_text(table).replace("\n", "\r\n").encode())
    store.add(path)

    found = Editions(store).mue("11103", date(2024, 8, 14))
    assert (6, "3", "Clinical: CMS Workgroup") == (found.value, found.mai, found.rationale)


@pytest.mark.parametrize("lead", [b"", BOM])
def test_pair_edits_with_a_copyright_sign_are_read(store, tmp_path, lead):
    """The caption may hold a byte that is not UTF-8; the rows below are read."""
    caption = PTP_CAPTION.encode().replace(b"CPT only", b"CPT\xae only")
    files = []
    for part, rows in PTP_PARTS.items():
        path = tmp_path / f"ccipra-v302r0-f{part}.TXT"
        body = ptp_text(rows).removeprefix(PTP_CAPTION).encode()
        path.write_bytes(lead + (caption + body).replace(b"\n", b"\r\n"))
        files.append(path)
    (answer,) = store.add(files)

    assert ("ptp-2024q3", 8) == (answer.edition.id, answer.edition.rows)


def test_older_add_on_workbooks_are_read(store, tmp_path):
    """Until 2023 the captions of the dates said that they are counted in days of the year."""
    path = tmp_path / "AOC_V2023Q3-MCR.xlsx"
    header = [
        "AOC_Edit_Type",
        "Add-On_Code",
        "AOC_DelDT (Julian)",
        "Primary_Code",
        "Primary_Code_DelDT (Julian)",
        "AOC_Edit_EffDT (Julian)",
        "AOC_Edit_DelDT (Julian)",
        "Special_Instruction_Notes",
    ]
    row = ["1", "11103", "", "11102", "", "2019001", "", ""]
    write_workbook(path, [["Notice"], header, row], numbers=True)
    store.add(path)

    assert ("11102",) == Editions(store).addon("11103", date(2023, 8, 14)).primaries


#: What the download of the coverage database has beside the tables of `COVERAGE`.
DATABASE = {
    **COVERAGE,
    "article": [
        [
            "article_id",
            "article_version",
            "article_type",
            "title",
            "article_pub_date",
            "article_eff_date",
            "article_end_date",
            "description",
            "status",
            "last_updated",
            "article_rev_end_date",
            "date_retired",
            "display_id",
        ],
        [
            "1",
            "4",
            "6",
            "Billing and Coding: Lesions – removal",
            "2023-12-01 00:00:00",
            "2024-01-01 00:00:00",
            "",
            '<p>A "quoted" text,\nover two lines</p>',
            "A",
            "2024-07-30 10:11:12",
            "",
            "",
            "A1",
        ],
        ["2", "7", "6", "Ended", "", "2023-10-01", "", "", "R", "2024-07-01", "", "2024-06-30", ""],
        ["5", "1", "6", "Retired", "", "2023-10-01", "", "", "R", "2024-07-01", "", "", ""],
    ],
    "article_x_icd10_covered_group": [
        COVERAGE["article_x_icd10_covered_group"][0],
        ["1", "4", "1", "&lt;p&gt;These &amp;amp; those, if size &lt; 2 cm.&lt;/p&gt;", ""],
    ],
    "article_x_contractor": [
        COVERAGE["article_x_contractor"][0],
        ["1", "4", "50", "9", "1"],
        ["1", "4", "60", "11", "1"],
        ["1", "4", "70", "12", "1"],
        ["1", "4", "80", "13", "1"],
    ],
    "contractor_jurisdiction": [
        COVERAGE["contractor_jurisdiction"][0],
        ["50", "9", "1", "12", ""],
        ["50", "9", "1", "65", ""],
        ["60", "11", "1", "13", ""],
        ["70", "12", "1", "14", ""],
        ["80", "13", "1", "15", ""],
    ],
    "contractor_type_lookup": [
        ["contractor_type_id", "description", "last_updated"],
        ["9", "MAC - Part B", ""],
        ["11", "DME MAC", ""],
        ["12", "A and B and HHH MAC", ""],
        ["13", "MAC - Part A", ""],
    ],
    "state_lookup": [
        ["state_id", "state_abbrev", "description"],
        ["12", "FL", "Florida"],
        ["13", "GA", "Georgia"],
        ["14", "ME", "Maine"],
        ["15", "TX", "Texas"],
        ["65", "UN", "New York - Upstate"],
    ],
    "update_period": [
        ["period_id", "begin_date", "end_date"],
        ["1", "2024-07-29 00:00:00", "2024-08-05 00:00:00"],
        ["2", "2024-08-05 00:00:00", "2024-08-12 00:00:00"],
    ],
}


def database(folder, encoding="utf-8-sig"):
    """Write the download as published: a zip of a zip of tables, a database and a dictionary."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, rows in DATABASE.items():
            archive.writestr(f"{name}.csv", csv_text(rows).replace("\n", "\r\n").encode(encoding))
    path = folder / "current_article.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("current_article_csv.zip", inner.getvalue())
        archive.writestr("current_article.mdb", b"\x00\x01\x00\x00Standard Jet DB")
        archive.writestr("readme_first.txt", "Please read")
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_the_coverage_database_is_read_as_published(store, tmp_path, encoding):
    """The last week names the edition; a retirement ends an article; a part of New York is New
    York; contractors of suppliers or Part A do not count; the paragraphs are plain text."""
    (answer,) = store.add(database(tmp_path, encoding))
    edition = answer.edition.id

    assert "coverage-2024-08-12" == edition
    articles = {row["article"]: row for row in store.table(edition, "article").to_pylist()}
    assert {"A1", "A2"} == set(articles)
    assert "Billing and Coding: Lesions – removal" == articles["A1"]["title"]
    assert date(2024, 6, 30) == articles["A2"]["last_day"]
    states = {row["state"] for row in store.table(edition, "state").to_pylist()}
    assert {"FL", "UN", "NY", "ME"} == states
    (link,) = [
        row
        for row in store.table(edition, "link").to_pylist()
        if row["article"] == "A1" and row["covered"]
    ]
    assert "These & those, if size < 2 cm." == link["paragraph"]


def test_a_stray_quotation_mark_in_a_text_is_read(store, tmp_path):
    """A field that is not quoted and holds a quotation mark is a field like any other."""
    tables = {name: csv_text(rows) for name, rows in COVERAGE.items()}
    tables["article"] = tables["article"].replace("Benign lesions", 'Lesions of 2" and more')
    inner = write_zip(tmp_path / "i.zip", {f"{name}.csv": text for name, text in tables.items()})
    path = inner.rename(tmp_path / "current_article_csv.zip")
    store.add(path)

    titles = {row["title"] for row in store.table("coverage-2024-08-02", "article").to_pylist()}
    assert 'Lesions of 2" and more' in titles


def test_article_tables_with_strange_columns_in_another_order(store, tmp_path):
    """Columns are found by name: a new one in front changes nothing."""
    tables = {
        name: [["new_column", *reversed(rows[0])], *(["x", *reversed(row)] for row in rows[1:])]
        for name, rows in COVERAGE.items()
    }
    (answer,) = store.add(write_coverage(tmp_path, tables))

    assert {"A1", "A2"} == {
        row["article"] for row in store.table(answer.edition.id, "code").to_pylist()
    }


def test_the_monthly_provider_archive_gives_one_edition(store, tmp_path):
    """The archive holds other names, locations, endpoints and headers beside the data file."""
    text = write_nppes(tmp_path).read_text().replace("\n", "\r\n")
    header = text.split("\r\n", 1)[0]
    name = "pfile_20050523-20240811"
    (tmp_path / "npidata_pfile_20050523-20240807.csv").unlink()
    path = write_zip(
        tmp_path / "NPPES_Data_Dissemination_August_2024_V2.zip",
        {
            f"npidata_{name}.csv": BOM + text.encode(),
            f"npidata_{name}_fileheader.csv": header,
            f"othername_{name}.csv": '"NPI","Provider Other Organization Name"\r\n',
            f"pl_{name}.csv": '"NPI","Provider Secondary Practice Location Address"\r\n',
            f"endpoint_{name}.csv": '"NPI","Endpoint Type"\r\n',
            "NPPES_Data_Dissemination_Readme_v.2.pdf": "%PDF",
        },
    )
    (answer,) = store.add(path)

    assert ("nppes-2024-08-11", 3) == (answer.edition.id, answer.edition.rows)


def test_a_deactivated_provider_has_only_a_number_and_a_date(store, tmp_path):
    """NPPES blanks every other column of a deactivated provider, the entity type too."""
    path = write_nppes(tmp_path, [("1245319599", [], "05/01/2024", "")])
    path.write_text(path.read_text().replace('"1","","NAME","GIVEN","FL"', '"","","","",""'))
    store.add(path)

    (row,) = store.table("nppes-2024-08-07", "nppes").to_pylist()
    assert (date(2024, 5, 1), "", "") == (row["deactivated"], row["entity"], row["taxonomies"])


def test_utilisation_with_windows_bytes_far_below_the_head(store, tmp_path):
    """Names in Windows-1252 stand anywhere in the file; its codes and numbers are read."""
    path = write_utilisation(tmp_path)
    header, *rows = path.read_text().splitlines()
    table = [header + ",Rndrng_Prvdr_Last_Org_Name", *(f"{rows[0]},NAME" for _ in range(2000))]
    path.write_bytes("\r\n".join([*table, f"{rows[1]},NU\xd1EZ", ""]).encode("cp1252"))
    (answer,) = store.add(path)

    assert 2001 == answer.edition.rows
    assert "17000" == store.table("utilisation-2023", "utilisation").to_pylist()[-1]["code"]


def test_utilisation_named_by_its_page_says_its_year(store, tmp_path):
    """A file saved under the page's name and a year of four digits is of that year."""
    path = write_utilisation(tmp_path, "Medicare_Physician_by_Provider_and_Service_2022.csv")

    (answer,) = store.add(path)
    assert "utilisation-2022" == answer.edition.id


def test_the_taxonomy_in_windows_bytes_with_older_columns(store, tmp_path):
    """Older releases have dates between the columns, and definitions in Windows-1252."""
    path = tmp_path / "nucc_taxonomy_180.csv"
    path.write_bytes(
        (
            "Code,Grouping,Classification,Specialization,Definition,Effective Date,Deactivation "
            "Date,Last Modified Date,Notes,Display Name\r\n"
            "207N00000X,Physicians,Dermatology,,A specialist – of skin,,,,,Dermatology\r\n"
            '207ND0101X,Physicians,Dermatology,"MOHS, micrographic",x,,,,,Mohs\r\n'
        ).encode("cp1252")
    )
    store.add(path)

    rows = store.table("taxonomy-2018-01", "taxonomy").to_pylist()
    assert ["", "MOHS, micrographic"] == [row["specialization"] for row in rows]


@pytest.mark.parametrize("write", [write_taxonomy, write_icd10, write_utilisation, write_nppes])
def test_marks_and_line_ends_of_windows_change_nothing(store, tmp_path, write):
    """A byte order mark and CRLF, as editors of Windows leave them, read the same."""
    path = write(tmp_path)
    plain = Store(tmp_path / "plain")
    plain.add(path)
    path.write_bytes(BOM + path.read_bytes().replace(b"\n", b"\r\n"))
    store.add(path)

    (one,), (other,) = plain.editions(), store.editions()
    assert one.id == other.id
    assert [table.sha256 for table in one.tables] == [table.sha256 for table in other.tables]


def test_a_text_and_a_workbook_of_one_table_are_read_once(store, tmp_path):
    """Where the archive holds both, the workbook is not even opened: it may be damaged."""
    path = write_zip(
        tmp_path / "2024-code-descriptions.zip",
        {
            "icd10cm_order_2024.txt": icd10_line(1, ("L570", 1, "Actinic keratosis")) + "\n",
            "icd10cm_order_2024.xlsx": b"PK\x03\x04 not a workbook",
        },
    )

    (answer,) = store.add(path)
    assert 1 == answer.edition.rows
