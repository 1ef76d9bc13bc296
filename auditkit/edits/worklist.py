"""What a screening is for: strata of risk for the plan, worklists, and what the signals were worth.

Encounters chosen because of a signal say nothing of those that have none: only a plan whose
strata take in every encounter, with known probabilities, may be projected.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from auditkit.edits.profile import check
from auditkit.errors import PlanError
from auditkit.stats.binomial import clopper_pearson

#: The strata from the most to the least suspect; an encounter belongs to its worst signal.
STRATA = ("error signal", "advisory signal", "prompt", "no signal")
_OF_SEVERITY = {"error": STRATA[0], "advisory": STRATA[1], "prompt": STRATA[2]}
#: How much more often a unit of each stratum is drawn than one without a signal.
WEIGHTS = {"error signal": 4.0, "advisory signal": 2.0, "prompt": 1.5, "no signal": 1.0}


def risk_strata(signals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return every encounter with its stratum of risk.

    Args:
        signals: the result of `screen`.
        lines: the claim lines with their encounter_id (the result of `claims.encounters`).

    Returns:
        One row per encounter, in the order of encounter_id: encounter_id, rendering_npi, stratum
        (one of `STRATA`), signals (how many), families (joined by blanks), allowed (dollars of
        the encounter), allowed_signalled (dollars of its lines with a signal).

    Raises:
        InputError: when *lines* lacks a column.
    """
    check(lines, ("encounter_id", "rendering_npi", "claim_id", "line", "allowed"))
    placed = signals.merge(
        lines[["claim_id", "line", "encounter_id", "allowed"]], on=["claim_id", "line"]
    )
    placed["stratum"] = pd.Categorical(
        placed["severity"].map(_OF_SEVERITY), categories=list(STRATA), ordered=True
    )
    per_line = placed.drop_duplicates(["claim_id", "line"])
    result = lines.groupby("encounter_id").agg(
        rendering_npi=("rendering_npi", "first"), allowed=("allowed", "sum")
    )
    grouped = placed.groupby("encounter_id")
    result["stratum"] = grouped["stratum"].min().astype("str").reindex(result.index)
    result["stratum"] = result["stratum"].fillna(STRATA[-1])
    result["signals"] = grouped.size().reindex(result.index, fill_value=0)
    result["families"] = (
        grouped["family"]
        .agg(lambda own: " ".join(sorted(set(own))))
        .reindex(result.index)
        .fillna("")
    )
    result["allowed_signalled"] = (
        per_line.groupby("encounter_id")["allowed"].sum().reindex(result.index, fill_value=0.0)
    )
    columns = [
        "encounter_id",
        "rendering_npi",
        "stratum",
        "signals",
        "families",
        "allowed",
        "allowed_signalled",
    ]
    return result.sort_index().reset_index()[columns]


def stratum_sizes(
    strata: pd.DataFrame,
    total: int,
    *,
    weights: Mapping[str, float] | None = None,
    minimum: int = 2,
) -> pd.DataFrame:
    """Share a sample over the strata of risk, so that every encounter has a known probability.

    Each stratum gets a share in proportion to its encounters times its weight, at least
    *minimum* and at most all; what a full stratum cannot take goes to the others.

    Args:
        strata: the result of `risk_strata`.
        total: how many encounters are drawn.
        weights: how much more often each stratum's encounters are drawn; `WEIGHTS` by default.
        minimum: the fewest drawn from a stratum, so that its variance can be estimated.

    Returns:
        One row per stratum that has encounters: stratum, encounters, sampled, probability.

    Raises:
        PlanError: when *total* is more than there is or less than the minima need, or a weight
            is not positive.
    """
    counts = strata["stratum"].value_counts().reindex(STRATA).dropna().astype(int)
    used = {**WEIGHTS, **(weights or {})}
    bad = [name for name, weight in used.items() if name not in STRATA or not weight > 0]
    if bad:
        raise PlanError(f"weights: {', '.join(bad)} must be one of {', '.join(STRATA)}, above 0.")
    least = np.minimum(minimum, counts.to_numpy())
    if not least.sum() <= total <= counts.sum():
        raise PlanError(
            f"total: {total} cannot be shared; accepted: from {least.sum()} (at least {minimum} "
            f"in each stratum) to {counts.sum()} (every encounter)."
        )
    weight = np.array([used[name] for name in counts.index])
    sampled = _shared(total, counts.to_numpy(), weight, least)
    return pd.DataFrame(
        {
            "stratum": counts.index.astype("str"),
            "encounters": counts.to_numpy(),
            "sampled": sampled,
            "probability": sampled / counts.to_numpy(),
        }
    )


def _shared(total: int, counts: np.ndarray, weight: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Return whole sizes that sum to *total*, within their limits, nearest to the proportion.

    Units are given one at a time to the stratum that is furthest below its share (the method of
    highest averages with the divisor n + 1/2, Sainte-Laguë).
    """
    sizes = least.copy()
    worth = counts * weight
    for _ in range(int(total - sizes.sum())):
        score = np.where(sizes < counts, worth / (sizes + 0.5), -1.0)
        sizes[int(np.argmax(score))] += 1
    return sizes


def worklist(signals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that have a signal, the most serious and then the dearest first.

    Args:
        signals: the result of `screen`.
        lines: the claim lines with their encounter_id (the result of `claims.encounters`).

    Returns:
        One row per line: encounter_id, claim_id, line, rendering_npi, dos_from, code, allowed,
        severity (the worst), edits (joined by blanks), reasons (joined by blanks).

    Raises:
        InputError: when *lines* lacks a column.
    """
    shown = ["encounter_id", "claim_id", "line", "rendering_npi", "dos_from", "code", "allowed"]
    check(lines, shown)
    ranked = signals.assign(rank=signals["severity"].map({"error": 0, "advisory": 1, "prompt": 2}))
    ranked = ranked.sort_values(["rank", "edit_id", "outcome"], kind="stable")
    joined = ranked.groupby(["claim_id", "line"], as_index=False, sort=True).agg(
        rank=("rank", "min"),
        severity=("severity", "first"),
        edits=("edit_id", lambda own: " ".join(dict.fromkeys(own))),
        reasons=("reason", lambda own: " ".join(dict.fromkeys(own))),
    )
    result = joined.merge(lines[shown], on=["claim_id", "line"])
    result = result.sort_values(
        ["rank", "allowed", "claim_id", "line"], ascending=[True, False, True, True]
    )
    return result[[*shown, "severity", "edits", "reasons"]].reset_index(drop=True)


def edit_yield(
    signals: pd.DataFrame,
    lines: pd.DataFrame,
    line_results: pd.DataFrame,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return, once an audit is done, which edits' signals became findings.

    Only lines that were audited count. The yield of an edit is what share of its audited lines
    did not stand as billed; the interval is exact and holds for lines drawn at random.

    Args:
        signals: the result of `screen` on the universe.
        lines: the claim lines with encounter_id and encounter_line (`claims.encounters`).
        line_results: encounter_id, line, verdict and family of each audited line.
        level: confidence level of the interval.

    Returns:
        One row per edit with audited signals: edit_id, family, audited_lines, findings (lines
        not supported), same_family (of these, for a reason of the edit's own family), yield,
        lower, upper.

    Raises:
        InputError: when *lines* or *line_results* lacks a column.
    """
    number = "encounter_line" if "encounter_line" in lines else "line"
    check(lines, ("encounter_id", "claim_id", "line"))
    check(line_results, ("encounter_id", "line", "verdict", "family"))
    keys = lines[["claim_id", "line", "encounter_id"]].assign(audited=lines[number])
    audited = line_results[line_results["line"].notna()][
        ["encounter_id", "line", "verdict", "family"]
    ].rename(columns={"line": "audited", "family": "found_family"})
    audited["audited"] = audited["audited"].astype("int64")
    placed = (
        signals[["edit_id", "family", "claim_id", "line"]]
        .drop_duplicates()
        .merge(keys, on=["claim_id", "line"])
        .merge(audited, on=["encounter_id", "audited"])
    )
    rows = []
    for (edit, family), own in placed.groupby(["edit_id", "family"]):
        wrong = own["verdict"] != "supported"
        same = wrong & (own["found_family"] == family)
        lower, upper = clopper_pearson(int(wrong.sum()), len(own), level)
        rows.append(
            (edit, family, len(own), int(wrong.sum()), int(same.sum()), wrong.mean(), lower, upper)
        )
    columns = [
        "edit_id",
        "family",
        "audited_lines",
        "findings",
        "same_family",
        "yield",
        "lower",
        "upper",
    ]
    return pd.DataFrame(rows, columns=columns)
