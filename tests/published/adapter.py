"""From a case (method, input) to figures, by public names of two modules and nothing else.

One function per method of the cases. Each returns the figures under the names that the cases use;
what a case does not print is left out of the comparison.
"""

import math

from auditkit import sampling, stats

LEVELS = {80: 0.80, 90: 0.90, 95: 0.95}


def listed(listing):
    """Return a RAT-STATS listing under the names of the cases."""

    def plain(items):
        return [item[0] if len(item) == 1 else list(item) for item in items]

    table = listing.table().query("part == 'sequential'")
    return {
        "sequential": plain(listing.sequential),
        "spares": plain(listing.spares),
        "selection_order": plain(listing.selected),
        "sum": listing.summation,
        "first7_sequential": plain(listing.sequential)[:7],
        "first7_order": table["order"].tolist()[:7],
    }


def single_stage(given):
    return listed(sampling.single_stage(**given))


def sets(given):
    return listed(sampling.sets(**given))


def frames_single(given):
    return listed(sampling.frames_single_stage(**given))


def frames_two(given):
    return listed(sampling.frames_two_stage(**given))


def at_levels(estimate_at):
    """Return limits, precision and quantile at each level, and the figures that have none."""
    whole = estimate_at(0.90)
    found = {"point": whole.point, "total": whole.point, "se": whole.se, "se_total": whole.se}
    found |= {name: getattr(whole, name) for name in ("mean", "sd", "skewness", "kurtosis")}
    for percent, level in LEVELS.items():
        each = estimate_at(level)
        found |= {
            f"lower{percent}": each.lower,
            f"upper{percent}": each.upper,
            f"precision{percent}": each.precision,
            f"pct{percent}": each.precision_percent,
            f"t{percent}": each.quantile,
        }
    return found


def counted(estimate_at):
    """Return a count of errors at each level, and the same as percentages where they exist."""
    whole = estimate_at(0.90)
    found = at_levels(estimate_at) | {"point_total": whole.point}
    rate = whole if whole.unit == "rate" else None
    if rate is None and whole.universe is not None:
        rate = whole.per_unit("error rate", "rate")
    if rate is not None:
        found |= {"point_pct": 100 * rate.point, "p_pct": 100 * rate.point, "se_pct": 100 * rate.se}
    for percent, level in LEVELS.items():
        each = estimate_at(level)
        scale = 100 if each.unit == "rate" else 100 / (each.universe or math.inf)
        found |= {
            f"lower{percent}_pct": scale * each.lower,
            f"upper{percent}_pct": scale * each.upper,
            f"precision{percent}_pct": scale * each.precision,
        }
    return found


def attribute_unrestricted(given):
    counts = given["errors"], given["sample"], given["universe"]
    if given.get("sided") == "one":
        found = counted(lambda level: stats.attribute_unrestricted(*counts))
        for percent, level in LEVELS.items():
            one = stats.attribute_unrestricted(*counts, level)
            found |= {
                f"lower{percent}": one.lower_one_sided,
                f"upper{percent}": one.upper_one_sided,
            }
        return found
    return counted(lambda level: stats.attribute_unrestricted(*counts, level))


def clopper_pearson(given):
    found = [stats.binomial_rate(x, n, level) for x, n, level in given["cases"]]
    return {"limits": [(each.lower, each.upper) for each in found]}


def attribute_stratified(given):
    def at(level):
        return stats.attribute_stratified(given["strata"], level, convention="ratstats")

    found = counted(at)
    for percent, level in LEVELS.items():
        found[f"stratum_precision{percent}_pct"] = [
            100 * part.precision / part.universe for part in at(level).parts
        ]
    return found


def two_stage_ratio(given):
    return counted(
        lambda level: stats.attribute_two_stage(
            **given, of="rate", level=level, convention="ratstats"
        )
    )


def two_stage_unbiased(given):
    return counted(
        lambda level: stats.attribute_two_stage(**given, level=level, convention="ratstats")
    )


def attribute_stratified_cluster(given):
    strata = [
        stats.Clusters(
            clusters_universe=each["clusters_universe"],
            totals=[cluster["errors"] for cluster in each["clusters"]],
            sizes=[cluster["size"] for cluster in each["clusters"]],
            elements_universe=each["elements_universe"],
        )
        for each in given["strata"]
    ]
    return counted(
        lambda level: stats.attribute_stratified_cluster(strata, level, convention="ratstats")
    )


def variable_unrestricted(given):
    if "value" in given:
        values = stats.sections(given["examined"], given.get("audited"))[given["value"]]
    else:
        values = given.get("overpayment", given.get("values"))

    def at(level):
        return stats.variable_unrestricted(values, given["universe"], level, convention="ratstats")

    found = at_levels(at)
    found["se_mean"] = at(0.90).per_unit().se
    found["one_sided_lower90"] = at(0.90).lower_one_sided
    return found


def variable_by_given_z(given):
    values, z = given["values"], given["z"]
    found = stats.variable_unrestricted(values, given["universe"])
    return {
        "sum": sum(values),
        "sumsq": sum(value**2 for value in values),
        "point": found.point,
        "lower80": found.point - z * found.se,
        "upper80": found.point + z * found.se,
    }


def variable_stratified(given):
    strata = given["strata"]
    values = [value for each in strata for value in each["values"]]
    labels = [h for h, each in enumerate(strata) for _ in each["values"]]
    universe = {h: each["universe"] for h, each in enumerate(strata)}

    def at(level):
        return stats.variable_stratified(values, universe, labels, level, convention="ratstats")

    parts = at(0.90).parts
    return at_levels(at) | {
        "stratum_point": [part.point for part in parts],
        "stratum_se_total": [part.se for part in parts],
        "stratum_lower90": [part.lower for part in parts],
        "stratum_upper90": [part.upper for part in parts],
        "stratum_t90": [part.quantile for part in parts],
    }


def by_name(function):
    """Return the adapter of an appraisal whose arguments bear the names of the case."""
    return lambda given: at_levels(
        lambda level: function(**given, level=level, convention="ratstats")
    )


def cluster_total(given):
    stratum = stats.Clusters(given["clusters_universe"], given["cluster_totals"])
    return at_levels(lambda level: stats.variable_stratified_cluster([stratum], level))


def variable_probe(given):
    table = stats.variable_size_table(
        given["mean"], given["sd"], given["universe"],
        [percent / 100 for percent in given["precision_pct"]],
        [percent / 100 for percent in given["confidence"]], convention="ratstats",
    )  # fmt: skip
    return {"table": table.to_numpy()}


def stratified_known_total(given):
    columns = [[each[name] for each in given["strata"]] for name in ("universe", "mean", "sd")]
    found = [
        stats.stratified_size_known(*columns, given["n"], level, "ratstats")
        for level in (0.80, 0.90, 0.95, 0.99)
    ]
    return {"n_h": found[0].strata, "precision_pct": [100 * each.precision for each in found]}


def attribute_exact_width(given):
    sizes = [
        stats.attribute_size(
            given["rate"], given["width"], given["universe"], percent / 100, "ratstats"
        ).n
        for percent in given["confidence"]
    ]
    return {"n": sizes}


def attribute_acceptance(given):
    def sizes(likelihood, universe=None):
        return [
            stats.acceptance_size(
                given["materiality"], given["confidence"], accept, universe, likelihood
            ).n
            for accept in given["accept"]
        ]

    found = {"poisson": sizes("poisson"), "binomial": sizes("binomial")}
    return found | {f"hypergeometric_N{N}": sizes("hypergeometric", N) for N in given["N"]}


def normal_prop_mean(given):
    return {
        "prop": [
            stats.proportion_size(e["e"], e["P"], e["N"], e["level"]).n for e in given["prop"]
        ],
        "mean": [stats.mean_size(e["e"], e["S"], e["N"], e["level"]).n for e in given["mean"]],
    }


def allocation(given):
    sizes, spreads, n = given["Nh"], given["Sh"], given["n"]
    return {
        "neyman_uncapped": stats.neyman(sizes, spreads, n),
        "capped": stats.neyman_bounded(sizes, spreads, n),
        "integer_min30": stats.optimum(sizes, spreads, n, minimum=given["min_per_stratum"]),
    }


def ratio_estimator(given):
    sample = given["overpayment"], given["paid"], given["universe"]
    rate, total = stats.ratio(*sample), stats.ratio_total(*sample, given["paid_total"])
    return {"ratio": rate.point, "se_ratio": rate.se, "total": total.point, "se_total": total.se}


def auxiliary(given):
    audited = [p - o for p, o in zip(given["paid"], given["overpayment"], strict=True)]
    universe = given["universe"]
    known = universe * given["paid_mean"]
    sample = audited, given["paid"], universe, known
    found = {
        "simple": stats.variable_unrestricted(audited, universe),
        "difference": stats.difference_total(*sample),
        "ratio": stats.ratio_total(*sample, variance="cochran"),
        "regression": stats.regression_total(*sample, variance="cochran"),
    }
    return {name: (e.point / universe, e.se / universe) for name, e in found.items()}


def pps_systematic(given):
    found = {"pik": stats.inclusion_probabilities(given["size"], given["n"])}
    for start in given["random_start"]:
        drawn = stats.pps_systematic(given["size"], given["n"], start=start)
        found["selected_u_" + f"{start:.2f}".replace(".", "").rstrip("0")] = drawn.rows + 1
        found["certainty"] = drawn.certainty + 1
    return found


def horvitz_thompson(given):
    sample = given["y"], given["pi"], given["joint"]
    grundy = stats.horvitz_thompson(*sample, variance="yates_grundy")
    plain = stats.horvitz_thompson(*sample, variance="horvitz_thompson")
    return {"total": grundy.point, "se_yates_grundy": grundy.se, "se_ht": plain.se}


def mus_interval(given):
    found = stats.select_interval(given["values"], given["n"], start=given["start"])
    return {"interval": found.interval, "items": found.rows + 1, "hits": found.hits}


def mus_bounds(given):
    sample = given["taints"], given["n"], given["confidence"]
    return {
        f"stringer_{name}": stats.stringer_bound(*sample, distribution=name)
        for name in ("binomial", "poisson")
    }


def errors_at_least(given):
    return {"lower": [stats.errors_lower(N, n, x, 1 - a) for N, n, x, a in given["cases"]]}


def t_quantiles(given):
    q = [[stats.t_quantile(2 * p - 1, df) for p in given["p"]] for df in given["df"]]
    return {"q": q}


def validation(given):
    """Refused with an error, or estimated; a census and an impossible count are both here."""
    if "cases" in given:
        for universe, sample, errors in given["cases"]:
            stats.attribute_unrestricted(errors, sample, universe)
    return at_levels(
        lambda level: stats.variable_unrestricted(given["values"], given["universe"], level)
    )


METHODS = {
    "ratstats_single_stage": single_stage,
    "ratstats_sets_of_2": sets,
    "ratstats_sets_of_3": sets,
    "ratstats_sets_of_4": sets,
    "ratstats_frames_single": frames_single,
    "ratstats_frames_two": frames_two,
    "hypergeometric_exact_two_sided": attribute_unrestricted,
    "hypergeometric_exact_one_sided": attribute_unrestricted,
    "expansion_point_estimate": attribute_unrestricted,
    "expansion_se_fpc": attribute_unrestricted,
    "clopper_pearson": clopper_pearson,
    "normal_z": attribute_stratified,
    "two_stage_ratio": two_stage_ratio,
    "two_stage_unbiased": two_stage_unbiased,
    "stratified_cluster": attribute_stratified_cluster,
    "t_interval_fpc": variable_unrestricted,
    "z_interval_fpc": variable_by_given_z,
    "z_overall_t_by_stratum": variable_stratified,
    "two_stage_z": by_name(stats.variable_two_stage),
    "stratified_multistage_z": by_name(stats.variable_stratified_multistage),
    "product_estimator_z": by_name(stats.variable_unknown_universe),
    "variable_probe": variable_probe,
    "stratified_known_total": stratified_known_total,
    "attribute_exact_width": attribute_exact_width,
    "attribute_acceptance": attribute_acceptance,
    "normal_prop_mean": normal_prop_mean,
    "optimal_allocation_bounds": allocation,
    "ratio_estimator": ratio_estimator,
    "difference_ratio_regression": auxiliary,
    "cluster_total": cluster_total,
    "pps_systematic": pps_systematic,
    "horvitz_thompson_joint": horvitz_thompson,
    "mus_interval": mus_interval,
    "mus_bounds": mus_bounds,
    "edwards_2005_Ne": errors_at_least,
    "t_quantiles": t_quantiles,
    "validation": validation,
}
