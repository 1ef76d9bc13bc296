"""Penny sampling: an exact lower limit for overpayment when errors are partial.

Every cent paid is a unit. A sampled cent is overpaid when it lies among the first d cents of a
payment that is overpaid by d cents: a rule fixed in advance, under which the number of overpaid
cents in the universe is exactly the overpayment. The hypergeometric limits of a count then are
limits of the overpayment, for any pattern of errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check, _inverted, hypergeometric
from auditkit.stats._check import LARGEST_UNIVERSE, StatisticsError
from auditkit.stats._uniform import uniforms
from auditkit.stats.result import Estimate


@dataclass(frozen=True, slots=True)
class PennySample:
    """Cents drawn without replacement from all cents paid.

    Attributes:
        rows: The payment that each sampled cent belongs to, counted from 0, in draw order.
        places: The place of the cent in its payment, counted from 1.
        pennies: Cents in the universe.
    """

    rows: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    pennies: int


def select_pennies(paid: Iterable[float], n: int, seed: str | int) -> PennySample:
    """Draw *n* different cents at random from all payments.

    Args:
        paid: Amount paid of every unit of the frame, in dollars and whole cents.
        n: Cents to draw.
        seed: A recorded seed.

    Raises:
        StatisticsError: A negative amount, a fraction of a cent, *n* above the cents paid.
    """
    cents = _cents("paid", paid)
    total = int(cents.sum())
    n = _check.sample_size("n", n, total)
    drawn: dict[int, None] = {}
    wanted = n
    while len(drawn) < n:
        wanted *= 2
        # The list for a seed is fixed, and a longer one begins with the shorter: repeats drop out.
        drawn = dict.fromkeys((uniforms(seed, wanted) * total).astype(np.int64).tolist())
    picked = np.array(list(drawn)[:n], dtype=np.int64)
    ends = np.cumsum(cents)
    rows = np.searchsorted(ends, picked, side="right")
    return PennySample(rows, picked - (ends - cents)[rows] + 1, total)


def overpaid_pennies(sample: PennySample, overpaid: Iterable[float]) -> int:
    """Return how many sampled cents are overpaid.

    Args:
        sample: The drawn cents.
        overpaid: Overpayment, in dollars, of the payment of each sampled cent, in draw order.

    Raises:
        StatisticsError: A list that does not agree in length; an overpayment below zero.
    """
    cents = _cents("overpaid", overpaid)
    _check.same_length("sample", sample.rows.tolist(), "overpaid", cents)
    return int((sample.places <= cents).sum())


def penny_limits(paid_total: float, n: int, overpaid: int, level: float = 0.90) -> Estimate:
    """Return the overpayment with exact limits, from a sample of cents.

    Args:
        paid_total: Amount paid of the whole frame, in dollars and whole cents.
        n: Cents sampled without replacement.
        overpaid: Sampled cents that are overpaid.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: More overpaid than sampled; a total above 21,474,836.47 dollars, which
            must be split into strata.

    Source:
        Edwards, Gilliland, Ward-Besser and Lasecki, Penny Sampling (2013, rev. 2015);
        hypergeometric limits after Buonaccorsi (1987).
    """
    pennies = int(_cents("paid_total", [paid_total])[0])
    if pennies > LARGEST_UNIVERSE:
        raise StatisticsError(
            "paid_total", f"must be at most ${LARGEST_UNIVERSE / 100:,.2f}; split the frame."
        )
    n = _check.sample_size("n", n, pennies)
    overpaid = _check.error_count("overpaid", overpaid, n)
    rate = overpaid / n

    def limit(side: str, tail: float) -> float:
        found = hypergeometric.lower_limit if side == "lower" else hypergeometric.upper_limit
        return found(overpaid, n, pennies, tail) / 100.0

    left = (pennies - n) / pennies
    return _inverted.estimate(
        "penny sampling, exact hypergeometric limits",
        rate * pennies / 100.0,
        limit,
        level,
        n=n,
        universe=pennies,
        se=pennies / 100.0 * (rate * (1.0 - rate) * left / max(n - 1, 1)) ** 0.5,
        inputs=(("paid_total", paid_total), ("n", n), ("overpaid", overpaid), ("level", level)),
    )


def _cents(argument: str, dollars: Iterable[float]) -> npt.NDArray[np.int64]:
    found = _check.amounts(argument, dollars, nonnegative=True) * 100.0
    whole = np.rint(found)
    if (bad := np.flatnonzero(np.abs(found - whole) > 1e-4)).size:
        raise StatisticsError(argument, f"must be in whole cents; see {_check.positions(bad)}.")
    return whole.astype(np.int64)
