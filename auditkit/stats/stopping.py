"""A stopping rule for an audit of charts: what it decides, and how often it decides wrongly.

The chance of every verdict is computed exactly, by following every path of the review, and can
be checked by simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError

Verdict = Literal["fail", "pass", "continue"]


@dataclass(frozen=True, slots=True)
class Operating:
    """How a rule treats one true error rate.

    Attributes:
        rate: The true error rate.
        fail: Chance to fail.
        accept: Chance to pass.
        size: Charts reviewed on average.
    """

    rate: float
    fail: float
    accept: float
    size: float


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """A rule fixed in advance: after n charts, fail, pass or go on.

    Attributes:
        method: Name of the rule.
        looks: Numbers of charts after which the rule is applied, ascending.
        fail_at: Errors from which the audit fails, per look; None where it cannot fail yet.
        pass_at: Errors up to which it passes, per look; None where it cannot pass yet.
        standard: Error rate that is acceptable.
        unacceptable: Error rate that should be found.
        alpha: Chance allowed of failing a provider at the standard; None when the rule does not
            control it.
        beta: Chance aimed at of passing a provider at the unacceptable rate; None when the rule
            does not control it.
        universe: Charts in the universe; None when it is unlimited.
    """

    method: str
    looks: tuple[int, ...]
    fail_at: tuple[int | None, ...]
    pass_at: tuple[int | None, ...]
    standard: float
    unacceptable: float
    alpha: float | None
    beta: float | None
    universe: int | None = None

    def decide(self, reviewed: int, errors: int) -> Verdict:
        """Return the verdict after *reviewed* charts with *errors* in error.

        Raises:
            StatisticsError: A number of charts that is not a look of this rule; more errors
                than charts.
        """
        reviewed = _check.whole("reviewed", reviewed, at_least=1)
        errors = _check.error_count("errors", errors, reviewed)
        if reviewed not in self.looks:
            listed = ", ".join(map(str, self.looks[:8])) + (" …" if len(self.looks) > 8 else "")
            raise StatisticsError(
                "reviewed", f"is {reviewed}, which is not a look of this rule ({listed})."
            )
        look = self.looks.index(reviewed)
        fail, accept = self.fail_at[look], self.pass_at[look]
        if fail is not None and errors >= fail:
            return "fail"
        return "pass" if accept is not None and errors <= accept else "continue"

    def chances(self, rate: float) -> Operating:
        """Return exactly how the rule treats a provider with this true error *rate*.

        In a limited universe the number in error is the rate times the universe, rounded up.

        Raises:
            StatisticsError: A rate outside 0 to 1.
        """
        rate = _check.number("rate", rate, at_least=0.0, at_most=1.0)
        alive, seen = np.ones(1), 0
        fail = accept = size = 0.0
        for look, n in enumerate(self.looks):
            alive = advance(alive, seen, n, rate, self.universe)
            seen = n
            failing, passing = self._split(look, len(alive))
            here_fail, here_pass = float(alive[failing].sum()), float(alive[passing].sum())
            fail, accept = fail + here_fail, accept + here_pass
            size += n * (here_fail + here_pass)
            alive = np.where(failing | passing, 0.0, alive)
        return Operating(rate, fail, accept, size)

    def simulate_error(self, rate: float, replicates: int = 10_000, seed: int = 20250101) -> float:
        """Return the share of simulated audits that fail at this true error *rate*.

        A check of :meth:`chances` by another route: errors are drawn between looks.

        Args:
            rate: True error rate.
            replicates: Audits to simulate.
            seed: Seed of NumPy's PCG64 generator.

        Raises:
            StatisticsError: A rate outside 0 to 1; fewer than 100 replicates.
        """
        rate = _check.number("rate", rate, at_least=0.0, at_most=1.0)
        replicates = _check.whole("replicates", replicates, at_least=100)
        generator = np.random.Generator(np.random.PCG64(_check.whole("seed", seed, at_least=0)))
        errors = np.zeros(replicates, dtype=np.int64)
        under_way, failed, seen = np.ones(replicates, dtype=bool), 0, 0
        for look, n in enumerate(self.looks):
            if self.universe is None:
                errors += generator.binomial(n - seen, rate, size=replicates)
            else:
                left = in_error(rate, self.universe) - errors
                errors += generator.hypergeometric(left, self.universe - seen - left, n - seen)
            seen = n
            failing, passing = self._split(look, n + 1)
            failed += int((under_way & failing[errors]).sum())
            under_way &= ~(failing[errors] | passing[errors])
        return failed / replicates

    def sentence(self) -> str:
        """Return the rule and what it guarantees, in plain English."""
        good, bad = self.chances(self.standard), self.chances(self.unacceptable)
        if len(self.looks) == 1:
            after = (f"after {self.looks[0]} charts", "", "")
        else:
            every = f"after every chart up to {self.looks[-1]}"
            listed = f"after {', '.join(map(str, self.looks))} charts"
            after = (
                listed if len(self.looks) <= 8 else every,
                f" after {good.size:.0f} charts on average",
                f" after {bad.size:.0f}",
            )
        allowed = "" if self.alpha is None else f" (at most {100 * self.alpha:g} % is allowed)"
        return (
            f"The rule is applied {after[0]}. A provider at {100 * self.standard:g} % errors fails "
            f"with a chance of {100 * good.fail:.1f} %{allowed}{after[1]}; one at "
            f"{100 * self.unacceptable:g} % fails with {100 * bad.fail:.0f} %{after[2]}. "
            "The rule must be fixed before the first chart is reviewed."
        )

    def _split(self, look: int, count: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return which numbers of errors fail and which pass at a look."""
        errors = np.arange(count)
        fail, accept = self.fail_at[look], self.pass_at[look]
        failing = errors >= (math.inf if fail is None else fail)
        return failing, errors <= (-1 if accept is None else accept)


def advance(alive: Array, seen: int, n: int, rate: float, universe: int | None) -> Array:
    """Return the chance of each number of errors after *n* charts, from those still under way."""
    more = n - seen
    if universe is None:
        return np.convolve(alive, stats.binom.pmf(np.arange(more + 1), more, rate))
    wrong = in_error(rate, universe)
    found = np.zeros(n + 1)
    for errors in np.flatnonzero(alive):
        law = stats.hypergeom.pmf(np.arange(more + 1), universe - seen, wrong - errors, more)
        found[errors : errors + more + 1] += alive[errors] * law
    return found


def in_error(rate: float, universe: int) -> int:
    """Return the charts in error at a rate, rounded up (2 % of 50 is 1, not 1.0000000001)."""
    return math.ceil(rate * universe - 1e-9)
