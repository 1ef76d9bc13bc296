"""CSV exports of an EHR or laboratory system, read through a mapping file.

The mapping (TOML) names the export, what kind of system it is from, which column holds which
element, and what the system's own words mean. A cell that is not understood leaves its element
open; nothing is guessed.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from auditkit.claims.delimited import raw_delimited
from auditkit.claims.header import match_columns
from auditkit.claims.mapping import Mapping, mapping_file, read_mapping
from auditkit.documentation import elements
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.natural import UNREAD, kind_of, read_value
from auditkit.documentation.sources.account import (
    Account,
    Note,
    RecordSources,
    Visit,
    from_system,
)
from auditkit.errors import InputError, Problem, SettingsError
from auditkit.schema import Column, Table, check

#: The parts of which a row can speak, and whether a visit has one or several of them.
PARTS: dict[str, tuple[type[BaseModel], str]] = {
    "record": (elements.Record, ""),
    "em": (elements.Em, ""),
    "procedure": (elements.Procedure, "procedures"),
    "lesion": (elements.Lesion, "lesions"),
    "specimen": (elements.Specimen, "specimens"),
    "drug": (elements.Drug, "drugs"),
    "diagnosis": (elements.Diagnosis, "diagnoses"),
}
_OWN = {"evidence", "procedure_id", "lesion_id", "lesion_ids", "specimen_id"}
_KEYS = ("file", "kind", "words", "units")
_IDS = {
    "procedure": ("procedure_id", "P"),
    "lesion": ("lesion_id", "L"),
    "specimen": ("specimen_id", "S"),
}
_BARE = re.compile(r"\d+(\.\d+)?|\.\d+")


def _elements() -> Iterator[str]:
    """Yield every element that a column can hold, such as procedure.site."""
    for part, (model, _) in PARTS.items():
        for name in model.model_fields:
            if name not in _OWN and kind_of(model, name) != "parts":
                yield f"{part}.{name}"


#: What an export can hold: who, when, the note, and elements by part and name.
EXPORT = Table(
    "export",
    (
        Column("patient_key", "text", "the patient", "any text", needed=True, filled=True),
        Column(
            "rendering_npi", "text", "NPI of who rendered the visit", "ten digits",
            needed=True, filled=True, test="regexp_full_match({}, '[0-9]{10}')",
        ),
        Column("dos", "date", "date of service", "a date", needed=True, filled=True),
        Column("note", "text", "the note's text", "any text"),
        *(Column(name, "text", name, "the element in words") for name in _elements()),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declared:
    """What a mapping file says of an export.

    Attributes:
        file: the export.
        kind: "ehr" or "lis".
        columns: which column holds what, as of a claims file.
        words: element, then the system's word (small letters), to the word of the schema.
        units: element to the unit of its bare numbers, such as mm.
    """

    file: Path
    kind: Literal["ehr", "lis"]
    columns: Mapping
    words: Dictionary[str, Dictionary[str, str]] = field(default_factory=dict)
    units: Dictionary[str, str] = field(default_factory=dict)


def read_export(mapping: Path) -> RecordSources:
    """Read the export that a mapping file names.

    Returns:
        One account for each visit; rows that are not accepted are listed.

    Raises:
        SettingsError: if the mapping is not accepted.
        InputError: if the export cannot be opened or lacks a needed column.
    """
    declared = read_declared(mapping)
    name = declared.file.name
    if not declared.file.is_file():
        raise InputError(
            f"{name}: the export that {mapping.name} names is not there. Write its place as "
            "'file', relative to the mapping."
        )
    raw = raw_delimited(declared.file, EXPORT, declared.columns)
    given = declared.columns
    matched = match_columns(EXPORT, raw.header, given.columns, given.values, name)
    data = raw.data.select([str(place) for place in matched.values()]).rename_columns(list(matched))
    notes = data.column("note").to_pylist() if "note" in matched else [None] * data.num_rows
    # A note may be longer than any cell of the contract, so it does not pass through the check.
    kept = data.drop_columns(["note"]) if "note" in matched else data
    constants = {n: value for n, value in given.values.items() if n not in matched}
    checked = check(EXPORT, kept, given.date_forms(EXPORT), constants)
    out = RecordSources(problems=checked.problems(name, raw.places))
    accepted = f"{len(raw.header)} columns as in the first row"
    out.problems += [Problem(name, row, None, f"{n} columns", accepted) for row, n, _ in raw.ragged]
    visits: dict[Visit, _Gathered] = defaultdict(_Gathered)
    held = [each for each in (*matched, *constants) if "." in each]
    good = ~checked.faulty & ~checked.blank
    for place in good.nonzero()[0]:
        row = checked.frame.iloc[place]
        visit = Visit(row["patient_key"], row["rendering_npi"], row["dos"].date())
        cells = {each: row[each] for each in held if isinstance(row[each], str)}
        where = (name, int(raw.places[place]))
        visits[visit].add(_read(cells, declared, where, out), where, out)
        if notes[place]:
            out.notes.append(Note(visit, f"{name}, row {where[1]}", notes[place]))
    out.accounts = [
        Account(declared.kind, name, visit, each.elements(visit)) for visit, each in visits.items()
    ]
    return out


def read_declared(path: Path) -> Declared:
    """Return what the mapping file of an export declares.

    Raises:
        SettingsError: naming every slip at once.
    """
    content = mapping_file(path)
    slips = []
    file, kind = content.get("file"), content.get("kind")
    if not isinstance(file, str) or not file:
        slips.append("'file' must name the export, such as \"visits.csv\".")
    if kind not in ("ehr", "lis"):
        slips.append('\'kind\' must be "ehr" or "lis".')
    for key in ("words", "units"):
        slips += _unknown(key, content.get(key, {}))
    if slips:
        raise SettingsError("\n  ".join([f"{path.name}: the mapping is not accepted.", *slips]))
    columns = read_mapping({k: v for k, v in content.items() if k not in _KEYS}, EXPORT)
    words = {
        element: {str(word).lower().strip(): str(value) for word, value in known.items()}
        for element, known in content.get("words", {}).items()
    }
    chosen: Literal["ehr", "lis"] = "ehr" if kind == "ehr" else "lis"
    return Declared(path.parent / str(file), chosen, columns, words, content.get("units", {}))


def _unknown(key: str, given: Any) -> list[str]:
    """Return what is no element, or is not written as it must be, in [words] or [units]."""
    if not isinstance(given, dict):
        return [f"'{key}' must be a table, written [{key}]."]
    slips = [f"[{key}] '{name}' is no element of an export." for name in given
             if name not in EXPORT.names or "." not in name]  # fmt: skip
    wanted = dict if key == "words" else str
    slips += [f"[{key}] '{n}' must be {'a table' if wanted is dict else 'text in quotes'}."
              for n, value in given.items() if not isinstance(value, wanted)]  # fmt: skip
    return slips


def _read(
    cells: dict[str, str], declared: Declared, where: tuple[str, int], out: RecordSources
) -> dict[str, dict[str, Any]]:
    """Return the parts of which one row speaks; what is not understood is listed and left out."""
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    for element, cell in cells.items():
        part, _, name = element.partition(".")
        model = PARTS[part][0]
        text = declared.words.get(element, {}).get(cell.lower().strip(), cell)
        if element in declared.units and _BARE.fullmatch(text.strip()):
            text = f"{text} {declared.units[element]}"
        value = _value(model, name, text)
        if value is UNREAD:
            accepted = f'a word of the schema, or one that [words."{element}"] explains'
            out.problems.append(Problem(*where, element, "not understood", accepted))
        elif value is not None:
            parts[part][name] = value
    return parts


def _value(model: type[BaseModel], name: str, text: str) -> Any:
    """Return a cell as the field *name* of *model* holds it, None, or `UNREAD`."""
    if kind_of(model, name) != "choice":
        return read_value(model, name, text)
    word = re.sub(r"[\s-]+", "_", text.strip().lower())
    return word if word in _choices(model.model_fields[name].annotation) else UNREAD


def _choices(annotation: Any) -> set[str]:
    """Return the words that a field of choices accepts."""
    origin = get_origin(annotation)
    if origin is Literal:
        return {str(each) for each in get_args(annotation)}
    if origin in (Union, UnionType, Annotated):
        return {word for each in get_args(annotation) for word in _choices(each)}
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return {str(each) for each in annotation}
    return set()


class _Gathered:
    """The rows of one visit, part by part."""

    def __init__(self) -> None:
        self.single: dict[str, dict[str, Any]] = {"record": {}, "em": {}}
        self.differing: set[tuple[str, str]] = set()
        self.several: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(
        self, parts: dict[str, dict[str, Any]], where: tuple[str, int], out: RecordSources
    ) -> None:
        """Take up the parts of one row; a lesion belongs to the row's procedure and specimen."""
        for part in ("record", "em"):
            own = parts.get(part, {})
            for name, value in own.items() if self._fits(part, own, where, out) else ():
                if self.single[part].setdefault(name, value) != value:
                    out.counts[f"visits whose rows differ in {part}.{name}; it is left open"] += 1
                    self.differing.add((part, name))
        made: dict[str, str] = {}
        for part in ("lesion", "procedure", "specimen", "drug", "diagnosis"):
            own = parts.get(part, {})
            if not own:
                continue
            held = self.several[PARTS[part][1]]
            if part in _IDS:
                name, letter = _IDS[part]
                own = {name: f"{letter}{len(held) + 1}", **own}
            if "lesion" in made and part in ("procedure", "specimen"):
                own |= (
                    {"lesion_ids": [made["lesion"]]}
                    if part == "procedure"
                    else {"lesion_id": made["lesion"]}
                )
            if self._fits(part, own, where, out):
                document = f"{where[0]}, row {where[1]}"
                sources = {n: from_system(document) for n in parts[part]}
                held.append({**own, "evidence": sources})
                if part in _IDS:
                    made[part] = own[_IDS[part][0]]

    def _fits(
        self, part: str, own: dict[str, Any], where: tuple[str, int], out: RecordSources
    ) -> bool:
        """Return whether a part fits the schema; list what does not."""
        try:
            PARTS[part][0].model_validate(own)
        except ValidationError as error:
            for each in error.errors(include_input=False, include_url=False):
                element = f"{part}.{each['loc'][0]}"
                accepted = str(each["type"]).replace("_", " ")
                out.problems.append(Problem(*where, element, "does not fit the schema", accepted))
            return False
        return True

    def elements(self, visit: Visit) -> DocumentedEncounter:
        """Return the documented elements of the visit."""
        given: dict[str, Any] = {**visit.as_dict(), **{k: v for k, v in self.several.items() if v}}
        for part, own in self.single.items():
            kept = {n: v for n, v in own.items() if (part, n) not in self.differing}
            if kept or part == "record":
                given[part] = kept
        return DocumentedEncounter.model_validate(given)
