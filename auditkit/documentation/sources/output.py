"""Sources of the record merged into the files that an audit reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.claims.fhir_mapping import read_fhir_mapping
from auditkit.claims.fhir_values import listed
from auditkit.documentation.merge import Merged, conflicts_table
from auditkit.documentation.sources.account import RecordSources
from auditkit.documentation.sources.assembly import as_json, merging
from auditkit.documentation.sources.reading import read_record
from auditkit.documentation.store import Documentation, read_documentation
from auditkit.errors import SHOWN, InputError
from auditkit.files import replacing, table_bytes, write_bytes
from auditkit.spreadsheet import neutral


def write_sources(
    paths: Sequence[Path],
    out: Path,
    *,
    conflicts: Path | None = None,
    mapping: Path | None = None,
    abstraction: Path | None = None,
    key: bytes = b"",
    notes: bool = True,
) -> list[str]:
    """Merge sources into a file of documented elements, and say in words what was read.

    Both files hold patients' data; only their owner may read them.

    Args:
        paths: sources; see `read_record`.
        out: the file of documented elements to write, JSON Lines.
        conflicts: the CSV of what the sources do not agree on to write.
        mapping: codes of the user's own, for FHIR and C-CDA.
        abstraction: a file of documented elements that persons abstracted.
        key: the practice's key, where *abstraction* names encounters by their ids.
        notes: whether the note reader reads the notes.

    Raises:
        InputError: if a source cannot be opened, or no encounter at all can be read.
        SettingsError: if a mapping is not accepted.
    """
    sources = read_record(paths, read_fhir_mapping(mapping))
    persons = read_documentation(abstraction, key) if abstraction else Documentation({})
    alone = dict(persons.records)
    told = _Told(sources)
    with replacing(out) as stream:
        for name, each in merging(sources, key, persons.elements(), notes):
            alone.pop(name, None)
            told.take(each)
            stream.write(_line(as_json(each.elements)))
        if not told.encounters:
            raise InputError("No encounter can be read from these sources.", sources.problems)
        for name, record in alone.items():
            stream.write(_line({"encounter_id": name} | record))
    if conflicts is not None:
        table = conflicts_table(told.disagreeing)
        words = [name for name in table.columns if name not in ("dos", "open")]
        safe = {name: table[name].map(neutral) for name in words}
        write_bytes(conflicts, table_bytes(table.assign(**safe)))
    return told.words(len(alone))


def _line(record: dict[str, Any]) -> bytes:
    """Return one record as a line of JSON."""
    return (json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n").encode()


@dataclass(slots=True)
class _Told:
    """What there is to say of a merge: how many encounters, and those whose sources differ."""

    sources: RecordSources
    encounters: int = 0
    disagreeing: list[Merged] = field(default_factory=list)

    def take(self, merged: Merged) -> None:
        """Count one encounter, and keep it if its sources differ."""
        self.encounters += 1
        if merged.conflicts:
            self.disagreeing.append(merged)

    def words(self, alone: int) -> list[str]:
        """Return what was read, in words and without values."""
        sources = self.sources
        rows = [each for one in self.disagreeing for each in one.conflicts]
        waiting = sum(each.open for each in rows)
        told = [
            f"{self.encounters + alone:,} encounters: {len(sources.accounts):,} accounts of "
            f"systems, {len(sources.notes):,} notes, {alone:,} of persons alone.",
            f"{len(rows):,} disagreements, {waiting:,} of them wait for a person.",
        ]
        told += [f"{count:,} {what}." for what, count in sorted(sources.counts.items())]
        if sources.problems:
            told.append(f"{len(sources.problems):,} problems, not fatal:")
            told += [f"  {line}" for line in listed(sources.problems, SHOWN)]
        return told
