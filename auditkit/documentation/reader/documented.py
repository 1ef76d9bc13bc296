"""From proposals to the schema of documented elements, for the abstraction form."""

from typing import Any

from auditkit.documentation.elements import (
    DocumentedEncounter,
    Em,
    Evidence,
    Lesion,
    MohsStage,
    Procedure,
    Record,
)
from auditkit.documentation.reader.proposals import ProposedProcedure, Reading, Value
from auditkit.documentation.reader.words import table

_LESION = {
    "site": "site",
    "laterality": "laterality",
    "lesion_size_cm": "diameter_cm",
    "lesion_type": "clinical_behavior",
    "symptoms": "symptoms",
    "path_dx": "path_dx",
    "path_behavior": "path_behavior",
}
_PROCEDURE = {
    "site": "site",
    "margin_cm": "margins_cm",
    "defect_or_repair_length_cm": "length_cm",
    "defect_area_sq_cm": "area_sq_cm",
    "specimen_length_cm": "specimen_length_cm",
    "technique": "technique",
    "undermining_cm": "undermining_cm",
    "undermined_entire_edge": "undermined_entire_edge",
    "defect_width_cm": "defect_width_cm",
    "primary_defect_cm": "primary_defect_cm",
    "secondary_defect_cm": "secondary_defect_cm",
    "minutes": "minutes",
}


def documented(reading: Reading, document: str | None = None, **key: Any) -> DocumentedEncounter:
    """Return the performed work and the visit of *reading* as documented elements.

    Only what is proposed with a value is set, so that a field left out reads as not abstracted
    and waits for a person. Planned and past work, and what was set aside, is left out.

    Args:
        reading: What the reader proposes.
        document: The name of the note, kept with every piece of evidence.
        key: The encounter's own fields: `encounter_id`, or `patient_key`, `rendering_npi`, `dos`.
    """
    done = [p for p in reading.procedures if p["status"].value == "performed"]
    closes = _closed(done)
    parts = [
        _parts(number, item, closes.get(number, number), document)
        for number, item in enumerate(done, start=1)
    ]
    signed = {
        name: reading.visit[name]
        for name in ("signed", "signature_date")
        if reading.visit[name].value is not None
    }
    record = Record(
        present=True,
        evidence={name: _evidence(value, document) for name, value in signed.items()},
        **{name: value.value for name, value in signed.items()},
    )
    minutes = reading.visit["total_time_minutes"]
    if minutes.value is not None:
        timed = {"total_time_min": _evidence(minutes, document)}
        key["em"] = Em(total_time_min=minutes.value, evidence=timed)
    return DocumentedEncounter(
        record=record,
        lesions=tuple(lesion for n, (lesion, _) in enumerate(parts, start=1) if n not in closes),
        procedures=tuple(procedure for _, procedure in parts),
        **key,
    )


def _evidence(value: Value, document: str | None) -> Evidence:
    """Return the first quote of *value* as evidence."""
    first = value.quotes[0]
    return Evidence(
        source="note_reader",
        document=document,
        start=first.start,
        end=first.end,
        quote=first.text,
        confidence=value.confidence,
    )


def _closed(done: list[ProposedProcedure]) -> dict[int, int]:
    """Return, for each closure at the site of one removal, the number of that removal.

    Its wound is that removal's, and the two are of one lesion.
    """
    closures = table("methods")["limits"]["closures"]
    places = [(str(p["site"].value or "").lower(), p["laterality"].value) for p in done]
    result = {}
    for number, item in enumerate(done, start=1):
        if item["method"].value not in closures or not places[number - 1][0]:
            continue
        same = [
            n
            for n, other in enumerate(done, start=1)
            if other["method"].value in ("excision", "mohs") and places[n - 1] == places[number - 1]
        ]
        if len(same) == 1:
            result[number] = same[0]
    return result


def _parts(
    number: int, item: ProposedProcedure, of: int, document: str | None
) -> tuple[Lesion, Procedure]:
    """Return the lesion and the procedure of one performed item, *of* the lesion's number."""
    schema: dict[str, str] = table("methods")["schema"][item["method"].value]
    lesion: dict[str, Any] = {"lesion_id": f"L{number}", "evidence": {}}
    procedure: dict[str, Any] = {
        "procedure_id": f"P{number}",
        "lesion_ids": (f"L{of}",),
        "evidence": {"type": _evidence(item["method"], document)},
        **schema,
    }
    for fields, part in ((_LESION, lesion), (_PROCEDURE, procedure)):
        for name, field in fields.items():
            _set(part, field, item[name], document)
    if "margins_cm" in procedure:
        procedure["margins_cm"] = (procedure["margins_cm"],) * 2
    if lesion.get("laterality") not in (None, "left", "right", "midline", "bilateral"):
        del lesion["laterality"]
    count = "nails" if procedure["type"] == "nail" else "lesions_treated"
    _set(procedure, count, item["lesion_count"], document)
    layers = item["suture_layers"]
    if layers.value is not None:
        procedure["closure"] = "intermediate" if layers.value == "layered" else "simple"
        procedure["evidence"]["closure"] = _evidence(layers, document)
    if item["mohs_stages"].value is not None:
        _stages(procedure, item, document)
    return Lesion(**lesion), Procedure(**procedure)


def _set(part: dict[str, Any], field: str, value: Value, document: str | None) -> None:
    """Put *value* and its evidence into the fields of a part, if there is a value."""
    if value.value is not None:
        part[field] = value.value
        part["evidence"][field] = _evidence(value, document)


def _stages(procedure: dict[str, Any], item: ProposedProcedure, document: str | None) -> None:
    """Put the Mohs stages into the fields; blocks of each only where every stage tells its own."""
    stages = item["mohs_stages"]
    blocks = item["blocks_by_stage"].value
    procedure["stages"] = tuple(
        MohsStage(blocks=blocks[number]) if blocks else MohsStage()
        for number in range(stages.value)
    )
    procedure["evidence"]["stages"] = _evidence(stages, document)
