"""The two calls that make documents: provider reports with what goes with them, and any others."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.lock import alone
from auditkit.places import templates
from auditkit.reporting.factory import Tell, run_jobs
from auditkit.reporting.jobs import Job, provider_jobs
from auditkit.reporting.kinds import DOCUMENTS, document_jobs, index_job

#: The document that is no page.
WORKBOOK = "workbook"
#: What is made with the reports of all providers.
WITH_REPORTS = ("practice", "executive")


def report(
    folder: Path | str,
    providers: Sequence[str] | None = None,
    workers: int = 2,
    progress: Tell | None = None,
    console: Console | None = None,
    template: Path | None = None,
    pdf: bool = False,
) -> list[Path]:
    """Make the report of each provider of an audit, several at the same time.

    With every provider's report come the practice report, the executive summary and the findings
    workbook. A report whose inputs have not changed since it was made is kept. One report's
    failure does not stop the others. Reports are put in place together at the end, with the seal
    where the audit is sealed; a run that is stopped changes nothing, and the next one goes on
    from what it had finished.

    Args:
        folder: the audit's folder, scored.
        providers: opaque ids such as P07; None for every provider with a sampled chart.
        workers: reports made at the same time, each in a process of its own.
        progress: called after each report.
        console: where a progress bar is drawn; None draws none.
        template: another notebook than `templates/provider_report.ipynb`, with the same
            parameters `audit` and `provider_id`; then only the providers' reports are made.
        pdf: make each page as PDF as well.

    Returns:
        The path of each provider's page, in the order of provider ids.

    Raises:
        ReportError: if a provider or parameter is unknown, if the folder cannot be written, if
            another run is at work on it, or, at the end, naming each report that failed; where
            each went wrong is in `report_failures.log`.
        InputError: if a stage before the reports has not run.
    """
    audit = Audit(Path(folder))
    notebook = template or templates() / "provider_report.ipynb"
    jobs = provider_jobs(audit, providers, notebook, pdf)
    more: list[Job] = []
    with alone(audit.folder, ReportError):
        files: dict[str, bytes] = {}
        if providers is None and template is None:
            files = _workbook(audit)
            more = [job for kind in WITH_REPORTS for job in document_jobs(audit, kind, pdf)]
        run_jobs(audit, [*jobs, *more, index_job(audit)], workers, progress, console, files)
    return [Path(job.html) for job in jobs]


def documents(
    folder: Path | str,
    kinds: Sequence[str] = ("practice", "executive", "workbook"),
    workers: int = 2,
    progress: Tell | None = None,
    console: Console | None = None,
    pdf: bool = False,
) -> list[Path]:
    """Make documents of a scored audit, several at the same time.

    Args:
        folder: the audit's folder.
        kinds: any of practice (the committee's report), executive (one page), plan and memo (the
            sampling plan and method memo to sign), client (under a consultant's `brand.toml`),
            letters (peer comparison, one for each provider), trend (across the audits beside this
            one) and workbook (XLSX).
        workers: documents made at the same time.
        progress: called after each document.
        console: where a progress bar is drawn; None draws none.
        pdf: make each page as PDF as well.

    Returns:
        The path of each page and workbook.

    Raises:
        ReportError: if a kind is unknown, or, at the end, naming each document that failed.
        SettingsError: if `brand.toml` asks for something that is not accepted.
    """
    known = (*DOCUMENTS, WORKBOOK)
    if unknown := sorted(set(kinds) - set(known)):
        raise ReportError(
            f"No document is called {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    audit = Audit(Path(folder))
    pages = [kind for kind in kinds if kind != WORKBOOK]
    jobs = [job for kind in pages for job in document_jobs(audit, kind, pdf)]
    with alone(audit.folder, ReportError):
        files = _workbook(audit) if WORKBOOK in kinds else {}
        run_jobs(audit, [*jobs, index_job(audit)], workers, progress, console, files)
    return [*(Path(job.html) for job in jobs), *map(audit.path, files)]


def _workbook(audit: Audit) -> dict[str, bytes]:
    """Return the bytes of the findings workbook by its name."""
    from auditkit.reporting import workbook

    return {workbook.WORKBOOK: workbook.workbook_bytes(audit)}
