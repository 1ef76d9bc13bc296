"""The segments of remittances (835) as tables: payments, claims, lines, adjustments, remarks."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from auditkit.claims.balance import balances
from auditkit.claims.segments import Segments, full, pick, same
from auditkit.claims.x12 import misplaced
from auditkit.errors import Problem

TABLES = (
    "payments",
    "claims",
    "lines",
    "adjustments",
    "remarks",
    "provider_adjustments",
    "checks",
)


class RemittanceTables:
    """The tables of remittances that share their delimiters.

    What a segment belongs to follows from the last ST, CLP and SVC before it, found for all
    segments at once. Payments and claims are counted from *payments* and *claims* on.
    """

    def __init__(self, segments: Segments, payments: int, claims: int) -> None:
        self.segments = segments
        self.problems: list[Problem] = []
        self.tables: dict[str, pd.DataFrame] = {}
        begun, claim = segments.latest("ST"), segments.latest("CLP")
        ended = np.maximum.reduce([begun, segments.latest("LX"), segments.latest("PLB")])
        self.in_claim = claim > ended
        self.in_line = self.in_claim & (segments.latest("SVC") > claim)
        self.payment, self.claim = segments.count("ST"), segments.count("CLP")
        self.line = segments.count("SVC")
        self._nesting()
        if self.problems:
            empty = pd.DataFrame()
            self.tables = dict.fromkeys(TABLES, empty)
            return
        self._payments()
        self._claims()
        self._adjustments()
        self._lines()
        self._remarks()
        self._provider_adjustments()
        self.tables["checks"] = balances(segments, self.tables)
        for name in ("payments", "claims", "provider_adjustments"):
            self.tables[name]["payment"] += payments
        for name in ("claims", "lines", "adjustments", "remarks"):
            self.tables[name]["claim"] += claims

    def _refuse(self, places: np.ndarray, where: str, what: str, accepted: str) -> None:
        """Note a problem at each of *places*."""
        for number in self.segments.numbers[places]:
            found = misplaced(self.segments.file, int(number), where, what, accepted)
            self.problems.append(found)

    def _nesting(self) -> None:
        """Check that lines and adjustments stand within a claim, and a payment in each set."""
        segments = self.segments
        for name, what in (("SVC", "a service"), ("CAS", "an adjustment")):
            at = segments.at(name)
            outside = at[~self.in_claim[at]]
            self._refuse(outside, name, f"{what} outside a claim", "CLP first")
        starts = segments.at("ST")
        count = np.bincount(self.payment[segments.at("BPR")], minlength=len(starts))
        self._refuse(starts[count != 1], "ST", "not exactly one payment", "one BPR in each ST … SE")

    def _money(self, name: str, number: int, texts: pa.Array) -> np.ndarray:
        """Return element *number* of the segments called *name* as dollars, NaN where empty."""
        wrong = ~_matches(texts, r"^\s*([-+]?([0-9]+\.?[0-9]*|\.[0-9]+))?\s*$")
        accepted = "an amount such as 12.5 or -12.5"
        self._refuse(self.segments.at(name)[wrong], f"{name}{number:02}", "not a number", accepted)
        return pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(dtype=float)

    def _dates(self, name: str, number: int, texts: pa.Array, chosen: np.ndarray) -> pd.Series:
        """Return the *chosen* CCYYMMDD texts as dates, missing elsewhere."""
        series = texts.to_pandas().where(chosen & ~_matches(texts, "^$"))
        dates = pd.to_datetime(series, format="%Y%m%d", errors="coerce").astype("datetime64[us]")
        wrong = (series.notna() & dates.isna()).to_numpy()
        accepted = "a date of the calendar as CCYYMMDD"
        self._refuse(self.segments.at(name)[wrong], f"{name}{number:02}", "not a date", accepted)
        return dates

    def _at(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return *values*, which stand by place, for the segments called *name*."""
        return values[self.segments.at(name)]

    def _payments(self) -> None:
        """Read who pays how much, when and under which trace number."""
        segments, count = self.segments, len(self.segments.at("ST"))
        amount, flag, method, paid_on = segments.elements("BPR", 2, 3, 4, 16)
        dollars = self._money("BPR", 2, amount) * np.where(same(flag, "D"), -1, 1)
        dated = self._dates("BPR", 16, paid_on, np.full(len(paid_on), True))
        kind, name = segments.elements("N1", 1, 2)
        payer = self.segments.last("N1", self.payment, count, same(kind, "PR"))[:-1]
        (trace,) = segments.elements("TRN", 2)
        traced = self.segments.last("TRN", self.payment, count, np.full(len(trace), True))[:-1]
        self.tables["payments"] = pd.DataFrame(
            {
                "payment": np.arange(count),
                "payer": _text(pick(name, payer)),
                "trace": _text(pick(trace, traced)),
                "method": _text(method),
                "paid_on": dated,
                "amount": dollars,
            }
        )

    def _claims(self) -> None:
        """Read the claims: number, status, money, provider and patient."""
        segments, at = self.segments, self.segments.at("CLP")
        names, status, charge, paid, owed, icn = segments.elements("CLP", 1, 2, 3, 4, 5, 7)
        entity, identity = segments.elements("NM1", 1, 9)
        within = self._at("NM1", self.in_claim & ~self.in_line)
        patient = segments.last("NM1", self.claim, len(at), within & same(entity, "QC"))[:-1]
        renderer = segments.last("NM1", self.claim, len(at), within & same(entity, "82"))[:-1]
        kind, system, number = segments.elements("N1", 1, 3, 4)
        payees = segments.at("N1")[same(kind, "PE") & same(system, "XX")]
        numbers = number.filter(pa.array(same(kind, "PE") & same(system, "XX")))
        payee = np.searchsorted(payees, at) - 1
        if len(payees):
            payee[payees[np.maximum(payee, 0)] < segments.latest("ST")[at]] = -1
        payments = self.tables["payments"].iloc[self.payment[at]].reset_index(drop=True)
        self.tables["claims"] = pd.DataFrame(
            {
                "payment": self.payment[at],
                "claim": np.arange(len(at)),
                "claim_id": _text(names),
                "status": _text(status),
                "charge": self._money("CLP", 3, charge),
                "paid": self._money("CLP", 4, paid),
                "patient_responsibility": np.nan_to_num(self._money("CLP", 5, owed)),
                "payer_claim_id": _text(icn),
                "payer": payments["payer"],
                "payee_npi": _text(pick(numbers, payee)),
                "rendering_npi": _text(pick(identity, renderer)),
                "patient_key": _text(pick(identity, patient)),
                "paid_on": payments["paid_on"],
            }
        )

    def _adjustments(self) -> None:
        """Read the CAS segments: a group, then up to six of reason, amount and quantity."""
        segments, at = self.segments, self.segments.at("CAS")
        (group,) = segments.elements("CAS", 1)
        found = []
        for first in range(2, max(segments.width("CAS"), 2), 3):
            reason, amount, quantity = segments.elements("CAS", first, first + 1, first + 2)
            part = pd.DataFrame(
                {
                    "place": np.arange(len(at)),
                    "claim": self.claim[at],
                    "line": np.where(self.in_line[at], self.line[at], -1),
                    "group": _text(group),
                    "reason": _text(reason),
                    "amount": self._money("CAS", first + 1, amount),
                    "quantity": self._money("CAS", first + 2, quantity),
                }
            )
            part["stated"] = part[["reason", "amount"]].notna().any(axis=1)
            halves = at[part["stated"].to_numpy() & part[["reason", "amount"]].isna().any(axis=1)]
            accepted = "a reason and an amount"
            self._refuse(halves, f"CAS{first:02}", "a reason or an amount alone", accepted)
            found.append(part[part["stated"]])
        table = pd.concat(found) if found else _no_adjustments()
        table = table.sort_values("place", kind="stable").drop(columns=["place", "stated"])
        self.tables["adjustments"] = table.reset_index(drop=True)

    def _lines(self) -> None:
        """Read the services; allowed is AMT*B6, else the charge less the CO adjustments."""
        segments, at = self.segments, self.segments.at("SVC")
        service, charge, paid, units, billed, billed_units = segments.elements(
            "SVC", 1, 2, 3, 5, 6, 7
        )
        _, code, *modifiers = segments.components(service, 6)
        _, billed_code = segments.components(billed, 2)
        charged, count = self._money("SVC", 2, charge), len(at)
        paid_units = self._money("SVC", 5, units)
        # 005010X221A1, SVC05: "if not present, the value is assumed to be one".
        paid_units = np.where(np.isnan(paid_units), 1.0, paid_units)
        billed_number = self._money("SVC", 7, billed_units)
        claims = self.tables["claims"]
        owner = self.claim[at]
        self.tables["lines"] = pd.DataFrame(
            {
                "claim": owner,
                "line": np.arange(count) - np.searchsorted(owner, owner) + 1,
                "claim_id": claims["claim_id"].iloc[owner].reset_index(drop=True),
                "line_control": _text(self._on_lines("REF", "6R")),
                "code": _text(code),
                **{f"mod{n}": _text(modifier) for n, modifier in enumerate(modifiers, 1)},
                "billed_code": _text(pc.coalesce(full(billed_code), code)),
                "units": paid_units,
                "billed_units": np.where(np.isnan(billed_number), paid_units, billed_number),
                **self._service_dates(),
                "charge": charged,
                "paid": self._money("SVC", 3, paid),
                "allowed": self._allowed(charged),
            }
        )
        self.tables["adjustments"] = self._with_lines(self.tables["adjustments"])

    def _on_lines(self, name: str, kind: str) -> pa.Array:
        """Return element 2 of each line's last segment *name* whose element 1 is *kind*."""
        kinds, values = self.segments.elements(name, 1, 2)
        chosen = same(kinds, kind) & self._at(name, self.in_line)
        lines = len(self.segments.at("SVC"))
        return pick(values, self.segments.last(name, self.line, lines, chosen)[:-1])

    def _service_dates(self) -> dict[str, pd.Series]:
        """Return the dates of the lines: their own, else those of their claim."""
        kinds, values = self.segments.elements("DTM", 1, 2)
        wanted = pc.is_in(kinds, pa.array(["472", "150", "151", "232", "233"]))
        dates = self._dates("DTM", 2, values, wanted.to_numpy(zero_copy_only=False))
        lines, claims = len(self.segments.at("SVC")), len(self.segments.at("CLP"))
        owner = self._at("SVC", self.claim)

        def taken(kind: str, of_line: bool) -> pd.Series:
            where, count = (self.line, lines) if of_line else (self.claim, claims)
            chosen = same(kinds, kind) & (self._at("DTM", self.in_line) == of_line)
            chosen &= self._at("DTM", self.in_claim)
            places = self.segments.last("DTM", where, count, chosen)
            places = places[:-1] if of_line else places[owner]
            return dates.reindex(places).reset_index(drop=True)

        day = taken("472", True)
        first = day.fillna(taken("150", True)).fillna(taken("232", False))
        last = day.fillna(taken("151", True)).fillna(taken("233", False)).fillna(first)
        return {"dos_from": first, "dos_to": last}

    def _allowed(self, charge: np.ndarray) -> np.ndarray:
        """Return the allowed amount of each line, with the sign of its charge."""
        kinds, values = self.segments.elements("AMT", 1, 2)
        amounts = np.append(self._money("AMT", 2, values), np.nan)
        chosen = same(kinds, "B6") & self._at("AMT", self.in_line)
        stated = amounts[self.segments.last("AMT", self.line, len(charge), chosen)[:-1]]
        # A reversed line may repeat its allowed amount without the minus of its charge.
        stated = np.where((charge < 0) & (stated > 0), -stated, stated)
        table = self.tables["adjustments"]
        contractual = table[(table["group"] == "CO") & (table["line"] >= 0)]
        reduced = np.bincount(contractual["line"], contractual["amount"], len(charge))
        return np.round(np.where(np.isnan(stated), charge - reduced, stated), 2)

    def _with_lines(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return *table* with the claim's number, and the line counted within its claim."""
        numbers = np.append(self.tables["lines"]["line"].to_numpy(dtype=float), np.nan)
        claim_id = self.tables["claims"]["claim_id"].iloc[table["claim"]].reset_index(drop=True)
        table = table.reset_index(drop=True)
        of_line = table.pop("line").to_numpy(dtype=np.int64)
        table.insert(1, "line", pd.array(numbers[of_line], dtype="Float64").astype("Int64"))
        table.insert(2, "claim_id", claim_id)
        return table

    def _remarks(self) -> None:
        """Read the remark codes of lines (LQ*HE) and of claims (MOA, MIA)."""
        segments = self.segments
        kind, code = segments.elements("LQ", 1, 2)
        sources = [("LQ", code, same(kind, "HE"))]
        for name, elements in (("MOA", range(3, 8)), ("MIA", (5, 20, 21, 22, 23))):
            for codes in segments.elements(name, *elements):
                sources.append((name, codes, np.full(len(codes), True)))
        found = []
        for name, codes, chosen in sources:
            at = segments.at(name)
            chosen = chosen & self.in_claim[at] & ~_matches(codes, r"^\s*$")
            of_line = np.where(self.in_line[at], self.line[at], -1)[chosen]
            part = {"place": at[chosen], "claim": self.claim[at][chosen], "line": of_line}
            found.append(pd.DataFrame({**part, "code": _text(codes.filter(pa.array(chosen)))}))
        table = pd.concat(found).sort_values("place", kind="stable").drop(columns="place")
        self.tables["remarks"] = self._with_lines(table)

    def _provider_adjustments(self) -> None:
        """Read the PLB segments: up to six of reason with reference, and amount."""
        segments, at = self.segments, self.segments.at("PLB")
        provider, period = segments.elements("PLB", 1, 2)
        dated = self._dates("PLB", 2, period, np.full(len(at), True))
        found = []
        for first in range(3, max(segments.width("PLB"), 4), 2):
            composite, amount = segments.elements("PLB", first, first + 1)
            reason, reference = segments.components(composite, 2)
            part = pd.DataFrame(
                {
                    "place": at,
                    "payment": self.payment[at],
                    "provider": _text(provider),
                    "fiscal_period": dated,
                    "reason": _text(reason),
                    "reference": _text(reference),
                    "amount": self._money("PLB", first + 1, amount),
                }
            )
            found.append(part[part["amount"].notna()])
        table = pd.concat(found).sort_values("place", kind="stable").drop(columns="place")
        self.tables["provider_adjustments"] = table.reset_index(drop=True)


def _no_adjustments() -> pd.DataFrame:
    """Return the table of adjustments of a file without any."""
    whole, money = pd.Series([], dtype="int64"), pd.Series([], dtype="float64")
    text = pd.Series([], dtype="str")
    return pd.DataFrame(
        {
            **dict.fromkeys(("place", "claim", "line"), whole),
            **dict.fromkeys(("group", "reason"), text),
            **dict.fromkeys(("amount", "quantity"), money),
            "stated": pd.Series([], dtype="bool"),
        }
    )


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    """Return where *texts* match *pattern*; a missing text is an empty one."""
    filled = texts.fill_null("")
    return pc.match_substring_regex(filled, pattern).to_numpy(zero_copy_only=False)


def _text(texts: pa.Array) -> pd.Series:
    """Return *texts* as a `str` column, an empty one as missing."""
    return full(texts).to_pandas().astype("str")
