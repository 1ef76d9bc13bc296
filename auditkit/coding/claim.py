"""The claim itself: duplicates, timely filing, identifiers, place of service, codes of the date."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache

from auditkit.codes import Npi
from auditkit.coding.chart import Chart
from auditkit.coding.entry import Entry, Note
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.patient import years_before
from auditkit.model import Direction, Line, Verdict

NOT_SEPARATE = Verdict.NOT_SEPARATELY_REPORTABLE


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield codes that have ended under the kind that they were, to find their successor."""
    for row in rules.value("claim.deleted"):
        if row["last"] < rules.day and row["kind"] in rules.kinds:
            yield CodeInfo(row["code"], row["kind"], row["facets"])
    for row in rules.value("claim.not_yet"):
        if rules.day < row["first"] and row["kind"] in rules.kinds:
            yield CodeInfo(row["code"], row["kind"], {})


def derive(chart: Chart) -> None:
    """Refuse billed codes that were not yet in force on the date of service."""
    for row in chart.rules.value("claim.not_yet"):
        if chart.dos < row["first"] and any(x.code == row["code"] for x in chart.encounter.lines):
            why = f"{row['code']} was not yet in force on the date of service."
            chart.refuse("CODE-1", why, codes=(row["code"],))


def check(entries: list[Entry], chart: Chart) -> None:
    """Add what the claim itself leaves to say of each billed line."""
    billed = [entry for entry in entries if entry.line is not None]
    billed.sort(key=lambda entry: 0 if entry.line is None else entry.line.number)
    for entry in billed:
        check_code(entry, chart)
    duplicates(billed, chart)
    repeats(billed, chart)
    assistants(billed, chart)
    identifiers(billed, chart)
    place(billed, chart)
    timely(billed, chart)


def last_days(rules: RulesOn) -> dict[str, date]:
    """Return the last day in force of each code that the packs know to have ended."""
    return {row["code"]: row["last"] for row in rules.value("claim.deleted")}


def ended(code: str, chart: Chart) -> bool:
    """Return whether the packs say that *code* had ended before the date of service."""
    last = chart.rules.once(last_days).get(code)
    return last is not None and last < chart.dos


def begun(code: str, chart: Chart) -> bool:
    """Return whether *code* was in force by the date of service, as far as the packs know."""
    rows = chart.rules.value("claim.not_yet")
    return all(row["code"] != code or row["first"] <= chart.dos for row in rows)


def check_code(entry: Entry, chart: Chart) -> None:
    """Put the code's validity first among what is said of a line."""
    line = entry.line
    assert line is not None
    barred = chart.medicare and line.code in chart.rules.value("claim.not_for_medicare")
    replaced = bool(entry.agreed) and all(a.code != line.code for a in entry.agreed)
    if ended(line.code, chart) or (replaced and not begun(line.code, chart)):
        why = f"{line.code} was not in force on the date of service."
        if entry.agreed and entry.agreed[0].code != line.code:
            why = f"{why} The record supports {entry.agreed[0].code}."
        entry.notes.insert(0, Note("CODE-1", why, Verdict.WRONG_CODE, fixed=True))
    elif barred and all(a.code != line.code for a in entry.agreed):
        why = f"Medicare does not take {line.code}."
        entry.notes.append(Note("CODE-1", why, Verdict.WRONG_CODE, fixed=True))


#: Classes of modifiers that tell a line apart from another of the same code.
TELLING = ("distinct", "repeat", "left", "right", "component", "waste")


def telling(rules: RulesOn) -> frozenset[str]:
    """Return the modifiers that tell a line apart from another of the same code."""
    classes = rules.value("modifier.classes")
    named = frozenset(modifier for name in TELLING for modifier in classes[name])
    return named | frozenset(rules.value("claim.telling"))


def distinguished(line: Line, chart: Chart) -> bool:
    """Return whether a modifier tells the line apart from another of the same code."""
    return bool(line.modifiers) and not chart.rules.once(telling).isdisjoint(line.modifiers)


def duplicates(billed: list[Entry], chart: Chart) -> None:
    """Refuse lines already billed: on another claim of the day, or earlier for the same day."""
    encounter = chart.encounter
    if len(billed) == 1 and not encounter.history:
        return
    if encounter.frequency_code in chart.rules.value("claim.superseding"):
        return
    earlier = {
        prior.code
        for prior in encounter.history
        if prior.dos == chart.dos and prior.npi == encounter.rendering_npi
    }
    claims: dict[tuple[str, tuple[str, ...]], str] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for entry in billed:
        line = entry.line
        assert line is not None
        if distinguished(line, chart):
            continue
        first = claims.setdefault((line.code, line.modifiers), line.claim_id)
        again = (line.code, line.modifiers) in seen
        seen.add((line.code, line.modifiers))
        if again and first == line.claim_id and not entry.agreed:
            why = f"{line.code} stands on an earlier line of the same claim."
            entry.notes.append(Note("DUP-1", why, NOT_SEPARATE, Direction.OVER))
        if line.code in earlier or first != line.claim_id:
            why = f"{line.code} of the same day is on another claim already."
            entry.notes.insert(0, Note("DUP-1", why, NOT_SEPARATE, Direction.OVER))
            entry.agreed = []


def assistants(billed: list[Entry], chart: Chart) -> None:
    """Refuse an assistant at surgery where Medicare pays none (MCPM ch. 12, 20.4.3)."""
    named = frozenset(chart.rules.value("modifier.classes")["assistant"])
    for entry in billed:
        line = entry.line
        assert line is not None
        if not chart.medicare or not entry.agreed or named.isdisjoint(line.modifiers):
            continue
        fee = chart.fees.fee(line.code, "", chart.dos)
        if fee is not None and fee.assistant in chart.rules.value("claim.no_assistant"):
            why = f"Medicare pays no assistant at surgery for {line.code}."
            entry.notes.append(Note("ASST-1", why, NOT_SEPARATE, Direction.OVER))
            entry.agreed = []


def repeats(billed: list[Entry], chart: Chart) -> None:
    """Ask for a modifier on further supported lines of one code that nothing tells apart."""
    seen: set[str] = set()
    for entry in billed if len(billed) > 1 else ():
        line, kind = entry.line, chart.rules.kinds.get(entry.kind or "")
        assert line is not None
        supported = bool(entry.agreed) and entry.agreed[0].code == line.code
        if not supported or kind is None or kind.counted or distinguished(line, chart):
            continue
        if line.code in seen:
            why = f"A further line of {line.code} carries no modifier that tells it apart."
            entry.notes.append(Note("DUP-2", why, Verdict.UNDERCODED, Direction.UNDER))
            entry.agreed = [replace(a, modifiers=(*a.modifiers, "59")) for a in entry.agreed]
        seen.add(line.code)


@lru_cache(maxsize=65536)
def npi_holds(npi: str) -> bool:
    """Return whether *npi* is ten digits with a valid check digit."""
    return Npi.fits(npi)


def identifiers(billed: list[Entry], chart: Chart) -> None:
    """Say where an NPI of the claim does not hold."""
    encounter = chart.encounter
    npis = {"rendering": encounter.rendering_npi, "billing": encounter.billing_npi}
    for role, npi in npis.items():
        if npi and not npi_holds(npi):
            why = f"The {role} provider's NPI fails its check digit."
            for entry in billed:
                entry.notes.append(Note("NPI-1", why, Verdict.WRONG_CODE, Direction.NONE))


def place(billed: list[Entry], chart: Chart) -> None:
    """Say where the record places the service elsewhere; dollars follow the place."""
    actual = chart.documented.record.pos_actual
    if actual is None:
        return
    for entry in billed:
        line = entry.line
        assert line is not None
        if line.pos == actual or not entry.agreed:
            continue
        why = f"The record places the service at {actual}; the claim says {line.pos}."
        entry.notes.append(Note("POS-1", why, None))
        entry.agreed = [replace(a, pos=actual) for a in entry.agreed]


def timely(billed: list[Entry], chart: Chart) -> None:
    """Refuse Medicare lines received more than the years allowed after the service."""
    received = chart.encounter.received_date
    if received is None or not chart.medicare:
        return
    years = chart.rules.value("claim.timely_years")
    for entry in billed:
        line = entry.line
        assert line is not None
        if years_before(received, years) > line.dos:
            why = "The claim was received more than one calendar year after the service."
            entry.notes.append(Note("TIME-1", why, Verdict.NOT_SUPPORTED, Direction.OVER))
            entry.agreed = []
