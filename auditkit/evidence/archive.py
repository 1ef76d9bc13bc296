"""The evidence pack: one archive that can be checked on any machine, with or without auditkit.

The archive holds every file that the manifest lists, but for the private folder, beside the lock
file and list of what is installed, a page that works three figures by hand, and a verifier that
needs Python's standard library alone. The same audit gives the same bytes: names are sorted and
times are fixed. Every byte is covered: `pack.json`, the last member, holds the SHA-256 of each
other member and of its record in the archive, and the archive ends with the SHA-256 of all bytes
before it, in hexadecimal, as its comment.
"""

import hashlib
import io
import zipfile
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from auditkit import __version__
from auditkit.audit import PLAN, SETTINGS, Audit
from auditkit.errors import EvidenceError
from auditkit.evidence.by_hand import by_hand
from auditkit.evidence.manifest import MANIFEST, seal_of
from auditkit.evidence.signing import encrypt, sign
from auditkit.evidence.verification import verify
from auditkit.files import json_bytes, read_json, replacing
from auditkit.places import lock_file
from auditkit.privacy import PRIVATE

VERIFIER = "verify_pack.py"
BY_HAND = "CHECK_BY_HAND.md"
INDEX = "pack.json"
LOCK_FILE = "uv.lock"
INSTALLED = "installed.txt"
#: What the pack adds to the audit's own files.
ADDED = (MANIFEST, VERIFIER, BY_HAND, LOCK_FILE, INSTALLED, INDEX)
#: What every pack must hold; reports and the review's log are held where the audit has them.
REQUIRED = (
    SETTINGS, PLAN, "run.json", "frame.csv", "attrition.csv", "sample.csv", "sample.json",
    "strata.csv", "lines.csv", "documentation.jsonl", "findings.csv", "line_results.csv",
    "scores.csv", "estimate.json",
)  # fmt: skip

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
#: Characters of the SHA-256 in hexadecimal with which the archive ends.
TAIL = 64


def pack(
    folder: Path | str,
    target: Path | str,
    signed_with: Path | None = None,
    key_passphrase: str = "",
    passphrase: str | None = None,
) -> Path:
    """Write the evidence pack of a sealed audit to *target* (a .zip) and return its path.

    Args:
        folder: the audit's folder.
        target: the archive to write.
        signed_with: a private key; the signature goes into `<target>.sig`.
        key_passphrase: what opens the private key.
        passphrase: encrypt the archive under it; the path returned then ends in `.zip.age`.

    Raises:
        EvidenceError: if the audit does not verify or lacks what a pack must hold; what fails is
            named.
    """
    audit, target = Audit(Path(folder)), Path(target)
    failures = verify(audit.folder, recompute=False).failures
    if failures:
        named = "; ".join(f"{check.what} {check.detail}" for check in failures[:10])
        raise EvidenceError(f"Nothing was packed, because the audit does not hold: {named}.")
    content = _archive(_contents(audit), str(read_json(audit.path(MANIFEST))["seal"]))
    with replacing(target) as stream:
        stream.write(content)
    if signed_with is not None:
        sign(target, signed_with, key_passphrase)
    return target if passphrase is None else encrypt(target, passphrase)


def _contents(audit: Audit) -> dict[str, bytes]:
    """Return every member of the pack but its index."""
    listed = read_json(audit.path(MANIFEST))["files"]
    lacking = [name for name in REQUIRED if name not in listed]
    if lacking:
        raise EvidenceError(
            f"Nothing was packed, because the audit lacks {', '.join(lacking)}. Finish it with "
            f"`auditkit run {audit.folder}`."
        )
    found = {name: audit.path(name).read_bytes() for name in listed if not _is_private(name)}
    found[MANIFEST] = audit.path(MANIFEST).read_bytes()
    found[VERIFIER] = (resources.files("auditkit") / "assets" / VERIFIER).read_bytes()
    found[BY_HAND] = by_hand(audit).encode()
    found[LOCK_FILE] = lock_file().read_bytes()
    found[INSTALLED] = _installed().encode()
    return found


def _is_private(name: str) -> bool:
    return name.startswith(PRIVATE)


def _installed() -> str:
    """Return name and version of each installed distribution, one a line, sorted."""
    found = {
        (each.metadata["Name"] or "").lower(): each.version for each in metadata.distributions()
    }
    return "".join(f"{name}=={found[name]}\n" for name in sorted(found) if name)


def _archive(contents: dict[str, bytes], seal: str) -> bytes:
    """Return the archive's bytes: members by name, the index, and the hash of it all."""
    stream = io.BytesIO()
    members: dict[str, Any] = {}
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(contents):
            begin = stream.tell()
            _add(archive, name, contents[name])
            record = stream.getbuffer()[begin : stream.tell()]
            members[name] = {
                "sha256": hashlib.sha256(contents[name]).hexdigest(),
                "record": [begin, len(record), hashlib.sha256(record).hexdigest()],
            }
            record.release()
        index = {"auditkit": __version__, "seal": seal, "members": members}
        _add(archive, INDEX, json_bytes(index | {"pack_seal": seal_of(index)}))
        archive.comment = b"0" * TAIL
    body = stream.getvalue()[:-TAIL]
    return body + hashlib.sha256(body).hexdigest().encode()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    archive.writestr(entry, content)
