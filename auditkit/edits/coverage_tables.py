"""The reference tables of the coverage edit: articles of a state, their codes and diagnoses."""

import pandas as pd
import pyarrow as pa

from auditkit.edits.editions import Reference

DATED = pa.schema([("first_day", pa.date32()), ("last_day", pa.date32()), ("edition", pa.string())])


def _coverage_table(reference: Reference, table: str) -> pd.DataFrame:
    """Return a table of the coverage editions for the articles of the state asked for."""
    found = []
    for one in reference.windows("coverage"):
        states = reference.store.table(one.edition.id, "state").to_pandas()
        wanted = states.loc[states["state"] == reference.state, ["article", "version"]]
        rows = reference.store.table(one.edition.id, table).to_pandas()
        found.append(
            rows.merge(wanted, on=["article", "version"]).assign(
                edition=one.edition.id, window_first=one.first_day, window_last=one.last_day
            )
        )
    return pd.concat(found) if found else pd.DataFrame()


def coverage_codes(reference: Reference) -> pa.Table:
    """Return the codes of the state's articles, with the days on which both are in force."""
    schema = pa.schema(
        [
            ("code", pa.string()),
            ("article", pa.string()),
            ("version", pa.int32()),
            *list(DATED),
        ]
    )
    codes, articles = _coverage_table(reference, "code"), _coverage_table(reference, "article")
    if codes.empty or articles.empty:
        return schema.empty_table()
    rows = codes[codes["code"].isin(reference.codes.to_pylist())].merge(
        articles, on=["article", "version", "edition", "window_first", "window_last"]
    )
    rows["first_day"] = rows[["first_day", "window_first"]].max(axis=1)
    rows["last_day"] = rows[["last_day", "window_last"]].min(axis=1)
    return pa.Table.from_pandas(
        rows[schema.names].drop_duplicates(), schema=schema, preserve_index=False
    )


def coverage_groups(reference: Reference) -> pa.Table:
    """Return the groups of diagnoses that an article links to each code, and on what basis."""
    schema = pa.schema(
        [
            ("article", pa.string()),
            ("version", pa.int32()),
            ("code", pa.string()),
            ("diagnosis_group", pa.string()),
            ("covered", pa.bool_()),
            ("basis", pa.string()),
        ]
    )
    codes, links = _coverage_table(reference, "code"), _coverage_table(reference, "link")
    if codes.empty or links.empty:
        return schema.empty_table()
    rows = codes[codes["code"].isin(reference.codes.to_pylist())].merge(
        links.rename(columns={"code_group": "linked"}), on=["article", "version", "edition"]
    )
    rows = rows[rows["linked"].isna() | (rows["linked"] == rows["code_group"])]
    return pa.Table.from_pandas(
        rows[schema.names].drop_duplicates(), schema=schema, preserve_index=False
    )


def coverage_diagnoses(reference: Reference) -> pa.Table:
    """Return the diagnoses, as billed, of each group."""
    schema = pa.schema(
        [
            ("article", pa.string()),
            ("version", pa.int32()),
            ("diagnosis_group", pa.string()),
            ("covered", pa.bool_()),
            ("dx", pa.string()),
        ]
    )
    rows = _coverage_table(reference, "diagnosis")
    if rows.empty:
        return schema.empty_table()
    rows = rows[rows["diagnosis"].isin(reference.diagnoses.to_pylist())]
    rows = rows.rename(columns={"diagnosis": "dx"})[schema.names].drop_duplicates()
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
