"""Encounters: one patient, one rendering provider, one date of service."""

import hmac
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.errors import InputError
from auditkit.model import Encounter, Line, PriorService

#: How far back a patient's history bears on an encounter: the three years of the definition of
#: a new patient (CPT Evaluation and Management guidelines), the longest look-back of any rule.
HISTORY_YEARS = 3

_KEY = ("patient_key", "rendering_npi", "dos_from")


def encounters(lines: pd.DataFrame, key: bytes = b"") -> pd.DataFrame:
    """Return *lines* with the encounter of each line.

    Two columns come first. `encounter_id` is 16 hexadecimal digits of HMAC-SHA256 under *key*
    of ``patient_key|rendering_npi|dos_from``, so the same encounter has the same id in every
    extract and the id tells nothing of the patient to who has not the key. `encounter_line` is
    unique within the encounter: the line's own number or, where two claims of one encounter
    share a number, its place among the encounter's lines by (claim_id, line).

    Args:
        lines: the claim lines table, one row per billed line.
        key: the secret of the audit; at least 16 bytes where ids leave the practice.

    Raises:
        InputError: if a line has no patient, rendering provider or date of service.
    """
    missing = [name for name in _KEY if name not in lines or lines[name].isna().any()]
    if missing:
        raise InputError(
            f"encounters: {', '.join(missing)} must be filled in every line. Read the claims "
            "with `read_claims`, which checks them."
        )
    digests = _digests(_identities(lines), key)
    result = lines.reset_index(drop=True)
    result.insert(0, "encounter_id", digests)
    result.insert(1, "encounter_line", _encounter_lines(result))
    return result


def _identities(lines: pd.DataFrame) -> pa.DictionaryArray:
    """Return patient, provider and date of every line as one text each, coded by its values."""
    day = pd.to_datetime(lines["dos_from"]).to_numpy().astype("datetime64[D]")
    days, codes = np.unique(day, return_inverse=True)
    dates = pa.DictionaryArray.from_arrays(codes, pa.array(days.astype(str).tolist()))
    joined = pc.binary_join_element_wise(
        pa.array(lines["patient_key"], pa.string()),
        pa.array(lines["rendering_npi"], pa.string()),
        dates.cast(pa.string()),
        "|",
    )
    whole = joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
    return whole.dictionary_encode()


def _digests(identities: pa.DictionaryArray, key: bytes) -> pd.Series:
    """Return 16 hexadecimal digits for each identity; each distinct one is hashed once."""
    digest = hmac.digest
    distinct = [
        digest(key, text.encode(), "sha256").hex()[:16]
        for text in identities.dictionary.to_pylist()
    ]
    return pc.take(pa.array(distinct, pa.string()), identities.indices).to_pandas()


def _encounter_lines(lines: pd.DataFrame) -> pd.Series:
    """Return a number for each line that no other line of its encounter has."""
    shared = lines.duplicated(["encounter_id", "line"], keep=False)
    numbers = lines["line"].copy()
    if shared.any():
        clashing = lines[lines["encounter_id"].isin(lines.loc[shared, "encounter_id"])]
        ordered = clashing.sort_values(["claim_id", "line"], kind="stable")
        numbers.loc[ordered.index] = ordered.groupby("encounter_id").cumcount() + 1
    return numbers


def encounter_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per encounter of *lines*, the result of `encounters`.

    Columns: encounter_id, rendering_npi, dos, payer (several joined by "; "), n_lines, charge,
    allowed, paid (dollars over the encounter's lines, missing where no line has the amount) and
    codes (sorted, each once, separated by spaces). Rows are in the order of encounter_id.
    """
    needed = ["encounter_id", "rendering_npi", "dos_from", "payer", "code"]
    given = lines[[*needed, "charge", "allowed", "paid"]]
    # Money is added as whole cents, so the sum is the same in any order of the rows.
    money = ", ".join(
        f"sum(CAST(round({name} * 100) AS BIGINT)) / 100.0 AS {name}"
        for name in ("charge", "allowed", "paid")
    )
    with duckdb.connect() as connection:
        connection.execute("SET autoinstall_known_extensions = false")
        connection.register("given", pa.Table.from_pandas(given, preserve_index=False))
        table = connection.sql(
            "SELECT encounter_id, min(rendering_npi) AS rendering_npi, "
            "CAST(min(dos_from) AS TIMESTAMP) AS dos, "
            "string_agg(DISTINCT payer, '; ' ORDER BY payer) AS payer, "
            f"count(*) AS n_lines, {money}, "
            "string_agg(DISTINCT code, ' ' ORDER BY code) AS codes "
            "FROM given GROUP BY encounter_id ORDER BY encounter_id"
        ).to_arrow_table()
    return table.to_pandas()


def to_model(lines: pd.DataFrame, universe: pd.DataFrame | None = None) -> list[Encounter]:
    """Return the encounters of *lines* as values, in the order of encounter_id.

    Args:
        lines: every line of the wanted encounters, the result of `encounters`.
        universe: the claim lines from which each patient's history is taken: services on
            earlier dates within three years before the date of service. None gives no history.

    A history service is one of the same group when its billing NPI is the encounter's; its
    specialty is its taxonomy code. Lines of voided claims (frequency 8) are no services.
    """
    history = _history(lines, universe)
    made = []
    for encounter_id, rows in _groups(lines.sort_values(["encounter_id", "encounter_line"])):
        first = rows[0]
        prior = history.get(first["patient_key"], [])
        made.append(_encounter(encounter_id, rows, prior))
    return made


def _encounter(encounter_id: str, rows: list[dict], prior: list[dict]) -> Encounter:
    """Return one encounter from its lines and the services of its patient."""
    first = rows[0]
    dos = first["dos_from"].date()
    return Encounter(
        encounter_id=encounter_id,
        dos=dos,
        payer=_text(first["payer"]) or "",
        rendering_npi=first["rendering_npi"],
        lines=tuple(_line(row) for row in rows),
        billing_npi=_text(first["billing_npi"]),
        rendering_taxonomy=_text(first["rendering_taxonomy"]),
        pos=first["pos"],
        birth_date=_day(first["patient_birth_date"]),
        sex=_text(first["patient_sex"]),
        received_date=_day(first["received_date"]),
        frequency_code=_text(first["frequency_code"]) or "1",
        history=tuple(
            _prior(row, first["billing_npi"])
            for row in prior
            if _years_before(dos, HISTORY_YEARS) <= row["dos_from"].date() < dos
        ),
    )


def _line(row: dict) -> Line:
    """Return one billed line, its diagnoses in the order of its pointers."""
    listed = [_text(row.get(f"dx{number}")) for number in range(1, 13)]
    pointers = _text(row.get("dx_pointers"))
    wanted = [listed[int(pointer) - 1] for pointer in pointers.split(",")] if pointers else listed
    modifiers = [_text(row.get(f"mod{number}")) for number in range(1, 5)]
    return Line(
        number=int(row["encounter_line"]),
        code=row["code"],
        modifiers=tuple(modifier for modifier in modifiers if modifier),
        units=_decimal(row["units"]),
        diagnoses=tuple(diagnosis for diagnosis in wanted if diagnosis),
        dos=row["dos_from"].date(),
        pos=row["pos"],
        charge=_cents(row["charge"]),
        allowed=_cents(row["allowed"]),
        paid=_cents(row["paid"]),
        claim_id=row["claim_id"],
    )


def _prior(row: dict, billing_npi: str) -> PriorService:
    """Return a line of the patient's history as a prior service."""
    modifiers = [_text(row.get(f"mod{number}")) for number in range(1, 5)]
    return PriorService(
        dos=row["dos_from"].date(),
        code=row["code"],
        npi=row["rendering_npi"],
        specialty=_text(row["rendering_taxonomy"]),
        same_group=bool(row["billing_npi"] == billing_npi),
        face_to_face=not _is_remote(row["code"]),
        modifiers=tuple(modifier for modifier in modifiers if modifier),
        units=_decimal(row["units"]),
        claim_id=row["claim_id"],
    )


def _is_remote(code: str) -> bool:
    """Return whether a code is radiology, pathology or laboratory, done without the patient.

    CPT Evaluation and Management guidelines count only face-to-face services of the last three
    years when a patient is new; interpreting a test is not one.
    """
    return code[:1] in ("7", "8") and code[:4].isdigit()


def _history(lines: pd.DataFrame, universe: pd.DataFrame | None) -> dict[str, list[dict]]:
    """Return the services of the patients of *lines*, oldest first."""
    if universe is None or lines.empty:
        return {}
    earliest = lines["dos_from"].min() - pd.DateOffset(years=HISTORY_YEARS)
    mask = universe["patient_key"].isin(lines["patient_key"].unique())
    mask &= (universe["dos_from"] >= earliest) & (universe["dos_from"] < lines["dos_from"].max())
    mask &= universe["frequency_code"].fillna("1") != "8"
    found = universe[mask].sort_values(["patient_key", "dos_from", "claim_id", "line"])
    return dict(_groups(found, "patient_key"))


def _groups(lines: pd.DataFrame, by: str = "encounter_id") -> Iterator[tuple[str, list[dict]]]:
    """Yield each value of *by* with its rows as dictionaries; *lines* are sorted by it."""
    rows: list[dict] = []
    for row in lines.to_dict("records"):
        if rows and row[by] != rows[0][by]:
            yield rows[0][by], rows
            rows = []
        rows.append(row)
    if rows:
        yield rows[0][by], rows


def _years_before(day: date, years: int) -> date:
    """Return the same day *years* earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _text(value: Any) -> str | None:
    """Return a cell as text, or None where it is missing."""
    return None if pd.isna(value) else str(value)


def _day(value: Any) -> date | None:
    """Return a cell as a date, or None where it is missing."""
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _cents(value: Any) -> Decimal | None:
    """Return an amount as dollars with two decimals, or None where it is missing."""
    return None if pd.isna(value) else Decimal(f"{float(value):.2f}")


def _decimal(value: Any) -> Decimal:
    """Return units as the shortest decimal, such as 1 or 0.5."""
    return Decimal(f"{float(value):g}") if float(value) < 1e6 else Decimal(int(float(value)))
