"""C-CDA documents: the visit, the signature, the note's text, what was done; and safe reading."""

import base64
import time

import pytest
from fhir_builder import encounter, note, people, write_bundle

from auditkit.claims.fhir_mapping import FhirMapping
from auditkit.documentation.sources import read_record
from auditkit.documentation.sources.markup import tree
from auditkit.errors import InputError

CANARY = "Zebulon Quixote 555-12-3456"
NPI = "2.16.840.1.113883.4.6"
CPT = "2.16.840.1.113883.6.12"
SIGNED = f"""
<legalAuthenticator><time value="20240306101500-0500"/><signatureCode code="S"/>
  <assignedEntity><id root="{NPI}" extension="1999900099"/></assignedEntity></legalAuthenticator>"""
PAST = """
<component><section><code code="47519-4"/><title>Procedures</title>
  <text><list><item>Punch biopsy of the back, 2011</item></list></text>{entries}
</section></component>
"""


def entry(day="20240305", status="completed", code="11102", **marks):
    """Return a Procedure Activity Procedure."""
    attributes = "".join(f' {name}="{value}"' for name, value in marks.items())
    return f"""<entry><procedure classCode="PROC" moodCode="EVN"{attributes}>
      <code code="{code}" codeSystem="{CPT}"/><statusCode code="{status}"/>
      <effectiveTime value="{day}"/><targetSiteCode displayName="Left forearm"/>
    </procedure></entry>"""


DIAGNOSIS = """
<component><section><code code="46240-8"/><title>Encounters</title><entry><encounter>
  <entryRelationship><act><templateId root="2.16.840.1.113883.10.20.22.4.80"/>
    <entryRelationship><observation><value code="254701007" codeSystem="2.16.840.1.113883.6.96">
      <translation code="D48.5" codeSystem="2.16.840.1.113883.6.90" displayName="Neoplasm of skin"/>
    </value></observation></entryRelationship></act></entryRelationship>
</encounter></entry></section></component>"""


def document(kind="11506-3", body="", signed=SIGNED, when="20240305090000-0500", top=""):
    """Return a C-CDA R2.1 document of the visit of 5 March 2024."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{top}
<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="{kind}" codeSystem="2.16.840.1.113883.6.1"/>
<recordTarget><patientRole><id root="1.2.3" extension="MRN7"/><id root="9.9" extension="M1"/>
  <patient><name><given>Zebulon</given></name></patient></patientRole></recordTarget>
<author><time value="20240305"/><assignedAuthor><id root="{NPI}" extension="1999900107"/>
  <assignedPerson/></assignedAuthor></author>{signed}
<componentOf><encompassingEncounter><effectiveTime><low value="{when}"/></effectiveTime>
  <responsibleParty><assignedEntity><id root="{NPI}" extension="1999900099"/></assignedEntity>
  </responsibleParty></encompassingEncounter></componentOf>
<component><structuredBody>
<component><section><code code="29554-3"/><title>Procedure</title>
  <text><paragraph>Shave biopsy of 6 mm lesion</paragraph><table><tbody>
    <tr><td>of the</td><td>left arm.</td></tr></tbody></table></text></section></component>
{body}</structuredBody></component></ClinicalDocument>"""


def read(tmp_path, text, **more):
    """Read one document."""
    path = tmp_path / "visit.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_record([path], **more)


def test_a_progress_note_is_a_visit_with_its_note(tmp_path):
    """Patient, provider, day, author, signature, and the narrative section by section."""
    found = read(tmp_path, document())
    elements = found.accounts[0].elements
    record = elements.record

    assert ("MRN7", "1999900099", "2024-03-05") == (
        elements.patient_key, elements.rendering_npi, elements.dos.isoformat(),
    )  # fmt: skip
    assert (True, True, "2024-03-06", True, "2024-03-05", "1999900107") == (
        record.present, record.signed, record.signature_date.isoformat(),
        record.signer_matches_renderer, record.note_date.isoformat(), record.service_provider_npi,
    )  # fmt: skip
    expected = "PROCEDURE:\nShave biopsy of 6 mm lesion\n\nof the left arm."

    assert [expected] == [each.text for each in found.notes]


def test_an_unsigned_document_is_not_said_to_be_signed(tmp_path):
    """No authenticator with a signature code: whether it is signed stays open."""
    unsigned = read(tmp_path, document(signed="")).accounts[0].elements.record
    awaited = read(tmp_path, document(signed=SIGNED.replace('"S"', '"X"'))).accounts[0]

    assert not unsigned.abstracted("signed")
    assert not awaited.elements.record.abstracted("signed")


def test_the_mapping_chooses_the_patients_number(tmp_path):
    """A document's second id is the patient key where the mapping names its root."""
    found = read(tmp_path, document(), mapping=FhirMapping(patient_identifier="urn:oid:9.9"))

    assert "M1" == found.accounts[0].visit.patient_key


def test_the_list_of_past_procedures_is_no_note(tmp_path):
    """What was done in 2011 is neither in the text of the visit nor among its procedures."""
    old = PAST.format(entries=entry(day="20110607", code="11104"))
    found = read(tmp_path, document(body=old))

    assert "2011" not in found.notes[0].text
    assert not found.accounts[0].elements.procedures
    assert 1 == found.counts["procedures of another day than their encounter, left out"]


def test_a_procedure_of_the_day_is_the_visits(tmp_path):
    """A completed entry of the day: its family, and its site with its side."""
    found = read(tmp_path, document(body=PAST.format(entries=entry())))
    (done,) = found.accounts[0].elements.procedures

    assert ("biopsy", "Left forearm") == (done.type, done.site)
    assert "left" == found.accounts[0].elements.lesions[0].laterality


@pytest.mark.parametrize(
    "made", [entry(status="aborted"), entry(status="active"), entry(negationInd="true")]
)
def test_a_procedure_that_was_not_done_is_counted(tmp_path, made):
    """Aborted, running and negated entries are never performed."""
    found = read(tmp_path, document(body=PAST.format(entries=made)))

    assert not found.accounts[0].elements.procedures
    assert 1 == found.counts["procedures that are not completed, left out"]


def test_a_procedure_note_tells_its_procedures(tmp_path):
    """In a procedure note the section of procedures is what was done, so it is read."""
    found = read(tmp_path, document("28570-0", PAST.format(entries="")))

    assert "PROCEDURES:\nPunch biopsy of the back, 2011" in found.notes[0].text


def test_a_summary_of_episodes_is_no_note(tmp_path):
    """A continuity-of-care document gives structured entries, and no text to be read."""
    found = read(tmp_path, document("34133-9", PAST.format(entries=entry())))

    assert [] == found.notes
    assert 1 == len(found.accounts[0].elements.procedures)


def test_a_diagnosis_of_the_encounter_is_taken(tmp_path):
    """The ICD-10-CM translation of an encounter diagnosis, with its words."""
    (found,) = read(tmp_path, document(body=DIAGNOSIS)).accounts[0].elements.diagnoses

    assert ("D48.5", "Neoplasm of skin") == (found.icd10, found.label)


def test_an_unstructured_body_is_read_as_its_kind_says(tmp_path):
    """A body of base64 text is the note; one that is a PDF is none."""
    text = document()
    start, end = text.index("<component><structuredBody>"), text.index("</ClinicalDocument>")
    told = base64.b64encode(b"Shave biopsy.").decode()
    body = '<component><nonXMLBody><text mediaType="{}" representation="B64">{}</text>'
    body += "</nonXMLBody></component>"
    plain = text[:start] + body.format("text/plain", told) + text[end:]
    picture = text[:start] + body.format("application/pdf", told) + text[end:]

    assert ["Shave biopsy."] == [each.text for each in read(tmp_path, plain).notes]
    assert [] == read(tmp_path, picture).notes


def test_a_document_that_names_no_day_is_listed(tmp_path):
    """A month is no day of service; the document is listed and gives nothing."""
    found = read(tmp_path, document(when="202403"))

    assert [] == found.accounts
    assert ["encompassingEncounter.effectiveTime"] == [each.column for each in found.problems]


BILLION = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("entities", document(top=BILLION), "declares a document type or an entity"),
        (
            "external",
            document(top='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            "declares a document type or an entity",
        ),
        ("dtd", document(top='<!DOCTYPE a SYSTEM "http://x/y.dtd">'), "declares a document type"),
        ("deep", "<a>" * 100_000, "nested too deeply"),
        ("many", "<a>" + "<b/>" * 400_000 + "</a>", "too many elements"),
        ("cut", document()[:-40] + CANARY, "not well-formed"),
        ("encoding", '<?xml version="1.0" encoding="nowhere"?><a/>', "not well-formed"),
        ("other", "<html/>", "not a clinical document"),
    ],
)
def test_hostile_and_broken_documents_are_listed(tmp_path, name, text, what):
    """Bombs, foreign entities and damage cost little time, read nothing, and show nothing."""
    began = time.process_time()
    found = read(tmp_path, text)

    assert [] == found.accounts + found.notes
    assert what in str(found.problems[0])
    assert CANARY not in str(found.problems[0])
    assert time.process_time() - began < 10


def test_a_document_beyond_the_limit_is_refused(monkeypatch):
    """The size is looked at before anything is parsed."""
    monkeypatch.setattr("auditkit.documentation.sources.markup.SIZE_LIMIT", 100)

    with pytest.raises(InputError, match="too large"):
        tree(document().encode(), "big.xml")


def test_one_bad_document_of_a_folder_does_not_stop_the_others(tmp_path):
    """Every document of a folder is read by itself."""
    for name, text in (("a.xml", document()), ("b.xml", "<cut"), ("c.xml", document())):
        (tmp_path / name).write_text(text)
    found = read_record([tmp_path])

    assert ["a.xml", "c.xml"] == [each.name for each in found.notes]
    assert ["b.xml"] == [each.file for each in found.problems]


def test_a_document_within_fhir_gives_its_narrative(tmp_path):
    """A DocumentReference may hold C-CDA: its text is the note; a bomb in it is listed."""
    kind = "application/hl7-cda+xml"
    good, bad = document().encode(), document(top=BILLION).encode()
    resources = [*people(), encounter(), note(good, kind=kind), note(bad, "D2", kind=kind)]
    found = read_record([write_bundle(tmp_path / "r.json", resources)])

    assert ["PROCEDURE:\nShave biopsy of 6 mm lesion\n\nof the left arm."] == [
        each.text for each in found.notes
    ]
    assert "document type" in str(found.problems[0])
