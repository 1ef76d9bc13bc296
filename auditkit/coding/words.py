"""Words of packs found in what a record says: where a word starts, short ones as whole words."""

import re
from collections.abc import Iterable
from functools import lru_cache

#: Words up to this length are found as whole words only: "tar" is not in "target".
SHORT = 3


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for word in words:
        end = r"(?![a-z0-9])" if len(word) <= SHORT else ""
        parts.append(rf"(?<![a-z0-9]){re.escape(word)}{end}")
    return re.compile("|".join(parts) or r"(?!)")


def mentions(text: str | None, words: Iterable[str]) -> bool:
    """Return whether *text* holds one of *words* (lower case) at the start of a word."""
    return text is not None and _pattern(tuple(words)).search(text.lower()) is not None
