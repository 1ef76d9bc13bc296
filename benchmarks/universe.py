"""A synthetic universe of claim lines and the editions to screen it against, in bounded memory.

Three lines an encounter on average (at most 14), 8,000 codes, 225 edits per column 1 code of which
30 % have ended, a MUE and a global period for every code. Nothing in it is real.
"""

import math
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditkit.reference import Store

CODES = 8_000
PAIRS = 1_800_000
VISITS = [f"{code}" for code in (*range(99202, 99206), *range(99211, 99216), *range(99221, 99224))]
PROVIDERS, GROUPS = 2_000, 300
TAXONOMIES = ("207N00000X", "207ND0101X", "363A00000X", "207ND0900X", "363L00000X")
MODIFIERS = ("25", "59", "RT", "LT", "XS", "76", "24", "79", "51", "GA")
DIAGNOSES = ("L57.0", "C44.311", "D22.5", "L82.1", "B07.8", "L70.0", "L20.9", "D48.5", "C44.519")
PAYERS = ("MEDICARE_B", "COMMERCIAL_A", "COMMERCIAL_B")
CHUNK = 1_000_000


def codes() -> np.ndarray:
    """Return the code numbers of the universe."""
    others = [f"{10_000 + at * 11:05d}" for at in range(CODES)]
    kept = [code for code in others if code not in VISITS][: CODES - len(VISITS)]
    return np.array(sorted([*kept, *VISITS]))


def npis(count: int, start: int) -> np.ndarray:
    """Return *count* provider numbers with valid check digits."""
    found = []
    for body in range(start, start + count):
        digits = [int(one) for one in f"80840{body:09d}"]
        doubled = [
            one * 2 - 9 * (one > 4) if at % 2 == 0 else one
            for at, one in enumerate(reversed(digits))
        ]
        found.append(f"{body:09d}{-sum(doubled) % 10}")
    return np.array(found)


def write_lines(folder: Path, lines: int, seed: int = 1) -> None:
    """Write *lines* claim lines as a folder of Parquet, a chunk at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    patients = max(lines // 15, 1)
    made = claims = 0
    for part in range(math.ceil(lines / CHUNK) * 2):
        if made >= lines:
            break
        table = _chunk(rng, min(CHUNK, lines - made), patients, claims)
        pq.write_table(table, folder / f"part-{part:04d}.parquet")
        made += table.num_rows
        claims += CHUNK


def _chunk(rng: np.random.Generator, lines: int, patients: int, claims: int) -> pa.Table:
    """Return one chunk; an encounter is one claim."""
    encounters = lines // 3 + 1
    per = np.minimum(rng.geometric(1 / 3, encounters), 14)
    of = np.repeat(np.arange(encounters), per)[:lines]
    size = len(of)
    number = np.arange(size) - np.searchsorted(of, of) + 1
    patient = rng.integers(0, patients, encounters)
    group = patient % GROUPS
    provider = (group * 6 + rng.integers(0, 6, encounters)) % PROVIDERS
    day = (np.datetime64("2024-01-01") + rng.integers(0, 366, encounters)).astype("datetime64[ms]")
    billed = codes()
    listed = {
        "claim_id": np.char.add(
            "C", np.char.zfill((claims + np.arange(encounters)).astype(str), 9)
        ),
        "patient_key": np.char.add("P", np.char.zfill(patient.astype(str), 8)),
        "rendering_npi": npis(PROVIDERS, 100_000_000)[provider],
        "billing_npi": npis(GROUPS, 150_000_000)[group],
        "rendering_taxonomy": np.array(TAXONOMIES)[provider % len(TAXONOMIES)],
        "payer": np.array(PAYERS)[rng.integers(0, len(PAYERS), encounters)],
        "frequency_code": np.where(rng.random(encounters) < 0.01, "7", "1"),
        "dx1": np.array(DIAGNOSES)[rng.integers(0, len(DIAGNOSES), encounters)],
        "dx2": np.array(DIAGNOSES)[rng.integers(0, len(DIAGNOSES), encounters)],
    }
    columns = {name: pa.array(values[of]) for name, values in listed.items()}
    plain = pa.array(np.array(MODIFIERS)[rng.integers(0, len(MODIFIERS), size)])
    charge = np.round(rng.gamma(2, 60, size), 2)
    dates = pa.array(day[of]).cast(pa.date32())
    nothing = pa.nulls(size, pa.string())
    return pa.table(
        {
            **columns,
            "line": number.astype("int64"),
            "dos_from": dates,
            "dos_to": dates,
            "pos": pa.array(np.where(rng.random(size) < 0.9, "11", "22")),
            "code": pa.array(billed[rng.integers(0, len(billed), size)]),
            "mod1": pc.if_else(pa.array(rng.random(size) < 0.25), plain, nothing),
            "mod2": nothing,
            "mod3": nothing,
            "mod4": nothing,
            "units": np.where(rng.random(size) < 0.85, 1, rng.integers(2, 8, size)).astype(float),
            "dx_pointers": pa.array(np.where(rng.random(size) < 0.8, "1", "1,2")),
            "charge": charge,
            "allowed": charge * 0.5,
            "paid": charge * 0.4,
            "received_date": pa.array((day + np.timedelta64(7, "D"))[of]).cast(pa.date32()),
        }
    )


CAPTION = (
    "Codes only.\t\t\t\t\t\t\nColumn1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)


def write_pairs(folder: Path, pairs: int = PAIRS, seed: int = 0) -> list[Path]:
    """Write the four parts of a synthetic PTP edition."""
    rng = np.random.default_rng(seed)
    listed = codes()
    keys = rng.choice(len(listed) ** 2, int(pairs * 1.01), replace=False)
    first, second = keys // len(listed), keys % len(listed)
    order = np.argsort(first[first != second], kind="stable")[:pairs]
    first, second = first[first != second][order], second[first != second][order]
    ended = np.where(rng.random(len(first)) < 0.3, "20240331", "*")
    indicator = rng.choice(["0", "1", "9"], len(first), p=[0.3, 0.68, 0.02])
    paths = []
    for part, rows in enumerate(np.array_split(np.arange(len(first)), 4), 1):
        path = folder / f"ccipra-2024q4-f{part}.TXT"
        with path.open("w") as file:
            file.write(CAPTION)
            file.writelines(
                f"{listed[first[at]]}\t{listed[second[at]]}\t\t20000101\t{ended[at]}\t"
                f"{indicator[at]}\tMisuse of Column Two code with Column One code\n"
                for at in rows
            )
        paths.append(path)
    return paths


def write_store(folder: Path, files: Path, seed: int = 0) -> Store:
    """Make a store with PTP, MUE and fee-schedule editions of all of 2024."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    from edition_files import mue_text, pfs_row, pfs_text

    files.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    listed = codes()
    paths = write_pairs(files)
    kinds = ("1 Line Edit", "2 Date of Service Edit: Policy", "3 Date of Service Edit: Clinical")
    mue = [
        (code, str(value), kind, "CMS Policy")
        for code, value, kind in zip(
            listed,
            rng.integers(1, 7, len(listed)),
            rng.choice(kinds, len(listed), p=[0.1, 0.4, 0.5]),
            strict=True,
        )
    ]
    days = rng.choice(
        ["000", "010", "090", "XXX", "ZZZ"], len(listed), p=[0.08, 0.05, 0.1, 0.7, 0.07]
    )
    rows = [
        pfs_row(code, days="XXX" if code in VISITS else period, work="1.00")
        for code, period in zip(listed, days, strict=True)
    ]
    for month, release in ((1, "January"), (4, "April"), (7, "July"), (10, "October")):
        path = files / f"MCR_MUE_PractitionerServices_Eff_{month:02d}-01-2024.csv"
        path.write_text(mue_text(mue))
        paths.append(path)
        path = files / f"PPRRVU24_{release[:3].upper()}.csv"
        path.write_text(pfs_text(rows, release=f"{release} Release"))
        paths.append(path)
    store = Store(folder)
    store.add(paths)
    return store
