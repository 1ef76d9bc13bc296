"""The kinds of documents of an audit besides provider reports, each from its own notebook."""

from dataclasses import dataclass
from importlib import resources

from auditkit.audit import Audit
from auditkit.places import templates
from auditkit.reporting.jobs import Job, Template, reviewed_providers

#: The record of a run, which the papers to sign quote.
_RUN = "run.json"


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document.

    Attributes:
        template: its notebook in `templates`.
        per_provider: whether there is one for each provider, in a folder of this name.
        css: a style sheet of its own, in `assets`.
        also: further files of the audit that it is made from.
    """

    template: str
    per_provider: str = ""
    css: str = ""
    also: tuple[str, ...] = ()


DOCUMENTS = {
    "practice": Document("practice_report"),
    "executive": Document("executive_summary", css="one_page.css"),
    "plan": Document("sampling_plan", also=(_RUN,)),
    "memo": Document("method_memo", also=(_RUN,)),
    "client": Document("client_report"),
    "letters": Document("peer_letter", per_provider="letters"),
    "trend": Document("trend_report"),
}


def document_jobs(audit: Audit, kind: str, pdf: bool = False) -> list[Job]:
    """Return the jobs that make the documents of one kind, a key of `DOCUMENTS`."""
    what = DOCUMENTS[kind]
    read = Template(audit, templates() / f"{what.template}.ipynb")
    also = [audit.path(name) for name in what.also]
    if kind == "trend":
        root = audit.folder.resolve().parent
        also += [root / "education.csv", *sorted(root.glob("*/scores.csv"))]
    css = ""
    if what.css:
        css = (resources.files(__package__) / "assets" / what.css).read_text("utf-8")
    if not what.per_provider:
        return [read.job(what.template, css=css, pdf=pdf, also=also)]
    return [
        read.job(f"{what.per_provider}/{name}", {"provider_id": name}, css=css, pdf=pdf)
        for name in reviewed_providers(audit)
    ]


def index_job(audit: Audit) -> Job:
    """Return the job that makes the page to open first, after all others."""
    return Template(audit, templates() / "index.ipynb").job("index", after_all=True)
