"""Agreement of two readers on the same units: raw, Cohen's kappa, weighted kappa, Gwet's AC1.

Every function takes the table of counts, shape ``(k, k)``: rows are the first reader's
categories, columns the second's, in one order. Kappa falls when nearly everything is of one
category, whatever the readers do; AC1 does not, and raw agreement says what happened. So the
three are read together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats.binomial import binomial_rate
from auditkit.stats.result import Estimate, from_standard_error

#: Credit for readings that differ: none, falling with the distance, or with its square.
WEIGHTS = ("none", "linear", "quadratic")

_FEW = 30


def cross_table(
    first: Sequence[Any], second: Sequence[Any], categories: Sequence[Any] | None = None
) -> npt.NDArray[np.float64]:
    """Return the counts of pairs of readings, shape ``(k, k)``.

    Args:
        first: The first reader's category of each unit.
        second: The second reader's, in the same order of units.
        categories: Every category, in order; for ordered ones the order gives the weights. Those
            seen, sorted, when absent.

    Raises:
        StatisticsError: The readings differ in number, or a category is not in the list.
    """
    one, two = list(first), list(second)
    _check.same_length("first", one, "second", two)
    known = sorted({*one, *two}, key=str) if categories is None else list(categories)
    places = {category: place for place, category in enumerate(known)}
    counts = np.zeros((len(known), len(known)))
    for unit, pair in enumerate(zip(one, two, strict=True)):
        if pair[0] not in places or pair[1] not in places:
            raise _check.StatisticsError(
                "categories", f"lacks a category read at {_check.positions([unit])}."
            )
        counts[places[pair[0]], places[pair[1]]] += 1
    return counts


def raw_agreement(table: npt.ArrayLike, level: float = 0.95) -> Estimate:
    """Return the share of units on which both readers agree, with Clopper-Pearson limits.

    Raises:
        StatisticsError: *table* is not a square table of counts.
    """
    counts = _table(table)
    found = binomial_rate(round(float(np.trace(counts))), round(float(counts.sum())), level=level)
    return found.named("raw agreement of two readers", "rate")


def cohen_kappa(table: npt.ArrayLike, weights: str = "none", level: float = 0.95) -> Estimate:
    """Return Cohen's kappa with its large-sample limits.

    Args:
        table: Counts, shape ``(k, k)``.
        weights: ``none``; ``linear``, for ordered categories such as E/M levels; ``quadratic``.
        level: Confidence level of the limits, which may pass beyond 1.

    Raises:
        StatisticsError: *table* is no square table of counts, or both readers used one and the
            same category for every unit, where kappa is not defined.

    Source:
        Cohen, Educ Psychol Meas 20 (1960) 37-46; weighted, Psychol Bull 70 (1968) 213-220;
        standard error of Fleiss, Cohen and Everitt, Psychol Bull 72 (1969) 323-327.
    """
    counts = _table(table)
    weights = _check.choice("weights", weights, WEIGHTS)
    credit = _credit(len(counts), weights)
    share = counts / counts.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed = float((credit * share).sum())
    expected = float(rows @ credit @ columns)
    if expected >= 1.0:
        raise _check.StatisticsError(
            "table", "has one category only, so kappa is not defined; give raw agreement or AC1."
        )
    kappa = (observed - expected) / (1.0 - expected)
    mean_credit = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    spread = float((share * (credit - mean_credit * (1.0 - kappa)) ** 2).sum())
    variance = (spread - (kappa - expected * (1.0 - kappa)) ** 2) / (1.0 - expected) ** 2
    name = "Cohen's kappa" if weights == "none" else f"Cohen's kappa, {weights} weights"
    return _estimate(name, "Fleiss-Cohen-Everitt", kappa, variance, counts, level, weights)


def gwet_ac1(table: npt.ArrayLike, level: float = 0.95) -> Estimate:
    """Return Gwet's AC1, which does not fall when nearly every unit is of one category.

    Args:
        table: Counts, shape ``(k, k)``, k at least 2 (list the categories that nobody used).
        level: Confidence level of the limits.

    Raises:
        StatisticsError: *table* is no square table of counts, or has one category.

    Source:
        Gwet, Br J Math Stat Psychol 61 (2008) 29-48, AC1 and its variance for two raters; equal
        to gwet.ac1.table of Gwet's R package irrCAC.
    """
    counts = _table(table)
    k = len(counts)
    if k < 2:
        raise _check.StatisticsError("table", "must have two categories at least for AC1.")
    share = counts / counts.sum()
    used = (share.sum(axis=1) + share.sum(axis=0)) / 2.0
    observed, expected = float(np.trace(share)), float((used * (1.0 - used)).sum() / (k - 1))
    ac1 = (observed - expected) / (1.0 - expected)
    unit_agrees = (np.eye(k) - expected) / (1.0 - expected)
    unit_chance = (2.0 - used[:, None] - used[None, :]) / 2.0 / (k - 1)
    unit = unit_agrees - 2.0 * (1.0 - ac1) * (unit_chance - expected) / (1.0 - expected)
    variance = float((share * (unit - ac1) ** 2).sum())
    return _estimate("Gwet's AC1", "Gwet 2008", ac1, variance, counts, level, "none")


def reader_error_band(observed: float, disagreement: float) -> dict[str, float]:
    """Return the error rate that readers would report if they never erred, three ways.

    Two readers of equal skill err independently; what they disagree about tells how often. What
    kind of error it is the double reading cannot tell, so three cases are given, and the true
    rate lies between their extremes when readers err in any mixture of the kinds.

    Args:
        observed: Share of units that a reader found in error.
        disagreement: Share of double-read units on which the two differ.

    Returns:
        ``false_findings`` (readers only invent errors), ``misses`` (readers only overlook them),
        ``both`` (as often one as the other), each the corrected share of units in error; not a
        number where so much disagreement cannot come from that kind of reader error alone.

    Raises:
        StatisticsError: An argument is not a fraction.

    Source:
        With p true, q observed, e a reader's error and d the disagreement. False findings:
        q = p + (1-p)e and d = 2(1-p)e(1-e), so e = d / (2(1-q)). Misses: q = p(1-e) and
        d = 2pe(1-e), so e = d / (2q). Both: d = 2e(1-e), and p by Rogan and Gladen, Am J
        Epidemiol 107 (1978) 71-76.
    """
    q = _check.number("observed", observed, at_least=0.0, at_most=1.0)
    d = _check.number("disagreement", disagreement, at_least=0.0, at_most=1.0)
    if d == 0:
        return {"false_findings": q, "misses": q, "both": q}
    invented = d / (2.0 * (1.0 - q)) if q < 1 else math.inf
    missed = d / (2.0 * q) if q > 0 else math.inf
    either = (1.0 - math.sqrt(1.0 - 2.0 * d)) / 2.0 if d < 0.5 else math.inf
    return {
        "false_findings": _share((q - invented) / (1.0 - invented), invented),
        "misses": _share(q / (1.0 - missed) if missed < 1 else math.nan, missed),
        "both": _share((q - either) / (1.0 - 2.0 * either), either),
    }


def _share(value: float, error: float) -> float:
    return value if error < 1 and 0.0 <= value <= 1.0 else math.nan


def _credit(k: int, weights: str) -> npt.NDArray[np.float64]:
    """Return the credit of each pair of categories: 1 on the diagonal."""
    if weights == "none" or k == 1:
        return np.eye(k)
    place = np.arange(k)
    apart = np.abs(place[:, None] - place[None, :]) / (k - 1)
    credit: npt.NDArray[np.float64] = 1.0 - (apart if weights == "linear" else apart**2)
    return credit


def _table(table: npt.ArrayLike) -> npt.NDArray[np.float64]:
    try:
        counts = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _check.StatisticsError("table", "must hold counts only.") from error
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise _check.StatisticsError(
            "table", "must be square: as many columns as rows, one per category."
        )
    if not np.isfinite(counts).all() or (counts < 0).any() or (counts % 1).any():
        raise _check.StatisticsError("table", "must hold whole counts, none of them negative.")
    if counts.sum() < 1:
        raise _check.StatisticsError("table", "holds no unit that both readers read.")
    return counts


def _estimate(
    name: str,
    source: str,
    point: float,
    variance: float,
    counts: npt.NDArray[np.float64],
    level: float,
    weights: str,
) -> Estimate:
    """Return the coefficient with normal limits; *variance* is that of one unit."""
    n = int(counts.sum())
    found = from_standard_error(
        method=f"{name}, {source} standard error",
        point=point,
        se=math.sqrt(max(variance, 0.0) / n),
        level=level,
        n=n,
        universe=None,
        quantity=f"agreement of two readers ({name})",
        unit="amount",
        inputs=(
            ("table", tuple(tuple(int(c) for c in row) for row in counts)),
            ("weights", weights),
            ("level", level),
        ),
    )
    few = f"Only {n} units were read twice; these limits need about {_FEW} to hold."
    same = "Every pair agrees, so the standard error is zero and the limits say nothing."
    warnings = ([few] if n < _FEW else []) + ([same] if variance <= 0 else [])
    return found.warned(*warnings)
