"""X12 text cut into transaction sets of segments, whatever its delimiters.

The element separator, the component separator and the segment terminator are those that each
interchange declares in its ISA segment (X12.5, Interchange Control Structures). A byte order
mark, line ends after the terminator or as the terminator, and several interchanges in one file
are all read. What does not fit names the segment by its number in the file.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    parts: pa.Array
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
        envelopes = _Envelopes(file, parts, number, delimiters)
        transactions += envelopes.transactions
        checks += envelopes.checks
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


def _parts(body: str, delimiters: Delimiters) -> pa.Array:
    """Return the segments of *body* as text, without the line ends between them."""
    if delimiters.segment == "\n":
        body = body.replace("\r", "")
    elif delimiters.segment == "\r":
        body = body.replace("\n", "")
    elif "\n" in body or "\r" in body:
        body = body.replace("\r", "").replace("\n", "")
    parts = pc.split_pattern(pa.array([body], pa.large_string()), delimiters.segment).values
    if body.startswith(" ") or delimiters.segment + " " in body:
        parts = pc.utf8_trim(parts, characters=_BLANKS)
    return parts.filter(pc.not_equal(parts, ""))


def _refuse_oversize(file: str, parts: pa.Array, number: int) -> None:
    """Raise if a segment is longer than the limit."""
    long = np.flatnonzero(pc.greater(pc.utf8_length(parts), SEGMENT_LIMIT))
    if len(long):
        name = parts[int(long[0])].as_py()[:3]
        what = f"longer than {SEGMENT_LIMIT:,} characters"
        where = name if name.isalnum() else "?"
        raise malformed(file, number + int(long[0]), where, what, "segments within that length")


_ENVELOPE = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))
_ENVELOPE_STARTS = pa.array(sorted({name[:2] for name in _ENVELOPE}), pa.large_string())

#: Where the control number of each opening segment stands.
_CONTROL = {"ISA": 13, "GS": 6, "ST": 2}

#: The segment that must be open where each envelope segment stands.
_OPEN = {"ISA": "", "GS": "ISA", "ST": "GS", "SE": "ST", "GE": "GS", "IEA": "ISA"}


@dataclass(slots=True)
class _Open:
    """An envelope segment that is not closed yet, and how many parts it holds so far."""

    name: str
    place: int
    elements: list[str]
    holds: int = 0


class _Envelopes:
    """Walks over the control segments of one interchange: ISA, GS, ST, SE, GE and IEA."""

    def __init__(self, file: str, parts: pa.Array, number: int, delimiters: Delimiters) -> None:
        self.file, self.parts, self.number, self.delimiters = file, parts, number, delimiters
        self.transactions: list[Transaction] = []
        self.checks: list[Check] = []
        first = parts[0].as_py().split(delimiters.element, 1)[0]
        # A fragment leaves out the envelopes around its first segment.
        left_out = {"ISA": (), "GS": ("ISA",), "ST": ("ISA", "GS")}[first]
        self.opened = [_Open(name, 0, [*_PADDING]) for name in left_out]
        self.walk()
        if self.current == "ST" or (self.opened and not left_out):
            self.refuse(len(parts) - 1, "last", f"{self.current} is not closed")

    @property
    def current(self) -> str:
        """The name of the innermost envelope that is open, or nothing."""
        return self.opened[-1].name if self.opened else ""

    def refuse(self, place: int, where: str, what: str) -> None:
        """Raise for the segment at *place*, saying what may stand there."""
        expected = {"": "ISA", "ISA": "GS or IEA", "GS": "ST or GE", "ST": "SE"}[self.current]
        raise malformed(self.file, self.number + place, where, what, expected)

    def walk(self) -> None:
        """Open and close the envelopes in order; nothing but them stands outside ST … SE."""
        last = -1
        starts = pc.utf8_slice_codeunits(self.parts, 0, 2)
        for place in np.flatnonzero(pc.is_in(starts, _ENVELOPE_STARTS)).tolist():
            name, *elements = self.parts[place].as_py().split(self.delimiters.element)
            if name not in _ENVELOPE:
                continue
            if place - last > 1 and self.current != "ST":
                self.refuse(last + 1, "no place for it", "a segment outside ST … SE")
            last = place
            if self.current != _OPEN[name]:
                self.refuse(place, name, f"{name} where {self.current or 'nothing'} is open")
            elements = ["", *elements, *_PADDING]
            if name in _STARTS:
                self.opened.append(_Open(name, place, elements))
            else:
                self.close(place, name, elements)
        if last < len(self.parts) - 1 and self.current != "ST":
            self.refuse(last + 1, "no place for it", "a segment outside ST … SE")

    def close(self, place: int, name: str, elements: list[str]) -> None:
        """Close the innermost envelope, and check its count and control number."""
        closed = self.opened.pop()
        if name == "SE":
            closed.holds = place - closed.place + 1
            whole = self.parts.slice(closed.place, closed.holds)
            guide = closed.elements[3] or self.opened[-1].elements[8]
            kind, first = closed.elements[1], self.number + closed.place
            found = Transaction(self.file, kind, guide, first, whole, self.delimiters)
            self.transactions.append(found)
        if self.opened:
            self.opened[-1].holds += 1
        at, control = self.number + place, closed.elements[_CONTROL[closed.name]]
        stated = elements[1].strip()
        count = stated.lstrip("0") or "0" if stated.isdigit() else stated
        self.checks.append(Check(at, f"{name}01, count", count, str(closed.holds)))
        self.checks.append(Check(at, f"{name}02, control number", elements[2], control))
