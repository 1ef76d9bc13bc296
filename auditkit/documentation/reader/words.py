"""The word lists of the reader, read once from the tables beside this module and compiled."""

import re
import string
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def lower(text: str) -> str:
    """Return *text* in lower case, of the same length, so that offsets stay those of the note."""
    return text.translate(_LOWER)


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table *name* (without its suffix)."""
    source = files("auditkit.documentation.reader").joinpath(f"{name}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def pattern(name: str, *keys: str) -> re.Pattern[str]:
    """Return the compiled pattern found in table *name* under *keys*."""
    found: Any = table(name)
    for key in keys:
        found = found[key]
    return re.compile(found)
