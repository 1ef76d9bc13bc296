"""The segments of transaction sets as columns, so that no Python runs per segment."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.claims.x12 import Transaction


class Segments:
    """The segments of transaction sets that share their delimiters, to be taken by name.

    A *place* counts segments from 0 within this object; `numbers` holds for each place the
    segment's number in the file.
    """

    def __init__(self, transactions: Sequence[Transaction]) -> None:
        self.file = transactions[0].file
        self.delimiters = transactions[0].delimiters
        self.numbers = np.concatenate([t.first + np.arange(len(t.parts)) for t in transactions])
        text = pa.concat_arrays([transaction.parts for transaction in transactions])
        self._text = text.cast(pa.string())
        heads = pc.utf8_slice_codeunits(self._text, 0, 3).dictionary_encode()
        self._heads = heads.indices.to_numpy()
        self._codes = {head: code for code, head in enumerate(heads.dictionary.to_pylist())}
        self._cut: dict[str, pa.ListArray] = {}

    def __len__(self) -> int:
        """Return how many segments there are."""
        return len(self._text)

    def at(self, name: str) -> np.ndarray:
        """Return the places of the segments called *name*."""
        head = name if len(name) == 3 else name + self.delimiters.element
        return np.flatnonzero(self._heads == self._codes.get(head, -1))

    def latest(self, name: str) -> np.ndarray:
        """Return for each place where the last segment called *name* stands, or -1."""
        places = np.full(len(self), -1)
        own = self.at(name)
        places[own] = own
        return np.maximum.accumulate(places)

    def count(self, name: str) -> np.ndarray:
        """Return for each place which segment called *name* is the last, from 0; -1 before any."""
        marks = np.zeros(len(self), dtype=np.int64)
        marks[self.at(name)] = 1
        return np.cumsum(marks) - 1

    def last(self, name: str, owner: np.ndarray, owners: int, chosen: np.ndarray) -> np.ndarray:
        """Return for each of *owners* its last *chosen* segment called *name*, or -1.

        *owner* holds the owner of each place; *chosen* and the result count the segments of
        that name alone, from 0. One more slot at the end stands for no owner and is -1.
        """
        own = owner[self.at(name)]
        which = np.flatnonzero(chosen & (own >= 0))
        found = np.full(owners + 1, -1)
        found[own[which]] = which
        return found

    def width(self, name: str) -> int:
        """Return how many elements the longest segment called *name* has, its name included."""
        lengths = pc.max(pc.list_value_length(self._rows(name))).as_py()
        return lengths or 0

    def elements(self, name: str, *wanted: int) -> list[pa.Array]:
        """Return the *wanted* elements of the segments called *name*, null where there is none."""
        return [item(self._rows(name), number) for number in wanted]

    def components(self, values: pa.Array, width: int) -> list[pa.Array]:
        """Return the first *width* components of composite *values*, null where there is none."""
        rows = pc.split_pattern(values, self.delimiters.component)
        return [item(rows, number) for number in range(width)]

    def _rows(self, name: str) -> pa.ListArray:
        """Return the segments called *name*, cut into elements."""
        if name not in self._cut:
            text = self._text.take(pa.array(self.at(name)))
            self._cut[name] = pc.split_pattern(text, self.delimiters.element)
        return self._cut[name]


def item(rows: pa.ListArray, number: int) -> pa.Array:
    """Return the item *number* of each list of texts, null where the list is shorter."""
    lengths = pc.list_value_length(rows).fill_null(0).to_numpy(zero_copy_only=False)
    return pick(rows.values, np.where(lengths > number, rows.offsets.to_numpy()[:-1] + number, -1))


def pick(values: pa.Array, places: np.ndarray) -> pa.Array:
    """Return *values* at *places*, null where a place is -1."""
    return values.take(pa.array(places, pa.int64(), mask=places < 0))


def same(texts: pa.Array, *values: str) -> np.ndarray:
    """Return where *texts* equal one of *values*."""
    return pc.is_in(texts, pa.array(values)).to_numpy(zero_copy_only=False)


def full(texts: pa.Array) -> pa.Array:
    """Return *texts* with null for an empty one."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
