"""The parts that a document is made of: sections, paragraphs, tables, notes, figures, as HTML.

Every function escapes the text that it is given; only what these functions return is markup.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup, escape

from auditkit.reporting import wording

Align = Literal["text", "number", "code"]


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """A piece of a document that a notebook shows as its cell's output."""

    name: str
    html: Markup

    def __repr__(self) -> str:
        """Return the part's name; its text is in the HTML."""
        return f"<{self.name}>"

    def _repr_html_(self) -> str:
        return str(self.html)

    def __html__(self) -> str:
        """Return the markup, so that a part can stand inside another."""
        return str(self.html)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a printed table: its key in the frame, its heading, how it is set."""

    key: str
    heading: str
    align: Align = "text"


#: A table of up to this many rows is kept on one printed page.
SHORT = 8
#: A table of more rows than this is summed up instead, and the file that holds it is named.
LONG = 60
#: What a line never ends behind: the signs of "n = 30" and "95 %", the stroke of "E/M", the
#: hyphens of "2024-q3" and of dates.
_SPACED = re.compile(r"(?<=\b[nNp]) = (?=\d)|(?<=\d) (?=%)")
_JOINED = re.compile(r"(?<=\bE)/(?=M\b)|(?<=\b\d{4})-(?=q\d|\d\d\b)|(?<=\b\d{4}-\d\d)-(?=\d\d\b)")
_JOINT = '<span class="join"></span>'
#: Text in a table of up to this many characters stays on one line of a small screen, a code on
#: one line of any screen.
_TIGHT = 16
#: Headline figures of more characters are set smaller.
_WIDE = 12
_ROW_HEADING = Markup('<th scope="row" class="{}">{}</th>')
_CELL = Markup('<td class="{}">{}</td>')


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of *frame* as dictionaries."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def join(parts: Iterable[object]) -> Markup:
    """Return the parts one after another; plain strings among them are escaped."""
    return Markup("\n").join(escape(part) for part in parts if part)


def section(name: str, title: str, *parts: object) -> Part:
    """Return one numbered section of a document under the heading *title*."""
    body = Markup('<section id="{0}" aria-labelledby="{0}-title">\n<h2 id="{0}-title">{1}</h2>\n')
    return Part(title, body.format(name, title) + join(parts) + Markup("\n</section>"))


def masthead(
    banner: object, kicker: object, kind: object, of: object, sub: object, mark: object = ""
) -> Markup:
    """Return the head of a document.

    Args:
        banner: what stands above everything, such as privilege.
        kicker: the audit's name.
        kind: what document it is.
        of: whom it is about.
        sub: of when.
        mark: logo and name of who hands it over.
    """
    return Markup(
        '<header class="title">{}{}<p class="kicker">{}</p>'
        '<h1><span class="kind">{}</span> <br>{}</h1><p class="sub">{}</p></header>'
    ).format(banner, mark, text(kicker), text(kind), text(of), text(sub))


def heading(title: object, *parts: object) -> Markup:
    """Return a sub-heading and what stands below it, kept together in print."""
    return Markup('<div class="theme"><h3>{}</h3>\n{}</div>').format(text(title), join(parts))


def text(value: object) -> Markup:
    """Return *value* cleaned and escaped; what belongs on one line is kept there."""
    said = _SPACED.sub(
        lambda m: m.group().replace(" ", "\u00a0"), str(escape(wording.clean(value)))
    )
    return Markup(_JOINED.sub(lambda m: m.group() + _JOINT, said))  # noqa: S704 - escaped above


def paragraph(*sentences: object, kind: str = "") -> Markup:
    """Return sentences as one paragraph."""
    words = Markup(" ").join(
        s if isinstance(s, Markup) else text(s) for s in sentences if wording.clean(s)
    )
    if not words:
        return Markup("")
    return (
        Markup('<p class="{}">{}</p>').format(kind, words)
        if kind
        else Markup("<p>{}</p>").format(words)
    )


def strong(value: object) -> Markup:
    """Return *value* set to be read first."""
    return Markup("<strong>{}</strong>").format(text(value))


def bullets(items: Iterable[object]) -> Markup:
    """Return a list, one item for each of *items*."""
    rows = [Markup("<li>{}</li>").format(i if isinstance(i, Markup) else text(i)) for i in items]
    return Markup("<ul>{}</ul>").format(Markup("").join(rows)) if rows else Markup("")


def steps(items: Iterable[object]) -> Markup:
    """Return a numbered list."""
    rows = [Markup("<li>{}</li>").format(i if isinstance(i, Markup) else text(i)) for i in items]
    return Markup("<ol>{}</ol>").format(Markup("").join(rows)) if rows else Markup("")


def terms(pairs: Iterable[tuple[object, object]]) -> Markup:
    """Return pairs of a term and what it is, those without a value left out."""
    rows = [
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(
            text(k), v if isinstance(v, Markup) else text(v)
        )
        for k, v in pairs
        if wording.clean(v)
    ]
    return Markup('<dl class="terms">{}</dl>').format(Markup("\n").join(rows))


def note(*sentences: object, kind: str = "note") -> Markup:
    """Return a note set apart; *kind* is note, caution or good."""
    return Markup('<div class="{}" role="note">{}</div>').format(kind, paragraph(*sentences))


def source(what: object) -> Markup:
    """Return the source note of the figure or table above it."""
    return Markup('<p class="source">Source: {}</p>').format(text(what))


def figures(items: Sequence[tuple[object, object, object]]) -> Markup:
    """Return the headline figures: each a value, what it is, and how sure it is."""
    boxes = [
        Markup('<div class="box"><p class="value{}">{}</p><p class="what">{}</p>'
               '<p class="how">{}</p></div>').format(
            " wide" if len(wording.clean(value)) > _WIDE else "", text(value), text(what), text(how)
        )
        for value, what, how in items
    ]  # fmt: skip
    return Markup('<div class="boxes">{}</div>').format(Markup("\n").join(boxes))


def table(
    frame: pd.DataFrame | Sequence[Mapping[str, object]],
    columns: Sequence[Column],
    caption: str,
    source_note: str = "",
    total: Sequence[object] = (),
) -> Markup:
    """Return *frame* as a table with a caption, column headings and row headings.

    Args:
        frame: one row per printed row; every value already as it is to be printed. Only a
            sequence of rows can hold markup; what stands in a DataFrame is text.
        columns: the columns shown, the first of which heads its row.
        caption: what the table shows, in words.
        source_note: policy, method, n, N and date of the figures.
        total: a last row of totals, one value per column.
    """
    head = Markup("").join(
        Markup('<th scope="col" class="{}">{}</th>').format(c.align, text(c.heading))
        for c in columns
    )
    given = records(frame) if isinstance(frame, pd.DataFrame) else frame
    rows = [_row(columns, [row[c.key] for c in columns]) for row in given]
    foot = Markup("<tfoot>{}</tfoot>").format(_row(columns, list(total))) if total else ""
    whole = Markup(
        '<div class="scroll{}" role="region" aria-label="{}" tabindex="0">'
        "<table><caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>{}</tbody>{}</table></div>"
    ).format(
        " short" if len(rows) <= SHORT else "",
        wording.clean(caption),
        text(caption),
        head,
        Markup("\n").join(rows),
        foot,
    )
    return whole + source(source_note) if source_note else whole


def _row(columns: Sequence[Column], values: Sequence[object]) -> Markup:
    """Return one row, its first cell as the row's heading."""
    cells = []
    for number, (column, value) in enumerate(zip(columns, values, strict=True)):
        shown = value if isinstance(value, Markup) else text(value)
        tag = _ROW_HEADING if number == 0 else _CELL
        words = value.striptags() if isinstance(value, Markup) else wording.clean(value)
        short = column.align in ("text", "code") and len(words) <= _TIGHT
        cells.append(tag.format(f"{column.align} tight" if short else column.align, shown))
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))
