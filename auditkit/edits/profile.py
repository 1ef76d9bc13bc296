"""Signals by provider and family, beside the group: how often, and what chance alone would give.

A signal is not an error. A provider outside the limits is one whose charts are worth reading,
for reasons that may be the patients, the practice's way of billing, or coding.
"""

from collections.abc import Sequence

import pandas as pd

from auditkit.errors import InputError, Problem
from auditkit.stats.comparison import compare_rates

COLUMNS = (
    "provider",
    "family",
    "encounters",
    "with_signal",
    "per_100",
    "group_per_100",
    "lower_per_100",
    "upper_per_100",
    "reading",
)
WITHIN = "within what chance gives for this number of encounters"
OUTSIDE = "outside the limits, as some of so many providers are by chance"
APART = "outside the limits, more than chance explains"


def profile(
    signals: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    by: str = "rendering_npi",
    severities: Sequence[str] = ("error", "advisory", "prompt"),
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many encounters have a signal of each family, by provider.

    Args:
        signals: the result of `screen`.
        lines: the claim lines with their encounter_id (the result of `claims.encounters`).
        by: the column of *lines* that names the provider.
        severities: which signals count.
        level: confidence level of the funnel limits of one provider.

    Returns:
        One row per provider and family: encounters, with_signal (encounters with a signal of the
        family), per_100 and group_per_100 (of 100 encounters), lower_per_100 and upper_per_100
        (the exact binomial funnel limits around the group's rate), reading (a sentence).

    Raises:
        InputError: when *lines* lacks a column.
    """
    check(lines, ("encounter_id", "claim_id", "line", by))
    encounters = lines.drop_duplicates("encounter_id").groupby(by, observed=True).size()
    counted = signals[signals["severity"].isin(severities)]
    placed = counted.merge(
        lines[["claim_id", "line", "encounter_id", by]], on=["claim_id", "line"]
    ).drop_duplicates(["encounter_id", "family"])
    rows = []
    for family, own in placed.groupby("family"):
        having = own.groupby(by, observed=True).size().reindex(encounters.index, fill_value=0)
        rows.extend(_family(str(family), encounters, having, level))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _family(
    family: str, encounters: pd.Series, having: pd.Series, level: float
) -> list[tuple[object, ...]]:
    """Return the rows of one family; a group of one provider has nothing to be compared with."""
    if len(encounters) < 2:
        return [
            (
                provider,
                family,
                int(n),
                int(x),
                100 * x / n,
                100 * x / n,
                float("nan"),
                float("nan"),
                "one provider: there is no group to compare with",
            )
            for provider, n, x in zip(encounters.index, encounters, having, strict=True)
        ]
    names = [str(name) for name in encounters.index]
    found = compare_rates(having.tolist(), encounters.tolist(), names, level=level)
    return [
        (
            provider,
            family,
            one.reviewed,
            one.errors,
            100 * one.rate,
            100 * one.group_rate,
            100 * one.fewest / one.reviewed,
            100 * one.most / one.reviewed,
            APART if one.distinguished else OUTSIDE if one.outside else WITHIN,
        )
        for provider, one in zip(encounters.index, found.members, strict=True)
    ]


def check(lines: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse *lines* that lack one of *columns*.

    Raises:
        InputError: naming every column that is missing.
    """
    missing = [name for name in columns if name not in lines]
    if missing:
        raise InputError(
            "The signals cannot be laid over these lines.",
            [
                Problem(
                    "lines",
                    None,
                    name,
                    "the column is missing",
                    "the claim lines with their encounters",
                )
                for name in missing
            ],
        )
