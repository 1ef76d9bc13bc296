"""Text out of attachments: base64, character sets, HTML; nothing is fetched."""

import base64
import binascii
import re
from html.parser import HTMLParser

#: The longest note that is read, in characters.
LONGEST_NOTE = 2_000_000

_PLAIN = ("text/plain", "text/markdown")
_MARKED = ("text/html", "application/xhtml+xml")
_XML = ("application/xml", "text/xml", "application/hl7-cda+xml", "application/hl7-sda+xml")
_BLOCKS = frozenset(("p", "div", "br", "tr", "li", "table", "ul", "ol", "section", "article"))
_BLOCKS |= {f"h{level}" for level in range(1, 7)} | {"header", "footer"}
_HIDDEN = frozenset(("script", "style", "head", "template"))


def decoded(data: object) -> bytes | None:
    """Return the bytes of a base64 text, or None where it is none or is too long."""
    if not isinstance(data, str) or len(data) > LONGEST_NOTE * 4:
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def text_of(content: bytes, kind: object) -> str | None:
    """Return the text of an attachment of content type *kind*, or None where it holds none.

    Plain text and HTML are read, in UTF-8 or else in the declared character set or Latin-1.
    """
    named, _, rest = kind.lower().partition(";") if isinstance(kind, str) else ("", "", "")
    name = named.strip()
    if name not in (*_PLAIN, *_MARKED):
        return None
    found = _characters(content, rest)
    return (plain(found) if name in _MARKED else found)[:LONGEST_NOTE].strip() or None


def is_xml(kind: object) -> bool:
    """Return whether a content type is that of XML, as C-CDA has it."""
    return isinstance(kind, str) and kind.lower().partition(";")[0].strip() in _XML


def _characters(content: bytes, parameters: str) -> str:
    """Return bytes as characters."""
    declared = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters)
    for encoding in ("utf-8-sig", declared[1] if declared else "latin-1"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


class _Text(HTMLParser):
    """Collects the text of HTML, one line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a line with a block; skip what is not shown."""
        self.hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a line with a block."""
        self.hidden = max(0, self.hidden - (tag in _HIDDEN))
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the text that is shown."""
        if not self.hidden:
            self.parts.append(data)


def plain(markup: str) -> str:
    """Return the text of HTML without its marks.

    Comments and what is never closed are taken out first, since the parser looks for the end of
    each of them through the whole rest of the text.
    """
    parser = _Text()
    closed, end, rest = _without_comments(markup).rpartition(">")
    parser.feed(closed + end + rest.replace("<", " "))
    parser.close()
    return tidy("".join(parser.parts))


def _without_comments(markup: str) -> str:
    """Return *markup* without comments, and without the opening of any that is not closed."""
    parts, at = [], 0
    while (start := markup.find("<!--", at)) >= 0 and (end := markup.find("-->", start)) >= 0:
        parts.append(markup[at:start])
        at = end + 3
    return "".join([*parts, markup[at:]]).replace("<!", " ").replace("<?", " ")


def tidy(text: str) -> str:
    """Return *text* with single blanks and at most one empty line in a row."""
    lines = [re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
