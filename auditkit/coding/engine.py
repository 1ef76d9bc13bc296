"""From a record to the lines that it supports: the family modules in the order of the packs."""

from auditkit.coding.chart import ANY, Chart
from auditkit.coding.editions import Editions
from auditkit.coding.pack import Rules
from auditkit.coding.problems import element_problems, readable
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.model import Encounter
from auditkit.pricing import Fees

#: How a record says that the kind of a procedure was not understood; it could support any line.
UNREAD_TYPE = "procedure.type"


def derive(
    encounter: Encounter,
    documented: DocumentedEncounter,
    rules: Rules,
    fees: Fees,
    editions: Editions | None = None,
) -> Chart:
    """Return the chart of *encounter* with every line that its record supports.

    Args:
        encounter: the claim's facts: payer, date of service, rendering provider, history. Billed
            lines are looked at only for the patient category, where history cannot tell.
        documented: the documented elements.
        rules: the packs in use (see `auditkit.coding.pack.load_rules`).
        fees: global periods and prices.
        editions: claims edits by date of service, if a store of editions is in use.

    Returns:
        The chart, with `drafts`, `refusals`, `open` questions and `problems` of the elements.
    """
    chart = Chart(encounter, documented, rules.on(encounter.dos, encounter.payer), fees, editions)
    chart.problems.extend(element_problems(chart))
    whole = readable(chart)
    if len(whole) < len(chart.procedures):
        chart.procedures = whole
        chart.leave_open((ANY,), "a procedure refers to a lesion that is not listed")
    if UNREAD_TYPE in documented.unread:
        chart.leave_open((ANY,), "the record names a procedure in words that are not understood")
    for step in chart.rules.steps:
        step(chart)
    return chart
