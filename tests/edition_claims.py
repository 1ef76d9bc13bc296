"""Small universes of claim lines, and the editions to screen them against, for tests."""

import edition_files as files
import pandas as pd

SURGEON = "1234567893"
PARTNER = "1245319599"
INTERNIST = "1881018208"
STRANGER = "1003000126"
GROUP = "1558444216"
OTHER_GROUP = "1023011178"
DERMATOLOGY, MOHS, INTERNAL, ASSISTANT = "207N00000X", "207ND0101X", "207R00000X", "363A00000X"


def line(
    code,
    mods="",
    *,
    claim="C1",
    number=1,
    patient="P1",
    dos="2024-08-14",
    units=1,
    npi=SURGEON,
    group=GROUP,
    taxonomy=DERMATOLOGY,
    pos="11",
    dx="L57.0",
    pointers="1",
    payer="MEDICARE_B",
    received=None,
    frequency="1",
    paid=10.0,
    to=None,
    original=None,
):
    """Return one claim line; *dx* names the claim's diagnoses, *mods* the line's modifiers."""
    listed = [*mods.split(), None, None, None, None][:4]
    diagnoses = [*dx.split(), *[None] * 12][:12]
    day = pd.Timestamp(dos)
    return {
        "claim_id": claim,
        "line": number,
        "patient_key": patient,
        "rendering_npi": npi,
        "billing_npi": group,
        "rendering_taxonomy": taxonomy,
        "dos_from": day,
        "dos_to": pd.Timestamp(to) if to else day,
        "pos": pos,
        "code": code,
        **{f"mod{at}": value for at, value in enumerate(listed, 1)},
        "units": float(units),
        **{f"dx{at}": value for at, value in enumerate(diagnoses, 1)},
        "dx_pointers": pointers,
        "charge": 20.0,
        "allowed": 12.0,
        "paid": paid,
        "payer": payer,
        "received_date": pd.Timestamp(received) if received else day + pd.Timedelta(days=7),
        "frequency_code": frequency,
        "original_claim_id": original,
    }


def universe(*lines):
    """Return the lines as the claims line table; lines of a claim that share a number get their
    own."""
    frame = pd.DataFrame(list(lines))
    repeated = frame.duplicated(["claim_id", "line"], keep=False)
    frame.loc[repeated, "line"] = frame[repeated].groupby("claim_id").cumcount() + 1
    texts = [name for name in frame if name.startswith(("mod", "dx", "rendering", "pos", "payer"))]
    return frame.astype(dict.fromkeys(texts, "str"))


PTP = {
    1: [
        ("11102", "17000", "", "20190101", "*", "1"),
        ("11104", "11102", "", "20190101", "*", "0"),
        ("11102", "88305", "", "20100101", "20240731", "1"),
    ],
    2: [("17004", "17000", "", "20190101", "*", "0")],
    3: [("17110", "11102", "", "20190101", "20190101", "9")],
    4: [("11301", "17000", "", "20190401", "*", "1"), ("G0463", "99213", "", "20140101", "*", "1")],
}
MUE = [
    ("11103", "6", "3 Date of Service Edit: Clinical", "Clinical"),
    ("17110", "1", "2 Date of Service Edit: Policy", "Policy"),
    ("A4595", "4", "1 Line Edit", "CMS Policy"),
]


def schedule():
    """Return fee-schedule rows for every code that the tests bill."""
    row = files.pfs_row
    minor = {"days": "000", "work": "1.00", "asst": "1", "mult": "2"}
    ten = {"days": "010", "work": "1.00", "asst": "1", "mult": "2"}
    return [
        *(row(code, **minor) for code in ("11102", "11104", "17311", "11301")),
        *(row(code, **ten) for code in ("11602", "11603", "17000", "17004", "17110", "17111")),
        row("14040", days="090", work="9.00", asst="2", co="1", mult="2"),
        row(
            "19303", days="090", work="9.00", bilat="1", asst="0", co="2", team="1", nonfac_na="NA"
        ),
        *(row(code, days="ZZZ", work="0.10") for code in ("11103", "17003", "17312", "0054T")),
        *(
            row(code, work="1.00")
            for code in ("99202", "99203", "99213", "99214", "99221", "96910", "99281")
        ),
        row("88305", work="0.75", pctc="1"),
        row("88305", "26", work="0.75", pctc="1"),
        row("99417", status="I", days="ZZZ"),
        row("A4595", status="B"),
        row("17380", status="N"),
        row("J3301", status="E"),
        row("J7308", status="E"),
        row("G0463", status="X"),
    ]


ICD10 = [
    ("L57", 0, "Skin changes"),
    ("L570", 1, "Actinic keratosis"),
    ("L820", 1, "Inflamed SK"),
    ("L66", 0, "Alopecia"),
    ("L661", 1, "Lichen planopilaris"),
    ("L814", 1, "Melanin"),
    ("Q825", 1, "Nevus"),
    ("C44519", 1, "BCC"),
    ("B078", 1, "Wart"),
    ("L918", 1, "Tag"),
]
ICD10_2025 = [*ICD10[:4], ("L661", 0, "Lichen planopilaris"), *ICD10[5:]]


def write_editions(folder, store):
    """Put an edition of every kind that the edits read into *store*; return it."""
    paths = files.write_ptp(folder, PTP)
    paths += [
        files.write_mue(folder, MUE),
        files.write_addon(
            folder, [*files.ADDON_ROWS, ("1", "17312", "", "17311", "", "2013001", "", "")]
        ),
        files.write_pfs(folder, schedule()),
        files.write_icd10(folder, ICD10),
        files.write_icd10(folder, ICD10_2025, "icd10cm_order_2025.txt"),
        files.write_tabular(folder),
        files.write_hcpcs(
            folder,
            [
                *files.HCPCS_ROWS,
                *(
                    (f"   {name}", "00100", "7", "m", "D", "20000101", "")
                    for name in ("LT", "RT", "TC", "AS", "XS", "XE")
                ),
            ],
        ),
        files.write_coverage(folder),
        files.write_nppes(folder, name="npidata_pfile_20050523-20240831.csv"),
    ]
    store.add(paths)
    return store
