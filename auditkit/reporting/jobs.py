"""The reports to make: what each is made from, and whether it is there already."""

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import ReportError
from auditkit.files import sha256_of
from auditkit.privacy.apart import FRAME_PATIENTS
from auditkit.reporting.brand import brand_of

FOOTER = (
    f"Made by auditkit {__version__} from the files of this audit; “auditkit verify” makes every "
    "figure again from them."
)

#: Names the folder that holds the audits, where it is not `reports`.
ROOT = "AUDITKIT_REPORTS"

#: The tables that a report is made from; a change in any of them makes it anew.
MADE_FROM = (
    "audit.toml", "plan.toml", "attrition.csv", "frame.csv", "providers.csv", "sample.csv",
    "strata.csv", "charts.csv", "line_results.csv", "findings.csv", "scores.csv", "estimate.json",
    FRAME_PATIENTS,
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
        after_all: made when every other job has ended, as a page that leads to the others.
        pdf: where the page goes as PDF as well; nothing for none.
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
    after_all: bool = False
    pdf: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A notebook that reports of one audit are made from.

    Attributes:
        audit: the audit.
        path: the notebook.
        basis: the hash of everything that its reports have in common.
        accepts: the parameters that its cell tagged `parameters` sets.
    """

    audit: Audit
    path: Path
    basis: str = field(init=False)
    accepts: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Read the notebook and take the hashes.

        Raises:
            ReportError: if the notebook is missing or is none.
        """
        object.__setattr__(self, "accepts", _parameters(self.path))
        object.__setattr__(self, "basis", fingerprint(self.audit, self.path))

    def job(
        self,
        name: str,
        parameters: Mapping[str, str] | None = None,
        css: str = "",
        after_all: bool = False,
        pdf: bool = False,
        also: Sequence[Path] = (),
    ) -> Job:
        """Return the job that makes one report.

        Args:
            name: what it is called; its page is `<name>.html` in the audit's folder.
            parameters: further parameters of the notebook, besides `audit`.
            css: style of this kind of report.
            after_all: make it when every other job has ended.
            pdf: make a PDF as well.
            also: further files that it is made from.

        Raises:
            ReportError: if the notebook does not set each of the parameters.
        """
        folder = self.audit.folder.resolve()
        given = {"audit": folder.name, **(parameters or {})}
        if unknown := sorted(set(given) - self.accepts):
            raise ReportError(
                f"{self.path.name} has no parameter {', '.join(unknown)}. It accepts: "
                f"{', '.join(sorted(self.accepts)) or 'none'}; its cell tagged `parameters` "
                "sets them."
            )
        css = brand_of(self.audit).css() + css
        hashes = [sha256_of(path) for path in also if path.is_file()]
        whole = json.dumps([self.basis, name, given, css, hashes], sort_keys=True)
        return Job(
            name=name,
            template=str(self.path.resolve()),
            parameters=given,
            html=str(folder / f"{name}.html"),
            notebook=str(folder / "notebooks" / f"{name}.ipynb"),
            made_from=hashlib.sha256(whole.encode()).hexdigest(),
            footer=FOOTER,
            css=css,
            after_all=after_all,
            pdf=str(folder / f"{name}.pdf") if pdf else "",
        )


def _parameters(path: Path) -> frozenset[str]:
    """Return the names that the notebook's cell tagged `parameters` assigns."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
    except FileNotFoundError as error:
        raise ReportError(f"The template {path.name} is not there.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReportError(f"The template {path.name} is not a notebook.") from error
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    names: set[str] = set()
    for cell in tagged:
        for each in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                names.add(each.id)
    return frozenset(names)


def reviewed_providers(audit: Audit) -> list[str]:
    """Return the opaque ids of the providers with a reviewed chart, sorted."""
    return sorted(map(str, audit.line_results["provider_id"].unique()))


def provider_jobs(
    audit: Audit, providers: Sequence[str] | None, template: Path, pdf: bool = False
) -> list[Job]:
    """Return one job for each provider.

    Raises:
        ReportError: if a provider is not in the audit or has no sampled chart, or if the template
            has no such parameters.
    """
    reviewed = reviewed_providers(audit)
    chosen = list(dict.fromkeys(providers)) if providers else reviewed
    if unknown := [p for p in chosen if p not in set(reviewed)]:
        raise ReportError(
            f"No chart of {', '.join(p[:20] for p in unknown[:10])} was reviewed in this audit. "
            f"Reviewed: {', '.join(reviewed[:20])}{' …' if len(reviewed) > 20 else ''}."
        )
    read = Template(audit, template)
    return [read.job(name, {"provider_id": name}, pdf=pdf) for name in chosen]


def fingerprint(audit: Audit, template: Path) -> str:
    """Return the hash of everything that the reports of *audit* are made from, code included."""
    digest = hashlib.sha256(__version__.encode())
    for name in MADE_FROM:
        path = audit.path(name)
        digest.update(f"{name}:{sha256_of(path) if path.is_file() else 'none'}\n".encode())
    digest.update(sha256_of(template).encode() + brand_of(audit).signature().encode())
    if audit.settings.reference.store:
        from auditkit.reporting.national import edition_of

        digest.update(edition_of(audit).encode())
    own = Path(str(resources.files(__package__)))
    for path in sorted(p for p in own.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(f"{path.relative_to(own).as_posix()}:{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def is_finished(job: Job) -> bool:
    """Return whether the report of *job* is there, made from the same things, and whole."""
    try:
        noted = json.loads(Path(job.notebook).read_text("utf-8"))["metadata"]["auditkit"]
        page = Path(job.html).read_text("utf-8")
    except (OSError, ValueError, KeyError, TypeError):
        return False
    mark = f'<meta name="made-from" content="{job.made_from}">'
    return (
        noted.get("made_from") == job.made_from
        and mark in page[:4000]
        and page.endswith("</html>\n")
        and (not job.pdf or Path(job.pdf).is_file())
    )
