"""Rates drawn towards the group, each as far as its own sample is small (beta-binomial)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from auditkit.stats import _check
from auditkit.stats._check import Array

Counts = npt.NDArray[np.int64]


def fit_beta(errors: Counts, reviewed: Counts) -> tuple[float, float]:
    """Return the beta distribution of true rates that makes the counts most likely.

    Its precision (the sum of both shapes) is at most the number of units reviewed in all: when
    nothing shows that the true rates differ, each member is drawn to the group rate, and the
    group's own uncertainty remains.

    Args:
        errors: Units in error of each member, shape ``(k,)``.
        reviewed: Units reviewed of each member, shape ``(k,)``.

    Returns:
        The two shapes; their mean is the group rate, their sum the weight of the group in units.

    Source:
        Griffiths, Biometrics 29 (1973) 637-648 (maximum likelihood of the beta-binomial).
    """
    total = float(reviewed.sum())
    # Half an error more and half a right unit more keep the mean off 0 and 1.
    mean = (float(errors.sum()) + 0.5) / (total + 1.0)

    if not 0 < errors.sum() < total:
        return mean * total, (1.0 - mean) * total
    low, high = np.log(0.5), np.log(total)

    def loss(point: Array) -> float:
        rate = special.expit(point[0])
        precision = np.exp(np.clip(point[1], low, high))
        a, b = rate * precision, (1.0 - rate) * precision
        terms = special.betaln(a + errors, b + reviewed - errors) - special.betaln(a, b)
        return -float(terms.sum())

    starts = [np.array([special.logit(mean), at]) for at in np.linspace(low, high, 9)]
    best = optimize.minimize(loss, min(starts, key=loss), method="Nelder-Mead", tol=1e-6).x
    best[1] = np.clip(best[1], low, high)
    rate, precision = float(special.expit(best[0])), float(np.exp(best[1]))
    return rate * precision, (1.0 - rate) * precision


def shrink(
    errors: Counts, reviewed: Counts, prior: tuple[float, float], level: float
) -> tuple[Array, Array, Array]:
    """Return the shrunken rates and their equal-tailed limits, each of shape ``(k,)``.

    Args:
        errors: Units in error of each member.
        reviewed: Units reviewed of each member.
        prior: The two shapes of :func:`fit_beta`.
        level: Probability of the limits, given the prior.

    Raises:
        StatisticsError: A *level* that is not a fraction.
    """
    tail = (1.0 - _check.level("level", level)) / 2.0
    a, b = prior[0] + errors, prior[1] + reviewed - errors
    return a / (a + b), special.betaincinv(a, b, tail), special.betaincinv(a, b, 1.0 - tail)
