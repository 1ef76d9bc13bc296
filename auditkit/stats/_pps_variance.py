"""Variances of the Horvitz-Thompson total, from joint probabilities or approximations."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

#: A probability this close to 1 is a certainty (sums of sizes carry rounding).
ONE = 1.0 - 1e-10


def overton_joint(probabilities: Iterable[float]) -> Array:
    """Return Overton's approximate joint probabilities of the sampled items, shape ``(n, n)``.

    Args:
        probabilities: Inclusion probabilities of the *sampled* items.

    Source:
        Overton (1985), as R survey ``pps="overton"``.
    """
    pi = read_probabilities(probabilities)
    n = len(pi)
    joint = np.outer(pi, pi) * (n - 1) / (n - (pi[:, None] + pi[None, :]) / 2.0)
    np.fill_diagonal(joint, pi)
    return joint


def total_variance(
    values: Array, pi: Array, joint: npt.ArrayLike | None, chosen: str, certainty: str
) -> float:
    """Return the estimated variance of a Horvitz-Thompson total by the *chosen* formula.

    Raises:
        StatisticsError: *joint* missing or not fitting; a variance below zero.
    """
    if chosen in ("yates_grundy", "horvitz_thompson"):
        if joint is None:
            raise StatisticsError("joint", f"is needed for the variance {chosen!r}.")
        return _joint_variance(values, pi, _joint("joint", joint, pi), chosen)
    if certainty == "apart":
        left = pi < ONE
        values, pi = values[left], pi[left]
    if chosen == "overton":
        return _joint_variance(values, pi, overton_joint(pi), "yates_grundy")
    n = len(pi)
    expanded = values / pi
    return float(n / (n - 1) * ((1.0 - pi) * (expanded - expanded.mean()) ** 2).sum())


def _joint_variance(values: Array, pi: Array, joint: Array, chosen: str) -> float:
    expanded = values / pi
    excess = (joint - np.outer(pi, pi)) / joint
    if chosen == "horvitz_thompson":
        spread = float(expanded @ excess @ expanded)
    else:
        gaps = (expanded[:, None] - expanded[None, :]) ** 2
        np.fill_diagonal(excess, 0.0)
        spread = float(-0.5 * (excess * gaps).sum())
    if spread < -1e-9 * float((expanded**2).sum()):
        raise StatisticsError(
            "variance", f"{chosen!r} came out negative for this sample; use 'brewer' instead."
        )
    return max(spread, 0.0)


def _joint(argument: str, joint: npt.ArrayLike, pi: Array) -> Array:
    found = np.asarray(joint, dtype=np.float64)
    if found.shape != (len(pi), len(pi)):
        raise StatisticsError(argument, f"must be {len(pi)} by {len(pi)} (got {found.shape}).")
    if not np.isfinite(found).all() or (found <= 0).any():
        raise StatisticsError(argument, "must hold probabilities above zero for every pair.")
    if not np.allclose(found, found.T, atol=1e-9) or not np.allclose(np.diag(found), pi, atol=1e-6):
        raise StatisticsError(argument, "must be symmetric with 'probabilities' on its diagonal.")
    return found


def read_probabilities(probabilities: Iterable[float]) -> Array:
    """Return the inclusion probabilities of the sampled items, each in (0, 1].

    Raises:
        StatisticsError: A probability that is zero, negative or above one.
    """
    found = _check.amounts("probabilities", probabilities)
    bad = np.flatnonzero((found <= 0.0) | (found > 1.0 + 1e-12))
    if bad.size:
        raise StatisticsError(
            "probabilities", f"must be above 0 and at most 1; see {_check.positions(bad)}."
        )
    return np.minimum(found, 1.0)
