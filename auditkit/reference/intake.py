"""What happens to files on their way into the store, from recognising them to writing tables."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.parquet as pq

from auditkit.errors import InputError, Problem
from auditkit.reference import coverage
from auditkit.reference.edition import Draft, Edition, SourceFile, StoredTable
from auditkit.reference.kinds import CUMULATIVE, KINDS, Kind, kind_of
from auditkit.reference.source import Source, sha256_of, sources
from auditkit.reference.unneeded import Unneeded, another_programme, known_by_name

#: Every file that is read, as a refusal says it.
EXPECTED = "; ".join(kind.EXPECTED for kind in KINDS)


class SupersededError(InputError):
    """What was read is in the store from a later release; nothing is lost by leaving it out."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is in one file on disk: the sources of known kinds, and what is left out of it."""

    file: SourceFile
    recognised: tuple[tuple[Source, Kind], ...]
    unneeded: tuple[Unneeded, ...]


def looked_through(path: Path) -> Looked:
    """Return what the file at *path* holds, without reading more than its tables' first rows.

    Raises:
        InputError: when the file is absent, empty or damaged.
    """
    found = sources(path)
    kinds = list(_kinds(found))
    tables = coverage.downloads([source for source, kind in kinds if kind is coverage])
    recognised: list[tuple[Source, Kind]] = []
    unneeded: list[Unneeded] = []
    for source, kind in kinds:
        if kind is coverage and source not in tables:
            continue
        other = another_programme(kind.KIND, source)
        if other is None:
            recognised.append((source, kind))
        elif other not in unneeded:
            unneeded.append(other)
    if not recognised and not unneeded:
        known = known_by_name(path, found)
        unneeded = [known] if known else []
    file = SourceFile(path.name, path.stat().st_size, sha256_of(path))
    return Looked(file, tuple(recognised), tuple(unneeded))


def _kinds(found: Sequence[Source]) -> Iterator[tuple[Source, Kind]]:
    """Yield the sources of known kinds. A workbook is large and slow to open: where the archive
    holds a text of its name, only the text is looked at."""
    texts = {
        (one.inside[:-1], PurePath(one.name).stem.casefold())
        for one in found
        if one.inside and one.suffix != ".xlsx"
    }
    for source in found:
        twin = (source.inside[:-1], PurePath(source.name).stem.casefold())
        if source.suffix == ".xlsx" and source.inside and twin in texts:
            continue
        kind = kind_of(source)
        if kind is not None:
            yield source, kind


def described(paths: Sequence[Path]) -> tuple[dict[Path, SourceFile], list[tuple[Source, Kind]]]:
    """Return the files' names, sizes and hashes, and every source of a known kind in them.

    Raises:
        InputError: naming every file in which nothing is recognised, or that is damaged.
    """
    files: dict[Path, SourceFile] = {}
    known: list[tuple[Source, Kind]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            looked = looked_through(path)
        except InputError as error:
            problems.extend(error.problems)
            continue
        known.extend(looked.recognised)
        files[path] = looked.file
        if not looked.recognised:
            problems.append(_unrecognised(path, looked))
    if problems:
        raise InputError("No edition was added.", problems)
    return files, known


def _unrecognised(path: Path, looked: Looked) -> Problem:
    if looked.unneeded:
        other = looked.unneeded[0]
        what = f"this is of another programme or use: {other}"
        return Problem(path.name, None, None, what, other.instead or EXPECTED)
    return Problem(path.name, None, None, "this is no CMS file that auditkit reads", EXPECTED)


def by_kind(known: Sequence[tuple[Source, Kind]]) -> dict[Kind, list[Source]]:
    """Return the sources of each kind together."""
    found: dict[Kind, list[Source]] = {}
    for source, kind in known:
        found.setdefault(kind, []).append(source)
    return found


def held_already(kind: Kind, files: Sequence[SourceFile], held: Sequence[Edition]) -> list[Edition]:
    """Return the editions made of just these files, or nothing when one of them is new."""
    given = {(one.name, one.sha256) for one in files}
    same = [
        one
        for one in held
        if one.kind == kind.KIND and {(it.name, it.sha256) for it in one.sources} <= given
    ]
    covered = {(it.name, it.sha256) for one in same for it in one.sources}
    return same if covered == given else []


def written(
    name: str, table: pa.Table | tuple[pa.Schema, Iterable[pa.RecordBatch]], place: Path
) -> StoredTable:
    """Write one table as Parquet and return its description."""
    path = place / f"{name}.parquet"
    schema = table.schema if isinstance(table, pa.Table) else table[0]
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        batches = (
            table.to_batches(max_chunksize=250_000) if isinstance(table, pa.Table) else table[1]
        )
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return StoredTable(name, rows, tuple(schema.names), sha256_of(path))


def refuse_older(draft: Draft, used: tuple[SourceFile, ...], held: Sequence[Edition]) -> None:
    """Refuse a release that a later one in the store has replaced whole."""
    if draft.kind not in CUMULATIVE or not draft.complete:
        return
    later = [
        one
        for one in held
        if one.kind == draft.kind and one.complete and one.effective_to > draft.effective_to
    ]
    if later:
        raise refused(
            used,
            f"this release ends on {draft.effective_to}, and the store holds {later[-1].id}, "
            "which restates everything before it",
            f"a release after {later[-1].effective_to}, or this file in a store of its own",
            SupersededError,
        )


def distinct(drafts: Iterable[Draft], files: Mapping[Path, SourceFile]) -> list[Draft]:
    """Return one draft per edition: of several the latest release, of one archive the first form.

    Raises:
        InputError: when two files make the same edition of one release and differ.
    """
    kept: dict[str, Draft] = {}
    for draft in sorted(drafts, key=lambda one: -one.release):
        first = kept.setdefault(draft.id, draft)
        alike = first.origin == draft.origin or first.release > draft.release
        if first is not draft and not alike and not _same(first, draft):
            names = " and ".join(files[one.origin[0]].name for one in (first, draft))
            raise refused(
                [files[path] for path in draft.origin],
                f"{names} make the same edition, {draft.id}, and differ",
                "one of them",
            )
    return list(kept.values())


def _same(first: Draft, second: Draft) -> bool:
    """Return whether two drafts hold the same tables; those that are streamed are not compared."""
    return first.tables.keys() == second.tables.keys() and all(
        isinstance(table, pa.Table)
        and isinstance(other := second.tables[name], pa.Table)
        and table.equals(other)
        for name, table in first.tables.items()
    )


def refused(
    used: Sequence[SourceFile],
    what: str,
    accepted: str,
    error: type[InputError] = InputError,
) -> InputError:
    """Return the error that refuses what was read of the files *used*."""
    name = used[0].name if used else "the file"
    return error(f"{name} was not added.", [Problem(name, None, None, what, accepted)])


def folder_mark(tables: Sequence[StoredTable]) -> str:
    """Return twelve digits that differ when any table does, so that no edition is overwritten."""
    if len(tables) == 1:
        return tables[0].sha256[:12]
    return hashlib.sha256("".join(table.sha256 for table in tables).encode()).hexdigest()[:12]
