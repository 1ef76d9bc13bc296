"""Records without words of their own: dates moved, people renamed, and only known words kept."""

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from auditkit.documentation.elements import json_schema

#: Where the words that may stay come from: the bundled rules and the note reader's lexicon.
_LEXICONS = ("coding/packs", "documentation/reader", "documentation", "sampling")
#: What stands for a word that is in no lexicon.
TAKEN_OUT = "x"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NPI = re.compile(r"\d{10}")
_CODE = re.compile(r"[A-Z0-9]{1,5}(\.[A-Z0-9]{1,4})?")
_TOKEN = re.compile(r"[^\W_]+")
_CODE_FIELDS = {"icd10", "hcpcs", "decision_for_code", "systemic_condition", "pos_actual"}
_ID_FIELDS = {"lesion_id": "L", "lesion_ids": "L", "specimen_id": "S", "procedure_id": "P"}
_LEFT_OUT = ("evidence", "patient_key", "rendering_npi", "dos", "encounter_id", "session")


@cache
def known_words() -> frozenset[str]:
    """Return the words, in lower case, of the bundled rules, the lexicons and the schema."""
    found: set[str] = set()
    for folder in _LEXICONS:
        for each in (resources.files("auditkit") / folder).iterdir():
            if each.name.endswith(".toml"):
                found.update(_TOKEN.findall(each.read_text("utf-8").lower()))
    found.update(word for value in _choices(json_schema()) for word in _TOKEN.findall(value))
    return frozenset(word for word in found if not word.isdigit())


def _choices(schema: Any) -> list[str]:
    """Return every value that a field of the schema may be one of."""
    if isinstance(schema, list):
        return [value for each in schema for value in _choices(each)]
    if not isinstance(schema, dict):
        return []
    here = [str(value).lower() for value in schema.get("enum", ()) if isinstance(value, str)]
    return here + [value for each in schema.values() for value in _choices(each)]


def plain_words(text: str) -> str:
    """Return *text* with every word that is in no lexicon taken out, and every long number."""

    def kept(match: re.Match[str]) -> str:
        word = match[0]
        if word.isdigit():
            return word if len(word) <= 2 else TAKEN_OUT
        return word if len(word) == 1 or word.lower() in known_words() else TAKEN_OUT

    return _TOKEN.sub(kept, text)


def plain_record(
    record: dict[str, Any], moved: Callable[[str], str], renamed: Callable[[str], str]
) -> dict[str, Any]:
    """Return the documented elements of one encounter without anything of the patient's own.

    Args:
        record: the elements as JSON values.
        moved: gives the date that stands for an ISO date.
        renamed: gives the number that stands for a provider's NPI.

    Returns:
        The same elements: dates moved, providers renamed, the names of lesions, specimens and
        procedures numbered, evidence left out, and in free text only words of the lexicons.
    """
    numbered: dict[tuple[str, str], str] = {}

    def of(value: Any, field: str) -> Any:
        if isinstance(value, dict):
            return {name: of(each, name) for name, each in value.items() if name not in _LEFT_OUT}
        if isinstance(value, list):
            return [of(each, field) for each in value]
        return word(value, field) if isinstance(value, str) else value

    def word(value: str, field: str) -> str:
        if kind := _ID_FIELDS.get(field):
            return numbered.setdefault((kind, value), f"{kind}{len(numbered) + 1}")
        if _DATE.fullmatch(value):
            return moved(value)
        if _NPI.fullmatch(value):
            return renamed(value)
        if field in _CODE_FIELDS and _CODE.fullmatch(value):
            return value
        return plain_words(value)

    plain: dict[str, Any] = of(record, "")
    return plain
