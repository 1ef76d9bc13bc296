"""The kinds of table that claims come in, and the signals back in the same kind."""

import glob
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from auditkit.errors import InputError, Problem, SettingsError
from auditkit.files import sync, writing

ACCEPTED = "a pandas, Polars or Arrow table, the path of Parquet, or a Spark DataFrame"

#: How the name of a folder ends that was moved aside for the new one.
_OLD = "-old"


def form_of(claims: Any) -> str:
    """Return the kind of table: pandas, polars, arrow, parquet or spark.

    Raises:
        InputError: when it is none of these, or the path does not exist.
    """
    module = type(claims).__module__.split(".")[0]
    if isinstance(claims, pd.DataFrame):
        return "pandas"
    if isinstance(claims, pa.Table):
        return "arrow"
    if module == "polars" and hasattr(claims, "to_arrow"):
        return "polars"
    if module == "pyspark":
        return "spark"
    if isinstance(claims, str | os.PathLike):
        path = Path(claims)
        if path.is_file() or (path.is_dir() and any(path.rglob("*.parquet"))):
            return "parquet"
        raise InputError(
            "The claims cannot be screened.",
            [
                Problem(
                    str(path), None, None, "there is no Parquet file", "a Parquet file or folder"
                )
            ],
        )
    raise InputError(
        "The claims cannot be screened.",
        [Problem("claims", None, None, f"{type(claims).__name__} is no table", ACCEPTED)],
    )


def taken(claims: Any, form: str) -> Any:
    """Return *claims* as an engine takes them: an Arrow table, a path, or a Spark DataFrame."""
    if form == "pandas":
        return pa.table({str(name): _column(str(name), claims[name]) for name in claims.columns})
    if form == "polars":
        return claims.to_arrow()
    return Path(claims) if form == "parquet" else claims


def _column(name: str, values: pd.Series) -> pa.Array:
    """Return a column as Arrow.

    Raises:
        InputError: when its values are of several kinds; none of them is shown.
    """
    try:
        return pa.Array.from_pandas(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise InputError(
            "The claims cannot be screened.",
            [Problem("claims", None, name, "values are of several kinds", "values of one kind")],
        ) from None


def given(signals: pa.Table, form: str) -> Any:
    """Return the *signals* in the kind of table that the claims came in."""
    if form == "polars":
        import polars

        return polars.from_arrow(signals)
    if form == "pandas":
        frame = signals.to_pandas()
        return frame.astype(
            {"line": "int64", "other_line": "Int64"}
            | dict.fromkeys(frame.columns.difference(["line", "other_line"]), "str")
        )
    return signals


class Folder:
    """A folder of Parquet that appears whole or not at all."""

    def __init__(self, target: Path) -> None:
        """Prepare to write *target*; signals that are there are replaced when all is written.

        Raises:
            SettingsError: when *target* is there and holds anything but Parquet files.
        """
        there = [target] if target.is_file() else target.iterdir() if target.exists() else ()
        if any(path.suffix != ".parquet" or path == target for path in there):
            raise SettingsError(
                f"{target} is there and is no folder of signals; it would be replaced. Name a "
                "folder that does not exist yet with `out=`."
            )
        self.target = target
        with writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(target.parent / f".{target.name}.lock", timeout=0)
            self._hold()
            self._restore()
            self.workplace = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))

    def _hold(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise SettingsError(
                f"Another screening is writing {self.target}. Wait until it ends, or name another "
                "folder with `out=`."
            ) from error

    def _restore(self) -> None:
        """Put back the signals that an interrupted screening had moved aside; remove its rest."""
        left = self.target.parent.glob(f".{glob.escape(self.target.name)}-*")
        for path in sorted(path for path in left if path.is_dir()):
            if path.name.endswith(_OLD) and not self.target.exists():
                path.replace(self.target)
            else:
                shutil.rmtree(path)

    def commit(self) -> Path:
        """Put the finished folder in its place and return it.

        A single file is replaced in one step. Several files take two, and what is interrupted
        between them is put back by the next screening into the same folder.

        Raises:
            WriteError: when the disk does not take it.
        """
        with writing(self.target):
            made = sorted(self.workplace.iterdir())
            for path in (*made, self.workplace):
                sync(path)
            old = self.workplace.with_name(self.workplace.name + _OLD)
            if self.target.exists():
                there = [path.name for path in self.target.iterdir()]
                if len(made) == 1 and there == [made[0].name]:
                    made[0].replace(self.target / made[0].name)
                    return self.target
                self.target.replace(old)
            self.workplace.replace(self.target)
            shutil.rmtree(old, ignore_errors=True)
        return self.target

    def discard(self) -> None:
        """Remove what was written so far."""
        shutil.rmtree(self.workplace, ignore_errors=True)
        self._lock.release()


def signals_folder(claims: str | os.PathLike[str], out: str | os.PathLike[str] | None) -> Path:
    """Return where the signals of a Parquet folder go: *out*, else beside it."""
    path = Path(claims)
    return Path(out) if out is not None else path.with_name(f"{path.stem}-signals")
