"""What came of an encounter: one result per line, with its findings and problems."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auditkit.model import (
    Direction,
    Encounter,
    ErrorCategory,
    Finding,
    Line,
    SupportedLine,
    Verdict,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of one line. `line` is None for a supported line that was not billed.

    `beside` then names the billed line that it belongs to. `prompt` is True when the auditor must
    settle something first: the line then counts as billed and carries no finding.
    """

    line: Line | None
    agreed: tuple[SupportedLine, ...]
    verdict: Verdict
    direction: Direction
    category: ErrorCategory | None
    family: str
    rule_id: str
    billed_dollars: Decimal
    agreed_dollars: Decimal
    beside: int | None = None
    prompt: bool = False

    @property
    def dollars(self) -> Decimal:
        """Return billed minus agreed dollars: positive is overpaid."""
        return self.billed_dollars - self.agreed_dollars


@dataclass(frozen=True, slots=True)
class EncounterResult:
    """One encounter audited: its line results, findings and the problems of its elements."""

    encounter: Encounter
    lines: tuple[LineResult, ...]
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]

    @property
    def agreed(self) -> tuple[SupportedLine, ...]:
        """Return the lines that the encounter should have been billed with."""
        return tuple(line for result in self.lines for line in result.agreed)

    @property
    def dollars(self) -> Decimal:
        """Return billed minus agreed dollars of the whole encounter: over less under, the net."""
        return sum((result.dollars for result in self.lines), ZERO)

    @property
    def over(self) -> Decimal:
        """Return the gross overpayment: the dollars of lines billed above what is supported."""
        return sum((gross(result.dollars) for result in self.lines), ZERO)

    @property
    def under(self) -> Decimal:
        """Return the gross underpayment, as a positive amount."""
        return sum((gross(-result.dollars) for result in self.lines), ZERO)


def gross(dollars: Decimal) -> Decimal:
    """Return *dollars* where they are positive, else zero; no price stays no price."""
    return dollars if dollars.is_nan() or dollars > 0 else ZERO


def written(code: str, modifiers: Iterable[str], units: Decimal) -> str:
    """Return a line as coders write it: 17003-59 x13."""
    text = "-".join((code, *modifiers))
    return text if units == 1 else f"{text} x{units:f}"
