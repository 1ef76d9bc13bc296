"""What may be said of a report that could not be made: no value of the data, ever."""

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit import errors

LOG = "report_failures.log"
#: What is told of one failure is bounded, so that it passes between processes in one piece.
LONGEST = 4000
MOST_PLACES = 60

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(
    r"^(?:File (?P<file>.+?):(?P<line>\d+), in (?P<name>\w+)"
    r"|Cell In\[(?P<cell>\d+)\], line (?P<at>\d+))"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a report could not be made, without any value of the data.

    `message` is there only where the error is one of auditkit's own, which never hold patient
    data; of every other error the type and the places in the code are kept, and no more.
    """

    name: str
    error: str
    message: str
    places: tuple[str, ...]

    @classmethod
    def of(cls, told: dict[str, Any] | None) -> "Failure | None":
        """Return the failure that another process told as plain values, or None."""
        return None if told is None else cls(**{**told, "places": tuple(told["places"])})

    def __str__(self) -> str:
        """Return the failure in one line."""
        return f"{self.name}: {self.error}{': ' + self.message if self.message else ''}"


def failure_of(name: str, error: BaseException) -> Failure:
    """Return what may be said of *error*: its type and its places in the code."""
    kind, message = type(error).__name__, ""
    if kind == "PapermillExecutionError":
        kind, message = error.ename, error.evalue  # type: ignore[attr-defined]
        places = _places("\n".join(error.traceback))  # type: ignore[attr-defined]
    else:
        message = str(error)
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{_short(f.filename)}:{f.lineno} in {f.name}" for f in frames]
    known = isinstance(getattr(errors, kind, None), type)
    return Failure(name, kind, message[:LONGEST] if known else "", tuple(places[-MOST_PLACES:]))


def _places(text: str) -> list[str]:
    """Return the places that an IPython traceback names, without source lines and values."""
    found = []
    for line in _ANSI.sub("", text).splitlines():
        match = _PLACE.match(line)
        if match and match["cell"]:
            found.append(f"cell {match['cell']}, line {match['at']}")
        elif match:
            found.append(f"{_short(match['file'])}:{match['line']} in {match['name']}")
    return found


def _short(file: str) -> str:
    """Return a path without what comes before the package."""
    return "/".join(Path(file.replace("\\", "/")).parts[-3:]).lstrip("/")


def log_bytes(failures: Sequence[Failure], others: Mapping[str, str] | None = None) -> bytes:
    """Return the log that says where each report went wrong, one block for each, by name.

    Args:
        failures: of this run.
        others: blocks of reports that failed before and that this run did not make, by name.

    Returns:
        The log; nothing where no report failed.
    """
    blocks = {each.name: "\n    ".join([str(each), *each.places]) for each in failures}
    blocks |= others or {}
    text = "\n\n".join(blocks[name] for name in sorted(blocks))
    return f"{text}\n".encode() if blocks else b""


def others_failed(log: Path, made: Sequence[str]) -> dict[str, str]:
    """Return the blocks of a log that are not of the reports *made*, by name."""
    blocks = {each.partition(":")[0]: each for each in _blocks(log)}
    return {name: block for name, block in blocks.items() if name and name not in made}


def _blocks(log: Path) -> list[str]:
    if not log.is_file():
        return []
    return log.read_text("utf-8", errors="replace").strip().split("\n\n")
