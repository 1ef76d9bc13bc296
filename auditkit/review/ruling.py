"""What ends a disagreement or a dispute about a line: a judgement entered, or one of the log's."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from auditkit.errors import InputError, Problem, StageError
from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.judgement import said_of
from auditkit.review.state import Key, State

_SAID = ("verdict", "direction", "category", "agreed", "family", "rule_id", "with_engine")


def resolution(
    state: State,
    line_results: pd.DataFrame,
    key: Key,
    values: Mapping[str, Any] | None = None,
    log_line: int | None = None,
) -> e.DisagreementResolved:
    """Return the judgement that ends a disagreement of readers, or a conflict of two copies.

    Args:
        state: The review.
        line_results: The engine's comparison.
        key: Encounter and slot (the line's number, or a plus sign and the code not billed).
        values: What was entered, see :func:`auditkit.review.judgement.judgement_of`; or
        log_line: the line of the log whose judgement is taken.

    Raises:
        InputError: Something entered is lacking or not accepted.
        StageError: There is no such line, or no such judgement in the log.
    """
    said = _said(state, line_results, key, values, log_line)
    return e.entry(e.DisagreementResolved, **said, seen=state.last)


def decision(
    state: State,
    line_results: pd.DataFrame,
    key: Key,
    outcome: Literal["upheld", "overturned"],
    reason: str,
    values: Mapping[str, Any] | None = None,
    log_line: int | None = None,
) -> e.ManagerDecision:
    """Return the decision on a dispute; one that upholds repeats the judgement that stands.

    Args:
        state: The review.
        line_results: The engine's comparison.
        key: Encounter and slot.
        outcome: `upheld`, or `overturned` with the judgement that stands now.
        reason: Why; it is printed.
        values: The new judgement, as for :func:`resolution`; or
        log_line: the line of the log whose judgement is taken.

    Raises:
        As :func:`resolution`.
    """
    if outcome == "upheld":
        said = _upheld(state, key)
    elif values is None and log_line is None:
        raise InputError(
            "A dispute that is overturned needs the judgement that stands now: --judgement with a "
            "verdict, or --take with the line of the log that holds it."
        )
    else:
        said = _said(state, line_results, key, values, log_line, reason)
    return e.entry(e.ManagerDecision, **said, outcome=outcome, reason=reason, seen=state.last)


def _upheld(state: State, key: Key) -> dict[str, Any]:
    standing = state.before_rebuttal(key)
    if standing is not None:
        return _copied(key, standing.event)
    if key[1].startswith("+"):
        raise StageError(f"Line {key[1]} of {key[0]} has no judgement to uphold.")
    return {
        "encounter_id": key[0],
        "line": int(key[1]),
        "verdict": Verdict.MISSING_RECORD,
        "direction": Direction.OVER,
        "category": ErrorCategory.NO_DOCUMENTATION,
    }


def _said(
    state: State,
    line_results: pd.DataFrame,
    key: Key,
    values: Mapping[str, Any] | None,
    log_line: int | None,
    reason: str = "",
) -> dict[str, Any]:
    if log_line is not None:
        found = next((r for r in state.history if r.n == log_line), None)
        if found is None or not isinstance(found.event, e.Judgement) or _key(found.event) != key:
            raise StageError(
                f"Line {log_line} of the log is no judgement of line {key[1]} of {key[0]}. "
                "`auditkit review status` lists the judgements that differ, with their log lines."
            )
        return _copied(key, found.event) | {"remark": found.event.remark}
    for row in line_results.to_dict("records"):
        if (row["encounter_id"], e.slot_of(row)) == key:
            return _entered(key, values or {}, row, reason)
    raise StageError(
        f"{key[0]} has no compared line {key[1]}. Lines are numbered as in engine_results.csv; one "
        "that was not billed is a plus sign and its code."
    )


def _entered(
    key: Key, values: Mapping[str, Any], row: Mapping[Any, Any], reason: str
) -> dict[str, Any]:
    given = {name: value for name, value in values.items() if value}
    try:
        if "judgement" not in given:
            raise CellError("is lacking", "--judgement", "'agree' or a verdict, or --take")
        return said_of(given, row, reason)
    except (CellError, ValueError) as error:
        what, column, accepted = (*error.args, "--judgement", "see --help")[:3]
        place = f"line {key[1]} of {key[0]}"
        raise InputError(
            "The judgement cannot be used.", [Problem(place, None, column, str(what), accepted)]
        ) from error


def _copied(key: Key, event: e.AnyEvent) -> dict[str, Any]:
    assert isinstance(event, e.Judgement)
    return {
        "encounter_id": key[0],
        "line": event.line,
        "nth": event.nth,
        **{name: getattr(event, name) for name in _SAID},
    }


def _key(event: e.Judgement) -> Key:
    return event.encounter_id, event.slot
