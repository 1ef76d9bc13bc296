"""Which command comes next in a review, in words that can be typed."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from auditkit.review.stages import Work
    from auditkit.review.state import State


def next_stage(
    stages: "pd.DataFrame", state: "State", work: "Work", folder: Path
) -> tuple[str, str]:
    """Return the first stage that is not signed and what stands in its way, and the next command.

    Args:
        stages: As `auditkit.review.stages_progress` gives them.
        state: The review.
        work: What it has to do.
        folder: The audit's folder, as it was typed.
    """
    open_ = stages[(stages["signed"] == "") | (stages["changed"] > 0)]
    if open_.empty:
        return "Every stage is signed.", f"Next command: auditkit run {folder}"
    first = open_.iloc[0]
    lacking = first["lacking"] or "nothing; it can be signed"
    return (
        f"Next: stage {first['stage']}, signed by the {first['role']}. It lacks: {lacking}.",
        f"Next command: {next_command(first['stage'], state, work, folder)}",
    )


def next_command(stage: str, state: "State", work: "Work", folder: Path) -> str:
    """Return the command that brings *stage* nearer to its signature, or signs it."""
    from auditkit.review.stages import STAGES, outstanding, place

    preparer = someone(state, "preparer")
    if not outstanding(state, work, stage):
        who = someone(state, STAGES[place(stage)].role)
        return f"auditkit review sign {folder} {stage} --as {who}"
    if stage == "charts":
        return _about_charts(state, work, folder, preparer)
    if stage == "rebuttal" and state.open_disputes():
        encounter, line = state.open_disputes()[0]
        return (
            f'auditkit review decide {folder} {encounter} {line} upheld --reason "…" --as '
            f"{someone(state, 'manager')} (or overturned, with --judgement)"
        )
    if stage == "rebuttal":
        return f"auditkit review responses {folder} --until DATE"
    apart = [*sorted(state.conflicts), *state.disagreements()]
    unread = not state.second and stage == "second_read" and work.double
    if apart and not unread:
        encounter, line = apart[0]
        return (
            f"auditkit review resolve {folder} {encounter} {line} --take LOG_LINE --as "
            f"{someone(state, 'reviewer')}"
        )
    return (
        f"auditkit review workpapers {folder} --as {preparer}, then auditkit review import "
        f"{folder} FILE …"
    )


def _about_charts(state: "State", work: "Work", folder: Path, preparer: str) -> str:
    if any((encounter, 1) not in state.readers for encounter in work.slots):
        return f"auditkit review assign {folder} --as {preparer}"
    if any(encounter not in state.charts for encounter in work.slots):
        return f"auditkit review request {folder} --as {preparer}"
    return (
        f"auditkit review received {folder} ID … --as {preparer} (or --all --but ID); after the "
        f"due day auditkit review missing {folder} --as {preparer}"
    )


def someone(state: "State", role: str) -> str:
    """Return the first account in *role* that may act in it, or a word to put one in its place."""
    from auditkit.review.stages import everyone, preparers

    barred = preparers(state) if role == "reviewer" else set()
    return next((who for who in everyone(state, role) if who not in barred), role.upper())
