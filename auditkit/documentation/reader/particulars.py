"""Elements asked of some methods only: specimen, undermining, flap, matrix, minutes of light."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from auditkit.documentation.reader.details import quote
from auditkit.documentation.reader.proposals import Value
from auditkit.documentation.reader.sections import Sentence
from auditkit.documentation.reader.words import table


@cache
def _asked(method: str) -> tuple[tuple[str, re.Pattern[str], Any], ...]:
    """Return the elements asked of *method*, each with its pattern and the value it stands for."""
    rows = [row for row in table("details")["particular"] if method in row["methods"]]
    return tuple((row["element"], re.compile(row["match"]), row.get("is")) for row in rows)


def particulars(text: str, low: str, method: str, told: Iterable[Sentence]) -> dict[str, Value]:
    """Return the numbers and facts that *told*, the text naming the item, states of a *method*.

    Lengths are in cm, a pair is (first, second) as written, minutes are whole. A number stated
    twice and differently is null and flagged.
    """
    told = tuple(told)
    result = {}
    for element, match, fact in _asked(method):
        hits = [m for s in told for m in match.finditer(low, s.start, s.end)]
        found = {_number(hit) if fact is None else fact: quote(text, *hit.span()) for hit in hits}
        if len(found) > 1:
            reason = "the note gives different numbers"
            result[element] = Value(None, tuple(found.values()), reason=reason, flag=True)
        elif found:
            [(value, where)] = found.items()
            result[element] = Value(value, (where,), 0.9)
    return result


def _number(hit: re.Match[str]) -> Decimal | tuple[Decimal, Decimal]:
    """Return the number of a match, or the pair where the pattern has two."""
    second = hit.groupdict().get("second")
    value = Decimal(hit["value"])
    return value if second is None else (value, Decimal(second))
