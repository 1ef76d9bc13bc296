"""Signatures and encryption of packs, with the formats that other tools know.

A signature is Ed25519 (RFC 8032) over the whole archive, beside it in `<archive>.sig`; keys are
PEM, the private one under a passphrase (PKCS #8), so OpenSSL checks a signature as well.
Encryption is the age format (age-encryption.org/v1: scrypt and ChaCha20-Poly1305), so the `age`
tool opens an archive. Both need the extra `sign`.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from auditkit.errors import EvidenceError
from auditkit.files import replacing, write_bytes

SIGNATURE = ".sig"
ENCRYPTED = ".age"
#: A passphrase shorter than this is guessed; four random words are longer.
SHORTEST_PASSPHRASE = 12


def _extra(name: str) -> Any:
    """Return a module of the extra `sign`, or say how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise EvidenceError(
            "Signing and encryption need the extra 'sign'. Install it: uv sync --extra sign, or "
            "pip install 'auditkit[sign]'."
        ) from error


def _refuse_short(passphrase: str) -> None:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise EvidenceError(
            f"The passphrase is too short: {SHORTEST_PASSPHRASE} characters at least, such as "
            "four or five random words."
        )


def new_keys(private: Path, passphrase: str) -> Path:
    """Write a new private key to *private* and its public key beside it; return the latter's path.

    Raises:
        EvidenceError: if a key is there already, the passphrase is short, or the extra is absent.
    """
    _refuse_short(passphrase)
    private = Path(private)
    public = private.with_name(private.stem + ".pub.pem")
    if taken := [path.name for path in (private, public) if path.exists()]:
        raise EvidenceError(f"{', '.join(taken)} is there already; a key is never overwritten.")
    forms = _extra("cryptography.hazmat.primitives.serialization")
    key = _extra("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey.generate()
    sealed = key.private_bytes(
        forms.Encoding.PEM,
        forms.PrivateFormat.PKCS8,
        forms.BestAvailableEncryption(passphrase.encode()),
    )
    write_bytes(private, sealed)
    write_bytes(
        public,
        key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo),
    )
    return public


def sign(archive: Path, private: Path, passphrase: str) -> Path:
    """Sign *archive* and return the path of the signature beside it.

    Raises:
        EvidenceError: if the key cannot be opened with the passphrase or is of another kind.
    """
    forms = _extra("cryptography.hazmat.primitives.serialization")
    kind = _extra("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey
    try:
        key = forms.load_pem_private_key(Path(private).read_bytes(), passphrase.encode())
    except (OSError, ValueError, TypeError) as error:
        raise EvidenceError(
            f"{Path(private).name} cannot be opened as a private key with this passphrase."
        ) from error
    if not isinstance(key, kind):
        raise EvidenceError(f"{Path(private).name} is not an Ed25519 key; `auditkit keys new`.")
    target = archive.with_name(archive.name + SIGNATURE)
    write_bytes(target, key.sign(archive.read_bytes()))
    return target


def is_signed_by(content: bytes, signature: bytes, public: Path) -> bool:
    """Return whether *signature* is that of *content* under the public key in *public*.

    Raises:
        EvidenceError: if *public* is no Ed25519 public key.
    """
    forms = _extra("cryptography.hazmat.primitives.serialization")
    kind = _extra("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PublicKey
    try:
        key = forms.load_pem_public_key(Path(public).read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{Path(public).name} cannot be read as a public key.") from error
    if not isinstance(key, kind):
        raise EvidenceError(f"{Path(public).name} is not an Ed25519 public key.")
    try:
        key.verify(signature, content)
    except _extra("cryptography.exceptions").InvalidSignature:
        return False
    return True


def encrypt(archive: Path, passphrase: str) -> Path:
    """Encrypt *archive* under a passphrase into `<archive>.age`, remove the plain one, return it.

    Raises:
        EvidenceError: if the passphrase is short or the extra is absent.
    """
    _refuse_short(passphrase)
    age = _extra("pyrage.passphrase")
    target = archive.with_name(archive.name + ENCRYPTED)
    with replacing(target) as stream:
        stream.write(age.encrypt(archive.read_bytes(), passphrase))
    archive.unlink()
    return target


def decrypt(content: bytes, passphrase: str, name: str) -> bytes:
    """Return the archive that *content* encrypts.

    Raises:
        EvidenceError: if the passphrase is wrong or a byte of the archive was changed; the format
            does not tell the two apart.
    """
    age, failure = _extra("pyrage.passphrase"), _extra("pyrage").DecryptError
    try:
        return bytes(age.decrypt(content, passphrase))
    except failure as error:
        raise EvidenceError(
            f"{name} cannot be opened: the passphrase is wrong, or the file was changed."
        ) from error
