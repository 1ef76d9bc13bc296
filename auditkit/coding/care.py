"""Parts of a service: the surgery or the aftercare alone, services reduced or discontinued."""

from auditkit.coding.chart import Chart, Draft
from auditkit.documentation.elements import Procedure

#: The modifier of each part of the surgical package.
PARTS = {"surgery": "54", "postoperative": "55"}
WHICH_PART = ("part_of_care", "transfer_of_care")
HOW_MUCH = ("reduced", "discontinued")
#: Elements without which every service is a whole one.
SAID = {*WHICH_PART, *HOW_MUCH}


def derive(chart: Chart) -> None:
    """Ask for 54, 55, 52 or 53 where the record gives less than the whole; refuse what never began.

    CPT appendix A: 53 is for a procedure begun; one called off before anaesthesia is not reported.
    """
    if not any(p.model_fields_set & SAID for p in chart.procedures):
        return
    for draft in list(chart.drafts):
        procedures = chart.procedures_of(draft)
        if called_off(procedures):
            chart.drafts.remove(draft)
            chart.refuse("MOD53-1", "The procedure was called off before it began.",
                         codes=(draft.code,), lesions=draft.lesions)  # fmt: skip
            continue
        if (part := part_given(draft, procedures, chart)) is not None:
            draft.required[PARTS[part]] = "CARE-2"
        if any(p.discontinued == "after" for p in procedures):
            draft.required["53"] = "MOD53-1"
        elif any(p.reduced for p in procedures):
            draft.required["52"] = "MOD52-1"


def called_off(procedures: list[Procedure]) -> bool:
    """Return whether every procedure behind a line was stopped before it began."""
    return bool(procedures) and all(p.discontinued == "before" for p in procedures)


def part_given(draft: Draft, procedures: list[Procedure], chart: Chart) -> str | None:
    """Return the part of the surgical package given, None for all of it or where not known.

    MCPM ch. 12, 40.2: a transfer of care splits the package, by written agreement; from 2025 a
    90-day package also without one.
    """
    days = chart.fees.global_days(draft.code, chart.dos)
    if days not in chart.rules.value("care.split"):
        return None
    counted = chart.rules.value("care.transfers")[days]
    for procedure in procedures:
        handed_over = procedure.transfer_of_care in counted
        open_hand = not procedure.abstracted("transfer_of_care")
        if procedure.part_of_care in PARTS and (handed_over or open_hand):
            return procedure.part_of_care
        if procedure.part_of_care is None and handed_over:
            return "surgery"
    return None


def part_looked_for(draft: Draft, chart: Chart) -> bool:
    """Return whether somebody looked for who gave which part of the package."""
    return any(p.abstracted(x) for p in chart.procedures_of(draft) for x in WHICH_PART)


def extent_looked_for(draft: Draft, chart: Chart) -> bool:
    """Return whether somebody looked for what was left out or stopped."""
    return any(p.abstracted(x) for p in chart.procedures_of(draft) for x in HOW_MUCH)
