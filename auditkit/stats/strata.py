"""Strata of a sample, and what to do with a stratum that holds a single sampled unit."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

#: What a lonely stratum (one unit sampled of several) adds to the variance.
#:
#: * ``fail``: nothing is estimated; the error names the stratum. The default.
#: * ``certainty``: no variance, as if the stratum had been reviewed whole (R survey
#:   ``certainty`` and ``remove``). Understates the standard error; a warning says so.
#: * ``adjust``: the unit's deviation from zero (R survey ``adjust`` for totals). Conservative.
#: * ``grand_mean``: the unit's deviation from the estimated mean of the whole universe.
#: * ``average``: the mean variance of the other strata that were sampled in part (R survey
#:   ``average``).
LONELY_POLICIES = ("fail", "certainty", "adjust", "grand_mean", "average")

#: The label of the one stratum of an unstratified sample.
WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Strata:
    """The strata of one sample: which rows belong to each, and how many units each holds.

    Attributes:
        labels: Names of the strata, in order of first appearance.
        sizes: Units in the universe of each stratum, shape ``(H,)``.
        rows: Row numbers of the sampled units of each stratum (counted from 0).
    """

    labels: tuple[Hashable, ...]
    sizes: npt.NDArray[np.int64]
    rows: tuple[npt.NDArray[np.int64], ...]

    @property
    def universe(self) -> int:
        """Return the units in the universe."""
        return int(self.sizes.sum())

    @property
    def sampled(self) -> npt.NDArray[np.int64]:
        """Return the units sampled in each stratum, shape ``(H,)``."""
        return np.array([len(rows) for rows in self.rows], dtype=np.int64)

    @property
    def fractions_left(self) -> Array:
        """Return 1 - n/N of each stratum: zero where the stratum was reviewed whole."""
        return np.asarray(1.0 - self.sampled / self.sizes, dtype=np.float64)

    @property
    def df(self) -> int:
        """Return the degrees of freedom: n - 1 summed over the strata sampled in part."""
        partial = self.sampled < self.sizes
        return int((self.sampled[partial] - 1).sum())

    def weights(self) -> Array:
        """Return the design weight N/n of each sampled row, shape ``(n,)``."""
        weights = np.empty(int(self.sampled.sum()))
        for size, rows in zip(self.sizes, self.rows, strict=True):
            weights[rows] = size / len(rows)
        return weights

    def means(self, values: Array) -> Array:
        """Return the sample mean of each stratum, shape ``(H,)``."""
        return np.array([float(values[rows].mean()) for rows in self.rows])


def read_strata(
    n: int, universe: int | Mapping[Any, int], strata: Iterable[Hashable] | None
) -> Strata:
    """Return the strata of a sample of *n* rows.

    Args:
        n: Units in the sample.
        universe: Units in the universe; with *strata*, units by stratum label.
        strata: The stratum label of every sampled row, or None for an unrestricted sample.

    Raises:
        StatisticsError: A stratum without a size, a stratum without a sampled unit, more units
            sampled than the stratum holds, or one of the two arguments given without the other.
    """
    if strata is None:
        if isinstance(universe, Mapping):
            raise StatisticsError(
                "strata", "must name the stratum of every unit when 'universe' is by stratum."
            )
        size = _check.universe_size("universe", universe)
        _check.sample_size("values", n, size)
        return Strata((WHOLE,), np.array([size]), (np.arange(n),))
    if not isinstance(universe, Mapping):
        raise StatisticsError("universe", "must give the units of each stratum, by its label.")
    names = list(strata)
    _check.same_length("values", np.empty(n), "strata", names)
    labels = tuple(dict.fromkeys(names))
    if unknown := [label for label in labels if label not in universe]:
        raise StatisticsError("universe", f"has no size for stratum {unknown[0]!r}.")
    if empty := [label for label in universe if label not in set(labels)]:
        raise StatisticsError(
            "strata",
            f"has no sampled unit in stratum {empty[0]!r}; it cannot be estimated. "
            "Sample it, or merge it with another stratum before the draw.",
        )
    position = {label: number for number, label in enumerate(labels)}
    codes = np.array([position[name] for name in names])
    rows = tuple(np.flatnonzero(codes == number) for number in range(len(labels)))
    sizes = [_check.universe_size(f"universe[{label!r}]", universe[label]) for label in labels]
    for label, size, members in zip(labels, sizes, rows, strict=True):
        _check.sample_size(f"strata[{label!r}]", len(members), size)
    return Strata(labels, np.array(sizes, dtype=np.int64), rows)


@dataclass(frozen=True, slots=True)
class Variance:
    """The variance of an expansion total, by stratum.

    Attributes:
        terms: N(N-n)s²/n of each stratum, after the policy for lonely strata; shape ``(H,)``.
        df: Degrees of freedom, n - 1 summed over strata sampled in part.
        warnings: What the policy did, in words.
    """

    terms: Array
    df: int
    warnings: tuple[str, ...]

    @property
    def total(self) -> float:
        """Return the variance of the total."""
        return float(self.terms.sum())


def total_variance(
    residuals: Array, strata: Strata, lonely: str = "fail", fpc: bool = True
) -> Variance:
    """Return the estimated variance of ``sum N_h * mean_h`` of *residuals*.

    A stratum reviewed whole adds nothing, whatever its size.

    Args:
        residuals: One number for each sampled row, shape ``(n,)``.
        strata: The strata of the sample.
        lonely: A policy of :data:`LONELY_POLICIES`.
        fpc: Whether to apply the finite population correction in strata sampled in part.

    Raises:
        StatisticsError: A lonely stratum under ``fail``; ``average`` with nothing to average.

    Source:
        Cochran, Sampling Techniques (3rd ed. 1977), eq. 5.13; lonely strata as in R survey
        (``survey.lonely.psu``).
    """
    lonely = _check.choice("lonely", lonely, LONELY_POLICIES)
    terms = np.zeros(len(strata.labels))
    partial = strata.sampled < strata.sizes
    alone = partial & (strata.sampled == 1)
    for h in np.flatnonzero(partial & ~alone):
        terms[h] = _term(strata, h, float(residuals[strata.rows[h]].var(ddof=1)), fpc)
    if not alone.any():
        return Variance(terms, strata.df, ())
    names = ", ".join(repr(strata.labels[h]) for h in np.flatnonzero(alone))
    if lonely == "fail":
        raise StatisticsError(
            "strata",
            f"has a single sampled unit in {names}: no variance can be estimated there. Sample "
            "two or more, or name a policy in 'lonely': certainty, adjust, grand_mean or average.",
        )
    others = np.flatnonzero(partial & ~alone)
    if lonely == "average" and not others.size:
        raise StatisticsError("lonely", "'average' needs a stratum with two or more sampled units.")
    centre = float((strata.sizes * strata.means(residuals)).sum() / strata.universe)
    for h in np.flatnonzero(alone):
        value = float(residuals[strata.rows[h]][0])
        terms[h] = {
            "certainty": 0.0,
            "adjust": _term(strata, h, value**2, fpc),
            "grand_mean": _term(strata, h, (value - centre) ** 2, fpc),
            "average": float(terms[others].mean()) if others.size else 0.0,
        }[lonely]
    return Variance(terms, strata.df, (_lonely_warning(names, lonely),))


def _term(strata: Strata, h: int | np.integer[Any], variance: float, fpc: bool) -> float:
    size, sampled = float(strata.sizes[h]), float(strata.sampled[h])
    return size * (size - sampled if fpc else size) / sampled * variance


def _lonely_warning(names: str, lonely: str) -> str:
    effect = {
        "certainty": "it adds no variance, so the standard error is too small",
        "adjust": "its distance from zero stands for its variance, which errs on the wide side",
        "grand_mean": "its distance from the overall mean stands for its variance",
        "average": "it is given the mean variance of the other strata",
    }[lonely]
    return f"Stratum {names} has a single sampled unit; under the policy '{lonely}' {effect}."
