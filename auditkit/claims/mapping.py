"""The mapping file: a user's own column names, delimiter and date forms, declared in TOML."""

import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.errors import SettingsError
from auditkit.schema import Table
from auditkit.schema.sql import strptime_form

_KEYS = ("columns", "values", "dates", "date_format", "delimiter", "encoding")
_ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file's columns are to be read.

    Attributes:
        columns: our column name to the file's.
        values: our column name to one value for every row, where the file has no such column.
        dates: our column name to the form of its dates where it is not ISO.
        date_format: the form of every other date, such as MM/DD/YYYY; ISO when empty.
        delimiter: one character; found from the first row when empty.
        encoding: utf-8, latin-1, cp1252 or utf-16; found from the content when empty.
    """

    columns: Dictionary[str, str] = field(default_factory=dict)
    values: Dictionary[str, str] = field(default_factory=dict)
    dates: Dictionary[str, str] = field(default_factory=dict)
    date_format: str = ""
    delimiter: str = ""
    encoding: str = ""

    def date_forms(self, table: Table) -> dict[str, str]:
        """Return the declared form of each date column of *table* that is not ISO."""
        forms = {
            column.name: self.dates.get(column.name, self.date_format)
            for column in table.columns
            if column.kind == "date"
        }
        return {name: form for name, form in forms.items() if form}


def mapping_file(path: Path) -> dict[str, Any]:
    """Return the content of a mapping file, not yet checked.

    Raises:
        SettingsError: if there is no such file, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path.name}: there is no such mapping file. Give the path of a TOML file that says "
            "what your columns or codes mean."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path.name}: not a readable TOML mapping ({error}).") from None


def read_mapping(source: str | Path | Dictionary[str, object] | None, table: Table) -> Mapping:
    """Return the mapping that *source* declares for *table*.

    Args:
        source: a TOML file, the same content as a dictionary, or None for no mapping.
        table: the contract whose columns are mapped.

    Raises:
        SettingsError: if the file cannot be read, or holds a key, a column or a form that is
            not accepted; every such slip is named at once.
    """
    if source is None:
        return Mapping()
    if isinstance(source, str | Path):
        name = Path(source).name
        content: Dictionary[str, object] = mapping_file(Path(source))
    else:
        name, content = "mapping", source
    slips = _slips(content, table)
    if slips:
        raise SettingsError("\n  ".join([f"{name}: the mapping is not accepted.", *slips]))
    return Mapping(**content)  # type: ignore[arg-type]


def _slips(content: Dictionary[str, object], table: Table) -> list[str]:
    """Return everything in *content* that a mapping of *table* does not accept."""
    found = [
        f"'{key}' is not a key of a mapping. Accepted: {', '.join(_KEYS)}."
        for key in content
        if key not in _KEYS
    ]
    for key in ("columns", "values", "dates"):
        part = content.get(key, {})
        if not isinstance(part, dict):
            found.append(f"'{key}' must be a table, written [{key}].")
            continue
        for name, value in part.items():
            if name not in table.names:
                found.append(f"[{key}] '{name}' is no column of the {table.name} table.")
            if not isinstance(value, str) or not value:
                found.append(f"[{key}] '{name}' must be text in quotes.")
    for key in ("date_format", "delimiter", "encoding"):
        if not isinstance(content.get(key, ""), str):
            found.append(f"'{key}' must be text in quotes.")
    return found or _bad_forms(content)


def _bad_forms(content: Dictionary[str, object]) -> list[str]:
    """Return what is wrong with the date forms, delimiter and encoding of a mapping."""
    found = []
    dates = content.get("dates", {})
    forms = {"date_format": content.get("date_format", "")}
    forms.update({f"[dates] {name}": form for name, form in dates.items()})  # type: ignore[attr-defined]
    for place, form in forms.items():
        if form:
            try:
                strptime_form(str(form))
            except ValueError as error:
                found.append(f"{place}: {error}.")
    delimiter = str(content.get("delimiter", ""))
    if delimiter and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0'):
        found.append("'delimiter' must be one character, such as ';', '|' or a tab.")
    if content.get("encoding", "") not in ("", *_ENCODINGS):
        found.append(f"'encoding' must be one of {', '.join(_ENCODINGS)}.")
    return found
