"""The factory: many reports made at the same time, kept when finished, one failure told apart."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.files import finish_replacing
from auditkit.reporting.failures import LOG, Failure, write_log
from auditkit.reporting.jobs import Job, is_finished
from auditkit.reporting.pool import make_all

#: The lock that every run on an audit holds.
LOCK = ".lock"

#: Called with the number of reports done, the number to do, and the name of the last one.
Tell = Callable[[int, int, str], None]


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
    if due:
        due += [job for job in jobs if job.after_all and job not in due]
    log = audit.path(LOG)
    failures: list[Failure] = []
    with _bar(console, len(jobs)) as draw:
        tell = _teller(len(jobs), [progress, draw])
        for job in jobs:
            if job not in due:
                tell(job.name)
        if due:
            for name, failure in make_all(due, audit.folder.resolve().parent, workers):
                failures += [failure] if failure else []
                tell(name)
    if failures:
        _refuse(failures, log, len(jobs))
    log.unlink(missing_ok=True)


@contextmanager
def alone(audit: Audit) -> Iterator[None]:
    """Hold the audit's lock, and say in words why it cannot be had."""
    try:
        with FileLock(audit.path(LOCK), timeout=0):
            finish_replacing(audit.folder)
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
    ordered = sorted(failures, key=lambda failure: failure.name)
    write_log(log, ordered)
    shown = "\n".join(f"  {failure}" for failure in ordered[:20])
    more = f"\n  … and {len(ordered) - 20} more" if len(ordered) > 20 else ""
    raise ReportError(
        f"{len(ordered)} of {total} reports could not be made; the others were.\n{shown}{more}\n"
        f"{log.name} says where each went wrong. Mend the cause and run the same command again: "
        "finished reports are kept."
    )
