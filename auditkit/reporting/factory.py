"""The factory: many reports made at the same time, kept when finished, one failure told apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.files import sha256_of
from auditkit.reporting.failures import LOG, Failure, log_bytes, others_failed
from auditkit.reporting.jobs import Job, is_finished
from auditkit.reporting.pool import make_all
from auditkit.reporting.staging import foreign, put_in_place, resume, wait_with, waiting

#: Called with the number of reports done, the number to do, and the name of the last one.
Tell = Callable[[int, int, str], None]


def run_jobs(
    audit: Audit,
    jobs: Sequence[Job],
    workers: int = 2,
    progress: Tell | None = None,
    console: Console | None = None,
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Make every report that is not finished, then put them in place as one step.

    The step also seals the reports where the audit is sealed. A run that is stopped before it
    changes nothing, and the next one goes on from the reports that it had finished.

    Args:
        audit: the audit, held by `auditkit.lock.alone`.
        jobs: the reports.
        workers: reports made at the same time.
        progress: called after each report.
        console: where a progress bar is drawn; None draws none.
        files: further files of this run, by name.

    Raises:
        ReportError: at the end, naming each report that failed; the others are in place.
        WriteError: if the disk does not take it; doing the same again goes on from there.
    """
    if workers < 1:
        raise ReportError(f"workers must be 1 or more (got {workers}).")
    kept = _standing(audit, jobs)
    new = {n: c for n, c in (files or {}).items() if not _holds(audit.path(n), c)}
    dropped = foreign(audit, jobs)
    resumed = resume(audit, [job for job in jobs if job not in kept and not job.after_all])
    due = [job for job in jobs if job not in kept and job not in resumed]
    if due or resumed or new:
        due += [job for job in jobs if job.after_all and job not in due]
    if resumed and console:
        console.print(
            f"{len(resumed)} of {len(jobs)} reports were finished by a run that was stopped, and "
            "are kept."
        )
    if dropped and console:
        console.print(
            f"{len(dropped)} finished by a run of another command that was stopped were removed, "
            f"and the audit holds what it held before: {', '.join(dropped[:10])}"
            f"{' …' if len(dropped) > 10 else ''}. That command makes them again.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    for name, content in new.items():
        wait_with(audit, name, content)
    failures: list[Failure] = []
    with _bar(console, len(jobs)) as draw:
        tell = _teller(len(jobs), [progress, draw])
        for job in jobs:
            if job not in due:
                tell(job.name)
        if due:
            places = [waiting(audit, job) for job in due]
            for name, failure in make_all(places, audit.folder.resolve().parent, workers):
                failures += [failure] if failure else []
                tell(name)
    failed = {failure.name for failure in failures}
    made = [*resumed, *(job for job in due if job.name not in failed)]
    others: dict[str, bytes | None] = {**new}
    lacking = log_bytes(failures, others_failed(audit.path(LOG), [job.name for job in jobs]))
    if not _holds(audit.path(LOG), lacking) and (lacking or audit.path(LOG).is_file()):
        others[LOG] = lacking or None
    if made or others:
        put_in_place(audit, made, others)
    if failures:
        _refuse(failures, len(jobs))


def _standing(audit: Audit, jobs: Sequence[Job]) -> list[Job]:
    """Return the reports that are finished and, where the audit is sealed, as they were sealed."""
    from auditkit.evidence.manifest import sealed_files

    root, sealed = audit.folder.resolve(), sealed_files(audit)

    def as_sealed(place: str) -> bool:
        name = Path(place).relative_to(root).as_posix()
        return sealed is None or sealed.get(name) == sha256_of(Path(place))

    return [
        job for job in jobs
        if is_finished(job)
        and all(as_sealed(place) for place in (job.html, job.notebook, job.pdf) if place)
    ]  # fmt: skip


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


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


def _refuse(failures: Sequence[Failure], total: int) -> None:
    """Raise the error that ends a run with failures."""
    ordered = sorted(failures, key=lambda failure: failure.name)
    shown = "\n".join(f"  {failure}" for failure in ordered[:20])
    more = f"\n  … and {len(ordered) - 20} more" if len(ordered) > 20 else ""
    others = "; the others were" if len(ordered) < total else ""
    kept = ": finished reports are kept" if others else ""
    raise ReportError(
        f"{len(ordered)} of {total} reports could not be made{others}.\n{shown}{more}\n"
        f"{LOG} says where each went wrong. Mend the cause and run the same command again{kept}."
    )
