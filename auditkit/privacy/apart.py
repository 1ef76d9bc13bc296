"""Identifiers and note text stay in the folder `private/`, readable by its owner alone."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.privacy.keys import keyed_id
from auditkit.spreadsheet import neutral

if TYPE_CHECKING:
    import pandas as pd

PRIVATE = "private/"
CROSSWALK = "private/crosswalk.csv"
QUOTES = "private/quotes.jsonl"
FRAME_PATIENTS = "private/frame_patients.csv"

#: Columns that hold identifiers, and the kind under which each is keyed. Two columns of one kind
#: give one id for one value, so a corrected claim still names the claim that it replaces.
KEYED = {
    "patient_key": "patient",
    "claim_id": "claim",
    "original_claim_id": "claim",
    "line_control": "line",
}
#: Columns that no stage needs once the lines were read; they are left empty.
EMPTIED = ("patient_birth_date",)

_CROSSWALK_COLUMNS = (
    "encounter_id", "encounter_line", "patient_key", "claim_id", "line", "original_claim_id",
    "line_control", "patient_birth_date",
)  # fmt: skip
_NOTE_TEXT = ("quote", "document")


def without_identifiers(lines: "pd.DataFrame", key: bytes) -> "pd.DataFrame":
    """Return *lines* with keyed ids for patients and claims, and without dates of birth.

    Args:
        lines: claim lines, one row per billed line.
        key: the practice's key.
    """
    import pandas as pd

    named = lines.copy()
    for column, kind in KEYED.items():
        if column in lines:
            ids = {name: keyed_id(key, kind, name) for name in lines[column].dropna().unique()}
            named[column] = lines[column].map(ids)
    for column in EMPTIED:
        if column in lines:
            named[column] = pd.NaT
    return named


def crosswalk(lines: "pd.DataFrame") -> "pd.DataFrame":
    """Return what leads from encounter ids back to patients and claims; it belongs in `private/`.

    Returns:
        encounter_id, encounter_line, claim_id, line, and every other identifier of the lines;
        one that a spreadsheet would run as a formula has an apostrophe before it.
    """
    found = lines[[column for column in _CROSSWALK_COLUMNS if column in lines]]
    safe = {name: found[name].map(neutral, na_action="ignore") for name in KEYED if name in found}
    return found.assign(**safe)


def frame_patients(lines: "pd.DataFrame", units: "pd.Series", key: bytes) -> "pd.DataFrame":
    """Return whose each unit of the frame is: unit_id and patient_id, a keyed id, in their order.

    It belongs in `private/`, since it joins what the frame keeps apart.

    Args:
        lines: claim lines with `unit_id` and `patient_key`.
        units: the ids of the frame's units.
        key: the practice's key.
    """
    import pandas as pd

    whose = lines.drop_duplicates("unit_id").set_index("unit_id")["patient_key"].reindex(units)
    ids = {name: keyed_id(key, "patient", name) for name in whose.dropna().unique()}
    return pd.DataFrame({"unit_id": units.to_numpy(), "patient_id": whose.map(ids).to_numpy()})


def quotes_apart(record: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return *record* without the words of its note, and those words with their places.

    The words are the quotes and document names of the elements' evidence. A place is written
    like `procedures.0.method`.
    """
    taken: list[dict[str, str]] = []
    kept = _walk(record, (), taken)
    return kept, taken


def _walk(value: Any, path: tuple[str, ...], taken: list[dict[str, str]]) -> Any:
    """Return *value* without the note text of any evidence in it, which goes to *taken*."""
    if isinstance(value, list):
        return [_walk(each, (*path, str(i)), taken) for i, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "evidence" not in path[-2:-1]:
        return {name: _walk(each, (*path, name), taken) for name, each in value.items()}
    words = {name: value[name] for name in _NOTE_TEXT if value.get(name) is not None}
    if words:
        taken.append({"place": ".".join((*path[:-2], path[-1]))} | words)
    return {name: each for name, each in value.items() if name not in _NOTE_TEXT}


def make_folder(folder: Path) -> None:
    """Make *folder* if it is not there; a private one is for its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.name == PRIVATE.rstrip("/") and stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
