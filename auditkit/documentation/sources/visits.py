"""Encounters of FHIR data: which patient, who rendered, which day; and what belongs to them."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from auditkit.claims.fhir_files import JSON, Found
from auditkit.claims.fhir_people import People, reference_key
from auditkit.claims.fhir_values import codes, day, table, tables, text
from auditkit.documentation.sources.account import Visit, names
from auditkit.errors import Problem

#: Statuses of an Encounter in which nothing was, or is known to have been, done.
_NOT_HELD = {"planned", "arrived", "triaged", "cancelled", "entered-in-error"}


class Visits:
    """The visits of a file, found by reference or by patient and day.

    Attributes:
        counts: what was left out, by the reason.
        problems: encounters that lack what names one.
    """

    def __init__(self, people: People, counts: Counter[str], problems: list[Problem]) -> None:
        self.people = people
        self.counts = counts
        self.problems = problems
        self.visits: dict[str, Visit] = {}
        self.by_day: dict[tuple[str, date], set[Visit]] = {}

    def add(self, found: Found) -> None:
        """Take up an Encounter that was held; list one that names no provider or day."""
        resource = found.resource
        if text(resource.get("status")) in _NOT_HELD:
            self.counts["encounters that were not held, left out"] += 1
            return
        period = table(resource.get("period")) or table(resource.get("actualPeriod"))
        when = date_of(period.get("start"))
        patient, _ = self.people.patient(resource.get("subject"), resource, Counter())
        npi = self._rendering(resource)
        for name, value in (("period.start", when), ("subject", patient), ("participant", npi)):
            if not value:
                self.problems.append(
                    Problem(found.file, found.row, f"Encounter.{name}", *_LACK[name])
                )
        if not (when and patient and npi):
            return
        visit = Visit(patient, npi, when)
        own = (f"Encounter/{found.id}" if found.id else "", found.url)
        for key in {reference_key({"reference": each}) for each in own if each}:
            self.visits[key] = visit
        self.by_day.setdefault((patient, when), set()).add(visit)

    def _rendering(self, resource: JSON) -> str | None:
        """Return the NPI of who rendered a visit: by role, or the only participant with an NPI."""
        members = tables(resource.get("participant"))
        known: list[tuple[set[str], str]] = []
        for member in members:
            person = member.get("individual") or member.get("actor")
            npi = self.people.party(person, resource).npi
            if npi:
                known.append((codes(member.get("type")), npi))
        for role in names()["participants"]["rendering"]:
            for roles, npi in known:
                if role in roles:
                    return npi
        others = {npi for _, npi in known}
        return others.pop() if len(others) == 1 else None

    def of(self, resource: JSON, references: Iterable[Any], when: date | None) -> Visit | None:
        """Return the visit that a resource belongs to, or None after counting why not.

        Its reference to an encounter decides; where it has none, its patient and day, if the
        patient has one visit on that day.
        """
        kind = resource.get("resourceType")
        given = [key for each in references if (key := reference_key(each))]
        for key in given:
            if key in self.visits:
                return self.visits[key]
        if given:
            self.counts[f"{kind} resources of an encounter that is not in the file"] += 1
            return None
        patient, _ = self.people.patient(resource.get("subject"), resource, Counter())
        met = self.by_day.get((patient, when), set()) if when else set()
        if len(met) == 1:
            return next(iter(met))
        self.counts[f"{kind} resources that no single encounter of the day fits"] += 1
        return None


_LACK = {
    "period.start": ("no full date", "a date with its day"),
    "subject": ("no patient", "a reference to a Patient"),
    "participant": ("no rendering provider with an NPI", "a participant whose NPI is known"),
}


def date_of(value: Any) -> date | None:
    """Return the day of a dateTime as a date; None where it is partial or not of the calendar."""
    found = day(value)
    try:
        return date.fromisoformat(found) if found else None
    except ValueError:
        return None
