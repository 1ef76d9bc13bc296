"""The totals that a remittance states, beside what it holds (005010X221A1, 1.10.2, Balancing)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from auditkit.claims.segments import Segments
from auditkit.claims.x12 import Check


def balances(segments: Segments, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per total: segment, what, stated, found, holds; dollars to the cent.

    A payment is its claims' payments less the provider adjustments; a claim or a line is paid
    its charge less its adjustments; a claim's charge is its lines'.
    """
    payments, claims, lines = tables["payments"], tables["claims"], tables["lines"]
    adjusted, taken = tables["adjustments"], tables["provider_adjustments"]
    paid = np.bincount(claims["payment"], claims["paid"].fillna(0), len(payments))
    paid -= np.bincount(taken["payment"], taken["amount"], len(payments))
    by_claim = np.bincount(adjusted["claim"], adjusted["amount"], len(claims))
    charged = np.bincount(lines["claim"], lines["charge"].fillna(0), len(claims))
    has_lines = np.bincount(lines["claim"], minlength=len(claims)) > 0
    charged = np.where(has_lines, charged, claims["charge"])
    by_line = _line_adjustments(lines, adjusted)
    rows: list[tuple[str, str, Any, Any]] = [
        ("BPR", "payment of the claims less provider adjustments", payments["amount"], paid),
        ("CLP", "claim payment", claims["paid"], claims["charge"] - by_claim),
        ("CLP", "claim charge of the lines", claims["charge"], charged),
        ("SVC", "line payment", lines["paid"], lines["charge"] - by_line),
    ]
    found = []
    for name, what, stated, held in rows:
        left, right = np.asarray(stated, dtype=float), np.asarray(held, dtype=float)
        numbers = segments.numbers[segments.at(name)]
        holds = np.abs(left - right) < 0.005
        found.append(_table(numbers, what, _dollars(left), _dollars(right), holds))
    return pd.concat(found, ignore_index=True)


def counts(checks: Sequence[Check]) -> pd.DataFrame:
    """Return the checks of counts and control numbers as rows of the same form."""
    return _table(
        [check.segment for check in checks],
        [check.what for check in checks],
        [check.stated for check in checks],
        [check.found for check in checks],
        [check.holds for check in checks],
    )


def _line_adjustments(lines: pd.DataFrame, adjusted: pd.DataFrame) -> np.ndarray:
    """Return the sum of the adjustments of each line."""
    own = adjusted[adjusted["line"].notna()]
    # Lines stand in the order of their claims, so a claim's first line is found by searching.
    places = np.searchsorted(lines["claim"], own["claim"]) + own["line"].to_numpy(dtype=int) - 1
    return np.bincount(places, own["amount"], len(lines))


def _table(
    segment: Sequence[int] | np.ndarray,
    what: str | list[str],
    stated: list[str],
    found: list[str],
    holds: Sequence[bool] | np.ndarray,
) -> pd.DataFrame:
    """Return rows of the table of checks."""
    table = pd.DataFrame(
        {"segment": segment, "what": what, "stated": stated, "found": found, "holds": holds}
    )
    texts = dict.fromkeys(("what", "stated", "found"), "str")
    return table.astype({"segment": "int64", "holds": "bool", **texts})


def _dollars(amounts: np.ndarray) -> list[str]:
    """Return amounts as text with two decimals, and a missing one as not stated."""
    # Adding zero turns a negative zero into zero.
    return ["not stated" if np.isnan(x) else f"{round(x, 2) + 0.0:.2f}" for x in amounts]
