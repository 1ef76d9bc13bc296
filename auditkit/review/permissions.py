"""Who may do what, and when: every act is checked before it enters the log.

Nobody signs a reviewer's stage who prepared or read, no stage is signed before the one ahead of
it, and no billed line is judged before its record was coded blind. A manager can set a rule
aside; that is itself a line of the log, with its reason.
"""

from collections.abc import Callable, Mapping

from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.stages import STAGES, Work, changes_after, outstanding, place, preparers
from auditkit.review.state import Key, State


def permit(state: State, work: Work, record: Record) -> None:
    """Raise unless the act that *record* describes is allowed in *state*.

    Raises:
        StageError: What is not allowed, and what has to happen first.
    """
    event = record.event
    if isinstance(event, e.TornLine):
        return
    if isinstance(event, e.Opened):
        if state.last:
            raise StageError("This review is open already; it is opened once.")
        return
    if not state.audit:
        raise StageError("This review is not open yet. Open it first; its opener is its manager.")
    if record.role not in state.roles.get(record.by, ()):
        raise StageError(
            f"'{record.by}' has not been appointed {record.role}. A manager appoints people."
        )
    allowed = _ROLES.get(event.kind)
    if allowed is not None and record.role not in allowed:
        raise StageError(f"{event.kind} is an act of the {' or '.join(allowed)}.")
    encounter = getattr(event, "encounter_id", None)
    if encounter is not None and encounter not in work.slots:
        raise StageError(f"Encounter {encounter} is not in the sample of this audit.")
    rule = _RULES.get(event.kind)
    if rule is not None:
        rule(state, work, record)


def _may_sign(state: State, work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.SignOff)
    stage = STAGES[place(event.stage)]
    if record.role != stage.role:
        raise StageError(f"Stage '{stage.name}' is signed by the {stage.role}.")
    if (
        stage.role == "reviewer"
        and record.by in preparers(state)
        and not state.has_override("same_person", stage.name)
    ):
        raise StageError(
            f"'{record.by}' prepared or read charts of this audit and cannot sign stage "
            f"'{stage.name}' as reviewer. Another person signs, or the manager records an "
            "override 'same_person' with its reason, which reports print."
        )
    if state.signed.get(stage.name) and not changes_after(state, stage.name):
        raise StageError(f"Stage '{stage.name}' is signed already and nothing changed since.")
    left = outstanding(state, work, stage.name)
    if left:
        raise StageError(f"Stage '{stage.name}' cannot be signed yet: {'; '.join(left)}.")


def _may_request(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.ChartRequested)
    if event.due < record.at.date():
        raise StageError(f"The record of {event.encounter_id} cannot be due before today.")


def _may_miss(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.ChartMissing)
    chart = state.charts.get(event.encounter_id)
    if chart is None or chart.due is None:
        raise StageError(
            f"The record of {event.encounter_id} was never requested, so it cannot be missing."
        )
    early = record.at.date() <= chart.due
    if early and not state.has_override("before_due", event.encounter_id):
        raise StageError(
            f"The record of {event.encounter_id} is due on {chart.due}; it can be declared "
            "missing after that day. Where the practice says before it that there is none, the "
            f"manager records an override 'before_due' for {event.encounter_id} with that reason."
        )


def _may_assign(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.Assigned)
    if "reader" not in state.roles.get(event.reader, ()):
        raise StageError(f"'{event.reader}' has not been appointed reader.")
    other = state.readers.get((event.encounter_id, 3 - event.read))
    if other == event.reader:
        raise StageError(
            f"'{event.reader}' reads {event.encounter_id} already; two reads need two people."
        )


def _read_of(state: State, encounter: str, by: str) -> int:
    for read in (1, 2):
        if state.readers.get((encounter, read)) == by:
            return read
    raise StageError(f"Encounter {encounter} is not assigned to '{by}'.")


def _may_code(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, (e.BlindCode, e.Abstracted, e.ProposalsJudged))
    _read_of(state, event.encounter_id, record.by)
    chart = state.charts.get(event.encounter_id)
    if chart is None or not chart.received:
        raise StageError(f"The record of {event.encounter_id} has not been received.")
    judged = any(
        key[0] == event.encounter_id and found.by == record.by
        for found_in in (state.first, state.second)
        for key, found in found_in.items()
    )
    shown = (event.encounter_id, record.by) in state.shown
    if isinstance(event, e.BlindCode) and (judged or shown):
        raise StageError(
            f"'{record.by}' has seen the billed codes of {event.encounter_id}; blind codes can no "
            "longer be changed."
        )


def _may_show(state: State, work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.ComparisonShown)
    for encounter in event.encounters:
        if encounter not in work.slots:
            raise StageError(f"Encounter {encounter} is not in the sample of this audit.")
        if (encounter, event.reader) not in state.blind:
            raise StageError(
                f"'{event.reader}' has not coded {encounter} blind, so its billed lines cannot be "
                "shown yet."
            )


def _may_judge(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, (e.Determination, e.SecondRead))
    read = _read_of(state, event.encounter_id, record.by)
    if read != (1 if isinstance(event, e.Determination) else 2):
        kind = "determination" if read == 1 else "second read"
        raise StageError(f"'{record.by}' gives a {kind} of {event.encounter_id}, nothing else.")
    if (event.encounter_id, record.by) not in state.blind:
        raise StageError(
            f"'{record.by}' has not coded {event.encounter_id} blind; billed lines are judged "
            "after that."
        )
    if (event.encounter_id, event.slot) in state.resolved:
        raise StageError(
            f"Line {event.slot} of {event.encounter_id} was resolved; only another resolution "
            "changes it."
        )


def _may_resolve(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.DisagreementResolved)
    key = (event.encounter_id, event.slot)
    known = key in state.first or key in state.second
    if not known:
        raise StageError(f"Nobody has judged line {event.slot} of {event.encounter_id} yet.")
    _other_person(state, record, key)


def _other_person(state: State, record: Record, key: Key) -> None:
    """Refuse the first reader as judge in their own matter."""
    reader = state.first.get(key)
    mine = reader is not None and reader.by == record.by
    if mine and not state.has_override("same_person", key[0]):
        raise StageError(
            f"'{record.by}' judged line {key[1]} of {key[0]} and cannot decide about it. Another "
            "person decides, or the manager records an override 'same_person'."
        )


def _may_respond(state: State, work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, (e.ProviderAgrees, e.ProviderDisputes))
    if work.providers.get(event.encounter_id) != event.provider_id:
        raise StageError(f"Encounter {event.encounter_id} is not one of {event.provider_id}.")
    if "review" not in state.signed:
        raise StageError("Providers respond after stage 'review' is signed; it is not yet.")
    if state.standing((event.encounter_id, event.slot)) is None and not _is_missing(state, event):
        raise StageError(f"Line {event.slot} of {event.encounter_id} has no judgement to answer.")


def _is_missing(state: State, event: e.ProviderAgrees | e.ProviderDisputes) -> bool:
    chart = state.charts.get(event.encounter_id)
    return chart is not None and chart.status == "missing"


def _may_decide(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.ManagerDecision)
    key = (event.encounter_id, event.slot)
    response = state.responses.get(key)
    if response is None or not isinstance(response.event, e.ProviderDisputes):
        raise StageError(f"Line {event.slot} of {event.encounter_id} is not disputed.")
    _other_person(state, record, key)


def _may_open_action(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, e.ActionOpened)
    if event.action_id in state.actions:
        raise StageError(f"Corrective action {event.action_id} exists already.")
    if event.owner not in state.roles:
        raise StageError(f"'{event.owner}' has no role in this review and cannot own an action.")


def _may_change_action(state: State, _work: Work, record: Record) -> None:
    event = record.event
    assert isinstance(event, (e.ActionExtended, e.ActionClosed))
    known = state.actions.get(event.action_id)
    if not known:
        raise StageError(f"There is no corrective action {event.action_id}.")
    if isinstance(known[-1].event, e.ActionClosed):
        raise StageError(f"Corrective action {event.action_id} is closed. Open another one.")
    opened = known[0].event
    assert isinstance(opened, e.ActionOpened)
    if record.role != "manager" and record.by != opened.owner:
        raise StageError(
            f"Corrective action {event.action_id} is closed by its owner or a manager."
        )


_ROLES: Mapping[str, tuple[str, ...]] = {
    "appointed": ("manager",),
    "assigned": ("preparer", "manager"),
    "chart_requested": ("preparer", "manager"),
    "chart_received": ("preparer", "manager"),
    "chart_missing": ("preparer", "manager"),
    "abstracted": ("reader",),
    "blind_code": ("reader",),
    "proposals_judged": ("reader",),
    "text_approved": ("preparer", "manager"),
    "comparison_shown": ("preparer", "manager", "reader"),
    "determination": ("reader",),
    "second_read": ("reader",),
    "disagreement_resolved": ("reviewer", "manager"),
    "provider_agrees": ("provider", "preparer", "manager"),
    "provider_disputes": ("provider", "preparer", "manager"),
    "manager_decision": ("manager",),
    "override": ("manager",),
    "action_opened": ("manager",),
    "action_extended": ("manager",),
}

_RULES: Mapping[str, Callable[[State, Work, Record], None]] = {
    "assigned": _may_assign,
    "chart_requested": _may_request,
    "chart_missing": _may_miss,
    "abstracted": _may_code,
    "blind_code": _may_code,
    "proposals_judged": _may_code,
    "comparison_shown": _may_show,
    "determination": _may_judge,
    "second_read": _may_judge,
    "disagreement_resolved": _may_resolve,
    "provider_agrees": _may_respond,
    "provider_disputes": _may_respond,
    "manager_decision": _may_decide,
    "sign_off": _may_sign,
    "action_opened": _may_open_action,
    "action_extended": _may_change_action,
    "action_closed": _may_change_action,
}
