"""Where to cut a universe into strata by size: cumulative root-f and geometric boundaries.

A unit belongs to stratum h when ``boundary[h-1] < value <= boundary[h]``; the first stratum has
no lower and the last no upper boundary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

#: Classes of equal width that cumulative root-f counts in, per stratum.
CLASSES_PER_STRATUM = 15


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Strata by size.

    Attributes:
        method: How the boundaries were found.
        cuts: The boundaries, ascending, shape ``(H - 1,)``.
        universes: Units in each stratum, shape ``(H,)``.
        totals: Sum of the values in each stratum.
        sds: Standard deviation in each stratum (divisor N_h - 1; 0 for one unit).
        take_all: Whether the last stratum is to be reviewed whole.
        n: Sample size that the method computed with the boundaries; None when it has none.
    """

    method: str
    cuts: tuple[float, ...]
    universes: tuple[int, ...]
    totals: tuple[float, ...]
    sds: tuple[float, ...]
    take_all: bool = False
    n: int | None = None

    def stratum_of(self, values: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the stratum of each value, counted from 1, shape ``(n,)``."""
        found = _check.amounts("values", values)
        return np.searchsorted(np.array(self.cuts), found, side="left") + 1


def cumulative_root_f(values: Iterable[Any], strata: int, classes: int | None = None) -> Boundaries:
    """Return boundaries that divide the cumulated square root of the class counts evenly.

    Args:
        values: Size of every unit of the universe, shape ``(N,)``.
        strata: How many strata, 2 or more.
        classes: Equal-width classes to count in; 15 per stratum unless given.

    Raises:
        StatisticsError: Fewer different values than strata, or fewer classes than strata.

    Source:
        Dalenius and Hodges, J. Am. Stat. Assoc. 54 (1959) 88-101; Cochran (1977), sec. 5A.7.
    """
    found, strata = sorted_universe(values, strata)
    classes = CLASSES_PER_STRATUM * strata if classes is None else classes
    classes = _check.whole("classes", classes, at_least=strata)
    edges = np.linspace(found[0], found[-1], classes + 1)
    # Classes hold their upper edge, as strata do.
    numbers = np.clip(np.searchsorted(edges, found, side="left") - 1, 0, classes - 1)
    counts = np.bincount(numbers, minlength=classes)
    cuts = cuts_of_frequencies(edges[1:], counts, strata)
    return described("cumulative root-f", found, cuts)


def cuts_of_frequencies(
    upper_edges: Sequence[float] | Array, counts: Iterable[Any], strata: int
) -> tuple[float, ...]:
    """Return the upper class edges nearest to even shares of the cumulated root of *counts*.

    Args:
        upper_edges: Upper edge of each class, ascending, shape ``(C,)``.
        counts: Units in each class, shape ``(C,)``.
        strata: How many strata, 2 or more.

    Raises:
        StatisticsError: Lists of different lengths, or no units.
    """
    edges = _check.amounts("upper_edges", upper_edges)
    roots = np.sqrt(_check.wholes("counts", counts))
    _check.same_length("upper_edges", edges, "counts", roots)
    strata = _check.whole("strata", strata, at_least=2)
    cumulated = np.cumsum(roots)
    if cumulated[-1] == 0:
        raise StatisticsError("counts", "are all zero; there is nothing to divide.")
    targets = cumulated[-1] * np.arange(1, strata) / strata
    nearest = [int(np.argmin(np.abs(cumulated - target))) for target in targets]
    return tuple(dict.fromkeys(float(edges[each]) for each in nearest))


def geometric(values: Iterable[Any], strata: int) -> Boundaries:
    """Return boundaries in geometric progression from the smallest to the largest value.

    Suits skewed sizes such as payments: it makes the coefficients of variation nearly equal.

    Args:
        values: Size of every unit of the universe, above 0, shape ``(N,)``.
        strata: How many strata, 2 or more.

    Raises:
        StatisticsError: A value of zero or less (leave zero-paid units out), or fewer different
            values than strata.

    Source:
        Gunning and Horgan, Survey Methodology 30 (2004) 159-166.
    """
    found, strata = sorted_universe(values, strata)
    if found[0] <= 0:
        raise StatisticsError(
            "values", "must be above 0 for geometric boundaries; leave zero-paid units out."
        )
    ratio = found[-1] / found[0]
    cuts = tuple(float(found[0] * ratio ** (h / strata)) for h in range(1, strata))
    return described("geometric", found, cuts)


def sorted_universe(values: Iterable[Any], strata: int) -> tuple[Array, int]:
    """Return *values* ascending, and *strata* checked: no more than the different values."""
    found = np.sort(_check.amounts("values", values))
    strata = _check.whole("strata", strata, at_least=2)
    different = 1 + int(np.count_nonzero(np.diff(found)))
    if different < strata:
        raise StatisticsError(
            "strata", f"is {strata}, but the universe holds {different} different value(s) only."
        )
    return found, strata


def described(method: str, values: Array, cuts: tuple[float, ...]) -> Boundaries:
    """Return the strata that *cuts* make of ascending *values*."""
    ends = [0, *np.searchsorted(values, cuts, side="right").tolist(), len(values)]
    pieces = [values[start:end] for start, end in pairwise(ends)]
    return Boundaries(
        method,
        tuple(cuts),
        tuple(len(piece) for piece in pieces),
        tuple(float(piece.sum()) for piece in pieces),
        tuple(float(piece.std(ddof=1)) if len(piece) > 1 else 0.0 for piece in pieces),
    )
