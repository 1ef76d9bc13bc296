"""Statistics of samples and audits: pure functions on numbers and arrays.

Names load when first used. :func:`minimum_sum <auditkit.stats.minimum_sum.minimum_sum>` is
imported from its module, which bears its name.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Appraised": "units",
    "Boundaries": "boundaries",
    "Clusters": "units",
    "Counted": "units",
    "Estimate": "result",
    "Grouped": "units",
    "Measured": "units",
    "MusSelection": "mus",
    "PennySample": "penny",
    "PpsSample": "pps",
    "Primary": "units",
    "SampleSize": "sizes",
    "StatisticsError": "_check",
    "acceptance_size": "attribute_sizes",
    "attribute_rhc_three_stage": "attribute_multistage",
    "attribute_rhc_two_stage": "attribute_multistage",
    "attribute_size": "attribute_sizes",
    "attribute_stratified": "attribute",
    "attribute_stratified_cluster": "cluster",
    "attribute_stratified_multistage": "stratified_multistage",
    "attribute_three_stage": "attribute_multistage",
    "attribute_two_stage": "attribute_multistage",
    "attribute_unrestricted": "attribute",
    "bayes_count": "bayes",
    "bayes_rate": "bayes",
    "binomial_rate": "binomial",
    "bootstrap_total": "bootstrap",
    "cia_full_sample": "sizes",
    "clopper_pearson": "binomial",
    "cohen_kappa": "agreement",
    "compare_rates": "comparison",
    "cox_snell_bound": "mus_bounds",
    "cross_table": "agreement",
    "cumulative_root_f": "boundaries",
    "cuts_of_frequencies": "boundaries",
    "difference_total": "auxiliary",
    "dispersion_test": "comparison",
    "errors_lower": "minimum_sum",
    "errors_upper": "minimum_sum",
    "fit_beta": "shrinkage",
    "funnel_limits": "comparison",
    "geometric": "boundaries",
    "group_sequential": "sequential",
    "gwet_ac1": "agreement",
    "hajek_mean": "pps",
    "hansen_hurwitz": "pps",
    "horvitz_thompson": "pps",
    "inclusion_probabilities": "pps",
    "individuals_chart": "control",
    "korn_graubard": "binomial",
    "lavallee_hidiroglou": "lavallee",
    "likelihood_mean": "likelihood",
    "likelihood_total": "likelihood",
    "mean_size": "sizes",
    "minimum_sum_stratified": "minimum_sum",
    "moment_bound": "mus_bounds",
    "moments": "shape",
    "mus_evaluation": "mus",
    "neyman": "allocate",
    "neyman_bounded": "allocate",
    "optimum": "allocate",
    "overpaid_pennies": "penny",
    "overton_joint": "pps",
    "p_chart": "control",
    "penny_limits": "penny",
    "poststratified_total": "regression",
    "pps_systematic": "pps",
    "probability_ratio_test": "sequential",
    "proportion_size": "sizes",
    "proportional": "allocate",
    "ratio": "auxiliary",
    "ratio_total": "auxiliary",
    "raw_agreement": "agreement",
    "reader_error_band": "agreement",
    "regression_total": "regression",
    "run_chart": "control",
    "sections": "shape",
    "select_cells": "mus",
    "select_interval": "mus",
    "select_pennies": "penny",
    "select_random": "mus",
    "shrink": "shrinkage",
    "size_from_error_rate": "sizes",
    "size_from_probe": "sizes",
    "stratified_size": "stratified_sizes",
    "stratified_size_known": "stratified_sizes",
    "stringer_bound": "mus_bounds",
    "variable_post_stratified": "post_stratified",
    "variable_rhc_three_stage": "variable_multistage",
    "variable_rhc_two_stage": "variable_multistage",
    "variable_size": "sizes",
    "variable_size_table": "sizes",
    "variable_stratified": "variable",
    "variable_stratified_cluster": "cluster",
    "variable_stratified_multistage": "stratified_multistage",
    "variable_three_stage": "variable_multistage",
    "variable_two_stage": "variable_multistage",
    "variable_unknown_universe": "variable",
    "variable_unrestricted": "variable",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'auditkit.stats' has no attribute {name!r}")
    return getattr(import_module(f"auditkit.stats.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
