"""A checked sample of pairs: the amount of interest and the amounts known for every unit."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.cautions import mostly_equal, nonzero_warning
from auditkit.stats.result import Estimate, from_standard_error
from auditkit.stats.strata import Strata, Variance, read_strata

#: ``taylor`` weights the residuals as the estimator does; ``cochran`` leaves them unweighted.
VARIANCES = ("taylor", "cochran")

#: One coefficient for the whole universe, or one in each stratum.
COMBINATIONS = ("combined", "separate")

Amounts = Iterable[float]
Labels = Iterable[Hashable]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The checked sample: amounts, auxiliary columns (n, k) and the strata."""

    values: Array
    auxiliary: Array
    strata: Strata


def read(
    values: Amounts,
    auxiliary: Any,
    universe: int | Mapping[Any, int],
    strata: Labels | None,
    one_column: bool = True,
) -> Pairs:
    """Return the checked pairs; *auxiliary* may be one list, an ``(n, k)`` array or a table."""
    found = _check.amounts("values", values, at_least=2)
    columns = np.ndim(auxiliary) if isinstance(auxiliary, np.ndarray) else 1
    raw = auxiliary.to_numpy() if hasattr(auxiliary, "columns") else auxiliary
    if columns == 2 or hasattr(auxiliary, "columns"):
        table = np.column_stack(
            [_check.amounts("auxiliary", np.asarray(raw)[:, k]) for k in range(np.shape(raw)[1])]
        )
    else:
        table = _check.amounts("auxiliary", raw)[:, None]
    if one_column and table.shape[1] != 1:
        raise StatisticsError(
            "auxiliary", f"must be one known amount (got {table.shape[1]}); see regression_total."
        )
    _check.same_length("values", found, "auxiliary", table)
    return Pairs(found, table, read_strata(len(found), universe, strata))


def listed(labels: Labels | None) -> tuple[Hashable, ...] | None:
    """Return the labels as a tuple, since an iterator can be read only once."""
    return None if labels is None else tuple(labels)


def groups(pairs: Pairs, totals: Any, how: str) -> list[tuple[Pairs, Array]]:
    """Return the parts that are fitted one by one, each with its known totals."""
    how = _check.choice("how", how, COMBINATIONS)
    columns = pairs.auxiliary.shape[1]
    if how == "combined":
        if isinstance(totals, Mapping):
            raise StatisticsError(
                "auxiliary_total", "must be one total unless how='separate' is chosen."
            )
        return [(pairs, _totals("auxiliary_total", totals, columns))]
    if not isinstance(totals, Mapping):
        raise StatisticsError(
            "auxiliary_total", "must give the known total of each stratum when how='separate'."
        )
    parts = []
    for h, label in enumerate(pairs.strata.labels):
        if label not in totals:
            raise StatisticsError("auxiliary_total", f"has no total for stratum {label!r}.")
        rows = pairs.strata.rows[h]
        alone = Strata((label,), pairs.strata.sizes[h : h + 1], (rows,))
        part = Pairs(pairs.values[rows], pairs.auxiliary[rows], alone)
        parts.append((part, _totals(f"auxiliary_total[{label!r}]", totals[label], columns)))
    return parts


def rows_of(part: Pairs, whole: Pairs) -> Array | Any:
    """Return the rows of *whole* that *part* holds."""
    return np.arange(len(whole.values)) if part is whole else part.strata.rows[0]


def _totals(argument: str, totals: Any, columns: int) -> Array:
    listed = [totals] if np.ndim(totals) == 0 else totals
    found = _check.amounts(argument, listed)
    if len(found) != columns:
        raise StatisticsError(
            argument, f"holds {len(found)} totals for {columns} auxiliary column(s)."
        )
    return found


def prefix(pairs: Pairs, how: str) -> str:
    """Return the words that open the name of a stratified method."""
    return "" if len(pairs.strata.labels) == 1 else f"stratified {how} "


def estimate(
    method: str,
    point: float,
    se: float,
    pairs: Pairs,
    spread: Variance,
    level: float,
    quantity: str = "total",
    unit: str = "dollars",
    warnings: tuple[str, ...] | None = None,
    used: int = 0,
    **inputs: Any,
) -> Estimate:
    """Return the estimate with t limits; *used* coefficients cost degrees of freedom."""
    few = nonzero_warning(pairs.values) if warnings is None else warnings
    if pairs.auxiliary.shape[1] == 1 and unit == "dollars":
        few += mostly_equal(pairs.values, pairs.auxiliary[:, 0])
    return from_standard_error(
        method,
        point,
        se,
        level,
        n=len(pairs.values),
        universe=pairs.strata.universe,
        df=max(spread.df - used, 0),
        quantity=quantity,
        unit=unit,
        inputs=(
            ("values", tuple(pairs.values.tolist())),
            ("auxiliary", tuple(map(tuple, pairs.auxiliary.tolist()))),
            *inputs.items(),
            ("level", level),
        ),
        warnings=spread.warnings + few,
    )
