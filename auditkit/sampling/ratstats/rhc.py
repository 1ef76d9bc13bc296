"""Rao-Hartley-Cochran (RHC) selection: random groups, and one unit from each by its size."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from auditkit.errors import PlanError
from auditkit.sampling.ratstats.generator import Seed, generator, printed
from auditkit.sampling.ratstats.listing import draw_numbers


@dataclass(frozen=True, slots=True)
class RhcGroup:
    """One random group and the unit drawn from it.

    Attributes:
        units: Positions of its units in the file, counted from 1, ascending.
        drawn: Position of the unit drawn.
        size: Size measure of that unit (A in the estimator).
        group_size: Sum of the size measures of the group (B in the estimator).
    """

    units: tuple[int, ...]
    drawn: int
    size: float
    group_size: float


def rhc_partition(n_units: int, n_groups: int, seed: Seed) -> tuple[tuple[int, ...], ...]:
    """Split units 1 to *n_units* at random into *n_groups* groups of nearly equal numbers.

    Every unit gets one of *n_units* unduplicated random numbers from 1 to ``2 * n_units``; the
    units are ranked by it and cut into groups. This reproduces both examples of the RAT-STATS
    Companion Manual (27 units in 3 groups, 90 in 10). Where the numbers do not divide, the first
    groups hold one unit more; the manual shows no such case.

    Returns:
        The groups, each with its unit positions ascending.

    Raises:
        PlanError: Fewer units than groups, or a seed that is no number.
    """
    for argument, value in (("n_units", n_units), ("n_groups", n_groups)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise PlanError(f"'{argument}' must be a whole number above 0.")
    if n_groups > n_units:
        raise PlanError(f"'n_groups' is {n_groups:,}, more than the {n_units:,} units.")
    numbers = draw_numbers(seed, n_units, 1, 2 * n_units)
    ranked = sorted(range(n_units), key=numbers.__getitem__)
    groups = np.array_split(np.array(ranked) + 1, n_groups)
    return tuple(tuple(sorted(int(unit) for unit in group)) for group in groups)


def rhc_pick(
    sizes: Sequence[Any], groups: Iterable[Sequence[int]], seed: Seed
) -> tuple[RhcGroup, ...]:
    """Draw one unit from each group with probability proportional to its size.

    The pick is ours: one uniform number per group, in order, set against the cumulated sizes.
    How RAT-STATS turns its second seed into picks is not known, so a RAT-STATS pick can be
    checked for its groups but not for its units.

    Args:
        sizes: Size measure of every unit of the file, above 0, in the order of the file.
        groups: Unit positions (from 1) of each group, from :func:`rhc_partition`.
        seed: The second seed.

    Raises:
        PlanError: A size that is not a number above 0, or groups that do not hold every unit
            once.
    """
    measured = [_size(position, value) for position, value in enumerate(sizes, start=1)]
    members = [tuple(group) for group in groups]
    if sorted(unit for group in members for unit in group) != list(range(1, len(measured) + 1)):
        raise PlanError(f"'groups' must hold each of the {len(measured):,} units exactly once.")
    uniforms = generator(printed(seed))
    found = []
    for group in members:
        cumulated = list(accumulate(measured[unit - 1] for unit in group))
        chosen = group[bisect_right(cumulated, next(uniforms) * cumulated[-1])]
        found.append(RhcGroup(group, chosen, measured[chosen - 1], cumulated[-1]))
    return tuple(found)


def _size(position: int, value: Any) -> float:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not 0.0 < float(value) < float("inf"):
        raise PlanError(f"'sizes' must hold numbers above 0; position {position} does not.")
    return float(value)
