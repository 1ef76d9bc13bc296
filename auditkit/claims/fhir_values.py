"""Single values of FHIR R4 data: codes by system, dates, amounts, identifiers; any JSON is met."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from auditkit.errors import Problem

JSON = dict[str, Any]

#: date, or dateTime with its time and zone left off (FHIR R4, datatypes).
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}.*)?")
_NPI = re.compile(r"[0-9]{10}")


@cache
def names() -> dict[str, dict[str, Any]]:
    """Return the content of fhir_names.toml."""
    text = files("auditkit.claims").joinpath("fhir_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def systems(kind: str) -> frozenset[str]:
    """Return the addresses of the code systems of one *kind*, such as "icd10"."""
    return frozenset(names()["systems"][kind])


def table(value: Any) -> JSON:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[JSON]:
    """Return the objects of a list; anything else has none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """Return a filled text without blanks around it, or None."""
    return value.strip() or None if isinstance(value, str) else None


def number(value: Any) -> str | None:
    """Return a JSON number as plain digits, or None for what is none or is out of all bounds."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    if not exact.is_finite() or abs(exact.adjusted()) > 12:
        return None if exact else "0"
    return format(exact, "f")


def codings(concept: Any) -> Iterator[tuple[str, str]]:
    """Yield system and code of each coding of a CodeableConcept."""
    for coding in tables(table(concept).get("coding")):
        code = text(coding.get("code"))
        if code:
            yield text(coding.get("system")) or "", code


def coded(concept: Any, accepted: Iterable[str]) -> str | None:
    """Return the first code of a CodeableConcept from one of the *accepted* systems."""
    return next((code for system, code in codings(concept) if system in accepted), None)


def codes(concepts: Any) -> set[str]:
    """Return the codes of a list of CodeableConcepts, or of one, whatever their systems."""
    each = concepts if isinstance(concepts, list) else [concepts]
    return {code for concept in each for _, code in codings(concept)}


def words(concept: Any) -> str | None:
    """Return what a CodeableConcept says in words: its text, else a display."""
    found = text(table(concept).get("text"))
    shown = (text(each.get("display")) for each in tables(table(concept).get("coding")))
    return found or next((each for each in shown if each), None)


def day(value: Any) -> str | None:
    """Return the calendar day of a date or dateTime as it is written, in its own time zone.

    None for a partial date (2024, 2024-03): the day is not known, and none is made up.
    """
    match = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else None


def npi_of(identifiers: Any) -> str | None:
    """Return the NPI among *identifiers*, a list or one Identifier."""
    listed = tables(identifiers) if isinstance(identifiers, list) else [table(identifiers)]
    types = frozenset(names()["identifiers"]["npi"])
    for each in listed:
        value = text(each.get("value"))
        known = text(each.get("system")) in systems("npi") or types & codes(each.get("type"))
        if value and known and _NPI.fullmatch(value):
            return value
    return None


def identifier(identifiers: Any, types: Iterable[str]) -> str | None:
    """Return the value of the identifier whose type stands first in *types*."""
    listed = [(codes(each.get("type")), text(each.get("value"))) for each in tables(identifiers)]
    for wanted in types:
        for found, value in listed:
            if wanted in found and value:
                return value
    return None


def listed(problems: list[Problem], most: int) -> list[str]:
    """Return *problems* in words: *most* of them, then how many more there are."""
    shown = [str(problem) for problem in problems[:most]]
    more = sum(problem.count for problem in problems[most:])
    return [*shown, f"and {more:,} more."] if more else shown
