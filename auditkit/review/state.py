"""The state of a review: a fold over its log, so that any day's state can be made again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from auditkit.review import events as e
from auditkit.review.log import Record

#: Encounter and slot (see `events.slot`): one compared line.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """The record of one encounter: when asked for, due, received or declared missing."""

    requested: date | None = None
    due: date | None = None
    received: date | None = None
    missing: date | None = None

    @property
    def status(self) -> str:
        """Return `received`, `missing`, `requested` or `not requested`; receipt comes first."""
        if self.received:
            return "received"
        if self.missing:
            return "missing"
        return "requested" if self.requested else "not requested"


@dataclass(slots=True)
class State:
    """What the log amounts to. Made by :func:`fold`; read it, do not change it."""

    audit: str = ""
    seed: str = ""
    double_read_share: float = 0.0
    last: int = 0
    roles: dict[str, set[str]] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=dict)
    readers: dict[tuple[str, int], str] = field(default_factory=dict)
    abstracted: dict[tuple[str, str], Record] = field(default_factory=dict)
    blind: dict[tuple[str, str], Record] = field(default_factory=dict)
    shown: set[tuple[str, str]] = field(default_factory=set)
    proposals: dict[tuple[str, str, str, str], e.Outcome] = field(default_factory=dict)
    first: dict[Key, Record] = field(default_factory=dict)
    second: dict[Key, Record] = field(default_factory=dict)
    resolved: dict[Key, Record] = field(default_factory=dict)
    conflicts: dict[Key, tuple[Record, ...]] = field(default_factory=dict)
    coding_conflicts: dict[tuple[str, str], tuple[Record, ...]] = field(default_factory=dict)
    responses: dict[Key, Record] = field(default_factory=dict)
    decisions: dict[Key, Record] = field(default_factory=dict)
    signed: dict[str, Record] = field(default_factory=dict)
    overrides: list[Record] = field(default_factory=list)
    actions: dict[str, list[Record]] = field(default_factory=dict)
    history: list[Record] = field(default_factory=list)

    def standing(self, key: Key) -> Record | None:
        """Return the judgement of a line that stands now, or None while nobody has judged it.

        A manager's overturning decision stands before a resolution, and that before the first
        reader's determination.
        """
        decided = self.decisions.get(key)
        if decided and getattr(decided.event, "outcome", "") == "overturned":
            return decided
        return self.resolved.get(key) or self.first.get(key)

    def before_rebuttal(self, key: Key) -> Record | None:
        """Return the judgement that stood before any manager's decision."""
        return self.resolved.get(key) or self.first.get(key)

    def judged(self) -> tuple[Key, ...]:
        """Return every judged line, in order."""
        return tuple(sorted({*self.first, *self.second, *self.resolved}))

    def disagreements(self) -> tuple[Key, ...]:
        """Return the lines that two readers judged differently and nobody has resolved since."""
        twice = {encounter for encounter, _ in self.second}
        once = {encounter for encounter, _ in self.first}
        keys = {k for k in (*self.first, *self.second) if k[0] in twice & once}
        return tuple(sorted(k for k in keys if self._differ(k)))

    def _differ(self, key: Key) -> bool:
        one, two = self.first.get(key), self.second.get(key)
        if one and two and _judgement(one).said == _judgement(two).said:
            return False
        latest = max(record.n for record in (one, two) if record)
        resolved = self.resolved.get(key)
        return resolved is None or resolved.n < latest

    def open_disputes(self) -> tuple[Key, ...]:
        """Return the lines that a provider disputes and no manager has decided since."""
        return tuple(
            sorted(
                key
                for key, record in self.responses.items()
                if isinstance(record.event, e.ProviderDisputes)
                and (key not in self.decisions or self.decisions[key].n < record.n)
            )
        )

    def has_override(self, rule: str, scope: str) -> bool:
        """Return whether a manager set *rule* aside for *scope* (a stage or an encounter)."""
        return any(
            isinstance(r.event, e.Override) and r.event.rule == rule and r.event.scope == scope
            for r in self.overrides
        )

    def first_readers(self) -> set[str]:
        """Return everybody who coded blind, or judged, as a first reader."""
        firsts = {record.by for record in self.first.values()}
        return firsts | {who for (_, read), who in self.readers.items() if read == 1}


def fold(records: Iterable[Record]) -> State:
    """Return the state after *records*, in their order."""
    state = State()
    for record in records:
        apply(state, record)
    return state


def until(records: Sequence[Record], when: date | datetime) -> tuple[Record, ...]:
    """Return the records up to *when*, for the state of a past day (a date counts in full, UTC)."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time(), UTC) + timedelta(days=1, microseconds=-1)
    return tuple(record for record in records if record.at <= when)


def apply(state: State, record: Record) -> None:
    """Add one record to *state*, which :func:`fold` owns until it returns it."""
    event = record.event
    state.last = record.n
    state.history.append(record)
    if isinstance(event, e.Opened):
        state.audit, state.seed = event.audit, event.seed
        state.double_read_share = event.double_read_share
        state.roles.setdefault(record.by, set()).add("manager")
    elif isinstance(event, e.Appointed):
        state.roles.setdefault(event.person, set()).add(event.in_role)
    elif isinstance(event, e.Assigned):
        state.readers[(event.encounter_id, event.read)] = event.reader
    elif isinstance(event, (e.ChartRequested, e.ChartReceived, e.ChartMissing)):
        _apply_chart(state, record.at.date(), event)
    elif isinstance(event, (e.Abstracted, e.BlindCode)):
        _apply_coding(state, record, event)
    elif isinstance(event, e.ProposalsJudged):
        _apply_proposals(state, record.by, event)
    elif isinstance(event, e.ComparisonShown):
        state.shown.update((encounter, event.reader) for encounter in event.encounters)
    elif isinstance(event, e.Judgement):
        _apply_judgement(state, record)
    elif isinstance(event, (e.ProviderAgrees, e.ProviderDisputes)):
        state.responses[(event.encounter_id, event.slot)] = record
    elif isinstance(event, e.SignOff):
        state.signed[event.stage] = record
    elif isinstance(event, e.Override):
        state.overrides.append(record)
    elif isinstance(event, (e.ActionOpened, e.ActionExtended, e.ActionClosed)):
        state.actions.setdefault(event.action_id, []).append(record)


def _apply_proposals(state: State, by: str, event: e.ProposalsJudged) -> None:
    """Keep the last outcome of each proposal by each reader."""
    outcomes: tuple[e.Outcome, ...] = ("accepted", "corrected", "rejected")
    for outcome in outcomes:
        for place in getattr(event, outcome):
            state.proposals[event.encounter_id, event.source, place, by] = outcome


def _apply_chart(
    state: State, on: date, event: e.ChartRequested | e.ChartReceived | e.ChartMissing
) -> None:
    chart = state.charts.get(event.encounter_id, Chart())
    if isinstance(event, e.ChartRequested):
        chart = replace(chart, requested=chart.requested or on, due=event.due)
    elif isinstance(event, e.ChartReceived):
        chart = replace(chart, received=on)
    else:
        chart = replace(chart, missing=on)
    state.charts[event.encounter_id] = chart


def _apply_coding(state: State, record: Record, event: e.Abstracted | e.BlindCode) -> None:
    """Take codes or elements over the ones before only when their author could know of those."""
    current = state.blind if isinstance(event, e.BlindCode) else state.abstracted
    key = (event.encounter_id, record.by)
    before = current.get(key)
    same = before is not None and coded(before) == coded(record)
    if before is None or same or event.seen >= before.n:
        current[key] = record
        if event.seen >= max((r.n for r in state.coding_conflicts.get(key, ())), default=0):
            state.coding_conflicts.pop(key, None)
        return
    state.coding_conflicts[key] = (*state.coding_conflicts.get(key, (before,)), record)


def coded(record: Record) -> object:
    """Return what counts as the same coding: the codes, or the hash of the elements."""
    event = record.event
    if isinstance(event, e.BlindCode):
        return event.lines
    return event.elements_sha256 if isinstance(event, e.Abstracted) else None


def _apply_judgement(state: State, record: Record) -> None:
    event = _judgement(record)
    key = (event.encounter_id, event.slot)
    if isinstance(event, e.ManagerDecision):
        state.decisions[key] = record
    elif isinstance(event, e.DisagreementResolved):
        state.resolved[key] = record
        state.conflicts.pop(key, None)
    else:
        current = state.first if isinstance(event, e.Determination) else state.second
        _judge(state, current, key, record)


def _judge(state: State, current: dict[Key, Record], key: Key, record: Record) -> None:
    """Take a judgement over the one before it only when its author could know of that one."""
    before = current.get(key)
    event = _judgement(record)
    if before is None or event.seen >= before.n or _judgement(before).said == event.said:
        current[key] = record
        return
    known = state.conflicts.get(key, (before,))
    state.conflicts[key] = (*known, record)


def _judgement(record: Record) -> e.Judgement:
    if not isinstance(record.event, e.Judgement):
        raise TypeError(f"line {record.n} of the log is no judgement")
    return record.event


def judgements(records: Mapping[Key, Record]) -> Iterator[tuple[Key, Record, e.Judgement]]:
    """Yield key, record and judgement of each line, in order of keys."""
    for key in sorted(records):
        yield key, records[key], _judgement(records[key])
