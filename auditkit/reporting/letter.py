"""The peer-comparison letter to one provider: signals, not findings."""

from markupsafe import Markup

from auditkit.reporting import charts, parts, wording
from auditkit.reporting.facts import EM_SERIES, LONGEST_NAME, Facts
from auditkit.reporting.parts import Column, Part
from auditkit.reporting.peers import ALPHA, FEWEST, signals
from auditkit.reporting.provider import provider_facts
from auditkit.reporting.sections import masthead

__all__ = ["comparison", "opening", "pictures", "provider_facts", "reading"]


def opening(facts: Facts) -> Part:
    """Return the head of the letter and its first paragraphs."""
    top = masthead(facts, "How your billing compares", facts.name or facts.scope)
    practice = wording.shorten(facts.audit.settings.audit.practice, LONGEST_NAME)
    said = [
        parts.note(
            f"There is no other provider in the claims of {practice}, so nothing can be compared. "
            "The figures below are your own."
        )
        if _alone(facts)
        else parts.paragraph(
            f"This letter sets your billing of {facts.period} beside that of the other providers "
            f"of {practice}. It was made from claims alone. No chart was read for it."
        ),
        parts.note(
            parts.strong("These are signals, not findings."),
            "A value above that of peers can have good reasons: your patients, your specialty, "
            "your hours. It asks for no reply and no change of coding.",
        ),
    ]
    return Part("Opening", top + parts.join(said))


def _alone(facts: Facts) -> bool:
    """Return whether the frame holds no other provider."""
    return bool(facts.audit.frame["provider_id"].nunique() < 2)


def comparison(facts: Facts) -> Part:
    """Return the table of measures, each with one of four words."""
    found = signals(facts)
    rows = [
        {
            "measure": each.measure,
            "own": each.own,
            "peers": each.peers,
            "n": wording.count(each.n),
            "word": Markup("<strong>{}</strong>").format(each.word)
            if each.word == "Significantly Higher"
            else each.word,
        }
        for each in found
    ]
    columns = [
        Column("measure", "Measure"),
        Column("own", "You", "number"),
        Column("peers", "Peers", "number"),
        Column("n", "Your encounters", "number"),
        Column("word", "Compared"),
    ]
    tests = wording.listed(dict.fromkeys(each.test for each in found if each.test))
    note = facts.source(f"as billed; {tests or 'nothing compared'}", whole_frame=True)
    table = parts.table(rows, columns, "Your billing beside that of peers", note)
    return parts.section("comparison", "The comparison", table, _words())


def _words() -> Markup:
    return parts.terms([
        ("Significantly Higher", f"above peers, and chance gives as much less than {ALPHA:.0%} of "
         "the time"),
        ("Higher", "above peers, but chance may well explain it"),
        ("Does Not Exceed", "at or below peers"),
        ("N/A", f"fewer than {FEWEST} encounters on one side"),
    ])  # fmt: skip


def pictures(facts: Facts) -> Part:
    """Return how often each E/M code was billed, beside the practice."""
    group = "" if _alone(facts) else "the practice"
    note = "as billed; the practice includes you" if group else "as billed"
    note = facts.source(note, whole_frame=True)
    shown: list[object] = [
        charts.em_levels(table, "You", group, note, kind)
        for kind, table in ((kind, facts.em_levels(kind)) for kind in EM_SERIES)
        if table["count"].sum()
    ]
    nothing = parts.paragraph("No office visits were billed in the frame.")
    return parts.section("em", "E/M levels", *(shown or [nothing]))


def reading(facts: Facts) -> Part:
    """Return what to do with the letter, and what it cannot say."""
    above = any(each.word in ("Higher", "Significantly Higher") for each in signals(facts))
    points = [
        "Look at a few charts of the measures that stand out, and see whether each states what "
        "its code needs."
        if above
        else "No measure was found above that of peers; this letter asks for no look at charts.",
        "Tell the compliance office of a reason that the figures cannot show.",
        "Do not change how you code because of a figure. Code what the record supports.",
    ]
    limits = [
        "Peers are the other providers of this practice, whatever they see most of.",
        f"Several measures are compared; one in twenty stands out at {ALPHA:.0%} by chance alone.",
        "Nothing here was adjusted for the mix of patients.",
    ]
    return parts.section(
        "reading", "What to do with it", parts.bullets(points),
        parts.heading("Limits", parts.bullets(limits)),
    )  # fmt: skip
