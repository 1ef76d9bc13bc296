"""Adjacent tissue transfer: a flap with its own incisions, coded by the area of both defects."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from auditkit.coding.bands import band_of, banded_codes
from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import site_group
from auditkit.documentation.elements import Procedure
from auditkit.model import Verdict


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the tissue transfer codes with site group and band; the large ones know no site."""
    table = rules.value("transfer.areas")
    yield from banded_codes(table, "transfer")
    yield CodeInfo(table["large"], "transfer", {"site_group": "any", "band": 2})
    yield CodeInfo(table["addon"], "transfer", {"site_group": "any", "band": 3})


def derive(chart: Chart) -> None:
    """Support one transfer per defect, and take in the excision at its place."""
    by_defect: dict[frozenset[str], list[Procedure]] = defaultdict(list)
    for procedure in chart.of_type("tissue_transfer"):
        if is_flap(procedure, chart):
            by_defect[chart.lesion_set(procedure)].append(procedure)
    for lesions, procedures in sorted(by_defect.items(), key=lambda item: sorted(item[0])):
        support_transfer(chart, lesions, procedures)
        taken_in = [d for d in chart.drafts if d.kind == "excision" and d.lesions <= lesions]
        for draft in taken_in:
            chart.drafts.remove(draft)
        if taken_in:
            chart.refuse(
                "ATT-INCLUDES", "The excision at the place of the flap is included.",
                kinds=("excision",), lesions=lesions,
                verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
            )  # fmt: skip


def is_flap(procedure: Procedure, chart: Chart) -> bool:
    """Return whether a flap is documented: its incisions, or at least its kind."""
    if procedure.flap_incisions is not None:
        if not procedure.flap_incisions:
            chart.refuse(
                "ATT-1", "No incisions beyond undermining are documented.", kinds=("transfer",)
            )
        return procedure.flap_incisions
    if procedure.flap_type:
        return True
    if procedure.abstracted("flap_incisions") or procedure.abstracted("flap_type"):
        chart.refuse("ATT-1", "Neither flap nor incisions are documented.", kinds=("transfer",))
    else:
        chart.leave_open(("transfer",), "the flap and its incisions were not abstracted")
    return False


def area_of(procedures: list[Procedure]) -> Decimal | None:
    """Return the area (sq cm) of the primary and all secondary defects, None if not documented.

    CPT: the defect from the excision plus the defect from the flap's design; two flaps that
    adjoin for one defect are one transfer.
    """
    primary = [a * b for a, b in (p.primary_defect_cm for p in procedures if p.primary_defect_cm)]
    secondary = [
        a * b for a, b in (p.secondary_defect_cm for p in procedures if p.secondary_defect_cm)
    ]
    stated = [p.area_sq_cm for p in procedures if p.area_sq_cm is not None]
    if not primary and not secondary:
        return sum(stated, Decimal(0)) if stated else None
    return max(primary, default=Decimal(0)) + sum(secondary, Decimal(0))


def support_transfer(chart: Chart, lesions: frozenset[str], procedures: list[Procedure]) -> None:
    """Support the transfer of one defect by site group and area (CPT 14000-14302)."""
    table = chart.rules.value("transfer.areas")
    site = chart.site_of(procedures[0])
    group = site_group(site, "complex_repair")
    area = area_of(procedures)
    looked = any(
        p.abstracted("primary_defect_cm") or p.abstracted("area_sq_cm") for p in procedures
    )
    if group is None or (area is None and not looked):
        chart.leave_open(("transfer",), "the site or the defects of a flap are not known")
        return
    rule = "ATT-AREA" if area is not None else "ATT-NO-AREA"
    text = f"{area} sq cm, {group}" if area is not None else f"no dimensions, {group}"
    reasons = [chart.rules.reason(rule, text, "primary_defect_cm", "secondary_defect_cm", "site")]
    size = area or Decimal(0)
    band = band_of(table["upper"], size)
    code = table["large"] if band == len(table["upper"]) else table["groups"][group][band]
    chart.support(
        Draft(
            code, "transfer", lesions=lesions, site=site, reasons=reasons,
            short_of=None if area is not None else rule,
        )
    )  # fmt: skip
    if size > table["large_to"]:
        further = Decimal(ceil((size - table["large_to"]) / table["step"]))
        chart.support(Draft(table["addon"], "transfer", further, lesions, site, reasons))
