"""Encounters per second of supported coding and comparison, on one core, at growing sizes.

Run: `uv run python benchmarks/coding.py`. The mix is that of a dermatology practice: visits,
visits beside destruction or biopsy, excisions with repair, Mohs surgery.
"""

import gc
import statistics
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

from auditkit.documentation.elements import DocumentedEncounter
from auditkit.findings import audit_encounters
from auditkit.model import Encounter, Line

DOS = date(2024, 8, 14)
RECORD = {"present": True, "signed": True, "note_date": DOS, "signature_date": DOS}
VISIT = {
    "present": True, "data": {"unique_tests_ordered": 1}, "risk": "prescription_drug",
    "separately_identifiable": True, "total_time_min": None,
    "problems": [{"label": "psoriasis", "status": "chronic_exacerbation"}],
}  # fmt: skip
LESIONS = [
    {"lesion_id": "A", "site": "nose", "clinical_behavior": "premalignant"},
    {
        "lesion_id": "B",
        "site": "left arm",
        "clinical_behavior": "unspecified",
        "path_pending": True,
    },
    {"lesion_id": "C", "site": "upper back", "diameter_cm": "1.0", "path_behavior": "malignant"},
]
DESTRUCTION = {"procedure_id": "P1", "type": "destruction", "lesion_ids": ["A"], "site": "nose",
               "lesions_treated": 6}  # fmt: skip
BIOPSY = {"procedure_id": "P2", "type": "biopsy", "lesion_ids": ["B"], "technique": "punch"}
EXCISION = {"procedure_id": "P3", "type": "excision", "lesion_ids": ["C"],
            "margins_cm": ["0.3", "0.3"], "measured": "pre_excision"}  # fmt: skip
REPAIR = {"procedure_id": "P4", "type": "repair", "lesion_ids": ["C"], "layers": 2,
          "closure": "intermediate", "length_cm": "3.0"}  # fmt: skip
MOHS = {"procedure_id": "P5", "type": "mohs", "lesion_ids": ["A"], "surgeon_is_pathologist": True,
        "map_present": True, "histology_described": True, "stages": [{"blocks": 3}]}  # fmt: skip
#: Share of the mix, billed lines, visit, procedures.
MIX = (
    (5, (("99214", ""),), VISIT, ()),
    (3, (("99213", "25"), ("17000", ""), ("17003", "")), VISIT, (DESTRUCTION,)),
    (2, (("99214", "25"), ("11104", "")), VISIT, (BIOPSY,)),
    (2, (("11602", ""), ("12032", "")), None, (EXCISION, REPAIR)),
    (1, (("17311", ""),), None, (MOHS,)),
    (1, (("11102", ""), ("17000", "59")), None, (BIOPSY, DESTRUCTION)),
)


def practice(size: int) -> tuple[list[Encounter], dict[str, DocumentedEncounter]]:
    """Return *size* encounters of the mix with their records."""
    kinds = []
    for share, codes, visit, procedures in MIX:
        lines = tuple(
            Line(i, code, (modifier,) if modifier else (), Decimal(1), ("L57.0",), DOS,
                 allowed=Decimal("100.00"))
            for i, (code, modifier) in enumerate(codes, start=1)
        )  # fmt: skip
        record = DocumentedEncounter.model_validate(
            {"record": RECORD, "em": visit, "lesions": LESIONS, "procedures": procedures,
             "drugs": [], "specimens": []}
        )  # fmt: skip
        encounter = Encounter("", DOS, "MEDICARE_B", "1234567893", lines,
                              rendering_taxonomy="207N00000X", received_date=DOS)  # fmt: skip
        kinds += [(encounter, record)] * share
    chosen = [kinds[i % len(kinds)] for i in range(size)]
    encounters = [replace(e, encounter_id=f"e{i}") for i, (e, _) in enumerate(chosen)]
    return encounters, {f"e{i}": record for i, (_, record) in enumerate(chosen)}


def rate(size: int, repeats: int = 5) -> float:
    """Return the median encounters per second of processor time at *size*."""
    encounters, documented = practice(size)
    rates = []
    for _ in range(repeats):
        gc.collect()
        started = time.process_time()
        audit_encounters(encounters, documented)
        rates.append(size / (time.process_time() - started))
    return statistics.median(rates)


def main() -> None:
    """Print the rate at growing sizes; equal rates mean linear growth."""
    rate(200, repeats=1)
    for size in (1_000, 2_000, 4_000, 8_000, 16_000):
        print(f"{size:>7,} encounters: {rate(size):>8,.0f} per second")


if __name__ == "__main__":
    main()
