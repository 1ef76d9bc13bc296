"""The results after review: the engine's comparison with what people decided written over it."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from auditkit.errors import StageError
from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review import events as e
from auditkit.review.columns import text_of
from auditkit.review.state import State

#: Dollars of the agreed lines: encounter, billed line (None when not billed), agreed lines.
Price = Callable[[str, int | None, tuple[e.CodedLine, ...]], float]

#: The family and rule of an error that people found and no rule of a pack names.
FOUND_BY_PEOPLE = "REVIEW"

_SAME = 0.005
_SHOWN = 5
_EMPTY_AGREED = {"agreed_code": None, "agreed_modifiers": None, "agreed_units": None}


def reviewed(
    line_results: pd.DataFrame,
    state: State,
    price: Price | None = None,
    rebuttal: bool = True,
) -> pd.DataFrame:
    """Return *line_results* as the review leaves them, and `basis`, who decided each row.

    A judgement stands in the order manager's decision, resolution, first reader's determination;
    a line that nobody judged stays as the engine has it. A record declared missing is an error
    in full on every billed line.

    Args:
        line_results: The engine's comparison, columns of line_results.csv.
        state: The review, now or on a past day.
        price: Dollars of an agreed line that the engine did not price.
        rebuttal: Whether decisions on disputes count; without them, the scores before rebuttal.

    Returns:
        The same columns and `basis`: `engine`, `reader`, `resolved`, `manager` or `missing`. A
        line not billed that people found not supported is left out; one that only people found
        is added.

    Raises:
        StageError: A judgement agrees on a line that has no price, and *price* is not given.
    """
    _refuse_changed(line_results, state, rebuttal)
    rows = [_row(row, state, price, rebuttal) for row in line_results.to_dict("records")]
    known = {(row["encounter_id"], e.slot_of(row)) for row in line_results.to_dict("records")}
    rows += _found_by_people(line_results, state, price, rebuttal, known)
    kept = [row for row in rows if row is not None]
    table = pd.DataFrame(kept, columns=[*line_results.columns, "basis"])
    return table.sort_values("encounter_id", kind="stable", ignore_index=True)


def _row(
    row: dict[Any, Any], state: State, price: Price | None, rebuttal: bool
) -> dict[Any, Any] | None:
    encounter, slot = row["encounter_id"], e.slot_of(row)
    key = (encounter, slot)
    record = state.standing(key) if rebuttal else state.before_rebuttal(key)
    chart = state.charts.get(encounter)
    decided = record is not None and isinstance(record.event, e.ManagerDecision)
    if chart is not None and chart.status == "missing" and not decided:
        return _missing(row)
    if record is None:
        return {**row, "basis": "engine"}
    assert isinstance(record.event, e.Judgement)
    return _judged(row, record.event, price)


def _missing(row: dict[Any, Any]) -> dict[Any, Any] | None:
    if pd.isna(row["line"]):
        return None
    return {
        **row,
        **_EMPTY_AGREED,
        "verdict": Verdict.MISSING_RECORD.value,
        "direction": Direction.OVER.value,
        "category": ErrorCategory.NO_DOCUMENTATION.value,
        "agreed_dollars": 0.0,
        "dollars": row["billed_dollars"],
        "basis": "missing",
    }


def _judged(row: dict[Any, Any], event: e.Judgement, price: Price | None) -> dict[Any, Any] | None:
    if event.line is None and event.verdict is Verdict.NOT_SUPPORTED:
        return None
    settled = {"prompt": False} if "prompt" in row else {}
    if event.with_engine:
        return {**row, **settled, "basis": _BASIS[event.kind]}
    agreed = event.agreed
    if event.verdict is Verdict.SUPPORTED and not agreed:
        agreed = _coded(row, "billed")
    dollars = _agreed_dollars(row, event, agreed, price)
    billed = float(row["billed_dollars"])
    difference = round(billed - dollars, 2)
    return {
        **row,
        **(_as_columns(agreed) if agreed else _EMPTY_AGREED),
        "verdict": event.verdict.value,
        "direction": _direction(event, difference),
        "category": event.category.value if event.category else None,
        **_rule_of(row, event),
        **settled,
        "agreed_dollars": dollars,
        "dollars": difference,
        "basis": _BASIS[event.kind],
    }


def _rule_of(row: dict[Any, Any], event: e.Judgement) -> dict[str, Any]:
    """Return family and rule of a judged line; an error that no rule names is the review's."""
    named = {"family": event.family or row["family"], "rule_id": event.rule_id or row["rule_id"]}
    if event.verdict is Verdict.SUPPORTED:
        return named
    return {name: text_of(value) or FOUND_BY_PEOPLE for name, value in named.items()}


def _refuse_changed(line_results: pd.DataFrame, state: State, rebuttal: bool) -> None:
    """Refuse rows that are no longer what somebody agreed to: the rules or the record changed."""
    changed = [
        f"line {e.slot_of(row)} of {row['encounter_id']}"
        for row in line_results.to_dict("records")
        if _is_changed(row, state, rebuttal)
    ]
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise StageError(
            "The engine's result changed after somebody agreed with it, because the record's "
            f"elements or the rules changed: {', '.join(changed[:_SHOWN])}{more}. Issue the second "
            "workpaper again and judge the line(s) again."
        )


def _is_changed(row: dict[Any, Any], state: State, rebuttal: bool) -> bool:
    key = (row["encounter_id"], e.slot_of(row))
    record = state.standing(key) if rebuttal else state.before_rebuttal(key)
    event = None if record is None else record.event
    chart = state.charts.get(key[0])
    if not isinstance(event, e.Judgement) or not event.with_engine:
        return False
    if chart is not None and chart.status == "missing":
        return False
    codes = "" if pd.isna(row["agreed_code"]) else str(row["agreed_code"])
    agreed = " + ".join(line.code for line in event.agreed)
    return event.verdict.value != row["verdict"] or agreed != codes


_BASIS = {
    "determination": "reader",
    "second_read": "reader",
    "disagreement_resolved": "resolved",
    "manager_decision": "manager",
}


def _direction(event: e.Judgement, difference: float) -> str:
    """Return which way the money errs; a difference in dollars decides over what was written."""
    if math.isnan(difference) or abs(difference) < _SAME:
        return event.direction.value
    return Direction.OVER.value if difference > 0 else Direction.UNDER.value


def _coded(row: dict[Any, Any], side: str) -> tuple[e.CodedLine, ...]:
    """Return one side of a row as a coded line; nothing where it holds none, or several."""
    code = row[f"{side}_code"]
    if code is None or pd.isna(code) or "+" in str(code):
        return ()
    modifiers = row[f"{side}_modifiers"]
    text = "" if modifiers is None or pd.isna(modifiers) else str(modifiers)
    split = tuple(sorted(text.replace(",", " ").split()))
    return (e.CodedLine(code=str(code), modifiers=split, units=float(row[f"{side}_units"])),)


def _as_columns(agreed: tuple[e.CodedLine, ...]) -> dict[str, Any]:
    return {
        "agreed_code": " + ".join(line.code for line in agreed),
        "agreed_modifiers": " + ".join(" ".join(line.modifiers) for line in agreed).strip(" +"),
        "agreed_units": sum(line.units for line in agreed),
    }


def _agreed_dollars(
    row: dict[Any, Any],
    event: e.Judgement,
    agreed: tuple[e.CodedLine, ...],
    price: Price | None,
) -> float:
    if not agreed:
        return 0.0
    same = tuple(_sorted(line) for line in agreed)
    if same == _coded(row, "agreed"):
        return float(row["agreed_dollars"])
    if same == _coded(row, "billed"):
        return float(row["billed_dollars"])
    if price is None:
        raise StageError(
            f"Line {event.slot} of {event.encounter_id} was agreed as a line that has no price "
            "yet. Give `price`, so that its dollars are known."
        )
    return round(price(event.encounter_id, event.line, agreed), 2)


def _sorted(line: e.CodedLine) -> e.CodedLine:
    return line.model_copy(update={"modifiers": tuple(sorted(line.modifiers))})


def _found_by_people(
    line_results: pd.DataFrame,
    state: State,
    price: Price | None,
    rebuttal: bool,
    known: set[tuple[str, str]],
) -> list[dict[Any, Any] | None]:
    """Return a row for each supported line that was not billed and that only people found."""
    first = line_results.drop_duplicates("encounter_id").set_index("encounter_id")
    rows: list[dict[Any, Any] | None] = []
    for encounter, slot in state.judged():
        record = (
            state.standing((encounter, slot))
            if rebuttal
            else state.before_rebuttal((encounter, slot))
        )
        if (encounter, slot) in known or not slot.startswith("+") or record is None:
            continue
        if encounter not in first.index:
            continue
        assert isinstance(record.event, e.Judgement)
        empty = dict.fromkeys(line_results.columns)
        of_encounter = {name: first.loc[encounter, name] for name in _OF_ENCOUNTER if name in first}
        blank = {**empty, **of_encounter, "encounter_id": encounter, "billed_dollars": 0.0}
        if "nth" in blank and record.event.nth > 1:
            blank["nth"] = record.event.nth
        rows.append(_judged({**blank, "family": "", "rule_id": ""}, record.event, price))
    return rows


_OF_ENCOUNTER = ("provider_id", "unit_id", "stratum")
