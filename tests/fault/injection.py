"""Faults for tests: at its n-th file operation a process is killed, or the operation fails.

Every act runs in a child forked from one warm process, so that a kill is a real SIGKILL and costs
little. An operation is whatever changes a file below the act's folder through Python: opening for
writing, writing, syncing, renaming, removing, truncating, making folders, changing modes. The
process that makes an act's reports counts on, and a kill there kills the act with it.
"""

import builtins
import errno
import io
import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: What can happen at the n-th operation. `kill`: SIGKILL, in a write after half of its bytes.
#: `full` and `denied`: from there on nothing can be written, or nothing changed. `error`: once.
KINDS = ("kill", "full", "denied", "error")

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ERRORS = {"full": errno.ENOSPC, "denied": errno.EACCES, "error": errno.EIO}


@dataclass(frozen=True)
class Fault:
    """What happens, at which operation; `size` limits files to so many bytes (SIGXFSZ ignored)."""

    kind: str = "none"
    at: int = 0
    size: int = 0
    seconds: float = 0.0
    clock: int = 0


@dataclass(frozen=True)
class Ended:
    """How an act ended: done, refused (by an error of ours), broken (by another), killed."""

    how: str
    said: str = ""
    operations: int = 0
    gave: Any = None


class _Injector:
    """Counts the operations below a folder, and lets the fault happen at its turn.

    The count stands in a file, so that the processes which an act starts go on with it.
    """

    def __init__(self, root: Path, fault: Fault, counter: Path, act: int) -> None:
        self.root, self.fault, self.act = str(root.resolve()), fault, act
        with counter.open("r+b") as stream:
            self._counted = mmap.mmap(stream.fileno(), 8)

    @property
    def count(self) -> int:
        """Return the number of operations so far."""
        return int.from_bytes(self._counted[:8])

    def _die(self) -> None:
        """Kill the act and the process at work, which is the act itself or what it started."""
        if self.act != os.getpid():
            os.kill(self.act, signal.SIGKILL)
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def step(self, path: object, name: str, half: Callable[[], object] | None = None) -> None:
        """Count one operation; kill, raise or return."""
        if not self._below(path):
            return
        self._counted[:8] = (self.count + 1).to_bytes(8)
        kind, at = self.fault.kind, self.fault.at
        if kind == "kill" and self.count == at:
            if half:
                half()
            self._die()
        frees = name in ("remove", "unlink", "rmdir", "replace", "rename", "truncate")
        hit = self.count == at if kind == "error" else self.count >= at
        if kind in _ERRORS and hit and not (kind == "full" and frees):
            raise OSError(_ERRORS[kind], os.strerror(_ERRORS[kind]), str(path))

    def _below(self, path: object) -> bool:
        if isinstance(path, int):
            path = _path_of(path)
        return os.path.abspath(os.fsdecode(path)).startswith(self.root)  # noqa: PTH100


def _path_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


class _Raw(io.FileIO):
    """A file whose writes are counted."""

    injector: _Injector

    def write(self, data: Any) -> int:
        whole = memoryview(data).cast("B")
        half = whole[: len(whole) // 2]
        self.injector.step(self.fileno(), "write", lambda: super(_Raw, self).write(half))
        return super().write(whole)


@contextmanager
def injected(root: Path, fault: Fault, counter: Path, act: int) -> Iterator[_Injector]:
    """Let *fault* happen to what the block does below *root*.

    Args:
        root: the folder of the act.
        fault: what happens.
        counter: eight bytes that hold the number of operations so far.
        act: the process of the act.
    """
    injector = _Injector(root, fault, counter, act)
    kept = {name: getattr(os, name) for name in (*_BY_PATH, "open", "write", "fdopen")}
    opened = io.open
    _Raw.injector = injector

    def wrapped(name: str) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **more: Any) -> Any:
            folder = more.get("dir_fd")
            place = path if folder is None else _path_of(folder) / path
            injector.step(place, name)
            return kept[name](path, *args, **more)

        return call

    def os_open(path: Any, flags: int, *args: Any, **more: Any) -> int:
        if flags & _WRITING:
            injector.step(path, "open")
        return kept["open"](path, flags, *args, **more)

    def os_write(descriptor: int, data: Any) -> int:
        half = memoryview(data)[: len(data) // 2]
        injector.step(descriptor, "write", lambda: kept["write"](descriptor, half))
        return kept["write"](descriptor, data)

    def any_open(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any) -> Any:
        if not set(mode) & set("wax+") or "+" in mode:
            return opened(file, mode, buffering, *args, **more)
        if not isinstance(file, int):
            injector.step(file, "open")
        binary = mode.replace("t", "").replace("b", "")
        stream = io.BufferedWriter(_Raw(file, binary, closefd=more.pop("closefd", True)))
        return stream if "b" in mode else io.TextIOWrapper(stream, *args, **more)

    for name in _BY_PATH:
        setattr(os, name, wrapped(name))
    os.open, os.write, os.fdopen = os_open, os_write, any_open
    builtins.open = io.open = any_open
    try:
        yield injector
    finally:
        for name, function in kept.items():
            setattr(os, name, function)
        builtins.open = io.open = opened


_BY_PATH = (
    "replace", "rename", "remove", "unlink", "rmdir", "mkdir", "chmod", "truncate", "ftruncate",
    "fsync",
)  # fmt: skip


class Nursery:
    """A warm process that forks a child for each act."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, act: str, root: Path, fault: Fault | None = None) -> Ended:
        """Do *act* (a name in `acts.ACTS`) in *root*, with the fault, and say how it ended."""
        request = {"act": act, "root": str(root), "fault": asdict(fault or Fault())}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the warm process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)


def _serve() -> None:
    """Answer each request on the standard input by a child."""
    import acts

    acts.warm_up()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(_forked(acts.ACTS[request["act"]], request)) + "\n")
        answers.flush()


def _forked(act: Callable[[Path], Any], request: dict[str, Any]) -> dict[str, Any]:
    """Run *act* in a forked child; SIGKILL it after the fault's seconds, if it names any."""
    with tempfile.NamedTemporaryFile() as counter:
        counter.write(bytes(8))
        counter.flush()
        return _forked_with(Path(counter.name), act, request)


def _forked_with(
    counter: Path, act: Callable[[Path], Any], request: dict[str, Any]
) -> dict[str, Any]:
    fault, root = Fault(**request["fault"]), Path(request["root"])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setpgid(0, 0)
        _child(act, root, fault, counter, writing)
    os.close(writing)
    if fault.seconds:
        time.sleep(fault.seconds)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(child, 0)
    if content:
        return json.loads(content)
    return {"how": "killed" if os.WIFSIGNALED(status) else "broken", "said": f"status {status}"}


def _child(
    act: Callable[[Path], Any], root: Path, fault: Fault, counter: Path, writing: int
) -> None:
    import acts

    ended: dict[str, Any] = {}
    if fault.size:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault.size, fault.size))
    carried = {
        "root": str(root),
        "fault": asdict(fault),
        "counter": str(counter),
        "act": os.getpid(),
    }
    os.environ["AUDITKIT_TEST_FAULT"] = json.dumps(carried)
    paths = [str(Path(__file__).parent / "press"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    with acts.clock(fault.clock), injected(root, fault, counter, os.getpid()) as injector:
        try:
            ended = {"how": "done", "gave": act(root)}
        except acts.AuditkitError as error:
            ended = {"how": "refused", "said": str(error)}
        except BaseException:
            ended = {"how": "broken", "said": traceback.format_exc()}
        ended["operations"] = injector.count
    os.write(writing, json.dumps(ended).encode())
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _serve()
