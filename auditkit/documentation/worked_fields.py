"""The fields of one part of a worked encounter, read under the schema's names and in its types."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from auditkit.documentation import elements
from auditkit.documentation.natural import UNREAD, kind_of, read_value
from auditkit.documentation.worked_words import (
    bare,
    entries_of,
    named,
    says,
    stated_and_denied,
    vocabulary,
)

#: The model of each part of a worked encounter, and the field of a part given as one bare value.
PARTS: dict[str, tuple[type[BaseModel], str]] = {
    "record": (elements.Record, "present"),
    "procedure": (elements.Procedure, "type"),
    "lesion": (elements.Lesion, "lesion_id"),
    "em": (elements.Em, "present"),
    "problem": (elements.Problem, "problem"),
    "data": (elements.Data, "tests_ordered"),
    "stage": (elements.MohsStage, "blocks"),
    "specimen": (elements.Specimen, "specimen"),
    "drug": (elements.Drug, "name"),
}
#: Elements that are read by their words, and the table of words.
CODED = {
    "intent": "intent",
    "measured": "measured",
    "closure": "closure",
    "applied_by": "person",
    "illuminated_by": "person",
    "performed_by": "person",
    "risk": "risk",
    "telehealth": "telehealth",
    "container": "container",
    "laterality": "laterality",
    "part_of_care": "part_of_care",
    "transfer_of_care": "transfer",
    "discontinued": "discontinued",
    "substantive_by": "person",
}
#: Numbers that a record gives in words of their own.
SPOKEN = {"monitoring_per_year": "per_year"}
#: What a bare yes or no says of an element that is otherwise read by its words.
YES_OR_NO = {"transfer_of_care": ("formal", "none"), "discontinued": ("after", "no")}
#: Counts that a record may give in words; words that are no number document no number.
COUNTED = ("lesions_treated", "nails", "specimens_sent")


class FieldReader:
    """Reads the fields of parts, and keeps what it does not understand."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self.unread: set[str] = set()
        self.problems: list[str] = []

    def fields(self, part: str, raw: Any) -> dict[str, Any]:
        """Return *raw* under the schema's names and in its types.

        Unknown names and values that say nothing are kept as not understood; two names of one
        element are taken together.
        """
        model, alone = PARTS[part]
        out: dict[str, Any] = {}
        for key, value in self._flat(part, raw, alone):
            name, given = named(part, key), value
            if name is None and bare(key).endswith("mm"):
                name, given = named(part, f"{key[:-2]}cm"), _in_mm(value)
            if name is None:
                self.unknown.add(f"field {part}.{key}")
                self.unread.add(f"{part}.{key}")
            elif name:
                self._put(out, part, model, name, key, given)
        return out

    def _flat(self, part: str, raw: Any, alone: str) -> Iterator[tuple[str, Any]]:
        """Yield the fields of a part, with those of the tables nested in it."""
        nested = vocabulary()["nested"].get(part, {})
        for key, value in (raw if isinstance(raw, Mapping) else {alone: raw}).items():
            if key in nested and isinstance(value, Mapping):
                for inner, each in value.items():
                    yield from self._flat(part, {nested[key].get(inner, inner): each}, alone)
            else:
                yield str(key), value

    def _put(
        self,
        out: dict[str, Any],
        part: str,
        model: type[BaseModel],
        name: str,
        key: str,
        value: Any,
    ) -> None:
        """Set the element *name* to what *value* says, beside what another name said of it."""
        own = name.removeprefix("lesion.")
        holder = elements.Lesion if own != name else model
        if own in holder.model_fields:
            if own in SPOKEN and isinstance(value, str) and not value.strip().isdigit():
                value = self.word(SPOKEN[own], value, UNREAD)
            if value is True and kind_of(holder, own) in ("text", "texts"):
                value = key.replace("_", " ")
            elif value is False and kind_of(holder, own) == "text":
                return
            given, value = value, read_value(holder, own, self._with_unit(own, key, value))
            if own in COUNTED and value is UNREAD and isinstance(given, str):
                value = None
            if own in YES_OR_NO and isinstance(value, bool):
                value = YES_OR_NO[own][0 if value else 1]
            elif own in CODED and not isinstance(value, bool):
                value = self.word(CODED[own], value, UNREAD)
            if value is UNREAD:
                self._not_read(part, key, own, given)
                return
        out[name] = _together(out[name], value) if name in out else value

    def _with_unit(self, own: str, key: str, value: Any) -> Any:
        """Return a size written as text; without a unit there or in the name it is a problem."""
        if own != "diameter_cm" or not isinstance(value, str) or bare(key)[-2:] in ("cm", "mm"):
            return value
        if re.fullmatch(r"\s*[0-9.]+\s*", value):
            self.problems.append("a size is written without a unit; write 0.8 cm or 8 mm")
            return None
        return value

    def _not_read(self, part: str, key: str, own: str, value: Any) -> None:
        self.unread.add(f"{part}.{own}")
        if own not in CODED:
            self.unknown.add(f"value of {part}.{key}")

    def word(self, element: str, text: Any, otherwise: Any = None) -> Any:
        """Return the value of *element* that *text* says, or *otherwise* if no word is known."""
        if text is None or isinstance(text, bool):
            return text
        if isinstance(text, Mapping):
            text = " ".join(str(each) for each in text.values() if isinstance(each, str))
        elif isinstance(text, list):
            text = "; ".join(str(each) for each in text)
        low = str(text).lower().strip()
        for value in (low, low.replace(" ", "_")):
            if value in vocabulary()["words"][element]:
                return value
        stated, denied = stated_and_denied(low)
        for value, entry in entries_of(element):
            if says(entry, stated, denied):
                return vocabulary()["synonyms"].get(value, value)
        self.unknown.add(f"{element} '{text}'")
        return otherwise

    def tables(self, part: str, raw: Any) -> list[Any]:
        """Return the entries of a list of parts; one entry alone is a list of one."""
        if raw is None or raw is False:
            return []
        return [each for each in (raw if isinstance(raw, list) else [raw]) if each is not None]


def _together(one: Any, other: Any) -> Any:
    """Return what two names of one element say together."""
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    if isinstance(one, list) and isinstance(other, list):
        return one + other
    if isinstance(one, str) and isinstance(other, str):
        return one if other in one else f"{one} {other}"
    return one


def _in_mm(value: Any) -> Any:
    """Return a value of a field in millimetres as text that says so."""
    if isinstance(value, list):
        return [_in_mm(each) for each in value]
    number = isinstance(value, int | Decimal) or (
        isinstance(value, str) and value.strip().isdigit()
    )
    return f"{value} mm" if number and not isinstance(value, bool) else value
