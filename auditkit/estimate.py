"""The projection of a sample's dollars to its frame."""

import math
from typing import Any

import pandas as pd
from scipy import stats

from auditkit.errors import ProjectionRefusedError
from auditkit.sampling.plan import Plan
from auditkit.stats._check import StatisticsError
from auditkit.stats.variable import variable_stratified

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
    dollars = line_results["dollars"]
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


def project(
    line_results: pd.DataFrame, sample: pd.DataFrame, strata: pd.DataFrame, plan: Plan
) -> dict[str, Any]:
    """Project the dollars of error of the sampled units to the frame.

    The estimator is stratified expansion, sum of N_h times the mean of stratum h (Cochran 1977,
    5.3), with Student's t; strata taken whole add no variance. Limits are at the plan's
    confidence: two-sided, and the one-sided lower limit that Medicare contractors demand
    (Medicare Program Integrity Manual, chapter 8, 8.4). A provider's underpayments do not
    reduce its overpayments; `net` shows the difference apart.

    Returns:
        One estimate as plain values for each of `overpayment`, `underpayment` and `net`; or,
        for a targeted sample or lines without a price, `refused` with the reason.

    Raises:
        ProjectionRefusedError: if the sample leaves out a stratum of the frame.
    """
    if plan.purpose == "targeted":
        return {"refused": "the sample is targeted: its units were chosen, not drawn"}
    unpriced = int(line_results["dollars"].isna().sum())
    if unpriced:
        return {
            "refused": f"{unpriced} of {len(line_results)} lines have no allowed amount, so their "
            "dollars are not known; give the claims allowed amounts, or name a fee file"
        }
    empty = strata.loc[strata["sampled"] == 0, "stratum"].tolist()
    if empty:
        raise ProjectionRefusedError(
            f"No unit was sampled from {', '.join(map(str, empty))}, so the sample does not "
            "cover the frame. Sample each stratum, or leave it out by a frame rule."
        )
    units = unit_dollars(line_results, sample)
    sizes = dict(zip(strata["stratum"].astype("str"), map(int, strata["units"]), strict=True))
    return {name: _project_one(units, sizes, name, plan) for name in QUANTITIES}


def _project_one(
    units: pd.DataFrame, sizes: dict[str, int], name: str, plan: Plan
) -> dict[str, Any]:
    """Return the estimate of one quantity as plain values, without the units' amounts."""
    try:
        found = variable_stratified(
            units[name].to_numpy(),
            sizes,
            units["stratum"].astype("str").tolist(),
            level=plan.confidence,
            lonely=plan.lonely,
        ).named(QUANTITIES[name])
    except StatisticsError as error:
        raise ProjectionRefusedError(
            f"The {QUANTITIES[name]} cannot be projected: {error} A plan can name the policy for "
            'a stratum with one sampled unit, such as lonely = "grand_mean".'
        ) from error
    values = found.as_dict()
    values |= _sampled(units[name])
    for part in (values, *values["parts"]):
        part.pop("inputs")
    plain: dict[str, Any] = _plain(values)
    return plain


def _sampled(amounts: pd.Series) -> dict[str, Any]:
    """Return what the sampled units themselves show, before any weighting (dollars)."""
    return {
        "sampled_total": round(float(amounts.sum()), 2),
        "sampled_nonzero": int((amounts != 0).sum()),
        "sampled_mean": float(amounts.mean()),
        "sampled_sd": float(amounts.std(ddof=1)),
        "sampled_skewness": float(stats.skew(amounts)),
        "sampled_kurtosis": float(stats.kurtosis(amounts, fisher=False)),
    }


def _plain(value: Any) -> Any:
    """Return *value* as JSON can hold it: what is not a number becomes None."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
