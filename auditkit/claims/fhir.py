"""Reader of FHIR R4 claims (Claim, ExplanationOfBenefit) into the claim lines table.

US Core and CARIN Blue Button layouts are read. Resources and lines that are not accepted are
set aside and listed, never fatal: an export of thousands of resources always has some.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from auditkit.claims.contracts import CLAIM_LINES
from auditkit.claims.delimited import Raw
from auditkit.claims.fhir_files import Found, resources
from auditkit.claims.fhir_items import Reading, claim_number, diagnosis_code, rows
from auditkit.claims.fhir_mapping import FhirMapping, read_fhir_mapping
from auditkit.claims.fhir_people import KINDS, People, reference_key
from auditkit.claims.fhir_values import codes, listed, tables
from auditkit.claims.tables import settled
from auditkit.errors import SHOWN, InputError, Problem
from auditkit.schema import check

_CLAIMS = ("Claim", "ExplanationOfBenefit")
_KINDS_OF_CLAIM = {"institutional", "oral", "pharmacy", "vision"}


def read_fhir_claims(
    path: Path,
    mapping: str | Path | Mapping[str, Any] | None = None,
    rejects: str | Path | None = None,
) -> pd.DataFrame:
    """Read FHIR R4 claims into the claim lines table.

    Professional claims that are active and were made for payment (use: claim) are read; others
    are counted. A Claim that an ExplanationOfBenefit of the file answers is read from the
    answer, which knows what was allowed and paid. docs/record-sources.md says where each column
    comes from.

    Args:
        path: a resource, a bundle, NDJSON, or a folder of a bulk export.
        mapping: a TOML file with codes of the user's own; see `read_fhir_mapping`.
        rejects: a CSV file for the lines that are not accepted.

    Returns:
        The claim lines table. `attrs["auditkit"]` holds, beside the counts of every reader,
        `listed`: what was not accepted, by file, row and element, without values.

    Raises:
        InputError: if no line at all can be used.
        SettingsError: if the mapping is not accepted.
    """
    declared = read_fhir_mapping(mapping)
    problems: list[Problem] = []
    counts: Counter[str] = Counter()
    people, conditions, answered = _index(path, declared, problems)
    reading = Reading(people, declared, conditions, counts)
    columns: dict[str, list[str | None]] = {name: [] for name in CLAIM_LINES.names}
    origins: list[tuple[str, int, str]] = []
    taken: Counter[str] = Counter()
    for found in _claims(path, answered, counts, problems):
        number = claim_number(found.resource)
        if number:
            taken[number] += 1
            if taken[number] > 1:
                counts["claims that repeat a claim number and got #2 and so on"] += 1
                number = f"{number}#{taken[number]}"
        before = len(origins)
        for place, row in rows(found.resource, reading):
            origins.append((found.file, found.row, f"{found.kind}.{place}"))
            for name, cells in columns.items():
                cells.append(number if name == "claim_id" else row.get(name))
        if len(origins) == before and not tables(found.resource.get("item")):
            what, accepted = "no items", "a claim with at least one item"
            problems.append(Problem(found.file, found.row, f"{found.kind}.item", what, accepted))
    # A value that cannot be read is met in every pass.
    problems = list(dict.fromkeys(problems))
    data = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return _accepted(path, data, origins, counts, problems, rejects)


def _accepted(
    path: Path,
    data: pa.Table,
    origins: list[tuple[str, int, str]],
    counts: Counter[str],
    problems: list[Problem],
    rejects: str | Path | None,
) -> pd.DataFrame:
    """Return the rows that meet the contract, with the others listed or written to *rejects*."""

    def worded(problem: Problem) -> Problem:
        file, row, place = origins[(problem.row or 1) - 1]
        return replace(problem, file=file, row=row, column=f"{place}, {problem.column}")

    places = np.arange(1, len(origins) + 1)
    checked = check(CLAIM_LINES, data) if len(origins) else None
    bad = checked.faulty if checked else np.zeros(0, dtype=bool)
    problems += [worded(each) for each in checked.problems(path.name, places)] if checked else []
    notes = [f"{count:,} {what}." for what, count in sorted(counts.items())]
    if checked is None or bad.all():
        raise InputError(
            f"{path.name}: no claim line can be used. " + " ".join(notes[:SHOWN]), problems
        )
    claims = np.array(data["claim_id"].to_pylist(), dtype=object)
    if split := len(set(claims[bad]) & set(claims[~bad])):
        notes.append(f"{split:,} claims keep some lines and lost others; see what is listed.")
    if bad.any() and rejects is None:
        data, places = data.filter(pa.array(~bad)), places[~bad]
        checked = check(CLAIM_LINES, data)
    raw = Raw(tuple(data.column_names), _by_place(data), places)
    frame = settled(path.name, CLAIM_LINES, raw, checked, rejects, notes, worded)
    account = frame.attrs["auditkit"]
    account["rows"], account["set_aside"] = len(origins), int(bad.sum())
    account["listed"] = listed(problems, SHOWN)
    return frame


def _by_place(data: pa.Table) -> pa.Table:
    """Return *data* with its columns named by their place, as `Raw` holds them."""
    return data.rename_columns([str(place) for place in range(data.num_columns)])


def _index(
    path: Path, mapping: FhirMapping, problems: list[Problem]
) -> tuple[People, dict[str, str], set[str]]:
    """Return what claims refer to: people, the codes of conditions, and the claims answered."""
    people = People(mapping.patient_identifier)
    wanted: set[str] = set()
    answered: set[str] = set()
    for found in resources(path, (*KINDS, *_CLAIMS), problems):
        if found.kind in KINDS:
            people.add(found)
            continue
        for each in tables(found.resource.get("diagnosis")):
            wanted.add(reference_key(each.get("diagnosisReference")))
        if found.kind == "ExplanationOfBenefit":
            answered.add(reference_key(found.resource.get("claim")))
    wanted.discard("")
    conditions: dict[str, str] = {}
    for found in resources(path, ("Condition",), problems) if wanted else ():
        for key in _keys(found) & wanted:
            code = diagnosis_code(found.resource.get("code"), mapping)
            if code:
                conditions[key] = code
    return people, conditions, answered - {""}


def _keys(found: Found) -> set[str]:
    """Return the keys under which references find a resource."""
    own = {f"{found.kind}/{found.id}" if found.id else "", found.url}
    return {reference_key({"reference": key}) for key in own if key}


def _claims(
    path: Path, answered: set[str], counts: Counter[str], problems: list[Problem]
) -> Iterator[Found]:
    """Yield the claims that are to be read, each once, and count the others by the reason."""
    met: set[str] = set()
    for found in resources(path, _CLAIMS, problems):
        keys = _keys(found)
        reason = _left_out(found)
        if keys & met:
            reason = "resources that occur again under the same id"
        elif found.kind == "Claim" and keys & answered:
            reason = "Claims read from the ExplanationOfBenefit that answers them"
        met |= keys
        if reason:
            counts[reason] += 1
        else:
            yield found


def _left_out(found: Found) -> str | None:
    """Return why a claim is not billed work that was submitted, or None if it is."""
    resource = found.resource
    status, use = resource.get("status"), resource.get("use")
    if status not in (None, "active"):
        known = status if status in ("cancelled", "draft", "entered-in-error") else "another"
        return f"claims of status {known}, left out"
    if use not in (None, "claim"):
        return "preauthorizations and predeterminations, left out"
    kinds = codes(resource.get("type")) & (_KINDS_OF_CLAIM | {"professional"})
    if kinds and "professional" not in kinds:
        return f"{sorted(kinds)[0]} claims, left out"
    return None
