"""Destruction of lesions: by count, by size for malignant ones, by area for vascular ones."""

from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.bands import banded_codes, code_for
from auditkit.coding.chart import Chart, Draft, behavior_of, is_tag
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import NOWHERE, in_words, site_group
from auditkit.documentation.elements import Behavior, Procedure
from auditkit.model import Verdict

KINDS = ("premalignant", "benign_destruction", "malignant_destruction", "vascular")


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the destruction codes with their count, size or area."""
    table = rules.value("destruction.premalignant")
    for part in ("first", "further", "alone"):
        yield CodeInfo(table[part], "premalignant", {"count": part})
    table = rules.value("destruction.benign")
    for part in ("code", "many"):
        yield CodeInfo(table[part], "benign_destruction", {"count": part})
    for band, code in enumerate(rules.value("destruction.vascular")["codes"]):
        yield CodeInfo(code, "vascular", {"band": band})
    yield from banded_codes(rules.value("destruction.malignant"), "malignant_destruction")


def derive(chart: Chart) -> None:
    """Support the destruction codes of every class of lesion that the record says was destroyed."""
    found: dict[str, list[Procedure]] = {}
    for procedure in chart.of_type("destruction"):
        if is_tag(chart, procedure):
            continue
        kind = kind_of(procedure, chart)
        if kind is None:
            chart.leave_open(KINDS, "what kind of lesion was destroyed is not known")
        else:
            found.setdefault(kind, []).append(procedure)
    for procedure in found.get("malignant_destruction", ()):
        support_malignant(chart, procedure)
    if "premalignant" in found:
        support_premalignant(chart, found["premalignant"])
    if "benign_destruction" in found:
        support_benign(chart, found["benign_destruction"])
    if "vascular" in found:
        support_vascular(chart, found["vascular"])


def kind_of(procedure: Procedure, chart: Chart) -> str | None:
    """Return the kind of destruction by how the lesions behave; pathology comes first."""
    lesions = [chart.lesions[i] for i in procedure.lesion_ids if i in chart.lesions]
    names = " ".join(x.clinical_dx or "" for x in lesions).lower()
    if any(word in names for word in chart.rules.value("lesion.vascular_words")):
        return "vascular"
    behaviors = {behavior_of(x, chart.rules) for x in lesions}
    if len(behaviors) != 1:
        return None
    kinds = {
        Behavior.PREMALIGNANT: "premalignant",
        Behavior.BENIGN: "benign_destruction",
        Behavior.UNCERTAIN: "benign_destruction",
        Behavior.MALIGNANT: "malignant_destruction",
        Behavior.IN_SITU: "malignant_destruction",
    }
    behavior = behaviors.pop()
    return None if behavior is None else kinds.get(behavior)


def count_of(chart: Chart, procedures: list[Procedure], kind: str) -> int | None:
    """Return how many lesions were destroyed, None when the note does not say.

    A count that nobody abstracted leaves the lines of *kind* open, and counts one lesion.
    """
    total = 0
    for procedure in procedures:
        if procedure.abstracted("lesions_treated"):
            if procedure.lesions_treated is None:
                return None
            total += procedure.lesions_treated
            continue
        counts = [chart.lesions[i].count_represented for i in procedure.lesion_ids]
        if not counts:
            chart.leave_open((kind,), "the number of lesions destroyed was not abstracted")
            total += 1
        elif None in counts:
            return None
        else:
            total += sum(n for n in counts if n is not None)
    return total


def all_lesions(chart: Chart, procedures: list[Procedure]) -> frozenset[str]:
    """Return the lesions of several procedures."""
    return frozenset().union(*(chart.lesion_set(p) for p in procedures))


def support_premalignant(chart: Chart, procedures: list[Procedure]) -> None:
    """Support 1, 2 to 14, or 15 and more premalignant lesions (CPT 17000-17004)."""
    table = chart.rules.value("destruction.premalignant")
    count = count_of(chart, procedures, "premalignant")
    lesions = all_lesions(chart, procedures)
    site = chart.site_of(procedures[0]) if len(procedures) == 1 else NOWHERE
    rule = "DES-COUNT" if count is not None else "DES-NO-COUNT"
    text = f"{count} premalignant lesions destroyed" if count is not None else "no count documented"
    reasons = [chart.rules.reason(rule, text, "procedure.lesions_treated")]
    short = None if count is not None else rule
    if count is None:
        chart.refuse(
            rule, "The note does not say how many were destroyed.", kinds=("premalignant",)
        )
    known = 1 if count is None else count
    if known == 0:
        return
    if known >= table["alone_from"]:
        chart.support(Draft(table["alone"], "premalignant", Decimal(1), lesions, site, reasons))
        return
    chart.support(
        Draft(table["first"], "premalignant", Decimal(1), lesions, site, reasons, short_of=short)
    )
    if known > 1:
        further = Decimal(known - 1)
        chart.support(Draft(table["further"], "premalignant", further, lesions, site, reasons))


def support_benign(chart: Chart, procedures: list[Procedure]) -> None:
    """Support up to 14, or 15 and more benign lesions, in one unit (CPT 17110, 17111)."""
    table = chart.rules.value("destruction.benign")
    count = count_of(chart, procedures, "benign_destruction")
    if count == 0:
        return
    rule = "DES-BENIGN-COUNT" if count is not None else "DES-NO-COUNT"
    text = f"{count} benign lesions destroyed" if count is not None else "no count documented"
    many = count is not None and count >= table["many_from"]
    chart.support(
        Draft(
            table["many"] if many else table["code"], "benign_destruction", Decimal(1),
            all_lesions(chart, procedures),
            chart.site_of(procedures[0]) if len(procedures) == 1 else NOWHERE,
            [chart.rules.reason(rule, text, "procedure.lesions_treated")],
            short_of=None if count is not None else rule,
        )
    )  # fmt: skip


def support_vascular(chart: Chart, procedures: list[Procedure]) -> None:
    """Support vascular proliferative lesions by the whole area treated (CPT 17106-17108)."""
    if not all(p.abstracted("area_sq_cm") for p in procedures):
        chart.leave_open(("vascular",), "the area treated was not abstracted")
        return
    table = chart.rules.value("destruction.vascular")
    area = sum((p.area_sq_cm or Decimal(0) for p in procedures), Decimal(0))
    band = 2 if area > table["above_sq_cm"] else 1 if area >= table["from_sq_cm"] else 0
    chart.support(
        Draft(
            table["codes"][band], "vascular", lesions=all_lesions(chart, procedures),
            reasons=[chart.rules.reason("DES-AREA", f"{area} sq cm", "procedure.area_sq_cm")],
        )
    )  # fmt: skip


def support_malignant(chart: Chart, procedure: Procedure) -> None:
    """Support the destruction of one malignant lesion by site group and diameter."""
    site = chart.site_of(procedure)
    group = site_group(site, "excision")
    lesion = chart.lesion_of(procedure)
    if group is None or lesion is None or not lesion.abstracted("diameter_cm"):
        chart.leave_open(
            ("malignant_destruction",), "the site or diameter of a malignant lesion is not known"
        )
        return
    size = lesion.diameter_cm
    rule = "DES-SIZE" if size is not None else "DES-NO-SIZE"
    text = (
        f"lesion of {size} cm, {in_words(group)}"
        if size is not None
        else f"no diameter, {in_words(group)}"
    )
    chart.support(
        Draft(
            code_for(chart.rules.value("destruction.malignant"), group, size or Decimal(0)),
            "malignant_destruction", lesions=chart.lesion_set(procedure), site=site,
            reasons=[chart.rules.reason(rule, text, "lesion.diameter_cm", "site")],
            short_of=None if size is not None else rule,
        )
    )  # fmt: skip
    take_in_shave(chart, procedure)


def take_in_shave(chart: Chart, procedure: Procedure) -> None:
    """Take in the shave of a lesion whose base is then destroyed in the session (LCD L33813)."""
    lesions = chart.lesion_set(procedure)
    shaved = [p for p in chart.of_type("shave_removal") if chart.lesion_set(p) <= lesions]
    one_session = len({p.session for p in (procedure, *shaved) if p.session}) < 2
    taken_in = [d for d in chart.drafts if d.kind == "shave" and d.lesions <= lesions]
    if taken_in and one_session:
        chart.drafts = [d for d in chart.drafts if d not in taken_in]
        chart.refuse(
            "DES-SHAVE", "The lesion shaved was then destroyed in the same session.",
            kinds=("shave",), lesions=lesions, verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
        )  # fmt: skip
