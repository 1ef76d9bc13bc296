"""The double-read share: which encounters a second reader reads, fixed by the plan's seed."""

import hashlib
import math
from collections.abc import Iterable


def ticket(seed: str, encounter_id: str) -> str:
    """Return the SHA-256 of `seed|double-read|encounter_id`, 64 hexadecimal characters."""
    return hashlib.sha256(f"{seed}|double-read|{encounter_id}".encode()).hexdigest()


def double_read(encounter_ids: Iterable[str], seed: str, share: float) -> tuple[str, ...]:
    """Return the encounters with the smallest tickets, *share* of them rounded up.

    The order of the encounters does not matter, and a larger share holds the smaller one.

    Args:
        encounter_ids: The sampled encounters.
        seed: The seed of the plan.
        share: A fraction from 0 to 1.

    Raises:
        ValueError: *share* is not from 0 to 1, or there is no seed.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"'share' must be a fraction from 0 to 1 (got {share!r}).")
    if not seed:
        raise ValueError("'seed' is empty; the plan holds it once the sample is drawn.")
    encounters = sorted(set(encounter_ids), key=lambda each: ticket(seed, each))
    # The smallest excess that floating-point multiplication can add is no reason for one more.
    count = math.ceil(share * len(encounters) - 1e-9)
    return tuple(encounters[:count])
