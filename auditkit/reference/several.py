"""A folder of downloads, added edition by edition: what cannot be used does not stop the rest."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from auditkit.errors import InputError
from auditkit.reference import gpci, ptp
from auditkit.reference.edition import Added, AlreadyThere, LeftOut, SourceFile
from auditkit.reference.intake import Looked, SupersededError, looked_through
from auditkit.reference.kinds import CUMULATIVE, KINDS, Kind
from auditkit.reference.source import Source

#: What a file is told that is no reference file at all.
ACCEPTED = "a file that `auditkit reference needs` names"

_Group = tuple[Kind, tuple[Source, ...]]
_Import = Callable[
    [Mapping[Path, SourceFile], Sequence[tuple[Source, Kind]]], tuple[Added | AlreadyThere, ...]
]


def add_each(paths: Sequence[Path], store: _Import) -> tuple[Added | AlreadyThere | LeftOut, ...]:
    """Give the sources in *paths* to *store*, those of one edition together.

    Returns:
        One answer per edition, then one per file, or part of it, that was left out.
    """
    looked, left = _looked(paths)
    files = {path: one.file for path, one in looked.items()}
    answers: list[Added | AlreadyThere] = []
    for kind, found in _groups(looked.values()):
        used = {path: files[path] for path in {source.path for source in found}}
        try:
            answers.extend(store(used, [(source, kind) for source in found]))
        except SupersededError as error:
            left.extend(_left(error, refused=False))
        except InputError as error:
            left.extend(_left(error, refused=True))
    return (*dict.fromkeys(answers), *left)


def _left(error: InputError, *, refused: bool) -> Iterator[LeftOut]:
    """Yield what an import says of the files that it did not take."""
    for one in error.problems:
        place = f", row {one.row}" if one.row is not None else ""
        place += f", column '{one.column}'" if one.column is not None else ""
        yield LeftOut(one.file + place, one.what, one.accepted if refused else "", refused)


def _looked(paths: Sequence[Path]) -> tuple[dict[Path, Looked], list[LeftOut]]:
    """Return what is in each file, a folder's files in its place, and what is left out."""
    looked: dict[Path, Looked] = {}
    left: list[LeftOut] = []
    seen: dict[tuple[str, str], str] = {}
    for path in _files(paths, left):
        try:
            one = looked_through(path)
        except InputError as error:
            left.extend(_left(error, refused=True))
            continue
        mark = (_plain_name(path), one.file.sha256)
        if mark in seen:
            left.append(LeftOut(path.name, f"it is the same as {seen[mark]}", refused=False))
            continue
        seen[mark] = path.name
        left.extend(
            LeftOut(path.name, str(other), other.instead, refused=False) for other in one.unneeded
        )
        if not one.recognised and not one.unneeded:
            left.append(LeftOut(path.name, "this is no CMS file that auditkit reads", ACCEPTED))
        looked[path] = one
    return looked, left


def _plain_name(path: Path) -> str:
    """Return the name without what a browser adds to a second download: "name (1).zip"."""
    return re.sub(r"[ _]?\(\d+\)(?=\.[^.]*$)", "", path.name).casefold()


def _files(paths: Sequence[Path], left: list[LeftOut]) -> Iterator[Path]:
    """Yield each path once, the files of a folder in its place; hidden ones are passed over.

    A folder that holds no file, or cannot be opened, is named in *left*.
    """
    found = []
    for path in paths:
        if path.is_dir():
            try:
                inside = [
                    one for one in path.iterdir() if one.is_file() and one.name[0] not in ".~"
                ]
            except OSError as error:
                inside = []
                what = f"the folder cannot be opened ({error.strerror})"
                left.append(LeftOut(path.name, what, "a folder that you may read"))
            else:
                if not inside:
                    what = "the folder holds no file"
                    left.append(LeftOut(path.name, what, "the folder of the CMS files"))
            found += sorted(inside, key=lambda one: (_plain_name(one), len(one.name), one.name))
        else:
            found.append(path)
    yield from dict.fromkeys(found)


def _groups(looked: Iterable[Looked]) -> list[_Group]:
    """Return the sources that are read together, in the order in which they are stored.

    Of a kind that restates its history, and of indices, the newest comes first, so that the older
    ones are seen to be superseded; of ICD-10-CM the changes come after what they change.
    """
    groups: dict[tuple[int, object], list[Source]] = {}
    for one in looked:
        for source, kind in one.recognised:
            groups.setdefault((KINDS.index(kind), _together(kind, source)), []).append(source)
    ordered = sorted(
        groups.items(),
        key=lambda item: (item[0][0], _turn(KINDS[item[0][0]], item[1][0]), str(item[0][1])),
    )
    return [(KINDS[at], tuple(found)) for (at, _), found in ordered]


def _together(kind: Kind, source: Source) -> object:
    """Return what the sources of one edition have in common: quarter, archive or file."""
    if kind.KIND == "ptp":
        # A file without a part number is an extract, an edition of its own.
        part = ptp.part_number(source)
        return ptp.named_quarter(source), source.path if part is None else None
    if kind.KIND == "coverage":
        return (source.path, source.inside[:-1]) if source.inside else source.path.parent
    return source.path


def _turn(kind: Kind, source: Source) -> object:
    """Return when a group's turn comes among those of its kind."""
    if kind.KIND in CUMULATIVE:
        quarter = re.search(r"(20\d\d)[ _-]?q([1-4])", source.names, re.IGNORECASE)
        named = (int(quarter[1]), int(quarter[2])) if quarter else ptp.named_quarter(source)
        year, part = named or (0, 0)
        return -(year * 4 + part)
    if kind.KIND == "gpci":
        return -gpci.release(source)
    return re.search("addenda|april|apr[-_ ]", source.names, re.IGNORECASE) is not None
