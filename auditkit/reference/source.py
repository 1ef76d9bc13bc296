"""Files as users download them, opened within limits: zipped or not, text or workbook."""

import csv
import hashlib
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from auditkit.errors import InputError, Problem

#: CMS's own files compress up to 30 times; beyond this a member is taken for a zip bomb.
MAX_RATIO = 250
#: A small member may compress more (a file of blanks); the ratio counts above this many bytes.
RATIO_COUNTS_FROM = 50_000_000
#: The largest member that is read at all (NPPES is about 11 GB and is only ever streamed).
MAX_BYTES = 40_000_000_000
#: The largest text that is held in memory as a whole.
MAX_HELD_BYTES = 1_500_000_000
#: The most files that one archive may hold, archives inside it included.
MAX_MEMBERS = 500
#: The longest field of a CSV row, in characters; coverage articles hold whole pages of text.
MAX_FIELD = 4_000_000
#: What is read of a file to see what it is.
HEAD = 65_536

#: What reading a damaged archive raises, beside what zipfile says itself.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)

DATA = {".txt", ".csv", ".xlsx", ".xml"}


def refuse(
    name: str, what: str, accepted: str, *, row: int | None = None, column: str | None = None
) -> InputError:
    """Return the error that refuses the file *name*: what is wrong and what is accepted."""
    return InputError(f"{name} was not added.", [Problem(name, row, column, what, accepted)])


@dataclass(frozen=True, slots=True)
class Source:
    """One readable file: a file on disk, or a member of an archive on disk.

    `path` is the file on disk, `inside` the names that lead to the member within it.
    """

    path: Path
    inside: tuple[str, ...] = ()
    head: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """Return the name of the file itself, without the folders around it."""
        return re.split(r"[\\/]", self.inside[-1])[-1] if self.inside else self.path.name

    @property
    def names(self) -> str:
        """Return the file's name with those of the archives around it, outermost first."""
        return " > ".join((self.path.name, *self.inside))

    @property
    def suffix(self) -> str:
        """Return the file's ending in lower case, such as ``.txt``."""
        return Path(self.name).suffix.lower()

    @property
    def text_head(self) -> str:
        """Return the beginning of the file as text; a byte that is not text becomes a mark."""
        if self.head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self.head.decode("utf-16", errors="replace")
        return self.head.decode("utf-8-sig", errors="replace")

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the file for reading bytes; an archive's member is inflated as it is read.

        Raises:
            InputError: when the archive is damaged or a member inflates past its limits.
        """
        with open_path(self.path, self.inside, self.names) as stream:
            yield stream

    def read(self, limit: int = MAX_HELD_BYTES) -> bytes:
        """Return the whole file.

        Raises:
            InputError: when it is longer than *limit* bytes, or damaged.
        """
        with self.open() as stream, damage_named(self.names):
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise refuse(
                self.names,
                f"the file is larger than {limit:,} bytes",
                "the file as CMS publishes it",
            )
        return content

    def text(self) -> str:
        """Return the whole file as text: UTF-8 where it is UTF-8, else Windows-1252.

        Raises:
            InputError: when the file holds bytes 0, which no text of CMS does.
        """
        content = self.read()
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16", errors="replace")
        if b"\x00" in content:
            raise refuse(self.names, "the file holds binary data", "a text file of CMS")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", errors="replace")

    def lines(self) -> list[str]:
        """Return the lines of the text without their ends."""
        return self.text().splitlines()

    def rows(self, *, strict: bool = True) -> Iterator[list[str]]:
        """Yield the rows of the table as lists of trimmed text, whatever the file's form.

        Without *strict* a quotation mark may stand anywhere in a field.

        Raises:
            InputError: when the file cannot be read as a table, or a field is too long.
        """
        if self.suffix == ".xlsx":
            yield from workbook_rows(self.read(), self.names)
        else:
            yield from delimited_rows(self.text(), self.names, strict=strict)


def delimited_rows(text: str, name: str, *, strict: bool = True) -> Iterator[list[str]]:
    """Yield the rows of comma- or tab-separated *text*, trimmed.

    Raises:
        InputError: when a quote is never closed or a field is longer than `MAX_FIELD`.
    """
    tabs = "\t" in text[:HEAD] and text[:HEAD].count("\t") > text[:HEAD].count(",")
    with field_limit(MAX_FIELD):
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter="\t" if tabs else ",",
            quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
            strict=strict,
        )
        try:
            for row in reader:
                yield [cell.strip() for cell in row]
        except csv.Error as error:
            raise refuse(
                name,
                f"the text is not a table ({error})",
                "a complete CSV or tab-separated file as CMS publishes it",
                row=reader.line_num,
            ) from error


@contextmanager
def field_limit(characters: int) -> Iterator[None]:
    """Let csv read fields of up to *characters* within the block, and restore the limit after."""
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def workbook_rows(content: bytes, name: str) -> Iterator[list[str]]:
    """Yield the rows of the first sheet that holds any, as trimmed text.

    Raises:
        InputError: when the workbook is damaged or inflates past its limits.
    """
    check_archive(io.BytesIO(content), name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet_name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(sheet_name)
            if sheet.height:
                for row in sheet.iter_rows():
                    yield [cell_text(cell) for cell in row]
                return
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise refuse(name, "the workbook is damaged", "an XLSX file as CMS publishes it") from error


def cell_text(cell: Any) -> str:
    """Return a workbook's cell as the text that the CSV of the same table would hold."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y%m%d")
    return str(cell).strip()


def check_archive(stream: IO[bytes], name: str) -> list[zipfile.ZipInfo]:
    """Return the members of the archive after looking at what they claim to inflate to.

    Raises:
        InputError: when it is no archive, is encrypted, or claims more than the limits.
    """
    try:
        members = [info for info in zipfile.ZipFile(stream).infolist() if not info.is_dir()]
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
    ) as error:
        raise refuse(
            name,
            "the archive is damaged or was cut short",
            "the complete zip file; download it again",
        ) from error
    if len(members) > MAX_MEMBERS:
        raise refuse(
            name,
            f"the archive holds {len(members):,} files",
            f"an archive of at most {MAX_MEMBERS} files",
        )
    for info in members:
        if info.flag_bits & 1:
            raise refuse(name, "the archive asks for a password", "an archive without a password")
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > MAX_BYTES or (info.file_size > RATIO_COUNTS_FROM and ratio > MAX_RATIO):
            raise refuse(
                name,
                f"a file inside would inflate {ratio:,.0f} times to {info.file_size:,} bytes",
                f"at most {MAX_RATIO} times",
            )
    return members


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn what a damaged archive raises while it is read into our own error."""
    try:
        yield
    except DAMAGE as error:
        raise refuse(
            name,
            "the archive is damaged or was cut short",
            "the complete zip file; download it again",
        ) from error


@contextmanager
def open_path(path: Path, inside: tuple[str, ...], name: str) -> Iterator[IO[bytes]]:
    """Open the file at *path*, or the member that *inside* leads to, as a stream of bytes."""
    try:
        outer: IO[bytes] = path.open("rb")
    except OSError as error:
        raise refuse(
            name, f"the file cannot be opened ({error.strerror})", "a file that you may read"
        ) from error
    with outer:
        stream = outer
        for depth, member in enumerate(inside):
            with damage_named(name):
                try:
                    stream = zipfile.ZipFile(stream).open(member)  # noqa: SIM115
                except (KeyError, ValueError) as error:
                    raise zipfile.BadZipFile(str(error)) from error
                if depth < len(inside) - 1:
                    # zipfile needs to seek, which is slow in a compressed member.
                    stream = io.BytesIO(stream.read(MAX_HELD_BYTES))
        yield stream


def sources(path: Path) -> list[Source]:
    """Return every data file at *path*: the file itself, or the files of the archive and of the
    archives inside it.

    Raises:
        InputError: when the file is absent, empty, damaged or inflates past the limits.
    """
    if not path.is_file():
        raise refuse(path.name, "there is no such file", "the path of a file from CMS")
    if path.stat().st_size == 0:
        raise refuse(path.name, "the file is empty", "the complete file; download it again")
    found: list[Source] = []
    _walk(Source(path), found, depth=0)
    return found


def _walk(source: Source, found: list[Source], depth: int) -> None:
    with source.open() as stream, damage_named(source.names):
        head = stream.read(HEAD)
    is_zip = head[:4] in (b"PK\x03\x04", b"PK\x05\x06")
    if is_zip and source.suffix != ".xlsx":
        if depth == 2:
            return
        with source.open() as stream:
            seekable = stream if not source.inside else io.BytesIO(source.read())
            members = check_archive(seekable, source.names)
        for info in members:
            inner = Source(source.path, (*source.inside, info.filename))
            if inner.suffix in DATA | {".zip"} and not inner.name.startswith((".", "~")):
                _walk(inner, found, depth + 1)
        if len(found) > MAX_MEMBERS:
            raise refuse(source.names, "the archive holds too many files", f"at most {MAX_MEMBERS}")
        return
    if source.suffix == ".zip":
        raise refuse(
            source.names,
            "the archive is damaged or was cut short",
            "the complete zip file; download it again",
        )
    if not source.inside or source.suffix in DATA:
        found.append(Source(source.path, source.inside, head))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cut_short(values: list[str], content_tail: bytes) -> bool:
    """Return whether the last of *values* looks like a value that was cut in the middle.

    A file whose last line has no end, whose last field occurs nowhere else and is the beginning
    of another value of that column, was truncated while it was downloaded.
    """
    if not values or content_tail[-1:] in (b"\n", b"\r"):
        return False
    last, others = values[-1], set(values[:-1])
    return last not in others and any(value.startswith(last) for value in others)
