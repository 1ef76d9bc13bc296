"""Phototherapy, laser for psoriasis and photodynamic therapy."""

from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Procedure
from auditkit.model import Verdict


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the codes of light therapies with what sets them apart."""
    for row in rules.value("phototherapy.codes"):
        yield CodeInfo(row["code"], "phototherapy", {"kind": row["kind"]})
    if rules.has("phototherapy.laser"):
        for band, code in enumerate(rules.value("phototherapy.laser")["codes"]):
            yield CodeInfo(code, "laser", {"band": band})
    if rules.has("photodynamic.codes"):
        for by, code in rules.value("photodynamic.codes").items():
            yield CodeInfo(code, "photodynamic", {"by": by})


def derive(chart: Chart) -> None:
    """Support one light therapy per day, and one photodynamic code per area."""
    therapies = chart.of_type("phototherapy")
    lasers = [p for p in therapies if is_laser(p, chart)]
    lights = [p for p in therapies if p not in lasers]
    if lasers:
        support_laser(chart, lasers)
    if lights:
        support_light(chart, lights)
    support_photodynamic(chart, chart.of_type("photodynamic"))


def words_of(procedure: Procedure) -> str:
    """Return what the record says of how a therapy was given."""
    parts = (procedure.technique, procedure.method, procedure.material, procedure.indication)
    return " ".join(part for part in parts if part).lower()


def is_laser(procedure: Procedure, chart: Chart) -> bool:
    """Return whether the light was a laser."""
    if not chart.rules.has("phototherapy.laser"):
        return False
    words = words_of(procedure)
    return mentions(words, chart.rules.value("phototherapy.laser")["words"])


def support_light(chart: Chart, procedures: list[Procedure]) -> None:
    """Support the phototherapy code whose words, or whose hours, the record holds."""
    words = " ".join(words_of(p) for p in procedures)
    minutes = max((p.minutes or 0 for p in procedures), default=0)
    for row in chart.rules.value("phototherapy.codes"):
        long_enough = "minutes_from" in row and minutes >= row["minutes_from"]
        if long_enough or mentions(words, row["words"]):
            if row["kind"] == "light" and topical_unread(chart):
                break
            reason = chart.rules.reason("PHOTO-1", row["kind"], "procedure.technique")
            chart.support(Draft(row["code"], "phototherapy", reasons=[reason]))
            return
    chart.leave_open(("phototherapy",), "which light was given, and with what, is not known")


def topical_unread(chart: Chart) -> bool:
    """Return whether the record says something of the procedure that was not understood.

    It could be what was applied to the skin, which alone tells one light from another.
    """
    known = set(Procedure.model_fields) - {"material"}
    parts = [each.split(".", 1) for each in chart.documented.unread]
    return any(part == "procedure" and name not in known for part, name in parts)


def support_laser(chart: Chart, procedures: list[Procedure]) -> None:
    """Support laser for psoriasis by the area treated (CPT 96920-96922)."""
    table = chart.rules.value("phototherapy.laser")
    said = " ".join([*(words_of(p) for p in procedures), *diagnoses_of(chart)]).lower()
    named = any(word in said for word in table["words_of_diagnosis"])
    named = named or any(code.lower() in said for code in table["diagnoses"])
    if said.strip() and not named and has_diagnosis(chart, procedures):
        chart.refuse("PHOTO-DX", "The disease treated is not psoriasis.", kinds=("laser",))
        return
    if not all(p.abstracted("area_sq_cm") for p in procedures):
        chart.leave_open(("laser",), "the area treated was not abstracted")
        return
    area = sum((p.area_sq_cm or Decimal(0) for p in procedures), Decimal(0))
    band = 2 if area > table["above_sq_cm"] else 1 if area >= table["from_sq_cm"] else 0
    reason = chart.rules.reason("PHOTO-AREA", f"{area} sq cm", "procedure.area_sq_cm")
    chart.support(Draft(table["codes"][band], "laser", reasons=[reason]))


def diagnoses_of(chart: Chart) -> list[str]:
    """Return every diagnosis that the record names, in words and codes."""
    parts = [d.icd10 or "" for d in chart.documented.diagnoses]
    parts += [d.label or "" for d in chart.documented.diagnoses]
    parts += [x.clinical_dx or "" for x in chart.lesions.values()]
    if chart.documented.em is not None:
        parts += [p.label for p in chart.documented.em.problems]
    return [part for part in parts if part]


def has_diagnosis(chart: Chart, procedures: list[Procedure]) -> bool:
    """Return whether the record says what disease the light was for."""
    return bool(diagnoses_of(chart)) or any(p.indication for p in procedures)


def support_photodynamic(chart: Chart, procedures: list[Procedure]) -> None:
    """Support one photodynamic code per day by who applied and illuminated (CPT 2018)."""
    if not procedures:
        return
    if not all(p.abstracted("applied_by") and p.abstracted("illuminated_by") for p in procedures):
        chart.leave_open(("photodynamic",), "who applied the drug and light was not abstracted")
        return
    table = chart.rules.value("photodynamic.codes")
    own = all(
        p.applied_by in ("physician", "npp") and p.illuminated_by in ("physician", "npp")
        for p in procedures
    )
    by = "staff" if not own or "physician" not in table else "physician"
    if by == "physician" and any(p.debridement for p in procedures):
        by = "debrided"
    lesions = frozenset().union(*(chart.lesion_set(p) for p in procedures))
    reason = chart.rules.reason("PDT-1", f"by {by}", "applied_by", "illuminated_by", "debridement")
    chart.support(
        Draft(table[by], "photodynamic", lesions=lesions, site=chart.site_of(procedures[0]),
              reasons=[reason])
    )  # fmt: skip
    chart.refuse(
        "PDT-1", "One photodynamic code stands for the area and day.", kinds=("photodynamic",),
        verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
    )  # fmt: skip
    if not chart.rules.in_force("PDT-DESTRUCTION"):
        return
    for draft in [d for d in chart.drafts if d.kind == "premalignant" and d.lesions <= lesions]:
        chart.drafts.remove(draft)
        chart.refuse(
            "PDT-DESTRUCTION", "The lesions lie in the area of photodynamic therapy.",
            kinds=("premalignant",), verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
        )  # fmt: skip
