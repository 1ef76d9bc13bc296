"""The table of line results as scoring uses it: checked once, typed, with its kinds of error."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from auditkit.errors import InputError, Problem
from auditkit.model import Direction, ErrorCategory, Verdict

FILE = "line_results"

REQUIRED = (
    "encounter_id",
    "provider_id",
    "line",
    "billed_code",
    "billed_modifiers",
    "billed_units",
    "agreed_code",
    "agreed_modifiers",
    "agreed_units",
    "verdict",
    "direction",
    "category",
    "billed_dollars",
    "agreed_dollars",
    "dollars",
)
TEXT = (
    "encounter_id",
    "provider_id",
    "stratum",
    "billed_code",
    "billed_modifiers",
    "agreed_code",
    "agreed_modifiers",
    "verdict",
    "direction",
    "category",
)
NUMBERS = ("line", "billed_units", "agreed_units", "billed_dollars", "agreed_dollars", "dollars")
OPTIONAL_NUMBERS = ("paid_dollars", "billed_rvu", "agreed_rvu")

#: A difference of dollars smaller than this is rounding, not error.
HALF_CENT = 0.005


def prepare(line_results: pd.DataFrame) -> pd.DataFrame:
    """Return *line_results* typed, with the flags `in_error` and one `kind_<kind>` per kind.

    Args:
        line_results: One row per billed line of the sampled units, and one with an empty `line`
            for each supported line that was not billed. Money in dollars, empty where a line has
            no price. A line that should have been billed as several codes has them joined by
            " + ". `unit_id` names the sampling unit; without it the encounter is the unit.

    Returns:
        The same rows with the kinds, `unit_id`, and `agreed_codes`, a tuple of codes.

    Raises:
        InputError: Columns are missing, words are not of the closed lists, a number is text, a
            line appears twice, or the dollars do not agree with billed less agreed.
    """
    missing = [name for name in REQUIRED if name not in line_results.columns]
    if missing:
        raise InputError(f"{FILE} lacks the columns {', '.join(missing)}.")
    table = line_results.reset_index(drop=True).copy()
    if "stratum" not in table:
        table["stratum"] = ""
    problems: list[Problem] = []
    for name in TEXT:
        table[name] = _text(table[name])
    for name in (*NUMBERS, *(name for name in OPTIONAL_NUMBERS if name in table)):
        table[name] = _numbers(table[name], name, problems)
    table["stratum"] = table["stratum"].fillna("")
    table["unit_id"] = table["unit_id"] if "unit_id" in table else table["encounter_id"]
    problems += _word_problems(table)
    problems += _money_problems(table)
    problems += _key_problems(table)
    if problems:
        raise InputError(f"{FILE} cannot be scored.", problems)
    return _with_kinds(table)


def _text(column: pd.Series) -> pd.Series:
    stripped = column.astype("object").map(_cell_text)
    return stripped.astype("object").where(stripped != "", None)


def _cell_text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _numbers(column: pd.Series, name: str, problems: list[Problem]) -> pd.Series:
    blank = column.map(lambda value: _cell_text(value) == "")
    found = pd.to_numeric(column.where(~blank), errors="coerce").astype("float64")
    problems += _rows(found.isna() & ~blank, name, "not a number", "a number or nothing")
    return found


def _rows(bad: pd.Series, column: str, what: str, accepted: str) -> Iterable[Problem]:
    rows = np.flatnonzero(bad.to_numpy())
    if rows.size:
        yield Problem(FILE, int(rows[0]) + 1, column, what, accepted, count=int(rows.size))


def _word_problems(table: pd.DataFrame) -> Iterable[Problem]:
    for name, words, optional in (
        ("verdict", Verdict, False),
        ("direction", Direction, False),
        ("category", ErrorCategory, True),
    ):
        accepted = [word.value for word in words]
        bad = ~table[name].isin(accepted)
        bad &= table[name].notna() if optional else True
        yield from _rows(bad, name, "not a word of the closed list", ", ".join(accepted))
    for name in ("encounter_id", "provider_id"):
        yield from _rows(table[name].isna(), name, "empty", "an id on every row")


def _money_problems(table: pd.DataFrame) -> Iterable[Problem]:
    needed_when = {
        "paid_dollars": table["line"].notna(),
        "billed_rvu": table["line"].notna(),
        "agreed_rvu": table["agreed_code"].notna(),
    }
    for name in (name for name in OPTIONAL_NUMBERS if name in table):
        empty = table[name].isna() & needed_when[name]
        yield from _rows(empty, name, "empty", "a number; leave the whole column out if unknown")
    apart = (table["billed_dollars"] - table["agreed_dollars"] - table["dollars"]).abs()
    yield from _rows(
        apart > HALF_CENT, "dollars", "not billed less agreed", "billed_dollars - agreed_dollars"
    )


def _key_problems(table: pd.DataFrame) -> Iterable[Problem]:
    billed = table["line"].notna()
    twice = table.duplicated(["encounter_id", "line"], keep="first") & billed
    yield from _rows(twice, "line", "a line that appears twice", "one row per billed line")
    for name in ("provider_id", "stratum"):
        several = table.groupby("unit_id", dropna=False)[name].transform("nunique") > 1
        yield from _rows(several, name, "differs within one sampling unit", "one per unit")
    yield from _rows(
        table["agreed_code"].isna() & table["billed_code"].isna(),
        "agreed_code",
        "neither a billed nor an agreed code",
        "at least one of the two",
    )


def _with_kinds(table: pd.DataFrame) -> pd.DataFrame:
    wrong = table["verdict"] != Verdict.SUPPORTED.value
    unbilled = table["line"].isna()
    missing = table["verdict"] == Verdict.MISSING_RECORD.value
    codes = table["agreed_code"].fillna("").map(_codes)
    single = codes.map(len) == 1
    open_ = wrong & ~unbilled & ~missing
    compared = open_ & (codes.map(len) > 0)
    code = compared & ~(single & (table["agreed_code"] == table["billed_code"]))
    units = compared & ~code & (table["billed_units"] != table["agreed_units"])
    modifiers = compared & ~code & (_modifiers(table, "billed") != _modifiers(table, "agreed"))
    kinds = {
        "code": code,
        "units": units,
        "modifiers": modifiers,
        "not_supported": open_ & ~compared,
        "not_billed": unbilled,
        "missing_record": missing & ~unbilled,
        "other": compared & ~code & ~units & ~modifiers,
    }
    flags = {f"kind_{name}": flag for name, flag in kinds.items()}
    return table.assign(in_error=wrong | unbilled, agreed_codes=codes, **flags)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for part in text.split("+") if (code := part.strip()))


def _modifiers(table: pd.DataFrame, side: str) -> pd.Series:
    """Return the modifiers of one side as a sorted tuple, however they were separated."""
    column = table[f"{side}_modifiers"].fillna("")
    return column.map(lambda text: tuple(sorted(text.replace(",", " ").split())))
