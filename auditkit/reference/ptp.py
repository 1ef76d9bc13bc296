"""NCCI procedure-to-procedure edits, practitioner services: four parts make one edition.

A pair of codes is not a key: it may have been deleted and put in force again, so every row keeps
its interval. The deletion date is the last day in force. Rows with modifier indicator 9 were
never in force. Source: CMS, NCCI procedure-to-procedure edit files, practitioner services.
"""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from auditkit.reference.edition import Draft
from auditkit.reference.periods import quarter_end, quarter_in, quarter_label, quarter_start
from auditkit.reference.request import Request
from auditkit.reference.source import Source, damage_named, refuse
from auditkit.reference.tables import top

KIND = "ptp"
EXPECTED = "NCCI PTP edits, practitioner services: the four zip files f1 to f4 of one quarter"
PARTS = (1, 2, 3, 4)
#: Above this many rows a part far smaller than the largest is taken for one that was cut.
BALANCE_COUNTS_FROM = 100_000

COLUMNS = (
    "column1",
    "column2",
    "prior_1996",
    "effective",
    "deletion",
    "modifier_indicator",
    "rationale",
)
_CODED = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("column1", _CODED),
        ("column2", _CODED),
        ("prior_1996", pa.bool_()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("modifier_indicator", _CODED),
        ("rationale", _CODED),
    ]
)
_ROW = re.compile(r"^[0-9A-Z]{5}\t[0-9A-Z]{5}\t", re.MULTILINE)


def recognises(source: Source) -> bool:
    """Return whether *source* holds PTP edits, by its caption."""
    if source.suffix == ".xlsx":
        head = " ".join(" ".join(row) for row in top(source, 8))
    else:
        head = source.text_head[:4000]
    return re.search(r"Column\s*1\s*/\s*Column\s*2 Edits", head) is not None or (
        "Column 1" in head and "Column 2" in head and "existence" in head
    )


def read(found: Sequence[Source], request: Request) -> list[Draft]:
    """Return one draft for the parts in *found*.

    Raises:
        InputError: when a part is missing, the parts are not of one quarter, the file is of
            another NCCI programme, or a row is not as CMS writes it.
    """
    for source in found:
        if re.search(r"ccioph|hospital|outpatient|medicaid|[-_]mcd", source.names, re.IGNORECASE):
            raise refuse(
                source.names,
                "these are PTP edits of another programme",
                "the Medicare practitioner services (ccipra) files",
            )
    parts = _parts(found)
    tables = {part: _read_part(source) for part, source in sorted(parts.items())}
    _refuse_unbalanced(parts, tables)
    table = _sorted(pa.concat_tables(tables.values()))
    start = _quarter(list(parts.values()), request, table)
    complete = set(parts) == set(PARTS)
    notes = (
        ()
        if complete
        else ("This is an extract, not the four parts: it answers only for codes that it holds.",)
    )
    first = pc.min(table["first_day"]).as_py()
    return [
        Draft(
            kind=KIND,
            label=quarter_label(start) + ("" if complete else "-extract"),
            title=f"NCCI PTP edits, practitioner services, {start.year} quarter "
            f"{(start.month + 2) // 3}",
            effective_from=first,
            effective_to=quarter_end(start),
            tables={KIND: table},
            origin=tuple(sorted({source.path for source in parts.values()})),
            release=_release(found),
            complete=complete,
            notes=notes,
            minimum_share=0.9 if complete else 0.0,
        )
    ]


def _parts(found: Sequence[Source]) -> dict[int, Source]:
    """Return the sources by part number; 0 stands for one file without a part number."""
    parts: dict[int, Source] = {}
    preferred = sorted(found, key=lambda source: (source.suffix == ".xlsx", source.names))
    for source in preferred:
        part = part_number(source) or 0
        if part in parts and source.suffix != ".xlsx":
            raise refuse(
                source.names,
                "two files are this part, or both have no part number",
                "each of the parts f1, f2, f3 and f4 once",
            )
        parts.setdefault(part, source)
    missing = [f"f{part}" for part in PARTS if part not in parts]
    if set(parts) == {0} or set(parts) == set(PARTS):
        return parts
    raise refuse(
        found[0].names,
        f"the set of parts is not complete ({', '.join(missing)} missing)"
        if missing
        else "there are more files than the four parts",
        "the four parts f1 to f4 of one quarter, added together",
    )


def part_number(source: Source) -> int | None:
    """Return the part in the name of the file or of its archive, None where there is none."""
    form = r"[-_]f([1-9])(?!\d)"
    match = re.search(form, source.name, re.IGNORECASE) or re.search(
        form, source.names, re.IGNORECASE
    )
    return int(match[1]) if match else None


def _release(found: Sequence[Source]) -> int:
    """Return the release number that CMS writes as ``r0``, ``r1`` after the version."""
    numbers = re.findall(r"v\d{3}r(\d+)", " ".join(source.names for source in found), re.IGNORECASE)
    return max(map(int, numbers), default=0)


def _quarter(found: Sequence[Source], request: Request, table: pa.Table) -> date:
    """Return the first day of the quarter: as asked, else as named, else as the rows say."""
    latest = pc.max(table["first_day"]).as_py()
    named = {named_quarter(source) for source in found} - {None}
    if len(named) > 1:
        raise refuse(
            found[0].names,
            "the parts are of different quarters",
            "the four parts f1 to f4 of one quarter",
        )
    if request.effective is not None:
        start = request.effective
    elif named:
        year, quarter = next(iter(named))  # type: ignore[misc]
        start = quarter_start(year, quarter)
    else:
        start = quarter_start(latest.year, (latest.month + 2) // 3)
    if latest > quarter_end(start):
        raise refuse(
            found[0].names,
            f"rows take effect on {latest}, after the quarter named",
            "a file whose name says its own quarter",
        )
    return start


def named_quarter(source: Source) -> tuple[int, int] | None:
    """Return the quarter in the name; version 322 is taken for 2026, third quarter."""
    named = quarter_in(source.names)
    if named is None:
        match = re.search(r"ccipra-v3([0-9])([0-3])r\d", source.names, re.IGNORECASE)
        named = (2024 + int(match[1]), int(match[2]) + 1) if match else None
    return named


def _read_part(source: Source) -> pa.Table:
    """Return one part as a table of `SCHEMA`."""
    if source.suffix == ".xlsx":
        # A code of digits alone is a number in a workbook and has lost its leading zeros.
        kept = [
            row
            for row in source.rows()
            if len(row) > 1
            and re.fullmatch(r"[0-9A-Z]+", row[0])
            and re.fullmatch(r"[0-9A-Z]+", row[1])
        ]
        wide = [(row + [""] * 7)[:7] for row in kept]
        columns = list(zip(*wide, strict=True)) or [()] * 7
        raw = pa.table(
            {
                name: pa.array(
                    [value.zfill(5) for value in values] if at < 2 else list(values), pa.string()
                )
                for at, (name, values) in enumerate(zip(COLUMNS, columns, strict=True))
            }
        )
        if raw.num_rows == 0:
            raise refuse(source.names, "there are no edits below the caption", EXPECTED)
        return _typed(raw, source, caption=0)
    first = _ROW.search(source.text_head.replace("\r\n", "\n").replace("\r", "\n"))
    if first is None:
        raise refuse(source.names, "there are no edits below the caption", EXPECTED)
    caption = (
        source.text_head.replace("\r\n", "\n").replace("\r", "\n")[: first.start()].count("\n")
    )
    batches = []
    options = {
        "read_options": pacsv.ReadOptions(
            skip_rows=caption, column_names=list(COLUMNS), encoding="utf8", block_size=8_000_000
        ),
        "parse_options": pacsv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False),
        "convert_options": pacsv.ConvertOptions(
            column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False
        ),
    }
    row = caption
    try:
        with (
            source.open() as stream,
            damage_named(source.names),
            pacsv.open_csv(stream, **options) as reader,
        ):
            for batch in reader:
                batches.append(_typed(pa.Table.from_batches([batch]), source, row))
                row += batch.num_rows
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise refuse(
            source.names,
            "a row has not seven columns (the file may be cut short)",
            "seven tab-separated columns in every row; download the file again",
            row=row + 1,
        ) from error
    if not batches:
        raise refuse(source.names, "there are no edits below the caption", EXPECTED)
    table = pa.concat_tables(batches).unify_dictionaries().combine_chunks()
    _refuse_cut_rationale(table["rationale"].chunk(0), source, row)
    return table


def _refuse_cut_rationale(rationales: pa.DictionaryArray, source: Source, row: int) -> None:
    """Refuse a part whose last rationale stands there alone and begins another: it was cut."""
    listed = rationales.dictionary.to_pylist()
    last = rationales.indices[-1].as_py()
    alone = pc.sum(pc.equal(rationales.indices, last)).as_py() == 1
    if alone and any(one != listed[last] and one.startswith(listed[last]) for one in listed):
        raise refuse(
            source.names,
            "the last row is cut short",
            "the complete file; download it again",
            row=row,
            column="rationale",
        )


def _typed(raw: pa.Table, source: Source, caption: int) -> pa.Table:
    """Return the rows with dates and flags, after checking every value.

    Raises:
        InputError: naming the first row and column that is not as CMS writes it.
    """
    open_ended = pc.equal(raw["deletion"], "*")
    effective = _days(raw, "effective", source, caption)
    deletion = _days(
        raw.set_column(4, "deletion", pc.if_else(open_ended, "99991231", raw["deletion"])),
        "deletion",
        source,
        caption,
    )
    tests = {
        "column1": pc.match_substring_regex(raw["column1"], "^[0-9A-Z]{5}$"),
        "column2": pc.match_substring_regex(raw["column2"], "^[0-9A-Z]{5}$"),
        "prior_1996": pc.is_in(raw["prior_1996"], pa.array(["", "*"])),
        "modifier_indicator": pc.is_in(raw["modifier_indicator"], pa.array(["0", "1", "9"])),
        "rationale": pc.not_equal(raw["rationale"], ""),
    }
    accepted = {
        "column1": "a code of five characters",
        "column2": "a code of five characters",
        "prior_1996": "a star or nothing",
        "modifier_indicator": "0, 1 or 9",
        "rationale": "a rationale in every row (the file may be cut short)",
    }
    for column, test in tests.items():
        _all_hold(test, column, accepted[column], source, caption)
    return pa.table(
        [
            _coded(raw["column1"]),
            _coded(raw["column2"]),
            pc.equal(raw["prior_1996"], "*"),
            effective,
            pc.if_else(open_ended, pa.scalar(None, pa.date32()), deletion),
            _coded(raw["modifier_indicator"]),
            _coded(raw["rationale"]),
        ],
        schema=SCHEMA,
    )


def _coded(values: pa.ChunkedArray) -> pa.Array:
    """Return the texts as codes into a dictionary: few texts repeat millions of times."""
    return values.combine_chunks().dictionary_encode()


def _days(raw: pa.Table, column: str, source: Source, caption: int) -> pa.ChunkedArray:
    """Return the column's texts YYYYMMDD as dates."""
    accepted = "a date written as YYYYMMDD" + (", or a star" if column == "deletion" else "")
    values = raw[column]
    _all_hold(
        pc.match_substring_regex(values, r"^(19|20|99)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"),
        column,
        accepted,
        source,
        caption,
    )
    digits = np.asarray(pc.cast(values, pa.int32()))
    stamps = (digits // 10_000 - 1970).astype("datetime64[Y]").astype("datetime64[M]")
    stamps = stamps + (digits // 100 % 100 - 1)
    days = stamps.astype("datetime64[D]") + (digits % 100 - 1)
    _all_hold(pa.array(days.astype("datetime64[M]") == stamps), column, accepted, source, caption)
    return pa.chunked_array([pa.array(days.astype("int32"), pa.int32()).cast(pa.date32())])


def _all_hold(test: pa.Array, column: str, accepted: str, source: Source, caption: int) -> None:
    if pc.all(test, min_count=0).as_py():
        return
    row = int(np.argmin(np.asarray(test))) + caption + 1
    raise refuse(
        source.names, "the value is not as CMS writes it", accepted, row=row, column=column
    )


def _refuse_unbalanced(parts: dict[int, Source], tables: dict[int, pa.Table]) -> None:
    """Refuse a part that is far smaller than the others: CMS cuts them to about one size."""
    largest = max(table.num_rows for table in tables.values())
    for part, table in tables.items():
        if largest > BALANCE_COUNTS_FROM and table.num_rows < largest / 3:
            raise refuse(
                parts[part].names,
                f"the part holds {table.num_rows:,} rows, the largest "
                f"{largest:,}: it was cut short",
                "the complete part; download it again",
            )


def _sorted(table: pa.Table) -> pa.Table:
    """Return the rows in the order of pair and first day, which look-ups rely on."""
    table = table.unify_dictionaries().combine_chunks()
    key = np.zeros(table.num_rows, np.int64)
    for column in ("column1", "column2"):
        coded = table[column].chunk(0)
        order = np.argsort(np.asarray(coded.dictionary, dtype="U5"))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        key = key << 17 | rank[np.asarray(coded.indices)]
    key = key << 20 | np.asarray(table["first_day"].cast(pa.int32())).astype(np.int64) + 100_000
    return table.take(pa.array(np.argsort(key, kind="stable")))
