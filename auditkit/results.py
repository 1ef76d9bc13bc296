"""The stage that compares: from billed lines and records to line results and findings."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.claims import to_model
from auditkit.coding.chart import Chart
from auditkit.coding.pack import load_rules
from auditkit.documentation.elements import DocumentedEncounter, Record
from auditkit.documentation.store import read_documentation
from auditkit.errors import AuditkitError, SettingsError
from auditkit.findings import (
    EncounterResult,
    LineResult,
    audit_encounters,
    percent_of,
    written,
)
from auditkit.model import Encounter, Finding, SupportedLine
from auditkit.pricing import Fees, Pricing, bundled_fees
from auditkit.pricing.editions import EditionFees
from auditkit.pricing.practice import fees_by_payer
from auditkit.reference import Editions
from auditkit.review.events import CodedLine
from auditkit.review.outcome import Price

RESULT_COLUMNS = (
    "encounter_id", "provider_id", "unit_id", "stratum", "line", "billed_code",
    "billed_modifiers", "billed_units", "agreed_code", "agreed_modifiers", "agreed_units",
    "verdict", "direction", "category", "family", "rule_id", "billed_dollars", "agreed_dollars",
    "dollars", "prompt",
)  # fmt: skip
FINDING_COLUMNS = (
    "encounter_id", "provider_id", "line", "family", "rule_id", "severity", "verdict",
    "direction", "category", "main", "dollars", "billed", "agreed", "why", "would_support",
    "citation", "version",
)  # fmt: skip
SUPPORTED_COLUMNS = ("encounter_id", "line", "supported", "rule_id", "version", "why", "citation")
#: Stands where prices are asked for and no record matters.
_NO_RECORD = DocumentedEncounter(record=Record())
PROBLEM_COLUMNS = ("encounter_id", "provider_id", "problem")


def compare(
    audit: Audit, documented: Mapping[str, DocumentedEncounter] | None = None
) -> dict[str, pd.DataFrame]:
    """Return the tables that compare the drawn charts' billed lines with their records.

    Args:
        audit: An audit whose charts were collected.
        documented: Elements by encounter id, such as a note reader's; the audit's own unless told.
    """
    lines = audit.lines
    where = _whereabouts(lines)
    results = list(audited(audit, documented))
    return {
        "engine_results.csv": numbered(_table(RESULT_COLUMNS, (
            row for result in results for row in _line_rows(result, where)
        ))),
        "engine_findings.csv": _table(FINDING_COLUMNS, (
            _finding_row(finding, where) for result in results for finding in result.findings
        )),
        "supported.csv": _table(SUPPORTED_COLUMNS, (
            row for result in results for row in _supported_rows(result)
        )),
        "problems.csv": _table(PROBLEM_COLUMNS, (
            (r.encounter.encounter_id, where[r.encounter.encounter_id]["provider_id"], problem)
            for r in results for problem in r.problems
        )),
    }  # fmt: skip


def numbered(line_results: pd.DataFrame) -> pd.DataFrame:
    """Return *line_results* with unbilled lines of one code in one encounter told apart.

    Returns:
        The same table, and where an encounter holds such lines the column `nth`: 2 for the
        second one of a code, and so on; empty for every other line.
    """
    unbilled = line_results[line_results["line"].isna()]
    nth = unbilled.groupby(["encounter_id", "agreed_code"]).cumcount() + 1
    if not (nth > 1).any():
        return line_results
    return line_results.assign(nth=nth[nth > 1].reindex(line_results.index).astype("Int64"))


def audited(
    audit: Audit, documented: Mapping[str, DocumentedEncounter] | None = None
) -> Iterator[EncounterResult]:
    """Yield the result of each drawn encounter, in the order of encounter ids."""
    documented = _records(audit) if documented is None else documented
    editions = _editions(audit)
    fees_of = _fees(audit, editions)
    for encounter in to_model(audit.lines, audit.history):
        yield from audit_encounters(
            [encounter],
            documented,
            fees_of(encounter),
            editions=editions,
            whole_claim=audit.settings.pricing.whole_claim,
        )


def price_of(audit: Audit) -> Price:
    """Return what gives the dollars of lines that a person agreed and the rules did not price.

    The price is that of the rules: the claim's own allowed amount per unit first, then the
    practice's prices, then the national list. Under `[pricing] whole_claim` the lines agreed for
    one billed line are priced together; the reductions of the claim's other lines stay as the
    rules had them.
    """
    encounters = {each.encounter_id: each for each in to_model(audit.lines, audit.history)}
    fees_of, rules = _fees(audit, _editions(audit)), load_rules()

    def price(encounter_id: str, line: int | None, agreed: tuple[CodedLine, ...]) -> float:
        encounter = encounters[encounter_id]
        fees = fees_of(encounter)
        chart = Chart(encounter, _NO_RECORD, rules.on(encounter.dos, encounter.payer), fees)
        pricing = Pricing(encounter, fees, chart.rules.value("place.facility"), percent_of(chart))
        pos = next((each.pos for each in encounter.lines if each.number == line), None)
        lines = [
            SupportedLine(each.code, Decimal(str(each.units)), each.modifiers, pos=pos)
            for each in agreed
        ]
        if audit.settings.pricing.whole_claim:
            return float(sum(pricing.claim(lines), Decimal(0)))
        amounts = (pricing.agreed(x.code, x.modifiers, x.units, x.pos) for x in lines)
        return float(sum(amounts, Decimal(0)))

    return price


def _editions(audit: Audit) -> Editions | None:
    """Return the reference editions in use, or None."""
    store = audit.settings.reference.store
    if audit.settings.pricing.edition and not store:
        raise SettingsError("[pricing] edition = true needs [reference] store in audit.toml.")
    return Editions(audit.input_path(store)) if store else None


def _fees(audit: Audit, editions: Editions | None) -> Callable[[Encounter], Fees]:
    """Return what gives the prices of an encounter's payer."""
    pricing = audit.settings.pricing
    national: Fees = bundled_fees()
    if pricing.edition and editions is not None:
        national = EditionFees(editions, locality=pricing.locality, qpp=pricing.qpp)
    own = fees_by_payer(audit.prices, national)
    return lambda encounter: own.get(encounter.payer, national)


def _records(audit: Audit) -> dict[str, DocumentedEncounter]:
    """Return the documented elements; open charts as missing records when the settings say so."""
    found = read_documentation(audit.path("documentation.jsonl"), b"").elements()
    if audit.settings.review.not_abstracted == "missing":
        if not audit.settings.review.reason:
            raise AuditkitError(
                '[review] not_abstracted = "missing" needs a reason, which the reports print.'
            )
        missing = DocumentedEncounter(record=Record(present=False))
        for encounter_id in audit.charts["encounter_id"]:
            found.setdefault(encounter_id, missing)
    return found


def _table(columns: tuple[str, ...], rows: Any) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def _whereabouts(lines: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return provider, and unit and stratum by line, of each encounter."""
    found: dict[str, dict[str, Any]] = {}
    for row in lines.to_dict("records"):
        place = found.setdefault(
            row["encounter_id"], {"provider_id": row["provider_id"], "units": {}, "first": None}
        )
        if row["in_sample"]:
            unit = (row["unit_id"], row["stratum"])
            place["units"][int(row["encounter_line"])] = unit
            place["first"] = place["first"] or unit
    return found


def _line_rows(result: EncounterResult, where: dict[str, dict[str, Any]]) -> Iterator[tuple]:
    """Yield a row for each compared line that belongs to a drawn unit."""
    place = where[result.encounter.encounter_id]
    for each in result.lines:
        number = each.beside if each.line is None else each.line.number
        unit = place["units"].get(number)
        if unit is None and each.line is None:
            unit = place["first"] if number is None else None
        if unit is not None:
            yield (result.encounter.encounter_id, place["provider_id"], *unit, *_compared(each))


def _compared(each: LineResult) -> tuple:
    """Return the columns of one line result from `line` to `prompt`."""
    billed = each.line
    return (
        None if billed is None else str(billed.number),
        None if billed is None else billed.code,
        None if billed is None else " ".join(billed.modifiers),
        None if billed is None else f"{billed.units:f}",
        " + ".join(a.code for a in each.agreed) or None,
        " + ".join(" ".join(a.modifiers) for a in each.agreed).strip(" +") or None,
        f"{sum((a.units for a in each.agreed), Decimal(0)):f}" if each.agreed else None,
        each.verdict.value,
        each.direction.value,
        each.category.value if each.category else None,
        each.family or None,
        each.rule_id or None,
        _dollars(each.billed_dollars),
        _dollars(each.agreed_dollars),
        _dollars(each.dollars),
        each.prompt,
    )


def _dollars(amount: Decimal) -> str | None:
    return None if amount.is_nan() else f"{amount:.2f}"


def _agreed(lines: tuple[SupportedLine, ...]) -> str:
    return " + ".join(written(a.code, a.modifiers, a.units) for a in lines)


def _finding_row(finding: Finding, where: dict[str, dict[str, Any]]) -> tuple:
    """Return the row of one finding."""
    return (
        finding.encounter_id,
        where[finding.encounter_id]["provider_id"],
        None if finding.line is None else str(finding.line),
        finding.family,
        finding.rule_id,
        finding.severity.value,
        finding.verdict.value,
        finding.direction.value,
        finding.category.value if finding.category else None,
        finding.main,
        _dollars(finding.dollars),
        finding.billed or None,
        _agreed(finding.agreed) or None,
        finding.why,
        finding.would_support or None,
        str(finding.citation) if finding.citation else None,
        finding.version.isoformat() if finding.version else None,
    )


def _supported_rows(result: EncounterResult) -> Iterator[tuple]:
    """Yield, for each supported line, each reason that supports it."""
    for each in result.lines:
        for line in each.agreed:
            for reason in line.reasons:
                yield (
                    result.encounter.encounter_id,
                    None if each.line is None else str(each.line.number),
                    written(line.code, line.modifiers, line.units),
                    reason.rule_id,
                    reason.version.isoformat(),
                    reason.text,
                    str(reason.citation) if reason.citation else None,
                )
