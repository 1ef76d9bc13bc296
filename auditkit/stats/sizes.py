"""How many units to sample so that a total or a mean comes out as precisely as asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from auditkit.stats import _check, quantiles
from auditkit.stats._check import StatisticsError
from auditkit.stats.result import CONVENTIONS

#: Precision and confidence that a corporate integrity agreement asks of its full sample.
CIA_PRECISION, CIA_LEVEL = 0.25, 0.90

#: RAT-STATS marks smaller samples: their intervals lean on the normal curve too heavily.
SMALL_SAMPLE = 30


@dataclass(frozen=True, slots=True)
class SampleSize:
    """A sample size and what it was computed from.

    Attributes:
        n: Units to sample.
        unrounded: The size before rounding; equal to n where it was found by search.
        method: The method and its convention, in words.
        level: Confidence level.
        universe: Units in the universe; None when unlimited.
        strata: Units to sample in each stratum; empty when unstratified.
        precision: What the size achieves, as a fraction of the total (or in the unit of the
            argument that asked for it); None when not computed.
        inputs: Names and values of the arguments.
        warnings: What the reader must know.
    """

    n: int
    unrounded: float
    method: str
    level: float
    universe: int | None
    strata: tuple[int, ...] = ()
    precision: float | None = None
    inputs: tuple[tuple[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the size in plain English."""
        of_universe = "" if self.universe is None else f" of {self.universe:,}"
        strata = f" ({', '.join(f'{n:,}' for n in self.strata)} by stratum)" if self.strata else ""
        return (
            f"Sample {self.n:,}{of_universe} units{strata}: {self.method}, "
            f"{100 * self.level:g} % confidence."
        )


def variable_size(
    mean: float,
    sd: float,
    universe: int,
    precision: float,
    level: float = 0.90,
    convention: str = "default",
) -> SampleSize:
    """Return the unrestricted sample size for a relative precision of a total.

    * ``default``: the smallest n whose half width ``t s sqrt((N - n) / (n N))`` is at most
      *precision* times the mean. It is what the appraisal will use, so the target is met if
      mean and spread come out as expected.
    * ``ratstats``: ``(s N)^2 / ((E / z)^2 + N s^2)`` with ``E = precision * mean * N``, rounded
      to the nearest whole number, which may miss the target by less than one unit. RAT-STATS
      prints "---" for 0 and "(*)" under 30.

    Args:
        mean: Mean amount expected, such as that of a probe; not zero.
        sd: Standard deviation expected.
        universe: Units in the universe.
        precision: Half width of the two-sided interval, as a fraction of the total (0.25).
        level: Confidence level of that interval.
        convention: ``default`` or ``ratstats``.

    Raises:
        StatisticsError: A mean of zero, a negative spread, or a precision that is not above 0.

    Source:
        Cochran (1977), sec. 4.6; RAT-STATS Companion Manual p. 4-5.
    """
    mean = _check.number("mean", mean)
    if mean == 0.0:
        raise StatisticsError("mean", "is zero, so no precision can be a share of it.")
    sd = _check.number("sd", sd, at_least=0.0)
    universe = _check.universe_size("universe", universe)
    precision = _check.number("precision", precision, above=0.0)
    level = _check.level("level", level)
    convention = _check.choice("convention", convention, CONVENTIONS)
    allowed = precision * abs(mean)
    if convention == "ratstats":
        unrounded = _normal_size(allowed, sd, universe, level)
        n, method = math.floor(unrounded + 0.5), "variable size, normal curve, rounded (RAT-STATS)"
    else:
        n = _size_by_t(allowed, sd, universe, level)
        unrounded, method = float(n), "variable size, Student's t, never short of the target"
    warnings = (
        (f"Under {SMALL_SAMPLE} units the interval may not hold its stated confidence.",)
        if n < min(SMALL_SAMPLE, universe)
        else ()
    )
    return SampleSize(
        n,
        unrounded,
        method,
        level,
        universe,
        precision=precision,
        inputs=(
            ("mean", mean),
            ("sd", sd),
            ("universe", universe),
            ("precision", precision),
            ("level", level),
            ("convention", convention),
        ),
        warnings=warnings,
    )


def size_from_probe(
    probe: Iterable[Any],
    universe: int,
    precision: float,
    level: float = 0.90,
    convention: str = "default",
) -> SampleSize:
    """Return :func:`variable_size` for the mean and spread of a probe sample.

    Raises:
        StatisticsError: Fewer than two amounts, or amounts that sum to zero.
    """
    found = _check.amounts("probe", probe, at_least=2)
    mean, sd = float(found.mean()), float(found.std(ddof=1))
    return variable_size(mean, sd, universe, precision, level, convention)


def size_from_error_rate(
    error_rate: float,
    mean: float,
    sd: float,
    universe: int,
    precision: float,
    level: float = 0.90,
    convention: str = "default",
    taint_mean: float = 1.0,
    taint_sd: float = 0.0,
) -> SampleSize:
    """Return :func:`variable_size` from an expected error rate and the amounts paid.

    With the defaults every error is an overpayment in full, as RAT-STATS assumes:
    ``mean_D = p m`` and ``sd_D = sqrt(p (s^2 + (1 - p) m^2))``. Partial errors take a part of
    the payment, independent of its size, with *taint_mean* and *taint_sd*.

    Args:
        error_rate: Share of units expected in error, above 0 to 1.
        mean: Mean amount paid.
        sd: Standard deviation of the amounts paid.
        universe: Units in the universe.
        precision: See :func:`variable_size`.
        level: Confidence level.
        convention: ``default`` or ``ratstats``.
        taint_mean: Mean share of the payment that is in error, above 0 to 1.
        taint_sd: Standard deviation of that share.

    Raises:
        StatisticsError: A rate or taint outside 0 to 1; see also :func:`variable_size`.

    Source:
        RAT-STATS Companion Manual p. 4-7; Roberts, Statistical Auditing (AICPA 1978).
    """
    expected, spread = error_moments(error_rate, mean, sd, taint_mean, taint_sd)
    return variable_size(expected, spread, universe, precision, level, convention)


def error_moments(
    error_rate: float, mean: float, sd: float, taint_mean: float = 1.0, taint_sd: float = 0.0
) -> tuple[float, float]:
    """Return mean and standard deviation of the error amounts; see :func:`size_from_error_rate`."""
    rate = _check.number("error_rate", error_rate, above=0.0, at_most=1.0)
    mean = _check.number("mean", mean)
    sd = _check.number("sd", sd, at_least=0.0)
    taint = _check.number("taint_mean", taint_mean, above=0.0, at_most=1.0)
    spread = _check.number("taint_sd", taint_sd, at_least=0.0)
    expected = rate * taint * mean
    square = rate * (taint**2 + spread**2) * (sd**2 + mean**2)
    return expected, math.sqrt(max(0.0, square - expected**2))


def cia_full_sample(
    overpayments: Iterable[Any],
    universe: int,
    precision: float = CIA_PRECISION,
    level: float = CIA_LEVEL,
    convention: str = "ratstats",
) -> SampleSize:
    """Return the full sample of a corporate integrity agreement from its discovery sample.

    Underpayments count as zero for the size (they may be netted for the error rate). The
    discovery sample may be part of the full sample, drawn with the same seed.

    Args:
        overpayments: Overpayment of each discovery unit; underpayments negative.
        universe: Units in the population.
        precision: 0.25 unless the agreement says otherwise.
        level: 0.90 unless the agreement says otherwise.
        convention: ``ratstats``, which reviewers expect, or ``default`` (t, never short).

    Raises:
        StatisticsError: A discovery sample without any overpayment, which needs no full sample.

    Source:
        HHS-OIG, Corporate Integrity Agreement FAQ (independent review organizations).
    """
    found = np.maximum(_check.amounts("overpayments", overpayments, at_least=2), 0.0)
    if not found.any():
        raise StatisticsError(
            "overpayments", "hold no overpayment, so no full sample can be sized from them."
        )
    size = size_from_probe(found, universe, precision, level, convention)
    if size.n <= found.size:
        note = f"The discovery sample of {found.size} already meets the precision."
        return replace(size, warnings=(*size.warnings, note))
    return size


def variable_size_table(
    mean: float,
    sd: float,
    universe: int,
    precisions: Sequence[float] = (0.01, 0.02, 0.05, 0.10, 0.15),
    levels: Sequence[float] = (0.80, 0.90, 0.95, 0.99),
    convention: str = "default",
) -> pd.DataFrame:
    """Return sample sizes by precision (rows) and confidence level (columns).

    Raises:
        StatisticsError: See :func:`variable_size`.
    """
    rows = [
        [variable_size(mean, sd, universe, share, level, convention).n for level in levels]
        for share in precisions
    ]
    return pd.DataFrame(
        rows,
        index=pd.Index(precisions, name="precision"),
        columns=pd.Index(levels, name="level"),
    )


def proportion_size(
    error: float, rate: float, universe: int | None = None, level: float = 0.90
) -> SampleSize:
    """Return the size that estimates a rate to within *error*, by the normal curve, rounded up.

    Args:
        error: Half width wanted, as a fraction (0.05).
        rate: Rate expected; 0.5 is the most cautious.
        universe: Units in the universe; None when unlimited.
        level: Confidence level.

    Raises:
        StatisticsError: A rate outside 0 to 1, or an error that is not above 0.

    Source:
        Cochran (1977), eq. 4.1; R samplingbook ``sample.size.prop``.
    """
    rate = _check.number("rate", rate, at_least=0.0, at_most=1.0)
    if universe is not None:
        universe = _check.universe_size("universe", universe)
    # The variance of zeros and ones in a finite universe has the divisor N - 1.
    finite = 1.0 if universe is None or universe == 1 else universe / (universe - 1.0)
    return mean_size(error, math.sqrt(finite * rate * (1.0 - rate)), universe, level)


def mean_size(
    error: float, sd: float, universe: int | None = None, level: float = 0.90
) -> SampleSize:
    """Return the size that estimates a mean to within *error*, by the normal curve, rounded up.

    Args:
        error: Half width wanted, in the unit of *sd*.
        sd: Standard deviation expected.
        universe: Units in the universe; None when unlimited.
        level: Confidence level.

    Raises:
        StatisticsError: A negative spread, or an error that is not above 0.

    Source:
        Cochran (1977), eq. 4.2; R samplingbook ``sample.size.mean``.
    """
    error = _check.number("error", error, above=0.0)
    sd = _check.number("sd", sd, at_least=0.0)
    level = _check.level("level", level)
    if universe is not None:
        universe = _check.universe_size("universe", universe)
    unrounded = _normal_size(error, sd, universe, level)
    return SampleSize(
        max(1, round_up(unrounded)),
        unrounded,
        "size for a mean, normal curve, rounded up",
        level,
        universe,
        precision=error,
        inputs=(("error", error), ("sd", sd), ("universe", universe), ("level", level)),
    )


def round_up(value: float) -> int:
    """Return *value* rounded up, unless it is above a whole number by rounding noise only."""
    return math.ceil(value - 1e-9 * max(1.0, abs(value)))


def _normal_size(allowed: float, sd: float, universe: int | None, level: float) -> float:
    """Return n with z * sd * sqrt((1 / n) - (1 / N)) equal to *allowed*."""
    if sd == 0.0:
        return 0.0
    needed = (allowed / (quantiles.z(level) * sd)) ** 2
    return 1.0 / (needed + (0.0 if universe is None else 1.0 / universe))


def _size_by_t(allowed: float, sd: float, universe: int, level: float) -> int:
    """Return the smallest n from 2 whose half width by t is at most *allowed*."""

    def met(n: int) -> bool:
        if n >= universe:
            return True
        se = sd * math.sqrt((universe - n) / (n * universe))
        return quantiles.t(level, n - 1) * se <= allowed

    low, high = min(2, universe), universe
    while low < high:
        middle = (low + high) // 2
        if met(middle):
            high = middle
        else:
            low = middle + 1
    return low
