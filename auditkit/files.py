"""Files at the edge: written whole or not at all, read back as written, hashed."""

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd

from auditkit.errors import InputError, Problem, SettingsError
from auditkit.privacy import make_folder

_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, as 64 hexadecimal characters."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose bytes become *path* when the block ends without an error.

    Until then the old file stands; after an error nothing is left behind.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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


def table_bytes(table: pd.DataFrame) -> bytes:
    """Return *table* as canonical CSV: UTF-8, LF, dates as ISO, missing as empty, floats shortest.

    The same values give the same bytes on every machine, so that a hash of them can be compared.
    """
    text: str = table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    return text.encode()


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write *table* to *path* as canonical CSV, whole or not at all."""
    write_bytes(path, table_bytes(table))


def read_table(path: Path, **kinds: str) -> pd.DataFrame:
    """Read a CSV that `write_table` wrote; columns are text unless *kinds* names another type.

    Args:
        path: the file.
        kinds: for each column that is not text: "float", "int", "date" or "bool".

    Raises:
        InputError: if the file is missing or is not such a table.
    """
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there; run the stage that writes it.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as a table.") from error
    for column, kind in kinds.items():
        if column in table.columns:
            table[column] = _as_kind(path.name, table[column], kind)
    return table


def _as_kind(file: str, values: pd.Series, kind: str) -> pd.Series:
    """Return the text *values* as *kind*; what does not fit is an error naming the row."""
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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error


def read_json(path: Path) -> Any:
    """Read a JSON file of the audit's folder.

    Raises:
        InputError: if the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there; run the stage that writes it.") from error
    except ValueError as error:
        raise InputError(f"{path.name} is damaged: it is not JSON.") from error
