"""The reports to make: what each is made from, and whether it is there already."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import nbformat

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.files import sha256_of

FOOTER = (
    f"Made by auditkit {__version__} from the files of this audit; `auditkit verify` makes every "
    "figure again from them."
)

#: The tables that a report is made from; a change in any of them makes it anew.
MADE_FROM = (
    "audit.toml", "plan.toml", "attrition.csv", "frame.csv", "providers.csv", "sample.csv",
    "strata.csv", "charts.csv", "line_results.csv", "findings.csv", "scores.csv", "estimate.json",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """One report to make.

    Attributes:
        name: what the report is called in messages, such as P07.
        template: the notebook to run.
        parameters: opaque values for the notebook's parameters.
        html: where the page goes.
        notebook: where the executed notebook goes.
        made_from: the hash of everything that the report is made from.
        footer: the last line of the page.
        css: further style, from the branding.
        timeout: seconds that one cell may take.
    """

    name: str
    template: str
    parameters: dict[str, str]
    html: str
    notebook: str
    made_from: str
    footer: str = ""
    css: str = ""
    timeout: float = 300.0


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
        footer=FOOTER,
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
