"""Worked encounters run through the rules: which families hold, case by case."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table

from auditkit.coding.case_answers import SAME_FAMILY, CaseResult, Judgement
from auditkit.coding.editions import Editions, Remembered
from auditkit.coding.pack import Rules, load_rules
from auditkit.documentation.cases import WorkedEncounter, read_cases
from auditkit.findings import audit_encounter
from auditkit.pricing import bundled_fees

#: The rule that leaves a code to the auditor that no pack knows.
NO_RULES = "LINE-1"
#: Families that need a claims edit by date of service.
NEEDS_EDITION = {"PTP": "ptp", "MUE": "mue", "AOC": "addon"}


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The results of a file of worked encounters."""

    cases: tuple[CaseResult, ...]
    editions: tuple[str, ...] = ()

    @property
    def families(self) -> dict[str, dict[str, int | str]]:
        """Return, for each family of cases, the counts that the table prints."""
        groups: dict[str, list[CaseResult]] = defaultdict(list)
        for case in self.cases:
            groups[case.family].append(case)
        return {family: _counts(cases) for family, cases in sorted(groups.items())}

    @property
    def exit_code(self) -> int:
        """Return 0 when every case passes and none is uncovered, else 1."""
        return 0 if all(case.passed for case in self.cases) else 1

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values: families, and each case with why it failed."""
        return {
            "families": self.families,
            "cases": [
                {
                    "id": case.id,
                    "family": case.family,
                    "passed": bool(case.passed),
                    "covered": case.passed is not None,
                    "why": "; ".join(case.why),
                    "notes": list(case.notes),
                }
                for case in self.cases
            ],
            "editions": list(self.editions),
        }

    def render(self) -> Group:
        """Return the table by family, and below it what failed and why."""
        return Group(_table(self.families), *_explanations(self))


def run_cases(
    path: Path | str,
    store: Path | str | None = None,
    rules: Rules | None = None,
    editions: Editions | None = None,
) -> CaseReport:
    """Run a file of worked encounters through the rules.

    Args:
        path: JSON or TOML in the layout of docs/worked-encounters.md.
        store: folder of reference editions; without it cases that need one are not covered.
        rules: the packs in use (default: dermatology).
        editions: editions to use in place of a store's.

    Raises:
        InputError: if the file cannot be read as worked encounters.
    """
    rules = rules or load_rules()
    if store is not None and editions is None:
        from auditkit.reference import Editions as StoreEditions

        editions = Remembered(StoreEditions(store))
    worked = read_cases(Path(path))
    cases = [run_case(case, rules, editions) for case in worked]
    return CaseReport(tuple(cases), answering(worked, editions))


def answering(cases: Iterable[WorkedEncounter], editions: Editions | None) -> tuple[str, ...]:
    """Return the names of the editions that answer for the cases' dates of service."""
    if editions is None:
        return ()
    days = {case.encounter.dos for case in cases if case.encounter is not None}
    kinds = (*NEEDS_EDITION.values(), "icd10", "pfs")
    asked = ((kind, day) for kind in kinds for day in days if editions.covers(kind, day))
    return tuple(sorted({editions.edition(kind, day).id for kind, day in asked}))


def run_case(case: WorkedEncounter, rules: Rules, editions: Editions | None) -> CaseResult:
    """Return what came of one case: recall, flags, agreed lines, direction and dollars."""
    notes = [f"not understood: {each}" for each in case.not_understood]
    uncovered = list(_uncovered(case, rules, editions))
    if case.problems or case.encounter is None or case.documented is None:
        return CaseResult(case.id, case.family, case.title, False, case.problems, tuple(notes))
    if uncovered:
        return CaseResult(case.id, case.family, case.title, None, tuple(uncovered), tuple(notes))
    result = audit_encounter(case.encounter, case.documented, bundled_fees(), rules, editions)
    notes += [f"elements: {problem}" for problem in result.problems]
    return Judgement(case, result, rules).conclude(notes)


def _uncovered(case: WorkedEncounter, rules: Rules, editions: Editions | None) -> Iterator[str]:
    known = rules.families()
    names = {case.family, *(f.family for f in case.expected.findings), *case.expected.must_not_flag}
    for name in sorted(SAME_FAMILY.get(n, n) for n in names if n):
        if name not in known:
            yield f"no pack in use covers the family {name}"
    if case.encounter is not None and NO_RULES not in case.raises:
        on, lines = rules.on(case.encounter.dos), case.encounter.lines
        unknown = {x.number: x.code for x in lines if on.kind_of(x.code) is None}
        asked = {f.line for f in case.expected.findings}
        for number, code in unknown.items():
            if number in asked or len(unknown) == len(lines):
                yield f"no pack in use has rules for {code}"
    needed = {case.family, *(f.family for f in case.expected.findings)} & set(NEEDS_EDITION)
    for name in sorted(needed):
        kind = NEEDS_EDITION[name]
        if editions is None:
            yield f"{name} needs a reference edition; give a store of editions with --store"
        elif case.encounter is not None and not editions.covers(kind, case.encounter.dos):
            yield f"{name} needs a {kind} edition that covers the date of service"


def _counts(cases: list[CaseResult]) -> dict[str, int | str]:
    covered = [case for case in cases if case.passed is not None]
    return {
        "cases": len(cases),
        "passed": sum(bool(case.passed) for case in covered),
        "failed": sum(not case.passed for case in covered),
        "not_covered": len(cases) - len(covered),
        "findings_expected": sum(case.expected_findings for case in covered),
        "findings_found": sum(case.found_findings for case in covered),
        "wrongly_flagged": sum(case.wrongly_flagged for case in covered),
        "agreed_lines": _ratio(case.agreed_right for case in covered),
        "direction": _ratio(case.direction_right for case in covered),
        "dollars": _ratio(case.dollars_right for case in covered),
        "alternatives": sum(case.alternative for case in covered),
    }


def _ratio(values: Iterable[bool | None]) -> str:
    asserted = [value for value in values if value is not None]
    return f"{sum(asserted)}/{len(asserted)}"


def _table(families: dict[str, dict[str, int | str]]) -> Table:
    table = Table(title="Worked encounters by family")
    table.add_column("family")
    for name in ("cases", "passed", "failed", "not covered", "findings", "wrongly flagged",
                 "agreed lines", "direction", "dollars", "alternatives"):  # fmt: skip
        table.add_column(name, justify="right")
    for family, row in families.items():
        findings = f"{row['findings_found']}/{row['findings_expected']}"
        cells = (row["cases"], row["passed"], row["failed"], row["not_covered"], findings,
                 row["wrongly_flagged"], row["agreed_lines"], row["direction"], row["dollars"],
                 row["alternatives"])  # fmt: skip
        table.add_row(family, *(str(cell) for cell in cells))
    return table


def _explanations(report: CaseReport) -> Iterator[str]:
    for case in report.cases:
        if case.passed:
            continue
        mark = "not covered" if case.passed is None else "fails"
        yield f"{case.id} {mark}: {'; '.join(case.why)}"
    words = Counter(note for case in report.cases for note in case.notes)
    for note, times in sorted(words.items()):
        yield f"{note}" + (f" ({times} cases)" if times > 1 else "")
    passed = sum(bool(case.passed) for case in report.cases)
    uncovered = sum(case.passed is None for case in report.cases)
    yield f"{passed} of {len(report.cases)} cases pass; {uncovered} are not covered."
    if report.editions:
        yield "Editions that answered: " + ", ".join(report.editions)
