"""The education pack as a notebook: the examples, then a short quiz with answers to open."""

import html

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from auditkit.review.education import Pack, Question, pack_markdown, quiz


def education_notebook(pack: Pack) -> NotebookNode:
    """Return a notebook of Markdown cells only: it needs no kernel, and holds no code.

    Equal packs give equal notebooks.
    """
    cells = [pack_markdown(pack)]
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
