"""The page on which a person reads what is taken out of each note, and what is left.

It holds the notes as they are: write it only where nobody but its owner reads.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from markupsafe import Markup

from auditkit.documentation.deidentify import Deidentified, Doubt, Removal

_STYLE = Markup(
    "body{font:15px/1.6 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "h2{font-size:1rem;margin:2.5rem 0 .5rem}"
    ".note{white-space:pre-wrap;border:1px solid #999;padding:.75rem;overflow-wrap:anywhere}"
    "del{background:#f8c9c9;color:#5a0000}ins{background:#d6ecd6;color:#003d00;"
    "text-decoration:none;font-size:.85em;margin:0 .2em}mark{background:#ffe08a;color:#111}"
    "code{overflow-wrap:anywhere}"
)
_PAGE = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>De-identification</title>'
    "<style>{}</style></head><body>\n<h1>Read before any text is handed over</h1>\n"
    "<p>Struck out: taken out, with what stands instead. Marked: left in, and worth a look, "
    "because it may be a name or a number of somebody's. The rules know forms, not people: read "
    "the rest too. Where something must still go, add it to the list of words and make this page "
    "again.</p>\n"
    "<p>{}</p>\n{}\n</body></html>\n"
)
_NOTE = Markup(
    '<section><h2>{}</h2>\n<div class="note">{}</div>\n'
    "<p>Text after removal: SHA-256 <code>{}</code></p></section>"
)
_REMOVED = Markup('<del title="45 CFR 164.514(b)(2)(i)({})">{}</del><ins>{}</ins>')
_DOUBT = Markup("<mark>{}</mark>")


def deidentify_page(notes: Mapping[str, str], found: Mapping[str, Deidentified]) -> str:
    """Return an HTML page with every note, its removals and doubts marked.

    Args:
        notes: The text of each note by encounter id.
        found: What :func:`auditkit.documentation.deidentify.deidentify` returned for each.
    """
    removed = sum(len(each.removals) for each in found.values())
    doubts = sum(len(each.doubts) for each in found.values())
    said = f"{len(found):,} notes; {removed:,} removals; {doubts:,} places to look at."
    sections = [
        _NOTE.format(name, Markup("").join(_marked(notes[name], each)), each.sha256)
        for name, each in found.items()
    ]
    return str(_PAGE.format(_STYLE, said, Markup("\n").join(sections)))


def _marked(text: str, found: Deidentified) -> Iterator[Markup]:
    """Yield *text* escaped, with its removals and doubts."""
    spans: list[Removal | Doubt] = sorted(
        chain(found.removals, found.doubts), key=lambda span: span.start
    )
    last = 0
    for span in spans:
        if span.start < last:
            continue
        yield Markup("{}").format(text[last : span.start])
        here = text[span.start : span.end]
        if isinstance(span, Removal):
            yield _REMOVED.format(span.letter, here, span.instead)
        else:
            yield _DOUBT.format(here)
        last = span.end
    yield Markup("{}").format(text[last:])
