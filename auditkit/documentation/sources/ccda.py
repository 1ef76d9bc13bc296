"""C-CDA documents as accounts of encounters: who, when, signed by whom, what was done, the note."""

import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.reader.sites import side_of
from auditkit.documentation.sources.account import (
    Account,
    Note,
    RecordSources,
    Visit,
    family_of,
    from_system,
    names,
)
from auditkit.documentation.sources.attachments import decoded, text_of, tidy
from auditkit.documentation.sources.markup import (
    HL7,
    SIZE_LIMIT,
    every,
    find,
    find_all,
    refused,
    tree,
)
from auditkit.errors import InputError, Problem

_NPI = re.compile(r"[0-9]{10}")
_ENCOUNTER_DIAGNOSIS = "2.16.840.1.113883.10.20.22.4.80"
#: Blocks of narrative that begin a line (CDA R2, StrucDoc).
_LINES = frozenset(("paragraph", "list", "item", "table", "tr", "br", "caption", "title"))
_CELLS = frozenset(("td", "th"))


def narrative(content: bytes, file: str) -> str | None:
    """Return the text of a C-CDA note, section by section, or None where it is no visit's note.

    Sections that list the past (procedures, problems, medications) are left out, save the
    procedures of a procedure or operative note.

    Raises:
        InputError: if the document cannot be read; see `markup.tree`.
    """
    return _narrative(tree(content, file))


def read_ccda(path: Path, mapping: FhirMapping) -> RecordSources:
    """Read one C-CDA document.

    A procedure counts only where it happened, is completed and is dated on the day of the visit; a
    diagnosis only where it stands as one of the encounter. A document that names no patient,
    provider or day is listed.

    Raises:
        InputError: if the file cannot be opened.
    """
    out = RecordSources()
    try:
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise InputError(f"{path.name}: the file cannot be opened ({error.strerror}).") from None
    try:
        root = tree(content, path.name)
        if root.tag != HL7 + "ClinicalDocument":
            raise refused(path.name, "not a clinical document", "C-CDA, a ClinicalDocument")
    except InputError as error:
        out.problems += error.problems
        return out
    visit = _visit(root, path.name, mapping, out.problems)
    if visit is None:
        return out
    text = _narrative(root)
    if text is None:
        out.counts["C-CDA documents that are no note of a visit; their text is not read"] += 1
    else:
        out.notes.append(Note(visit, path.name, text))
    given = {"record": _record(root, visit, path.name, text), **visit.as_dict()}
    procedures, lesions = _procedures(root, visit, path.name, mapping, out)
    diagnoses = _diagnoses(root, path.name)
    for name, value in (("procedures", procedures), ("lesions", lesions), ("diagnoses", diagnoses)):
        if value:
            given[name] = value
    elements = DocumentedEncounter.model_validate(given)
    out.accounts.append(Account("ehr", path.name, visit, elements))
    return out


def _visit(root: Element, file: str, mapping: FhirMapping, problems: list[Problem]) -> Visit | None:
    """Return the visit that a document is of, or None after listing what is missing."""
    wanted = mapping.patient_identifier.removeprefix("urn:oid:")
    ids = find_all(root, "recordTarget/patientRole/id")
    numbers = [
        each.get("extension", "").strip() for each in ids if wanted in ("", each.get("root"))
    ]
    patient = next((number for number in numbers if number), None)
    encounter = find(root, "componentOf/encompassingEncounter")
    service = find(root, "documentationOf/serviceEvent")
    when = _time(find(encounter, "effectiveTime")) or _time(find(service, "effectiveTime"))
    npi = next(
        (
            found
            for place, path in (
                (encounter, "responsibleParty/assignedEntity/id"),
                (encounter, "encounterParticipant/assignedEntity/id"),
                (service, "performer/assignedEntity/id"),
                (root, "author/assignedAuthor/id"),
            )
            if (found := _npi(find_all(place, path)))
        ),
        None,
    )
    for name, value, accepted in (
        ("recordTarget", patient, "a patient's id with an extension"),
        ("encompassingEncounter.effectiveTime", when, "a time with its day"),
        ("encompassingEncounter.responsibleParty", npi, "a provider's id that is an NPI"),
    ):
        if not value:
            problems.append(Problem(file, None, name, "missing", accepted))
    return Visit(patient, npi, when) if patient and npi and when else None


def _npi(ids: list[Element]) -> str | None:
    """Return the NPI among the ids of a person or organisation."""
    found = (
        each.get("extension", "") for each in ids if each.get("root") == names()["ccda"]["npi"]
    )
    return next((each for each in found if _NPI.fullmatch(each)), None)


def _time(element: Element | None) -> date | None:
    """Return the day of a time, or of the start of an interval; None where it is partial."""
    if element is None:
        return None
    low = find(element, "low")
    value = element.get("value") or (low.get("value") if low is not None else None) or ""
    try:
        return date.fromisoformat(value[:8]) if value[:8].isdigit() and len(value) >= 8 else None
    except ValueError:
        return None


def _record(root: Element, visit: Visit, file: str, text: str | None) -> dict[str, Any]:
    """Return what a document says of itself: there, dated, by whom, signed."""
    said: dict[str, Any] = {"present": True} if text is not None else {}
    author = find(root, "author")
    if find(author, "assignedAuthor/assignedPerson") is not None:
        written = _time(find(author, "time"))
        npi = _npi(find_all(author, "assignedAuthor/id"))
        said |= {"note_date": written} if written else {}
        said |= {"service_provider_npi": npi} if npi else {}
    for kind in ("legalAuthenticator", "authenticator"):
        signer = find(root, kind)
        code = find(signer, "signatureCode")
        if signer is not None and code is not None and code.get("code") == "S":
            signed, npi = _time(find(signer, "time")), _npi(find_all(signer, "assignedEntity/id"))
            said["signed"] = True
            said |= {"signature_date": signed} if signed else {}
            said |= {"signer_matches_renderer": npi == visit.rendering_npi} if npi else {}
            break
    return said | {"evidence": {name: from_system(file) for name in said}} if said else {}


def _procedures(
    root: Element, visit: Visit, file: str, mapping: FhirMapping, out: RecordSources
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the procedures of the visit, and the lesions of those with a site."""
    known = names()["ccda"]
    procedures: list[dict[str, Any]] = []
    lesions: list[dict[str, Any]] = []
    for section in every(root, "section"):
        if _code(section) != known["procedures"]:
            continue
        for entry in find_all(section, "entry"):
            done = next((each for each in entry if each.tag == HL7 + "procedure"), None)
            if done is None:
                continue
            reason = _not_done(done, visit)
            said = {} if reason else _said_of(find(done, "code"), mapping)
            if reason or "type" not in said:
                out.counts[
                    reason or "procedures whose code no family or mapping knows, left out"
                ] += 1
                continue
            number = len(procedures) + 1
            made: dict[str, Any] = {"procedure_id": f"P{number}", **said}
            site = _shown(find(done, "targetSiteCode"))
            if site:
                side = side_of(site.lower())
                sided = {"laterality": side} if side in ("left", "right", "bilateral") else {}
                lesions.append({
                    "lesion_id": f"L{number}", "site": site, **sided,
                    "evidence": {name: from_system(file) for name in ("site", *sided)},
                })  # fmt: skip
                made |= {"site": site, "lesion_ids": [f"L{number}"]}
            sourced = [name for name in made if name not in ("procedure_id", "lesion_ids")]
            procedures.append(made | {"evidence": {name: from_system(file) for name in sourced}})
    return procedures, lesions


def _not_done(procedure: Element, visit: Visit) -> str | None:
    """Return why an entry is not a procedure of the visit, or None if it is."""
    status = find(procedure, "statusCode")
    happened = procedure.get("moodCode", "EVN") == "EVN" and procedure.get("negationInd") != "true"
    if not happened or status is None or status.get("code") != "completed":
        return "procedures that are not completed, left out"
    if _time(find(procedure, "effectiveTime")) != visit.dos:
        return "procedures of another day than their encounter, left out"
    return None


def _said_of(code: Element | None, mapping: FhirMapping) -> dict[str, str]:
    """Return what a procedure's code says: mapped elements, or the family of a CPT code."""
    given = [] if code is None else [code, *find_all(code, "translation")]
    for each in given:
        system, value = each.get("codeSystem", ""), each.get("code", "")
        for name in (system, f"urn:oid:{system}"):
            mapped = mapping.procedures.get(name, {}).get(value)
            if mapped:
                return dict(mapped)
        family = family_of(value) if system in names()["ccda"]["procedure"] else None
        if family:
            return {"type": family}
    return {}


def _diagnoses(root: Element, file: str) -> list[dict[str, Any]]:
    """Return the diagnoses that stand as those of the encounter, each once."""
    found: dict[str, dict[str, Any]] = {}
    for act in every(root, "act"):
        if not any(t.get("root") == _ENCOUNTER_DIAGNOSIS for t in find_all(act, "templateId")):
            continue
        for value in find_all(act, "entryRelationship/observation/value"):
            for each in (value, *find_all(value, "translation")):
                code = each.get("code", "")
                if each.get("codeSystem") in names()["ccda"]["icd10"] and code:
                    said = {"icd10": code, "label": each.get("displayName")}
                    kept = {name: text for name, text in said.items() if text}
                    sources = {name: from_system(file) for name in kept}
                    found.setdefault(code, {**kept, "evidence": sources})
    return list(found.values())


def _narrative(root: Element) -> str | None:
    """Return the text of a document's sections, or of a body that is not XML."""
    known, kind = names(), _code(root)
    if kind in known["notes"]["not_notes"]:
        return None
    body = find(root, "component/nonXMLBody/text")
    if body is not None:
        content = decoded("".join(body.itertext())) if body.get("representation") == "B64" else None
        return None if content is None else text_of(content, body.get("mediaType"))
    parts: list[str] = []
    for section in every(root, "section"):
        code = _code(section)
        past = code in known["ccda"]["lists"]
        if past and not (
            code == known["ccda"]["procedures"] and kind in known["ccda"]["procedure_notes"]
        ):
            continue
        title, text = find(section, "title"), find(section, "text")
        said = tidy(_text(text)) if text is not None else ""
        if said:
            heading = tidy("".join(title.itertext())) if title is not None else ""
            parts.append(f"{heading.upper()}:\n{said}" if heading else said)
    return "\n\n".join(parts) or None


def _text(element: Element) -> str:
    """Return the text of narrative markup, one line for each block."""
    parts: list[str] = []
    name = element.tag.removeprefix(HL7) if isinstance(element.tag, str) else ""
    if name in _LINES:
        parts.append("\n")
    elif name in _CELLS:
        parts.append(" ")
    parts.append(element.text or "")
    for child in element:
        parts += [_text(child), child.tail or ""]
    if name in _LINES:
        parts.append("\n")
    return "".join(parts)


def _code(element: Element) -> str:
    """Return the code of a document or section; "" where it has none."""
    code = find(element, "code")
    return "" if code is None else code.get("code", "")


def _shown(code: Element | None) -> str | None:
    """Return what a code says in words."""
    return None if code is None else (code.get("displayName") or "").strip() or None
