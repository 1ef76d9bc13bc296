"""The evidence pack: checked anywhere, without auditkit, and honest about every change."""

import csv
import hashlib
import json
import random
import shutil
import subprocess
import sys
import zipfile

import pytest
from typer.testing import CliRunner

import auditkit
from auditkit.cli import app
from auditkit.errors import EvidenceError
from auditkit.evidence.archive import INDEX, REQUIRED, pack
from auditkit.evidence.opened import OWN, broken_bytes, verify_pack
from auditkit.evidence.signing import new_keys

PASSPHRASE = "four rather random words"


@pytest.fixture(scope="module")
def archive(scored_audit, tmp_path_factory):
    """Return a pack; tests do not change it."""
    return pack(scored_audit, tmp_path_factory.mktemp("archive") / "evidence.zip")


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
    """Forty random changes of one byte of a file: the verifier names the file each time."""
    rng = random.Random(60)
    names = sorted(p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file())
    names = [name for name in names if (unpacked / name).stat().st_size]
    names.remove("verify_pack.py")  # it would be running changed code; the next test has it
    for _ in range(40):
        name = rng.choice(names)
        kept = (unpacked / name).read_bytes()
        changed = bytearray(kept)
        changed[rng.randrange(len(kept))] ^= 1 << rng.randrange(8)
        (unpacked / name).write_bytes(bytes(changed))
        code, said = check_alone(unpacked)
        (unpacked / name).write_bytes(kept)

        assert 1 == code
        assert name in said, name


def test_a_changed_byte_anywhere_in_the_archive_is_noticed_and_named(archive):
    """Headers, directory, index, closing hash and contents: 200 changes, each told and placed."""
    rng, content = random.Random(8), archive.read_bytes()
    with zipfile.ZipFile(archive) as opened:
        starts = sorted((entry.header_offset, entry.filename) for entry in opened.infolist())
        directory = opened.start_dir
    edges = [0, directory - 1, directory, len(content) - 87, len(content) - 65, len(content) - 1]
    for position in [*edges, *(rng.randrange(len(content)) for _ in range(200))]:
        changed = bytearray(content)
        changed[position] ^= rng.randrange(1, 256)
        inside = [name for begin, name in starts if begin <= position]
        owner = OWN if position >= directory or inside[-1] == INDEX else inside[-1]

        assert [owner] == [name for name, _ in broken_bytes(bytes(changed))], position


@pytest.mark.parametrize("harm", ["cut", "grown", "emptied", "no archive"])
def test_an_archive_of_another_length_is_noticed(archive, tmp_path, harm):
    """Bytes taken off the end, put on, or all gone: both verifiers say so."""
    content = archive.read_bytes()
    other = tmp_path / "evidence.zip"
    other.write_bytes(
        {"cut": content[:-1], "grown": content + b" ", "emptied": b"", "no archive": b"x" * 500}[
            harm
        ]
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script_of(archive, tmp_path)), str(other)],
        capture_output=True, text=True,
    )  # fmt: skip

    assert not verify_pack(other).holds
    assert 1 == done.returncode and "FAILS" in done.stdout


def script_of(archive, place):
    """Unpack the verifier alone and return its path."""
    with zipfile.ZipFile(archive) as opened:
        opened.extract("verify_pack.py", place)
    return place / "verify_pack.py"


def test_an_archive_verifies_as_it_is(archive, tmp_path):
    """Both verifiers take the archive itself; nothing fails, and what stays behind is said."""
    found = verify_pack(archive)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script_of(archive, tmp_path)), str(archive)],
        capture_output=True, text=True,
    )  # fmt: skip

    assert found.holds
    assert "all holds\n" == done.stdout
    assert any("never packed" in check.detail for check in found.checks)
    assert any("seed and the frame" in c.what and c.holds for c in found.checks)


def test_the_pack_holds_what_it_must(scored_audit, unpacked, repository):
    """Frame, plan, sample, findings, estimate, log of the run, versions, editions, lock file."""
    manifest = json.loads((unpacked / "manifest.json").read_text())
    bundled = repository / "auditkit" / "coding" / "packs" / "mohs.toml"

    for name in (*REQUIRED, "CHECK_BY_HAND.md", "verify_pack.py"):
        assert (unpacked / name).stat().st_size, name
    assert "pandas" in manifest["packages"] and manifest["python"]
    assert manifest["reference"]["rules"]["coding/packs/mohs.toml"] == (
        hashlib.sha256(bundled.read_bytes()).hexdigest()
    )
    assert (unpacked / "uv.lock").read_bytes() == (repository / "uv.lock").read_bytes()
    assert "pandas==" in (unpacked / "installed.txt").read_text()


def test_reports_and_the_log_are_packed_where_there_are_any(audit_copy, tmp_path):
    """Pages and the review's log that the manifest lists are in the pack."""
    from auditkit.review.events import Opened
    from auditkit.review.log import append

    (audit_copy / "P01.html").write_text("<html></html>")
    append(audit_copy, [Opened(audit="A", seed="1")], "m", "manager")
    auditkit.run(audit_copy)
    auditkit.seal(auditkit.Audit(audit_copy))
    with zipfile.ZipFile(pack(audit_copy, tmp_path / "e.zip")) as opened:
        assert {"P01.html", "log.jsonl"} <= set(opened.namelist())


def test_an_unfinished_audit_is_not_packed(audit_copy, tmp_path):
    """What a pack must hold and the audit lacks is named."""
    (audit_copy / "estimate.json").unlink()
    auditkit.seal(auditkit.Audit(audit_copy))

    with pytest.raises(EvidenceError, match=r"lacks estimate\.json"):
        pack(audit_copy, tmp_path / "evidence.zip")


def reseal(folder, *names):
    """Make the manifest and the pack's index agree with changed files, as a forger would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in names:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    write_sealed(folder / "manifest.json", manifest, "seal")
    index = json.loads((folder / INDEX).read_text())
    index["seal"] = manifest["seal"]
    for name in (*names, "manifest.json"):
        index["members"][name]["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    write_sealed(folder / INDEX, index, "pack_seal")


def write_sealed(path, listed, seal):
    """Write a list of hashes with its own seal."""
    listed.pop(seal)
    text = json.dumps(listed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    listed[seal] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(listed, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


@pytest.fixture
def forged(unpacked):
    """Return the unpacked pack; its files are put back afterwards."""
    kept = {p: p.read_bytes() for p in unpacked.rglob("*") if p.is_file()}
    yield unpacked
    for path, content in kept.items():
        path.write_bytes(content)
    for path in [p for p in unpacked.rglob("*") if p.is_file() and p not in kept]:
        path.unlink()


def test_the_last_unit_dropped_is_caught_after_resealing(forged):
    """Dropping the unit with the largest ticket leaves nobody passed over, but one too few."""
    lines = (forged / "sample.csv").read_text().splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if line.split(",")[1] == "P01")
    del lines[last]
    (forged / "sample.csv").write_text("".join(lines))
    reseal(forged, "sample.csv")

    assert "stratum P01 has 29 units; the plan asks 30" in check_alone(forged)[1]


def test_a_seed_made_older_than_the_frame_is_caught_after_resealing(forged):
    """A plan that names dice thrown before the freezing fails, though every hash agrees."""
    plan = (
        (forged / "plan.toml")
        .read_text()
        .replace('source = "fixed"', 'source = "dice"\nby = "A"\nat = 2024-11-15T10:00:00Z')
    )
    (forged / "plan.toml").write_text(plan)
    reseal(forged, "plan.toml")

    assert "the seed is older than the frame" in check_alone(forged)[1]


def test_a_log_line_taken_out_is_caught_after_resealing(forged):
    """The chain of the review's log is walked: the first line that does not follow is named."""
    from auditkit.review.events import ChartReceived, Opened
    from auditkit.review.log import append

    append(forged, [Opened(audit="A", seed="1")], "m", "manager")
    append(forged, [ChartReceived(encounter_id=f"E{i}") for i in range(4)], "p", "preparer")
    log = forged / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    whole = check_alone(forged)[1]
    log.write_bytes(b"".join(lines[:2] + lines[3:]))

    assert "log.jsonl: line" not in whole
    assert "log.jsonl: line 3 does not follow" in check_alone(forged)[1]


def test_a_signature_holds_for_its_pack_and_key_alone(scored_audit, tmp_path):
    """The right key confirms; another key, another byte and a missing signature do not."""
    pytest.importorskip("cryptography")
    public = new_keys(tmp_path / "mine.pem", PASSPHRASE)
    other = new_keys(tmp_path / "other.pem", PASSPHRASE)
    made = pack(scored_audit, tmp_path / "e.zip", tmp_path / "mine.pem", PASSPHRASE)

    def told(key):
        return verify_pack(made, recompute=False, public_key=key).checks[0].holds

    assert told(public) is True
    assert told(other) is False
    content = made.read_bytes()
    made.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert told(public) is False
    made.write_bytes(content)
    (tmp_path / "e.zip.sig").unlink()
    assert told(public) is False


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_with_the_signature(scored_audit, tmp_path):
    """A tool of another make confirms the signature, and refuses it for other bytes."""
    pytest.importorskip("cryptography")
    public = new_keys(tmp_path / "mine.pem", PASSPHRASE)
    made = pack(scored_audit, tmp_path / "e.zip", tmp_path / "mine.pem", PASSPHRASE)
    command = [
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin",
        "-in", str(made), "-sigfile", f"{made}.sig",
    ]  # fmt: skip
    right = subprocess.run(command, capture_output=True, text=True)
    made.write_bytes(made.read_bytes() + b"x")
    wrong = subprocess.run(command, capture_output=True, text=True)

    assert 0 == right.returncode and "Verified Successfully" in right.stdout
    assert 0 != wrong.returncode


def test_keys_are_guarded(tmp_path):
    """A private key is the owner's alone, sealed by its passphrase, and never overwritten."""
    pytest.importorskip("cryptography")
    new_keys(tmp_path / "mine.pem", PASSPHRASE)
    text = (tmp_path / "mine.pem").read_text()

    assert "ENCRYPTED PRIVATE KEY" in text
    assert 0o600 == (tmp_path / "mine.pem").stat().st_mode & 0o777
    with pytest.raises(EvidenceError, match="never overwritten"):
        new_keys(tmp_path / "mine.pem", PASSPHRASE)
    with pytest.raises(EvidenceError, match="too short"):
        new_keys(tmp_path / "weak.pem", "password")


def test_a_wrong_passphrase_signs_nothing(scored_audit, tmp_path):
    """The message names the key and not the passphrase; no signature is left."""
    pytest.importorskip("cryptography")
    new_keys(tmp_path / "mine.pem", PASSPHRASE)
    with pytest.raises(EvidenceError, match=r"mine\.pem") as refused:
        pack(scored_audit, tmp_path / "e.zip", tmp_path / "mine.pem", "another passphrase")

    assert "another passphrase" not in str(refused.value)
    assert not (tmp_path / "e.zip.sig").exists()


def test_an_encrypted_pack_opens_with_its_passphrase_alone(scored_audit, tmp_path):
    """The age format: nothing of the pack shows, one changed byte or another word opens nothing."""
    pyrage = pytest.importorskip("pyrage")
    made = pack(scored_audit, tmp_path / "e.zip", passphrase=PASSPHRASE)
    content = made.read_bytes()

    assert "e.zip.age" == made.name and not (tmp_path / "e.zip").exists()
    assert content.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert b"frame.csv" not in content
    assert pyrage.passphrase.decrypt(content, PASSPHRASE)[:2] == b"PK"
    assert verify_pack(made, recompute=False, passphrase=PASSPHRASE).holds
    with pytest.raises(EvidenceError, match="passphrase is wrong, or the file was changed"):
        verify_pack(made, passphrase="some other words here")
    with pytest.raises(EvidenceError, match="passphrase is needed"):
        verify_pack(made)
    made.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    with pytest.raises(EvidenceError, match="was changed"):
        verify_pack(made, passphrase=PASSPHRASE)


def test_the_commands_make_keys_sign_encrypt_and_verify(scored_audit, tmp_path):
    """`keys new`, `pack --sign --encrypt` and `verify --key` work with typed passphrases."""
    pytest.importorskip("pyrage")
    runner, key, out = CliRunner(), tmp_path / "k.pem", tmp_path / "e.zip"
    twice = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    made = runner.invoke(app, ["keys", "new", str(key)], input=twice)
    packed = runner.invoke(
        app, ["pack", str(scored_audit), "--out", str(out), "--sign", str(key), "--encrypt"],
        input=PASSPHRASE + "\n" + twice,
    )  # fmt: skip
    checked = runner.invoke(
        app, ["verify", f"{out}.age", "--quick", "--key", str(tmp_path / "k.pub.pem")],
        input=PASSPHRASE + "\n",
    )  # fmt: skip

    assert 0 == made.exit_code == packed.exit_code == checked.exit_code, checked.output
    assert "signature e.zip.sig" in checked.output
    assert PASSPHRASE not in made.output + packed.output + checked.output


def test_a_pack_that_names_files_elsewhere_is_not_opened(archive, tmp_path):
    """A member whose name climbs out of the folder is refused by both verifiers."""
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as made:
        made.writestr("../climbed.txt", "x")
        made.comment = b"0" * 64
    body = evil.read_bytes()[:-64]
    evil.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script_of(archive, tmp_path)), str(evil)],
        capture_output=True, text=True,
    )  # fmt: skip

    with pytest.raises(EvidenceError, match="outside its own folder"):
        verify_pack(evil)
    assert 1 == done.returncode and "outside its folder" in done.stdout
    assert not (tmp_path.parent / "climbed.txt").exists()


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


def rows(path):
    """Return the rows of a CSV file."""
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_the_page_by_hand_works_three_figures(unpacked):
    """Ticket, rate and total of CHECK_BY_HAND.md are those that plain arithmetic gives."""
    page = (unpacked / "CHECK_BY_HAND.md").read_text()
    text = page.split("The text `")[1].split("`")[0]
    results = rows(unpacked / "line_results.csv")
    mine = {r["encounter_id"] for r in results if r["provider_id"] == "P01"}
    wrong = {
        r["encounter_id"] for r in results
        if r["provider_id"] == "P01" and r["verdict"] != "supported"
    }  # fmt: skip
    total = 0.0
    for stratum in rows(unpacked / "strata.csv"):
        over = [
            float(r["dollars"]) for r in results
            if r["stratum"] == stratum["stratum"] and float(r["dollars"]) > 0
        ]  # fmt: skip
        total += int(stratum["units"]) / int(stratum["sampled"]) * sum(over)
    point = json.loads((unpacked / "estimate.json").read_text())["overpayment"]["point"]

    assert hashlib.sha256(text.encode()).hexdigest() in page
    right = len(mine) - len(wrong)
    assert f"{right} / {len(mine)} = {right / len(mine):.1%}" in page
    assert all(f"| {encounter} |" in page for encounter in wrong)
    assert abs(total - point) < 0.005
    assert f"Sum: ${total:,.2f}. estimate.json says ${point:,.2f}." in page


def test_the_amounts_written_out_by_hand_add_up(unpacked):
    """The amounts listed line by line for one stratum have the sum that stands beside them."""
    page = (unpacked / "CHECK_BY_HAND.md").read_text()
    listed, told = page.split("line by line: ")[1].split("\n")[0].rstrip(".").split(" = ")

    assert abs(sum(map(float, listed.split(" + "))) - float(told.replace(",", ""))) < 0.005


def test_the_public_name_is_there():
    """Packing is a public name."""
    assert auditkit.pack is pack
