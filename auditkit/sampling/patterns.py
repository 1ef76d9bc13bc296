"""Assumed patterns of error, to try a sampling plan on before any chart is pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ErrorPattern:
    """How often units are overpaid, by how much of the payment, and which ones.

    Attributes:
        kind: ``all_or_nothing``, ``partial``, ``mixed`` or ``clustered``.
        rate: Share of the units that are overpaid, 0 to 1.
        full: Share of the overpaid units that are overpaid in full.
        share: Mean share of the payment that is overpaid in the others.
        spread: How much that share varies: 0 (always the same) to 1 (nearly all or nothing).
        strength: Power of the amount that the chance of an error follows: 0 for none, 1 in
            proportion to the amount, below 0 for errors among the small amounts.
    """

    kind: Literal["all_or_nothing", "partial", "mixed", "clustered"]
    rate: float
    full: float = 1.0
    share: float = 0.5
    spread: float = 0.3
    strength: float = 0.0

    def describe(self) -> str:
        """Return the pattern in words, for tables and sentences."""
        text = f"{100 * self.rate:g} % of units overpaid"
        if self.full == 1.0:
            text += " in full"
        elif self.full == 0.0:
            text += f" by {100 * self.share:g} % on average"
        else:
            text += f", {100 * self.full:g} % of them in full, the others by "
            text += f"{100 * self.share:g} % on average"
        if self.strength:
            text += f", mostly {'large' if self.strength > 0 else 'small'} amounts"
        return text

    def at_rate(self, rate: float) -> ErrorPattern:
        """Return the same pattern at another error rate."""
        return ErrorPattern(self.kind, rate, self.full, self.share, self.spread, self.strength)

    def overpaid(self, amounts: Array, generator: np.random.Generator, times: int) -> Array:
        """Return *times* made-up sets of overpayments, shape ``(times, N)``.

        Each set has exactly ``round(rate * N)`` units in error, so that the rate is the one
        stated.

        Args:
            amounts: Amount of each unit of the frame, not negative, shape ``(N,)``.
            generator: Source of the random numbers.
            times: Sets to make.
        """
        count = round(self.rate * len(amounts))
        taints = np.zeros((times, len(amounts)))
        if count:
            rows = self._in_error(amounts, generator, times, count)
            np.put_along_axis(taints, rows, self._taints(generator, times, count), axis=1)
        return taints * amounts

    def _in_error(
        self, amounts: Array, generator: np.random.Generator, times: int, count: int
    ) -> npt.NDArray[np.int64]:
        keys = generator.random((times, len(amounts)))
        if self.strength:
            # Smallest -log(u)/w: without replacement, chances follow w (Efraimidis, Spirakis).
            weight = np.maximum(amounts, 0.01) ** self.strength
            keys = -np.log1p(-keys) / weight
        return np.argpartition(keys, count - 1, axis=1)[:, :count]

    def _taints(self, generator: np.random.Generator, times: int, count: int) -> Array:
        taints = np.ones((times, count))
        whole = round(self.full * count)
        if whole == count:
            return taints
        size = (times, count - whole)
        if self.spread == 0.0:
            taints[:, whole:] = self.share
        else:
            # A beta distribution whose variance is spread**2 of the largest one possible.
            precision = 1.0 / self.spread**2 - 1.0
            a, b = self.share * precision, (1.0 - self.share) * precision
            taints[:, whole:] = generator.beta(a, b, size=size)
        return generator.permuted(taints, axis=1)


def all_or_nothing(rate: float) -> ErrorPattern:
    """Return the pattern in which a unit is right, or overpaid in full.

    Args:
        rate: Share of the units that are overpaid.

    Raises:
        StatisticsError: A rate outside 0 to 1.
    """
    return ErrorPattern("all_or_nothing", _share("rate", rate))


def partial(rate: float, share: float = 0.5, spread: float = 0.3) -> ErrorPattern:
    """Return the pattern in which a unit is right, or overpaid in part.

    Args:
        rate: Share of the units that are overpaid.
        share: Mean share of the payment that is overpaid.
        spread: How much that share varies, 0 to below 1.

    Raises:
        StatisticsError: A number outside its range.
    """
    return mixed(rate, 0.0, share, spread)


def mixed(rate: float, full: float = 0.5, share: float = 0.4, spread: float = 0.3) -> ErrorPattern:
    """Return the pattern in which some units are overpaid in full and others in part.

    Args:
        rate: Share of the units that are overpaid.
        full: Share of these that are overpaid in full.
        share: Mean share of the payment that is overpaid in the others.
        spread: How much that share varies, 0 to below 1.

    Raises:
        StatisticsError: A number outside its range.
    """
    full = _share("full", full)
    return ErrorPattern(
        "mixed" if full else "partial",
        _share("rate", rate),
        full,
        _check.number("share", share, above=0.0, at_most=0.999),
        _check.number("spread", spread, at_least=0.0, at_most=0.999),
    )


def clustered(rate: float, strength: float = 1.0, full: float = 1.0) -> ErrorPattern:
    """Return the pattern in which errors gather among large (or small) amounts.

    Args:
        rate: Share of the units that are overpaid.
        strength: Power of the amount that the chance of an error follows; below 0 for errors
            among small amounts.
        full: Share of the errors that are overpaid in full; the others by half on average.

    Raises:
        StatisticsError: A number outside its range.
    """
    return ErrorPattern(
        "clustered",
        _share("rate", rate),
        _share("full", full),
        strength=_check.number("strength", strength, at_least=-5.0, at_most=5.0),
    )


def _share(argument: str, value: float) -> float:
    return _check.number(argument, value, at_least=0.0, at_most=1.0)
