"""The sampling plan and the method memo as documents to sign."""

import re

from markupsafe import Markup

from auditkit import memo, planning
from auditkit.audit import Audit
from auditkit.reporting import charts, parts, projection, wording
from auditkit.reporting.facts import Facts
from auditkit.reporting.group import practice_of
from auditkit.reporting.index import practice_facts
from auditkit.reporting.parts import Column, Part, records
from auditkit.reporting.sections import masthead

__all__ = [
    "balance",
    "methods",
    "plan",
    "practice_facts",
    "signatures",
    "title",
    "verdicts",
    "work_papers",
]

#: Sizes whose chances are shown beside the plan's own.
SIZES = (5, 10, 20, 30, 50, 80, 120)
#: True error rates that should pass and fail, and the highest rate in the sample that passes.
GOOD, BAD, PASS_MARK = 0.05, 0.20, 0.10

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_COMMAND = re.compile(r"`([^`\n]+)`")


def title(facts: Facts, kind: str) -> Part:
    """Return the head of the paper; *kind* is its name."""
    top = masthead(facts, kind, facts.name)
    intro = parts.paragraph(
        "Made from the plan and the audit's files, not typed: text and figures cannot disagree.",
        kind="quiet",
    )
    return Part("Title", top + intro)


def plan(facts: Facts) -> Part:
    """Return items 1 to 14, the sampling plan.

    Raises:
        PlanError: naming every item that the plan leaves empty.
    """
    return parts.section("plan", "Sampling plan", *_items(facts, memo.plan_items(facts.audit)))


def verdicts(facts: Facts) -> Part:
    """Return how often samples of several sizes would judge one provider wrongly."""
    sample, frame = facts.audit.sample, facts.audit.frame
    drawn = frame[frame["unit_id"].isin(sample["unit_id"])]["provider_id"].value_counts()
    if facts.audit.plan.purpose == "targeted" or drawn.empty:
        return Part("Verdicts", Markup(""))
    units = int(frame["provider_id"].value_counts().median())
    own = int(drawn.median())
    table = planning.verdict_chances(units, sorted({*SIZES, own}), GOOD, BAD, PASS_MARK)
    rates = f"good {wording.percent(GOOD, 0)}, bad {wording.percent(BAD, 0)}"
    note = (
        f"exact chances for a provider with N = {wording.count(units)} units in the frame (the "
        f"median); n as shown; {rates}, passes with at most {wording.percent(PASS_MARK, 0)} errors"
    )
    said = parts.paragraph(
        f"This plan takes {wording.count(own, 'unit')} of a middling provider. Verdicts on the "
        "practice rest on all units together and are surer than those on one provider."
    )
    shown = charts.planner(table, note) if len(table) else ""
    return parts.section("verdicts", "What the sizes can tell of one provider", said, shown)


def work_papers(facts: Facts) -> Part:
    """Return items 15 to 24, the work papers.

    Raises:
        PlanError: naming every item that the plan leaves empty.
    """
    items = _items(facts, memo.paper_items(facts.audit))
    return parts.section("papers", "Work papers", *items)


def _items(facts: Facts, items: tuple[memo.Item, ...]) -> list[object]:
    """Return each item under its number, with the table that shows the same where there is one."""
    tables = {"Universe": _attrition, "Design, strata and allocation": _strata}
    shown: list[object] = []
    for item in items:
        whole = [parts.paragraph(_breakable(each)) for each in item.text.split("\n\n")]
        more = tables.get(item.title)
        shown.append(
            parts.heading(f"{item.number}. {item.title}", *whole, more(facts.audit) if more else "")
        )
    return shown


def _breakable(text: str) -> Markup:
    """Return *text* with hashes that may break over lines, and commands in quotation marks."""
    escaped = parts.text(_COMMAND.sub(r"“\1”", text))
    return Markup(_HASH.sub(lambda m: f'<span class="hash">{m.group()}</span>', str(escaped)))  # noqa: S704


def _attrition(audit: Audit) -> Markup:
    rows = [
        {
            "rule": wording.shorten(row["rule"], 80),
            "units": wording.count(row["units"]),
            "lines": wording.count(row["lines"]),
            "allowed": wording.dollars(row["allowed"]),
            "paid": wording.dollars(row["paid"]),
        }
        for row in records(audit.attrition)
    ]
    columns = [
        Column("rule", "After the rule"),
        Column("units", "Units", "number"),
        Column("lines", "Lines", "number"),
        Column("allowed", "Allowed", "number"),
        Column("paid", "Paid", "number"),
    ]
    return parts.table(rows, columns, "What each frame rule left", "attrition.csv of this audit")


def _strata(audit: Audit) -> Markup:
    if len(audit.strata) > parts.LONG:
        return Markup("")  # the item's text sums them up and names the file
    rows = [
        {
            "stratum": wording.shorten(row["stratum"], 60),
            "units": wording.count(row["units"]),
            "sampled": wording.count(row["sampled"]),
            "allowed": wording.dollars(row["allowed"]),
        }
        for row in records(audit.strata)
    ]
    columns = [
        Column("stratum", "Stratum"),
        Column("units", "Units in the frame", "number"),
        Column("sampled", "Drawn", "number"),
        Column("allowed", "Allowed", "number"),
    ]
    return parts.table(rows, columns, "Strata and their samples", "strata.csv of this audit")


def balance(facts: Facts) -> Part:
    """Return the sample beside its frame."""
    shown = projection.balance(practice_of(facts)) or parts.paragraph("The sample is targeted.")
    return parts.section("balance", "Sample beside frame", shown)


def methods(facts: Facts) -> Part:
    """Return the projection, and the same total by other methods."""
    whole = practice_of(facts)
    return parts.section(
        "methods", "Projection", projection.estimate(whole), projection.methods(whole)
    )


def signatures(facts: Facts) -> Part:
    """Return the lines on which people sign."""
    people = ("Statistician", "Compliance officer", "Counsel")
    lines = [
        Markup('<div class="sign"><p>{}</p><p>Name</p><p>Date</p></div>').format(each)
        for each in people
    ]
    return parts.section("signatures", "Signatures", *lines)
