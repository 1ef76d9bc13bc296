"""Payer overlays: a user's own file that adds, replaces or switches off rules for a payer."""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditkit.coding.chart import Chart
from auditkit.coding.entry import Entry, Note, with_modifiers, with_units
from auditkit.coding.rules import Overlay, PayerRule, Period, Rule, Rules, Value
from auditkit.errors import RuleError
from auditkit.model import Citation, Direction, ErrorCategory, Severity, Verdict

REQUIRED = ("name", "owner", "reason", "payers", "from")
#: What an overlay may change of a bundled rule.
CHANGEABLE = ("severity", "category", "would_support", "title", "asks")


def read_overlay(path: Path, rules: Rules) -> Overlay:
    """Read a payer overlay for *rules*; its layout is in docs/overlays.md.

    Raises:
        RuleError: listing everything wrong: no name, owner, reason, payers or start date; a rule
            switched off or replaced that no pack holds; an added rule without citation, start date,
            codes or something to ask.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise RuleError(f"{path.name}: cannot be read as an overlay ({error}).") from error
    problems = [f"'{name}' is missing" for name in REQUIRED if not raw.get(name)]
    known = {rule.id: rule for pack in rules.packs for rule in pack.rules}
    name = str(raw.get("name", path.stem))
    off = frozenset(raw.get("off", ()))
    named = [*off, *(each.get("rule", "?") for each in raw.get("replace", ()))]
    problems += [f"no pack in use holds rule '{rule}'" for rule in named if rule not in known]
    replaced = tuple(
        _replaced(known[each["rule"]], each, name, problems)
        for each in raw.get("replace", ()) if each.get("rule") in known
    )  # fmt: skip
    added = [_added(each, name, known, problems) for each in raw.get("add", ())]
    values = tuple(_value(each, problems) for each in raw.get("value", ()))
    if problems:
        raise RuleError(f"{path.name}: " + "; ".join(problems) + ".")
    return Overlay(
        name, raw["owner"], raw["reason"], tuple(word.lower() for word in raw["payers"]),
        Period(raw["from"], raw.get("until")), off, replaced,
        tuple(rule for rule in added if rule is not None), values,
    )  # fmt: skip


def with_overlays(rules: Rules, *overlays: Overlay) -> Rules:
    """Return *rules* with *overlays* laid over them, later ones last."""
    return Rules(rules.specialty, rules.packs, (*rules.overlays, *overlays))


def _replaced(rule: Rule, entry: dict[str, Any], overlay: str, problems: list[str]) -> Rule:
    unknown = sorted(set(entry) - {"rule", *CHANGEABLE})
    problems += [f"'{field}' of rule '{rule.id}' cannot be replaced" for field in unknown]
    changes: dict[str, Any] = {k: v for k, v in entry.items() if k in CHANGEABLE}
    try:
        if "severity" in changes:
            changes["severity"] = Severity(changes["severity"])
        if "category" in changes:
            changes["category"] = ErrorCategory(changes["category"])
    except ValueError as error:
        problems.append(f"rule '{rule.id}': {error}")
        return rule
    return replace(rule, overlay=overlay, **changes)


def _added(
    entry: dict[str, Any], overlay: str, known: dict[str, Rule], problems: list[str]
) -> PayerRule | None:
    needed = ("id", "family", "title", "would_support", "citation", "from", "codes")
    missing = [name for name in needed if not entry.get(name)]
    asks = ("needs_modifier", "bars_modifier", "most_units", "needs_diagnosis", "not_covered")
    if not any(name in entry for name in asks):
        missing.append(f"one of {', '.join(asks)}")
    if entry.get("id") in known:
        missing.append("an id that no pack uses")
    if missing:
        problems.append(f"added rule '{entry.get('id', '?')}' lacks {', '.join(missing)}")
        return None
    start: date = entry["from"]
    rule = Rule(
        id=entry["id"],
        family=entry["family"],
        title=entry["title"],
        asks=entry.get("asks", entry["title"]),
        would_support=entry["would_support"],
        category=ErrorCategory(entry.get("category", "incorrect_coding")),
        severity=Severity(entry.get("severity", "error")),
        citations=(Citation(entry["citation"]),),
        periods=(Period(start, entry.get("until")),),
        pack=overlay,
        overlay=overlay,
    )
    most = entry.get("most_units")
    return PayerRule(
        rule,
        tuple(entry["codes"]),
        entry.get("needs_modifier", ""),
        entry.get("bars_modifier", ""),
        None if most is None else Decimal(most),
        tuple(entry.get("needs_diagnosis", ())),
        bool(entry.get("not_covered", False)),
    )


def _value(entry: dict[str, Any], problems: list[str]) -> Value:
    if missing := [k for k in ("name", "from", "data") if k not in entry]:
        problems.append(f"value '{entry.get('name', '?')}' lacks {', '.join(missing)}")
        return Value("", Period(date.max), None)
    return Value(entry["name"], Period(entry["from"], entry.get("until")), entry["data"])


def check_added(entries: list[Entry], chart: Chart) -> None:
    """Ask the rules that overlays add of every agreed line of their codes."""
    for each in chart.rules.added:
        if each.rule.version(chart.dos) is None:
            continue
        for entry in entries:
            if entry.line is not None and any(a.code in each.codes for a in entry.agreed):
                _ask(entry, each)


def _ask(entry: Entry, each: PayerRule) -> None:
    """Hold one agreed line against a payer's rule."""
    agreed, line = entry.agreed[0], entry.line
    if line is None:
        return
    rule, title = each.rule.id, each.rule.title
    if each.not_covered:
        entry.notes.append(Note(rule, f"{title}.", Verdict.NOT_SUPPORTED, Direction.OVER))
        entry.agreed = []
    elif each.needs_modifier and each.needs_modifier not in agreed.modifiers:
        why = f"{title}: modifier {each.needs_modifier} is missing."
        entry.notes.append(Note(rule, why, Verdict.UNDERCODED, Direction.UNDER))
        added = (*agreed.modifiers, each.needs_modifier)
        entry.agreed = [with_modifiers(agreed, added), *entry.agreed[1:]]
    elif each.bars_modifier and each.bars_modifier in agreed.modifiers:
        why = f"{title}: modifier {each.bars_modifier} does not stand here."
        entry.notes.append(Note(rule, why, Verdict.WRONG_CODE, Direction.NONE))
        left = tuple(m for m in agreed.modifiers if m != each.bars_modifier)
        entry.agreed = [with_modifiers(agreed, left), *entry.agreed[1:]]
    elif each.most_units is not None and agreed.units > each.most_units:
        why = f"{title}: at most {each.most_units:f} unit(s)."
        entry.notes.append(Note(rule, why, Verdict.OVERCODED, Direction.OVER))
        entry.agreed = [with_units(agreed, each.most_units), *entry.agreed[1:]]
    elif each.needs_diagnosis and not any(
        d.startswith(each.needs_diagnosis) for d in agreed.diagnoses
    ):
        why = f"{title}: no diagnosis billed is one that the payer covers."
        entry.notes.append(Note(rule, why, Verdict.NOT_SUPPORTED, Direction.OVER))
        entry.agreed = []
