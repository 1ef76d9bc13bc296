"""One line on its way from comparison to result: what is agreed, what is to be said."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from auditkit.coding.chart import Draft
from auditkit.model import Direction, Line, Severity, SupportedLine, Verdict

ZERO = Decimal(0)


@dataclass(slots=True)
class Note:
    """Something to say of a line, before dollars are known.

    A verdict of a wrong code becomes over- or undercoded by the dollars, unless it is `fixed`.
    """

    rule_id: str
    why: str
    verdict: Verdict | None = None
    direction: Direction | None = None
    severity: Severity | None = None
    fixed: bool = False


@dataclass(slots=True)
class Entry:
    """One billed line (or a supported line that nobody billed) on its way to a result."""

    line: Line | None
    kind: str | None
    agreed: list[SupportedLine] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    anchor: "Entry | None" = None
    beside: int | None = None
    share: Decimal = Decimal(1)
    agreed_dollars: Decimal = ZERO
    billed_dollars: Decimal = ZERO


def with_modifiers(agreed: SupportedLine, modifiers: tuple[str, ...]) -> SupportedLine:
    """Return *agreed* with *modifiers*."""
    return agreed if modifiers == agreed.modifiers else replace(agreed, modifiers=modifiers)


def with_units(agreed: SupportedLine, units: Decimal) -> SupportedLine:
    """Return *agreed* with *units*."""
    return agreed if units == agreed.units else replace(agreed, units=units)


def with_dos(agreed: SupportedLine, dos: date) -> SupportedLine:
    """Return *agreed* on another date of service."""
    return replace(agreed, dos=dos)


@dataclass(frozen=True, slots=True)
class Judged:
    """One modifier that should be added, dropped, or only remarked upon.

    A direction of None is that of the dollars; `instead` is the modifier that belongs in its place.
    """

    rule_id: str
    why: str
    direction: Direction | None = Direction.NONE
    instead: str = ""
