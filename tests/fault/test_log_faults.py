"""The review log under kills, crowds, full disks and tampering."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditkit.review import log as log_module
from auditkit.review.events import ChartReceived, Opened
from auditkit.review.log import HEAD, LOG, TORN, LogError, append, read_log, verify_log

WRITER = """
import sys
from pathlib import Path
from auditkit.review.events import ChartReceived
from auditkit.review.log import append
folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for i in range(count):
    append(folder, [ChartReceived(encounter_id=f"{name}-{i}")], name, "preparer")
    print(i, flush=True)
"""


def opened(folder: Path, lines: int = 5) -> Path:
    append(folder, [Opened(audit="A", seed="1")], "m", "manager")
    for i in range(lines - 1):
        append(folder, [ChartReceived(encounter_id=f"E{i}")], "p", "preparer")
    return folder


def writer(folder: Path, name: str, count: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_writers_at_once_lose_nothing(tmp_path):
    """Three processes write 15 lines each at the same time; all 45 are there and chained."""
    crowd = [writer(tmp_path, f"w{i}", 15) for i in range(3)]
    assert [each.wait(timeout=120) for each in crowd] == [0, 0, 0]

    found = {record.event.encounter_id for record in read_log(tmp_path).records}
    assert found == {f"w{i}-{j}" for i in range(3) for j in range(15)}
    assert verify_log(tmp_path) == ()


def test_a_killed_writer_leaves_a_readable_log_with_all_it_confirmed(tmp_path):
    """Writers killed at random moments: each confirmed line is there, and the next one fits."""
    rng = random.Random(20260101)
    confirmed = set()
    for turn in range(3):
        process = writer(tmp_path, f"k{turn}", 10_000)
        first = process.stdout.readline()
        time.sleep(rng.uniform(0.01, 0.25))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        confirmed |= {f"k{turn}-{i}" for i in [first.strip(), *rest]}
    append(tmp_path, [ChartReceived(encounter_id="after")], "p", "preparer")

    found = {getattr(r.event, "encounter_id", None) for r in read_log(tmp_path).records}
    assert confirmed <= found
    assert "after" in found
    assert verify_log(tmp_path) == ()


@pytest.mark.parametrize("kept", [1, 20, -2])
def test_a_torn_last_line_is_set_aside_and_said(tmp_path, kept):
    """The rest of an unfinished line moves to its own file, and the log says so."""
    opened(tmp_path)
    path = tmp_path / LOG
    whole = path.read_bytes()
    last = whole.splitlines()[-1]
    path.write_bytes(whole[: -len(last) - 1] + last[:kept])
    (tmp_path / HEAD).unlink()

    torn = read_log(tmp_path)
    assert len(torn.records) == 4
    assert "unfinished" in torn.sentence()
    append(tmp_path, [ChartReceived(encounter_id="next")], "p", "preparer")
    kinds = [record.event.kind for record in read_log(tmp_path).records]
    assert kinds[-2:] == ["torn_line", "chart_received"]
    assert (tmp_path / TORN).read_bytes() == last[:kept] + b"\n"
    assert verify_log(tmp_path) == ()


def test_a_last_line_that_lacks_only_its_end_is_kept(tmp_path):
    """A complete line without its newline was written; it stays and the next one follows."""
    opened(tmp_path)
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes()[:-1])

    append(tmp_path, [ChartReceived(encounter_id="next")], "p", "preparer")
    assert [record.n for record in read_log(tmp_path).records] == [1, 2, 3, 4, 5, 6]
    assert not (tmp_path / TORN).exists()


def test_a_full_disk_adds_nothing(tmp_path, monkeypatch):
    """A write that fails half way leaves the log as it was, and the message says so."""
    opened(tmp_path)
    before = (tmp_path / LOG).read_bytes()
    write = os.write

    def half(descriptor, content):
        if len(content) > 200 and b"chart_received" in bytes(content):
            return write(descriptor, bytes(content)[:100])
        if b"chart_received" in bytes(content) or len(content) > 50:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content)

    monkeypatch.setattr(log_module.os, "write", half)
    with pytest.raises(LogError, match="Nothing was added"):
        append(tmp_path, [ChartReceived(encounter_id="E99")], "p", "preparer")
    monkeypatch.undo()

    assert (tmp_path / LOG).read_bytes() == before
    append(tmp_path, [ChartReceived(encounter_id="E99")], "p", "preparer")
    assert len(read_log(tmp_path).records) == 6


def test_a_head_that_cannot_be_written_loses_no_line(tmp_path, monkeypatch):
    """The head may stay behind; the log is whole and verifies."""
    opened(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(log_module, "write_json", full)
    append(tmp_path, [ChartReceived(encounter_id="E99")], "p", "preparer")

    assert verify_log(tmp_path) == ()
    assert len(read_log(tmp_path).records) == 6


def test_a_busy_log_is_said_not_waited_for_forever(tmp_path, monkeypatch):
    """A writer that cannot get the lock in time is told that nothing was added."""
    opened(tmp_path)
    monkeypatch.setattr(log_module, "PATIENCE", 0.05)

    with (
        log_module.FileLock(tmp_path / log_module.LOCK, thread_local=False),
        pytest.raises(LogError, match="busy"),
    ):
        append(tmp_path, [ChartReceived(encounter_id="E99")], "p", "preparer")


def said(folder: Path) -> str:
    return " | ".join(f"{problem.row}: {problem.what}" for problem in verify_log(folder))


def lines_of(folder: Path) -> list[bytes]:
    return (folder / LOG).read_bytes().splitlines(keepends=True)


def test_an_altered_line_is_named(tmp_path):
    """One changed word in line 3 is found as line 3."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    lines[2] = lines[2].replace(b"E1", b"E7")
    (tmp_path / LOG).write_bytes(b"".join(lines))

    assert said(tmp_path) == "3: was altered"
    with pytest.raises(LogError, match="row 3"):
        read_log(tmp_path)
    with pytest.raises(LogError):
        append(tmp_path, [ChartReceived(encounter_id="E99")], "p", "preparer")


def test_a_line_rewritten_with_a_fresh_hash_is_named(tmp_path):
    """Who also renews the hash of the altered line breaks the link to the next one."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    body = json.loads(lines[2])
    body["event"]["encounter_id"] = "E7"
    body["hash"] = log_module._hash(body)
    lines[2] = log_module._canonical(body) + b"\n"
    (tmp_path / LOG).write_bytes(b"".join(lines))

    assert said(tmp_path) == "4: does not follow from line 3: one was rewritten"


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_removed_line_is_named(tmp_path, place):
    """A line taken out of the middle is named by its number."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    del lines[place]
    (tmp_path / LOG).write_bytes(b"".join(lines))

    assert said(tmp_path) == f"{place + 1}: was removed"


def test_lines_cut_off_the_end_are_named(tmp_path):
    """The head file knows how long the log was."""
    opened(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join(lines_of(tmp_path)[:3]))

    assert said(tmp_path) == "4: was removed from the end (4 to 5)"


def test_a_log_that_is_gone_is_named(tmp_path):
    """Without its log, the head tells that there was one."""
    opened(tmp_path)
    (tmp_path / LOG).unlink()

    assert said(tmp_path) == "1: was removed from the end (1 to 5)"


def test_moved_lines_are_named(tmp_path):
    """Two exchanged lines are found; the one that stands too late is named."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    lines[1], lines[2] = lines[2], lines[1]
    (tmp_path / LOG).write_bytes(b"".join(lines))

    assert "2: was moved: it stands after line 3" in said(tmp_path)


def test_a_repeated_line_is_named(tmp_path):
    """A line copied in again is found."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join([*lines, lines[3]]))

    assert "4: stands here a second time" in said(tmp_path)


def test_a_log_rewritten_from_a_line_on_is_found_by_its_head(tmp_path):
    """A chain that holds in itself but is not the one noted is refused."""
    opened(tmp_path)
    other = opened(tmp_path / "other")
    (tmp_path / LOG).write_bytes((other / LOG).read_bytes())

    assert "5: is not the line that log.head.json noted" in said(tmp_path)


def test_bytes_that_are_no_lines_are_named(tmp_path):
    """Garbage in the middle is named by its place."""
    opened(tmp_path)
    lines = lines_of(tmp_path)
    lines[1] = b"\x00\xff\x00 not json\n"
    (tmp_path / LOG).write_bytes(b"".join(lines))

    assert said(tmp_path) == "2: is damaged and cannot be read"


def test_line_endings_of_another_system_are_recognised(tmp_path):
    """A log that an editor saved with CR LF says why it does not verify."""
    opened(tmp_path)
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert "1: has the line ending of another system" in said(tmp_path)


def test_no_single_change_of_a_byte_goes_unnoticed(tmp_path):
    """Every byte of the log matters: each flipped bit breaks the chain or tears the last line."""
    opened(tmp_path, lines=3)
    path = tmp_path / LOG
    whole = path.read_bytes()
    rng = random.Random(7)
    for place in rng.sample(range(len(whole)), 150):
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(changed))
        assert verify_log(tmp_path), place
