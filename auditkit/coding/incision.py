"""Incision and drainage: abscesses, collections of blood or fluid, sinuses, foreign bodies."""

from collections.abc import Iterator, Sequence
from typing import Any

from auditkit.coding.chart import Chart
from auditkit.coding.counts import draft_of
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.documentation.elements import Procedure


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the codes of incisions with what was opened and how complicated it was."""
    for step, part in enumerate(("simple", "other")):
        yield CodeInfo(rules.value("incision.abscess")[part], "drainage", {"step": step})
        for row in rules.value("incision.others"):
            if part in row:
                yield CodeInfo(row[part], "incision", {"what": row["what"], "step": step})


def derive(chart: Chart) -> None:
    """Support the code of each thing opened; abscesses are counted together."""
    found = chart.of_type("incision_drainage")
    if not found:
        return
    abscesses: list[Procedure] = []
    others: dict[str, list[Procedure]] = {}
    rows = {row["what"]: row for row in chart.rules.value("incision.others")}
    for procedure in found:
        what = opened(procedure, chart)
        if what is None:
            abscesses.append(procedure)
        else:
            others.setdefault(what, []).append(procedure)
    if abscesses:
        support_abscesses(chart, abscesses)
    for what, procedures in sorted(others.items()):
        support_other(chart, rows[what], procedures)


def opened(procedure: Procedure, chart: Chart) -> str | None:
    """Return what the record says was opened, or None for an abscess."""
    parts = (procedure.technique, procedure.method, procedure.indication)
    said = " ".join(part for part in parts if part).lower()
    for row in chart.rules.value("incision.others"):
        if any(word in said for word in row["words"]):
            return str(row["what"])
    return None


def count_of(procedures: Sequence[Procedure]) -> int | None:
    """Return how many were opened, None when the note does not say; one each if nobody counted."""
    counts = [
        p.lesions_treated if p.abstracted("lesions_treated") else max(1, len(p.lesion_ids))
        for p in procedures
    ]
    return None if None in counts else sum(n for n in counts if n is not None)


def support_abscesses(chart: Chart, procedures: Sequence[Procedure]) -> None:
    """Support simple drainage of one abscess, else the complicated or multiple code."""
    table = chart.rules.value("incision.abscess")
    count = count_of(procedures)
    if not all(p.abstracted("complicated") for p in procedures) and count == 1:
        chart.leave_open(("drainage",), "whether the drainage was complicated was not abstracted")
    simple = count in (None, 1) and not any(p.complicated for p in procedures)
    said = "simple" if simple else "complicated or multiple"
    text = f"{count or 'no number of'} abscess(es), {said}"
    code = table["simple" if simple else "other"]
    chart.support(draft_of(chart, "drainage", procedures, code, 1, "IND-1", text))


def support_other(chart: Chart, row: dict[str, Any], procedures: Sequence[Procedure]) -> None:
    """Support the code of what was opened, by place, or once where one code is the session's."""
    units = 1 if row.get("session") else count_of(procedures) or 1
    complicated = "other" in row and any(p.complicated for p in procedures)
    if "other" in row and not any(p.abstracted("complicated") for p in procedures):
        chart.leave_open(("incision",), "whether the incision was complicated was not abstracted")
    code = row["other" if complicated else "simple"]
    text = f"{row['what'].replace('_', ' ')} × {units}"
    chart.support(draft_of(chart, "incision", procedures, code, units, "IND-2", text))
