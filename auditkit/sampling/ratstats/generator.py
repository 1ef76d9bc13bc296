"""The random number generator of RAT-STATS 2005, 2007 and 2010.

RAT-STATS seeds the Wichmann-Hill generator AS 183 through the `Randomize` statement of Visual
Basic 6, which keeps 16 bits of the seed. The steps were recovered from the printed outputs of
the RAT-STATS manuals (Rev. 5/2010) and reproduce all of them. Versions before 2005 give other
numbers; identity with the 2019 rewrite is likely but unproven.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from auditkit.errors import PlanError

#: How many different samples of one size from one frame all seeds together can give.
STREAMS = 65_536

#: What the printed listing of every RAT-STATS draw should carry.
STREAMS_WARNING = (
    "RAT-STATS 2010 has only 65,536 distinct streams of random numbers, so different seeds can "
    "give the same sample (12345 and 49381 do). Use it to replicate, not to draw."
)

#: Standards that require a seed that is known and not zero.
NONZERO_SEED_STANDARDS = ("TRICARE",)

Seed = int | float | str | Decimal

_MULTIPLIER, _INCREMENT, _MODULUS = 1_140_671_485, 12_820_163, 1 << 24
_PRIMES = (30_269, 30_307, 30_323)


def printed(seed: Seed, standard: str | None = None) -> str:
    """Return the seed as text, as it must be recorded.

    Record the digits that RAT-STATS printed: 48863.78 and 48863.78125 are different streams.

    Raises:
        PlanError: The seed is not a number, or is zero where *standard* forbids it.
    """
    text = str(seed).strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if isinstance(seed, bool) or not value.is_finite() or not math.isfinite(float(value)):
        raise PlanError("'seed' must be a number, written as RAT-STATS printed it (48863.78).")
    if standard is not None and standard not in NONZERO_SEED_STANDARDS:
        known = ", ".join(NONZERO_SEED_STANDARDS)
        raise PlanError(f"'standard' must be one of {known}, or left out.")
    if standard is not None and value == 0:
        raise PlanError(f"'seed' is 0, which {standard} forbids; draw with a known seed above 0.")
    return text


def stream_number(seed: Seed) -> int:
    """Return which of the 65,536 streams *seed* gives; seeds of one stream draw one sample."""
    high = struct.unpack(">I", struct.pack(">d", float(printed(seed)))[:4])[0]
    return int((high & 0xFFFF) ^ (high >> 16))


def generator(seed: Seed) -> Iterator[float]:
    """Yield the uniform numbers of *seed*, each from 0 to below 1.

    Source:
        Wichmann and Hill, Building a Random-Number Generator, Byte, March 1987 (AS 183);
        seeding by Visual Basic 6: ``Rnd -1: Randomize seed``, then three calls of ``Rnd``.
    """
    a, b, c = _start_values(seed)
    first, second, third = _PRIMES
    while True:
        a = 171 * (a % 177) - 2 * (a // 177)
        b = 172 * (b % 176) - 35 * (b // 176)
        c = 170 * (c % 178) - 63 * (c // 178)
        a += first if a <= 0 else 0
        b += second if b <= 0 else 0
        c += third if c <= 0 else 0
        total = a / first + b / second + c / third
        yield total - math.floor(total)


def _start_values(seed: Seed) -> tuple[int, int, int]:
    bits = struct.unpack(">I", struct.pack(">f", -1.0))[0]
    state = _step(((bits & 0xFFFFFF) + (bits >> 24)) % _MODULUS)
    state = (stream_number(seed) << 8) | (state & 0xFF)
    found = []
    for prime in _PRIMES:
        value = float(prime)
        while value >= prime:
            state = _step(state)
            value = prime * state / _MODULUS + 1.0
        found.append(math.floor(value))
    return found[0], found[1], found[2]


def _step(state: int) -> int:
    return (state * _MULTIPLIER + _INCREMENT) % _MODULUS
