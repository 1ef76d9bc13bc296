"""Values as people write them, read as the schema's types: yes and no, counts, sizes, dates.

A value that says nothing the type can hold is `UNREAD`: the element counts as not abstracted, so
that whatever needs it becomes a question, and the rest is coded.
"""

import re
import types
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel


class Unread(StrEnum):
    """The one value that stands for "there, but not understood"."""

    UNREAD = "unread"


UNREAD: Final = Unread.UNREAD
#: Words that open a denial, say nothing is known, or that the record is silent.
DENIALS = {"no", "not", "none", "false", "n", "absent", "without", "never", "denied", "denies",
           "negative", "unsigned", "missing", "off", "lacking", "neither"}  # fmt: skip
UNCERTAIN = {"unknown", "unclear", "uncertain", "possibly", "maybe", "pending", "illegible"}
NOT_COMPLICATED = {"simple", "uncomplicated"}
SILENT = {"not documented", "not stated", "not recorded", "undocumented", "n a", "na", ""}
COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = {word: i for i, word in enumerate(COUNTING.split(" "))}
NUMBERS |= {"single": 1, "a": 1, "an": 1, "double": 2, "pair": 2, "both": 2, "none": 0, "no": 0}
#: What one of each written unit is in the unit of a field's name.
UNITS: dict[str, dict[str, Decimal]] = {
    "cm": {"cm": Decimal(1), "centimetre": Decimal(1), "centimeter": Decimal(1),
           "mm": Decimal("0.1"), "millimetre": Decimal("0.1"), "millimeter": Decimal("0.1"),
           "inch": Decimal("2.54")},
    "mg": {"mg": Decimal(1), "milligram": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001")},
    "ml": {"ml": Decimal(1), "cc": Decimal(1), "millilitre": Decimal(1), "milliliter": Decimal(1)},
    "min": {"min": Decimal(1), "minute": Decimal(1), "h": Decimal(60), "hr": Decimal(60),
            "hour": Decimal(60)},
}  # fmt: skip
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]*)")
DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d")


def words_of(value: Any) -> str:
    """Return *value* in lower-case words, without punctuation."""
    return " ".join(re.findall(r"[a-z0-9.]+", str(value).lower()))


@cache
def kind_of(model: type[BaseModel], name: str) -> str:
    """Return what kind of value the field *name* of *model* holds."""
    return _kind(model.model_fields[name].annotation)


def _kind(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return next(_kind(arg) for arg in get_args(annotation) if arg is not type(None))
    if origin is tuple:
        return {"text": "texts", "decimal": "sizes"}.get(_kind(get_args(annotation)[0]), "parts")
    if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        return "choice"
    kinds = {bool: "bool", int: "count", Decimal: "decimal", date: "day", str: "text"}
    return kinds.get(annotation, "parts")


def read_value(model: type[BaseModel], name: str, value: Any) -> Any:
    """Return *value* as the field *name* of *model* holds it, None, or `UNREAD`."""
    kind = kind_of(model, name)
    if value is None or kind in ("choice", "parts"):
        return value
    if isinstance(value, str) and words_of(value) in SILENT:
        return None
    return READERS[kind](name, value)


def read_yes_no(name: str, value: Any) -> Any:
    """Return whether *value* says yes; a text that describes something says that it was there."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal | float):
        return bool(value)
    if isinstance(value, list):
        return bool(value)
    if not isinstance(value, str):
        return UNREAD
    words = words_of(value).split()
    if name == "path_pending":
        return not UNCERTAIN.isdisjoint(words)
    if UNCERTAIN.intersection(words):
        return UNREAD
    if name == "complicated" and NOT_COMPLICATED.intersection(words):
        return False
    return not DENIALS.intersection(words[:2])


def read_count(name: str, value: Any) -> Any:
    """Return a number of things: a number, its word, or as many as a list names."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if value >= 0 else UNREAD
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) and value >= 0 else UNREAD
    if isinstance(value, list):
        return len({_named(each) for each in value})
    if not isinstance(value, str):
        return UNREAD
    if name.endswith("_min") or name == "minutes":
        found = read_number("minutes_min", value)
        return found if found is UNREAD else read_count("", found)
    words = words_of(value).split()
    numbers = [int(w) if w.isdigit() else NUMBERS[w] for w in words if w.isdigit() or w in NUMBERS]
    return numbers[0] if len(numbers) == 1 else UNREAD


def _named(each: Any) -> str:
    """Return what tells one entry of a list from another: its code or name."""
    if isinstance(each, Mapping):
        return str(
            each.get("code") or each.get("source") or each.get("name") or sorted(each.items())
        )
    return str(each).strip().lower()


def read_number(name: str, value: Any) -> Any:
    """Return a quantity in the unit of the field's name: "3 mm" of a field in cm is 0.3."""
    if isinstance(value, bool):
        return UNREAD
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)) if value >= 0 else UNREAD
    if isinstance(value, list | tuple):
        parts = [read_number(name.replace("_sq_cm", "_cm"), each) for each in value]
        return UNREAD if UNREAD in parts or not parts else _of_parts(name, parts)
    if not isinstance(value, str):
        return UNREAD
    if words_of(value) in ("none", "nil", "no waste", "zero"):
        return Decimal(0)
    return _of_text(name, value.lower())


def _of_parts(name: str, parts: list[Decimal]) -> Any:
    """Return the greatest of several diameters, or the area that two sides enclose."""
    if len(parts) == 1:
        return parts[0]
    if name.endswith("_sq_cm"):
        return parts[0] * parts[1] if len(parts) == 2 else UNREAD
    return max(parts) if name == "diameter_cm" else UNREAD


def _of_text(name: str, text: str) -> Any:
    if name.endswith("_sq_cm"):
        sides = re.split(r"\s*(?:x|by|\u00d7)\s*", text)
        numbers = [found[1] for side in sides if (found := QUANTITY.match(side))]
        if len(numbers) == len(sides) == 2:
            unit = "mm" if "mm" in text else "cm"
            return _of_parts(name, [_of_text("_cm", f"{number} {unit}") for number in numbers])
        found = QUANTITY.match(text)
        return Decimal(found[1]) if found and "mm" not in text else UNREAD
    if name == "concentration_mg_ml":
        found = QUANTITY.match(text)
        return Decimal(found[1]) if found and found[2] in ("", "mg") else UNREAD
    found_all = QUANTITY.findall(text)
    if not found_all:
        return UNREAD
    table = next((UNITS[part] for part in name.split("_") if part in UNITS), {})
    last = next((unit for _, unit in reversed(found_all) if _factor(table, unit) is not None), None)
    parts = []
    for number, unit in found_all:
        factor = _factor(table, unit if _factor(table, unit) is not None else last)
        if factor is None and unit not in ("", "x"):
            return UNREAD
        parts.append(Decimal(number) * (1 if factor is None else factor))
    return sum(parts, Decimal(0)) if name.endswith("_min") else _of_parts(name, parts)


def _factor(table: Mapping[str, Decimal], unit: str | None) -> Decimal | None:
    if not unit:
        return None
    return table.get(unit, table.get(unit.rstrip("s")))


def read_sizes(name: str, value: Any) -> Any:
    """Return several sizes in cm from a list, a table of sides, one size or "2 x 3 cm"."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str):
        unit = "mm" if "mm" in value.lower() else "cm"
        value = [f"{number} {unit}" for number, _ in QUANTITY.findall(value.lower())]
    if not isinstance(value, list | tuple):
        value = [value]
    sizes = [read_number("size_cm", each) for each in value if each is not None]
    return UNREAD if UNREAD in sizes else sizes


def read_day(name: str, value: Any) -> Any:
    """Return a date, however it is written."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for written in (text, text[:10]):
        for form in DAYS:
            try:
                return datetime.strptime(written, form).date()
            except ValueError:
                continue
    return UNREAD


def read_text(name: str, value: Any) -> Any:
    """Return a text; several are joined, and a bare yes has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return UNREAD if value else None
    if isinstance(value, list | tuple):
        parts = [str(each) for each in value if isinstance(each, str | int | Decimal)]
        return " and ".join(parts) if parts or not value else UNREAD
    if isinstance(value, Mapping):
        parts = [each for each in value.values() if isinstance(each, str)]
        return " ".join(parts) if parts else UNREAD
    return str(value)


def read_texts(name: str, value: Any) -> Any:
    """Return a list of texts; one text is a list of one, a bare no an empty list."""
    if isinstance(value, bool):
        return UNREAD if value else []
    if isinstance(value, str):
        return [] if words_of(value) in ("none", "no", "nil") else [value]
    if isinstance(value, Mapping):
        value = [key.replace("_", " ") if each is True else f"{key}: {each}"
                 for key, each in value.items() if each]  # fmt: skip
    if not isinstance(value, list | tuple):
        return UNREAD
    texts = [read_text(name, each) for each in value]
    return [text for text in texts if text is not None and text is not UNREAD]


READERS = {
    "bool": read_yes_no,
    "count": read_count,
    "decimal": read_number,
    "sizes": read_sizes,
    "day": read_day,
    "text": read_text,
    "texts": read_texts,
}
