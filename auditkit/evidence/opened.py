"""A pack opened again: every byte of the archive checked, then the audit in it."""

import hashlib
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from auditkit.errors import EvidenceError
from auditkit.evidence.archive import ADDED, INDEX, TAIL
from auditkit.evidence.signing import ENCRYPTED, SIGNATURE, decrypt, is_signed_by
from auditkit.evidence.verification import Check, Verification, verify

#: What no member covers: the index, the archive's directory, and the hash at its end.
OWN = f"{INDEX} or the archive's own directory"
#: What a damaged archive or index makes the readers raise.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, AttributeError, OSError,
    NotImplementedError, RuntimeError, EOFError,
)  # fmt: skip
#: What a pack may unfold to, in bytes; more is an archive made to fill a disk.
LARGEST = 8 << 30


def verify_pack(
    archive: Path | str,
    recompute: bool = True,
    public_key: Path | None = None,
    passphrase: str | None = None,
) -> Verification:
    """Check every byte of a pack, its signature where a key is given, and the audit in it.

    Args:
        archive: the pack, `.zip` or `.zip.age`; it is not changed.
        recompute: also draw and compute every stage again.
        public_key: the signer's public key; the signature is looked for beside the pack.
        passphrase: what opens an encrypted pack.

    Raises:
        EvidenceError: if the pack cannot be read, or is encrypted and does not open.
    """
    archive = Path(archive)
    content = _content(archive, passphrase)
    checks = [] if public_key is None else [_signature(archive, content, public_key)]
    broken = list(broken_bytes(content))
    checks += [Check(f"pack {name}", False, what) for name, what in broken]
    if broken:
        return Verification(tuple(checks))
    checks.append(Check(f"pack {archive.name}", True, "every byte is as it was packed"))
    with tempfile.TemporaryDirectory(prefix="auditkit-") as place:
        unfold(content, Path(place))
        checks += _inside(verify(Path(place), recompute, packed=True))
    return Verification(tuple(checks))


def _content(archive: Path, passphrase: str | None) -> bytes:
    """Return the bytes of the plain archive."""
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{archive.name} cannot be read ({error.strerror}).") from error
    if archive.suffix != ENCRYPTED:
        return content
    if passphrase is None:
        raise EvidenceError(f"{archive.name} is encrypted; its passphrase is needed.")
    return decrypt(content, passphrase, archive.name)


def _signature(archive: Path, content: bytes, public_key: Path) -> Check:
    """Check the signature beside the pack; that of an encrypted pack is of the plain archive."""
    name = archive.name.removesuffix(ENCRYPTED) + SIGNATURE
    beside = archive.with_name(name)
    what = f"signature {name}"
    if not beside.is_file():
        return Check(what, False, "is missing")
    holds = is_signed_by(content, beside.read_bytes(), public_key)
    return Check(what, holds, "" if holds else f"is not that of {public_key.name} on this pack")


def broken_bytes(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield what is not as it was packed: the member's name, or `archive`, and what is wrong.

    Nothing is yielded exactly when no byte was changed.
    """
    if hashlib.sha256(content[:-TAIL]).hexdigest().encode() == content[-TAIL:]:
        return
    index = _index(content)
    if index is None:
        yield OWN, "was changed, so that nothing in the archive can be named"
        return
    named = False
    for name, told in sorted(index.items()):
        begin, length, recorded = told["record"]
        if hashlib.sha256(content[begin : begin + length]).hexdigest() != recorded:
            named = True
            yield name, "was changed"
    if not named:
        yield OWN, "was changed; every other member is as it was packed"


def _index(content: bytes) -> dict[str, Any] | None:
    """Return the members that the index lists, or None where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            found = json.loads(opened.read(INDEX))["members"]
        for told in found.values():
            begin, length, recorded = told["record"]
            if not (isinstance(begin, int) and isinstance(length, int) and str(recorded)):
                return None
    except _UNREADABLE:
        return None
    return dict(found)


def unfold(content: bytes, place: Path) -> None:
    """Write the members of a pack below *place*.

    Raises:
        EvidenceError: if a member's name leads out of *place*, or the members are too large.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        if sum(entry.file_size for entry in opened.infolist()) > LARGEST:
            raise EvidenceError(f"The pack unfolds to more than {LARGEST:,} bytes; not opened.")
        for entry in opened.infolist():
            path = PurePosixPath(entry.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
                raise EvidenceError("The pack names a file outside its own folder; not opened.")
            target = place / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(opened.read(entry))


def _inside(found: Verification) -> Iterator[Check]:
    """Yield the checks of the audit in the pack, without what packing itself brought about."""
    added = {f"file {name}" for name in ADDED}
    for check in found.checks:
        if check.what in added and check.detail.startswith("was added"):
            continue
        if check.what.startswith("the attachment of") and check.detail == "is missing":
            yield Check(check.what, None, "stays with the audit and is never packed")
        else:
            yield check
