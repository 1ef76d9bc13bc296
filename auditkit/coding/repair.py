"""Wound repairs: class from the closure's elements, lengths added within class and site group."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from auditkit.coding.bands import band_of, banded_codes, limits
from auditkit.coding.chart import Chart, Draft, Refusal
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import in_words, site_group
from auditkit.documentation.elements import Procedure
from auditkit.model import Verdict

INCLUDED = Verdict.NOT_SEPARATELY_REPORTABLE
#: What takes in a simple closure at the same place.
INCLUDE_SIMPLE = ("biopsy", "shave_removal", "destruction", "excision")


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the repair codes with class, site group, band and role."""
    for name in ("simple", "intermediate"):
        table = rules.value(f"repair.{name}")
        facets = {"class": name, "role": "primary", "sites": f"{name}_repair"}
        yield from banded_codes(table, "repair", **facets)
    yield CodeInfo(rules.value("repair.adhesive"), "adhesive_closure", {})
    for group, row in rules.value("repair.complex")["groups"].items():
        for band, code in enumerate(row):
            role = "addon" if band == len(row) - 1 else "primary"
            place = {"sites": "complex_repair", "site_group": group, "band": band}
            yield CodeInfo(code, "repair", {"class": "complex", "role": role, **place})


def derive(chart: Chart) -> None:
    """Support each sum of repairs of one class and site group."""
    sums: dict[tuple[str, str], list[Procedure]] = defaultdict(list)
    for procedure in repairs(chart):
        name = class_of(procedure, chart)
        if name is None or refused(chart, procedure, name):
            continue
        group = site_group(chart.site_of(procedure), f"{name}_repair")
        if group is None:
            chart.leave_open(("repair",), "the site of a repair is not known or not understood")
        elif procedure.length_cm is None and not procedure.abstracted("length_cm"):
            chart.leave_open(("repair",), "the length of a repair was not abstracted")
        else:
            sums[name, group].append(procedure)
    if chart.of_type(*INCLUDE_SIMPLE):
        chart.refusals.append(chart.rules.once(closure_included))
    too_short_for_complex(chart, sums)
    for (name, group), procedures in sorted(sums.items()):
        support_sum(chart, name, group, procedures)


def closure_included(rules: RulesOn) -> Refusal:
    """Return why no simple repair stands beside a procedure that includes its closure."""
    simple = rules.value("repair.simple")["groups"].values()
    return Refusal(
        "REP-INCLUDED", "A single-layer closure is part of the procedure it closes.",
        codes=tuple(code for row in simple for code in row), verdict=INCLUDED,
    )  # fmt: skip


def repairs(chart: Chart) -> list[Procedure]:
    """Return the repairs, with flaps that the record shows to be none."""
    return chart.of_type("repair") + [
        p for p in chart.of_type("tissue_transfer") if p.flap_incisions is False
    ]


def class_of(procedure: Procedure, chart: Chart) -> str | None:
    """Return the class of a repair from its elements; None when it is no repair or not known.

    CPT 2020: simple is one layer; intermediate is layered, or one layer of a heavily contaminated
    wound; complex is intermediate with at least one further criterion.
    """
    if procedure.closure in ("none", "adhesive"):
        chart.refuse("REP-ADHESIVE", "No closure beyond adhesive strips.", kinds=("repair",))
        return None
    if procedure.closure == "tissue_adhesive":
        if not chart.medicare:
            return "simple"
        reason = chart.rules.reason("REP-ADHESIVE-TISSUE", "tissue adhesive alone", "closure")
        lesions, site = chart.lesion_set(procedure), chart.site_of(procedure)
        code = chart.rules.value("repair.adhesive")
        chart.support(Draft(code, "adhesive_closure", lesions=lesions, site=site, reasons=[reason]))
        return None
    if procedure.layers is None:
        if procedure.closure is None:
            chart.leave_open(("repair",), "the layers of a repair were not abstracted")
            return None
        layered = procedure.closure != "simple"
    else:
        layered = procedure.layers > 1 or bool(procedure.contaminated)
    if not layered:
        return "simple"
    return "complex" if has_complex_criterion(procedure, chart.rules) else "intermediate"


def has_complex_criterion(procedure: Procedure, rules: RulesOn) -> bool:
    """Return whether a criterion of complex repair is documented."""
    if procedure.complex_criteria:
        return True
    distance, width = procedure.undermining_cm, procedure.defect_width_cm
    if not rules.has("repair.undermining"):
        return procedure.closure == "complex" and bool(distance)
    if distance is None or width is None or not distance:
        return False
    return distance >= width and bool(procedure.undermined_entire_edge)


def refused(chart: Chart, procedure: Procedure, name: str) -> bool:
    """Refuse a repair that another procedure at the same place includes."""
    lesions = chart.lesion_set(procedure)
    if name == "simple":
        for other in chart.of_type(*INCLUDE_SIMPLE):
            if lesions & chart.lesion_set(other):
                chart.refuse(
                    "REP-INCLUDED", "A single-layer closure is part of the procedure it closes.",
                    kinds=("repair",), lesions=lesions, verdict=INCLUDED,
                )  # fmt: skip
                return True
    small = chart.rules.value("repair.small_benign")
    if any(d.code in small and d.lesions & lesions for d in chart.drafts):
        chart.refuse(
            "REP-SMALL", "The benign excision closed measures 0.5 cm or less.",
            kinds=("repair",), lesions=lesions, verdict=INCLUDED,
        )  # fmt: skip
        return True
    if any(d.kind == "transfer" and d.lesions & lesions for d in chart.drafts):
        chart.refuse(
            "REP-INCLUDED", "The tissue transfer at the same place includes the repair.",
            kinds=("repair",), lesions=lesions, verdict=INCLUDED,
        )  # fmt: skip
        return True
    return False


def total_length(procedures: list[Procedure]) -> Decimal:
    """Return the summed length (cm) of repairs; one without a length adds nothing."""
    return sum((p.length_cm or Decimal(0) for p in procedures), Decimal(0))


def too_short_for_complex(chart: Chart, sums: dict[tuple[str, str], list[Procedure]]) -> None:
    """Move complex repairs below the shortest complex length to the intermediate class."""
    least = chart.rules.value("repair.complex")["above_cm"]
    for key in [k for k in sums if k[0] == "complex"]:
        if total_length(sums[key]) > least:
            continue
        for procedure in sums.pop(key):
            group = site_group(chart.site_of(procedure), "intermediate_repair")
            if group is not None:
                sums["intermediate", group].append(procedure)


def support_sum(chart: Chart, name: str, group: str, procedures: list[Procedure]) -> None:
    """Support the code, and add-ons, of one class and site group."""
    table = chart.rules.value(f"repair.{name}")
    length = total_length(procedures)
    unknown = any(p.length_cm is None for p in procedures)
    rule = "REP-NO-LENGTH" if unknown else "REP-SUM"
    text = f"{name} repair of {length} cm in all, {in_words(group)}"
    reasons = [
        chart.rules.reason(rule, text, "procedure.length_cm", "site"),
        chart.rules.reason("REP-CLASS", f"{name} by its elements", "procedure.layers"),
    ]
    row = table["groups"][group]
    band = band_of(limits(table, group), length)
    lesions = frozenset().union(*(chart.lesion_set(p) for p in procedures))
    site = chart.site_of_all(procedures)
    further = 0
    if name == "complex" and band == len(row) - 1:
        band -= 1
        further = ceil((length - table["upper"][-1]) / table["step_cm"])
    chart.support(
        Draft(
            row[band], "repair", lesions=lesions, site=site, reasons=reasons,
            short_of=rule if unknown else None,
        )
    )  # fmt: skip
    if further:
        chart.support(Draft(row[-1], "repair", Decimal(further), lesions, site, reasons))
    if len(procedures) > 1:
        chart.refuse(
            "REP-SUM", "Repairs of one class and site group are one sum.", codes=tuple(row),
            verdict=INCLUDED,
        )  # fmt: skip
