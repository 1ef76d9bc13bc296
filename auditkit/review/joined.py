"""Where the review meets the machine: whose documented elements count, and where its state is.

For one encounter the order is: a record declared missing in the log, then the elements that its
first reader entered, then the documentation input. Each stands for the whole encounter; values
are never mixed. `charts.csv` names the source of each chart.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from auditkit.documentation.store import Documentation
from auditkit.errors import EvidenceError
from auditkit.privacy import PRIVATE
from auditkit.review.imported import ABSTRACTIONS, elements_sha256, load_elements
from auditkit.review.log import HEAD, LOG, read_log
from auditkit.review.state import State, fold

#: Workbooks that people fill in; not evidence, since what counts is what is imported.
WORKPAPERS = f"{PRIVATE}workpapers/"

INPUT, READER, DECLARED = "input", "reader", "declared missing"

_MISSING: dict[str, Any] = {"record": {"present": False}}


def is_begun(folder: Path) -> bool:
    """Return whether the audit in *folder* has a review; a head without its log counts."""
    return (folder / LOG).is_file() or (folder / HEAD).is_file()


def review_state(folder: Path) -> State | None:
    """Return the state of the review in *folder*, or None when none was begun.

    Raises:
        LogError: The log is damaged, or gone although its head is there.
    """
    return fold(read_log(folder).records) if is_begun(folder) else None


def missing_records(folder: Path) -> str:
    """Return a hash of which records the log declares missing: all that charts follow from."""
    state = review_state(folder)
    return sha256("|".join(() if state is None else missing(state)).encode()).hexdigest()


def missing(state: State) -> tuple[str, ...]:
    """Return the encounters whose record is declared missing and has not arrived since."""
    return tuple(x for x, chart in sorted(state.charts.items()) if chart.status == "missing")


def with_readers(
    given: Documentation, folder: Path, wanted: list[str]
) -> tuple[Documentation, dict[str, str]]:
    """Return the elements that count for each encounter, and where each comes from.

    Args:
        given: The documentation input.
        folder: The audit's folder.
        wanted: The encounters, in order.

    Returns:
        The records, and `input`, `reader` or `declared missing` by encounter; an encounter that
        nobody has abstracted is in neither.

    Raises:
        EvidenceError: The readers' elements are not those that the log names.
        LogError: The log is damaged.
    """
    records = dict(given.only(wanted).records)
    sources = dict.fromkeys(records, INPUT)
    state = review_state(folder)
    if state is None:
        return Documentation(records), sources
    for encounter, elements in _confirmed(folder, state).items():
        if encounter in wanted:
            records[encounter], sources[encounter] = elements, READER
    for encounter in missing(state):
        if encounter in wanted:
            records[encounter], sources[encounter] = _MISSING, DECLARED
    return Documentation({x: records[x] for x in wanted if x in records}), sources


def _confirmed(folder: Path, state: State) -> dict[str, dict[str, Any]]:
    """Return the first readers' elements; each must be a version that the log names."""
    found = load_elements(folder, 1)
    wrong = unconfirmed(state, found)
    if wrong:
        raise EvidenceError(
            f"{ABSTRACTIONS[1]}: the elements of {', '.join(wrong[:5])} are not those that the log "
            "names: the file was changed, or an import was interrupted. Import the reader's "
            "workpaper again."
        )
    return found


def unconfirmed(state: State, elements: dict[str, dict[str, Any]]) -> list[str]:
    """Return the encounters whose saved elements have no `abstracted` entry of that hash."""
    named = {
        (encounter, getattr(record.event, "elements_sha256", ""))
        for (encounter, _), record in state.abstracted.items()
    }
    return sorted(x for x, own in elements.items() if (x, elements_sha256(own)) not in named)
