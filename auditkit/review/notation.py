"""Coded lines as coders write them: 17003-59 x13, several separated by a semicolon."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.review.cells import CellError
from auditkit.review.columns import SEPARATOR, text_of
from auditkit.review.events import CodedLine
from auditkit.sampling.frame import service_family

ACCEPTED = f"lines such as 99213-25 or 17003-59 x13, separated by '{SEPARATOR}'"

_LINE = re.compile(
    r"(?P<code>[0-9A-Z]{5})(?P<modifiers>(?:[-\s,]+(?!X[0-9])[0-9A-Z]{2})*)"
    r"(?:\s*[X×]\s*(?P<units>[0-9]+(?:\.[0-9]+)?))?"
)


def written(lines: Iterable[CodedLine]) -> str:
    """Return *lines* as coders write them; one unit is not written."""
    return f"{SEPARATOR} ".join(
        "-".join((line.code, *line.modifiers)) + ("" if line.units == 1 else f" x{line.units:g}")
        for line in lines
    )


def side_of(row: Mapping[Any, Any], side: str) -> str:
    """Return one side of a compared line as coders write it; empty where it holds no code.

    Args:
        row: A row of line results.
        side: `billed` or `agreed`.
    """
    code, modifiers = text_of(row[f"{side}_code"]), text_of(row[f"{side}_modifiers"])
    if not code:
        return ""
    text = code if "+" in code else "-".join((code, *modifiers.split()))
    units = row[f"{side}_units"]
    return text if pd.isna(units) or float(units) == 1 else f"{text} x{float(units):g}"


def service_of(billed: Any, agreed: Any) -> str:
    """Return the service family of a compared line.

    A rule's family would stand at lines in error only, so rates and agreement by family use this.

    Args:
        billed: The code billed, or nothing where the line was not.
        agreed: The code supported, or codes joined by plus signs.
    """
    return service_family((text_of(billed) or text_of(agreed)).replace("+", " "))


def parse_lines(text: str) -> tuple[CodedLine, ...]:
    """Return the lines that *text* names; an empty text names none.

    Raises:
        CellError: A part is no code with modifiers and units.
    """
    return tuple(_parse(part.strip()) for part in text.split(SEPARATOR) if part.strip())


def _parse(part: str) -> CodedLine:
    match = _LINE.fullmatch(part.upper())
    if match is None:
        raise CellError("is no line of codes")
    try:
        return CodedLine(
            code=match["code"],
            modifiers=tuple(re.findall(r"[0-9A-Z]{2}", match["modifiers"])),
            units=float(match["units"] or 1),
        )
    except ValidationError as error:
        raise CellError("holds a code or modifier that does not exist in that form") from error
