"""How many lesions, wounds or nails a phrase speaks of; "multiple" is no number."""

import re
from functools import cache

from auditkit.documentation.reader.words import pattern, table


@cache
def _counted() -> re.Pattern[str]:
    words = table("details")["counts"]
    numbers = "|".join(words["words"])
    return re.compile(
        rf"(?<![\w.#/:-])(?P<number>\d{{1,3}}|{numbers})(?: \d(?:\.\d)?[ -]mm)?"
        rf"(?: (?!{words['units']})[\w,-]+){{0,3}}?"
        rf" (?:{words['counted']})\b"
        rf"|(?<!\d )\bx ?(?P<times>\d{{1,2}})\b"
        rf"(?! ?(?:{words['units']}|freez|thaw|sec|dose|refill|\.\d|/))"
    )


_DIGITS = re.compile(
    r"(?P<list>(?:#\d(?:,? and |, )?){2,})\s?(?P<side>right and (?:\w+ )?left|left and right|"
    r"right|left|bilateral(?:ly)?)?"
)
_NAILS = re.compile(
    r"\b(?:toe)?nails? (?P<a>[1-9])\s?(?:-|to|through)\s?(?P<b>[1-9]|10)\b"
    r"(?P<both>[^.;]{0,20}bilateral)?"
)


def counted(low: str, start: int, end: int) -> tuple[int, int, int] | None:
    """Return (count, start, end) of the number written between *start* and *end*, or None."""
    digits = list(_DIGITS.finditer(low, start, end))
    if digits:
        total = sum(
            len(set(re.findall(r"#(\d)", m["list"])))
            * (2 if m["side"] and (" and " in m["side"] or m["side"][0] == "b") else 1)
            for m in digits
        )
        return total, digits[0].start(), digits[-1].end()
    nails = _NAILS.search(low, start, end)
    if nails:
        many = int(nails["b"]) - int(nails["a"]) + 1
        return many * (2 if nails["both"] else 1), nails.start(), nails.end()
    for match in _counted().finditer(low, start, end):
        if match["times"]:
            return int(match["times"]), match.start(), match.end()
        words = table("details")["counts"]["words"]
        number = match["number"]
        value = words.index(number) + 1 if number in words else int(number)
        if value:
            return value, match.start(), match.end()
    return None


def singular(low: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the offsets of a singular noun that says there is one, or None if any is plural."""
    if pattern("details", "counts", "many").search(low, start, end):
        return None
    match = pattern("details", "counts", "one").search(low, start, end)
    return match.span() if match else None
