"""May the results be used? What an unfinished or unsigned review still lacks, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.review import events as e
from auditkit.review.joined import is_begun
from auditkit.review.log import Record, read_log
from auditkit.review.session import Review
from auditkit.review.stages import NAMES, is_signed, outstanding, why_unsigned
from auditkit.review.state import State, fold

#: The scope of the override that lets an unsigned review be projected.
PROJECTION = "projection"

NO_REVIEW = (
    "No review was recorded: the determinations are the engine's alone, and no person has signed "
    "them."
)

#: What a client reads of an unsigned review; what it lacks, and who has to do what, is for the
#: people of the review, who find it in the summary of a run and in `auditkit review status`.
DRAFT = "the review of these results is not signed yet, so they are a draft"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a review is signed to its end.

    Attributes:
        begun: Whether there is a review at all; without one the results are the engine's alone.
        signed: Whether every stage is signed and nothing changed since.
        lacking: What stands in the way, in words; empty when signed.
        overrides: The rules that a manager set aside, with their reasons, for reports to print.
        head: The hash of the log's last line, for reports to print.
        lines: How many lines the log has.
        projects: Whether the sample may be projected: no review was begun, or it is signed, or a
            manager set that rule aside.
        sentence: All of this in a few sentences, for reports to print.
    """

    begun: bool
    signed: bool
    lacking: tuple[str, ...]
    overrides: tuple[str, ...]
    head: str
    lines: int = 0
    projects: bool = True
    sentence: str = NO_REVIEW

    def as_dict(self) -> dict[str, Any]:
        """Return the gate as JSON values, as estimate.json keeps it under `review`."""
        return {
            "begun": self.begun,
            "signed": self.signed,
            "projects": self.projects,
            "lacking": list(self.lacking),
            "overrides": list(self.overrides),
            "log_head": self.head,
            "log_lines": self.lines,
            "sentence": self.sentence,
        }


#: The gate of an audit that nobody reviewed.
NOT_BEGUN = Gate(False, False, ("no review was begun: nobody has judged the results",), (), "")


def review_gate(folder: Path) -> Gate:
    """Return whether the review in the audit's folder is signed to its end.

    Raises:
        LogError: The log is damaged.
    """
    if not is_begun(folder):
        return NOT_BEGUN
    return gate_of(folder, read_log(folder).records)


def gate_of(folder: Path, records: Sequence[Record]) -> Gate:
    """Return the gate after *records*, the log's lines up to now or up to a past day."""
    state = fold(records)
    work = Review(folder).work(state)
    unsigned = [stage for stage in NAMES if not is_signed(state, stage)]
    lacking = outstanding(state, work, unsigned[0]) if unsigned else ()
    if unsigned and not lacking:
        lacking = (why_unsigned(state, unsigned[0]),)
    said = tuple(
        f"{record.at.date()} {record.by}: {record.event.rule} for {record.event.scope}, "
        f"because {record.event.reason.rstrip('.')}"
        for record in state.overrides
        if isinstance(record.event, e.Override)
    )
    projects = not unsigned or state.has_override("project_unsigned", PROJECTION)
    sentence = _sentence(state, lacking, said)
    return Gate(
        True, not unsigned, lacking, said, records[-1].hash, len(records), projects, sentence
    )


def refusal(estimate: Mapping[str, Any]) -> str:
    """Return why nothing is projected, as a reader outside the review is told.

    Args:
        estimate: estimate.json; one that projects nothing.
    """
    unsigned = not estimate.get("review", {}).get("projects", True)
    return DRAFT if unsigned else str(estimate["refused"])


def _sentence(state: State, lacking: tuple[str, ...], overrides: tuple[str, ...]) -> str:
    readers = sorted({who for _, who in state.readers.items()})
    said = f"Reviewed by {', '.join(readers)}." if readers else "Nobody has been assigned a chart."
    if lacking:
        said += " The review is not signed to its end, so the results are a draft."
    else:
        final = state.signed[NAMES[-1]]
        signers = sorted({record.by for record in state.signed.values()})
        said += f" Signed by {', '.join(signers)}, to the end on {final.at.date()}."
    if overrides:
        said += f" Rules set aside: {'; '.join(overrides)}."
    return said
