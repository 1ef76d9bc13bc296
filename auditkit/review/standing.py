"""What stands after the review: the findings that go with the reviewed lines, and every change."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd

from auditkit.model import Severity, Verdict
from auditkit.review import events as e
from auditkit.review.columns import text_of
from auditkit.review.notation import side_of
from auditkit.review.outcome import FOUND_BY_PEOPLE
from auditkit.review.rules_named import named_rule, rule_titles
from auditkit.review.state import Key, State

_SAID = ("verdict", "direction", "category", "agreed_code", "agreed_modifiers", "agreed_units")
#: Who decided a line, as the finding on it begins.
WHO = {
    "reader": "Judged by the reader of the record.",
    "resolved": "Resolved after the readers disagreed.",
    "manager": "Decided on the provider's dispute.",
    "missing": "The record was requested and did not arrive.",
}
_CODE = re.compile(r"[0-9A-Z]{5}")

CHANGE_COLUMNS = (
    "encounter_id", "provider_id", "line", "billed_code", "engine_verdict", "engine_agreed",
    "verdict", "agreed", "engine_dollars", "dollars", "basis", "by", "log_line", "remark",
)  # fmt: skip


def standing_findings(
    findings: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    state: State,
    days: Mapping[str, date] | None = None,
) -> pd.DataFrame:
    """Return the findings that go with the lines as the review leaves them.

    A line that people left as the engine had it keeps its findings. On a line that they changed
    the engine's errors give way to one finding that says what was decided; advisory findings
    stay. A prompt is settled as soon as somebody judges its line.

    Args:
        findings: The engine's findings.
        before: The engine's line results.
        after: The line results after review, with `basis`.
        state: The review.
        days: Dates of service, by encounter: a rule that a reader named is cited as it stands on
            the day.

    Returns:
        The columns of *findings*.
    """
    old, new = _by_key(before), _by_key(after)
    changed = {key for key in {*old, *new} if not _same(old.get(key), new.get(key))}
    judged = {key for key, row in new.items() if row["basis"] != "engine"}
    kept: list[dict[Any, Any]] = [
        row for key, row in by_line(findings) if not _gives_way(row, key, changed, judged)
    ]
    told = _told(findings)
    kept += [
        _finding(new[key], state, told.get(key, {}), (days or {}).get(key[0]))
        for key in sorted(changed)
        if key in new and new[key]["verdict"] != Verdict.SUPPORTED.value
    ]
    table = pd.DataFrame(kept, columns=list(findings.columns))
    return table.sort_values(["encounter_id"], kind="stable", ignore_index=True)


def changes(before: pd.DataFrame, after: pd.DataFrame, state: State) -> pd.DataFrame:
    """Return one row for each line that people changed, engine's and people's side by side.

    Returns:
        The columns of `CHANGE_COLUMNS`; `line` is a plus sign and the code for a line that was
        not billed, `verdict` is empty where people struck such a line out, and `log_line` is the
        line of the log that decides.
    """
    old, new = _by_key(before), _by_key(after)
    rows = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if _same(was, now):
            continue
        record = state.standing(key)
        any_row = now or was or {}
        rows.append({
            "encounter_id": key[0],
            "provider_id": any_row.get("provider_id"),
            "line": key[1],
            "billed_code": text_of(any_row.get("billed_code")),
            "engine_verdict": was["verdict"] if was else "",
            "engine_agreed": text_of(was["agreed_code"]) if was else "",
            "verdict": now["verdict"] if now else "",
            "agreed": text_of(now["agreed_code"]) if now else "",
            "engine_dollars": was["dollars"] if was else 0.0,
            "dollars": now["dollars"] if now else 0.0,
            "basis": now["basis"] if now else "reader",
            "by": record.by if record else "",
            "log_line": record.n if record else None,
            "remark": getattr(record.event, "remark", "") if record else "",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)).astype({"log_line": "Int64"})


def _by_key(table: pd.DataFrame) -> dict[Key, dict[Any, Any]]:
    return {(str(r["encounter_id"]), e.slot_of(r)): r for r in table.to_dict("records")}


def _same(one: Mapping[Any, Any] | None, other: Mapping[Any, Any] | None) -> bool:
    """Return whether two rows say the same of a line, money aside."""
    if one is None or other is None:
        return one is other
    return all(_text(one[name]) == _text(other[name]) for name in _SAID)


def _text(value: Any) -> str:
    text = text_of(value)
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def by_line(findings: pd.DataFrame) -> Iterator[tuple[Key, dict[Any, Any]]]:
    """Yield each finding with the line that it is about.

    An unbilled line is named by its agreed codes. Where an encounter holds several of one code,
    the main findings follow the order of the lines; the others go with the first.
    """
    mains: Counter[tuple[str, str]] = Counter()
    for row in findings.to_dict("records"):
        encounter = str(row["encounter_id"])
        if not pd.isna(row["line"]):
            yield (encounter, str(int(float(row["line"])))), row
            continue
        parts = (_CODE.match(part.strip()) for part in text_of(row.get("agreed")).split(" + "))
        codes, nth = " + ".join(found[0] for found in parts if found), 1
        main = row.get("main")
        if not pd.isna(main) and main and row.get("severity") == Severity.ERROR.value:
            mains[encounter, codes] += 1
            nth = mains[encounter, codes]
        yield (encounter, e.slot(None, codes, nth)), row


def _gives_way(row: Mapping[Any, Any], key: Key, changed: set[Key], judged: set[Key]) -> bool:
    if row["severity"] == Severity.ERROR.value:
        return key in changed
    return row["severity"] == Severity.PROMPT.value and key in judged


def _told(findings: pd.DataFrame) -> dict[Key, dict[str, dict[Any, Any]]]:
    """Return the engine's finding of each line and rule."""
    told: dict[Key, dict[str, dict[Any, Any]]] = {}
    for key, row in by_line(findings):
        told.setdefault(key, {}).setdefault(text_of(row["rule_id"]), row)
    return told


def _finding(
    row: Mapping[Any, Any],
    state: State,
    told: Mapping[str, Mapping[Any, Any]],
    day: date | None,
) -> dict[Any, Any]:
    """Return the finding that says what people decided about a line."""
    key = (str(row["encounter_id"]), e.slot_of(row))
    record = state.standing(key)
    remark = getattr(record.event, "remark", "") if record else ""
    reason = getattr(record.event, "reason", "") if record else ""
    rule = told.get(text_of(row["rule_id"])) or _cited(text_of(row["rule_id"]), day)
    return {
        "encounter_id": row["encounter_id"],
        "provider_id": row["provider_id"],
        "line": row["line"],
        "family": text_of(row["family"]) or FOUND_BY_PEOPLE,
        "rule_id": text_of(row["rule_id"]) or FOUND_BY_PEOPLE,
        "severity": Severity.ERROR.value,
        "verdict": row["verdict"],
        "direction": row["direction"],
        "category": text_of(row["category"]) or None,
        "main": True,
        "dollars": row["dollars"],
        "billed": side_of(row, "billed") or None,
        "agreed": side_of(row, "agreed") or None,
        "why": " ".join(x for x in (WHO[row["basis"]], remark, reason) if x),
        "would_support": text_of(rule.get("would_support")) or None,
        "citation": text_of(rule.get("citation")) or None,
        "version": text_of(rule.get("version")) or None,
    }


def _cited(rule_id: str, day: date | None) -> dict[str, str]:
    """Return what the catalogue says of a rule on *day*; nothing where it was not in force."""
    if day is None or rule_id not in rule_titles(day):
        return {}
    rule = named_rule(rule_id)
    return {
        "would_support": rule.would_support,
        "citation": str(rule.citations[0]),
        "version": str(rule.version(day)),
    }
