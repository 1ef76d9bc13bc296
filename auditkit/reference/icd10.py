"""ICD-10-CM order files: every code of a fiscal year and whether it may be billed.

The year runs from 1 October; an update takes effect on 1 April. An addenda file holds only what
changed and is applied to the edition before it. Source: CMS/CDC, ICD-10-CM code descriptions in
tabular order.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import one_form

KIND = "icd10"
EXPECTED = "ICD-10-CM order file: icd10cm_order_YYYY.txt, or the April order or addenda file"
SCHEMA = pa.schema([("code", pa.string()), ("billable", pa.bool_()), ("title", pa.string())])
#: A code without its dot; since October 2025 the second character may be a letter (QA0).
_CODE = r"[A-Z][0-9A-Z]{2,6}"
_LINE = re.compile(rf"(\d{{5}}) ({_CODE}) +([01]) (.*)")
_ACTION = r"(Add|Delete|Revise from|Revise to|No change)\s*:"
#: A line of an addenda file: what is done, whether the code may be billed, code, both titles.
_CHANGE = re.compile(rf"{_ACTION}\s+([01])\s+({_CODE})\s+(\S.*)", re.IGNORECASE)


def recognises(source: Source) -> bool:
    """Return whether *source* is an order file or its addenda, by its layout."""
    if source.suffix != ".txt":
        return False
    lines = [line for line in source.text_head.splitlines()[:-1] if line.strip()][:200]
    lines = lines or [line for line in source.text_head.splitlines() if line.strip()]
    fits = sum(_LINE.match(line) is not None or _CHANGE.match(line) is not None for line in lines)
    counted = "headers in icd10cm_order" in source.text_head
    return bool(lines) and (fits * 2 > len(lines) or counted)


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return a draft for each order file in *found*.

    Raises:
        InputError: when the name gives no year, a line is not laid out as an order line, or an
            addenda file comes before the edition that it changes.
    """
    full = [one for one in one_form(found) if not _is_addenda(one)]
    named = {_named(one, request) for one in full}
    # An archive holds the full file beside its addenda, which the full file already includes.
    updates = [
        one for one in one_form(found) if _is_addenda(one) and _named(one, request) not in named
    ]
    return [_read_one(source, request) for source in (*full, *updates)]


def _is_addenda(source: Source) -> bool:
    return re.search("addenda", source.name, re.IGNORECASE) is not None


def _read_one(source: Source, request: Request) -> Draft:
    year, april = _named(source, request)
    start = date(year, 4, 1) if april else date(year - 1, 10, 1)
    changes, codes = [], {}
    for action, code, billable, title in _parsed(source):
        if action:
            changes.append((action, code, billable, title))
        elif code in codes:
            raise refuse(source.names, f"the code {dotted(code)} stands twice", "each code once")
        else:
            codes[code] = (billable, title)
    if changes or _is_addenda(source):
        codes = _changed(source, request, start, changes, codes)
    if not codes:
        raise refuse(source.names, "there are no codes", EXPECTED)
    table = pa.table(
        [
            [dotted(code) for code in codes],
            [billable for billable, _ in codes.values()],
            [title for _, title in codes.values()],
        ],
        schema=SCHEMA,
    )
    return Draft(
        kind=KIND,
        label=f"{year}-april" if april else str(year),
        title=f"ICD-10-CM fiscal year {year}" + (", update of 1 April" if april else ""),
        effective_from=start,
        effective_to=date(year, 9, 30),
        tables={KIND: table},
        origin=(source.path,),
        minimum_share=0.9,
    )


def dotted(code: str) -> str:
    """Return an ICD-10-CM code with its dot."""
    return code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def _named(source: Source, request: Request) -> tuple[int, bool]:
    """Return the fiscal year, and whether the file is the update of 1 April."""
    if request.effective is not None:
        later = request.effective.month >= 10
        return request.effective.year + later, 4 <= request.effective.month < 10
    years = [int(year) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", source.name)]
    years = years or [int(year) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", source.names)]
    if not years:
        raise refuse(
            source.names,
            "the name does not say the fiscal year",
            "the name that CMS gave the file, such as icd10cm_order_2026.txt, or the date "
            "beside it",
        )
    return max(years), re.search("april|apr[-_ ]", source.names, re.IGNORECASE) is not None


def _parsed(source: Source) -> Iterator[tuple[str, str, bool, str]]:
    """Yield action (nothing in a full file), code without its dot, whether billable, long title."""
    for number, line in enumerate(source.lines(), 1):
        if not line.strip():
            continue
        change = _CHANGE.match(line.strip())
        if change:
            # The short title takes 60 places; a title that is short enough may stand alone.
            title = change[4][61:].strip() or change[4].strip()
            yield change[1].casefold(), change[3], change[2] == "1", title
            continue
        told = _LINE.match(line) is None and re.match(_ACTION, line.strip(), re.IGNORECASE) is None
        if _is_addenda(source) and told:
            continue
        match = _LINE.fullmatch(line.rstrip())
        if match is None or len(line) < 18:
            raise refuse(
                source.names,
                "the line is not laid out as an order line (the file may be cut short)",
                "number, code, 0 or 1, short and long title in fixed columns",
                row=number,
            )
        short, title = line[16:77].strip(), line[77:].strip()
        if not title or (title != short and short.startswith(title)):
            raise refuse(
                source.names,
                "the line has not its long title (the file may be cut short)",
                "the complete file",
                row=number,
            )
        yield "", match[2], match[3] == "1", title


def _changed(
    source: Source,
    request: Request,
    start: date,
    changes: Sequence[tuple[str, str, bool, str]],
    additions: dict[str, tuple[bool, str]],
) -> dict[str, tuple[bool, str]]:
    """Return the codes of the edition before *start* with the changes of the addenda applied."""
    before = [
        one
        for one in request.held
        if one.kind == KIND and one.covers(start) and one.effective_from < start
    ]
    if not before:
        raise refuse(
            source.names,
            "an addenda file holds only what changed, and the edition that "
            "it changes is not in the store",
            "the order file of the same archive, which has the changes in it"
            if start.month == 10
            else f"the order file of fiscal year {start.year} first",
        )
    base = request.read_table(before[-1].id, KIND).to_pydict()
    codes = {
        code.replace(".", ""): (billable, title)
        for code, billable, title in zip(base["code"], base["billable"], base["title"], strict=True)
    }
    # A code that becomes a heading is deleted and added again.
    for action, code, billable, title in sorted(changes, key=lambda one: one[0] != "delete"):
        if action == "delete":
            codes.pop(code, None)
        elif action in ("add", "revise to"):
            codes[code] = (billable, title)
    return dict(sorted((codes | additions).items()))
