"""Scores of the practice and of each provider under every scoring policy."""

from collections.abc import Iterable, Mapping

import pandas as pd

from auditkit.errors import InputError
from auditkit.scoring.measures import counts, dollars_of_category
from auditkit.scoring.policies import Policy, find_policy, policies
from auditkit.scoring.rates import Rate, Scale, rate
from auditkit.scoring.table import prepare

#: Columns of a table of scores, as written to scores.csv.
COLUMNS = (
    "scope",
    "measure",
    "policy",
    "numerator",
    "denominator",
    "rate",
    "lower",
    "upper",
    "level",
    "method",
)
PRACTICE = "practice"

_SCALES: Mapping[str, Scale] = {
    "encounters": "encounter",
    "lines": "share",
    "codes_reviewer": "share",
    "codes_union": "share",
    "em_levels": "share",
    "weighted_lines": "share",
    "direction_lines": "share",
    "direction_dollars": "portion",
    "improper_payment": "portion",
    "dollars_gross": "accuracy",
    "rvu_gross": "accuracy",
}


def score(
    line_results: pd.DataFrame,
    policy: str | Policy | Iterable[str | Policy] = "all",
    *,
    sizes: pd.DataFrame | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the scores of the practice and of each provider.

    Args:
        line_results: One row per compared line, see the columns of line_results.csv. The
            optional columns `paid_dollars`, `billed_rvu` and `agreed_rvu` feed the policies that
            need them.
        policy: `all`, one policy or its id, or several.
        sizes: Sampling units in the frame: columns provider_id, stratum, encounters (see
            :func:`frame_sizes`; a unit is an encounter unless the plan draws claims or lines, and
            the line results then carry `unit_id`). With it the practice's rates are weighted by
            stratum and every interval knows the frame's size; without it the sample counts as
            drawn from an unlimited frame and strata are not weighted.
        level: Confidence level of the two-sided limits, as a fraction.

    Returns:
        One row per scope and measure with the columns of `COLUMNS`. `numerator` and
        `denominator` are sums over the sample; `rate` differs from their quotient where strata
        are weighted, and `method` then says so. What cannot be computed has an empty rate, and
        `method` says why.

    Raises:
        InputError: The line results cannot be scored; every problem is listed.
        FrameError: The sizes do not fit the sample.
        SettingsError: A policy of that id does not exist.
    """
    table = prepare(line_results)
    chosen = _chosen(policy)
    scopes = [PRACTICE, *sorted(table["provider_id"].unique())]
    rows = []
    for each in chosen:
        for measure, part in _measures(table, each):
            found = counts(part, each)
            for scope in scopes:
                rows.append((scope, measure, each.id, _rate(found, scope, sizes, each, level)))
    return pd.DataFrame(
        [
            (
                scope,
                measure,
                id_,
                r.numerator,
                r.denominator,
                r.rate,
                r.lower,
                r.upper,
                r.level,
                r.method,
            )
            for scope, measure, id_, r in rows
        ],
        columns=list(COLUMNS),
    )


def sensitivity(
    line_results: pd.DataFrame,
    policy: str | Policy,
    *,
    sizes: pd.DataFrame | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what each accuracy policy says of every scope, the *policy* in use first.

    Returns:
        Columns scope, policy, title, chosen, rate, lower, upper, pass_mark, passes (empty where
        a policy has no mark or no rate).

    Raises:
        As :func:`score`.
    """
    chosen = find_policy(policy)
    others = [each for each in policies().values() if each.kind == "accuracy"]
    listed = [chosen, *(each for each in others if each.id != chosen.id)]
    scores = score(line_results, listed, sizes=sizes, level=level)
    by_id = {each.id: each for each in listed}
    told = scores.assign(
        title=scores["policy"].map({id_: each.title for id_, each in by_id.items()}),
        chosen=scores["policy"] == chosen.id,
        pass_mark=scores["policy"].map({id_: each.pass_mark for id_, each in by_id.items()}),
    )
    told["pass_mark"] = told["pass_mark"].astype("float64")
    passes = (told["rate"] >= told["pass_mark"]).astype("boolean")
    told["passes"] = passes.mask(told["rate"].isna() | told["pass_mark"].isna())
    names = ["scope", "policy", "title", "chosen", "rate", "lower", "upper", "pass_mark", "passes"]
    order = told["scope"].map({PRACTICE: ""}).fillna(told["scope"])
    return told.assign(_o=order).sort_values("_o", kind="stable")[names].reset_index(drop=True)


def sensitivity_sentence(told: pd.DataFrame, scope: str) -> str:
    """Return the line that ends a report: the score in use and what other policies would say.

    Args:
        told: A table of :func:`sensitivity`.
        scope: `practice` or a provider's id.

    Raises:
        InputError: The table holds no such scope.
    """
    rows = told[(told["scope"] == scope) & told["rate"].notna()]
    used = rows[rows["chosen"]]
    if used.empty:
        raise InputError(f"There is no score of scope '{scope}' under the policy in use.")
    rest = rows[~rows["chosen"]]
    others = "; ".join(
        f"{title}: {100 * rate:.1f} %"
        for title, rate in zip(rest["title"], rest["rate"], strict=True)
    )
    first = used.iloc[0]
    return f"Score under '{first['title']}': {100 * first['rate']:.1f} %. Other policies: {others}."


def frame_sizes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the units of *frame* by provider and stratum, as :func:`score` takes them.

    Args:
        frame: One row per unit of the sampling frame, with provider_id and, where the plan
            has strata, stratum.
    """
    strata = frame["stratum"].fillna("") if "stratum" in frame else ""
    cells = frame[["provider_id"]].assign(stratum=strata)
    return (
        cells.groupby(["provider_id", "stratum"], as_index=False)
        .size()
        .rename(columns={"size": "encounters"})
    )


def _chosen(policy: str | Policy | Iterable[str | Policy]) -> list[Policy]:
    if isinstance(policy, str) and policy == "all":
        return list(policies().values())
    if isinstance(policy, (str, Policy)):
        return [find_policy(policy)]
    return [find_policy(each) for each in policy]


def _measures(table: pd.DataFrame, policy: Policy) -> Iterable[tuple[str, pd.DataFrame]]:
    """Yield the measure of *policy*, and its parts by error category where it has them."""
    yield policy.measure, table
    if policy.by_category:
        wrong = table["dollars"] != 0
        for category in sorted(table.loc[wrong, "category"].dropna().unique()):
            yield f"{policy.measure}:{category}", dollars_of_category(table, category)
        if (wrong & table["category"].isna()).any():
            yield f"{policy.measure}:uncategorised", dollars_of_category(table, None)


def _rate(
    found: pd.DataFrame | None,
    scope: str,
    sizes: pd.DataFrame | None,
    policy: Policy,
    level: float,
) -> Rate:
    nan = float("nan")
    if found is None:
        return Rate(nan, nan, nan, nan, nan, level, "not computed: the line results have no RVUs")
    rows = found if scope == PRACTICE else found[found["provider_id"] == scope]
    unknown = int(rows["unknown"].sum())
    if unknown:
        method = f"not computed: {unknown:,} line(s) have no price"
        return Rate(nan, nan, nan, nan, nan, level, method)
    scale = _SCALES.get(policy.formula, "amount")
    return rate(rows, _sizes_of(sizes, scope), scale, level)


def _sizes_of(sizes: pd.DataFrame | None, scope: str) -> dict[str, int] | None:
    if sizes is None:
        return None
    rows = sizes if scope == PRACTICE else sizes[sizes["provider_id"] == scope]
    by_stratum = rows.assign(stratum=rows["stratum"].fillna("").astype(str))
    return {
        str(stratum): int(size)
        for stratum, size in by_stratum.groupby("stratum")["encounters"].sum().items()
    }
