"""The practice report for a compliance committee."""

from markupsafe import Markup

from auditkit.privacy.cells import cell_patients, pooled
from auditkit.reporting import charts, parts, projection, wording
from auditkit.reporting.facts import EM_SERIES, Facts
from auditkit.reporting.group import group_of, modifier_25, next_dates, pictures
from auditkit.reporting.index import overpayment_figure, practice_facts
from auditkit.reporting.parts import Part
from auditkit.reporting.provider import dollars_picture, lead_figure
from auditkit.reporting.sections import (
    closing,
    masthead,
    method,
    rates_table,
    scope,
    why_these_charts,
)
from auditkit.reporting.themes import education, evidence, findings
from auditkit.sampling.draw import assign_strata
from auditkit.scoring.scores import frame_sizes, sensitivity, sensitivity_sentence

__all__ = [
    "closing",
    "education",
    "em_distribution",
    "evidence",
    "findings",
    "follow_up",
    "method",
    "practice_facts",
    "providers",
    "result",
    "scope",
    "title",
    "why_these_charts",
]


def title(facts: Facts) -> Part:
    """Return the head of the report: what it is of, and the figures that lead."""
    return Part(
        "Title", head(facts, "Coding audit") + parts.paragraph(in_short(facts), kind="lead")
    )


def head(facts: Facts, kind: str) -> Markup:
    """Return the head that documents of the practice share, with three leading figures."""
    over, under = facts.dollars
    top = masthead(facts, kind, facts.name)
    found = (
        f"{wording.dollars(over, cents=False)} / {wording.dollars(under, cents=False)}",
        "Over / under, in the sample",
        "found in the encounters reviewed, not netted",
    )
    return top + parts.figures([lead_figure(facts), overpayment_figure(facts), found])


def in_short(facts: Facts) -> str:
    """Return the result in a few sentences."""
    group = group_of(facts)
    said = (
        f"{wording.count(facts.n, 'encounter')} of {wording.count(facts.universe)} in the frame "
        f"{'was' if facts.n == 1 else 'were'} reviewed, of "
        f"{wording.count(len(group.providers), 'provider')}. "
    )
    themes = facts.themes["theme"].head(3)
    if themes.empty:
        return said + "Every line reviewed was supported as it was billed."
    said += f"Most frequent: {wording.listed(wording.inline(each) for each in themes)}. "
    if group.comparison is None:
        return said
    apart = [m.name for m in group.comparison.members if m.distinguished]
    return said + (
        f"{wording.listed(apart)} can be told apart from the group; the others cannot."
        if apart
        else "No provider can be told apart from the group."
    )


def result(facts: Facts) -> Part:
    """Return the rates, the dollars, the projection, and how much rests on the method."""
    return parts.section(
        "result",
        "4. Result",
        rates_picture(facts),
        _policies(facts),
        projection.estimate(facts),
        dollars_picture(facts),
        projection.methods(facts),
        projection.balance(facts),
    )


def rates_picture(facts: Facts) -> object:
    """Return the practice's rates with their intervals."""
    table, note = rates_table(facts)
    if table.empty:
        return parts.note("No rate could be computed.", kind="caution")
    return charts.rates(table, "The practice", note)


def _policies(facts: Facts) -> object:
    """Return what other scoring policies would say of the same findings."""
    audit = facts.audit
    sizes = None
    if audit.plan.purpose != "targeted":
        strata = assign_strata(audit.frame, audit.plan)
        sizes = frame_sizes(audit.frame.assign(stratum=strata))
    told = sensitivity(audit.line_results, facts.policy, sizes=sizes)
    return parts.paragraph(sensitivity_sentence(told, facts.scope), kind="quiet")


def providers(facts: Facts) -> Part:
    """Return the providers beside each other, without a rank."""
    group = group_of(facts)
    shown = pictures(group)
    if not shown:
        shown = [parts.paragraph("There is one provider, so there is nobody to compare with.")]
    return parts.section("providers", "Providers beside each other", *shown)


def em_distribution(facts: Facts) -> Part:
    """Return how often each E/M code was billed, and how often with modifier 25.

    Codes of few patients stand together, see `auditkit.privacy.cells`; where patients are not
    listed, the E/M codes are left out.
    """
    with_25 = modifier_25(facts.audit, group_of(facts))
    return parts.section("em", "7. E/M levels and modifier 25", *_em_levels(facts), with_25)


def _em_levels(facts: Facts) -> list[object]:
    """Return the picture of each series of codes that was billed."""
    audit = facts.audit
    if not projection.cells_can_be_judged(audit):
        return [projection.not_listed(audit)]
    smallest = audit.settings.privacy.small_cells
    codes = audit.frame.set_index("unit_id")["codes"].fillna("").str.split().explode()
    people = cell_patients(codes, audit.frame_patients)
    tables = {
        kind: pooled(facts.em_levels(kind), "code", smallest, patients=people) for kind in EM_SERIES
    }
    return [
        charts.em_levels(table, "The practice", "", facts.em_source(kind), kind)
        for kind, table in tables.items()
        if table["count"].sum()
    ]


def follow_up(facts: Facts) -> Part:
    """Return when each provider is looked at again."""
    dates = next_dates(group_of(facts)) or parts.paragraph("No provider has a score to judge by.")
    return parts.section("follow-up", "Follow-up", dates)
