"""Mean, spread and shape of the sampled amounts, as RAT-STATS prints them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError


@dataclass(frozen=True, slots=True)
class Moments:
    """Shape of a sample.

    Attributes:
        n: Units.
        nonzero: Units whose amount is not zero.
        total: Sum of the amounts.
        mean: Their mean.
        sd: Standard deviation, divisor n - 1; None for one unit.
        skewness: m3 / m2**1.5 with divisor n; None when every amount is equal.
        kurtosis: m4 / m2**2 with divisor n, 3 for a normal curve; None when all are equal.
    """

    n: int
    nonzero: int
    total: float
    mean: float
    sd: float | None
    skewness: float | None
    kurtosis: float | None

    def fields_of_estimate(self) -> dict[str, Any]:
        """Return the shape as the keyword arguments that an estimate takes."""
        names = ("mean", "sd", "nonzero", "skewness", "kurtosis")
        return {name: getattr(self, name) for name in names}


def moments(values: Iterable[Any], convention: str = "default") -> Moments:
    """Return the :class:`Moments` of *values*.

    Under ``convention="ratstats"`` skewness and kurtosis are left out when the standard
    deviation (divisor n) is below 1, as the RAT-STATS code has it; the default leaves them out
    only when all amounts are equal.

    Raises:
        StatisticsError: Text, blanks or no values at all.
    """
    found = _check.amounts("values", values)
    mean = float(found.mean())
    deviations = found - mean
    second = float(np.mean(deviations**2))
    spread = second**0.5
    # Equal amounts leave rounding noise in the deviations, which is not a spread.
    flat = spread <= 1e-12 * max(1.0, float(np.abs(found).max()))
    shapeless = flat or (convention == "ratstats" and spread < 1.0)
    return Moments(
        n=int(found.size),
        nonzero=int(np.count_nonzero(found)),
        total=float(found.sum()),
        mean=mean,
        sd=float(found.std(ddof=1)) if found.size > 1 else None,
        skewness=None if shapeless else float(np.mean(deviations**3)) / spread**3,
        kurtosis=None if shapeless else float(np.mean(deviations**4)) / second**2,
    )


def sections(
    examined: Iterable[Any] | None = None,
    audited: Iterable[Any] | None = None,
    difference: Iterable[Any] | None = None,
) -> dict[str, Array]:
    """Return examined, audited and difference amounts, given any two of them (or one alone).

    RAT-STATS prints a section for each; difference = examined - audited, so that an overpayment
    is positive.

    Raises:
        StatisticsError: None given, lists of different lengths, or three that do not agree to
            half a cent.
    """
    given = {"examined": examined, "audited": audited, "difference": difference}
    found = {k: _check.amounts(k, v) for k, v in given.items() if v is not None}
    if not found:
        raise StatisticsError("examined", "is missing; give examined, audited or difference.")
    first, *others = found
    for other in others:
        _check.same_length(first, found[first], other, found[other])
    if len(found) == 1:
        return found
    if "difference" not in found:
        found["difference"] = found["examined"] - found["audited"]
    elif "audited" not in found:
        found["audited"] = found["examined"] - found["difference"]
    elif "examined" not in found:
        found["examined"] = found["audited"] + found["difference"]
    gap = np.abs(found["examined"] - found["audited"] - found["difference"])
    if (wrong := np.flatnonzero(gap > 0.005)).size:
        raise StatisticsError(
            "difference", f"is not examined less audited at {_check.positions(wrong)}."
        )
    return {name: found[name] for name in ("examined", "audited", "difference")}
