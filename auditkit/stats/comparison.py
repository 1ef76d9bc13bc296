"""Fair comparison of error rates: is a provider different from the group, or is it chance?

Nothing is ranked. A rate from few charts moves a great deal by chance, so each is read against
the limits that chance alone would give for that number of charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from auditkit.stats import _check, binomial, shrinkage
from auditkit.stats._check import Array, StatisticsError

#: How funnel limits are found: ``binomial`` takes the group rate as known, ``conditional`` takes
#: the group's total as fixed (hypergeometric), which allows for its being estimated.
LIMITS = ("binomial", "conditional")

#: A dispersion test with a probability below this says that rates vary by more than chance.
DISPERSION_ALARM = 0.05

#: A difference counts as noticeable when the limits would show it this often.
POWER = 0.80

#: Simulated groups behind the probability of a dispersion when expected counts are small.
SIMULATED = 4_999

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Member:
    """One provider (or coder) beside the group.

    Attributes:
        name: As given.
        errors: Units in error.
        reviewed: Units reviewed.
        rate: errors / reviewed.
        lower: Lower exact (Clopper-Pearson) limit of the member's own rate.
        upper: Upper exact limit of the member's own rate.
        fewest: Fewest errors that the funnel limits allow for this many units.
        most: Most errors that the funnel limits allow.
        outside: Whether the errors are below *fewest* or above *most*.
        distinguished: Whether they are still outside when the limits allow for the number of
            members compared. Only this is evidence about a person.
        shrunken: Rate drawn towards the group as far as its sample is small.
        shrunken_lower: Lower limit of the shrunken rate.
        shrunken_upper: Upper limit of the shrunken rate.
        noticeable: The lowest true rate that the funnel limits would show 4 times out of 5.
        group_rate: Rate of the group.
        level: Confidence level of all limits.
    """

    name: str
    errors: int
    reviewed: int
    rate: float
    lower: float
    upper: float
    fewest: int
    most: int
    outside: bool
    distinguished: bool
    shrunken: float
    shrunken_lower: float
    shrunken_upper: float
    noticeable: float
    group_rate: float
    level: float

    def sentence(self) -> str:
        """Return the comparison in plain English."""
        found = (
            f"{self.name}: {self.errors} of {self.reviewed} in error ({100 * self.rate:.1f} %), "
            f"group {100 * self.group_rate:.1f} %."
        )
        chance = f"chance alone gives {self.fewest} to {self.most}"
        if self.distinguished:
            side = "higher" if self.rate > self.group_rate else "lower"
            return f"{found} The rate is {side} than the group's: {chance}."
        if self.outside:
            return (
                f"{found} Outside the {100 * self.level:g} % limits ({chance}), but among so many "
                "members some are by chance: cannot be told apart from the group. Review more."
            )
        return (
            f"{found} Cannot be told apart from the group: {chance}. With {self.reviewed} "
            f"reviewed, only a true rate of {100 * self.noticeable:.0f} % or more would be noticed "
            "4 times out of 5."
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All members beside the group, in the order given.

    Attributes:
        members: One entry per member.
        group_rate: Rate of the group (pooled, or the standard given).
        level: Confidence level of each member's limits.
        dispersion: Pearson chi-squared over its degrees of freedom; 1 when only chance varies.
        dispersion_p: Probability of a dispersion as large under equal rates.
        expected_outside: Members expected outside their limits if all rates were equal.
        prior: The two shapes of the beta distribution that rates are drawn towards.
    """

    members: tuple[Member, ...]
    group_rate: float
    level: float
    dispersion: float
    dispersion_p: float
    expected_outside: float
    prior: tuple[float, float]

    @property
    def overdispersed(self) -> bool:
        """Whether rates vary by more than chance."""
        return self.dispersion_p < DISPERSION_ALARM

    def sentence(self) -> str:
        """Return the comparison of the whole group in plain English."""
        count = sum(member.distinguished for member in self.members)
        outside = sum(member.outside for member in self.members)
        text = (
            f"{len(self.members)} members, group error rate {100 * self.group_rate:.1f} %. "
            f"{outside} outside the {100 * self.level:g} % limits; up to "
            f"{self.expected_outside:.1f} would be by chance. "
        )
        text += (
            f"{count} can be told apart from the group."
            if count
            else "None can be told apart from the group."
        )
        if self.overdispersed:
            text += (
                f" Rates vary by more than chance (dispersion {self.dispersion:.1f}, "
                f"p = {max(self.dispersion_p, 0.001):.3f} or less): look for differences in case "
                "mix, payer or template before judging a person."
            )
        return text

    def table(self) -> pd.DataFrame:
        """Return one row per member, in the order given (there is no rank)."""
        names = Member.__slots__
        rows = [[getattr(member, name) for name in names] for member in self.members]
        table = pd.DataFrame(rows, columns=list(names))
        return table.assign(sentence=[member.sentence() for member in self.members])


def compare_rates(
    errors: Iterable[int],
    reviewed: Iterable[int],
    names: Sequence[Any] | None = None,
    group_rate: float | None = None,
    level: float = 0.95,
    limits: str = "binomial",
    widen: bool = False,
) -> Comparison:
    """Compare the error rate of each member with that of the group.

    Args:
        errors: Units in error of each member.
        reviewed: Units reviewed of each member, from samples drawn alike.
        names: Name of each member; numbered when left out.
        group_rate: A standard to compare with; the pooled rate when left out.
        level: Confidence level of the funnel limits of one member.
        limits: ``binomial`` or ``conditional``; see :data:`LIMITS`.
        widen: Whether the limits allow for the spread of true rates in the group as well (beta
            binomial). Use it when rates vary by more than chance and nobody knows why.

    Raises:
        StatisticsError: Fewer than two members; more errors than units; a standard together
            with ``conditional``; names that repeat.

    Source:
        Spiegelhalter, Statistics in Medicine 24 (2005) 1185-1202 (funnel plots) and Quality and
        Safety in Health Care 14 (2005) 347-351 (over-dispersion); Šidák, JASA 62 (1967) 626-633
        (number of members); shrinkage: :mod:`auditkit.stats.shrinkage`.
    """
    x = _check.wholes("errors", errors, count=2)
    n = _check.wholes("reviewed", reviewed, at_least=1, count=2)
    _check.same_length("errors", x.tolist(), "reviewed", n)
    if (bad := np.flatnonzero(x > n)).size:
        raise StatisticsError("errors", f"is more than was reviewed; see {_check.positions(bad)}.")
    labels = _names(names, len(x))
    level = _check.level("level", level)
    limits = _check.choice("limits", limits, LIMITS)
    if group_rate is not None and limits == "conditional":
        raise StatisticsError("group_rate", "cannot be given with limits='conditional'.")
    pooled = float(x.sum() / n.sum())
    centre = pooled if group_rate is None else _check.number("group_rate", group_rate, 0.0, 1.0)
    prior = shrinkage.fit_beta(x, n)
    chance = _Chance(centre, int(x.sum()), int(n.sum()), limits, prior if widen else None)
    single = 1.0 - level
    joint = 1.0 - (1.0 - single) ** (1.0 / len(x))
    low, high = chance.limits(n, single)
    far_low, far_high = chance.limits(n, joint)
    posterior = shrinkage.shrink(x, n, prior, level)
    dispersion, probability = dispersion_test(x, n, centre, estimated=group_rate is None)
    members = tuple(
        Member(
            name=labels[i],
            errors=int(x[i]),
            reviewed=int(n[i]),
            rate=float(x[i] / n[i]),
            lower=binomial.lower_limit(int(x[i]), int(n[i]), single / 2.0),
            upper=binomial.upper_limit(int(x[i]), int(n[i]), single / 2.0),
            fewest=int(low[i]),
            most=int(high[i]),
            outside=bool(x[i] < low[i] or x[i] > high[i]),
            distinguished=bool(x[i] < far_low[i] or x[i] > far_high[i]),
            shrunken=float(posterior[0][i]),
            shrunken_lower=float(posterior[1][i]),
            shrunken_upper=float(posterior[2][i]),
            noticeable=_noticeable(int(high[i]), int(n[i])),
            group_rate=centre,
            level=level,
        )
        for i in range(len(x))
    )
    return Comparison(members, centre, level, dispersion, probability, single * len(x), prior)


def funnel_limits(
    group_rate: float, reviewed: Iterable[int], level: float = 0.95
) -> tuple[Array, Array]:
    """Return the lower and upper funnel limits, as rates, for each number *reviewed*.

    A rate below the lower or above the upper limit has probability of at most
    ``(1 - level) / 2`` on that side when the true rate is *group_rate*.

    Args:
        group_rate: Rate of the group, as a fraction.
        reviewed: Numbers of units, for the curve of a picture.
        level: Confidence level.

    Raises:
        StatisticsError: A rate outside 0 to 1, a number below 1.

    Source:
        Spiegelhalter (2005), exact binomial limits without interpolation.
    """
    n = _check.wholes("reviewed", reviewed, at_least=1)
    rate = _check.number("group_rate", group_rate, at_least=0.0, at_most=1.0)
    tail = (1.0 - _check.level("level", level)) / 2.0
    return stats.binom.ppf(tail, n, rate) / n, stats.binom.isf(tail, n, rate) / n


def dispersion_test(
    errors: Counts, reviewed: Counts, rate: float, estimated: bool = True
) -> tuple[float, float]:
    """Return the dispersion and its probability under one common *rate*.

    Where a member is expected to have fewer than five errors (or right units) the probability is
    found by simulation from a fixed seed, since chi-squared is too rough there.

    Args:
        errors: Units in error of each member.
        reviewed: Units reviewed of each member.
        rate: The common rate.
        estimated: Whether the rate was estimated from these members (costs one degree).

    Source:
        Pearson's chi-squared over its degrees of freedom; Spiegelhalter (2005), eq. 5.
    """
    df = len(errors) - int(estimated)
    if rate in (0.0, 1.0):
        return 0.0, 1.0
    spread = reviewed * rate * (1.0 - rate)
    chi = float(((errors - reviewed * rate) ** 2 / spread).sum())
    if float((reviewed * min(rate, 1.0 - rate)).min()) >= 5.0:
        return chi / df, float(special.chdtrc(df, chi))
    generator = np.random.Generator(np.random.PCG64(0))
    if estimated:
        drawn = generator.multivariate_hypergeometric(
            reviewed, int(errors.sum()), size=SIMULATED, method="marginals"
        )
    else:
        drawn = generator.binomial(reviewed, rate, size=(SIMULATED, len(errors)))
    simulated = ((drawn - reviewed * rate) ** 2 / spread).sum(axis=1)
    return chi / df, float((1 + (simulated >= chi - 1e-9).sum()) / (1 + SIMULATED))


@dataclass(frozen=True, slots=True)
class _Chance:
    """The distribution of a member's errors when the member is like the group."""

    rate: float
    errors: int
    reviewed: int
    kind: str
    spread: tuple[float, float] | None

    def limits(self, n: Counts, error: float) -> tuple[Counts, Counts]:
        """Return the fewest and the most errors with at most *error* / 2 beyond each."""
        tail = error / 2.0
        if self.spread is not None:
            precision = sum(self.spread)
            law = stats.betabinom(n, self.rate * precision, (1.0 - self.rate) * precision)
        elif self.kind == "conditional":
            law = stats.hypergeom(self.reviewed, self.errors, n)
        else:
            law = stats.binom(n, self.rate)
        if self.rate in (0.0, 1.0):
            fixed = (n * self.rate).astype(np.int64)
            return fixed, fixed
        return law.ppf(tail).astype(np.int64), law.isf(tail).astype(np.int64)


def _noticeable(most: int, reviewed: int) -> float:
    """Return the rate at which more than *most* errors have probability :data:`POWER`."""
    if most >= reviewed:
        return 1.0
    return float(special.betaincinv(most + 1.0, reviewed - most, POWER))


def _names(names: Sequence[Any] | None, count: int) -> list[str]:
    if names is None:
        return [str(number) for number in range(1, count + 1)]
    labels = [str(name) for name in names]
    if len(labels) != count:
        raise StatisticsError("names", f"holds {len(labels)} names for {count} members.")
    if len(set(labels)) != count:
        raise StatisticsError("names", "repeats a name; add up the units of one member first.")
    return labels
