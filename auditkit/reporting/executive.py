"""The executive summary: one page for people who read one page."""

from auditkit.reporting import parts, wording
from auditkit.reporting.facts import Facts
from auditkit.reporting.group import group_of, pictures
from auditkit.reporting.index import practice_facts
from auditkit.reporting.parts import Column, Part, records
from auditkit.reporting.practice import head, in_short, rates_picture

#: More providers than this would not leave room for the rest of the page.
ROWS = 12

__all__ = ["decisions", "main_themes", "picture", "practice_facts", "sure", "title"]


def title(facts: Facts) -> Part:
    """Return the head of the page, with the figures that lead and the result in a few words."""
    top = head(facts, "Executive summary")
    return Part("Title", top + parts.paragraph(in_short(facts), kind="lead"))


def picture(facts: Facts) -> Part:
    """Return the one picture: the providers beside each other, or the rates where there is one."""
    group = group_of(facts)
    shown = pictures(group) or [rates_picture(facts)]
    fits = len(group.providers) <= ROWS
    return Part("Picture", parts.join([shown[0 if fits else -1]]))


def main_themes(facts: Facts) -> Part:
    """Return the three themes that matter most in dollars, and what would mend each."""
    rows = []
    for row in records(facts.top_themes("dollars", most=4)):
        if not row["family"]:
            continue
        mine = facts.main_findings[facts.main_findings["family"] == row["family"]]
        advice = mine["would_support"].dropna().value_counts()
        rows.append({
            "theme": row["theme"],
            "found": wording.count(row["total"]),
            "over": wording.dollars(row["dollars_over"]),
            "under": wording.dollars(row["dollars_under"]),
            "mend": wording.plain(advice.index[0], 260) if len(advice) else "",
        })  # fmt: skip
    columns = [
        Column("theme", "Theme"),
        Column("found", "Findings", "number"),
        Column("over", "Over", "number"),
        Column("under", "Under", "number"),
        Column("mend", "What would have supported the code"),
    ]
    if not rows:
        return Part("Themes", parts.note("No dollars were billed in error.", kind="good"))
    note = facts.source("dollars are those of the encounters reviewed")
    return Part("Themes", parts.table(rows[:3], columns, "The themes with most dollars", note))


def decisions(facts: Facts) -> Part:
    """Return what the readers are asked to decide."""
    items = ["The dates of the next audits, which stand in the practice report."]
    if any(facts.dollars):
        items.insert(
            0,
            "With counsel: whether amounts found are owed back, to whom, and the dates that apply.",
        )
    if len(facts.themes):
        items.insert(0, "Education on the themes found, and who gives it by when.")
    return parts.section("decisions", "For decision", parts.steps(items))


def sure(facts: Facts) -> Part:
    """Return how sure the figures are, in two sentences."""
    said = (
        f"The figures rest on {wording.count(facts.n, 'encounter')} drawn "
        f"{wording.PURPOSES[facts.audit.plan.purpose]}. The intervals say what they leave open; "
        "method, evidence and limits stand in the practice report, and “auditkit verify” makes "
        "every figure again."
    )
    return Part("Sure", parts.paragraph(said, kind="quiet"))
