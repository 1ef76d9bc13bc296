"""What happens to files on their way into the store, from recognising them to writing tables."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditkit.errors import InputError, Problem
from auditkit.reference.edition import Draft, Edition, SourceFile, StoredTable
from auditkit.reference.kinds import CUMULATIVE, KINDS, Kind, kind_of
from auditkit.reference.source import Source, sha256_of, sources


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
            found = [(source, kind_of(source)) for source in sources(path)]
        except InputError as error:
            problems.extend(error.problems)
            continue
        recognised = [(source, kind) for source, kind in found if kind is not None]
        if not recognised:
            problems.append(
                Problem(
                    path.name,
                    None,
                    None,
                    "this is no CMS file that auditkit reads",
                    "; ".join(kind.EXPECTED for kind in KINDS),
                )
            )
        known.extend(recognised)
        files[path] = SourceFile(path.name, path.stat().st_size, sha256_of(path))
    if problems:
        raise InputError("No edition was added.", problems)
    return files, known


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
        )


def refused(used: Sequence[SourceFile], what: str, accepted: str) -> InputError:
    """Return the error that refuses what was read of the files *used*."""
    name = used[0].name if used else "the file"
    return InputError(f"{name} was not added.", [Problem(name, None, None, what, accepted)])
