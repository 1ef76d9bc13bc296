"""Planted errors in the record itself: missing, unsigned, of another day or place or author."""

from dataclasses import replace
from datetime import timedelta

from sample_data.practice.dice import Dice
from sample_data.practice.encounter import Answer, Billed, Encounter
from sample_data.practice.fees import Prices
from sample_data.practice.people import PHYSICIAN_ASSISTANT, PROVIDERS
from sample_data.practice.planted.registry import ID, ND, plant


def anything(enc: Encounter) -> bool:
    """Return whether the note is signed and something was coded."""
    return enc.record["signed"] is True and bool(enc.coded) and "under plan" not in enc.story


@plant("AUTH", "AUTH-1", "missing_record", anything, category=ND)
def record_missing(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """No record of the date of service can be found."""
    enc.record = {"present": False}
    enc.em, enc.lesions, enc.procedures, enc.specimens, enc.drugs = None, [], [], [], []
    enc.more = {}
    enc.billed = [Billed(line, (), answer) for line in enc.coded]


@plant("AUTH", "AUTH-2", "not_supported", anything, category=ID)
def record_unsigned(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note was never signed, and there is neither attestation nor signature log."""
    enc.record |= {"signed": False, "signature_type": None, "signature_date": None}
    enc.billed = [Billed(line, (), answer) for line in enc.coded]


@plant("DOS", "DOS-1", "wrong_code", anything)
def record_of_another_day(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note is of another day than the claim."""
    earlier = enc.dos - timedelta(days=dice.whole(1, 3))
    enc.record |= {"note_date": earlier.isoformat(), "signature_date": earlier.isoformat()}
    enc.billed = [Billed(line, (line,), answer) for line in enc.coded]


@plant(
    "POS", "POS-1", "overcoded",
    lambda enc: anything(enc) and enc.pos == "11" and not enc.drugs and not enc.specimens
    and all(line.cents(enc.prices) > line.cents(facility(enc)) for line in enc.coded),
)  # fmt: skip
def place_of_service(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """Services given in a hospital's outpatient department are billed as of the office."""
    enc.record["pos_actual"] = dice.pick(("19", "22"))
    enc.billed = [Billed(line, (line,), answer, facility(enc)) for line in enc.coded]


def facility(enc: Encounter) -> Prices:
    """Return the prices of the same services in a facility."""
    return replace(enc.prices, facility=True)


@plant(
    "INCIDENT_TO", "EM-10", "overcoded",
    lambda enc: anything(enc) and enc.new and enc.medicare and not enc.assistant
    and not enc.procedures and enc.pos == "11",
)  # fmt: skip
def assistant_under_physician(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """A new patient seen by an assistant alone is billed under a physician's number."""
    seen_by = dice.pick([p for p in PROVIDERS if p.taxonomy == PHYSICIAN_ASSISTANT])
    enc.record |= {"service_provider_npi": seen_by.npi, "signer_matches_renderer": False}
    prices = replace(enc.prices, assistant=True)
    enc.billed = [Billed(line, (line,), answer, prices) for line in enc.coded]


@plant(
    "AUTH", "AUTH-4", "wrong_code",
    anything,
)  # fmt: skip
def record_signed_by_another(enc: Encounter, dice: Dice, answer: Answer) -> None:
    """The note is signed by somebody else than the practitioner who gave the service."""
    enc.record["signer_matches_renderer"] = False
    enc.billed = [Billed(line, (line,), answer) for line in enc.coded]
