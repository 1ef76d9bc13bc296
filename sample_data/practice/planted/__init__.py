"""The planted errors, by theme; importing the themes registers their planters."""

from sample_data.practice.planted import (
    biopsies,
    claims,
    closures,
    destruction,
    drugs,
    excisions,
    office,
    postop,
    records,
    removals,
    visit_codes,
    visits,
)
from sample_data.practice.planted.registry import PLANTS, bill

__all__ = [
    "PLANTS", "bill", "biopsies", "claims", "closures", "destruction", "drugs", "excisions",
    "office", "postop", "records", "removals", "visit_codes",
    "visits",
]  # fmt: skip
