"""One chart at a time: what a reader sees, and what they enter, without any display.

The desk is what the review widget shows. It keeps the rule of the workpapers: until the reader
has coded a chart blind, nothing that was billed leaves it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.errors import AuditkitError, StageError
from auditkit.review import events as e
from auditkit.review.cells import CellError
from auditkit.review.columns import NO, NONE, NOT_DOCUMENTED, SEPARATOR, YES
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
from auditkit.review.session import Review
from auditkit.review.state import State

#: Parts of the record whose evidence is shown, and how each is named on the page.
_PARTS = ("record", "em", "lesions", "procedures", "specimens", "drugs", "diagnoses", "abn")

_ENTERED = ("judgement", "lines", "error", "turn", "remark")


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
    """

    review: Review
    reader: str
    line_results: pd.DataFrame
    findings: pd.DataFrame
    notes: Mapping[str, str] = field(default_factory=dict)
    documented: Mapping[str, Elements] = field(default_factory=dict)

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
            "note": segments(self.notes.get(encounter, ""), elements),
            "elements": list(_element_rows(elements)),
            "proposals": proposal_rows(state, self.reader, encounter, elements),
            "rows": self._rows(state, encounter) if coded else [],
            "judgements": list(CHOICES) if coded else [],
            "seen": state.last,
        }

    def enter(self, position: int, said: Mapping[str, Any]) -> dict[str, Any]:
        """Write what the reader entered to the log, and return the chart as it is then.

        Args:
            position: The chart.
            said: `do` (`blind`, `judge`, `found` or `propose`) and its entries: `codes`; or
                `slot`, `judgement`, `lines`, `error`, `turn`, `remark`; or `lines`, `error`,
                `remark`; or `source`, `place`, `outcome` of a proposal; and `seen`, the log line
                that the page had shown.

        Returns:
            The view, with `message` (what was saved, or what is lacking) and `saved`.
        """
        encounter = self.charts()[max(0, min(position, len(self.charts()) - 1))]
        try:
            self.review.record(self._events(encounter, said), self.reader, "reader")
            message, saved = "Saved.", True
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
        return [{**row, "conflict": row["slot"] in conflicts} for row in rows]

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


def segments(note: str, elements: Elements) -> list[dict[str, str]]:
    """Return the note in pieces, each with the element that it is the evidence of, or nothing.

    Evidence is found by its place in the note where that fits its quote, and by its quote where
    it does not. Where two pieces of evidence overlap, the one that begins first is shown.
    """
    spans = sorted(
        (start, end, name)
        for name, found in _evidence(elements)
        for start, end in [_span(note, found)]
        if end > start
    )
    pieces: list[dict[str, str]] = []
    at = 0
    for start, end, name in spans:
        if start < at:
            continue
        if start > at:
            pieces.append({"text": note[at:start], "element": ""})
        pieces.append({"text": note[start:end], "element": name})
        at = end
    if at < len(note):
        pieces.append({"text": note[at:], "element": ""})
    return pieces


def _span(note: str, found: Mapping[str, Any]) -> tuple[int, int]:
    quote = found.get("quote")
    start, end = (
        at if isinstance(at, int) else -1 for at in (found.get("start"), found.get("end"))
    )
    if 0 <= start < end <= len(note) and (not quote or note[start:end] == quote):
        return start, end
    place = note.find(quote) if quote else -1
    return (place, place + len(quote)) if quote and place >= 0 else (0, 0)


def _evidence(elements: Elements) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for name, part in _named_parts(elements):
        for element, found in (part.get("evidence") or {}).items():
            yield f"{name}: {element.replace('_', ' ')}", found


def _named_parts(elements: Elements) -> Iterable[tuple[str, Elements]]:
    for name in _PARTS:
        value = elements.get(name)
        if isinstance(value, Mapping):
            yield name, dict(value)
        for number, each in enumerate(value if isinstance(value, list) else (), start=1):
            own = each.get("lesion_id") or each.get("procedure_id") or str(number)
            yield f"{name.rstrip('s')} {own}", each


def _element_rows(elements: Elements) -> Iterable[dict[str, str]]:
    for name, part in _named_parts(elements):
        for element, value in part.items():
            if element != "evidence" and not isinstance(value, (dict, list)):
                yield {
                    "part": name,
                    "element": element.replace("_", " "),
                    "value": NOT_DOCUMENTED if value is None else _say(value),
                }


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


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
