"""Office visits: what decision making or time supports once the work of procedures is left out."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.mdm import LEVELS, decide
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.patient import patient_status
from auditkit.documentation.elements import Em, Problem
from auditkit.model import Verdict

CATEGORIES = ("new", "established")


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the visit codes with patient category and level, and their companions."""
    if rules.has("em.codes"):
        table = rules.value("em.codes")
        for patient in CATEGORIES:
            for level, code in enumerate(table[patient], start=1):
                yield CodeInfo(code, "em", {"patient": patient, "level": level})
        yield CodeInfo(table["staff"], "em", {"patient": "established", "level": 0})
        for name in ("medicare", "other"):
            code = rules.value("em.prolonged")[name]["code"]
            yield CodeInfo(code, "prolonged", {"payer": name})
    if rules.has("em.complexity"):
        yield CodeInfo(rules.value("em.complexity")["code"], "complexity", {})
    for level, code in enumerate(rules.value("em.consultations")["codes"], start=1):
        yield CodeInfo(code, "consultation", {"level": level})


def derive(chart: Chart) -> None:
    """Support the visit, its modifier beside procedures, prolonged time and visit complexity."""
    em = chart.documented.em
    if not chart.rules.has("em.codes"):
        return
    if em is None or em.present is False:
        if em is None and not chart.documented.abstracted("em"):
            chart.leave_open(("em", "prolonged", "complexity"), "the visit was not abstracted")
        else:
            chart.refuse("EM-NONE", "The record documents no separate visit.", kinds=("em",))
        return
    minor, major = same_day(chart)
    decided = bool(em.decision_for_surgery) and (major or decision_for_major(chart, em))
    problems = [p for p in em.problems if p.addressed is not False]
    if (minor or major) and not decided:
        problems = [p for p in problems if not p.treated_by_procedure]
        if not problems or em.separately_identifiable is False:
            refuse_included(chart, em)
            return
    if any(p.status is None and not p.abstracted("status") for p in problems):
        chart.leave_open(("em",), "the status of a problem was not abstracted")
        return
    draft = visit(chart, em, problems, procedures=minor or major)
    if decided and any(problem.status is None for problem in problems):
        draft = visit_as_billed(chart) or draft
    if draft is None:
        return
    if decided:
        draft.required["57"] = "MOD57-1"
    elif minor or major:
        draft.required["25"] = "MOD25-2"
    chart.support(draft)
    support_prolonged(chart, em, draft)
    support_complexity(chart, em, draft)


def same_day(chart: Chart) -> tuple[bool, bool]:
    """Return whether the record supports minor (000, 010) and major (090) procedures that day."""
    table = chart.rules.value("em.minor")
    periods = {chart.fees.global_days(d.code, chart.dos) for d in chart.drafts}
    others = any(d.code in table["others"] for d in chart.drafts)
    minor = others or not periods.isdisjoint(table["globals"])
    return minor, table["major"] in periods


def decision_for_major(chart: Chart, em: Em) -> bool:
    """Return whether the visit decided for 090 surgery: named by its code, or done the next day."""
    major = chart.rules.value("em.minor")["major"]
    if em.decision_for_code is None:
        tomorrow = chart.dos + timedelta(days=1)
        next_day = [p for p in chart.encounter.history if p.dos == tomorrow]
        return any(
            (p.global_days or chart.fees.global_days(p.code, p.dos)) == major for p in next_day
        )
    return bool(chart.fees.global_days(em.decision_for_code, chart.dos) == major)


def refuse_included(chart: Chart, em: Em) -> None:
    """Refuse the visit: all that was evaluated was treated by a procedure of the day."""
    billed = {m for line in chart.encounter.lines for m in line.modifiers}
    rule = "MOD57-1" if em.decision_for_surgery and "57" in billed else "MOD25-1"
    why = "Every problem evaluated was treated by a procedure of the same day."
    if em.separately_identifiable is False and em.problems:
        why = "The record shows no work beyond the decision for the procedure of the same day."
    chart.refuse(
        rule, why, kinds=("em", "prolonged", "complexity"),
        verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
    )  # fmt: skip


def visit(chart: Chart, em: Em, problems: list[Problem], procedures: bool) -> Draft | None:
    """Return the visit at the higher of its levels by decision making and by time."""
    table = chart.rules.value("em.codes")
    patient, history = patient_status(chart)
    if em.staff_only or chart.documented.record.performed_by == "staff":
        reason = chart.rules.reason("EM-1", "seen by clinical staff only", "em.staff_only")
        return Draft(table["staff"], "em", reasons=[reason])
    minutes = counted_minutes(em, procedures)
    consulted = not chart.medicare and consultation_billed(chart)
    times = chart.rules.value("em.minutes")[patient]
    if consulted:
        times = chart.rules.value("em.consultations")["minutes"]
    by_time = sum(minutes >= least for least in times)
    if not em.problems and not by_time and em.staff_only is None and staff_billed(chart):
        reason = chart.rules.reason("EM-1", "no practitioner's work documented", "em.problems")
        return Draft(table["staff"], "em", reasons=[reason])
    if not problems and not by_time:
        chart.refuse("EM-NONE", "No problem evaluated and no time stated.", kinds=("em",))
        return None
    decision = decide(em, problems, chart.rules)
    if max(decision.low, by_time) != max(decision.high, by_time):
        chart.leave_open(("em",), "data or risk was not abstracted and could change the level")
        return None
    level = max(decision.low if problems else 0, by_time)
    text = f"{LEVELS[level]}: {decision}"
    text += f"; {minutes} minutes" if minutes else "; no time counted"
    codes_of_level = chart.rules.value("em.consultations")["codes"] if consulted else table[patient]
    return Draft(
        codes_of_level[level - 1],
        "consultation" if consulted else "em",
        reasons=[
            chart.rules.reason(
                "EM-1", text, "em.problems", "em.data", "em.risk", "em.total_time_min"
            ),
            chart.rules.reason("EM-6", history, "history"),
        ],
    )


def visit_as_billed(chart: Chart) -> Draft | None:
    """Return the visit billed, where the class of a problem decided on is not abstracted."""
    for line in chart.encounter.lines:
        if chart.rules.kind_of(line.code) == "em":
            text = "level as billed: the class of the problem decided on is not abstracted"
            return Draft(line.code, "em", reasons=[chart.rules.reason("EM-1", text, "em.problems")])
    return None


def staff_billed(chart: Chart) -> bool:
    """Return whether the visit billed is one of clinical staff, which asks no decision making."""
    code = chart.rules.value("em.codes")["staff"]
    return any(line.code == code for line in chart.encounter.lines)


def consultation_billed(chart: Chart) -> bool:
    """Return whether a consultation is billed; payers other than Medicare may take it."""
    kinds = {chart.rules.kind_of(line.code) for line in chart.encounter.lines}
    return "consultation" in kinds


def counted_minutes(em: Em, procedures: bool) -> int:
    """Return the practitioner's minutes that count; time of procedures must be carved out.

    CPT: the time of separately reported services is excluded, so that beside a procedure a total
    counts only when the note states or subtracts it.
    """
    if em.total_time_min is None or em.time_statement is False:
        return 0
    if procedures and em.time_excluded_min is None and not em.time_statement:
        return 0
    return max(em.total_time_min - (em.time_excluded_min or 0), 0)


def support_prolonged(chart: Chart, em: Em, draft: Draft) -> None:
    """Support prolonged time beyond the highest level, in steps from the payer's threshold."""
    facets = chart.rules.codes[draft.code].facets
    if draft.kind != "em":
        return
    table = chart.rules.value("em.prolonged")
    row = table["medicare" if chart.medicare else "other"]
    minutes = counted_minutes(em, procedures=bool(draft.required))
    least = row[facets["patient"]]
    if facets["level"] < len(LEVELS) - 1 or minutes < least:
        chart.refuse(
            "EM-PROLONGED", f"{minutes} minutes counted; {row['code']} starts at {least}.",
            kinds=("prolonged",),
        )  # fmt: skip
        return
    units = Decimal(1 + (minutes - least) // table["step"])
    reason = chart.rules.reason("EM-PROLONGED", f"{minutes} minutes", "em.total_time_min")
    chart.support(Draft(row["code"], "prolonged", units, reasons=[reason]))


def support_complexity(chart: Chart, em: Em, draft: Draft) -> None:
    """Support visit complexity where the relationship continues and the visit needs no 25."""
    if not chart.rules.has("em.complexity"):
        return
    table = chart.rules.value("em.complexity")
    if barred_by_modifier(chart, draft, table):
        chart.refuse(
            "EM-7", "Not payable beside a visit with modifier 25.", kinds=("complexity",),
            verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
        )  # fmt: skip
    elif em.longitudinal:
        reason = chart.rules.reason("EM-7", "continuing relationship", "em.longitudinal")
        chart.support(Draft(table["code"], "complexity", reasons=[reason], optional=True))
    elif em.abstracted("longitudinal"):
        chart.refuse("EM-7", "No continuing relationship is documented.", kinds=("complexity",))
    else:
        chart.leave_open(("complexity",), "the continuing relationship was not abstracted")


def barred_by_modifier(chart: Chart, draft: Draft, table: dict[str, Any]) -> bool:
    """Return whether the visit's modifier 25 bars complexity: asked for, or billed.

    CY2025 PFS final rule: not where all that stands beside the visit is preventive.
    """
    barred = set(table["not_with"])
    if not barred.isdisjoint(draft.required):
        return True
    lines = chart.encounter.lines
    visits = [x for x in lines if chart.rules.kind_of(x.code) == "em"]
    if all(barred.isdisjoint(x.modifiers) for x in visits):
        return False
    beside = {x.code for x in lines if x not in visits} - {table["code"]}
    return not beside or not beside <= set(table["but_beside"])
