"""Regression (GREG) and post-stratified totals, calibrated to what is known of the universe.

``variance="taylor"`` (default) multiplies the residuals by the calibration weights, as R survey
does (``calibrate``, ``postStratify``); ``"cochran"`` leaves them unweighted and divides by
n - 2 for the regression on one amount (Cochran 1977, eq. 7.29; R samplingbook ``mbes``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from auditkit.stats import _check, _pairs
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats._pairs import Amounts, Labels, Pairs
from auditkit.stats.result import Estimate
from auditkit.stats.strata import read_strata, total_variance


def regression_total(
    values: Amounts,
    auxiliary: Any,
    universe: int | Mapping[Any, int],
    auxiliary_total: Any,
    strata: Labels | None = None,
    how: str = "combined",
    variance: str = "taylor",
    level: float = 0.90,
    lonely: str = "fail",
    fpc: bool = True,
) -> Estimate:
    """Return the generalised regression (GREG) estimate of a total.

    The regression has an intercept, so that the number of units is met as well.

    Args:
        values: Amount of interest of each sampled unit.
        auxiliary: One known amount of each sampled unit, shape ``(n,)``, or several, ``(n, k)``.
        universe: Units in the universe; by stratum label when *strata* is given.
        auxiliary_total: Known total of each column (a number, or ``k`` numbers); a mapping of
            these by stratum label when ``how="separate"``.
        strata: Stratum label of each sampled unit.
        how: ``combined`` (one regression) or ``separate`` (one in each stratum).
        variance: ``taylor`` (residuals times calibration weights) or ``cochran``.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit.
        fpc: Whether to apply the finite population correction; R jfa leaves it out.

    Raises:
        StatisticsError: See :func:`ratio`; fewer units than coefficients plus one; columns that
            determine each other.

    Source:
        Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), eq. 6.4.1 and
        6.6.4; R survey ``calibrate(~x)``; Cochran (1977), eq. 7.29.
    """
    strata = _pairs.listed(strata)
    pairs = _pairs.read(values, auxiliary, universe, strata, one_column=False)
    variance = _check.choice("variance", variance, _pairs.VARIANCES)
    weights = pairs.strata.weights()
    point, residuals = 0.0, np.zeros(len(pairs.values))
    parts = _pairs.groups(pairs, auxiliary_total, how)
    for part, total in parts:
        rows = _pairs.rows_of(part, pairs)
        design = np.column_stack([np.ones(len(rows)), part.auxiliary])
        goal = np.concatenate([[part.strata.universe], total])
        calibrated, errors = _greg(part.values, design, goal, weights[rows])
        point += float((weights[rows] * calibrated) @ part.values)
        if variance == "cochran":
            # The variance divides by n - 1; this makes it n - 2 for one column (eq. 7.29).
            freedom = (len(rows) - 1) / (len(rows) - design.shape[1])
            calibrated = np.full(len(rows), freedom**0.5)
        residuals[rows] = calibrated * errors
    spread = total_variance(residuals, pairs.strata, lonely, fpc)
    method = f"{_pairs.prefix(pairs, how)}regression estimator (GREG), {variance} variance"
    return _pairs.estimate(
        method,
        point,
        spread.total**0.5,
        pairs,
        spread,
        level,
        used=pairs.auxiliary.shape[1] * len(parts),
        universe=universe,
        auxiliary_total=auxiliary_total,
        strata=strata,
        how=how,
        variance=variance,
        lonely=lonely,
        fpc=fpc,
    )


def poststratified_total(
    values: Amounts,
    cells: Labels,
    cell_sizes: Mapping[Any, int],
    auxiliary: Amounts | None = None,
    cell_auxiliary_totals: Mapping[Any, float] | None = None,
    variance: str = "taylor",
    level: float = 0.90,
) -> Estimate:
    """Return the total of an unrestricted sample, weighted to the known size of each cell.

    With *auxiliary* the estimate in each cell is the ratio to the known amount instead.

    Args:
        values: Amount of interest of each sampled unit.
        cells: Cell (post-stratum) of each sampled unit, known only after the draw.
        cell_sizes: Units of the universe in each cell.
        auxiliary: Known amount of each sampled unit.
        cell_auxiliary_totals: Total of the known amount in each cell.
        variance: ``taylor`` (R survey ``postStratify``) or ``cochran`` (unweighted residuals).
        level: Confidence level of two-sided and one-sided limits.

    Raises:
        StatisticsError: A cell without a size, without a sampled unit or (with *auxiliary*)
            without a total; amounts that are not numbers.

    Source:
        Särndal, Swensson and Wretman (1992), sec. 7.6; R survey ``postStratify``. RAT-STATS uses
        another variance: see the post-stratified variable appraisal.
    """
    found = _check.amounts("values", values, at_least=2)
    variance = _check.choice("variance", variance, _pairs.VARIANCES)
    cells = _pairs.listed(cells) or ()
    grouped = read_strata(len(found), cell_sizes, cells)
    known = None if auxiliary is None else _check.amounts("auxiliary", auxiliary)
    if known is not None:
        _check.same_length("values", found, "auxiliary", known)
    base = grouped.universe / len(found)
    point, residuals = 0.0, np.zeros(len(found))
    for h, rows in enumerate(grouped.rows):
        label, size = grouped.labels[h], float(grouped.sizes[h])
        if known is None:
            fitted, stretch = np.full(len(rows), found[rows].mean()), size / (base * len(rows))
            point += size * float(found[rows].mean())
        else:
            goal = _cell_total(cell_auxiliary_totals, label)
            held = float(known[rows].sum())
            if held == 0.0:
                raise StatisticsError("auxiliary", f"sums to zero in cell {label!r}.")
            share = float(found[rows].sum()) / held
            fitted, stretch = share * known[rows], goal / (base * held)
            point += share * goal
        residuals[rows] = (stretch if variance == "taylor" else 1.0) * (found[rows] - fitted)
    whole = read_strata(len(found), grouped.universe, None)
    spread = total_variance(residuals, whole)
    kind = "post-stratified" if known is None else "post-stratified ratio"
    pairs = Pairs(found, np.zeros((len(found), 0)) if known is None else known[:, None], whole)
    few = tuple(
        f"Cell {grouped.labels[h]!r} holds {len(rows)} sampled units; below 20 the result is rough."
        for h, rows in enumerate(grouped.rows)
        if len(rows) < 20
    )
    return _pairs.estimate(
        f"{kind} estimator, {variance} variance",
        point,
        spread.total**0.5,
        pairs,
        spread,
        level,
        warnings=few,
        cells=cells,
        cell_sizes=cell_sizes,
        cell_auxiliary_totals=cell_auxiliary_totals,
        variance=variance,
    )


def _cell_total(totals: Mapping[Any, float] | None, label: Hashable) -> float:
    if totals is None or label not in totals:
        raise StatisticsError("cell_auxiliary_totals", f"has no total for cell {label!r}.")
    return _check.number(f"cell_auxiliary_totals[{label!r}]", totals[label])


def _greg(values: Array, design: Array, goal: Array, weights: Array) -> tuple[Array, Array]:
    """Return the calibration weights g and the regression residuals, each of shape ``(n,)``."""
    n, k = design.shape
    if n < k + 1 or np.linalg.matrix_rank(design) < k:
        raise StatisticsError(
            "auxiliary",
            "does not vary enough (or the sample is too small) for a regression on it; "
            "use ratio_total or drop a column.",
        )
    inner = (design * weights[:, None]).T @ design
    coefficients = np.linalg.solve(inner, (design * weights[:, None]).T @ values)
    calibrated = 1.0 + design @ np.linalg.solve(inner, goal - weights @ design)
    return calibrated, values - design @ coefficients
