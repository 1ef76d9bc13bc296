"""How many units to sample in each stratum, for a precision or for a total that is fixed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check, allocate, quantiles
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.result import CONVENTIONS
from auditkit.stats.sizes import SampleSize, round_up


def stratified_size(
    universes: Iterable[Any],
    means: Iterable[Any],
    sds: Iterable[Any],
    precision: float,
    level: float = 0.90,
    convention: str = "default",
) -> SampleSize:
    """Return the stratified sample for a relative precision of the total.

    ``n = (sum N_h S_h)^2 / ((E / z)^2 + sum N_h S_h^2)``, shared out by Neyman and rounded up
    in each stratum.

    * ``default``: a stratum that Neyman would sample beyond its size is reviewed whole, and the
      size of the others is computed afresh, since it no longer adds variance.
    * ``ratstats``: such a stratum is capped and the units that it cannot hold are shared among
      the others, which keeps the total of the first computation and can miss the precision by
      far; a warning says when.

    Args:
        universes: Units in each stratum, shape ``(H,)``.
        means: Mean amount expected in each stratum, shape ``(H,)``.
        sds: Standard deviation expected in each stratum, shape ``(H,)``.
        precision: Half width of the two-sided interval, as a fraction of the total.
        level: Confidence level of that interval.
        convention: ``default`` or ``ratstats``.

    Returns:
        The size with ``strata`` filled, and the precision achieved.

    Raises:
        StatisticsError: Means that give a total of zero, a negative spread, or lists of
            different lengths.

    Source:
        Cochran (1977), eq. 5.48; RAT-STATS Companion Manual pp. 4-11 to 4-15.
    """
    sizes, mean, sd = _strata(universes, means, sds)
    total = abs(float((sizes * mean).sum()))
    if total == 0.0:
        raise StatisticsError(
            "means", "give a total of zero, so no precision can be a share of it."
        )
    precision = _check.number("precision", precision, above=0.0)
    convention = _check.choice("convention", convention, CONVENTIONS)
    allowed = precision * total / quantiles.z(level)
    unrounded = _needed(sizes, sd, allowed)
    if convention == "ratstats":
        given = _capped(sizes, sizes * sd, unrounded)
    else:
        given = _refigured(sizes, sd, allowed)
    achieved = _achieved(sizes, sd, given, total, level)
    return SampleSize(
        int(given.sum()),
        unrounded,
        f"stratified size for a precision of {100 * precision:g} %, {convention}",
        level,
        int(sizes.sum()),
        strata=tuple(int(n) for n in given),
        precision=achieved,
        inputs=_inputs(
            sizes, mean, sd, level, ("precision", precision), ("convention", convention)
        ),
        warnings=_whole(sizes, given) + _missed(achieved, precision),
    )


def stratified_size_known(
    universes: Iterable[Any],
    means: Iterable[Any],
    sds: Iterable[Any],
    n: int,
    level: float = 0.90,
    convention: str = "default",
) -> SampleSize:
    """Return how a total of *n* units is shared among strata, and the precision it achieves.

    * ``default``: the exact whole-number optimum with at least two units in each stratum.
    * ``ratstats``: ``n * N_h S_h / sum N_h S_h`` rounded to the nearest whole number.

    Args:
        n: Units to sample in all.

    The other arguments, errors and the source are those of :func:`stratified_size`
    (Companion Manual pp. 4-16 to 4-21).
    """
    sizes, mean, sd = _strata(universes, means, sds)
    convention = _check.choice("convention", convention, CONVENTIONS)
    if convention == "ratstats":
        shares = np.floor(allocate.neyman(sizes, sd, n) + 0.5).astype(np.int64)
        given = np.minimum(shares, sizes)
    else:
        given = allocate.optimum(sizes, sd, n, minimum=2)
    if ((given < 1) & (sd > 0)).any():
        raise StatisticsError("n", "leaves a stratum without a unit; ask for more.")
    total = abs(float((sizes * mean).sum()))
    return SampleSize(
        int(given.sum()),
        float(n),
        f"shares of a stratified sample of {n:,}, {convention}",
        _check.level("level", level),
        int(sizes.sum()),
        strata=tuple(int(each) for each in given),
        precision=_achieved(sizes, sd, given, total, level),
        inputs=_inputs(sizes, mean, sd, level, ("n", n), ("convention", convention)),
        warnings=_whole(sizes, given),
    )


def _needed(sizes: npt.NDArray[np.int64], sd: Array, allowed: float) -> float:
    spread = float((sizes * sd).sum())
    return 0.0 if spread == 0.0 else spread**2 / (allowed**2 + float((sizes * sd**2).sum()))


def _refigured(sizes: npt.NDArray[np.int64], sd: Array, allowed: float) -> npt.NDArray[np.int64]:
    """Return sizes rounded up, with full strata taken out and the rest computed afresh."""
    full = np.zeros(len(sizes), dtype=bool)
    while True:
        spread = np.where(full, 0.0, sizes * sd)
        n = _needed(sizes[~full], sd[~full], allowed)
        share = n * spread / spread.sum() if spread.any() else spread
        over = ~full & (share >= sizes)
        if not over.any():
            break
        full |= over
    rounded = np.array([round_up(each) for each in share], dtype=np.int64)
    # Two units in every stratum leave a variance to estimate.
    return np.where(full, sizes, np.minimum(np.maximum(rounded, 2), sizes))


def _capped(sizes: npt.NDArray[np.int64], spread: Array, n: float) -> npt.NDArray[np.int64]:
    """Return sizes rounded up, with what full strata cannot hold shared among the others."""
    full = np.zeros(len(sizes), dtype=bool)
    while True:
        free = np.where(full, 0.0, spread)
        rest = n - float(sizes[full].sum())
        share = rest * free / free.sum() if free.any() else free
        rounded = np.array([round_up(each) for each in share], dtype=np.int64)
        over = ~full & (rounded > sizes)
        if not over.any():
            return np.where(full, sizes, rounded)
        full |= over


def _achieved(
    sizes: npt.NDArray[np.int64],
    sd: Array,
    given: npt.NDArray[np.int64],
    total: float,
    level: float,
) -> float | None:
    """Return the half width by the normal curve as a fraction of the total."""
    varies = (sd > 0) & (given > 0)
    size, n = sizes[varies].astype(np.float64), given[varies]
    variance = float((size * (size - n) * sd[varies] ** 2 / n).sum())
    return quantiles.z(level) * math.sqrt(variance) / total if total else None


def _strata(
    universes: Iterable[Any], means: Iterable[Any], sds: Iterable[Any]
) -> tuple[npt.NDArray[np.int64], Array, Array]:
    sizes = _check.wholes("universes", universes, at_least=1)
    mean = _check.amounts("means", means)
    sd = _check.amounts("sds", sds, nonnegative=True)
    _check.same_length("universes", sizes, "means", mean)
    _check.same_length("universes", sizes, "sds", sd)
    return sizes, mean, sd


def _inputs(
    sizes: npt.NDArray[np.int64], mean: Array, sd: Array, level: float, *more: tuple[str, Any]
) -> tuple[tuple[str, Any], ...]:
    return (
        ("universes", tuple(int(each) for each in sizes)),
        ("means", tuple(mean.tolist())),
        ("sds", tuple(sd.tolist())),
        ("level", level),
        *more,
    )


def _whole(sizes: npt.NDArray[np.int64], given: npt.NDArray[np.int64]) -> tuple[str, ...]:
    found = np.flatnonzero(given == sizes) + 1
    if not found.size:
        return ()
    return (f"Stratum {', '.join(str(h) for h in found)} is reviewed whole (take-all).",)


def _missed(achieved: float | None, precision: float) -> tuple[str, ...]:
    if achieved is None or achieved <= precision * (1.0 + 1e-9):
        return ()
    return (
        f"The precision achieved is {100 * achieved:.2f} %, short of the {100 * precision:g} % "
        "asked for: a capped stratum leaves the others too small. Use convention='default'.",
    )
