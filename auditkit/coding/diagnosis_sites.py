"""Neoplasm codes that a record's site, side and pathology lead to (ICD-10-CM C43-C44, D03-D23)."""

from typing import Any

from auditkit.coding.chart import Chart
from auditkit.coding.sites import read_site
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Lesion


def family_of(code: str, chart: Chart) -> dict[str, Any] | None:
    """Return the family of codes by site that *code* belongs to, or None."""
    for row in chart.rules.value("dx.families"):
        if code.startswith(row["prefix"] + "."):
            return dict(row)
    return None


def named_family(lesion: Lesion, chart: Chart) -> tuple[str, str] | None:
    """Return the family and histology that final pathology names, or None where it names none."""
    said = (lesion.path_dx or "").lower()
    if not said or lesion.path_pending:
        return None
    if any(word in said for word in chart.rules.value("dx.path_silent")):
        return None
    for row in chart.rules.value("dx.path_families"):
        if all(any(word in said for word in either) for either in row["words"]):
            return row["family"], row.get("histology", "")
    return None


def code_at(prefix: str, histology: str, lesion: Lesion, chart: Chart) -> str | None:
    """Return the code of a family at the lesion's site and side; None if that is not one place."""
    family = family_of(f"{prefix}.", chart)
    site = read_site(lesion.site)
    if family is None or "hip" in (lesion.site or "").lower():
        return None
    rows = [
        row for row in chart.rules.value("dx.family_sites")
        if not set(row["regions"]).isdisjoint(site.regions)
    ]  # fmt: skip
    if len(rows) != 1 or not set(site.regions) <= set(rows[0]["regions"]):
        return None
    pattern = rows[0].get(prefix)
    if pattern is None:
        return None
    side = family["sides"].get(lesion.laterality or site.side or "", family["no_side"])
    return str(pattern).format(h=histology, s=side)


def same_place(code: str, better: str, prefix: str, chart: Chart) -> bool:
    """Return whether *code* names the place of *better*, of which the record gives no side."""
    family = family_of(f"{prefix}.", chart)
    assert family is not None
    open_side = better.endswith(family["no_side"]) and len(code) == len(better)
    return code == better or (
        open_side and better[:-1] in sided(prefix, chart) and code[:-1] == better[:-1]
    )


def sided(prefix: str, chart: Chart) -> set[str]:
    """Return what precedes the side in the codes of a family."""
    patterns = [row[prefix] for row in chart.rules.value("dx.family_sites") if prefix in row]
    return {
        pattern.removesuffix("{s}").format(h=histology)
        for pattern in patterns
        if pattern.endswith("{s}")
        for histology in ("0", "1", "2", "9")
    }


def contradicted(code: str, lesion: Lesion, chart: Chart) -> str | None:
    """Return the code that the record leads to where *code* contradicts its site or pathology."""
    family = family_of(code, chart)
    if family is None:
        return None
    prefix, histology = family["prefix"], code[5:6] if family["histology"] else ""
    named = named_family(lesion, chart)
    if named is not None and family["malignant"] and named[0] in chart.rules.value("dx.malignant"):
        prefix, histology = named[0], named[1] or histology
    better = code_at(prefix, histology or "9", lesion, chart)
    if better is None or same_place(code, better, prefix, chart):
        return None
    return better


def by_pathology(lesion: Lesion, chart: Chart) -> str | None:
    """Return the code of the lesion's pathology at its site, or None."""
    named = named_family(lesion, chart)
    return None if named is None else code_at(named[0], named[1], lesion, chart)


def past(code: str, chart: Chart) -> str | None:
    """Return the history code where the record speaks of *code*'s disease only as past."""
    table = chart.rules.value("dx.history")
    better = next((z for prefix, z in table["codes"].items() if code.startswith(prefix)), None)
    if better is None or chart.procedures:
        return None
    em = chart.documented.em
    said = [d.label or "" for d in chart.documented.diagnoses]
    said += [p.label for p in em.problems] if em is not None else []
    named = [each.lower() for each in said if mentions(each, table["diseases"])]
    is_past = [mentions(each, table["words"]) and "family" not in each for each in named]
    return str(better) if named and all(is_past) else None
