"""Whatever is damaged in a file from outside, its reader answers or refuses in words of ours.

`benchmarks/trust_hostile.py` tries many more and prints the counts.
"""

import random
import resource
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fault"))

from hostile import CANARY, NASTY, damaged, outcome, readers

TRIED = 25


@pytest.fixture(scope="module")
def by_name(tmp_path_factory):
    """Return every reader with a good file of its own."""
    return {each.name: each for each in readers(tmp_path_factory.mktemp("good"))}


NAMES = (
    "claims CSV", "claims TSV", "claims Parquet", "claims 837", "remittance 835", "claims FHIR",
    "column mapping", "documentation", "notes JSONL", "notes CSV", "worked cases JSON",
    "worked cases TOML", "fee file", "plan", "settings", "record of the run", "manifest", "brand",
    "overlay", "scoring policy", "bands", "workpaper", "review log", "readers' elements",
    "model readings", "evidence pack",
)  # fmt: skip


def test_the_list_of_readers_is_whole(by_name):
    """The names below are those of every reader there is."""
    assert set(NAMES) == set(by_name)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_file_is_read(by_name, tmp_path, name):
    """What is damaged below is read when it is whole; else its damage would show nothing."""
    reader = by_name[name]
    (tmp_path / reader.file).write_bytes(reader.good)

    reader.read(tmp_path / reader.file)


@pytest.mark.parametrize("name", NAMES)
def test_only_our_errors_come_out_and_no_patient_in_them(by_name, tmp_path, name):
    """Damaged in one to four places: read or refused by us, and no message names a patient."""
    rng = random.Random(name)
    reader = by_name[name]
    for _ in range(TRIED):
        content = damaged(reader.good, rng)

        assert outcome(reader, content, tmp_path) == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [b"", b"\x00" * 64, b"\xff" * 64, *NASTY[14:16]])
def test_noise_is_read_or_refused(by_name, tmp_path, name, noise):
    """Nothing, noise and bare extremes of syntax instead of the file."""
    assert outcome(by_name[name], noise, tmp_path) == ""


def test_memory_stays_bounded(by_name, tmp_path):
    """All the damage above together has not needed more than 2 GB."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_000_000


def test_the_canary_is_in_the_files(by_name):
    """The files that name patients do hold the word that no message may hold."""
    for name in ("claims CSV", "claims 837", "remittance 835", "documentation", "notes CSV"):
        assert CANARY.encode() in by_name[name].good
