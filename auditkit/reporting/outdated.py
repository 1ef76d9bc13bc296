"""What a run left behind: PDFs that went with an older page, and documents of older results."""

from collections.abc import Iterable
from pathlib import Path

from auditkit.audit import Audit
from auditkit.reporting.jobs import is_finished
from auditkit.reporting.kinds import DOCUMENTS, document_jobs

#: More files than this are counted, and these are named.
NAMED = 5


def pdfs(audit: Audit) -> set[str]:
    """Return the names of the PDFs of reports and documents that the audit's folder holds."""
    folders = ("", *(each.per_provider for each in DOCUMENTS.values() if each.per_provider))
    return {
        path.relative_to(audit.folder).as_posix()
        for folder in folders
        for path in (audit.folder / folder).glob("*.pdf")
    }


def left_behind(audit: Audit, before: Iterable[str]) -> list[str]:
    """Return, in sentences with their commands, what a run of reports removed or left outdated.

    A PDF goes when its page is made anew without one: it would show what the page no longer says.
    Documents that the run did not make stay, and are named when the audit holds other results now.

    Args:
        audit: the audit, after the run.
        before: the PDFs that it held before, see `pdfs`.
    """
    said = []
    if gone := sorted(set(before) - pdfs(audit)):
        commands = "; ".join(sorted({_command(audit, name) for name in gone}))
        said.append(
            f"Removed, because their pages were made anew: {_named(gone)}. To make them again: "
            f"{commands}"
        )
    for kind in DOCUMENTS:
        old = [
            Path(job.html).relative_to(audit.folder.resolve()).as_posix()
            for job in document_jobs(audit, kind)
            if Path(job.html).is_file() and not is_finished(job)
        ]
        if old:
            pdf = any(Path(name).with_suffix(".pdf").as_posix() in pdfs(audit) for name in old)
            said.append(
                f"Outdated, made from what the audit held before: {_named(old)}. To make it again: "
                f"auditkit documents {audit.folder} --kind {kind}{' --pdf' if pdf else ''}"
            )
    return said


def _command(audit: Audit, name: str) -> str:
    """Return the command that makes the PDF *name*."""
    for kind, what in DOCUMENTS.items():
        mine = what.per_provider == Path(name).parent.as_posix() or what.template == Path(name).stem
        if mine:
            return f"auditkit documents {audit.folder} --kind {kind} --pdf"
    return f"auditkit report {audit.folder} --pdf"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
