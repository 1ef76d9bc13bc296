"""Imports that go wrong: interrupted, damaged, hostile. The store stays as it was."""

import threading
import zipfile

import pytest
from edition_files import (
    PTP_PARTS,
    mue_text,
    ptp_text,
    write_addon,
    write_mue,
    write_ptp,
    write_zip,
)
from filelock import FileLock

from auditkit.errors import AuditkitError, EditionError, InputError
from auditkit.reference import Store, intake, source
from auditkit.reference import store as store_module

NAME = "MCR_MUE_PractitionerServices_Eff_07-01-2024"


@pytest.fixture
def store(tmp_path):
    """Return a store that holds one edition."""
    held = Store(tmp_path / "store")
    held.add(write_addon(tmp_path))
    return held


def state(store):
    """Return every file of the store with its content, but for the lock."""
    return {
        path.relative_to(store.folder): path.read_bytes()
        for path in sorted(store.folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("place", ["written", "refuse_older"])
def test_an_interrupted_import_leaves_the_store_as_it_was(
    store, tmp_path, monkeypatch, error, place
):
    """Ctrl-C or a full disk in the middle: no file of the store has changed."""
    before = state(store)

    def stop(*_):
        raise error

    monkeypatch.setattr(store_module, place, stop)
    with pytest.raises(error):
        store.add(write_mue(tmp_path))

    assert before == state(store)


def test_a_stop_before_the_manifest_is_written_is_cleaned_up(store, tmp_path, monkeypatch):
    """Killed between the tables and the manifest: the edition is not there, and the next import
    removes what was left."""
    before = state(store)
    monkeypatch.setattr(Store, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        store.add(write_mue(tmp_path))
    monkeypatch.undo()

    assert ["addon-2024q3"] == store.list()["edition"].tolist()
    store.add(write_addon(tmp_path))
    assert before == state(store)


def test_a_replacement_that_fails_keeps_the_edition_before(store, tmp_path, monkeypatch):
    """When a re-release cannot be stored the earlier one still answers and verifies."""
    before = state(store)
    monkeypatch.setattr(intake, "sha256_of", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        store.add(write_mue(tmp_path))
    monkeypatch.undo()

    assert before == state(store)
    assert all(check.holds for check in store.verify())


def test_a_second_import_waits_and_then_says_so(store, tmp_path, monkeypatch):
    """While another import holds the store, an import is refused with what to do."""
    monkeypatch.setattr(store_module, "PATIENCE", 0.1)
    with FileLock(store.folder / ".lock"), pytest.raises(EditionError, match="Another import"):
        store.add(write_mue(tmp_path))


def test_two_imports_at_once_both_arrive(store, tmp_path):
    """Two threads adding different files: the store holds both editions."""
    files = [write_mue(tmp_path), write_mue(tmp_path, effective="10-01-2024")]
    threads = [threading.Thread(target=Store(store.folder).add, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["addon-2024q3", "mue-2024q3", "mue-2024q4"] == store.list()["edition"].tolist()


@pytest.mark.parametrize("content", ["", "{", '{"editions": [{}]}', '{"editions": 3}'])
def test_a_damaged_manifest_is_named(store, content):
    """A manifest that cannot be read is an error of ours that says what to do."""
    (store.folder / "manifest.json").write_text(content)

    with pytest.raises(EditionError, match="Move the store's folder"):
        store.list()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_zip_file_cut_short_is_refused(store, tmp_path, share):
    """A download that stopped at any point is refused."""
    files = write_ptp(tmp_path)
    whole = files[1].read_bytes()
    files[1].write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(InputError, match=r"f2\.zip"):
        store.add(files)


def test_a_zip_file_with_a_flipped_byte_is_refused(store, tmp_path):
    """The archive's own check sum finds damage inside a member."""
    path = write_zip(tmp_path / f"{NAME}.zip", {f"{NAME}.csv": mue_text() * 40})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(InputError):
        store.add(path)


def test_a_zip_bomb_is_refused_before_it_is_inflated(store, tmp_path, monkeypatch):
    """A member that claims to inflate a thousand times is not read."""
    monkeypatch.setattr(source, "RATIO_COUNTS_FROM", 1_000_000)
    path = write_zip(tmp_path / f"{NAME}.zip", {f"{NAME}.csv": "0" * 5_000_000})

    with pytest.raises(InputError, match="would inflate"):
        store.add(path)


def test_a_bomb_inside_a_zip_inside_a_zip_is_refused(store, tmp_path, monkeypatch):
    """The limits hold for archives inside archives, and only two levels are opened."""
    monkeypatch.setattr(source, "RATIO_COUNTS_FROM", 1_000_000)
    inner = write_zip(tmp_path / "inner.zip", {"article.csv": "0" * 5_000_000})
    outer = write_zip(tmp_path / "outer.zip", {"inner.zip": inner.read_bytes()})
    deep = write_zip(tmp_path / "deep.zip", {"outer.zip": outer.read_bytes()})

    with pytest.raises(InputError, match="would inflate"):
        store.add(outer)
    with pytest.raises(InputError):
        store.add(write_zip(tmp_path / "deeper.zip", {"deep.zip": deep.read_bytes()}))


def test_a_bomb_in_a_workbook_is_refused(store, tmp_path, monkeypatch):
    """A workbook is an archive too: its sheets are looked at before it is opened."""
    monkeypatch.setattr(source, "RATIO_COUNTS_FROM", 1_000_000)
    path = write_zip(tmp_path / f"{NAME}.xlsx", {"xl/worksheets/sheet1.xml": "0" * 5_000_000})

    with pytest.raises(InputError, match="would inflate"):
        store.add(path)


def test_an_archive_of_very_many_files_is_refused(store, tmp_path):
    """More files than any download of CMS has are not looked through."""
    path = write_zip(tmp_path / "many.zip", {f"{at}.csv": "x" for at in range(600)})

    with pytest.raises(InputError, match="600 files"):
        store.add(path)


def test_an_archive_with_a_password_is_refused(store, tmp_path):
    """An encrypted member is refused with what was expected."""
    path = write_zip(tmp_path / f"{NAME}.zip", {f"{NAME}.csv": mue_text()})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)

    with pytest.raises(InputError, match="password"):
        store.add(path)


def test_an_oversized_field_is_refused(store, tmp_path, monkeypatch):
    """A field longer than any of CMS's stops the reading."""
    monkeypatch.setattr(source, "MAX_FIELD", 2_000)
    path = tmp_path / f"{NAME}.csv"
    path.write_text(mue_text() + '99999,1,1 Line Edit,"' + "x" * 5_000 + '"\n')

    with pytest.raises(InputError, match="field"):
        store.add(path)


def test_a_line_without_end_in_the_pairs_is_refused(store, tmp_path):
    """A PTP part whose row never ends is refused and not held in memory."""
    files = write_ptp(tmp_path, zipped=False)
    files[0].write_text(ptp_text(PTP_PARTS[1]) + "x" * 9_000_000)

    with pytest.raises(InputError):
        store.add(files)


def test_a_name_that_leads_out_of_the_archive_writes_nothing(store, tmp_path):
    """Members are read and never unpacked: a path upwards does no harm."""
    path = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"../../{NAME}.csv", mue_text())

    store.add(path)

    assert not (tmp_path.parent / f"{NAME}.csv").exists()
    assert not (tmp_path.parent.parent / f"{NAME}.csv").exists()


def test_a_store_that_cannot_be_written_is_an_error(tmp_path):
    """A file in the place of the store's folder is an error, and the file is left alone."""
    place = tmp_path / "store"
    place.write_text("a file")

    with pytest.raises((AuditkitError, OSError)):
        Store(place).add(write_mue(tmp_path))
    assert "a file" == place.read_text()
