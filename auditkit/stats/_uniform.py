"""Uniform numbers fixed by a seed: the same on every machine, in every version, by hand."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

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
