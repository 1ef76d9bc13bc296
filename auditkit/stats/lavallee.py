"""Strata by size with a take-all top, cut so that the sample is as small as it can be."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.boundaries import Boundaries, described, sorted_universe

#: Rounds of the search after which it is taken to have settled; five is usual.
MOST_ROUNDS = 100


def lavallee_hidiroglou(
    values: Iterable[Any], strata: int, precision: float, take_all: bool = True
) -> Boundaries:
    """Return the boundaries that need the smallest sample for a target precision.

    The last stratum is reviewed whole when *take_all*; the others share the sample by Neyman.
    The sample size is that of Lavallée and Hidiroglou,
    ``N_top + (sum W_h S_h)^2 / (c^2 Ybar^2 + sum W_h S_h^2 / N)``. It is minimised by moving
    one boundary at a time over all distinct values until none moves, from several starts, which
    does not fail to converge as their original iteration can.

    Args:
        values: Size of every unit of the universe, not negative, shape ``(N,)``.
        strata: How many strata in all, 2 or more.
        precision: Target coefficient of variation of the total (its standard error as a
            fraction of it). For half the width of a 90 % interval, divide by 1.645.
        take_all: Whether the last stratum is reviewed whole.

    Raises:
        StatisticsError: A negative value, or fewer different values than strata.

    Source:
        Lavallée and Hidiroglou, Survey Methodology 14 (1988) 33-43; search as in Kozak,
        Statistics in Transition 6 (2004) 797-806.
    """
    found, strata = sorted_universe(values, strata)
    if found[0] < 0:
        raise StatisticsError("values", "must not be negative.")
    target = _check.number("precision", precision, above=0.0)
    search = _Search.over(found, target, take_all)
    starts = {_spaced(search.ends, fractions) for fractions in _starts(found, strata)}
    settled = [search.settle(start) for start in sorted(starts)]
    best = min(settled, key=search.size)
    cuts = tuple(float(found[end - 1]) for end in best)
    return replace(
        described("Lavallée-Hidiroglou", found, cuts),
        take_all=take_all,
        n=min(len(found), math.ceil(search.size(best) - 1e-9)),
    )


Cut = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """Sorted values with running sums, so that any stratum's spread costs two look-ups."""

    ends: np.ndarray[Any, np.dtype[np.int64]]  # last position of each distinct value, plus one
    sums: Array
    squares: Array
    target: float
    take_all: bool

    @classmethod
    def over(cls, values: Array, target: float, take_all: bool) -> _Search:
        """Return the search over sorted *values*; centred, so that squares keep their digits."""
        centred = values - values.mean()
        allowed = (target * float(values.sum())) ** 2
        ends = np.flatnonzero(np.diff(values) > 0) + 1
        zero = np.zeros(1)
        return cls(
            ends,
            np.concatenate([zero, np.cumsum(centred)]),
            np.concatenate([zero, np.cumsum(centred**2)]),
            allowed,
            take_all,
        )

    def spread(self, start: Any, end: Any) -> tuple[Any, Any]:
        """Return ``N_h S_h`` and ``N_h S_h^2`` of the values from *start* to *end* (exclusive)."""
        count = np.asarray(end - start, dtype=np.float64)
        total = self.sums[end] - self.sums[start]
        square = self.squares[end] - self.squares[start] - total**2 / np.maximum(count, 1.0)
        variance = np.maximum(square, 0.0) / np.maximum(count - 1.0, 1.0)
        return count * np.sqrt(variance), count * variance

    def size(self, cut: Cut) -> float:
        """Return the sample size that *cut* needs."""
        edges = np.array([0, *cut, len(self.sums) - 1])
        root, variance = self.spread(edges[:-1], edges[1:])
        top = float(edges[-1] - edges[-2]) if self.take_all else 0.0
        sampled = slice(None, -1) if self.take_all else slice(None)
        return self._needed(root[sampled].sum(), variance[sampled].sum(), top)

    def _needed(self, root: Any, variance: Any, top: Any) -> Any:
        return top + root**2 / (self.target + variance)

    def settle(self, cut: Cut) -> Cut:
        """Return *cut* after moving each boundary to its best place until none moves."""
        for _ in range(MOST_ROUNDS):
            moved = cut
            for h in range(len(cut)):
                moved = self._move(moved, h)
            if moved == cut:
                break
            cut = moved
        return cut

    def _move(self, cut: Cut, h: int) -> Cut:
        """Return *cut* with boundary *h* at the best distinct value between its neighbours."""
        last = len(self.sums) - 1
        below = cut[h - 1] if h else 0
        above = cut[h + 1] if h + 1 < len(cut) else last
        places = self.ends[(self.ends > below) & (self.ends < above)]
        edges = [0, *cut, last]
        others = [k for k in range(len(cut) + 1) if k not in (h, h + 1)]
        pairs = [self.spread(edges[k], edges[k + 1]) for k in others if not self._is_top(k, cut)]
        root: Any = sum(float(pair[0]) for pair in pairs)
        variance: Any = sum(float(pair[1]) for pair in pairs)
        left = self.spread(below, places)
        root, variance = root + left[0], variance + left[1]
        top: Any = last - cut[-1] if self.take_all else 0.0
        if self._is_top(h + 1, cut):
            top = last - places
        else:
            right = self.spread(places, above)
            root, variance = root + right[0], variance + right[1]
        best = int(places[int(np.argmin(self._needed(root, variance, top)))])
        return (*cut[:h], best, *cut[h + 1 :])

    def _is_top(self, k: int, cut: Cut) -> bool:
        return self.take_all and k == len(cut)


def _starts(values: Array, strata: int) -> list[tuple[float, ...]]:
    """Return shares of the units below each boundary, from which the search sets out."""
    steps = np.arange(1, strata) / strata
    starts = [tuple(steps), tuple(1.0 - 0.5 ** np.arange(1, strata))]
    starts.append(tuple(1.0 - 0.2 ** np.arange(1, strata)))
    total = np.cumsum(np.sqrt(values - values[0] + 1e-12))
    starts.append(tuple(np.searchsorted(total, steps * total[-1]) / len(values)))
    return starts


def _spaced(ends: np.ndarray[Any, np.dtype[np.int64]], shares: tuple[float, ...]) -> Cut:
    """Return distinct positions among *ends* near the *shares* of the units, ascending."""
    units = int(ends[-1]) + 1
    count = len(shares)
    found: list[int] = []
    for h, share in enumerate(shares):
        place = int(np.searchsorted(ends, share * units))
        lowest = found[-1] + 1 if found else 0
        found.append(min(max(place, lowest), len(ends) - (count - h)))
    return tuple(int(ends[place]) for place in found)
