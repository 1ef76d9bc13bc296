"""The projection of a sample's dollars to its frame."""

import math
from typing import Any

import pandas as pd

from auditkit.errors import ProjectionRefusedError
from auditkit.sampling.plan import Plan

#: What is projected: its words, and how a line's dollars (billed less agreed) enter it.
QUANTITIES = {
    "overpayment": "total overpayment",
    "underpayment": "total underpayment",
    "net": "net overpayment",
}


def unit_dollars(line_results: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """Return one row per drawn unit with its dollars of error.

    Args:
        line_results: with `unit_id` and `dollars` (billed less agreed) for each line.
        sample: the drawn units with `unit_id` and `stratum`.

    Returns:
        unit_id, stratum, overpayment (>= 0), underpayment (>= 0) and net, in dollars.
    """
    dollars = line_results["dollars"].fillna(0.0)
    per_unit = pd.DataFrame({
        "overpayment": dollars.clip(lower=0).groupby(line_results["unit_id"]).sum(),
        "underpayment": (-dollars).clip(lower=0).groupby(line_results["unit_id"]).sum(),
    })  # fmt: skip
    units = sample[["unit_id", "stratum"]].merge(
        per_unit.round(2), left_on="unit_id", right_index=True, how="left"
    )
    amounts = ["overpayment", "underpayment"]
    units[amounts] = units[amounts].fillna(0.0)
    units["net"] = (units["overpayment"] - units["underpayment"]).round(2)
    return units
