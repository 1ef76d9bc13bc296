"""Small files in the layouts in which CMS publishes, for tests; code numbers only."""

import zipfile
from pathlib import Path

import xlsxwriter

PTP_CAPTION = (
    "CPT only copyright 2023 American Medical Association.  All rights reserved.\t\t\t\t\t\t\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)
MISUSE = "Misuse of Column Two code with Column One code"
#: Rows of the four parts: column 1, column 2, before 1996, effective, deletion, indicator.
PTP_PARTS = {
    1: [("11102", "17000", "", "20190101", "*", "1"), ("11104", "11102", "", "20190101", "*", "0")],
    2: [("17000", "11301", "*", "19960101", "20190331", "1")],
    3: [
        ("11301", "17000", "", "20190401", "*", "1"),
        ("17110", "11102", "", "20190101", "20190101", "9"),
    ],
    4: [
        ("17311", "88305", "", "20070101", "20100331", "1"),
        ("17311", "88305", "", "20110101", "*", "1"),
        ("G0463", "99213", "", "20140101", "*", "1"),
    ],
}


def ptp_text(rows) -> str:
    """Return the text of one part of the PTP edits."""
    return PTP_CAPTION + "".join("\t".join((*row, MISUSE)) + "\n" for row in rows)


def write_ptp(folder, parts=PTP_PARTS, quarter="2024q3", zipped=True) -> list[Path]:
    """Write the parts as CMS publishes them, each in its zip or as it is."""
    written = []
    for part, rows in parts.items():
        name = f"medicare-ncci-{quarter}-practitioner-ptp-edits-ccipra-f{part}"
        if zipped:
            path = folder / f"{name}.zip"
            write_zip(path, {f"ccipra-{quarter}-f{part}.TXT": ptp_text(rows)})
        else:
            path = folder / f"{name}.TXT"
            path.write_bytes(ptp_text(rows).replace("\n", "\r\n").encode())
        written.append(path)
    return written


def write_ptp_workbooks(folder, parts=PTP_PARTS, quarter="2024q3") -> list[Path]:
    """Write the parts as the workbooks that CMS publishes beside the texts."""
    written = []
    for part, rows in parts.items():
        path = folder / f"ccipra-{quarter}-f{part}.xlsx"
        caption = [line.split("\t") for line in PTP_CAPTION.splitlines()]
        write_workbook(path, [*caption, *((*row, MISUSE) for row in rows)], numbers=True)
        written.append(path)
    return written


MUE_ROWS = [
    ("0001U", "1", "2 Date of Service Edit: Policy", "Code Descriptor / CPT Instruction"),
    ("11102", "1", "2 Date of Service Edit: Policy", "Code Descriptor / CPT Instruction"),
    ("11103", "6", "3 Date of Service Edit: Clinical", "Clinical: CMS Workgroup"),
    ("99213", "2", "3 Date of Service Edit: Clinical", "Nature of Service/Procedure"),
    ("A4595", "4", "1 Line Edit", "CMS Policy"),
]
MUE_NOTICE = [
    "Codes only are copyright 2023 American Medical Association. All rights reserved. \n\n"
    "A registered trademark of the American Medical Association.",
    "",
    "",
    "",
]
MUE_HEADER = [
    "HCPCS/\nCPT Code",
    "Practitioner Services MUE Values",
    "MUE Adjudication Indicator",
    "MUE Rationale",
]


def mue_text(rows=MUE_ROWS, header=None) -> str:
    """Return the text of a MUE table."""
    return csv_text([MUE_NOTICE, header or MUE_HEADER, *rows])


def write_mue(folder, rows=MUE_ROWS, effective="07-01-2024") -> Path:
    """Write a MUE table under the name that carries its date."""
    path = folder / f"MCR_MUE_PractitionerServices_Eff_{effective}.csv"
    path.write_bytes(mue_text(rows).encode("cp1252"))
    return path


#: type, add-on, its deletion, primary, its deletion, edit's start, edit's deletion, note.
ADDON_ROWS = [
    ("1", "11103", "", "11102", "", "2019001", "", ""),
    ("1", "11103", "", "11104", "", "2019001", "", ""),
    ("1", "17003", "", "17000", "", "2013001", "", ""),
    ("1", "11101", "2018365", "11100", "2018365", "2013001", "2018365", ""),
    ("2", "0054T", "", "CCCCC", "", "2013001", "", "(Contractor Defined Primary Codes)"),
    ("3", "88311", "", "17311", "", "2013001", "", ""),
]


def addon_line(row) -> str:
    """Return one line of fixed width."""
    kind, code, code_end, primary, primary_end, start, end, note = row
    return f"{kind}{code:5}{code_end:7}{primary:5}{primary_end:7}{start:7}{end:7}{note}"


def write_addon(folder, rows=ADDON_ROWS, quarter="2024Q3") -> Path:
    """Write add-on code edits of fixed width."""
    path = folder / f"AOC_V{quarter}-MCR.txt"
    path.write_text("".join(addon_line(row) + "\n" for row in rows))
    return path


def write_addon_workbook(folder, rows=ADDON_ROWS, quarter="2024Q3") -> Path:
    """Write add-on code edits as a workbook."""
    path = folder / f"AOC_V{quarter}-MCR.xlsx"
    header = [
        "AOC_Edit_Type",
        "Add-On_Code",
        "AOC_DelDT",
        "Primary_Code",
        "Primary_Code_DelDT",
        "AOC_Edit_EffDT",
        "AOC_Edit_DelDT",
        "Special_Instruction_Notes",
    ]
    write_workbook(path, [["Copyright notice"], header, *rows], numbers=True)
    return path


#: The captions of a relative value file above each of its 31 columns, from the first caption row.
PFS_CAPTIONS = [
    ("", "", "", "", "HCPCS"),
    ("", "", "", "", "MOD"),
    ("", "", "", "", "DESCRIPTION"),
    ("", "", "", "STATUS", "CODE"),
    ("", "NOT USED", "FOR", "MEDICARE", "PAYMENT"),
    ("", "", "", "WORK", "RVU"),
    ("", "", "NON-FAC", "NON-FAC", "PE RVU"),
    ("", "", "", "NA", "INDICATOR"),
    ("", "", "FACILITY", "FACILITY", "PE RVU"),
    ("", "", "", "NA", "INDICATOR"),
    ("", "", "", "MP", "RVU"),
    ("", "", "", "NON-FACILITY", "TOTAL"),
    ("", "", "", "FACILITY", "TOTAL"),
    ("", "", "", "PCTC", "IND"),
    ("", "", "", "GLOB", "DAYS"),
    ("", "", "", "PRE", "OP"),
    ("", "", "", "INTRA", "OP"),
    ("", "", "", "POST", "OP"),
    ("", "", "", "MULT", "PROC"),
    ("", "", "", "BILAT", "SURG"),
    ("", "", "", "ASST", "SURG"),
    ("", "", "", "CO-", "SURG"),
    ("", "", "", "TEAM", "SURG"),
    ("", "", "", "ENDO", "BASE"),
    ("", "", "", "CONV", "FACTOR"),
    ("", "PHYSICIAN", "SUPERVISION OF", "DIAGNOSTIC", "PROCEDURES"),
    ("", "", "", "CALCULATION", "FLAG"),
    ("", "DIAGNOSTIC", "IMAGING", "FAMILY", "INDICATOR"),
    ("NON-FACILITY", "PE USED", "FOR OPPS", "PAYMENT", "AMOUNT"),
    ("FACILITY", "PE USED", "FOR OPPS", "PAYMENT", "AMOUNT"),
    ("", "MP USED", "FOR OPPS", "PAYMENT", "AMOUNT"),
]
PRIC = ("", "", "", "PRIC", "IND")


def pfs_row(
    code,
    mod="",
    status="A",
    work="0.00",
    nonfac="0.00",
    fac="0.00",
    mp="0.00",
    pctc="0",
    days="XXX",
    mult="0",
    bilat="0",
    asst="0",
    co="0",
    team="0",
    nonfac_na="",
    fac_na="",
    factor="33.2875",
):
    """Return one row of a relative value file with 31 columns."""
    return [
        code,
        mod,
        "",
        status,
        "",
        work,
        nonfac,
        nonfac_na,
        fac,
        fac_na,
        mp,
        "0.00",
        "0.00",
        pctc,
        days,
        "0.10",
        "0.80",
        "0.10",
        mult,
        bilat,
        asst,
        co,
        team,
        "",
        factor,
        "09",
        "0",
        "99",
        "0.00",
        "0.00",
        "0.00",
    ]


PFS_ROWS = [
    pfs_row(
        "11102", work="0.66", nonfac="2.29", fac="0.39", mp="0.07", days="000", mult="2", asst="1"
    ),
    pfs_row(
        "11602", work="2.27", nonfac="5.30", fac="2.80", mp="0.25", days="010", mult="2", asst="1"
    ),
    pfs_row(
        "14040", work="8.60", nonfac="15.00", fac="10.00", mp="1.00", days="090", mult="2", asst="1"
    ),
    pfs_row("17003", work="0.04", nonfac="0.15", fac="0.03", mp="0.01", days="ZZZ"),
    pfs_row("88305", work="0.75", nonfac="1.38", fac="1.38", mp="0.02", pctc="1", fac_na="NA"),
    pfs_row("88305", "26", work="0.75", nonfac="0.32", fac="0.32", mp="0.01", pctc="1"),
    pfs_row("88305", "TC", nonfac="1.06", fac="1.06", mp="0.01", pctc="1", fac_na="NA"),
    pfs_row("99213", work="1.30", nonfac="1.33", fac="0.56", mp="0.10"),
    pfs_row("99417", status="I", work="0.61", nonfac="0.27", fac="0.24", mp="0.04", days="ZZZ"),
]


def pfs_text(rows=PFS_ROWS, year=2024, release="July Release", columns=31) -> str:
    """Return the text of a relative value file of 31 or 32 columns."""
    captions = list(PFS_CAPTIONS)
    body = [list(row) for row in rows]
    if columns == 32:
        captions.insert(23, PRIC)
        body = [[*row[:23], "1", *row[23:]] for row in body]
    titles = [
        f"{year} National Physician Fee Schedule Relative Value File {release}",
        "Codes only are copyright of their owners.",
        "Dental codes.",
        "",
        "RELEASED",
    ]
    head = [["", "", title] + [""] * (len(captions) - 3) for title in titles]
    return csv_text([*head, *(list(row) for row in zip(*captions, strict=True)), *body])


def write_pfs(folder, rows=PFS_ROWS, name="PPRRVU24_JUL.csv", **kinds) -> Path:
    """Write a relative value file."""
    path = folder / name
    path.write_text(pfs_text(rows, **kinds))
    return path


def write_gpci(folder, year=2024) -> Path:
    """Write geographic indices of two localities."""
    path = folder / f"GPCI{year}.csv"
    path.write_text(
        csv_text(
            [
                [f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE"]
                + [""] * 7,
                [""] * 8,
                [
                    "Medicare Administrative Contractor (MAC)",
                    "State",
                    "Locality Number",
                    "Locality Name",
                    f"{year} PW GPCI (without 1.0 Floor)",
                    f"{year} PW GPCI (with 1.0 Floor)",
                    f"{year} PE GPCI",
                    f"{year} MP GPCI",
                ],
                ["10112", "AL", "00", "ALABAMA", "0.983", "1.000", "0.869", "0.575"],
                ["13202", "NY", "01", "MANHATTAN", "1.057", "1.057", "1.182", "1.683"],
                ["* a footnote"] + [""] * 7,
            ]
        )
    )
    return path


ICD10_ROWS = [
    ("L66", 0, "Cicatricial alopecia"),
    ("L661", 1, "Lichen planopilaris"),
    ("L570", 1, "Actinic keratosis"),
    ("C44519", 1, "Basal cell carcinoma of trunk"),
]


def icd10_line(number, row) -> str:
    """Return one line of an order file."""
    code, billable, title = row
    return f"{number:05d} {code:7} {billable} {title[:60]:60} {title}"


def icd10_change(action, row) -> str:
    """Return one line of an addenda file: what is done, billable, code, short and long title."""
    code, billable, title = row
    return f"{action + ':':13}{billable} {code:7} {title[:60]:60} {title}\n"


def write_icd10(folder, rows=ICD10_ROWS, name="icd10cm_order_2024.txt") -> Path:
    """Write an order file."""
    path = folder / name
    path.write_text("".join(icd10_line(at, row) + "\n" for at, row in enumerate(rows, 1)))
    return path


HCPCS_HEADER = (  # noqa: SIM905
    "HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,PRICE1,PRICE2,PRICE3,PRICE4,MULT_PI,CIM1,"
    "CIM2,CIM3,MCM1,MCM2,MCM3,STATUTE,LABCERT1,LABCERT2,LABCERT3,LABCERT4,LABCERT5,LABCERT6,"
    "LABCERT7,LABCERT8,XREF1,XREF2,XREF3,XREF4,XREF5,COV,ASC_GRP,ASC_DT,OPPS,OPPS_PI,OPPS_DT,"
    "PROCNOTE,BETOS,TOS1,TOS2,TOS3,TOS4,TOS5,ANEST_BU,ADD DT,ACT EFF DT,TERM DT,ACTION CD"
).split(",")
#: code, sequence, record kind, short title, coverage, added, ended.
HCPCS_ROWS = [
    ("   JW", "00100", "7", "Discarded drug", "D", "20030101", ""),
    ("   JZ", "00100", "7", "Zero drug wasted", "D", "20230101", ""),
    ("J3301", "00100", "3", "Triamcinolone acet inj NOS", "D", "20090101", ""),
    ("J3301", "00200", "4", "", "", "", ""),
    ("J7308", "00100", "3", "Aminolevulinic acid hcl top", "D", "20020101", ""),
    ("C9999", "00100", "3", "Ended in June", "D", "20100101", "20240630"),
]


def write_hcpcs(folder, rows=HCPCS_ROWS, name="HCPC2024_JUL_ANWEB.csv") -> Path:
    """Write HCPCS Level II as CSV, or with a name ending in .txt as records of 320 characters."""
    path = folder / name
    if path.suffix == ".txt":
        path.write_text("".join(hcpcs_record(row) + "\n" for row in rows))
        return path
    table = [HCPCS_HEADER]
    for code, sequence, kind, title, coverage, added, ended in rows:
        row = dict.fromkeys(HCPCS_HEADER, "")
        row |= {
            "HCPC": code,
            "SEQNUM": sequence,
            "RECID": kind,
            "LONG DESCRIPTION": title,
            "SHORT DESCRIPTION": title,
            "COV": coverage,
            "ADD DT": added,
            "ACT EFF DT": added,
            "TERM DT": ended,
            "ACTION CD": "N",
        }
        table.append(list(row.values()))
    path.write_text(csv_text(table))
    return path


def hcpcs_record(row) -> str:
    """Return one record of 320 characters."""
    code, sequence, kind, title, coverage, added, ended = row
    text = f"{code:5}{sequence:5}{kind}{title:80.80}{title:28.28}"
    text = f"{text:229}{coverage:1}"
    return f"{text:268}{added:8}{added:8}{ended:8}N".ljust(320)


TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2024</version>
<chapter><name>12</name><desc>Skin</desc>
<section id="L80-L99"><desc>Other (L80-L99)</desc>
<diag><name>L81</name><desc>Pigmentation</desc>
<excludes1><note>birthmark NOS (Q82.5)</note><note>no code is named here</note></excludes1>
<diag><name>L81.4</name><desc>Other melanin</desc></diag></diag>
<diag><name>L85.0</name><desc>Ichthyosis</desc>
<excludes1><note>congenital ichthyosis (Q80.-)</note></excludes1></diag>
<diag><name>L99</name><desc>Other</desc>
<excludes1><note>neoplasms (C43-C44)</note></excludes1></diag>
</section></chapter></ICD10CM.tabular>
"""


def write_tabular(folder, text=TABULAR, name="icd10cm_tabular_2024.xml") -> Path:
    """Write a tabular list."""
    path = folder / name
    path.write_text(text)
    return path


#: The tables of a coverage download: article 1 has one group of diagnoses, article 2 has two, of
#: which one says where it belongs; article 3 is no billing article.
COVERAGE = {
    "article": [
        [
            "article_id",
            "article_version",
            "article_type",
            "title",
            "status",
            "article_eff_date",
            "article_end_date",
            "last_updated",
        ],
        ["1", "4", "6", "Benign lesions", "A", "2024-01-01 00:00:00", "", "2024-08-01"],
        [
            "2",
            "7",
            "6",
            "Two groups",
            "A",
            "2023-10-01 00:00:00",
            "2024-12-31 00:00:00",
            "2024-08-02",
        ],
        ["3", "1", "4", "Response to comments", "A", "2024-01-01 00:00:00", "", "2024-01-01"],
        ["4", "1", "6", "Proposed", "P", "2024-01-01 00:00:00", "", "2024-01-01"],
    ],
    "article_x_hcpc_code": [
        ["article_id", "article_version", "hcpc_code_id", "hcpc_code_group", "long_description"],
        ["1", "4", "17110", "1", "x"],
        ["1", "4", "17111", "1", "x"],
        ["2", "7", "11055", "1", "x"],
        ["2", "7", "11720", "2", "x"],
        ["2", "7", "11721", "2", "x"],
        ["3", "1", "99213", "1", "x"],
    ],
    "article_x_icd10_covered": [
        ["article_id", "article_version", "icd10_code_id", "icd10_covered_group", "asterisk"],
        ["1", "4", "B07.8", "1", ""],
        ["1", "4", "L82.0", "1", ""],
        ["2", "7", "L84", "1", ""],
        ["2", "7", "B35.1", "2", "Y"],
    ],
    "article_x_icd10_covered_group": [
        ["article_id", "article_version", "icd10_covered_group", "paragraph", "icd10_covered_ast"],
        ["1", "4", "1", "<p>These support\nnecessity.</p>", ""],
        ["2", "7", "1", "<p>For codes 11720 and 11721, see Group 2 CPT codes.</p>", ""],
        ["2", "7", "2", "<p>The following are covered.</p>", "seen within six months"],
    ],
    "article_x_icd10_noncovered": [
        ["article_id", "article_version", "icd10_code_id", "icd10_noncovered_group"],
        ["1", "4", "L91.8", "1"],
    ],
    "article_x_contractor": [
        [
            "article_id",
            "article_version",
            "contractor_id",
            "contractor_type_id",
            "contractor_version",
        ],
        ["1", "4", "50", "9", "1"],
        ["2", "7", "50", "9", "1"],
    ],
    "contractor_jurisdiction": [
        ["contractor_id", "contractor_type_id", "contractor_version", "state_id", "term_date"],
        ["50", "9", "1", "12", ""],
        ["50", "9", "1", "13", "2020-01-01"],
    ],
    "state_lookup": [["state_id", "state_abbrev"], ["12", "FL"], ["13", "GA"]],
}


def write_coverage(folder, tables=COVERAGE) -> Path:
    """Write a coverage download: a zip that holds a zip of the tables."""
    inner = folder / "inner.zip"
    write_zip(inner, {f"{name}.csv": csv_text(rows) for name, rows in tables.items()})
    path = folder / "current_article.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "current_article_csv.zip")
        archive.writestr("data dictionary.pdf", b"%PDF")
    inner.unlink()
    return path


def write_nppes(folder, rows=None, name="npidata_pfile_20050523-20240807.csv") -> Path:
    """Write an NPPES file: npi, taxonomies (the primary last), deactivated, reactivated."""
    rows = (
        rows
        if rows is not None
        else [
            ("1234567893", ["207R00000X", "207N00000X"], "", ""),
            ("1245319599", ["363A00000X"], "05/01/2024", ""),
            ("1881018208", ["207R00000X"], "01/01/2020", "06/01/2020"),
        ]
    )
    fixed = [
        "NPI",
        "Entity Type Code",
        "Provider Organization Name (Legal Business Name)",
        "Provider Last Name (Legal Name)",
        "Provider First Name",
        "Provider Business Practice Location Address State Name",
        "NPI Deactivation Date",
        "NPI Reactivation Date",
    ]
    header = [
        *fixed,
        *(f"Healthcare Provider Taxonomy Code_{n}" for n in range(1, 16)),
        *(f"Healthcare Provider Primary Taxonomy Switch_{n}" for n in range(1, 16)),
    ]
    table = [header]
    for npi, taxonomies, ended, again in rows:
        codes = taxonomies + [""] * (15 - len(taxonomies))
        switches = ["N"] * (len(taxonomies) - 1) + ["Y"]
        table.append(
            [
                npi,
                "1",
                "",
                "NAME",
                "GIVEN",
                "FL",
                ended,
                again,
                *codes,
                *(switches + [""] * (15 - len(switches))),
            ]
        )
    path = folder / name
    path.write_text(csv_text(table, quoted=True))
    return path


def write_taxonomy(folder, name="nucc_taxonomy_241.csv") -> Path:
    """Write a taxonomy file."""
    path = folder / name
    path.write_text(
        csv_text(
            [
                [
                    "Code",
                    "Grouping",
                    "Classification",
                    "Specialization",
                    "Definition",
                    "Notes",
                    "Display Name",
                    "Section",
                ],
                [
                    "207N00000X",
                    "Physicians",
                    "Dermatology",
                    "",
                    "d",
                    "",
                    "Dermatology",
                    "Individual",
                ],
                ["207ND0101X", "Physicians", "Dermatology", "MOHS", "d", "", "Mohs", "Individual"],
            ]
        )
    )
    return path


def write_utilisation(folder, name="MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv") -> Path:
    """Write a utilisation file."""
    path = folder / name
    path.write_text(
        csv_text(
            [
                [
                    "Rndrng_NPI",
                    "Rndrng_Prvdr_State_Abrvtn",
                    "Rndrng_Prvdr_Type",
                    "HCPCS_Cd",
                    "HCPCS_Desc",
                    "Place_Of_Srvc",
                    "Tot_Benes",
                    "Tot_Srvcs",
                    "Tot_Bene_Day_Srvcs",
                    "Avg_Mdcr_Alowd_Amt",
                ],
                [
                    "1234567893",
                    "FL",
                    "Dermatology",
                    "99213",
                    "text",
                    "O",
                    "200",
                    "350",
                    "349",
                    "90.87",
                ],
                [
                    "1245319599",
                    "FL",
                    "Physician Assistant",
                    "17000",
                    "text",
                    "O",
                    "90",
                    "120",
                    "118",
                    "67.91",
                ],
            ]
        )
    )
    return path


def write_coverage_list(folder, name="mcd_documents_2024-08.csv") -> Path:
    """Write a list of coverage documents."""
    path = folder / name
    path.write_text(
        csv_text(
            [
                [
                    "contractor_name_type",
                    "document_display_id",
                    "document_id",
                    "document_type",
                    "document_version",
                    "effective_date",
                    "note",
                    "retirement_date",
                    "title",
                    "updated_on",
                    "updated_on_sort",
                    "url",
                ],
                [
                    "A contractor\n(MAC - Part B)",
                    "L34200",
                    "34200",
                    "LCD",
                    "29",
                    "08/07/2023",
                    "",
                    "N/A",
                    "Removal",
                    "07/31/2024",
                    "20240731130549",
                    "https://www.cms.gov/a",
                ],
            ]
        )
    )
    return path


def csv_text(rows, quoted=False) -> str:
    """Return *rows* as comma-separated text."""

    def cell(value) -> str:
        text = str(value)
        needs = quoted or any(mark in text for mark in ',"\n')
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(",".join(cell(value) for value in row) + "\n" for row in rows)


def write_zip(path, members) -> Path:
    """Write an archive with the texts *members* by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_workbook(path, rows, numbers=False) -> Path:
    """Write *rows* on the first sheet; with *numbers*, digits become number cells as in Excel."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if numbers and str(value).isdigit():
                    sheet.write_number(at, column, int(value))
                else:
                    sheet.write_string(at, column, str(value))
    return path


_PUBLISHED = {}


def published_store(shared, tmp_path_factory):
    """Return a store with the real files of July 2024, imported once per test process."""
    # Imported here: the other writers of this module need nothing of the package.
    from auditkit.reference import Store

    if "store" not in _PUBLISHED:
        held = Store(tmp_path_factory.mktemp("published"))
        folder = shared / "data" / "cms"
        held.add(sorted(folder.glob("medicare-ncci-*.zip")))
        held.add(
            [
                folder / name
                for name in (
                    "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv",
                    "AOC_V2024Q3-MCR-derived.txt",
                    "PPRRVU24_JUL-derived.csv",
                    "mcd_documents_2025-08.csv",
                )
            ]
        )
        _PUBLISHED["store"] = held
    return _PUBLISHED["store"]
