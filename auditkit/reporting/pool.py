"""The caller's side of the process that makes reports."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from auditkit.reporting.failures import Failure
from auditkit.reporting.jobs import ROOT, Job

#: Several processes at once: each keeps to one thread of its own.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def make_all(
    jobs: Sequence[Job], root: Path, workers: int, kernels: bool = False
) -> Iterator[tuple[str, Failure | None]]:
    """Yield, for each job as it ends, its name and its failure or None.

    Args:
        jobs: what to make.
        root: the folder that holds the audit's folder.
        workers: reports made at the same time.
        kernels: use papermill's own engine, as where a process cannot be forked.
    """
    left = {job.name for job in jobs}
    with _press(root, workers, kernels) as press:
        assert press.stdin and press.stdout
        with suppress(BrokenPipeError):
            press.stdin.writelines(json.dumps(asdict(job)) + "\n" for job in jobs)
            press.stdin.write("\n")  # an empty line ends the jobs; the end of the stream, the press
            press.stdin.flush()
        for line in press.stdout:
            answer = json.loads(line)
            left.discard(answer["name"])
            yield answer["name"], Failure.of(answer["failure"])
    for name in sorted(left):
        yield name, Failure(name, "ProcessEnded", "", ("the process that made it ended",))


@contextmanager
def _press(root: Path, workers: int, kernels: bool) -> Iterator["subprocess.Popen[str]"]:
    """Yield the running process; end it, and all that it started, when the block ends."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "auditkit.reporting.press", str(workers)]
        + (["kernels"] if kernels else []),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=os.environ | {ROOT: str(root)} | _ONE_THREAD,
        start_new_session=True,  # Ctrl-C reaches the caller, who then ends this
    )
    try:
        yield process
    finally:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                with suppress(OSError):
                    stream.close()
