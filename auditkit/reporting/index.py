"""The page to open first: the figures of the practice, and the way to each report."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from auditkit.audit import Audit
from auditkit.files import write_text
from auditkit.reporting import parts, wording
from auditkit.reporting.facts import PRACTICE, Facts
from auditkit.reporting.html import Page, export_html, page_of
from auditkit.reporting.parts import Column, Part
from auditkit.reporting.provider import lead_figure
from auditkit.reporting.sections import banner

INDEX = "index.html"


def write_index(audit: Audit, page: Page, documents: Sequence[tuple[str, str, str]] = ()) -> Path:
    """Write `index.html` of the audit and return its path.

    Args:
        audit: a scored audit.
        page: footer and style of the page.
        documents: file name, title and purpose of each further document of the audit.
    """
    facts = Facts(audit, PRACTICE)
    body = [_title(facts), _documents(documents), _providers(facts)]
    path = audit.path(INDEX)
    write_text(path, export_html(page_of([part for part in body if part]), page))
    return path


def overpayment_figure(facts: Facts) -> tuple[str, str, str]:
    """Return the projected overpayment as a headline figure, or why there is none."""
    found = facts.audit.estimate
    if "refused" in found:
        return wording.NOT_KNOWN, "No projection", str(found["refused"])
    over = found["overpayment"]
    return (
        wording.dollars(over["point"], cents=False),
        "Overpayment, estimated for the frame",
        f"lower limit of the one-sided {100 * over['level']:.0f} % interval "
        f"{wording.dollars(over['lower_one_sided'], cents=False)}",
    )


def _title(facts: Facts) -> Part:
    over, under = facts.dollars
    head = Markup(
        '<header class="title">{}<p class="kicker">{}</p><h1>{}</h1><p class="sub">{}</p></header>'
    ).format(
        banner(facts),
        parts.text(facts.audit.settings.audit.name),
        parts.text(facts.name),
        parts.text(
            f"{wording.count(facts.n, 'encounter')} of {wording.count(facts.universe)} reviewed, "
            f"services of {facts.period}"
        ),
    )
    boxes = parts.figures([
        lead_figure(facts),
        overpayment_figure(facts),
        (f"{wording.dollars(over, cents=False)} / {wording.dollars(under, cents=False)}",
         "Over / under, in the sample", "found in the encounters reviewed, not netted"),
    ])  # fmt: skip
    return Part("Title", head + boxes)


def _documents(documents: Sequence[tuple[str, str, str]]) -> Part | None:
    if not documents:
        return None
    items = [
        Markup('<a href="{}">{}</a>: {}').format(file, parts.text(name), parts.text(purpose))
        for file, name, purpose in documents
    ]
    return parts.section("documents", "Documents", parts.bullets(items))


def _providers(facts: Facts) -> Part:
    """Return the table of providers, each with its figures and the way to its report."""
    reviewed = set(facts.results["provider_id"])
    rows = []
    for person in parts.records(facts.audit.providers):
        if person["provider_id"] not in reviewed:
            continue
        own = Facts(facts.audit, person["provider_id"])
        value, _, sure = lead_figure(own)
        over, under = own.dollars
        file = f"{own.scope}.html"
        there = facts.audit.path(file).is_file()
        link = Markup('<a href="{}">{}</a>').format(file, parts.text(own.scope))
        rows.append({
            "id": link if there else own.scope,
            "name": wording.shorten(own.name, 60),
            "n": f"{wording.count(own.n)} of {wording.count(own.universe)}",
            "rate": value,
            "sure": sure,
            "over": wording.dollars(over),
            "under": wording.dollars(under),
        })  # fmt: skip
    _, label, _ = lead_figure(facts)
    columns = [
        Column("id", "Report"),
        Column("name", "Provider"),
        Column("n", "Encounters", "number"),
        Column("rate", label, "number"),
        Column("sure", "How sure", "number"),
        Column("over", "Over", "number"),
        Column("under", "Under", "number"),
    ]
    note = facts.source("dollars are those of the sample", policy=facts.policy)
    table = parts.table(pd.DataFrame(rows), columns, "Every provider with a reviewed chart", note)
    order = parts.paragraph(
        "In the order of their ids. Providers are not ranked: with few charts each, an order by "
        "rate would mostly be chance.",
        kind="quiet",
    )
    return parts.section("providers", "Provider reports", order, table)
