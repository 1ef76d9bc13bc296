"""What a reader enters about a line, as a judgement: the same rules for workbook and widget."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.model import Direction, ErrorCategory, Verdict
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.columns import text_of
from auditkit.review.notation import ACCEPTED, parse_lines
from auditkit.review.rules_named import named_rule
from auditkit.review.state import State

#: What a reader enters to take over the engine's result.
AGREE = "agree"

_NEED_LINES = (Verdict.OVERCODED, Verdict.UNDERCODED, Verdict.WRONG_CODE)
_DIRECTIONS = {
    Verdict.SUPPORTED: Direction.NONE,
    Verdict.NOT_SUPPORTED: Direction.OVER,
    Verdict.OVERCODED: Direction.OVER,
    Verdict.UNDERCODED: Direction.UNDER,
    Verdict.NOT_SEPARATELY_REPORTABLE: Direction.OVER,
}


def judgement_of(
    state: State,
    reader: str,
    seen: int,
    values: Mapping[str, Any],
    result: Mapping[Any, Any],
) -> e.Determination | e.SecondRead:
    """Return what *reader* entered for one compared line as a judgement.

    Args:
        state: The review, which tells whether this is a first or a second reading.
        reader: The reader's account.
        seen: The last log line that the reader could know of.
        values: `judgement` (`agree` or a verdict), and where entered `lines` (what should have
            been billed, see :mod:`auditkit.review.notation`), `error` (its category), `turn` (the
            direction of a wrong code), `rule` (the rule of an error, where it is not the engine's)
            and `remark`.
        result: The row of line results that was judged.

    Raises:
        CellError: Something is lacking; its arguments are what, the column, and what is accepted.
    """
    return _made(state, reader, {**said_of(values, result), "seen": seen})


def said_of(
    values: Mapping[str, Any], result: Mapping[Any, Any], reason: str = ""
) -> dict[str, Any]:
    """Return the fields of a judgement of the row *result*, whoever makes it.

    Args:
        values: As for :func:`judgement_of`.
        result: The row of line results.
        reason: The reason where it is given beside the remark, as a manager's is.

    Raises:
        CellError: As :func:`judgement_of`.
    """
    line = None if pd.isna(result["line"]) else int(float(result["line"]))
    common = {
        "encounter_id": result["encounter_id"],
        "line": line,
        "nth": e.nth_of(result),
        "family": text_of(result["family"]),
        "rule_id": text_of(result["rule_id"]),
        "remark": values.get("remark", ""),
    }
    if values["judgement"] != AGREE:
        own = _own(values, line, result)
        if not (common["remark"] or reason) and _overrules(own, result):
            raise CellError(
                "needs its reason, because it overrules the engine", "Remark",
                "why, in a few words; no patient values",
            )  # fmt: skip
        return {**common, **own}
    return {
        **common,
        "verdict": result["verdict"],
        "direction": result["direction"],
        "category": text_of(result["category"]) or None,
        "agreed": _engine_lines(result),
        "with_engine": True,
    }


def _overrules(own: Mapping[str, Any], result: Mapping[Any, Any]) -> bool:
    """Return whether a reader's own verdict, or the lines that it names, are not the engine's."""
    if own["verdict"].value != result["verdict"]:
        return True
    if own["verdict"] not in _NEED_LINES:
        return False
    engine, several = _engine_lines(result), "+" in text_of(result["agreed_code"])
    mine, theirs = (
        [(x.code, *(() if several else (sorted(x.modifiers), x.units))) for x in lines]
        for lines in (own["agreed"], engine)
    )
    return sorted(mine) != sorted(theirs)


def _own(values: Mapping[str, Any], line: int | None, result: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a reader's own verdict says; what is lacking is a CellError."""
    verdict = Verdict(values["judgement"])
    lines = _lines(values)
    if line is None and verdict not in (Verdict.UNDERCODED, Verdict.NOT_SUPPORTED):
        raise CellError("was not billed", "Judgement", "agree, undercoded or not_supported")
    if verdict in _NEED_LINES and not lines:
        raise CellError("needs the lines that should have been billed", _LINES, ACCEPTED)
    if verdict not in _NEED_LINES and lines and line is not None:
        raise CellError("names lines although the verdict has none", _LINES, "nothing")
    category = values.get("error")
    if line is None and verdict is Verdict.NOT_SUPPORTED:
        agreed, direction = _engine_lines(result), Direction.NONE
    else:
        agreed, direction = lines, _direction(values, verdict)
    if verdict is not Verdict.SUPPORTED and direction is not Direction.NONE and category is None:
        accepted = ", ".join(each.value for each in ErrorCategory)
        raise CellError("needs the category of its error", "Category of the error", accepted)
    return {
        **({} if verdict is Verdict.SUPPORTED else _rule(values, text_of(result["rule_id"]))),
        "verdict": verdict,
        "direction": direction,
        "category": None if verdict is Verdict.SUPPORTED else category,
        "agreed": agreed,
        "with_engine": False,
    }


def _rule(values: Mapping[str, Any], engine: str = "") -> dict[str, str]:
    """Return family and id of the rule that the reader names, if it is not the engine's."""
    if values.get("rule", "") in ("", engine):
        return {}
    rule = named_rule(values["rule"])
    return {"family": rule.family, "rule_id": rule.id}


_LINES = "Should have been billed"


def _lines(values: Mapping[str, Any]) -> tuple[e.CodedLine, ...]:
    try:
        return parse_lines(values.get("lines", ""))
    except CellError as error:
        raise CellError(str(error), _LINES, ACCEPTED) from error


def _direction(values: Mapping[str, Any], verdict: Verdict) -> Direction:
    if verdict in _DIRECTIONS:
        return _DIRECTIONS[verdict]
    if "turn" not in values:
        raise CellError("needs its direction", "Direction of a wrong code", "over, under or none")
    return Direction(values["turn"])


def _engine_lines(result: Mapping[Any, Any]) -> tuple[e.CodedLine, ...]:
    """Return the engine's agreed lines. Several codes have their units in the results only."""
    code = text_of(result["agreed_code"])
    if not code:
        return ()
    if "+" in code:
        return tuple(e.CodedLine(code=part.strip()) for part in code.split("+"))
    modifiers = tuple(text_of(result["agreed_modifiers"]).replace(",", " ").split())
    return (e.CodedLine(code=code, modifiers=modifiers, units=float(result["agreed_units"])),)


def _made(state: State, reader: str, said: Mapping[str, Any]) -> e.Determination | e.SecondRead:
    second = state.readers.get((said["encounter_id"], 2)) == reader
    kind = e.SecondRead if second else e.Determination
    try:
        return kind(**said)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "Remark" if "remark" in first["loc"] else "Judgement"
        raise CellError(first["msg"].removeprefix("Value error, "), place, "see step 2") from error


def found_line(
    state: State, reader: str, seen: int, values: Mapping[str, Any]
) -> e.Determination | e.SecondRead:
    """Return a supported line that neither the bill nor the engine holds, as a judgement.

    Args:
        state: The review.
        reader: The reader's account.
        seen: The last log line that the reader could know of.
        values: `encounter_id`, `lines` (one line) and, where entered, `error`, `rule` and
            `remark`.

    Raises:
        CellError: As :func:`judgement_of`.
    """
    if "encounter_id" not in values:
        raise CellError("names no encounter", "Encounter", "an encounter of the list")
    lines = _lines(values)
    if len(lines) != 1:
        raise CellError("needs one line", _LINES, ACCEPTED)
    said = {
        "encounter_id": values["encounter_id"],
        "line": None,
        "verdict": Verdict.UNDERCODED,
        "direction": Direction.UNDER,
        "category": values.get("error", ErrorCategory.INCORRECT_CODING.value),
        "agreed": lines,
        **_rule(values),
        "remark": values.get("remark", ""),
        "seen": seen,
        "with_engine": False,
    }
    return _made(state, reader, said)
