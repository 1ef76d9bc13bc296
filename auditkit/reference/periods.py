"""Dates as CMS writes them in file names and columns, and the periods that a release covers."""

import calendar
import re
from datetime import date, timedelta

MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
#: The far end of what is in force without an end date.
OPEN_END = date(9999, 12, 31)


def quarter_start(year: int, quarter: int) -> date:
    """Return the first day of the calendar quarter."""
    return date(year, 3 * quarter - 2, 1)


def quarter_end(day: date) -> date:
    """Return the last day of the calendar quarter that holds *day*."""
    month = 3 * ((day.month - 1) // 3 + 1)
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def quarter_label(day: date) -> str:
    """Return the quarter as ``2024q3``, or the ISO date where *day* is not a quarter's first."""
    if day == quarter_start(day.year, (day.month + 2) // 3):
        return f"{day.year}q{(day.month + 2) // 3}"
    return day.isoformat()


def quarter_in(name: str) -> tuple[int, int] | None:
    """Return the year and quarter written in *name* as ``2024q3``, or None."""
    match = re.search(r"(?<!\d)(20\d\d)[ _-]?q([1-4])(?!\d)", name, re.IGNORECASE)
    return (int(match[1]), int(match[2])) if match else None


def date_in(name: str) -> date | None:
    """Return the date written in *name* as ``07-01-2024`` or ``2024-07-01``, or None."""
    match = re.search(r"(?<!\d)(\d\d)[-_](\d\d)[-_](20\d\d)(?!\d)", name)
    parts = (match[3], match[1], match[2]) if match else None
    if parts is None:
        match = re.search(r"(?<!\d)(20\d\d)[-_](\d\d)(?:[-_](\d\d))?(?!\d)", name)
        parts = (match[1], match[2], match[3] or "01") if match else None
    if parts is None:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def month_in(name: str) -> int | None:
    """Return the month that *name* spells as a word such as ``JUL`` or ``October``, or None."""
    match = re.search(
        r"(?<![A-Za-z])(" + "|".join(MONTHS) + r")[a-z]*(?![A-Za-z])", name, re.IGNORECASE
    )
    return MONTHS[match[1].upper()] if match else None


def year_in(name: str) -> int | None:
    """Return the year written in *name* with four digits, or None."""
    match = re.search(r"(?<!\d)(20\d\d)(?!\d)", name)
    return int(match[1]) if match else None


def calendar_day(text: str) -> date:
    """Return the day written as ``20240701``.

    Raises:
        ValueError: when *text* is no such day.
    """
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError("not a date written as YYYYMMDD")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def ordinal_day(text: str) -> date:
    """Return the day written as year and day of the year, ``2024183``.

    Raises:
        ValueError: when *text* is no such day.
    """
    if len(text) != 7 or not text.isascii() or not text.isdigit():
        raise ValueError("not a date written as YYYYDDD")
    year, day = int(text[:4]), int(text[4:])
    if not 1 <= day <= 365 + calendar.isleap(year):
        raise ValueError("not a day of that year")
    return date(year, 1, 1) + timedelta(days=day - 1)


def american_day(text: str) -> date:
    """Return the day written as ``07/01/2024``, ``2024-07-01`` or ``20240701``.

    Raises:
        ValueError: when *text* is none of these.
    """
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?", text)
    if match:
        return date(int(match[3]), int(match[1]), int(match[2]))
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[ T].*)?", text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    return calendar_day(text)
