"""A workbook that came back: recognised, read, and taken into the review."""

from dataclasses import dataclass
from pathlib import Path

from auditkit.audit import Audit
from auditkit.errors import InputError
from auditkit.pipeline import run
from auditkit.review import blind_book, compare_book, response_book
from auditkit.review.blind_book import read_of
from auditkit.review.blind_read import read_blind_book
from auditkit.review.compare_read import read_compare_book
from auditkit.review.imported import STAGE, Imported, Taken, take
from auditkit.review.issue import given_elements, role_of
from auditkit.review.readback import open_book
from auditkit.review.response_book import read_response_book
from auditkit.review.session import Review


@dataclass(frozen=True, slots=True)
class Received:
    """What a workbook was, what it said and what was taken in."""

    stage: str
    imported: Imported
    taken: Taken

    def sentence(self) -> str:
        """Return the outcome in words: every problem by sheet and cell, every conflict."""
        taken = self.taken
        said = [
            self.imported.sentence(),
            f"{len(taken.records)} new line(s) in the log, {taken.known} known already.",
        ]
        said += [f"  conflict: {each}" for each in taken.conflicts]
        return "\n".join(said)


def receive(audit: Audit, path: Path, by: str = "") -> Received:
    """Read a filled workbook, whichever it is, and take in what is complete.

    A reader's workbook is taken in under the reader's own account, which it names; a provider's
    response sheet under the account *by* of a preparer or manager.

    What the workbook was made from is brought up to date first.

    Args:
        audit: The audit.
        path: The workbook.
        by: Who takes in a provider's response sheet.

    Raises:
        InputError: It is no workpaper of this audit.
        StageError: An entry is not allowed; nothing was taken in.
        LogError: The log is damaged or cannot be written; nothing was taken in.
    """
    review = Review(audit.folder)
    stage = open_book(path).identity.get(STAGE, "")
    if stage == blind_book.STAGE:
        found = read_blind_book(review, path, given_elements(_current(audit, "code")))
        return Received(stage, found, take(review, found, read_of=read_of(found.person)))
    if stage == compare_book.STAGE:
        audit = _current(audit, "code")
        found = read_compare_book(review, path, audit.engine_results, audit.engine_findings)
        return Received(stage, found, take(review, found))
    if stage == response_book.STAGE:
        role = role_of(review.state, by, ("preparer", "manager"))
        audit = _current(audit, "review")
        found = read_response_book(review, path, audit.line_results, audit.findings)
        return Received(stage, found, take(review, found, role=role, by=by))
    raise InputError(
        f"{path.name} is a workbook of auditkit, but of no stage that this version knows. Issue "
        "it again."
    )


def _current(audit: Audit, stage: str) -> Audit:
    run(audit.folder, until=stage)
    return Audit(audit.folder)
