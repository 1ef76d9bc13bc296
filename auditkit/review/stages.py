"""The stages of a review: their order, their signatures, and what still stands in the way.

The preparer's stages come first, then the reviewer's, then the manager's. A stage whose work
changed after its signature has to be signed again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.state import Key, State

#: How many encounters a message spells out.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the review: what its signature says, who signs, which events belong to it."""

    name: str
    says: str
    role: str
    events: frozenset[str]


STAGES = (
    Stage(
        "charts",
        "every record was received or declared missing",
        "preparer",
        frozenset({"chart_requested", "chart_received", "chart_missing"}),
    ),
    Stage(
        "blind_coding",
        "every record was coded before billed codes were shown",
        "preparer",
        frozenset({"blind_code", "abstracted"}),
    ),
    Stage(
        "determinations",
        "every line of every record was judged",
        "preparer",
        frozenset({"determination"}),
    ),
    Stage(
        "second_read",
        "the double-read share was read and its disagreements resolved",
        "reviewer",
        frozenset({"second_read", "disagreement_resolved"}),
    ),
    Stage("review", "the judgements were reviewed", "reviewer", frozenset()),
    Stage(
        "rebuttal",
        "every dispute was decided",
        "manager",
        frozenset({"provider_agrees", "provider_disputes", "manager_decision"}),
    ),
    Stage("final", "the results are final", "manager", frozenset()),
)
NAMES = tuple(stage.name for stage in STAGES)
_STAGE_OF = {kind: place for place, stage in enumerate(STAGES) for kind in stage.events}


@dataclass(frozen=True, slots=True)
class Work:
    """What the review has to do: the lines of each encounter, its provider, the double reads.

    `slots` maps each sampled encounter to the lines to be judged (`events.slot`); `providers`
    maps it to its opaque provider id; `double` holds the encounters to be read twice.
    """

    slots: Mapping[str, tuple[str, ...]]
    providers: Mapping[str, str]
    double: frozenset[str] = frozenset()


def place(stage: str) -> int:
    """Return where *stage* stands in the order of stages.

    Raises:
        StageError: There is no such stage.
    """
    if stage not in NAMES:
        raise StageError(f"No stage is called '{stage}'. Stages: {', '.join(NAMES)}.")
    return NAMES.index(stage)


def changes_after(state: State, stage: str) -> tuple[Record, ...]:
    """Return the events that changed the work covered by *stage* after it was signed."""
    signature = state.signed.get(stage)
    if signature is None:
        return ()
    upto = place(stage)
    return tuple(
        record
        for record in state.history
        if record.n > signature.n and _place_of(state, record) <= upto
    )


def _place_of(state: State, record: Record) -> int:
    """Return the stage that an event belongs to; a second reader's coding is second reading."""
    kind = record.event.kind
    if isinstance(record.event, (e.BlindCode, e.Abstracted)):
        second = state.readers.get((record.event.encounter_id, 2))
        kind = "second_read" if second == record.by else kind
    return _STAGE_OF.get(kind, len(STAGES))


def is_signed(state: State, stage: str) -> bool:
    """Return whether *stage* is signed and nothing that it covers has changed since."""
    return stage in state.signed and not changes_after(state, stage)


def outstanding(state: State, work: Work, stage: str) -> tuple[str, ...]:
    """Return in words what still stands in the way of signing *stage*; empty when nothing does."""
    at = place(stage)
    said = (
        [] if at == 0 or is_signed(state, NAMES[at - 1]) else [why_unsigned(state, NAMES[at - 1])]
    )
    if not state.has_override("incomplete", stage):
        said += _UNFINISHED.get(stage, _nothing)(state, work)
    return tuple(said)


def why_unsigned(state: State, stage: str) -> str:
    """Return in words whether *stage* was never signed, or has to be signed again."""
    changed = len(changes_after(state, stage))
    if changed:
        return f"stage '{stage}' has {changed} change(s) after its signature; sign it again"
    return f"stage '{stage}' is not signed"


def _nothing(state: State, work: Work) -> list[str]:
    return []


def _charts_open(state: State, work: Work) -> list[str]:
    waiting = [
        encounter
        for encounter in work.slots
        if encounter not in state.charts
        or state.charts[encounter].status not in ("received", "missing")
    ]
    return _listed(waiting, "record(s) neither received nor declared missing")


def _blind_open(state: State, work: Work) -> list[str]:
    waiting = [
        encounter
        for encounter in received(state, work)
        if (encounter, state.readers.get((encounter, 1), "")) not in state.blind
    ]
    apart = [f"{encounter} ({by})" for encounter, by in sorted(state.coding_conflicts)]
    return [
        *_listed(waiting, "record(s) without blind codes of their reader"),
        *_listed(apart, "record(s) coded differently in two copies of a workbook"),
    ]


def _determinations_open(state: State, work: Work) -> list[str]:
    waiting = [f"{k[0]} line {k[1]}" for k in _unjudged(state, work, state.first)]
    return [*_listed(waiting, "line(s) without a determination"), *_conflicts(state)]


def _second_open(state: State, work: Work) -> list[str]:
    twice = {k: v for k, v in work.slots.items() if k in work.double}
    due = Work(twice, work.providers)
    waiting = [f"{k[0]} line {k[1]}" for k in _unjudged(state, due, state.second)]
    apart = [f"{k[0]} line {k[1]}" for k in state.disagreements()]
    return [
        *_listed(waiting, "line(s) of the double-read share not read a second time"),
        *_listed(apart, "disagreement(s) not resolved"),
        *_conflicts(state),
    ]


def _rebuttal_open(state: State, _work: Work) -> list[str]:
    waiting = [f"{k[0]} line {k[1]}" for k in state.open_disputes()]
    return _listed(waiting, "dispute(s) without a decision")


def received(state: State, work: Work) -> list[str]:
    """Return the sampled encounters whose record was received, in order."""
    charts = state.charts
    return sorted(x for x in work.slots if x in charts and charts[x].status == "received")


def _unjudged(state: State, work: Work, judged: Mapping[Key, Record]) -> list[Key]:
    return [
        (encounter, slot)
        for encounter in received(state, work)
        for slot in work.slots[encounter]
        if (encounter, slot) not in judged
    ]


def _conflicts(state: State) -> list[str]:
    keys = [f"{k[0]} line {k[1]}" for k in sorted(state.conflicts)]
    return _listed(keys, "line(s) judged differently in two copies of a workbook")


def _listed(things: list[str], what: str) -> list[str]:
    if not things:
        return []
    shown = ", ".join(things[:_SHOWN])
    more = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return [f"{len(things)} {what}: {shown}{more}"]


_UNFINISHED: Mapping[str, Callable[[State, Work], list[str]]] = {
    "charts": _charts_open,
    "blind_coding": _blind_open,
    "determinations": _determinations_open,
    "second_read": _second_open,
    "review": lambda state, _work: _conflicts(state),
    "rebuttal": _rebuttal_open,
    "final": _rebuttal_open,
}


def preparers(state: State) -> set[str]:
    """Return everybody who read as a first reader or signed a preparer's stage."""
    signers = {
        record.by
        for record in state.history
        if isinstance(record.event, e.SignOff) and record.role == "preparer"
    }
    return signers | state.first_readers()


def everyone(state: State, role: str) -> Iterable[str]:
    """Return the people appointed to *role*, in order."""
    return sorted(person for person, roles in state.roles.items() if role in roles)
