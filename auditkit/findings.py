"""Findings: billed lines compared with what the record supports, one main finding per line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from auditkit.coding.chart import Chart
from auditkit.coding.compare import TAKEN_IN, VERDICT_OF, as_billed, compare
from auditkit.coding.editions import Editions, Fees, Remembered
from auditkit.coding.engine import derive
from auditkit.coding.entry import Entry, Note
from auditkit.coding.pack import Rules, load_rules
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.model import (
    Direction,
    Encounter,
    ErrorCategory,
    Finding,
    Line,
    Severity,
    SupportedLine,
    Verdict,
)
from auditkit.pricing import Pricing, bundled_fees, cents

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of one line. `line` is None for a supported line that was not billed.

    `beside` then names the billed line that it belongs to. `prompt` is True when the auditor must
    settle something first: the line then counts as billed and carries no finding.
    """

    line: Line | None
    agreed: tuple[SupportedLine, ...]
    verdict: Verdict
    direction: Direction
    category: ErrorCategory | None
    family: str
    rule_id: str
    billed_dollars: Decimal
    agreed_dollars: Decimal
    beside: int | None = None
    prompt: bool = False

    @property
    def dollars(self) -> Decimal:
        """Return billed minus agreed dollars: positive is overpaid."""
        return self.billed_dollars - self.agreed_dollars


@dataclass(frozen=True, slots=True)
class EncounterResult:
    """One encounter audited: its line results, findings and the problems of its elements."""

    encounter: Encounter
    lines: tuple[LineResult, ...]
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]

    @property
    def agreed(self) -> tuple[SupportedLine, ...]:
        """Return the lines that the encounter should have been billed with."""
        return tuple(line for result in self.lines for line in result.agreed)

    @property
    def dollars(self) -> Decimal:
        """Return billed minus agreed dollars of the whole encounter."""
        return sum((result.dollars for result in self.lines), ZERO)


def audit_encounters(
    encounters: Iterable[Encounter],
    documented: Mapping[str, DocumentedEncounter],
    fees: Fees | None = None,
    rules: Rules | None = None,
    editions: Editions | None = None,
) -> list[EncounterResult]:
    """Return what the record of each encounter supports, compared with what was billed.

    Args:
        encounters: billed encounters with their patients' history.
        documented: documented elements by encounter id; an encounter without any is prompted.
        fees: prices where the claim gives none (default: the bundled national list).
        rules: the packs in use (default: dermatology).
        editions: claims edits by date of service (default: none; edits are then not applied).

    Returns:
        One result per encounter, in the order given. What is wrong with the elements of one
        encounter stands in its `problems` and does not stop the others.
    """
    fees = fees or bundled_fees()
    rules = rules or load_rules()
    editions = None if editions is None else Remembered(editions)
    return [
        audit_encounter(encounter, documented.get(encounter.encounter_id), fees, rules, editions)
        for encounter in encounters
    ]


def audit_encounter(
    encounter: Encounter,
    documented: DocumentedEncounter | None,
    fees: Fees,
    rules: Rules,
    editions: Editions | None = None,
) -> EncounterResult:
    """Return the result of one encounter (see `audit_encounters`)."""
    if documented is None:
        return not_abstracted(encounter)
    chart = derive(encounter, documented, rules, fees, editions)
    entries = compare(chart)
    pricing = Pricing(encounter, fees, chart.rules.value("place.facility"), percent_of(chart))
    price(entries, pricing)
    return conclude(chart, entries)


def percent_of(chart: Chart) -> Decimal:
    """Return the share of the fee schedule that Medicare pays the rendering practitioner."""
    table = chart.rules.value("practitioner.percent")
    taxonomy = chart.encounter.rendering_taxonomy or ""
    assistant = taxonomy.startswith(tuple(table["taxonomies"]))
    return Decimal(table["percent"]) if chart.medicare and assistant else Decimal(1)


def not_abstracted(encounter: Encounter) -> EncounterResult:
    """Return the result of an encounter whose record nobody has abstracted."""
    lines = tuple(
        LineResult(
            line, (as_billed(line),), Verdict.SUPPORTED, Direction.NONE, None, "", "",
            line.allowed or ZERO, line.allowed or ZERO, prompt=True,
        )
        for line in encounter.lines
    )  # fmt: skip
    return EncounterResult(encounter, lines, (), ("the record has not been abstracted",))


def price(entries: list[Entry], pricing: Pricing) -> None:
    """Give every entry its billed and agreed dollars."""
    for entry in entries:
        if entry.line is not None:
            entry.billed_dollars = pricing.billed(entry.line)
        entry.agreed_dollars = sum(
            (pricing.agreed(a.code, a.modifiers, a.units, a.pos) for a in entry.agreed), ZERO
        )
        if entry.share != 1:
            entry.agreed_dollars = cents(entry.agreed_dollars * entry.share)


def direction_of(dollars: Decimal) -> Direction:
    """Return which way *dollars* (billed minus agreed) err; none when nothing tells."""
    if dollars.is_nan() or not dollars:
        return Direction.NONE
    return Direction.OVER if dollars > 0 else Direction.UNDER


def conclude(chart: Chart, entries: list[Entry]) -> EncounterResult:
    """Return the findings and line results of an encounter from its priced entries."""
    findings: list[Finding] = []
    results: list[LineResult] = []
    problems = list(chart.problems)
    turn_together(entries, chart)
    for entry in entries:
        dollars = entry.billed_dollars - entry.agreed_dollars
        if dollars.is_nan():
            codes = ", ".join(sorted({a.code for a in entry.agreed}))
            problems.append(f"no price for {codes}; add a fee table that lists it")
        errors = [n for n in entry.notes if severity_of(n, chart) == Severity.ERROR]
        main = errors[0] if errors else None
        for note in entry.notes:
            findings.append(finding(entry, note, note is main, dollars, chart))
        results.append(result(entry, main, dollars, chart))
    return EncounterResult(chart.encounter, tuple(results), tuple(findings), tuple(problems))


def turn_together(entries: list[Entry], chart: Chart) -> None:
    """Give the lines of one change one direction, that of the change's dollars as a whole.

    Codes of a grouped kind report one service together, so an error among them is one error; a
    line that the replacement takes in is not separately reportable.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        kind = chart.rules.kinds.get(entry.kind or "")
        changed = entry.anchor is not None or any(
            n.verdict == Verdict.WRONG_CODE for n in entry.notes
        )
        if entry.line is not None and kind is not None and kind.grouped and changed:
            groups.setdefault(kind.name, []).append(entry)
    for group in groups.values():
        direction = direction_of(sum((e.billed_dollars - e.agreed_dollars for e in group), ZERO))
        for entry in group:
            if entry.anchor is not None and entry.anchor.line is not None:
                entry.notes += [
                    Note(n.rule_id, f"{n.why} It takes in this line.", TAKEN_IN)
                    for n in entry.anchor.notes
                    if n.verdict == Verdict.WRONG_CODE
                ]
            for note in entry.notes:
                if note.direction is None:
                    note.direction = direction
                    note.fixed = note.fixed or len(group) > 1


def severity_of(note: Note, chart: Chart) -> Severity:
    """Return the severity of a note: its own, else that of its rule."""
    return note.severity or chart.rules.rule(note.rule_id).severity


def finding(entry: Entry, note: Note, main: bool, dollars: Decimal, chart: Chart) -> Finding:
    """Return one finding; only the main one carries the line's dollars."""
    rule = chart.rules.rule(note.rule_id)
    severity = severity_of(note, chart)
    error = severity == Severity.ERROR
    direction = note.direction if note.direction is not None else direction_of(dollars)
    line = entry.line
    return Finding(
        encounter_id=chart.encounter.encounter_id,
        line=None if line is None else line.number,
        family=rule.family,
        rule_id=rule.id,
        severity=severity,
        verdict=verdict_of(note, direction, entry) if error else Verdict.SUPPORTED,
        direction=direction if error else Direction.NONE,
        category=rule.category if error else None,
        why=note.why,
        would_support=rule.would_support,
        citation=rule.citations[0],
        version=chart.rules.version(rule.id),
        main=main,
        dollars=dollars if main else ZERO,
        billed="" if line is None else written(line.code, line.modifiers, line.units),
        agreed=tuple(entry.agreed),
    )


def verdict_of(note: Note, direction: Direction, entry: Entry) -> Verdict:
    """Return the verdict: a code replaced errs as its dollars do, unless its rule fixes it."""
    if note.verdict is None:
        return Verdict.NOT_SUPPORTED if not entry.agreed else VERDICT_OF[direction]
    if note.verdict == Verdict.WRONG_CODE and not note.fixed:
        return VERDICT_OF[direction]
    return note.verdict


def result(entry: Entry, main: Note | None, dollars: Decimal, chart: Chart) -> LineResult:
    """Return the result of one entry by its main note."""
    asked = any(severity_of(n, chart) == Severity.PROMPT for n in entry.notes)
    common = (entry.billed_dollars, entry.agreed_dollars, entry.beside, asked)
    if main is None:
        verdict = Verdict.SUPPORTED if entry.line is not None else Verdict.UNDERCODED
        return LineResult(
            entry.line, tuple(entry.agreed), verdict, Direction.NONE, None, "", "", *common
        )
    rule = chart.rules.rule(main.rule_id)
    direction = main.direction if main.direction is not None else direction_of(dollars)
    return LineResult(
        entry.line, tuple(entry.agreed), verdict_of(main, direction, entry), direction,
        rule.category, rule.family, rule.id, *common,
    )  # fmt: skip


def written(code: str, modifiers: Iterable[str], units: Decimal) -> str:
    """Return a line as coders write it: 17003-59 x13."""
    text = "-".join((code, *modifiers))
    return text if units == 1 else f"{text} x{units:f}"
