"""Assisted abstraction: off unless switched on, approved text only, nothing without a quote."""

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from review_practice import line_results
from typer.testing import CliRunner

from auditkit.assisted import cleaned_texts
from auditkit.audit import Audit
from auditkit.cli import app
from auditkit.documentation.assisted import (
    AssistedReader,
    ModelReading,
    read_readings,
    reader_of,
    readings_path,
    store_readings,
)
from auditkit.documentation.deidentify import Approval, Released, release, sha256_of_text
from auditkit.documentation.store import read_documentation
from auditkit.errors import InputError, SettingsError
from auditkit.review import events as e
from auditkit.review.agreement import engine_readings
from auditkit.review.model_reader import agreement_by_phase, model_readings
from auditkit.review.proposals import approvals
from auditkit.review.session import Review

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


def at_days(results: pd.DataFrame, days: list[int]) -> pd.DataFrame:
    """Return readings of *results* as a person's, the n-th line read on the n-th of *days*."""
    read = engine_readings(results, "rob")
    moments = [pd.Timestamp("2025-01-01", tz="UTC") + pd.Timedelta(days=day) for day in days]
    return read.assign(at=moments)


def test_agreement_is_told_by_phase_of_use():
    """A chart counts where its reading began: of two lines read during use, one is apart."""
    results = line_results()
    apart = results.copy()
    apart.loc[4, ["verdict", "direction", "agreed_code"]] = ["overcoded", "over", "17110"]
    model = engine_readings(apart, "parrot 1.2")
    first = at_days(results, [0, 1, 2, 10, 11, 12, 20, 21, 22])

    table = agreement_by_phase(
        model, first, engine_readings(results, "sue"), date(2025, 1, 10), date(2025, 1, 20)
    )
    raw = table[(table["family"] == "all") & (table["statistic"] == "raw")]
    verdicts = raw[raw["element"] == "verdict"].set_index(["phase", "pair"])["value"]

    assert 1 / 2 == verdicts["during", "model and first reader"]
    assert 1 == verdicts["before", "model and first reader"]
    assert 1 == verdicts["after", "model and first reader"]
    assert 1 == verdicts["during", "second and first reader"]


def test_a_phase_without_readings_is_empty_and_says_so():
    """Before anybody read there is nothing to agree on, and the note says why."""
    results = line_results()
    first = at_days(results, [30] * len(results))

    table = agreement_by_phase(engine_readings(results), first, first, date(2025, 1, 2))
    before = table[table["phase"] == "before"]

    assert {0} == set(before["n"])
    assert before["value"].isna().all()
    assert before["note"].str.len().gt(0).all()


def test_a_use_that_ends_before_it_begins_is_refused():
    """Two dates in the wrong order are an error."""
    results = line_results()
    first = at_days(results, [0] * len(results))

    with pytest.raises(InputError, match="before it begins"):
        agreement_by_phase(first, first, first, date(2025, 2, 1), date(2025, 1, 1))


def test_a_models_elements_are_coded_like_a_readers(scored_audit):
    """Elements that are the audit's own give the engine's lines; failed charts give none."""
    audit = Audit(scored_audit)
    own = read_documentation(audit.path("documentation.jsonl"), b"").only(
        audit.charts["encounter_id"].head(12)
    )
    readings = [
        ModelReading(name, "parrot", "1", "0" * 64, AT, record)
        for name, record in own.records.items()
    ]
    failed = ModelReading("x", "parrot", "1", "0" * 64, AT, {}, failed="it raised ValueError")

    found = model_readings(audit, [*readings, failed])
    engine = engine_readings(audit.engine_results)
    same = found.merge(engine, on=["encounter_id", "slot"], suffixes=("", "_engine"))

    assert {"parrot 1"} == set(found["reader"])
    assert set(found["encounter_id"]) <= set(own.records)
    assert len(same) == len(found) > 10
    assert (same["verdict"] == same["verdict_engine"]).all()
    with pytest.raises(InputError, match="one model"):
        model_readings(audit, [failed])


@pytest.fixture
def reviewed_audit(audit_copy, repository) -> Path:
    """Return an audit with a file of notes and a review that `pia` prepares."""
    settings = audit_copy / "audit.toml"
    notes = repository / "sample_data" / "notes.jsonl"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[inputs]\n", f'[inputs]\nnotes = "{notes.as_posix()}"\n', 1))
    review = Review(audit_copy)
    review.open("demo", "max", seed="7")
    review.record([e.Appointed(person="pia", in_role="preparer")], "max", "manager")
    return audit_copy


def run(*words: str) -> tuple[int, str]:
    """Run a command of `auditkit notes`; return its exit code and what it printed."""
    done = CliRunner().invoke(app, ["notes", *words])
    return done.exit_code, done.output + str(done.exception or "")


def test_the_whole_way_from_note_to_model(reviewed_audit, tmp_path, monkeypatch):
    """Cleaned, approved by name, handed over; without approval, or changed, nothing leaves."""
    (tmp_path / "parrot.py").write_text(
        "SEEN = []\n\ndef read(text):\n    SEEN.append(text)\n    return {}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (reviewed_audit / "assisted.toml").write_text(
        'enabled = true\nname = "parrot"\nversion = "1"\ncallable = "parrot:read"\n'
    )
    (tmp_path / "words.txt").write_text("Juniper\nGinkgo\n")
    folder = str(reviewed_audit)

    assert 0 == run("deidentify", folder, "--words", str(tmp_path / "words.txt"))[0]
    page = reviewed_audit / "private" / "deidentified.html"
    assert "<del" in page.read_text(encoding="utf-8")
    assert "No text is approved" in run("assist", folder)[1]
    texts = cleaned_texts(reviewed_audit)
    one, two, *_ = texts
    assert (
        "1 text(s) approved by pia" in run("approve", folder, "--as", "pia", "--encounter", one)[1]
    )
    assert "0 text(s)" in run("approve", folder, "--as", "pia", "--encounter", one)[1]
    assert "not appointed" in run("approve", folder, "--as", "eve", "--encounter", two)[1]
    assert 0 == run("assist", folder)[0]

    import parrot

    assert [texts[one].text] == parrot.SEEN
    assert "Juniper" not in "".join(each.text for each in texts.values())
    path = reviewed_audit / "private" / "deidentified.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("[date]", "[dale]"), encoding="utf-8")
    assert "cannot be used" in run("assist", folder)[1]
    assert 1 == len(parrot.SEEN)


def test_a_text_cleaned_anew_needs_a_new_approval(reviewed_audit, tmp_path):
    """After another word was taken out, the approved text is no longer the one at hand."""
    folder = str(reviewed_audit)
    run("deidentify", folder)
    run("approve", folder, "--as", "pia", "--all")
    (tmp_path / "words.txt").write_text("man\nwoman\n")
    run("deidentify", folder, "--words", str(tmp_path / "words.txt"))
    (reviewed_audit / "assisted.toml").write_text(
        'enabled = true\nname = "loads"\nversion = "1"\ncallable = "json:loads"\n'
    )

    _, told = run("assist", folder)

    assert "without an answer" in told or "No text is approved" in told
    left = [each for each in cleaned_texts(reviewed_audit).values() if "[listed word]" in each.text]
    given = {each.text_sha256 for each in approvals(Review(reviewed_audit).state)}
    assert left
    assert not {each.sha256 for each in left} & given


def test_without_notes_or_choice_the_commands_say_so(audit_copy):
    """No file of notes, no text yet, no encounter named: each is said in words."""
    assert "no note to de-identify" in run("deidentify", str(audit_copy))[1]
    assert "notes deidentify" in run("approve", str(audit_copy), "--as", "pia", "--all")[1]
    assert "Say which texts" in run("approve", str(audit_copy), "--as", "pia")[1]
