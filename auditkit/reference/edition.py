"""The values of the edition store: an edition, where it came from, and what `add` answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as the user downloaded it: its name, size in bytes and SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One Parquet table of an edition: its rows, columns and the SHA-256 of the file."""

    name: str
    rows: int
    columns: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One release of one kind of CMS file, as it stands in the store.

    It answers for dates of service from `effective_from` to `effective_to`, both included.
    `folder` is its folder inside the store; `notes` say what a reader must know of it.
    """

    id: str
    kind: str
    title: str
    effective_from: date
    effective_to: date
    rows: int
    sources: tuple[SourceFile, ...]
    tables: tuple[StoredTable, ...]
    added: str
    folder: str
    complete: bool = True
    release: int = 0
    notes: tuple[str, ...] = ()

    def covers(self, dos: date) -> bool:
        """Return whether this edition answers for the date of service *dos*."""
        return self.effective_from <= dos <= self.effective_to


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that has been read and checked but is not yet in the store.

    `tables` maps a table's name to an Arrow table, or to record batches where the file is too
    large to hold. `label` tells editions of a kind apart, and `release` sorts files that claim the
    same label (a re-release is larger). `origin` names the files on disk that it was read from.
    A draft with fewer rows than `minimum_share` of the newest edition of its kind was cut short.
    """

    kind: str
    label: str
    title: str
    effective_from: date
    effective_to: date
    tables: "Mapping[str, pa.Table | tuple[pa.Schema, Iterable[pa.RecordBatch]]]"
    origin: tuple[Path, ...]
    release: int = 0
    complete: bool = True
    notes: tuple[str, ...] = ()
    minimum_share: float = 0.0

    @property
    def id(self) -> str:
        """Return the name that the edition will have in the store."""
        return f"{self.kind}-{self.label}"


@dataclass(frozen=True, slots=True)
class Added:
    """The answer of `Store.add` when files became an edition."""

    edition: Edition
    replaced: str | None = None

    def __str__(self) -> str:
        """Return one sentence for the user."""
        edition = self.edition
        text = (
            f"{edition.id}: {edition.title}, {edition.rows:,} rows, in force "
            f"{edition.effective_from} to {edition.effective_to}."
        )
        if self.replaced is not None:
            text += " It replaces the earlier release of the same edition."
        return " ".join((text, *edition.notes))


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The answer of `Store.add` when the store already holds this; nothing was changed.

    `later` says that what is held comes from a later release than the file.
    """

    edition: Edition
    later: bool = False

    def __str__(self) -> str:
        """Return one sentence for the user."""
        if self.later:
            return f"{self.edition.id} stays as it is: the store has it from a later release."
        return f"{self.edition.id} is already in the store; nothing was changed."


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The answer of `Store.add_each` for a file, or a part of one, that was not added.

    `refused` tells a file that was wanted and cannot be used from one that no edit reads.
    """

    file: str
    what: str
    accepted: str = ""
    refused: bool = True

    def __str__(self) -> str:
        """Return one or two sentences for the user."""
        word = "refused" if self.refused else "not needed"
        instead = f" {'Accepted' if self.refused else 'Needed'}: {self.accepted}."
        return f"{self.file}: {word}: {self.what}." + (instead if self.accepted else "")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `Store.verify`: a table of an edition and whether it is as it was stored."""

    edition: str
    table: str
    holds: bool
    why: str = field(default="")


def edition_of(entry: dict[str, Any]) -> Edition:
    """Return the edition that a manifest's entry describes."""
    entry = dict(entry)
    entry["sources"] = tuple(SourceFile(**one) for one in entry["sources"])
    entry["tables"] = tuple(
        StoredTable(**(one | {"columns": tuple(one["columns"])})) for one in entry["tables"]
    )
    for name in ("effective_from", "effective_to"):
        entry[name] = date.fromisoformat(entry[name])
    entry["notes"] = tuple(entry["notes"])
    return Edition(**entry)
