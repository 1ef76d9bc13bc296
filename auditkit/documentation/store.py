"""Files of documented elements: JSON Lines in, checked, found again by encounter id.

A source of the record itself (FHIR, C-CDA) may stand where such a file is expected.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.sources import is_record, read_record
from auditkit.documentation.sources.assembly import as_json, merging
from auditkit.errors import InputError, Problem
from auditkit.privacy import keyed_id, quotes_apart

#: One line may not be longer than this many characters; a longer one is damage or an attack.
LONGEST_LINE = 2_000_000


@dataclass(frozen=True, slots=True)
class Documentation:
    """Documented elements by encounter id, as they were read (JSON values, checked)."""

    records: dict[str, dict[str, Any]]

    def only(self, encounter_ids: Iterable[str]) -> "Documentation":
        """Return the records of *encounter_ids*, in their order; what is absent stays absent."""
        wanted = {e: self.records[e] for e in encounter_ids if e in self.records}
        return Documentation(wanted)

    def elements(self) -> dict[str, DocumentedEncounter]:
        """Return the typed elements by encounter id."""
        return {e: DocumentedEncounter.model_validate(r) for e, r in self.records.items()}

    def as_bytes(self) -> bytes:
        """Return JSON Lines with sorted keys; patient keys are replaced by the encounter id.

        Words quoted from the notes are left out; `quotes_as_bytes` has them.
        """
        rows = []
        for encounter_id, record in self.records.items():
            open_part, _ = quotes_apart(record)
            kept = {k: v for k, v in open_part.items() if k not in _NATURAL_KEY}
            rows.append({"encounter_id": encounter_id} | kept)
        return _json_lines(rows)

    def quotes_as_bytes(self) -> bytes:
        """Return the words quoted from the notes as JSON Lines: encounter, place, quote."""
        return _json_lines(
            {"encounter_id": encounter_id} | words
            for encounter_id, record in self.records.items()
            for words in quotes_apart(record)[1]
        )

    def status(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Return each chart's status, one row per encounter of *lines*.

        Returns:
            encounter_id, provider_id and status: `abstracted`, `record_missing` or
            `not_abstracted`.
        """
        charts = lines[["encounter_id", "provider_id"]].drop_duplicates(ignore_index=True)
        charts["status"] = charts["encounter_id"].map(self._status_of)
        return charts

    def _status_of(self, encounter_id: str) -> str:
        record = self.records.get(encounter_id)
        if record is None:
            return "not_abstracted"
        return "abstracted" if record["record"].get("present", True) else "record_missing"


def _json_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Return one JSON object a line, with sorted keys."""
    return "".join(
        json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows
    ).encode()


_NATURAL_KEY = ("patient_key", "rendering_npi", "dos")


def read_documentation(path: Path, key: bytes) -> Documentation:
    """Read a file of documented elements.

    Args:
        path: JSON Lines, one `DocumentedEncounter` per line; or FHIR R4 or C-CDA, recognised by
            content, from which the elements are merged as docs/record-sources.md says.
        key: the practice's key, from which encounter ids are made of patient key, rendering NPI
            and date of service where a record carries those instead of an encounter id.

    Raises:
        InputError: listing every line that is not JSON, does not fit the schema, names no
            encounter, or repeats one. No message holds a value found in the file. Of FHIR and
            C-CDA, if no encounter at all can be read.
    """
    if is_record(path):
        return _of_sources(path, key)
    problems: list[Problem] = []
    records: dict[str, dict[str, Any]] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(
            f"{path.name} is not there. Name the file of documented elements in audit.toml, "
            "[inputs] documentation."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text.") from error
    for row, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found = _read_line(path.name, row, line, key, problems)
        if found is None:
            continue
        encounter_id, record = found
        if encounter_id in records:
            problems.append(Problem(
                path.name, row, "encounter_id", "this encounter has a record already",
                "one line for each encounter",
            ))  # fmt: skip
        records[encounter_id] = record
    if problems:
        raise InputError(f"{path.name} cannot be used as it is.", problems)
    return Documentation(records)


def _of_sources(path: Path, key: bytes) -> Documentation:
    """Return the elements of the encounters that a source of the record speaks of."""
    sources = read_record([path])
    records = {name: as_json(each.elements) for name, each in merging(sources, key)}
    if not records:
        raise InputError(
            f"{path.name}: no encounter can be read. An encounter needs a patient, a rendering "
            "provider with an NPI and a date of service.",
            sources.problems,
        )
    return Documentation(records)


def _read_line(
    file: str, row: int, line: str, key: bytes, problems: list[Problem]
) -> tuple[str, dict[str, Any]] | None:
    """Return the encounter id and record of one line, or None after noting what is wrong."""
    if len(line) > LONGEST_LINE:
        problems.append(Problem(file, row, None, "the line is too long", "2,000,000 characters"))
        return None
    try:
        record = json.loads(line)
        elements = DocumentedEncounter.model_validate_json(line)
    except ValidationError as error:
        problems.extend(_problems_of(file, row, error))
        return None
    except (ValueError, RecursionError):
        problems.append(Problem(file, row, None, "the line is not JSON", "one JSON object a line"))
        return None
    encounter_id = elements.encounter_id
    if encounter_id is None:
        if not (elements.patient_key and elements.rendering_npi and elements.dos):
            problems.append(Problem(
                file, row, "encounter_id", "the record names no encounter",
                "encounter_id, or patient_key, rendering_npi and dos",
            ))  # fmt: skip
            return None
        encounter_id = keyed_id(
            key, elements.patient_key, elements.rendering_npi, elements.dos.isoformat()
        )
    return encounter_id, record


def _field(part: str | int) -> str:
    """Return a part of a field's place; a name that is none of a schema's form is not repeated."""
    text = str(part)
    is_ours = text.replace("_", "").isalnum() and text.islower()
    return text if is_ours or text.isdigit() else "?"


def _problems_of(file: str, row: int, error: ValidationError) -> list[Problem]:
    """Return what does not fit the schema; pydantic's text is used only where it holds no value."""
    found = []
    for each in error.errors(include_input=False, include_url=False):
        place = ".".join(_field(part) for part in each["loc"])
        expected = each.get("ctx", {}).get("expected") or each["type"].replace("_", " ")
        found.append(Problem(file, row, place, "does not fit the schema", str(expected)))
    return found
