"""Medicare coverage articles: which diagnoses an article lists for which of its codes.

The link between a group of diagnoses and a group of codes is written in the group's paragraph.
An article with one group of diagnoses applies it to all its codes; otherwise the groups that the
paragraph names are taken, and where it names none the link is unclear and becomes a prompt for
the auditor. Only billing and coding articles (type 6) hold codes. Source: CMS, Medicare Coverage
Database downloads (current_article.zip, all_article.zip).
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import PurePath

import pyarrow as pa

from auditkit.reference.edition import Draft
from auditkit.reference.periods import OPEN_END, american_day
from auditkit.reference.request import Request
from auditkit.reference.source import Source, refuse
from auditkit.reference.tables import positions, records, top

KIND = "coverage"
EXPECTED = "coverage articles: current_article.zip or all_article.zip of the coverage database"
BILLING_AND_CODING = "6"
_KEY = ("article_id", "article_version")
#: The tables of the download that are read, with the columns that are needed of each.
NEEDED = {
    "article": (*_KEY, "article_type", "title", "status", "article_eff_date"),
    "article_x_hcpc_code": (*_KEY, "hcpc_code_id", "hcpc_code_group"),
    "article_x_icd10_covered": (*_KEY, "icd10_code_id", "icd10_covered_group"),
}
OPTIONAL = {
    "article_x_icd10_noncovered": (*_KEY, "icd10_code_id", "icd10_noncovered_group"),
    "article_x_icd10_covered_group": (*_KEY, "icd10_covered_group", "paragraph"),
    "article_x_icd10_noncovered_group": (*_KEY, "icd10_noncovered_group", "paragraph"),
    "article_x_contractor": (*_KEY, "contractor_id"),
    "contractor_jurisdiction": ("contractor_id", "state_id"),
    "state_lookup": ("state_id", "state_abbrev"),
    "update_period": ("end_date",),
    "contractor_type_lookup": ("contractor_type_id", "description"),
}
#: The database cuts three states into parts with letters of their own; claims know the state.
WHOLE_STATE = {"DN": "NY", "QN": "NY", "UN": "NY", "EM": "MO", "WM": "MO", "NF": "CA", "SF": "CA"}
#: Types of contractor for suppliers, home health or Part A alone; "A and B and HHH MAC" is ours.
OTHER_CLAIMS = re.compile(r"^(?!.*(Part B|A and B)).*(DME|HHH|home health|Part A)", re.IGNORECASE)
#: What ends an article or a revision of it; the first of these days is the last one in force.
ENDS = ("article_end_date", "article_rev_end_date", "date_retired")
ARTICLES = pa.schema(
    [
        ("article", pa.string()),
        ("version", pa.int32()),
        ("type", pa.string()),
        ("title", pa.string()),
        ("status", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
    ]
)
CODES = pa.schema(
    [
        ("article", pa.string()),
        ("version", pa.int32()),
        ("code", pa.string()),
        ("code_group", pa.string()),
    ]
)
DIAGNOSES = pa.schema(
    [
        ("article", pa.string()),
        ("version", pa.int32()),
        ("diagnosis", pa.string()),
        ("diagnosis_group", pa.string()),
        ("covered", pa.bool_()),
        ("footnoted", pa.bool_()),
    ]
)
#: `code_group` is null where the diagnoses apply to all codes of the article.
LINKS = pa.schema(
    [
        ("article", pa.string()),
        ("version", pa.int32()),
        ("diagnosis_group", pa.string()),
        ("covered", pa.bool_()),
        ("code_group", pa.string()),
        ("basis", pa.string()),
        ("paragraph", pa.string()),
    ]
)
STATES = pa.schema([("article", pa.string()), ("version", pa.int32()), ("state", pa.string())])


def _stem(source: Source) -> str:
    return PurePath(source.name).stem.casefold()


def recognises(source: Source) -> bool:
    """Return whether *source* is one of the tables of the download, by name and columns."""
    wanted = (NEEDED | OPTIONAL).get(_stem(source))
    if wanted is None or source.suffix != ".csv":
        return False
    rows = top(source, 1)
    return bool(rows) and set(wanted) <= {cell.casefold() for cell in rows[0]}


def downloads(found: Sequence[Source]) -> list[Source]:
    """Return the tables in *found* without those of archives without articles, as of LCDs."""
    held = {one.inside[:-1] for one in found if _stem(one) == "article" and one.inside}
    return [one for one in found if not one.inside or one.inside[:-1] in held]


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return one draft for the tables in *found*.

    Raises:
        InputError: when a needed table is missing, two downloads are mixed, or a row is not as
            CMS writes it.
    """
    tables: dict[str, Source] = {}
    for source in found:
        if _stem(source) in tables:
            raise refuse(
                source.names,
                "two downloads of the coverage database are mixed",
                "one of current_article.zip and all_article.zip",
            )
        tables[_stem(source)] = source
    missing = sorted(set(NEEDED) - set(tables))
    if missing:
        raise refuse(found[0].names, f"the tables {', '.join(missing)} are missing", EXPECTED)
    articles, latest = _articles(tables["article"])
    billing = {key for key, row in articles.items() if row[2] == BILLING_AND_CODING}
    codes = _codes(tables["article_x_hcpc_code"], billing)
    diagnoses = _diagnoses(tables, billing)
    links = _links(codes, diagnoses, _paragraphs(tables, billing))
    states = _states(tables, billing)
    unclear = sum(1 for link in links if link[5] == "unclear")
    notes = [f"{unclear:,} groups of diagnoses name no group of codes: they give prompts."]
    if not states:
        notes.append("The download names no states: a jurisdiction cannot be asked for.")
    published = request.effective or _published(tables.get("update_period")) or latest
    return [
        Draft(
            kind=KIND,
            label=published.isoformat(),
            title=f"Coverage articles as published up to {published}",
            effective_from=min(row[5] for row in articles.values()),
            effective_to=published,
            tables={
                "article": _table(list(articles.values()), ARTICLES),
                "code": _table(codes, CODES),
                "diagnosis": _table(diagnoses, DIAGNOSES),
                "link": _table(links, LINKS),
                "state": _table(states, STATES),
            },
            origin=tuple(sorted({source.path for source in found})),
            notes=tuple(notes),
            minimum_share=0.5,
        )
    ]


def _published(source: Source | None) -> date | None:
    """Return the end of the last week that the download takes in, where it says it."""
    rows = _records(source, OPTIONAL["update_period"]) if source else ()
    ends = [_day(source, at, "end_date", row["end_date"]) for at, row in rows]  # type: ignore[arg-type]
    return max(filter(None, ends), default=None)


def _table(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.Table:
    columns = list(map(list, zip(*rows, strict=True))) or [[] for _ in schema.names]
    return pa.table(columns, schema=schema)


def _records(source: Source, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows with the *wanted* columns and, where they are there, the optional ones."""
    header = [cell.casefold() for cell in top(source, 1)[0]]
    optional = [
        name
        for name in (
            *ENDS,
            "last_updated",
            "asterisk",
            "range",
            "icd10_covered_ast",
            "contractor_type_id",
            "contractor_version",
            "term_date",
        )
        if name in header
    ]
    positions(source, header, wanted)
    yield from records(source, (*wanted, *optional), strict=False)


def _key(source: Source, number: int, row: dict[str, str]) -> tuple[str, int]:
    try:
        return row["article_id"], int(row["article_version"])
    except ValueError as error:
        raise refuse(
            source.names,
            "the version is not a number",
            "a whole number",
            row=number,
            column="article_version",
        ) from error


def _day(source: Source, number: int, column: str, text: str) -> date | None:
    if not text or text.upper() in ("N/A", "NULL"):
        return None
    try:
        return american_day(text)
    except ValueError as error:
        raise refuse(
            source.names, "the value is not a date", "a date", row=number, column=column
        ) from error


_Articles = dict[tuple[str, int], tuple[str, int, str, str, str, date, date]]


def _articles(source: Source) -> tuple[_Articles, date]:
    """Return the articles by id and version, and the day of the latest change to any."""
    starts: dict[str, list[tuple[int, date]]] = defaultdict(list)
    rows = {}
    latest = date(1900, 1, 1)
    for number, row in _records(source, NEEDED["article"]):
        key = _key(source, number, row)
        start = _day(source, number, "article_eff_date", row["article_eff_date"])
        changed = _day(source, number, "last_updated", row.get("last_updated", ""))
        ends = [_day(source, number, column, row.get(column, "")) for column in ENDS]
        latest = max(latest, changed or start or latest)
        if start is None or row["status"].upper().startswith("P"):
            continue
        if row["status"].upper().startswith("R") and not any(ends):
            # Retired on a day that the download does not say: it answers for none.
            continue
        starts[key[0]].append((key[1], start))
        rows[key] = (
            row["article_type"],
            re.sub(r"\s+", " ", row["title"]),
            row["status"],
            start,
            min(filter(None, ends), default=OPEN_END),
        )
    if not rows:
        raise refuse(source.names, "no article has an effective date", EXPECTED)
    articles = {}
    for (article, version), (kind, title, status, start, end) in rows.items():
        later = [other for other_version, other in starts[article] if other_version > version]
        last = min([end, *(other - timedelta(days=1) for other in later)])
        articles[article, version] = (f"A{article}", version, kind, title, status, start, last)
    return articles, latest


def _codes(source: Source, billing: set[tuple[str, int]]) -> list[tuple[str, int, str, str]]:
    rows = []
    for number, row in _records(source, NEEDED["article_x_hcpc_code"]):
        key = _key(source, number, row)
        if key in billing:
            rows.append((f"A{key[0]}", key[1], row["hcpc_code_id"].upper(), row["hcpc_code_group"]))
    return sorted(set(rows))


_Diagnosis = tuple[str, int, str, str, bool, bool]


def _diagnoses(tables: dict[str, Source], billing: set[tuple[str, int]]) -> list[_Diagnosis]:
    rows = set()
    for covered in (True, False):
        word = "covered" if covered else "noncovered"
        source = tables.get(f"article_x_icd10_{word}")
        wanted = (*_KEY, "icd10_code_id", f"icd10_{word}_group")
        for number, row in _records(source, wanted) if source else ():
            key = _key(source, number, row)  # type: ignore[arg-type]
            code = row["icd10_code_id"].upper()
            if key in billing and re.fullmatch(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?", code):
                footnoted = row.get("asterisk", "").upper() in ("Y", "1", "TRUE", "*")
                rows.add(
                    (f"A{key[0]}", key[1], code, row[f"icd10_{word}_group"], covered, footnoted)
                )
    return sorted(rows)


def _paragraphs(
    tables: dict[str, Source], billing: set[tuple[str, int]]
) -> dict[tuple[str, int, str, bool], str]:
    """Return each group's paragraph without its markup, by article, version, group, covered."""
    found = {}
    for covered in (True, False):
        word = "covered" if covered else "noncovered"
        source = tables.get(f"article_x_icd10_{word}_group")
        wanted = (*_KEY, f"icd10_{word}_group", "paragraph")
        for number, row in _records(source, wanted) if source else ():
            key = _key(source, number, row)  # type: ignore[arg-type]
            if key in billing:
                footnote = row.get("icd10_covered_ast", "")
                found[f"A{key[0]}", key[1], row[f"icd10_{word}_group"], covered] = _plain(
                    f"{row['paragraph']} {footnote}"
                )
    return found


def _plain(text: str) -> str:
    """Return the text of HTML, which the database may have encoded once more."""
    if re.search(r"&lt;/?\w", text):
        text = html.unescape(text)
    text = html.unescape(re.sub(r"</?[A-Za-z!][^<>]*>", " ", text))
    return re.sub(r"\s+", " ", text).strip()


_Link = tuple[str, int, str, bool, str | None, str, str]


def _links(
    codes: Sequence[tuple[str, int, str, str]],
    diagnoses: Sequence[_Diagnosis],
    paragraphs: dict[tuple[str, int, str, bool], str],
) -> list[_Link]:
    """Return for each group of diagnoses the groups of codes that it applies to, and why."""
    code_groups: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for article, version, code, group in codes:
        code_groups[article, version][group].add(code)
    groups: dict[tuple[str, int, bool], set[str]] = defaultdict(set)
    for article, version, _, group, covered, _ in diagnoses:
        groups[article, version, covered].add(group)
    links: list[_Link] = []
    for (article, version, covered), found in groups.items():
        for group in sorted(found):
            text = paragraphs.get((article, version, group, covered), "")
            if len(found) == 1:
                links.append((article, version, group, covered, None, "only group", text))
                continue
            named = _named_groups(text, group, code_groups[article, version])
            if not named:
                links.append((article, version, group, covered, None, "unclear", text))
            links.extend(
                (article, version, group, covered, one, "paragraph", text) for one in sorted(named)
            )
    return links


def _named_groups(text: str, group: str, codes: dict[str, set[str]]) -> set[str]:
    """Return the groups of codes that the paragraph names, by number or by their codes."""
    named = {
        number
        for match in re.finditer(
            r"group\s*(\d+)\s*(?:\([^)]*\)\s*)?(?:cpt|hcpcs|procedure|codes? (?:above|listed))",
            text,
            re.IGNORECASE,
        )
        for number in [match[1]]
        if number in codes
    }
    written = set(
        re.findall(r"(?<![0-9A-Z.])(?:[0-9]{4}[0-9AFTU]|[A-V][0-9]{4})(?![0-9A-Z.])", text)
    )
    # Part of a group is not a group: only a group whose codes are all written out is named.
    named |= {one for one, members in codes.items() if members and members <= written}
    return named


def _states(tables: dict[str, Source], billing: set[tuple[str, int]]) -> list[tuple[str, int, str]]:
    """Return the states of each article: article, contractor, the contractor's active states."""
    if not {"article_x_contractor", "contractor_jurisdiction", "state_lookup"} <= set(tables):
        return []
    names = {
        row["state_id"]: row["state_abbrev"]
        for _, row in _records(tables["state_lookup"], OPTIONAL["state_lookup"])
    }
    by_contractor: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for _, row in _records(tables["contractor_jurisdiction"], OPTIONAL["contractor_jurisdiction"]):
        if not row.get("term_date") and row["state_id"] in names:
            by_contractor[_contractor(row)].add(names[row["state_id"]])
    types = tables.get("contractor_type_lookup")
    others = {
        row["contractor_type_id"]
        for _, row in (_records(types, OPTIONAL["contractor_type_lookup"]) if types else ())
        if OTHER_CLAIMS.search(row["description"])
    }
    source = tables["article_x_contractor"]
    found = set()
    for number, row in _records(source, OPTIONAL["article_x_contractor"]):
        key = _key(source, number, row)
        if key in billing and row.get("contractor_type_id") not in others:
            states = by_contractor.get(_contractor(row), set())
            whole = {WHOLE_STATE[state] for state in states if state in WHOLE_STATE}
            found |= {(f"A{key[0]}", key[1], state) for state in states | whole}
    return sorted(found)


def _contractor(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        row.get(name, "") for name in ("contractor_id", "contractor_type_id", "contractor_version")
    )
