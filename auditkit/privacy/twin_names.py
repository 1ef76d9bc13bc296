"""New random names for whatever a twin's source names, dealt so that the twin draws its charts."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.sampling.draw import assign_strata, ticket


@dataclass(frozen=True, slots=True)
class Names:
    """New random names, one for each old one, in the order of the old ones."""

    dice: random.Random
    given: dict[str, dict[str, str]] = field(default_factory=dict)

    def give(self, kind: str, old: Iterable[Any]) -> None:
        """Name each of *old*; sorting stays what it was, so that nothing depends on the names."""
        wanted = sorted({str(each) for each in old if not pd.isna(each)})
        new = sorted(_fresh(self.dice, len(wanted), set(wanted)))
        self.given[kind] = dict(zip(wanted, new, strict=True))

    def of(self, kind: str, values: pd.Series) -> pd.Series:
        """Return the new names of *values*; missing stays missing."""
        return values.astype("object").map(self.given[kind])


def _fresh(dice: random.Random, count: int, taken: set[str]) -> list[str]:
    """Return *count* distinct names of sixteen hexadecimal digits, none of them taken."""
    found: set[str] = set()
    while len(found) < count:
        found |= {f"{dice.getrandbits(64):016x}" for _ in range(count - len(found))} - taken
    return sorted(found)


def named(audit: Audit, seed: str, dice: random.Random) -> Names:
    """Return the new names of everything that the audit's tables name."""
    names = Names(dice)
    both = pd.concat([audit.lines, audit.history], ignore_index=True)
    names.give("patient", both["patient_key"])
    names.give("claim", pd.concat([both["claim_id"], both["original_claim_id"]]))
    names.give("line", both["line_control"])
    names.give("encounter", both["encounter_id"])
    units = _dealt(audit, seed, dice)
    if audit.plan.unit == "encounter":
        names.given["encounter"] |= units
    names.given["unit"] = units
    people = pd.concat([both["rendering_npi"], both["billing_npi"], audit.providers["npi"]])
    names.given["npi"] = new_npis(sorted(set(people.dropna())), dice)
    return names


def _dealt(audit: Audit, seed: str, dice: random.Random) -> dict[str, str]:
    """Return new unit ids such that *seed* draws the ids that stand for the drawn units."""
    units, drawn = audit.frame, audit.sample
    free = _fresh(dice, len(units), set(units["unit_id"]))
    dice.shuffle(free)
    if audit.plan.purpose == "targeted":
        return dict(zip(sorted(units["unit_id"]), sorted(free), strict=True))
    labels = assign_strata(units, audit.plan).astype("str")
    given: dict[str, str] = {}
    for name, held in units.groupby(labels, sort=True)["unit_id"]:
        mine = drawn[drawn["stratum"].astype("str") == name].sort_values("selection_order")
        chosen = mine["unit_id"].tolist()
        rest = sorted(set(held) - set(chosen))
        dice.shuffle(rest)
        dealt = [free.pop() for _ in range(len(held))]
        dealt.sort(key=lambda new: ticket(seed, str(name), new))
        given |= dict(zip([*chosen, *rest], dealt, strict=True))
    return given


def new_npis(old: list[str], dice: random.Random) -> dict[str, str]:
    """Return a made-up number for each NPI; its check digit is right where the old one's was."""
    given: dict[str, str] = {}
    taken = set(old)
    for each in old:
        while True:
            new = _with_check_digit(f"1{dice.randrange(10**8):08d}")
            if _with_check_digit(each[:9]) != each:
                new = f"{new[:9]}{(int(new[9]) + 1) % 10}"
            if new not in taken:
                break
        taken.add(new)
        given[each] = new
    return given


def _with_check_digit(body: str) -> str:
    """Return nine digits with the tenth that makes them an NPI (ISO 7812, prefix 80840)."""
    total = 0
    for place, digit in enumerate(reversed(f"80840{body}")):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{body}{-total % 10}"
