"""The check that everything an audit claims still holds.

Every file is hashed again; then the sample is drawn, the charts compared, the scores and the
projection computed again from the folder's own files. It says line by line what holds.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.audit import Audit
from auditkit.errors import AuditkitError, EvidenceError
from auditkit.evidence.editions import editions_used
from auditkit.evidence.manifest import MANIFEST, evidence_files, seal_of
from auditkit.files import (
    REPORTING,
    is_unfinished,
    json_bytes,
    read_json,
    sha256_of,
    unfinished_names,
)
from auditkit.privacy import PRIVATE
from auditkit.reporting.failures import LOG as FAILURES
from auditkit.reporting.failures import others_failed
from auditkit.review.events import ProviderDisputes
from auditkit.review.imported import ABSTRACTIONS, load_elements
from auditkit.review.joined import is_begun, unconfirmed
from auditkit.review.log import LOG, Log, read_log, verify_log
from auditkit.review.response_book import ATTACHMENTS
from auditkit.review.state import State, fold
from auditkit.stages import STAGES, Stage

#: What is computed in floating point, and its numbers.
_COMPUTED = ("scores.csv", "estimate.json")
_NUMBER = re.compile(r"(-?\d+\.\d+(?:e[+-]?\d+)?)")


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a verification. `holds` is None where the check could not be made here."""

    what: str
    holds: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """Every check of one audit's folder, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Return whether nothing failed; checks that could not be made do not count."""
        return all(check.holds is not False for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """Return the checks that failed."""
        return tuple(check for check in self.checks if check.holds is False)


def verify(folder: Path | str, recompute: bool = True, packed: bool = False) -> Verification:
    """Check everything that the audit's folder claims, without changing it.

    Args:
        folder: the audit's folder.
        recompute: also draw and compute every stage again; without it only hashes are compared.
        packed: the folder comes from a pack, from which the private folder was left out.

    Raises:
        EvidenceError: if there is no readable manifest to check against.
    """
    audit = Audit(Path(folder))
    manifest = _manifest(audit)
    checks = [*_unfinished(audit), *_hash_checks(audit, manifest, packed)]
    if is_begun(audit.folder):
        checks += _review_checks(audit, manifest["whole"].get("review", {}))
    checks += _input_checks(audit, manifest)
    inputs_hold = all(c.holds for c in checks if c.what.startswith("input "))
    inputs_hold &= bool(manifest["inputs"])
    lacking = _editions_lacking(audit, manifest["whole"]) if recompute else ""
    for stage in STAGES if recompute else ():
        if is_unfinished(audit.folder):
            checks.append(Check(_CLAIMS[stage.name], None, "not checked: a step is not completed"))
        elif lacking and stage.name in _TAKE_EDITIONS:
            checks.append(Check(_CLAIMS[stage.name], None, f"not checked: {lacking}"))
        else:
            checks += _recompute(audit, stage, inputs_hold, packed)
    return Verification(tuple(checks))


def _unfinished(audit: Audit) -> list[Check]:
    """Say of a step or a run of reports that was interrupted what completes it."""
    checks = []
    if is_unfinished(audit.folder):
        said = "was interrupted after it was committed: `auditkit run` completes it and seals"
        checks.append(Check("the last stage", False, said))
    if audit.path(REPORTING).exists():
        said = (
            "an unfinished run of them is beside the audit and no part of it: the same command "
            "again goes on from there"
        )
        checks.append(Check("the reports", None, said))
    failed = others_failed(audit.path(FAILURES), ())
    if failed:
        names = ", ".join(list(failed)[:10]) + (" …" if len(failed) > 10 else "")
        said = f"{len(failed)} could not be made: {names}; {FAILURES} says why"
        checks.append(Check("the failed reports", None, f"{said}, and the same command makes them"))
    return checks


def _manifest(audit: Audit) -> dict[str, Any]:
    """Return the manifest, or say why it cannot be used."""
    try:
        found = read_json(audit.path(MANIFEST))
        inputs = {
            role: {"path": str(told["path"]), "sha256": str(told["sha256"])}
            for role, told in found["inputs"].items()
        }
        int(found.get("review", {}).get("log_lines", 0))
        return {"files": dict(found["files"]), "inputs": inputs, "whole": found}
    except (AuditkitError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(
            f"{MANIFEST} is missing or damaged, so nothing can be checked against it. "
            "`auditkit run` seals an audit when it ends."
        ) from error


def _hash_checks(audit: Audit, manifest: dict[str, Any], packed: bool) -> Iterator[Check]:
    """Check the manifest's own hash, then each file that it lists, then what it does not list."""
    body = {k: v for k, v in manifest["whole"].items() if k != "seal"}
    # The seal covers the values; comparing the bytes also finds a change of white space.
    whole = audit.path(MANIFEST).read_bytes() == json_bytes(manifest["whole"])
    own = whole and manifest["whole"].get("seal") == seal_of(body)
    waiting = unfinished_names(audit.folder)
    if MANIFEST not in waiting:
        yield Check(f"file {MANIFEST}", own, "" if own else "was changed after it was sealed")
    for name in sorted(waiting):
        yield Check(f"file {name}", None, "is of the step that was interrupted")
    present = set(evidence_files(audit.folder)) - waiting
    for name, recorded in sorted(manifest["files"].items()):
        if name in waiting:
            continue
        if packed and name.startswith(PRIVATE):
            yield Check(f"file {name}", None, "stays with the audit and is never packed")
            continue
        if name not in present:
            yield Check(f"file {name}", False, "is missing")
            continue
        same = sha256_of(audit.path(name)) == recorded
        yield Check(f"file {name}", same, "" if same else "was changed: its SHA-256 differs")
    for name in sorted(present - set(manifest["files"])):
        yield Check(f"file {name}", False, "was added after the audit was sealed")


def _input_checks(audit: Audit, manifest: dict[str, Any]) -> list[Check]:
    """Check each input that is still where the audit found it."""
    checks = []
    for role, recorded in sorted(manifest["inputs"].items()):
        path = audit.input_path(recorded["path"])
        what = f"input {role} ({path.name})"
        if not path.is_file():
            checks.append(Check(what, None, "is not here; the frozen frame is checked without it"))
            continue
        same = sha256_of(path) == recorded["sha256"]
        checks.append(Check(what, same, "" if same else "was changed: its SHA-256 differs"))
    return checks


def _review_checks(audit: Audit, sealed: dict[str, Any]) -> Iterator[Check]:
    """Walk the log's chain, then compare with it what was entered, attached and sealed."""
    chain = "the review's log is as it was written"
    problems = verify_log(audit.folder)
    for problem in problems:
        yield Check(chain, False, f"{problem.file}, line {problem.row}: {problem.what}")
    if problems:
        return
    log = read_log(audit.folder)
    yield _as_sealed(chain, log, sealed)
    state = fold(log.records)
    yield from _entered(audit, state)
    yield from _attached(audit, state)


def _as_sealed(chain: str, log: Log, sealed: dict[str, Any]) -> Check:
    """Compare the log with the line that the manifest noted."""
    lines = int(sealed.get("log_lines", 0))
    if lines > len(log.records):
        gone = f"lines {len(log.records) + 1} to {lines} were removed from the end"
        return Check(chain, False, f"{LOG}: {gone}")
    if lines and log.records[lines - 1].hash != sealed.get("log_head"):
        return Check(chain, False, f"{LOG}, line {lines}: is not the line that was sealed")
    more = len(log.records) - lines
    if more:
        said = f"{more} line(s) were added after the seal; the {lines} sealed ones are unchanged"
        return Check(chain, False, f"{said}. `auditkit run` applies and seals them")
    return Check(chain, True, f"{lines} lines, the chain holds")


def _entered(audit: Audit, state: State) -> Iterator[Check]:
    """Compare the documented elements that readers entered with the hashes that the log names."""
    for read, name in ABSTRACTIONS.items():
        if not audit.path(name).is_file():
            continue
        what = f"the elements in {name} are those that the log names"
        try:
            wrong = unconfirmed(state, load_elements(audit.folder, read))
        except AuditkitError:
            yield Check(what, False, "cannot be read")
            continue
        yield Check(what, not wrong, f"not those of {', '.join(wrong[:5])}" if wrong else "")


def _attached(audit: Audit, state: State) -> Iterator[Check]:
    """Look for each document that a dispute names, under its hash."""
    there = {path.stem: path for path in audit.path(ATTACHMENTS).glob("*")}
    for (encounter, slot), record in sorted(state.responses.items()):
        event = record.event
        if not isinstance(event, ProviderDisputes) or event.attachment_sha256 is None:
            continue
        what = f"the attachment of {encounter} line {slot} is the one that was handed in"
        path = there.get(event.attachment_sha256)
        same = path is not None and sha256_of(path) == event.attachment_sha256
        lack = "is missing" if path is None else "was changed"
        yield Check(what, same, "" if same else lack)


#: The stages that look up reference editions where the settings name a store.
_TAKE_EDITIONS = ("code", "review", "score")
_CLAIMS: dict[str, str] = {
    "frame": "the frame follows from the claims",
    "draw": "the seed and the frame give this sample",
    "collect": "the drawn charts follow from the claims and the records",
    "code": "the findings follow from the lines and the records",
    "review": "the results follow from the findings and the review",
    "score": "the scores and the projection follow from the results",
}


def _editions_lacking(audit: Audit, manifest: dict[str, Any]) -> str:
    """Say why stages that take reference editions cannot be computed again here, or nothing.

    Raises:
        EvidenceError: if the manifest's list of editions is damaged.
    """
    try:
        sealed = dict(manifest.get("reference", {}).get("editions", {}))
        here = editions_used(audit)["editions"]
    except AuditkitError:  # the stages themselves say what is wrong with settings or store
        return ""
    except (TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(f"{MANIFEST} is damaged: its editions cannot be read.") from error
    if not audit.settings.reference.store:
        return ""
    if sealed and not here:
        return "the edition store is not here"
    lacking = [name for name, told in sorted(sealed.items()) if here.get(name) != told]
    return f"the edition store lacks {', '.join(lacking[:5])} as sealed" if lacking else ""


def _recompute(audit: Audit, stage: Stage, inputs_hold: bool, packed: bool) -> list[Check]:
    """Run one stage again in memory and compare its products with the files."""
    what = _CLAIMS[stage.name]
    if stage.takes_inputs and not inputs_hold:
        return [Check(what, None, "not checked: an input is missing or changed")]
    try:
        products = stage.work(Audit(audit.folder))
    except (AuditkitError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0] if isinstance(error, AuditkitError) else "files damaged"
        return [Check(what, False, f"cannot be computed again: {reason}")]
    products = {n: c for n, c in products.items() if not (packed and n.startswith(PRIVATE))}
    differing = [n for n, content in products.items() if not _same(audit.path(n), content)]
    differing += [n for n in stage.may_make if n not in products and audit.path(n).is_file()]
    if differing:
        return [Check(what, False, f"computed again, {', '.join(differing)} come out differently")]
    return [Check(what, True, f"{', '.join(products)} come out the same")]


def _same(path: Path, content: bytes) -> bool:
    """Return whether a file holds *content*; numbers may differ from the tenth digit on.

    Other versions of the numeric libraries end a search or a sum at another last digit. A change
    of the file itself is found by its hash.
    """
    if not path.is_file():
        return False
    written = path.read_bytes()
    if written == content:
        return True
    if path.name not in _COMPUTED:
        return False
    ours, theirs = (_NUMBER.split(each.decode(errors="replace")) for each in (written, content))
    return len(ours) == len(theirs) and all(
        one == other if place % 2 == 0 else math.isclose(float(one), float(other), rel_tol=1e-9)
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
    )
