"""Checks of arguments, shared by every function of this package.

A check returns the value in the type that the arithmetic needs, or raises a
:class:`StatisticsError` that names the argument. Nothing is repaired: text is never read as
zero, a blank is never skipped, and 90 is never taken for 0.90.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Sized
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: The largest universe accepted, which is also the largest that RAT-STATS accepts (2**31 - 1).
LARGEST_UNIVERSE = 2_147_483_647

#: How far probabilities may be from the sum that they must have.
SUM_TOLERANCE = 1e-6


class StatisticsError(ValueError):
    """An argument that the method cannot use.

    Args:
        argument: Name of the argument as the caller wrote it.
        problem: What is wrong, what is accepted and what to do; one sentence or two.

    Attributes:
        argument: The same name, for callers that catch the error.
    """

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"'{argument}' {problem}")
        self.argument = argument


def number(
    argument: str,
    value: object,
    at_least: float | None = None,
    at_most: float | None = None,
    above: float | None = None,
) -> float:
    """Return *value* as a finite float within the bounds given.

    Raises:
        StatisticsError: The value is text, a truth value, missing, infinite or out of bounds.
    """
    found = _as_float(value)
    if found is None or not math.isfinite(found):
        raise StatisticsError(argument, f"must be a number (got {show(value)}).")
    if at_least is not None and found < at_least:
        raise StatisticsError(argument, f"must be at least {at_least:g} (got {found:g}).")
    if above is not None and found <= above:
        raise StatisticsError(argument, f"must be above {above:g} (got {found:g}).")
    if at_most is not None and found > at_most:
        raise StatisticsError(argument, f"must be at most {at_most:g} (got {found:g}).")
    return found


def whole(
    argument: str, value: object, at_least: int | None = None, at_most: int | None = None
) -> int:
    """Return *value* as a whole number within the bounds given.

    Raises:
        StatisticsError: The value is not a whole number, or is out of bounds.
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        found = int(value)
    else:
        as_float = _as_float(value)
        if as_float is None or not math.isfinite(as_float) or as_float != int(as_float):
            raise StatisticsError(argument, f"must be a whole number (got {show(value)}).")
        found = int(as_float)
    if at_least is not None and found < at_least:
        raise StatisticsError(argument, f"must be at least {at_least:,} (got {found:,}).")
    if at_most is not None and found > at_most:
        raise StatisticsError(argument, f"must be at most {at_most:,} (got {found:,}).")
    return found


def universe_size(argument: str, value: object, at_least: int = 1) -> int:
    """Return a count of units in a universe, from *at_least* to 2,147,483,647."""
    return whole(argument, value, at_least=at_least, at_most=LARGEST_UNIVERSE)


def sample_size(argument: str, value: object, universe: int, at_least: int = 1) -> int:
    """Return the size of a sample that *universe* can hold.

    Raises:
        StatisticsError: The sample is larger than the universe or smaller than *at_least*.
    """
    found = whole(argument, value, at_least=at_least)
    if found > universe:
        raise StatisticsError(
            argument,
            f"is {found:,}, more than the {universe:,} units of the universe. "
            "A unit is counted once; check both figures.",
        )
    return found


def error_count(argument: str, value: object, sample: int) -> int:
    """Return a count of errors between 0 and the size of the *sample*."""
    found = whole(argument, value, at_least=0)
    if found > sample:
        raise StatisticsError(
            argument, f"is {found:,}, more than the {sample:,} units of the sample."
        )
    return found


def level(argument: str, value: object) -> float:
    """Return a confidence level strictly between 0 and 1.

    Raises:
        StatisticsError: The level is not a fraction; 90 must be written 0.90.
    """
    found = number(argument, value)
    if 1.0 < found < 100.0:
        raise StatisticsError(
            argument, f"must be a fraction: write {found / 100:g} for {found:g} %."
        )
    if not 0.0 < found < 1.0:
        raise StatisticsError(argument, f"must lie between 0 and 1 (got {found:g}).")
    return found


def amounts(
    argument: str, values: Iterable[Any], at_least: int = 1, nonnegative: bool = False
) -> Array:
    """Return *values* as a one-dimensional array of floats, shape ``(n,)``.

    Args:
        argument: Name of the argument.
        values: Numbers (Python, NumPy, pandas or Decimal), in any one-dimensional container.
        at_least: The fewest values that the method can use.
        nonnegative: Whether a negative value is an error (sizes, weights).

    Raises:
        StatisticsError: A value is text, missing, infinite or (when asked) negative, or there
            are too few. The message gives positions counted from 1, never the values.
    """
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise StatisticsError(argument, f"must be a list of numbers (got {show(values)}).")
    found = _as_array(argument, values)
    if found.size < at_least:
        raise StatisticsError(
            argument, f"must hold at least {at_least} value(s) (got {found.size})."
        )
    bad = np.flatnonzero(~np.isfinite(found))
    if bad.size:
        raise StatisticsError(
            argument,
            f"must hold numbers only; {positions(bad)} {'is' if bad.size == 1 else 'are'} blank, "
            "text or not finite. "
            "Enter 0 where the amount is zero.",
        )
    if nonnegative and (negative := np.flatnonzero(found < 0)).size:
        raise StatisticsError(argument, f"must not be negative; see {positions(negative)}.")
    return found


def wholes(
    argument: str, values: Iterable[Any], at_least: int = 0, count: int = 1
) -> npt.NDArray[np.int64]:
    """Return *values* as a one-dimensional array of whole numbers, each at least *at_least*."""
    found = amounts(argument, values, at_least=count)
    bad = np.flatnonzero((found != np.floor(found)) | (found < at_least))
    if bad.size:
        raise StatisticsError(
            argument, f"must hold whole numbers of at least {at_least}; see {positions(bad)}."
        )
    return found.astype(np.int64)


def same_length(first: str, one: Sized, second: str, other: Sized) -> None:
    """Raise unless both arguments hold as many values."""
    if len(one) != len(other):
        raise StatisticsError(
            second, f"holds {len(other)} values and '{first}' holds {len(one)}; they must agree."
        )


def choice(argument: str, value: object, accepted: Sequence[str]) -> str:
    """Return *value* when it is one of the words *accepted*."""
    if isinstance(value, str) and value in accepted:
        return value
    words = ", ".join(repr(word) for word in accepted)
    raise StatisticsError(argument, f"must be one of {words} (got {show(value)}).")


def shares(argument: str, values: Iterable[Any]) -> Array:
    """Return probabilities that are not negative and sum to one, shape ``(n,)``."""
    found = amounts(argument, values, nonnegative=True)
    total = float(found.sum())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise StatisticsError(argument, f"must sum to 1 (they sum to {total:.6g}).")
    return found


def positions(indices: Iterable[int], most: int = 5) -> str:
    """Return 'position 3' or 'positions 3, 9, 12 and 4 more', counted from 1."""
    found = [int(index) + 1 for index in indices]
    listed = ", ".join(str(position) for position in found[:most])
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return f"position{'s' if len(found) > 1 else ''} {listed}{more}"


def _as_float(value: object) -> float | None:
    if isinstance(value, (bool, np.bool_, np.timedelta64)):
        return None
    return float(value) if isinstance(value, (Real, Decimal)) else None


def _as_array(argument: str, values: Iterable[Any]) -> Array:
    raw = values if isinstance(values, np.ndarray) else getattr(values, "values", values)
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuf":
        found = raw.astype(np.float64)
    else:
        floats = (_as_float(value) for value in values)
        found = np.array([math.nan if each is None else each for each in floats], dtype=np.float64)
    if found.ndim != 1:
        raise StatisticsError(argument, f"must be one list of numbers (got {found.ndim} levels).")
    return found


def show(value: object) -> str:
    """Return the kind of *value*, and the value itself only when it is a plain number."""
    if value is None:
        return "nothing"
    if isinstance(value, (Real, Decimal)) and not isinstance(value, bool):
        return str(value)
    return f"a value of type {type(value).__name__}"
