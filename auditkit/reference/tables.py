"""Small helpers that the readers of CMS's tables share."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePath

from auditkit.errors import InputError
from auditkit.reference.source import Source, delimited_rows, refuse

#: Where the same table is published in several forms, the first of these is read.
PREFERRED = (".csv", ".txt", ".xlsx")
#: The most rows above the column names that any kind looks through.
TOP = 40


def top(source: Source, count: int) -> list[list[str]]:
    """Return the first *count* rows of *source*, or fewer; damage below them is not noticed."""
    rows: list[list[str]] = []
    if source.suffix == ".xlsx":
        return [list(row) for row in _workbook_top(source, source.path.stat().st_mtime_ns)[:count]]
    try:
        for row in delimited_rows(source.text_head, source.names):
            rows.append(row)
            if len(rows) == count:
                break
    except InputError:
        return rows
    return rows


@lru_cache(maxsize=8)
def _workbook_top(source: Source, _changed: int) -> tuple[tuple[str, ...], ...]:
    """Return the first rows of a workbook, which has to be opened whole for them: once, not by
    every kind that looks at them."""
    return tuple(tuple(row) for row, _ in zip(source.rows(), range(TOP), strict=False))


def one_form(found: Sequence[Source]) -> list[Source]:
    """Return *found* with each table once where CMS publishes it as text and as a workbook."""
    chosen: dict[tuple[str, str], Source] = {}
    rank = {suffix: at for at, suffix in enumerate(PREFERRED)}
    for source in sorted(found, key=lambda one: (rank.get(one.suffix, 9), one.names)):
        key = ("" if source.inside else str(source.path), PurePath(source.name).stem.casefold())
        if source.inside:
            key = (str(source.path), key[1])
        elif source.suffix in PREFERRED:
            key = (str(source.path.parent), key[1])
        chosen.setdefault(key, source)
    return list(chosen.values())


def header_at(rows: Sequence[Sequence[str]], wanted: Sequence[str]) -> int | None:
    """Return the index of the first row that holds every caption of *wanted*, or None."""
    names = {_plain(caption) for caption in wanted}
    for at, row in enumerate(rows):
        if names <= {_plain(cell) for cell in row}:
            return at
    return None


def positions(source: Source, header: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Return the position of each caption of *wanted* in *header*, in any case and spacing.

    Raises:
        InputError: naming the captions that are missing.
    """
    plain = [_plain(cell) for cell in header]
    missing = [caption for caption in wanted if _plain(caption) not in plain]
    if missing:
        raise refuse(
            source.names,
            f"the columns {', '.join(missing)} are missing",
            "the columns that CMS publishes",
        )
    return {caption: plain.index(_plain(caption)) for caption in wanted}


def records(
    source: Source, wanted: Sequence[str], *, minimum: int | None = None, strict: bool = True
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row below the header as its number and the texts of the *wanted* columns.

    Without *strict* a quotation mark may stand anywhere in a field, as in hand-written HTML.

    Raises:
        InputError: when there is no such header, or a row is shorter than its columns need.
    """
    places: dict[str, int] = {}
    needed = 0
    for number, row in enumerate(source.rows(strict=strict), 1):
        if not places:
            if header_at([row], wanted) is not None:
                places = positions(source, row, wanted)
                needed = minimum or len(row)
            elif number > TOP:
                break
            continue
        if not any(row):
            continue
        if len(row) < needed:
            raise refuse(
                source.names,
                f"the row has {len(row)} columns, the header {needed} (the file may be cut short)",
                "a value for every column",
                row=number,
            )
        yield number, {caption: row[at] for caption, at in places.items()}
    if not places:
        raise refuse(
            source.names,
            "no row holds the column names",
            "a header with the columns " + ", ".join(wanted),
        )


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
