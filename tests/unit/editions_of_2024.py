"""Claims edits in force in July 2024, as published: for tests that need a store of editions.

Source: NCCI practitioner PTP edits, MUE table and add-on code edits, third quarter of 2024.
"""

from dataclasses import dataclass
from datetime import date

FIRST, LAST = date(2024, 7, 1), date(2024, 9, 30)

#: column 1, column 2: modifier indicator
PTP = {
    ("11102", "17000"): "1", ("11104", "17000"): "1", ("17110", "11102"): "1",
    ("17110", "17000"): "1", ("11301", "17000"): "1", ("11602", "12001"): "1",
    ("17311", "11102"): "1", ("17311", "88305"): "1", ("96573", "96567"): "1",
    ("17004", "17000"): "0", ("17004", "17003"): "0", ("11104", "11102"): "0",
    ("11106", "11102"): "0", ("11106", "11104"): "0", ("11901", "11900"): "0",
}  # fmt: skip

#: units, adjudication indicator
MUE = {
    "11102": (1, "2"), "11103": (6, "3"), "11104": (1, "2"), "17000": (1, "2"),
    "17003": (13, "2"), "17004": (1, "2"), "17110": (1, "2"), "11900": (1, "2"),
    "11602": (3, "3"), "17312": (6, "3"), "88305": (16, "3"), "J3301": (16, "3"),
}  # fmt: skip

ADD_ONS = {
    "11103": ("1", ("11102", "11104", "11106")), "11105": ("1", ("11104", "11106")),
    "17003": ("1", ("17000",)), "17312": ("1", ("17311",)), "13133": ("1", ("13132",)),
    "88311": ("3", ("17311", "17313", "88305")),
}  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """Any of the edits; what does not apply is empty."""

    edition: str = "published 2024 quarter 3"
    column1: str = ""
    column2: str = ""
    modifier_indicator: str = ""
    value: int = 0
    mai: str = ""
    type: str = ""
    primaries: tuple[str, ...] = ()
    id: str = "published-2024q3"


class Editions2024:
    """The published edits above; no other date is covered."""

    def covers(self, kind, dos):
        return kind in ("ptp", "mue", "addon") and FIRST <= dos <= LAST

    def edition(self, kind, dos):
        return Edit(id=f"{kind}-2024q3")

    def ptp(self, code, other, dos):
        for pair in ((code, other), (other, code)):
            if pair in PTP:
                return Edit(column1=pair[0], column2=pair[1], modifier_indicator=PTP[pair])
        return None

    def mue(self, code, dos):
        found = MUE.get(code)
        return None if found is None else Edit(value=found[0], mai=found[1])

    def icd10(self, code, dos):
        raise LookupError("no edition of diagnoses")

    def addon(self, code, dos):
        found = ADD_ONS.get(code)
        return None if found is None else Edit(type=found[0], primaries=found[1])
