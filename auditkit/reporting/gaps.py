"""What the notes left out, as the reports state it."""

from markupsafe import Markup

from auditkit.documentation.gaps import PRACTICE
from auditkit.gaps_of_audit import DOCUMENTATION, audit_gaps
from auditkit.reporting import parts, wording
from auditkit.reporting.facts import Facts
from auditkit.reporting.parts import Column, records


def left_out(facts: Facts) -> Markup:
    """Return the elements that notes of the scope left out, with rates and what to write.

    Empty where the audit has no documented elements, or nothing was left out.
    """
    if not facts.audit.path(DOCUMENTATION).is_file():
        return Markup("")
    scopes = [PRACTICE] if facts.is_practice else [facts.scope, PRACTICE]
    table = audit_gaps(facts.audit, scopes)
    mine = table[(table["scope"] == facts.scope) & (table["units_with_gap"] > 0)]
    if mine.empty:
        return Markup("")
    whole = table[table["scope"] == PRACTICE].set_index(["family", "element"])["rate"]
    mine = mine.sort_values(["units_with_gap", "rate"], ascending=False, kind="stable")
    rows = [
        {
            "what": f"{row['service']}: {row['label']}",
            "counts": f"{row['units_with_gap']} of {row['units']}",
            "rate": wording.percent(row["rate"]),
            "interval": wording.interval(row["lower"], row["upper"]),
            "practice": wording.percent(whole[row["family"], row["element"]]),
        }
        for row in records(mine)
    ]
    columns = [
        Column("what", "What the note did not state"),
        Column("counts", "Notes", "number"),
        Column("rate", "Left out", "number"),
        Column("interval", "Interval", "number"),
        *([] if facts.is_practice else [Column("practice", "The practice", "number")]),
    ]
    unseen = int((table.loc[table["scope"] == facts.scope, "not_looked_for"] > 0).sum())
    methods = wording.listed(sorted(mine["method"].unique()))
    source = f"notes with a service that needs the element; 95 % limits: {methods}"
    return parts.heading(
        "What the notes left out",
        parts.table(rows, columns, "Elements that notes did not state", facts.source(source)),
        parts.paragraph(
            f"{wording.count(unseen, 'element')} could not be judged in some notes, because nobody "
            "looked for them there."
            if unseen
            else ""
        ),
        parts.bullets(row["asks"] for row in records(mine.drop_duplicates("asks"))),
        parts.paragraph(
            "These are no findings: an element left out lowers a score only where a code rests on "
            "it.",
            kind="quiet",
        ),
    )
