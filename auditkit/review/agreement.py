"""How well readers agree: by family and element, over time, and what it does to the error rate.

The engine's or a model's suggestions are one more reader: :func:`engine_readings` gives them in
the same form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from auditkit.model import Verdict
from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.notation import service_of
from auditkit.review.state import Key, State, judgements
from auditkit.stats import binomial
from auditkit.stats._check import StatisticsError
from auditkit.stats.agreement import (
    cohen_kappa,
    cross_table,
    gwet_ac1,
    raw_agreement,
    reader_error_band,
)
from auditkit.stats.result import Estimate

#: What two readings of a line are compared on; `em_level` only where both are office visits.
ELEMENTS = ("in_error", "verdict", "direction", "code", "modifiers", "units", "em_level")

#: A supported line that was not billed and that a reader did not find.
NOT_FOUND = "not found"

_COLUMNS = ["encounter_id", "slot", "reader", "at", "family", *ELEMENTS]
_VISITS = {f"992{n:02}": n % 10 for n in (*range(2, 6), *range(11, 16))}


def readings(state: State, read: int, line_results: pd.DataFrame) -> pd.DataFrame:
    """Return the first or second reading of every line.

    Args:
        state: The review.
        read: 1 or 2.
        line_results: The engine's comparison, for the codes of each line and for the billed
            line where a reader supports it.

    Returns:
        encounter_id, slot, reader, at and family (of the service), then one column per element.
    """
    records = state.first if read == 1 else state.second
    known = {_key(row): row for row in line_results.to_dict("records")}
    rows = [_reading(key, record, event, known) for key, record, event in judgements(records)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def engine_readings(line_results: pd.DataFrame, name: str = "engine") -> pd.DataFrame:
    """Return the engine's comparison in the form of :func:`readings`."""
    rows = []
    for row in line_results.to_dict("records"):
        agreed = {name: row[f"agreed_{name}"] for name in ("code", "modifiers", "units")}
        rows.append(
            {
                "encounter_id": row["encounter_id"],
                "slot": _key(row)[1],
                "reader": name,
                "at": pd.NaT,
                "family": service_of(row["billed_code"], row["agreed_code"]),
                **_elements(row["verdict"], row["direction"], agreed),
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def agreement_table(one: pd.DataFrame, two: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return how far two readings agree, over all lines and by family, for each element.

    Only encounters in both readings count, and of these the lines that both judged; a supported
    line not billed that only one of them found counts as a disagreement.

    Args:
        one: Readings, see :func:`readings`.
        two: Readings of the same encounters by others.
        level: Confidence level of the limits.

    Returns:
        family (`all` first), element, statistic (`raw`, `kappa`, `kappa_linear` for levels,
        `ac1`), n, value, lower, upper, note. A value that is not defined is empty and `note`
        says why.
    """
    pairs = _pairs(one, two)
    families = ["all", *sorted(pairs["family"].dropna().unique())]
    rows = []
    for family in families:
        part = pairs if family == "all" else pairs[pairs["family"] == family]
        for element in ELEMENTS:
            both = part[[f"{element}_one", f"{element}_two"]]
            both = both.dropna() if element == "em_level" else both.fillna("")
            rows += [
                {"family": family, "element": element, **row}
                for row in _statistics(both, element, level)
            ]
    columns = ["family", "element", "statistic", "n", "value", "lower", "upper", "note"]
    return pd.DataFrame(rows, columns=columns)


def drift(read: pd.DataFrame, other: pd.DataFrame | None = None, every: str = "M") -> pd.DataFrame:
    """Return each reader's share of lines found in error, period by period.

    Args:
        read: Readings.
        other: Readings by others of a share of the same lines, for the agreement of each period.
        every: A pandas period, `M` for months, `W` for weeks, `Q` for quarters.

    Returns:
        reader, period, lines, in_error, share, lower, upper (Clopper-Pearson, 99.73 %),
        all_readers (the share over everything), apart (whether that share lies outside the
        limits), read_twice and agreed (lines that the others read too, and agreed on).

    Families read differ between periods; a reader who stands apart is a question, not a verdict.
    """
    timed = read.dropna(subset=["at"]).copy()
    at = pd.to_datetime(timed["at"], utc=True).dt.tz_localize(None)
    timed["period"] = at.dt.to_period(every).astype("str")
    if other is not None:
        theirs = other[["encounter_id", "slot", "verdict"]].rename(columns={"verdict": "theirs"})
        timed = timed.merge(theirs, on=["encounter_id", "slot"], how="left")
        timed["twice"] = timed["theirs"].notna()
        timed["agreed"] = timed["twice"] & (timed["theirs"] == timed["verdict"])
    else:
        timed["twice"] = timed["agreed"] = False
    timed["wrong"] = timed["in_error"] == "yes"
    table = (
        timed.groupby(["reader", "period"])
        .agg(
            lines=("wrong", "size"),
            in_error=("wrong", "sum"),
            read_twice=("twice", "sum"),
            agreed=("agreed", "sum"),
        )
        .reset_index()
    )
    everyone = float(timed["wrong"].mean()) if len(timed) else float("nan")
    limits = [
        binomial.clopper_pearson(x, n, 0.9973)
        for x, n in zip(table["in_error"], table["lines"], strict=True)
    ]
    table = table.assign(
        share=table["in_error"] / table["lines"],
        lower=[low for low, _ in limits],
        upper=[high for _, high in limits],
        all_readers=everyone,
    )
    table["apart"] = (table["all_readers"] < table["lower"]) | (
        table["all_readers"] > table["upper"]
    )
    names = ["reader", "period", "lines", "in_error", "share", "lower", "upper"]
    return table[[*names, "all_readers", "apart", "read_twice", "agreed"]]


def rate_sensitivity(
    one: pd.DataFrame, two: pd.DataFrame, read: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Return what the line error rate would be if readers never erred, by kind of reader error.

    Args:
        one: First readings of the double-read share.
        two: Second readings of it.
        read: First readings of the whole sample, which give the rate reported.
        level: Confidence level of the limits of the disagreement.

    Returns:
        kind (`false_findings`, `misses`, `both`), observed (the rate reported), corrected (at
        the disagreement found), and at_lower and at_upper (at the limits of the disagreement);
        empty where that kind of error alone cannot explain so much disagreement.
    """
    pairs = _pairs(one, two)
    if pairs.empty:
        raise StatisticsError("two", "has no line that both readers read; double-read a share.")
    apart = int((pairs["in_error_one"] != pairs["in_error_two"]).sum())
    low, high = binomial.clopper_pearson(apart, len(pairs), level)
    observed = float((read["in_error"] == "yes").mean())
    bands = [reader_error_band(observed, each) for each in (apart / len(pairs), low, high)]
    rows = [
        {"kind": kind, "observed": observed, **dict(zip(_BAND, values, strict=True))}
        for kind in bands[0]
        for values in [[band[kind] for band in bands]]
    ]
    return pd.DataFrame(rows)


_BAND = ("corrected", "at_lower", "at_upper")


def _key(row: Mapping[Any, Any]) -> Key:
    return str(row["encounter_id"]), e.slot_of(row)


def _reading(
    key: Key, record: Record, event: e.Judgement, known: Mapping[Key, Mapping[Any, Any]]
) -> dict[str, Any]:
    row = known.get(key, {})
    agreed: dict[str, Any] = dict.fromkeys(("code", "modifiers", "units"))
    if event.agreed:
        agreed = {
            "code": " + ".join(line.code for line in event.agreed),
            "modifiers": " ".join(m for line in event.agreed for m in line.modifiers),
            "units": sum(line.units for line in event.agreed),
        }
    elif event.verdict is Verdict.SUPPORTED:
        agreed = {name: row.get(f"billed_{name}") for name in agreed}
    return {
        "encounter_id": key[0],
        "slot": key[1],
        "reader": record.by,
        "at": record.at,
        "family": service_of(row.get("billed_code"), row.get("agreed_code") or agreed["code"]),
        **_elements(event.verdict.value, event.direction.value, agreed),
    }


def _elements(verdict: str, direction: str, agreed: Mapping[str, Any]) -> dict[str, Any]:
    code, modifiers = _text(agreed["code"]), _text(agreed["modifiers"])
    return {
        "in_error": "no" if verdict == Verdict.SUPPORTED.value else "yes",
        "verdict": verdict,
        "direction": direction,
        "code": code,
        "modifiers": " ".join(sorted(modifiers.replace(",", " ").replace("+", " ").split())),
        "units": f"{float(agreed['units']):g}" if _text(agreed["units"]) else "",
        "em_level": _VISITS.get(code),
    }


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _pairs(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the encounters in both readings, side by side."""
    shared = set(one["encounter_id"]) & set(two["encounter_id"])
    mine, theirs = (each[each["encounter_id"].isin(shared)] for each in (one, two))
    pairs = mine.merge(
        theirs, on=["encounter_id", "slot"], how="outer", suffixes=("_one", "_two"), indicator=True
    )
    both = pairs["_merge"] == "both"
    unbilled = pairs["slot"].str.startswith("+")
    pairs = pairs[both | unbilled].copy()
    for side in ("one", "two"):
        absent = pairs[f"verdict_{side}"].isna()
        pairs.loc[absent, f"verdict_{side}"] = NOT_FOUND
        pairs.loc[absent, f"in_error_{side}"] = "no"
    family = pairs["family_one"].fillna(pairs["family_two"])
    return pairs.assign(family=family.mask(family == ""))


def _statistics(both: pd.DataFrame, element: str, level: float) -> Iterable[dict[str, Any]]:
    first, second = (both.iloc[:, side].tolist() for side in (0, 1))
    if not first:
        if element != "em_level":
            yield _empty("raw", 0, "no line was read by both")
        return
    categories = _categories(first, second, element)
    table = cross_table(first, second, categories)
    wanted: dict[str, Callable[[], Estimate]] = {
        "raw": lambda: raw_agreement(table, level=level),
        "kappa": lambda: cohen_kappa(table, level=level),
        "ac1": lambda: gwet_ac1(table, level=level),
    }
    if element == "em_level":
        wanted["kappa_linear"] = lambda: cohen_kappa(table, weights="linear", level=level)
    for name, compute in wanted.items():
        try:
            found = compute()
        except StatisticsError as error:
            yield _empty(name, len(first), str(error))
            continue
        yield {
            "statistic": name,
            "n": len(first),
            "value": found.point,
            "lower": max(found.lower, -1.0),
            "upper": min(found.upper, 1.0),
            "note": " ".join(found.warnings),
        }


def _empty(statistic: str, n: int, note: str) -> dict[str, Any]:
    nan = float("nan")
    return {"statistic": statistic, "n": n, "value": nan, "lower": nan, "upper": nan, "note": note}


def _categories(first: Sequence[Any], second: Sequence[Any], element: str) -> list[Any]:
    """Return the categories in use, at least two; for levels every one between the extremes."""
    used = sorted({*first, *second})
    if element == "em_level":
        used = list(range(int(used[0]), int(used[-1]) + 1))
    return used if len(used) > 1 else [*used, "(none)"]
