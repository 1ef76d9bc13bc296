"""Reader of professional claims (837P, X12 005010X222A1) into the claim lines table.

Every service line becomes one row. Names of patients are not kept: the patient key is the
member number of the subscriber and, for a dependent, that number with a digest that tells the
dependents of one subscriber apart.
"""

import hashlib
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.claims.contracts import CLAIM_LINES
from auditkit.claims.delimited import Raw
from auditkit.claims.nesting import Nesting
from auditkit.claims.segments import Segments, full, item, pick, same
from auditkit.claims.tables import settled
from auditkit.claims.x12 import Transaction, malformed, read_x12
from auditkit.errors import InputError, Problem
from auditkit.schema import check

#: Where each column of a line is written, for messages (005010X222A1).
_PLACES = {
    "claim_id": "CLM01",
    "line": "LX01",
    "patient_key": "NM109 of the subscriber",
    "patient_birth_date": "DMG02",
    "patient_sex": "DMG03",
    "rendering_npi": "NM109 of NM1*82, or of NM1*85 where there is none",
    "billing_npi": "NM109 of NM1*85",
    "rendering_taxonomy": "PRV03",
    "dos_from": "DTP03 of DTP*472",
    "dos_to": "DTP03 of DTP*472",
    "pos": "SV105 or CLM05-1",
    "code": "SV101-2",
    "units": "SV104",
    "dx_pointers": "SV107",
    "charge": "SV102",
    "payer": "NM103 of NM1*PR",
    "received_date": "BHT04",
    "frequency_code": "CLM05-3",
    "ndc": "LIN03",
}
_PLACES |= {f"mod{number}": f"SV101-{number + 2}" for number in range(1, 5)}
_PLACES |= {f"dx{number}": f"HI, code {number}" for number in range(1, 13)}

#: The qualifiers of the codes in an HI segment that are diagnoses.
_DIAGNOSES = ("ABK", "ABF", "BK", "BF")
_DATES = ("patient_birth_date", "dos_from", "dos_to", "received_date")


def read_professional(path: Path, rejects: str | Path | None = None) -> pd.DataFrame:
    """Read an 837P file into the claim lines table.

    The rendering provider is the line's (loop 2420A), else the claim's (2310B), else the
    billing provider (2010AA), as the guide prescribes. `received_date` is the date on which the
    transaction was made (BHT04). `allowed` and `paid` are missing: a claim does not know them.
    A claim number that occurs again in the file gets ``#2``, ``#3`` and so on behind it.

    Raises:
        InputError: if the file is not well-formed, holds other transactions than professional
            claims, or holds lines that are not accepted and *rejects* is None. Messages name
            the segment by its number in the file.
    """
    interchanges = read_x12(path)
    for transaction in interchanges.transactions:
        _refuse_others(transaction)
    batches = [
        _Batch(Segments(list(group)))
        for _, group in groupby(interchanges.transactions, key=lambda t: t.delimiters)
    ]
    problems = [problem for batch in batches for problem in batch.problems]
    if problems:
        raise InputError(f"{path.name}: the segments are not nested as in an 837P.", problems)
    batches = [batch for batch in batches if len(batch.owners)]
    if not batches:
        raise InputError(
            f"{path.name}: the file has no claims (CLM segments). "
            "Name an 837P with claims, or export it again."
        )
    text, notes = _joined(batches)
    checked = check(CLAIM_LINES, text, dict.fromkeys(_DATES, "YYYYMMDD"))
    header = tuple(text.column_names)
    places = np.concatenate([batch.places for batch in batches])
    raw = Raw(header, text.rename_columns([str(n) for n in range(len(header))]), places)
    notes += [
        f"segment {check.segment:,}: {check.what} is not what the file holds."
        for check in interchanges.checks
        if not check.holds
    ]
    return settled(path.name, CLAIM_LINES, raw, checked, rejects, notes, _by_segment)


def _joined(batches: list["_Batch"]) -> tuple[pa.Table, list[str]]:
    """Return the lines of all batches as text columns of the contract, and notes on them."""
    every = [name for batch in batches for name in batch.claims["claim_id"].to_pylist()]
    names, repeated = _distinct(every)
    tables, begin = [], 0
    for batch in batches:
        end = begin + len(batch.claims["claim_id"])
        batch.claims["claim_id"] = pa.array(names[begin:end], pa.string())
        columns = {name: pick(values, batch.owners) for name, values in batch.claims.items()}
        columns |= batch.lines
        tables.append(pa.table({n: columns[n] for n in CLAIM_LINES.names if n in columns}))
        begin = end
    notes = []
    if repeated:
        notes.append(f"{repeated:,} claims repeat a claim number and got #2 and so on.")
    if minutes := sum(batch.minutes for batch in batches):
        notes.append(f"{minutes:,} lines are billed in minutes (SV103 is MJ).")
    if wrong := sum(batch.unbalanced for batch in batches):
        notes.append(f"{wrong:,} claims state a charge (CLM02) that is not their lines' sum.")
    return pa.concat_tables(tables, promote_options="default"), notes


def _distinct(names: list[str]) -> tuple[list[str], int]:
    """Return *names* with #2, #3 … behind those that occurred before, and how many those are."""
    taken, met, repeated = set(names), set[str](), 0
    result = []
    for name in names:
        if name in met and name:
            repeated += 1
            count = 2
            while f"{name}#{count}" in taken:
                count += 1
            name = f"{name}#{count}"
            taken.add(name)
        met.add(name)
        result.append(name)
    return result, repeated


def _refuse_others(transaction: Transaction) -> None:
    """Raise unless *transaction* holds professional claims."""
    where = f"ST*{transaction.kind}" if transaction.kind.isalnum() else "ST"
    accepted = "professional claims, ST*837 with guide 005010X222A1"
    if transaction.kind != "837":
        hint = "; a remittance is read by read_remittance" if transaction.kind == "835" else ""
        what = "another transaction than claims"
        raise malformed(transaction.file, transaction.first, where, what, accepted + hint)
    for guide, kind in (("X223", "institutional"), ("X224", "dental")):
        if guide in transaction.guide:
            what = f"{kind} claims"
            raise malformed(transaction.file, transaction.first, where, what, accepted)


def _by_segment(problem: Problem) -> Problem:
    """Return the problem of a line with its segment and element in place of row and column."""
    column = problem.column or ""
    place = f"{column} ({_PLACES[column]})" if column in _PLACES else column
    what = f"service line at segment {problem.row:,}, {place}: {problem.what}"
    return replace(problem, row=None, column=None, what=what)


class _Batch:
    """The claims and lines of transaction sets that share their delimiters.

    Attributes:
        claims: column name to one value per claim, as text.
        lines: column name to one value per service line, as text.
        owners: the claim of each line.
        places: the number in the file of each line's SV1.
        problems: what is not as it must be; where there is one, the columns are not filled.
    """

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.nesting = Nesting(segments)
        self.problems = self.nesting.problems
        self.owners = self.nesting.line_claim
        self.places = segments.numbers[segments.at("SV1")]
        self.claims: dict[str, pa.Array] = {}
        self.lines: dict[str, pa.Array] = {}
        self.minutes = self.unbalanced = 0
        if not self.problems:
            self._claims()
            self._people()
            self._diagnoses()
            self._lines()
            self._renderers()

    def _claims(self) -> None:
        """Read what the claims themselves say."""
        segments, nesting = self.segments, self.nesting
        at = segments.at("CLM")
        names, self.totals, place = segments.elements("CLM", 1, 2, 5)
        self.claim_place, _, frequency = segments.components(place, 3)
        (received,) = segments.elements("BHT", 4)
        made = np.searchsorted(segments.at("BHT"), at) - 1
        made[segments.latest("BHT")[at] < segments.latest("ST")[at]] = -1
        kind, value = segments.elements("REF", 1, 2)
        chosen = same(kind, "F8") & self._at("REF", nesting.in_claim & ~nesting.in_line)
        chosen &= self._at("REF", nesting.own)
        original = segments.last("REF", nesting.claim, len(at), chosen)[:-1]
        self.claims = {
            "claim_id": names,
            "received_date": pick(received, made),
            "frequency_code": frequency,
            "original_claim_id": pick(value, original),
        }

    def _at(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return *values*, which stand by place, for the segments called *name*."""
        return values[self.segments.at(name)]

    def _people(self) -> None:
        """Read the provider, patient and payer of each claim from what stands before it."""
        segments, nesting = self.segments, self.nesting
        at, levels = segments.at("CLM"), len(segments.at("HL"))
        provider, patient = nesting.provider[at], nesting.patient[at]
        before = ~self._at("NM1", nesting.in_claim)
        entity, last, first, identity = segments.elements("NM1", 1, 3, 4, 9)
        billing = segments.last("NM1", nesting.provider, levels, before & same(entity, "85"))
        payer = segments.last("NM1", nesting.subscriber, levels, before & same(entity, "PR"))
        person = before & same(entity, "IL", "QC")
        person = segments.last("NM1", nesting.patient, levels, person)
        payer = payer[nesting.subscriber[at]]
        self.claims["billing_npi"] = pick(identity, billing[provider])
        self.claims["payer"] = pc.coalesce(full(pick(last, payer)), pick(identity, payer))
        chosen = ~self._at("DMG", nesting.in_claim)
        born, sex = segments.elements("DMG", 2, 3)
        own = segments.last("DMG", nesting.patient, levels, chosen)[patient]
        self.claims["patient_birth_date"] = pick(born, own)
        self.claims["patient_sex"] = pick(sex, own)
        role, code = segments.elements("PRV", 1, 3)
        chosen = same(role, "BI") & ~self._at("PRV", nesting.in_claim)
        own = segments.last("PRV", nesting.provider, levels, chosen)
        self.billing_taxonomy = pick(code, own[provider])
        self.claims["patient_key"] = _patient_keys(
            pick(identity, person[patient]),
            pick(identity, person[nesting.subscriber[at]]),
            [pick(name, person[patient]) for name in (last, first)],
            self.claims["patient_birth_date"],
        )

    def _diagnoses(self) -> None:
        """Read the diagnoses of the claims, in their order, up to twelve."""
        segments, count = self.segments, len(self.segments.at("CLM"))
        wanted = range(1, segments.width("HI"))
        found = [segments.components(column, 2) for column in segments.elements("HI", *wanted)]
        if not found:
            return
        marks = [same(kind, *_DIAGNOSES) for kind, _ in found]
        places, numbers = np.nonzero(np.array(marks).T)
        owners = self._at("HI", self.nesting.claim)[places]
        # The diagnoses stand in the file's order, so a claim's are a run; count within the run.
        ranks = np.arange(len(owners)) - np.searchsorted(owners, owners)
        excess = segments.at("HI")[places[ranks >= 12]]
        self.nesting.refuse(np.unique(excess), "HI", "more than 12 diagnoses", "at most 12")
        codes = pa.concat_arrays([code for _, code in found])
        spots = numbers * len(segments.at("HI")) + places
        for rank in range(12):
            chosen = np.full(count, -1)
            chosen[owners[ranks == rank]] = spots[ranks == rank]
            self.claims[f"dx{rank + 1}"] = pick(codes, chosen)

    def _lines(self) -> None:
        """Read the service, dates, control number and drug code of the lines."""
        segments = self.segments
        service, charge, basis, units, place, pointers = segments.elements("SV1", 1, 2, 3, 4, 5, 7)
        system, code, *modifiers = segments.components(service, 6)
        others = segments.at("SV1")[~same(system, "HC")]
        self.nesting.refuse(others, "SV101-1", "not a CPT or HCPCS code", "HC")
        self.lines = {
            "line": segments.elements("LX", 1)[0],
            "pos": pc.coalesce(full(place), pick(self.claim_place, self.owners)),
            "code": code,
            **{f"mod{number}": modifier for number, modifier in enumerate(modifiers, 1)},
            "units": units,
            "dx_pointers": pc.replace_substring(pointers, segments.delimiters.component, ","),
            "charge": charge,
        }
        self.minutes = int(same(basis, "MJ").sum())
        found = np.bincount(self.owners, _amounts(charge), len(self.totals))
        self.unbalanced = int((~(np.abs(_amounts(self.totals) - found) < 0.005)).sum())
        kind, value = segments.elements("DTP", 1, 3)
        days = pc.split_pattern(self._on_lines("DTP", same(kind, "472"), value), "-")
        self.lines["dos_from"] = item(days, 0)
        self.lines["dos_to"] = pc.coalesce(item(days, 1), item(days, 0))
        kind, value = segments.elements("REF", 1, 2)
        self.lines["line_control"] = self._on_lines("REF", same(kind, "6R"), value)
        kind, value = segments.elements("LIN", 2, 3)
        self.lines["ndc"] = self._on_lines("LIN", same(kind, "N4"), value)

    def _on_lines(self, name: str, chosen: np.ndarray, values: pa.Array) -> pa.Array:
        """Return for each line the value of its *chosen* segment called *name*, or null."""
        chosen = chosen & self._at(name, self.nesting.in_line)
        lines = len(self.owners)
        return pick(values, self.segments.last(name, self.nesting.line, lines, chosen)[:-1])

    def _renderers(self) -> None:
        """Find who rendered each line: named on the line, on the claim, or who bills."""
        segments, nesting = self.segments, self.nesting
        entity, identity = segments.elements("NM1", 1, 9)
        within = self._at("NM1", nesting.in_claim & nesting.own)
        named = within & same(entity, "82")
        on_line = self._at("NM1", nesting.in_line)
        count = len(segments.at("CLM"))
        of_line = segments.last("NM1", nesting.line, len(self.owners), named & on_line)[:-1]
        of_claim = segments.last("NM1", nesting.claim, count, named & ~on_line)[:-1][self.owners]
        rendered = np.where(of_line >= 0, of_line, of_claim)
        # The taxonomy of a provider stands in the PRV right after its NM1.
        follows = np.searchsorted(segments.at("PRV"), segments.at("NM1") + 1)
        follows[~np.isin(segments.at("NM1") + 1, segments.at("PRV"))] = -1
        (code,) = segments.elements("PRV", 3)
        billing = pick(self.claims["billing_npi"], self.owners)
        taxonomy = pick(self.billing_taxonomy, self.owners)
        known = pa.array(rendered >= 0)
        own = pick(code, np.append(follows, -1)[rendered])
        self.lines["rendering_npi"] = pc.if_else(known, pick(identity, rendered), billing)
        self.lines["rendering_taxonomy"] = pc.if_else(known, own, taxonomy)


def _amounts(texts: pa.Array) -> np.ndarray:
    """Return amounts as numbers, NaN where a text is none."""
    try:
        return texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(dtype=float)


def _patient_keys(
    member: pa.Array, subscriber: pa.Array, names: list[pa.Array], born: pa.Array
) -> pa.Array:
    """Return the key of the patient of each claim: the member number, where the patient has one.

    A dependent has none of its own: its key is the subscriber's number and a digest of name and
    date of birth, which tells the dependents of one subscriber apart and shows no name.
    """
    missing = np.flatnonzero(full(member).is_null())
    if not len(missing):
        return member
    keys = member.to_pylist()
    for claim in missing:
        who = [column[claim].as_py() or "" for column in (*names, born)]
        number = subscriber[claim].as_py() or ""
        digest = hashlib.sha256("|".join(who).upper().encode()).hexdigest()[:8]
        keys[claim] = f"{number}/{digest}" if number or any(who) else None
    return pa.array(keys, pa.string())
