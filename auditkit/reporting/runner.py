"""The factory: one template notebook, many reports, made at the same time by warm processes."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import nbformat
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.files import sha256_of, write_text
from auditkit.places import templates
from auditkit.reporting.facts import ROOT
from auditkit.reporting.press import Failure, Job

LOG = "report_failures.log"
LOCK = ".lock"

#: The tables that a report is made from; a change in any of them makes it anew.
MADE_FROM = (
    "audit.toml", "plan.toml", "attrition.csv", "frame.csv", "providers.csv", "sample.csv",
    "strata.csv", "charts.csv", "line_results.csv", "findings.csv", "scores.csv", "estimate.json",
)  # fmt: skip

#: Called with the number of reports done, the number to do, and the name of the last one.
Tell = Callable[[int, int, str], None]


def report(
    folder: Path | str,
    providers: Sequence[str] | None = None,
    workers: int = 2,
    progress: Tell | None = None,
    console: Console | None = None,
    template: Path | None = None,
) -> list[Path]:
    """Make the report of each provider of an audit, several at the same time.

    A report whose inputs have not changed since it was made is kept. One report's failure does
    not stop the others.

    Args:
        folder: the audit's folder, scored.
        providers: opaque ids such as P07; None for every provider with a sampled chart.
        workers: reports made at the same time, each in a process of its own.
        progress: called after each report.
        console: where a progress bar is drawn; None draws none.
        template: another notebook than `templates/provider_report.ipynb`, with the same
            parameters `audit` and `provider_id`.

    Returns:
        The path of each page, in the order of provider ids.

    Raises:
        ReportError: if a provider or parameter is unknown, if the folder cannot be written, if
            another run is at work on it, or, at the end, naming each report that failed; where
            each went wrong is in `report_failures.log`.
        InputError: if a stage before the reports has not run.
    """
    audit = Audit(Path(folder))
    jobs = provider_jobs(audit, providers, template or templates() / "provider_report.ipynb")
    with _alone(audit):
        run_jobs(audit, jobs, workers, progress, console)
    return [Path(job.html) for job in jobs]


def provider_jobs(audit: Audit, providers: Sequence[str] | None, template: Path) -> list[Job]:
    """Return one job for each provider.

    Raises:
        ReportError: if a provider is not in the audit or has no sampled chart.
    """
    reviewed = sorted(audit.line_results["provider_id"].unique())
    chosen = list(dict.fromkeys(providers)) if providers else reviewed
    if unknown := [p for p in chosen if p not in set(reviewed)]:
        raise ReportError(
            f"No chart of {', '.join(p[:20] for p in unknown[:10])} was reviewed in this audit. "
            f"Reviewed: {', '.join(reviewed[:20])}{' …' if len(reviewed) > 20 else ''}."
        )
    basis = fingerprint(audit, template)
    return [
        job_for(
            audit,
            template,
            name,
            {"audit": audit.folder.resolve().name, "provider_id": name},
            basis,
        )
        for name in chosen
    ]


def job_for(
    audit: Audit, template: Path, name: str, parameters: dict[str, str], basis: str, css: str = ""
) -> Job:
    """Return the job that makes the report *name* from *template*.

    Raises:
        ReportError: if the template does not declare each of the *parameters*.
    """
    check_parameters(template, parameters)
    made_from = hashlib.sha256(
        json.dumps([basis, name, parameters, css], sort_keys=True).encode()
    ).hexdigest()
    return Job(
        name=name,
        template=str(template.resolve()),
        parameters=parameters,
        html=str((audit.folder / f"{name}.html").resolve()),
        notebook=str((audit.folder / "notebooks" / f"{name}.ipynb").resolve()),
        made_from=made_from,
        footer=f"Made by auditkit {__version__} from the files of this audit; "
        "`auditkit verify` makes every figure again from them.",
        css=css,
    )


def check_parameters(template: Path, parameters: dict[str, str]) -> None:
    """Refuse parameters that the template's cell tagged `parameters` does not set.

    Raises:
        ReportError: naming what is unknown and what is accepted.
    """
    from papermill import inspect_notebook

    if not template.is_file():
        raise ReportError(f"The template {template.name} is not there.")
    known = sorted(inspect_notebook(str(template)))
    if unknown := sorted(set(parameters) - set(known)):
        raise ReportError(
            f"{template.name} has no parameter {', '.join(unknown)}. It accepts: "
            f"{', '.join(known) or 'none; tag the cell that sets them `parameters`'}."
        )


def fingerprint(audit: Audit, template: Path) -> str:
    """Return the hash of everything that the reports of *audit* are made from, code included."""
    digest = hashlib.sha256(__version__.encode())
    for name in MADE_FROM:
        path = audit.path(name)
        digest.update(f"{name}:{sha256_of(path) if path.is_file() else 'none'}\n".encode())
    digest.update(sha256_of(template).encode())
    own = Path(str(resources.files(__package__)))
    for path in sorted(p for p in own.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(f"{path.relative_to(own).as_posix()}:{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def is_finished(job: Job) -> bool:
    """Return whether the report of *job* is there, made from the same things, and unharmed."""
    page, notebook = Path(job.html), Path(job.notebook)
    try:
        noted = nbformat.read(notebook, as_version=4).metadata.get("auditkit", {})
        head = page.read_text("utf-8")
    except (OSError, ValueError, nbformat.reader.NotJSONError):
        return False
    same = f'<meta name="made-from" content="{job.made_from}">' in head[:4000]
    return same and noted.get("made_from") == job.made_from and head.endswith("</html>\n")


def run_jobs(
    audit: Audit,
    jobs: Sequence[Job],
    workers: int = 2,
    progress: Tell | None = None,
    console: Console | None = None,
) -> None:
    """Make every report that is not finished.

    Raises:
        ReportError: at the end, naming each report that failed.
    """
    if workers < 1:
        raise ReportError(f"workers must be 1 or more (got {workers}).")
    due = [job for job in jobs if not is_finished(job)]
    log = audit.path(LOG)
    failures: list[Failure] = []
    with _bar(console, len(jobs)) as draw:
        tell = _teller(len(jobs), [progress, draw])
        for job in jobs:
            if job not in due:
                tell(job.name)
        if due:
            for failure, name in _make_all(due, audit.folder.resolve().parent, workers):
                failures += [failure] if failure else []
                tell(name)
    if failures:
        _refuse(failures, log, len(jobs))
    log.unlink(missing_ok=True)


def _make_all(
    jobs: Sequence[Job], root: Path, workers: int
) -> Iterator[tuple[Failure | None, str]]:
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
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        else:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


#: Several processes at once: each keeps to one thread of its own.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@contextmanager
def _alone(audit: Audit) -> Iterator[None]:
    """Hold the audit's lock, and say in words why it cannot be had."""
    try:
        with FileLock(audit.path(LOCK), timeout=0):
            yield
    except Timeout as error:
        raise ReportError(
            f"Another run is at work on {audit.folder}. Wait until it ends, then run this again."
        ) from error
    except PermissionError as error:
        raise ReportError(
            f"{audit.folder} cannot be written ({error.strerror}). Give yourself the permission, "
            "then run the same command again."
        ) from error


@contextmanager
def _bar(console: Console | None, total: int) -> Iterator[Tell | None]:
    """Yield a function that moves a progress bar, or None without a console."""
    if console is None:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("[b]report[/]: make the reports", total=total)
        yield lambda done, of, name: bar.update(task, completed=done, total=of)


def _teller(total: int, listeners: Sequence[Tell | None]) -> Callable[[str], None]:
    """Return a function that counts reports and tells each listener."""
    done = 0

    def tell(name: str) -> None:
        nonlocal done
        done += 1
        for listener in listeners:
            if listener:
                listener(done, total, name)

    return tell


def _refuse(failures: Sequence[Failure], log: Path, total: int) -> None:
    """Write the log and raise the error that ends a run with failures."""
    ordered = sorted(failures, key=lambda f: f.name)
    blocks = [
        "\n".join([f"{f.name}: {f.error}{': ' + f.message if f.message else ''}",
                   *(f"    {place}" for place in f.places)])
        for f in ordered
    ]  # fmt: skip
    write_text(log, "\n\n".join(blocks) + "\n")
    shown = "\n".join(
        f"  {f.name}: {f.error}{': ' + f.message if f.message else ''}" for f in ordered[:20]
    )
    more = f"\n  … and {len(ordered) - 20} more" if len(ordered) > 20 else ""
    raise ReportError(
        f"{len(ordered)} of {total} reports could not be made; the others were.\n{shown}{more}\n"
        f"{log.name} says where each went wrong. Mend the cause and run the same command again: "
        "finished reports are kept."
    )
