"""Where CMS publishes each kind of file: the file's name on a date, and the page's name.

Nothing is fetched: the user finds the page by its name. Source: the pages of CMS, CDC and NUCC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

_MONTHS = ("JAN", "APR", "JUL", "OCT")
_LONG = ("January", "April", "July", "October")


@dataclass(frozen=True, slots=True)
class Download:
    """A kind of file: what it is, the page that has it, and how it is named on a date.

    `named` gives the file of a day, the last of a quarter or of what is not answered for;
    `restates` says whether the newest file answers for the days before it too, and `use` what it
    is for beside the claims edits.
    """

    kind: str
    what: str
    page: str
    named: Callable[[date], str]
    restates: bool = False
    use: str = ""


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _fiscal(day: date) -> int:
    return day.year + (day.month >= 10)


DOWNLOADS: tuple[Download, ...] = (
    Download(
        "ptp",
        "NCCI PTP edits, practitioner services",
        "Medicare NCCI Procedure to Procedure (PTP) Edits",
        lambda day: (
            f"medicare-ncci-{day.year}q{_quarter(day)}-practitioner-ptp-edits-…-f1.zip to f4.zip"
        ),
        restates=True,
    ),
    Download(
        "mue",
        "MUE table, practitioner services",
        "Medicare NCCI Medically Unlikely Edits (MUEs), or its archive of past quarters",
        lambda day: (
            f"MCR_MUE_PractitionerServices_Eff_{date(day.year, 3 * _quarter(day) - 2, 1):%m-%d-%Y}"
        ),
    ),
    Download(
        "addon",
        "NCCI add-on code edits",
        "Medicare NCCI Add-on Code Edits",
        lambda day: f"AOC_V{day.year}Q{_quarter(day)}-MCR",
        restates=True,
    ),
    Download(
        "pfs",
        "fee-schedule relative values",
        "PFS Relative Value Files",
        lambda day: f"rvu{day:%y}{'abcd'[_quarter(day) - 1]}.zip",
        use="prices",
    ),
    Download(
        "gpci",
        "geographic indices",
        "PFS Relative Value Files",
        lambda day: f"rvu{day:%y}a.zip to rvu{day:%y}d.zip, of which one is enough",
        use="prices by locality",
    ),
    Download(
        "icd10",
        "ICD-10-CM order file",
        "ICD-10 Codes (CMS), or ICD-10-CM Files (CDC)",
        lambda day: f"{_fiscal(day)} Code Descriptions in Tabular Order (icd10cm_order)",
    ),
    Download(
        "icd10_tabular",
        "ICD-10-CM tabular list, for Excludes1",
        "ICD-10 Codes (CMS), or ICD-10-CM Files (CDC)",
        lambda day: f"{_fiscal(day)} Code Tables, Tabular and Index (icd10cm_tabular XML)",
    ),
    Download(
        "hcpcs",
        "HCPCS Level II",
        "HCPCS Quarterly Update",
        lambda day: (
            f"{_LONG[_quarter(day) - 1]} {day.year} Alpha-Numeric HCPCS File "
            f"(HCPC{day.year}_{_MONTHS[_quarter(day) - 1]}_ANWEB)"
        ),
    ),
    Download(
        "coverage",
        "coverage articles",
        "Medicare Coverage Database, Downloads",
        lambda day: "all_article.zip, or current_article.zip",
        restates=True,
    ),
    Download(
        "coverage_list",
        "list of coverage documents",
        "Medicare Coverage Database, Reports",
        lambda day: "a list of local coverage documents (CSV)",
        restates=True,
        use="which document was in force",
    ),
    Download(
        "nppes",
        "NPPES providers",
        "NPPES Downloadable File (NPI Files)",
        lambda day: f"NPPES_Data_Dissemination, monthly, of {day:%B %Y} or later",
        restates=True,
    ),
    Download(
        "taxonomy",
        "NUCC taxonomy",
        "NUCC, Health Care Provider Taxonomy, CSV",
        lambda day: f"nucc_taxonomy_{day:%y}{int(day.month > 6)}.csv",
        use="names of specialties",
    ),
    Download(
        "utilisation",
        "Medicare utilisation by provider and service",
        "data.cms.gov, Medicare Physician & Other Practitioners by Provider and Service",
        lambda day: f"MUP_PHY_…_D{day:%y}_Prov_Svc.csv (published two years later)",
        use="comparison with peers",
    ),
)
