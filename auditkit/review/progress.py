"""Where a review stands: who has what, which stages are signed, what has to be settled."""

import pandas as pd

from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.notation import written
from auditkit.review.stages import STAGES, Work, changes_after, is_signed, outstanding
from auditkit.review.state import Key, State

#: The kind of a conflict that its reader settles by coding again; nobody else can take a side.
CODE_AGAIN = "code again"

READER_COLUMNS = (
    "reader", "read", "charts", "received", "coded_blind", "lines", "judged",
)  # fmt: skip


def readers_progress(state: State, work: Work) -> pd.DataFrame:
    """Return what each reader has and how far they are, first and second reads apart.

    Returns:
        reader, read (1 or 2), charts (assigned), received, coded_blind, lines (of received
        charts) and judged.
    """
    rows = []
    for reader, read in sorted({(who, read) for (_, read), who in state.readers.items()}):
        mine = [x for (x, r), who in state.readers.items() if r == read and who == reader]
        here = [x for x in mine if (c := state.charts.get(x)) and c.status == "received"]
        judged = state.first if read == 1 else state.second
        lines = [(x, slot) for x in here for slot in work.slots.get(x, ())]
        rows.append((
            reader, read, len(mine), len(here), sum((x, reader) in state.blind for x in mine),
            len(lines), sum(key in judged for key in lines),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(READER_COLUMNS))


def stages_progress(state: State, work: Work) -> pd.DataFrame:
    """Return each stage in order.

    Returns:
        stage, says (what its signature says), role (who signs), signed (`by` and day, or empty),
        changed (events after the signature) and lacking (what stands in the way, in words).
    """
    rows = []
    for stage in STAGES:
        record = state.signed.get(stage.name)
        signed = f"{record.by}, {record.at.date()}" if record else ""
        lacking = "" if is_signed(state, stage.name) else "; ".join(
            outstanding(state, work, stage.name)
        )  # fmt: skip
        changed = len(changes_after(state, stage.name))
        rows.append((stage.name, stage.says, stage.role, signed, changed, lacking))
    columns = ["stage", "says", "role", "signed", "changed", "lacking"]
    return pd.DataFrame(rows, columns=columns)


def to_settle(state: State) -> pd.DataFrame:
    """Return every disagreement, conflict and open dispute with the judgements that differ.

    Returns:
        encounter_id, slot, kind (`readers disagree`, `two copies differ`, `code again`,
        `disputed`), log_line,
        by, verdict and agreed: one row per judgement, so that one can be taken by its log line.
    """
    rows: list[tuple[str, str, str, int, str, str, str]] = []
    for key in state.disagreements():
        given = [r for r in (state.first.get(key), state.second.get(key)) if r is not None]
        rows += [_row(key, "readers disagree", record) for record in given]
    for key in sorted(state.conflicts):
        rows += [_row(key, "two copies differ", record) for record in state.conflicts[key]]
    for encounter, reader in sorted(state.coding_conflicts):
        for record in state.coding_conflicts[encounter, reader]:
            what = "blind codes" if isinstance(record.event, e.BlindCode) else "elements"
            rows.append(_row((encounter, what), CODE_AGAIN, record))
    for key in state.open_disputes():
        standing = state.before_rebuttal(key) or state.responses[key]
        rows.append(_row(key, "disputed", standing))
    columns = ["encounter_id", "slot", "kind", "log_line", "by", "verdict", "agreed"]
    return pd.DataFrame(rows, columns=columns)


def _row(key: Key, kind: str, record: Record) -> tuple[str, str, str, int, str, str, str]:
    event = record.event
    verdict = ""
    lines: tuple[e.CodedLine, ...] = ()
    if isinstance(event, e.Judgement):
        verdict, lines = event.verdict.value, event.agreed
    elif isinstance(event, e.BlindCode):
        lines = event.lines
    return (*key, kind, record.n, record.by, verdict, written(lines))
