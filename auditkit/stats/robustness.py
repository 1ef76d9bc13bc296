"""One overpayment by several methods: the required line, and how far the others are from it.

Student's t is what contractors and courts expect. Empirical likelihood and the bootstrap follow
a skewed sample better, and the minimum sum holds whatever the payments look like. Shown side by
side they tell the reader how much rests on the method.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.bootstrap import bootstrap_total
from auditkit.stats.cautions import full_errors
from auditkit.stats.likelihood import likelihood_total
from auditkit.stats.msm import minimum_sum, minimum_sum_stratified
from auditkit.stats.result import Estimate
from auditkit.stats.variable import variable_stratified, variable_unrestricted


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """An overpayment by the required method and by others.

    Attributes:
        main: The estimate with Student's t, with every caution that the sample calls for.
        others: Empirical likelihood, bootstrap and, where payments are known, minimum sum.
        left_out: Methods that do not apply to this sample, each with the reason.
    """

    main: Estimate
    others: tuple[Estimate, ...]
    left_out: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """Return one row per method: point, two-sided limits and one-sided lower limit."""
        names = ["method", "point", "lower", "upper", "lower_one_sided"]
        rows = [[getattr(each, name) for name in names] for each in (self.main, *self.others)]
        return pd.DataFrame(rows, columns=names)

    def sentence(self) -> str:
        """Return the lower limits side by side, in plain English."""
        others = "; ".join(f"{each.method}: ${each.lower_one_sided:,.2f}" for each in self.others)
        return (
            f"Lower limit of the one-sided {100 * self.main.level:g} % interval by Student's t: "
            f"${self.main.lower_one_sided:,.2f}. By other methods: {others}."
        )


def sensitivity(
    overpaid: Iterable[float],
    universe: int | Mapping[Any, int],
    paid: Iterable[float] | None = None,
    unsampled_paid: Iterable[float] | Mapping[Any, Iterable[float]] | None = None,
    strata: Iterable[Hashable] | None = None,
    level: float = 0.90,
    lonely: str = "fail",
    seed: int = 0,
    resamples: int = 9_999,
) -> Sensitivity:
    """Return the total overpayment by the required and the other methods.

    Args:
        overpaid: Overpayment of each sampled unit.
        universe: Units in the universe; by stratum label when *strata* is given.
        paid: Amount paid of each sampled unit; needed for the caution about full errors.
        unsampled_paid: Amount paid of every unit not sampled (by stratum label when *strata* is
            given); with *paid* it adds the minimum-sum line, of overpayments without netting.
        strata: Stratum label of each sampled unit.
        level: Confidence level of two-sided and one-sided limits.
        lonely: Policy for a stratum with one sampled unit.
        seed: Seed of the bootstrap.
        resamples: Resamples of the bootstrap.

    Raises:
        StatisticsError: See the required method; *unsampled_paid* without *paid*. What another
            method refuses is no error: the method is left out, with the reason.

    Source:
        The methods' own; side by side as Edwards et al. (2003) and Ignatova and Edwards (2008)
        advise, since limits from the central limit theorem can fail badly for overpayments.
    """
    over = _check.amounts("overpaid", overpaid, at_least=2)
    names = None if strata is None else tuple(strata)
    if unsampled_paid is not None and paid is None:
        raise StatisticsError("paid", "is needed together with 'unsampled_paid'.")
    base = None if paid is None else _check.amounts("paid", paid)
    main = _student(over, universe, names, level, lonely)
    calls: dict[str, Callable[[], Estimate]] = {
        "empirical likelihood": lambda: likelihood_total(over, universe, names, level, lonely),
        "bootstrap": lambda: bootstrap_total(
            over, universe, names, level, resamples, seed, lonely=lonely
        ),
    }
    if base is not None:
        main = main.warned(*full_errors(over, base))
        if unsampled_paid is not None:
            calls["minimum sum"] = lambda: _minimum(base, over, names, unsampled_paid, level)
    others, left_out = [], []
    for name, call in calls.items():
        try:
            others.append(call().named("total overpayment"))
        except StatisticsError as error:
            left_out.append(f"{name}: {error}")
    return Sensitivity(main.named("total overpayment"), tuple(others), tuple(left_out))


def _student(
    over: Array,
    universe: int | Mapping[Any, int],
    names: tuple[Hashable, ...] | None,
    level: float,
    lonely: str,
) -> Estimate:
    if isinstance(universe, Mapping):
        return variable_stratified(over, universe, names or (), level, lonely=lonely)
    return variable_unrestricted(over, universe, level)


def _minimum(
    base: Array,
    over: Array,
    names: tuple[Hashable, ...] | None,
    left: Iterable[float] | Mapping[Any, Iterable[float]],
    level: float,
) -> Estimate:
    gross = np.maximum(over, 0.0)
    if isinstance(left, Mapping):
        found = minimum_sum_stratified(base, gross, names or (), left, level=level)
    else:
        found = minimum_sum(base, gross, left, level=level)
    if (over < 0).any():
        return found.warned("The minimum sum counts overpayments only; underpayments are left out.")
    return found
