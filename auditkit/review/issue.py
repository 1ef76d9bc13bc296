"""Workbooks that go to people: chart requests, workpapers and response sheets."""

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.documentation.notes import read_notes
from auditkit.documentation.reader import documented, read_note
from auditkit.documentation.store import read_documentation
from auditkit.errors import StageError
from auditkit.files import read_table, write_bytes
from auditkit.privacy import CROSSWALK, PRIVATE, make_folder, read_key
from auditkit.review import events as e
from auditkit.review.blind_book import open_encounters, write_blind_book
from auditkit.review.compare_book import coded_encounters, write_compare_book
from auditkit.review.desk import Desk
from auditkit.review.joined import WORKPAPERS
from auditkit.review.requests import RequestPolicy, request_list
from auditkit.review.response_book import write_response_book
from auditkit.review.session import Review
from auditkit.review.stages import everyone
from auditkit.review.state import State
from auditkit.spreadsheet import neutral


@dataclass(frozen=True, slots=True)
class Issued:
    """One file that was written, for whom, and what it is for. `kept` was there already."""

    path: Path
    person: str
    purpose: str
    kept: bool = False


def issue_workpapers(audit: Audit, by: str, readers: Iterable[str] = ()) -> list[Issued]:
    """Write each reader's next workbook into the audit's private folder.

    A reader with charts to code blind gets the first workbook, and one with charts coded blind
    and lines to judge the second. A workbook that is there already is never written over,
    because somebody may be filling it in. That a reader is shown billed lines is written to the
    log; blind codes can no longer be changed after that.

    Args:
        audit: The audit, compared up to stage `code`.
        by: The account of the preparer or manager who issues them.
        readers: Whose; everybody's when empty.

    Raises:
        StageError: A name is no reader's.
    """
    review = Review(audit.folder)
    chosen = _chosen(review.state, readers)
    for reader in chosen:
        if to_judge(review, review.state, reader):
            _show(review, by, reader, coded_encounters(review.state, reader))
    state = review.state
    issued: list[Issued] = []
    for reader in chosen:
        purpose = _to_code(state, reader)
        if purpose:
            content = write_blind_book(
                review, reader, lines_with_keys(audit), notes_of(audit), given_elements(audit)
            )
            name = f"{reader}-1-read-and-code-{state.last:05d}.xlsx"
            issued.append(_place(audit, name, content, reader, purpose))
    for reader in chosen:
        waiting = to_judge(review, state, reader)
        if waiting:
            content = write_compare_book(
                review, reader, audit.engine_results, audit.engine_findings
            )
            name = f"{reader}-2-judge-{state.last:05d}.xlsx"
            issued.append(_place(audit, name, content, reader, f"judge {len(waiting)} line(s)"))
    return issued


def _to_code(state: State, reader: str) -> str:
    """Return what the first workbook is for, or nothing where *reader* needs none."""
    waiting = open_encounters(state, reader)
    if any((x, reader) not in state.blind for x in waiting):
        return "read the records and code blind"
    apart = [x for x in waiting if (x, reader) in state.coding_conflicts]
    return f"code {', '.join(apart)} again, which two copies say differently" if apart else ""


def desk_of(audit: Audit, reader: str) -> Desk:
    """Return the desk of one reader, which the review widget shows in JupyterLab.

    Args:
        audit: The audit, compared up to stage `code`.
        reader: The reader's account.

    Raises:
        StageError: There is no such reader.
    """
    review = Review(audit.folder)
    _chosen(review.state, [reader])
    notes = notes_of(audit)
    return Desk(
        review, reader, audit.engine_results, audit.engine_findings, notes, given_elements(audit),
        proposed_elements(notes), lines_with_keys(audit),
    )  # fmt: skip


def to_judge(review: Review, state: State, reader: str) -> list[tuple[str, str]]:
    """Return the lines of records that *reader* coded blind and has not judged, and conflicts."""
    slots = review.work(state).slots
    mine = [(x, slot) for x in coded_encounters(state, reader) for slot in slots.get(x, ())]
    judged = {
        key for read in (state.first, state.second) for key, r in read.items() if r.by == reader
    }
    return [key for key in mine if key not in judged]


def _show(review: Review, by: str, reader: str, encounters: Iterable[str]) -> None:
    """Write to the log that *reader* sees the billed lines of *encounters* from now on."""
    state = review.state
    unseen = tuple(x for x in encounters if (x, reader) not in state.shown)
    if unseen:
        role = role_of(state, by, ("preparer", "manager"))
        review.record([e.ComparisonShown(reader=reader, encounters=unseen)], by, role)


def role_of(state: State, person: str, roles: Iterable[str]) -> str:
    """Return the first of *roles* that *person* was appointed to.

    Raises:
        StageError: None of them.
    """
    roles = tuple(roles)
    for role in roles:
        if role in state.roles.get(person, ()):
            return role
    known = ", ".join(f"{who} ({role})" for role in roles for who in everyone(state, role))
    named = f"'{person}'" if person else "Nobody (name yourself with --as)"
    raise StageError(
        f"{named} is not appointed {' or '.join(roles)} of this review. "
        f"{'These are: ' + known if known else 'Nobody is'}. A manager appoints people: `auditkit "
        "review people`."
    )


def _chosen(state: State, readers: Iterable[str]) -> list[str]:
    known = list(everyone(state, "reader"))
    wanted = list(readers) or known
    strangers = [who for who in wanted if who not in known]
    if strangers:
        raise StageError(
            f"'{strangers[0]}' is not appointed reader. Readers: {', '.join(known) or 'none yet'}."
        )
    return wanted


def _place(audit: Audit, name: str, content: bytes, person: str, purpose: str) -> Issued:
    path = private(audit, name)
    if path.exists():
        return Issued(path, person, purpose, kept=True)
    write_bytes(path, content)
    return Issued(path, person, purpose)


def private(audit: Audit, name: str) -> Path:
    """Return the place of a workpaper; its folder is made, for its owner alone."""
    make_folder(audit.path(PRIVATE))
    folder = audit.path(WORKPAPERS)
    folder.mkdir(exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != stat.S_IRWXU:
        folder.chmod(stat.S_IRWXU)
    return folder / name


def lines_with_keys(audit: Audit) -> pd.DataFrame:
    """Return the billed lines with the practice's own patient keys, to find charts by."""
    keys = read_table(audit.path(CROSSWALK)).drop_duplicates("encounter_id")
    named = keys.set_index("encounter_id")["patient_key"]
    lines = audit.lines
    dates = lines["dos_from"].dt.strftime("%Y-%m-%d")
    return lines.assign(patient_key=lines["encounter_id"].map(named), dos_from=dates)


def notes_of(audit: Audit) -> dict[str, str]:
    """Return the note text of each encounter, from the file that `[inputs] notes` names."""
    source = audit.settings.inputs.notes
    if not source:
        return {}
    key = read_key(audit.input_path(audit.settings.privacy.key_file))
    found = read_notes(audit.input_path(source), key)
    wanted = found[found["encounter_id"].isin(audit.charts["encounter_id"])]
    return dict(zip(wanted["encounter_id"], wanted["text"], strict=True))


def given_elements(audit: Audit) -> Mapping[str, dict[str, Any]]:
    """Return what readers confirm for the sampled encounters.

    It is the documentation input, and where that has nothing of an encounter, what the note
    reader proposes from its note.
    """
    given: dict[str, dict[str, Any]] = {}
    source = audit.settings.inputs.documentation
    if source:
        key = read_key(audit.input_path(audit.settings.privacy.key_file))
        found = read_documentation(audit.input_path(source), key)
        given = found.only(audit.charts["encounter_id"]).records
    return proposed_elements({k: v for k, v in notes_of(audit).items() if k not in given}) | given


def proposed_elements(notes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return what the note reader proposes for each note, with its quotes, as JSON values."""
    return {
        encounter: documented(read_note(text), encounter_id=encounter).model_dump(
            mode="json", exclude_unset=True
        )
        for encounter, text in notes.items()
    }


def issue_requests(audit: Audit, on: date, policy: RequestPolicy) -> Issued:
    """Write the list of chart requests with patient keys, for whoever pulls the charts.

    It is written anew each time: it holds nothing that people fill in.
    """
    review = Review(audit.folder)
    table = request_list(review.work(), review.state, on, policy)
    found = lines_with_keys(audit).drop_duplicates("encounter_id").set_index("encounter_id")
    table.insert(2, "provider_name", table["provider_id"].map(provider_names(audit)).fillna(""))
    for place, name in enumerate(("patient_key", "dos_from"), start=3):
        table.insert(place, name, table["encounter_id"].map(found[name]))
    path = private(audit, "chart-requests.csv")
    write_bytes(path, _safe(table).to_csv(index=False, lineterminator="\n").encode())
    return Issued(path, "", "pull these charts")


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    """Return *table* with text that a spreadsheet could take for formulas kept as text."""
    given = ("provider_name", "patient_key")
    return table.assign(**{name: table[name].map(neutral) for name in given})


def provider_names(audit: Audit) -> dict[str, str]:
    """Return the name of each provider that has one, by id.

    For papers of the private folder, which people of the practice act on. Whatever may leave it
    names providers by id alone, or as the reports do.
    """
    people = audit.providers
    if "name" not in people:
        return {}
    named = people[people["name"].notna()]
    return dict(zip(named["provider_id"], named["name"].map(str), strict=True))


def issue_responses(audit: Audit, until: str, providers: Iterable[str] = ()) -> list[Issued]:
    """Write the response sheet of each provider whose lines the review found in error.

    Args:
        audit: The audit, with the results after review.
        until: The last day for responses, as it is printed.
        providers: Whose, by opaque id; everybody's when empty.

    Raises:
        StageError: The review is not signed up to stage `review`.
    """
    review = Review(audit.folder)
    results = audit.line_results
    wrong = results[results["verdict"] != "supported"]
    wanted = sorted(set(providers) or set(wrong["provider_id"]))
    lines, names = lines_with_keys(audit), provider_names(audit)
    issued = []
    for provider in wanted:
        content = write_response_book(
            review, provider, results, audit.findings, until, lines, names.get(provider, "")
        )
        name = f"{provider}-response-{review.state.last:05d}.xlsx"
        issued.append(_place(audit, name, content, provider, f"answer by {until}"))
    return issued
