"""Monetary-unit sampling: select dollars, review the items that they belong to, project.

An item is picked with probability proportional to its amount, so large payments are looked at
most. Rows are counted from 0, as pandas' ``.iloc`` counts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check, _inverted
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats._uniform import uniforms
from auditkit.stats.mus_bounds import cox_snell_bound, moment_bound, stringer_bound
from auditkit.stats.result import Estimate

#: The limits that :func:`mus_evaluation` offers; see :mod:`auditkit.stats.mus_bounds`.
BOUNDS = (
    "stringer_binomial",
    "stringer_poisson",
    "stringer_hypergeometric",
    "cox_snell",
    "moment",
)


@dataclass(frozen=True, slots=True)
class MusSelection:
    """The items that the sampled dollars belong to.

    Attributes:
        method: ``interval``, ``cell`` or ``random``.
        rows: Selected rows in frame order, each once, counted from 0.
        hits: How many sampled dollars fell in each of these rows.
        high: Rows taken whole because their amount reaches the interval; not in *rows*.
        interval: Dollars between two selections (the size of a cell); total over n.
        points: The sampled dollars, as positions along the cumulated amounts left to chance.
    """

    method: str
    rows: npt.NDArray[np.int64]
    hits: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    interval: float
    points: Array

    @property
    def n(self) -> int:
        """Return the number of dollars sampled."""
        return int(self.hits.sum())


def select_interval(
    values: Iterable[float],
    n: int,
    start: float | None = None,
    seed: str | int | None = None,
    high_values: bool = False,
) -> MusSelection:
    """Select every interval-th dollar from a random start. No item above the interval is missed.

    Args:
        values: Amount of every item, in frame order; zero amounts are never selected.
        n: Dollars to select.
        start: The first dollar, above 0 and at most the interval; or
        seed: A recorded seed from which the start is computed.
        high_values: Whether items that reach the interval are taken whole first, and the
            interval is computed for the rest. Otherwise they may be hit more than once.

    Raises:
        StatisticsError: A negative amount, *n* above the total, a start outside the interval,
            both or neither of *start* and *seed*.

    Source:
        Leslie, Teitlebaum and Anderson, Dollar-Unit Sampling (1979); R jfa
        ``selection(units="values", method="interval")``.
    """
    amounts, high, left, interval = _layout(values, n, high_values)
    if (start is None) == (seed is None):
        raise StatisticsError("start", "or 'seed' must be given, and only one of them.")
    if start is None:
        start = interval * (1.0 - float(uniforms(seed if seed is not None else "", 1)[0]))
    start = _check.number("start", start, above=0.0, at_most=interval)
    return _located(
        "interval", amounts, high, interval, start + interval * np.arange(left, dtype=np.float64)
    )


def select_cells(
    values: Iterable[float],
    n: int,
    seed: str | int | None = None,
    positions: Iterable[float] | None = None,
    high_values: bool = False,
) -> MusSelection:
    """Select one dollar at random in each of *n* equal cells of the cumulated amounts.

    Args:
        values: Amount of every item, in frame order.
        n: Dollars to select, which is the number of cells.
        seed: A recorded seed; or
        positions: The place of the dollar in each cell, numbers in [0, 1).
        high_values: See :func:`select_interval`.

    Raises:
        StatisticsError: See :func:`select_interval`.

    Source:
        Leslie, Teitlebaum and Anderson (1979), cell method; R jfa ``method="cell"``.
    """
    amounts, high, left, interval = _layout(values, n, high_values)
    places = _places(seed, positions, left)
    return _located("cell", amounts, high, interval, interval * (np.arange(left) + 1.0 - places))


def select_random(
    values: Iterable[float],
    n: int,
    seed: str | int | None = None,
    positions: Iterable[float] | None = None,
    high_values: bool = False,
) -> MusSelection:
    """Select *n* dollars at random; an item can be hit more than once.

    Args:
        values: Amount of every item, in frame order.
        n: Dollars to select.
        seed: A recorded seed; or
        positions: The place of each dollar in the whole, numbers in [0, 1).
        high_values: See :func:`select_interval`.

    Raises:
        StatisticsError: See :func:`select_interval`.
    """
    amounts, high, left, interval = _layout(values, n, high_values)
    places = _places(seed, positions, left)
    total = interval * left
    return _located("random", amounts, high, interval, np.sort(total * (1.0 - places)))


def mus_evaluation(
    paid: Iterable[float],
    audited: Iterable[float],
    paid_total: float,
    hits: Iterable[int] | None = None,
    high_paid: Iterable[float] = (),
    high_audited: Iterable[float] = (),
    bound: str = "stringer_binomial",
    level: float = 0.90,
) -> Estimate:
    """Return the overpayment projected from a monetary-unit sample.

    Items taken whole count with what was found in them; the rest is projected by mean taint.

    Args:
        paid: Amount paid of each sampled item, above zero.
        audited: Amount that should have been paid, same order.
        paid_total: Amount paid of the whole frame, items taken whole included.
        hits: Sampled dollars in each item; None when each was hit once.
        high_paid: Amounts paid of the items taken whole.
        high_audited: Their audited amounts.
        bound: A name of :data:`BOUNDS`.
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: Lists that do not agree; an amount paid of zero or less; a total below
            the amounts sampled; an audited amount below zero; an unknown *bound*.

    Source:
        Most likely error and upper error limit as in R jfa ``evaluation`` and R MUS.
    """
    bound = _check.choice("bound", bound, BOUNDS)
    taints, count = _sampled_taints(paid, audited, hits)
    high_book, found = _taken_whole(high_paid, high_audited)
    money = _check.number("paid_total", paid_total, above=0.0) - high_book
    if money < float(np.sum(_check.amounts("paid", paid))) - 1e-6:
        raise StatisticsError("paid_total", "is below the amounts paid in the sample itself.")

    def limit(side: str, tail: float) -> float:
        return found + money * _bound(bound, taints, count, 1.0 - tail, round(money), side)

    under = ("Underpaid items count as right: they do not lower the limits.",)
    return _inverted.estimate(
        f"monetary-unit sample, {bound.replace('_', ' ')} limits",
        found + money * float(taints.mean()),
        limit,
        level,
        n=count,
        universe=None,
        se=money * float(taints.std(ddof=1)) / count**0.5,
        inputs=(("paid_total", paid_total), ("bound", bound), ("level", level)),
        warnings=under if (taints < 0).any() and bound != "moment" else (),
    )


def _bound(name: str, taints: Array, n: int, level: float, units: int, side: str) -> float:
    if name == "cox_snell":
        return cox_snell_bound(taints, n, level, side=side)
    if name == "moment":
        return moment_bound(taints, n, level, side=side)
    return stringer_bound(taints, n, level, name.removeprefix("stringer_"), units, side)


def _sampled_taints(
    paid: Iterable[float], audited: Iterable[float], hits: Iterable[int] | None
) -> tuple[Array, int]:
    """Return one taint for each sampled dollar, and how many there are."""
    book = _check.amounts("paid", paid)
    right = _check.amounts("audited", audited, nonnegative=True)
    _check.same_length("paid", book, "audited", right)
    if (zero := np.flatnonzero(book <= 0)).size:
        raise StatisticsError("paid", f"must be above zero; see {_check.positions(zero)}.")
    times = np.ones(len(book), dtype=np.int64)
    if hits is not None:
        times = _check.wholes("hits", hits, at_least=1)
        _check.same_length("paid", book, "hits", times)
    taints = np.repeat((book - right) / book, times)
    if len(taints) < 2:
        raise StatisticsError("paid", "must hold at least two sampled dollars.")
    return taints, len(taints)


def _taken_whole(paid: Iterable[float], audited: Iterable[float]) -> tuple[float, float]:
    """Return the book value of the items taken whole, and the overpayment found in them."""
    book = _check.amounts("high_paid", paid, at_least=0, nonnegative=True)
    right = _check.amounts("high_audited", audited, at_least=0, nonnegative=True)
    _check.same_length("high_paid", book, "high_audited", right)
    return float(book.sum()), float((book - right).sum())


def _layout(
    values: Iterable[float], n: int, high_values: bool
) -> tuple[Array, npt.NDArray[np.int64], int, float]:
    """Return the amounts left to chance, the rows taken whole, the dollars to pick, the step."""
    amounts = _check.amounts("values", values, nonnegative=True).copy()
    n = _check.whole("n", n, at_least=1)
    if n > amounts.sum():
        raise StatisticsError("n", f"is {n:,}, more than the {amounts.sum():,.2f} dollars there.")
    high = np.zeros(len(amounts), dtype=bool)
    left = n
    while high_values:
        over = (amounts > 0) & (amounts >= amounts.sum() / left) & ~high
        if not over.any() or left <= int(over.sum()):
            break
        high |= over
        left -= int(over.sum())
        amounts[over] = 0.0
    return amounts, np.flatnonzero(high), left, float(amounts.sum()) / left


def _places(seed: str | int | None, positions: Iterable[float] | None, count: int) -> Array:
    if (seed is None) == (positions is None):
        raise StatisticsError("seed", "or 'positions' must be given, and only one of them.")
    if positions is None:
        return uniforms(seed if seed is not None else "", count)
    found = _check.amounts("positions", positions, nonnegative=True)
    if len(found) != count or (found >= 1.0).any():
        raise StatisticsError("positions", f"must hold {count} numbers below 1.")
    return found


def _located(
    method: str, amounts: Array, high: npt.NDArray[np.int64], interval: float, points: Array
) -> MusSelection:
    """Return the items that own the dollars at *points*; dollar d belongs to (c[i-1], c[i]]."""
    ends = np.cumsum(amounts)
    # Cumulated cents carry rounding: a dollar a hair past the end of an item is still its own.
    owners = np.searchsorted(ends + 1e-9 * ends[-1], points, side="left")
    owners = np.minimum(owners, np.flatnonzero(amounts > 0)[-1])
    rows, hits = np.unique(owners, return_counts=True)
    return MusSelection(method, rows, hits, high, interval, points)
