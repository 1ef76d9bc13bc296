"""The five core edits as a careful analyst would write them in pandas and in Polars.

They read the claims and the editions from Parquet, find the same signals as the screening and
return how many of each. No line of these universes is voided; replaced claims are set aside.
"""

from pathlib import Path

import pandas as pd
import polars as pl

from auditkit.edits import packs
from auditkit.edits.editions import windows
from auditkit.reference import Store

COLUMNS = [
    "claim_id",
    "line",
    "patient_key",
    "rendering_npi",
    "billing_npi",
    "rendering_taxonomy",
    "dos_from",
    "code",
    "mod1",
    "units",
    "received_date",
    "frequency_code",
]
DAY = ["patient_key", "dos_from"]
SAME = [*DAY, "rendering_npi", "code"]
NCCI = set(packs.modifier_dates("ncci"))
DISTINGUISHING = set(packs.modifier_dates("distinguishing"))
EITHER_COLUMN_FROM = pd.Timestamp("2019-07-01")


def _editions(store: Path, kind: str) -> pd.DataFrame:
    """Return all editions of a kind with the days on which each answers."""
    held = Store(store)
    return pd.concat(
        [
            held.table(one.edition.id, kind)
            .to_pandas()
            .assign(
                window_first=pd.Timestamp(one.first_day), window_last=pd.Timestamp(one.last_day)
            )
            for one in windows(held, kind)
        ]
    )


def with_pandas(lines: Path, store: Path) -> dict[str, int]:
    """Return how many signals each of the five edits gives, with pandas."""
    frame = pd.read_parquet(lines, columns=COLUMNS)
    frame["dos_from"] = pd.to_datetime(frame["dos_from"])
    frame["received_date"] = pd.to_datetime(frame["received_date"])
    billed = frame.groupby(["rendering_npi", "billing_npi", "rendering_taxonomy"]).size()
    billed = billed.rename("lines").reset_index()
    billed.columns = ["rendering", "billing", "taxonomy", "lines"]
    parties = packs.providers(billed).rename(
        columns={"rendering": "rendering_npi", "billing": "billing_npi"}
    )
    later = frame[frame["frequency_code"] == "7"].drop_duplicates("claim_id")
    keys = ["patient_key", "rendering_npi", "dos_from"]
    both = frame[["claim_id", "received_date", *keys]].merge(later, on=keys, suffixes=("", "_new"))
    gone = both[
        (both["claim_id"] != both["claim_id_new"])
        & (
            (both["received_date_new"] > both["received_date"])
            | (
                (both["received_date_new"] == both["received_date"])
                & (both["claim_id_new"] > both["claim_id"])
            )
        )
    ]["claim_id"]
    frame = frame[~frame["claim_id"].isin(gone)]
    frame = frame.merge(
        parties[["rendering_npi", "billing_npi", "party"]], on=["rendering_npi", "billing_npi"]
    )
    frame["id"] = range(len(frame))
    frame["ncci"] = frame["mod1"].isin(NCCI)
    return {
        "PTP": _pandas_pairs(frame, store),
        **_pandas_units(frame, store),
        "GLOBAL": _pandas_periods(frame, store),
        "DUPLICATE": _pandas_repeats(frame),
    }


def _pandas_pairs(frame: pd.DataFrame, store: Path) -> int:
    edits = _editions(store, "ptp")
    edits = edits[edits["modifier_indicator"] != "9"]
    edits["last_day"] = pd.to_datetime(edits["last_day"]).fillna(edits["window_last"])
    edits["first_day"] = pd.to_datetime(edits["first_day"])
    edits[["column1", "column2"]] = edits[["column1", "column2"]].astype("str")
    narrow = frame[["id", "patient_key", "dos_from", "code", "rendering_npi", "party", "ncci"]]
    pairs = narrow.merge(narrow, on=DAY, suffixes=("_1", "_2"))
    pairs = pairs[
        (pairs["id_1"] != pairs["id_2"])
        & (
            (pairs["rendering_npi_1"] == pairs["rendering_npi_2"])
            | (pairs["party_1"] == pairs["party_2"])
        )
    ]
    hits = pairs.merge(
        edits[["column1", "column2", "first_day", "last_day", "modifier_indicator"]],
        left_on=["code_1", "code_2"],
        right_on=["column1", "column2"],
    )
    hits = hits[(hits["dos_from"] >= hits["first_day"]) & (hits["dos_from"] <= hits["last_day"])]
    either = hits["ncci_2"] | (hits["ncci_1"] & (hits["dos_from"] >= EITHER_COLUMN_FROM))
    return int(((hits["modifier_indicator"] == "0") | ~either).sum())


def _pandas_units(frame: pd.DataFrame, store: Path) -> dict[str, int]:
    table = _editions(store, "mue").rename(columns={"value": "allowed"})
    narrow = frame[["id", *SAME, "units"]].merge(
        table[["code", "allowed", "mai", "window_first", "window_last"]], on="code"
    )
    narrow = narrow[
        (narrow["dos_from"] >= narrow["window_first"])
        & (narrow["dos_from"] <= narrow["window_last"])
    ]
    by_line = narrow[(narrow["mai"] == "1") & (narrow["units"] > narrow["allowed"])]
    by_day = narrow[narrow["mai"] != "1"]
    total = by_day.groupby(SAME)["units"].transform("sum")
    return {"MUE-LINE": len(by_line), "MUE-DAY": int((total > by_day["allowed"]).sum())}


def _pandas_periods(frame: pd.DataFrame, store: Path) -> int:
    table = _editions(store, "pfs")
    table = table[table["modifier"] == ""]
    surgical = set(table.loc[table["global_days"].isin(["000", "010", "090"]), "code"])
    narrow = frame[["id", "patient_key", "dos_from", "code", "rendering_npi", "party", "mod1"]]
    surgeries = narrow[narrow["mod1"] != "78"].merge(
        table.loc[
            table["global_days"].isin(["000", "010", "090"]),
            ["code", "global_days", "window_first", "window_last"],
        ],
        on="code",
    )
    surgeries = surgeries[
        (surgeries["dos_from"] >= surgeries["window_first"])
        & (surgeries["dos_from"] <= surgeries["window_last"])
    ]
    days = surgeries["global_days"].map({"000": 0, "010": 10, "090": 90})
    surgeries["first"] = surgeries["dos_from"] - pd.to_timedelta((days == 90).astype(int), unit="D")
    surgeries["last"] = surgeries["dos_from"] + pd.to_timedelta(days, unit="D")
    visits = packs.pack("codes")["visit"]["ranges"]
    billed = narrow["code"].unique().tolist()
    is_visit = dict(zip(billed, packs.in_ranges(billed, visits), strict=True))
    services = narrow.assign(visit=narrow["code"].map(is_visit))
    services = services[services["visit"] | services["code"].isin(surgical)]
    both = surgeries.merge(services, on="patient_key", suffixes=("_s", ""))
    both = both[
        (both["dos_from"] >= both["first"])
        & (both["dos_from"] <= both["last"])
        & (both["id"] != both["id_s"])
        & ((both["rendering_npi"] == both["rendering_npi_s"]) | (both["party"] == both["party_s"]))
    ]
    after, on_day = both["dos_from"] > both["dos_from_s"], both["dos_from"] == both["dos_from_s"]
    mod, visit = both["mod1"].fillna(""), both["visit"]
    wrong = (
        (visit & after & (mod != "24"))
        | (visit & on_day & (mod != "25") & ~((both["global_days"] == "090") & (mod == "57")))
        | (visit & ~after & ~on_day & ~mod.isin(["57", "24"]))
        | (~visit & after & ~mod.isin(["58", "78", "79"]))
    )
    return int(both.loc[wrong, "id"].nunique())


def _pandas_repeats(frame: pd.DataFrame) -> int:
    again = frame[frame.duplicated(SAME, keep=False)]
    again = again.assign(mod1=again["mod1"].fillna(""))[["claim_id", "line", "mod1", *SAME]]
    pairs = again.merge(again, on=[*SAME, "mod1"], suffixes=("_1", "_2"))
    earlier = (pairs["claim_id_1"] < pairs["claim_id_2"]) | (
        (pairs["claim_id_1"] == pairs["claim_id_2"]) & (pairs["line_1"] < pairs["line_2"])
    )
    return int((earlier & ~pairs["mod1"].isin(DISTINGUISHING)).sum())


def with_polars(lines: Path, store: Path) -> dict[str, int]:
    """Return how many signals each of the five edits gives, with Polars (streaming)."""
    source = pl.scan_parquet(lines / "*.parquet").select(COLUMNS)
    billed = source.group_by(["rendering_npi", "billing_npi", "rendering_taxonomy"]).len()
    frame = billed.collect().to_pandas()
    frame.columns = ["rendering", "billing", "taxonomy", "lines"]
    parties = (
        pl.from_pandas(packs.providers(frame))
        .lazy()
        .select(
            pl.col("rendering").alias("rendering_npi"),
            pl.col("billing").alias("billing_npi"),
            "party",
        )
    )
    keys = ["patient_key", "rendering_npi", "dos_from"]
    later = source.filter(pl.col("frequency_code") == "7").unique("claim_id")
    gone = (
        later.join(source, on=keys, suffix="_old")
        .filter(
            (pl.col("claim_id") != pl.col("claim_id_old"))
            & (
                (pl.col("received_date") > pl.col("received_date_old"))
                | (
                    (pl.col("received_date") == pl.col("received_date_old"))
                    & (pl.col("claim_id") > pl.col("claim_id_old"))
                )
            )
        )
        .select(pl.col("claim_id_old").alias("claim_id"))
        .unique()
    )
    kept = (
        source.join(gone, on="claim_id", how="anti")
        .join(parties, on=["rendering_npi", "billing_npi"])
        .with_row_index("id")
        .with_columns(
            pl.col("mod1").fill_null(""), ncci=pl.col("mod1").is_in(list(NCCI)).fill_null(False)
        )
        .collect(engine="streaming")
        .lazy()
    )
    return {
        "PTP": _polars_pairs(kept, store),
        **_polars_units(kept, store),
        "GLOBAL": _polars_periods(kept, store),
        "DUPLICATE": _polars_repeats(kept),
    }


def _dated(store: Path, kind: str) -> pl.DataFrame:
    frame = pl.from_pandas(_editions(store, kind))
    return frame.with_columns(pl.col("window_first", "window_last").cast(pl.Date))


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())


def _polars_pairs(kept: pl.LazyFrame, store: Path) -> int:
    edits = (
        _dated(store, "ptp")
        .lazy()
        .filter(pl.col("modifier_indicator") != "9")
        .with_columns(
            pl.col("column1", "column2").cast(pl.String),
            pl.col("first_day").cast(pl.Date),
            pl.col("last_day").cast(pl.Date).fill_null(pl.col("window_last")),
        )
    )
    narrow = kept.select("id", *DAY, "code", "rendering_npi", "party", "ncci")
    pairs = narrow.join(narrow, on=DAY, suffix="_2").filter(
        (pl.col("id") != pl.col("id_2"))
        & (
            (pl.col("rendering_npi") == pl.col("rendering_npi_2"))
            | (pl.col("party") == pl.col("party_2"))
        )
    )
    hits = pairs.join(edits, left_on=["code", "code_2"], right_on=["column1", "column2"]).filter(
        pl.col("dos_from").is_between(pl.col("first_day"), pl.col("last_day"))
    )
    either = pl.col("ncci_2") | (pl.col("ncci") & (pl.col("dos_from") >= EITHER_COLUMN_FROM.date()))
    return _count(hits.filter((pl.col("modifier_indicator") == "0") | ~either))


def _polars_units(kept: pl.LazyFrame, store: Path) -> dict[str, int]:
    table = (
        _dated(store, "mue")
        .lazy()
        .rename({"value": "allowed"})
        .select("code", "allowed", "mai", "window_first", "window_last")
    )
    narrow = (
        kept.select("id", *SAME, "units")
        .join(table, on="code")
        .filter(pl.col("dos_from").is_between(pl.col("window_first"), pl.col("window_last")))
    )
    by_line = narrow.filter((pl.col("mai") == "1") & (pl.col("units") > pl.col("allowed")))
    by_day = narrow.filter(pl.col("mai") != "1")
    over = by_day.group_by(SAME).agg(
        pl.sum("units").alias("total"), pl.first("allowed"), pl.len().alias("rows")
    )
    over = over.filter(pl.col("total") > pl.col("allowed")).select(pl.sum("rows"))
    return {
        "MUE-LINE": _count(by_line),
        "MUE-DAY": int(over.collect(engine="streaming").item() or 0),
    }


def _polars_periods(kept: pl.LazyFrame, store: Path) -> int:
    table = (
        _dated(store, "pfs")
        .filter((pl.col("modifier") == "") & pl.col("global_days").is_in(["000", "010", "090"]))
        .select("code", "global_days", "window_first", "window_last")
    )
    surgical = table["code"].unique().to_list()
    seen = kept.select(pl.col("code").unique()).collect()["code"].to_list()
    ranges = packs.pack("codes")["visit"]["ranges"]
    visits = [
        code for code, inside in zip(seen, packs.in_ranges(seen, ranges), strict=True) if inside
    ]
    narrow = kept.select("id", "patient_key", "dos_from", "code", "rendering_npi", "party", "mod1")
    surgeries = (
        narrow.filter(pl.col("mod1") != "78")
        .join(table.lazy(), on="code")
        .filter(pl.col("dos_from").is_between(pl.col("window_first"), pl.col("window_last")))
    )
    days = pl.col("global_days").replace_strict({"000": 0, "010": 10, "090": 90})
    surgeries = surgeries.with_columns(
        first=pl.col("dos_from") - pl.duration(days=(days == 90).cast(pl.Int64)),
        last=pl.col("dos_from") + pl.duration(days=days),
    )
    services = narrow.with_columns(visit=pl.col("code").is_in(visits)).filter(
        pl.col("visit") | pl.col("code").is_in(surgical)
    )
    both = surgeries.join(services, on="patient_key", suffix="_v").filter(
        pl.col("dos_from_v").is_between(pl.col("first"), pl.col("last"))
        & (pl.col("id") != pl.col("id_v"))
        & (
            (pl.col("rendering_npi") == pl.col("rendering_npi_v"))
            | (pl.col("party") == pl.col("party_v"))
        )
    )
    after, on_day = (
        pl.col("dos_from_v") > pl.col("dos_from"),
        (pl.col("dos_from_v") == pl.col("dos_from")),
    )
    mod, visit = pl.col("mod1_v"), pl.col("visit")
    wrong = (
        (visit & after & (mod != "24"))
        | (visit & on_day & (mod != "25") & ~((pl.col("global_days") == "090") & (mod == "57")))
        | (visit & ~after & ~on_day & ~mod.is_in(["57", "24"]))
        | (~visit & after & ~mod.is_in(["58", "78", "79"]))
    )
    return _count(both.filter(wrong).select("id_v").unique())


def _polars_repeats(kept: pl.LazyFrame) -> int:
    again = kept.group_by(SAME).len().filter(pl.col("len") > 1).select(SAME)
    own = kept.select("claim_id", "line", "mod1", *SAME).join(again, on=SAME)
    pairs = own.join(own, on=[*SAME, "mod1"], suffix="_2").filter(
        (pl.col("claim_id") < pl.col("claim_id_2"))
        | ((pl.col("claim_id") == pl.col("claim_id_2")) & (pl.col("line") < pl.col("line_2")))
    )
    return _count(pairs.filter(~pl.col("mod1").is_in(list(DISTINGUISHING))))
