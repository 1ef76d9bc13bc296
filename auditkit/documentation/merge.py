"""Several accounts of one encounter merged into one record, with every disagreement shown.

The precedence, field by field:

1. A person's abstraction stands, a value as well as "not documented"; what nobody has looked for
   is filled from the other accounts.
2. Accounts that agree give the value, with the note's quote as evidence where there is one.
3. An account that alone says something gives it.
4. Accounts that disagree give nothing: the element counts as not abstracted, and a row of the
   conflicts waits for a person.

A procedure or lesion that a system recorded and the note does not tell is not taken where there is
a note: the note is what an outside reviewer reads. It is a row that waits for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel

from auditkit.documentation.elements import DocumentedEncounter, Em, Evidence, Record
from auditkit.documentation.reader.sites import agree, sites
from auditkit.documentation.sources.account import Account, Kind

#: Who is asked first. A note stands before the systems because its words can be quoted.
PRECEDENCE: tuple[Kind, ...] = ("person", "note", "ehr", "lis")

How = Literal["differs", "person_overrules", "not_in_note", "not_in_system", "not_in_abstraction"]

_LISTS = ("lesions", "procedures", "specimens", "drugs", "diagnoses")
_IDS = {"lesions": "lesion_id", "procedures": "procedure_id", "specimens": "specimen_id"}
_LETTERS = {"lesions": "L", "procedures": "P", "specimens": "S"}
_KEYS = ("encounter_id", "patient_key", "rendering_npi", "dos")
_LOOSE = ("abn", "class_findings", "systemic_condition", "last_seen_treating_md")
_NOTHING: Any = object()

#: The columns of the conflicts, in order.
CONFLICT_COLUMNS = (
    "patient_key", "rendering_npi", "dos", "part", "field", "how", "first_source", "first_value",
    "second_source", "second_value", "taken", "open",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conflict:
    """One disagreement between two accounts; it holds values of the record.

    Attributes:
        part: where, such as record or procedures[P1].
        field: the element; "" for a whole part.
        how: what kind of disagreement.
        first, second: the accounts, by kind and name.
        first_value, second_value: what they say; "" for nothing, "not documented" for null.
        taken: the kind of account whose value stands, or "neither".
        open: whether a person has still to decide.
    """

    part: str
    field: str
    how: How
    first: str
    first_value: str
    second: str
    second_value: str
    taken: str
    open: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """One record of one encounter, and what its sources did not agree on."""

    elements: DocumentedEncounter
    conflicts: tuple[Conflict, ...]


@dataclass(slots=True)
class _Item:
    """One part of one account: its fields that are set, and their evidence."""

    account: Account
    fields: dict[str, Any]
    evidence: dict[str, Evidence]

    @property
    def label(self) -> str:
        """The account in words."""
        return (
            f"{self.account.kind}: {self.account.name}" if self.account.name else self.account.kind
        )


def merge(accounts: Sequence[Account]) -> Merged:
    """Return one record from the accounts of one encounter; the module says the precedence.

    Raises:
        ValueError: if there is no account, or they are not of one encounter.
    """
    if not accounts or len({account.visit for account in accounts}) != 1:
        raise ValueError("merge: needs the accounts of one encounter, at least one.")
    return _Merge(sorted(accounts, key=lambda each: PRECEDENCE.index(each.kind))).done()


def conflicts_table(merged: Iterable[Merged]) -> pd.DataFrame:
    """Return the conflicts of many encounters, one row each, in `CONFLICT_COLUMNS`.

    The table holds values of the record: write it only where the record itself may stand.
    """
    rows = [
        (
            each.elements.patient_key, each.elements.rendering_npi, each.elements.dos, c.part,
            c.field, c.how, c.first, c.first_value, c.second, c.second_value, c.taken, c.open,
        )
        for each in merged
        for c in each.conflicts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CONFLICT_COLUMNS))


class _Merge:
    """Merges accounts that stand in the order of precedence."""

    def __init__(self, accounts: list[Account]) -> None:
        self.accounts = accounts
        self.conflicts: list[Conflict] = []
        self.renamed: dict[tuple[int, str], str] = {}

    def done(self) -> Merged:
        """Return the merged record."""
        visit = self.accounts[0].visit
        given: dict[str, Any] = visit.as_dict()
        given["record"] = self._single("record") or Record()
        em = self._single("em")
        if em is not None:
            given["em"] = em
        for name in _LISTS:
            parts = self._several(name)
            if parts is not None:
                given[name] = parts
        whole = [
            _Item(a, _set_fields(a.elements, _LOOSE), a.elements.evidence) for a in self.accounts
        ]
        fields, evidence = self._settled("", whole)
        given |= fields | ({"evidence": evidence} if evidence else {})
        unread = sorted({each for a in self.accounts for each in a.elements.unread})
        if unread:
            given["unread"] = unread
        first = self.accounts[0].elements
        if first.encounter_id is not None:
            given["encounter_id"] = first.encounter_id
        elements = DocumentedEncounter.model_validate(_plain(given))
        return Merged(elements, tuple(self.conflicts))

    def _single(self, name: str) -> dict[str, Any] | None:
        """Return the part that an encounter has once, or None where no account has it."""
        items = []
        for account in self.accounts:
            part: Record | Em | None = getattr(account.elements, name)
            if part is not None and name in account.elements.model_fields_set:
                items.append(_item(account, part))
        if not items:
            return None
        fields, evidence = self._settled(name, items)
        return fields | ({"evidence": evidence} if evidence else {})

    def _settled(self, part: str, items: list[_Item]) -> tuple[dict[str, Any], dict[str, Evidence]]:
        """Return the fields of one part as its accounts, by precedence, settle them."""
        fields: dict[str, Any] = {}
        evidence: dict[str, Evidence] = {}
        for name in dict.fromkeys(name for item in items for name in item.fields):
            said = [item for item in items if name in item.fields]
            chosen = self._settle(part, name, said)
            if chosen is None:
                continue
            fields[name] = chosen.fields[name]
            quoted = [i for i in said if name in i.evidence and _same(name, i, chosen)]
            quoted.sort(key=lambda item: (item is not chosen, item.evidence[name].quote is None))
            if quoted:
                evidence[name] = quoted[0].evidence[name]
        return fields, evidence

    def _settle(self, part: str, name: str, said: list[_Item]) -> _Item | None:
        """Return the item whose value of a field stands, or None where a person must decide."""
        first = said[0]
        if first.account.kind == "person":
            for other in said[1:]:
                if not _same(name, first, other) and other.fields[name] is not None:
                    self._note(part, name, "person_overrules", first, other, "person", False)
            return first
        # A source that is silent does not contradict one that speaks.
        speaking = [item for item in said if item.fields[name] is not None] or [first]
        differing = [item for item in speaking[1:] if not _same(name, speaking[0], item)]
        for other in differing:
            self._note(part, name, "differs", speaking[0], other, "neither", True)
        return None if differing else speaking[0]

    def _several(self, name: str) -> list[dict[str, Any]] | None:
        """Return a list of parts, matched between accounts; None where no account has it."""
        holders = [a for a in self.accounts if name in a.elements.model_fields_set]
        if not holders:
            return None
        groups: list[list[_Item]] = []
        for account in holders:
            free = list(groups)
            rest = []
            for part in getattr(account.elements, name):
                item = _item(account, part)
                mate = self._mate(name, item, free)
                if mate is None:
                    rest.append(item)
                else:
                    free = [group for group in free if group is not mate]
                    mate.append(item)
            groups += [[item] for item in rest]
        kept = [group for group in groups if self._stands(name, group, holders)]
        return [self._one(name, number, group) for number, group in enumerate(kept, start=1)]

    def _mate(self, name: str, item: _Item, groups: list[list[_Item]]) -> list[_Item] | None:
        """Return the group that *item* is one more account of: the best fit, or the first."""
        fits = [_fit(name, item, group[0]) for group in groups]
        best = max(fits, default=0)
        return groups[fits.index(best)] if best else None

    def _stands(self, name: str, group: list[_Item], holders: list[Account]) -> bool:
        """Return whether a part is taken up; note where only some of the accounts have it."""
        first = group[0]
        kinds = {item.account.kind for item in group}
        person = holders[0] if holders[0].kind == "person" else None
        shown = _shown(first.fields)
        if person is not None and "person" not in kinds:
            self._missing(name, shown, first, "not_in_abstraction", person, "person", False)
            return False
        if "person" in kinds or name not in ("procedures", "lesions"):
            return True
        told = [a for a in self.accounts if a.kind == "note"]
        if told and "note" not in kinds:
            self._missing(name, shown, first, "not_in_note", told[0], "neither", True)
            return False
        system = next((a for a in holders if a.kind == "ehr"), None)
        if name == "procedures" and system is not None and "ehr" not in kinds:
            self._missing(name, shown, first, "not_in_system", system, first.account.kind, False)
        return True

    def _one(self, name: str, number: int, group: list[_Item]) -> dict[str, Any]:
        """Return one part from its accounts, under an id that is its own in the merged record."""
        own = _IDS.get(name)
        first = group[0].fields
        called = name
        if own is not None:
            person = group[0].account.kind == "person"
            new = first[own] if person else f"{_LETTERS[name]}{number}"
            called = f"{name}[{new}]"
            for item in group:
                self.renamed[id(item.account), f"{name}:{item.fields[own]}"] = new
        skipped = {own, "lesion_ids", "lesion_id", "procedure_id"}
        bare = [
            _Item(
                item.account,
                {k: v for k, v in item.fields.items() if k not in skipped},
                item.evidence,
            )
            for item in group
        ]
        fields, evidence = self._settled(called, bare)
        made = fields | ({own: new} if own is not None else {})
        made |= self._links(name, group)
        return made | ({"evidence": evidence} if evidence else {})

    def _links(self, name: str, group: list[_Item]) -> dict[str, Any]:
        """Return what a part refers to, by the ids of the merged record; the first account's."""
        for item in group:
            known = {
                key.partition(":")[2]: new
                for (account, key), new in self.renamed.items()
                if account == id(item.account) and key.startswith("lesions:")
            }
            ids = [known[each] for each in item.fields.get("lesion_ids", ()) if each in known]
            if name == "procedures" and ids:
                return {"lesion_ids": ids}
            if name == "specimens" and item.fields.get("lesion_id") in known:
                return {"lesion_id": known[item.fields["lesion_id"]]}
            procedure = self.renamed.get(
                (id(item.account), f"procedures:{item.fields.get('procedure_id')}")
            )
            if name == "diagnoses" and procedure:
                return {"procedure_id": procedure}
        return {}

    def _note(
        self, part: str, field: str, how: How, first: _Item, second: _Item, taken: str, open_: bool
    ) -> None:
        """Note a disagreement about one field."""
        values = _shown(first.fields[field]), _shown(second.fields[field])
        self.conflicts.append(
            Conflict(
                part, field, how, first.label, values[0], second.label, values[1], taken, open_
            )
        )

    def _missing(
        self, part: str, shown: str, first: _Item, how: How, other: Account, taken: str, open_: bool
    ) -> None:
        """Note a part that one account has and another has not."""
        second = f"{other.kind}: {other.name}" if other.name else other.kind
        self.conflicts.append(Conflict(part, "", how, first.label, shown, second, "", taken, open_))


def _item(account: Account, part: BaseModel) -> _Item:
    """Return a part of an account as its set fields and their evidence."""
    fields = _set_fields(part, type(part).model_fields)
    fields.pop("evidence", None)
    return _Item(account, fields, getattr(part, "evidence", {}))


def _set_fields(part: BaseModel, names: Iterable[str]) -> dict[str, Any]:
    """Return the fields of *names* that somebody has set, null included."""
    return {name: getattr(part, name) for name in names if name in part.model_fields_set}


def _fit(name: str, one: _Item, other: _Item) -> int:
    """Return how well two parts may be one and the same; 0 where they cannot be."""
    if name in ("drugs", "diagnoses"):
        keys = ("hcpcs", "name") if name == "drugs" else ("icd10", "label")
        same = [key for key in keys if one.fields.get(key) and _same(key, one, other)]
        return 3 if same else 0
    if name == "procedures" and one.fields["type"] != other.fields["type"]:
        return 0
    mine, theirs = one.fields.get("site"), other.fields.get("site")
    if mine and theirs:
        return 3 if _same_text(mine, theirs) else 2 if _one_place(mine, theirs) else 0
    return 1 if name != "lesions" else 0


def _same(name: str, one: _Item, other: _Item) -> bool:
    """Return whether two accounts say the same of a field."""
    mine, theirs = one.fields.get(name), other.fields.get(name)
    if isinstance(mine, str) and isinstance(theirs, str):
        return _same_text(mine, theirs) or (name == "site" and _one_place(mine, theirs))
    return bool(_plain(mine, evidence=False) == _plain(theirs, evidence=False))


def _same_text(one: str, other: str) -> bool:
    """Return whether two texts differ in case and blanks alone."""
    return " ".join(one.lower().split()) == " ".join(other.lower().split())


def _one_place(one: str, other: str) -> bool:
    """Return whether two phrases may name one place of the body."""
    first, second = (sites(each.lower(), 0, len(each)) for each in (one, other))
    return bool(first and second) and agree(first[0], second[0])


def _plain(value: Any, evidence: bool = True) -> Any:
    """Return *value* with models as plain tables, with the evidence that they hold or without."""
    if isinstance(value, Evidence):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, BaseModel):
        value = _set_fields(value, type(value).model_fields)
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if evidence or name != "evidence"}
        return {name: _plain(each, evidence) for name, each in kept.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, evidence) for each in value]
    return value


def _shown(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return "not documented"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        skipped = ("lesion_ids", "lesion_id", "procedure_id", "specimen_id", "evidence")
        return "; ".join(f"{k}: {_shown(v)}" for k, v in value.items() if k not in skipped)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, BaseModel):
        return _shown(_set_fields(value, type(value).model_fields))
    return str(value)
