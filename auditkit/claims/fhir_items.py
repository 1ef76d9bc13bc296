"""Claim and ExplanationOfBenefit items as rows of the claim lines table, all as text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditkit.claims.fhir_files import JSON
from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.claims.fhir_people import People, conditional, reference_key, roles_of
from auditkit.claims.fhir_values import (
    coded,
    codes,
    codings,
    day,
    identifier,
    names,
    number,
    systems,
    table,
    tables,
    text,
)

Row = dict[str, str | None]

#: The four modifiers and twelve diagnoses that a professional claim has room for.
_MODIFIERS, _DIAGNOSES = 4, 12


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed beside a claim to read it, and the counts of what could not be used.

    `conditions` holds the ICD-10-CM code of each Condition that a claim refers to.
    """

    people: People
    mapping: FhirMapping
    conditions: dict[str, str]
    counts: Counter[str]


def claim_number(resource: JSON) -> str | None:
    """Return a claim's own number: the unique claim id, else the first identifier, else the id."""
    numbers = tables(resource.get("identifier"))
    return (
        identifier(numbers, names()["identifiers"]["claim"])
        or next((value for each in numbers if (value := text(each.get("value")))), None)
        or text(resource.get("id"))
    )


def rows(resource: JSON, reading: Reading) -> Iterator[tuple[str, Row]]:
    """Yield the rows of one claim, each with the place of its item, such as item[2]."""
    diagnoses, places = _diagnoses(resource, reading)
    shared = _of_claim(resource, reading) | {
        f"dx{rank}": code for rank, code in enumerate(diagnoses[:_DIAGNOSES], start=1)
    }
    for position, item in enumerate(tables(resource.get("item"))):
        code = _service(item, reading)
        if code is None:
            continue
        own = _of_item(item, resource, reading) | {"code": code}
        pointed = [places.get(n) for n in _numbers(item.get("diagnosisSequence"))]
        known = [str(place) for place in pointed if place is not None and place <= _DIAGNOSES]
        if len(known) < len(pointed):
            reading.counts["pointers to diagnoses without an ICD-10-CM code"] += 1
        own["dx_pointers"] = ",".join(known) or None
        yield f"item[{position}]", shared | own


def _of_claim(resource: JSON, reading: Reading) -> Row:
    """Return what all lines of a claim share."""
    people, counts = reading.people, reading.counts
    key, patient = people.patient(resource.get("patient"), resource, counts)
    if patient.partial:
        counts["claims of patients whose birth date is not a full date; it is left empty"] += 1
    answered = resource.get("resourceType") == "ExplanationOfBenefit"
    received = None if answered else day(resource.get("created"))
    for each in tables(resource.get("supportingInfo")):
        if codes(each.get("category")) & set(names()["information"]["received"]):
            period = table(each.get("timingPeriod")).get("start")
            received = day(each.get("timingDate")) or day(period) or received
    replaced = next(
        (
            each
            for each in tables(resource.get("related"))
            if "prior" in codes(each.get("relationship"))
        ),
        None,
    )
    original = replaced and (
        text(table(replaced.get("reference")).get("value"))
        or text(conditional(replaced.get("claim")).get("value"))
        or reference_key(replaced.get("claim")).split("/")[-1]
    )
    return {
        "patient_key": key or None,
        "patient_birth_date": patient.born,
        "patient_sex": patient.sex,
        "billing_npi": people.party(resource.get("provider"), resource).npi,
        "payer": people.payer(resource),
        "received_date": received,
        "frequency_code": "7" if replaced else None,
        "original_claim_id": original or None,
    }


def _diagnoses(resource: JSON, reading: Reading) -> tuple[list[str], dict[int, int]]:
    """Return a claim's ICD-10-CM codes by their sequence, and the place of each sequence."""
    found: list[str] = []
    places: dict[int, int] = {}
    given = tables(resource.get("diagnosis"))
    for each in sorted(given, key=lambda d: (_numbers(d.get("sequence")) or [9_999])[0]):
        code = diagnosis_code(each.get("diagnosisCodeableConcept"), reading.mapping)
        if code is None:
            key = reference_key(each.get("diagnosisReference"))
            code = reading.conditions.get(key) or _contained_condition(key, resource, reading)
        if code is None:
            reading.counts["diagnoses without an ICD-10-CM code"] += 1
            continue
        if code not in found:
            found.append(code)
        for sequence in _numbers(each.get("sequence")):
            places[sequence] = found.index(code) + 1
    if len(found) > _DIAGNOSES:
        reading.counts["claims with more than 12 diagnoses; the first 12 are read"] += 1
    return found, places


def diagnosis_code(concept: Any, mapping: FhirMapping) -> str | None:
    """Return the ICD-10-CM code of a CodeableConcept, its own or mapped."""
    own = coded(concept, systems("icd10"))
    mapped = (mapping.code(system, code) for system, code in codings(concept))
    return own or next((each for each in mapped if each), None)


def _contained_condition(key: str, resource: JSON, reading: Reading) -> str | None:
    """Return the ICD-10-CM code of a Condition that the claim itself contains."""
    for each in tables(resource.get("contained")):
        if key.startswith("#") and each.get("id") == key[1:]:
            return diagnosis_code(each.get("code"), reading.mapping)
    return None


def _service(item: JSON, reading: Reading) -> str | None:
    """Return the CPT or HCPCS code of an item, its own or mapped, or None after counting why."""
    concept = item.get("productOrService")
    own = coded(concept, systems("procedure"))
    mapped = (reading.mapping.code(system, code) for system, code in codings(concept))
    found = own or next((each for each in mapped if each), None)
    if found is None:
        given = {system for system, _ in codings(concept)}
        kind = (
            "SNOMED CT" if given & systems("snomed") else "another code system" if given else "none"
        )
        reading.counts[f"items without a CPT or HCPCS code (coded in: {kind}), left out"] += 1
    return found


def _of_item(item: JSON, resource: JSON, reading: Reading) -> Row:
    """Return what one item says of its line."""
    period = table(item.get("servicedPeriod"))
    when = item.get("servicedDate") or period.get("start")
    until = item.get("servicedDate") or period.get("end")
    if when is None:
        billed = table(resource.get("billablePeriod"))
        when, until = billed.get("start"), billed.get("end")
        reading.counts["lines dated by their claim's period"] += 1
    rendering, taxonomy = _rendering(item, resource, reading)
    modifiers = [code for each in tables(item.get("modifier")) for _, code in codings(each)]
    modifiers = list(dict.fromkeys(modifiers))
    if len(modifiers) > _MODIFIERS:
        reading.counts["lines with more than four modifiers; the first four are read"] += 1
    units = number(table(item.get("quantity")).get("value"))
    if units is None and "quantity" not in item:
        reading.counts["lines that state no quantity, read as one unit"] += 1
        units = "1"
    charge, allowed, paid = _amounts(item, reading)
    return {
        "line": number(item.get("sequence")),
        "rendering_npi": rendering,
        "rendering_taxonomy": taxonomy,
        "dos_from": day(when) or _as_written(when),
        "dos_to": day(until) or _as_written(until),
        "pos": coded(item.get("locationCodeableConcept"), systems("place")),
        **{f"mod{rank}": code for rank, code in enumerate(modifiers[:_MODIFIERS], start=1)},
        "units": units,
        "charge": charge,
        "allowed": allowed,
        "paid": paid,
        "ndc": _drug(item),
    }


def _as_written(value: Any) -> str | None:
    """Return a partial date as it stands, for the contract to refuse."""
    return text(value)


def _rendering(item: JSON, resource: JSON, reading: Reading) -> tuple[str | None, str | None]:
    """Return NPI and taxonomy of who rendered an item.

    The care team members that the item points to are asked first, then those of the claim, the
    clearest role first; where nobody is named, the billing provider rendered the service.
    """
    team = tables(resource.get("careTeam"))
    wanted = set(_numbers(item.get("careTeamSequence")))
    pointed = [each for each in team if wanted & set(_numbers(each.get("sequence")))]
    for members in (pointed, team):
        member = _renderer(members)
        if member is not None:
            party = reading.people.party(member.get("provider"), resource)
            taxonomy = coded(member.get("qualification"), systems("taxonomy"))
            if party.npi:
                return party.npi, taxonomy or party.taxonomy
    billing = reading.people.party(resource.get("provider"), resource)
    return billing.npi, billing.taxonomy


def _renderer(members: list[JSON]) -> JSON | None:
    """Return the member who rendered the service, by role; a single one needs no role."""
    roles = names()["roles"]
    for role in roles["rendering"]:
        for member in members:
            if role in roles_of(member):
                return member
    rest = [each for each in members if not roles_of(each) & set(roles["others"])]
    return rest[0] if len(rest) == 1 else None


def _amounts(item: JSON, reading: Reading) -> tuple[str | None, str | None, str | None]:
    """Return charge, allowed and paid of an item; the charge is its net where none is stated."""
    said: dict[str, Decimal] = {}
    for each in tables(item.get("adjudication")):
        value = _dollars(each.get("amount"), reading)
        for code in codes(each.get("category")) if value is not None else ():
            said[code] = said.get(code, Decimal(0)) + Decimal(value or 0)
    kinds = names()["amounts"]
    found = {name: _first(kinds[name], said) for name in ("charge", "allowed", "paid")}
    if found["charge"] is None:
        found["charge"] = _dollars(item.get("net"), reading) or _product(item, reading)
    return found["charge"], found["allowed"], found["paid"]


def _first(kinds: list[list[str]], said: dict[str, Decimal]) -> str | None:
    """Return the sum of the first kind of category that is there."""
    for kind in kinds:
        values = [said[code] for code in kind if code in said]
        if values:
            return number(sum(values, Decimal(0)))
    return None


def _dollars(money: Any, reading: Reading) -> str | None:
    """Return the value of a Money in US dollars; another currency is counted and not read."""
    currency = table(money).get("currency") or table(money).get("code")
    if currency not in (None, "USD"):
        reading.counts["amounts in another currency than US dollars, not read"] += 1
        return None
    return number(table(money).get("value"))


def _product(item: JSON, reading: Reading) -> str | None:
    """Return unit price times quantity, or None where either is missing."""
    price = _dollars(item.get("unitPrice"), reading)
    units = number(table(item.get("quantity")).get("value"))
    return number(Decimal(price) * Decimal(units)) if price and units else None


def _drug(item: JSON) -> str | None:
    """Return the National Drug Code of an item or of its details."""
    concepts = [item.get("productOrService")]
    concepts += [each.get("productOrService") for each in tables(item.get("detail"))]
    found = (coded(each, systems("ndc")) for each in concepts)
    return next((each for each in found if each), None)


def _numbers(value: Any) -> list[int]:
    """Return the whole numbers of a list, or of one number."""
    each = value if isinstance(value, list) else [value]
    return [n for n in each if isinstance(n, int) and not isinstance(n, bool)]
