"""FHIR R4 records: what resources document, what they do not, and which encounter they are of."""

import json
from decimal import Decimal

import pytest
from fhir_builder import (
    ICD10,
    LOINC,
    NPI,
    SNOMED,
    concept,
    encounter,
    note,
    people,
    practitioner,
    procedure,
    write_bundle,
    write_export,
    write_ndjson,
)

from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.documentation.sources import read_record
from auditkit.documentation.sources.assembly import merging
from auditkit.documentation.store import read_documentation
from auditkit.errors import InputError, SettingsError
from auditkit.privacy import keyed_id

CANARY = "Zebulon Quixote 555-12-3456"
SHAVE = "PROCEDURE: Shave biopsy of 6 mm lesion of the left arm."


def read(tmp_path, *resources, mapping=None):
    """Read resources as one bundle, with the people they refer to."""
    return read_record([write_bundle(tmp_path / "r.json", [*people(), *resources])], mapping)


def only(sources, kind="ehr"):
    """Return the elements of the only account of a kind."""
    (account,) = [each for each in sources.accounts if each.kind == kind]
    return account.elements


def test_a_visit_with_its_procedure_and_diagnosis(tmp_path):
    """Encounter, Procedure and Condition give key, family, site, side and diagnosis."""
    condition = {
        "resourceType": "Condition",
        "id": "k",
        "category": [concept("http://x/condition-category", "encounter-diagnosis")],
        "code": concept(ICD10, "D485", text="Neoplasm of uncertain behavior of skin"),
        "encounter": {"reference": "Encounter/V1"},
    }
    found = only(read(tmp_path, encounter(), procedure(site="Left forearm"), condition))

    assert ("M1", "1999900099", "2024-03-05") == (
        found.patient_key, found.rendering_npi, found.dos.isoformat(),
    )  # fmt: skip
    assert ("biopsy", "Left forearm") == (found.procedures[0].type, found.procedures[0].site)
    assert ("left", "Left forearm") == (found.lesions[0].laterality, found.lesions[0].site)
    assert ("D48.5",) == tuple(each.icd10 for each in found.diagnoses)
    assert "Procedure/PR1" == found.procedures[0].evidence["type"].document


def test_a_charge_code_tells_its_family_alone(tmp_path):
    """11104 is charged for a punch: the record that says so is the note, not the code."""
    found = only(read(tmp_path, encounter(), procedure(code="11104"))).procedures[0]

    assert not found.abstracted("technique")
    assert not found.abstracted("closure")
    assert not found.abstracted("lesions_treated")


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"status": "not-done"}, "procedures that are not completed, left out"),
        ({"status": "preparation"}, "procedures that are not completed, left out"),
        ({"status": "entered-in-error"}, "procedures that are not completed, left out"),
        (
            {"performedDateTime": "2019-01-01"},
            "procedures of another day than their encounter, left out",
        ),
        (
            {"code": concept(SNOMED, "240977001")},
            "procedures whose code no family or mapping knows, left out",
        ),
        (
            {"encounter": {"reference": "Encounter/V9"}},
            "Procedure resources of an encounter that is not in the file",
        ),
    ],
)
def test_what_was_not_done_at_the_visit_is_counted(tmp_path, change, counted):
    """Planned, past, unknown and foreign procedures are never documented as performed."""
    found = read(tmp_path, encounter(), note(SHAVE), procedure() | change)

    assert not only(found).procedures
    assert 1 == found.counts[counted]


def test_a_mapping_may_say_more_than_a_charge_code(tmp_path):
    """A clinical code that the practice explains gives the elements it names."""
    mapping = FhirMapping(
        procedures={SNOMED: {"240977001": {"type": "biopsy", "technique": "tangential"}}}
    )
    done = procedure(code="11102") | {"code": concept(SNOMED, "240977001")}
    found = only(read(tmp_path, encounter(), done, mapping=mapping)).procedures[0]

    assert ("biopsy", "tangential") == (found.type, found.technique)


def test_a_mapping_of_what_is_no_element_is_refused(tmp_path):
    """A word that the schema does not have is named, with its place in the mapping."""
    mapping = FhirMapping(procedures={SNOMED: {"1": {"type": "biopsie"}, "2": {"method": "x"}}})

    with pytest.raises(SettingsError, match=r"'type' is not accepted(.|\n)*needs a type"):
        read(tmp_path, encounter(), mapping=mapping)


def test_a_procedure_without_an_encounter_belongs_to_the_day(tmp_path):
    """Patient and day decide where they leave one visit; two visits of a day leave none."""
    loose = procedure()
    del loose["encounter"]
    one = read(tmp_path, encounter(), loose)
    other = encounter("V2") | {
        "participant": [{"individual": {"identifier": {"system": NPI, "value": "1999900107"}}}]
    }
    two = read(tmp_path, encounter(), other, loose)

    assert 1 == len(only(one).procedures)
    assert [] == two.accounts
    assert 1 == two.counts["Procedure resources that no single encounter of the day fits"]


def test_a_note_is_read_with_its_author_and_signer(tmp_path):
    """The text of a DocumentReference, and who wrote and authenticated it."""
    signed = note(SHAVE, authenticator={"reference": "Practitioner/prac-1999900107"})
    signed["context"]["period"] = {"start": "2024-03-05T09:00:00-05:00"}
    found = read(tmp_path, practitioner("1999900107"), encounter(), signed)
    record = only(found).record

    assert [SHAVE] == [each.text for each in found.notes]
    assert "2024-03-05" == record.note_date.isoformat()
    assert (True, True, False, "1999900099") == (
        record.present, record.signed, record.signer_matches_renderer, record.service_provider_npi,
    )  # fmt: skip


def test_an_unsigned_note_is_not_said_to_be_signed(tmp_path):
    """Where nobody authenticated a document, whether it is signed stays open."""
    record = only(read(tmp_path, encounter(), note(SHAVE, docStatus="final"))).record

    assert not record.abstracted("signed")
    assert not record.abstracted("note_date")


def test_notes_of_one_visit_that_differ_leave_the_record_open(tmp_path):
    """Two authors of two notes: who provided the service waits for a person."""
    other = note("Addendum.", "D2", author=[{"reference": "Practitioner/prac-1999900107"}])
    found = read(tmp_path, practitioner("1999900107"), encounter(), note(SHAVE), other)

    assert not only(found).record.abstracted("service_provider_npi")
    assert [SHAVE, "Addendum."] == [each.text for each in found.notes]


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text/plain", "Pat\u00e9 of skin".encode(), "Pat\u00e9 of skin"),
        ("text/plain; charset=iso-8859-1", "Pat\u00e9".encode("latin-1"), "Pat\u00e9"),
        (
            "text/html",
            b"<head><style>p{}</style></head><p>One <b>shave</b> biopsy.</p><!-- no -->"
            b"<script>no()</script><table><tr><td>6</td><td>mm &lt; 1 cm</td></tr></table>",
            "One shave biopsy.\n\n6 mm < 1 cm",
        ),
        ("application/pdf", b"%PDF-1.7", None),
        ("image/png", b"\x89PNG", None),
    ],
)
def test_attachments_by_their_kind(tmp_path, kind, content, expected):
    """Plain text and HTML are read in their character sets; pictures and PDF are counted."""
    found = read(tmp_path, encounter(), note(content, kind=kind))

    assert ([expected] if expected else []) == [each.text for each in found.notes]
    assert (expected is None) == bool(found.counts["documents without text that can be read here"])


def test_a_note_in_a_binary_of_the_file_is_read(tmp_path):
    """An attachment may point to a Binary of the same export; nothing else is fetched."""
    kept = note("") | {
        "content": [{"attachment": {"contentType": "text/plain", "url": "Binary/b1"}}]
    }
    away = note("", "D2") | {
        "content": [{"attachment": {"contentType": "text/plain", "url": "https://ehr.example/n"}}]
    }
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "U2hhdmU="}
    found = read(tmp_path, encounter(), kept, away, binary)

    assert ["Shave"] == [each.text for each in found.notes]
    assert 1 == found.counts["documents without text that can be read here"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": concept(LOINC, "34133-9")},
        {"type": concept(LOINC, "60567-5")},
        {"category": [concept("x", "imaging")]},
        {"status": "superseded"},
        {"docStatus": "entered-in-error"},
    ],
)
def test_documents_that_are_no_note_of_the_visit_are_left_out(tmp_path, change):
    """Summaries list past procedures, and pathology describes specimens: neither is a note."""
    found = read(tmp_path, encounter(), note(SHAVE) | change)

    assert [] == found.notes
    assert 1 == sum(found.counts.values())


def pathology(**more):
    """Return a surgical pathology report of the visit, with its specimen and final diagnosis."""
    report = {
        "resourceType": "DiagnosticReport",
        "id": "path",
        "status": "final",
        "category": [concept("http://terminology.hl7.org/CodeSystem/v2-0074", "SP")],
        "code": concept(LOINC, "11526-1"),
        "subject": {"reference": "Patient/pat-M1"},
        "encounter": {"reference": "Encounter/V1"},
        "specimen": [{"reference": "Specimen/s1"}],
        "result": [{"reference": "Observation/o1"}],
        **more,
    }
    specimen = {
        "resourceType": "Specimen",
        "id": "s1",
        "collection": {"bodySite": {"text": "Left forearm"}},
    }
    diagnosis = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": concept(LOINC, "22637-3"),
        "specimen": {"reference": "Specimen/s1"},
        "valueString": "Basal cell carcinoma, nodular",
    }
    return [report, specimen, diagnosis]


def test_pathology_gives_specimens_and_what_came_back(tmp_path):
    """A report's specimen, its site, and the final diagnosis of that specimen."""
    found = only(read(tmp_path, encounter(), *pathology()), "lis")

    assert "Basal cell carcinoma, nodular" == found.specimens[0].path_dx
    assert "L1" == found.specimens[0].lesion_id
    assert ("Left forearm", "left", False) == (
        found.lesions[0].site, found.lesions[0].laterality, found.lesions[0].path_pending,
    )  # fmt: skip


def test_pathology_that_is_not_back_has_no_diagnosis(tmp_path):
    """A preliminary report is pending; its conclusion is not the diagnosis."""
    waiting = pathology(status="preliminary", conclusion="pending stains", result=[])
    found = only(read(tmp_path, encounter(), *waiting), "lis")

    assert found.lesions[0].path_pending
    assert not found.specimens[0].abstracted("path_dx")


def test_a_conclusion_on_two_specimens_is_not_split(tmp_path):
    """One conclusion of two containers belongs to neither until a person says which."""
    report, specimen, _ = pathology(result=[], conclusion="A: BCC. B: nevus.")
    report["specimen"].append({"reference": "Specimen/s2"})
    found = read(tmp_path, encounter(), report, specimen, specimen | {"id": "s2"})

    assert [False, False] == [s.abstracted("path_dx") for s in only(found, "lis").specimens]
    assert 1 == found.counts["pathology diagnoses that name no specimen of several, left out"]


def test_encounters_that_name_nobody_are_listed(tmp_path):
    """An encounter without NPI, day or patient is listed by row and element, without values."""
    lost = encounter("V2", subject={"display": CANARY}, participant=[], period={"start": "2024"})
    found = read(tmp_path, encounter(), note(SHAVE), lost)
    listed = [str(each) for each in found.problems]

    assert ["participant", "period.start", "subject"] == sorted(
        each.split("Encounter.")[1].split("'")[0] for each in listed
    )
    assert all("row 7" in each for each in listed)
    assert CANARY not in " ".join(listed)


def test_planned_encounters_are_not_visits(tmp_path):
    """A visit that was cancelled documents nothing."""
    found = read(tmp_path, encounter(status="cancelled"), procedure())

    assert [] == found.accounts
    assert 1 == found.counts["encounters that were not held, left out"]


def test_malformed_resources_do_not_stop_the_reading(tmp_path):
    """Broken lines are listed; the notes around them are read."""
    lines = [*people(), '{"resourceType": "Procedure", ' + CANARY, encounter(), "{}", note(SHAVE)]
    path = write_ndjson(tmp_path / "r.ndjson", lines)
    found = read_record([path])

    assert [SHAVE] == [each.text for each in found.notes]
    assert [5, 7] == sorted(each.row for each in found.problems)


def test_the_sample_practice_is_read_from_a_us_core_export(tmp_path, repository):
    """Notes written as US Core documents give the same elements as the notes themselves."""
    from auditkit.documentation.reader import documented, read_note

    with (repository / "sample_data" / "notes.jsonl").open(encoding="utf-8") as file:
        given = [json.loads(line) for _, line in zip(range(150), file, strict=False)]
    resources, expected = [], {}
    for number, each in enumerate(given):
        key = {"patient_key": each["patient_key"], "rendering_npi": each["rendering_npi"]}
        patient = {"resourceType": "Patient", "id": each["patient_key"]}
        who = {"individual": {"identifier": {"system": NPI, "value": each["rendering_npi"]}}}
        visit = encounter(f"V{number}", each["dos"], participant=[who])
        visit["subject"] = {"reference": f"Patient/{each['patient_key']}"}
        context = {"encounter": [{"reference": f"Encounter/V{number}"}]}
        text = note(each["text"], f"D{number}", context=context, author=[])
        resources += [visit, text, *([patient] if patient not in resources else [])]
        name = keyed_id(b"k" * 16, *key.values(), each["dos"])
        document = f"DocumentReference/D{number}"
        expected[name] = documented(read_note(each["text"]), document, **key, dos=each["dos"])
    path = write_export(tmp_path / "export", resources)
    found = {n: m.elements for n, m in merging(read_record([path]), b"k" * 16)}

    assert expected.keys() == found.keys()
    for name, one in expected.items():
        assert one.procedures == found[name].procedures
        assert one.lesions == found[name].lesions
        assert one.em == found[name].em


def test_a_bundle_stands_where_documented_elements_are_expected(tmp_path):
    """The store recognises FHIR by its content and keys it as it keys the claims."""
    path = write_bundle(tmp_path / "r.json", [*people(), encounter(), note(SHAVE)])
    found = read_documentation(path, b"k" * 16)
    name = keyed_id(b"k" * 16, "M1", "1999900099", "2024-03-05")
    elements = found.elements()[name]

    assert [name] == list(found.records)
    assert ("biopsy", "tangential") == (
        elements.procedures[0].type,
        elements.procedures[0].technique,
    )
    assert Decimal("0.6") == elements.lesions[0].diameter_cm
    assert "6 mm" == elements.lesions[0].evidence["diameter_cm"].quote


def test_elements_that_quote_a_resource_type_are_still_elements(tmp_path):
    """A documented-elements file is not taken for FHIR because a quote in it looks like it."""
    record = {
        "encounter_id": "e",
        "record": {
            "present": True,
            "evidence": {
                "present": {"source": "auditor", "quote": '{"resourceType": "Bundle"}'}
            },
        },
    }  # fmt: skip
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps(record) + "\n" + json.dumps(record | {"encounter_id": "f"}))

    assert ["e", "f"] == list(read_documentation(path, b"").records)


def test_a_source_without_an_encounter_is_refused(tmp_path):
    """Where no encounter can be read the message says what one needs, and why there is none."""
    path = write_bundle(tmp_path / "r.json", [encounter(participant=[])])

    with pytest.raises(InputError, match=r"no encounter can be read(.|\n)*participant"):
        read_documentation(path, b"")


def test_what_is_no_source_is_refused(tmp_path):
    """A file of another kind, and one that is not there, are named."""
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(InputError, match=r"x\.csv: not a source of the record"):
        read_record([path])
    with pytest.raises(InputError, match=r"y\.json is not there"):
        read_record([tmp_path / "y.json"])
