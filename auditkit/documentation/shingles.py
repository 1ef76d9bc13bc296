"""Notes as sets of hashed word runs (shingles), for comparing texts with each other.

A shingle is a run of consecutive words (Broder, "On the resemblance and containment of documents",
1997); two texts are alike as far as their sets of shingles are (Jaccard).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

WORD = re.compile(r"\w+(?:[.,]\d+)*")
#: Notes are taken in lots, so that the words of all of them never stand in memory at once.
LOT = 4096
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


class _WordHashes(dict[str, int]):
    """The 64-bit hash of each word, computed when first asked for; the same on every machine."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        self[word] = number = int.from_bytes(digest, "little")
        return number


@dataclass(frozen=True, slots=True)
class Shingles:
    """The distinct shingles of many notes: note i has `values[offsets[i]:offsets[i + 1]]`, sorted.

    `words` is the number of words of each note.
    """

    values: Hashes
    offsets: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self.offsets) - 1

    def of(self, note: int) -> Hashes:
        """Return the sorted distinct shingles of one note."""
        return self.values[self.offsets[note] : self.offsets[note + 1]]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of distinct shingles of each note."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> npt.NDArray[np.int64]:
        """The note of each entry of `values`."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def where(self, kept: npt.NDArray[np.bool_]) -> "Shingles":
        """Return the entries that *kept* marks, still by note."""
        sizes = np.bincount(self.owners[kept], minlength=len(self))
        return Shingles(self.values[kept], _offsets(sizes), self.words)


def shingles(texts: Iterable[str], length: int) -> Shingles:
    """Return the shingles of *length* words of each text.

    Case, punctuation and layout do not count; numbers do. A text shorter than *length* has none.
    """
    table = _WordHashes()
    parts: list[Hashes] = []
    counts: list[int] = []
    stream = iter(texts)
    while lot := list(islice(stream, LOT)):
        words = [WORD.findall(text.lower()) for text in lot]
        counts += map(len, words)
        parts += _lot(words, length, table)
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    values = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
    return Shingles(values, _offsets(sizes), np.array(counts, dtype=np.int64))


def ordered(words: Sequence[str], length: int) -> Hashes:
    """Return the shingles of one text in their order, repeats kept."""
    table = _WordHashes()
    return _runs(np.array([table[word] for word in words], dtype=np.uint64), length)


def _lot(words: list[list[str]], length: int, table: _WordHashes) -> list[Hashes]:
    """Return the sorted distinct shingles of each list of words."""
    total = sum(map(len, words))
    flat = np.fromiter(
        map(table.__getitem__, chain.from_iterable(words)), dtype=np.uint64, count=total
    )
    runs = _runs(flat, length)
    found, start = [], 0
    for each in words:
        found.append(np.unique(runs[start : max(start, start + len(each) - length + 1)]))
        start += len(each)
    return found


def _runs(flat: Hashes, length: int) -> Hashes:
    """Return the hash of every run of *length* word hashes (a polynomial, then mixed)."""
    count = max(0, len(flat) - length + 1)
    runs = np.zeros(count, dtype=np.uint64)
    for step in range(length):
        runs = runs * _ODD + flat[step : step + count]
    runs ^= runs >> np.uint64(29)
    runs *= _MIX
    return runs ^ (runs >> np.uint64(32))


def _offsets(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
