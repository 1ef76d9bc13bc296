"""The fixed-width form of the relative value file, PPRRVUyyyy_MMM.txt.

Title lines begin with HDR; every other line is one code. The places are those of the releases of
2025 (lines of 173 characters); a line that does not fit them is refused, never guessed at.
"""

import re
from collections.abc import Iterator

from auditkit.reference.source import Source, refuse

#: The line up to the conversion factor. Each amount is set to the right of its field; the
#: indicators "not applicable" stand between the practice expense values.
LINE = re.compile(
    r"(?P<code>\w{5})(?P<modifier>[\w ]{2}).{50}(?P<status>[A-Z ])(?P<not_used>.)"
    r"(?P<work_rvu>[ \d.]{6})(?P<nonfacility_pe_rvu>[ \d.]{7})"
    r"(?P<nonfacility_na>[NA ]{3})(?P<facility_pe_rvu>[ \d.]{6})"
    r"(?P<facility_na>[NA ]{3})(?P<mp_rvu>[ \d.]{5})"
    r"(?P<nonfacility_total>[ \d.]{7})(?P<facility_total>[ \d.]{6})"
    r"(?P<pctc>[\d ])(?P<global_days>[\w ]{3})"
    r"(?P<preoperative>[ \d.]{3})(?P<intraoperative>[ \d.]{3})(?P<postoperative>[ \d.]{3})"
    r"(?P<multiple>[\d ])(?P<bilateral>[\d ])(?P<assistant>[\d ])(?P<cosurgeon>[\d ])"
    r"(?P<team>[\d ])(?P<endoscopic_base>[\w ]{5}).{8}(?P<conversion_factor>[ \d.]{7})"
)


def recognises(source: Source) -> bool:
    """Return whether the first line of *source* below the titles is a code's fixed-width line."""
    head = [line for line in source.text_head.splitlines() if line.strip()]
    body = [line for line in head if not line.startswith("HDR")]
    return bool(body) and len(body) < len(head) and LINE.match(body[0]) is not None


def values(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line from 1 and its values by our names of the columns.

    Raises:
        InputError: when a line does not fit the places, or the last one is cut short.
    """
    width = 0
    for number, line in enumerate(source.lines(), 1):
        if not line.strip() or line.startswith("HDR"):
            continue
        found = LINE.match(line)
        if found is None:
            raise refuse(
                source.names,
                "the line does not fit the places of a relative value file (it may be cut short)",
                "lines as in the CMS release of 2025; else the CSV or XLSX of the same archive",
                row=number,
            )
        last, width = len(line.rstrip()), max(width, len(line.rstrip()))
        yield number, {name: value.strip() for name, value in found.groupdict().items()}
    if width and last < width:
        raise refuse(source.names, "the last line is cut short", "the complete file", row=number)
