"""Rule packs: TOML files of rules, dated values and code facts, read and checked.

A *family pack* (`packs/<family>.toml`) holds the rules, values and codes of one coding family and
names the module that applies them. A *specialty pack* (`packs/specialties.toml`) is an ordered list
of family packs. Everything that can change with time carries `from` (first day in force) and may
carry `until` (last day in force); nothing in Python knows a year.
"""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from auditkit.coding.rules import CodeInfo, Kind, Pack, Period, Rule, Rules, RulesOn, Value
from auditkit.errors import RuleError
from auditkit.model import Citation, ErrorCategory, Severity, Verdict

__all__ = ["PACKS", "CodeInfo", "Rules", "RulesOn", "load_rules", "read_pack", "specialties"]

PACKS = Path(__file__).parent / "packs"
SPECIALTIES = "specialties.toml"


def read_pack(path: Path) -> Pack:
    """Read one family pack.

    Raises:
        RuleError: listing everything wrong with the file: a rule without id, title, citation,
            start date or `would_support`, an id used twice, a rule named that is not there.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise RuleError(f"{path.name}: cannot be read as a rule pack ({error}).") from error
    problems: list[str] = [f"'{k}' is missing" for k in ("pack", "title") if k not in raw]
    rules = [_rule(entry, raw.get("pack", path.stem), problems) for entry in raw.get("rule", [])]
    values = tuple(_value(entry, problems) for entry in raw.get("value", []))
    kinds = tuple(_kind(name, entry) for name, entry in raw.get("kinds", {}).items())
    crossings = {
        (b, c["supported"]): c["rule"] for c in raw.get("crossing", []) for b in c["billed"]
    }
    known = {rule.id for rule in rules if rule}
    if len(known) < len([r for r in rules if r]):
        problems.append("a rule id is used twice")
    named = {
        r
        for k in kinds
        for r in (k.unsupported, k.units, *(x for f in k.facets for x in f[1:]))
        if r
    }
    named |= set(crossings.values())
    problems += [f"rule '{r}' is named but not in the pack" for r in sorted(named - known)]
    if problems:
        raise RuleError(f"{path.name}: " + "; ".join(problems) + ".")
    return Pack(
        raw["pack"],
        raw["title"],
        raw.get("module", ""),
        tuple(rule for rule in rules if rule),
        values,
        kinds,
        crossings,
    )


REQUIRED = ("id", "family", "title", "asks", "would_support", "citation", "versions")


def _rule(entry: dict[str, Any], pack: str, problems: list[str]) -> Rule | None:
    missing = [name for name in REQUIRED if not entry.get(name)]
    if missing:
        problems.append(f"rule '{entry.get('id', '?')}' lacks {', '.join(missing)}")
        return None
    periods = tuple(Period(v["from"], v.get("until")) for v in entry["versions"])
    return Rule(
        id=entry["id"],
        family=entry["family"],
        title=entry["title"],
        asks=entry["asks"],
        would_support=entry["would_support"],
        category=ErrorCategory(entry.get("category", "incorrect_coding")),
        severity=Severity(entry.get("severity", "error")),
        citations=tuple(Citation(**c) for c in entry["citation"]),
        periods=periods,
        pack=pack,
        also=tuple(entry.get("also", ())),
        readings=tuple(entry.get("readings", ())),
        verdict=Verdict(entry["verdict"]) if "verdict" in entry else None,
    )


def _value(entry: dict[str, Any], problems: list[str]) -> Value:
    if missing := [k for k in ("name", "from", "data") if k not in entry]:
        problems.append(f"value '{entry.get('name', '?')}' lacks {', '.join(missing)}")
        return Value("", Period(date.max), None)
    period = Period(entry["from"], entry.get("until"))
    return Value(entry["name"], period, entry["data"], entry.get("source", ""))


def _kind(name: str, entry: dict[str, Any]) -> Kind:
    return Kind(
        name=name,
        label=entry["label"],
        unsupported=entry["unsupported"],
        units=entry.get("units", entry["unsupported"]),
        facets=tuple((f[0], f[1], f[2] if len(f) > 2 else "") for f in entry.get("facets", ())),
        grouped=entry.get("grouped", False),
        counted=entry.get("counted", False),
        within=tuple(entry.get("within", ())),
        inside=dict(entry.get("inside", {})),
    )


@cache
def specialties() -> dict[str, tuple[str, ...]]:
    """Return the bundled specialty packs: name to the family packs they use, in order."""
    raw = tomllib.loads((PACKS / SPECIALTIES).read_text(encoding="utf-8"))
    return {name: tuple(entry["families"]) for name, entry in raw.items()}


@cache
def load_rules(specialty: str = "dermatology") -> Rules:
    """Return the rules of a bundled specialty pack.

    Raises:
        RuleError: if there is no such specialty, or one of its packs is incomplete.
    """
    try:
        families = specialties()[specialty]
    except KeyError:
        raise RuleError(
            f"No specialty pack '{specialty}'. Bundled: {', '.join(sorted(specialties()))}."
        ) from None
    return Rules(specialty, tuple(read_pack(PACKS / f"{family}.toml") for family in families))
