"""Patients and their visits over the four quarters, each patient from a stream of its own."""

from collections.abc import Iterator
from datetime import date, timedelta

from sample_data.practice import clinic, plants, skin
from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Encounter, Patient, with_separate_lesions_marked
from sample_data.practice.people import (
    PAYERS_OVER_65,
    PAYERS_UNDER_65,
    PROVIDERS,
    Provider,
)
from sample_data.practice.sites import SITES, Site

#: The four quarters: the last is the one with a record for every encounter. It lies in the
#: quarter of the fee schedule that the prices come from.
FIRST_DAY, LAST_DAY = date(2023, 10, 1), date(2024, 9, 30)
DOCUMENTED_FROM = date(2024, 7, 1)

SITE_BY_NAME = {site.name: site for site in SITES}

#: What a visit consists of, and how often, for patients over and under 45.
OLDER_VISITS = (
    (("visit",), 0.27), (("premalignant",), 0.19), (("premalignant", "visit"), 0.13),
    (("biopsy",), 0.10), (("biopsy", "visit"), 0.08), (("biopsy", "premalignant"), 0.06),
    (("benign",), 0.04), (("benign", "visit"), 0.03), (("benign", "premalignant"), 0.02),
    (("excise malignant",), 0.04), (("excise benign",), 0.03), (("excise benign", "visit"), 0.01),
)  # fmt: skip
YOUNGER_VISITS = (
    (("visit",), 0.56), (("benign",), 0.12), (("benign", "visit"), 0.09), (("biopsy",), 0.08),
    (("biopsy", "visit"), 0.07), (("biopsy", "benign"), 0.02), (("excise benign",), 0.06),
)  # fmt: skip


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


def days_of(dice: Dice) -> list[date]:
    """Return the days of a patient's visits, some before the first quarter; weekdays only."""
    day = FIRST_DAY + timedelta(days=dice.whole(-150, 364))
    days = []
    for _ in range(dice.weighted(((1, 0.26), (2, 0.34), (3, 0.24), (4, 0.16)))):
        days.append(day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()]))
        day = days[-1] + timedelta(days=dice.whole(28, 140))
    return days


def provider_for(dice: Dice, home: Provider, parts: tuple[str, ...]) -> Provider:
    """Return who sees the patient: mostly the home provider, surgeons for many excisions."""
    surgical = [provider for provider in PROVIDERS if provider.surgical]
    if any(part.startswith("excise") for part in parts) and dice.chance(0.55):
        return dice.pick(surgical)
    if dice.chance(0.12):
        return dice.pick(PROVIDERS)
    return home


def encounters_of(seed: int, number: int) -> Iterator[Encounter]:
    """Yield the encounters of one patient within the four quarters, in order of date."""
    patient, dice = patient_of(seed, number)
    home = dice.weighted([(provider, provider.weight) for provider in PROVIDERS])
    new = dice.chance(0.45)
    follow_up: tuple[date, Site] | None = None
    for count, day in enumerate(days_of(dice), start=1):
        if follow_up is not None:
            biopsied, site = follow_up
            day = biopsied + timedelta(days=dice.whole(21, 27))
            day += timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
            parts: tuple[str, ...] = ("excise malignant",)
        else:
            site = None
            table = OLDER_VISITS if patient.age(day) > 45 else YOUNGER_VISITS
            parts = dice.weighted(table)
        enc = Encounter(patient, provider_for(dice, home, parts), day, count, new)
        build(enc, dice, parts, site)
        new = False
        biopsied_site = next(
            (SITE_BY_NAME.get(p["site"]) for p in enc.procedures if p["type"] == "biopsy"), None
        )
        wants_excision = follow_up is None and biopsied_site is not None and dice.chance(0.30)
        follow_up = (day, biopsied_site) if wants_excision and biopsied_site else None
        finish(enc, dice)
        if FIRST_DAY <= day <= LAST_DAY:
            yield enc


def build(enc: Encounter, dice: Dice, parts: tuple[str, ...], site: Site | None) -> None:
    """Do what the day consists of, and code it correctly."""
    for part in parts:
        if part == "premalignant":
            skin.destroy_premalignant(enc, dice)
        elif part == "benign":
            skin.destroy_benign(enc, dice)
        elif part == "biopsy":
            skin.biopsy(enc, dice)
        elif part.startswith("excise"):
            malignant = part == "excise malignant"
            skin.excise(enc, dice, malignant, site)
            if site is None and dice.chance(0.12):
                skin.excise(enc, dice, malignant)
    enc.coded.sort(key=lambda line: -line.cents(enc.payer))
    if "visit" in parts:
        clinic.add_visit(enc, dice)
    else:
        clinic.add_procedure_only(enc)
    modifier = "XS" if enc.provider.name == "Dr. Cedar" else "59"
    enc.coded = with_separate_lesions_marked(enc.coded, modifier)


def finish(enc: Encounter, dice: Dice) -> None:
    """Sign the note, send the bill, and let the payer deny a few claims."""
    clinic.add_record(enc, dice)
    plants.bill(enc, dice)
    enc.denied = dice.chance(0.03)
    enc.received_after = dice.whole(2, 35)
    enc.frequency = "7" if dice.chance(0.008) else "1"
    if any(part.answer.plant for part in enc.billed):
        enc.trap = ""


def encounters(seed: int, patients: range) -> Iterator[Encounter]:
    """Yield the encounters of *patients* (numbers), patient by patient.

    A patient depends on the seed and the number alone, so any block of patients can be made
    without the others, in any order.
    """
    for number in patients:
        yield from encounters_of(seed, number)
