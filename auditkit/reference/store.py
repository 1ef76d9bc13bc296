"""The store of reference editions: a folder of dated Parquet tables under one manifest.

The manifest is the only thing that says what the store holds, and it is replaced in one step.
An import that is interrupted leaves a folder that no manifest names; the next import removes it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import AcquireReturnProxy, FileLock, Timeout

from auditkit.errors import EditionError
from auditkit.files import sync, write_text, writing
from auditkit.reference.edition import (
    Added,
    AlreadyThere,
    Check,
    Draft,
    Edition,
    LeftOut,
    SourceFile,
)
from auditkit.reference.intake import (
    by_kind,
    described,
    distinct,
    folder_mark,
    held_already,
    refuse_older,
    refused,
    written,
)
from auditkit.reference.kinds import COMPANIONS, Kind
from auditkit.reference.manifest import MANIFEST, default_folder, editions_in
from auditkit.reference.request import Request
from auditkit.reference.several import add_each
from auditkit.reference.source import Source, sha256_of

if TYPE_CHECKING:
    import pandas as pd

#: How the folder of an edition is named: its id and a mark of its tables' SHA-256.
EDITION_FOLDER = re.compile(r"[a-z0-9_]+-[0-9a-z-]+@[0-9a-f]{12}")
#: Seconds to wait for another import into the same store.
PATIENCE = 60
#: An edition of at least this many rows shows how large the next of its kind should be.
SHARE_COUNTS_FROM = 1_000


class Store:
    """The reference editions in one folder."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        """Open the store in *folder* (default: `default_folder()`); it need not exist yet."""
        self.folder = Path(folder) if folder is not None else default_folder()

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def editions(self, kind: str | None = None) -> tuple[Edition, ...]:
        """Return the editions held, those of one *kind* or all, oldest first.

        Raises:
            EditionError: when the manifest is damaged.
        """
        return tuple(one for one in editions_in(self.folder) if kind in (None, one.kind))

    def list(self) -> "pd.DataFrame":
        """Return one row per edition: id, kind, title, dates in force, rows, files, when added."""
        import pandas as pd  # commands use the rest of the store, which needs no tables

        columns = [
            "edition",
            "kind",
            "title",
            "effective_from",
            "effective_to",
            "rows",
            "complete",
            "sources",
            "added",
        ]
        rows = [
            [
                one.id,
                one.kind,
                one.title,
                one.effective_from,
                one.effective_to,
                one.rows,
                one.complete,
                ", ".join(source.name for source in one.sources),
                one.added,
            ]
            for one in self.editions()
        ]
        return pd.DataFrame(rows, columns=columns)

    def show(self, edition: str) -> Edition:
        """Return the edition named *edition*.

        Raises:
            EditionError: when the store holds no such edition.
        """
        held = self.editions()
        for one in held:
            if one.id == edition:
                return one
        names = ", ".join(one.id for one in held) or "no editions yet"
        raise EditionError(
            f"Edition '{edition}' is not in the store {self.folder}. It holds: {names}."
        )

    def path(self, edition: str, table: str) -> Path:
        """Return the Parquet file of one *table* of an edition.

        Raises:
            EditionError: when the store holds no such edition or table.
        """
        one = self.show(edition)
        if table not in (stored.name for stored in one.tables):
            raise EditionError(
                f"Edition '{edition}' has no table '{table}'. It has: "
                f"{', '.join(stored.name for stored in one.tables)}."
            )
        return self.folder / one.folder / f"{table}.parquet"

    def table(self, edition: str, table: str) -> pa.Table:
        """Return one *table* of an edition.

        Raises:
            EditionError: when there is no such table, or its file is damaged or gone.
        """
        path = self.path(edition, table)
        try:
            return pq.read_table(path, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise EditionError(
                f"Table '{table}' of edition '{edition}' cannot be read from {path}. Remove the "
                f"edition (`auditkit reference remove {edition}`) and add the CMS file again."
            ) from error

    def add(
        self,
        files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        effective: date | None = None,
        npis: Iterable[str] | None = None,
    ) -> tuple[Added | AlreadyThere, ...]:
        """Check *files*, as they were downloaded from CMS, and store what they hold.

        All files of one call are stored, or none is. The parts of one edition (the four PTP
        files) are given together.

        Args:
            files: one path or several; zip files need not be unpacked.
            effective: the first day in force, for a file whose name no longer says it.
            npis: keep only these providers of an NPPES or utilisation file.

        Returns:
            One answer per edition.

        Raises:
            InputError: when a file is absent, damaged, cut short, of no known kind or older than
                what the store holds; every such file is named with what was expected.
            EditionError: when another import is running, or the manifest is damaged.
            WriteError: when the disk does not take it; the store is as it was.
        """
        paths = [Path(files)] if isinstance(files, str | os.PathLike) else [Path(f) for f in files]
        try:
            with writing(self.folder), self._lock():
                return self._add(paths, effective, npis)
        except Timeout as error:
            raise self._busy() from error

    def add_each(
        self,
        files: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        effective: date | None = None,
        npis: Iterable[str] | None = None,
    ) -> tuple[Added | AlreadyThere | LeftOut, ...]:
        """Check and store *files* like `add`, each edition by itself: one that cannot be used or
        that no edit reads is named, and the others are stored.

        Args:
            files: a folder stands for the files in it.
            effective, npis: as in `add`.

        Returns:
            One answer per edition, and one per file, or part of it, that was left out.

        Raises:
            EditionError: when another import is running, or the manifest is damaged.
            WriteError: when the disk does not take it; editions stored before it stay.
        """
        paths = [Path(files)] if isinstance(files, str | os.PathLike) else [Path(f) for f in files]
        try:
            with writing(self.folder), self._lock():
                self._sweep(self.editions())
                wanted = None if npis is None else frozenset(npis)
                return add_each(paths, lambda of, known: self._import(of, known, effective, wanted))
        except Timeout as error:
            raise self._busy() from error

    def _busy(self) -> EditionError:
        return EditionError(
            f"Another import into {self.folder} is running. Wait until it is done and try again."
        )

    def remove(self, edition: str) -> Edition:
        """Remove the edition named *edition* and return what it was.

        Raises:
            EditionError: when the store holds no such edition.
        """
        with writing(self.folder), self._lock():
            one = self.show(edition)
            self._write([held for held in self.editions() if held.id != edition])
            shutil.rmtree(self.folder / one.folder, ignore_errors=True)
        return one

    def verify(self, edition: str | None = None) -> tuple[Check, ...]:
        """Hash every table again and say of each whether it is as it was stored."""
        checks = []
        for one in self.editions() if edition is None else (self.show(edition),):
            for stored in one.tables:
                path = self.folder / one.folder / f"{stored.name}.parquet"
                if not path.is_file():
                    checks.append(Check(one.id, stored.name, False, f"{path} is gone"))
                elif sha256_of(path) != stored.sha256:
                    checks.append(Check(one.id, stored.name, False, f"{path} was changed"))
                else:
                    checks.append(Check(one.id, stored.name, True))
        return tuple(checks)

    def _lock(self) -> AcquireReturnProxy:
        """Hold the store against other imports."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / ".lock").acquire(timeout=PATIENCE)

    def _add(
        self, paths: Sequence[Path], effective: date | None, npis: Iterable[str] | None
    ) -> tuple[Added | AlreadyThere, ...]:
        self._sweep(self.editions())
        return self._import(*described(paths), effective, npis)

    def _import(
        self,
        files: Mapping[Path, SourceFile],
        known: Sequence[tuple[Source, Kind]],
        effective: date | None,
        npis: Iterable[str] | None,
    ) -> tuple[Added | AlreadyThere, ...]:
        """Read the sources *known* and store the editions that they make, all or none."""
        held = self.editions()
        wanted = None if npis is None else frozenset(npis)
        request = Request(effective, wanted, held, self.table)
        answers: list[Added | AlreadyThere] = []
        fresh: list[Draft] = []
        for kind, found in by_kind(known).items():
            same = held_already(kind, [files[path] for path in {one.path for one in found}], held)
            if same and wanted is None:
                answers.extend(AlreadyThere(one) for one in same)
            else:
                fresh.extend(kind.read(found, request))
        with _workplace(self.folder) as workplace:
            for draft in distinct(fresh, files):
                used = tuple(files[path] for path in draft.origin)
                answers.append(self._store(draft, used, workplace))
            self._commit([one for one in answers if isinstance(one, Added)], workplace)
        return tuple(answers)

    def _store(
        self, draft: Draft, used: tuple[SourceFile, ...], workplace: Path
    ) -> Added | AlreadyThere:
        """Write the draft's tables to the workplace and return what the answer will be."""
        held = {one.id: one for one in self.editions()}
        refuse_older(draft, used, tuple(held.values()))
        place = workplace / draft.id
        place.mkdir()
        tables = tuple(written(name, table, place) for name, table in draft.tables.items())
        before = held.get(draft.id)
        rows = tables[0].rows
        if before is not None and before.tables == tables:
            return AlreadyThere(before)
        if before is not None and draft.kind in COMPANIONS and draft.release < before.release:
            return AlreadyThere(before, later=True)
        newest = max((one.rows for one in held.values() if one.kind == draft.kind), default=0)
        if newest >= SHARE_COUNTS_FROM and rows < draft.minimum_share * newest:
            raise refused(
                used,
                f"the file holds {rows:,} rows and the store's edition of this kind "
                f"{newest:,}: it was cut short",
                "the complete file; download it again",
            )
        if before is not None and draft.release <= before.release:
            raise refused(
                used,
                f"the store already holds {draft.id}, from another file",
                f"a later release, or this file after `auditkit reference remove {draft.id}`",
            )
        edition = Edition(
            id=draft.id,
            kind=draft.kind,
            title=draft.title,
            effective_from=draft.effective_from,
            effective_to=draft.effective_to,
            rows=rows,
            sources=used,
            tables=tables,
            added=datetime.now(UTC).isoformat(timespec="seconds"),
            folder=f"{draft.id}@{folder_mark(tables)}",
            complete=draft.complete,
            release=draft.release,
            notes=draft.notes,
        )
        return Added(edition, replaced=before.folder if before is not None else None)

    def _commit(self, added: Sequence[Added], workplace: Path) -> None:
        """Move the finished folders into the store and replace the manifest in one step."""
        if not added:
            return
        for one in added:
            target = self.folder / one.edition.folder
            shutil.rmtree(target, ignore_errors=True)
            made = workplace / one.edition.id
            for path in (*made.iterdir(), made):
                sync(path)
            made.replace(target)
        names = {one.edition.id for one in added}
        self._write(
            [
                *(one for one in self.editions() if one.id not in names),
                *(one.edition for one in added),
            ]
        )
        for one in added:
            if one.replaced not in (None, one.edition.folder):
                shutil.rmtree(self.folder / str(one.replaced), ignore_errors=True)

    def _write(self, editions: Sequence[Edition]) -> None:
        content = {"editions": [asdict(one) for one in editions]}
        text = json.dumps(content, default=str, indent=1) + "\n"
        write_text(self.folder / MANIFEST, text)

    def _sweep(self, held: Sequence[Edition]) -> None:
        """Remove the folders that an interrupted import left: the manifest does not name them."""
        named = {one.folder for one in held}
        for entry in self.folder.iterdir():
            ours = entry.name.startswith(".import-") or EDITION_FOLDER.fullmatch(entry.name)
            if ours and entry.is_dir() and entry.name not in named:
                shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder inside the store; it is removed however the block ends."""
    path = Path(mkdtemp(prefix=".import-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
