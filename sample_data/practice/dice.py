"""Reproducible chance: every stream is named, so any patient can be made without the others.

Only `random.Random.random` is used: Python promises that it repeats for a seed on every version
and machine, which it does not promise for `choice`, `sample` or `randrange`.
"""

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One named stream of chance."""

    __slots__ = ("real",)

    def __init__(self, *name: object) -> None:
        digest = sha256("|".join(str(part) for part in name).encode()).digest()
        self.real = Random(int.from_bytes(digest, "big")).random

    def chance(self, probability: float) -> bool:
        """Return True with *probability*."""
        return self.real() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, both included."""
        return low + int(self.real() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of *items*, all equally likely."""
        return items[int(self.real() * len(items))]

    def weighted(self, items: Sequence[tuple[T, float]]) -> T:
        """Return the first part of one of *items*, in proportion to the second part."""
        mark = self.real() * sum(weight for _, weight in items)
        for item, weight in items:
            mark -= weight
            if mark < 0:
                return item
        return items[-1][0]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Return *count* different members of *items* in random order."""
        rest = list(items)
        return [rest.pop(int(self.real() * len(rest))) for _ in range(count)]
