"""Small builders of encounters and records for tests of supported coding."""

from datetime import date
from decimal import Decimal

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.model import Encounter, Line

DOS = date(2024, 8, 14)
RECORD = {"present": True, "signed": True, "note_date": DOS}


def billed(*lines, payer="MEDICARE_B", dos=DOS, **more):
    """Return an encounter of lines written CODE, CODE-MOD or CODE xN, perhaps with dollars."""
    made = []
    for number, text in enumerate(lines, start=1):
        words = text.split()
        code, *modifiers = words[0].split("-")
        units = next((Decimal(w[1:]) for w in words if w[0] == "x"), Decimal(1))
        allowed = next((Decimal(w[1:]) for w in words if w[0] == "$"), None)
        diagnoses = tuple(w for w in words[1:] if w[0] not in "x$")
        made.append(Line(number, code, tuple(modifiers), units, diagnoses, dos, allowed=allowed))
    return Encounter("e1", dos, payer, "1234567893", tuple(made), **more)


def record(**parts):
    """Return a signed record with *parts*; drugs, specimens and a visit are documented absent."""
    whole = {"record": RECORD, "em": None, "drugs": [], "specimens": []} | parts
    return DocumentedEncounter.model_validate(whole)


def keratoses(count, lesion="A", site="face"):
    """Return a lesion entry and a destruction of *count* premalignant lesions."""
    return (
        {"lesion_id": lesion, "site": site, "clinical_behavior": "premalignant"},
        {
            "procedure_id": f"P{lesion}", "type": "destruction", "lesion_ids": [lesion],
            "site": site, "lesions_treated": count,
        },
    )  # fmt: skip


def excised(diameter, margin, lesion="A", site="back", behavior="malignant"):
    """Return a lesion entry and its excision; sizes in cm."""
    return (
        {
            "lesion_id": lesion, "site": site, "diameter_cm": Decimal(str(diameter)),
            "path_behavior": behavior, "symptoms": ["pain"],
        },
        {
            "procedure_id": f"P{lesion}", "type": "excision", "lesion_ids": [lesion],
            "site": site, "margins_cm": [Decimal(str(margin))] * 2, "measured": "pre_excision",
        },
    )  # fmt: skip


def of(*pairs, **parts):
    """Return a record of (lesion, procedure) pairs."""
    return record(
        lesions=[lesion for lesion, _ in pairs], procedures=[p for _, p in pairs], **parts
    )
