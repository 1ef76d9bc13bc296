"""FHIR R4 resources in the layouts of US Core and CARIN Blue Button, as servers write them."""

import base64
import json
from pathlib import Path

import pandas as pd

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BB"
TAXONOMY = "http://nucc.org/provider-taxonomy"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"


def concept(system, code, **more):
    """Return a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}], **more}


def patient(key, **more):
    """Return a C4BB Patient whose member number is *key*."""
    return {
        "resourceType": "Patient",
        "id": f"pat-{key}",
        "identifier": [
            {"type": concept(TYPES, "MB"), "system": "https://payer.example/member", "value": key}
        ],
        **more,
    }


def practitioner(npi, taxonomy=None):
    """Return a US Core Practitioner."""
    made = {
        "resourceType": "Practitioner",
        "id": f"prac-{npi}",
        "identifier": [{"system": NPI, "value": npi}],
    }
    if taxonomy:
        made["qualification"] = [{"code": concept(TAXONOMY, taxonomy)}]
    return made


def organization(id_, name, npi=None):
    """Return a C4BB Organization."""
    made = {"resourceType": "Organization", "id": id_, "name": name}
    if npi:
        made["identifier"] = [{"system": NPI, "value": npi}]
    return made


def usd(value):
    """Return a Money in US dollars."""
    return {"value": float(value), "currency": "USD"}


def amount(code, value, system="http://terminology.hl7.org/CodeSystem/adjudication"):
    """Return one adjudication of an item."""
    return {"category": concept(system, code), "amount": usd(value)}


def item(sequence=1, code="11102", **more):
    """Return an item of a professional claim, dated 2024-03-05 at the office for 100 dollars."""
    return {
        "sequence": sequence,
        "productOrService": concept(CPT, code),
        "servicedDate": "2024-03-05",
        "locationCodeableConcept": concept(POS, "11"),
        "quantity": {"value": 1},
        "net": usd(100),
        **more,
    }


def eob(id_="E1", items=None, **more):
    """Return a C4BB ExplanationOfBenefit Professional NonClinician with one diagnosis."""
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": id_,
        "identifier": [{"type": concept(f"{C4BB}IdentifierType", "uc"), "value": f"claim-{id_}"}],
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": "Patient/pat-M1"},
        "created": "2024-04-01T00:00:00Z",
        "insurer": {"reference": "Organization/payer", "display": "Plan"},
        "provider": {"reference": "Organization/group"},
        "outcome": "complete",
        "careTeam": [
            {
                "sequence": 1,
                "provider": {"reference": "Practitioner/prac-1999900099"},
                "role": concept(f"{C4BB}ClaimCareTeamRole", "performing"),
            }
        ],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept(ICD10, "D485")}],
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": [item()] if items is None else items,
        **more,
    }


def people():
    """Return the patient, practitioner and organisations that `eob` and `encounter` refer to."""
    return [
        patient("M1", birthDate="1950-06-07", gender="female"),
        practitioner("1999900099", "207N00000X"),
        organization("group", "Skin Group", "1999900008"),
        organization("payer", "Plan of Record"),
    ]


def of_claims(lines: pd.DataFrame) -> list[dict]:
    """Return the resources of a claim lines table: people, and one explanation for each claim."""
    rows = [
        {name: cell for name, cell in row.items() if pd.notna(cell)}
        for row in lines.to_dict("records")
    ]
    made = [_patient(row) for row in {row["patient_key"]: row for row in rows}.values()]
    taxonomies = {row["rendering_npi"]: row.get("rendering_taxonomy") for row in rows}
    made += [practitioner(npi, taxonomy) for npi, taxonomy in taxonomies.items()]
    made += [organization(f"org-{npi}", "Group", npi) for npi in lines["billing_npi"].unique()]
    payers = {name: f"payer-{n}" for n, name in enumerate(lines["payer"].unique())}
    made += [organization(id_, name) for name, id_ in payers.items()]
    claims: dict[str, list[dict]] = {}
    for row in rows:
        claims.setdefault(row["claim_id"], []).append(row)
    return made + [_explanation(claim, held, payers) for claim, held in claims.items()]


def _patient(row):
    """Return the patient of one claim line."""
    sex = {"F": "female", "M": "male", "U": "unknown"}.get(row.get("patient_sex"))
    more = {"gender": sex} if sex else {}
    born = row.get("patient_birth_date")
    more |= {"birthDate": f"{born:%Y-%m-%d}"} if born is not None else {}
    return patient(row["patient_key"], **more)


def _explanation(claim, rows, payers):
    """Return the explanation of benefit of one claim; a replacement names what it replaces."""
    first = rows[0]
    codes = [first[f"dx{n}"] for n in range(1, 13) if f"dx{n}" in first]
    more = {}
    if "received_date" in first:
        more["supportingInfo"] = [
            {
                "sequence": 1,
                "category": concept(f"{C4BB}SupportingInfoType", "clmrecvddate"),
                "timingDate": f"{first['received_date']:%Y-%m-%d}",
            }
        ]
    if first.get("frequency_code") == "7":
        prior = {"relationship": concept(f"{C4BB}RelatedClaimRelationshipCodes", "prior")}
        if "original_claim_id" in first:
            prior["reference"] = {"value": first["original_claim_id"]}
        more["related"] = [prior]
    return eob(
        f"eob-{claim}",
        [_item(row) for row in rows],
        identifier=[{"type": concept(f"{C4BB}IdentifierType", "uc"), "value": claim}],
        patient={"reference": f"Patient/pat-{first['patient_key']}"},
        insurer={"reference": f"Organization/{payers[first['payer']]}"},
        provider={"reference": f"Organization/org-{first['billing_npi']}"},
        careTeam=[
            {
                "sequence": 1,
                "provider": {"reference": f"Practitioner/prac-{first['rendering_npi']}"},
                "role": concept(f"{C4BB}ClaimCareTeamRole", "performing"),
            }
        ],
        diagnosis=[
            {"sequence": n, "diagnosisCodeableConcept": concept(ICD10, code.replace(".", ""))}
            for n, code in enumerate(codes, start=1)
        ],
        **more,
    )


def _item(row):
    """Return one item from a claim line."""
    system = CPT if row["code"][0].isdigit() else HCPCS
    pointers = row["dx_pointers"].split(",") if "dx_pointers" in row else []
    modifiers = [row[f"mod{n}"] for n in range(1, 5) if f"mod{n}" in row]
    said = {"submitted": "charge", "eligible": "allowed", "benefit": "paid"}
    made = item(
        int(row["line"]),
        row["code"],
        productOrService=concept(system, row["code"]),
        careTeamSequence=[1],
        diagnosisSequence=[int(each) for each in pointers],
        modifier=[concept(CPT, each) for each in modifiers],
        servicedPeriod={"start": f"{row['dos_from']:%Y-%m-%d}", "end": f"{row['dos_to']:%Y-%m-%d}"},
        locationCodeableConcept=concept(POS, row["pos"]),
        quantity={"value": float(row["units"])},
        adjudication=[amount(code, row[name]) for code, name in said.items() if name in row],
    )
    del made["servicedDate"], made["net"]
    return made


def encounter(id_="V1", day="2024-03-05", **more):
    """Return a US Core Encounter of the patient and practitioner of `people`."""
    return {
        "resourceType": "Encounter",
        "id": id_,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/pat-M1"},
        "participant": [
            {
                "type": [
                    concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "PPRF")
                ],
                "individual": {"reference": "Practitioner/prac-1999900099"},
            }
        ],
        "period": {"start": f"{day}T09:00:00-05:00", "end": f"{day}T09:30:00-05:00"},
        **more,
    }


def procedure(id_="PR1", code="11102", site=None, **more):
    """Return a US Core Procedure of the visit V1."""
    made = {
        "resourceType": "Procedure",
        "id": id_,
        "status": "completed",
        "code": concept(CPT, code),
        "subject": {"reference": "Patient/pat-M1"},
        "encounter": {"reference": "Encounter/V1"},
        "performedDateTime": "2024-03-05T09:10:00-05:00",
        **more,
    }
    return made | ({"bodySite": [{"text": site}]} if site else {})


def note(text, id_="D1", kind="text/plain", **more):
    """Return a US Core DocumentReference of a progress note of the visit V1."""
    content = text if isinstance(text, bytes) else text.encode()
    return {
        "resourceType": "DocumentReference",
        "id": id_,
        "status": "current",
        "type": concept(LOINC, "11506-3"),
        "category": [
            concept(
                "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
                "clinical-note",
            )
        ],
        "subject": {"reference": "Patient/pat-M1"},
        "date": "2024-03-06T08:00:00Z",
        "author": [{"reference": "Practitioner/prac-1999900099"}],
        "content": [
            {"attachment": {"contentType": kind, "data": base64.b64encode(content).decode()}}
        ],
        "context": {"encounter": [{"reference": "Encounter/V1"}]},
        **more,
    }


def bundle(resources, urls=True):
    """Return a collection Bundle of *resources*."""
    entries = []
    for each in resources:
        url = {"fullUrl": f"https://fhir.example/r4/{each['resourceType']}/{each.get('id')}"}
        entries.append({**(url if urls else {}), "resource": each})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def write_bundle(path: Path, resources, **more) -> Path:
    """Write *resources* as a bundle, as people print JSON."""
    path.write_text(json.dumps(bundle(resources, **more), indent=1), encoding="utf-8")
    return path


def write_ndjson(path: Path, resources) -> Path:
    """Write *resources* as NDJSON; a text is written as it stands."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in resources]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_export(folder: Path, resources) -> Path:
    """Write *resources* as the folder of a bulk export: one NDJSON file for each type."""
    folder.mkdir(exist_ok=True)
    kinds = sorted({each["resourceType"] for each in resources})
    for kind in kinds:
        mine = [each for each in resources if each["resourceType"] == kind]
        write_ndjson(folder / f"{kind}.000.ndjson", mine)
    return folder
