"""May the results be used? What an unfinished or unsigned review still lacks, in words."""

from dataclasses import dataclass
from pathlib import Path

from auditkit.review import events as e
from auditkit.review.log import LOG, read_log
from auditkit.review.session import Review
from auditkit.review.stages import NAMES, is_signed, outstanding
from auditkit.review.state import fold


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a review is signed to its end.

    Attributes:
        begun: Whether there is a review at all; without one the results are the engine's alone.
        signed: Whether every stage is signed and nothing changed since.
        lacking: What stands in the way, in words; empty when signed.
        overrides: The rules that a manager set aside, with their reasons, for reports to print.
        head: The hash of the log's last line, for reports to print.
    """

    begun: bool
    signed: bool
    lacking: tuple[str, ...]
    overrides: tuple[str, ...]
    head: str


def review_gate(folder: Path) -> Gate:
    """Return whether the review in the audit's folder is signed to its end.

    Raises:
        LogError: The log is damaged.
    """
    if not (folder / LOG).is_file():
        return Gate(False, False, ("no review was begun: nobody has judged the results",), (), "")
    log = read_log(folder)
    state = fold(log.records)
    work = Review(folder).work(state)
    unsigned = [stage for stage in NAMES if not is_signed(state, stage)]
    lacking = outstanding(state, work, unsigned[0]) if unsigned else ()
    if unsigned and not lacking:
        lacking = (f"stage '{unsigned[0]}' is not signed",)
    said = tuple(
        f"{record.at.date()} {record.by}: {record.event.rule} for {record.event.scope}, "
        f"because {record.event.reason}"
        for record in state.overrides
        if isinstance(record.event, e.Override)
    )
    return Gate(True, not unsigned, lacking, said, log.head)
