"""What lines are worth: from the claim's own allowed amounts, else from a fee table."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from auditkit.model import Encounter, Line
from auditkit.pricing.fees import Fees

CENT = Decimal("0.01")
#: A price that no source gives. It is never zero: sums that it enters are not a number either.
UNPRICED = Decimal("NaN")
COMPONENTS = ("26", "TC")
#: Fee schedule indicator of codes under the standard multiple-procedure reduction, and its share
#: for every unit after the dearest (MCPM ch. 12, 40.6).
REDUCIBLE = "2"
FURTHER = Decimal("0.5")
#: Shares of the fee by modifier: bilateral (40.7), assistant at surgery by a physician or by an
#: assistant (20.4.3; 16 %, and 85 % of it), reduced and discontinued services are the payer's.
SHARES = {
    "50": Decimal("1.5"),
    "80": Decimal("0.16"),
    "81": Decimal("0.16"),
    "82": Decimal("0.16"),
    "AS": Decimal("0.136"),
}
#: Shares of a global period by its length: the surgery with its preparation, and the aftercare
#: (percentages of the July 2024 release for surgery of the skin; MCPM ch. 12, 40.2, 40.4).
CARE = {
    ("010", "54"): Decimal("0.90"),
    ("010", "55"): Decimal("0.10"),
    ("090", "54"): Decimal("0.81"),
    ("090", "55"): Decimal("0.19"),
}
WHOLE = Decimal(1)
#: Level II letters of drugs and supplies, which are not paid by the practitioner's percentage.
DRUGS = "AJQ"


class Priced(Protocol):
    """What can be priced: a billed or a supported line."""

    @property
    def code(self) -> str:
        """The code."""

    @property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers."""

    @property
    def units(self) -> Decimal:
        """The units."""

    @property
    def pos(self) -> str | None:
        """The place of service."""


def cents(amount: Decimal) -> Decimal:
    """Return *amount* in dollars rounded to the cent, halves up."""
    return amount if amount.is_nan() else amount.quantize(CENT, ROUND_HALF_UP)


def component_of(modifiers: Iterable[str]) -> str:
    """Return "26", "TC" or "" for a line's modifiers."""
    return next((m for m in modifiers if m in COMPONENTS), "")


class Pricing:
    """Prices for one encounter.

    Args:
        encounter: its lines' allowed amounts come first.
        fees: answers for what the claim does not price.
        facility_places: the places of service paid at the facility rate.
        percent: the share of the fee schedule that this practitioner is paid.
    """

    __slots__ = ("_encounter", "_facility", "_fees", "_own", "_percent")

    def __init__(
        self,
        encounter: Encounter,
        fees: Fees,
        facility_places: Iterable[str],
        percent: Decimal = Decimal(1),
    ) -> None:
        self._percent = percent
        self._encounter = encounter
        self._fees = fees
        self._facility = frozenset(facility_places)
        self._own: dict[tuple[str, str], Line] | None = None

    def billed(self, line: Line) -> Decimal:
        """Return what a billed line was allowed in dollars; its fee where the claim is silent."""
        if line.allowed is not None:
            return line.allowed
        return self.agreed(line.code, line.modifiers, line.units, line.pos)

    def agreed(
        self, code: str, modifiers: Iterable[str], units: Decimal, pos: str | None = None
    ) -> Decimal:
        """Return the price of a supported line in dollars; `UNPRICED` when nothing gives one.

        The claim's own allowed amount for the same code comes first, per unit. Where that amount
        is the fee table's to the cent, the table's unrounded unit price is used, so that rounding
        is not multiplied by the units.
        """
        if not units:
            return Decimal(0)
        component = component_of(modifiers)
        place = pos or self._encounter.pos
        own = self._own_line(code, component)
        share = self._share_of_care(code, modifiers)
        if own is not None and own.pos == place and own.modifiers != modifiers:
            units = units * share / self._share_of_care(code, own.modifiers)
        if own is not None and own.pos == place and own.units == units:
            return own.allowed or Decimal(0)
        listed = self.listed(code, component, place)
        if own is None or own.pos != place:
            return UNPRICED if listed is None else cents(listed * units * share)
        if listed is not None and abs(listed * own.units - (own.allowed or 0)) <= CENT:
            return cents(listed * units)
        return cents((own.allowed or Decimal(0)) / own.units * units)

    def listed(self, code: str, component: str, place: str) -> Decimal | None:
        """Return the unrounded price per unit in the fee table, or None."""
        fee = self._fees.fee(code, component, self._encounter.dos)
        if fee is None:
            return None
        amount = fee.facility if place in self._facility else fee.nonfacility
        return amount if code[0] in DRUGS else amount * self._percent

    def claim(self, lines: Sequence[Priced]) -> list[Decimal]:
        """Return the fee-schedule amount of each line of one claim, with the claim's reductions.

        Every line is priced from the fee table; then bilateral, assistant and component amounts,
        and the multiple-procedure reduction with its order worked out anew for these lines: the
        dearest unit in full, each further unit of a reducible code at half (MCPM ch. 12, 40.6,
        40.7, 20.4.3).

        Args:
            lines: billed lines or supported lines of one practitioner and day.

        Returns:
            Dollars in the order of *lines*; `UNPRICED` where the table has no price.
        """
        full = [self._full(line) for line in lines]
        shares = [Decimal(0)] * len(lines)
        order = []
        for i, line in enumerate(lines):
            fee = self._fees.fee(line.code, "", self._encounter.dos)
            if fee is not None and fee.multiple == REDUCIBLE and not full[i].is_nan():
                order += [(-full[i], i)] * int(line.units)
            else:
                shares[i] = line.units
        for rank, (_, i) in enumerate(sorted(order)):
            shares[i] += Decimal(1) if rank == 0 else FURTHER
        return [cents(amount * share) for amount, share in zip(full, shares, strict=True)]

    def _full(self, line: Priced) -> Decimal:
        """Return the price of one unit before the multiple-procedure reduction."""
        place = line.pos or self._encounter.pos
        amount = self.listed(line.code, component_of(line.modifiers), place)
        if amount is None:
            return UNPRICED
        for modifier, share in SHARES.items():
            if modifier in line.modifiers:
                amount *= share
        return amount * self._share_of_care(line.code, line.modifiers)

    def _share_of_care(self, code: str, modifiers: Iterable[str]) -> Decimal:
        """Return the share of a procedure's global period that *modifiers* leave to this one."""
        part = next((m for m in modifiers if m in ("54", "55")), None)
        if part is None:
            return WHOLE
        days = self._fees.global_days(code, self._encounter.dos)
        return CARE.get((days or "", part), WHOLE)

    def _own_line(self, code: str, component: str) -> Line | None:
        if self._own is None:
            priced = [x for x in self._encounter.lines if x.allowed is not None and x.units]
            self._own = {(x.code, component_of(x.modifiers)): x for x in reversed(priced)}
        return self._own.get((code, component))
