"""Look-ups by date of service in the editions of a store, held in memory.

Each look-up says which edition answered. It returns None where the edition that covers the date
holds nothing for the code, and raises `EditionError` where no edition covers the date: the two
are never mixed up.
"""

import os
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa

from auditkit.errors import EditionError
from auditkit.reference.addon import CONTRACTOR_DEFINED
from auditkit.reference.answers import AddOn, Diagnosis, Fee, Hcpcs, Mue, PtpEdit, Schedule
from auditkit.reference.edition import Edition
from auditkit.reference.kinds import CUMULATIVE
from auditkit.reference.pairs import Pairs
from auditkit.reference.store import Store

CENT = Decimal("0.01")
_EPOCH = date(1970, 1, 1).toordinal()


class Editions:
    """The look-ups of one store; tables are read when they are first needed and then kept."""

    def __init__(self, store: Store | str | os.PathLike[str] | None = None) -> None:
        """Look up in *store*, a store or its folder (default: the user's own)."""
        self.store = store if isinstance(store, Store) else Store(store)
        self._held = self.store.editions()
        self._tables: dict[tuple[str, str], Any] = {}
        self._answering: dict[tuple[str, date, str], Edition] = {}

    def covers(self, kind: str, dos: date) -> bool:
        """Return whether the store holds an edition of *kind* that answers for *dos*."""
        return any(one.kind == kind and one.covers(dos) for one in self._held)

    def edition(self, kind: str, dos: date, variant: str = "") -> Edition:
        """Return the edition of *kind* that answers for the date of service.

        Of several the newest answers: releases that restate their whole history do so with later
        corrections, and of the others it is the one that took effect last.

        Args:
            kind: such as "ptp", "mue", "pfs"; see `auditkit reference list`.
            dos: date of service.
            variant: an ending of the edition's name, such as "-qpp".

        Raises:
            EditionError: when no edition of the kind covers the date.
        """
        known = self._answering.get((kind, dos, variant))
        if known is not None:
            return known
        found = [
            one
            for one in self._held
            if one.kind == kind and one.covers(dos) and one.id.endswith(variant)
        ]
        if not found:
            spans = ", ".join(
                f"{one.id} ({one.effective_from} to {one.effective_to})"
                for one in self._held
                if one.kind == kind
            )
            raise EditionError(
                f"No {kind} edition in {self.store.folder} covers the date of service {dos}"
                f"{f' with {variant[1:]}' if variant else ''}. It holds: {spans or 'none'}. Add "
                "the CMS file of that date with `auditkit reference add FILE`."
            )
        if kind in CUMULATIVE:
            answer = max(found, key=lambda one: (one.complete, one.effective_to))
        else:
            answer = max(found, key=lambda one: (one.effective_from, one.effective_to))
        self._answering[kind, dos, variant] = answer
        return answer

    def ptp(self, code: str, other: str, dos: date) -> PtpEdit | None:
        """Return the edit in force between two codes, in whichever order it stands, or None.

        No pair is active in both directions on a day. An edit with indicator 9 was never in
        force.

        Raises:
            EditionError: when no edition covers *dos*, or it is an extract without these codes.
        """
        edition = self.edition("ptp", dos)
        pairs = self._table(edition, "ptp", Pairs)
        if not edition.complete and not pairs.knows(code, other):
            raise EditionError(
                f"Edition '{edition.id}' is an extract that does not hold both codes. Add the "
                "four parts of the quarter with `auditkit reference add`."
            )
        day = dos.toordinal() - _EPOCH
        return pairs.find(code, other, day, edition.id) or pairs.find(other, code, day, edition.id)

    def mue(self, code: str, dos: date) -> Mue | None:
        """Return the medically unlikely edit of *code*, or None: not all are published.

        Raises:
            EditionError: when no edition covers *dos*.
        """
        edition = self.edition("mue", dos)
        row = self._table(edition, "mue", _by_code).get(code)
        if row is None:
            return None
        return Mue(code, row["value"], row["mai"], row["rationale"], edition.id)

    def addon(self, code: str, dos: date) -> AddOn | None:
        """Return what the add-on edits of *dos* say of *code*, or None: it is no add-on there.

        Raises:
            EditionError: when no edition covers *dos*.
        """
        edition = self.edition("addon", dos)
        rows = [
            row
            for row in self._table(edition, "addon", _rows_by_code).get(code, ())
            if row["first_day"] <= dos <= row["last_day"]
        ]
        if not rows:
            return None
        primaries = {row["primary_code"] for row in rows} - {CONTRACTOR_DEFINED}
        return AddOn(code, max(row["type"] for row in rows), tuple(sorted(primaries)), edition.id)

    def schedule(
        self, code: str, dos: date, modifier: str = "", *, qpp: bool = False
    ) -> Schedule | None:
        """Return the fee-schedule row of *code* with *modifier* ("", "26", "TC" or "53"), or None.

        Args:
            code: CPT or HCPCS code.
            dos: date of service.
            modifier: the modifier that has a row of its own.
            qpp: take the conversion factor of qualifying participants, from 2026.

        Raises:
            EditionError: when no edition covers *dos*.
        """
        edition = self._fee_edition(dos, qpp)
        row = self._table(edition, "pfs", _by_code_and_modifier).get((code, modifier))
        if row is None:
            return None
        return Schedule(
            **{
                name: row[name]
                for name in Schedule.__slots__
                if name not in ("edition", "nonfacility_na", "facility_na")
            },
            nonfacility_na=row["nonfacility_na"] == "NA",
            facility_na=row["facility_na"] == "NA",
            edition=edition.id,
        )

    def fee(
        self,
        code: str,
        modifier: str,
        dos: date,
        facility: bool = False,
        locality: str | None = None,
        *,
        qpp: bool = False,
    ) -> Fee | None:
        """Return the amount of one unit, or None where the schedule does not hold the code.

        Amount = (work RVU x work GPCI + PE RVU x PE GPCI + MP RVU x MP GPCI) x conversion factor,
        to the cent, half up; the national amount has every GPCI at 1. No multiple-procedure,
        bilateral or assistant percentage is applied. Source: 42 CFR 414.20-414.26.

        Args:
            code: CPT or HCPCS code.
            modifier: "", "26", "TC" or "53".
            dos: date of service.
            facility: whether the place of service is a facility.
            locality: "contractor-locality", such as "10112-00"; None for the national amount.
            qpp: take the conversion factor of qualifying participants, from 2026.

        Raises:
            EditionError: when no edition covers *dos*, or the locality is not in its indices.
        """
        row = self.schedule(code, dos, modifier, qpp=qpp)
        if row is None:
            return None
        used = [row.edition]
        work = expense = malpractice = Decimal(1)
        if locality is not None:
            indices = self.edition("gpci", dos)
            factors = self._table(indices, "gpci", _by_locality).get(locality)
            if factors is None:
                raise EditionError(
                    f"Locality '{locality}' is not in edition '{indices.id}'. Accepted: the "
                    "contractor's five digits, a hyphen and the locality's two, as in GPCI's file."
                )
            used.append(indices.id)
            work, expense, malpractice = (
                factors["work"],
                factors["practice_expense"],
                factors["malpractice"],
            )
        practice = row.facility_pe_rvu if facility else row.nonfacility_pe_rvu
        amount = (
            row.work_rvu * work + practice * expense + row.mp_rvu * malpractice
        ) * row.conversion_factor
        priced = row.status in ("A", "R", "T") and amount > 0
        return Fee(
            amount.quantize(CENT, ROUND_HALF_UP) if priced else None,
            row,
            facility,
            locality,
            tuple(used),
        )

    def icd10(self, code: str, dos: date) -> Diagnosis | None:
        """Return the diagnosis code (with its dot) as it stands on *dos*, or None: not valid.

        Raises:
            EditionError: when no edition covers *dos*.
        """
        edition = self.edition("icd10", dos)
        row = self._table(edition, "icd10", _by_code).get(code)
        if row is None:
            return None
        return Diagnosis(code, row["billable"], row["title"], edition.id)

    def hcpcs(self, code: str, dos: date) -> Hcpcs | None:
        """Return the Level II code or modifier in the release of *dos*, or None: it has none.

        A code may stand in the file and yet have ended: ask `Hcpcs.in_force`.

        Raises:
            EditionError: when no edition covers *dos*.
        """
        edition = self.edition("hcpcs", dos)
        row = self._table(edition, "hcpcs", _by_code).get(code)
        if row is None:
            return None
        return Hcpcs(
            code, row["is_modifier"], row["title"], row["first_day"], row["last_day"], edition.id
        )

    def procedure_in_force(self, code: str, dos: date) -> bool:
        """Return whether *code* is a CPT or HCPCS code in use on *dos*.

        The fee schedule lists the CPT codes in use, priced or not; the MUE table adds laboratory
        codes that the schedule omits; HCPCS Level II carries its own dates.

        Raises:
            EditionError: when no fee schedule covers *dos*, or none of Level II for such a code.
        """
        if self._fee_table(dos).get((code, "")) is not None:
            return True
        if self.covers("hcpcs", dos):
            entry = self.hcpcs(code, dos)
            if entry is not None:
                return entry.in_force(dos)
        return self.covers("mue", dos) and self.mue(code, dos) is not None

    def _fee_edition(self, dos: date, qpp: bool) -> Edition:
        two = any(
            one.kind == "pfs" and one.covers(dos) and one.id.endswith("qpp") for one in self._held
        )
        if not two:
            return self.edition("pfs", dos)
        return self.edition("pfs", dos, "-qpp" if qpp else "-nonqpp")

    def _fee_table(self, dos: date) -> dict[tuple[str, str], dict[str, Any]]:
        edition = self.edition("pfs", dos)
        return self._table(edition, "pfs", _by_code_and_modifier)

    def _table(self, edition: Edition, table: str, build: Any) -> Any:
        key = (edition.id, table)
        if key not in self._tables:
            self._tables[key] = build(self.store.table(edition.id, table))
        return self._tables[key]


def _by_code(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in table.to_pylist()}


def _rows_by_code(table: pa.Table) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["code"], []).append(row)
    return found


def _by_code_and_modifier(table: pa.Table) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["code"], row["modifier"]): row for row in table.to_pylist()}


def _by_locality(table: pa.Table) -> dict[str, dict[str, Any]]:
    return {f"{row['contractor']}-{row['locality']}": row for row in table.to_pylist()}
