"""Services coded by a count: injections into lesions, skin tags, nails, paring."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from auditkit.coding.bands import band_of
from auditkit.coding.chart import Chart, Draft, is_tag
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.words import mentions
from auditkit.documentation.elements import Procedure

#: Kinds whose code steps up with the count, one unit each.
STEPPED = ("lesion_injection", "nail_debridement", "paring")
#: Kinds with a first code and a further one, in units.
RUNNING = ("tags", "nail_avulsion")
RULE_OF = {"lesion_injection": "INJ-1", "nail_debridement": "NAIL-1", "paring": "PARE-1",
           "tags": "TAG-1", "nail_avulsion": "NAIL-AVULSION"}  # fmt: skip


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the codes of every counted kind with their step."""
    for kind in STEPPED:
        for step, code in enumerate(rules.value(f"count.{kind}")["codes"]):
            yield CodeInfo(code, kind, {"step": step})
    for kind in RUNNING:
        for step, part in enumerate(("first", "further")):
            yield CodeInfo(rules.value(f"count.{kind}")[part], kind, {"step": step})
    yield CodeInfo(rules.value("count.nail_matrix"), "nail_matrix", {})
    for part in ("plain", "dystrophic"):
        facets = {"dystrophic": part == "dystrophic"}
        yield CodeInfo(rules.value("count.nail_trimming")[part], "nail_trimming", facets)


def derive(chart: Chart) -> None:
    """Support every counted service of the record."""
    by_kind: dict[str, list[Procedure]] = {}
    for procedure in chart.procedures:
        kind = kind_of(procedure, chart)
        if kind is not None:
            by_kind.setdefault(kind, []).append(procedure)
    for kind, procedures in by_kind.items():
        count = total(chart, procedures, kind)
        if kind in STEPPED:
            support_step(chart, kind, procedures, count)
        elif kind in RUNNING:
            support_running(chart, kind, procedures, count)
        else:
            support_nails(chart, kind, procedures, count)


def kind_of(procedure: Procedure, chart: Chart) -> str | None:
    """Return the counted kind that *procedure* is, or None."""
    kinds = {"tag_removal": "tags", "paring": "paring"}
    if procedure.type in kinds:
        return kinds[procedure.type]
    if procedure.type == "injection":
        words = f"{procedure.technique or ''} {procedure.method or ''}".lower()
        table = chart.rules.value("count.injection_words")
        elsewhere = [*table["into_body"], *table["into_nerves"]]
        return None if any(word in words for word in elsewhere) else "lesion_injection"
    if procedure.type == "nail":
        words = f"{procedure.technique or ''} {procedure.method or ''}".lower()
        for kind, names in chart.rules.value("count.nail_words").items():
            if mentions(words, names):
                return str(kind)
        chart.leave_open(
            ("nail_debridement", "nail_trimming", "nail_avulsion", "nail_matrix"),
            "what was done to the nails is not known",
        )
    if procedure.type in ("destruction", "shave_removal") and is_tag(chart, procedure):
        return "tags"
    return None


def total(chart: Chart, procedures: Sequence[Procedure], kind: str) -> int | None:
    """Return the count over *procedures*, None when the note does not say."""
    counts = []
    for procedure in procedures:
        nails = kind.startswith("nail") and procedure.abstracted("nails")
        name = "nails" if nails else "lesions_treated"
        if procedure.abstracted(name):
            counts.append(getattr(procedure, name))
        elif len(procedure.lesion_ids) > 1:
            counts.append(len(procedure.lesion_ids))
        elif kind == "nail_matrix":
            counts.append(1)
        else:
            chart.leave_open((kind,), "the number treated was not abstracted")
            counts.append(1)
    return None if None in counts else sum(counts)


def draft_of(
    chart: Chart, kind: str, procedures: Sequence[Procedure], code: str, units: int, rule: str,
    text: str,
) -> Draft:  # fmt: skip
    """Return the supported line of a counted service."""
    lesions = frozenset().union(*(chart.lesion_set(p) for p in procedures))
    reason = chart.rules.reason(rule, text, "procedure.lesions_treated")
    return Draft(
        code, kind, Decimal(units), lesions, chart.site_of_all(procedures), [reason],
        short_of=rule if rule == "COUNT-NONE" else None,
    )  # fmt: skip


def support_step(
    chart: Chart, kind: str, procedures: Sequence[Procedure], count: int | None
) -> None:
    """Support the one code whose step holds the count."""
    if count == 0:
        return
    table: dict[str, Any] = chart.rules.value(f"count.{kind}")
    step = 0 if count is None else band_of(table["upto"], Decimal(count))
    rule = RULE_OF[kind] if count is not None else "COUNT-NONE"
    text = f"{count} treated" if count is not None else "no count documented"
    chart.support(draft_of(chart, kind, procedures, table["codes"][step], 1, rule, text))


def support_running(
    chart: Chart, kind: str, procedures: Sequence[Procedure], count: int | None
) -> None:
    """Support the first code, and the further one for what lies beyond it, each step or part."""
    if count == 0:
        return
    table = chart.rules.value(f"count.{kind}")
    rule = RULE_OF[kind] if count is not None else "COUNT-NONE"
    text = f"{count} treated" if count is not None else "no count documented"
    chart.support(draft_of(chart, kind, procedures, table["first"], 1, rule, text))
    if count is None:
        chart.refuse(rule, "The note does not say how many were treated.", kinds=(kind,))
    elif count > table["upto"]:
        further = -(-(count - table["upto"]) // table["step"])
        chart.support(draft_of(chart, kind, procedures, table["further"], further, rule, text))


def support_nails(
    chart: Chart, kind: str, procedures: Sequence[Procedure], count: int | None
) -> None:
    """Support trimming by whether the nails are dystrophic, or permanent removal by nail."""
    if kind == "nail_matrix":
        code, units = chart.rules.value("count.nail_matrix"), count or 1
        rule = "NAIL-MATRIX"
    else:
        dystrophic = any(p.dystrophic for p in procedures)
        code = chart.rules.value("count.nail_trimming")["dystrophic" if dystrophic else "plain"]
        units, rule = 1, "NAIL-TRIM"
    chart.support(draft_of(chart, kind, procedures, code, units, rule, f"{count} nail(s)"))
