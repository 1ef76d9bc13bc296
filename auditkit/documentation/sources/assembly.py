"""From sources of the record to one record for each encounter, under its encounter id."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.merge import Merged, merge
from auditkit.documentation.reader import documented, read_note
from auditkit.documentation.sources.account import Account, Note, RecordSources, Visit
from auditkit.privacy import keyed_id


def encounter_id(visit: Visit, key: bytes) -> str:
    """Return the encounter id of a visit, as `auditkit.claims.encounters` makes it."""
    return keyed_id(key, visit.patient_key, visit.rendering_npi, visit.dos.isoformat())


def account_of(note: Note) -> Account:
    """Return what the note reader proposes from a note, as one account of its encounter."""
    elements = documented(read_note(note.text), document=note.name, **note.visit.as_dict())
    return Account("note", note.name, note.visit, elements)


def merging(
    sources: RecordSources,
    key: bytes,
    people: Mapping[str, DocumentedEncounter] | None = None,
    notes: bool = True,
) -> Iterator[tuple[str, Merged]]:
    """Yield encounter id and merged record of each encounter that a source speaks of.

    One encounter is held at a time, so that an export's size does not decide the memory.

    Args:
        sources: what structured sources hold.
        key: the practice's key, from which encounter ids are made.
        people: what persons abstracted, by encounter id; encounters that no source speaks of
            are left to the caller.
        notes: whether the note reader reads the notes.
    """
    said: dict[Visit, tuple[list[Account], list[Note]]] = {}
    for account in sources.accounts:
        said.setdefault(account.visit, ([], []))[0].append(account)
    for note in sources.notes if notes else ():
        said.setdefault(note.visit, ([], []))[1].append(note)
    for visit, (accounts, texts) in said.items():
        name = encounter_id(visit, key)
        given = [*accounts, *map(account_of, texts)]
        if people is not None and name in people:
            given.append(Account("person", "", visit, people[name]))
        yield name, merge(given)


def as_json(elements: DocumentedEncounter) -> dict[str, Any]:
    """Return documented elements as JSON values; what nobody looked for stays absent."""
    found: dict[str, Any] = _json(elements.model_dump(exclude_unset=True))
    return found


def _json(value: Any) -> Any:
    """Return *value* with numbers, texts, lists and tables alone."""
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, bool | int | float | None) else str(value)
