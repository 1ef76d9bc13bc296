"""An audit's notes on their way to a model of the user's own: cleaned, read, approved, handed over.

Every step leaves its file in the audit's private folder, and every approval is a line of the
review's log. Nothing is handed over that nobody approved, and no model is in use unless
`assisted.toml` switches one on.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditkit.audit import Audit
from auditkit.documentation.assisted import ModelReading, reader_of, store_readings
from auditkit.documentation.deidentify import Deidentified, deidentify, release, sha256_of_text
from auditkit.documentation.deidentify_page import deidentify_page
from auditkit.errors import InputError, Problem, StageError
from auditkit.files import write_text
from auditkit.review import events as e
from auditkit.review.issue import notes_of, role_of
from auditkit.review.proposals import approvals
from auditkit.review.session import Review

TEXTS = "private/deidentified.jsonl"
PAGE = "private/deidentified.html"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A de-identified text as it is kept: the encounter, the text, and the hashes that name it."""

    encounter_id: str
    text: str
    sha256: str
    rules_sha256: str


def clean_notes(audit: Audit, words: Iterable[str] = ()) -> dict[str, Deidentified]:
    """De-identify the notes of the drawn charts, and write the texts and the page to read.

    Args:
        audit: An audit whose settings name a file of notes.
        words: Names and other words to take out, see
            `auditkit.documentation.deidentify.deidentify`.

    Raises:
        InputError: The settings name no notes, or none belongs to a drawn chart.
    """
    notes = notes_of(audit)
    if not notes:
        raise InputError(
            "There is no note to de-identify: [inputs] notes of audit.toml names no file, or none "
            "of its notes belongs to a drawn chart."
        )
    words = tuple(words)
    found = {name: deidentify(text, words) for name, text in sorted(notes.items())}
    rows = (
        {
            "encounter_id": name,
            "text": each.text,
            "sha256": each.sha256,
            "rules_sha256": each.rules_sha256,
        }
        for name, each in found.items()
    )
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)
    write_text(audit.path(TEXTS), "".join(lines))
    write_text(audit.path(PAGE), deidentify_page(notes, found))
    return found


def cleaned_texts(folder: Path) -> dict[str, Cleaned]:
    """Return the de-identified texts that :func:`clean_notes` wrote.

    Raises:
        InputError: There are none yet, or the file was changed.
    """
    path = folder / TEXTS
    if not path.is_file():
        raise InputError(f"{path} is not there; run `auditkit notes deidentify` first.")
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line:
            continue
        try:
            each = Cleaned(**json.loads(line))
            whole = each.sha256 == sha256_of_text(each.text)
        except (ValueError, TypeError, AttributeError):
            whole = False
        if not whole:
            problem = Problem(path.name, number, None, "the line was changed", "a text as written")
            raise InputError(f"{path.name} cannot be used; de-identify again.", [problem])
        found[each.encounter_id] = each
    return found


def approve(audit: Audit, by: str, encounters: Iterable[str]) -> int:
    """Record that *by* read the de-identified texts of *encounters* and approves them.

    Texts approved before, word for word, are not recorded again.

    Returns:
        How many approvals were recorded.

    Raises:
        InputError: There is no text of one of the encounters.
        StageError: *by* is neither preparer nor manager of the review.
    """
    texts, review = cleaned_texts(audit.folder), Review(audit.folder)
    chosen = list(dict.fromkeys(encounters))
    absent = [name for name in chosen if name not in texts]
    if absent:
        raise InputError(
            f"There is no de-identified text of {', '.join(absent[:5])}. Name encounters of the "
            "page that `auditkit notes deidentify` wrote, or run it again for new charts."
        )
    state = review.state
    role = role_of(state, by, ("preparer", "manager"))
    last = {each.encounter_id: each.text_sha256 for each in approvals(state)}
    new = [texts[name] for name in chosen if last.get(name) != texts[name].sha256]
    if new:
        review.record(
            [
                e.TextApproved(
                    encounter_id=each.encounter_id,
                    text_sha256=each.sha256,
                    rules_sha256=each.rules_sha256,
                )
                for each in new
            ],
            by,
            role,
        )
    return len(new)


def assist(audit: Audit) -> tuple[ModelReading, ...]:
    """Hand every approved text to the model that `assisted.toml` switches on; keep what it says.

    A text that was approved and changed since is left out.

    Raises:
        SettingsError: No model is switched on.
        StageError: No text is approved as it stands.
    """
    reader = reader_of(audit.folder)
    texts, given = cleaned_texts(audit.folder), approvals(Review(audit.folder).state)
    last = {each.encounter_id: each.text_sha256 for each in given}
    ready = [each for name, each in texts.items() if last.get(name) == each.sha256]
    if not ready:
        raise StageError(
            "No text is approved as it stands, so nothing was handed over. Read the page, then: "
            "auditkit notes approve FOLDER --as ACCOUNT --all"
        )
    readings = tuple(reader.read(release(each.encounter_id, each.text, given)) for each in ready)
    store_readings(audit.folder, readings)
    return readings
