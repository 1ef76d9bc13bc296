"""Evidence: a manifest of every file of an audit, and the check that all of it still holds.

`seal` writes `manifest.json`: the SHA-256 of each file of the audit and of each input, the
versions used, and the manifest's own hash. `verify` hashes every file again, then draws the
sample, compares the charts, scores and projects again from the folder's own files, and says line
by line what holds.
"""

import hashlib
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import AuditkitError, EvidenceError
from auditkit.files import json_bytes, read_json, sha256_of, write_json
from auditkit.pipeline import LOCK
from auditkit.stages import STAGES, Stage

MANIFEST = "manifest.json"
_NOT_EVIDENCE = (MANIFEST, LOCK, ".log.lock")
_PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "duckdb")
_INPUT_ROLES = ("claims", "documentation", "providers", "mapping", "fees")


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


def seal(audit: Audit) -> str:
    """Write the manifest of the audit's folder and return its own hash, to be noted elsewhere."""
    files = {name: sha256_of(audit.path(name)) for name in _file_names(audit.folder)}
    body: dict[str, Any] = {
        "auditkit": __version__,
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "files": files,
        "inputs": {
            role: {"path": path, "sha256": sha256_of(audit.input_path(path))}
            for role, path in _inputs(audit)
        },
    }
    body["seal"] = _seal_of(body)
    write_json(audit.path(MANIFEST), body)
    return str(body["seal"])


def verify(folder: Path | str, recompute: bool = True) -> Verification:
    """Check everything that the audit's folder claims, without changing it.

    Args:
        folder: the audit's folder.
        recompute: also draw and compute every stage again; without it only hashes are compared.

    Raises:
        EvidenceError: if there is no readable manifest to check against.
    """
    audit = Audit(Path(folder))
    manifest = _manifest(audit)
    checks = list(_hash_checks(audit, manifest))
    checks += _input_checks(audit, manifest)
    inputs_hold = all(c.holds for c in checks if c.what.startswith("input "))
    for stage in STAGES if recompute else ():
        checks += _recompute(audit, stage, inputs_hold)
    return Verification(tuple(checks))


def _manifest(audit: Audit) -> dict[str, Any]:
    """Return the manifest, or say why it cannot be used."""
    try:
        found = read_json(audit.path(MANIFEST))
        return {"files": dict(found["files"]), "inputs": dict(found["inputs"]), "whole": found}
    except (AuditkitError, KeyError, TypeError, ValueError) as error:
        raise EvidenceError(
            f"{MANIFEST} is missing or damaged, so nothing can be checked against it. "
            "`auditkit run` seals an audit when it ends."
        ) from error


def _hash_checks(audit: Audit, manifest: dict[str, Any]) -> Iterator[Check]:
    """Check the manifest's own hash, then each file that it lists, then what it does not list."""
    body = {k: v for k, v in manifest["whole"].items() if k != "seal"}
    # The seal covers the values; comparing the bytes also finds a change of white space.
    whole = audit.path(MANIFEST).read_bytes() == json_bytes(manifest["whole"])
    own = whole and manifest["whole"].get("seal") == _seal_of(body)
    yield Check(f"file {MANIFEST}", own, "" if own else "was changed after it was sealed")
    present = set(_file_names(audit.folder))
    for name, recorded in sorted(manifest["files"].items()):
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


_CLAIMS: dict[str, str] = {
    "frame": "the frame follows from the claims",
    "draw": "the seed and the frame give this sample",
    "collect": "the drawn charts follow from the claims and the records",
    "code": "the findings follow from the lines and the records",
    "score": "the scores and the projection follow from the findings",
}


def _recompute(audit: Audit, stage: Stage, inputs_hold: bool) -> list[Check]:
    """Run one stage again in memory and compare its products with the files."""
    what = _CLAIMS[stage.name]
    if stage.takes_inputs and not inputs_hold:
        return [Check(what, None, "not checked: an input is missing or changed")]
    try:
        products = stage.work(Audit(audit.folder))
    except (AuditkitError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0] if isinstance(error, AuditkitError) else "files damaged"
        return [Check(what, False, f"cannot be computed again: {reason}")]
    differing = [n for n, content in products.items() if not _same(audit.path(n), content)]
    if differing:
        return [Check(what, False, f"computed again, {', '.join(differing)} come out differently")]
    return [Check(what, True, f"{', '.join(products)} come out the same")]


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _inputs(audit: Audit) -> list[tuple[str, str]]:
    """Return the role and path of each input that the settings name."""
    inputs = audit.settings.inputs
    named = [(role, getattr(inputs, role)) for role in _INPUT_ROLES]
    named.append(("key", audit.settings.privacy.key_file))
    return [(role, path) for role, path in named if path]


def _file_names(folder: Path) -> list[str]:
    """Return the names of the folder's files that are evidence, relative, with forward slashes."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _NOT_EVIDENCE and not name.endswith(".tmp"):
            found.append(name)
    return sorted(found)


def _seal_of(body: dict[str, Any]) -> str:
    """Return the SHA-256 of the manifest's content in canonical JSON, without its seal."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
