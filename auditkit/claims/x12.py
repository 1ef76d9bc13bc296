"""X12 text cut into transaction sets of segments, whatever its delimiters.

The element separator, the component separator and the segment terminator are those that each
interchange declares in its ISA segment (X12.5, Interchange Control Structures). A byte order
mark, line ends after the terminator or as the terminator, and several interchanges in one file
are all read. What does not fit names the segment by its number in the file.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from auditkit.errors import InputError, Problem

#: The largest file that is read, in bytes: some 250,000 professional claims.
FILE_LIMIT = 134_217_728

#: The longest segment, in characters; the longest that the guides allow is a tenth of it.
SEGMENT_LIMIT = 16_384

#: What may stand between segments; the control characters from 28 on may be delimiters.
_BLANKS = " \t\r\n"

_STARTS = ("ISA", "GS", "ST")
_PADDING = ("",) * 24


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that one interchange declares."""

    element: str
    component: str
    segment: str


@dataclass(frozen=True, slots=True)
class Check:
    """One total or control number that the file states, beside what was found in it."""

    segment: int
    what: str
    stated: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether the file says of itself what is found in it."""
        return self.stated == self.found


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction set, from ST to SE, not yet cut into elements.

    `kind` is ST01 such as 837; `guide` the implementation guide such as 005010X222A1, empty
    where the file does not say; `first` the number of the ST segment in the file, from 1.
    """

    file: str
    kind: str
    guide: str
    first: int
    parts: tuple[str, ...]
    delimiters: Delimiters


@dataclass(frozen=True, slots=True)
class Interchanges:
    """The transaction sets of a file, and what the file says of its own counts."""

    transactions: tuple[Transaction, ...]
    checks: tuple[Check, ...] = field(default=())


def looks_like_x12(start: bytes) -> bool:
    """Return whether a file that starts so is X12: an interchange, or a fragment of one."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS.encode())
    return bool(re.match(rb"(ISA|GS|ST)[^A-Za-z0-9_ \r\n\"-]", text))


def misplaced(file: str, segment: int, where: str, what: str, accepted: str) -> Problem:
    """Return the problem of a segment of *file*, named by its number and its id or element."""
    return Problem(file, None, None, f"segment {segment:,} ({where}): {what}", accepted)


def malformed(file: str, segment: int, where: str, what: str, accepted: str) -> InputError:
    """Return the error of a file whose structure breaks at *segment*."""
    problem = misplaced(file, segment, where, what, accepted)
    return InputError(f"{file}: not the X12 that was expected.", [problem])


def read_x12(path: Path) -> Interchanges:
    """Return the transaction sets of an X12 file.

    A file that starts with GS or ST, so has no interchange around it, is read too; its
    delimiters are those between its first segments.

    Raises:
        InputError: if the file is too large, cut short, or not nested as ISA, GS, ST, SE, GE,
            IEA; the message names the segment and what was expected.
    """
    size = path.stat().st_size
    if size > FILE_LIMIT:
        raise InputError(
            f"{path.name}: {size:,} bytes. Accepted: X12 files up to {FILE_LIMIT:,} bytes. "
            "Split it by interchange."
        )
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return cut(path.name, text)


def cut(file: str, text: str) -> Interchanges:
    """Return the transaction sets of *text*, which is the content of *file*."""
    transactions: list[Transaction] = []
    checks: list[Check] = []
    position, number = _past_blanks(text, 0), 1
    while position < len(text):
        delimiters, end = _interchange(file, text, position, number)
        parts = _parts(text[position:end], delimiters)
        _refuse_oversize(file, parts, number)
        _nest(file, parts, number, delimiters, transactions, checks)
        number += len(parts)
        position = _past_blanks(text, end, delimiters.segment)
    if not transactions:
        raise malformed(file, number, "end", "no transaction set", "ST … SE within GS … GE")
    return Interchanges(tuple(transactions), tuple(checks))


def _past_blanks(text: str, position: int, terminator: str = "\0") -> int:
    """Return the position of the next character that is neither blank, padding nor *terminator*."""
    padding = _BLANKS + "\0\x1a" + terminator
    while position < len(text) and (text[position] in padding):
        position += 1
    return position


def _interchange(file: str, text: str, position: int, number: int) -> tuple[Delimiters, int]:
    """Return the delimiters of the interchange at *position*, and where it ends."""
    if not text.startswith(_STARTS, position):
        what = "something other than the start of an interchange"
        raise malformed(file, number, "start", what, "ISA")
    if not text.startswith("ISA", position):
        return _fragment_delimiters(file, text, position, number), len(text)
    delimiters = _declared_delimiters(file, text, position, number)
    terminator = re.escape(delimiters.segment)
    last = re.compile(rf"{terminator}[ \t\r\n]*IEA{re.escape(delimiters.element)}[^{terminator}]*")
    found = last.search(text, position)
    if found is None:
        count = len(_parts(text[position:], delimiters))
        what = "the interchange has no end; the file may be cut short"
        raise malformed(file, number + count - 1, "last", what, "IEA")
    return delimiters, min(found.end() + 1, len(text))


def _declared_delimiters(file: str, text: str, position: int, number: int) -> Delimiters:
    """Return the delimiters that an ISA segment declares by its own form."""
    element = text[position + 3 : position + 4]
    if not element or element.isalnum() or element in _BLANKS:
        raise malformed(file, number, "ISA", "no element separator after ISA", "ISA*00*…")
    place = position + 3
    for found in range(16):
        if place < 0 or place - position > 250:
            what = f"{max(found - 1, 0)} elements"
            raise malformed(file, number, "ISA", what, "16 elements, the last one character")
        last, place = place, text.find(element, place + 1)
    component, segment = text[last + 1 : last + 2], text[last + 2 : last + 3]
    marks = (element, component, segment)
    if len(set(marks)) < 3 or any(not mark or mark.isalnum() or mark == " " for mark in marks):
        raise malformed(
            file,
            number,
            "ISA, element 16",
            "the delimiters cannot be told apart",
            "one component separator, then one segment terminator, both unlike the element "
            "separator and neither a letter, a digit nor a blank",
        )
    return Delimiters(element, component, segment)


def _fragment_delimiters(file: str, text: str, position: int, number: int) -> Delimiters:
    """Return the delimiters of a text that starts with GS or ST, from its first segments."""
    head = text[position : position + 4_000]
    element = head[2:3]
    if not element or element.isalnum() or element in _BLANKS:
        raise malformed(file, number, "start", "no element separator", "ISA, GS or ST")
    mark = re.escape(element)
    ends = re.search(rf"([^A-Za-z0-9 \t\r\n{mark}])[ \t\r\n]*(?:BPR|BHT|ST){mark}", head[2:])
    lines = re.search(rf"([\r\n])[\r\n]*(?:BPR|BHT|ST){mark}", head[2:])
    if ends is None and lines is None:
        raise malformed(file, number, "start", "no second segment", "BHT or BPR after ST")
    segment = ends.group(1) if ends else lines.group(1) if lines else ""
    inner = re.search(rf"(?:SV1|SVC){mark}[A-Z]{{2}}([^A-Za-z0-9 \t\r\n])", text[position:])
    return Delimiters(element, inner.group(1) if inner else ":", segment)


def _parts(body: str, delimiters: Delimiters) -> list[str]:
    """Return the segments of *body* as text, without the line ends between them."""
    if delimiters.segment == "\n":
        body = body.replace("\r", "")
    elif delimiters.segment == "\r":
        body = body.replace("\n", "")
    elif "\n" in body or "\r" in body:
        body = body.replace("\r", "").replace("\n", "")
    parts = body.split(delimiters.segment)
    if body.startswith(" ") or delimiters.segment + " " in body:
        parts = [part.strip(_BLANKS) for part in parts]
    return [part for part in parts if part] if "" in parts else parts


def _refuse_oversize(file: str, parts: list[str], number: int) -> None:
    """Raise if a segment is longer than the limit."""
    if max(map(len, parts), default=0) > SEGMENT_LIMIT:
        place = next(i for i, part in enumerate(parts) if len(part) > SEGMENT_LIMIT)
        name = parts[place][:3] if parts[place][:3].isalnum() else "?"
        what = f"longer than {SEGMENT_LIMIT:,} characters"
        raise malformed(file, number + place, name, what, "segments within that length")


_ENVELOPE = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))
_ENVELOPE_STARTS = frozenset(name[:2] for name in _ENVELOPE)

#: Where the control number of each opening segment stands.
_CONTROL = {"ISA": 13, "GS": 6, "ST": 2}

#: The segment that must be open where each envelope segment stands.
_OPEN = {"ISA": "", "GS": "ISA", "ST": "GS", "SE": "ST", "GE": "GS", "IEA": "ISA"}


@dataclass(frozen=True, slots=True)
class _Open:
    """An envelope segment that is not closed yet, and how many it holds so far."""

    name: str
    number: int
    elements: list[str]
    holds: list[str] = field(default_factory=list)


def _nest(
    file: str,
    parts: list[str],
    number: int,
    delimiters: Delimiters,
    transactions: list[Transaction],
    checks: list[Check],
) -> None:
    """Add the transaction sets of one interchange and the checks of its control segments."""
    opened = _opened_before(parts[0].split(delimiters.element, 1)[0], number)
    fragment = bool(opened)
    last = -1
    for place in [i for i, part in enumerate(parts) if part[:2] in _ENVELOPE_STARTS]:
        name, *elements = parts[place].split(delimiters.element)
        if name not in _ENVELOPE:
            continue
        at, current = number + place, opened[-1].name if opened else ""
        if place - last > 1 and current != "ST":
            what = "a segment outside ST … SE"
            raise malformed(file, number + last + 1, "no place for it", what, _expected(current))
        last = place
        if current != _OPEN[name]:
            what = f"{name} where {current or 'nothing'} is open"
            raise malformed(file, at, name, what, _expected(current))
        elements = ["", *elements, *_PADDING]
        if name in _STARTS:
            opened.append(_Open(name, at, elements))
            continue
        closed = opened.pop()
        if name == "SE":
            whole = tuple(parts[closed.number - number : place + 1])
            closed.holds.extend(whole)
            guide = closed.elements[3] or opened[-1].elements[8]
            kind, first = closed.elements[1], closed.number
            transactions.append(Transaction(file, kind, guide, first, whole, delimiters))
        if opened:
            opened[-1].holds.append(name)
        count, control = str(len(closed.holds)), closed.elements[_CONTROL[closed.name]]
        checks.append(Check(at, f"{name}01, count", _number(elements[1]), count))
        checks.append(Check(at, f"{name}02, control number", elements[2], control))
    if last < len(parts) - 1 and not (opened and opened[-1].name == "ST"):
        what, current = "a segment outside ST … SE", opened[-1].name if opened else ""
        raise malformed(file, number + last + 1, "no place for it", what, _expected(current))
    if opened and not (fragment and opened[-1].name != "ST"):
        what = f"{opened[-1].name} is not closed"
        end = number + len(parts) - 1
        raise malformed(file, end, "last", what, _expected(opened[-1].name))


def _opened_before(name: str, number: int) -> list[_Open]:
    """Return the envelopes that a fragment starting with segment *name* leaves out."""
    missing = {"ISA": (), "GS": ("ISA",), "ST": ("ISA", "GS")}[name]
    return [_Open(envelope, number, [*_PADDING]) for envelope in missing]


def _expected(current: str) -> str:
    """Return which envelope segments may follow where *current* is open."""
    return {"": "ISA", "ISA": "GS or IEA", "GS": "ST or GE", "ST": "SE"}[current]


def _number(text: str) -> str:
    """Return a count without leading zeros; other text as it is."""
    return text.strip().lstrip("0") or "0" if text.strip().isdigit() else text
