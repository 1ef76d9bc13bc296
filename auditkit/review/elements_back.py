"""From the sheets of documented elements back to documented elements, with their evidence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from auditkit.documentation import elements as schema
from auditkit.errors import Problem
from auditkit.review.elements_sheets import (
    ENCOUNTER_PARTS,
    LISTS,
    RECORD,
    STAGES,
    VISIT,
    Elements,
    family_sheets,
)
from auditkit.review.readback import ReadSheet, Row


def read_elements(
    book: str, sheets: Mapping[str, ReadSheet], encounter: str, before: Elements, reader: str
) -> tuple[Elements | None, tuple[Problem, ...]]:
    """Return the elements of one encounter as the workpaper has them.

    Args:
        book: Name of the workbook, for messages.
        sheets: What the workbook's sheets say.
        encounter: The encounter.
        before: Its elements as the workpaper was issued with; evidence of unchanged values stays.
        reader: The account that is named as the source of every changed value.

    Returns:
        The elements (JSON values), or None when they contradict the schema, and the problems.
    """
    rows = {
        name: [row for row in sheet.rows if row.values.get("encounter_id") == encounter]
        for name, sheet in sheets.items()
    }
    built = _build(rows)
    _restore_order(before, built)
    try:
        elements = schema.DocumentedEncounter.model_validate({"encounter_id": encounter, **built})
    except ValidationError as error:
        return None, tuple(_schema_problems(book, encounter, rows, error))
    dumped = elements.model_dump(mode="json", exclude_unset=True)
    return _with_evidence(before, dumped, reader), ()


def _build(rows: Mapping[str, Sequence[Row]]) -> Elements:
    """Return nested elements from the rows of one encounter."""
    record, visit = _first(rows, RECORD), _first(rows, VISIT)
    built: Elements = {"record": {k: v for k, v in record.items() if _is_of(k, schema.Record)}}
    built |= {name: record[name] for name in ENCOUNTER_PARTS if name in record}
    if abn := _under(record, "abn"):
        built["abn"] = abn
    if visit:
        built["em"] = {k: v for k, v in visit.items() if "." not in k}
        if data := _under(visit, "data"):
            built["em"]["data"] = data
    for name, (path, _, _) in LISTS.items():
        parts = [_own(row) for row in rows.get(name, ())]
        if parts:
            _put(built, path, parts)
    procedures = [_own(row) for family in family_sheets() for row in rows.get(family.name, ())]
    _add_stages(procedures, rows.get(STAGES, ()))
    if procedures:
        built["procedures"] = procedures
    return built


def _restore_order(before: Elements, built: Elements) -> None:
    """Put procedures of different sheets back into the order in which the record had them."""
    places = {each["procedure_id"]: i for i, each in enumerate(before.get("procedures") or ())}
    if "procedures" in built:
        built["procedures"].sort(key=lambda each: places.get(each.get("procedure_id"), len(places)))


def _first(rows: Mapping[str, Sequence[Row]], name: str) -> dict[str, Any]:
    found = rows.get(name, ())
    return _own(found[0]) if found else {}


def _own(row: Row) -> dict[str, Any]:
    return {key: value for key, value in row.values.items() if key != "encounter_id"}


def _is_of(key: str, model: type[BaseModel]) -> bool:
    return key in model.model_fields


def _under(row: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    start = f"{prefix}."
    return {key.removeprefix(start): value for key, value in row.items() if key.startswith(start)}


def _put(built: Elements, path: str, parts: list[dict[str, Any]]) -> None:
    *steps, last = path.split(".")
    place = built
    for step in steps:
        place = place.setdefault(step, {})
    place[last] = parts


def _add_stages(procedures: list[dict[str, Any]], rows: Iterable[Row]) -> None:
    stages: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        values = _own(row)
        stages[values.pop("procedure_id", None)].append(values)
    for procedure in procedures:
        found = stages.pop(procedure.get("procedure_id"), None)
        if found:
            procedure["stages"] = found
    if stages:
        # A stage of no procedure must not vanish: it becomes a procedure that the schema refuses.
        procedures.append({"stages": [each for found in stages.values() for each in found]})


def _schema_problems(
    book: str, encounter: str, rows: Mapping[str, Sequence[Row]], error: ValidationError
) -> Iterable[Problem]:
    sheet_of = {path.split(".")[-1]: name for name, (path, _, _) in LISTS.items()}
    procedures = [row for family in family_sheets() for row in rows.get(family.name, ())]
    for each in error.errors(include_input=False, include_url=False):
        steps = [str(step) for step in each["loc"]]
        index = next((int(step) for step in steps if step.isdigit()), None)
        name = next((sheet_of[step] for step in steps if step in sheet_of), "")
        found = rows.get(name, ()) if name else ()
        if "procedures" in steps:
            found = procedures
        if not name and not found:
            name, found = (
                (VISIT, rows.get(VISIT, ())) if steps[0] == "em" else (RECORD, rows.get(RECORD, ()))
            )
        row = found[index or 0] if len(found) > (index or 0) else None
        place = row.sheet if row else (name or STAGES)
        yield Problem(
            f"{book}, sheet '{place}'",
            row.number if row else None,
            steps[-1],
            f"does not fit the schema of documented elements (encounter {encounter})",
            str(each.get("ctx", {}).get("expected") or each["msg"]).lower(),
        )


def _with_evidence(before: Elements, after: Elements, reader: str) -> Elements:
    """Return *after* with evidence: unchanged values keep theirs, changed ones name the reader."""
    told = dict(after)
    for name in ("record", "em", "abn"):
        if isinstance(after.get(name), dict):
            told[name] = _told(before.get(name) or {}, after[name], reader)
    for name, key in KEYS.items():
        if after.get(name):
            old = {key(each): each for each in before.get(name) or ()}
            told[name] = [_told(old.get(key(each), {}), each, reader) for each in after[name]]
    return told


#: What tells each part of a list from the others of its kind.
KEYS: Mapping[str, Callable[[Elements], Any]] = {
    "lesions": lambda part: part["lesion_id"],
    "procedures": lambda part: part["procedure_id"],
    "specimens": lambda part: part["specimen_id"],
    "drugs": lambda part: (part.get("hcpcs"), part.get("name")),
    "diagnoses": lambda part: (part.get("icd10"), part.get("label")),
}


def _told(before: Elements, after: Elements, reader: str) -> Elements:
    own = {"source": "auditor", "abstractor": reader}
    known = before.get("evidence", {})
    evidence = {
        name: known[name] if name in known and equal(before.get(name), value) else own
        for name, value in after.items()
        if not (name in before and equal(before[name], value)) or name in known
    }
    kept = {name: _kept(before.get(name), value) for name, value in after.items()}
    return {**kept, **({"evidence": evidence} if evidence else {})}


def _kept(before: Any, after: Any) -> Any:
    """Return nested parts as they were, evidence included, where they say the same."""
    if isinstance(after, dict) and isinstance(before, dict):
        return before if equal(before, after) else after
    if isinstance(after, list) and isinstance(before, list):
        return [next((old for old in before if equal(old, new)), new) for new in after]
    return after


def equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; numbers by value, however written."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        keys = (one.keys() | other.keys()) - {"evidence"}
        return all(key in one and key in other and equal(one[key], other[key]) for key in keys)
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except ArithmeticError:
        return str(one) == str(other)
