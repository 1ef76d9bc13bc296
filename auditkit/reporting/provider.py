"""The provider report: what stands at its head, its result, and its E/M levels.

The other sections are those of every report; they are named here so that a notebook finds the
whole report in one place.
"""

from markupsafe import Markup

from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import EM_SERIES, PRACTICE, Facts, open_audit
from auditkit.reporting.parts import Part
from auditkit.reporting.sections import (
    dispute,
    glossary,
    limits,
    masthead,
    method,
    rates_table,
    scope,
    why_these_charts,
)
from auditkit.reporting.themes import education, evidence, findings

__all__ = [
    "dispute",
    "education",
    "em_distribution",
    "evidence",
    "findings",
    "glossary",
    "limits",
    "method",
    "provider_facts",
    "result",
    "scope",
    "title",
    "why_these_charts",
]


def provider_facts(audit: str, provider_id: str) -> Facts:
    """Return what the audit found for one provider.

    Args:
        audit: the audit's name, the folder of that name in `reports`.
        provider_id: the opaque id, such as P07.

    Raises:
        SettingsError: if there is no such audit.
        ReportError: if the audit holds no such provider.
    """
    return Facts(open_audit(audit), provider_id)


def title(facts: Facts) -> Part:
    """Return the head of the report: for whom, what, and the figures that lead."""
    over, under = facts.dollars
    sub = f"Provider {facts.scope}, services of {facts.period}"
    head = masthead(facts, "Coding review", facts.name or facts.scope, sub)
    boxes = parts.figures([
        lead_figure(facts),
        (wording.dollars(over), "Over, in the sample", "billed above what the record supports"),
        (wording.dollars(under), "Under, in the sample", "billed below what the record supports"),
    ])  # fmt: skip
    return Part("Title", head + boxes + parts.paragraph(_in_short(facts), kind="lead"))


def lead_figure(facts: Facts) -> tuple[str, str, str]:
    """Return the leading score as a headline figure: value, what it is, its interval."""
    lead = facts.leading
    if lead is None:
        return wording.NOT_KNOWN, "Accuracy", "not computed"
    sure = f"{100 * lead['level']:.0f} % interval {wording.interval(lead['lower'], lead['upper'])}"
    label = wording.MEASURES.get(lead["measure"], wording.theme(lead["measure"]))
    return wording.percent(lead["rate"]), label, sure


def _in_short(facts: Facts) -> str:
    """Return the result in two sentences."""
    wrong = facts.main_findings["encounter_id"].nunique()
    said = (
        f"{wording.count(facts.n, 'encounter')} of {wording.count(facts.universe)} in the frame "
        f"{'was' if facts.n == 1 else 'were'} reviewed. "
    )
    if not wrong:
        return said + "Every line reviewed was supported as it was billed."
    return (
        f"{said}{wording.count(wrong, 'encounter')} had at least one difference; the most frequent "
        f"theme was {wording.inline(facts.themes['theme'].iloc[0])}."
    )


def result(facts: Facts) -> Part:
    """Return the rates with their intervals, the dollars, and what can be said of the group."""
    table, note = rates_table(facts)
    rates: object = (
        parts.note("No rate could be computed for this provider.", kind="caution")
        if table.empty
        else charts.rates(table, "This provider", note, "" if _alone(facts) else "the practice")
    )
    quiet = parts.paragraph(
        "Dollars above are those of the encounters reviewed. An overpayment estimate is made for "
        "the practice as a whole only, and stands in the practice report.",
        kind="quiet",
    )
    return parts.section(
        "result", "4. Result", rates, _comparison(facts), dollars_picture(facts), quiet
    )


def _alone(facts: Facts) -> bool:
    """Return whether the audit has no other provider, so that the practice is this one."""
    return bool(facts.audit.frame["provider_id"].nunique() < 2)


def _comparison(facts: Facts) -> object:
    """Return whether the provider can be told apart from the practice, in words."""
    own = facts.leading
    group = facts.score(own["measure"], PRACTICE) if own else None
    if own is None or group is None or _alone(facts):
        return ""
    said = wording.told_apart(own["lower"], own["upper"], group["rate"])
    return parts.note(
        parts.strong(said),
        f"This provider {wording.percent(own['rate'])} "
        f"({wording.interval(own['lower'], own['upper'])}), the practice "
        f"{wording.percent(group['rate'])}.",
    )


def dollars_picture(facts: Facts) -> object:
    """Return the dollars over and under by theme, or that there are none or are not known."""
    themes = facts.top_themes("dollars")
    table = themes[["theme"]].assign(over=themes["dollars_over"], under=themes["dollars_under"])
    unknown = (
        parts.note(
            f"{wording.count(facts.unpriced, 'line')} of {wording.count(len(facts.results))} have "
            "no allowed amount. Their dollars are not known and are left out.",
            kind="caution",
        )
        if facts.unpriced
        else Markup("")
    )
    if len(table):
        note = facts.source("billed less supported, per line, at the claim's allowed amounts")
        return parts.join([unknown, charts.over_and_under(table, note)])
    said = "No dollars were billed above or below what the record supports."
    return unknown or parts.note(said, kind="good")


def em_distribution(facts: Facts) -> Part:
    """Return how often each E/M code was billed, beside the practice."""
    tables = {kind: facts.em_levels(kind) for kind in EM_SERIES}
    group = "" if _alone(facts) else "the practice"
    pictures: list[object] = [
        charts.em_levels(table, "This provider", group, facts.em_source(kind), kind)
        for kind, table in tables.items()
        if table["count"].sum()
    ]
    nothing = parts.note("No office visits were billed in the frame.")
    heading = "7. E/M levels beside the practice" if group else "7. E/M levels"
    return parts.section("em", heading, *(pictures or [nothing]))
