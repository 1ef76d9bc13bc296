"""Where finished reports wait, and the step that puts all of a run in place with its seal.

A run that is stopped leaves the audit as it was. What it had finished waits in `.reporting`, is
recognised by the hash of what it was made from, and enters the next run if that asks for it; a
run that does not removes it and says so.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from auditkit.audit import Audit
from auditkit.files import REPORTING, replace_together, sha256_of, write_bytes, writing
from auditkit.reporting.jobs import Job, is_finished


def waiting(audit: Audit, job: Job) -> Job:
    """Return *job* with its files in the folder where they wait."""
    root = audit.folder.resolve()

    def there(place: str) -> str:
        return str(root / REPORTING / Path(place).relative_to(root)) if place else ""

    return replace(job, html=there(job.html), notebook=there(job.notebook), pdf=there(job.pdf))


def is_there(audit: Audit, name: str) -> bool:
    """Return whether the file *name* is in the audit's folder, or waits to be put there."""
    return audit.path(name).is_file() or audit.path(f"{REPORTING}/{name}").is_file()


def wait_with(audit: Audit, name: str, content: bytes) -> None:
    """Write a file that is to be put in place with the reports."""
    write_bytes(audit.path(f"{REPORTING}/{name}"), content)


def resume(audit: Audit, jobs: Sequence[Job]) -> list[Job]:
    """Return those of *jobs* that a stopped run finished; whatever else it left is removed.

    Raises:
        WriteError: if it cannot be removed.
    """
    folder = audit.folder.resolve() / REPORTING
    finished = [job for job in jobs if is_finished(waiting(audit, job))]
    kept = {Path(place) for job in finished for place in _places(waiting(audit, job))}
    with writing(folder):
        if not finished and folder.exists():
            shutil.rmtree(folder)
        for path in [p for p in folder.rglob("*") if p.is_file() and p not in kept]:
            path.unlink()
    return finished


def foreign(audit: Audit, jobs: Sequence[Job]) -> list[str]:
    """Return the names of the pages that wait, whole, and are of none of *jobs*, sorted."""
    root = audit.folder.resolve() / REPORTING
    mine = {waiting(audit, job).html for job in jobs}
    pages = {p.relative_to(root).with_suffix("").as_posix(): p for p in root.rglob("*.html")}
    return sorted(
        name for name, page in pages.items()
        if str(page) not in mine and (root / "notebooks" / f"{name}.ipynb").is_file()
    )  # fmt: skip


def put_in_place(audit: Audit, made: Sequence[Job], files: Mapping[str, bytes | None]) -> None:
    """Put what waits in place, with *files* and the seal that covers it, as one step.

    Where the audit is not sealed, or its manifest is damaged, no seal is made. After any
    interruption either everything is as it was and waits, or `finish_replacing` completes it.

    Args:
        audit: the audit.
        made: the reports that wait, as jobs whose files are in the audit's folder.
        files: further files by name: bytes where one is new, None where one goes.

    Raises:
        WriteError: if the disk does not take it.
    """
    from auditkit.evidence.manifest import MANIFEST, resealed

    root = audit.folder.resolve()
    names = [Path(place).relative_to(root).as_posix() for job in made for place in _places(job)]
    moved = {name: f"{REPORTING}/{name}" for name in names}
    others = {**_outdated(audit, made), **files}
    changed: dict[str, str | None] = {name: sha256_of(root / at) for name, at in moved.items()}
    changed |= {n: None if c is None else hashlib.sha256(c).hexdigest() for n, c in others.items()}
    manifest = resealed(audit, changed)
    if manifest is not None:
        others[MANIFEST] = manifest
    replace_together(audit.folder, others, moved, clear=REPORTING)


def _places(job: Job) -> list[str]:
    return [place for place in (job.html, job.notebook, job.pdf) if place]


def _outdated(audit: Audit, made: Sequence[Job]) -> dict[str, bytes | None]:
    """Return the PDFs of older pages, which go where none of the new page was made."""
    root = audit.folder.resolve()
    pdfs = [Path(job.html).with_suffix(".pdf") for job in made if not job.pdf]
    return {pdf.relative_to(root).as_posix(): None for pdf in pdfs if pdf.is_file()}
