"""Imports of workpapers that are interrupted, and disks that fill up meanwhile."""

import errno
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from review_books import Filled
from review_practice import ENCOUNTERS, practice, request
from test_review_workpapers import finish, lines

from auditkit.errors import StageError
from auditkit.review import imported as imported_module
from auditkit.review.blind_book import read_of, write_blind_book
from auditkit.review.blind_read import read_blind_book
from auditkit.review.imported import load_elements, take
from auditkit.review.session import Review

TAKER = """
import sys
from pathlib import Path
from auditkit.review.blind_book import read_of
from auditkit.review.blind_read import read_blind_book
from auditkit.review.imported import take
from auditkit.review.session import Review
review = Review(Path(sys.argv[1]))
found = read_blind_book(review, Path(sys.argv[1]) / "filled.xlsx")
print("ready", flush=True)
take(review, found, read_of=read_of("rob"))
"""


def filled(folder: Path) -> Review:
    """A review, and the workpaper of its reader with every encounter finished."""
    review = practice(folder)
    request(review)
    book = Filled(write_blind_book(review, "rob", lines(review)))
    for encounter in ENCOUNTERS:
        finish(book, encounter)
    book.save(folder / "filled.xlsx")
    return review


def outcome(review: Review) -> tuple:
    state = review.state
    blind = {key: record.event.lines for key, record in state.blind.items()}
    hashes = {key: record.event.elements_sha256 for key, record in state.abstracted.items()}
    return blind, hashes, load_elements(review.folder)


def test_an_import_killed_at_any_moment_is_completed_by_doing_it_again(tmp_path):
    """However far a killed import came, the second one leaves what an undisturbed one leaves."""
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    review = filled(undisturbed)
    found = read_blind_book(review, undisturbed / "filled.xlsx")
    take(review, found, read_of=read_of("rob"))
    wanted = outcome(review)

    rng = random.Random(11)
    for turn in range(3):
        folder = tmp_path / f"killed{turn}"
        folder.mkdir()
        review = filled(folder)
        process = subprocess.Popen(
            [sys.executable, "-c", TAKER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.03))
        process.send_signal(signal.SIGKILL)
        process.wait()

        assert review.verify() == ()
        again = read_blind_book(review, folder / "filled.xlsx")
        take(review, again, read_of=read_of("rob"))
        assert outcome(review) == wanted
        assert review.state.coding_conflicts == {}


def test_a_disk_that_fills_up_between_log_and_elements_is_mended_by_doing_it_again(
    tmp_path, monkeypatch
):
    """The log is written, the elements are not: the next import saves them, without new lines."""
    review = filled(tmp_path)
    found = read_blind_book(review, tmp_path / "filled.xlsx")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(imported_module, "write_bytes", full)
    with pytest.raises(StageError, match="take the same workpaper in again"):
        take(review, found, read_of=read_of("rob"))
    monkeypatch.undo()
    assert load_elements(tmp_path) == {}

    last = review.state.last
    take(review, found, read_of=read_of("rob"))
    assert set(load_elements(tmp_path)) == set(ENCOUNTERS)
    assert review.state.last == last
