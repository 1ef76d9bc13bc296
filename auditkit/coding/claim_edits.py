"""Claims edits on the billed and on the agreed lines of one encounter, where editions answer.

An edit is a signal; what the record says decides. Between agreed lines an edit asks for the
modifier that says why both stand, or takes in one of them. Between billed lines it adds a second
finding where the record already refuses a line.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.distinct import apart, two_sessions
from auditkit.coding.editions import Editions, Ptp
from auditkit.coding.entry import Entry, Note, with_modifiers, with_units
from auditkit.coding.matching import line_order
from auditkit.model import Direction, Line, Severity, SupportedLine, Verdict

ZERO = Decimal(0)
NOT_SEPARATE = Verdict.NOT_SEPARATELY_REPORTABLE


def check_claim(entries: list[Entry], chart: Chart) -> None:
    """Apply procedure pairs, unit limits and add-on edits that an edition answers for."""
    editions = chart.editions
    if editions is None:
        return
    if editions.covers("ptp", chart.dos):
        pairs_agreed(entries, chart, editions)
        pairs_billed(entries, chart, editions)
    if editions.covers("mue", chart.dos):
        unit_limits(entries, chart, editions)
    if editions.covers("addon", chart.dos):
        add_ons(entries, chart, editions)


def agreed_items(entries: list[Entry]) -> Iterator[tuple[Entry, SupportedLine, Draft]]:
    """Yield each agreed line with its entry and draft."""
    for entry in entries:
        for agreed in entry.agreed:
            draft = next((d for d in entry.drafts if d.code == agreed.code), None)
            if draft is not None:
                yield entry, agreed, draft


def pairs_agreed(entries: list[Entry], chart: Chart, editions: Editions) -> None:
    """Ask for a modifier on agreed lines that an edit pairs, or take in the second of them."""
    for one, other in combinations(list(agreed_items(entries)), 2):
        if one[1].code == other[1].code:
            continue
        edit = editions.ptp(one[1].code, other[1].code, chart.dos)
        if edit is None:
            continue
        first, second = (one, other) if one[1].code == edit.column1 else (other, one)
        if not stands(first) or not stands(second):
            continue
        if edit.modifier_indicator == "0":
            take_in(second[0], second[1], "PTP-0", edit)
        elif one_lesion(first[2], second[2], chart):
            take_in(second[0], second[1], rule_of_one_lesion(first, second, chart), edit)
        elif not bypassed((first, second), chart):
            separate(first, second, edit, chart)


def stands(item: tuple[Entry, SupportedLine, Draft]) -> bool:
    """Return whether an agreed line has not been taken in by an earlier edit."""
    return any(agreed.code == item[1].code for agreed in item[0].agreed)


def bypassed(items: tuple[tuple[Entry, SupportedLine, Draft], ...], chart: Chart) -> bool:
    """Return whether an agreed line of a pair carries a modifier that opens the edit.

    CMS CR 11168: on either column since July 2019, before that on the second only.
    """
    opens = chart.rules.value("modifier.bypass")
    looked_at = items if chart.rules.has("modifier.either_column") else items[1:]
    return any(
        modifier in opens
        for entry, line, _ in looked_at
        for agreed in entry.agreed
        if agreed.code == line.code
        for modifier in agreed.modifiers
    )


def one_lesion(one: Draft, other: Draft, chart: Chart) -> bool:
    """Return whether both lines are for the same lesions in one session, which no modifier opens.

    Not where a rule of the packs itself asks for a modifier on one of them (a biopsy that decides
    for Mohs surgery).
    """
    opens = chart.rules.value("modifier.bypass")
    if any(modifier in opens for modifier in (*one.required, *other.required)):
        return False
    known = bool(one.lesions) and bool(other.lesions)
    same = one.lesions <= other.lesions or other.lesions <= one.lesions
    return known and same and not two_sessions(one, [other], chart)


def rule_of_one_lesion(
    first: tuple[Entry, SupportedLine, Draft],
    second: tuple[Entry, SupportedLine, Draft],
    chart: Chart,
) -> str:
    """Return the rule on a pair for one lesion: on 59 where the claim opens the edit by it."""
    distinct = chart.rules.value("modifier.classes")["distinct"]
    lines = [entry.line for entry in (first[0], second[0]) if entry.line is not None]
    opened = any(modifier in distinct for line in lines for modifier in line.modifiers)
    return "MOD59-1" if opened else "PTP-1"


def separate(
    first: tuple[Entry, SupportedLine, Draft],
    second: tuple[Entry, SupportedLine, Draft],
    edit: Ptp,
    chart: Chart,
) -> None:
    """Add the modifier that the pair needs where the record shows them apart."""
    pair = f"{edit.column1}/{edit.column2}"
    visit = next((item for item in (first, second) if item[2].kind == "em"), None)
    if visit is not None:
        add_modifier(visit, "25", "MOD25-2", f"Edit {pair} pairs the visit with a procedure.")
    elif apart(first[2], second[2]) or two_sessions(first[2], [second[2]], chart):
        why = f"Edit {pair}: the record sets the lines apart, so 59 or an X modifier belongs here."
        add_modifier(second, "59", "PTP-1", why)
    elif first[2].lesions and second[2].lesions:
        why = f"Edit {pair}: settle which lesions each of the lines is for."
        second[0].notes.append(Note("PTP-1", why, severity=Severity.PROMPT))
    else:
        why = f"Edit {pair}: settle whether the two services were separate."
        second[0].notes.append(Note("PTP-1", why, severity=Severity.PROMPT))


def add_modifier(
    item: tuple[Entry, SupportedLine, Draft], modifier: str, rule: str, why: str
) -> None:
    """Add *modifier* to an agreed line; a billed line of that code then lacks it."""
    entry, line, _ = item
    if any(modifier in agreed.modifiers for agreed in entry.agreed if agreed.code == line.code):
        return
    entry.agreed = [
        with_modifiers(a, (*a.modifiers, modifier)) if a.code == line.code else a
        for a in entry.agreed
    ]
    if entry.line is not None and entry.line.code == line.code:
        entry.notes.append(Note(rule, why, Verdict.UNDERCODED, Direction.UNDER))


def take_in(entry: Entry, line: SupportedLine, rule: str, edit: Ptp) -> None:
    """Take in an agreed line that is never reported with the other."""
    entry.agreed = [a for a in entry.agreed if a.code != line.code]
    if entry.line is not None:
        why = f"Edit {edit.column1}/{edit.column2} includes this line in the other."
        entry.notes.append(Note(rule, why, NOT_SEPARATE, Direction.OVER))


def pairs_billed(entries: list[Entry], chart: Chart, editions: Editions) -> None:
    """Add the edit as a second finding on billed lines that the record refuses."""
    opens = set(chart.rules.value("modifier.bypass"))
    distinct = set(chart.rules.value("modifier.classes")["distinct"])
    billed = [(e, e.line) for e in entries if e.line is not None]
    for (one, one_line), (other, other_line) in combinations(billed, 2):
        if one_line.code == other_line.code:
            continue
        edit = editions.ptp(one_line.code, other_line.code, chart.dos)
        if edit is None:
            continue
        entry = one if one_line.code == edit.column2 else other
        if not refuses_code(entry):
            continue
        modifiers = {*one_line.modifiers, *other_line.modifiers}
        pair = f"Edit {edit.column1}/{edit.column2}"
        if edit.modifier_indicator == "0":
            second(entry, "PTP-0", f"{pair} allows no modifier.")
        elif modifiers & distinct:
            second(entry, "MOD59-1", f"{pair} is opened by a modifier the record does not support.")
        elif not modifiers & opens:
            second(entry, "PTP-1", f"{pair} pairs the lines and no modifier opens it.")


def refuses_code(entry: Entry) -> bool:
    """Return whether the record refuses the code billed."""
    line = entry.line
    asked = any(note.severity == Severity.PROMPT for note in entry.notes)
    return line is not None and not asked and all(a.code != line.code for a in entry.agreed)


def second(entry: Entry, rule: str, why: str) -> None:
    """Add a further finding to a line, once per rule."""
    if all(note.rule_id != rule for note in entry.notes):
        entry.notes.append(Note(rule, why, NOT_SEPARATE, Direction.OVER))


def unit_limits(entries: list[Entry], chart: Chart, editions: Editions) -> None:
    """Hold billed units against the published limits; what the record supports decides."""
    by_code: dict[str, list[tuple[Entry, Line]]] = defaultdict(list)
    for entry in entries:
        if entry.line is not None:
            by_code[entry.line.code].append((entry, entry.line))
    for code, group in by_code.items():
        limit = editions.mue(code, chart.dos)
        if limit is None:
            continue
        sets = [[pair] for pair in group] if limit.mai == "1" else [group]
        for pairs in sets:
            if sum((line.units for _, line in pairs), ZERO) > limit.value:
                over_limit(pairs, code, limit.value, limit.mai)


def over_limit(pairs: list[tuple[Entry, Line]], code: str, limit: int, mai: str) -> None:
    """Say what a limit exceeded means for the lines of one code."""
    supported = sum((a.units for e, _ in pairs for a in e.agreed if a.code == code), ZERO)
    entry = min(pairs, key=lambda pair: (-beyond(pair), line_order(pair[1])))[0]
    why = f"Billed units of {code} exceed the limit of {limit} (indicator {mai})"
    if any(note.severity == Severity.PROMPT for e, _ in pairs for note in e.notes):
        entry.notes.append(Note("MUE-1", f"{why}; settle the units.", severity=Severity.PROMPT))
    elif supported <= limit:
        entry.notes.append(Note("MUE-1", f"{why}.", Verdict.OVERCODED, Direction.OVER))
    elif mai == "2":
        note = Note("MUE-1", f"{why}, which is never paid.", Verdict.OVERCODED, Direction.OVER)
        entry.notes.append(note)
        cut_units([e for e, _ in pairs], code, Decimal(limit))
    else:
        entry.notes.append(Note("MUE-3", f"{why}; the record supports {supported:f}."))


def beyond(pair: tuple[Entry, Line]) -> Decimal:
    """Return how many billed units of a line the record does not support."""
    entry, line = pair
    return line.units - sum((a.units for a in entry.agreed if a.code == line.code), ZERO)


def cut_units(entries: list[Entry], code: str, limit: Decimal) -> None:
    """Leave at most *limit* units of *code* among the agreed lines."""
    left = limit
    for entry in entries:
        kept = []
        for agreed in entry.agreed:
            if agreed.code == code:
                units = min(left, agreed.units)
                left -= units
                if not units:
                    continue
                agreed = with_units(agreed, units)
            kept.append(agreed)
        entry.agreed = kept


def add_ons(entries: list[Entry], chart: Chart, editions: Editions) -> None:
    """Ask for a primary code beside each billed add-on code."""
    present = {e.line.code for e in entries if e.line is not None}
    present |= {p.code for p in chart.encounter.history if p.dos == chart.dos}
    supported = {a.code for e in entries for a in e.agreed}
    for entry in entries:
        if entry.line is None:
            continue
        found = editions.addon(entry.line.code, chart.dos)
        if found is None or not present.isdisjoint(found.primaries):
            continue
        why = f"No primary code of {entry.line.code} is billed on the day."
        if found.type != "1":
            entry.notes.append(Note("AOC-2", why))
            continue
        missed = not supported.isdisjoint(found.primaries)
        direction = Direction.UNDER if missed else Direction.OVER
        verdict = Verdict.UNDERCODED if missed else Verdict.NOT_SUPPORTED
        entry.notes.append(Note("AOC-1", why, verdict, direction))
