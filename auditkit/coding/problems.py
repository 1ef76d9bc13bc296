"""Elements that contradict themselves or each other: named once, all at once, per encounter."""

from collections import defaultdict
from collections.abc import Iterator

from auditkit import codes
from auditkit.coding.chart import Chart
from auditkit.coding.sites import read_site
from auditkit.documentation.elements import Procedure


def element_problems(chart: Chart) -> list[str]:
    """Return every contradiction among the elements of an encounter, without patients' values."""
    return list(dict.fromkeys(_problems(chart)))


def readable(chart: Chart) -> tuple[Procedure, ...]:
    """Return the procedures whose lesions are all listed; only they can be coded."""
    return tuple(p for p in chart.procedures if not _missing(chart, p.lesion_ids))


def _missing(chart: Chart, lesion_ids: tuple[str, ...]) -> list[str]:
    return [i for i in lesion_ids if i not in chart.lesions]


def _problems(chart: Chart) -> Iterator[str]:
    documented = chart.documented
    for line in chart.encounter.lines:
        if not codes.Procedure.fits(line.code):
            yield f"line {line.number}: the code has not the form of a CPT or HCPCS code"
    if len(chart.lesions) < len(documented.lesions):
        yield "two lesions have the same lesion_id; each lesion needs an id of its own"
    ids = [p.procedure_id for p in chart.procedures]
    if len(set(ids)) < len(ids):
        yield "two procedures have the same procedure_id; each procedure needs an id of its own"
    for lesion in documented.lesions:
        sides = {lesion.laterality, read_site(lesion.site).side} & {"left", "right"}
        if len(sides) > 1:
            yield f"lesion '{lesion.lesion_id}' names one side in its site and the other beside it"
    techniques: dict[str, set[str]] = defaultdict(set)
    for procedure in chart.procedures:
        if _missing(chart, procedure.lesion_ids):
            yield f"procedure '{procedure.procedure_id}' refers to a lesion that is not listed"
        if procedure.type == "biopsy" and procedure.technique:
            for lesion_id in procedure.lesion_ids:
                techniques[lesion_id].add(procedure.technique.lower())
        if procedure.site and not read_site(procedure.site).understood:
            yield f"the site of procedure '{procedure.procedure_id}' is not a known site"
    for lesion_id, names in techniques.items():
        if len(names) > 1:
            yield f"lesion '{lesion_id}' is biopsied by two techniques; keep the one documented"
    for specimen in documented.specimens:
        if specimen.lesion_id is not None and specimen.lesion_id not in chart.lesions:
            yield f"specimen '{specimen.specimen_id}' refers to a lesion that is not listed"
