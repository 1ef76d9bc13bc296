"""Comparison of found figures with the digits that a published case prints."""

import numpy as np


def check(case, found):
    """Assert that *found* has every expected figure of *case*, each within its tolerance."""
    tolerance = case["tolerance"]

    assert set(found) == set(case["expected"])
    for name, expected in case["expected"].items():
        allowed = tolerance
        if isinstance(tolerance, dict):
            allowed = tolerance.get(name, tolerance.get("*", 0))
        gap = np.max(np.abs(np.asarray(found[name], dtype=float) - np.asarray(expected)))
        assert gap <= allowed + 1e-12, f"{case['id']} {name}: {found[name]} for {expected}"


def limits(estimate_at, suffix="", scale=1.0):
    """Return lower and upper limits at 80, 90 and 95 %, keyed as the cases key them."""
    found = {}
    for percent in (80, 90, 95):
        estimate = estimate_at(percent / 100)
        found[f"lower{percent}{suffix}"] = estimate.lower * scale
        found[f"upper{percent}{suffix}"] = estimate.upper * scale
    return found


def precisions(estimate_at):
    """Return precision amount and percent at 80, 90 and 95 %, keyed as the cases key them."""
    found = {}
    for percent in (80, 90, 95):
        estimate = estimate_at(percent / 100)
        found[f"precision{percent}"] = estimate.precision
        found[f"pct{percent}"] = estimate.precision_percent
    return found
