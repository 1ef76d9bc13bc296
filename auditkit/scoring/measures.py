"""What each scoring formula counts: a numerator and a denominator for every line."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from auditkit.scoring.policies import Policy


def counts(table: pd.DataFrame, policy: Policy) -> pd.DataFrame | None:
    """Return numerator `y` and denominator `x` of *policy*, summed per sampling unit.

    Args:
        table: Prepared line results.
        policy: The policy whose formula is applied.

    Returns:
        Columns unit_id, provider_id, stratum, y, x and unknown (lines whose amount is not
        known), one row per unit; None when the line results lack a column that the formula needs.
    """
    found = FORMULAS[policy.formula](table, policy)
    if found is None:
        return None
    y, x = found
    unknown = (y.isna() | x.isna()).astype("int64")
    per_line = table[["unit_id", "provider_id", "stratum"]].assign(y=y, x=x, unknown=unknown)
    summed = per_line.groupby("unit_id", sort=True, as_index=False).agg(
        provider_id=("provider_id", "first"),
        stratum=("stratum", "first"),
        y=("y", "sum"),
        x=("x", "sum"),
        unknown=("unknown", "sum"),
    )
    if policy.formula == "encounters":
        # A unit counts once, and is right only when all its lines are.
        return summed.assign(y=(summed["y"] == 0).astype("float64"), x=1.0)
    return summed


def dollars_of_category(table: pd.DataFrame, category: str | None) -> pd.DataFrame:
    """Return *table* with the dollars of every other error category set to zero."""
    same = table["category"].isna() if category is None else table["category"] == category
    return table.assign(dollars=table["dollars"].where(same, 0.0))


def counted_errors(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return which lines hold an error that *policy* counts."""
    flags = [table[f"kind_{kind}"] for kind in policy.counted]
    return pd.Series(np.logical_or.reduce(flags), index=table.index) if flags else _none(table)


Pair = tuple[pd.Series, pd.Series]


def _encounters(table: pd.DataFrame, policy: Policy) -> Pair:
    errors = counted_errors(table, policy).astype("float64")
    return errors, errors * 0.0


def _lines(table: pd.DataFrame, policy: Policy) -> Pair:
    billed = _billed(table)
    return _float(billed & ~counted_errors(table, policy)), _float(billed)


def _codes_reviewer(table: pd.DataFrame, policy: Policy) -> Pair:
    return _same_code(table, policy), _float(table["agreed_codes"].map(len))


def _codes_union(table: pd.DataFrame, policy: Policy) -> Pair:
    all_codes = _float(_billed(table)) + _float(table["agreed_codes"].map(len))
    return _same_code(table, policy), all_codes - _float(_found_again(table))


def _same_code(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return which billed codes the reviewer found too, without another counted error."""
    other = policy.model_copy(
        update={"counted": tuple(kind for kind in policy.counted if kind != "code")}
    )
    return _float(_found_again(table) & ~counted_errors(table, other))


def _found_again(table: pd.DataFrame) -> pd.Series:
    pairs = zip(table["billed_code"], table["agreed_codes"], strict=True)
    return _billed(table) & pd.Series([code in codes for code, codes in pairs], index=table.index)


def _em_levels(table: pd.DataFrame, policy: Policy) -> Pair:
    visits = _billed(table) & table["billed_code"].isin(_levels(policy))
    return _credit(table, policy).where(visits, 0.0), _float(visits)


def _weighted_lines(table: pd.DataFrame, policy: Policy) -> Pair:
    billed = _billed(table)
    return _credit(table, policy).where(billed, 0.0), _float(billed)


def _credit(table: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return full credit without a counted error, part credit where only the level differs."""
    levels = _levels(policy)
    credit = _float(~counted_errors(table, policy))
    pairs = table.loc[table["kind_code"], ["billed_code", "agreed_codes"]]
    for row, billed, agreed in pairs.itertuples():
        visits = [code for code in agreed if code in levels]
        if billed in levels and len(visits) == 1:
            credit.loc[row] = _level_credit(levels[billed], levels[visits[0]], policy)
    return credit


def _levels(policy: Policy) -> Mapping[str, tuple[str, int]]:
    return {code: (name, int(code[-1])) for name, codes in policy.series.items() for code in codes}


def _level_credit(billed: tuple[str, int], agreed: tuple[str, int], policy: Policy) -> float:
    off = abs(billed[1] - agreed[1])
    if billed[0] != agreed[0] or off >= len(policy.levels_off):
        return 0.0
    return policy.levels_off[off]


def _dollars_gross(table: pd.DataFrame, _policy: Policy) -> Pair:
    return table["billed_dollars"] - table["dollars"].abs(), table["billed_dollars"]


def _dollars_net(table: pd.DataFrame, _policy: Policy) -> Pair:
    return table["dollars"], table["billed_dollars"]


def _rvu_gross(table: pd.DataFrame, _policy: Policy) -> Pair | None:
    if not {"billed_rvu", "agreed_rvu"} <= set(table.columns):
        return None
    billed, agreed = table["billed_rvu"].fillna(0.0), table["agreed_rvu"].fillna(0.0)
    return billed - (billed - agreed).abs(), billed


def _direction_lines(table: pd.DataFrame, policy: Policy) -> Pair:
    hit = table["in_error"] & (table["direction"] == policy.direction)
    return _float(hit), _float(~_none(table))


def _direction_dollars(table: pd.DataFrame, policy: Policy) -> Pair:
    sign = 1.0 if policy.direction == "over" else -1.0
    return (sign * table["dollars"]).clip(lower=0.0), table["billed_dollars"]


def _improper_payment(table: pd.DataFrame, _policy: Policy) -> Pair:
    return table["dollars"].abs(), paid(table)


def _net_payment(table: pd.DataFrame, _policy: Policy) -> Pair:
    return table["dollars"], paid(table)


def paid(table: pd.DataFrame) -> pd.Series:
    """Return dollars paid; where the table has none, the billed dollars that were priced."""
    return table["paid_dollars"].fillna(0.0) if "paid_dollars" in table else table["billed_dollars"]


def _billed(table: pd.DataFrame) -> pd.Series:
    return table["line"].notna()


def _none(table: pd.DataFrame) -> pd.Series:
    return pd.Series(False, index=table.index)


def _float(flags: pd.Series) -> pd.Series:
    return flags.astype("float64")


FORMULAS: Mapping[str, Callable[[pd.DataFrame, Policy], Pair | None]] = {
    "encounters": _encounters,
    "lines": _lines,
    "codes_reviewer": _codes_reviewer,
    "codes_union": _codes_union,
    "em_levels": _em_levels,
    "weighted_lines": _weighted_lines,
    "dollars_gross": _dollars_gross,
    "dollars_net": _dollars_net,
    "rvu_gross": _rvu_gross,
    "direction_lines": _direction_lines,
    "direction_dollars": _direction_dollars,
    "improper_payment": _improper_payment,
    "net_payment": _net_payment,
}
