"""Pathology reports of FHIR data: the specimens sent and the diagnosis that came back."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from auditkit.claims.fhir_files import JSON, Found
from auditkit.claims.fhir_people import reference_key
from auditkit.claims.fhir_values import coded, codes, systems, table, tables, text, words
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.reader.sites import side_of
from auditkit.documentation.sources.account import Account, Visit, from_system, names


@dataclass(slots=True)
class _Report:
    """One report: its visit, state, conclusion, and what it refers to."""

    name: str
    visit: Visit
    pending: bool
    conclusion: str | None
    specimens: list[str]
    results: list[str]


@dataclass(slots=True)
class Pathology:
    """Collects reports, then the specimens and observations they refer to."""

    counts: Counter[str]
    reports: list[_Report] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    sites: dict[str, str] = field(default_factory=dict)
    findings: dict[str, tuple[str, str]] = field(default_factory=dict)

    def is_report(self, resource: JSON) -> bool:
        """Return whether a DiagnosticReport is one of pathology."""
        known = names()["pathology"]
        typed = coded(resource.get("code"), systems("loinc")) in known["reports"]
        return typed or bool(codes(resource.get("category")) & set(known["categories"]))

    def add(self, found: Found, visit: Visit) -> None:
        """Take up a report that is finished or awaited; count any other."""
        resource, known = found.resource, names()["pathology"]
        status = resource.get("status")
        if status not in (*known["finished"], *known["waiting"]):
            self.counts["pathology reports that are cancelled or in error, left out"] += 1
            return
        keys: dict[str, list[str]] = {
            name: [reference_key(each) for each in tables(resource.get(name))]
            for name in ("specimen", "result")
        }
        self.wanted.update(*keys.values())
        pending = status in known["waiting"]
        conclusion = None if pending else text(resource.get("conclusion"))
        name = f"{found.kind}/{found.id}"
        self.reports.append(
            _Report(name, visit, pending, conclusion, keys["specimen"], keys["result"])
        )
        for each in tables(resource.get("contained")):
            self.detail(f"#{each.get('id')}", each, f"{name}")

    def detail(self, key: str, resource: JSON, owner: str = "") -> None:
        """Take up a specimen's site, or the final diagnosis that an observation holds."""
        if key not in self.wanted:
            return
        kind = resource.get("resourceType")
        if kind == "Specimen":
            site = words(table(resource.get("collection")).get("bodySite"))
            if site:
                self.sites[owner + key] = site
        elif kind == "Observation":
            diagnosis = coded(resource.get("code"), systems("loinc"))
            said = text(resource.get("valueString")) or words(resource.get("valueCodeableConcept"))
            if diagnosis in names()["pathology"]["diagnosis"] and said:
                self.findings[owner + key] = (reference_key(resource.get("specimen")), said)

    def accounts(self) -> list[Account]:
        """Return one account for each report."""
        return [self._account(report) for report in self.reports]

    def _account(self, report: _Report) -> Account:
        """Return the specimens of one report; a diagnosis goes to the specimen it names.

        A diagnosis that names none belongs to a report's only specimen; where there are
        several, it is not split.
        """
        said = self._said(report)
        specimens: list[dict[str, Any]] = []
        lesions: list[dict[str, Any]] = []
        for number, key in enumerate(report.specimens or [""], start=1):
            own = {"path_dx": said[key]} if key in said else {}
            evidence = {name: from_system(report.name) for name in own}
            specimen: dict[str, Any] = {"specimen_id": f"S{number}", **own, "evidence": evidence}
            site = self._found(self.sites, report, key)
            if site:
                about: dict[str, Any] = {"site": site, "path_pending": report.pending, **own}
                side = side_of(site.lower())
                if side in ("left", "right", "midline", "bilateral"):
                    about["laterality"] = side
                sources = {name: from_system(report.name) for name in about}
                lesions.append({"lesion_id": f"L{number}", **about, "evidence": sources})
                specimen["lesion_id"] = f"L{number}"
            specimens.append(specimen)
        given = {"record": {}, "specimens": specimens, **report.visit.as_dict()}
        given |= {"lesions": lesions} if lesions else {}
        elements = DocumentedEncounter.model_validate(given)
        return Account("lis", report.name, report.visit, elements)

    def _said(self, report: _Report) -> dict[str, str]:
        """Return the final diagnosis of each specimen of a report."""
        found = [self._found(self.findings, report, key) for key in report.results]
        named = {key: said for each in found if each for key, said in [each] if key}
        loose = {said for each in found if each for key, said in [each] if not key}
        loose |= {report.conclusion} if report.conclusion and not named and not loose else set()
        only = report.specimens or [""]
        if len(only) == 1 and len(loose) == 1 and only[0] not in named:
            named[only[0]] = loose.pop()
        elif loose:
            self.counts["pathology diagnoses that name no specimen of several, left out"] += 1
        return named

    def _found(self, among: dict[str, Any], report: _Report, key: str) -> Any:
        """Return what is known under a reference of a report, contained or not."""
        return among.get(report.name + key if key.startswith("#") else key)
