"""Assisted abstraction: off unless switched on, approved text only, nothing without a quote."""

from datetime import UTC, datetime

import pytest

from auditkit.documentation.assisted import (
    AssistedReader,
    read_readings,
    reader_of,
    readings_path,
    store_readings,
)
from auditkit.documentation.deidentify import Approval, Released, release, sha256_of_text
from auditkit.errors import InputError, SettingsError

TEXT = "Shave biopsy of the left arm, lesion 0.6 cm. Signed."
AT = datetime(2024, 8, 1, tzinfo=UTC)


def released(text: str = TEXT, encounter: str = "e1") -> Released:
    """Return an approved text."""
    return release(
        encounter, text, [Approval(encounter, sha256_of_text(text), "0" * 64, "ada", AT)]
    )


def answer(site_quote: str = "left arm") -> dict:
    """Return what a model might say of the note: a biopsy with its site."""
    return {
        "lesions": [
            {"lesion_id": "L1", "diameter_cm": "0.6", "evidence": proof("diameter_cm", "0.6 cm")}
        ],
        "procedures": [
            {
                "procedure_id": "P1",
                "type": "biopsy",
                "lesion_ids": ["L1"],
                "site": "left arm",
                "lesions_treated": 1,
                "evidence": proof("type", "Shave biopsy") | proof("site", site_quote),
            }
        ],
    }


def proof(name: str, quote: str) -> dict:
    """Return the evidence of one element."""
    return {name: {"source": "model", "quote": quote}}


def test_values_with_a_verbatim_quote_are_kept_with_their_place():
    """Type, site and size stand in the text and are kept; a count without a quote is dropped."""
    reading = AssistedReader(lambda text: answer(), "parrot", "1.2").read(released(), AT)
    documented = reading.documented()
    evidence = documented.procedures[0].evidence["site"]

    assert "left arm" == documented.procedures[0].site
    assert "0.6" == str(documented.lesions[0].diameter_cm)
    assert ("procedures[0].lesions_treated",) == reading.dropped
    assert not documented.procedures[0].abstracted("lesions_treated")
    assert "left arm" == TEXT[evidence.start : evidence.end]
    assert ("model", "parrot 1.2") == (evidence.source, evidence.abstractor)


@pytest.mark.parametrize("quote", ["right arm", "", "   "])
def test_an_invented_quote_loses_its_value(quote):
    """A quote that does not stand in the text, or is empty, is no evidence."""
    reading = AssistedReader(lambda text: answer(quote), "parrot", "1.2").read(released(), AT)

    assert "procedures[0].site" in reading.dropped
    assert reading.documented().procedures[0].site is None


def test_a_procedure_whose_kind_is_not_quoted_is_dropped_whole():
    """Without evidence that there was a biopsy there is no biopsy."""
    said = answer()
    del said["procedures"][0]["evidence"]["type"]
    reading = AssistedReader(lambda text: said, "parrot", "1.2").read(released(), AT)

    assert () == reading.documented().procedures
    assert "procedures[0].type" in reading.dropped


def test_the_model_sees_the_approved_text_and_nothing_else():
    """The callable is given the released text; a plain text, approved or not, is refused."""
    seen = []
    reader = AssistedReader(lambda text: seen.append(text) or {}, "parrot", "1.2")
    reader.read(released())

    for given in (TEXT, None, {"text": TEXT}):
        with pytest.raises(TypeError, match="released"):
            reader.read(given)
    assert [TEXT] == seen


def fails(text: str) -> dict:
    """Raise an error that holds the note."""
    raise RuntimeError(text)


@pytest.mark.parametrize(
    "model", [fails, lambda text: None, lambda text: {"procedures": text}, lambda text: [text]]
)
def test_a_model_that_fails_leaves_no_proposal_and_no_text(model):
    """An error, or an answer in another layout, is noted without a word of the note."""
    reading = AssistedReader(model, "parrot", "1.2").read(released())

    assert {} == reading.elements
    assert reading.failed
    assert "biopsy" not in reading.failed


def test_readings_are_kept_by_model_and_version(tmp_path):
    """A version has its own file in the private folder; a later reading of a chart replaces."""
    first = AssistedReader(lambda text: answer(), "parrot", "1.2")
    path = store_readings(tmp_path, [first.read(released(), AT)])
    other = first.read(released("No procedure.", "e2"), AT)
    store_readings(tmp_path, [other, first.read(released(), AT)])

    assert readings_path(tmp_path, "parrot", "1.2") == path
    assert 0o600 == path.stat().st_mode & 0o777
    assert ["e1", "e2"] == [each.encounter_id for each in read_readings(path)]
    assert AT == read_readings(path)[0].at
    assert "left arm" == read_readings(path)[0].documented().procedures[0].site


def test_damaged_readings_are_refused_by_line(tmp_path):
    """A line that was changed is named by its number."""
    path = tmp_path / "x.jsonl"
    path.write_text('{"encounter_id": "SECRET"}\n')

    with pytest.raises(InputError, match="row 1") as refused:
        read_readings(path)
    assert "SECRET" not in str(refused.value)
    with pytest.raises(InputError, match="not there"):
        read_readings(tmp_path / "y.jsonl")


def test_two_models_are_not_kept_together(tmp_path):
    """Readings of two versions, or none, are refused."""
    readings = [
        AssistedReader(lambda text: {}, "parrot", version).read(released())
        for version in ("1", "2")
    ]

    for given in (readings, []):
        with pytest.raises(SettingsError, match="one model"):
            store_readings(tmp_path, given)


def test_assisted_reading_is_off_by_default(tmp_path):
    """Without a settings file, or without `enabled = true`, there is no reader."""
    with pytest.raises(SettingsError, match="off unless"):
        reader_of(tmp_path)
    settings = 'name = "parrot"\nversion = "1.2"\ncallable = "json:loads"\n'
    (tmp_path / "assisted.toml").write_text(settings)
    with pytest.raises(SettingsError, match="switched off"):
        reader_of(tmp_path)
    (tmp_path / "assisted.toml").write_text("enabled = true\n" + settings)

    assert ("parrot", "1.2") == (reader_of(tmp_path).name, reader_of(tmp_path).version)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('callable = "os.system"', "callable not accepted"),
        ('callable = "nowhere_at_all:read"', "cannot be loaded"),
        ('callable = "json:no_such"', "cannot be loaded"),
        ('callable = "json:loads"\nurl = "x"', "url not accepted"),
    ],
)
def test_settings_that_cannot_be_used_are_told(tmp_path, line, told):
    """What `assisted.toml` says wrongly is named."""
    text = f'enabled = true\nname = "parrot"\nversion = "1"\n{line}\n'
    (tmp_path / "assisted.toml").write_text(text)

    with pytest.raises(SettingsError, match=told):
        reader_of(tmp_path)


def test_a_name_with_a_path_in_it_is_refused():
    """A model's name is part of a file's name and cannot lead elsewhere."""
    with pytest.raises(SettingsError, match="name of the model"):
        AssistedReader(lambda text: {}, "../parrot", "1")
