"""Running stages: only those whose inputs changed, each written as one step, one run at a time.

`run.json` records, for each finished stage, the hashes of what it read and made. A stage whose
record still matches is kept; one that was interrupted starts clean. Once a sample is drawn, a
frame or draw that would come out differently is refused: a second draw must be asked for.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import StageError
from auditkit.files import json_bytes, read_json, replace_together, sha256_of
from auditkit.lock import alone
from auditkit.stages import STAGES, Products, Stage, stage

RUN = "run.json"
_FIXED_BY_THE_DRAW = ("frame", "draw")

Progress = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one stage: run, run again from a clean start, or kept as it was."""

    stage: str
    done: Literal["ran", "started clean", "kept"]


def run(
    folder: Path | str,
    until: str = "score",
    redraw: bool = False,
    progress: Progress | None = None,
    wait: float = 0,
) -> list[Outcome]:
    """Run every stage up to *until* that is not up to date.

    Args:
        folder: the audit's folder.
        until: the last stage to run.
        redraw: allow the frame and the sample to change; the number of draws is recorded.
        progress: called with each stage before it is looked at.
        wait: seconds to wait for another run on the same audit to end.

    Raises:
        StageError: if another run is at work on this audit, if the folder cannot be written, or
            if the frame or the sample would change without *redraw*.
        WriteError: if the disk does not take a file; what was finished stands.
        AuditkitError: whatever a stage raises.
    """
    audit = Audit(Path(folder))
    last = STAGES.index(stage(until))
    with alone(audit.folder, wait=wait):
        return [_bring_up_to_date(audit, each, redraw, progress) for each in STAGES[: last + 1]]


def _bring_up_to_date(
    audit: Audit, each: Stage, redraw: bool, progress: Progress | None
) -> Outcome:
    """Run one stage unless its record says that it is up to date."""
    if progress:
        progress(each)
    record = run_record(audit)
    before = record["stages"].get(each.name)
    now = reads(audit, each)
    if before and before["read"] == now and _is_whole(audit, each, before["made"]):
        return Outcome(each.name, "kept")
    products = each.work(Audit(audit.folder))
    if not set(each.makes) <= set(products) <= {*each.makes, *each.may_make}:
        raise StageError(f"Stage '{each.name}' did not make what it should; this is a fault.")
    _refuse_silent_redraw(audit, each, before, products, redraw)
    torn = before is None and any(audit.path(name).exists() for name in each.makes)
    record = _recorded(audit, each, now, products)
    gone = dict.fromkeys(set(each.may_make) - set(products))
    replace_together(audit.folder, {**products, **gone, RUN: json_bytes(record)})
    return Outcome(each.name, "started clean" if torn else "ran")


def reads(audit: Audit, each: Stage) -> dict[str, str]:
    """Return the hash of everything the stage depends on, by name, with auditkit's version."""
    found = {"auditkit": __version__}
    for name in each.reads:
        path = audit.path(name)
        if not path.is_file():
            raise StageError(f"'{each.name}' needs {name}, which is not there.")
        found[name] = sha256_of(path)
    inputs = audit.settings.inputs
    for role in each.takes_inputs:
        named = getattr(inputs, role)
        if named:
            path = audit.input_path(named)
            if not path.is_file():
                raise StageError(
                    f"audit.toml names {named} as [inputs] {role}, but no such file is there. "
                    "Paths are relative to the audit's folder."
                )
            found[f"inputs.{role}"] = sha256_of(path)
    found |= {n: sha256_of(audit.path(n)) for n in each.may_read if audit.path(n).is_file()}
    return found | {name: digest(audit) for name, digest in each.follows.items()}


def run_record(audit: Audit) -> dict[str, Any]:
    """Return what `run.json` holds, or an empty record when no stage has run.

    Raises:
        InputError: if it is no JSON.
        StageError: if it is no record of a run.
    """
    if not audit.path(RUN).exists():
        return {"draws": 0, "stages": {}}
    record: dict[str, Any] = read_json(audit.path(RUN))
    try:
        int(record["draws"])
        whole = all({"read", "made", "at"} <= set(each) for each in record["stages"].values())
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise StageError(
            f"{RUN} is damaged: it is not the record of a run. Restore it from a copy; without it "
            "nothing says how often a sample was drawn."
        )
    return record


def _is_whole(audit: Audit, each: Stage, made: dict[str, str]) -> bool:
    """Return whether everything that the stage made is there as it was made."""
    return set(each.makes) <= set(made) and all(
        audit.path(name).is_file() and sha256_of(audit.path(name)) == recorded
        for name, recorded in made.items()
    )


def _refuse_silent_redraw(
    audit: Audit, each: Stage, before: dict[str, Any] | None, products: Products, redraw: bool
) -> None:
    """Refuse to change the frame or the sample once a sample was drawn."""
    drawn = "draw" in run_record(audit)["stages"]
    if each.name not in _FIXED_BY_THE_DRAW or not drawn or before is None or redraw:
        return
    changed = [n for n, c in products.items() if before["made"].get(n, _digest(c)) != _digest(c)]
    if changed:
        raise StageError(
            f"{', '.join(changed)} would change after the sample was drawn: an input, a setting "
            "or the plan is no longer what it was. Put it back; or start a new audit in a new "
            "folder; or draw again with --redraw, which is recorded and printed on the reports."
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _recorded(
    audit: Audit, each: Stage, read: dict[str, str], products: Products
) -> dict[str, Any]:
    """Return the run's record with what the stage read and made, and when first made so."""
    record = run_record(audit)
    before = record["stages"].get(each.name)
    made = {name: _digest(content) for name, content in products.items()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    # A frame that comes out the same again stays frozen since the first time, so that a seed
    # recorded in between remains younger than it. A file that only a newer auditkit makes is none
    # of what was frozen.
    kept = before and all(made.get(name) == digest for name, digest in before["made"].items())
    at = before["at"] if before and kept else now
    record["stages"][each.name] = {"read": read, "made": made, "at": at}
    if each.name == "draw":
        record["draws"] = int(record["draws"]) + 1
    return record
