"""The store: what it says of its editions, and what it refuses."""

from datetime import date
from pathlib import Path

import pytest
from edition_files import MUE_ROWS, write_addon, write_mue, write_pfs, write_ptp, write_zip

from auditkit.errors import EditionError, InputError
from auditkit.reference import AlreadyThere, Editions, Store, default_folder


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "store")


def test_the_same_file_twice_is_no_change(store, tmp_path):
    """The second time nothing is changed, also when the file now comes zipped."""
    path = write_mue(tmp_path)
    store.add(path)
    before = (store.folder / "manifest.json").read_bytes()
    zipped = write_zip(
        tmp_path / "MCR_MUE_PractitionerServices_Eff_07-01-2024.zip", {path.name: path.read_bytes()}
    )

    answers = [*store.add(path), *store.add(zipped)]

    assert all(isinstance(one, AlreadyThere) for one in answers)
    assert "nothing was changed" in str(answers[0])
    assert before == (store.folder / "manifest.json").read_bytes()


def test_the_same_bytes_under_another_quarters_name_are_another_edition(store, tmp_path):
    """Nothing changed from one quarter to the next: both quarters are answered for."""
    store.add(write_mue(tmp_path))
    store.add(write_mue(tmp_path, effective="10-01-2024"))

    assert ["mue-2024q3", "mue-2024q4"] == store.list()["edition"].tolist()


def test_list_show_and_remove(store, tmp_path):
    """The list names edition, dates, rows and files; show gives hashes; remove takes one out."""
    files = [write_mue(tmp_path), write_addon(tmp_path)]
    store.add(files)

    listed = store.list().set_index("edition")
    assert ["addon-2024q3", "mue-2024q3"] == listed.index.tolist()
    assert 5 == listed.loc["mue-2024q3", "rows"]
    assert files[0].name == listed.loc["mue-2024q3", "sources"]
    edition = store.show("mue-2024q3")
    assert files[0].stat().st_size == edition.sources[0].size
    assert 64 == len(edition.sources[0].sha256) == len(edition.tables[0].sha256)

    store.remove("mue-2024q3")
    assert ["addon-2024q3"] == store.list()["edition"].tolist()
    with pytest.raises(EditionError, match="It holds: addon-2024q3"):
        store.show("mue-2024q3")
    with pytest.raises(EditionError):
        store.remove("mue-2024q3")


def test_verify_finds_a_flipped_byte_and_a_missing_table(store, tmp_path):
    """Every table is hashed again; the one that was changed is named."""
    store.add([write_mue(tmp_path), write_addon(tmp_path)])
    assert all(check.holds for check in store.verify())
    path = store.path("mue-2024q3", "mue")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    store.path("addon-2024q3", "addon").unlink()

    found = {check.edition: check for check in store.verify()}

    assert not found["mue-2024q3"].holds and "was changed" in found["mue-2024q3"].why
    assert not found["addon-2024q3"].holds and "is gone" in found["addon-2024q3"].why
    with pytest.raises(EditionError, match="Remove the edition"):
        store.table("addon-2024q3", "addon")


def test_all_files_of_a_call_are_stored_or_none(store, tmp_path):
    """One bad file among good ones: every bad one is named and nothing is stored."""
    other = tmp_path / "letter.txt"
    other.write_text("Dear colleague,\n")

    with pytest.raises(InputError) as refused:
        store.add([write_mue(tmp_path), other, tmp_path / "absent.csv"])

    assert ["letter.txt", "absent.csv"] == [one.file for one in refused.value.problems]
    assert "NCCI PTP edits, practitioner services" in str(refused.value)
    assert store.editions() == ()


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"", "empty"), (b"\x00\x01" * 50, "no CMS file"), (b"a,b,c\n1,2,3\n", "no CMS file")],
)
def test_a_file_of_no_known_kind_is_refused(store, tmp_path, content, match):
    """Empty, binary and strange files are refused with the kinds that are read."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=match):
        store.add(path)


def test_an_edition_far_smaller_than_the_last_was_cut(store, tmp_path):
    """A later MUE table with half the codes of the one before is refused as cut short."""
    many = [
        (f"{code:05d}", "1", "2 Date of Service Edit: Policy", "CMS Policy")
        for code in range(10000, 12000)
    ]
    store.add(write_mue(tmp_path, many))

    with pytest.raises(InputError, match="1,000 rows"):
        store.add(write_mue(tmp_path, many[:1000], effective="10-01-2024"))


def test_the_folder_comes_from_the_environment(monkeypatch, tmp_path):
    """AUDITKIT_STORE names the folder; without it the user's data folder is taken."""
    monkeypatch.setenv("AUDITKIT_STORE", str(tmp_path / "here"))
    assert tmp_path / "here" == Store().folder
    monkeypatch.delenv("AUDITKIT_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Path(tmp_path / "data" / "auditkit" / "editions") == default_folder()


def test_a_store_that_is_not_there_is_empty(store):
    """A folder that does not exist holds nothing; asking for it creates nothing."""
    assert store.list().empty
    assert not store.folder.exists()
    with pytest.raises(EditionError, match="It holds: none"):
        Editions(store).mue("11102", date(2024, 8, 14))


def test_look_ups_are_not_disturbed_by_a_later_import(store, tmp_path):
    """An `Editions` answers from what the store held when it was opened."""
    store.add(write_mue(tmp_path))
    editions = Editions(store)
    store.add(write_mue(tmp_path, MUE_ROWS[:2], effective="08-01-2024"))

    assert "mue-2024q3" == editions.mue("11103", date(2024, 8, 14)).edition
    assert Editions(store).mue("11103", date(2024, 8, 14)) is None


def test_the_manifest_holds_no_path_of_the_machine(store, tmp_path):
    """A store may be handed on: it names files, never the folders that they came from."""
    store.add([*write_ptp(tmp_path), write_pfs(tmp_path)])

    assert str(tmp_path) not in (store.folder / "manifest.json").read_text()
