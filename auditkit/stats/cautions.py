"""Warnings that an estimate carries when the sample is one that its interval does not suit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array

#: Share of 100 % errors from which the t lower limit falls short of its stated confidence:
#: simulated coverage of a 90 % limit is .85 at an error rate of 85 % and .80 at 95 % (n = 30).
MANY_FULL_ERRORS = 0.75

#: Fewer non-zero amounts than this leave the two-sided interval short of its stated confidence:
#: simulated coverage of a 90 % interval is .79 with 1.5 of them on average, .86 with 10.
FEW_NONZERO = 10


def full_errors(amounts: Iterable[float], paid: Iterable[float]) -> tuple[str, ...]:
    """Return a warning when most sampled units are overpaid in full.

    Args:
        amounts: Overpayment of each sampled unit.
        paid: Amount paid of each sampled unit, same order.

    Raises:
        StatisticsError: Lists that do not agree in length, or that hold anything but numbers.
    """
    over = _check.amounts("amounts", amounts)
    base = _check.amounts("paid", paid)
    _check.same_length("amounts", over, "paid", base)
    share = float(np.mean((over >= base) & (base > 0)))
    if share <= MANY_FULL_ERRORS:
        return ()
    return (
        f"{100 * share:.0f} % of the sampled units are overpaid in full. With so many, the lower "
        "limit from Student's t, empirical likelihood or the bootstrap can be too high more often "
        "than its confidence states. Report the minimum-sum or the penny-sampling limit beside it.",
    )


def few_nonzero(amounts: Iterable[float]) -> tuple[str, ...]:
    """Return a warning when few sampled amounts differ from zero.

    Raises:
        StatisticsError: A list that holds anything but numbers.
    """
    values = _check.amounts("amounts", amounts)
    return nonzero_warning(values)


def nonzero_warning(values: Array) -> tuple[str, ...]:
    """Return the warning of :func:`few_nonzero` for an array already checked."""
    count = int(np.count_nonzero(values))
    if count >= FEW_NONZERO:
        return ()
    if count == 0:
        return (
            "No sampled amount differs from zero: the standard error is zero because nothing was "
            "found, not because the total is known. Use an exact limit for the error rate.",
        )
    plural = "amounts differ" if count > 1 else "amount differs"
    return (
        f"Only {count} sampled {plural} from zero (fewer than {FEW_NONZERO}). The two-sided "
        "interval covers less often than its confidence states and misses on the high side; the "
        "lower limit stays valid but is low. Compare empirical likelihood or sample more units.",
    )


def mostly_equal(values: Array, known: Array) -> tuple[str, ...]:
    """Return a warning when most sampled amounts equal the known amount that they lean on.

    Overpayments then are mostly in full, or audited amounts mostly right; either way few units
    carry all the error of a ratio or regression estimate.

    Args:
        values: Amount of interest of each sampled unit, already checked.
        known: Known amount of each sampled unit, same order.
    """
    share = float(np.mean((values == known) & (known > 0)))
    if share <= MANY_FULL_ERRORS:
        return ()
    return (
        f"In {100 * share:.0f} % of the sampled units the amount equals the known amount. So few "
        "differ that limits from a ratio or a regression hold less often than they state: with "
        "overpayments in full in 90 % of units, a 90 % lower limit held in about 72 % of simulated "
        "samples of 30. Report the minimum-sum or the penny-sampling limit beside it.",
    )
