"""Warm processes that share the reports to make among them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from auditkit.reporting.facts import ROOT
from auditkit.reporting.failures import Failure
from auditkit.reporting.jobs import Job

#: Several processes at once: each keeps to one thread of its own.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def make_all(jobs: Sequence[Job], root: Path, workers: int) -> Iterator[tuple[Failure | None, str]]:
    """Yield, for each job as it ends, its failure or None, and its name."""
    presses: SimpleQueue[_Press] = SimpleQueue()
    started = [_Press(root) for _ in range(min(workers, len(jobs)))]
    for press in started:
        presses.put(press)

    def one(job: Job) -> tuple[Failure | None, str]:
        press = presses.get()
        try:
            return press.make(job), job.name
        finally:
            presses.put(press)

    try:
        with ThreadPoolExecutor(len(started)) as pool:
            waiting = [pool.submit(one, job) for job in jobs]
            try:
                for done in as_completed(waiting):
                    yield done.result()
            except BaseException:
                for each in waiting:
                    each.cancel()
                for press in started:
                    press.stop()
                raise
    finally:
        for press in started:
            press.stop()


class _Press:
    """One warm process, started when its first job comes and again if it dies."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def make(self, job: Job) -> Failure | None:
        """Make one report; return what went wrong, or None."""
        try:
            answer = self._ask(job)
        except (OSError, ValueError):
            self._end()
            return Failure(job.name, "ProcessEnded", "", ("the process that made it ended",))
        if "failure" in answer:
            found = answer["failure"]
            return Failure(found["name"], found["error"], found["message"], tuple(found["places"]))
        return None

    def stop(self) -> None:
        """End the process and whatever it started."""
        self._stopped = True
        self._end()

    def _ask(self, job: Job) -> dict[str, Any]:
        process = self._running()
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    def _running(self) -> "subprocess.Popen[str]":
        """Return the process, started and ready."""
        if self._stopped:
            raise OSError("stopped")
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "auditkit.reporting.press"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=os.environ | {ROOT: str(self._root)} | _ONE_THREAD,
                start_new_session=True,  # Ctrl-C reaches the caller, who then ends this
            )
            assert self._process.stdout
            json.loads(self._process.stdout.readline())
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
