"""Files of CMS that users download beside the ones that auditkit reads, and why they are left out.

Hospital, supplier and Medicaid files often have the very columns of the practitioner files; only
their names, and for units a column's caption, tell them apart. Source: the names under which CMS
publishes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditkit.reference.source import Source
from auditkit.reference.tables import top

OTHER_CLAIMS = "not for professional claims"
OTHER_PAYER = "not for claims to Medicare"
NOT_READ = "no edit reads them"


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A file that is not needed: what it is, why it is left out, and what is read instead."""

    what: str
    why: str
    instead: str = ""

    def __str__(self) -> str:
        """Return what it is and why it is left out."""
        return f"{self.what}, {self.why}"


PRACTITIONER_PTP = "the practitioner files, four zips ending in f1 to f4"
PRACTITIONER_MUE = (
    "MCR_MUE_PractitionerServices_Eff_MM-DD-YYYY, headed 'Practitioner Services MUE Values'"
)
MEDICAID = r"medicaid|(?<![a-z])mcd(?![a-z])"
#: Of kinds that other programmes publish in the same columns: how such a file is named.
SAME_COLUMNS: dict[str, tuple[tuple[str, Unneeded], ...]] = {
    "ptp": (
        (
            r"ccioph|hospital|outpatient",
            Unneeded(
                "NCCI PTP edits of hospital outpatient services", OTHER_CLAIMS, PRACTITIONER_PTP
            ),
        ),
        (
            MEDICAID,
            Unneeded("NCCI PTP edits of Medicaid", OTHER_PAYER, PRACTITIONER_PTP),
        ),
    ),
    "mue": (
        (
            r"outpatient|hospital",
            Unneeded("MUE values of hospital outpatient services", OTHER_CLAIMS, PRACTITIONER_MUE),
        ),
        (
            r"dme|supplier|durable",
            Unneeded("MUE values of equipment suppliers (DME)", OTHER_CLAIMS, PRACTITIONER_MUE),
        ),
        (
            MEDICAID,
            Unneeded("MUE values of Medicaid", OTHER_PAYER, PRACTITIONER_MUE),
        ),
    ),
    "addon": (
        (
            MEDICAID,
            Unneeded("add-on code edits of Medicaid", OTHER_PAYER, "AOC_VYYYYQn-MCR"),
        ),
    ),
}
#: Files in which nothing is recognised: how they are named. The first that fits is taken.
KNOWN: tuple[tuple[str, Unneeded], ...] = (
    (MEDICAID, Unneeded("files of Medicaid", OTHER_PAYER)),
    (
        r"(ptp|mue|ccipra|ncci).*(addition|deletion|revision|change)",
        Unneeded(
            "a list of what changed in a quarter", "the whole table says it", PRACTITIONER_PTP
        ),
    ),
    (
        r"pcs[-_ ]?(order|table|code|index|addenda)|icd-?10-?pcs",
        Unneeded("ICD-10-PCS codes, for inpatient procedures", OTHER_CLAIMS),
    ),
    (r"ms-?drg|grouper|code[-_ ]editor", Unneeded("inpatient groups (MS-DRG)", OTHER_CLAIMS)),
    (
        r"icd-?10-?cm[-_ ]?codes",
        Unneeded(
            "the codes file of ICD-10-CM, without the headings",
            NOT_READ,
            "the order file of the same archive, icd10cm_order_YYYY.txt",
        ),
    ),
    (
        r"(?<![a-z])gem(s|_|\.)|poa[-_ ]?exempt|conversion[-_ ]?table"
        r"|(neoplasm|drug|index)[-_ ]?20\d\d",
        Unneeded("ICD-10 indexes, mappings or lists for hospitals", NOT_READ),
    ),
    (
        r"addendum[-_ ]?[ab](?![a-z])|(?<![a-z])opps(?!cap)|(?<![a-z])apc(?![a-z])",
        Unneeded("addenda of hospital outpatient payment (OPPS)", OTHER_CLAIMS),
    ),
    (
        r"(?<![a-z])asc(?![a-z])|ascfs|addendum[-_ ]?(aa|bb)(?![a-z])",
        Unneeded("payment of ambulatory surgical centres", OTHER_CLAIMS),
    ),
    (r"clab|clfs", Unneeded("the clinical laboratory fee schedule", NOT_READ)),
    (
        r"dmepos|(?<![a-z])dme(?![a-z])|dmepen",
        Unneeded("files of equipment suppliers (DMEPOS)", OTHER_CLAIMS),
    ),
    (
        r"(?<![a-z])asp(?![a-z])|payment[-_ ]?allowance|ndc[-_ ]?hcpcs",
        Unneeded("prices of drugs (ASP)", NOT_READ),
    ),
    (
        r"pfall|pfrev|oppscap|anes\d|locco|locality",
        Unneeded(
            "payment amounts or localities",
            "amounts are worked out from the values and indices",
            "PPRRVUyy_MMM and GPCIyyyy of rvuyy[a-d].zip",
        ),
    ),
    (
        r"deactivated|othername_pfile|endpoint_pfile|pl_pfile|fileheader",
        Unneeded(
            "companions of the NPPES file",
            NOT_READ,
            "npidata_pfile_20050523-YYYYMMDD.csv of the monthly zip",
        ),
    ),
    (
        r"(?<![a-z])[ln]cd(?![a-z])",
        Unneeded(
            "coverage determinations, which hold no codes",
            NOT_READ,
            "the articles: current_article.zip or all_article.zip",
        ),
    ),
    (
        r"(?<![a-z])c?arc(?![a-z])|rarc|remittance[-_ ]?advice|adjustment[-_ ]?reason",
        Unneeded("lists of adjustment and remark codes", "auditkit carries their causes"),
    ),
    (
        r"mup_(?!phy)|_geo(?![a-z])|by_?geography|prov\.csv|by_?provider(?!.*service)",
        Unneeded(
            "utilisation in another grouping",
            NOT_READ,
            "MUP_PHY_*_Prov_Svc.csv, by provider and service",
        ),
    ),
    (
        r"transaction[-_ ]?report|proc_?notes|noc[-_ ]?codes|record_?layout|corrections",
        Unneeded("companions of the HCPCS file", NOT_READ, "HCPCYYYY_MMM_ANWEB"),
    ),
)
WEEKLY = Unneeded(
    "a weekly NPPES file, which holds only what changed in the week",
    NOT_READ,
    "the monthly NPPES_Data_Dissemination zip",
)
SUPERSEDED = "a later release restates it whole"


def another_programme(kind: str, source: Source) -> Unneeded | None:
    """Return what *source* is where another programme publishes *kind* in the same columns.

    The caption of a MUE table says whose it is; where it names practitioners the file's name
    counts for Medicaid alone.
    """
    if kind == "nppes":
        first = re.search(r"pfile_(\d{8})-\d{8}", source.name)
        return WEEKLY if first and first[1] != "20050523" else None
    said = source.names
    if kind == "mue":
        said += " ".join(cell for row in top(source, 12) for cell in row if "MUE Values" in cell)
    for form, unneeded in SAME_COLUMNS.get(kind, ()):
        if re.search(form, said, re.IGNORECASE):
            return unneeded
    return None


def known_by_name(path: Path, sources: Sequence[Source]) -> Unneeded | None:
    """Return what the file at *path*, in which nothing was recognised, is by its names."""
    for text in (path.name, *(source.name for source in sources)):
        for form, unneeded in KNOWN:
            if re.search(form, text, re.IGNORECASE):
                return unneeded
    return None
