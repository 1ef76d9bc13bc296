"""The page that shows two notes alike side by side, their shared passages marked.

It holds notes: write it only where nobody but its owner reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from markupsafe import Markup

from auditkit.documentation.clones import Clones
from auditkit.documentation.shingles import WORD, Hashes, ordered

Kind = Literal["shared", "template"]

_STYLE = Markup(
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}"
    "h2{font-size:1.1rem;margin:2.5rem 0 .5rem}h3{font-size:.95rem;margin:0}"
    ".note{white-space:pre-wrap;border:1px solid #999;padding:.75rem;overflow-wrap:anywhere}"
    "mark{background:#ffe08a;color:#111;border-bottom:2px solid #9a6b00}"
    ".template{color:#595959;background:#eee}"
)
_PAGE = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Notes alike</title>'
    "<style>{}</style></head><body>\n<h1>Notes alike</h1>\n<p>{}</p>\n{}\n</body></html>\n"
)
_PAIR = Markup(
    '<section><h2>{} and {}: {:.0%} alike, {}, {} apart</h2>\n<div class="pair">'
    '<div><h3>{}</h3><div class="note">{}</div></div>'
    '<div><h3>{}</h3><div class="note">{}</div></div></div></section>'
)
_FORMS = {
    "shared": Markup("<mark>{}</mark>"),
    "template": Markup('<span class="template">{}</span>'),
}
_KINDS = {"same_patient": "the same patient", "across_patients": "different patients"}


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a note, `note[start:end]`, that the other note or the template has too."""

    start: int
    end: int
    kind: Kind


def passages(text: str, other: str, template: Hashes, length: int) -> tuple[Passage, ...]:
    """Return the stretches of *text* that stand in *other*, and those that are template.

    Args:
        text: One note.
        other: The note that it is like.
        template: Hashes of the runs set apart, `Clones.template`.
        length: Words in a run, `CloneRules.words_in_a_run`.

    Returns:
        Stretches in order, apart from each other. What is template is not also shared.
    """
    found = list(WORD.finditer(text.lower()))
    mine = ordered([word[0] for word in found], length)
    theirs = ordered(WORD.findall(other.lower()), length)
    is_template = np.isin(mine, template)
    shared = _covered(np.isin(mine, theirs) & ~is_template, len(found), length)
    common = _covered(is_template, len(found), length)
    kinds: list[Kind | None] = [
        "shared" if s else "template" if t else None for s, t in zip(shared, common, strict=True)
    ]
    spans = []
    for kind, run in groupby(zip(found, kinds, strict=True), key=lambda each: each[1]):
        words = [word for word, _ in run]
        if kind is not None:
            spans.append(Passage(words[0].start(), words[-1].end(), kind))
    return tuple(spans)


def _covered(hits: npt.NDArray[np.bool_], words: int, length: int) -> npt.NDArray[np.bool_]:
    """Return which words stand in one of the runs that *hits* marks."""
    covered = np.zeros(words, dtype=bool)
    for step in range(length):
        covered[step : step + len(hits)] |= hits
    return covered


def clones_page(clones: Clones, notes: pd.DataFrame, most: int = 100) -> str:
    """Return an HTML page with the *most* alike pairs, side by side, shared passages marked.

    Args:
        clones: What was found.
        notes: The notes that it was found in.
        most: The most pairs to show.
    """
    texts = notes.set_index("encounter_id")["text"]
    said = (
        f"{min(most, len(clones.pairs)):,} of {len(clones.pairs):,} pairs of notes alike. Marked: "
        "passages that both notes have. Grey: passages common to many notes of the provider, set "
        "apart as template. Likeness of text is a reason to read both notes and nothing more."
    )
    sections = [
        _section(row, texts[row["encounter_id"]], texts[row["other_encounter_id"]], clones)
        for row in clones.pairs.head(most).to_dict("records")
    ]
    return str(_PAGE.format(_STYLE, said, Markup("\n").join(sections)))


def _section(row: Mapping[Any, Any], text: str, other: str, clones: Clones) -> Markup:
    length = clones.rules.words_in_a_run
    days = row["days_apart"]
    return _PAIR.format(
        row["encounter_id"],
        row["other_encounter_id"],
        row["likeness"],
        _KINDS[row["kind"]],
        "1 day" if days == 1 else f"{days} days",
        row["encounter_id"],
        Markup("").join(_marked(text, passages(text, other, clones.template, length))),
        row["other_encounter_id"],
        Markup("").join(_marked(other, passages(other, text, clones.template, length))),
    )


def _marked(text: str, spans: tuple[Passage, ...]) -> Iterator[Markup]:
    """Yield *text* escaped, its passages marked."""
    last = 0
    for span in spans:
        yield Markup("{}").format(text[last : span.start])
        yield _FORMS[span.kind].format(text[span.start : span.end])
        last = span.end
    yield Markup("{}").format(text[last:])
