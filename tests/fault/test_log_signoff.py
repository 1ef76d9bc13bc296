"""A sign-off that is interrupted, refused by a full disk, or tried by two people at once."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

from review_practice import ENCOUNTERS, practice, request, sign

from auditkit.errors import StageError
from auditkit.review import log as log_module
from auditkit.review.log import LogError
from auditkit.review.session import Review

SIGNER = """
import sys
from pathlib import Path
from auditkit.review.events import SignOff
from auditkit.review.session import Review
review = Review(Path(sys.argv[1]))
print("ready", flush=True)
review.record([SignOff(stage="charts")], "pia", "preparer")
print("signed", flush=True)
"""


def ready_to_sign(folder: Path) -> Review:
    """A review whose charts are all here, so that stage `charts` can be signed."""
    folder.mkdir(exist_ok=True)
    review = practice(folder)
    request(review)
    return review


def signer(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SIGNER, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_sign_off_killed_at_any_moment_is_there_or_not(tmp_path):
    """A killed signer leaves a whole log, signed when it was confirmed; else it is done again."""
    rng = random.Random(20260301)
    for turn in range(2):
        folder = tmp_path / str(turn)
        review = ready_to_sign(folder)
        before = review.state.last
        process = signer(folder)
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.02))
        process.send_signal(signal.SIGKILL)
        confirmed = "signed" in process.stdout.read()
        process.wait()

        assert review.verify() == ()
        signed = "charts" in review.state.signed
        assert signed or not confirmed
        assert review.state.last - before == int(signed)
        if not signed:
            sign(review, "charts")
        assert review.outstanding("blind_coding")[0].startswith(f"{len(ENCOUNTERS)} record(s)")


def test_two_signers_at_once_sign_once(tmp_path):
    """The same stage is signed by the first; the second is told that nothing changed since."""
    review = ready_to_sign(tmp_path)
    crowd = [signer(tmp_path) for _ in range(2)]
    ends = [process.communicate(timeout=120)[0].split()[-1] for process in crowd]

    assert sorted(ends) == ["ready", "signed"]
    assert review.verify() == ()
    with pytest.raises(StageError, match="signed already"):
        sign(review, "charts")


def test_a_full_disk_signs_nothing(tmp_path, monkeypatch):
    """No half signature: the log is as it was, and the next attempt signs."""
    review = ready_to_sign(tmp_path)
    before = review.state.last

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(log_module, "_write_all", full)
    with pytest.raises(LogError, match="Nothing was added"):
        sign(review, "charts")
    monkeypatch.undo()

    assert (review.state.last, review.state.signed) == (before, {})
    sign(review, "charts")
    assert "charts" in review.state.signed
