"""Every error that auditkit raises on purpose, ordered by the stage that raises it.

A message names the file, row and column (or the argument), what was wrong, what is accepted
and what to do next. No message holds a patient's value or a note's text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: How many problems a message spells out before it says how many more there are.
SHOWN = 20


class AuditkitError(Exception):
    """The base of every error of auditkit; catching it catches them all."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place of one file; it never holds the value found there."""

    file: str
    row: int | None
    column: str | None
    what: str
    accepted: str
    count: int = 1

    def __str__(self) -> str:
        """Return the problem as one line: file, row, column, what, accepted."""
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column '{self.column}'"
        times = f" ({self.count:,} rows)" if self.count > 1 else ""
        return f"{place}: {self.what}{times}. Accepted: {self.accepted}."


class InputError(AuditkitError):
    """A file of the user's cannot be used as it is; `problems` lists everything wrong with it."""

    exit_code = 2

    def __init__(self, summary: str, problems: Iterable[Problem] = ()) -> None:
        self.summary = summary
        self.problems: Sequence[Problem] = tuple(problems)
        lines = [summary, *(f"  {problem}" for problem in self.problems[:SHOWN])]
        if len(self.problems) > SHOWN:
            lines.append(f"  … and {len(self.problems) - SHOWN:,} more.")
        super().__init__("\n".join(lines))


class SettingsError(AuditkitError):
    """`audit.toml` or another settings file asks for something that is not accepted."""

    exit_code = 2


class FrameError(AuditkitError):
    """The frame cannot be built, or is not the frame that was frozen."""

    exit_code = 3


class PlanError(AuditkitError):
    """The sampling plan asks for something that cannot be drawn or must not be."""

    exit_code = 3


class ProjectionRefusedError(AuditkitError):
    """The sample must not be projected: targeted, changed, or its review is unfinished."""

    exit_code = 4


class RuleError(AuditkitError):
    """A rule pack is incomplete, or a rule is asked for that no pack holds."""

    exit_code = 5


class EditionError(AuditkitError):
    """A reference edition is missing, damaged, or does not cover the date of service."""

    exit_code = 5


class StageError(AuditkitError):
    """A stage was asked for before the one that it needs."""

    exit_code = 6


class ReportError(AuditkitError):
    """One or more reports could not be made; any others were."""

    exit_code = 7


class WriteError(AuditkitError, OSError):
    """A file cannot be written: the disk is full, or permission is lost. It is an OSError too."""

    exit_code = 6

    def __init__(self, name: str, error: OSError) -> None:
        super().__init__(error.errno, error.strerror or str(error))
        self.name = name

    def __str__(self) -> str:
        """Return what could not be written, why, and what to do."""
        return (
            f"{self.name} cannot be written ({self.args[1]}). Make room or give yourself the "
            "permission, then do the same again; nothing is half written."
        )


class EvidenceError(AuditkitError):
    """The audit's folder does not hold what its manifest says."""

    exit_code = 8
