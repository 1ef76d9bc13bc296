"""What was counted or measured: the inputs of stratified, cluster and multistage estimates.

Every function that takes these also takes dictionaries with the same keys, so that a table row
or a JSON file serves as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import StatisticsError


@dataclass(frozen=True, slots=True)
class Summary:
    """Size, mean and variance of one simple random sample.

    Attributes:
        universe: Units the sample was drawn from.
        n: Units sampled.
        mean: Mean of the sampled values.
        variance: Variance of the sampled values (divisor n - 1); None for a single unit.
        name: Label used in messages.
    """

    universe: int
    n: int
    mean: float
    variance: float | None
    name: str = ""

    @property
    def take_all(self) -> bool:
        """Whether every unit was examined, so that nothing is left to estimate."""
        return self.n == self.universe

    @property
    def lonely(self) -> bool:
        """Whether one unit of several was sampled, so that no variance can be computed."""
        return self.n == 1 and self.universe > 1

    @property
    def total(self) -> float:
        """The expanded total: universe * mean."""
        return self.universe * self.mean

    @property
    def total_variance(self) -> float:
        """Variance of the expanded total, N (N - n) s^2 / n; 0 for a census.

        Raises:
            StatisticsError: One unit of several was sampled.
        """
        if self.take_all:
            return 0.0
        if self.variance is None:
            raise StatisticsError(
                "sample",
                f"of {self.name or 'a group'} holds one unit of {self.universe:,}, which gives no "
                "standard error. Sample two or more, or name a policy for lonely strata.",
            )
        return self.universe * (self.universe - self.n) * self.variance / self.n


@dataclass(frozen=True, slots=True)
class Counted:
    """A simple random sample in which errors were counted.

    Attributes:
        universe: Units the sample was drawn from.
        sample: Units sampled.
        errors: Sampled units in error.
        name: Label used in messages and results.
    """

    universe: int
    sample: int
    errors: int
    name: str = ""

    def summary(self) -> Summary:
        """Return the sample as zeros and ones: mean p, variance n p (1 - p) / (n - 1)."""
        universe = _check.universe_size("universe", self.universe)
        n = _check.sample_size("sample", self.sample, universe)
        rate = _check.error_count("errors", self.errors, n) / n
        variance = n * rate * (1.0 - rate) / (n - 1) if n > 1 else None
        return Summary(universe, n, rate, variance, self.name)


@dataclass(frozen=True, slots=True)
class Measured:
    """A simple random sample in which an amount was measured.

    Attributes:
        universe: Units the sample was drawn from.
        values: The amounts, one per sampled unit.
        name: Label used in messages and results.
    """

    universe: int
    values: Sequence[float]
    name: str = ""

    def summary(self) -> Summary:
        """Return mean and variance of the amounts."""
        universe = _check.universe_size("universe", self.universe)
        values = _check.amounts("values", self.values)
        n = _check.sample_size("values", values.size, universe)
        variance = float(np.var(values, ddof=1)) if n > 1 else None
        return Summary(universe, n, float(values.mean()), variance, self.name)


@dataclass(frozen=True, slots=True)
class Primary:
    """A primary unit of a three-stage sample, with the secondary units drawn in it.

    Attributes:
        universe: Secondary units in this primary unit.
        secondary: The sampled ones: :class:`Counted` or :class:`Measured`, or :class:`Grouped`
            when they too were drawn by the Rao-Hartley-Cochran method.
        name: Label used in messages.
    """

    universe: int
    secondary: Sequence[Any]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A unit drawn by the Rao-Hartley-Cochran (RHC) method, one from each random group.

    Attributes:
        unit: What was drawn: :class:`Counted`, :class:`Measured` or :class:`Primary`.
        size: Size measure of the drawn unit, above 0.
        group_size: Sum of the size measures in its group.
        group_units: Number of units in its group.
    """

    unit: Any
    size: float
    group_size: float
    group_units: int


@dataclass(frozen=True, slots=True)
class Clusters:
    """A stratum of whole clusters: every element of a drawn cluster was examined.

    Attributes:
        clusters_universe: Clusters in the stratum.
        totals: Total (or count of errors) of each drawn cluster.
        sizes: Elements in each drawn cluster; needed for rates.
        elements_universe: Elements in the stratum, when known; needed for rates.
        name: Label used in messages and results.
    """

    clusters_universe: int
    totals: Sequence[float]
    sizes: Sequence[int] = ()
    elements_universe: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Appraised:
    """The result of one stratum, to be combined with those of the others.

    Attributes:
        point: Its point estimate: a total, or a rate as a fraction.
        se: Standard error of the point estimate, in the same unit.
        universe: Elements in the stratum; needed for rates.
        sample: Elements examined; 0 when not known.
        df: Degrees of freedom of the standard error; None when not known.
        name: Label used in messages.
    """

    point: float
    se: float
    universe: int | None = None
    sample: int = 0
    df: float | None = None
    name: str = ""


Kind = TypeVar("Kind", Counted, Measured, Primary, Grouped, Clusters, Appraised)


def of_kind(argument: str, item: Any, kind: type[Kind]) -> Kind:
    """Return *item* as a *kind*, built from its keys when it is a dictionary.

    Raises:
        StatisticsError: A key is missing or unknown, or *item* is something else.
    """
    if isinstance(item, kind):
        return item
    if not isinstance(item, Mapping):
        raise StatisticsError(
            argument,
            f"must hold {kind.__name__} values or dictionaries (got {type(item).__name__}).",
        )
    known = {each.name for each in fields(kind)}
    needed = [each for each in _needed(kind) if each not in item]
    unknown = sorted(str(key) for key in item if key not in known)
    if needed or unknown:
        wrong = f"lacks {', '.join(needed)}" if needed else f"has unknown {', '.join(unknown)}"
        raise StatisticsError(argument, f"{wrong}; it takes {', '.join(_order(kind))}.")
    return kind(**item)


def all_of_kind(argument: str, items: Iterable[Any], kind: type[Kind]) -> tuple[Kind, ...]:
    """Return every one of *items* as a *kind*; there must be at least one."""
    if isinstance(items, (str, bytes, Mapping)) or not isinstance(items, Iterable):
        raise StatisticsError(argument, "must be a list.")
    found = tuple(of_kind(argument, item, kind) for item in items)
    if not found:
        raise StatisticsError(argument, "is empty; give at least one.")
    return found


def _needed(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind) if each.default is MISSING]


def _order(kind: type[Any]) -> list[str]:
    return [each.name for each in fields(kind)]
