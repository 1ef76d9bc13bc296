"""The value that every estimate of this package returns: figures, inputs and words together."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from auditkit.stats import _check, quantiles

#: How amounts of each unit are written in sentences.
UNITS = ("dollars", "units", "rate", "amount")

#: ``default`` is the statistically preferred choice, ``ratstats`` what RAT-STATS 2010 prints.
CONVENTIONS = ("default", "ratstats")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate with its limits, and all that is needed to compute it again.

    Attributes:
        method: Name of the method and its source, in words.
        quantity: What is estimated, in the words of a sentence ("total overpayment").
        unit: ``dollars``, ``units`` (a count), ``rate`` (a fraction) or ``amount``.
        point: The point estimate.
        se: Standard error of the point estimate, in the same unit.
        level: Confidence level of every limit below, as a fraction.
        lower: Lower limit of the two-sided interval.
        upper: Upper limit of the two-sided interval.
        lower_one_sided: Lower limit of the one-sided interval (nothing on the upper side).
        upper_one_sided: Upper limit of the one-sided interval.
        precision: Half the width of the two-sided interval.
        precision_percent: 100 * precision / \\|point\\|; None when the point estimate is zero.
            Under the RAT-STATS convention 0 when the point estimate is negative or zero.
        quantile_kind: ``t``, ``z``, ``exact`` (limits found by inversion) or ``none``.
        quantile: The t or z value of the two-sided interval; None when not used.
        df: Degrees of freedom of t; None for z and exact limits.
        n: Units in the sample.
        universe: Units in the universe; None when it is unknown or unlimited.
        mean: Mean of the sampled amounts; None where amounts are not the input.
        sd: Standard deviation of the sampled amounts (divisor n - 1); None when not defined.
        nonzero: How many sampled amounts are not zero; None where amounts are not the input.
        skewness: m3 / m2**1.5 of the sampled amounts; None when not defined.
        kurtosis: m4 / m2**2 of the sampled amounts (3 for a normal curve, not excess).
        convention: ``default`` or ``ratstats``.
        inputs: Names and values of the arguments, enough to call the method again.
        parts: The estimate of each stratum, in the order given.
        warnings: What the reader must know before using the figures.
    """

    method: str
    quantity: str
    unit: str
    point: float
    se: float
    level: float
    lower: float
    upper: float
    lower_one_sided: float
    upper_one_sided: float
    precision: float
    precision_percent: float | None
    quantile_kind: str
    quantile: float | None
    df: float | None
    n: int
    universe: int | None
    mean: float | None = None
    sd: float | None = None
    nonzero: int | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    convention: str = "default"
    inputs: tuple[tuple[str, Any], ...] = ()
    parts: tuple[Estimate, ...] = ()
    warnings: tuple[str, ...] = ()

    def at(self, level: float) -> Estimate:
        """Return the same estimate with its limits, and those of its parts, at *level*.

        Raises:
            StatisticsError: The limits were found by inversion; call the method again with
                ``level=`` instead.
        """
        if self.quantile_kind == "exact":
            raise _check.StatisticsError(
                "level", "cannot be changed afterwards for exact limits; call the method again."
            )
        limits = symmetric_limits(
            self.point, self.se, level, df=self.df, convention=self.convention
        )
        parts = tuple(part.at(level) for part in self.parts)
        inputs = tuple((k, level if k == "level" else v) for k, v in self.inputs)
        return replace(self, **limits, parts=parts, inputs=inputs)

    def scaled(self, factor: float, quantity: str, unit: str) -> Estimate:
        """Return the estimate multiplied by a known *factor*, as *quantity*.

        A total becomes a rate or a mean with ``factor = 1 / universe``.

        Raises:
            StatisticsError: The factor is not above zero.
        """
        factor = _check.number("factor", factor, above=0.0)
        scaled = {name: getattr(self, name) * factor for name in _SCALED}
        return replace(self, quantity=quantity, unit=_check.choice("unit", unit, UNITS), **scaled)

    def per_unit(self, quantity: str = "mean", unit: str = "amount") -> Estimate:
        """Return the estimate divided by the size of the universe: a mean, or an error rate.

        Raises:
            StatisticsError: The size of the universe is unknown.
        """
        if self.universe is None:
            raise _check.StatisticsError(
                "universe", "is unknown, so the total cannot be divided by it."
            )
        return self.scaled(1.0 / self.universe, quantity, unit)

    def named(self, quantity: str, unit: str = "dollars") -> Estimate:
        """Return the estimate described as *quantity* in its sentence; no figure changes."""
        return replace(self, quantity=quantity, unit=_check.choice("unit", unit, UNITS))

    def renamed(self, method: str) -> Estimate:
        """Return the estimate under the name of the *method* that called for it."""
        return replace(self, method=method)

    def warned(self, *warnings: str) -> Estimate:
        """Return the estimate with further *warnings*, each once."""
        added = tuple(each for each in warnings if each not in self.warnings)
        return replace(self, warnings=self.warnings + added)

    def sentence(self) -> str:
        """Return the result in plain English, for a memo or a report."""
        say = self._say
        percent = f"{100 * self.level:g} %"
        of_universe = " sampled" if self.universe is None else f" of {self.universe:,}"
        start = f"From {self.n:,}{of_universe} units, the" if self.n else "The"
        return (
            f"{start} estimated {self.quantity} is "
            f"{say(self.point)} (standard error {say(self.se)}). "
            f"The two-sided {percent} interval runs from {say(self.lower)} to {say(self.upper)}; "
            f"the lower limit of the one-sided {percent} interval is {say(self.lower_one_sided)}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return every field as plain values that JSON can hold, with ``inputs`` a dictionary."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        found["inputs"] = {name: plain(value) for name, value in self.inputs}
        found["parts"] = [part.as_dict() for part in self.parts]
        found["warnings"] = list(self.warnings)
        found["sentence"] = self.sentence()
        return found

    def _say(self, value: float) -> str:
        if self.unit == "rate":
            return f"{100 * value:.2f} %"
        if self.unit == "units":
            return f"{value:,.0f}"
        sign, size = ("-" if value < 0 else ""), abs(value)
        return f"{sign}${size:,.2f}" if self.unit == "dollars" else f"{sign}{size:,.2f}"


def plain(value: Any) -> Any:
    """Return *value* with records as dictionaries, arrays and tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (tuple, list)) else value


_SCALED = ("point", "se", "lower", "upper", "lower_one_sided", "upper_one_sided", "precision")


def symmetric_limits(
    point: float, se: float, level: float, df: float | None = None, convention: str = "default"
) -> dict[str, Any]:
    """Return the limit fields of an :class:`Estimate` from a standard error.

    Args:
        point: Point estimate.
        se: Its standard error, in the same unit.
        level: Confidence level of both the two-sided and the one-sided limits.
        df: Degrees of freedom for Student's t; None for the normal curve.
        convention: ``default`` or ``ratstats``; decides the precision percent of a negative
            point estimate.

    Returns:
        Keyword arguments for :class:`Estimate`, from ``level`` to ``df``.

    Raises:
        StatisticsError: A level that is not a fraction; a negative or undefined *se*; no degrees
            of freedom while *se* is above zero.
    """
    level = _check.level("level", level)
    se = _check.number("se", se, at_least=0.0)
    if se == 0.0 and df is not None and df <= 0:
        kind, two, one = "none", 0.0, 0.0
    elif df is None:
        kind, two = "z", quantiles.z(level)
        one = quantiles.z(abs(2.0 * level - 1.0)) if level != 0.5 else 0.0
    else:
        kind, two = "t", quantiles.t(level, df)
        one = quantiles.t(abs(2.0 * level - 1.0), df) if level != 0.5 else 0.0
    one = one if level >= 0.5 else -one
    half = two * se
    return {
        "level": level,
        "se": se,
        "lower": point - half,
        "upper": point + half,
        "lower_one_sided": point - one * se,
        "upper_one_sided": point + one * se,
        "precision": half,
        "precision_percent": precision_percent(point, half, convention),
        "quantile_kind": kind,
        "quantile": None if kind == "none" else two,
        "df": None if df is None else float(df),
    }


def precision_percent(point: float, half_width: float, convention: str) -> float | None:
    """Return the half width as a percentage of the point estimate, or None when it is zero.

    RAT-STATS prints 0 for a negative point estimate; here the percentage is taken of its size,
    since 0 would read as perfect precision.
    """
    if convention == "ratstats" and point <= 0.0:
        return 0.0
    if point == 0.0 or not math.isfinite(half_width):
        return None
    return 100.0 * half_width / abs(point)


def from_standard_error(
    method: str,
    point: float,
    se: float,
    level: float,
    n: int,
    universe: int | None,
    df: float | None = None,
    convention: str = "default",
    quantity: str = "total",
    unit: str = "amount",
    **rest: Any,
) -> Estimate:
    """Return an :class:`Estimate` whose limits are ``point ± quantile * se``.

    Args:
        method: Name of the method.
        point: Point estimate.
        se: Standard error of the point estimate.
        level: Confidence level, as a fraction.
        n: Units in the sample.
        universe: Units in the universe, or None.
        df: Degrees of freedom for t; None for z.
        convention: ``default`` or ``ratstats``.
        quantity: What is estimated.
        unit: ``dollars``, ``units``, ``rate`` or ``amount``.
        rest: Further fields of :class:`Estimate` (skewness, inputs, parts, warnings).

    Raises:
        StatisticsError: See :func:`symmetric_limits`.
    """
    convention = _check.choice("convention", convention, CONVENTIONS)
    limits = symmetric_limits(point, se, level, df=df, convention=convention)
    return Estimate(
        method=method,
        quantity=quantity,
        unit=_check.choice("unit", unit, UNITS),
        point=point,
        n=n,
        universe=universe,
        convention=convention,
        **limits,
        **rest,
    )


def from_limits(
    method: str,
    point: float,
    se: float,
    level: float,
    two_sided: tuple[float, float],
    one_sided: tuple[float, float],
    n: int,
    universe: int | None,
    convention: str = "default",
    quantity: str = "total",
    unit: str = "amount",
    **rest: Any,
) -> Estimate:
    """Return an :class:`Estimate` whose limits were found by inverting a test.

    Args:
        two_sided: Lower and upper limit of the two-sided interval at *level*.
        one_sided: Lower limit and upper limit of the one-sided intervals at *level*.

    The other arguments are those of :func:`from_standard_error`.
    """
    half = (two_sided[1] - two_sided[0]) / 2.0
    convention = _check.choice("convention", convention, CONVENTIONS)
    return Estimate(
        method=method,
        quantity=quantity,
        unit=_check.choice("unit", unit, UNITS),
        point=point,
        se=se,
        level=_check.level("level", level),
        lower=two_sided[0],
        upper=two_sided[1],
        lower_one_sided=one_sided[0],
        upper_one_sided=one_sided[1],
        precision=half,
        precision_percent=precision_percent(point, half, convention),
        quantile_kind="exact",
        quantile=None,
        df=None,
        n=n,
        universe=universe,
        convention=convention,
        **rest,
    )
