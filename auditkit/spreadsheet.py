"""Text that a spreadsheet would run: recognised, made harmless, or refused."""

import re
from typing import TYPE_CHECKING

from auditkit.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

#: What begins a formula or a command in Excel, LibreOffice or Sheets; the wide forms do so where
#: the system's language is Chinese, Japanese or Korean.
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")

_PLAIN_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*\.?[0-9]*")


def begins_like_a_formula(text: str) -> bool:
    """Return whether a spreadsheet could take *text* for a formula."""
    return text.startswith(SIGNS) and not _PLAIN_NUMBER.fullmatch(text)


def neutral(cell: object) -> str:
    """Return a cell as text that no spreadsheet runs as a formula: with an apostrophe before it."""
    text = "" if cell is None else str(cell)
    return "'" + text if begins_like_a_formula(text) else text


def refuse_formulas(file: str, values: "pd.Series") -> None:
    """Refuse text from outside that open tables repeat and a spreadsheet would run.

    Raises:
        InputError: naming the column and how many rows begin so; no value is repeated.
    """
    text = values.dropna().astype("str")
    found = int(text.map(begins_like_a_formula).sum())
    if found:
        problem = Problem(
            file, None, str(values.name), "begins with a sign that spreadsheets run as a formula",
            "text that begins with a letter or digit", found,
        )  # fmt: skip
        raise InputError(f"{file} cannot be used as it is.", [problem])
