"""From priced entries to findings and line results: one main finding per line carries dollars."""

from decimal import Decimal

from auditkit.coding.chart import Chart
from auditkit.coding.compare import TAKEN_IN, VERDICT_OF, as_billed
from auditkit.coding.entry import Entry, Note
from auditkit.coding.result import EncounterResult, LineResult, written
from auditkit.model import Direction, Finding, Severity, Verdict
from auditkit.pricing import Pricing, cents

ZERO = Decimal(0)


def soften(entries: list[Entry], chart: Chart) -> list[Entry]:
    """Return the entries with what an overlay switched off or made an advisory left as billed.

    An advisory or a prompt carries no dollars and never changes the agreed lines.
    """
    kept = []
    for entry in entries:
        for note in entry.notes:
            overlay = chart.rules.off.get(note.rule_id)
            if overlay is not None:
                note.severity = Severity.ADVISORY
                note.why += f" Switched off by overlay '{overlay.name}': {overlay.reason}."
        errors = any(severity_of(note, chart) == Severity.ERROR for note in entry.notes)
        accused = any(note.verdict is not None for note in entry.notes)
        if errors or not accused:
            kept.append(entry)
        elif entry.line is not None:
            entry.agreed = [as_billed(entry.line)]
            kept.append(entry)
    return kept


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


def price_claim(entries: list[Entry], pricing: Pricing) -> None:
    """Give every entry its dollars under the reductions of the whole claim, on both sides."""
    billed = [entry for entry in entries if entry.line is not None]
    amounts = pricing.claim([entry.line for entry in billed if entry.line is not None])
    for entry, amount in zip(billed, amounts, strict=True):
        entry.billed_dollars = amount
    agreed = [(entry, line) for entry in entries for line in entry.agreed]
    amounts = pricing.claim([line for _, line in agreed])
    for entry in entries:
        entry.agreed_dollars = ZERO
    for (entry, _), amount in zip(agreed, amounts, strict=True):
        entry.agreed_dollars += cents(amount * entry.share)


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
    overlay = f" By overlay '{rule.overlay}'." if rule.overlay else ""
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
        why=note.why + overlay,
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
