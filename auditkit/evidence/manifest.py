"""The manifest of an audit: the hash of every file and input, sealed by a hash of its own."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from auditkit import __version__
from auditkit.audit import Audit
from auditkit.errors import AuditkitError, InputError
from auditkit.evidence.editions import editions_used
from auditkit.files import PENDING, REPORTING, json_bytes, read_json, sha256_of, write_json
from auditkit.lock import LOCK, alone
from auditkit.review.joined import WORKPAPERS, is_begun
from auditkit.review.log import LOCK as LOG_LOCK
from auditkit.review.log import read_log

MANIFEST = "manifest.json"
_NOT_EVIDENCE = (MANIFEST, LOCK, LOG_LOCK)
_NO_EVIDENCE_IN = (WORKPAPERS, f"{PENDING}/", f"{REPORTING}/")
_PACKAGES = ("numpy", "pandas", "scipy", "pydantic", "duckdb")
_INPUT_ROLES = ("claims", "documentation", "providers", "mapping", "fees", "notes")


def _hash_of_input(audit: Audit, role: str, path: str) -> str:
    """Return the hash of the input *path*.

    Raises:
        InputError: if it is no longer there.
    """
    if not audit.input_path(path).is_file():
        raise InputError(
            f"{path}, the {role} that audit.toml names, is not there, and an audit is sealed with "
            "the hash of its inputs. Put the file back, or name where it is in [inputs]."
        )
    return sha256_of(audit.input_path(path))


def seal(audit: Audit, reference: dict[str, Any] | None = None, wait: float = 0) -> str:
    """Write the manifest of the audit's folder and return its own hash, to be noted elsewhere.

    Args:
        audit: an audit whose stages have run.
        reference: what it was judged by, where its edition store is no longer at hand.
        wait: seconds to wait for another run on the same audit to end.

    Raises:
        InputError: if an input is no longer there.
        LogError: if the review's log is damaged; a damaged log is not sealed.
        StageError: if another run is at work on this audit; what it makes is its own to seal.
    """
    with alone(audit.folder, wait=wait):
        body = _body(audit, reference)
        write_json(audit.path(MANIFEST), body)
    return str(body["seal"])


def _body(audit: Audit, reference: dict[str, Any] | None) -> dict[str, Any]:
    """Return the manifest of the audit as it is now, with its own hash."""
    files = {name: sha256_of(audit.path(name)) for name in evidence_files(audit.folder)}
    body: dict[str, Any] = {
        "auditkit": __version__,
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "files": files,
        "inputs": {
            role: {"path": path, "sha256": _hash_of_input(audit, role, path)}
            for role, path in _inputs(audit)
        },
    }
    body["reference"] = editions_used(audit) if reference is None else reference
    if is_begun(audit.folder):
        log = read_log(audit.folder)
        body["review"] = {"log_lines": len(log.records), "log_head": log.head}
    return body | {"seal": seal_of(body)}


def sealed_files(audit: Audit) -> dict[str, str] | None:
    """Return the SHA-256 of each file as it was sealed, or None without a whole manifest."""
    try:
        body = read_json(audit.path(MANIFEST))
        whole = body["seal"] == seal_of({k: v for k, v in body.items() if k != "seal"})
        whole = whole and audit.path(MANIFEST).read_bytes() == json_bytes(body)
        return dict(body["files"]) if whole else None
    except (AuditkitError, KeyError, TypeError, ValueError, AttributeError):
        return None


def resealed(audit: Audit, changed: Mapping[str, str | None]) -> bytes | None:
    """Return the manifest with other hashes for the *changed* files, everything else as sealed.

    What was changed besides keeps its old hash, so that `verify` goes on naming it.

    Args:
        audit: the audit.
        changed: the SHA-256 of each file by its name relative to the folder; None for a file
            that goes.

    Returns:
        The bytes of the manifest; None where the audit is not sealed, or its manifest is damaged.
    """
    sealed = sealed_files(audit)
    if sealed is None:
        return None
    body = read_json(audit.path(MANIFEST))
    after = {**sealed, **changed}
    body["files"] = {name: after[name] for name in sorted(after) if after[name] is not None}
    body["seal"] = seal_of({k: v for k, v in body.items() if k != "seal"})
    return json_bytes(body)


def _inputs(audit: Audit) -> list[tuple[str, str]]:
    """Return the role and path of each input that the settings name."""
    inputs = audit.settings.inputs
    named = [(role, getattr(inputs, role)) for role in _INPUT_ROLES]
    named.append(("key", audit.settings.privacy.key_file))
    return [(role, path) for role, path in named if path]


def evidence_files(folder: Path) -> list[str]:
    """Return the names of the folder's files that are evidence, relative, with forward slashes."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        left_out = name in _NOT_EVIDENCE or name.startswith(_NO_EVIDENCE_IN)
        left_out = left_out or name.endswith(".tmp")
        if path.is_file() and not left_out:
            found.append(name)
    return sorted(found)


def seal_of(body: dict[str, Any]) -> str:
    """Return the SHA-256 of the manifest's content in canonical JSON, without its seal."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
