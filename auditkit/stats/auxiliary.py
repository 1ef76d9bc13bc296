"""Totals that lean on an amount known for the whole universe, such as the amount paid.

The sample gives pairs: the amount audited (or overpaid) and the amount paid. Because the total
paid is known exactly, its error in the sample corrects the estimate. Ratio and difference
estimators; unrestricted and stratified; combined over strata or separate in each.

Two variances are offered by ``variance=``:

* ``taylor`` (default): linearised residuals weighted as the estimator weights them. R survey
  (``svyratio``); Särndal, Swensson and Wretman, Biometrika 76 (1989) 527-537.
* ``cochran``: unweighted residuals. Cochran, Sampling Techniques (3rd ed. 1977), eq. 6.9;
  R samplingbook ``mbes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from auditkit.stats import _check, _pairs
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats._pairs import Amounts, Labels, Pairs
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import Estimate
from auditkit.stats.strata import total_variance


def ratio(
    values: Amounts,
    auxiliary: Amounts,
    universe: int | Mapping[Any, int],
    strata: Labels | None = None,
    level: float = 0.90,
    lonely: str = "fail",
    fpc: bool = True,
) -> Estimate:
    """Return the ratio of two totals, such as overpaid to paid (a dollar error rate).

    Args:
        values: Amount of interest of each sampled unit.
        auxiliary: Amount in the denominator of each sampled unit.
        universe: Units in the universe; by stratum label when *strata* is given.
        strata: Stratum label of each sampled unit.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit; see
            :data:`auditkit.stats.strata.LONELY_POLICIES`.
        fpc: Whether to apply the finite population correction; R jfa leaves it out.

    Returns:
        An estimate in the unit ``rate``; the denominator of its variance is the sample's own.

    Raises:
        StatisticsError: Fewer than two units; amounts that are not numbers; a denominator that
            sums to zero; strata that do not fit.

    Source:
        R survey ``svyratio``; Cochran (1977), eq. 6.13.
    """
    strata = _pairs.listed(strata)
    pairs = _pairs.read(values, auxiliary, universe, strata)
    weights = pairs.strata.weights()
    found, denominator = _ratio_of(pairs, weights)
    residuals = pairs.values - found * pairs.auxiliary[:, 0]
    spread = total_variance(residuals, pairs.strata, lonely, fpc)
    return _pairs.estimate(
        "ratio of two sample totals, linearised",
        found,
        spread.total**0.5 / abs(denominator),
        pairs,
        spread,
        level,
        quantity="ratio",
        unit="rate",
        universe=universe,
        strata=strata,
        lonely=lonely,
        fpc=fpc,
    )


def ratio_total(
    values: Amounts,
    auxiliary: Amounts,
    universe: int | Mapping[Any, int],
    auxiliary_total: float | Mapping[Any, float],
    strata: Labels | None = None,
    how: str = "combined",
    variance: str = "taylor",
    level: float = 0.90,
    lonely: str = "fail",
    fpc: bool = True,
) -> Estimate:
    """Return the total estimated by the ratio to an amount whose total is known.

    Args:
        values: Amount of interest of each sampled unit (overpaid, or audited).
        auxiliary: Known amount of each sampled unit (paid).
        universe: Units in the universe; by stratum label when *strata* is given.
        auxiliary_total: Total of the known amount; by stratum label when ``how="separate"``.
        strata: Stratum label of each sampled unit.
        how: ``combined`` (one ratio) or ``separate`` (one ratio in each stratum).
        variance: ``taylor`` or ``cochran``; see the module.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit.
        fpc: Whether to apply the finite population correction; R jfa leaves it out.

    Raises:
        StatisticsError: See :func:`ratio`; or totals that do not fit *how*.

    Source:
        Cochran (1977), ch. 6; R survey ``predict(svyratio(...))``.
    """
    strata = _pairs.listed(strata)
    pairs = _pairs.read(values, auxiliary, universe, strata)
    variance = _check.choice("variance", variance, _pairs.VARIANCES)
    weights = pairs.strata.weights()
    point, residuals = 0.0, np.zeros(len(pairs.values))
    for part, total in _pairs.groups(pairs, auxiliary_total, how):
        found, denominator = _ratio_of(part, weights[_pairs.rows_of(part, pairs)])
        stretch = total[0] / denominator if variance == "taylor" else 1.0
        point += found * total[0]
        residuals[_pairs.rows_of(part, pairs)] = stretch * (
            part.values - found * part.auxiliary[:, 0]
        )
    spread = total_variance(residuals, pairs.strata, lonely, fpc)
    method = f"{_pairs.prefix(pairs, how)}ratio estimator, {variance} variance"
    return _pairs.estimate(
        method,
        point,
        spread.total**0.5,
        pairs,
        spread,
        level,
        universe=universe,
        auxiliary_total=auxiliary_total,
        strata=strata,
        how=how,
        variance=variance,
        lonely=lonely,
        fpc=fpc,
    )


def difference_total(
    values: Amounts,
    auxiliary: Amounts,
    universe: int | Mapping[Any, int],
    auxiliary_total: float,
    strata: Labels | None = None,
    level: float = 0.90,
    lonely: str = "fail",
    fpc: bool = True,
) -> Estimate:
    """Return the known total corrected by the mean difference between the two amounts.

    With the amount paid as auxiliary and the amount audited as value, the overpayment is the
    known total less this estimate, and has the same standard error.

    Args:
        values: Amount of interest of each sampled unit (audited).
        auxiliary: Known amount of each sampled unit (paid).
        universe: Units in the universe; by stratum label when *strata* is given.
        auxiliary_total: Total of the known amount in the universe.
        strata: Stratum label of each sampled unit.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit.
        fpc: Whether to apply the finite population correction; R jfa leaves it out.

    Raises:
        StatisticsError: See :func:`ratio`.

    Source:
        Cochran (1977), sec. 7.2 with b = 1; R samplingbook ``mbes``.
    """
    strata = _pairs.listed(strata)
    pairs = _pairs.read(values, auxiliary, universe, strata)
    total = _check.number("auxiliary_total", auxiliary_total)
    residuals = pairs.values - pairs.auxiliary[:, 0]
    spread = total_variance(residuals, pairs.strata, lonely, fpc)
    point = total + float(pairs.strata.weights() @ residuals)
    method = f"{_pairs.prefix(pairs, 'combined')}difference estimator"
    return _pairs.estimate(
        method,
        point,
        spread.total**0.5,
        pairs,
        spread,
        level,
        warnings=nonzero_warning(residuals),
        universe=universe,
        auxiliary_total=total,
        strata=strata,
        lonely=lonely,
        fpc=fpc,
    )


def _ratio_of(pairs: Pairs, weights: Array) -> tuple[float, float]:
    """Return the weighted ratio and its weighted denominator."""
    denominator = float(weights @ pairs.auxiliary[:, 0])
    if denominator == 0.0:
        raise StatisticsError("auxiliary", "sums to zero in the sample; no ratio can be formed.")
    return float(weights @ pairs.values) / denominator, denominator
