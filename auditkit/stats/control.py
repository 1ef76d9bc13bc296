"""Charts of a figure over time: has the process changed, or does it vary as it always has?

Control charts draw the limits that chance alone would give each quarter; run charts ask only
whether the points cross their median as often as chance would have them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

#: Two-sided level of three standard errors, the custom of control charts.
THREE_SIGMA = 0.9973

#: Three standard errors of an individuals chart in moving ranges: 3 / d2, with d2 = 1.128.
MOVING_RANGE_FACTOR = 2.66

#: Points below which a run chart has no power to speak of.
FEWEST_POINTS = 10


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One period of a chart: its value, and the limits of chance for it."""

    label: str
    value: float
    lower: float
    upper: float

    @property
    def outside(self) -> bool:
        """Whether the value lies outside its limits."""
        return self.value < self.lower or self.value > self.upper


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A chart over time, ready to be drawn.

    Attributes:
        kind: ``p`` (rates), ``individuals`` (amounts) or ``run``.
        centre: The centre line: pooled rate, mean or median.
        points: One entry per period, in time order.
        signals: What chance does not explain, in words; empty when nothing stands out.
        notes: What limits the reading of the chart.
    """

    kind: str
    centre: float
    points: tuple[ControlPoint, ...]
    signals: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the reading of the chart in plain English."""
        reading = " ".join(self.signals) or (
            f"Over {len(self.points)} periods nothing shows but chance: the process has not "
            "changed as far as these figures can tell."
        )
        return " ".join((reading, *self.notes))

    def table(self) -> pd.DataFrame:
        """Return one row per period with value, centre, limits and whether it is outside."""
        rows = [(p.label, p.value, self.centre, p.lower, p.upper, p.outside) for p in self.points]
        return pd.DataFrame(rows, columns=["label", "value", "centre", "lower", "upper", "outside"])


def p_chart(
    errors: Iterable[int],
    reviewed: Iterable[int],
    labels: Sequence[Any] | None = None,
    centre: float | None = None,
    level: float = THREE_SIGMA,
    limits: str = "exact",
) -> ControlChart:
    """Return the control chart of an error rate over periods.

    Args:
        errors: Units in error in each period.
        reviewed: Units reviewed in each period.
        labels: Names of the periods, in time order.
        centre: Baseline rate; the pooled rate when left out.
        level: Two-sided level of the limits.
        limits: ``exact`` (binomial) or ``normal`` (centre ± three standard errors, cut at 0
            and 1), which is the textbook chart and too narrow for few errors.

    Raises:
        StatisticsError: Fewer than two periods; more errors than units; an unknown *limits*.

    Source:
        Shewhart (1931); Montgomery, Introduction to Statistical Quality Control, ch. 7; exact
        limits by the binomial distribution.
    """
    x = _check.wholes("errors", errors, count=2)
    n = _check.wholes("reviewed", reviewed, at_least=1, count=2)
    _check.same_length("errors", x.tolist(), "reviewed", n)
    if (bad := np.flatnonzero(x > n)).size:
        raise StatisticsError("errors", f"is more than was reviewed; see {_check.positions(bad)}.")
    limits = _check.choice("limits", limits, ("exact", "normal"))
    tail = (1.0 - _check.level("level", level)) / 2.0
    rate = float(x.sum() / n.sum()) if centre is None else _check.number("centre", centre, 0.0, 1.0)
    if limits == "exact":
        lower, upper = stats.binom.ppf(tail, n, rate) / n, stats.binom.isf(tail, n, rate) / n
    else:
        half = float(stats.norm.isf(tail)) * np.sqrt(rate * (1 - rate) / n)
        lower, upper = np.maximum(rate - half, 0.0), np.minimum(rate + half, 1.0)
    return _chart("p", x / n, rate, lower, upper, labels)


def individuals_chart(
    values: Iterable[float], labels: Sequence[Any] | None = None, centre: float | None = None
) -> ControlChart:
    """Return the control chart of one amount per period (individuals and moving range).

    Args:
        values: The figure of each period, such as dollars overpaid per chart.
        labels: Names of the periods, in time order.
        centre: Baseline mean; the mean of *values* when left out.

    Raises:
        StatisticsError: Fewer than two periods; values that are not numbers.

    Source:
        Wheeler, Understanding Variation (2nd ed. 2000): mean ± 2.66 mean moving ranges.
    """
    found = _check.amounts("values", values, at_least=2)
    middle = float(found.mean()) if centre is None else _check.number("centre", centre)
    half = MOVING_RANGE_FACTOR * float(np.abs(np.diff(found)).mean())
    edge = np.full(len(found), half)
    return _chart("individuals", found, middle, middle - edge, middle + edge, labels)


def run_chart(values: Iterable[float], labels: Sequence[Any] | None = None) -> ControlChart:
    """Return the run chart of a figure around its median.

    Two signals: a run on one side of the median longer than ``round(log2(n) + 3)``, and fewer
    crossings than 5 % of chance series have. Points on the median count for neither.

    Args:
        values: The figure of each period, in time order.
        labels: Names of the periods.

    Raises:
        StatisticsError: Fewer than two periods; values that are not numbers.

    Source:
        Anhøj and Olesen, PLoS ONE 9 (2014) e113825; R qicharts2.
    """
    found = _check.amounts("values", values, at_least=2)
    nowhere = np.full(len(found), math.inf)
    return _chart("run", found, float(np.median(found)), -nowhere, nowhere, labels)


def _chart(
    kind: str,
    values: Array,
    centre: float,
    lower: Array,
    upper: Array,
    labels: Sequence[Any] | None,
) -> ControlChart:
    names = (
        [str(k) for k in range(1, len(values) + 1)] if labels is None else list(map(str, labels))
    )
    if len(names) != len(values):
        raise StatisticsError("labels", f"holds {len(names)} names for {len(values)} periods.")
    points = tuple(
        ControlPoint(name, float(v), float(lo), float(hi))
        for name, v, lo, hi in zip(names, values, lower, upper, strict=True)
    )
    outside = [point for point in points if point.outside]
    signals = [
        f"{point.label} lies {'above' if point.value > point.upper else 'below'} its limits."
        for point in outside
    ]
    few: tuple[str, ...] = ()
    if len(values) < FEWEST_POINTS:
        few = (
            f"With {len(values)} periods a lasting change can go unseen; {FEWEST_POINTS} or more "
            "are needed to judge runs.",
        )
    return ControlChart(kind, centre, points, (*signals, *_run_signals(values, centre)), few)


def _run_signals(values: Array, centre: float) -> tuple[str, ...]:
    """Return the signals of a long run and of too few crossings of the centre line."""
    sides = np.sign(values - centre)
    sides = sides[sides != 0]
    useful = len(sides)
    if useful < 2:
        return ()
    crossings = int((np.diff(sides) != 0).sum())
    ends = np.flatnonzero(np.diff(sides) != 0) + 1
    longest = int(np.diff(np.concatenate([[0], ends, [useful]])).max())
    most, fewest = run_limits(useful)
    found = []
    if longest > most:
        found.append(
            f"{longest} periods in a row lie on one side of the centre; chance gives {most} at "
            "most as a rule. The level has shifted."
        )
    if crossings < fewest:
        found.append(
            f"The centre line is crossed {crossings} times, where chance gives {fewest} or more. "
            "The figure drifts or has shifted."
        )
    return tuple(found)


def run_limits(useful: int) -> tuple[int, int]:
    """Return the longest run and the fewest crossings that chance gives *useful* points.

    Args:
        useful: Points that are not on the centre line.

    Raises:
        StatisticsError: Fewer than two points.

    Source:
        Anhøj and Olesen (2014): round(log2(n) + 3), and the 5 % point of the binomial
        distribution of n - 1 crossings with probability one half.
    """
    useful = _check.whole("useful", useful, at_least=2)
    return round(math.log2(useful) + 3), int(stats.binom.ppf(0.05, useful - 1, 0.5))
