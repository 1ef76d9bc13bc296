"""Global periods: what an earlier procedure's period includes, and the modifiers that set apart."""

from collections.abc import Iterator
from datetime import timedelta

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.words import mentions
from auditkit.model import PriorService, Verdict

ONE_DAY = timedelta(days=1)


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the code that reports a follow-up visit of a global period without charge."""
    yield CodeInfo(rules.value("global.follow_up"), "follow_up", {})


def derive(chart: Chart) -> None:
    """Set the visit and procedures of a global period apart, or leave them to it."""
    running = [prior for prior in chart.encounter.history if in_period(prior, chart)]
    if not running:
        kinds = ("follow_up", "em") if follow_up_billed(chart) else ("follow_up",)
        chart.leave_open(kinds, "no procedure with a global period is in the history")
        return
    if chart.of_type("suture_removal"):
        chart.refuse(
            "GLOB-2", "The removal of sutures belongs to the earlier procedure.",
            kinds=("repair", "em"), verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
        )  # fmt: skip
    for draft in list(chart.drafts):
        if draft.kind == "em":
            settle_visit(chart, draft)
        elif is_complication(draft, chart):
            settle_complication(draft, chart)
        elif takes_modifier(draft, chart) and any(p.dos < chart.dos for p in running):
            modifier, rule = modifier_of(draft, chart)
            draft.required[modifier] = rule


def follow_up_billed(chart: Chart) -> bool:
    """Return whether the visit was billed as a follow-up without charge."""
    code = chart.rules.value("global.follow_up")
    return any(line.code == code for line in chart.encounter.lines)


def in_period(prior: PriorService, chart: Chart) -> bool:
    """Return whether the date of service falls in the global period of *prior*.

    MCPM ch. 12, 40.1: 010 is the day and the 10 days after it, 090 the day before, the day and
    the 90 days after it; the same physician, or one of the same group and specialty.
    """
    if not same_physician(prior, chart):
        return False
    days = prior.global_days or chart.fees.global_days(prior.code, prior.dos)
    if prior.dos == chart.dos + ONE_DAY:
        return days == chart.rules.value("em.minor")["major"]
    if prior.dos >= chart.dos:
        return False
    length = chart.rules.value("global.days").get(days)
    return length is not None and chart.dos <= prior.dos + timedelta(days=length)


def same_physician(prior: PriorService, chart: Chart) -> bool:
    """Return whether *prior* was by the same physician, or by the same group and specialty."""
    encounter = chart.encounter
    if prior.npi == encounter.rendering_npi:
        return True
    specialty = prior.works_with_specialty or prior.specialty
    return prior.same_group and specialty is not None and specialty == encounter.rendering_taxonomy


def settle_visit(chart: Chart, draft: Draft) -> None:
    """Leave a related visit to the global period; ask for 24 on an unrelated one."""
    if "57" in draft.required:
        return
    em = chart.documented.em
    related = None if em is None else em.related_to_prior_procedure
    if related is None and aftercare_alone(chart):
        related = True
    if related is None:
        chart.drafts.remove(draft)
        chart.leave_open(
            (draft.kind,), "whether the visit is about the earlier procedure was not abstracted"
        )
    elif related:
        chart.drafts.remove(draft)
        marked = {m for line in chart.encounter.lines for m in line.modifiers}
        chart.refuse(
            "MOD24-1" if "24" in marked else "GLOB-1",
            "The visit is about a procedure in whose global period it falls.",
            kinds=("em", "prolonged", "complexity"), verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
        )  # fmt: skip
        code = chart.rules.value("global.follow_up")
        reason = chart.rules.reason("GLOB-1", "follow-up in a global period", "em")
        chart.support(Draft(code, "follow_up", reasons=[reason], optional=True))
    else:
        draft.required["24"] = "MOD24-1"


def aftercare_alone(chart: Chart) -> bool:
    """Return whether every problem of the visit is named as care after a procedure."""
    em = chart.documented.em
    words = chart.rules.value("global.aftercare")
    return (
        em is not None
        and bool(em.problems)
        and all(mentions(problem.label, words) for problem in em.problems)
    )


def is_complication(draft: Draft, chart: Chart) -> bool:
    """Return whether a line treats a complication of the earlier procedure outside a theatre."""
    if draft.kind not in chart.rules.value("global.complications"):
        return False
    procedures = chart.procedures_of(draft)
    related = any(p.related_to_prior for p in procedures)
    return related and not any(p.return_to_or or p.staged for p in procedures)


def settle_complication(draft: Draft, chart: Chart) -> None:
    """Leave a complication to the global period for Medicare; other payers' rules differ."""
    chart.drafts.remove(draft)
    if not chart.medicare:
        chart.leave_open((draft.kind,), "whether the payer pays complications apart", "GLOB-3")
        return
    chart.refuse(
        "GLOB-2", "A complication treated without a return to the operating room is included.",
        kinds=(draft.kind,), lesions=draft.lesions, verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
    )  # fmt: skip


def takes_modifier(draft: Draft, chart: Chart) -> bool:
    """Return whether a procedure has a global period of its own and so takes 58, 78 or 79."""
    days = chart.fees.global_days(draft.code, chart.dos)
    return days in chart.rules.value("global.modified")


def modifier_of(draft: Draft, chart: Chart) -> tuple[str, str]:
    """Return the modifier and rule for a procedure in a global period, by how it is related."""
    procedures = chart.procedures_of(draft)
    if any(p.return_to_or for p in procedures):
        return "78", "MOD78-1"
    if any(p.re_excision or p.staged or p.related_to_prior for p in procedures):
        return "58", "MOD58-1"
    return "79", "MOD79-1"
