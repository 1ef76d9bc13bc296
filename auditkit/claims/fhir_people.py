"""Who FHIR data speaks of: patients, providers and payers, found again by reference."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from auditkit.claims.fhir_files import JSON, Found
from auditkit.claims.fhir_values import (
    coded,
    codings,
    day,
    identifier,
    names,
    npi_of,
    systems,
    table,
    tables,
    text,
)

#: The types of resource that `People.add` takes up.
KINDS = ("Patient", "Practitioner", "PractitionerRole", "Organization", "Coverage")

_SEX = {"female": "F", "male": "M", "other": "U", "unknown": "U"}


@dataclass(frozen=True, slots=True)
class Patient:
    """What claims need of a patient; names and addresses are not kept."""

    number: str | None
    born: str | None = None
    sex: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """A practitioner, an organisation or a role: its NPI, taxonomy and name, or where they are."""

    npi: str | None = None
    taxonomy: str | None = None
    name: str | None = None
    of: tuple[str, ...] = ()


def reference_key(reference: Any) -> str:
    """Return the key under which the target of a Reference is found; "" where there is none.

    Relative (Patient/1), absolute (https://…/Patient/1), with a version, and urn:uuid
    references are understood; an absolute one is known by its last two parts.
    """
    target = text(table(reference).get("reference")) or ""
    if not target or target.startswith(("#", "urn:")):
        return target
    parts = target.split("?")[0].split("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:])


def conditional(reference: Any) -> JSON:
    """Return the Identifier of a Reference: its own, or that of Type?identifier=system|value."""
    own = table(table(reference).get("identifier"))
    if own:
        return own
    target = text(table(reference).get("reference")) or ""
    _, asked, query = target.partition("?identifier=")
    system, found, value = query.partition("|")
    return {"system": system, "value": value} if asked and found else {}


@dataclass(slots=True)
class People:
    """An index of the people and organisations of a file, small enough to be kept whole.

    Attributes:
        number_system: the system of the identifier that is the patient key; "" for the kinds in
            fhir_names.toml, and the logical id where there is none of them.
        patients: by reference key.
        parties: practitioners, organisations and roles, by reference key.
        payers: of each coverage, the payer's reference key and display.
        owners: whose each patient number is; `shared` are those of several patients.
    """

    number_system: str = ""
    patients: dict[str, Patient] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    payers: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def add(self, found: Found) -> None:
        """Take up one resource of `KINDS`."""
        keys = {key for key in (f"{found.kind}/{found.id}" if found.id else "", found.url) if key}
        # A full address is kept by its last two parts, as references are.
        keys |= {reference_key({"reference": key}) for key in keys}
        resource = found.resource
        if found.kind == "Patient":
            patient = self._patient(resource)
            own = found.id or found.url
            if patient.number and self.owners.setdefault(patient.number, own) != own:
                self.shared.add(patient.number)
            self.patients.update(dict.fromkeys(keys, patient))
        elif found.kind == "Coverage":
            payor = (tables(resource.get("payor")) or tables(resource.get("insurer")) or [{}])[0]
            named = text(payor.get("display"))
            self.payers.update(dict.fromkeys(keys, (reference_key(payor), named)))
        else:
            self.parties.update(dict.fromkeys(keys, _party(resource)))

    def _patient(self, resource: JSON) -> Patient:
        """Return what claims need of a Patient resource."""
        numbers = tables(resource.get("identifier"))
        if self.number_system:
            own = (text(n.get("value")) for n in numbers if n.get("system") == self.number_system)
            number = next((value for value in own if value), None)
        else:
            number = identifier(numbers, names()["identifiers"]["patient"])
        born = resource.get("birthDate")
        sex = resource.get("gender")
        return Patient(
            number,
            day(born),
            _SEX.get(sex) if isinstance(sex, str) else None,
            partial=text(born) is not None and day(born) is None,
        )

    def patient(self, reference: Any, resource: JSON, counts: Counter[str]) -> tuple[str, Patient]:
        """Return the patient key that a Reference stands for, and the patient.

        The key is the patient's number or, where there is none, the logical id. A number that
        several patients share is followed by the logical id.
        """
        key = reference_key(reference)
        known = self._contained(key, resource, "Patient")
        patient = self._patient(known) if known is not None else self.patients.get(key)
        logical = key.removeprefix("#").split("/")[-1]
        if patient is None:
            own = text(conditional(reference).get("value"))
            if own or logical:
                counts["patients that the file does not hold; the reference is the key"] += 1
            return own or logical, Patient(None)
        if not patient.number:
            return logical, patient
        if patient.number in self.shared:
            counts["claims of patients who share a number; the key has the logical id too"] += 1
            return f"{patient.number}/{logical}", patient
        return patient.number, patient

    def party(self, reference: Any, resource: JSON, depth: int = 0) -> Party:
        """Return the practitioner or organisation that a Reference stands for, as far as known.

        Of a PractitionerRole the practitioner's NPI is taken, else the organisation's.
        """
        key = reference_key(reference)
        inside = self._contained(key, resource)
        found = _party(inside) if inside is not None else self.parties.get(key, Party())
        npi = npi_of(conditional(reference)) or found.npi
        taxonomy, name = found.taxonomy, found.name or text(table(reference).get("display"))
        for each in found.of if depth < 3 else ():
            other = self.party({"reference": each}, resource, depth + 1)
            npi, taxonomy, name = npi or other.npi, taxonomy or other.taxonomy, name or other.name
        return Party(npi, taxonomy, name)

    def payer(self, resource: JSON) -> str | None:
        """Return the payer's name of a Claim or ExplanationOfBenefit."""
        insurer = resource.get("insurer")
        name = self.party(insurer, resource).name
        insurances = tables(resource.get("insurance"))
        first = next((each for each in insurances if each.get("focal") is True), None)
        cover = (first or (insurances or [{}])[0]).get("coverage")
        known = self.payers.get(reference_key(cover))
        inside = self._contained(reference_key(cover), resource, "Coverage")
        if inside is not None:
            payor = (tables(inside.get("payor")) or [{}])[0]
            known = (reference_key(payor), text(payor.get("display")))
        if name is None and known is not None:
            name = known[1] or self.party({"reference": known[0]}, resource).name
        return name or text(table(cover).get("display")) or text(conditional(insurer).get("value"))

    def _contained(self, key: str, resource: JSON, kind: str = "") -> JSON | None:
        """Return the resource that *resource* itself contains under "#id"."""
        if not key.startswith("#"):
            return None
        return next(
            (
                each
                for each in tables(resource.get("contained"))
                if each.get("id") == key[1:] and kind in ("", each.get("resourceType"))
            ),
            None,
        )


def _party(resource: JSON) -> Party:
    """Return what a Practitioner, Organization or PractitionerRole says of itself."""
    given = resource.get("name")
    qualified = [each.get("code") for each in tables(resource.get("qualification"))]
    specialties = [*tables(resource.get("specialty")), *qualified]
    taxonomy = (coded(each, systems("taxonomy")) for each in specialties)
    of = [reference_key(resource.get(name)) for name in ("practitioner", "organization")]
    is_role = resource.get("resourceType") == "PractitionerRole"
    return Party(
        npi_of(resource.get("identifier")),
        next((each for each in taxonomy if each), None),
        text(given),
        tuple(each for each in of if each) if is_role else (),
    )


def roles_of(member: JSON) -> set[str]:
    """Return the role codes of a care team member."""
    return {code for _, code in codings(member.get("role"))}
