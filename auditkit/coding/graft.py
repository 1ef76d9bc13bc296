"""Skin grafts, substitutes and prepared wound beds: kind, site group, and the summed area."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from typing import Any

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import in_words, site_group
from auditkit.documentation.elements import Procedure


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the graft codes with kind, site group and role."""
    for row in rules.value("graft.groups"):
        for role in ("first", "further"):
            facets = {
                "graft": row["graft"],
                "site_group": row["site_group"],
                "size": row.get("size", "usual"),
                "role": role,
            }
            yield CodeInfo(row[role], "graft", facets)


def derive(chart: Chart) -> None:
    """Support the summed area of each kind of graft and site group."""
    sums: dict[tuple[str, str], list[Procedure]] = defaultdict(list)
    for procedure in chart.of_type("graft"):
        kind = kind_of(procedure, chart)
        group = None if kind is None else group_of(chart, procedure, kind)
        looked = procedure.abstracted("area_sq_cm")
        if kind is None or group is None or not looked:
            chart.leave_open(("graft",), "the kind, site or area of a graft is not known")
        else:
            sums[kind, group].append(procedure)
    for (kind, group), procedures in sorted(sums.items()):
        support(chart, kind, group, procedures)


def kind_of(procedure: Procedure, chart: Chart) -> str | None:
    """Return what the record names: a full or split graft, a substitute, a wound bed prepared."""
    text = f"{procedure.graft_type or ''} {procedure.technique or ''}".lower()
    for kind, words in chart.rules.value("graft.words").items():
        if any(word in text for word in words):
            return str(kind)
    return None


def group_of(chart: Chart, procedure: Procedure, kind: str) -> str | None:
    """Return the site group in which *kind* counts the recipient site."""
    rows = [row for row in chart.rules.value("graft.groups") if row["graft"] == kind]
    return site_group(chart.site_of(procedure), rows[0]["groups"])


def row_for(chart: Chart, kind: str, group: str, area: Decimal) -> dict[str, Any]:
    """Return the row of the table; substitutes change codes where the whole wound is large."""
    rows = [
        row for row in chart.rules.value("graft.groups")
        if row["graft"] == kind and row["site_group"] == group
    ]  # fmt: skip
    small = next((row for row in rows if "below" in row and area < row["below"]), None)
    return small or rows[-1]


def support(chart: Chart, kind: str, group: str, procedures: list[Procedure]) -> None:
    """Support the first area and each further area or part of one."""
    known = all(p.area_sq_cm is not None for p in procedures)
    area = sum((p.area_sq_cm or Decimal(0) for p in procedures), Decimal(0))
    row = row_for(chart, kind, group, area)
    rule = "GR-AREA" if known else "GR-NO-AREA"
    text = (
        f"{kind}: {area} sq cm, {in_words(group)}"
        if known
        else f"{kind}: no area, {in_words(group)}"
    )
    reasons = [chart.rules.reason(rule, text, "procedure.area_sq_cm", "site", "graft_type")]
    lesions = frozenset().union(*(chart.lesion_set(p) for p in procedures))
    site = chart.site_of_all(procedures)
    chart.support(
        Draft(row["first"], "graft", lesions=lesions, site=site, reasons=reasons,
              short_of=None if known else rule)
    )  # fmt: skip
    if area > row["area"]:
        further = Decimal(ceil((area - row["area"]) / row["area"]))
        chart.support(Draft(row["further"], "graft", further, lesions, site, reasons))
