"""Evidence: whatever is changed after sealing is found and named."""

import random
import re
import shutil

import edition_files
import pytest
import small_audit

import auditkit
from auditkit.errors import EvidenceError
from auditkit.reference import Store


def failing(folder, recompute=True):
    """Return what fails, as one text."""
    found = auditkit.verify(folder, recompute=recompute)
    return "\n".join(f"{c.what}: {c.detail}" for c in found.failures)


def flip_one_bit(path, rng):
    """Change one bit of the file, anywhere; an empty file gets a byte."""
    content = bytearray(path.read_bytes() or b"\0")
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content))


def test_an_untouched_audit_holds(audit_copy):
    """Every check of an untouched audit holds, and every one could be made."""
    found = auditkit.verify(audit_copy)

    assert failing(audit_copy) == ""
    assert found.holds
    assert all(check.holds for check in found.checks)


def evidence_files():
    """Name every file of the audit's folder."""
    return [
        "attrition.csv", "audit.toml", "charts.csv", "documentation.jsonl", "engine_findings.csv",
        "engine_results.csv", "estimate.json", "findings.csv", "frame.csv", "history.csv",
        "line_results.csv", "lines.csv",
        "manifest.json", "plan.toml", "private/crosswalk.csv", "private/frame_patients.csv",
        "private/quotes.jsonl",
        "providers.csv", "run.json", "sample.csv", "sample.json", "scores.csv", "strata.csv",
        "supported.csv",
    ]  # fmt: skip


def test_the_list_of_files_is_whole(audit_copy):
    """The list that the next test walks names every file that a scored audit holds."""
    held = {
        p.relative_to(audit_copy).as_posix()
        for p in audit_copy.rglob("*")
        if p.is_file() and p.name != ".lock"
    }

    assert set(evidence_files()) <= held
    assert held - set(evidence_files()) <= {"problems.csv", "prices.csv", "reading.json"}


def test_one_flipped_bit_in_any_output_is_named(audit_copy):
    """One flipped bit in each file, anywhere in it, is found, and the file is named."""
    rng = random.Random(20241115)
    for name in evidence_files():
        path = audit_copy / name
        kept = path.read_bytes()
        flip_one_bit(path, rng)
        try:
            found = failing(audit_copy, recompute=False)
        except auditkit.AuditkitError as error:
            found = str(error)
        path.write_bytes(kept)

        assert name in found, name


@pytest.mark.parametrize("name", ["claims.csv", "documentation.jsonl", "providers.csv"])
def test_one_flipped_bit_in_any_input_is_named(audit_copy, name):
    """One flipped bit in an input is found; the folder's own evidence still holds."""
    path = audit_copy.parent.parent / "inputs" / name
    flip_one_bit(path, random.Random(7))

    assert name in failing(audit_copy)
    assert "frame.csv" not in failing(audit_copy)


def test_the_folder_verifies_without_its_inputs(audit_copy):
    """Elsewhere, without the claims, what can be checked holds and the rest says why not."""
    shutil.rmtree(audit_copy.parent.parent / "inputs")
    found = auditkit.verify(audit_copy)

    assert found.holds
    assert any(check.holds is None and "is not here" in check.detail for check in found.checks)
    drawn = next(c for c in found.checks if "seed and the frame" in c.what)
    assert drawn.holds is True


def test_an_added_file_is_named(audit_copy):
    """A file that was put into the folder after sealing is named."""
    (audit_copy / "findings_final.csv").write_text("nothing")

    assert "findings_final.csv: was added" in failing(audit_copy)


def test_a_missing_file_is_named(audit_copy):
    """A file that was taken out of the folder is named."""
    (audit_copy / "scores.csv").unlink()

    assert "scores.csv: is missing" in failing(audit_copy)


def test_a_resealed_change_does_not_follow(audit_copy):
    """Whoever changes a finding and seals again is caught by the recomputation."""
    path = audit_copy / "findings.csv"
    path.write_text(path.read_text().replace("over", "none", 1))
    auditkit.seal(auditkit.Audit(audit_copy))

    assert "computed again, findings.csv come out differently" in failing(audit_copy)


def test_no_manifest_is_said(audit_copy):
    """Without a manifest there is nothing to check against, and the message says what to do."""
    (audit_copy / "manifest.json").unlink()

    with pytest.raises(EvidenceError, match="auditkit run"):
        auditkit.verify(audit_copy)


def test_the_last_digits_of_other_libraries_are_not_a_change(audit_copy):
    """Once sealed again, another twelfth digit of a limit verifies; another seventh does not."""
    path = audit_copy / "estimate.json"
    told = path.read_text()
    upper = re.search(r'"upper": (\d+\.\d+)', told)[1]
    for share, fails in ((1e-12, False), (1e-7, True)):
        path.write_text(told.replace(upper, repr(float(upper) * (1 + share))))
        auditkit.seal(auditkit.Audit(audit_copy))
        assert ("estimate.json come out differently" in failing(audit_copy)) is fails


@pytest.fixture(scope="module")
def with_editions(tmp_path_factory):
    """Return the folder of a sealed small audit whose settings name a store of editions."""
    root = tmp_path_factory.mktemp("with editions")
    folder = small_audit.build(root)
    Store(root / "zqstore").add(edition_files.write_mue(root))
    settings = folder / "audit.toml"
    settings.write_text(settings.read_text() + '\n[reference]\nstore = "../../zqstore"\n')
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
    return folder


def test_without_the_edition_store_findings_are_not_checked(with_editions, tmp_path):
    """Elsewhere, and from a pack, findings, results and scores are not checked; nothing fails."""
    judged = ("the findings follow", "the results follow", "the scores and")
    whole = auditkit.verify(with_editions)
    assert whole.holds
    assert {True} == {c.holds for c in whole.checks if c.what.startswith(judged)}

    elsewhere = tmp_path / "a" / "b" / "small"
    shutil.copytree(with_editions, elsewhere)
    packed = auditkit.pack(with_editions, tmp_path / "evidence.zip")
    for found in (auditkit.verify(elsewhere), auditkit.verify_pack(packed)):
        told = [c for c in found.checks if c.what.startswith(judged)]
        assert found.holds
        assert {(None, "not checked: the edition store is not here")} == {
            (c.holds, c.detail) for c in told
        }
        assert 3 == len(told)


def test_a_twin_of_an_audit_with_editions_names_no_place_of_this_machine(with_editions, tmp_path):
    """The twin's settings look beside it for the editions; no path of the source is in a byte."""
    twin = auditkit.make_twin(with_editions, tmp_path / "twin", random.Random(3)).folder
    written = b"".join(p.read_bytes() for p in twin.rglob("*") if p.is_file())

    assert 'store = "../editions"' in (twin / "audit.toml").read_text()
    assert b"zqstore" not in written
    assert str(with_editions.parents[1]).encode() not in written
    assert auditkit.verify(twin).holds
    shutil.copytree(with_editions.parents[1] / "zqstore", tmp_path / "editions")
    found = {c.what: c.holds for c in auditkit.verify(twin).checks}
    assert found["the findings follow from the lines and the records"] is True
