"""The header of a user's file, matched with the columns of a contract."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from auditkit.errors import InputError, Problem
from auditkit.schema import Column, Table


def normalised(name: str) -> str:
    """Return a column name as it is compared: lower case, one underscore between words."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def match_columns(
    table: Table,
    found: Sequence[str],
    mapping: Mapping[str, str],
    given: Iterable[str] = (),
    file: str = "",
) -> dict[str, int]:
    """Return where each column of *table* stands in *found*, the file's own column names.

    Names agree when they differ only in case, spaces or punctuation; any other name must be
    declared in *mapping* (ours to theirs). Columns in *given* have a declared constant value.

    Raises:
        InputError: naming every needed column that is missing, with the likely names of it,
            and every name that occurs twice.
    """
    positions: dict[str, list[int]] = {}
    for place, name in enumerate(found):
        positions.setdefault(normalised(name), []).append(place)
    matched: dict[str, int] = {}
    problems: list[Problem] = []
    given = set(given)
    for column in table.columns:
        theirs = mapping.get(column.name, column.name)
        places = positions.get(normalised(theirs), [])
        if column.name in given:
            continue
        if len(places) > 1:
            what = f"{len(places)} columns have this name"
            problems.append(Problem(file, 1, column.name, what, "one column of each name"))
        elif places:
            matched[column.name] = places[0]
        elif column.name in mapping:
            what = "the mapping names a column that the file does not have"
            problems.append(Problem(file, 1, column.name, what, "a name in the file's first row"))
        elif column.needed:
            problems.append(_missing(table, column, found, matched, file))
    if problems:
        raise InputError(_header_summary(file, table, matched, problems), problems)
    return matched


def _missing(
    table: Table, column: Column, found: Sequence[str], matched: Mapping[str, int], file: str
) -> Problem:
    """Return the problem of a missing needed column, with the line to add to the mapping."""
    names = likely_names(table, column, found)
    accepted = f"a column '{column.name}' ({column.about})"
    if names:
        lines = " or ".join(f'{column.name} = "{name}"' for name in names)
        accepted += f"; the mapping may need, under [columns], {lines}"
    return Problem(file, 1, column.name, "needed column is missing", accepted)


def _header_summary(
    file: str, table: Table, matched: Mapping[str, int], problems: Sequence[Problem]
) -> str:
    """Return the first line of the message on a header that does not fit."""
    if not matched:
        return (
            f"{file}: no column of the {table.name} table is named in the first row. The first "
            "row must hold the column names; a mapping file declares other names."
        )
    return (
        f"{file}: the column names do not fit the {table.name} table ({len(problems)} to settle). "
        "Declare your own names in a mapping file."
    )


def likely_names(table: Table, column: Column, found: Sequence[str]) -> list[str]:
    """Return up to two names of *found* that probably mean *column*.

    Only names that look like names are returned: a first row that holds data stays unquoted.
    """
    own = set(table.names)
    names = {
        normalised(name): name
        for name in found
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.#/()-]{0,39}", name.strip())
        and not re.search(r"[0-9]{3}", name)
        and normalised(name) not in own
    }
    sure = [names[other] for other in column.also if other in names]
    if sure:
        return sure[:2]
    near: list[str] = []
    for word in (column.name, *column.also):
        near += difflib.get_close_matches(word, list(names), n=1, cutoff=0.8)
    return [names[name] for name in dict.fromkeys(near)][:2]
