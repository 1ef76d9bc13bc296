"""Keyed ids: patients and encounters are named by a hash that only the key's holder can make."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from auditkit.errors import SettingsError

ID_LENGTH = 16


def keyed_id(key: bytes, *parts: str) -> str:
    """Return the id of *parts*: the first 16 hexadecimal digits of HMAC-SHA256 (RFC 2104).

    Two of one billion ids coincide with probability 0.03; `encounters` counts and refuses that.
    """
    return hmac.new(key, "|".join(parts).encode(), hashlib.sha256).hexdigest()[:ID_LENGTH]


def read_key(path: Path) -> bytes:
    """Return the practice's key.

    Raises:
        SettingsError: if the file is missing or shorter than 32 hexadecimal characters.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except FileNotFoundError as error:
        raise SettingsError(
            f"The key file {path.name} is not there. `auditkit init` makes one; keep it with the "
            "practice's records, because ids can be made again only with it."
        ) from error
    except ValueError as error:
        raise SettingsError(f"The key file {path.name} is not hexadecimal text.") from error
    if len(key) < 16:
        raise SettingsError(f"The key file {path.name} is too short: 32 characters at least.")
    return key


def make_key(path: Path) -> None:
    """Write a new random key to *path*, readable by its owner alone, unless one is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
