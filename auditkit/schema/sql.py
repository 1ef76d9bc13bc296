"""The one query that types and checks a table under its contract, for DuckDB."""

import re
from collections.abc import Mapping

import pyarrow as pa

from auditkit.schema.contract import Column, Table

#: Dates outside these years are slips of the keyboard, not dates of service or birth.
EARLIEST, LATEST = "1900-01-01", "2099-12-31"

_TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "money": "DOUBLE",
    "number": "DOUBLE",
    "integer": "BIGINT",
}


def compiled(
    table: Table, schema: pa.Schema, dates: Mapping[str, str], constants: Mapping[str, str]
) -> str:
    """Return the one query that types and checks every row of `given` under *table*."""
    trimmed, cleaned, parsed, chosen, flags = [], [], [], [], []
    for column in table.columns:
        name = f'"{column.name}"'
        value = name
        if column.name in schema.names or column.name in constants:
            trimmed.append(f"{_source(column, schema, constants)} AS {name}")
            text = name if _is_typed(column, schema) else column.clean.replace("{}", name)
            cleaned.append(f"{text} AS {name}")
            parsed.append(f'{name} AS "={column.name}"')
            parsed.append(f"{_parsed(column, name, schema, dates)} AS {name}")
            if flag := _flag(column):
                flags.append(f'{flag} AS "?{column.name}"')
            if column.default:
                value = f'CASE WHEN "={column.name}" IS NULL THEN {column.default} ELSE {name} END'
        else:
            parsed.append(f"CAST(NULL AS {_TYPES[column.kind]}) AS {name}")
            value = column.default or name
            if column.filled:
                flags.append(f'CAST(1 AS UTINYINT) AS "?{column.name}"')
        stored = f"CAST({value} AS TIMESTAMP)" if column.kind == "date" else value
        chosen.append(f"{stored} AS {name}")
    for number, rule in enumerate(table.rules):
        flags.append(f'coalesce(NOT ({rule.holds}), false) AS "?rule {number}"')
    present = [name for name in table.names if name in schema.names]
    empty = " AND ".join(f'"={name}" IS NULL' for name in present) or "false"
    return (
        f"WITH trimmed AS (SELECT {', '.join(trimmed) or 1} FROM given), "
        f"cleaned AS (SELECT {', '.join(cleaned) or 1} FROM trimmed), "
        f"parsed AS (SELECT {', '.join(parsed)} FROM cleaned) "
        f'SELECT {", ".join(chosen + flags)}, ({empty}) AS "?blank" FROM parsed'
    )


def _source(column: Column, schema: pa.Schema, constants: Mapping[str, str]) -> str:
    """Return the SQL of a column as given: trimmed text, or the value where already typed."""
    if column.name in constants:
        text = constants[column.name].replace("'", "''")
        return "'" + text + "'"
    kind = schema.field(column.name).type
    name = f'"{column.name}"'
    if pa.types.is_floating(kind):
        name = f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
    if _is_typed(column, schema):
        return name
    if pa.types.is_floating(kind):
        name = rf"regexp_replace(CAST({name} AS VARCHAR), '\.0$', '')"
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        name = f"CAST({name} AS VARCHAR)"
    return f"nullif(trim({name}), '')"


def _is_typed(column: Column, schema: pa.Schema) -> bool:
    """Return whether the given column already has a type of its kind, so is not parsed."""
    if column.name not in schema.names:
        return False
    kind = schema.field(column.name).type
    if column.kind == "date":
        return pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return column.kind != "text" and numeric


_AMOUNT = r"-?\$?-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?"


def _parsed(column: Column, name: str, schema: pa.Schema, dates: Mapping[str, str]) -> str:
    """Return the SQL that reads the text of a column as its kind, NULL where it cannot be."""
    typed = _is_typed(column, schema)
    if column.kind == "date":
        if typed:
            return f"CAST({name} AS DATE)"
        if form := dates.get(column.name):
            format_ = strptime_form(form)
            read = f"CAST(try_strptime({name}, '{format_}') AS DATE)"
            # Without separators a short text would be read with a one-digit month or day.
            if re.fullmatch("(%[Ymd]){3}", format_):
                return f"CASE WHEN length({name}) = 8 THEN {read} END"
            return read
        return (
            f"CASE WHEN length({name}) = 10 THEN TRY_CAST({name} AS DATE) "
            rf"WHEN regexp_full_match({name}, '.{{10}}[ T]00:00(:00(\.0+)?)?Z?') "
            f"THEN TRY_CAST(substr({name}, 1, 10) AS DATE) END"
        )
    if column.kind == "integer":
        if typed:
            return f"CASE WHEN {name} = floor({name}) THEN TRY_CAST({name} AS BIGINT) END"
        return (
            rf"TRY_CAST(CASE WHEN regexp_full_match({name}, '-?[0-9]+') THEN {name} END AS BIGINT)"
        )
    if column.kind in ("money", "number"):
        number = f"CAST(TRY_CAST({name} AS DECIMAL(18, 6)) AS DOUBLE)"
        if typed:
            return number
        bare = rf"regexp_replace({name}, '[$,() ]', '', 'g')"
        loose = (
            f"CASE WHEN regexp_full_match(replace({name}, ' ', ''), '{_AMOUNT}') "
            f"THEN TRY_CAST({bare} AS DECIMAL(18, 6)) "
            rf"WHEN regexp_full_match(replace({name}, ' ', ''), '\({_AMOUNT}\)') "
            f"THEN -TRY_CAST({bare} AS DECIMAL(18, 6)) END"
        )
        return f"coalesce({number}, CAST({loose} AS DOUBLE))"
    return name


def _flag(column: Column) -> str:
    """Return the SQL of a column's fault number, 0 where in order; "" where none can be."""
    name, source = f'"{column.name}"', f'"={column.name}"'
    cases = []
    if column.filled:
        cases.append(f"WHEN {source} IS NULL THEN 1")
    if column.kind != "text":
        cases.append(f"WHEN {name} IS NULL AND {source} IS NOT NULL THEN 2")
    test = column.test
    if column.kind == "date":
        bounds = f"{{}} BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}'"
        test = f"({test}) AND {bounds}" if test else bounds
    if test:
        cases.append(f"WHEN {name} IS NOT NULL AND NOT ({test.replace('{}', name)}) THEN 3")
    return f"CAST(CASE {' '.join(cases)} ELSE 0 END AS UTINYINT)" if cases else ""


def strptime_form(form: str) -> str:
    """Return a date form such as MM/DD/YYYY as a strptime format; a strptime format is kept.

    Raises:
        ValueError: if the form is not year, month and day, each once, with a four-digit year.
    """
    text = form.replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")
    if not re.fullmatch(r"(?:%[Ymdb]|[-/. ,])+", text) or sorted(
        text.replace("%b", "%m").count(part) for part in ("%Y", "%m", "%d")
    ) != [1, 1, 1]:
        raise ValueError("a date form has YYYY, MM and DD once each, such as MM/DD/YYYY")
    return text
