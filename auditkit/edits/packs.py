"""The edits' own small tables: what the packs beside them say of what the claims hold."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from auditkit.codes import Modifier, Npi
from auditkit.reference.periods import OPEN_END

PACKS = Path(__file__).parent / "packs"
ASSISTANT = frozenset({"80", "81", "82", "AS"})
#: Surgeries with one of these bring no global period of their own.
NO_PERIOD = ASSISTANT | {"55", "56", "78"}
SUBSETS_OF_59 = frozenset({"XE", "XS", "XP", "XU"})
VISIT_ONLY = frozenset({"24", "25", "57"})
PROCEDURE_ONLY = frozenset({"58", "59", "78", "79"}) | SUBSETS_OF_59


@cache
def pack(name: str) -> dict[str, Any]:
    """Return the content of the pack *name*."""
    with (PACKS / f"{name}.toml").open("rb") as stream:
        return tomllib.load(stream)


def in_ranges(codes: Sequence[str], ranges: Sequence[Sequence[str]]) -> np.ndarray:
    """Return for each code whether it lies in one of the ranges of codes of its kind.

    A range of numbers takes in numbers only: 0001U is not between 00010 and 00020.
    """
    given = np.asarray(codes, "U5")
    numbered = np.char.isdigit(given) if len(given) else np.zeros(0, bool)
    inside = np.zeros(len(given), bool)
    for low, high in ranges:
        alike = numbered if high.isdigit() else ~numbered
        if high[-1:].isalpha():
            alike = alike & np.char.endswith(given, high[-1])
        inside |= (given >= low) & (given <= high) & alike
    return inside


def code_facts(codes: Sequence[str], schedule: pd.DataFrame) -> pd.DataFrame:
    """Return one row per code with what it is, by number and by the fee schedule.

    Args:
        codes: the codes that the claims hold.
        schedule: fee-schedule rows with code, modifier and global_days.
    """
    own = schedule[schedule["modifier"] == ""]
    surgical = set(own.loc[own["global_days"].isin(["000", "010", "090"]), "code"])
    add_on = set(own.loc[own["global_days"] == "ZZZ", "code"])
    classes = {name: one["ranges"] for name, one in pack("codes").items()}
    facts = pd.DataFrame({"code": list(codes)})
    for name in ("visit", "new_patient", "drug", "often_multiple_dose"):
        facts[name] = in_ranges(codes, classes[name])
    facts["face_to_face"] = ~in_ranges(codes, classes["not_face_to_face"])
    kinds = np.full(len(facts), None, object)
    for kind in pack("places")["expected"]:
        kinds[in_ranges(codes, classes[kind])] = kind
    facts["visit_kind"] = kinds
    facts["global_procedure"] = facts["code"].isin(surgical)
    facts["add_on"] = facts["code"].isin(add_on)
    return facts


def modifier_sets(sets: Iterable[str], level2: pd.DataFrame | None) -> pd.DataFrame:
    """Return one row per set of modifiers, as billed on a line, with what it says.

    Args:
        sets: the modifiers of each kind of line, joined by blanks.
        level2: modifiers of HCPCS Level II with code, first_day, last_day; None where the store
            has no HCPCS edition, and then no letter modifier is called invalid.
    """
    known = modifier_dates("cpt")
    ncci = {name: start for name, (start, _) in modifier_dates("ncci").items()}
    distinguishing = set(modifier_dates("distinguishing"))
    letters = (
        None
        if level2 is None
        else {
            code: (first, last)
            for code, first, last in level2[["code", "first_day", "last_day"]].itertuples(
                index=False, name=None
            )
        }
    )
    return pd.DataFrame([_modifier_set(one, known, ncci, distinguishing, letters) for one in sets])


def _modifier_set(
    text: str,
    known: dict[str, tuple[date, date]],
    ncci: dict[str, date],
    distinguishing: set[str],
    letters: dict[str, tuple[date, date]] | None,
) -> dict[str, Any]:
    listed = text.split()
    held = set(listed)
    never = (OPEN_END, date(1900, 1, 1))
    always = (date(1900, 1, 1), OPEN_END)
    spans = []
    for one in held:
        if one in known:
            spans.append(known[one])
        elif letters is not None and one in letters:
            spans.append(letters[one])
        else:
            spans.append(never if letters is not None or one.isdigit() else always)
    return {
        "mods": text,
        "canonical": " ".join(sorted(listed)),
        "named": " ".join(listed)[:40],
        "ncci_from": min((ncci[one] for one in held & ncci.keys()), default=OPEN_END),
        "distinguishing": bool(held & distinguishing),
        "malformed": not all(Modifier.fits(one) for one in held),
        "repeated": len(held) < len(listed),
        "first_day": max((first for first, _ in spans), default=date(1900, 1, 1)),
        "last_day": min((last for _, last in spans), default=OPEN_END),
        "no_period": bool(held & NO_PERIOD),
        "assistant": bool(held & ASSISTANT),
        "postoperative": bool(held & {"58", "78", "79"}),
        "subset59": bool(held & SUBSETS_OF_59),
        "visit_only": bool(held & VISIT_ONLY),
        "procedure_only": bool(held & PROCEDURE_ONLY),
        "left_side": "LT" in held,
        "right_side": "RT" in held,
        **{
            f"m{one.lower()}": one in held
            for one in ("24", "25", "26", "50", "51", "57", "59", "62", "66", "TC")
        },
        "jw": "JW" in held,
        "jz": "JZ" in held,
    }


def modifier_dates(kind: str) -> dict[str, tuple[date, date]]:
    """Return the modifiers of a *kind* of the pack with the days between which they are so."""
    return {
        modifier: (entry["from"], entry.get("to", OPEN_END))
        for entry in pack("modifiers")[kind]
        for modifier in entry["modifiers"]
    }


def providers(billed: pd.DataFrame) -> pd.DataFrame:
    """Return one row per rendering and billing provider, with the party that they form.

    The party is the group and the specialty; practitioners who count as the specialty that they
    work with take that of most lines of the group's physicians. A provider whose specialty is not
    known is a party of one.

    Args:
        billed: rendering, billing, taxonomy and how many lines, one row per combination.
    """
    specialties = {
        taxonomy: name
        for name, several in pack("specialties")["specialty"].items()
        for taxonomy in several
    }
    works_with = tuple(pack("specialties")["works_with"]["prefixes"])
    physicians: dict[str, Counter[str]] = {}
    own: dict[tuple[str, str], Counter[str]] = {}
    columns = billed[["rendering", "billing", "taxonomy", "lines"]]
    for rendering, billing, taxonomy, lines in columns.itertuples(index=False, name=None):
        counts = own.setdefault((rendering, billing), Counter())
        if isinstance(taxonomy, str) and taxonomy:
            counts[taxonomy] += int(lines)
            if not taxonomy.startswith(works_with):
                name = specialties.get(taxonomy, taxonomy)
                physicians.setdefault(billing, Counter())[name] += int(lines)
    rows = []
    for (rendering, billing), counts in own.items():
        main = _most(counts)
        specialty = specialties.get(main, main) if main else None
        if main and main.startswith(works_with):
            specialty = _most(physicians.get(billing, Counter())) or main
        party = f"{billing} {specialty}" if specialty else rendering
        rows.append((rendering, billing, party, main))
    return pd.DataFrame(rows, columns=["rendering", "billing", "party", "taxonomy"])


def _most(counts: Counter[str]) -> str | None:
    """Return the most frequent name, of equals the first by name."""
    return min(counts, key=lambda name: (-counts[name], name), default=None)


def npi_facts(numbers: Iterable[str]) -> pd.DataFrame:
    """Return each provider number and whether its form and check digit hold."""
    return pd.DataFrame([(one, Npi.fits(one)) for one in numbers], columns=["npi", "valid"])


def places() -> pd.DataFrame:
    """Return the place of service codes, whether the facility rate applies, and their dates."""
    return pd.DataFrame(
        [
            (code, entry["facility"], entry["from"], entry.get("to", OPEN_END))
            for entry in pack("places")["place"]
            for code in entry["codes"]
        ],
        columns=["pos", "facility", "first_day", "last_day"],
    )


def expected_places() -> pd.DataFrame:
    """Return the places at which each kind of visit takes place."""
    return pd.DataFrame(
        [(kind, pos) for kind, listed in pack("places")["expected"].items() for pos in listed],
        columns=["visit_kind", "pos"],
    )


def class_codes(codes: Sequence[str]) -> pd.DataFrame:
    """Return the codes that have a class of diagnoses, with the relation and its severity."""
    rows = [
        (code, entry["name"], "only" if "only" in entry else "never", entry["severity"])
        for entry in pack("diagnoses")["class"]
        for code, inside in zip(codes, in_ranges(codes, entry["codes"]), strict=True)
        if inside
    ]
    return pd.DataFrame(rows, columns=["code", "class", "relation", "severity"])


def class_diagnoses(diagnoses: Iterable[str]) -> pd.DataFrame:
    """Return the diagnoses as billed that the list of a class takes in."""
    lists = [
        (entry["name"], tuple(entry.get("only") or entry["never"]))
        for entry in pack("diagnoses")["class"]
    ]
    return pd.DataFrame(
        [(name, dx) for dx in diagnoses for name, prefixes in lists if dx.startswith(prefixes)],
        columns=["class", "dx"],
    )


def pointed_diagnoses(lists: pd.DataFrame) -> pd.DataFrame:
    """Return for each list of a claim and pointers of a line the diagnoses pointed to, in order.

    Args:
        lists: dx_list (the claim's diagnoses joined by a bar, gaps kept) and pointers.
    """
    rows: list[tuple[str, str, int, str]] = []
    for dx_list, pointers in lists[["dx_list", "pointers"]].itertuples(index=False, name=None):
        named = dx_list.split("|")
        wanted = [int(one) for one in re.findall(r"\d+", pointers)]
        wanted = wanted or list(range(1, len(named) + 1))
        found = [
            named[at - 1] for at in dict.fromkeys(wanted) if 0 < at <= len(named) and named[at - 1]
        ]
        rows.extend((dx_list, pointers, place, dx) for place, dx in enumerate(found, 1))
    return pd.DataFrame(rows, columns=["dx_list", "pointers", "position", "dx"])


def claim_diagnoses(lists: Iterable[str]) -> pd.DataFrame:
    """Return each list of diagnoses of a claim, one row per diagnosis."""
    return pd.DataFrame(
        [(text, dx) for text in lists for dx in dict.fromkeys(filter(None, text.split("|")))],
        columns=["dx_list", "dx"],
    )
