"""Reading one cell of a workpaper as its column asks, repairing only what has one meaning."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from auditkit.review.columns import (
    NO,
    NONE,
    NOT_DOCUMENTED,
    SEPARATOR,
    YES,
    Column,
    is_blank,
)
from auditkit.spreadsheet import begins_like_a_formula


class CellError(ValueError):
    """A cell holds what its column does not take; the message says what is accepted."""


def read_cell(column: Column, value: object) -> tuple[Any, str]:
    """Return the value of a cell and what had to be repaired to read it.

    Returns:
        The value (None for *not documented*) and the repair in words, empty when there was none.

    Raises:
        CellError: The cell cannot be read as its column asks.
    """
    if isinstance(value, str):
        value = value.strip()
        if column.asks and value.casefold() == NOT_DOCUMENTED:
            return None, ""
    return _READERS[column.kind](column, value)


def _read_text(column: Column, value: object) -> tuple[str, str]:
    if isinstance(value, bool):
        raise CellError("is a truth value")
    if isinstance(value, float):
        return (f"{value:g}" if not value.is_integer() else str(int(value))), ""
    if isinstance(value, int):
        return str(value), ""
    if not isinstance(value, str):
        raise CellError("is a date or time where text belongs")
    if begins_like_a_formula(value) and not column.locked:
        raise CellError("begins like a formula; begin with a word")
    return value, ""


def _read_choice(column: Column, value: object) -> tuple[str, str]:
    if isinstance(value, bool):
        value = YES if value else NO
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    for choice in column.choices:
        if text == choice:
            return choice, ""
    for choice in column.choices:
        if text.casefold() == choice.casefold():
            return choice, "was read in lower case"
    raise CellError("is not one of the choices")


def _read_number(column: Column, value: object) -> tuple[Decimal, str]:
    repaired = ""
    if isinstance(value, (bool, date, datetime)):
        raise CellError("is not a number")
    if isinstance(value, str):
        repaired = "was a number written as text"
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise CellError("is not a number") from None
    if not number.is_finite():
        raise CellError("is not a number")
    if column.low is not None and number < Decimal(str(column.low)):
        raise CellError(f"is below {column.low:g}")
    if column.high is not None and number > Decimal(str(column.high)):
        raise CellError(f"is above {column.high:g}")
    return Decimal(f"{number.normalize():f}"), repaired


def _read_whole(column: Column, value: object) -> tuple[int, str]:
    number, repaired = _read_number(column, value)
    if number != number.to_integral_value():
        raise CellError("is not a whole number")
    return int(number), repaired


def _read_date(column: Column, value: object) -> tuple[date, str]:
    if isinstance(value, datetime):
        return value.date(), ""
    if isinstance(value, date):
        return value, ""
    if not isinstance(value, str):
        raise CellError("is not a date")
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(value, form).date(), "was a date written as text"
        except ValueError:
            continue
    raise CellError("is not a date")


def _read_texts(column: Column, value: object) -> tuple[tuple[str, ...], str]:
    text, repaired = _read_text(column, value)
    if text.casefold() == NONE:
        return (), repaired
    return tuple(part.strip() for part in text.split(SEPARATOR) if part.strip()), repaired


def _read_numbers(column: Column, value: object) -> tuple[tuple[Decimal, ...], str]:
    if isinstance(value, str) and value.casefold() == NONE:
        return (), ""
    parts = value.split(SEPARATOR) if isinstance(value, str) else [value]
    return tuple(_read_number(column, part)[0] for part in parts if not is_blank(part)), ""


_READERS = {
    "text": _read_text,
    "choice": _read_choice,
    "whole": _read_whole,
    "number": _read_number,
    "date": _read_date,
    "texts": _read_texts,
    "numbers": _read_numbers,
}
