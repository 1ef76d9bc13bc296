"""One chart at a time: what a reader sees, and what they enter, without any display.

The desk is what the review widget shows. It keeps the rule of the workpapers: until the reader
has coded a chart blind, nothing that was billed leaves it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.errors import AuditkitError, StageError
from auditkit.model import ErrorCategory
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.columns import NONE, SEPARATOR, text_of
from auditkit.review.compare_book import CHOICES, compared_rows
from auditkit.review.elements_sheets import Elements
from auditkit.review.judgement import found_line, judgement_of
from auditkit.review.notation import ACCEPTED, parse_lines
from auditkit.review.proposals import (
    OUTCOMES,
    judgement_event,
    proposal_rows,
    proposals_of,
)
from auditkit.review.record_view import element_groups, segments
from auditkit.review.rules_named import rule_titles
from auditkit.review.session import Review
from auditkit.review.state import State

#: What names an encounter on the page. Nothing billed is among it.
_FACTS = (
    ("patient_key", "Patient"),
    ("dos_from", "Date of service"),
    ("provider_id", "Provider"),
    ("payer", "Payer"),
    ("pos", "Place of service"),
)

_POINTER = re.compile(r"[1-9]\d?")
_SAVED = {
    "blind": "Blind codes saved. Below is what was billed.",
    "judge": "Judgement saved.",
    "found": "Line added.",
    "propose": "Noted.",
}
_ENTERED = ("judgement", "lines", "error", "turn", "rule", "remark")


@dataclass(frozen=True, slots=True)
class Desk:
    """The charts of one reader.

    Attributes:
        review: The review; everything entered goes to its log.
        reader: The reader's account.
        line_results: The engine's comparison.
        findings: The engine's findings, for the reasons.
        notes: Note text by encounter.
        documented: Documented elements by encounter.
        read: What the note reader reads in each note: the words of the note under elements that
            the documentation input gives without any.
        lines: Billed lines with the practice's patient keys; what names the encounter is shown
            (patient, date of service, payer, place), never a code.
    """

    review: Review
    reader: str
    line_results: pd.DataFrame
    findings: pd.DataFrame
    notes: Mapping[str, str] = field(default_factory=dict)
    documented: Mapping[str, Elements] = field(default_factory=dict)
    read: Mapping[str, Elements] = field(default_factory=dict)
    lines: pd.DataFrame | None = None

    def charts(self) -> tuple[str, ...]:
        """Return the reader's encounters whose record was received, in order."""
        state = self.review.state
        return tuple(
            sorted(
                {
                    encounter
                    for (encounter, _), who in state.readers.items()
                    if who == self.reader
                    and (chart := state.charts.get(encounter))
                    and chart.received
                }
            )
        )

    def view(self, position: int) -> dict[str, Any]:
        """Return all that the page shows of the chart at *position*, as JSON values.

        Raises:
            StageError: The reader has no chart to read.
        """
        charts = self.charts()
        if not charts:
            raise StageError(f"No received record waits for '{self.reader}'.")
        position = max(0, min(position, len(charts) - 1))
        encounter = charts[position]
        state = self.review.state
        coded = (encounter, self.reader) in state.blind
        elements = self.documented.get(encounter, {})
        return {
            "encounter_id": encounter,
            "position": position,
            "charts": len(charts),
            "coded": sum((each, self.reader) in state.blind for each in charts),
            **self._lines_done(state, charts),
            "stage": "compare" if coded else "blind",
            "facts": self._facts(encounter),
            "note": segments(self.notes.get(encounter, ""), elements, self.read.get(encounter, {})),
            "elements": element_groups(elements),
            "proposals": proposal_rows(state, self.reader, encounter, elements),
            "rows": self._rows(state, encounter) if coded else [],
            "judgements": list(CHOICES) if coded else [],
            "categories": [each.value for each in ErrorCategory] if coded else [],
            "rules": rule_titles(self._day(encounter)) if coded else {},
            "open": self._open(state, charts),
            "seen": state.last,
        }

    def enter(self, position: int, said: Mapping[str, Any]) -> dict[str, Any]:
        """Write what the reader entered to the log, and return the chart as it is then.

        Args:
            position: The chart.
            said: `do` (`blind`, `judge`, `found` or `propose`) and its entries: `codes`; or
                `slot`, `judgement`, `lines`, `error`, `turn`, `rule`, `remark`; or `lines`,
                `error`, `rule`, `remark`; or `source`, `place`, `outcome` of a proposal; and
                `seen`, the log line that the page had shown.

        Returns:
            The view, with `message` (what was saved, or what is lacking) and `saved`.
        """
        encounter = self.charts()[max(0, min(position, len(self.charts()) - 1))]
        try:
            self.review.record(self._events(encounter, said), self.reader, "reader")
            message, saved = _SAVED.get(str(said.get("do")), "Saved."), True
        except CellError as error:
            column, accepted = (*error.args, "", "")[1:3]
            message = f"{column} {error.args[0]}. Accepted: {accepted}.".strip()
            saved = False
        except (AuditkitError, ValidationError) as error:
            message, saved = str(error).splitlines()[0], False
        return {**self.view(position), "message": message, "saved": saved}

    def _events(self, encounter: str, said: Mapping[str, Any]) -> list[e.AnyEvent]:
        """Return what was entered; after blind codes the page shows what was billed."""
        event = self._event(encounter, said)
        if isinstance(event, e.BlindCode):
            return [event, e.ComparisonShown(reader=self.reader, encounters=(encounter,))]
        return [event]

    def _event(self, encounter: str, said: Mapping[str, Any]) -> e.AnyEvent:
        state = self.review.state
        seen = int(said.get("seen", 0))
        values = {
            name: text
            for name in _ENTERED
            if (text := str(said.get(name) or "").strip())
        }  # fmt: skip
        if said.get("do") == "blind":
            return e.BlindCode(encounter_id=encounter, lines=_blind(said), seen=seen)
        if said.get("do") == "propose":
            return self._proposal(encounter, said)
        if said.get("do") == "found":
            return found_line(state, self.reader, seen, {**values, "encounter_id": encounter})
        if "judgement" not in values:
            raise CellError("is lacking", "Judgement", ", ".join(CHOICES))
        for result in self.line_results.to_dict("records"):
            if result["encounter_id"] == encounter and e.slot_of(result) == said.get("slot"):
                return judgement_of(state, self.reader, seen, values, result)
        raise CellError("is no line of this chart", "Line", "a line of the page")

    def _proposal(self, encounter: str, said: Mapping[str, Any]) -> e.ProposalsJudged:
        """Return what the reader made of one proposal of the page."""
        place, source = str(said.get("place") or ""), str(said.get("source") or "")
        known = proposals_of(self.documented.get(encounter, {}))
        if not any((each.place, each.source) == (place, source) for each in known):
            raise CellError("is no proposal of this chart", "Proposal", "a proposal of the page")
        if said.get("outcome") not in OUTCOMES:
            raise CellError("is lacking", "What became of it", ", ".join(OUTCOMES))
        return judgement_event(encounter, source, {str(said["outcome"]): [place]})

    def _rows(self, state: State, encounter: str) -> list[dict[str, Any]]:
        rows = compared_rows(state, self.reader, (encounter,), self.line_results, self.findings)
        conflicts = {slot for x, slot in state.conflicts if x == encounter}
        titles = rule_titles(None)
        return [
            {
                **row,
                "conflict": row["slot"] in conflicts,
                "diagnoses": self._diagnoses(encounter, row["slot"]),
                "rule_title": titles.get(row["rule_id"], ""),
                "also": [{**x, "rule_title": titles.get(x["rule_id"], "")} for x in row["also"]],
            }
            for row in rows
        ]

    def _facts(self, encounter: str) -> list[list[str]]:
        """Return what names the encounter, as pairs of heading and value."""
        line = self._first_line(encounter)
        told = [[heading, text_of(line.get(name))] for name, heading in _FACTS]
        return [pair for pair in told if pair[1]]

    def _first_line(self, encounter: str) -> Mapping[Any, Any]:
        if self.lines is None:
            return {}
        mine = self.lines[self.lines["encounter_id"] == encounter]
        return {} if mine.empty else mine.iloc[0].to_dict()

    def _diagnoses(self, encounter: str, slot: str) -> str:
        """Return the diagnoses that a billed line points to; all of the claim where it says not."""
        if self.lines is None or "encounter_line" not in self.lines:
            return ""
        place = (self.lines["encounter_id"] == encounter) & (
            self.lines["encounter_line"].astype(str) == slot
        )
        for line in self.lines[place].to_dict("records"):
            codes = [text_of(line.get(f"dx{n}")) for n in range(1, 13)]
            pointers = [int(p) for p in _POINTER.findall(text_of(line.get("dx_pointers")))]
            told = [codes[p - 1] for p in pointers if p <= len(codes)] or codes
            return f"{SEPARATOR} ".join(code for code in told if code)
        return ""

    def _day(self, encounter: str) -> date | None:
        text = text_of(self._first_line(encounter).get("dos_from"))
        return date.fromisoformat(text[:10]) if text else None

    def _open(self, state: State, charts: Sequence[str]) -> list[int]:
        """Return the places of the charts on which this reader has something left to do."""
        slots = self.review.work(state).slots
        done = {
            key
            for read in (state.first, state.second)
            for key, record in read.items()
            if record.by == self.reader
        }
        return [
            place
            for place, encounter in enumerate(charts)
            if (encounter, self.reader) not in state.blind
            or any((encounter, slot) not in done for slot in slots.get(encounter, ()))
        ]

    def _lines_done(self, state: State, charts: Iterable[str]) -> dict[str, int]:
        mine = set(charts)
        named = self.line_results["encounter_id"].isin(mine)
        judged = {
            key
            for read in (state.first, state.second)
            for key, record in read.items()
            if key[0] in mine and record.by == self.reader
        }
        return {"lines": int(named.sum()), "judged": len(judged)}


def _blind(said: Mapping[str, Any]) -> tuple[e.CodedLine, ...]:
    text = str(said.get("codes") or "").replace("\n", SEPARATOR).strip()
    if text.casefold() == NONE:
        return ()
    try:
        lines = parse_lines(text)
    except CellError as error:
        raise CellError(str(error), "Codes", ACCEPTED) from error
    if not lines:
        raise CellError("are lacking", "Codes", f"{ACCEPTED}, or '{NONE}'")
    return lines
