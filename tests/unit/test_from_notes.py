"""The audit from its notes alone: what they settle, and the error rate beside the elements'."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from auditkit.audit import Audit
from auditkit.cli import app
from auditkit.documentation.elements import Behavior, DocumentedEncounter
from auditkit.documentation.notes import read_notes
from auditkit.documentation.reader import documented, read_note
from auditkit.errors import InputError
from auditkit.from_notes import compare_with_notes
from auditkit.privacy import read_key


@pytest.fixture(scope="module")
def notes(scored_audit, repository) -> pd.DataFrame:
    """Return the sample practice's notes under the demonstration audit's key."""
    audit = Audit(scored_audit)
    key = read_key(audit.input_path(audit.settings.privacy.key_file))
    return read_notes(repository / "sample_data" / "notes.jsonl", key)


def test_notes_alone_agree_with_the_elements_where_they_settle_a_line(scored_audit, notes):
    """Notes settle two lines in five and agree on more than 95 % of them; rates stand together."""
    found = compare_with_notes(Audit(scored_audit), notes)
    rates = found.rates.set_index("source")
    whole, elements, alone = (rates.iloc[n] for n in range(3))

    assert found.lines == found.settled + found.open_lines
    assert found.settled >= 0.4 * found.lines
    assert found.agreed >= 0.95 * found.settled
    assert len(found.apart) == found.settled - found.agreed
    assert whole["lines"] == found.lines
    assert elements["lines"] == alone["lines"] == found.settled
    assert abs(elements["rate"] - alone["rate"]) < 0.03
    assert (rates["lower"] <= rates["rate"]).all() and (rates["rate"] <= rates["upper"]).all()


def test_visits_are_never_settled_by_a_total_time(scored_audit, notes):
    """A visit's level needs problems, which the reader does not propose: it stays open."""
    found = compare_with_notes(Audit(scored_audit), notes)

    assert not found.apart["billed_code"].str.startswith("992").any()


def test_notes_of_another_practice_are_refused(scored_audit, notes):
    """Notes of which none belongs to a drawn encounter are an error, not an empty table."""
    with pytest.raises(InputError, match="own key"):
        compare_with_notes(Audit(scored_audit), notes.assign(encounter_id="0" * 16))


def test_the_command_prints_rates_and_keeps_quotes_private(audit_copy, repository):
    """`notes read` writes rates without text, and what was read where its owner alone reads."""
    path = repository / "sample_data" / "notes.jsonl"
    done = CliRunner().invoke(app, ["notes", "read", str(audit_copy), "--notes", str(path)])
    kept = audit_copy / "private" / "read_notes.jsonl"
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    lines = kept.read_text(encoding="utf-8").splitlines()
    quotes = [
        proof.quote
        for line in lines[:40]
        for part in DocumentedEncounter.model_validate_json(line).procedures
        for proof in part.evidence.values()
    ]

    assert 0 == done.exit_code, done.output
    assert "notes alone, lines the notes settle" in done.output
    assert 0o700 == kept.parent.stat().st_mode & 0o777
    assert len(quotes) > 60
    assert all(any(quote in text for text in texts) for quote in quotes)
    assert "lesion" not in (audit_copy / "from_notes.csv").read_text()


NOTE = """Exam: Right cheek: lesion, 0.6 cm across.
Procedure: excision of the lesion of the right cheek with margins of 0.2 cm.
Procedure: wound of the right cheek closed in layers, 3.5 cm, after undermining of 1.0 cm along a whole edge of a defect 1.0 cm wide.
Pathology, right cheek: {}.
"""  # noqa: E501


@pytest.mark.parametrize(
    ("told", "behavior"),
    [
        ("basal cell carcinoma", Behavior.MALIGNANT),
        ("squamous cell carcinoma in situ", Behavior.IN_SITU),
        ("dysplastic nevus, severe atypia", Behavior.BENIGN),
        ("actinic keratosis", Behavior.PREMALIGNANT),
        ("scar, no residual carcinoma", Behavior.BENIGN),
        ("an unheard-of proliferation", None),
        ("pending", None),
        ("consistent with basal cell carcinoma", None),
    ],
)
def test_pathology_is_read_with_its_behaviour(told, behavior):
    """A report names the behaviour of the lesion at its site; doubt or unknown words do not."""
    elements = documented(read_note(NOTE.format(told)), encounter_id="e")
    lesion = elements.lesions[0]

    assert behavior == lesion.path_behavior
    if behavior is not None:
        assert told == lesion.path_dx == lesion.evidence["path_dx"].quote


def test_a_report_of_another_site_is_of_another_lesion():
    """Pathology of the left arm says nothing of the lesion of the cheek."""
    text = NOTE.format("melanoma").replace("Pathology, right cheek", "Pathology, left arm")

    assert documented(read_note(text)).lesions[0].path_dx is None


def test_two_reports_of_one_lesion_are_flagged():
    """Reports that contradict each other leave the diagnosis null and flagged."""
    text = NOTE.format("melanoma") + "Pathology, right cheek: dermatofibroma.\n"
    reading = read_note(text)

    assert documented(reading).lesions[0].path_dx is None
    assert any(path.endswith("path_dx") for path, _ in reading.flags())


def test_a_closure_is_of_the_lesion_removed_at_its_site():
    """Excision and repair of one site share the lesion; the edge undermined is read."""
    elements = documented(read_note(NOTE.format("melanoma")))
    one, two = sorted(elements.procedures, key=lambda p: p.type)

    assert ("excision", "repair") == (one.type, two.type)
    assert one.lesion_ids == two.lesion_ids
    assert 1 == len(elements.lesions)
    assert two.undermined_entire_edge


@pytest.mark.parametrize(
    ("told", "technique"),
    [
        ("root treated with phenol", "avulsion with matrixectomy"),
        ("no matrixectomy", "avulsion"),
        ("dressing applied", "avulsion"),
    ],
)
def test_a_matrix_destroyed_makes_the_avulsion_permanent(told, technique):
    """The matrix counts as destroyed only where the note tells so."""
    text = f"Procedure: nail of the right great toe taken off after a block, {told}.\n"

    assert technique == documented(read_note(text)).procedures[0].technique


@pytest.mark.parametrize(
    ("told", "symptoms"),
    [
        (
            "9 seborrheic keratoses on the upper back, with bleeding and itching.",
            ("bleeding", "itching"),
        ),
        ("9 inflamed seborrheic keratoses on the upper back.", None),
        ("9 seborrheic keratoses on the upper back. She denies pain or itching.", None),
        ("9 seborrheic keratoses on the upper back, no bleeding or itching.", None),
        ("9 seborrheic keratoses on the upper back. Left knee with tenderness.", None),
    ],
)
def test_symptoms_are_those_told_of_the_lesion(told, symptoms):
    """Denied symptoms, words of the diagnosis and another place's complaints are not taken."""
    text = f"Exam: {told}\nProcedure: upper back: 9 lesions destroyed with liquid nitrogen.\n"

    assert symptoms == documented(read_note(text)).lesions[0].symptoms
