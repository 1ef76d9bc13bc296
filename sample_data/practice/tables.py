"""Encounters as rows: claim lines, documented elements, answer key."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sample_data.practice import fees
from sample_data.practice.encounter import Billed, Encounter

CLAIM_COLUMNS = (
    "claim_id", "line", "patient_key", "patient_birth_date", "patient_sex", "rendering_npi",
    "billing_npi", "rendering_taxonomy", "dos_from", "dos_to", "pos", "code", "mod1", "mod2",
    "mod3", "mod4", "units", "dx1", "dx2", "dx3", "dx4", "dx_pointers", "charge", "allowed",
    "paid", "payer", "received_date", "frequency_code",
)  # fmt: skip
KEY_COLUMNS = (
    "patient_key", "rendering_npi", "dos", "claim_id", "line", "plant", "family", "rule",
    "verdict", "direction", "category", "billed", "agreed", "agreed_diagnosis", "billed_dollars",
    "agreed_dollars", "dollars", "trap",
)  # fmt: skip


def dollars(cents: int) -> str:
    """Return *cents* as dollars with two decimals."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def claim_id(enc: Encounter, claim: int) -> str:
    """Return the number of the encounter's first or second claim."""
    return enc.claim_id if claim == 1 else f"{enc.claim_id}-R"


def diagnoses_of(parts: list[Billed]) -> list[str]:
    """Return the different diagnoses of billed lines in order of first use."""
    return list(dict.fromkeys(dx for part in parts if part.line for dx in part.line.diagnoses))


def numbered(enc: Encounter) -> Iterator[tuple[Billed, int | None]]:
    """Yield what was billed with its line number on its claim, None for what was not billed."""
    counts: dict[int, int] = {}
    for part in enc.billed:
        if part.line is None:
            yield part, None
        else:
            counts[part.claim] = counts.get(part.claim, 0) + 1
            yield part, counts[part.claim]


def claim_rows(enc: Encounter) -> Iterator[tuple[Any, ...]]:
    """Yield the billed lines of *enc* in the order of `CLAIM_COLUMNS`; missing is empty."""
    diagnoses = diagnoses_of(enc.billed)
    assert len(diagnoses) <= 4
    padded = (*diagnoses, *("",) * (4 - len(diagnoses)))
    dos = enc.dos.isoformat()
    received = (enc.dos + timedelta(days=enc.received_after)).isoformat()
    for part, number in numbered(enc):
        line = part.line
        if line is None:
            continue
        allowed = line.cents(enc.prices)
        denied = enc.denied or part.denied
        paid = 0 if denied else fees.paid_cents(enc.patient.payer, allowed)
        yield (
            claim_id(enc, part.claim), number, enc.patient.key,
            enc.patient.birth_date.isoformat(), enc.patient.sex, enc.provider.npi,
            enc.billing_npi, enc.provider.taxonomy, dos, dos, enc.pos, line.code,
            *line.modifiers, *("",) * (4 - len(line.modifiers)), line.units, *padded,
            ",".join(str(diagnoses.index(dx) + 1) for dx in line.diagnoses),
            dollars(fees.charge_cents(line.code, line.units)), dollars(allowed), dollars(paid),
            enc.patient.payer, received, enc.frequency,
        )  # fmt: skip


def key_rows(enc: Encounter) -> Iterator[tuple[Any, ...]]:
    """Yield one row per billed line (and per unbilled supported one) in `KEY_COLUMNS` order."""
    for part, number in numbered(enc):
        answer = part.answer
        billed, agreed = part.cents(enc.prices)
        yield (
            enc.patient.key, enc.provider.npi, enc.dos.isoformat(), claim_id(enc, part.claim),
            "" if number is None else number, answer.plant, answer.family, answer.rule,
            answer.verdict, answer.direction, answer.category,
            part.line.text() if part.line is not None else "",
            " + ".join(line.text() for line in part.agreed), agreed_diagnosis(part),
            dollars(billed), dollars(agreed), dollars(billed - agreed),
            enc.trap if number == 1 else "",
        )  # fmt: skip


def agreed_diagnosis(part: Billed) -> str:
    """Return the diagnosis that the record supports, where the line was billed with another."""
    if part.line is None or len(part.agreed) != 1:
        return ""
    right = part.agreed[0].diagnoses
    return "" if right == part.line.diagnoses else right[0]


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
    for name in ("lesions", "procedures", "specimens", "drugs"):
        if getattr(enc, name):
            elements[name] = getattr(enc, name)
    return elements | enc.more
