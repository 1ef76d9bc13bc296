"""Whether a listing is the one that a RAT-STATS seed gives, and if not, where it departs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from auditkit.errors import PlanError
from auditkit.sampling.ratstats.generator import Seed
from auditkit.sampling.ratstats.listing import Listing, single_stage

#: How far past the sample a foreign number is looked for in the seed's own sequence.
LOOK_AHEAD = 1_000

_ORDERS = {
    "ascending": "in ascending order",
    "selection": "in the order of selection",
    "other": "though neither ascending nor in the order of selection",
}


@dataclass(frozen=True, slots=True)
class Replication:
    """The answer to "is this the sample that the seed gives?".

    Attributes:
        matches: Whether the listing holds the numbers that the seed gives, spares in order.
        order: How the listing is ordered: ``ascending``, ``selection`` or ``other``. A sample in
            another order is the same sample, but its order of selection is then not shown.
        departs_at: Position in the listing, from 1, of its first departure; None when it matches.
        expected: What the seed gives at that position.
        found: What the listing has there.
        first_missing_draw: The earliest draw of the seed that the listing lacks, from 1.
        missing: Numbers that the seed gives and the listing lacks, in the order of selection.
        foreign: Numbers that the listing has and the seed does not give, in its order.
        repeated: Numbers listed more than once.
        later: (number, draw) of foreign numbers that the seed gives at a later draw: spares
            used in the place of sampled units look like this.
        other_frame: (low, high) of a neighbouring frame that gives exactly this listing.
        listing: What the seed gives.
    """

    matches: bool
    order: str
    departs_at: int | None
    expected: int | None
    found: int | None
    first_missing_draw: int | None
    missing: tuple[int, ...]
    foreign: tuple[int, ...]
    repeated: tuple[int, ...]
    later: tuple[tuple[int, int], ...]
    other_frame: tuple[int, int] | None
    listing: Listing

    def sentence(self) -> str:
        """Return the answer in plain English."""
        seed, size = self.listing.seed, self.listing.frame_size
        if self.matches:
            return (
                f"The listing is the sample that seed {seed} gives from {size:,} units: all "
                f"{len(self.listing.selected):,} numbers agree, {_ORDERS[self.order]}."
            )
        text = (
            f"The listing is not the sample that seed {seed} gives from {size:,} units. It first "
            f"departs at position {self.departs_at}, where the seed gives "
            f"{self.expected} and the listing has {self.found}; "
            f"{len(self.foreign)} of its numbers are not from this draw."
        )
        if self.repeated:
            text += f" It repeats {', '.join(str(each) for each in self.repeated)}."
        if self.later:
            number, draw = self.later[0]
            text += f" {number} is draw {draw} of the seed: a spare may have been used."
        if self.other_frame:
            low, high = self.other_frame
            text += f" The same seed gives this listing from a frame of {low:,} to {high:,}."
        return text


def replicate(
    seed: Seed,
    listing: Iterable[Any],
    high: int,
    low: int = 1,
    spares: Iterable[Any] = (),
) -> Replication:
    """Say whether a single-stage *listing* is the one that *seed* gives.

    A listing in ascending order is compared in that order, any other in the order of selection.
    The same numbers in another order are the same sample.

    Args:
        seed: The seed as printed on the other party's listing.
        listing: The sampled numbers, ascending or in the order of selection.
        high: Largest number of the frame; the size of the frame when it starts at 1.
        low: Smallest number of the frame.
        spares: The spares as listed, in the order of selection; compared after the sample.

    Returns:
        The answer, with the listing that the seed gives.

    Raises:
        PlanError: An empty listing, numbers that are not whole, a listing longer than the
            frame, or a seed that is no number.

    Example:
        >>> replicate(12345, [9, 236, 337, 340, 346, 497, 556, 641, 658, 884], high=1000).matches
        True
    """
    sampled, spare = _numbers("listing", listing), _numbers("spares", spares)
    if not sampled:
        raise PlanError("'listing' is empty; give the numbers that were sampled.")
    given = single_stage(seed, len(sampled), low, high, len(spare))
    order = _order(given, sampled)
    drawn, named = _expected(given, "selection"), set(sampled + spare)
    same = set(sampled) == set(given.numbers) and spare == drawn[len(sampled) :]
    expected, listed = _expected(given, order), sampled + spare
    at = None if same else _first_difference(expected, listed)
    foreign = tuple(dict.fromkeys(each for each in listed if each not in set(drawn)))
    return Replication(
        matches=same,
        order=order,
        departs_at=None if at is None else at + 1,
        expected=None if at is None else expected[at],
        found=None if at is None else listed[at],
        first_missing_draw=next((k for k, each in enumerate(drawn, 1) if each not in named), None),
        missing=tuple(each for each in drawn if each not in named),
        foreign=foreign,
        repeated=tuple(sorted(each for each, times in Counter(listed).items() if times > 1)),
        later=_later(seed, low, high, len(listed), foreign),
        other_frame=None if same else _neighbour(seed, sampled, low, high),
        listing=given,
    )


def _order(given: Listing, sampled: list[int]) -> str:
    if sampled == sorted(sampled):
        return "ascending"
    same = set(sampled) == set(given.numbers)
    return "other" if same and sampled != list(given.numbers) else "selection"


def _first_difference(expected: list[int], listed: list[int]) -> int:
    pairs = enumerate(zip(expected, listed, strict=True))
    return next(position for position, (given, found) in pairs if given != found)


def _expected(given: Listing, order: str) -> list[int]:
    sample = given.sequential if order == "ascending" else given.selected
    return [item[0] for item in (*sample, *given.spares)]


def _later(
    seed: Seed, low: int, high: int, drawn: int, foreign: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Return which foreign numbers are later draws of the seed, and at which draw."""
    if not foreign:
        return ()
    further = min(high - low + 1, drawn + LOOK_AHEAD)
    numbers = single_stage(seed, further, low, high).numbers
    place = {number: draw for draw, number in enumerate(numbers, start=1)}
    return tuple((number, place[number]) for number in foreign if number in place)


def _neighbour(seed: Seed, sampled: list[int], low: int, high: int) -> tuple[int, int] | None:
    """Return a frame off by one, or counted from zero, that would explain the listing."""
    for other in ((low, high + 1), (low, high - 1), (0, high), (0, high - 1), (1, high + 1)):
        if other == (low, high) or other[1] - other[0] + 1 < len(sampled):
            continue
        if set(single_stage(seed, len(sampled), *other).numbers) == set(sampled):
            return other
    return None


def _numbers(argument: str, values: Iterable[Any]) -> list[int]:
    found = []
    for position, value in enumerate(values, start=1):
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        # A table column with a blank in it reads whole numbers back as 12.0.
        whole = whole or (isinstance(value, (float, np.floating)) and float(value).is_integer())
        if not whole:
            raise PlanError(f"'{argument}' must hold whole numbers; position {position} does not.")
        found.append(int(value))
    return found
