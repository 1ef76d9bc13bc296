"""Mohs surgery: first and further stages by site group, blocks beyond five, read by the surgeon."""

from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.excision import excision
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import joint, site_group
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Procedure


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the Mohs codes with site group and role."""
    table = rules.value("mohs.codes")
    for group in ("head_neck_hands_feet_genitalia", "trunk_arms_legs"):
        for role, code in zip(("first", "further"), table[group], strict=True):
            yield CodeInfo(code, "mohs", {"group": group, "role": role})
    yield CodeInfo(table["blocks"], "mohs", {"group": "any", "role": "blocks"})


def derive(chart: Chart) -> None:
    """Support the stages and blocks of each tumour; another's reading makes it an excision."""
    firsts: dict[str, list[Draft]] = {}
    for procedure in chart.of_type("mohs"):
        if not by_surgeon_pathologist(chart, procedure):
            continue
        if procedure.stages is None and not procedure.abstracted("stages"):
            chart.leave_open(("mohs",), "the stages of Mohs surgery were not abstracted")
            continue
        if lacks_histology(procedure):
            chart.refuse("MOHS-1", "Map or histology is not documented.", kinds=("mohs",))
            continue
        unfit = mentions(procedure.indication, chart.rules.value("mohs.not_indicated"))
        unreasoned = unfit or (procedure.abstracted("indication") and not procedure.indication)
        for draft in stages_of(chart, procedure):
            draft.denied = "MOHS-WHY" if unreasoned else None
            firsts.setdefault(draft.code, []).append(draft)
    for drafts in firsts.values():
        chart.support(merged(drafts))


def by_surgeon_pathologist(chart: Chart, procedure: Procedure) -> bool:
    """Return whether one physician was surgeon and pathologist; if not, support the excision."""
    taxonomy = chart.encounter.rendering_taxonomy or ""
    by = procedure.performed_by or chart.documented.record.performed_by
    if taxonomy.startswith(tuple(chart.rules.value("mohs.not_by"))) or by in ("npp", "staff"):
        chart.refuse("MOHS-PATHOLOGIST", "The surgeon is no physician.", kinds=("mohs",))
        return False
    if procedure.surgeon_is_pathologist:
        return True
    if procedure.surgeon_is_pathologist is None and not procedure.abstracted(
        "surgeon_is_pathologist"
    ):
        chart.leave_open(("mohs",), "who read the slides was not abstracted")
        return False
    chart.refuse("MOHS-PATHOLOGIST", "Another physician read the slides.", kinds=("mohs",))
    draft = excision(chart, procedure)
    if draft is not None:
        chart.support(draft)
    return False


def lacks_histology(procedure: Procedure) -> bool:
    """Return whether map, histology or stages are documented to be absent."""
    stages = procedure.stages or ()
    return (
        not stages
        or procedure.map_present is False
        or procedure.histology_described is False
        or any(s.map_present is False for s in stages)
    )


def stages_of(chart: Chart, procedure: Procedure) -> Iterator[Draft]:
    """Yield the lines of one tumour: first stage, further stages, blocks beyond five a stage."""
    table = chart.rules.value("mohs.codes")
    site = chart.site_of(procedure)
    group = table["deep_group"] if procedure.deep_structures else site_group(site, "mohs")
    if group is None:
        chart.leave_open(("mohs",), "the site of Mohs surgery is not known or not understood")
        return
    stages = procedure.stages or ()
    lesions = chart.lesion_set(procedure)
    place = chart.rules.reason("MOHS-GROUP", group, "site", "deep_structures")
    count = chart.rules.reason("MOHS-STAGES", f"{len(stages)} stage(s)", "stages")
    first, further = table[group]
    yield Draft(first, "mohs", lesions=lesions, site=site, reasons=[place, count])
    if len(stages) > 1:
        yield Draft(further, "mohs", Decimal(len(stages) - 1), lesions, site, [place, count])
    blocks = sum(max(0, (s.blocks or 0) - table["free_blocks"]) for s in stages)
    if blocks:
        text = f"{blocks} block(s) beyond {table['free_blocks']} a stage"
        reason = chart.rules.reason("MOHS-STAGES", text, "stages.blocks")
        yield Draft(table["blocks"], "mohs", Decimal(blocks), lesions, site, [reason])


def merged(drafts: list[Draft]) -> Draft:
    """Return several tumours' lines of one code as one line of added units."""
    if len(drafts) == 1:
        return drafts[0]
    return Draft(
        drafts[0].code, "mohs", sum((d.units for d in drafts), Decimal(0)),
        frozenset().union(*(d.lesions for d in drafts)), joint(d.site for d in drafts),
        [reason for d in drafts for reason in d.reasons],
        denied=drafts[0].denied if len({d.denied for d in drafts}) == 1 else None,
    )  # fmt: skip
