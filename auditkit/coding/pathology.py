"""Pathology of specimens: units, level, components and stains."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Specimen

#: The codes of stains in the table of the pack.
STAINS = ("first_antibody", "further_antibody", "organism_code", "other_code", "frozen_code")


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the pathology codes with their level, and the stains."""
    table = rules.value("pathology.codes")
    yield CodeInfo(table["lower"], "pathology", {"level": "lower"})
    yield CodeInfo(table["usual"], "pathology", {"level": "usual"})
    yield CodeInfo(table["frozen"], "frozen", {})
    if rules.has("pathology.stains"):
        for name in STAINS:
            yield CodeInfo(rules.value("pathology.stains")[name], "stain", {"code": name})


def derive(chart: Chart) -> None:
    """Support one unit per specimen read here; Mohs tissue and outside readings are not."""
    support_frozen(chart)
    if not chart.documented.abstracted("specimens") and not chart.documented.specimens:
        chart.leave_open(("pathology", "stain"), "the specimens were not abstracted")
        return
    by_level: dict[str, list[Specimen]] = {}
    for specimen in chart.documented.specimens:
        if is_elsewhere(specimen.read_by, chart) and is_elsewhere(specimen.technical_by, chart):
            chart.refuse("PATH-1", "The specimen was read elsewhere.", kinds=("pathology",))
        elif of_mohs(specimen, chart):
            chart.refuse(
                "MOHS-PATH", "The tissue is that of Mohs surgery.",
                codes=tuple(chart.rules.value("mohs.included_pathology")),
            )  # fmt: skip
        else:
            by_level.setdefault(level_of(specimen, chart), []).append(specimen)
    for level, specimens in sorted(by_level.items()):
        support_specimens(chart, level, specimens)
    if chart.of_type("mohs") and not by_level and chart.rules.has("mohs.included_pathology"):
        chart.refuse(
            "MOHS-PATH", "No specimen apart from the Mohs tissue is documented.",
            codes=tuple(chart.rules.value("mohs.included_pathology")),
        )  # fmt: skip
    support_stains(chart)


def support_frozen(chart: Chart) -> None:
    """Support the frozen section that decides for Mohs surgery of the day, when it is billed.

    NCCI Policy Manual, Ch. III: with modifier 59 or 58, where no earlier pathology was known.
    Elsewhere the record has no element for frozen sections, and the auditor judges.
    """
    first = [d for d in chart.drafts if d.kind == "biopsy" and "59" in d.required]
    if not first:
        if not chart.of_type("mohs"):
            chart.leave_open(("frozen",), "frozen sections are not among the elements")
        return
    code = chart.rules.value("pathology.codes")["frozen"]
    reason = chart.rules.reason("PATH-1", "frozen section before Mohs surgery", "prior_path_date")
    chart.support(
        Draft(code, "frozen", lesions=first[0].lesions, reasons=[reason],
              required={"59": "PTP-1"}, optional=True)
    )  # fmt: skip


def is_elsewhere(reader: str | None, chart: Chart) -> bool:
    """Return whether the record says that another laboratory did this part."""
    return mentions(reader, chart.rules.value("pathology.read_here")["elsewhere"])


def of_mohs(specimen: Specimen, chart: Chart) -> bool:
    """Return whether a specimen is the tissue of Mohs surgery."""
    if specimen.separate_from_mohs is not None:
        return not specimen.separate_from_mohs and bool(chart.of_type("mohs"))
    lesions = {i for p in chart.of_type("mohs") for i in p.lesion_ids}
    return specimen.lesion_id in lesions


def level_of(specimen: Specimen, chart: Chart) -> str:
    """Return the level of pathology by the tissue."""
    lesion = chart.lesions.get(specimen.lesion_id or "")
    known = [specimen.path_dx]
    if lesion is not None:
        known += [lesion.path_dx, lesion.clinical_dx if lesion.path_dx is None else None]
    text = " ".join(part for part in known if part)
    lower = mentions(text, chart.rules.value("pathology.codes")["lower_words"])
    return "lower" if lower else "usual"


def support_specimens(chart: Chart, level: str, specimens: list[Specimen]) -> None:
    """Support one unit per container, and the component that was done here."""
    code = chart.rules.value("pathology.codes")[level]
    units = sum(specimen.containers or 1 for specimen in specimens)
    lesions = frozenset(s.lesion_id or f"(specimen {s.specimen_id})" for s in specimens)
    stated = all(says_who(specimen, chart) for specimen in specimens)
    draft = Draft(
        code, "pathology", Decimal(units), lesions,
        reasons=[chart.rules.reason("PATH-1", f"{units} specimen(s)", "specimens.containers")],
        optional=not stated or all(specimen.frozen for specimen in specimens),
    )  # fmt: skip
    read = {is_elsewhere(s.read_by, chart) for s in specimens}
    made = {is_elsewhere(s.technical_by, chart) for s in specimens}
    if read == {True}:
        draft.required["TC"] = "MOD26TC-1"
    elif made == {True} or chart.encounter.pos in chart.rules.value("place.facility"):
        draft.required["26"] = "MOD26TC-1"
    elif not all(s.abstracted("technical_by") for s in specimens):
        draft.accepts = ("26", "TC")
    chart.support(draft)


def says_who(specimen: Specimen, chart: Chart) -> bool:
    """Return whether the record says that the specimen was read in the practice."""
    return mentions(specimen.read_by, chart.rules.value("pathology.read_here")["here"])


def reflex(reason: str, table: Mapping[str, Any]) -> bool:
    """Return whether a reason only says that the stain is always done.

    "Not a routine stain" says the opposite, and "the routine section" names another one.
    """
    words = reason.lower()
    for other in table["not_reflex"]:
        words = words.replace(other, "")
    return any(word in words for word in table["reflex_words"])


def stain_codes(stains: Sequence[str], table: Mapping[str, Any]) -> dict[str, int]:
    """Return how many of each stain code a specimen's stains support; codes stand for themselves.

    CPT 88342 is the first antibody of a specimen, 88341 each further one.
    """
    own = [table[name] for name in STAINS if name != "first_antibody"]
    counts = {code: sum(stain.startswith(code) for stain in stains) for code in own}
    others = [stain for stain in stains if not stain.startswith(tuple(own))]
    organisms = [stain for stain in others if mentions(stain, table["organisms"])]
    counts[table["organism_code"]] += len(organisms)
    antibodies = len(others) - len(organisms)
    counts[table["first_antibody"]] = min(antibodies, 1)
    counts[table["further_antibody"]] += max(antibodies - 1, 0)
    return counts


def support_stains(chart: Chart) -> None:
    """Support stains with a reason; a stain without one is refused."""
    if not chart.rules.has("pathology.stains"):
        return
    table = chart.rules.value("pathology.stains")
    counts: dict[str, int] = {}
    stained = [specimen for specimen in chart.documented.specimens if specimen.stains]
    stated = all(says_who(specimen, chart) for specimen in stained)
    for specimen in stained:
        if not specimen.stain_reason:
            if not specimen.abstracted("stain_reason"):
                chart.leave_open(("stain",), "the reason for the stain was not abstracted")
                continue
            chart.refuse("PATH-2", "No reason for the stain is documented.", kinds=("stain",))
            continue
        if reflex(specimen.stain_reason, table):
            chart.refuse("PATH-2", "The stain was done by protocol.", kinds=("stain",))
            continue
        for code, count in stain_codes(specimen.stains or (), table).items():
            counts[code] = counts.get(code, 0) + count
    for code, count in counts.items():
        if count:
            reason = chart.rules.reason("PATH-2", f"{count} stain(s) with a reason", "stains")
            chart.support(Draft(code, "stain", Decimal(count), reasons=[reason],
                                optional=not stated))  # fmt: skip
