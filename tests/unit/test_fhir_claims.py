"""FHIR R4 claims: what each element becomes, and what is set aside, listed and counted."""

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from fhir_builder import (
    C4BB,
    CPT,
    ICD10,
    NPI,
    SNOMED,
    amount,
    bundle,
    concept,
    eob,
    item,
    of_claims,
    organization,
    patient,
    people,
    practitioner,
    usd,
    write_bundle,
    write_export,
    write_ndjson,
)
from typer.testing import CliRunner

from auditkit import read_claims
from auditkit.claims import encounters
from auditkit.cli import app
from auditkit.errors import InputError, SettingsError

CANARY = "Zebulon Quixote 555-12-3456"


def read(tmp_path, *resources, **more):
    """Read resources as one bundle, with the people they refer to."""
    return read_claims(write_bundle(tmp_path / "b.json", [*people(), *resources]), **more)


def account(frame):
    """Return what the reading says of itself."""
    return frame.attrs["auditkit"]


def notes(frame):
    """Return the notes of a reading as one text."""
    return " ".join(account(frame)["notes"])


@pytest.fixture(scope="module")
def sample(repository):
    """Return the lines of the first 400 claims of the sample practice."""
    lines = read_claims(repository / "sample_data" / "claims.csv")
    wanted = sorted(lines["claim_id"].unique())[:400]
    lines = lines[lines["claim_id"].isin(wanted) & (lines["frequency_code"] != "8")]
    return lines.sort_values(["claim_id", "line"], ignore_index=True)


def same_lines(expected, found):
    """Assert that two tables hold the same lines, whatever their order and attributes."""
    found = found.sort_values(["claim_id", "line"], ignore_index=True)
    for name in expected.columns.drop(["line_control"]):
        pd.testing.assert_series_equal(expected[name], found[name], check_dtype=False)


def test_the_sample_practice_comes_back_from_a_carin_bundle(tmp_path, sample):
    """Every line of a claims table written as CARIN explanations is read back as it was."""
    found = read_claims(write_bundle(tmp_path / "carin.json", of_claims(sample)))

    assert len(sample) > 400
    same_lines(sample, found)
    assert [] == account(found)["listed"]


def test_the_sample_practice_comes_back_from_a_bulk_export(tmp_path, sample):
    """A folder of NDJSON, one file for each type, gives the same lines as the bundle."""
    found = read_claims(write_export(tmp_path / "export", of_claims(sample)))

    same_lines(sample, found)


def test_encounter_ids_do_not_depend_on_the_form_of_the_claims(tmp_path, sample):
    """The same encounters have the same keyed ids, read from CSV or from FHIR."""
    found = read_claims(write_export(tmp_path / "export", of_claims(sample)))

    expected = set(encounters(sample, b"0" * 16)["encounter_id"])

    assert expected == set(encounters(found, b"0" * 16)["encounter_id"])


def test_an_audit_says_what_its_claims_file_left_out(tmp_path, sample):
    """What could not be read of a file with a slip is printed and stands in the audit's folder."""
    resources = of_claims(sample)
    broken = next(one for one in resources if one["resourceType"] == "ExplanationOfBenefit")
    lost = len(broken["item"])
    for item_ in broken["item"]:
        item_["servicedDate"] = "2024-13-45"
        item_.pop("servicedPeriod", None)
    claims = write_ndjson(tmp_path / "claims.ndjson", resources)
    runner, folder = CliRunner(), tmp_path / "audit"
    runner.invoke(app, ["init", str(folder), "--claims", str(claims)])

    framed = runner.invoke(app, ["frame", str(folder)])
    reading = json.loads((folder / "reading.json").read_text())

    assert 0 == framed.exit_code, framed.output
    assert (lost, len(sample) - lost) == (reading["set_aside"], reading["accepted"])
    assert f"{lost} lines could not be used" in framed.output
    assert "2024-13-45" not in framed.output + (folder / "reading.json").read_text()


def test_an_explanation_says_every_column(tmp_path):
    """The elements of one explanation of benefit, one by one."""
    explained = eob(
        items=[
            item(
                7,
                "11102",
                modifier=[concept(CPT, "25"), concept(CPT, "59")],
                diagnosisSequence=[2, 1],
                quantity={"value": 3},
                servicedPeriod={"start": "2024-03-05", "end": "2024-03-06"},
                adjudication=[
                    amount("submitted", 250.5),
                    amount("eligible", 180.25),
                    amount("benefit", 144.2),
                ],
            )
            | {"servicedDate": None}
        ],
        diagnosis=[
            {"sequence": 2, "diagnosisCodeableConcept": concept(ICD10, "L57.0")},
            {"sequence": 1, "diagnosisCodeableConcept": concept(ICD10, "D485")},
        ],
        supportingInfo=[
            {
                "sequence": 1,
                "category": concept(f"{C4BB}SupportingInfoType", "clmrecvddate"),
                "timingDate": "2024-03-20",
            }
        ],
        related=[
            {
                "relationship": concept(
                    "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior"
                ),
                "reference": {"value": "OLD9"},
            }
        ],
    )
    found = read(tmp_path, explained).iloc[0]

    expected = {
        "claim_id": "claim-E1",
        "line": 7,
        "patient_key": "M1",
        "patient_birth_date": pd.Timestamp("1950-06-07"),
        "patient_sex": "F",
        "rendering_npi": "1999900099",
        "billing_npi": "1999900008",
        "rendering_taxonomy": "207N00000X",
        "dos_from": pd.Timestamp("2024-03-05"),
        "dos_to": pd.Timestamp("2024-03-06"),
        "pos": "11",
        "code": "11102",
        "mod1": "25",
        "mod2": "59",
        "units": 3.0,
        "dx1": "D48.5",
        "dx2": "L57.0",
        "dx_pointers": "2,1",
        "charge": 250.5,
        "allowed": 180.25,
        "paid": 144.2,
        "payer": "Plan of Record",
        "received_date": pd.Timestamp("2024-03-20"),
        "frequency_code": "7",
        "original_claim_id": "OLD9",
    }

    assert expected == {name: found[name] for name in expected}


def test_a_claim_knows_its_charge_alone(tmp_path):
    """Of a Claim the net is the charge and its date the receipt; nothing is allowed or paid."""
    claim = eob("C1") | {"resourceType": "Claim", "created": "2024-03-08"}
    found = read(tmp_path, claim).iloc[0]

    assert 100.0 == found["charge"]
    assert pd.Timestamp("2024-03-08") == found["received_date"]
    assert np.isnan(found["allowed"]) and np.isnan(found["paid"])


def test_a_claim_is_read_from_its_answer(tmp_path):
    """Where an explanation answers a Claim of the file, the line is there once, as paid."""
    claim = eob("C1") | {"resourceType": "Claim"}
    paid = item(adjudication=[amount("submitted", 100), amount("benefit", 64)])
    found = read(tmp_path, claim, eob("E1", [paid], claim={"reference": "Claim/C1"}))

    assert [64.0] == found["paid"].tolist()
    assert "1 Claims read from the ExplanationOfBenefit" in notes(found)


def test_dollars_are_added_exactly(tmp_path):
    """What was paid to provider and to patient is one payment: 0.10 and 0.20 are 0.30."""
    system = f"{C4BB}Adjudication"
    paid = [amount("paidtoprovider", 0.1, system), amount("paidtopatient", 0.2, system)]
    found = read(tmp_path, eob(items=[item(adjudication=paid)]))

    assert [0.3] == found["paid"].tolist()


def test_another_currency_is_no_dollars(tmp_path):
    """An amount in euros is not read as dollars; it is counted, and the net stands."""
    euros = amount("eligible", 80) | {"amount": {"value": 80, "currency": "EUR"}}
    found = read(tmp_path, eob(items=[item(adjudication=[euros])]))

    assert found["allowed"].isna().all()
    assert "1 amounts in another currency" in notes(found)


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Practitioner/prac-1999900107"},
        {"reference": "https://fhir.example/r4/Practitioner/prac-1999900107"},
        {"reference": "Practitioner/prac-1999900107/_history/3"},
        {"reference": "#inside"},
        {"reference": "urn:uuid:7d2c5c9e-0000-4000-8000-000000000001"},
        {"reference": "PractitionerRole/role-1"},
        {"reference": f"Practitioner?identifier={NPI}|1999900107"},
        {"identifier": {"system": NPI, "value": "1999900107"}},
        {"identifier": {"type": concept(f"{C4BB}IdentifierType", "npi"), "value": "1999900107"}},
    ],
)
def test_every_kind_of_reference_finds_its_provider(tmp_path, reference):
    """Relative, absolute, versioned, contained, urn, role, conditional and logical references."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-1",
        "practitioner": {"reference": "Practitioner/prac-1999900107"},
        "organization": {"reference": "Organization/group"},
    }
    team = [{"sequence": 1, "provider": reference, "role": concept("x", "rendering")}]
    inside = practitioner("1999900107") | {"id": "inside"}
    explained = eob(careTeam=team, contained=[inside])
    made = bundle([*people(), practitioner("1999900107"), role, explained])
    made["entry"].append(
        {
            "fullUrl": "urn:uuid:7d2c5c9e-0000-4000-8000-000000000001",
            "resource": practitioner("1999900107") | {"id": "other"},
        }
    )
    path = tmp_path / "b.json"
    path.write_text(json.dumps(made))

    assert ["1999900107"] == read_claims(path)["rendering_npi"].tolist()


def test_who_rendered_is_named_by_the_item_then_by_role(tmp_path):
    """The item's own team member counts before the claim's; who referred never rendered."""
    team = [
        {
            "sequence": 1,
            "provider": {"identifier": {"system": NPI, "value": "1999900115"}},
            "role": concept("x", "referring"),
        },
        {
            "sequence": 2,
            "provider": {"identifier": {"system": NPI, "value": "1999900099"}},
            "role": concept("x", "performing"),
        },
        {
            "sequence": 3,
            "provider": {"identifier": {"system": NPI, "value": "1999900107"}},
            "role": concept("x", "performing"),
        },
    ]
    items = [item(1, careTeamSequence=[3]), item(2, careTeamSequence=[1]), item(3)]
    found = read(tmp_path, eob(items=items, careTeam=team))

    assert ["1999900107", "1999900099", "1999900099"] == found["rendering_npi"].tolist()


def test_without_a_care_team_the_billing_provider_rendered(tmp_path):
    """As in an 837P, who bills is who rendered where nobody else is named."""
    found = read(tmp_path, eob(careTeam=[]))

    assert ["1999900008"] == found["rendering_npi"].tolist()


def test_a_partial_birth_date_is_left_empty_and_counted(tmp_path):
    """A year of birth is no date; no day is made up for it."""
    path = write_bundle(
        tmp_path / "b.json", [patient("M1", birthDate="1950-06"), *people()[1:], eob()]
    )
    found = read_claims(path)

    assert found["patient_birth_date"].isna().all()
    assert "birth date is not a full date" in notes(found)


def test_a_partial_service_date_is_listed_and_not_fatal(tmp_path):
    """A line dated by its month cannot be used; the other lines can."""
    found = read(tmp_path, eob(items=[item(1), item(2, servicedDate="2024-03")]))

    assert [1] == found["line"].tolist()
    assert 1 == account(found)["set_aside"]
    assert 2 == account(found)["rows"]
    listed = " ".join(account(found)["listed"])
    assert "ExplanationOfBenefit.item[1], dos_from" in listed
    assert "2024-03" not in listed
    assert "1 claims keep some lines and lost others" in notes(found)


def test_the_day_is_the_one_that_was_written(tmp_path):
    """A dateTime keeps its own calendar day; it is not moved to another time zone."""
    late = {"start": "2024-03-05T23:30:00-05:00", "end": "2024-03-05T23:45:00-05:00"}
    found = read(tmp_path, eob(items=[item(servicedPeriod=late) | {"servicedDate": None}]))

    assert pd.Timestamp("2024-03-05") == found["dos_from"].iloc[0]


def test_items_of_other_code_systems_are_counted(tmp_path):
    """A SNOMED CT code is no CPT code: its item is left out and counted, not guessed."""
    items = [item(1), item(2, productOrService=concept(SNOMED, "103697008"))]
    found = read(tmp_path, eob(items=items))

    assert [1] == found["line"].tolist()
    assert "1 items without a CPT or HCPCS code (coded in: SNOMED CT), left out." in notes(found)


def test_a_mapping_gives_codes_of_other_systems(tmp_path):
    """The user's mapping says what a local code and a SNOMED diagnosis stand for."""
    mapping = tmp_path / "codes.toml"
    mapping.write_text(
        f'[codes."{SNOMED}"]\n"103697008" = "99213"\n"201101007" = "L57.0"\n', encoding="utf-8"
    )
    explained = eob(
        items=[item(1, productOrService=concept(SNOMED, "103697008"), diagnosisSequence=[1])],
        diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": concept(SNOMED, "201101007")}],
    )
    found = read(tmp_path, explained, mapping=mapping).iloc[0]

    assert ("99213", "L57.0", "1") == (found["code"], found["dx1"], found["dx_pointers"])


def test_diagnoses_may_be_conditions(tmp_path):
    """A diagnosisReference is resolved to its Condition; a pointer to none is counted."""
    condition = {"resourceType": "Condition", "id": "k", "code": concept(ICD10, "L821")}
    explained = eob(
        items=[item(diagnosisSequence=[1, 2])],
        diagnosis=[
            {"sequence": 1, "diagnosisReference": {"reference": "Condition/k"}},
            {"sequence": 2, "diagnosisReference": {"reference": "Condition/absent"}},
        ],
    )
    found = read(tmp_path, condition, explained)

    assert ("L82.1", "1") == (found["dx1"].iloc[0], found["dx_pointers"].iloc[0])
    assert "1 pointers to diagnoses without an ICD-10-CM code" in notes(found)


def test_a_number_shared_by_two_patients_tells_them_apart(tmp_path):
    """Dependents under one member number stay two patients."""
    twin = patient("M1", birthDate="2015-01-01") | {"id": "pat-twin"}
    other = eob("E2", patient={"reference": "Patient/pat-twin"})
    found = read(tmp_path, twin, eob(), other)

    assert ["M1/pat-M1", "M1/pat-twin"] == found["patient_key"].tolist()


def test_the_mapping_names_the_identifier_of_patients(tmp_path):
    """A practice that keys its patients by medical record number says so."""
    known = patient("M1")
    known["identifier"].append({"system": "urn:practice:mrn", "value": "MRN7"})
    path = write_bundle(tmp_path / "b.json", [known, *people()[1:], eob()])
    found = read_claims(path, mapping={"patient_identifier": "urn:practice:mrn"})

    assert ["MRN7"] == found["patient_key"].tolist()


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"status": "cancelled"}, "claims of status cancelled, left out"),
        ({"status": "entered-in-error"}, "claims of status entered-in-error, left out"),
        ({"use": "preauthorization"}, "preauthorizations and predeterminations, left out"),
        ({"type": concept("x", "institutional")}, "institutional claims, left out"),
        ({"type": concept("x", "pharmacy")}, "pharmacy claims, left out"),
        ({"id": "E1"}, "resources that occur again under the same id"),
    ],
)
def test_what_is_no_billed_professional_work_is_counted(tmp_path, change, counted):
    """Withdrawn, planned, institutional and repeated claims give no lines, and are counted."""
    found = read(tmp_path, eob("E1"), eob("E2") | change)

    assert 1 == len(found)
    assert counted in notes(found)


def test_a_repeated_claim_number_is_told_apart(tmp_path):
    """Two claims under one number keep both their lines, the second as #2."""
    again = eob("E2", identifier=eob("E1")["identifier"])
    found = read(tmp_path, eob("E1"), again)

    assert ["claim-E1", "claim-E1#2"] == found["claim_id"].tolist()


def test_malformed_resources_are_listed_and_never_shown(tmp_path):
    """Broken lines, alien objects and claims without items are listed by row, without values."""
    broken = [
        '{"resourceType": "ExplanationOfBenefit", "id": "' + CANARY,
        '{"name": "' + CANARY + '"}',
        "[" * 5000,
        '{"resourceType": "Claim", "id": "x", "total": NaN}',
        '{"resourceType": "Patient", "id": ' + CANARY,
        json.dumps(eob("E9", [], patient={"display": CANARY})),
        json.dumps(eob("E8", [item(productOrService=concept(CPT, CANARY))])),
    ]
    path = write_ndjson(tmp_path / "c.ndjson", [*people(), *broken, eob()])
    found = read_claims(path)
    listed = account(found)["listed"]

    assert ["claim-E1"] == found["claim_id"].tolist()
    assert 7 == len(listed)
    assert [5, 6, 7, 8, 9, 10, 11] == sorted(
        int(each.split("row ")[1].split(",")[0].split(":")[0]) for each in listed
    )
    assert CANARY not in " ".join([*listed, *account(found)["notes"]])


def test_rejected_lines_can_be_written_to_a_file(tmp_path):
    """With a rejects file the lines that are not accepted stand there, with their reasons."""
    rejects = tmp_path / "rejects.csv"
    items = [item(1), item(2, locationCodeableConcept={})]
    found = read(tmp_path, eob(items=items), rejects=rejects)

    assert [1] == found["line"].tolist()
    assert ["pos: empty"] == pd.read_csv(rejects)["problems"].tolist()


def test_a_file_without_a_usable_line_is_refused(tmp_path):
    """Where nothing can be used, the message says why, and holds no value."""
    with pytest.raises(InputError, match="no claim line can be used") as caught:
        read(tmp_path, eob(items=[item(servicedDate=CANARY)]))

    assert CANARY not in str(caught.value)


def test_fhir_in_xml_is_refused_in_words(tmp_path):
    """XML is named for what it is; the accepted forms stand in the message."""
    path = tmp_path / "b.xml"
    path.write_text('<Bundle xmlns="http://hl7.org/fhir"/>')

    with pytest.raises(InputError, match=r"XML or HTML.*FHIR R4 as JSON"):
        read_claims(path)


def test_an_unknown_key_of_a_mapping_is_refused(tmp_path):
    """A slip in the mapping is named before anything is read."""
    with pytest.raises(SettingsError, match="'code' is not a key"):
        read(tmp_path, eob(), mapping={"code": {}})


def test_an_export_is_read_as_a_stream(tmp_path):
    """Thirty megabytes of other resources cost no memory of their size."""
    export = write_export(tmp_path / "export", [*people(), eob()])
    other = json.dumps({"resourceType": "Observation", "id": "o", "note": "x" * 3_000})
    with (export / "Observation.000.ndjson").open("w") as file:
        for _ in range(10_000):
            file.write(other + "\n")
    read_claims(export)
    tracemalloc.start()
    found = read_claims(export)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 1 == len(found)
    assert peak < 3_000_000


def test_a_value_beyond_the_limit_is_listed(tmp_path, monkeypatch):
    """A line longer than any resource is passed over, and the next one is read."""
    monkeypatch.setattr("auditkit.claims.fhir_files.VALUE_LIMIT", 5_000)
    long = json.dumps(eob("E2", disposition="x" * 20_000))
    found = read_claims(write_ndjson(tmp_path / "c.ndjson", [*people(), long, eob()]))

    assert ["claim-E1"] == found["claim_id"].tolist()
    assert "row 5: too long" in account(found)["listed"][0]


def test_a_one_line_bundle_and_nested_bundles_are_read(tmp_path):
    """A bundle on one line, and the bundles of an export page within it."""
    inner = bundle([*people(), eob()], urls=False)
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": inner}]}))

    assert 1 == len(read_claims(path))


def test_payers_are_found_through_the_coverage(tmp_path):
    """Without an insurer's name the payer is the coverage's payor."""
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "payor": [{"reference": "Organization/other"}],
    }
    explained = eob(insurer={"reference": "Organization/absent"})
    found = read(tmp_path, coverage, organization("other", "Second Plan"), explained)

    assert ["Second Plan"] == found["payer"].tolist()


def test_units_and_charge_that_are_not_stated(tmp_path):
    """No quantity is one unit, counted; no net is unit price times quantity."""
    bare = item(1)
    del bare["quantity"]
    priced = item(2, quantity={"value": 4}, unitPrice=usd(12.25))
    del priced["net"]
    found = read(tmp_path, eob(items=[bare, priced]))

    assert [1.0, 4.0] == found["units"].tolist()
    assert [100.0, 49.0] == found["charge"].tolist()
    assert "1 lines that state no quantity" in notes(found)
