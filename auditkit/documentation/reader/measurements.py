"""Lengths and areas of a note: numbers with units, converted to centimetres, and their role."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from auditkit.documentation.reader.words import table

_PER_UNIT = {"m": Decimal("0.1"), "c": Decimal(1), "i": Decimal("2.54")}


@dataclass(frozen=True, slots=True)
class Length:
    """One length: all numbers written, in cm; `role` is lesion, repair, margin, specimen, none."""

    start: int
    end: int
    numbers: tuple[Decimal, ...]
    role: str
    ranged: bool = False

    @property
    def greatest(self) -> Decimal:
        """Return the size to record: the greatest dimension, or the lower bound of a range."""
        return self.numbers[0] if self.ranged else max(self.numbers)


@cache
def _lengths() -> re.Pattern[str]:
    number = f"(?:{table('measures')['number']})"
    unit = r"(?:\s?(?:cm|centimeters?|mm|millimeters?))?"
    return re.compile(
        rf"(?<![\w.#/:,-])(?P<first>{number})(?:(?:{unit}\s?(?P<sign>x|by|to|-|–)|\s(?P<both>and))\s?"
        rf"(?P<second>{number})(?:{unit}\s?(?:x|by)\s?(?P<third>{number}))?)?[\s-]?"
        + table("measures")["units"]
    )


@cache
def _roles() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (row["role"], re.compile(row["before"]), re.compile(row["after"]))
        for row in table("measures")["role"]
    )


@cache
def _areas() -> re.Pattern[str]:
    number = table("measures")["number"]
    return re.compile(
        rf"(?<![\w.#/:-])(?P<area>\d{{1,4}}(?:\.\d+)?|{number}) ?{table('measures')['area']}"
    )


def lengths(low: str, start: int, end: int) -> tuple[Length, ...]:
    """Return the lengths written between *start* and *end* of the note in lower case."""
    found = []
    for match in _lengths().finditer(low, start, end):
        if _areas().match(low, match.start(), end) and match["second"] is None:
            continue
        per = _PER_UNIT[match["unit"][0]]
        numbers = [match["first"], match["second"], match["third"]]
        ranged = match["sign"] in ("to", "-", "–")
        written = tuple(Decimal(n) * per for n in numbers if n)
        clause = low[start : match.start()]
        role = "none" if match["unit"][0] == "i" else _role(clause, low[match.end() : end])
        if match["both"]:
            # "0.1 and 0.4 cm": two margins of one lesion, but never two sizes of it.
            ranged, role = True, role if role == "margin" else "none"
        found.append(Length(match.start(), match.end(), written, role, ranged))
    return tuple(found)


def _role(before: str, after: str) -> str:
    """Return what was measured, from the words of the clause on both sides."""
    scored = [
        (len(before) - hit.start() if (hit := earlier.search(before)) else None, role, later)
        for role, earlier, later in _roles()
    ]
    after = after[:60]
    for _, role, later in scored:
        if later.search(after):
            return role
    if scored[0][0] is not None:
        return "none"
    near = [(distance, role) for distance, role, _ in scored if distance is not None]
    # The subject nearest to the number is what it measures: greedy patterns start at the first.
    return min(near)[1] if near else "unsaid"


def areas(low: str, start: int, end: int) -> tuple[tuple[int, int, Decimal], ...]:
    """Return the areas stated, in square centimetres: (start, end, area).

    Two dimensions count as an area only where the note calls them one ("a total area of").
    """
    found = [(m.start(), m.end(), Decimal(m["area"])) for m in _areas().finditer(low, start, end)]
    framed = re.search(r"\barea (?:of|measuring)\b", low[start:end])
    if framed:
        found += [
            (item.start, item.end, item.numbers[0] * item.numbers[1])
            for item in lengths(low, start + framed.end(), end)
            if len(item.numbers) == 2 and not item.ranged
        ]
    return tuple(found)
