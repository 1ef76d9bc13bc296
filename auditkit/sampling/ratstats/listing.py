"""The listings of the RAT-STATS random number modules."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

import pandas as pd

from auditkit.errors import PlanError
from auditkit.sampling.ratstats.generator import STREAMS_WARNING, Seed, generator, printed

#: RAT-STATS 2010 draws no more than this, spares included.
LARGEST_LISTING = 10_000

#: RAT-STATS holds range limits as 32-bit whole numbers.
LARGEST_NUMBER = 2_147_483_647

Item = tuple[int, ...]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """Random numbers as RAT-STATS lists them.

    An item is a tuple: one number for a single stage; one per coordinate for sets; (random
    number, frame, item) or (random number, frame, page, line) for frames.

    Attributes:
        seed: The seed, as text, exactly as it was given.
        selected: The items of the sample in the order of selection.
        spares: The spare items in the order of selection.
        columns: What the numbers of an item are.
        frame_size: How many items could have been drawn.
        warnings: What the reader must know.
    """

    seed: str
    selected: tuple[Item, ...]
    spares: tuple[Item, ...]
    columns: tuple[str, ...]
    frame_size: int
    warnings: tuple[str, ...]

    @property
    def sequential(self) -> tuple[Item, ...]:
        """The items of the sample in ascending order."""
        return tuple(sorted(self.selected))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The first number of every selected item, in the order of selection."""
        return tuple(item[0] for item in self.selected)

    @property
    def summation(self) -> int:
        """The sum of the random numbers, spares included: the checksum that RAT-STATS prints.

        Only the first coordinate is summed where an item has several.
        """
        return sum(item[0] for item in self.selected + self.spares)

    def table(self) -> pd.DataFrame:
        """Return the listing as RAT-STATS prints it: ascending with order, then the spares.

        Columns are ``part`` (``sequential`` or ``spare``), ``order`` (of selection, from 1) and
        one column per coordinate.
        """
        order = {item: position for position, item in enumerate(self.selected, start=1)}
        rows = [("sequential", order[item], *item) for item in self.sequential]
        after = len(self.selected) + 1
        rows += [("spare", after + k, *item) for k, item in enumerate(self.spares)]
        return pd.DataFrame(rows, columns=["part", "order", *self.columns])


def single_stage(
    seed: Seed,
    n_sequential: int,
    low: int,
    high: int,
    n_spares: int = 0,
    standard: str | None = None,
) -> Listing:
    """Draw single-stage random numbers: *n_sequential* of *low* to *high*, none twice.

    Args:
        seed: The seed as printed, two decimals included.
        n_sequential: Numbers to draw; RAT-STATS lists them ascending with their order.
        low: Smallest number, which may be zero or negative.
        high: Largest number.
        n_spares: Further numbers, kept in the order drawn.
        standard: Name of a standard whose rule on the seed must be kept (``TRICARE``).

    Raises:
        PlanError: More numbers than the range holds, a range that runs backwards, or a seed that
            is no number or that *standard* forbids.
    """
    return sets(seed, n_sequential, [(low, high)], n_spares, standard)


def sets(
    seed: Seed,
    n_sequential: int,
    ranges: Sequence[Range],
    n_spares: int = 0,
    standard: str | None = None,
) -> Listing:
    """Draw sets of one to four numbers, one from each of *ranges*; no set twice.

    Args:
        seed: The seed as printed.
        n_sequential: Sets to draw.
        ranges: (low, high) of each coordinate, in order.
        n_spares: Further sets, kept in the order drawn.
        standard: See :func:`single_stage`.

    Raises:
        PlanError: See :func:`single_stage`.
    """
    checked = _ranges(ranges)
    size = math.prod(high - low + 1 for low, high in checked)
    text = printed(seed, standard)
    drawn = _draw(generator(text), checked, _count(n_sequential, n_spares, size))
    columns = ("number",) if len(checked) == 1 else tuple("abcd"[: len(checked)])
    return _listing(text, drawn, n_sequential, columns, size)


def frames_single_stage(
    seed: Seed, n_sequential: int, frames: Sequence[Range], n_spares: int = 0
) -> Listing:
    """Draw from several ranges of item numbers laid end to end.

    Args:
        seed: The seed as printed.
        n_sequential: Items to draw.
        frames: (low, high) of each frame, in order.
        n_spares: Further items, kept in the order drawn.

    Returns:
        Items (random number, frame, item); frames are counted from 1.

    Raises:
        PlanError: See :func:`single_stage`.
    """
    checked = _ranges(frames, most=None)
    sizes = [high - low + 1 for low, high in checked]

    def locate(number: int) -> Item:
        frame, position = _place(number, sizes)
        return number, frame + 1, checked[frame][0] + position

    drawn = single_stage(seed, n_sequential, 1, sum(sizes), n_spares)
    return _mapped(drawn, locate, ("number", "frame", "item"))


def frames_two_stage(
    seed: Seed,
    n_sequential: int,
    frames: Sequence[Range],
    items_per_page: int | Sequence[int],
    n_spares: int = 0,
) -> Listing:
    """Draw lines from several ranges of pages.

    The line is ``(v - 1) mod items_per_page + 1`` for the v-th line of a frame. The manual's
    description, which rounds a decimal part, is ambiguous for the last line of a page.

    Args:
        seed: The seed as printed.
        n_sequential: Lines to draw.
        frames: (first page, last page) of each frame, in order.
        items_per_page: Lines on a page: one number, or one for each frame.
        n_spares: Further lines, kept in the order drawn.

    Returns:
        Items (random number, frame, page, line); frames are counted from 1.

    Raises:
        PlanError: A page without lines, or a list of lines that does not fit the frames; see
            also :func:`single_stage`.
    """
    checked = _ranges(frames, most=None)
    lines = list(items_per_page) if isinstance(items_per_page, Sequence) else [items_per_page]
    lines = lines * len(checked) if len(lines) == 1 else lines
    if len(lines) != len(checked) or any(not _are_whole(each) or each < 1 for each in lines):
        raise PlanError(
            "'items_per_page' must be a whole number above 0, or one for each of the "
            f"{len(checked)} frames."
        )
    sizes = [(high - low + 1) * each for (low, high), each in zip(checked, lines, strict=True)]

    def locate(number: int) -> Item:
        frame, position = _place(number, sizes)
        page, line = divmod(position, lines[frame])
        return number, frame + 1, checked[frame][0] + page, line + 1

    drawn = single_stage(seed, n_sequential, 1, sum(sizes), n_spares)
    return _mapped(drawn, locate, ("number", "frame", "page", "line"))


def draw_numbers(seed: Seed, count: int, low: int, high: int) -> tuple[int, ...]:
    """Return *count* unduplicated numbers of *low* to *high* in the order of selection."""
    return single_stage(seed, count, low, high).numbers


def _draw(uniforms: Iterator[float], ranges: Sequence[Range], count: int) -> tuple[Item, ...]:
    """Return *count* different items; each takes one uniform number per coordinate, in order."""
    widths = [(low, high - low + 1) for low, high in ranges]
    found: dict[Item, None] = {}
    while len(found) < count:
        item = tuple([math.floor(next(uniforms) * width) + low for low, width in widths])
        found[item] = None
    return tuple(found)


def _listing(
    seed: str, drawn: tuple[Item, ...], n: int, columns: tuple[str, ...], size: int
) -> Listing:
    warnings = [STREAMS_WARNING]
    if len(drawn) > LARGEST_LISTING:
        warnings.append(
            f"RAT-STATS lists at most {LARGEST_LISTING:,} numbers, spares included; "
            f"{len(drawn):,} cannot come from it."
        )
    return Listing(seed, drawn[:n], drawn[n:], columns, size, tuple(warnings))


def _mapped(drawn: Listing, locate: Callable[[int], Item], columns: tuple[str, ...]) -> Listing:
    return replace(
        drawn,
        selected=tuple(locate(number) for (number,) in drawn.selected),
        spares=tuple(locate(number) for (number,) in drawn.spares),
        columns=columns,
    )


def _place(number: int, sizes: Sequence[int]) -> tuple[int, int]:
    """Return which frame holds the *number*-th item (from 1) and its position there (from 0)."""
    position = number - 1
    for frame, size in enumerate(sizes):
        if position < size:
            return frame, position
        position -= size
    raise PlanError(f"'frames' hold no item number {number:,}.")


def _count(n_sequential: int, n_spares: int, size: int) -> int:
    for argument, value, least in (("n_sequential", n_sequential, 1), ("n_spares", n_spares, 0)):
        if not _are_whole(value) or value < least:
            raise PlanError(f"'{argument}' must be a whole number of at least {least}.")
    count = n_sequential + n_spares
    if count > size:
        raise PlanError(
            f"'n_sequential' and 'n_spares' ask for {count:,} different items and the frame holds "
            f"{size:,}. Ask for fewer, or check the frame's limits."
        )
    return count


def _ranges(ranges: Sequence[Range], most: int | None = 4) -> tuple[Range, ...]:
    try:
        found = tuple((int(low), int(high)) for low, high in ranges if _are_whole(low, high))
    except (TypeError, ValueError):
        found = ()
    if len(found) != len(ranges) or not found or (most is not None and len(found) > most):
        count = f"one to {most}" if most else "one or more"
        raise PlanError(f"'ranges' must hold {count} pairs of whole numbers (low, high).")
    for low, high in found:
        if low > high:
            raise PlanError(f"'ranges' runs backwards: low {low:,} is above high {high:,}.")
        if high - low + 1 > LARGEST_NUMBER or max(abs(low), abs(high)) > LARGEST_NUMBER:
            raise PlanError(f"'ranges' must span at most {LARGEST_NUMBER:,} numbers.")
    return found


def _are_whole(*values: object) -> bool:
    return all(isinstance(each, Integral) and not isinstance(each, bool) for each in values)
