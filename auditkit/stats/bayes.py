"""Bayesian limits for an error rate or a number of errors, with the prior in the open.

The level of these limits is a probability given the prior and the sample. Each result names the
prior, because "where is the prior from?" is the first question that it will meet.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from auditkit.stats import _check, _inverted
from auditkit.stats._check import StatisticsError
from auditkit.stats.result import Estimate

#: Named priors as the two shapes of a beta distribution: imagined errors, imagined right units.
#:
#: * ``uniform``: every rate equally likely (R jfa ``default``).
#: * ``jeffreys``: the reference prior; its limits lie close to the exact ones.
#: * ``strict``: its upper limit equals the Clopper-Pearson one (R jfa ``strict``).
PRIORS = {"uniform": (1.0, 1.0), "jeffreys": (0.5, 0.5), "strict": (1.0, 0.0)}

Prior = str | tuple[float, float]

#: Counts summed one by one; a wider range is read from the beta distribution instead.
_SUMMED = 4_000_000


def impartial_prior(materiality: float) -> tuple[float, float]:
    """Return the prior under which a rate above and below *materiality* are equally likely.

    Args:
        materiality: The tolerable error rate, between 0 and 1.

    Raises:
        StatisticsError: A rate that is not a fraction.

    Source:
        Derks et al., The Accounting Review (2022); R jfa ``auditPrior(method="impartial")`` with
        no expected errors.
    """
    rate = _check.level("materiality", materiality)
    return 1.0, float(np.log(0.5) / np.log1p(-rate))


def bayes_rate(
    errors: float,
    sample: int,
    prior: Prior = "uniform",
    likelihood: str = "binomial",
    level: float = 0.90,
) -> Estimate:
    """Return the error rate of a large universe with limits from its posterior distribution.

    Args:
        errors: Units in error; for monetary units the sum of taints, which may be a fraction.
        sample: Units sampled.
        prior: A name of :data:`PRIORS`, or its two numbers: imagined errors, imagined right
            units (``binomial``) or imagined units (``poisson``).
        likelihood: ``binomial`` (beta posterior) or ``poisson`` (gamma posterior).
        level: Probability of two-sided (equal tails) and one-sided limits.

    Returns:
        The posterior mean as point estimate, the posterior standard deviation as ``se``.

    Raises:
        StatisticsError: More errors than units, an unknown prior, or a posterior that is not
            proper (``strict`` with every unit in error).

    Source:
        Gelman et al., Bayesian Data Analysis (3rd ed. 2013), sec. 2.4 and 2.6; R jfa
        ``evaluation(prior=)``.
    """
    sample = _check.whole("sample", sample, at_least=1)
    errors = _check.number("errors", errors, at_least=0.0, at_most=float(sample))
    first, second = _prior(prior)
    likelihood = _check.choice("likelihood", likelihood, ("binomial", "poisson"))
    a = first + errors
    b = second + sample - (errors if likelihood == "binomial" else 0.0)
    _proper(a, b)

    def limit(side: str, tail: float) -> float:
        share = tail if side == "lower" else 1.0 - tail
        if likelihood == "poisson":
            return float(special.gammaincinv(a, share)) / b
        return float(special.betaincinv(a, b, share))

    variance = a * b / ((a + b) ** 2 * (a + b + 1.0)) if likelihood == "binomial" else a / b**2
    kind = "beta" if likelihood == "binomial" else "gamma"
    return _inverted.estimate(
        f"Bayesian rate, {kind} posterior ({a:g}, {b:g}) from the prior ({first:g}, {second:g})",
        a / (a + b) if likelihood == "binomial" else a / b,
        limit,
        level,
        n=sample,
        universe=None,
        se=variance**0.5,
        quantity="error rate",
        unit="rate",
        inputs=_inputs(errors, sample, prior, level, likelihood=likelihood),
    )


def bayes_count(
    errors: int, sample: int, universe: int, prior: Prior = "uniform", level: float = 0.90
) -> Estimate:
    """Return the number of units in error of a finite universe, with posterior limits.

    What was sampled is known; only the units not sampled are uncertain.

    Args:
        errors: Units in error in the sample.
        sample: Units sampled without replacement.
        universe: Units in the universe.
        prior: A name of :data:`PRIORS`, or imagined errors and imagined right units.
        level: Probability of two-sided (equal tails) and one-sided limits.

    Returns:
        The posterior mean as point estimate; limits are whole counts, errors found included.

    Raises:
        StatisticsError: Counts that cannot be; an unknown prior; a posterior that is not proper.

    Source:
        Dyer and Pierce, Communications in Statistics 22 (1993) 2125-2146 (beta-binomial prior
        for hypergeometric sampling); R jfa ``likelihood="hypergeometric"``.
    """
    universe = _check.universe_size("universe", universe)
    sample = _check.sample_size("sample", sample, universe)
    errors = _check.error_count("errors", errors, sample)
    first, second = _prior(prior)
    a, b, left = first + errors, second + sample - errors, universe - sample
    _proper(a, b)
    share = a / (a + b)
    variance = left * share * (1 - share) * (a + b + left) / (a + b + 1.0)
    quantile = _beta_binomial(left, a, b, left * share, variance**0.5)
    return _inverted.estimate(
        f"Bayesian count, beta-binomial posterior from the prior ({first:g}, {second:g})",
        errors + left * share,
        lambda side, tail: float(errors + quantile(tail if side == "lower" else 1.0 - tail)),
        level,
        n=sample,
        universe=universe,
        se=variance**0.5,
        quantity="number of units in error",
        unit="units",
        inputs=_inputs(errors, sample, prior, level, universe=universe),
    )


def _beta_binomial(left: int, a: float, b: float, mean: float, sd: float) -> Callable[[float], int]:
    """Return the quantile function of the errors among *left* units."""
    low = max(int(mean - 40.0 * sd) - 1, 0)
    high = min(int(mean + 40.0 * sd) + 1, left)
    if high - low > _SUMMED:
        # Units this many make the share of errors as good as continuous.
        return lambda share: round(left * float(special.betaincinv(a, b, share)))
    counts = np.arange(low, high + 1, dtype=np.float64)
    log = (
        special.gammaln(left + 1.0)
        - special.gammaln(counts + 1.0)
        - special.gammaln(left - counts + 1.0)
        + special.betaln(counts + a, left - counts + b)
    )
    weight = np.exp(log - log.max())
    cumulated = np.cumsum(weight) / weight.sum()
    return lambda share: low + min(int(np.searchsorted(cumulated, share)), len(counts) - 1)


def _prior(prior: Prior) -> tuple[float, float]:
    if isinstance(prior, str):
        return PRIORS[_check.choice("prior", prior, tuple(PRIORS))]
    if not isinstance(prior, (tuple, list)) or len(prior) != 2:
        raise StatisticsError("prior", f"must be two numbers or one of {', '.join(PRIORS)}.")
    first = _check.number("prior", prior[0], at_least=0.0)
    return first, _check.number("prior", prior[1], at_least=0.0)


def _proper(a: float, b: float) -> None:
    if a <= 0 or b <= 0:
        raise StatisticsError(
            "prior", "leaves no proper posterior for this sample; choose 'uniform' or 'jeffreys'."
        )


def _inputs(
    errors: float, sample: int, prior: Prior, level: float, **rest: object
) -> tuple[tuple[str, object], ...]:
    given = {"errors": errors, "sample": sample, "prior": prior, "level": level, **rest}
    return tuple(given.items())
