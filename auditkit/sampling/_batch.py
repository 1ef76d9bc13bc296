"""The estimators of the planner, on many samples at once.

Each function takes one :class:`Batch` and returns points and limits as arrays with one entry per
sample. They are the estimators of :mod:`auditkit.stats`, and tests hold them equal to those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from auditkit.stats import hypergeometric

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of the frame, with its units from the smallest amount to the largest.

    Attributes:
        label: Its name.
        units: Row numbers in the frame, in order of amount, shape ``(N_h,)``.
        amounts: Amounts in that order.
        sums: Cumulated amounts, beginning with 0, shape ``(N_h + 1,)``.
        n: Units to sample.
    """

    label: str
    units: Rows
    amounts: Array
    sums: Array
    n: int

    @property
    def size(self) -> int:
        """Return the units in the stratum."""
        return len(self.units)

    @property
    def open(self) -> float:
        """Return 1 - n/N."""
        return 1.0 - self.n / self.size


@dataclass(frozen=True, slots=True)
class Batch:
    """Many samples of one design: for each stratum, places, amounts and overpayments.

    Attributes:
        strata: The strata.
        places: Sampled places in order of amount, per stratum of shape ``(R, n_h)``, ascending.
        paid: Amounts of the sampled units, same shapes.
        over: Their overpayments, same shapes.
    """

    strata: tuple[Stratum, ...]
    places: tuple[Rows, ...]
    paid: tuple[Array, ...]
    over: tuple[Array, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Points and limits of many samples, each of shape ``(R,)``."""

    point: Array
    lower: Array
    upper: Array
    lower_one_sided: Array


def expansion(batch: Batch, level: float) -> Limits:
    """Return mean-per-unit totals with t limits (``variable_unrestricted``, ``_stratified``)."""
    point = sum((s.size * y.mean(axis=1) for s, y in _pairs(batch)), np.zeros(1))
    variance = sum((_spread(s, y) for s, y in _pairs(batch)), np.zeros(1))
    return _symmetric(batch, point, variance**0.5, level)


def ratio(batch: Batch, level: float) -> Limits:
    """Return combined ratio totals on the amount paid (``ratio_total``, Taylor variance)."""
    known = sum(float(s.sums[-1]) for s in batch.strata)
    top = sum((s.size * y.mean(axis=1) for s, y in _pairs(batch)), np.zeros(1))
    base = [s.size * x.mean(axis=1) for s, x in zip(batch.strata, batch.paid, strict=True)]
    bottom = sum(base, np.zeros(1))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(bottom > 0, top / bottom, 0.0)
        stretch = np.where(bottom > 0, known / bottom, 0.0)
    variance = np.zeros(len(share))
    for s, x, y in zip(batch.strata, batch.paid, batch.over, strict=True):
        variance += _spread(s, y - share[:, None] * x)
    return _symmetric(batch, share * known, stretch * variance**0.5, level)


def minimum_sum(batch: Batch, level: float) -> Limits:
    """Return what was found plus mean taint, with minimum-sum limits (``minimum_sum``)."""
    chancy = max(sum(s.n < s.size for s in batch.strata), 1)
    point: Array = np.zeros(1)
    for s, x, y in zip(batch.strata, batch.paid, batch.over, strict=True):
        taints = np.divide(y, x, out=np.zeros_like(y), where=x > 0)
        found = y.sum(axis=1)
        point = point + found + (s.sums[-1] - x.sum(axis=1)) * taints.mean(axis=1)

    def limit(tail: float, upper: bool) -> Array:
        each = 1.0 - (1.0 - tail) ** (1.0 / chancy)
        parts = zip(batch.strata, batch.places, batch.paid, batch.over, strict=True)
        return sum((_minimum(*part, each, upper) for part in parts), np.zeros(1))

    both = (1.0 - level) / 2.0
    return Limits(point, limit(both, False), limit(both, True), limit(1.0 - level, False))


def likelihood(batch: Batch, level: float) -> Limits:
    """Return expansion totals with empirical likelihood limits (``likelihood_total``)."""
    point = sum((s.size * y.mean(axis=1) for s, y in _pairs(batch)), np.zeros(1))
    groups = [(s, *_squeezed(y)) for s, y in _pairs(batch) if s.open > 0]
    both = (1.0 - level) / 2.0
    return Limits(
        point,
        point - _tilted(groups, both, 1.0, len(point)),
        point - _tilted(groups, both, -1.0, len(point)),
        point - _tilted(groups, 1.0 - level, 1.0, len(point)),
    )


ESTIMATORS: dict[str, Callable[[Batch, float], Limits]] = {
    "expansion": expansion,
    "ratio": ratio,
    "likelihood": likelihood,
    "minimum_sum": minimum_sum,
}


def _pairs(batch: Batch) -> list[tuple[Stratum, Array]]:
    return list(zip(batch.strata, batch.over, strict=True))


def _spread(stratum: Stratum, values: Array) -> Array:
    """Return N(N-n)s²/n of each sample; zero for a stratum reviewed whole."""
    if stratum.n == stratum.size:
        return np.zeros(len(values))
    centred = values - values.mean(axis=1, keepdims=True)
    squares = np.einsum("rn,rn->r", centred, centred) / (stratum.n - 1)
    return np.asarray(stratum.size**2 * stratum.open / stratum.n * squares)


def _symmetric(batch: Batch, point: Array, se: Array, level: float) -> Limits:
    df = sum(s.n - 1 for s in batch.strata if s.n < s.size)
    both = special.stdtrit(df, (1.0 + level) / 2.0) if df else 0.0
    one = special.stdtrit(df, level) if df else 0.0
    return Limits(point, point - both * se, point + both * se, point - one * se)


def _minimum(s: Stratum, places: Rows, paid: Array, over: Array, tail: float, upper: bool) -> Array:
    """Return one limit of a stratum in each sample."""
    found = over.sum(axis=1)
    if s.n == s.size:
        return found
    full = (over >= paid - 1e-9) & (paid > 0)
    errors = full.sum(axis=1)
    rule = hypergeometric.upper_limit if upper else hypergeometric.lower_limit
    counts = np.unique(errors)
    table = np.array([rule(int(k), s.n, s.size, tail) - int(k) for k in counts])
    more = table[np.searchsorted(counts, errors)]
    if not upper:
        return found + _smallest_left(s, places, paid, more)
    left = s.sums[-1] - paid.sum(axis=1)
    partial = ((over > 0) & ~full).any(axis=1)
    worst = left - _smallest_left(s, places, paid, s.size - s.n - more)
    return found + np.where(partial, left, worst)


def _smallest_left(s: Stratum, places: Rows, paid: Array, count: Rows) -> Array:
    """Return the sum of the *count* smallest amounts that are not in the sample."""
    # Place j of the sorted sample has places[j] - j unsampled units before it.
    passed = (places - np.arange(s.n) < count[:, None]).sum(axis=1)
    taken = np.concatenate([np.zeros((len(paid), 1)), np.cumsum(paid, axis=1)], axis=1)
    return np.asarray(s.sums[count + passed] - taken[np.arange(len(paid)), passed])


_Squeezed = tuple[Stratum, Array, Array]


def _squeezed(values: Array) -> tuple[Array, Array]:
    """Return the values with all zeros in one column, and the weight of each column."""
    most = int((values != 0).sum(axis=1).max(initial=0))
    if most >= values.shape[1] - 1:
        return values, np.ones_like(values)
    # Overpayments are not negative, so the zeros sort first.
    kept = np.sort(values, axis=1)[:, values.shape[1] - most - 1 :]
    weights = np.ones_like(kept)
    weights[:, 0] = values.shape[1] - most
    return kept, weights


def _tilted(groups: list[_Squeezed], tail: float, sign: float, count: int) -> Array:
    """Return how far the total moves down before the likelihood has dropped to the quantile.

    A secant on the root of the drop, which is nearly linear in the multiplier.
    """
    goal = float(special.ndtri(1.0 - tail))
    variance = sum(
        (s.size**2 * s.open / s.n * _variance(y, w, s.n) for s, y, w in groups), np.zeros(count)
    )
    live = variance > 0
    moved = np.zeros(count)
    if not live.any():
        return moved
    tilts = [_Tilt(s, y[live], w[live]) for s, y, w in groups]
    low, high = np.zeros(live.sum()), sign * goal / variance[live] ** 0.5
    f_low = np.full(live.sum(), -goal)
    shift, f_high = _drop(tilts, high, goal)
    for _ in range(60):
        step = np.where(np.abs(f_high - f_low) > 1e-14, f_high - f_low, 1.0)
        following = high - f_high * (high - low) / step
        # The drop grows with the multiplier; never step back across zero or leap too far.
        following = sign * np.clip(sign * following, sign * high * 0.2, sign * high * 5.0)
        low, f_low, high = high, f_high, following
        shift, f_high = _drop(tilts, high, goal)
        if np.abs(f_high).max() < 1e-6 * goal:
            break
    moved[live] = shift
    return moved


def _variance(values: Array, weights: Array, n: int) -> Array:
    mean = (values * weights).sum(axis=1) / n
    return np.asarray(((values - mean[:, None]) ** 2 * weights).sum(axis=1) / n)


def _drop(tilts: list[_Tilt], multiplier: Array, goal: float) -> tuple[Array, Array]:
    """Return the move of the total and the root of the drop less *goal*, at each multiplier."""
    moved, drop = np.zeros(len(multiplier)), np.zeros(len(multiplier))
    for tilt in tilts:
        move, fall = tilt.at(multiplier)
        moved += move
        drop += fall
    return moved, np.maximum(drop, 0.0) ** 0.5 - goal


class _Tilt:
    """One stratum of many samples, reweighted; each solution is where the next search begins."""

    def __init__(self, stratum: Stratum, values: Array, weights: Array) -> None:
        self.stratum, self.values, self.weights = stratum, values, weights
        self.mean = (weights * values).sum(axis=1) / stratum.n
        self.lowest, self.highest = values.min(axis=1), values.max(axis=1)
        self.last: Array | None = None

    def at(self, multiplier: Array) -> tuple[Array, Array]:
        """Return how far the stratum's total moves down, and -2 log likelihood over 1 - n/N."""
        s, y, w = self.stratum, self.values, self.weights
        t = multiplier * s.size / s.n * s.open
        shifted = t[:, None] * (y - np.where(t >= 0, self.lowest, self.highest)[:, None])
        a = _normalised(shifted, w, s.n, self.last)
        self.last = a
        terms = a[:, None] + shifted
        mean = np.einsum("rn,rn->r", w, y / terms) / s.n
        drop = 2.0 / s.open * np.einsum("rn,rn->r", w, np.log(terms))
        return s.size * (self.mean - mean), drop


def _normalised(shifted: Array, weights: Array, n: int, start: Array | None = None) -> Array:
    """Return a with ``sum w / (a + shifted) = n``, by Newton's method.

    The sum is convex and falls with a: a step from the right of the root lands left of it, and
    from the left the steps rise to it. No root lies below the share of the units at the minimum.
    """
    least = np.where(shifted == 0, weights, 0.0).sum(axis=1) / n
    a = least if start is None else np.maximum(start, least)
    for _ in range(100):
        inverse = 1.0 / (a[:, None] + shifted)
        weighted = weights * inverse
        excess = weighted.sum(axis=1) - n
        slope = np.einsum("rn,rn->r", weighted, inverse)
        step = np.maximum(excess / slope, least - a)
        a = a + step
        if np.abs(step).max() <= 1e-12:
            break
    return np.asarray(np.minimum(a, 1.0))
