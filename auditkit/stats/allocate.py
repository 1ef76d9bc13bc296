"""Dividing a sample among strata: proportional, Neyman with bounds, exact integer optimum."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

Bounds = int | Sequence[int] | None


def proportional(
    universes: Iterable[Any], n: int, minimum: Bounds = 0, maximum: Bounds = None
) -> npt.NDArray[np.int64]:
    """Return sizes proportional to the strata, summing to *n*, none above its stratum.

    Args:
        universes: Units in each stratum, shape ``(H,)``.
        n: Units to sample in all.
        minimum: Fewest units in a stratum (one number, or one for each); a smaller stratum is
            taken whole.
        maximum: Most units in a stratum (one number, or one for each).

    Returns:
        Whole numbers, shape ``(H,)``; remainders go to the largest fractions.

    Raises:
        StatisticsError: An *n* outside what the bounds allow.
    """
    sizes = _check.wholes("universes", universes, at_least=1)
    low, high = _bounds(sizes, minimum, maximum, ())
    n = _total(n, low, high)
    return _rounded(_within(sizes.astype(np.float64), n, low, high), n, high)


def neyman(universes: Iterable[Any], sds: Iterable[Any], n: int) -> Array:
    """Return the Neyman allocation ``n * N_h S_h / sum N_h S_h``, not rounded and not capped.

    A size may come out above its stratum; :func:`neyman_bounded` prevents it.

    Args:
        universes: Units in each stratum, shape ``(H,)``.
        sds: Standard deviation in each stratum, shape ``(H,)``.
        n: Units to sample in all.

    Raises:
        StatisticsError: A negative spread, no spread anywhere, or lists of different lengths.

    Source:
        Neyman (1934); Cochran (1977), eq. 5.26.
    """
    _, spread = _inputs(universes, sds)
    return _check.whole("n", n, at_least=1) * spread / spread.sum()


def neyman_bounded(
    universes: Iterable[Any],
    sds: Iterable[Any],
    n: int,
    minimum: Bounds = 0,
    maximum: Bounds = None,
    take_all: Iterable[int] = (),
) -> Array:
    """Return the best real-valued allocation within bounds, summing to *n*.

    What bounds take or give is divided among the other strata in proportion to ``N_h S_h``,
    which is the exact optimum under bounds.

    Args:
        universes: Units in each stratum, shape ``(H,)``; no stratum gets more.
        sds: Standard deviation in each stratum, shape ``(H,)``.
        n: Units to sample in all, take-all strata included.
        minimum: Fewest units in a stratum (one number, or one for each); a smaller stratum is
            taken whole.
        maximum: Most units in a stratum (one number, or one for each).
        take_all: Positions (from 0) of strata to be reviewed whole.

    Raises:
        StatisticsError: An *n* outside what the bounds allow; see also :func:`neyman`.

    Source:
        Cochran (1977), sec. 5.8; the optimum under bounds is that of R stratallo ``opt``
        (Wesołowski, Wieczorkowski and Wójciak, J. Surv. Stat. Methodol. 10 (2022) 1263-1275).
    """
    sizes, spread = _inputs(universes, sds)
    low, high = _bounds(sizes, minimum, maximum, take_all)
    return _within(spread, _total(n, low, high), low, high)


def optimum(
    universes: Iterable[Any],
    sds: Iterable[Any],
    n: int,
    minimum: Bounds = 2,
    maximum: Bounds = None,
    take_all: Iterable[int] = (),
) -> npt.NDArray[np.int64]:
    """Return the whole-number allocation with the smallest variance of the total.

    Starts from the minima and gives each further unit to the stratum where it lowers the
    variance most: ``N_h^2 S_h^2 (1 / m - 1 / (m + 1))``. Rounding a Neyman allocation can miss
    this optimum.

    Args:
        universes: Units in each stratum, shape ``(H,)``; no stratum gets more.
        sds: Standard deviation in each stratum, shape ``(H,)``.
        n: Units to sample in all, take-all strata included.
        minimum: Fewest units in a stratum, at least 1 (one number, or one for each); a smaller
            stratum is taken whole. Two leave a variance to estimate.
        maximum: Most units in a stratum (one number, or one for each).
        take_all: Positions (from 0) of strata to be reviewed whole.

    Raises:
        StatisticsError: A minimum below 1, or an *n* outside what the bounds allow.

    Source:
        Wright, The American Statistician 66 (2012) 217-224; Statist. Probab. Lett. 129 (2017)
        50-57.
    """
    sizes, spread = _inputs(universes, sds)
    low, high = _bounds(sizes, minimum, maximum, take_all)
    if (low < 1).any():
        raise StatisticsError("minimum", "must be at least 1 for the integer optimum.")
    n = _total(n, low, high)
    given = low.copy()
    heap = [_gain(spread[h], int(given[h]), h) for h in range(len(sizes)) if given[h] < high[h]]
    heapq.heapify(heap)
    for _ in range(n - int(given.sum())):
        _, h = heapq.heappop(heap)
        given[h] += 1
        if given[h] < high[h]:
            heapq.heappush(heap, _gain(spread[h], int(given[h]), h))
    return given


def _gain(spread: float, units: int, h: int) -> tuple[float, int]:
    """Return the (negative) variance saved by one more unit; smallest first in a heap."""
    return -spread * spread / (units * (units + 1.0)), h


def _inputs(universes: Iterable[Any], sds: Iterable[Any]) -> tuple[npt.NDArray[np.int64], Array]:
    sizes = _check.wholes("universes", universes, at_least=1)
    deviations = _check.amounts("sds", sds, nonnegative=True)
    _check.same_length("universes", sizes, "sds", deviations)
    spread = sizes * deviations
    if not spread.any():
        raise StatisticsError("sds", "are all zero; use the proportional allocation.")
    return sizes, spread


def _bounds(
    sizes: npt.NDArray[np.int64], minimum: Bounds, maximum: Bounds, take_all: Iterable[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    low = np.minimum(_each("minimum", 0 if minimum is None else minimum, len(sizes)), sizes)
    high = sizes.copy()
    if maximum is not None:
        high = np.minimum(_each("maximum", maximum, len(sizes)), sizes)
    for h in take_all:
        position = _check.whole("take_all", h, at_least=0, at_most=len(sizes) - 1)
        low[position] = high[position] = sizes[position]
    if (wrong := np.flatnonzero(low > high)).size:
        raise StatisticsError("minimum", f"is above the maximum at {_check.positions(wrong)}.")
    return low, high


def _each(argument: str, value: int | Sequence[int], count: int) -> npt.NDArray[np.int64]:
    if isinstance(value, (int, np.integer)):
        return np.full(count, _check.whole(argument, value, at_least=0), dtype=np.int64)
    found = _check.wholes(argument, value, at_least=0)
    if len(found) != count:
        raise StatisticsError(argument, f"must be one number or one for each of {count} strata.")
    return found


def _total(n: int, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> int:
    n = _check.whole("n", n, at_least=1)
    if not low.sum() <= n <= high.sum():
        raise StatisticsError(
            "n",
            f"is {n:,}; the bounds of the strata allow {int(low.sum()):,} to "
            f"{int(high.sum()):,} units.",
        )
    return n


def _within(
    shares: Array, n: int, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> Array:
    """Return sizes ``clip(factor * share, low, high)`` that sum to *n*.

    The sum grows with the factor, so the factor is bracketed by halves; the strata strictly
    between their bounds then share out exactly what is left.
    """
    below, above = 0.0, float(high.sum()) / float(shares[shares > 0].min())
    for _ in range(200):
        middle = 0.5 * (below + above)
        if float(np.clip(middle * shares, low, high).sum()) < n:
            below = middle
        else:
            above = middle
    found = np.clip(above * shares, low, high)
    free = (found > low) & (found < high)
    if free.any():
        found[free] = (n - found[~free].sum()) * shares[free] / shares[free].sum()
        return found
    return _spread_rest(found, n, low, high)


def _spread_rest(
    found: Array, n: int, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]
) -> Array:
    """Give units that no spread asks for to strata without spread, in proportion to their room."""
    rest = n - float(found.sum())
    room = (high - found) if rest > 0 else (found - low)
    if abs(rest) < 1e-9 or not room.any():
        return found
    return np.asarray(found + rest * room / room.sum(), dtype=np.float64)


def _rounded(exact: Array, n: int, high: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    floor = np.floor(exact + 1e-9).astype(np.int64)
    fractions = np.where(floor < high, exact - floor, -math.inf)
    for h in np.argsort(-fractions, kind="stable")[: n - int(floor.sum())]:
        floor[h] += 1
    return floor
