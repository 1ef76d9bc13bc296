"""Which edits the editions of a store allow on given dates, and which files cover the rest."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from auditkit.edits.edit import Edit, catalogue
from auditkit.edits.editions import Window, windows
from auditkit.reference import Store
from auditkit.reference.downloads import DOWNLOADS, Download


@dataclass(frozen=True, slots=True)
class Need:
    """A kind of edition on the dates asked for, and what is missing of it.

    `edits` cannot run without it and `helped` see more with it; `held` are the editions that
    answer; `gaps` the days, first and last, on which none does; `files` what to download from
    `page` to cover them.
    """

    kind: str
    what: str
    edits: tuple[str, ...]
    helped: tuple[str, ...]
    use: str
    held: tuple[str, ...]
    gaps: tuple[tuple[date, date], ...]
    files: tuple[str, ...]
    page: str


def needs(store: Store, first_day: date, last_day: date) -> tuple[Need, ...]:
    """Return what each kind of edition in *store* covers of the dates of service asked for.

    Args:
        store: the editions.
        first_day: first date of service.
        last_day: last date of service.

    Returns:
        One `Need` per kind of file, those that edits cannot do without first.

    Raises:
        EditionError: when the store's manifest is damaged.
        ValueError: when the last day is before the first.
    """
    if last_day < first_day:
        raise ValueError("The last day is before the first.")
    edits = catalogue()
    found = [_need(store, one, edits, first_day, last_day) for one in DOWNLOADS]
    return tuple(sorted(found, key=lambda one: (not one.edits, not one.helped)))


def without_editions() -> tuple[str, ...]:
    """Return the edits that run without any edition."""
    return tuple(edit.id for edit in catalogue() if not edit.editions)


def _need(
    store: Store, download: Download, edits: Iterable[Edit], first_day: date, last_day: date
) -> Need:
    spans = [
        one
        for one in windows(store, download.kind)
        if one.first_day <= last_day and one.last_day >= first_day
    ]
    gaps = tuple(_gaps(spans, first_day, last_day))
    files = [
        download.named(day)
        for gap in gaps
        for day in ((gap[1],) if download.restates else _quarters(*gap))
    ]
    return Need(
        download.kind,
        download.what,
        tuple(one.id for one in edits if download.kind in one.editions),
        tuple(one.id for one in edits if download.kind in one.optional_editions),
        download.use,
        tuple(one.edition.id for one in spans),
        gaps,
        tuple(dict.fromkeys(files)),
        download.page,
    )


def _gaps(spans: Iterable[Window], first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    """Yield the runs of days from *first_day* to *last_day* that no window takes in."""
    day = first_day
    for one in sorted(spans, key=lambda window: window.first_day):
        if one.first_day > day:
            yield day, one.first_day - timedelta(days=1)
        if one.last_day >= last_day:
            return
        day = max(day, one.last_day + timedelta(days=1))
    yield day, last_day


def _quarters(first_day: date, last_day: date) -> Iterator[date]:
    """Yield the last day of each calendar quarter that the days touch."""
    year, quarter = first_day.year, (first_day.month + 2) // 3
    while date(year, 3 * quarter - 2, 1) <= last_day:
        yield date(year, 3 * quarter, calendar.monthrange(year, 3 * quarter)[1])
        year, quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
