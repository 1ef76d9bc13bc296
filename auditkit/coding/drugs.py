"""Drugs given: units from the amount, discarded amounts, and items never paid apart."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from auditkit.coding.chart import Chart, Draft, Refusal
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.documentation.elements import Drug
from auditkit.model import Verdict

SUPPLIES = Refusal(
    "SUP-1",
    "Anaesthesia and supplies belong to the procedure.",
    kinds=("supply",),
    verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
)
NOTHING_APART = Refusal(
    "INJ-3",
    "No drug given apart from the procedures is documented.",
    kinds=("administration",),
    verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
)


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the drug codes, the administration code and what is never paid apart."""
    for code in rules.value("drug.units"):
        yield CodeInfo(code, "drug", {"code": code})
    for code in rules.value("drug.never_apart"):
        yield CodeInfo(code, "supply", {})
    yield CodeInfo(rules.value("drug.administration")["code"], "administration", {})


def derive(chart: Chart) -> None:
    """Support each drug given, its discarded amount, and injections apart from lesions."""
    chart.refusals.append(SUPPLIES)
    if not chart.documented.abstracted("drugs") and not chart.documented.drugs:
        chart.leave_open(("drug",), "the drugs given were not abstracted")
    for drug in chart.documented.drugs:
        if drug.hcpcs is not None and drug.hcpcs in chart.rules.value("drug.units"):
            support_drug(chart, drug)
    support_administration(chart)


def amount_given(drug: Drug) -> Decimal | None:
    """Return the amount given in mg: as stated, or concentration times volume; None if neither."""
    if drug.mg_administered is not None:
        return drug.mg_administered
    if drug.concentration_mg_ml is not None and drug.volume_ml is not None:
        return drug.concentration_mg_ml * drug.volume_ml
    return None


def whole_units(amount: Decimal, unit: int) -> Decimal:
    """Return *amount* (mg) in units of *unit* mg, any part of a unit counting as one."""
    return (amount / unit).to_integral_value(ROUND_CEILING)


def support_drug(chart: Chart, drug: Drug) -> None:
    """Support the units given, and the discarded units of a single-dose container."""
    assert drug.hcpcs is not None
    unit = chart.rules.value("drug.units")[drug.hcpcs]
    amount = amount_given(drug)
    if drug.units_used is not None:
        units = Decimal(drug.units_used)
        amount = units * unit
    elif amount is not None:
        units = whole_units(amount, unit)
    elif drug.abstracted("mg_administered"):
        chart.refuse("DRUG-NO-AMOUNT", "The amount given is not documented.", codes=(drug.hcpcs,))
        return
    else:
        chart.leave_open(("drug",), "the amount of a drug was not abstracted")
        return
    reason = chart.rules.reason(
        "DRUG-1", f"{amount} mg in units of {unit} mg", "drug.mg_administered"
    )
    draft = Draft(drug.hcpcs, "drug", units, reasons=[reason])
    chart.support(draft)
    settle_waste(chart, drug, draft, amount or Decimal(0), unit)


def settle_waste(chart: Chart, drug: Drug, draft: Draft, amount: Decimal, unit: int) -> None:
    """Support JW for documented waste of a single-dose container; ask for JZ without any."""
    if not chart.rules.has("drug.waste"):
        return
    modifier = chart.rules.value("drug.waste")
    if drug.container is None:
        if not drug.abstracted("container"):
            draft.accepts = ("JW", "JZ")
        return
    wasted = drug.wasted_mg or Decimal(0)
    if drug.container == "MDV":
        chart.refuse(
            "JW-1", "Discarded drug is paid from single-dose containers only.",
            codes=(draft.code,), bucket=modifier,
        )  # fmt: skip
        return
    unknown = drug.wasted_mg is None and drug.abstracted("wasted_mg")
    if unknown or (wasted and drug.waste_documented is False):
        chart.refuse(
            "JW-1", "The discarded amount is not documented.", codes=(draft.code,), bucket=modifier
        )
        draft.accepts = ("JZ",)
    elif wasted:
        units = whole_units(amount + wasted, unit) - draft.units
        if units:
            reason = chart.rules.reason("JW-1", f"{wasted} mg discarded", "drug.wasted_mg")
            chart.support(
                Draft(draft.code, "drug", units, reasons=[reason], required={modifier: "JW-1"},
                      bucket=modifier, optional=not chart.medicare)
            )  # fmt: skip
    elif not drug.abstracted("wasted_mg"):
        draft.accepts = ("JZ",)
    elif chart.medicare and chart.rules.has("drug.no_waste"):
        draft.required[chart.rules.value("drug.no_waste")] = "JZ-1"
    else:
        draft.accepts = ("JZ",)


def support_administration(chart: Chart) -> None:
    """Support an injection of a drug by route, apart from injections into lesions."""
    table = chart.rules.value("drug.administration")
    given = [
        d for d in chart.documented.drugs
        if d.route is not None and d.route.lower() in table["routes"]
    ]  # fmt: skip
    injections = chart.of_type("injection")
    words = chart.rules.values.get("count.injection_words", {}).get("into_body", ())
    stated = [
        p for p in injections
        if any(w in f"{p.technique or ''} {p.method or ''}".lower() for w in words)
    ]  # fmt: skip
    units = max(len(given), len(stated))
    if units:
        reason = chart.rules.reason("INJ-3", f"{units} injection(s) of a drug", "drug.route")
        chart.support(Draft(table["code"], "administration", Decimal(units), reasons=[reason]))
    else:
        chart.refusals.append(NOTHING_APART)
