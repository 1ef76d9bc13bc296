"""Columns of a workpaper: what each cell may hold, how it is shown, and how it is read back."""

import re
import types
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

#: What a reader enters where they looked and the record does not say.
NOT_DOCUMENTED = "not documented"
YES, NO = "yes", "no"

#: What a reader enters where a list is documented and empty ("no symptoms").
NONE = "none"

#: Separates several values in one cell.
SEPARATOR = ";"

_UNITS = (
    ("_sq_cm", "sq cm"),
    ("_cm", "cm"),
    ("_mg_ml", "mg/mL"),
    ("_mg", "mg"),
    ("_ml", "mL"),
    ("_min", "minutes"),
)

#: Words of elements' names as people write them.
_SPELT = (
    ("icd10", "ICD-10"), ("npi", "NPI"), ("pos", "POS"), ("dx", "diagnosis"), ("hcpcs", "HCPCS"),
    ("path", "pathology"), ("abn", "ABN"), ("md", "MD"), ("mohs", "Mohs"), ("to or", "to OR"),
    ("re excision", "re-excision"),
)  # fmt: skip

Kind = Literal["text", "choice", "whole", "number", "date", "texts", "numbers"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    `key` is the element's name; `heading` is what people read and what it is found by again.
    `low` and `high` bound numbers. `asks` is true where *not documented* may be entered.
    """

    key: str
    heading: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    locked: bool = False
    asks: bool = False
    width: float = 16
    wrap: bool = False

    @property
    def accepted(self) -> str:
        """What the column takes, in words."""
        said = {
            "text": "text that does not begin like a formula",
            "choice": ", ".join(self.choices),
            "whole": f"a whole number{self._bounds}",
            "number": f"a number{self._bounds}",
            "date": "a date, such as 2025-03-04",
            "texts": f"words separated by '{SEPARATOR}'",
            "numbers": f"numbers{self._bounds} separated by '{SEPARATOR}'",
        }[self.kind]
        return f"{said}, or '{NOT_DOCUMENTED}'" if self.asks else said

    @property
    def _bounds(self) -> str:
        if self.low is None:
            return ""
        return f" from {self.low:g}" + ("" if self.high is None else f" to {self.high:g}")


def is_blank(value: object) -> bool:
    """Return whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def show(column: Column, value: Any) -> object:
    """Return *value* as it is written into a cell: text, number or date; None for a blank."""
    if value is None:
        return NOT_DOCUMENTED if column.asks else None
    if isinstance(value, bool):
        return YES if value else NO
    if column.kind == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(value, (list, tuple)):
        return f"{SEPARATOR} ".join(str(each) for each in value) or (NONE if column.asks else None)
    if column.kind in ("whole", "number"):
        return float(value)
    return str(value)


def text_of(value: Any) -> str:
    """Return a value of a table as text, empty where there is none."""
    return "" if value is None or pd.isna(value) else str(value)


def columns_of(
    model: type[BaseModel], only: tuple[str, ...] | None = None, prefix: str = ""
) -> tuple[Column, ...]:
    """Return a column for each plain element of *model*, in the model's order or that of *only*.

    Elements that hold parts of their own (lesions, stages) get a sheet, not a column.

    Args:
        model: A part of the schema of documented elements.
        only: Names of elements to take.
        prefix: Put before each key and heading, for parts shown on their parent's row.
    """
    names = [name for name in model.model_fields if name != "evidence"] if only is None else only
    found = (_column(name, model.model_fields[name]) for name in names)
    told = (column for column in found if column is not None)
    return tuple(_prefixed(column, prefix) for column in told)


def _prefixed(column: Column, prefix: str) -> Column:
    if not prefix:
        return column
    heading = f"{_words(prefix)}: {column.heading[0].lower()}{column.heading[1:]}"
    return replace(column, key=f"{prefix}.{column.key}", heading=heading)


def heading_of(name: str) -> str:
    """Return the heading of an element: its name in words, with its unit."""
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return f"{_words(name.removesuffix(ending))} ({unit})"
    return _words(name)


def _words(name: str) -> str:
    text = name.replace("_", " ")
    for short, long in _SPELT:
        text = re.sub(rf"\b{short}\b", long, text)
    return text[0].upper() + text[1:]


def _column(name: str, field: FieldInfo) -> Column | None:
    optional, inner, metadata = _inner(field)
    base = Column(name, heading_of(name), asks=optional)
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return _choice_column(base, tuple(each.value for each in inner))
    if get_origin(inner) is Literal:
        return _choice_column(base, tuple(map(str, get_args(inner))))
    if inner is bool:
        return replace(base, kind="choice", choices=(YES, NO), width=13)
    if inner in (int, Decimal):
        low, high = _bounds(metadata)
        kind: Kind = "whole" if inner is int else "number"
        return replace(base, kind=kind, low=low, high=high, width=14)
    if inner is date:
        return replace(base, kind="date", width=14)
    if inner is str:
        return replace(base, width=24, wrap=True)
    if get_origin(inner) is tuple:
        return _tuple_column(base, inner)
    return None


def _choice_column(base: Column, choices: tuple[str, ...]) -> Column:
    """Return a column wide enough for the longest of its choices."""
    width = max(base.width, 3 + max(map(len, choices)))
    return replace(base, kind="choice", choices=choices, width=width)


def _tuple_column(base: Column, inner: Any) -> Column | None:
    items = [each for each in get_args(inner) if each is not Ellipsis]
    item, metadata = _plain(items[0])
    if item is str:
        return replace(base, kind="texts", width=24, wrap=True)
    if item is Decimal:
        low, high = _bounds(metadata)
        return replace(base, kind="numbers", low=low, high=high)
    return None


def _inner(field: FieldInfo) -> tuple[bool, Any, list[Any]]:
    """Return whether the element may be null, its type without null, and its constraints."""
    annotation: Any = field.annotation
    parts = get_args(annotation) if _is_union(annotation) else (annotation,)
    plain = [part for part in parts if part is not type(None)]
    inner, metadata = _plain(plain[0])
    return len(plain) < len(parts), inner, [*field.metadata, *metadata]


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _plain(annotation: Any) -> tuple[Any, list[Any]]:
    """Return a type and its constraints, with `Annotated` and its `Field` taken apart."""
    if get_origin(annotation) is not Annotated:
        return annotation, []
    inner, *metadata = get_args(annotation)
    flat = [
        m for each in metadata for m in (each.metadata if isinstance(each, FieldInfo) else [each])
    ]
    return inner, flat


def _bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    low = next((float(m.ge) for m in metadata if isinstance(m, annotated_types.Ge)), None)  # type: ignore[arg-type]
    high = next((float(m.le) for m in metadata if isinstance(m, annotated_types.Le)), None)  # type: ignore[arg-type]
    return low, high
