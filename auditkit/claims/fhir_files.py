"""FHIR resources out of files: one resource, a bundle, NDJSON, or a folder of a bulk export.

A file is read as a stream, resource by resource, so that an export's size does not decide the
memory; only a document that is one JSON value (a bundle) is held whole, within a limit.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from auditkit.errors import InputError, Problem

#: The longest JSON value that is read, in bytes: a line of NDJSON, or a whole bundle.
VALUE_LIMIT = 67_108_864

#: How deep a bundle may hold bundles.
_BUNDLES = 4
_HEAD = 65_536
_KIND = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]+)"')
_OPENS_A_LINE = re.compile(rb'(?:^|\n)\s*\{?\s*"resourceType"\s*:\s*"[A-Z]')
_OPENS = re.compile(rb'\{\s*"resourceType"\s*:\s*"[A-Z]')
_MARK = b"\xef\xbb\xbf"

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One resource and where it stands: the line of an NDJSON file, or the entry of a bundle."""

    file: str
    row: int
    url: str
    resource: JSON

    @property
    def kind(self) -> str:
        """The resource's type, such as Claim."""
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        """The resource's logical id; empty where it has none."""
        found = self.resource.get("id")
        return found if isinstance(found, str) else ""


def looks_like_fhir(path: Path) -> bool:
    """Return whether *path* is a file, or a folder with files, of FHIR resources as JSON."""
    if path.is_dir():
        return any(looks_like_fhir(file) for file in fhir_files(path))
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD).removeprefix(_MARK).lstrip()
            if not head.startswith(b"{") or _OPENS.match(head):
                return head.startswith(b"{")
            stream.seek(0)
            first = _next_line(stream)
    except OSError:
        return False
    if first and first.strip().endswith(b"}"):
        try:
            value = json.loads(first.removeprefix(_MARK))
        except (ValueError, RecursionError):
            return _KIND.search(head) is not None
        return isinstance(value, dict) and isinstance(value.get("resourceType"), str)
    return _OPENS_A_LINE.search(head) is not None


def fhir_files(path: Path) -> list[Path]:
    """Return the JSON and NDJSON files of a folder, in the order of their names; or the file."""
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in (".json", ".ndjson") and file.is_file()
    )


def resources(
    path: Path, wanted: Sequence[str], problems: list[Problem] | None = None
) -> Iterator[Found]:
    """Yield the resources of the *wanted* types, in the order of the files.

    Args:
        path: a file or a folder; see `looks_like_fhir`.
        wanted: types of resource; others are passed over without being parsed where that can
            be seen.
        problems: gets what cannot be read; it never stops the reading.

    Raises:
        InputError: if a file cannot be opened, or the folder holds none.
    """
    files = fhir_files(path)
    if not files:
        raise InputError(
            f"{path.name}: the folder holds no .ndjson or .json file. "
            "Name the folder of a FHIR bulk export, or a Bundle."
        )
    noted: list[Problem] = [] if problems is None else problems
    names = frozenset(wanted)
    for file in files:
        try:
            with file.open("rb") as stream:
                for row, url, value in _values(file.name, stream, names, noted):
                    if value["resourceType"] in names:
                        yield Found(file.name, row, url, value)
        except OSError as error:
            raise InputError(
                f"{file.name}: the file cannot be opened ({error.strerror}). "
                "Check the path and that you may read it."
            ) from None


def _values(
    file: str, stream: Any, names: frozenset[str], problems: list[Problem]
) -> Iterator[tuple[int, str, JSON]]:
    """Yield row, full address and resource of everything that one file holds."""
    first = _next_line(stream)
    while first is not None and first and not first.removeprefix(_MARK).strip():
        first = _next_line(stream)
    whole = first is not None and not first.strip().endswith(b"}")
    stream.seek(0)
    if whole:
        text = stream.read(VALUE_LIMIT + 1)
        if len(text) > VALUE_LIMIT:
            problems.append(_too_long(file, None))
            return
        yield from _unpacked(file, 1, _parsed(file, None, text, problems), problems, True)
        return
    row = 0
    while (line := _next_line(stream)) != b"":
        row += 1
        if line is None:
            problems.append(_too_long(file, row))
        elif line.strip() and _may_hold(line, names):
            value = _parsed(file, row, line, problems)
            yield from _unpacked(file, row, value, problems, False)


def _next_line(stream: Any) -> bytes | None:
    """Return the next line, b"" at the end, or None for one that is too long (it is passed)."""
    line: bytes = stream.readline(VALUE_LIMIT + 1)
    if len(line) <= VALUE_LIMIT:
        return line
    while line and not line.endswith(b"\n"):
        line = stream.readline(_HEAD)
    return None


def _may_hold(line: bytes, names: frozenset[str]) -> bool:
    """Return whether a line can hold a wanted resource, or something that must be listed."""
    kinds = _KIND.findall(line)
    return not kinds or any(kind.decode() in names or kind == b"Bundle" for kind in kinds)


def _parsed(file: str, row: int | None, text: bytes, problems: list[Problem]) -> Any:
    """Return a JSON value with numbers as they are written, or None after noting why not."""
    try:
        return json.loads(
            text.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant
        )
    except RecursionError:
        what = "nested too deeply"
    except ValueError:
        what = "not JSON"
    problems.append(Problem(file, row, None, what, "one FHIR resource as JSON"))
    return None


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON has not."""
    raise ValueError(name)


def _unpacked(
    file: str, row: int, value: Any, problems: list[Problem], whole: bool, depth: int = 0
) -> Iterator[tuple[int, str, JSON]]:
    """Yield a resource, or the entries of a bundle; note what is neither.

    The row of an entry of a bundle that fills its file is the entry's number.
    """
    if value is None:
        return
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        accepted = "an object with a resourceType"
        problems.append(Problem(file, row, None, "not a FHIR resource", accepted))
        return
    if value["resourceType"] != "Bundle":
        yield row, "", value
        return
    entries = value.get("entry", [])
    if depth >= _BUNDLES or not isinstance(entries, list):
        what = "bundles within bundles" if depth >= _BUNDLES else "entry is not a list"
        problems.append(Problem(file, row, "entry", what, "a bundle of resources"))
        return
    for number, entry in enumerate(entries, start=1):
        at = number if whole and depth == 0 else row
        if not isinstance(entry, dict):
            problems.append(Problem(file, at, "entry", "not an entry", "an object with a resource"))
        elif (inner := entry.get("resource")) is not None:
            url = entry.get("fullUrl")
            for place, own, found in _unpacked(file, at, inner, problems, whole, depth + 1):
                yield place, own or (url if isinstance(url, str) else ""), found


def _too_long(file: str, row: int | None) -> Problem:
    """Return the problem of a value beyond the limit."""
    return Problem(file, row, None, "too long", f"at most {VALUE_LIMIT:,} bytes in one JSON value")
