"""Results of many encounters as tables: one row per line, one row per finding."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from auditkit.findings import EncounterResult, LineResult
from auditkit.model import Finding, SupportedLine

LINE_COLUMNS = (
    "encounter_id", "line", "billed_code", "billed_modifiers", "billed_units", "agreed_code",
    "agreed_modifiers", "agreed_units", "verdict", "direction", "category", "family", "rule_id",
    "billed_dollars", "agreed_dollars", "dollars", "beside", "prompt",
)  # fmt: skip
FINDING_COLUMNS = (
    "encounter_id", "line", "family", "rule_id", "severity", "verdict", "direction", "category",
    "main", "dollars", "billed", "agreed", "why", "would_support", "citation", "version",
)  # fmt: skip
SUPPORTED_COLUMNS = (
    "encounter_id", "line", "code", "modifiers", "units", "diagnoses", "rule_id", "version",
    "elements", "why", "citation",
)  # fmt: skip
PROBLEM_COLUMNS = ("encounter_id", "problem")


def line_results(results: Iterable[EncounterResult]) -> pd.DataFrame:
    """Return one row per billed line, and one with an empty `line` per line not billed.

    Money in dollars. `beside` names the billed line that an unbilled one belongs to; `prompt` is
    True where the auditor must settle something before the line can be judged.
    """
    rows = [
        _line_row(result.encounter.encounter_id, line)
        for result in results
        for line in result.lines
    ]
    return _typed(pd.DataFrame(rows, columns=list(LINE_COLUMNS)))


def findings(results: Iterable[EncounterResult]) -> pd.DataFrame:
    """Return one row per finding, advisory or prompt, in the order of encounters and lines."""
    rows = [_finding_row(finding) for result in results for finding in result.findings]
    return _typed(pd.DataFrame(rows, columns=list(FINDING_COLUMNS)))


def supported_lines(results: Iterable[EncounterResult]) -> pd.DataFrame:
    """Return one row per supported line and reason: the rule, its version, the elements used."""
    rows = [
        (
            result.encounter.encounter_id, line.billed_number, line.code,
            " ".join(line.modifiers), float(line.units), " ".join(line.diagnoses), reason.rule_id,
            reason.version.isoformat(), " ".join(reason.elements), reason.text,
            str(reason.citation or ""),
        )
        for result in results
        for line in result.agreed
        for reason in line.reasons
    ]  # fmt: skip
    return _typed(pd.DataFrame(rows, columns=list(SUPPORTED_COLUMNS)))


def element_problems(results: Iterable[EncounterResult]) -> pd.DataFrame:
    """Return one row per problem of an encounter's elements."""
    rows = [(r.encounter.encounter_id, problem) for r in results for problem in r.problems]
    return pd.DataFrame(rows, columns=list(PROBLEM_COLUMNS))


def _line_row(encounter_id: str, result: LineResult) -> tuple[Any, ...]:
    line, agreed = result.line, result.agreed
    return (
        encounter_id,
        None if line is None else line.number,
        None if line is None else line.code,
        "" if line is None else " ".join(line.modifiers),
        None if line is None else float(line.units),
        " ".join(a.code for a in agreed) or None,
        " ".join(m for a in agreed for m in a.modifiers),
        float(sum(a.units for a in agreed)) if agreed else None,
        result.verdict.value,
        result.direction.value,
        None if result.category is None else result.category.value,
        result.family,
        result.rule_id,
        float(result.billed_dollars),
        float(result.agreed_dollars),
        float(result.dollars),
        result.beside,
        result.prompt,
    )


def _finding_row(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.encounter_id, finding.line, finding.family, finding.rule_id,
        finding.severity.value, finding.verdict.value, finding.direction.value,
        None if finding.category is None else finding.category.value, finding.main,
        float(finding.dollars), finding.billed, " + ".join(map(as_written, finding.agreed)),
        finding.why, finding.would_support, str(finding.citation or ""),
        "" if finding.version is None else finding.version.isoformat(),
    )  # fmt: skip


def as_written(line: SupportedLine) -> str:
    """Return a supported line as coders write it: 17003-59 x13."""
    text = "-".join((line.code, *line.modifiers))
    return text if line.units == 1 else f"{text} x{line.units:f}"


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    for name in ("line", "beside"):
        if name in table:
            table[name] = table[name].astype("Int64")
    return table
