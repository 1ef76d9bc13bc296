"""Files at the edge: written whole or not at all, read back as written, hashed."""

import glob
import hashlib
import json
import os
import shutil
import tempfile
import time
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from auditkit.errors import InputError, Problem, SettingsError, WriteError
from auditkit.privacy import make_folder

if TYPE_CHECKING:  # loaded with the first table, so that commands without one start at once
    import pandas as pd

_BLOCK = 1 << 20
#: Seconds after which a temporary file that nobody finished is taken to be a killed writer's.
_ABANDONED = 600

#: Where the files of one step wait until all of them are there; see `replace_together`.
PENDING = ".pending"
_COMMITTED = "commit.json"
#: Where the finished reports of a run wait for its end; see `auditkit.reporting.staging`.
REPORTING: Final = ".reporting"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, as 64 hexadecimal characters."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in words what the system refuses while *path* is written.

    Raises:
        WriteError: for any error of the system in the block, but for a lock that was not had.
    """
    try:
        yield
    except (WriteError, TimeoutError):
        raise
    except OSError as error:
        raise WriteError(str(path), error) from error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose bytes become *path* when the block ends without an error.

    Until then the old file stands; after an error nothing is left behind.

    Raises:
        WriteError: if the disk does not take the file.
    """
    with writing(path):
        make_folder(path.parent)
        _sweep(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync(path.parent)


def _sweep(path: Path) -> None:
    """Remove what a killed writer of *path* left; a living one's file is younger."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink()


def sync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, outlast a loss of power."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_together(
    folder: Path,
    contents: Mapping[str, bytes | None],
    waiting: Mapping[str, str] | None = None,
    clear: Literal["", ".reporting"] = "",
) -> None:
    """Write several files of *folder* as one step: after any interruption none or all are new.

    The new files first wait, whole, in a hidden folder. Then a list of them is written, which
    commits the step; from there on `finish_replacing` completes it, however often it is stopped.

    Args:
        folder: the folder; one caller at a time may write to it.
        contents: the bytes of each file by its name relative to *folder*; None removes the file.
        waiting: for files that are written already and wait elsewhere in *folder*: where each
            waits, by the name that it gets.
        clear: `REPORTING`, where its leftovers go with the step; nothing to leave it.

    Raises:
        WriteError: if the disk does not take it. Before the commit nothing has changed then.
    """
    finish_replacing(folder)
    pending = folder / PENDING
    try:
        with writing(pending):
            pending.mkdir(mode=0o700, parents=True)
        written = {
            name: f"{PENDING}/{n}.new"
            for n, (name, new) in enumerate(contents.items())
            if new is not None
        }
        for name, place in written.items():
            write_bytes(folder / place, contents[name] or b"")
        step = {
            "replace": {**written, **(waiting or {})},
            "remove": sorted(set(contents) - set(written)),
            "clear": clear,
        }
        write_json(pending / _COMMITTED, step)
    except BaseException:
        if not is_unfinished(folder):
            shutil.rmtree(pending, ignore_errors=True)
        raise
    finish_replacing(folder)


def is_unfinished(folder: Path) -> bool:
    """Return whether a step was committed in *folder* and interrupted before its end."""
    return (folder / PENDING / _COMMITTED).is_file()


def unfinished_names(folder: Path) -> set[str]:
    """Return the files of *folder* that a committed step, interrupted, still puts in place."""
    if not is_unfinished(folder):
        return set()
    step = _step(folder / PENDING / _COMMITTED)
    return {*step["replace"], *step["remove"]}


def finish_replacing(folder: Path) -> None:
    """Complete the step that was interrupted after its commit; throw away one before it.

    Raises:
        WriteError: if the disk does not take it; calling again goes on from there.
    """
    with writing(folder):
        _finish(folder)


def _finish(folder: Path) -> None:
    pending = folder / PENDING
    if is_unfinished(folder):
        step = _step(pending / _COMMITTED)
        for name, place in step["replace"].items():
            if (folder / place).is_file():
                make_folder((folder / name).parent)
                (folder / place).replace(folder / name)
        for name in step["remove"]:
            (folder / name).unlink(missing_ok=True)
        for parent in {(folder / name).parent for name in step["replace"]}:
            sync(parent)
        if step["clear"] and (folder / step["clear"]).exists():
            shutil.rmtree(folder / step["clear"])
        (pending / _COMMITTED).unlink()
    if pending.exists():
        shutil.rmtree(pending)


def _step(path: Path) -> dict[str, Any]:
    """Return the list of a committed step, or an empty one where somebody damaged it.

    What a damaged list leaves undone is seen by the hashes of the run's record, and made again.
    """
    nothing: dict[str, Any] = {"replace": {}, "remove": [], "clear": ""}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        names = [*found["replace"], *found["replace"].values(), *found["remove"]]
        cleared = found["clear"] in ("", REPORTING)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return nothing
    inside = all(isinstance(n, str) and _is_inside(n) for n in names)
    return found if inside and cleared else nothing


def _is_inside(name: str) -> bool:
    """Return whether the relative *name* leads to no place outside its folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to *path*, whole or not at all."""
    with replacing(path) as stream:
        stream.write(content)


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path* as UTF-8 with newlines as they are, whole or not at all."""
    write_bytes(path, text.encode())


def json_bytes(value: object) -> bytes:
    """Return *value* as canonical JSON: UTF-8, sorted keys, two spaces, one newline at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def write_json(path: Path, value: object) -> None:
    """Write *value* to *path* as canonical JSON, whole or not at all."""
    write_bytes(path, json_bytes(value))


def table_bytes(table: "pd.DataFrame") -> bytes:
    """Return *table* as canonical CSV: UTF-8, LF, dates as ISO, missing as empty, floats shortest.

    The same values give the same bytes on every machine, so that a hash of them can be compared.
    """
    text: str = table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return text.encode()


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write *table* to *path* as canonical CSV, whole or not at all."""
    write_bytes(path, table_bytes(table))


def read_table(path: Path, **kinds: str) -> "pd.DataFrame":
    """Read a CSV that `write_table` wrote; columns are text unless *kinds* names another type.

    Args:
        path: the file.
        kinds: for each column that is not text: "float", "int", "date" or "bool".

    Raises:
        InputError: if the file is missing or is not such a table.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there. `auditkit run FOLDER` writes it.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as a table.") from error
    for column, kind in kinds.items():
        if column in table.columns:
            table[column] = _as_kind(path.name, table[column], kind)
    return table


def read_given_table(path: Path) -> "pd.DataFrame":
    """Read a CSV that a person made; every cell is text.

    Raises:
        InputError: if it is missing, no table in UTF-8, or has rows of more cells than its heading.
    """
    import pandas as pd

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path, dtype="str", encoding="utf-8-sig", keep_default_na=False, index_col=False
            )
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise InputError(
            f"{path.name} cannot be read as a table. Accepted: CSV in UTF-8 with one heading row, "
            "and as many cells in each row as in the heading."
        ) from error


def _as_kind(file: str, values: "pd.Series", kind: str) -> "pd.Series":
    """Return the text *values* as *kind*; what does not fit is an error naming the row."""
    import pandas as pd

    convert: dict[str, Callable[[pd.Series], pd.Series]] = {
        "float": lambda v: pd.to_numeric(v).astype("float64"),
        "int": lambda v: pd.to_numeric(v).astype("Int64"),
        "date": lambda v: pd.to_datetime(v, format="%Y-%m-%d").astype("datetime64[s]"),
        "bool": lambda v: v.map({"True": True, "False": False}),
    }
    try:
        return convert[kind](values)
    except (ValueError, TypeError) as error:
        problem = Problem(file, None, str(values.name), f"not every value is a {kind}", kind)
        raise InputError(f"{file} was changed since auditkit wrote it.", [problem]) from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file that a person writes.

    Raises:
        SettingsError: if the file is missing or is not TOML; the message says where.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"{path} is not there. `auditkit init FOLDER` writes one to start from."
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error


def read_json(path: Path) -> Any:
    """Read a JSON file of the audit's folder.

    Raises:
        InputError: if the file is missing or damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        json_bytes(found)  # half a character, escaped, is JSON and can never be written again
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there. `auditkit run FOLDER` writes it.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is damaged: it is not JSON.") from error
    return found
