"""New or established: what the patient's history within three years says."""

from datetime import date

from auditkit.coding.chart import Chart
from auditkit.model import PriorService


def patient_status(chart: Chart) -> tuple[str, str]:
    """Return "new" or "established", and why in words.

    A qualifying service within three years makes the patient established. Without one, history
    that reaches beyond three years makes the patient new; history that does not reach so far
    cannot, and the category billed stands.
    """
    table = chart.rules.value("em.new_patient")
    since = years_before(chart.dos, table["years"])
    earlier = [prior for prior in chart.encounter.history if prior.dos < chart.dos]
    if any(prior.dos >= since and counts(prior, chart) for prior in earlier):
        return "established", "seen face to face within three years by the same specialty"
    if any(prior.dos < since for prior in earlier):
        return "new", "no service of the same specialty within three years"
    return billed_category(chart), "history shows no earlier service; category as billed"


def counts(prior: PriorService, chart: Chart) -> bool:
    """Return whether *prior* makes the patient established: face to face, same group and specialty.

    CPT E/M guidelines: an advanced practice provider counts as the specialty worked with; reading
    a specimen without seeing the patient does not count.
    """
    table = chart.rules.value("em.new_patient")
    if not prior.face_to_face or prior.code.startswith(tuple(table["not_face_to_face"])):
        return False
    encounter = chart.encounter
    if prior.npi == encounter.rendering_npi:
        return True
    if not prior.same_group:
        return False
    specialty = prior.works_with_specialty or prior.specialty
    mine = encounter.rendering_taxonomy
    if specialty is None or mine is None:
        return False
    assistants = tuple(table["assistants"])
    return specialty == mine or mine.startswith(assistants) or specialty.startswith(assistants)


def billed_category(chart: Chart) -> str:
    """Return the patient category of the visit billed; established when no visit is billed."""
    for line in chart.encounter.lines:
        info = chart.rules.codes.get(line.code)
        if info is not None and info.kind == "em":
            return str(info.facets["patient"])
    return "established"


def years_before(day: date, years: int) -> date:
    """Return the same calendar day *years* earlier; 28 February stands for a missing 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
