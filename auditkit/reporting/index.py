"""The page to open first: the figures of the practice, and the way to each report."""

from markupsafe import Markup

from auditkit.reporting import parts, wording
from auditkit.reporting.facts import PRACTICE, Facts, lower_limit, open_audit
from auditkit.reporting.parts import Column, Part
from auditkit.reporting.provider import lead_figure
from auditkit.reporting.sections import masthead
from auditkit.reporting.staging import is_there
from auditkit.review.gate import refusal

#: File, title and purpose of the documents that an audit may hold besides provider reports.
DOCUMENTS = (
    ("practice_report.html", "Practice report", "for the compliance committee"),
    ("executive_summary.html", "Executive summary", "one page"),
    ("client_report.html", "Client report", "under the consultant's name"),
    ("sampling_plan.html", "Sampling plan", "to sign before the draw"),
    ("method_memo.html", "Method memo", "plan, work papers and projection"),
    ("trend_report.html", "Trend", "across the audits so far"),
    ("findings.xlsx", "Workbook", "findings, lines, scores and method, to filter and print"),
    ("findings.csv", "Findings", "every finding, with rule, citation and wording"),
    ("scores.csv", "Scores", "every score with its interval"),
    ("estimate.json", "Projection", "the overpayment estimate with all that it rests on"),
)


def practice_facts(audit: str) -> Facts:
    """Return what the audit found for the whole practice.

    Args:
        audit: the audit's name, the folder of that name in `reports`.

    Raises:
        SettingsError: if there is no such audit.
    """
    return Facts(open_audit(audit), PRACTICE)


def overpayment_figure(facts: Facts) -> tuple[str, str, str]:
    """Return the projected overpayment as a headline figure, or why there is none."""
    found = facts.audit.estimate
    if "refused" in found:
        return wording.NOT_KNOWN, "No projection", refusal(found)
    over = found["overpayment"]
    return (
        wording.dollars(over["point"], cents=False),
        "Overpayment, estimated for the frame",
        f"lower limit of the one-sided {100 * over['level']:.0f} % interval {lower_limit(over)}",
    )


def title(facts: Facts) -> Part:
    """Return the head of the page, with the figures that lead."""
    over, under = facts.dollars
    sub = (
        f"{wording.count(facts.n, 'encounter')} of {wording.count(facts.universe)} reviewed, "
        f"services of {facts.period}"
    )
    head = masthead(facts, "Coding audit", facts.name, sub)
    boxes = parts.figures([
        lead_figure(facts),
        overpayment_figure(facts),
        (f"{wording.dollars(over, cents=False)} / {wording.dollars(under, cents=False)}",
         "Over / under, in the sample", "found in the encounters reviewed, not netted"),
    ])  # fmt: skip
    return Part("Title", head + boxes)


def documents(facts: Facts) -> Part:
    """Return the way to each further document of the audit that is there."""
    items = [
        Markup('<a href="{}">{}</a>: {}').format(file, name, purpose)
        for file, name, purpose in DOCUMENTS
        if is_there(facts.audit, file)
    ]
    nothing = parts.paragraph("Only the provider reports were made.", kind="quiet")
    return parts.section("documents", "Documents", parts.bullets(items) or nothing)


def providers(facts: Facts) -> Part:
    """Return the table of providers, each with its figures and the way to its report."""
    reviewed = set(facts.results["provider_id"])
    rows = []
    for person in parts.records(facts.audit.providers):
        if person["provider_id"] not in reviewed:
            continue
        own = Facts(facts.audit, person["provider_id"])
        lead = own.leading or {"rate": None, "lower": None, "upper": None}
        over, under = own.dollars
        file = f"{own.scope}.html"
        there = is_there(facts.audit, file)
        link = Markup('<a href="{}">{}</a>').format(file, parts.text(own.scope))
        rows.append({
            "id": link if there else own.scope,
            "name": wording.shorten(own.name, 60),
            "n": f"{wording.count(own.n)} of {wording.count(own.universe)}",
            "rate": wording.percent(lead["rate"]),
            "sure": wording.interval(lead["lower"], lead["upper"]) if own.leading else "",
            "over": wording.dollars(over),
            "under": wording.dollars(under),
        })  # fmt: skip
    _, label, sure = lead_figure(facts)
    columns = [
        Column("id", "Report"),
        Column("name", "Provider"),
        Column("n", "Encounters", "number"),
        Column("rate", label, "number"),
        Column("sure", sure.split(" interval")[0] + " interval", "number"),
        Column("over", "Over", "number"),
        Column("under", "Under", "number"),
    ]
    note = facts.source("dollars are those of the sample", policy=facts.policy)
    table = parts.table(rows, columns, "Every provider with a reviewed chart", note)
    order = parts.paragraph(
        "In the order of their ids. Providers are not ranked: with few charts each, an order by "
        "rate would mostly be chance.",
        kind="quiet",
    )
    return parts.section("providers", "Provider reports", order, table)
