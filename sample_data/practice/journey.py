"""Patients and their visits over the four quarters, each patient from a stream of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sample_data.practice import clinic, closure, office, planted, removal, skin
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Encounter, Patient, with_separate_lesions_marked
from sample_data.practice.people import PAYERS_OVER_65, PAYERS_UNDER_65, PROVIDERS, Provider
from sample_data.practice.sites import SITES

#: The four quarters: the last is the one with a record for every encounter. It lies in the
#: quarter of the fee schedule that the prices come from.
FIRST_DAY, LAST_DAY = date(2023, 10, 1), date(2024, 9, 30)
DOCUMENTED_FROM = date(2024, 7, 1)

SITE_BY_NAME = {site.name: site for site in SITES}

#: What a visit consists of, and how often, for patients over and under 45.
OLDER_VISITS = (
    (("visit",), 0.19), (("premalignant",), 0.15), (("premalignant", "visit"), 0.10),
    (("biopsy",), 0.08), (("biopsy", "visit"), 0.07), (("biopsy", "premalignant"), 0.05),
    (("benign",), 0.03), (("benign", "visit"), 0.025), (("benign", "premalignant"), 0.015),
    (("excise malignant",), 0.04), (("excise benign",), 0.025), (("excise benign", "visit"), 0.01),
    (("shave",), 0.02), (("destroy malignant",), 0.02), (("mohs",), 0.045), (("flap",), 0.02),
    (("inject",), 0.03), (("inject", "visit"), 0.02), (("tags",), 0.015), (("feet",), 0.045),
    (("drain",), 0.008), (("light",), 0.022), (("photodynamic",), 0.028),
    (("cosmetic", "visit"), 0.015), (("video",), 0.015), (("port-wine stain",), 0.006),
)  # fmt: skip
YOUNGER_VISITS = (
    (("visit",), 0.43), (("benign",), 0.10), (("benign", "visit"), 0.07), (("biopsy",), 0.07),
    (("biopsy", "visit"), 0.05), (("biopsy", "benign"), 0.015), (("excise benign",), 0.04),
    (("shave",), 0.03), (("inject",), 0.04), (("inject", "visit"), 0.03), (("tags",), 0.02),
    (("drain",), 0.02), (("light",), 0.025), (("video",), 0.06),
    (("port-wine stain",), 0.006), (("ingrown",), 0.03),
)  # fmt: skip

PARTS: dict[str, Callable[[Encounter, Dice], None]] = {
    "premalignant": skin.destroy_premalignant,
    "one premalignant": skin.destroy_one_premalignant,
    "benign": skin.destroy_benign,
    "biopsy": skin.biopsy,
    "shave": removal.shave,
    "destroy malignant": removal.destroy_malignant,
    "tags": removal.remove_tags,
    "cosmetic": removal.treat_for_looks,
    "mohs": closure.mohs,
    "flap": closure.excise_with_flap,
    "inject": office.inject,
    "drain": office.drain,
    "feet": office.care_for_feet,
    "light": office.give_light,
    "photodynamic": office.give_photodynamic,
    "port-wine stain": removal.treat_port_wine_stain,
    "ingrown": office.remove_nail,
}


#: Codes whose global period is ninety days.
LONG_GLOBAL = {"17106", "17107"} | {
    code for table in (closure.FLAP, closure.FULL_GRAFT) for pair in table.values() for code in pair
}


@dataclass(slots=True)
class Day:
    """One planned day: what it consists of, and what it has to know of an earlier day."""

    on: date
    parts: tuple[str, ...] = ()
    known: dict[str, Any] = field(default_factory=dict)


def patient_of(seed: int, number: int) -> tuple[Patient, Dice]:
    """Return the patient with this *number* and the patient's stream of chance."""
    dice = Dice("auditkit sample practice", seed, number)
    low, high = dice.weighted((((6, 17), 0.09), ((18, 44), 0.22), ((45, 64), 0.25),
                               ((65, 92), 0.44)))  # fmt: skip
    age = dice.whole(low, high)
    birth = LAST_DAY - timedelta(days=int(age * 365.25) + dice.whole(0, 364))
    payer = dice.weighted(PAYERS_OVER_65 if age >= 66 else PAYERS_UNDER_65)
    sex = "F" if dice.chance(0.54) else "M"
    return Patient(f"P{number:07d}", birth, sex, payer), dice


def weekday(day: date, back: bool = False) -> date:
    """Return *day*, or the nearest working day after it (before it if *back*)."""
    if back:
        return day - timedelta(days=(0, 0, 0, 0, 0, 1, 2)[day.weekday()])
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def days_of(dice: Dice) -> list[Day]:
    """Return the days of a patient's visits, some before the first quarter; weekdays only."""
    day = FIRST_DAY + timedelta(days=dice.whole(-150, 364))
    days = []
    for _ in range(dice.weighted(((1, 0.26), (2, 0.34), (3, 0.24), (4, 0.16)))):
        days.append(Day(weekday(day)))
        day = days[-1].on + timedelta(days=dice.whole(28, 140))
    return days


def provider_for(dice: Dice, home: Provider, parts: tuple[str, ...]) -> Provider:
    """Return who sees the patient: mostly the home provider, surgeons for surgery."""
    surgeons = [provider for provider in PROVIDERS if provider.surgical]
    if "mohs" in parts or "flap" in parts:
        return next(provider for provider in PROVIDERS if provider.role == "Mohs surgeon")
    if any(part.startswith("excise") for part in parts) and dice.chance(0.55):
        return dice.pick(surgeons)
    if dice.chance(0.12):
        return dice.pick(PROVIDERS)
    return home


def encounters_of(seed: int, number: int) -> Iterator[Encounter]:
    """Yield the encounters of one patient within the four quarters, in order of date."""
    patient, dice = patient_of(seed, number)
    home = dice.weighted([(provider, provider.weight) for provider in PROVIDERS])
    new, seen, count = dice.chance(0.45), False, 0
    days = days_of(dice)
    while days:
        day = days.pop(0)
        if not day.parts:
            table = OLDER_VISITS if patient.age(day.on) > 45 else YOUNGER_VISITS
            day.parts = payable(patient, dice.weighted(table))
        provider = day.known.get("provider") or provider_for(dice, home, day.parts)
        enc = Encounter(patient, provider, day.on, count + 1, new)
        enc.story |= day.known | {"seen": seen}
        build(enc, dice, day)
        finish(enc, dice)
        days = what_follows(enc, dice, days)
        if enc.billed:
            new, count = False, count + 1
            if FIRST_DAY <= day.on <= LAST_DAY:
                seen = True
                yield enc


def payable(patient: Patient, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return *parts*, without what only Medicare's patients have."""
    if patient.payer.startswith("MEDICARE"):
        return parts
    return ("visit",) if "feet" in parts else tuple(p for p in parts if p != "cosmetic")


def what_follows(enc: Encounter, dice: Dice, days: list[Day]) -> list[Day]:
    """Return the days to come, with those that the procedures of *enc* lead to."""
    billed = {part.line.code for part in enc.billed if part.line is not None}
    codes = billed | {line.code for line in enc.coded}
    if codes & LONG_GLOBAL:
        return in_long_global(enc, dice, days)
    known: dict[str, Any] = {"in global": True, "provider": enc.provider}
    excision = enc.story.get("excisions", [None])[-1]
    biopsied = enc.story.get("biopsy sites")
    if excision is not None:
        late = weekday(enc.dos + timedelta(days=dice.whole(11, 14)))
        early = weekday(enc.dos + timedelta(days=dice.whole(4, 10)), back=True)
        choices = [
            (Day(early, ("excise again",), known | {"before": excision}),
             0.09 if excision["series"] == "malignant" else 0.0),
            (Day(early, ("one premalignant",), known), 0.07),
            (Day(early, ("visit",), known), 0.07),
            (Day(early, ("wound check",), known), 0.25),
            (Day(late, ("late wound check",)), 0.07),
            (None, 0.45),
        ]  # fmt: skip
        follow = dice.weighted(choices)
        return days if follow is None else [follow, *days]
    if biopsied and len(enc.procedures) == len(biopsied) and dice.chance(0.05):
        return [
            Day(weekday(enc.dos + timedelta(days=1)), ("visit",), {"after biopsy": True}),
            *days,
        ]
    if biopsied and days and dice.chance(0.30):
        on = weekday(enc.dos + timedelta(days=dice.whole(21, 27)))
        return [Day(on, ("excise malignant",), {"site": biopsied[0]}), *days[1:]]
    return days


def in_long_global(enc: Encounter, dice: Dice, days: list[Day]) -> list[Day]:
    """Return the days to come after a flap: within ninety days only unrelated work, marked so."""
    known: dict[str, Any] = {"in global": True, "provider": enc.provider}
    kept = []
    for day in days:
        if day.on > enc.dos + timedelta(days=92):
            kept.append(day)
        elif dice.chance(0.7):
            parts = ("visit",) if dice.chance(0.55) else ("one premalignant",)
            kept.append(Day(day.on, parts, known))
    return kept


def build(enc: Encounter, dice: Dice, day: Day) -> None:
    """Do what the day consists of, and code it correctly."""
    for part in day.parts:
        if part in PARTS:
            PARTS[part](enc, dice)
        elif part == "excise again":
            skin.excise_again(enc, dice, day.known["before"])
        elif part.startswith("excise"):
            excise(enc, dice, part == "excise malignant", day.known.get("site"))
    if enc.provider.reads_slides and enc.story.get("biopsies") and len(enc.procedures) == 1:
        office.read_slide(enc, dice)
    if enc.provider.reads_slides and day.parts == ("excise benign",) and len(enc.specimens) == 1:
        office.read_excision(enc, dice)
    enc.coded.sort(key=lambda line: -line.cents(enc.prices))
    if "video" in day.parts:
        clinic.add_video_visit(enc, dice)
    elif "wound check" in day.parts or "late wound check" in day.parts:
        clinic.add_wound_check(enc, inside="wound check" in day.parts)
    elif "visit" in day.parts:
        clinic.add_visit(enc, dice)
    elif "flap" in day.parts and dice.chance(0.6):
        clinic.add_decision_for_flap(enc, dice)
    else:
        clinic.add_procedure_only(enc)
    if "after biopsy" in day.known:
        enc.trap = "a biopsy has no global period beyond its day"
    modifier = "XS" if enc.provider.name == "Dr. Cedar" else "59"
    enc.coded = with_separate_lesions_marked(enc.coded, modifier)


def excise(enc: Encounter, dice: Dice, malignant: bool, site: Any) -> None:
    """Excise one lesion, now and then two, and close."""
    skin.excise(enc, dice, malignant, site)
    if site is None and dice.chance(0.3):
        first = enc.story["excisions"][0]
        skin.excise(enc, dice, malignant, dice.pick(
            [s for s in SITES if s.group == first["group"] and s is not first["site"]]
        ))  # fmt: skip
    kind = dice.weighted((("simple", 0.5 if malignant else 0.7),
                          ("intermediate", 0.36 if malignant else 0.4),
                          ("complex", 0.14 if malignant else 0.0)))  # fmt: skip
    sites = [p["site"] for p in enc.procedures if p["type"] == "excision"]
    one_group = all(
        len({group(site) for site in sites}) == 1
        for group in (closure.intermediate_group, closure.complex_group)
    )
    small = [f for f in enc.story["excisions"] if f["lesion"] + 2 * f["narrow"] <= 5]
    if kind != "simple" and one_group and (len(sites) == 1 or not small):
        closure.repair_excisions(enc, dice, kind)


def finish(enc: Encounter, dice: Dice) -> None:
    """Sign the note, send the bill, and let the payer deny a few claims."""
    clinic.add_record(enc, dice)
    enc.denied = dice.chance(0.03)
    enc.received_after = dice.whole(2, 35)
    enc.frequency = "7" if dice.chance(0.008) else "1"
    planted.bill(enc, dice)
    if any(part.answer.plant for part in enc.billed):
        enc.trap = ""


def encounters(seed: int, patients: range) -> Iterator[Encounter]:
    """Yield the encounters of *patients* (numbers), patient by patient.

    A patient depends on the seed and the number alone, so any block of patients can be made
    without the others, in any order.
    """
    for number in patients:
        yield from encounters_of(seed, number)
