"""The evidence pack: checked anywhere, without auditkit, and honest about every change."""

import csv
import hashlib
import json
import random
import subprocess
import sys
import zipfile

import pytest

import auditkit
from auditkit.errors import EvidenceError
from auditkit.evidence_pack import pack


@pytest.fixture(scope="module")
def unpacked(scored_audit, tmp_path_factory):
    """Return the folder of an unpacked pack; tests put back what they change."""
    place = tmp_path_factory.mktemp("pack")
    with zipfile.ZipFile(pack(scored_audit, place / "evidence.zip")) as archive:
        archive.extractall(place / "open")
    return place / "open"


def check_alone(folder):
    """Run the pack's own verifier in an interpreter without any installed package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verify_pack.py"), str(folder)],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_an_untouched_pack_holds(unpacked):
    """The verifier needs the standard library alone, and finds nothing wrong."""
    assert (0, "all holds\n") == check_alone(unpacked)


def test_the_same_audit_gives_the_same_bytes(scored_audit, tmp_path):
    """Packing twice gives one archive, byte for byte."""
    one, other = pack(scored_audit, tmp_path / "1.zip"), pack(scored_audit, tmp_path / "2.zip")

    assert one.read_bytes() == other.read_bytes()


def test_no_patient_key_leaves(scored_audit, unpacked):
    """The crosswalk stays behind, and no patient key or claim number is in any packed byte."""
    with (scored_audit / "private" / "crosswalk.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    everything = b"".join(p.read_bytes() for p in unpacked.rglob("*") if p.is_file())

    assert not (unpacked / "private").exists()
    for row in rows:
        assert row["patient_key"].encode() not in everything
        assert row["claim_id"].encode() not in everything


def test_random_changes_of_one_byte_are_named(unpacked):
    """Sixty random changes of one byte: the verifier names the file each time."""
    rng = random.Random(60)
    names = sorted(json.loads((unpacked / "manifest.json").read_text())["files"])
    names = [n for n in names if not n.startswith("private/")] + ["manifest.json"]
    for _ in range(60):
        name = rng.choice(names)
        kept = (unpacked / name).read_bytes()
        changed = bytearray(kept)
        changed[rng.randrange(len(kept))] ^= 1 << rng.randrange(8)
        (unpacked / name).write_bytes(bytes(changed))
        code, said = check_alone(unpacked)
        (unpacked / name).write_bytes(kept)

        assert 1 == code
        assert name in said, name


def reseal(folder, *names):
    """Make the manifest agree with changed files, as a forger would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in names:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest.pop("seal")
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["seal"] = hashlib.sha256(text.encode()).hexdigest()
    whole = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(whole)


def test_a_swapped_unit_is_caught_after_resealing(unpacked):
    """A forger who swaps a drawn unit and seals again cannot make its ticket fit."""
    kept = {n: (unpacked / n).read_bytes() for n in ("sample.csv", "manifest.json")}
    with (unpacked / "frame.csv").open() as stream:
        frame = [row["unit_id"] for row in csv.DictReader(stream)]
    text = (unpacked / "sample.csv").read_text()
    drawn = {line.split(",")[0] for line in text.splitlines()}
    other = next(unit for unit in frame if unit not in drawn)
    first = text.splitlines()[1].split(",")[0]
    (unpacked / "sample.csv").write_text(text.replace(first, other))
    reseal(unpacked, "sample.csv")
    code, said = check_alone(unpacked)
    for name, content in kept.items():
        (unpacked / name).write_bytes(content)

    assert 1 == code
    assert f"unit {other} has not the ticket of its seed" in said


def test_a_dropped_unit_is_caught_after_resealing(unpacked):
    """A forger who drops an unwelcome unit leaves a smaller ticket passed over."""
    kept = {n: (unpacked / n).read_bytes() for n in ("sample.csv", "manifest.json")}
    lines = (unpacked / "sample.csv").read_text().splitlines(keepends=True)
    dropped = lines.pop(3).split(",")[0]
    (unpacked / "sample.csv").write_text("".join(lines))
    reseal(unpacked, "sample.csv")
    code, said = check_alone(unpacked)
    for name, content in kept.items():
        (unpacked / name).write_bytes(content)

    assert 1 == code
    assert f"unit {dropped} of stratum P01 was passed over" in said


def test_an_audit_that_does_not_hold_is_not_packed(audit_copy, tmp_path):
    """Nothing is packed from a folder that was changed after sealing."""
    (audit_copy / "scores.csv").write_text("changed")

    with pytest.raises(EvidenceError, match=r"scores\.csv"):
        pack(audit_copy, tmp_path / "evidence.zip")
    assert not (tmp_path / "evidence.zip").exists()


def test_the_page_by_hand_agrees_with_the_estimate(unpacked):
    """The hand-worked total of CHECK_BY_HAND.md is the one in estimate.json."""
    point = json.loads((unpacked / "estimate.json").read_text())["overpayment"]["point"]
    page = (unpacked / "CHECK_BY_HAND.md").read_text()

    assert f"Sum: ${point:,.2f}. estimate.json says ${point:,.2f}." in page


def test_the_public_name_is_there():
    """Packing is a public name."""
    assert auditkit.pack is pack
