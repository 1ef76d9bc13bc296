"""FHIR R4 resources as accounts of encounters, and the notes they hold.

Nothing is inferred from a charge: the code of a recorded procedure tells its family alone.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.claims.fhir_files import JSON, Found, resources
from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.claims.fhir_people import KINDS, People, reference_key
from auditkit.claims.fhir_values import (
    coded,
    codes,
    codings,
    day,
    npi_of,
    systems,
    table,
    tables,
    text,
    words,
)
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
from auditkit.documentation.sources.attachments import decoded, is_xml, text_of
from auditkit.documentation.sources.ccda import narrative
from auditkit.documentation.sources.pathology import Pathology
from auditkit.documentation.sources.visits import Visits, date_of
from auditkit.errors import InputError

_RECORDS = ("Procedure", "Condition", "DocumentReference", "DiagnosticReport")
_DETAILS = ("Binary", "Observation", "Specimen")


@dataclass(slots=True)
class _Parts:
    """What the resources of one visit say, as the fields of a `DocumentedEncounter`."""

    record: dict[str, Any] = field(default_factory=dict)
    procedures: list[dict[str, Any]] = field(default_factory=list)
    lesions: list[dict[str, Any]] = field(default_factory=list)
    diagnoses: list[dict[str, Any]] = field(default_factory=list)
    differing: set[str] = field(default_factory=set)

    def said(self) -> bool:
        """Return whether any resource says anything of the visit."""
        return bool(self.record or self.procedures or self.diagnoses)


def read_fhir_record(path: Path, mapping: FhirMapping) -> RecordSources:
    """Read Encounter, Procedure, Condition, DocumentReference and DiagnosticReport resources.

    Args:
        path: a resource, a bundle, NDJSON, or a folder of a bulk export.
        mapping: the user's own codes.

    Returns:
        One account of kind "ehr" for each encounter, one of kind "lis" for each with pathology,
        and the notes. Malformed resources are listed, and what is not used is counted.
    """
    return _Reader(path, mapping).read()


class _Reader:
    """Reads one file or folder in three passes, each a stream: whom and when, what, and details."""

    def __init__(self, path: Path, mapping: FhirMapping) -> None:
        self.path = path
        self.mapping = mapping
        self.out = RecordSources()
        self.people = People(mapping.patient_identifier)
        self.visits = Visits(self.people, self.out.counts, self.out.problems)
        self.parts: dict[Visit, _Parts] = defaultdict(_Parts)
        self.conditions: dict[str, tuple[dict[str, Any], JSON]] = {}
        self.named: dict[str, Visit] = {}
        self.pathology = Pathology(self.out.counts)
        self.binaries: dict[str, tuple[Visit, str, object]] = {}

    def read(self) -> RecordSources:
        """Return everything that the file says of its encounters."""
        for found in resources(self.path, KINDS, self.out.problems):
            self.people.add(found)
        for found in resources(self.path, ("Encounter",), self.out.problems):
            self.visits.add(found)
        met: set[str] = set()
        for found in resources(self.path, _RECORDS, self.out.problems):
            own = f"{found.kind}/{found.id}" if found.id else ""
            if own and own in met:
                self.out.counts["resources that occur again under the same id"] += 1
                continue
            met.add(own)
            getattr(self, f"_{found.kind.lower()}")(found)
        wanted = self.binaries.keys() | self.pathology.wanted
        for found in resources(self.path, _DETAILS, self.out.problems) if wanted else ():
            self._detail(found)
        self._unread_binaries()
        for visit, parts in self.parts.items():
            if parts.said():
                self.out.accounts.append(_account(self.path.name, visit, parts))
        self.out.accounts += self.pathology.accounts()
        # A value that cannot be read is met in every pass.
        self.out.problems[:] = dict.fromkeys(self.out.problems)
        return self.out

    def _procedure(self, found: Found) -> None:
        """Take up a completed procedure of the visit's own day; count any other."""
        resource, counts = found.resource, self.out.counts
        if resource.get("status") != "completed":
            counts["procedures that are not completed, left out"] += 1
            return
        period = table(resource.get("performedPeriod"))
        when = date_of(resource.get("performedDateTime") or period.get("start"))
        visit = self.visits.of(resource, [resource.get("encounter")], when)
        if visit is None:
            return
        if when is not None and when != visit.dos:
            counts["procedures of another day than their encounter, left out"] += 1
            return
        said = self._said_of(resource)
        if "type" not in said:
            counts["procedures whose code no family or mapping knows, left out"] += 1
            return
        parts = self.parts[visit]
        number = len(parts.procedures) + 1
        document = f"{found.kind}/{found.id}"
        made: dict[str, Any] = {"procedure_id": f"P{number}", **said}
        evidence = {name: from_system(document) for name in said}
        site = next(
            (each for one in tables(resource.get("bodySite")) if (each := words(one))), None
        )
        if site:
            lesion: dict[str, Any] = {"lesion_id": f"L{number}", "site": site}
            side = side_of(site.lower())
            if side in ("left", "right", "midline", "bilateral"):
                lesion["laterality"] = side
            lesion["evidence"] = {n: from_system(document) for n in lesion if n != "lesion_id"}
            parts.lesions.append(lesion)
            made |= {"site": site, "lesion_ids": [lesion["lesion_id"]]}
            evidence["site"] = from_system(document)
        parts.procedures.append(made | {"evidence": evidence})
        for reason in tables(resource.get("reasonCode")):
            code = self._icd10(reason)
            if code:
                parts.diagnoses.append(
                    {"icd10": code, "procedure_id": f"P{number}",
                     "evidence": {"icd10": from_system(document)}}
                )  # fmt: skip

    def _said_of(self, resource: JSON) -> dict[str, str]:
        """Return what a procedure's code says: mapped elements, or the family of a CPT code."""
        concept = resource.get("code")
        for system, code in codings(concept):
            mapped = self.mapping.procedures.get(system, {}).get(code)
            if mapped:
                return dict(mapped)
        found = coded(concept, systems("procedure"))
        mapped_code = (self.mapping.code(system, code) for system, code in codings(concept))
        found = found or next((each for each in mapped_code if each), None)
        family = family_of(found) if found else None
        return {"type": family} if family else {}

    def _icd10(self, concept: Any) -> str | None:
        """Return the ICD-10-CM code of a concept, its own or mapped, with its dot."""
        own = coded(concept, systems("icd10"))
        mapped = (self.mapping.code(system, code) for system, code in codings(concept))
        found = own or next((each for each in mapped if each), None)
        return dotted(found) if found else None

    def _condition(self, found: Found) -> None:
        """Take up a diagnosis of an encounter; the list of problems is not the visit's."""
        resource, counts = found.resource, self.out.counts
        if codes(resource.get("verificationStatus")) & {"refuted", "entered-in-error"}:
            counts["conditions refuted or entered in error, left out"] += 1
            return
        if "encounter-diagnosis" not in codes(resource.get("category")):
            counts["conditions that are no diagnosis of an encounter, left out"] += 1
            return
        when = date_of(resource.get("recordedDate"))
        visit = self.visits.of(resource, [resource.get("encounter")], when)
        if visit is None:
            return
        code, label = self._icd10(resource.get("code")), words(resource.get("code"))
        given = {"icd10": code, "label": label}
        made: dict[str, Any] = {name: value for name, value in given.items() if value}
        if made:
            made["evidence"] = {n: from_system(f"Condition/{found.id}") for n in made}
            self.parts[visit].diagnoses.append(made)

    def _documentreference(self, found: Found) -> None:
        """Take up a note: its text, its author and who signed it."""
        resource, counts = found.resource, self.out.counts
        if resource.get("status") not in (None, "current"):
            counts["documents that are not current, left out"] += 1
            return
        if resource.get("docStatus") == "entered-in-error" or not _is_note(resource):
            counts["documents that are no note of a visit, left out"] += 1
            return
        context = table(resource.get("context"))
        when = date_of(table(context.get("period")).get("start")) or date_of(resource.get("date"))
        visit = self.visits.of(resource, _list(context.get("encounter")), when)
        if visit is None:
            return
        self._sign(found, visit, context)
        for content in tables(resource.get("content")):
            if self._attachment(
                visit, f"{found.kind}/{found.id}", table(content.get("attachment"))
            ):
                return
        counts["documents without text that can be read here"] += 1

    def _sign(self, found: Found, visit: Visit, context: JSON) -> None:
        """Put what a document says of itself into the record: date, author, who signed."""
        resource, parts = found.resource, self.parts[visit]
        document = f"{found.kind}/{found.id}"
        said: dict[str, Any] = {"present": True}
        dated = day(table(context.get("period")).get("start"))
        author = self.people.party((tables(resource.get("author")) or [{}])[0], resource).npi
        signer = table(resource.get("authenticator"))
        said |= {"note_date": dated} if date_of(dated) else {}
        said |= {"service_provider_npi": author} if author else {}
        if signer:
            npi = self.people.party(signer, resource).npi or npi_of(signer.get("identifier"))
            said |= {"signed": True}
            said |= {"signer_matches_renderer": npi == visit.rendering_npi} if npi else {}
        parts.record.setdefault("evidence", {})
        for name, value in said.items():
            if name in parts.differing:
                continue
            if parts.record.get(name, value) != value:
                # Neither is taken: the element counts as not abstracted until a person looks.
                self.out.counts[f"visits whose notes differ in record.{name}; it is left open"] += 1
                parts.differing.add(name)
                del parts.record[name], parts.record["evidence"][name]
            elif name not in parts.record:
                parts.record[name] = value
                parts.record["evidence"][name] = from_system(document)

    def _attachment(self, visit: Visit, document: str, attachment: JSON) -> bool:
        """Keep the text of an attachment; True where it has one, or points to one in the file."""
        kind = attachment.get("contentType")
        if "data" in attachment:
            return self._note(visit, document, decoded(attachment.get("data")), kind)
        url = text(attachment.get("url")) or ""
        key = reference_key({"reference": url})
        if not key.startswith(("Binary/", "urn:")):
            return False
        self.binaries[key] = (visit, document, kind)
        return True

    def _note(self, visit: Visit, document: str, content: bytes | None, kind: object) -> bool:
        """Keep the text of a note."""
        if content is None:
            self.out.counts["attachments that are not base64, or too long"] += 1
            return False
        try:
            found = narrative(content, document) if is_xml(kind) else text_of(content, kind)
        except InputError as error:
            self.out.problems += error.problems
            return False
        if found is None:
            return False
        self.out.notes.append(Note(visit, document, found))
        return True

    def _diagnosticreport(self, found: Found) -> None:
        """Take up a pathology report; other reports are counted."""
        if not self.pathology.is_report(found.resource):
            self.out.counts["diagnostic reports that are not pathology, left out"] += 1
            return
        resource = found.resource
        period = table(resource.get("effectivePeriod"))
        when = date_of(resource.get("effectiveDateTime") or period.get("start"))
        visit = self.visits.of(resource, [resource.get("encounter")], when)
        if visit is not None:
            self.pathology.add(found, visit)

    def _detail(self, found: Found) -> None:
        """Take up a Binary, Specimen or Observation that something refers to."""
        own = {f"{found.kind}/{found.id}" if found.id else "", found.url}
        for key in {reference_key({"reference": each}) for each in own if each}:
            if key in self.binaries:
                visit, document, kind = self.binaries.pop(key)
                content = decoded(found.resource.get("data"))
                if not self._note(
                    visit, document, content, found.resource.get("contentType") or kind
                ):
                    self.out.counts["documents without text that can be read here"] += 1
            self.pathology.detail(key, found.resource)

    def _unread_binaries(self) -> None:
        """Count the documents whose text is kept elsewhere; nothing is fetched."""
        if self.binaries:
            self.out.counts["documents whose text is not in the file"] += len(self.binaries)


def _is_note(resource: JSON) -> bool:
    """Return whether a document is a note of a visit rather than a list, a report or an image."""
    known = names()["notes"]
    if coded(resource.get("type"), systems("loinc")) in known["not_notes"]:
        return False
    categories = codes(resource.get("category"))
    return not categories or bool(categories & set(known["category"]))


def _account(file: str, visit: Visit, parts: _Parts) -> Account:
    """Return what the systems of records say of one visit."""
    diagnoses: list[dict[str, Any]] = []
    for each in parts.diagnoses:
        if not any(_same(each, other) for other in diagnoses):
            diagnoses.append(each)
    given: dict[str, Any] = {"record": parts.record, **visit.as_dict()}
    for name, value in (("procedures", parts.procedures), ("lesions", parts.lesions),
                        ("diagnoses", diagnoses)):  # fmt: skip
        if value:
            given[name] = value
    return Account("ehr", file, visit, DocumentedEncounter.model_validate(given))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two diagnoses are the same, wherever they stand."""
    return all(one.get(n) == other.get(n) for n in ("icd10", "procedure_id"))


def _list(value: Any) -> list[Any]:
    """Return a list as it is, anything else as the only one of a list."""
    return value if isinstance(value, list) else [value]


def dotted(code: str) -> str:
    """Return an ICD-10-CM code in capitals with its dot."""
    bare = code.upper().replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare
