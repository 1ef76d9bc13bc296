"""Excisions: series by pathology, site group, and the diameter excised as measured beforehand.

Lesions of the lid that take in more than skin have a code without sizes of their own.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.bands import banded_codes, code_for
from auditkit.coding.chart import Chart, Draft, behavior_of
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import in_words, site_group
from auditkit.documentation.elements import Lesion, Procedure


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the excision codes with series, site group and band."""
    for series in ("benign", "malignant"):
        yield from banded_codes(rules.value(f"excision.{series}"), "excision", series=series)
    yield CodeInfo(rules.value("excision.lid")["code"], "lid_excision", {})


def derive(chart: Chart) -> None:
    """Support one excision per lesion; a wider cut in the same session counts once."""
    by_lesion: dict[frozenset[str], list[Procedure]] = defaultdict(list)
    for procedure in chart.of_type("excision"):
        by_lesion[chart.lesion_set(procedure)].append(procedure)
    for lesions, procedures in sorted(by_lesion.items(), key=lambda item: sorted(item[0])):
        if len(lesions) > 1:
            chart.leave_open(("excision",), "two lesions were removed together", "EXC-ELLIPSE")
            continue
        if support_lid(chart, lesions, procedures):
            continue
        drafts = [d for p in procedures if (d := excision(chart, p)) is not None]
        if drafts:
            chart.support(max(drafts, key=lambda d: chart.rules.codes[d.code].facets["band"]))


def support_lid(chart: Chart, lesions: frozenset[str], procedures: list[Procedure]) -> bool:
    """Support the excision of a lid lesion that takes in more than skin (CPT 67840).

    Returns whether the lesion's lines are settled: by that code, or as a question where the note
    names the lid alone and the code of the whole lid is billed.
    """
    table = chart.rules.value("excision.lid")
    site = chart.site_of(procedures[0])
    if site.regions and set(site.regions) <= set(table["regions"]):
        reason = chart.rules.reason("EXC-LID", "margin or inner side of the lid", "site")
        chart.support(Draft(table["code"], "lid_excision", lesions=lesions, site=site,
                            reasons=[reason]))  # fmt: skip
        return True
    billed = any(line.code == table["code"] for line in chart.encounter.lines)
    parts = [procedures[0].site, *(chart.lesions[i].site for i in lesions if i in chart.lesions)]
    said = " ".join(part for part in parts if part).lower()
    if not billed or site.regions != ("eyelid",) or any(w in said for w in table["settled_by"]):
        return False
    chart.leave_open(
        ("lid_excision", "excision"), "whether the lesion took in more than the skin of the lid"
    )
    return True


def excision(chart: Chart, procedure: Procedure) -> Draft | None:
    """Return the excision that *procedure* supports; None leaves its lines open to the auditor."""
    lesion = chart.lesion_of(procedure)
    site = chart.site_of(procedure)
    group = site_group(site, "excision")
    series = None if lesion is None else series_of(chart, lesion, procedure)
    if lesion is None or group is None or series is None:
        chart.leave_open(("excision",), "the site or pathology of an excised lesion is not known")
        return None
    measured = lesion.abstracted("diameter_cm") and procedure.abstracted("margins_cm")
    if not measured and procedure.measured in (None, "pre_excision"):
        chart.leave_open(("excision",), "the lesion's diameter or margins were not abstracted")
        return None
    size = excised_diameter(lesion, procedure)
    known = size is not None
    rule = "EXC-SIZE" if known else "EXC-NO-SIZE"
    text = (
        f"excised diameter {size} cm ({lesion.diameter_cm} + 2 × {narrowest(procedure)}), "
        f"{series} series, {in_words(group)}"
        if known
        else f"no diameter measured before excision, {series} series, {in_words(group)}"
    )
    return Draft(
        code_for(chart.rules.value(f"excision.{series}"), group, size or Decimal(0)),
        "excision",
        lesions=chart.lesion_set(procedure),
        site=site,
        reasons=[
            chart.rules.reason(rule, text, "lesion.diameter_cm", "procedure.margins_cm", "site"),
            chart.rules.reason("EXC-PATH", f"{series} series", "lesion.path_behavior"),
        ],
        short_of=None if known else rule,
    )


def series_of(chart: Chart, lesion: Lesion, procedure: Procedure) -> str | None:
    """Return the series by pathology; a re-excision keeps the malignant series (CPT guideline)."""
    if procedure.re_excision:
        return "malignant"
    behavior = behavior_of(lesion, chart.rules)
    if behavior is None:
        return None
    malignant = behavior.value in chart.rules.value("excision.malignant_behaviors")
    return "malignant" if malignant else "benign"


def narrowest(procedure: Procedure) -> Decimal:
    """Return the narrowest margin (cm), zero when the note documents none."""
    return min(procedure.margins_cm, default=Decimal(0)) if procedure.margins_cm else Decimal(0)


def excised_diameter(lesion: Lesion, procedure: Procedure) -> Decimal | None:
    """Return lesion diameter plus twice the narrowest margin (cm), or None if not measured before.

    CPT excision guidelines: the greatest clinical diameter and the narrowest margins, both before
    the excision; the size of the specimen or of the defect does not count.
    """
    if lesion.diameter_cm is None or procedure.measured in ("specimen", "defect"):
        return None
    return lesion.diameter_cm + 2 * narrowest(procedure)
