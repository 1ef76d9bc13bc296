"""Encounters as rows: claim lines, documented elements, answer key."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sample_data.practice import fees
from sample_data.practice.encounter import Coded, Encounter
from sample_data.practice.people import GROUP_NPI

CLAIM_COLUMNS = (
    "claim_id", "line", "patient_key", "patient_birth_date", "patient_sex", "rendering_npi",
    "billing_npi", "rendering_taxonomy", "dos_from", "dos_to", "pos", "code", "mod1", "mod2",
    "mod3", "mod4", "units", "dx1", "dx2", "dx3", "dx4", "dx_pointers", "charge", "allowed",
    "paid", "payer", "received_date", "frequency_code",
)  # fmt: skip
KEY_COLUMNS = (
    "patient_key", "rendering_npi", "dos", "claim_id", "line", "plant", "family", "rule",
    "verdict", "direction", "category", "billed", "agreed", "billed_dollars", "agreed_dollars",
    "dollars", "trap",
)  # fmt: skip


def dollars(cents: int) -> str:
    """Return *cents* as dollars with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def diagnoses_of(lines: list[Coded]) -> list[str]:
    """Return the different diagnoses of *lines* in order of first use."""
    return list(dict.fromkeys(dx for line in lines for dx in line.diagnoses))


def claim_rows(enc: Encounter) -> Iterator[tuple[Any, ...]]:
    """Yield the billed lines of *enc* in the order of `CLAIM_COLUMNS`; missing is empty."""
    lines = [part.line for part in enc.billed if part.line is not None]
    diagnoses = diagnoses_of(lines)
    assert len(diagnoses) <= 4
    padded = (*diagnoses, *("",) * (4 - len(diagnoses)))
    dos = enc.dos.isoformat()
    received = (enc.dos + timedelta(days=enc.received_after)).isoformat()
    for number, line in enumerate(lines, start=1):
        allowed = line.cents(enc.payer)
        paid = 0 if enc.denied else fees.paid_cents(enc.payer, allowed)
        yield (
            enc.claim_id, number, enc.patient.key, enc.patient.birth_date.isoformat(),
            enc.patient.sex, enc.provider.npi, GROUP_NPI, enc.provider.taxonomy, dos, dos, "11",
            line.code, *line.modifiers, *("",) * (4 - len(line.modifiers)), line.units, *padded,
            ",".join(str(diagnoses.index(dx) + 1) for dx in line.diagnoses),
            dollars(fees.charge_cents(line.code, line.units)), dollars(allowed), dollars(paid),
            enc.payer, received, enc.frequency,
        )  # fmt: skip


def key_rows(enc: Encounter) -> Iterator[tuple[Any, ...]]:
    """Yield one row per billed line (and per unbilled supported one) in `KEY_COLUMNS` order."""
    number = 0
    for part in enc.billed:
        number += part.line is not None
        answer = part.answer
        billed, agreed = part.cents(enc.payer)
        yield (
            enc.patient.key, enc.provider.npi, enc.dos.isoformat(), enc.claim_id,
            number if part.line is not None else "", answer.plant, answer.family, answer.rule,
            answer.verdict, answer.direction, answer.category,
            part.line.text() if part.line is not None else "",
            " + ".join(line.text() for line in part.agreed),
            dollars(billed), dollars(agreed), dollars(billed - agreed),
            enc.trap if number == 1 else "",
        )  # fmt: skip


def documented(enc: Encounter) -> dict[str, Any]:
    """Return what the record of *enc* documents, ready for JSON."""
    elements: dict[str, Any] = {
        "patient_key": enc.patient.key,
        "rendering_npi": enc.provider.npi,
        "dos": enc.dos.isoformat(),
        "record": enc.record,
    }
    if enc.em is not None:
        elements["em"] = enc.em
    for name in ("lesions", "procedures", "specimens"):
        if getattr(enc, name):
            elements[name] = getattr(enc, name)
    return elements
