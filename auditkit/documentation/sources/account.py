"""What one source says of encounters: documented elements with their source, and notes."""

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from auditkit.documentation.elements import DocumentedEncounter, Evidence
from auditkit.errors import Problem

#: A person's abstraction; a note's text as the note reader read it; a system of records; a
#: laboratory system.
Kind = Literal["person", "note", "ehr", "lis"]


@cache
def names() -> dict[str, dict[str, Any]]:
    """Return the content of names.toml."""
    text = files("auditkit.documentation.sources").joinpath("names.toml").read_text("utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True)
class Visit:
    """The encounter that a source speaks of: patient key, rendering NPI, date of service."""

    patient_key: str
    rendering_npi: str
    dos: date

    def as_dict(self) -> dict[str, Any]:
        """Return the visit as the fields of a `DocumentedEncounter`."""
        return {
            "patient_key": self.patient_key,
            "rendering_npi": self.rendering_npi,
            "dos": self.dos,
        }


@dataclass(frozen=True, slots=True)
class Account:
    """What one source says of one encounter; `name` is the document or system it stands in."""

    kind: Kind
    name: str
    visit: Visit
    elements: DocumentedEncounter


@dataclass(frozen=True, slots=True)
class Note:
    """The text of one note of one encounter."""

    visit: Visit
    name: str
    text: str


@dataclass(slots=True)
class RecordSources:
    """Everything read from structured sources; what could not be read is listed and counted."""

    accounts: list[Account] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: "RecordSources") -> None:
        """Take up what another source holds."""
        self.accounts += other.accounts
        self.notes += other.notes
        self.problems += other.problems
        self.counts += other.counts


def family_of(code: str) -> str | None:
    """Return the family of procedure that a CPT code stands in, or None."""
    for family, ranges in names()["families"].items():
        if any(first <= code <= last for first, last in ranges):
            return str(family)
    return None


def from_system(document: str, quote: str | None = None) -> Evidence:
    """Return the evidence of a value that a system of records holds."""
    return Evidence(source="ehr", document=document, quote=quote)
