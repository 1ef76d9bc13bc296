"""Uniform numbers fixed by a seed: the same on every machine and in every version."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import numpy.typing as npt

from auditkit.stats import _check
from auditkit.stats._check import Array, StatisticsError


def uniforms(seed: str | int, count: int) -> Array:
    """Return *count* numbers in [0, 1), shape ``(count,)``; a longer list begins with a shorter.

    Number k (from 1) is the first 52 bits of SHA-256 of ``"{seed}|{k}"`` divided by 2**52, so a
    spreadsheet or ``sha256sum`` can check any of them.

    Raises:
        StatisticsError: An empty seed.
    """
    if isinstance(seed, bool) or not isinstance(seed, (str, int)) or str(seed).strip() == "":
        raise StatisticsError("seed", "must be a number or a word; write it down with its origin.")
    count = _check.whole("count", count, at_least=1)
    digests = (sha256(f"{seed}|{k}".encode()).hexdigest() for k in range(1, count + 1))
    return np.array([int(digest[:13], 16) / 2.0**52 for digest in digests])


def resampled_rows(
    generator: np.random.PCG64, size: int, shape: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Return rows drawn with replacement from *size* rows, as an array of *shape*.

    Made from the generator's raw 64-bit words, whose stream NumPy keeps for good; the stream of
    its ready-made integers may change between versions, and a result could not be verified.
    """
    words = generator.random_raw(shape[0] * shape[1])
    # 53 bits fill a double; the bias of the product is below 1e-9 for any sample.
    shares = (words >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return (shares * size).astype(np.int64).reshape(shape)
