"""Tables of codes by site group and size band, shared by every family that is coded by size."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from auditkit.coding.pack import CodeInfo


def band_of(upper: Sequence[Decimal], size: Decimal) -> int:
    """Return the index of the first band whose upper limit *size* does not exceed.

    Limits are inclusive and exact: 0.5 cm lies in the band "up to 0.5 cm", 0.51 cm in the next.
    """
    return next((i for i, limit in enumerate(upper) if size <= limit), len(upper))


def banded_codes(table: dict[str, Any], kind: str, **facets: object) -> Iterator[CodeInfo]:
    """Yield every code of a table of bands with its site group and band."""
    for group, codes in table["groups"].items():
        for band, code in enumerate(codes):
            yield CodeInfo(code, kind, {**facets, "site_group": group, "band": band})


def code_for(table: dict[str, Any], group: str, size: Decimal) -> str:
    """Return the code of *group* whose band holds *size* (cm, or sq cm for areas)."""
    return str(table["groups"][group][band_of(limits(table, group), size)])


def limits(table: dict[str, Any], group: str) -> Sequence[Decimal]:
    """Return the upper limits of the bands of *group*; one group may have limits of its own."""
    found: Sequence[Decimal] = table.get("limits", {}).get(group, table["upper"])
    return found
