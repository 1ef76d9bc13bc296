"""The sheets of documented elements, generated from their schema, and the way back."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from auditkit.documentation import elements as schema
from auditkit.errors import SettingsError
from auditkit.places import templates
from auditkit.review.columns import Column, columns_of
from auditkit.review.workbook import Sheet

#: One encounter's documented elements as JSON values.
Elements = dict[str, Any]

RECORD, VISIT, STAGES, OTHER = "Record", "Visit", "Mohs stages", "Other procedures"

ENCOUNTER_PARTS = ("class_findings", "systemic_condition", "last_seen_treating_md")
LISTS: Mapping[str, tuple[str, type[BaseModel], str]] = {
    "Addenda": ("record.addenda", schema.Addendum, "Dated additions to the note."),
    "Problems": ("em.problems", schema.Problem, "Each problem of the visit."),
    "Lesions": ("lesions", schema.Lesion, "Each lesion, or several alike counted together."),
    "Specimens": ("specimens", schema.Specimen, "Each container sent to pathology."),
    "Drugs": ("drugs", schema.Drug, "Each drug given."),
    "Diagnoses": ("diagnoses", schema.Diagnosis, "Each diagnosis as the record documents it."),
}


@dataclass(frozen=True, slots=True)
class FamilySheet:
    """The sheet of a family of procedures: its types and the elements it asks for."""

    name: str
    types: tuple[str, ...]
    elements: tuple[str, ...]


@cache
def family_sheets() -> tuple[FamilySheet, ...]:
    """Return the sheets of procedures, the last one for every type and element.

    Raises:
        SettingsError: The layout names an element or type that the schema does not have.
    """
    path = templates() / "workpapers" / "sheets.toml"
    listed = tomllib.loads(path.read_text("utf-8"))["sheet"]
    sheets = tuple(FamilySheet(s["name"], tuple(s["types"]), tuple(s["elements"])) for s in listed)
    types = tuple(each.value for each in schema.ProcedureType)
    fields = tuple(
        name for name in schema.Procedure.model_fields if name not in ("evidence", "stages", "type")
    )
    for sheet in sheets:
        unknown = (set(sheet.types) - set(types)) | (set(sheet.elements) - set(fields))
        if unknown:
            raise SettingsError(
                f"{path.name}, '{sheet.name}': no such {', '.join(sorted(unknown))}."
            )
    placed = {each for sheet in sheets for each in sheet.types}
    return (*sheets, FamilySheet(OTHER, tuple(t for t in types if t not in placed), fields))


def element_sheets(
    encounters: Sequence[str], known: Mapping[str, Elements], blank_rows: int = 3
) -> tuple[Sheet, ...]:
    """Return the sheets of documented elements for *encounters*.

    Args:
        encounters: The encounters of the workpaper.
        known: Elements abstracted before, by encounter, to be confirmed or corrected.
        blank_rows: Blank rows per encounter on each sheet of lists.
    """
    spare = blank_rows * len(encounters)
    return (
        Sheet(
            RECORD,
            "One row for each record: is it there, dated, signed, by whom.",
            (_named(), *_record_columns()),
            [{"encounter_id": x, **_record_row(known.get(x, {}))} for x in encounters],
        ),
        Sheet(
            VISIT,
            "One row for each record; leave it blank where there was no visit.",
            (_named(), *_visit_columns()),
            [{"encounter_id": x, **_visit_row(known.get(x, {}))} for x in encounters],
        ),
        *(
            Sheet(
                name,
                f"{does} One row each.",
                (_chosen(encounters), *columns_of(model)),
                _list_rows(encounters, known, path),
                spare,
            )
            for name, (path, model, does) in LISTS.items()
        ),
        *(_procedure_sheet(each, encounters, known, spare) for each in family_sheets()),
        Sheet(
            STAGES,
            "One row for each Mohs stage, in order; the procedure id as on sheet Mohs.",
            (_chosen(encounters), Column("procedure_id", "Procedure id"), *_stage_columns()),
            _stage_rows(encounters, known),
            spare,
        ),
    )


def _named() -> Column:
    return Column("encounter_id", "Encounter", locked=True, width=19)


def _chosen(encounters: Sequence[str]) -> Column:
    return Column("encounter_id", "Encounter", kind="choice", choices=tuple(encounters), width=19)


def _record_columns() -> tuple[Column, ...]:
    return (
        *columns_of(schema.Record),
        *columns_of(schema.Abn, prefix="abn"),
        *columns_of(schema.DocumentedEncounter, ENCOUNTER_PARTS),
    )


def _visit_columns() -> tuple[Column, ...]:
    return (*columns_of(schema.Em), *columns_of(schema.Data, prefix="data"))


def _stage_columns() -> tuple[Column, ...]:
    return columns_of(schema.MohsStage)


def _record_row(known: Elements) -> dict[str, Any]:
    abn = {f"abn.{name}": value for name, value in (known.get("abn") or {}).items()}
    own = {name: known[name] for name in ENCOUNTER_PARTS if name in known}
    return {**known.get("record", {}), **abn, **own}


def _visit_row(known: Elements) -> dict[str, Any]:
    em = known.get("em") or {}
    return {**em, **{f"data.{name}": value for name, value in (em.get("data") or {}).items()}}


def _list_rows(
    encounters: Sequence[str], known: Mapping[str, Elements], path: str
) -> list[dict[str, Any]]:
    rows = []
    for encounter in encounters:
        part: Any = known.get(encounter, {})
        for step in path.split("."):
            part = (part or {}).get(step) or {}
        rows += [{**each, "encounter_id": encounter} for each in part or ()]
    return rows


def _procedure_sheet(
    family: FamilySheet, encounters: Sequence[str], known: Mapping[str, Elements], spare: int
) -> Sheet:
    kind = Column("type", "Type", kind="choice", choices=family.types, width=18)
    fields = family_sheets()[-1].elements
    others = tuple(name for name in fields if name not in family.elements)
    return Sheet(
        family.name,
        "One row for each procedure performed; give lesions the ids of sheet Lesions.",
        (_chosen(encounters), kind, *columns_of(schema.Procedure, family.elements)),
        [
            {**each, "encounter_id": encounter}
            for encounter in encounters
            for each in known.get(encounter, {}).get("procedures", ())
            if each["type"] in family.types
        ],
        spare,
        columns_of(schema.Procedure, others),
    )


def _stage_rows(encounters: Sequence[str], known: Mapping[str, Elements]) -> list[dict[str, Any]]:
    return [
        {**stage, "encounter_id": encounter, "procedure_id": each["procedure_id"]}
        for encounter in encounters
        for each in known.get(encounter, {}).get("procedures", ())
        for stage in each.get("stages") or ()
    ]
