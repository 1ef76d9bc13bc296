"""The pages made from code are those in the folder, and the examples of the others run."""

import re
from pathlib import Path

import pytest

from auditkit.coding.catalogue import catalogue, read_folder
from auditkit.coding.overlay import read_overlay, with_overlays
from auditkit.coding.pack import load_rules
from auditkit.documentation.elements import DocumentedEncounter, schema_text


@pytest.fixture(scope="module")
def cases(repository):
    """Every worked case of the rules."""
    return read_folder(repository / "tests" / "spec")


def test_rule_catalogue_is_fresh(repository, cases):
    """docs/rules.md is what the packs and their cases make of it."""
    page = (repository / "docs" / "rules.md").read_text(encoding="utf-8")

    assert catalogue(load_rules(), cases) == page


def test_element_schema_is_fresh(repository):
    """docs/elements.schema.json is the schema of documented elements."""
    page = (repository / "docs" / "elements.schema.json").read_text(encoding="utf-8")

    assert schema_text() == page


def test_schema_keeps_units_in_names():
    """Every measured element of a procedure says its unit in its name."""
    fields = DocumentedEncounter.model_json_schema()["$defs"]["Procedure"]["properties"]
    sizes = {name for name in fields if re.search(r"length|margin|width|defect|area", name)}

    assert sizes
    assert all(name.endswith(("_cm", "_sq_cm")) for name in sizes)


def test_catalogue_names_every_rule_with_citation_and_cases(cases):
    """Each rule has an entry, a citation, a case that it answers and one that it leaves alone."""
    text = catalogue(load_rules(), cases)
    entries = re.split(r"^### ", text, flags=re.MULTILINE)[1:]

    assert load_rules().rule_ids() == [entry.split(":")[0] for entry in entries]
    assert all("Written in: " in entry for entry in entries)
    assert all("- speaks: " in entry and "- holds: " in entry for entry in entries)


def test_example_overlay_of_the_docs_is_accepted(repository, tmp_path):
    """The overlay shown in docs/overlays.md is read and applied as the page says."""
    page = (repository / "docs" / "overlays.md").read_text(encoding="utf-8")
    path = Path(tmp_path / "acme.toml")
    path.write_text(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    rules = with_overlays(load_rules(), read_overlay(path, load_rules()))
    [overlay] = rules.overlays

    assert "acme-2024" == overlay.name
    assert 7 == rules.on(overlay.period.start, "ACME Health").value("record.signature_days")
    assert 3 == rules.on(overlay.period.start, "Other payer").value("record.signature_days")
