"""Lines that the payer does not cover: refused, unless they were billed to be denied."""

from auditkit.coding.chart import Chart
from auditkit.coding.entry import Entry, Note
from auditkit.model import Direction, Line, Verdict


def deny(entry: Entry, rule_id: str, chart: Chart) -> None:
    """Refuse a line that the payer does not cover, unless it was billed for a denial."""
    line = entry.line
    assert line is not None
    billed = set(line.modifiers)
    if for_denial(line, chart):
        return
    why = f"{line.code} was done, but the record gives no covered reason for it."
    entry.agreed, entry.drafts = [], []
    entry.notes = [Note(rule_id, why, Verdict.NOT_SUPPORTED, Direction.OVER)]
    classes = chart.rules.value("modifier.classes")
    if not billed.isdisjoint(classes["notice"]) and chart.documented.abstracted("abn"):
        why = "No signed notice is on file."
        entry.notes.append(Note("ABN-1", why, Verdict.NOT_SUPPORTED, Direction.OVER))
    if not billed.isdisjoint(classes["policy"]):
        why = "KX says that the conditions of the policy are met; the record does not show them."
        entry.notes.append(Note("KX-1", why, Verdict.NOT_SUPPORTED, Direction.OVER))


def for_denial(line: Line, chart: Chart) -> bool:
    """Return whether a line was billed to be denied, which is no error (MCPM ch. 30).

    GY and GZ say so by themselves, GA and GX only with a signed notice on file.
    """
    if not line.modifiers or not chart.rules.has("coverage.waivers"):
        return False
    waivers = chart.rules.value("coverage.waivers")
    notice = chart.documented.abn is not None and bool(chart.documented.abn.signed)
    alone = {*waivers["excluded"], *waivers["no_notice"]}
    return not alone.isdisjoint(line.modifiers) or (
        notice and not set(waivers["notice"]).isdisjoint(line.modifiers)
    )
