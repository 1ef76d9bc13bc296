"""The provider's response sheet: agree with, or dispute, each line that the review changed."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from auditkit.errors import InputError, Problem, StageError
from auditkit.files import write_bytes
from auditkit.model import Verdict
from auditkit.privacy import PRIVATE, make_folder
from auditkit.review import events as e
from auditkit.review.columns import Column, text_of
from auditkit.review.imported import Imported, check_book, identity
from auditkit.review.notation import side_of
from auditkit.review.readback import OpenBook, Row, open_book, read_sheet
from auditkit.review.session import Review
from auditkit.review.state import State
from auditkit.review.workbook import Book, Sheet, write_book

STAGE = "response"
LINES = "Changed lines"
AGREE, DISPUTE = "agree", "dispute"

#: Where attachments of disputes are kept, each under its hash; they may name patients.
ATTACHMENTS = f"{PRIVATE}attachments"

_STEPS = (
    "Sheet 'Changed lines' lists each of your lines that the review found in error, or found "
    "supported but not billed, with the reason.",
    "Enter 'agree' or 'dispute' under Response. A dispute needs its reason.",
    "Name no patient in a reason. Where a document supports you, put the file beside this workbook "
    "and enter its name under Attachment.",
    "What is documented after the date of service does not change what that day's note supports.",
)


def write_response_book(
    review: Review,
    provider_id: str,
    results: pd.DataFrame,
    findings: pd.DataFrame,
    until: str,
    lines: pd.DataFrame | None = None,
    name: str = "",
) -> bytes:
    """Return the response sheet of one provider as an .xlsx file.

    Args:
        review: The review, signed up to stage `review`.
        provider_id: The provider's opaque id.
        results: Line results after review, see :func:`auditkit.review.outcome.reviewed`.
        findings: Findings, for the reasons.
        until: The last day for responses, as it is printed.
        lines: Lines of the sample with the practice's own patient_key and dos_from, by which the
            provider finds the note; without them only encounter ids stand on the sheet.
        name: The provider's name, which stands beside the id: the sheet goes to that provider and
            lies in the private folder until then.

    Raises:
        StageError: The review is not signed yet, or has changed no line of the provider.
    """
    state = review.state
    if "review" not in state.signed:
        raise StageError("Providers respond after stage 'review' is signed; it is not yet.")
    rows = _rows(provider_id, results, findings)
    if not rows:
        raise StageError(
            f"The review changed no line of {provider_id}; there is nothing to answer."
        )
    if lines is not None:
        found = lines.drop_duplicates("encounter_id").set_index("encounter_id")
        for row in rows:
            row |= {name: text_of(found.loc[row["encounter_id"], name]) for name in _FIND_BY}
    steps = (*_STEPS, f"Send it back by {until}.")
    return write_book(_book(state, provider_id, rows, steps, name))


_FIND_BY = ("patient_key", "dos_from")


def read_response_book(
    review: Review, path: Path, results: pd.DataFrame, findings: pd.DataFrame
) -> Imported:
    """Return what a response sheet says; take it in with ``take(..., by=..., role="preparer")``.

    Attachments named on it are looked for beside it, and copied into the audit's folder.

    Raises:
        InputError: It is no response sheet of this audit.
    """
    state = review.state
    opened = open_book(path)
    provider_id, seen = check_book(opened, state, STAGE)
    if provider_id not in set(results["provider_id"]):
        raise InputError(f"{opened.name} was issued for '{provider_id}', who is not in this audit.")
    rows = _rows(provider_id, results, findings)
    (sheet,) = _book(state, provider_id, rows, ()).sheets
    read = read_sheet(opened, sheet)
    shown = {(row["encounter_id"], row["slot"]) for row in rows}
    events: list[e.AnyEvent] = []
    problems = list(read.problems)
    unfinished: list[str] = []
    for row in read.rows:
        key = (row.values.get("encounter_id"), row.values.get("slot"))
        if row.broken or "response" not in row.values:
            unfinished.append(f"{key[0]} line {key[1]}: no response yet")
            continue
        event, problem = _answer(opened, path.parent, review.folder, provider_id, row, key, shown)
        events += [event] if event else []
        problems += [problem] if problem else []
    return Imported(
        opened.name, provider_id, seen, tuple(events), {}, tuple(problems), read.repairs,
        tuple(unfinished),
    )  # fmt: skip


def _rows(provider_id: str, results: pd.DataFrame, findings: pd.DataFrame) -> list[dict[str, Any]]:
    told = {
        (row["encounter_id"], _line(row["line"]), text_of(row["rule_id"])): row
        for row in findings.to_dict("records")
    }
    changed = results[
        (results["provider_id"] == provider_id) & (results["verdict"] != Verdict.SUPPORTED.value)
    ]
    rows = []
    for row in changed.to_dict("records"):
        found = told.get((row["encounter_id"], _line(row["line"]), text_of(row["rule_id"])), {})
        rows.append(
            {
                "encounter_id": row["encounter_id"],
                "slot": e.slot_of(row),
                "billed": side_of(row, "billed") or "not billed",
                "agreed": side_of(row, "agreed") or "nothing",
                "verdict": row["verdict"],
                "rule_id": text_of(row["rule_id"]),
                "why": text_of(found.get("why")),
                "would_support": text_of(found.get("would_support")),
                "citation": text_of(found.get("citation")),
            }
        )
    return rows


def _line(value: Any) -> int | None:
    return None if pd.isna(value) else int(float(value))


def _book(
    state: State,
    provider_id: str,
    rows: Sequence[Mapping[str, Any]],
    steps: Sequence[str],
    name: str = "",
) -> Book:
    before = (
        ("encounter_id", "Encounter", 19),
        ("slot", "Line", 9),
        ("patient_key", "Patient", 14),
        ("dos_from", "Date of service", 14),
        ("billed", "Billed", 16),
        ("agreed", "Supported", 16),
        ("verdict", "Verdict", 26),
        ("why", "Why", 48),
    )
    after = (
        ("would_support", "What would have supported it", 45),
        ("rule_id", "Rule", 18),
        ("citation", "Citation", 30),
    )
    shown, told = (
        [Column(key, head, locked=True, width=w, wrap=w >= 30) for key, head, w in part]
        for part in (before, after)
    )
    columns = (
        *shown,
        Column("response", "Response", kind="choice", choices=(AGREE, DISPUTE), width=12),
        Column("reason", "Reason", width=44, wrap=True),
        Column("attachment", "Attachment", width=24),
        *told,
    )
    sheet = Sheet(
        LINES, "Agree with or dispute each line; a dispute needs its reason.", columns, rows
    )
    title = f"Response of provider {provider_id}" + (f", {name}" if name else "")
    return Book(
        title, identity(state, STAGE, provider_id, str(len(rows)), (sheet,)), steps, (sheet,)
    )


def _answer(
    opened: OpenBook,
    beside: Path,
    folder: Path,
    provider_id: str,
    row: Row,
    key: tuple[Any, Any],
    shown: set[tuple[str, str]],
) -> tuple[e.AnyEvent | None, Problem | None]:
    place = f"{opened.name}, sheet '{LINES}'"
    if key not in shown:
        what = f"{key[0]} line {key[1]} is no line of this sheet now"
        return None, Problem(place, row.number, "Line", what, "the lines as issued")
    if row.values["response"] == AGREE:
        return e.ProviderAgrees(encounter_id=key[0], slot=key[1], provider_id=provider_id), None
    if "reason" not in row.values:
        return None, Problem(
            place, row.number, "Reason", "a dispute lacks its reason", "a sentence"
        )
    try:
        attached = _attach(beside, folder, row.values.get("attachment", ""))
        return (
            e.ProviderDisputes(
                encounter_id=key[0],
                slot=key[1],
                provider_id=provider_id,
                reason=row.values["reason"],
                attachment_sha256=attached,
            ),
            None,
        )
    except ValidationError as error:
        said = error.errors(include_input=False, include_url=False)[0]["msg"]
        what = said.removeprefix("Value error, ")
        return None, Problem(place, row.number, "Reason", what, "a reason without patient values")
    except FileNotFoundError:
        what = "names a file that is not beside the workbook"
        return None, Problem(place, row.number, "Attachment", what, "a file name, or nothing")


def _attach(beside: Path, folder: Path, name: str) -> str | None:
    """Keep the file *name*, which lies beside the workbook, and return its hash.

    Raises:
        FileNotFoundError: There is no such file beside the workbook.
    """
    if not name:
        return None
    return keep_attachment(folder, beside / Path(name.replace("\\", "/")).name)


def keep_attachment(folder: Path, path: Path) -> str:
    """Copy a document into the audit's private folder under its SHA-256, and return the hash.

    Raises:
        FileNotFoundError: There is no such file.
    """
    content = path.read_bytes()
    digest = sha256(content).hexdigest()
    kept = folder / ATTACHMENTS / f"{digest}{path.suffix.lower()[:8]}"
    if not kept.exists():
        make_folder(folder / PRIVATE)
        write_bytes(kept, content)
    return digest
