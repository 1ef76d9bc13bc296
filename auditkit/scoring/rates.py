"""Rates with intervals that respect the sampled encounter, the strata and the frame's size.

Three intervals are used, and each row of scores names the one that it got:

- one stratum, one yes-or-no per encounter: exact (hypergeometric with the frame's size,
  Clopper-Pearson without);
- shares of lines or codes, and strata: the exact limits at the effective sample size (Korn and
  Graubard, Survey Methodology 24 (1998) 193-201), because lines of one encounter are alike;
- dollars: the ratio estimate with its linearised standard error and Student's t (Cochran,
  Sampling Techniques, 3rd ed. 1977, sections 6.4 and 6.11).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from auditkit.errors import FrameError
from auditkit.stats import binomial, hypergeometric, quantiles

#: `encounter`: y is 0 or 1 and x is 1; `share`: 0 <= y <= x; `portion`: an amount y that cannot
#: be negative; `accuracy`: one that cannot exceed x; `amount`: any.
Scale = Literal["encounter", "share", "portion", "accuracy", "amount"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, its two-sided limits and the words for how they were found."""

    numerator: float
    denominator: float
    rate: float
    lower: float
    upper: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class _Design:
    """The ratio, its linearised variance and degrees of freedom.

    `weighted` is true where strata are weighted; `lone` counts the strata whose single encounter
    says nothing of their variance.
    """

    ratio: float
    variance: float
    df: int
    weighted: bool
    lone: int


def rate(
    counts: pd.DataFrame,
    sizes: Mapping[str, int] | None,
    scale: Scale,
    level: float,
) -> Rate:
    """Return the rate sum(y) / sum(x) over the frame that *counts* was sampled from.

    Args:
        counts: One row per encounter: stratum, y, x.
        sizes: Encounters in the frame by stratum; None when the frame's size is unknown, and
            then strata cannot be weighted and no finite-population correction is made.
        scale: What y and x can be; limits are cut where a rate cannot lie.
        level: Confidence level of the two-sided limits, as a fraction.

    Raises:
        FrameError: A stratum of the sample is not in *sizes*, or holds fewer encounters there
            than were sampled.
    """
    numerator, denominator = float(counts["y"].sum()), float(counts["x"].sum())
    if sizes is not None:
        _check_sizes(counts, sizes)
    if denominator == 0:
        method = "not defined: the denominator is zero"
        return Rate(numerator, denominator, math.nan, math.nan, math.nan, level, method)
    design = _design(counts, sizes)
    lower, upper, method = _limits(counts, sizes, scale, level, design)
    method += _remarks(counts, sizes, design)
    return Rate(numerator, denominator, design.ratio, lower, upper, level, method)


def _remarks(counts: pd.DataFrame, sizes: Mapping[str, int] | None, design: _Design) -> str:
    said = ""
    if design.weighted:
        said += "; strata weighted by their encounters in the frame"
        if design.lone:
            said += f"; {design.lone} strata with one encounter add no variance"
    absent = 0 if sizes is None else sum(sizes.values()) - _covered(counts, sizes)
    if absent:
        said += f"; {absent:,} encounters lie in strata without a sampled encounter, not covered"
    return said


def _covered(counts: pd.DataFrame, sizes: Mapping[str, int]) -> int:
    return sum(sizes[stratum] for stratum in counts["stratum"].unique())


def _check_sizes(counts: pd.DataFrame, sizes: Mapping[str, int]) -> None:
    for stratum, sampled in counts.groupby("stratum").size().items():
        known = sizes.get(str(stratum))
        if known is None or known < sampled:
            raise FrameError(
                f"Stratum '{stratum}' holds {sampled:,} sampled encounters and the frame "
                f"{'does not name it' if known is None else f'only {known:,}'}. "
                "Give the sizes of the frame that the sample was drawn from."
            )


def _design(counts: pd.DataFrame, sizes: Mapping[str, int] | None) -> _Design:
    """Return the weighted ratio and its linearised variance, within strata, with correction."""
    grouped = counts.groupby("stratum", sort=True)
    sampled = grouped["y"].transform("size").astype("float64")
    if sizes is None:
        weight = pd.Series(1.0, index=counts.index)
    else:
        weight = counts["stratum"].map(sizes).astype("float64") / sampled
    total = float((weight * counts["x"]).sum())
    ratio = float((weight * counts["y"]).sum()) / total
    residual = weight * (counts["y"] - ratio * counts["x"]) / total
    strata = counts["stratum"] if sizes is not None else pd.Series("", index=counts.index)
    variance, df, lone = 0.0, 0, 0
    for stratum, part in residual.groupby(strata):
        n = len(part)
        left_out = 1.0 if sizes is None else 1.0 - n / sizes[str(stratum)]
        if n > 1:
            variance += left_out * n * float(part.var(ddof=1))
            df += n - 1
        elif left_out:
            lone += 1
    return _Design(ratio, variance, df, sizes is not None and grouped.ngroups > 1, lone)


def _limits(
    counts: pd.DataFrame,
    sizes: Mapping[str, int] | None,
    scale: Scale,
    level: float,
    design: _Design,
) -> tuple[float, float, str]:
    n, hits = len(counts), float(counts["y"].sum())
    if sizes is not None and n == _covered(counts, sizes):
        return design.ratio, design.ratio, "every encounter of the frame was read"
    if scale == "encounter" and not design.weighted:
        if sizes is None:
            return *binomial.clopper_pearson(hits, n, level), "Clopper-Pearson"
        size = sizes[str(counts["stratum"].iloc[0])]
        fewest, most = hypergeometric.limits(int(hits), n, size, level)
        return fewest / size, most / size, f"exact hypergeometric, {size:,} encounters in the frame"
    corrected = ", finite-population correction" if sizes is not None else ""
    if design.df == 0 and scale != "encounter":
        return math.nan, math.nan, "no limits: one encounter says nothing of the others"
    if scale in ("portion", "accuracy", "amount"):
        low, high = _t_limits(design, level)
        low = max(low, 0.0) if scale == "portion" else low
        high = min(high, 1.0) if scale == "accuracy" else high
        return low, high, f"ratio estimate by encounter, t{corrected}"
    low, high = _korn_graubard(counts, design, level)
    return low, high, f"Korn-Graubard exact limits, by encounter{corrected}"


def _t_limits(design: _Design, level: float) -> tuple[float, float]:
    half = quantiles.t(level, design.df) * math.sqrt(design.variance)
    return design.ratio - half, design.ratio + half


def _korn_graubard(counts: pd.DataFrame, design: _Design, level: float) -> tuple[float, float]:
    """Return exact limits at the effective sample size.

    Where the sample shows no variation the design effect is unknown; the encounters themselves
    are then the effective sample, which is never more than they can tell.
    """
    varies = design.variance > 0
    nominal = round(float(counts["x"].sum())) if varies else len(counts)
    rate = min(max(design.ratio, 0.0), 1.0)
    df = design.df or None
    return binomial.korn_graubard(rate, math.sqrt(design.variance), nominal, level, df=df)
