"""The rejects file: rows that were set aside, with the reason, for the user to correct."""

import csv
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from auditkit.errors import InputError
from auditkit.spreadsheet import neutral


def write_rejects(
    path: str | Path, header: Sequence[str], rows: Iterable[tuple[int, str, Sequence[object]]]
) -> int:
    """Write *rows* (row of the file, reasons, the user's own cells) to *path*; return how many.

    The file holds patients' data, so only its owner may read it. It replaces an older one in
    one step. A cell that a spreadsheet would run as a formula gets a leading apostrophe.

    Raises:
        InputError: if the folder does not exist or may not be written to.
    """
    path = Path(path)
    count = 0
    try:
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    except OSError as error:
        raise InputError(
            f"{path.name}: the rejects file cannot be written ({error.strerror}). "
            "Name a folder that exists and that you may write to."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "problems", *map(neutral, header)])
            for row, why, cells in rows:
                writer.writerow([row, why, *map(neutral, cells)])
                count += 1
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return count
