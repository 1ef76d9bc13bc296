"""HTML: an executed notebook as one page that needs nothing outside it and shows no code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Protocol

from nbconvert import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import DataTypeFilter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from auditkit import __version__
from auditkit.errors import ReportError

_TITLE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_OUTSIDE = re.compile(
    r"""(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:|//)|url\(\s*["']?(?:https?:|//)""", re.I
)


class SupportsHtml(Protocol):
    """Whatever can be shown on a page."""

    def __html__(self) -> str:
        """Return the markup."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says besides its cells."""

    footer: str
    made_from: str = ""
    extra_css: str = ""


class _ReportExporter(HTMLExporter):
    """nbconvert's exporter with our template; its second pass over the HTML is not needed."""

    def default_filters(self):  # type: ignore[no-untyped-def]
        """Yield the filters, with two that the parent adds only in its own conversion."""
        yield from super().default_filters()
        yield "highlight_code", lambda source, **_: ""
        yield "filter_data_type", DataTypeFilter(parent=self)

    def from_notebook_node(self, nb, resources=None, **kw):  # type: ignore[no-untyped-def]
        """Convert a notebook; images without alternative text were refused before."""
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)


def export_html(notebook: NotebookNode, page: Page) -> str:
    """Return the executed *notebook* as a self-contained page.

    Raises:
        ReportError: if a picture has no alternative text, or the page would load something from
            outside itself.
    """
    _refuse_silent_pictures(notebook)
    document, _ = _exporter().from_notebook_node(
        notebook,
        {
            "report": {
                "version": __version__,
                "title": title_of(notebook),
                "made_from": page.made_from,
                "footer": page.footer,
                "css": _css() + page.extra_css,
            }
        },
    )
    if _OUTSIDE.search(_without_pictures(document)):
        raise ReportError(
            "The page would load something from outside itself, which no report may. "
            "Remove the link from the template notebook or the branding."
        )
    return document.rstrip() + "\n"


def page_of(contents: Iterable[SupportsHtml]) -> NotebookNode:
    """Return a notebook whose cells show *contents*, for pages that need no cells run."""
    cells = []
    for number, part in enumerate(contents, start=1):
        shown = new_output("display_data", {"text/html": part.__html__()})
        cells.append(new_code_cell("", id=f"part-{number}", outputs=[shown]))
    return new_notebook(cells=cells)


def title_of(notebook: NotebookNode) -> str:
    """Return the text of the notebook's first main heading."""
    for output in _outputs(notebook):
        found = _TITLE.search(output.get("data", {}).get("text/html", ""))
        if found:
            return unescape(_TAG.sub("", found.group(1))).strip()
    return "Report"


def warm_exporter() -> None:
    """Compile the template, so that the first page is made as fast as the next."""
    _exporter().template  # noqa: B018 - compiled when first looked at
    _css()


@cache
def _exporter() -> _ReportExporter:
    """Return the exporter, whose template is compiled once per process."""
    folder = Path(str(resources.files(__package__) / "assets" / "nbconvert"))
    return _ReportExporter(
        template_name="report",
        extra_template_basedirs=[str(folder)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        default_preprocessors=[],  # each would copy and validate the whole notebook
    )


@cache
def _css() -> str:
    """Return the style sheet that every page carries."""
    return (resources.files(__package__) / "assets" / "report.css").read_text("utf-8")


def _outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [o for cell in notebook.cells for o in cell.get("outputs", [])]


def _refuse_silent_pictures(notebook: NotebookNode) -> None:
    """Refuse pictures that a reader who cannot see them would miss."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            shown = "text/html" not in data and any(kind in data for kind in _PICTURES)
            said = cell.metadata.get("alt") or any(
                output.get("metadata", {}).get(kind, {}).get("alt") for kind in _PICTURES
            )
            if shown and not said:
                raise ReportError(
                    f"Cell {number} shows a picture without alternative text. Set 'alt' in the "
                    "cell's metadata, or show a Chart of auditkit.reporting."
                )


def _without_pictures(document: str) -> str:
    """Return *document* without embedded data, in which chance could spell an address."""
    return re.sub(r"data:image/[^\"']+", "", document)
