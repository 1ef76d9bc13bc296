"""Findings: billed lines compared with what the record supports, one main finding per line."""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from auditkit.coding.chart import Chart
from auditkit.coding.compare import as_billed, compare
from auditkit.coding.conclude import conclude, price, price_claim, soften
from auditkit.coding.editions import Editions, Remembered
from auditkit.coding.engine import derive
from auditkit.coding.pack import Rules, load_rules
from auditkit.coding.result import ZERO, EncounterResult, LineResult, written
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.errors import EditionError, RuleError
from auditkit.model import Direction, Encounter, Verdict
from auditkit.pricing import Fees, Pricing, bundled_fees

__all__ = ["EncounterResult", "LineResult", "audit_encounter", "audit_encounters", "written"]


def audit_encounters(
    encounters: Iterable[Encounter],
    documented: Mapping[str, DocumentedEncounter],
    fees: Fees | None = None,
    rules: Rules | None = None,
    editions: Editions | None = None,
    whole_claim: bool = False,
) -> list[EncounterResult]:
    """Return what the record of each encounter supports, compared with what was billed.

    Args:
        encounters: billed encounters with their patients' history.
        documented: documented elements by encounter id; an encounter without any is prompted.
        fees: prices where the claim gives none (default: the bundled national list).
        rules: the packs in use (default: dermatology).
        editions: claims edits by date of service (default: none; edits are then not applied).
        whole_claim: price both sides from the fee table with the reductions of the whole claim
            (see `Pricing.claim`), in place of the claim's own allowed amounts line by line.

    Returns:
        One result per encounter, in the order given. What is wrong with the elements of one
        encounter stands in its `problems` and does not stop the others.
    """
    fees = fees or bundled_fees()
    rules = rules or load_rules()
    editions = None if editions is None else Remembered(editions)
    with _seldom_collected():
        return [
            audit_encounter(
                encounter,
                documented.get(encounter.encounter_id),
                fees,
                rules,
                editions,
                whole_claim,
            )
            for encounter in encounters
        ]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let Python look for cycles among objects seldom: results are many and hold none."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def audit_encounter(
    encounter: Encounter,
    documented: DocumentedEncounter | None,
    fees: Fees,
    rules: Rules,
    editions: Editions | None = None,
    whole_claim: bool = False,
) -> EncounterResult:
    """Return the result of one encounter (see `audit_encounters`).

    A date of service that neither editions nor packs reach is a problem of this encounter alone.
    """
    if documented is None:
        return unjudged(encounter, "the record has not been abstracted")
    try:
        return _audited(encounter, documented, fees, rules, editions, whole_claim)
    except (EditionError, RuleError) as error:
        return unjudged(encounter, str(error))


def _audited(
    encounter: Encounter,
    documented: DocumentedEncounter,
    fees: Fees,
    rules: Rules,
    editions: Editions | None,
    whole_claim: bool,
) -> EncounterResult:
    chart = derive(encounter, documented, rules, fees, editions)
    entries = soften(compare(chart), chart)
    pricing = Pricing(encounter, fees, chart.rules.value("place.facility"), percent_of(chart))
    (price_claim if whole_claim else price)(entries, pricing)
    return conclude(chart, entries)


def percent_of(chart: Chart) -> Decimal:
    """Return the share of the fee schedule that Medicare pays the rendering practitioner."""
    table = chart.rules.value("practitioner.percent")
    taxonomy = chart.encounter.rendering_taxonomy or ""
    assistant = taxonomy.startswith(tuple(table["taxonomies"]))
    return Decimal(table["percent"]) if chart.medicare and assistant else Decimal(1)


def unjudged(encounter: Encounter, problem: str) -> EncounterResult:
    """Return the result of an encounter that cannot be judged: as billed, every line prompted."""
    lines = tuple(
        LineResult(
            line, (as_billed(line),), Verdict.SUPPORTED, Direction.NONE, None, "", "",
            line.allowed or ZERO, line.allowed or ZERO, prompt=True,
        )
        for line in encounter.lines
    )  # fmt: skip
    return EncounterResult(encounter, lines, (), (problem,))
