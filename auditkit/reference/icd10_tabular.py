"""ICD-10-CM tabular list: the Excludes1 notes, as ranges of codes that are not coded together.

A note stands at a code, a section or a chapter and holds for everything under it. Only codes
written in the note are read; a note without one is kept out and counted. Source: CMS/CDC,
ICD-10-CM tabular list of diseases and injuries (XML); guideline I.A.12.a.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import month_in, year_in
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse

KIND = "icd10_tabular"
EXPECTED = "ICD-10-CM tabular list: icd10cm_tabular_YYYY.xml"
SCHEMA = pa.schema(
    [
        ("low", pa.string()),
        ("high", pa.string()),
        ("excluded_low", pa.string()),
        ("excluded_high", pa.string()),
    ]
)
#: Sorts after every character of a code: a range up to "L82" takes in L82.0 to L82.9.
BEYOND = "~"
_CODE = r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(?:\.[0-9A-Z]{1,4})?"
#: A code, or two with a dash between; a dash after a code alone stands for all under it.
_WRITTEN = re.compile(rf"({_CODE})(?:\.?-??\s*(?:-|–|to)\s*({_CODE}))?")


def recognises(source: Source) -> bool:
    """Return whether *source* is the tabular list, by its root element."""
    return source.suffix == ".xml" and "<ICD10CM.tabular" in source.text_head


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each tabular list in *found*.

    Raises:
        InputError: when the XML is damaged or declares entities, or names no year.
    """
    return [_read_one(source, request) for source in found]


def _read_one(source: Source, request: Request) -> Draft:
    content = source.read()
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        raise refuse(source.names, "the file declares entities", "XML as CMS publishes it")
    try:
        root = ET.fromstring(content)  # noqa: S314  (entities are refused above)
    except (ET.ParseError, LookupError, ValueError) as error:
        raise refuse(
            source.names,
            "the XML is damaged or was cut short",
            "the complete file; download it again",
            row=getattr(error, "position", (None,))[0],
        ) from error
    rows = list(dict.fromkeys(_notes(root)))
    if not rows:
        raise refuse(source.names, "there are no Excludes1 notes", EXPECTED)
    start = _start(source, root, request)
    silent = sum(
        1
        for note in root.iter("excludes1")
        for text in note.iter("note")
        if _WRITTEN.search(_bracketed(text.text or "")) is None
    )
    april = start.month == 4
    year = start.year if april else start.year + 1
    return Draft(
        kind=KIND,
        label=f"{year}-april" if april else str(year),
        title=f"ICD-10-CM tabular list {year}, Excludes1",
        effective_from=start,
        effective_to=date(year, 9, 30),
        tables={KIND: pa.table(list(map(list, zip(*rows, strict=True))), schema=SCHEMA)},
        origin=(source.path,),
        notes=(f"{silent:,} Excludes1 notes name no code and are not checked.",) if silent else (),
        minimum_share=0.9,
    )


def _start(source: Source, root: ET.Element, request: Request) -> date:
    if request.effective is not None:
        return request.effective
    year = year_in(source.name) or year_in(root.findtext("version") or "")
    if year is None:
        raise refuse(
            source.names,
            "neither the file nor its name says the fiscal year",
            "the name that CMS gave the file, such as icd10cm_tabular_2026.xml",
        )
    april = month_in(source.name.replace("_", "-")) == 4
    return date(year, 4, 1) if april else date(year - 1, 10, 1)


def _notes(root: ET.Element) -> Iterator[tuple[str, str, str, str]]:
    """Yield each Excludes1 note as two ranges: the codes it stands at and those it excludes."""
    for element in root.iter():
        if element.tag not in ("chapter", "section", "diag"):
            continue
        written = [
            note.text or ""
            for block in element.findall("excludes1")
            for note in block.findall("note")
        ]
        for low, high in _own_ranges(element) if written else ():
            for text in written:
                for first, last in _ranges(_bracketed(text)):
                    yield low, high, first, last


def _own_ranges(element: ET.Element) -> list[tuple[str, str]]:
    if element.tag == "diag":
        return _ranges(element.findtext("name") or "")
    if element.tag == "section":
        return _ranges(element.get("id") or element.findtext("desc") or "")
    return [one for part in element.findall("section") for one in _own_ranges(part)]


def _bracketed(note: str) -> str:
    """Return what stands in the note's parentheses, where it names its codes."""
    return " ; ".join(re.findall(r"\(([^()]*)\)", note))


def _ranges(text: str) -> list[tuple[str, str]]:
    """Return the codes and ranges of codes in *text* as pairs of ends that sort around them."""
    return [(first, (last or first) + BEYOND) for first, last in _WRITTEN.findall(text)]
