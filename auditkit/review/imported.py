"""What came back in a workpaper, and the act of taking it into the review."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditkit.errors import InputError, Problem, StageError
from auditkit.files import write_bytes
from auditkit.privacy import PRIVATE, make_folder
from auditkit.review import events as e
from auditkit.review.log import Record
from auditkit.review.readback import OpenBook, check_identity
from auditkit.review.session import Review
from auditkit.review.state import Key, State, coded
from auditkit.review.workbook import Sheet

#: Where first and second readers' documented elements are kept; they may quote notes.
ABSTRACTIONS = {1: f"{PRIVATE}abstraction.jsonl", 2: f"{PRIVATE}abstraction_second.jsonl"}

BOOK, AUDIT, BEGAN, STAGE, PERSON, ISSUED, FORM = (
    "Book",
    "Audit",
    "Review began with",
    "Stage",
    "Person",
    "Issued after log line",
    "Form",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook says: complete entries as events, and all that is not complete.

    `unfinished` names what is not taken in, and why; `elements` holds documented elements by
    encounter, for the encounters that have an `abstracted` event.
    """

    book: str
    person: str
    seen: int
    events: tuple[e.AnyEvent, ...] = ()
    elements: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    repairs: tuple[Problem, ...] = ()
    unfinished: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the outcome in words, with every problem."""
        charts = {x for each in self.events if (x := getattr(each, "encounter_id", ""))}
        said = [
            f"{self.book}: {len(self.events)} complete entries in {len(charts)} chart(s), "
            f"{len(self.unfinished)} unfinished, {len(self.problems)} problem(s), "
            f"{len(self.repairs)} repaired."
        ]
        said += [f"  problem: {each}" for each in self.problems]
        said += [f"  repaired: {each}" for each in self.repairs]
        said += [f"  unfinished: {each}" for each in self.unfinished]
        return "\n".join(said)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken into the review: new log lines, what was there already, and conflicts."""

    records: tuple[Record, ...]
    known: int
    conflicts: tuple[str, ...]


def form_of(sheets: Iterable[Sheet]) -> str:
    """Return the name of a form: a hash of its sheets and headings."""
    headings = [(sheet.name, [column.heading for column in sheet.columns]) for sheet in sheets]
    return sha256(repr(headings).encode()).hexdigest()[:12]


def identity(
    state: State, stage: str, person: str, content: str, sheets: Iterable[Sheet] = ()
) -> dict[str, str]:
    """Return what the sheet *Start* of a workpaper says about it."""
    began = state.history[0].hash if state.history else ""
    text = "|".join((began, stage, person, str(state.last), content))
    return {
        BOOK: sha256(text.encode()).hexdigest()[:16],
        AUDIT: state.audit,
        BEGAN: began[:16],
        STAGE: stage,
        PERSON: person,
        ISSUED: str(state.last),
        FORM: form_of(sheets),
    }


def check_book(book: OpenBook, state: State, stage: str) -> tuple[str, int]:
    """Return the person and the log line that a workbook was issued for and after.

    Raises:
        InputError: It belongs to another audit or stage, or its sheet *Start* was changed.
    """
    began = state.history[0].hash[:16] if state.history else ""
    what = {
        BEGAN: f"belongs to another audit ({book.identity.get(AUDIT, 'unnamed')}).",
        STAGE: f"is a workpaper of stage '{book.identity.get(STAGE, '')}', not of '{stage}'.",
    }
    check_identity(book, {BEGAN: began, STAGE: stage}, what)
    issued = book.identity.get(ISSUED, "")
    if not issued.isdigit() or int(issued) > state.last:
        raise InputError(
            f"{book.name} says that it was issued after log line '{issued[:12]}', which this log "
            "does not have. Issue the workpaper again."
        )
    return book.identity.get(PERSON, ""), int(issued)


def take(
    review: Review,
    imported: Imported,
    role: str = "reader",
    read_of: Callable[[State, str], int] | None = None,
    by: str = "",
) -> Taken:
    """Write what a workbook says to the log, and keep its documented elements.

    Taking the same workbook again changes nothing, so an import that was interrupted is simply
    done again. Where somebody else changed the same line since the workbook was issued, both
    versions stay in the log and a conflict waits to be resolved.

    Args:
        review: The review.
        imported: What the workbook says.
        role: The role in which it is taken in.
        read_of: Gives 1 or 2, the reading that an encounter's elements belong to.
        by: The account that takes it in; the workbook's person when empty.

    Raises:
        StageError: An entry is not allowed and nothing was taken in; or the documented elements
            could not be written after the log, and taking the workbook again mends it.
        LogError: The log cannot be written; nothing was taken in.
    """
    state = review.state
    new = [event for event in imported.events if not _known(state, event, imported.person)]
    records = review.record(new, by or imported.person, role) if new else ()
    after = review.state
    conflicts = _conflicts(after, imported)
    if imported.elements and read_of is not None:
        apart = {encounter for encounter, by in after.coding_conflicts if by == imported.person}
        kept = {k: v for k, v in imported.elements.items() if k not in apart}
        for read in (1, 2):
            part = {k: v for k, v in kept.items() if read_of(after, k) == read}
            try:
                save_elements(review.folder, read, part)
            except OSError as error:
                raise StageError(
                    f"{review.folder / ABSTRACTIONS[read]} could not be written "
                    f"({error.strerror}). The log has the entries; make room, then take the same "
                    "workpaper in again."
                ) from error
    return Taken(records, len(imported.events) - len(new), conflicts)


def save_elements(folder: Path, read: int, elements: Mapping[str, dict[str, Any]]) -> None:
    """Add documented elements to the audit's folder, replacing those of the same encounters."""
    if not elements:
        return
    merged = {**load_elements(folder, read), **elements}
    lines = (canonical(merged[encounter]) + b"\n" for encounter in sorted(merged))
    make_folder(folder / PRIVATE)
    write_bytes(folder / ABSTRACTIONS[read], b"".join(lines))


def load_elements(folder: Path, read: int = 1) -> dict[str, dict[str, Any]]:
    """Return the documented elements that readers entered, by encounter; none when none yet.

    Raises:
        StageError: The file is damaged.
    """
    path = folder / ABSTRACTIONS[read]
    if not path.is_file():
        return {}
    try:
        found = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return {each["encounter_id"]: each for each in found}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StageError(f"{path} is damaged. Import the workpapers again.") from error


def canonical(elements: Mapping[str, Any]) -> bytes:
    """Return documented elements as the JSON line that is stored and hashed."""
    text = json.dumps(elements, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def elements_sha256(elements: Mapping[str, Any]) -> str:
    """Return the hash that an `abstracted` event names."""
    return sha256(canonical(elements)).hexdigest()


def _known(state: State, event: e.AnyEvent, person: str) -> bool:
    """Return whether the log holds the same entry already."""
    if isinstance(event, (e.BlindCode, e.Abstracted)):
        current = state.blind if isinstance(event, e.BlindCode) else state.abstracted
        apart = state.coding_conflicts.get((event.encounter_id, person), ())
        if apart and event.seen >= max(record.n for record in apart):
            return False  # entered in sight of both copies: this ends their conflict
        records = [current.get((event.encounter_id, person)), *apart]
        mine = event.lines if isinstance(event, e.BlindCode) else event.elements_sha256
        return any(record is not None and coded(record) == mine for record in records)
    if isinstance(event, e.ProposalsJudged):
        kinds = {"accepted": event.accepted, "corrected": event.corrected}
        kinds["rejected"] = event.rejected
        return all(
            state.proposals.get((event.encounter_id, event.source, place, person)) == kind
            for kind, places in kinds.items()
            for place in places
        )
    if isinstance(event, (e.Determination, e.SecondRead)):
        key = (event.encounter_id, event.slot)
        judged = state.first if isinstance(event, e.Determination) else state.second
        records = [judged.get(key), *state.conflicts.get(key, ())]
        return any(r is not None and r.by == person and _same(r.event, event) for r in records)
    if isinstance(event, (e.ProviderAgrees, e.ProviderDisputes)):
        response = state.responses.get((event.encounter_id, event.slot))
        return response is not None and response.event == event
    return False


def _same(one: e.AnyEvent, other: e.Determination | e.SecondRead) -> bool:
    return isinstance(one, type(other)) and (one.said, one.remark) == (other.said, other.remark)


def _conflicts(state: State, imported: Imported) -> tuple[str, ...]:
    touched: set[Key] = {
        (event.encounter_id, event.slot)
        for event in imported.events
        if isinstance(event, (e.Determination, e.SecondRead))
    }
    lines = [
        f"line {slot} of {encounter} was judged differently since this workpaper was issued"
        for encounter, slot in sorted(touched & state.conflicts.keys())
    ]
    mine = {event.encounter_id for event in imported.events if isinstance(event, e.BlindCode)}
    coding = [
        f"{encounter} was coded differently since this workpaper was issued"
        for encounter, by in sorted(state.coding_conflicts)
        if by == imported.person and encounter in mine
    ]
    return (*lines, *coding)
