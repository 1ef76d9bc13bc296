"""From sources of the record to one record for each encounter, under its encounter id."""

from collections import defaultdict
from collections.abc import Mapping
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


def assembled(
    sources: RecordSources,
    key: bytes,
    people: Mapping[str, DocumentedEncounter] | None = None,
    notes: bool = True,
) -> dict[str, Merged]:
    """Return one merged record for each encounter that a source speaks of.

    Args:
        sources: what structured sources hold.
        key: the practice's key, from which encounter ids are made.
        people: what persons abstracted, by encounter id; encounters that no source speaks of
            are left to the caller.
        notes: whether the note reader reads the notes.
    """
    accounts: dict[str, list[Account]] = defaultdict(list)
    for account in sources.accounts:
        accounts[encounter_id(account.visit, key)].append(account)
    for note in sources.notes if notes else ():
        accounts[encounter_id(note.visit, key)].append(account_of(note))
    for name, given in accounts.items():
        if people is not None and name in people:
            given.append(Account("person", "", given[0].visit, people[name]))
    return {name: merge(given) for name, given in accounts.items()}


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
