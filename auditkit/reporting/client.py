"""The client report of a consultant: the practice report under the consultant's own name."""

from markupsafe import Markup

from auditkit.reporting import parts
from auditkit.reporting.facts import Facts
from auditkit.reporting.index import overpayment_figure, practice_facts
from auditkit.reporting.parts import Part
from auditkit.reporting.practice import (
    em_distribution,
    evidence,
    findings,
    in_short,
    method,
    providers,
    result,
    scope,
    why_these_charts,
)
from auditkit.reporting.provider import lead_figure
from auditkit.reporting.sections import closing as shared_closing
from auditkit.reporting.sections import masthead

__all__ = [
    "basis",
    "closing",
    "cover",
    "em_distribution",
    "evidence",
    "findings",
    "method",
    "practice_facts",
    "providers",
    "result",
    "scope",
    "why_these_charts",
]


def cover(facts: Facts) -> Part:
    """Return the head of the report: from whom, for whom, and the figures that lead."""
    brand, about = facts.brand, facts.audit.settings.audit
    top = masthead(facts, "Coding audit", brand.client.name or facts.name)
    letter = parts.terms([
        ("Prepared for", brand.client.name or facts.name),
        ("Attention", brand.client.attention),
        ("Engagement", brand.client.engagement),
        ("Prepared by", brand.consultant.name or about.prepared_by),
        ("Qualifications", brand.consultant.qualifications),
        ("Contact", brand.consultant.contact),
    ])  # fmt: skip
    boxes = parts.figures([lead_figure(facts), overpayment_figure(facts)])
    return Part("Cover", top + letter + boxes + parts.paragraph(in_short(facts), kind="lead"))


def basis(facts: Facts) -> Part:
    """Return what the report may be relied on for, in the consultant's own words if there are."""
    said = facts.brand.statement or (
        "The figures were made from the claims and the records that the client provided.",
        "Rules are cited as they stood on each date of service; sources and versions stand with "
        "each finding.",
        "The evidence folder holds every file that the figures rest on. Anyone who has it can make "
        "every figure again.",
        "This report is no legal advice.",
    )
    return parts.section("basis", "Basis of this report", parts.bullets(said))


def closing(facts: Facts) -> Part:
    """Return dispute, limits and glossary, then who signs."""
    who = facts.brand.consultant.name or facts.audit.settings.audit.prepared_by or "Consultant"
    line = Markup('<div class="sign"><p>{}</p><p>Name</p><p>Date</p></div>').format(parts.text(who))
    signed = parts.section("signatures", "Signature", line)
    return Part("Closing", parts.join([shared_closing(facts, first=8), signed]))
