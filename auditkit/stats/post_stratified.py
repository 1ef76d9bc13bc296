"""The post-stratified variable appraisal: strata known only after the draw."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError
from auditkit.stats.cautions import nonzero_warning
from auditkit.stats.result import CONVENTIONS, Estimate, from_standard_error
from auditkit.stats.strata import Strata, read_strata, total_variance

#: Which variance: ``convention`` leaves it to the convention.
VARIANCES = ("convention", "conditional", "unconditional")

#: RAT-STATS asks for these before it trusts a post-stratified estimate (Companion p. 3-91).
LEAST_PER_STRATUM, LEAST_NONZERO, LEAST_SAMPLE = 20, 6, 100


def variable_post_stratified(
    values: Iterable[Any],
    universe: Mapping[Any, int],
    strata: Iterable[Hashable],
    level: float = 0.90,
    convention: str = "default",
    variance: str = "convention",
) -> Estimate:
    """Return the total of an unrestricted sample, weighted to the known sizes of strata.

    * ``default``: the variance given the sample sizes that came out (``conditional``), which is
      that of a stratified sample, with t. It says how good *this* sample is.
    * ``ratstats``: the variance over all samples (``unconditional``),
      ``(N - n) / n * sum N_h s_h^2 + N / n^2 * sum (N - N_h) s_h^2``, with z.

    Args:
        values: Amount of each sampled unit, shape ``(n,)``.
        universe: Units of the universe in each stratum, by stratum label.
        strata: Stratum label of each sampled unit, shape ``(n,)``.
        level: Confidence level of the two-sided and of the one-sided limits.
        convention: ``default`` or ``ratstats``.
        variance: ``conditional``, ``unconditional`` or ``convention``.

    Returns:
        An estimate with warnings where a stratum is thinner than RAT-STATS asks for.

    Raises:
        StatisticsError: A stratum with fewer than two sampled units (merge it), a unit of an
            unknown stratum, or amounts that are text or blank.

    Source:
        Cochran (1977), eq. 5A.42; Holt and Smith, J. R. Stat. Soc. A 142 (1979) 33-46;
        RAT-STATS Companion Manual p. 3-91.
    """
    found = _check.amounts("values", values)
    convention = _check.choice("convention", convention, CONVENTIONS)
    chosen = _check.choice("variance", variance, VARIANCES)
    if chosen == "convention":
        chosen = "unconditional" if convention == "ratstats" else "conditional"
    labels = list(strata)
    design = read_strata(found.size, universe, labels)
    if (design.sampled < 2).any():
        raise StatisticsError(
            "strata",
            "has fewer than two sampled units in a stratum; merge it with a similar one.",
        )
    if chosen == "conditional":
        conditional = total_variance(found, design)
        se, df = conditional.total**0.5, float(conditional.df)
    else:
        se, df = _unconditional(found, design) ** 0.5, float(found.size - len(design.labels))
    return from_standard_error(
        f"post-stratified variable appraisal, {chosen} variance",
        float((design.sizes * design.means(found)).sum()),
        se,
        level,
        int(found.size),
        design.universe,
        df=None if convention == "ratstats" else df,
        convention=convention,
        nonzero=int(np.count_nonzero(found)),
        warnings=_thin(found, design) + nonzero_warning(found),
        inputs=(
            ("values", tuple(found.tolist())),
            ("universe", tuple(universe.items())),
            ("strata", tuple(labels)),
            ("level", level),
            ("convention", convention),
            ("variance", variance),
        ),
    )


def _unconditional(values: Array, design: Strata) -> float:
    n, total, sizes = values.size, float(design.universe), design.sizes.astype(np.float64)
    spread = np.array([float(values[rows].var(ddof=1)) for rows in design.rows])
    proportional = (total - n) / n * float((sizes * spread).sum())
    return proportional + total / n**2 * float(((total - sizes) * spread).sum())


def _thin(values: Array, design: Strata) -> tuple[str, ...]:
    found = []
    if values.size < LEAST_SAMPLE:
        found.append(
            f"RAT-STATS asks for a sample of at least {LEAST_SAMPLE} before post-stratifying; "
            f"this one holds {values.size}."
        )
    for label, rows in zip(design.labels, design.rows, strict=True):
        nonzero = int(np.count_nonzero(values[rows]))
        if len(rows) < LEAST_PER_STRATUM or nonzero < LEAST_NONZERO:
            found.append(
                f"Stratum {label!r} has {len(rows)} sampled units, {nonzero} of them not zero; "
                f"RAT-STATS asks for {LEAST_PER_STRATUM} and {LEAST_NONZERO}."
            )
    return tuple(found)
