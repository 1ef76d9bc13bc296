"""Proposals of the note reader or of a model: shown with their quotes, judged, and counted.

What became of each proposal is an event that names places and no values; the rates by element
say what a source of proposals is good for, and what it is not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from auditkit.documentation.deidentify import Approval
from auditkit.review import events as e
from auditkit.review.columns import Column, show
from auditkit.review.elements_back import KEYS, equal
from auditkit.review.elements_sheets import Elements
from auditkit.review.state import State
from auditkit.review.workbook import Sheet
from auditkit.stats import clopper_pearson

PROPOSALS = "Proposals"
OUTCOMES: tuple[e.Outcome, ...] = ("accepted", "corrected", "rejected")
RATE_COLUMNS = [
    "source",
    "element",
    "proposed",
    "accepted",
    "corrected",
    "rejected",
    "rate",
    "lower",
    "upper",
    "level",
]
#: Sources of evidence whose values are proposals.
_PROPOSING = ("note_reader", "model")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed element: who proposes it, its place, its value, and the words it rests on."""

    source: str
    place: str
    value: Any
    quote: str
    confidence: float | None = None

    @property
    def element(self) -> str:
        """The element without the number of its part, such as `procedures.lesions_treated`."""
        return _INDEX.sub("", self.place)


def proposals_of(elements: Elements) -> tuple[Proposal, ...]:
    """Return the proposals among *elements*, in their order."""
    return tuple(each for each, _ in _placed(elements))


def judged(encounter: str, proposed: Elements, entered: Elements) -> tuple[e.ProposalsJudged, ...]:
    """Return what became of the proposals for one chart, one event for each source.

    A value entered as proposed is accepted, another value is a correction, and a value removed,
    or entered as not documented, is a rejection.

    Args:
        encounter: The chart.
        proposed: The elements that the reader was shown.
        entered: The elements that the reader entered.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for proposal, key in _placed(proposed):
        value = _value_at(entered, key)
        kind = (
            "rejected"
            if value is None
            else "accepted"
            if equal(proposal.value, value)
            else "corrected"
        )
        found.setdefault(proposal.source, {}).setdefault(kind, []).append(proposal.place)
    return tuple(
        judgement_event(encounter, source, kinds) for source, kinds in sorted(found.items())
    )


def judgement_event(
    encounter: str, source: str, places: Mapping[str, Sequence[str]]
) -> e.ProposalsJudged:
    """Return the event that names the *places* of each outcome."""
    told = {outcome: tuple(places.get(outcome, ())) for outcome in OUTCOMES}
    return e.ProposalsJudged(
        encounter_id=encounter,
        source=source,
        accepted=told["accepted"],
        corrected=told["corrected"],
        rejected=told["rejected"],
    )


def proposal_rates(state: State, level: float = 0.95) -> pd.DataFrame:
    """Return how often the proposals of each source were accepted, by element.

    Args:
        state: The review.
        level: Confidence level of the two-sided limits (Clopper-Pearson).

    Returns:
        source, element (`all` first), proposed, accepted, corrected, rejected, rate (accepted of
        proposed), lower, upper and level. The last judgement of a proposal by each reader counts.
    """
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for (_, source, place, _), outcome in state.proposals.items():
        for element in ("all", _INDEX.sub("", place)):
            row = counts.setdefault((source, element), dict.fromkeys(OUTCOMES, 0))
            row[outcome] += 1
    rows = []
    for (source, element), row in counts.items():
        proposed = sum(row.values())
        lower, upper = clopper_pearson(row["accepted"], proposed, level)
        rate = row["accepted"] / proposed
        rows.append((source, element, proposed, *row.values(), rate, lower, upper, level))
    table = pd.DataFrame(rows, columns=RATE_COLUMNS)
    first = table["element"].ne("all")
    return table.iloc[
        pd.DataFrame({"s": table["source"], "f": first, "e": table["element"]})
        .sort_values(["s", "f", "e"])
        .index
    ].reset_index(drop=True)


def approvals(state: State) -> tuple[Approval, ...]:
    """Return the texts that people approved for handing to a model, in the log's order."""
    return tuple(
        Approval(
            record.event.encounter_id,
            record.event.text_sha256,
            record.event.rules_sha256,
            record.by,
            record.at,
        )
        for record in state.history
        if isinstance(record.event, e.TextApproved)
    )


def proposals_sheet(encounters: Sequence[str], known: Mapping[str, Elements]) -> Sheet:
    """Return the sheet that shows each proposal with its quote; it is read, not filled in."""
    value = Column("value", "Proposed value", locked=True, width=24, wrap=True)
    rows = [
        {
            "encounter_id": encounter,
            "source": each.source,
            "element": each.place.replace("_", " "),
            "value": str(show(value, each.value)),
            "quote": each.quote,
        }
        for encounter in encounters
        for each in proposals_of(known.get(encounter, {}))
    ]
    columns = (
        Column("encounter_id", "Encounter", locked=True, width=19),
        Column("source", "Proposed by", locked=True, width=14),
        Column("element", "Element", locked=True, width=34),
        value,
        Column("quote", "Words of the note", locked=True, width=80, wrap=True),
    )
    does = (
        "What was proposed and the words it rests on. It stands on the element sheets already: "
        "keep it, change it, or clear it there."
    )
    none = "Nothing was proposed: what stands on the element sheets was abstracted by people."
    return Sheet(PROPOSALS, does if rows else none, columns, rows)


def proposal_rows(
    state: State, reader: str, encounter: str, elements: Elements
) -> list[dict[str, Any]]:
    """Return the proposals of one chart as the widget shows them, with what became of each."""
    return [
        {
            "source": each.source,
            "place": each.place,
            "element": each.place.replace("_", " "),
            "value": str(show(Column("value", "Value"), each.value)),
            "quote": each.quote,
            "outcome": state.proposals.get((encounter, each.source, each.place, reader), ""),
        }
        for each in proposals_of(elements)
    ]


#: Where a value stands: the name of the part, what tells it from others of its kind, the element.
_Key = tuple[str, Any, str]


def _placed(elements: Elements) -> Iterator[tuple[Proposal, _Key]]:
    """Yield each proposal with the key under which the same element is found elsewhere."""
    for name in ("record", "em", "abn"):
        part = elements.get(name)
        if isinstance(part, Mapping):
            yield from _of_part(part, name, (name, None))
    for name, key in KEYS.items():
        for number, part in enumerate(elements.get(name) or ()):
            yield from _of_part(part, f"{name}[{number}]", (name, key(part)))


def _of_part(
    part: Mapping[str, Any], place: str, key: tuple[str, Any]
) -> Iterator[tuple[Proposal, _Key]]:
    for element, told in (part.get("evidence") or {}).items():
        if told.get("source") not in _PROPOSING or part.get(element) is None:
            continue
        source = told["source"] if told["source"] == "note_reader" else told.get("abstractor", "")
        proposal = Proposal(
            re.sub(r"[^A-Za-z0-9_.-]", "-", source or "model")[:64],
            f"{place}.{element}",
            part[element],
            told.get("quote") or "",
            told.get("confidence"),
        )
        yield proposal, (*key, element)


def _value_at(elements: Elements, key: _Key) -> Any:
    """Return the value that *elements* hold under *key*, None where there is none."""
    name, own, element = key
    if own is None:
        return (elements.get(name) or {}).get(element)
    parts = [part for part in elements.get(name) or () if KEYS[name](part) == own]
    return parts[0].get(element) if parts else None
