"""Who gave the service and how: incident-to, shared visits, signer, telehealth."""

from decimal import Decimal

from auditkit.coding.chart import Chart
from auditkit.coding.entry import Entry, Note, with_modifiers
from auditkit.model import Direction, Severity, Verdict


def check(entries: list[Entry], chart: Chart) -> None:
    """Ask who gave the service, and whether the claim names that practitioner rightly."""
    billed = [entry for entry in entries if entry.line is not None and entry.agreed]
    if not billed:
        return
    if not shared_visit(billed, chart):
        performer(billed, chart)
    telehealth(billed, chart)


def performer(billed: list[Entry], chart: Chart) -> None:
    """Hold a service given by another practitioner than the one billed against incident-to."""
    record, encounter = chart.documented.record, chart.encounter
    other = record.service_provider_npi
    by_other = other is not None and other != encounter.rendering_npi
    assistants = tuple(chart.rules.value("practitioner.percent")["taxonomies"])
    own = (encounter.rendering_taxonomy or "").startswith(assistants)
    if own and not by_other and record.performed_by == "npp":
        return
    if not by_other and record.performed_by not in ("npp", "staff"):
        if record.signer_matches_renderer is False:
            signed_by_another(billed)
        return
    if not chart.medicare and record.supervisor_on_site is not False:
        return
    unmet = unmet_conditions(chart)
    if unmet is None and record.signer_matches_renderer is False and record.performed_by is None:
        signed_by_another(billed)
    elif unmet is None:
        for entry in billed:
            why = "To be settled: the conditions of incident-to were not abstracted."
            entry.notes.append(Note("INC-1", why, severity=Severity.PROMPT))
    elif unmet:
        percent = Decimal(chart.rules.value("practitioner.percent")["percent"])
        for entry in billed:
            why = f"Given by another practitioner; incident-to fails: {', '.join(unmet)}."
            entry.notes.append(Note("INC-1", why, None, Direction.OVER))
            entry.share = percent


def shared_visit(billed: list[Entry], chart: Chart) -> bool:
    """Hold a visit shared in a facility against who did its substantive portion; return if it was.

    MCPM ch. 12, 30.6.18: more than half of the time, or the medical decision; modifier FS.
    """
    em = chart.documented.em
    if em is None or not em.shared or not chart.rules.in_force("SPLIT-2"):
        return False
    if chart.encounter.pos not in chart.rules.value("place.facility"):
        return False
    table = chart.rules.value("practitioner.percent")
    taxonomy = chart.encounter.rendering_taxonomy or ""
    as_physician = not taxonomy.startswith(tuple(table["taxonomies"]))
    for entry in billed:
        line = entry.line
        assert line is not None
        if entry.kind != "em":
            continue
        if em.substantive_by == "npp" and as_physician:
            why = "The other practitioner did the substantive portion of the shared visit."
            entry.notes.append(Note("SPLIT-2", why, None, Direction.OVER))
            entry.share = Decimal(table["percent"])
        if "FS" not in line.modifiers:
            why = "A visit shared in a facility carries FS."
            entry.notes.append(Note("SPLIT-1", why, Verdict.WRONG_CODE, Direction.NONE))
            entry.agreed = [with_modifiers(a, (*a.modifiers, "FS")) for a in entry.agreed]
    return True


def signed_by_another(billed: list[Entry]) -> None:
    """Say of every line that another practitioner signed, with nothing of incident-to."""
    for entry in billed:
        why = "The signer is not the practitioner billed."
        entry.notes.append(Note("AUTH-4", why, Verdict.WRONG_CODE, Direction.NONE))


def unmet_conditions(chart: Chart) -> list[str] | None:
    """Return which conditions of incident-to fail, or None where one of them is not known."""
    record, em = chart.documented.record, chart.documented.em
    unmet = []
    if chart.encounter.pos not in chart.rules.value("setting.office"):
        unmet.append("not in an office")
    new_problem = record.new_problem
    if new_problem is None and em is not None and em.new_problem is not None:
        new_problem = em.new_problem
    new_patient = any(
        chart.rules.codes[line.code].facets.get("patient") == "new"
        for line in chart.encounter.lines
        if line.code in chart.rules.codes
    )
    if new_patient:
        unmet.append("a new patient")
    if new_problem:
        unmet.append("a new problem")
    if record.established_plan is False:
        unmet.append("no plan of the physician's")
    if record.supervisor_on_site is False:
        unmet.append("the physician was not on site")
    known = record.supervisor_on_site is not None
    known = known and (new_problem is not None or record.established_plan is not None)
    return unmet if unmet or known else None


def telehealth(billed: list[Entry], chart: Chart) -> None:
    """Ask for the modifier and place of a visit by video or telephone."""
    em = chart.documented.em
    if em is None or em.telehealth not in ("video", "audio"):
        return
    if not chart.rules.has("setting.telehealth"):
        return
    table = chart.rules.value("setting.telehealth")
    modifier = table[em.telehealth]
    silent = em.abstracted("telehealth_consent") and not em.telehealth_consent
    for entry in billed:
        line = entry.line
        assert line is not None
        if silent and entry.kind == "em":
            why = "To be settled: the note holds no consent to the visit by video or telephone."
            why += "".join(f" Reading: {r}." for r in chart.rules.rule("TELE-2").readings)
            entry.notes.append(Note("TELE-2", why, severity=Severity.PROMPT))
        if entry.kind != "em" or (modifier in line.modifiers and line.pos in table["places"]):
            continue
        why = f"A visit by {em.telehealth} carries {modifier} and a telehealth place of service."
        entry.notes.append(Note("TELE-1", why, Verdict.WRONG_CODE, Direction.NONE))
        if modifier not in line.modifiers:
            agreed = entry.agreed[0]
            others = set(chart.rules.value("modifier.classes")["telehealth"])
            kept = tuple(m for m in agreed.modifiers if m not in others)
            entry.agreed[0] = with_modifiers(agreed, (*kept, modifier))
