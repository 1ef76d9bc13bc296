"""The process that makes reports: ``python -m auditkit.reporting.press WORKERS``.

It imports the scientific stack once, then forks one child for each report, as many at a time as
asked. A child runs papermill, whose engine forks once more for the notebook's own cells (see
`auditkit.reporting.engine`), exports the page and writes both. Where a process cannot be forked,
papermill's own engine runs the notebooks in kernels, several at a time.

Jobs come as JSON lines on standard input until an empty one; an answer to each goes out as a JSON
line as soon as it is known. When standard input ends, the caller has ended, and so does this
process with all that it started.
"""

import gc
import json
import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from auditkit.reporting.failures import Failure, failure_of
from auditkit.reporting.jobs import Job

Answer = Callable[[str, Failure | None], None]

#: Standard input: after the jobs it says nothing more, and ends when the caller ends.
_CALLER = 0


def make(job: Job, engine: str | None) -> None:
    """Run the notebook of *job*, then write the page and the executed notebook, each whole.

    Args:
        job: what to make.
        engine: the papermill engine; None for papermill's own.
    """
    import nbformat
    import papermill
    from traitlets.config import Config

    from auditkit.files import write_text
    from auditkit.reporting.html import Page, export_html
    from auditkit.reporting.scrub import scrub

    executed = papermill.execute_notebook(
        job.template,
        None,
        parameters=job.parameters,
        engine_name=engine,
        progress_bar=False,
        request_save_on_cell_execute=False,
        execution_timeout=int(job.timeout),
        # A kernel is talked to over sockets; what passes through them is encrypted.
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )
    clean = scrub(executed, job.made_from)
    page = export_html(clean, Page(job.footer, job.made_from, job.css))
    write_text(Path(job.html), page)
    _pdf(job)
    # The notebook is written last: a finished one says that the page beside it is finished too.
    write_text(Path(job.notebook), nbformat.writes(clean, indent=1) + "\n")


def _pdf(job: Job) -> None:
    """Write the page as PDF where that is asked for; else remove one of an older page."""
    if job.pdf:
        from auditkit.reporting.pdf import write_pdf

        write_pdf(job.html, job.pdf)
    else:
        Path(job.html).with_suffix(".pdf").unlink(missing_ok=True)


def warm_up(audits: Iterable[str] = (), pdf: bool = False) -> None:
    """Import what reports use and read the audits' tables, and leave nothing else behind."""
    # jsonschema would build parsers for a kind of address that no notebook holds: a second.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import scipy.stats  # noqa: F401

    from auditkit.reporting import engine, provider  # noqa: F401
    from auditkit.reporting.drawing import canvas, svg_of
    from auditkit.reporting.facts import read_ahead
    from auditkit.reporting.html import warm_exporter
    from auditkit.reporting.shell import make_shell

    if pdf:
        with suppress(ImportError, OSError):
            import weasyprint  # noqa: F401
    engine.register()
    with canvas(0.5) as (figure, axes):
        axes.set_title("Aa 0 %")
        svg_of(figure)
    warm_exporter()
    for name in audits:
        read_ahead(name)
    make_shell()
    gc.collect()
    gc.freeze()  # children then share these pages instead of copying them


def make_forked(jobs: list[Job], workers: int, answer: Answer) -> None:
    """Make each job in a child of its own, *workers* at a time; those `after_all` at the end."""
    from auditkit.reporting.engine import NAME

    waiting = deque(sorted(jobs, key=lambda job: job.after_all))
    running: dict[int, tuple[Job, int]] = {}
    while waiting or running:
        while waiting and len(running) < workers and not (waiting[0].after_all and running):
            job = waiting.popleft()
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reader)
                _make_in_child(job, NAME, writer)
            os.close(writer)
            running[reader] = (job, child)
        ready, _, _ = select.select([_CALLER, *running], [], [])
        if _CALLER in ready:
            _end_all()
        for reader in ready:
            job, child = running.pop(reader)
            with os.fdopen(reader, "rb") as stream:
                said = stream.read()
            os.waitpid(child, 0)
            answer(job.name, _read_answer(job.name, said))


def _end_all() -> None:
    """End this process and all that it started, since nobody waits for them any more."""
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _end_with_caller() -> None:
    """Wait for the end of standard input, then end."""
    while os.read(_CALLER, 1):
        continue
    _end_all()


def _make_in_child(job: Job, engine: str, writer: int) -> None:
    """Make one report and write "made", or why not, to *writer*; never return."""
    try:
        try:
            make(job, engine)
            said = b"made"
        except Exception as error:
            said = json.dumps(asdict(failure_of(job.name, error))).encode()
        os.write(writer, said)
    finally:
        os._exit(0)  # the parent's exit handlers are not the child's to run


def _read_answer(name: str, said: bytes) -> Failure | None:
    """Return the failure that a child told, None if it made its report."""
    if said == b"made":
        return None
    try:
        return Failure.of(json.loads(said))
    except ValueError:
        return Failure(name, "ProcessEnded", "", ("the process that made it ended",))


def make_with_kernels(jobs: list[Job], workers: int, answer: Answer) -> None:
    """Make the jobs under papermill's own engine, *workers* kernels at a time."""

    def one(job: Job) -> tuple[str, Failure | None]:
        try:
            make(job, None)
        except Exception as error:
            return job.name, failure_of(job.name, error)
        return job.name, None

    for last in (False, True):
        with ThreadPoolExecutor(workers) as pool:
            begun = [pool.submit(one, job) for job in jobs if job.after_all is last]
            for done in as_completed(begun):
                answer(*done.result())


def main(arguments: list[str]) -> int:
    """Answer each job on standard input.

    Args:
        arguments: the number of workers; then ``kernels`` to do without forking.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a notebook's stray output is no answer
    workers, kernels = int(arguments[0]), arguments[1:] == ["kernels"]

    def answer(name: str, failure: Failure | None) -> None:
        said = {"name": name, "failure": asdict(failure) if failure else None}
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    jobs = []
    while (line := sys.stdin.readline()) != "\n":
        if not line:
            return 1  # the caller ended before it had told every job
        jobs.append(Job(**json.loads(line)))
    if kernels or not hasattr(os, "fork"):
        threading.Thread(target=_end_with_caller, daemon=True).start()
        make_with_kernels(jobs, workers, answer)
    else:
        warm_up({job.parameters["audit"] for job in jobs}, any(job.pdf for job in jobs))
        make_forked(jobs, workers, answer)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
