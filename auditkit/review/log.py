"""The review log: append-only JSON lines, each carrying the hash of the line before it.

A line is canonical JSON (sorted keys, no spaces, ASCII) with `n`, `at` (UTC), `by`, `role`,
`event`, `previous` and `hash`, where `hash` is the SHA-256 of the line without its `hash`. So a
line that is altered, removed or moved breaks the chain at a place that can be named. A separate
head file keeps the last number and hash; with it, lines cut off the end are seen too. Somebody
who rewrites every later line and the head is found out only by a hash noted elsewhere: reports
and the manifest carry it.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from auditkit.errors import EvidenceError, Problem
from auditkit.files import write_json, writing
from auditkit.review.events import AnyEvent, TornLine, parse

LOG = "log.jsonl"
HEAD = "log.head.json"
TORN = "log.torn"
LOCK = ".log.lock"

#: What the first line names as the line before it.
NOTHING = "0" * 64

#: How long a writer waits for the others, in seconds.
PATIENCE = 60.0

_FIELDS = {"n", "at", "by", "role", "event", "previous", "hash"}
_BINARY = getattr(os, "O_BINARY", 0)

Clock = Callable[[], datetime]


class LogError(EvidenceError):
    """The review log is damaged, in use by another writer, or cannot be written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log."""

    n: int
    at: datetime
    by: str
    role: str
    event: AnyEvent
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Log:
    """The lines of a log whose chain holds, and the bytes of an unfinished last line."""

    records: tuple[Record, ...]
    torn: bytes = b""
    ends_open: bool = False

    @property
    def head(self) -> str:
        """The hash of the last line, to be noted elsewhere."""
        return self.records[-1].hash if self.records else NOTHING

    def sentence(self) -> str:
        """Return the state of the log in words."""
        said = f"{len(self.records):,} lines, the chain holds, last hash {self.head[:16]}."
        if self.torn:
            said += (
                f" An interrupted writer left {len(self.torn):,} bytes of an unfinished line; "
                f"the next entry sets them aside in {TORN}. Nothing that was confirmed is lost."
            )
        return said


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def read_log(folder: Path) -> Log:
    """Return the log of an audit's folder.

    Raises:
        LogError: The chain does not hold; the message names the lines concerned.
    """
    lines, torn, ends_open = _lines(folder)
    problems = _chain_problems(folder, lines)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise LogError(
            f"{folder / LOG} cannot be relied on. Restore it from a copy; nothing is added to a "
            f"broken log.\n{listed}"
        )
    return Log(tuple(_record(line) for line in lines), torn, ends_open)


def verify_log(folder: Path) -> tuple[Problem, ...]:
    """Return everything that is wrong with the log: altered, removed, repeated, moved lines.

    An unfinished last line is no fault of the chain; :func:`read_log` tells of it.
    """
    lines, _, _ = _lines(folder)
    return tuple(_chain_problems(folder, lines))


def append(
    folder: Path,
    events: Sequence[AnyEvent],
    by: str,
    role: str,
    check: Callable[[Log, Sequence[Record]], None] | None = None,
    clock: Clock = now,
) -> tuple[Record, ...]:
    """Add *events* to the log, all in one write, and return their lines.

    Args:
        folder: The audit's folder.
        events: What was done, in order.
        by: The account of the person who did it.
        role: The role in which they did it.
        check: Called under the lock with the log and the lines about to be added; raises to
            refuse them.
        clock: Gives the time; a clock that runs behind the last line is taken to be at it.

    Raises:
        LogError: The chain does not hold, another writer keeps the log busy, or the disk does
            not take the lines. Nothing was added then.
    """
    with writing(folder / LOG), _locked(folder):
        log = read_log(folder)
        added: list[Record] = []
        if log.torn:
            set_aside = TornLine(
                bytes_set_aside=len(log.torn), sha256=hashlib.sha256(log.torn).hexdigest()
            )
            added.append(_next(log, added, set_aside, by, role, clock))
        for event in events:
            added.append(_next(log, added, event, by, role, clock))
        if check is not None:
            check(log, added)
        _set_aside(folder, log)
        _write(folder, log, added)
        _note_head(folder, added)
    return tuple(added)


def _lines(folder: Path) -> tuple[list[bytes], bytes, bool]:
    """Return the finished lines, the bytes of an unfinished one, and whether the end is open.

    A last line that lacks nothing but its newline is finished.
    """
    try:
        content = (folder / LOG).read_bytes()
    except FileNotFoundError:
        return [], b"", False
    *lines, tail = content.split(b"\n")
    if tail and _whole(tail):
        return [*lines, tail], b"", True
    return lines, tail, False


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical({k: v for k, v in body.items() if k != "hash"})).hexdigest()


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the line's object, or None when it is not the form of a log line."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or set(body) != _FIELDS or not isinstance(body["n"], int):
        return None
    return body


def _whole(line: bytes) -> dict[str, Any] | None:
    """Return the line's object when its own hash holds."""
    body = _parsed(line)
    return body if body and body["hash"] == _hash(body) and _canonical(body) == line else None


def _record(line: bytes) -> Record:
    body = json.loads(line)
    try:
        event = parse(body["event"])
        at = datetime.fromisoformat(body["at"])
    except (ValidationError, ValueError) as error:
        raise LogError(
            f"{LOG}, line {body['n']}: an event that this version of auditkit does not know. "
            "Use the version that wrote it, or a newer one."
        ) from error
    return Record(body["n"], at, body["by"], body["role"], event, body["previous"], body["hash"])


def _chain_problems(folder: Path, lines: Sequence[bytes]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[int, str] = {}
    last, last_hash = 0, NOTHING
    for line in lines:
        body = _whole(line)
        if body is None:
            damaged = _parsed(line)
            last = damaged["n"] if damaged else last + 1
            what = "was altered" if damaged else "is damaged and cannot be read"
            if line.endswith(b"\r"):
                what = "has the line ending of another system; an editor or git changed the file"
            problems.append(_problem(last, what))
            seen.setdefault(last, "")
            last_hash = ""
            continue
        n = body["n"]
        if n in seen:
            problems.append(_problem(n, "stands here a second time"))
        elif n < last:
            problems.append(_problem(n, f"was moved: it stands after line {last}"))
        elif n == last + 1 and last_hash and body["previous"] != last_hash:
            problems.append(_problem(n, f"does not follow from line {last}: one was rewritten"))
        seen[n] = body["hash"]
        last, last_hash = n, body["hash"]
    absent = sorted(set(range(1, max(seen, default=0) + 1)) - set(seen))
    problems += [_problem(n, "was removed") for n in absent]
    problems += _head_problems(folder, seen)
    return sorted(problems, key=lambda problem: problem.row or 0)


def _head_problems(folder: Path, seen: dict[int, str]) -> Iterator[Problem]:
    try:
        noted = json.loads((folder / HEAD).read_bytes())
        n, hash_ = int(noted["n"]), str(noted["hash"])
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        yield Problem(HEAD, None, None, "is damaged", "the file as auditkit wrote it")
        return
    longest = max(seen, default=0)
    if longest < n:
        cut = f"{longest + 1}" if longest + 1 == n else f"{longest + 1} to {n}"
        yield _problem(longest + 1, f"was removed from the end ({cut})")
    elif seen.get(n) and seen[n] != hash_:
        yield _problem(n, f"is not the line that {HEAD} noted: the log was rewritten")


def _problem(n: int, what: str) -> Problem:
    return Problem(LOG, n, None, what, "the line as it was written")


def _next(
    log: Log, added: Sequence[Record], event: AnyEvent, by: str, role: str, clock: Clock
) -> Record:
    before = added[-1] if added else (log.records[-1] if log.records else None)
    at = clock().astimezone(UTC)
    at = max(at, before.at) if before else at
    body: dict[str, Any] = {
        "n": before.n + 1 if before else 1,
        "at": at.isoformat(timespec="microseconds"),
        "by": by,
        "role": role,
        "event": event.model_dump(mode="json"),
        "previous": before.hash if before else NOTHING,
    }
    return Record(body["n"], at, by, role, event, body["previous"], _hash(body))


def _line(record: Record) -> bytes:
    body = {
        "n": record.n,
        "at": record.at.isoformat(timespec="microseconds"),
        "by": record.by,
        "role": record.role,
        "event": record.event.model_dump(mode="json"),
        "previous": record.previous,
        "hash": record.hash,
    }
    return _canonical(body) + b"\n"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=PATIENCE):
            yield
    except Timeout as error:
        raise LogError(
            f"Another writer has kept {folder / LOG} busy for {PATIENCE:g} seconds. Nothing was "
            "added; try again when it has finished."
        ) from error


def _set_aside(folder: Path, log: Log) -> None:
    """Move the unfinished last line out of the log; its bytes are kept."""
    if not log.torn:
        return
    try:
        with (folder / TORN).open("ab") as kept:
            kept.write(log.torn + b"\n")
            kept.flush()
            os.fsync(kept.fileno())
        path = folder / LOG
        os.truncate(path, path.stat().st_size - len(log.torn))
    except OSError as error:
        raise _not_written(folder, error) from error


def _write(folder: Path, log: Log, added: Sequence[Record]) -> None:
    content = b"".join(_line(record) for record in added)
    if log.ends_open:
        content = b"\n" + content
    try:
        descriptor = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
    except OSError as error:
        raise _not_written(folder, error) from error
    try:
        before = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, content)
            os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, before)
            raise _not_written(folder, error) from error
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _not_written(folder: Path, error: OSError) -> LogError:
    return LogError(
        f"{folder / LOG} could not be written ({error.strerror}). Nothing was added; make room "
        "or give permission, then do it again."
    )


def _note_head(folder: Path, added: Sequence[Record]) -> None:
    """Note the last line. A head that stays behind is accepted; the lines themselves are safe."""
    if not added:
        return
    try:
        write_json(folder / HEAD, {"n": added[-1].n, "hash": added[-1].hash})
    except OSError:
        return
