"""Bootstrap limits for a total (BCa), for finite universes and strata.

Resamples are drawn with replacement within each stratum; their deviations are shrunk so that
their variance is the one of the design, and a stratum reviewed whole does not move. Limits are
corrected for bias and for acceleration, so they follow a skewed sample.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
from scipy import special

from auditkit.stats import _check, _inverted
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats._uniform import resampled_rows
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import Estimate
from auditkit.stats.strata import Strata, read_strata, total_variance

#: ``design``: deviations are rescaled by the square root of (1 - n/N) n/(n - 1), so that their
#: variance is the design's (Rao and Wu), and kept within the values seen.
#: ``plain``: Efron's resample as it is, as scipy and R boot have it.
RESCALINGS = ("design", "plain")

#: Resamples held in memory at once: their numbers stay below this many.
_CHUNK = 4_000_000


def bootstrap_total(
    values: Iterable[float],
    universe: int | Mapping[Any, int],
    strata: Iterable[Hashable] | None = None,
    level: float = 0.90,
    resamples: int = 9_999,
    seed: int = 0,
    rescale: str = "design",
    lonely: str = "fail",
) -> Estimate:
    """Return the expansion total with BCa bootstrap limits.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``.
        universe: Units in the universe; by stratum label when *strata* is given.
        strata: Stratum label of each sampled unit.
        level: Confidence level of two-sided and one-sided limits.
        resamples: Resamples to draw; 9,999 leaves about 1 % of noise in a 90 % limit's distance.
        seed: Seed of NumPy's PCG64 generator, whose raw words are used, so that every version
            gives the same limits; stored in the result.
        rescale: ``design`` or ``plain``; see :data:`RESCALINGS`.
        lonely: Policy for a stratum with one sampled unit; the limits take it as known.

    Raises:
        StatisticsError: Fewer than two units; amounts that are not numbers; strata that do not
            fit; fewer than 100 resamples.

    Source:
        Efron, JASA 82 (1987) 171-185 (BCa); Rao and Wu, JASA 83 (1988) 231-241 (rescaling);
        Davison and Hinkley, Bootstrap Methods (1997), eq. 5.21 (strata).
    """
    found = _check.amounts("values", values, at_least=2)
    names = None if strata is None else tuple(strata)
    layout = read_strata(len(found), universe, names)
    resamples = _check.whole("resamples", resamples, at_least=100)
    seed = _check.whole("seed", seed, at_least=0)
    rescale = _check.choice("rescale", rescale, RESCALINGS)
    spread = total_variance(found, layout, lonely)
    point = float(layout.weights() @ found)
    deviations = _deviations(found, layout, resamples, seed, rescale)
    acceleration = _acceleration(found, layout, rescale)
    ranked = np.sort(point + deviations)

    def limit(side: str, tail: float) -> float:
        share = _adjusted(deviations, acceleration, tail if side == "lower" else 1.0 - tail)
        return float(np.quantile(ranked, share))

    known = tuple(f"{each} The bootstrap takes it as known." for each in spread.warnings)
    return _inverted.estimate(
        f"{'stratified ' if names else ''}BCa bootstrap, {resamples:,} resamples",
        point,
        limit,
        level,
        n=len(found),
        universe=layout.universe,
        se=float(deviations.std(ddof=1)),
        inputs=(
            ("values", tuple(found.tolist())),
            ("universe", universe),
            ("strata", names),
            ("level", level),
            ("resamples", resamples),
            ("seed", seed),
            ("rescale", rescale),
        ),
        warnings=known + nonzero_warning(found),
    )


def _deviations(values: Array, layout: Strata, resamples: int, seed: int, rescale: str) -> Array:
    """Return the resampled totals less the point estimate, shape ``(resamples,)``."""
    generator = np.random.PCG64(seed)
    moved = np.zeros(resamples)
    for h, rows in enumerate(layout.rows):
        factor = _factor(layout, h, rescale)
        if factor == 0.0:
            continue
        centred = values[rows] - values[rows].mean()
        step = max(_CHUNK // len(rows), 1)
        for first in range(0, resamples, step):
            count = min(step, resamples - first)
            # As many draws as units: with fewer, few distinct values could never give the sample
            # itself again, and the correction for bias would go astray.
            picked = resampled_rows(generator, len(rows), (count, len(rows)))
            means = factor * centred[picked].mean(axis=1)
            kept = np.clip(means, centred.min(), centred.max())
            moved[first : first + count] += float(layout.sizes[h]) * kept
    # A resample equal to the sample must count as equal, whatever the order of its sum.
    moved[np.abs(moved) < 1e-9 * float(moved.std())] = 0.0
    return moved


def _factor(layout: Strata, h: int, rescale: str) -> float:
    """Return what a stratum's resampled deviation is multiplied by; 0 when nothing is open."""
    n, left = len(layout.rows[h]), float(layout.fractions_left[h])
    if n == 1 or left == 0.0:
        return 0.0
    return 1.0 if rescale == "plain" else (left * n / (n - 1)) ** 0.5


def _acceleration(values: Array, layout: Strata, rescale: str) -> float:
    """Return the acceleration: a sixth of the skewness of the influence of each unit."""
    influence = np.zeros(len(values))
    for h, rows in enumerate(layout.rows):
        weight = _factor(layout, h, rescale) * float(layout.sizes[h]) / len(rows)
        influence[rows] = weight * (values[rows] - values[rows].mean())
    squares = float((influence**2).sum())
    return float((influence**3).sum()) / (6.0 * squares**1.5) if squares else 0.0


def _adjusted(deviations: Array, acceleration: float, share: float) -> float:
    """Return the share of the resampled totals below the BCa limit for *share*."""
    if not deviations.any():
        return share
    below = float(np.mean(deviations < 0) + np.mean(deviations == 0) / 2.0)
    edge = 0.5 / len(deviations)
    bias = float(special.ndtri(min(max(below, edge), 1.0 - edge)))
    moved = bias + float(special.ndtri(share))
    divisor = 1.0 - acceleration * moved
    if divisor <= 0:
        raise StatisticsError(
            "values", "are too skewed for the bootstrap; use the empirical likelihood limits."
        )
    return float(special.ndtr(bias + moved / divisor))
