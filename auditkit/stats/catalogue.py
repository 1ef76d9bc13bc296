"""A list of every public method of this package, made from the methods themselves."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pandas as pd

#: What the methods of each module are for, in the order in which an audit meets them.
PARTS = {
    "attribute sample sizes": ("attribute_sizes",),
    "variable sample sizes": ("sizes", "stratified_sizes"),
    "allocation": ("allocate",),
    "strata boundaries": ("boundaries", "lavallee"),
    "audits in rounds": ("sequential",),
    "attribute appraisals": ("attribute", "attribute_multistage"),
    "variable appraisals": ("variable", "variable_multistage", "post_stratified"),
    "clusters and combined strata": ("cluster", "stratified_multistage"),
    "estimators with a known amount": ("auxiliary", "regression"),
    "unequal probabilities": ("pps", "_pps_variance"),
    "monetary units": ("mus", "mus_bounds"),
    "limits without a distribution": ("msm", "penny", "likelihood", "bootstrap"),
    "rates of large universes": ("binomial", "bayes"),
    "several methods side by side": ("robustness", "cautions"),
    "comparison and control": ("comparison", "shrinkage", "control"),
    "agreement of reviewers": ("agreement",),
    "parts of the arithmetic": ("strata", "shape", "quantiles"),
}


def methods() -> pd.DataFrame:
    """Return every public function, what it does and where its method is from.

    Returns:
        One row per function: ``part`` (what it is for), ``name`` (as called from
        ``auditkit.stats``), ``does`` (one sentence) and ``source`` (citation; empty where the
        function needs none of its own).
    """
    package = import_module("auditkit.stats")
    part_of = {f"auditkit.stats.{module}": part for part, own in PARTS.items() for module in own}
    order = list(PARTS)
    rows = []
    for name in package.__all__:
        found = getattr(package, name)
        if inspect.isfunction(found) and found is not methods:
            rows.append((part_of[found.__module__], name, *_words(inspect.getdoc(found) or "")))
    table = pd.DataFrame(rows, columns=["part", "name", "does", "source"])
    place = table["part"].map(order.index)
    return table.iloc[place.argsort(kind="stable")].reset_index(drop=True)


def _words(text: str) -> tuple[str, str]:
    """Return the first sentence of a docstring and its source, each on one line."""
    does = text.split("\n\n", 1)[0]
    source = text.partition("\nSource:\n")[2].split("\n\n", 1)[0]
    return _plain(does), _plain(source)


def _plain(text: str) -> str:
    """Return *text* on one line, with names in place of references to them."""
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", " ".join(text.split()))
