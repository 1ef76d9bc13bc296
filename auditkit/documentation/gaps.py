"""Documentation gaps: what the notes of each kind of service leave out, element by element.

A gap is an element that somebody looked for and the record does not state. What nobody looked for
is counted apart, never as a gap. Gaps are advisory: findings come from the coding rules alone.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import pandas as pd

from auditkit.documentation.elements import DocumentedEncounter, Em, Part
from auditkit.documentation.gap_limits import DrawnUnits, GapRate
from auditkit.errors import InputError

State = Literal["said", "silent", "unseen"]


PRACTICE = "practice"
LOOKED_COLUMNS = ["encounter_id", "family", "element", "services", "gaps", "not_looked_for"]
RATE_COLUMNS = [
    "scope",
    "family",
    "element",
    "service",
    "label",
    "units",
    "units_with_gap",
    "not_looked_for",
    "rate",
    "lower",
    "upper",
    "level",
    "method",
    "rule_id",
    "asks",
]


@dataclass(frozen=True, slots=True)
class Element:
    """One element that a note must state; see `gaps.toml` for each field."""

    id: str
    label: str
    at: tuple[str, ...]
    rule: str
    asks: str
    wants: Any = None
    only_if: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checklist:
    """What the notes of one family of services must state."""

    id: str
    label: str
    part: str
    elements: tuple[Element, ...]
    types: tuple[str, ...] = ()


@cache
def checklists() -> tuple[Checklist, ...]:
    """Return the checklists as they ship, in the order of the file."""
    text = resources.files("auditkit.documentation").joinpath("gaps.toml").read_text("utf-8")
    return tuple(
        Checklist(
            id=each["id"],
            label=each["label"],
            part=each["part"],
            types=tuple(each.get("types", ())),
            elements=tuple(
                Element(**{**element, "at": tuple(element["at"])}) for element in each["element"]
            ),
        )
        for each in tomllib.loads(text)["family"]
    )


def looked_for(records: Mapping[str, DocumentedEncounter]) -> pd.DataFrame:
    """Return what each record states of its checklists.

    Args:
        records: Documented elements by encounter id. A record that is not there at all is left
            out: it is a missing record, not a gap.

    Returns:
        encounter_id, family, element, services (asked for it), gaps and not_looked_for (services
        whose element nobody abstracted), one row for each element that applies. No values.
    """
    rows = []
    for encounter_id, record in records.items():
        if record.record.present is False:
            continue
        for checklist in checklists():
            services = tuple(_services(record, checklist))
            for element in checklist.elements:
                states = [
                    _state(service, element, lesions)
                    for service, lesions in services
                    if _applies(service, element)
                ]
                if states:
                    gaps, unseen = states.count("silent"), states.count("unseen")
                    row = (checklist.id, element.id, len(states), gaps, unseen)
                    rows.append((encounter_id, *row))
    return pd.DataFrame(rows, columns=LOOKED_COLUMNS)


def gap_rates(
    looked: pd.DataFrame,
    units: pd.DataFrame,
    sizes: pd.DataFrame | None = None,
    scopes: Iterable[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how often each element is left out, for the practice and each provider.

    The unit is the sampling unit: one with several services of a family counts once, as a gap if
    any of them lacks the element, so that the limits are not narrowed by services of one note.

    Args:
        looked: What :func:`looked_for` returns.
        units: encounter_id, provider_id, and where the encounters are a sample also unit_id and
            stratum.
        sizes: Units in the frame, as `auditkit.scoring.score` takes them; None where the
            encounters were not drawn from a frame.
        scopes: `practice` and provider ids; all of them unless told.
        level: Confidence level of the two-sided limits.

    Returns:
        scope, family, element, service and label (in words), units (that were asked for the
        element and looked at), units_with_gap, not_looked_for (units), rate, lower, upper, level,
        method, rule_id and asks (what to write in future). Elements that no unit was asked for
        are left out.

        Limits are Clopper-Pearson's within one stratum, and across strata Korn and Graubard's
        (Survey Methodology 24 (1998) 193-201) at the number of units asked for the element.

    Raises:
        InputError: An encounter of *looked* is not in *units*.
        FrameError: *sizes* names no units for a stratum of the sample.
    """
    drawn = _drawn(units)
    placed = _by_unit(looked, drawn)
    wanted = scopes or [PRACTICE, *sorted(units["provider_id"].unique())]
    rows = []
    for scope in wanted:
        mine = drawn if scope == PRACTICE else drawn[drawn["provider_id"] == scope]
        sample = DrawnUnits(mine.drop_duplicates("unit_id"), _sizes(sizes, scope))
        part = placed[placed["unit_id"].isin(sample.units)]
        groups = dict(iter(part.groupby(["family", "element"])))
        for checklist in checklists():
            for element in checklist.elements:
                found = groups.get((checklist.id, element.id))
                if found is not None and (found["x"] > 0).any():
                    each = sample.rate(found, level)
                    rows.append((scope, *_words(checklist, element, found, each)))
    return pd.DataFrame(rows, columns=RATE_COLUMNS)


def _services(
    record: DocumentedEncounter, checklist: Checklist
) -> Iterator[tuple[Part, tuple[Part, ...]]]:
    """Yield the services of a checklist, each with its lesions."""
    if checklist.part == "record":
        yield record.record, ()
    elif checklist.part == "em":
        if record.em is not None and record.em.present is not False and record.em.problems:
            yield record.em, ()
    elif checklist.part == "procedures":
        lesions = {lesion.lesion_id: lesion for lesion in record.lesions}
        for each in record.procedures:
            if each.type in checklist.types:
                yield each, tuple(lesions[i] for i in each.lesion_ids if i in lesions)
    else:
        for part in getattr(record, checklist.part):
            yield part, ()


def _own_work(service: Part) -> bool:
    """Return whether a visit addressed a problem that no procedure of the day treated."""
    return isinstance(service, Em) and any(
        problem.addressed and not problem.treated_by_procedure for problem in service.problems
    )


#: Conditions that are not the value of one element.
_CONDITIONS: Mapping[str, Callable[[Part], bool]] = {"own_work": _own_work}


def _applies(service: Part, element: Element) -> bool:
    """Return whether *element* is asked for of *service*."""
    for name, wanted in element.only_if.items():
        if name in _CONDITIONS:
            if _CONDITIONS[name](service) is not wanted:
                return False
        elif not _is_said(getattr(service, name), None if wanted == "any" else wanted):
            return False
    return True


def _state(service: Part, element: Element, lesions: tuple[Part, ...]) -> State:
    """Return whether any of the element's places says it, or somebody looked in vain."""
    states = {_at(service, path, lesions, element.wants) for path in element.at}
    return "said" if "said" in states else "silent" if "silent" in states else "unseen"


def _at(service: Part, path: str, lesions: tuple[Part, ...], wants: Any) -> State:
    """Return the state of one place; of several parts, all must say it."""
    head, _, name = path.partition(".")
    if not name:
        return _of(service, head, wants)
    parts = lesions if head == "lesion" else getattr(service, head) or ()
    states = {_of(part, name, wants) for part in parts}
    return "silent" if "silent" in states else "said" if states == {"said"} else "unseen"


def _of(part: Part, name: str, wants: Any) -> State:
    if _is_said(getattr(part, name), wants):
        return "said"
    return "silent" if part.abstracted(name) else "unseen"


def _is_said(value: Any, wants: Any) -> bool:
    return value == wants if wants is not None else value is not None and value not in ("", ())


def _drawn(units: pd.DataFrame) -> pd.DataFrame:
    """Return encounter_id, unit_id, provider_id and stratum of each encounter."""
    return units[["encounter_id", "provider_id"]].assign(
        unit_id=units["unit_id"] if "unit_id" in units else units["encounter_id"],
        stratum=units["stratum"].fillna("").astype("str") if "stratum" in units else "",
    )


def _by_unit(looked: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return unit_id, family, element, y (has a gap), x (was looked at) and unseen, 0 or 1."""
    absent = set(looked["encounter_id"]) - set(drawn["encounter_id"])
    if absent:
        raise InputError(
            f"{len(absent):,} encounters with documented elements have no row that names their "
            "provider. Give the units that the records belong to."
        )
    joined = looked.merge(drawn.drop_duplicates("encounter_id"), on="encounter_id")
    joined["y"] = (joined["gaps"] > 0).astype("float64")
    joined["x"] = (joined["services"] > joined["not_looked_for"]).astype("float64")
    joined["unseen"] = (joined["not_looked_for"] > 0).astype("float64")
    keys = ["unit_id", "family", "element"]
    return joined.groupby(keys, as_index=False)[["y", "x", "unseen"]].max()


def _sizes(sizes: pd.DataFrame | None, scope: str) -> pd.Series | None:
    if sizes is None:
        return None
    rows = sizes if scope == PRACTICE else sizes[sizes["provider_id"] == scope]
    return rows.groupby(rows["stratum"].fillna("").astype("str"))["encounters"].sum()


def _words(
    checklist: Checklist, element: Element, found: pd.DataFrame, each: GapRate
) -> tuple[Any, ...]:
    """Return one row of rates after its scope."""
    return (
        checklist.id,
        element.id,
        checklist.label,
        element.label,
        int(found["x"].sum()),
        int((found["y"] * found["x"]).sum()),
        int(found["unseen"].sum()),
        each.rate,
        each.lower,
        each.upper,
        each.level,
        each.method,
        element.rule,
        element.asks,
    )
