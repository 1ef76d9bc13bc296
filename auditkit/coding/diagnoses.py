"""Diagnoses of agreed lines: valid on the date, as specific as the record, linked to the line."""

from dataclasses import replace
from typing import Any

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.diagnosis_order import in_order
from auditkit.coding.diagnosis_sites import by_pathology, contradicted, past
from auditkit.coding.entry import Entry, Note
from auditkit.coding.pack import RulesOn
from auditkit.coding.sites import read_site
from auditkit.documentation.elements import Behavior, Lesion
from auditkit.model import Direction, Verdict


def check(entries: list[Entry], chart: Chart) -> None:
    """Hold the diagnoses of each agreed line against the code set and the record."""
    for entry in entries:
        if entry.line is None or not entry.agreed or not entry.drafts:
            continue
        diagnoses = list(entry.agreed[0].diagnoses)
        notes = [
            note
            for i, code in enumerate(diagnoses)
            if (note := judged(diagnoses, i, code, entry.drafts[0], chart)) is not None
        ]
        notes += in_order(diagnoses, entry.drafts[0], chart)
        if notes:
            entry.notes += notes
            entry.agreed = [replace(a, diagnoses=tuple(diagnoses)) for a in entry.agreed]


def judged(diagnoses: list[str], i: int, code: str, draft: Draft, chart: Chart) -> Note | None:
    """Return what is wrong with a diagnosis, and put the one agreed in its place."""
    lesions = [chart.lesions[x] for x in sorted(draft.lesions) if x in chart.lesions]
    for question in (not_valid, not_proven, not_specific, not_so, not_linked):
        found = question(code, i, draft, lesions, chart)
        if found is not None:
            rule, why, better = found
            if better is not None:
                diagnoses[i] = better
            return Note(rule, why, Verdict.WRONG_CODE, Direction.NONE)
    return None


Answer = tuple[str, str, str | None]


def headers(rules: RulesOn) -> frozenset[str]:
    """Return the codes that need further characters."""
    return frozenset(rules.value("dx.headers"))


def links(rules: RulesOn) -> dict[str, list[dict[str, Any]]]:
    """Return, by kind, what cannot stand first on its lines."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rules.value("dx.links"):
        found.setdefault(row["kind"], []).append(row)
    return found


def not_valid(
    code: str, i: int, draft: Draft, lesions: list[Lesion], chart: Chart
) -> Answer | None:
    """Say that a diagnosis is not billable on the date (ICD-10-CM guidelines I.B.2)."""
    changed = chart.rules.values.get("dx.changed", {})
    better = changed.get(code)
    ahead = chart.rules.values.get("dx.not_yet", {})
    better = better or ahead.get(code)
    short = lacks_seventh(code, chart.rules)
    valid = better is None and not short and code not in chart.rules.once(headers)
    if chart.editions is not None and chart.editions.covers("icd10", chart.dos):
        found = chart.editions.icd10(code, chart.dos)
        valid = found is not None and found.billable
    if valid:
        return None
    if short and better is None and draft.kind != "em":
        better = f"{code:X<7}A"
    if better is None:
        better = completed(code, lesions, chart)
    return "DX-1", f"{code} is not billable on the date of service.", better


def lacks_seventh(code: str, rules: RulesOn) -> bool:
    """Return whether an injury or poisoning code lacks the seventh character of its encounter."""
    table = rules.value("dx.seventh")
    return code.startswith(tuple(table["chapters"])) and len(code) < len("S61.411A")


def completed(code: str, lesions: list[Lesion], chart: Chart) -> str | None:
    """Return the longer code that the record documents or names for a code cut short."""
    named: list[str | None] = [d.icd10 for d in chart.documented.diagnoses if d.icd10]
    if lesions:
        named += [diagnosis_of(lesions, chart), sided_code(f"{code}0", lesions[0], chart)]
        if code.startswith("C44") and len(code) > len("C44.3"):
            named.append(skin_cancer_code(code, lesions[0], chart))
    return next((d for d in named if d and d.startswith(code) and d != code), None)


def not_proven(
    code: str, i: int, draft: Draft, lesions: list[Lesion], chart: Chart
) -> Answer | None:
    """Say that a diagnosis states a behaviour that pathology has not (note at D37-D48)."""
    table = chart.rules.value("dx.uncertain")
    pending = any(x.path_pending for x in lesions)
    if code in table["uncertain"]:
        said = {x.path_behavior for x in lesions if x.path_behavior is not None}
        if Behavior.UNCERTAIN in said or not (pending or said):
            return None
        why = f"{code} states a pathologist's finding that the record does not hold."
        better = table["pending"] if pending else diagnosis_of(lesions, chart)
        return "DX-UNCERTAIN", why, better
    if pending and code.startswith(tuple(table["proven"])):
        proven_before = any(x.prior_path_date is not None for x in lesions)
        if not proven_before:
            why = f"{code} states a malignancy while pathology is pending."
            return "DX-UNCERTAIN", why, table["pending"]
    return None


def not_specific(
    code: str, i: int, draft: Draft, lesions: list[Lesion], chart: Chart
) -> Answer | None:
    """Say that a code leaves open the site or side that the record names."""
    if not lesions:
        return None
    better = sided_code(code, lesions[0], chart)
    if code in chart.rules.value("dx.skin_cancer")["unspecified"]:
        better = by_pathology(lesions[0], chart) or skin_cancer_code(code, lesions[0], chart)
    if better is None or better == code:
        return None
    return "DX-SITE", f"{code} leaves open what the record names; it supports {better}.", better


def not_so(code: str, i: int, draft: Draft, lesions: list[Lesion], chart: Chart) -> Answer | None:
    """Say that a code contradicts the site, side or histology of the record, or is past."""
    if draft.kind == "em" and (better := past(code, chart)) is not None:
        return "DX-HISTORY", f"The record speaks of {code} as past; it supports {better}.", better
    if i or not lesions or draft.kind == "em":
        return None
    found = [contradicted(code, lesion, chart) for lesion in lesions]
    if None in found:
        return None
    better = found[0]
    return "DX-CONTRADICTS", f"{code} contradicts the record, which supports {better}.", better


def sided_code(code: str, lesion: Lesion, chart: Chart) -> str | None:
    """Return *code* with the side that the record names, where it leaves the side open."""
    table = chart.rules.value("dx.sided")
    side = lesion.laterality or read_site(lesion.site).side
    if code[:-1] not in table["codes"] or not code.endswith(table["unspecified"]):
        return None
    return code[:-1] + table[side] if side in ("left", "right") else None


def skin_cancer_code(code: str, lesion: Lesion, chart: Chart) -> str | None:
    """Return the C44 code of the lesion's site and side with the histology of *code*."""
    table = chart.rules.value("dx.skin_cancer")
    site = read_site(lesion.site)
    side = lesion.laterality or site.side
    for row in chart.rules.value("dx.skin_cancer_sites"):
        if set(row["regions"]).isdisjoint(site.regions):
            continue
        if "{s}" in row["code"] and side not in table["sides"]:
            return None
        return str(row["code"]).format(h=code[5:6] or code[4:5], s=table["sides"].get(side, ""))
    return None


def not_linked(
    code: str, i: int, draft: Draft, lesions: list[Lesion], chart: Chart
) -> Answer | None:
    """Say that the first diagnosis of a line is of another series than the procedure treats."""
    if i:
        return None
    rows = chart.rules.once(links).get(draft.kind)
    if rows is None:
        return None
    facets = chart.rules.codes[draft.code].facets
    why = f"{code} is not what {draft.code} treats."
    for row in rows:
        if facets.get(row.get("facet", "")) != row.get("value"):
            continue
        better = diagnosis_of(lesions, chart)
        named = row.get("named", False) and better is not None
        if code.startswith(tuple(row["not"])) or (named and better != code):
            return "DX-LINK", why, better
    return None


def diagnosis_of(lesions: list[Lesion], chart: Chart) -> str | None:
    """Return the diagnosis of the lesions: as billed for the day, else by the record's words."""
    for lesion in lesions:
        name = (lesion.path_dx or lesion.clinical_dx or "").lower()
        for row in chart.rules.value("dx.of_words"):
            if all(word in name for word in row["words"]):
                billed = {d for line in chart.encounter.lines for d in line.diagnoses}
                fits = sorted(d for d in billed if d.startswith(row.get("like", row["code"])))
                return fits[0] if fits else str(row["code"])
        if (found := by_pathology(lesion, chart)) is not None:
            return found
    return None
