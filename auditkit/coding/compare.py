"""Billed lines held against supported lines: what is agreed, and what is to be said of each."""

from decimal import Decimal

from auditkit.coding.chart import ANY, Chart, Draft
from auditkit.coding.claim_edits import check_claim
from auditkit.coding.denial import deny, for_denial
from auditkit.coding.entry import Entry, Note, with_dos, with_modifiers
from auditkit.coding.matching import Pairing, bucket_of, match
from auditkit.coding.modifiers import settle
from auditkit.coding.overlay import check_added
from auditkit.coding.record import cloned, gate, note_date_differs, signed_late
from auditkit.coding.rules import CodeInfo, alike
from auditkit.coding.sites import site_group
from auditkit.model import Direction, ErrorCategory, Line, Severity, SupportedLine, Verdict

ZERO = Decimal(0)
#: What a line is called that another line's replacement takes in.
TAKEN_IN = Verdict.NOT_SEPARATELY_REPORTABLE


def as_billed(line: Line) -> SupportedLine:
    """Return a billed line as the line agreed to."""
    return SupportedLine(
        line.code, line.units, line.modifiers, line.diagnoses, line.dos, billed_number=line.number
    )


def compare(chart: Chart) -> list[Entry]:
    """Return every line of the encounter with what is agreed and what is to be said of it."""
    closed = gate(chart)
    if closed is not None:
        return [
            Entry(
                line, None, notes=[Note(closed.rule_id, closed.why, closed.verdict, Direction.OVER)]
            )
            for line in chart.encounter.lines
        ]
    matching = match(chart.encounter.lines, chart.drafts, chart.rules)
    entries = [judge(pairing, chart) for pairing in matching.pairings]
    entry_of = {id(p): e for p, e in zip(matching.pairings, entries, strict=True)}
    for pairing in matching.pairings:
        entry = entry_of[id(pairing)]
        if pairing.absorbed is not None:
            entry.anchor = entry_of[id(pairing.absorbed)]
    for draft in matching.unbilled:
        known = draft.optional or draft.denied or billed_elsewhere(draft, chart)
        if not (known or is_open(draft.kind, chart)):
            entries.append(unbilled(draft, entries, chart))
    settle_modifiers(entries, chart)
    check_claim(entries, chart)
    for check in chart.rules.checks:
        check(entries, chart)
    if chart.rules.added:
        check_added(entries, chart)
    remark_on_record(entries, chart)
    return entries


def supported(draft: Draft, units: Decimal, line: Line | None) -> SupportedLine:
    """Return *draft* as a supported line in place of *line*."""
    diagnoses = line.diagnoses if line is not None else ()
    if draft.diagnosis is not None:
        diagnoses = (draft.diagnosis, *diagnoses[1:])
    return SupportedLine(
        draft.code, units, (), diagnoses, None if line is None else line.dos, None,
        tuple(draft.reasons), None if line is None else line.number,
    )  # fmt: skip


def judge(pairing: Pairing, chart: Chart) -> Entry:
    """Return one billed line with its verdict on code and units."""
    line = pairing.line
    entry = Entry(line, pairing.kind)
    if not pairing.shares:
        if pairing.absorbed is None:
            refuse(entry, pairing, chart)
        return entry
    entry.drafts = [share.draft for share in pairing.shares] + pairing.extra
    if pairing.same_code:
        draft, units = pairing.shares[0].draft, pairing.agreed_units
        entry.agreed = [supported(draft, units, line)]
        if units != line.units:
            judge_units(entry, draft, units, chart)
    else:
        units_of: dict[str, Decimal] = {}
        for share in pairing.shares:
            units_of[share.draft.code] = units_of.get(share.draft.code, ZERO) + share.units
        first = {share.draft.code: share.draft for share in reversed(pairing.shares)}
        entry.agreed = [supported(first[code], units, line) for code, units in units_of.items()]
        entry.agreed += [supported(draft, draft.units, line) for draft in pairing.extra]
        judge_code(entry, pairing, pairing.shares[0].draft, chart)
    if is_open(pairing.kind, chart) and entry.notes:
        prompt(entry, chart)
    elif denied := next((s.draft.denied for s in pairing.shares if s.draft.denied), None):
        deny(entry, denied, chart)
    return entry


def judge_units(entry: Entry, draft: Draft, units: Decimal, chart: Chart) -> None:
    """Say that the record supports other units than those billed."""
    line = entry.line
    assert line is not None
    over = line.units > units
    rule = draft.short_of or draft.required.get(draft.bucket) or chart.rules.kinds[draft.kind].units
    why = f"Billed {line.units:f} unit(s) of {line.code}; the record supports {units:f}."
    verdict = Verdict.OVERCODED if over else Verdict.UNDERCODED
    entry.notes.append(Note(rule, why, verdict, Direction.OVER if over else Direction.UNDER))


def judge_code(entry: Entry, pairing: Pairing, draft: Draft, chart: Chart) -> None:
    """Say that the record supports another code, by each facet in which the two differ."""
    rules, line = chart.rules, pairing.line
    why = f"Billed {line.code}; the record supports {', '.join(a.code for a in entry.agreed)}"
    why += f" ({draft.reasons[0].text})." if draft.reasons else "."
    named = []
    if draft.short_of is not None:
        named.append(draft.short_of)
    if pairing.kind == draft.kind:
        billed = rules.codes[line.code]
        documented = [rules.codes[d.code] for d in chart.drafts if d.kind == draft.kind]
        for facet, rule, elsewhere in rules.kinds[draft.kind].facets:
            if differs(billed, draft, facet, chart):
                known = elsewhere and any(alike(billed, each, facet) for each in documented)
                named.append(elsewhere if known else rule)
        named = named or [rules.kinds[draft.kind].units]
    else:
        named.append(rules.crossings[pairing.kind or "", draft.kind])
    families = set()
    for rule in named:
        if rules.rule(rule).family not in families:
            families.add(rules.rule(rule).family)
            fixed = rules.rule(rule).verdict == Verdict.WRONG_CODE
            entry.notes.append(Note(rule, why, Verdict.WRONG_CODE, fixed=fixed))


def differs(billed: CodeInfo, draft: Draft, facet: str, chart: Chart) -> bool:
    """Return whether a code billed differs in *facet* from the supported one of its kind.

    Classes of one kind may group sites otherwise: the billed code's own group then decides. A facet
    that is counted within another (a band within a class) is not compared where that one differs.
    """
    other = chart.rules.codes[draft.code]
    outer = chart.rules.kinds[draft.kind].inside.get(facet)
    if outer is not None and not alike(billed, other, outer):
        return False
    table = billed.facets.get("sites")
    own = table is not None and table != other.facets.get("sites") and draft.site.understood
    if own and facet == "site_group":
        return site_group(draft.site, str(table)) != billed.facets[facet]
    return not alike(billed, other, facet)


def refuse(entry: Entry, pairing: Pairing, chart: Chart) -> None:
    """Say why nothing supports a billed line, or leave it to the auditor."""
    line, rules = pairing.line, chart.rules
    if pairing.kind is None:
        entry.agreed = [as_billed(line)]
        entry.notes.append(
            Note("LINE-1", f"No pack in use has rules for {line.code}.", severity=Severity.PROMPT)
        )
        return
    bucket = bucket_of(line, rules)
    found = next((r for r in chart.refusals if r.answers(line.code, pairing.kind, bucket)), None)
    if found is not None:
        of_coverage = rules.rule(found.rule_id).category == ErrorCategory.MEDICAL_NECESSITY
        if of_coverage and for_denial(line, chart):
            entry.agreed = [as_billed(line)]
            return
        entry.notes.append(Note(found.rule_id, found.why, found.verdict, Direction.OVER))
    elif is_open(pairing.kind, chart):
        prompt(entry, chart)
    else:
        why = f"No documented element supports {line.code}."
        rule = rule_of_excess(line, pairing.kind, chart)
        entry.notes.append(Note(rule, why, Verdict.NOT_SUPPORTED, Direction.OVER))


def rule_of_excess(line: Line, name: str, chart: Chart) -> str:
    """Return the rule on a line that nothing supports: on units where its kind is supported."""
    kind, codes = chart.rules.kinds[name], chart.rules.codes
    for draft in chart.drafts:
        mine, its = codes[line.code], codes[draft.code]
        if draft.kind == name and all(alike(mine, its, facet) for facet in kind.within):
            return draft.short_of or kind.units
    return kind.unsupported


def is_open(kind: str | None, chart: Chart) -> bool:
    """Return whether the auditor must settle something before lines of *kind* can be judged."""
    if not chart.open:
        return False
    names = {name for question in chart.open for name in question.kinds}
    if ANY in names or kind in names:
        return True
    return any((kind, name) in chart.rules.crossings for name in names)


def prompt(entry: Entry, chart: Chart) -> None:
    """Turn an entry into a question to the auditor: as billed, without finding or dollars."""
    assert entry.line is not None
    entry.agreed, entry.drafts = [as_billed(entry.line)], []
    asked = [q for q in chart.open if ANY in q.kinds or entry.kind in q.kinds] or chart.open
    entry.notes = [
        Note(
            q.rule_id or "LINE-1",
            f"To be settled: {q.why}." + "".join(f" Reading: {r}." for r in q.readings),
            severity=Severity.PROMPT,
        )
        for q in dict.fromkeys(asked)
    ]


def billed_elsewhere(draft: Draft, chart: Chart) -> bool:
    """Return whether a supported line stands on another claim of the same day."""
    return any(p.dos == chart.dos and p.code == draft.code for p in chart.encounter.history)


def unbilled(draft: Draft, entries: list[Entry], chart: Chart) -> Entry:
    """Return the entry of a supported line that was not billed, beside the line it belongs to."""
    entry = Entry(None, draft.kind, [supported(draft, draft.units, None)], [draft])
    beside = [e for e in entries if e.line is not None and e.kind == draft.kind]
    if not beside:
        beside = [e for e in entries if e.line is not None and shares_lesion(e, draft)]
    if beside:
        entry.beside = min(e.line.number for e in beside if e.line is not None)
    text = f" ({draft.reasons[0].text})" if draft.reasons else ""
    why = f"The record supports {draft.code} × {draft.units:f}, which was not billed{text}."
    rule = draft.required.get(draft.bucket) or chart.rules.kinds[draft.kind].units
    entry.notes.append(Note(rule, why, Verdict.UNDERCODED, Direction.UNDER))
    return entry


def shares_lesion(entry: Entry, draft: Draft) -> bool:
    """Return whether a billed line and a supported line are for the same lesion."""
    return any(draft.lesions & other.lesions for other in entry.drafts)


def settle_modifiers(entries: list[Entry], chart: Chart) -> None:
    """Give every agreed line its modifiers, and say which are missing or out of place."""
    drafts = [draft for entry in entries for draft in entry.drafts]
    for entry in entries:
        if not entry.drafts:
            continue
        billed = entry.line.modifiers if entry.line is not None else ()
        if not billed and not any(draft.required for draft in entry.drafts):
            continue
        replaced = entry.line is None or entry.agreed[0].code != entry.line.code
        settled = []
        for agreed in entry.agreed:
            draft = next(d for d in entry.drafts if d.code == agreed.code)
            others = [d for d in drafts if d is not draft]
            modifiers, said = settle(billed, draft, others, chart, replaced)
            settled.append(with_modifiers(agreed, modifiers))
            if not replaced:
                for each in said:
                    severity = chart.rules.rule(each.rule_id).severity
                    told = each.direction if severity == Severity.ERROR else None
                    verdict = None if told is None else VERDICT_OF[told]
                    entry.notes.append(
                        Note(each.rule_id, each.why, verdict, each.direction, severity)
                    )
        entry.agreed = settled


VERDICT_OF = {
    Direction.OVER: Verdict.OVERCODED,
    Direction.UNDER: Verdict.UNDERCODED,
    Direction.NONE: Verdict.WRONG_CODE,
}


def remark_on_record(entries: list[Entry], chart: Chart) -> None:
    """Say what the record's dates and signature leave to say of every line."""
    noted = note_date_differs(chart)
    if noted is not None:
        why = "The note carries another date of service than the claim."
        for entry in entries:
            if entry.line is not None:
                entry.notes.append(Note("DOS-1", why, Verdict.WRONG_CODE, Direction.NONE))
            entry.agreed = [with_dos(a, noted) for a in entry.agreed]
    copied = cloned(chart)
    if copied is not None and entries:
        entries[0].notes.append(Note("CLONE-1", copied, severity=Severity.ADVISORY))
    late = signed_late(chart)
    if late is not None and entries:
        why = f"Signed {late} days after the service."
        entries[0].notes.append(Note("AUTH-3", why, severity=Severity.ADVISORY))
