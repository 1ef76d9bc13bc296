"""Totals from whole clusters drawn at random in each stratum; every element was examined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.attribute import rate_limits
from auditkit.stats.result import CONVENTIONS, Estimate
from auditkit.stats.units import Clusters, all_of_kind
from auditkit.stats.variable import variable_stratified


def attribute_stratified_cluster(
    strata: Iterable[Clusters | dict[str, Any]],
    level: float = 0.90,
    convention: str = "default",
) -> Estimate:
    """Return the number of elements in error in a stratified universe of clusters.

    In a stratum the rate is ``sum of errors / sum of sizes`` of the drawn clusters, and the
    total is that rate times the known number of elements. One stratum is accepted.

    * ``default``: Korn-Graubard limits.
    * ``ratstats``: ``point ± z * se``.

    Args:
        strata: :class:`~auditkit.stats.units.Clusters` (or dictionaries): clusters_universe,
            elements_universe, and the errors (``totals``) and sizes of the drawn clusters.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.

    Returns:
        An estimate in units; ``.per_unit("error rate", "rate")`` gives the rate.

    Raises:
        StatisticsError: A number of elements that is missing or smaller than the drawn clusters
            hold, more errors than elements, or a single drawn cluster of several.

    Source:
        Cochran (1977), eq. 3.34 and 6.13; RAT-STATS Companion Manual pp. 2-62 to 2-67.
    """
    convention = _check.choice("convention", convention, CONVENTIONS)
    found = all_of_kind("strata", strata, Clusters)
    total = variance = 0.0
    n = errors = universe = df = 0
    for position, stratum in enumerate(found, start=1):
        name = stratum.name or f"stratum {position}"
        clusters = _check.universe_size("clusters_universe", stratum.clusters_universe)
        counts, sizes, elements = _elements(stratum, name)
        drawn = _drawn(sizes.size, clusters, name)
        rate = float(counts.sum() / sizes.sum())
        total += rate * elements
        if drawn < clusters:
            residuals = counts - rate * sizes
            variance += (
                clusters * (clusters - drawn) * float((residuals**2).sum()) / (drawn * (drawn - 1))
            )
            df += drawn - 1
        n, errors, universe = n + int(sizes.sum()), errors + int(counts.sum()), universe + elements
    return rate_limits(
        "stratified cluster attribute appraisal",
        total,
        variance**0.5,
        errors,
        n,
        universe,
        level,
        df,
        convention,
        inputs=(("strata", found), ("level", level), ("convention", convention)),
    )


def variable_stratified_cluster(
    strata: Iterable[Clusters | dict[str, Any]],
    level: float = 0.90,
    convention: str = "default",
    quantile: str = "convention",
    lonely: str = "fail",
) -> Estimate:
    """Return a total in a stratified universe of clusters.

    The mean total of the drawn clusters times the number of clusters, summed over strata; the
    sizes of the clusters are not used. One stratum is accepted.

    * ``default``: t with the drawn clusters less the strata.
    * ``ratstats``: z overall, t in each stratum.

    Args:
        strata: :class:`~auditkit.stats.units.Clusters` (or dictionaries): clusters_universe and
            the ``totals`` of the drawn clusters.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        quantile: ``t``, ``z`` or ``convention``.
        lonely: Policy for a stratum with one drawn cluster; see
            :data:`auditkit.stats.strata.LONELY_POLICIES`.

    Raises:
        StatisticsError: See :func:`auditkit.stats.variable.variable_stratified`.

    Source:
        Cochran (1977), sec. 9A.1; RAT-STATS Companion Manual p. 3-77.
    """
    found = all_of_kind("strata", strata, Clusters)
    names = [each.name or f"stratum {h}" for h, each in enumerate(found, start=1)]
    totals = [_check.amounts("totals", each.totals) for each in found]
    labels = [name for name, own in zip(names, totals, strict=True) for _ in own]
    universe = {n: each.clusters_universe for n, each in zip(names, found, strict=True)}
    if len(universe) < len(names):
        raise StatisticsError("strata", "has two strata of the same name; rename one.")
    estimate = variable_stratified(
        np.concatenate(totals), universe, labels, level, convention, quantile, lonely
    )
    return estimate.renamed("stratified cluster variable appraisal")


def _elements(stratum: Clusters, name: str) -> tuple[Array, Array, int]:
    """Return errors and sizes of the drawn clusters, and the elements of the stratum."""
    counts = _check.wholes("totals", stratum.totals).astype(np.float64)
    sizes = _check.wholes("sizes", stratum.sizes, at_least=1).astype(np.float64)
    _check.same_length("totals", counts, "sizes", sizes)
    if (wrong := np.flatnonzero(counts > sizes)).size:
        raise StatisticsError(
            "totals", f"of {name} holds more errors than elements at {_check.positions(wrong)}."
        )
    if stratum.elements_universe is None:
        raise StatisticsError(
            "elements_universe", f"of {name} is missing; a rate needs the number of elements."
        )
    elements = _check.universe_size(
        "elements_universe", stratum.elements_universe, at_least=int(sizes.sum())
    )
    return counts, sizes, elements


def _drawn(drawn: int, clusters: int, name: str) -> int:
    _check.sample_size("totals", drawn, clusters)
    if drawn == 1 and clusters > 1:
        raise StatisticsError(
            "totals", f"of {name} holds one cluster of {clusters:,}; two or more are needed."
        )
    return drawn
