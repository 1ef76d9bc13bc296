"""One worked encounter's answer held against what the engine says of it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from auditkit.coding.pack import Rules
from auditkit.documentation.cases import AgreedLine, Expected, ExpectedFinding, WorkedEncounter
from auditkit.findings import EncounterResult
from auditkit.model import Severity
from auditkit.pricing import CENT

#: Names of case families that say how the case is made rather than which rule it is about.
SAME_FAMILY = {"EM_TIME": "EM_LEVEL", "PATH_UNITS": "UNITS"}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one worked encounter. `passed` is None when the case is not covered."""

    id: str
    family: str
    title: str
    passed: bool | None
    why: tuple[str, ...]
    notes: tuple[str, ...] = ()
    expected_findings: int = 0
    found_findings: int = 0
    wrongly_flagged: int = 0
    agreed_right: bool | None = None
    direction_right: bool | None = None
    dollars_right: bool | None = None
    alternative: bool = False


class Judgement:
    """One case's answer held against what the engine says."""

    def __init__(self, case: WorkedEncounter, result: EncounterResult, rules: Rules) -> None:
        self.expected: Expected = case.expected
        self.case = case
        self.result = result
        self.also = {r.id: {r.family, *r.also} for p in rules.packs for r in p.rules}
        self.errors = [f for f in result.findings if f.severity == Severity.ERROR]
        self.beside = {
            (r.rule_id, r.agreed): r.beside for r in result.lines if r.line is None and r.agreed
        }
        self.why: list[str] = []

    def conclude(self, notes: list[str]) -> CaseResult:
        """Return the result of the case."""
        wanted = [f for f in self.expected.findings if f.severity == "error"]
        found = self.recall(wanted)
        flagged = self.wrong_flags(wanted)
        agreed, alternative = self.agreed_lines()
        direction = self.directions(found)
        dollars = self.dollars() if not alternative or agreed else None
        self.facts()
        self.rules()
        advisories = [f for f in self.expected.findings if f.severity != "error"]
        notes += [
            f"{f.severity} not raised: {f.family}" for f in advisories if not self.remarked(f)
        ]
        return CaseResult(
            self.case.id, self.case.family, self.case.title, not self.why, tuple(self.why),
            tuple(notes), len(wanted), sum(bool(f) for f in found.values()), flagged, agreed,
            direction, dollars, alternative,
        )  # fmt: skip

    def recall(self, wanted: list[ExpectedFinding]) -> dict[int, list[Any]]:
        """Return the findings that answer each expected one; a missing one is a reason to fail."""
        found = {}
        for i, expected in enumerate(wanted):
            found[i] = [f for f in self.errors if self.answers(f, expected)]
            if not found[i]:
                place = "" if expected.line is None else f" on line {expected.line}"
                raised = (
                    ", ".join(sorted({f"{f.family} on {f.line}" for f in self.errors})) or "none"
                )
                self.why.append(f"{expected.family}{place} not found (raised: {raised})")
        return found

    def answers(self, finding: Any, expected: ExpectedFinding) -> bool:
        """Return whether a finding is the expected one: its family, on its line."""
        family = SAME_FAMILY.get(expected.family, expected.family)
        if family not in self.also[finding.rule_id]:
            return False
        line = finding.line
        if line is None:
            line = self.beside.get((finding.rule_id, finding.agreed))
        return expected.line is None or line == expected.line

    def remarked(self, expected: ExpectedFinding) -> bool:
        """Return whether an advisory or prompt of the expected family was raised."""
        return any(
            SAME_FAMILY.get(expected.family, expected.family) in self.also[f.rule_id]
            for f in self.result.findings
            if f.severity != Severity.ERROR
        )

    def wrong_flags(self, wanted: list[ExpectedFinding]) -> int:
        """Count errors of families that must not be flagged, or any where none is expected."""
        barred = {SAME_FAMILY.get(n, n) for n in self.expected.must_not_flag}
        wrong = [f for f in self.errors if f.family in barred or not wanted]
        self.why += [f"{f.family} wrongly raised on line {f.line}: {f.why}" for f in wrong]
        return len(wrong)

    def agreed_lines(self) -> tuple[bool | None, bool]:
        """Return whether the agreed lines are exact, and whether an alternative was taken."""
        if self.expected.agreed is None:
            return None, False
        actual = counted(
            AgreedLine(a.code, frozenset(a.modifiers), a.units) for a in self.result.agreed
        )
        if actual == counted(self.expected.agreed):
            return True, False
        if any(actual == counted(lines) for lines in alternatives(self.expected)):
            return True, True
        written = ", ".join(sorted(map(as_text, actual.elements()))) or "none"
        wanted = ", ".join(sorted(map(as_text, self.expected.agreed))) or "none"
        self.why.append(f"agreed lines are {written}; expected {wanted}")
        return False, False

    def directions(self, found: dict[int, list[Any]]) -> bool | None:
        """Return whether every direction asserted is the one found."""
        wanted = [f for f in self.expected.findings if f.severity == "error"]
        right = True
        for i, expected in enumerate(wanted):
            if expected.direction is None or not found[i]:
                continue
            if all(f.direction != expected.direction for f in found[i]):
                right = False
                self.why.append(
                    f"{expected.family} goes {found[i][0].direction}; expected {expected.direction}"
                )
        return right

    def dollars(self) -> bool | None:
        """Return whether billed minus agreed dollars are right within a cent."""
        if self.expected.dollars is None:
            return None
        dollars = self.result.dollars
        right = not dollars.is_nan() and abs(dollars - self.expected.dollars) <= CENT
        if not right:
            self.why.append(f"billed minus agreed is {dollars}; expected {self.expected.dollars}")
        return right

    def rules(self) -> None:
        """Hold the rules that the case names against those that spoke."""
        spoke = {finding.rule_id for finding in self.result.findings}
        self.why += [f"rule {rule} did not speak" for rule in self.case.raises if rule not in spoke]
        self.why += [f"rule {rule} spoke" for rule in self.case.holds if rule in spoke]

    def facts(self) -> None:
        """Hold the diagnosis and date that the answer states against the agreed lines."""
        for expected in self.expected.findings:
            lines = [
                a for r in self.result.lines if r.line is not None
                for a in r.agreed if expected.line in (None, r.line.number)
            ]  # fmt: skip
            if expected.diagnosis and not any(expected.diagnosis in a.diagnoses for a in lines):
                self.why.append(f"agreed diagnosis is not {expected.diagnosis}")
            if expected.dos and not any(a.dos == expected.dos for a in lines):
                self.why.append(f"agreed date of service is not {expected.dos}")


def counted(lines: Iterable[AgreedLine]) -> Counter[AgreedLine]:
    """Return how often each agreed line stands."""
    return Counter(lines)


def as_text(line: AgreedLine) -> str:
    """Return an agreed line as coders write it."""
    text = "-".join((line.code, *sorted(line.modifiers)))
    return text if line.units == 1 else f"{text} x{line.units:f}"


def alternatives(expected: Expected) -> Iterator[list[AgreedLine]]:
    """Yield the agreed lines under each acceptable alternative of code and modifiers.

    An alternative [code, modifier…] gives the expected line of that code these modifiers, or moves
    the modifiers there from another line. A code that is not expected stands for another one's.
    """
    lines = list(expected.agreed or ())
    for alternative in expected.alternatives:
        code, modifiers = alternative[0], frozenset(alternative[1:])
        if " " in code:
            continue
        for i, line in enumerate(lines):
            if line.code == code:
                changed = [*lines[:i], AgreedLine(code, modifiers, line.units), *lines[i + 1 :]]
                yield changed
                for j in range(len(lines)):
                    if j != i and lines[j].modifiers:
                        bare = AgreedLine(lines[j].code, frozenset(), lines[j].units)
                        yield [*changed[:j], bare, *changed[j + 1 :]]
        if all(line.code != code for line in lines):
            for i, line in enumerate(lines):
                yield [*lines[:i], AgreedLine(code, modifiers, line.units), *lines[i + 1 :]]
