"""The seal of an audit of which some files change and no others: as it was, and anew."""

from collections.abc import Mapping

from auditkit.audit import Audit
from auditkit.errors import AuditkitError
from auditkit.evidence import MANIFEST, seal_of
from auditkit.files import json_bytes, read_json


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
