"""An audit made from FHIR: the same frame and sample as from CSV, and the notes as its record."""

import json
import shutil

import pandas as pd
import pytest
from fhir_builder import NPI, encounter, note, of_claims, patient, write_ndjson

import auditkit

AFTER = "2024-08-15"


@pytest.fixture(scope="module")
def audits(tmp_path_factory, repository):
    """Return the folders of two audits of one practice, from CSV and from one NDJSON file."""
    root, source = tmp_path_factory.mktemp("fhir"), repository / "sample_data"
    inputs = root / "inputs"
    inputs.mkdir()
    lines = pd.read_csv(source / "claims.csv", dtype=str)
    lines = lines[(lines["dos_from"] >= AFTER) & (lines["frequency_code"] != "8")]
    lines.to_csv(inputs / "claims.csv", index=False)
    read = auditkit.read_claims(inputs / "claims.csv")
    resources = of_claims(read)
    known = {each["id"] for each in resources}
    with (source / "notes.jsonl").open(encoding="utf-8") as file:
        notes = [each for line in file if (each := json.loads(line))["dos"] >= AFTER]
    for number, each in enumerate(notes):
        who = {"individual": {"identifier": {"system": NPI, "value": each["rendering_npi"]}}}
        visit = encounter(f"V{number}", each["dos"], participant=[who])
        visit["subject"] = {"reference": f"Patient/pat-{each['patient_key']}"}
        context = {"encounter": [{"reference": f"Encounter/V{number}"}]}
        resources += [visit, note(each["text"], f"D{number}", context=context, author=[])]
        if f"pat-{each['patient_key']}" not in known:
            known.add(f"pat-{each['patient_key']}")
            resources.append(patient(each["patient_key"]))
    write_ndjson(inputs / "all.ndjson", resources)
    for name in ("providers.csv", "fees.csv", "documentation.jsonl"):
        shutil.copy(source / name, inputs / name)
    shutil.copytree(source / "audit", inputs / "audit")
    return _made(root, "csv", {}), _made(
        root, "fhir", {"claims.csv": "all.ndjson", "documentation.jsonl": "all.ndjson"}
    )


def _made(root, name, instead):
    """Make an audit's folder with other inputs, run it to the collected charts, and return it."""
    folder = root / "reports" / name
    folder.mkdir(parents=True)
    for file in ("audit.toml", "plan.toml"):
        text = (root / "inputs" / "audit" / file).read_text(encoding="utf-8")
        for old, new in {"SAMPLE_DATA": "../../inputs", **instead}.items():
            text = text.replace(old, new)
        (folder / file).write_text(text, encoding="utf-8")
    auditkit.run(folder, until="collect")
    return folder


@pytest.mark.parametrize("name", ["frame.csv", "attrition.csv", "sample.csv", "lines.csv"])
def test_the_form_of_the_claims_changes_nothing(audits, name):
    """Frame, attrition, sample and lines are the same bytes, whether claims were CSV or FHIR."""
    from_csv, from_fhir = audits

    assert (from_csv / name).read_bytes() == (from_fhir / name).read_bytes()


def test_the_record_may_be_the_notes_of_the_export(audits):
    """Drawn charts whose note is in the export are abstracted from it, with quotes as evidence."""
    _, from_fhir = audits
    audit = auditkit.Audit(from_fhir)
    text = (from_fhir / "documentation.jsonl").read_text(encoding="utf-8")

    assert {"abstracted"} >= set(audit.charts["status"]) - {"not_abstracted"}
    assert (audit.charts["status"] == "abstracted").mean() > 0.95
    assert "note_reader" in text
    assert "pat-" not in text
