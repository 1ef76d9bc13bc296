"""Worked encounters: a claim, its record and the answer expected, read into typed values.

The layout is described in docs/worked-encounters.md. Field names and words are mapped by
`worked.toml`; what that file does not know is counted as not understood.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.worked import Reader
from auditkit.errors import InputError, Problem
from auditkit.model import Encounter, Line, PriorService

LINE = re.compile(r"(?P<code>[0-9A-Z]{5})(?P<modifiers>(?:-[0-9A-Z]{2})*)(?: x(?P<units>[0-9.]+))?")


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line that the answer expects: code, modifiers in any order, units."""

    code: str
    modifiers: frozenset[str]
    units: Decimal


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """A finding that the answer expects; `direction` is None where none is asserted."""

    family: str
    line: int | None
    severity: str
    direction: str | None
    diagnosis: str | None = None
    dos: date | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer to one worked encounter. None means that the case does not assert it."""

    findings: tuple[ExpectedFinding, ...]
    agreed: tuple[AgreedLine, ...] | None
    must_not_flag: tuple[str, ...]
    dollars: Decimal | None
    alternatives: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class WorkedEncounter:
    """One worked encounter with its answer, and the words of it that were not understood.

    `raises` names rules that must speak, `holds` rules that are asked and must stay silent.
    """

    id: str
    title: str
    family: str
    encounter: Encounter | None
    documented: DocumentedEncounter | None
    expected: Expected
    not_understood: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()


#: The answer of a case whose own cannot be read.
NOTHING_ASSERTED = Expected((), None, (), None)


def read_cases(path: Path) -> list[WorkedEncounter]:
    """Read a file of worked encounters, JSON or TOML.

    Raises:
        InputError: if the file cannot be read, holds no cases, or a case lacks its claim, lines,
            documentation or expected answer; every such case is named at once.
    """
    raw = _load(path)
    cases = raw.get("cases", raw.get("case"))
    defaults = raw.get("defaults", {})
    if not isinstance(cases, list) or not cases:
        raise InputError(f"{path.name} holds no worked encounters: a list named 'cases' is needed.")
    problems, found = [], []
    seen: Counter[str] = Counter()
    for row, given in enumerate(cases, start=1):
        case = merged(defaults, given) if isinstance(given, dict) else given
        missing = [k for k in ("claim", "documentation", "expected") if not _is_table(case, k)]
        if missing:
            what = f"lacks {', '.join(missing)}"
            problems.append(Problem(path.name, row, None, what, "claim, documentation, expected"))
            continue
        name = str(case.get("id", f"case {row}"))
        seen[name] += 1
        if seen[name] > 1:
            problems.append(Problem(path.name, row, "id", "is used twice", "one id per case"))
            continue
        found.append(read_case(name, case))
    if problems:
        raise InputError(f"{path.name} cannot be run.", problems)
    return found


def merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* with what *defaults* adds to it, table by table."""
    out = dict(defaults)
    for key, value in given.items():
        both = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = merged(out[key], value) if both else value
    return out


def _is_table(case: Any, key: str) -> bool:
    return isinstance(case, dict) and isinstance(case.get(key), dict)


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".toml":
            return with_nulls(tomllib.loads(text, parse_float=Decimal))
        raw = json.loads(text, parse_float=Decimal)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not valid JSON or TOML: {error}.") from error
    return raw if isinstance(raw, dict) else {"cases": raw}


def with_nulls(value: Any) -> Any:
    """Return a TOML value with the text "null" as None: TOML has no word for nothing."""
    if isinstance(value, dict):
        return {k: with_nulls(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_nulls(v) for v in value]
    return None if value == "null" else value


def read_case(name: str, case: Mapping[str, Any]) -> WorkedEncounter:
    """Return one worked encounter; what is wrong with it stands in its `problems`."""
    reader = Reader()
    problems: list[str] = []
    encounter = documented = None
    expected = NOTHING_ASSERTED
    # Whatever one case holds, the others are run: what cannot be read is told by its case.
    try:
        encounter = _encounter(name, case)
    except Exception as error:
        problems.append(f"the claim cannot be read ({type(error).__name__}: {error})")
    try:
        documented = reader.documented(name, case["documentation"])
    except Exception as error:
        problems.append(f"the documentation cannot be read ({type(error).__name__})")
    try:
        expected = _expected(case["expected"])
    except Exception as error:
        problems.append(f"the expected answer cannot be read ({type(error).__name__}: {error})")
    return WorkedEncounter(
        id=name,
        title=str(case.get("title", "")),
        family=str(case.get("family", "")),
        encounter=encounter,
        documented=documented,
        expected=expected,
        not_understood=tuple(sorted(reader.unknown)),
        problems=(*problems, *reader.problems),
        raises=tuple(case.get("raises") or ()),
        holds=tuple(case.get("holds") or ()),
    )


def _day(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10])


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _line(number: int, raw: Any, dos: date | None, pos: str) -> Line:
    """Return one billed line from a table, or from text such as "17003-59 x2 L57.0 $6.66"."""
    if isinstance(raw, str):
        raw = _written_line(number, raw)
    allowed = raw.get("allowed", raw.get("allowed_no_mppr"))
    return Line(
        number=int(raw.get("line", number)),
        code=str(raw["code"]),
        modifiers=tuple(str(m) for m in raw.get("modifiers") or ()),
        units=Decimal(str(raw.get("units", 1))),
        diagnoses=tuple(str(d) for d in raw.get("dx_pointers") or raw.get("diagnoses") or ()),
        dos=_day(raw.get("dos")) or dos or _required_day(raw),
        pos=str(raw.get("pos", pos)),
        charge=_money(raw.get("charge")),
        allowed=_money(allowed),
        paid=_money(raw.get("paid")),
    )


def _required_day(raw: Mapping[str, Any]) -> date:
    raise KeyError("dos")


def _written_line(number: int, text: str) -> dict[str, Any]:
    found = LINE.match(text)
    if found is None:
        raise ValueError("a line is written CODE-MODIFIER xUNITS DIAGNOSES $ALLOWED")
    rest = text[found.end() :].split()
    priced = [word[1:] for word in rest if word.startswith("$")]
    return {
        "line": number,
        "code": found["code"],
        "modifiers": [m for m in found["modifiers"].split("-") if m],
        "units": found["units"] or 1,
        "dx_pointers": [word for word in rest if not word.startswith("$")],
        "allowed": priced[0] if priced else None,
    }


def _encounter(name: str, case: Mapping[str, Any]) -> Encounter:
    claim = case["claim"]
    patient = case.get("patient") or {}
    pos = str(claim.get("pos", "11"))
    dos = _day(claim.get("dos"))
    lines = tuple(_line(i, raw, dos, pos) for i, raw in enumerate(claim["lines"], start=1))
    return Encounter(
        encounter_id=name,
        dos=min(line.dos for line in lines),
        payer=str(case.get("payer") or claim.get("payer") or ""),
        rendering_npi=str(claim.get("rendering_npi", "")),
        lines=lines,
        billing_npi=claim.get("billing_npi"),
        rendering_taxonomy=claim.get("rendering_taxonomy"),
        pos=pos,
        birth_date=_day(patient.get("dob")),
        sex=patient.get("sex"),
        received_date=_day(claim.get("received_date")),
        frequency_code=str(claim.get("frequency_code", "1")),
        history=tuple(_prior(each) for each in case.get("history") or ()),
    )


def _prior(raw: Mapping[str, Any]) -> PriorService:
    day = _day(raw["dos"])
    if day is None:
        raise ValueError("a service of the history has no date")
    return PriorService(
        dos=day,
        code=str(raw["code"]),
        npi=str(raw.get("npi", "")),
        specialty=raw.get("specialty"),
        works_with_specialty=raw.get("works_with_specialty"),
        same_group=bool(raw.get("same_group", True)),
        face_to_face=bool(raw.get("face_to_face", True)),
        global_days=raw.get("global_days"),
        modifiers=tuple(raw.get("modifiers") or ()),
        units=Decimal(str(raw.get("units", 1))),
        claim_id=str(raw.get("claim_id", "")),
    )


def _agreed(raw: Any) -> AgreedLine:
    if isinstance(raw, str):
        raw = _written_line(0, raw)
    modifiers = frozenset(str(m) for m in raw.get("modifiers") or ())
    return AgreedLine(str(raw["code"]), modifiers, Decimal(str(raw.get("units", 1))))


def _expected(raw: Mapping[str, Any]) -> Expected:
    agreed = raw.get("agreed_lines")
    dollars = raw.get("allowed_delta_no_mppr", raw.get("dollars"))
    return Expected(
        findings=tuple(_finding(each) for each in raw.get("findings") or ()),
        agreed=None if agreed is None else tuple(_agreed(each) for each in agreed),
        must_not_flag=tuple(raw.get("must_not_flag") or ()),
        dollars=None if dollars is None else Decimal(str(dollars)),
        alternatives=tuple(
            tuple(str(part) for part in each) if isinstance(each, list) else (str(each),)
            for each in raw.get("acceptable_alternatives") or ()
        ),
    )


def _finding(raw: Mapping[str, Any]) -> ExpectedFinding:
    direction = raw.get("direction")
    line = raw.get("line")
    return ExpectedFinding(
        family=str(raw.get("rule_family") or raw.get("family") or ""),
        line=None if line is None else int(line),
        severity=str(raw.get("severity", "error")),
        direction=direction if direction in ("over", "under") else None,
        diagnosis=raw.get("agreed_dx"),
        dos=_day(raw.get("agreed_dos")),
    )
