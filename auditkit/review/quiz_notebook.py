"""The education pack as a notebook: the examples, then a short quiz with answers to open."""

import html
from collections.abc import Iterable

import nbformat
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from auditkit.audit import Audit
from auditkit.files import write_text
from auditkit.gaps_of_audit import audit_gaps
from auditkit.review.education import Pack, Question, education_pack, pack_markdown, quiz
from auditkit.review.issue import Issued

#: Where packs are written in the audit's folder.
EDUCATION = "education/"


def education_notebook(pack: Pack, gaps: pd.DataFrame | None = None) -> NotebookNode:
    """Return a notebook of Markdown cells only: it needs no kernel, and holds no code.

    Equal packs give equal notebooks. *gaps* is what the notes left out, as for `pack_markdown`.
    """
    cells = [pack_markdown(pack, gaps)]
    questions = quiz(pack)
    if questions:
        cells.append("# Quiz\n\nChoose before you open the answer.")
        cells += [_question(number, each) for number, each in enumerate(questions, start=1)]
    notebook = new_notebook(
        cells=[new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(cells)],
        metadata={"title": f"Education {pack.learner}"},
    )
    nbformat.validate(notebook)
    return notebook


def _question(number: int, question: Question) -> str:
    letters = "abcdefgh"
    asks = html.escape(question.asks)
    choices = "\n".join(
        f"- {letters[i]}) {html.escape(choice)}" for i, choice in enumerate(question.choices)
    )
    answer = f"{letters[question.answer]}) {html.escape(question.choices[question.answer])}"
    because = html.escape(question.because)
    return (
        f"**{number}.** {asks}\n\n{choices}\n\n"
        f"<details><summary>Answer</summary>{answer}<br>{because}</details>"
    )


def issue_education(audit: Audit, providers: Iterable[str] = ()) -> list[Issued]:
    """Write each provider's education pack, as a page (.md) and as a notebook with a quiz.

    A person reads a pack before it leaves the practice: names in free text are not recognised.
    """
    results, findings = audit.line_results, audit.findings
    wanted = sorted(set(providers) or set(results["provider_id"]))
    gaps = audit_gaps(audit, wanted)
    issued = []
    for provider in wanted:
        pack = education_pack(results, findings, provider)
        page = audit.path(f"{EDUCATION}{provider}.md")
        write_text(page, pack_markdown(pack, gaps))
        notebook = audit.path(f"{EDUCATION}{provider}.ipynb")
        write_text(notebook, nbformat.writes(education_notebook(pack, gaps)) + "\n")
        purpose = f"{len(pack.lessons)} rule(s), {pack.in_error} of {pack.reviewed} lines in error"
        issued += [Issued(page, provider, purpose), Issued(notebook, provider, "the same, a quiz")]
    return issued
