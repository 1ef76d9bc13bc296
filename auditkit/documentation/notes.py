"""Files of free-text notes: CSV or JSON Lines in, checked, named by encounter id."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.documentation.store import LONGEST_LINE
from auditkit.errors import InputError, Problem
from auditkit.privacy import keyed_id

COLUMNS = ("patient_key", "rendering_npi", "dos", "text")
_LAYOUT = "the columns patient_key, rendering_npi, dos and text"


def read_notes(path: Path, key: bytes) -> pd.DataFrame:
    """Read a file of notes.

    Args:
        path: CSV with a heading row, or JSON Lines (`.jsonl`); `patient_key`, `rendering_npi`,
            `dos` (ISO) and `text` of each note. Several notes of one encounter are joined in
            their order, with an empty line between.
        key: The practice's key, from which encounter ids are made.

    Returns:
        encounter_id, patient_key, rendering_npi, dos (datetime64) and text, one row per
        encounter, in the order of the file. The text is a patient's: keep the table out of logs
        and of files that others read.

    Raises:
        InputError: The file cannot be read, or rows lack what names their encounter. No message
            holds a value found in the file.
    """
    problems: list[Problem] = []
    rows: list[tuple[str, str, str, str]] = []
    for number, row in _rows(path, problems):
        said = tuple(str(row.get(name) or "").strip() for name in COLUMNS[:3])
        if not all(said) or not _is_day(said[2]):
            problems.append(
                Problem(path.name, number, None, "the row names no encounter",
                        "patient_key, rendering_npi and dos as YYYY-MM-DD")
            )  # fmt: skip
            continue
        rows.append((*said, str(row.get("text") or "")))  # type: ignore[arg-type]
    if problems:
        raise InputError(f"{path.name} cannot be used as it is.", problems)
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    table.insert(0, "encounter_id", [keyed_id(key, *row[:3]) for row in rows])
    if table["encounter_id"].duplicated().any():
        first = table.drop_duplicates("encounter_id").set_index("encounter_id")
        first["text"] = table.groupby("encounter_id", sort=False)["text"].agg("\n\n".join)
        table = first.reset_index()
    return table.assign(dos=pd.to_datetime(table["dos"], format="%Y-%m-%d"))


def _rows(path: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number and the values of each row; what is no row is noted in *problems*."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix == ".jsonl":
                yield from _json_rows(path.name, file, problems)
                return
            csv.field_size_limit(LONGEST_LINE)
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                problems.append(Problem(path.name, 1, None, "a column is missing", _LAYOUT))
                return
            yield from enumerate(reader, start=2)
    except FileNotFoundError as error:
        raise InputError(f"{path.name} is not there. Name the file of notes.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name} is not a CSV file or JSON Lines in UTF-8. Export the notes again with "
            f"{_LAYOUT}."
        ) from error


def _json_rows(
    file: str, lines: Iterator[str], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line) if len(line) <= LONGEST_LINE else None
            # Half a character, escaped, is JSON, but no text that could be written again.
            json.dumps(row, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, row
        else:
            problems.append(
                Problem(file, number, None, "the line is not a note", "one JSON object a line")
            )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
