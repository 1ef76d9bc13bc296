"""The projection of a sample's dollars to its frame."""

import hashlib
import math
from typing import Any

import pandas as pd
from scipy import stats

from auditkit.errors import ProjectionRefusedError
from auditkit.sampling.draw import assign_strata
from auditkit.sampling.plan import Plan
from auditkit.stats import Estimate, StatisticsError, sensitivity, variable_stratified

#: What is projected: its words, and how a line's dollars (billed less agreed) enter it.
QUANTITIES = {
    "overpayment": "total overpayment",
    "underpayment": "total underpayment",
    "net": "net overpayment",
}

#: Resampled amounts behind the bootstrap line; more units in the sample take fewer resamples.
RESAMPLED, MOST_RESAMPLES, FEWEST_RESAMPLES = 10_000_000, 9_999, 999


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
    line_results: pd.DataFrame,
    sample: pd.DataFrame,
    strata: pd.DataFrame,
    plan: Plan,
    frame: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Project the dollars of error of the sampled units to the frame.

    The estimator is stratified expansion, sum of N_h times the mean of stratum h (Cochran 1977,
    5.3), with Student's t; strata taken whole add no variance. Limits are at the plan's
    confidence: two-sided, and the one-sided lower limit that Medicare contractors demand
    (Medicare Program Integrity Manual, chapter 8, 8.4). A provider's underpayments do not
    reduce its overpayments; `net` shows the difference apart.

    Beside Student's t the overpayment is estimated by empirical likelihood, the bootstrap and,
    with the *frame*, the minimum sum, so that the reader sees how much rests on the method.

    Args:
        line_results: with `unit_id` and `dollars` (billed less agreed) for each line.
        sample: the drawn units with `unit_id` and `stratum`.
        strata: with `stratum`, `units` and `sampled`.
        plan: the sampling plan.
        frame: the frozen frame with `unit_id`, `allowed` and what the plan stratifies by.

    Returns:
        One estimate as plain values for each of `overpayment`, `underpayment` and `net`; or,
        for a targeted sample or lines without a price, `refused` with the reason. `overpayment`
        also holds `sensitivity` (one entry per method, Student's t first, rounded to the cent),
        `sensitivity_left_out`, `sensitivity_sentence` and `bootstrap_seed`.

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
    units["stratum"] = units["stratum"].astype("str")
    sizes = dict(zip(strata["stratum"].astype("str"), map(int, strata["units"]), strict=True))
    found = {name: _project_one(units, sizes, name, plan) for name in QUANTITIES}
    found["overpayment"] |= _by_other_methods(units, sizes, plan, frame)
    return found


def _project_one(
    units: pd.DataFrame, sizes: dict[str, int], name: str, plan: Plan
) -> dict[str, Any]:
    """Return the estimate of one quantity as plain values, without the units' amounts."""
    try:
        found = variable_stratified(
            units[name].to_numpy(),
            sizes,
            units["stratum"].tolist(),
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


def _by_other_methods(
    units: pd.DataFrame, sizes: dict[str, int], plan: Plan, frame: pd.DataFrame | None
) -> dict[str, Any]:
    """Return the overpayment by several methods, and all warnings that the sample calls for."""
    paid, unsampled = None, None
    left_out = ["minimum sum: it needs the allowed amount of every unit of the frame"]
    if frame is not None and not frame["allowed"].isna().any():
        paid, unsampled = _allowed(units, plan, frame)
        left_out = []
    seed = bootstrap_seed(plan)
    told = sensitivity(
        units["overpayment"].to_numpy(),
        sizes,
        paid,
        unsampled,
        units["stratum"].tolist(),
        plan.confidence,
        plan.lonely,
        seed,
        min(MOST_RESAMPLES, max(FEWEST_RESAMPLES, RESAMPLED // len(units))),
    )
    plain: dict[str, Any] = _plain(
        {
            "warnings": list(told.main.warnings),
            "sensitivity": [
                _line(told.main, f"Student's t, {told.main.method}"),
                *(_line(each, each.method) for each in told.others),
            ],
            "sensitivity_left_out": [*told.left_out, *left_out],
            "sensitivity_sentence": told.sentence(),
            "bootstrap_seed": seed,
        }
    )
    return plain


def bootstrap_seed(plan: Plan) -> int:
    """Return the seed of the bootstrap: 52 bits of the SHA-256 of `<seed of the plan>|bootstrap`.

    It follows from the plan, so nobody can have chosen it, and the limits can be computed again.
    """
    digest = hashlib.sha256(f"{plan.seed.value}|bootstrap".encode()).hexdigest()
    return int(digest[:13], 16)


def _allowed(
    units: pd.DataFrame, plan: Plan, frame: pd.DataFrame
) -> tuple[list[float], dict[str, list[float]]]:
    """Return the allowed amount of each sampled unit, and by stratum of the units not sampled."""
    amounts = frame.set_index("unit_id")["allowed"]
    rest = frame[~frame["unit_id"].isin(units["unit_id"])]
    labels = assign_strata(rest, plan).astype("str")
    left = {str(name): group.tolist() for name, group in rest["allowed"].groupby(labels)}
    for name in units["stratum"].unique():
        left.setdefault(name, [])
    return amounts.loc[units["unit_id"]].tolist(), left


def _line(found: Estimate, method: str) -> dict[str, Any]:
    """Return one method's figures, rounded to the cent: the last digits of a search mean nothing.

    Rounding also keeps the figures the same on machines that add in another order.
    """
    figures = ("point", "lower", "upper", "lower_one_sided")
    return {"method": method} | {name: round(float(getattr(found, name)), 2) for name in figures}


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
