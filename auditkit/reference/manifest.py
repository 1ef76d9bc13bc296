"""The store's manifest: which editions it holds, read without what opens their tables."""

import json
import os
from pathlib import Path

from auditkit.errors import EditionError
from auditkit.reference.edition import Edition, edition_of

MANIFEST = "manifest.json"


def default_folder() -> Path:
    """Return the store's folder: ``AUDITKIT_STORE``, else one in the user's data folder."""
    named = os.environ.get("AUDITKIT_STORE")
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "auditkit" / "editions"
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "auditkit" / "editions"


def editions_in(folder: Path) -> tuple[Edition, ...]:
    """Return the editions that the store in *folder* holds, by kind and oldest first.

    Raises:
        EditionError: when the manifest is damaged.
    """
    path = folder / MANIFEST
    if not path.exists():
        return ()
    try:
        found = [edition_of(entry) for entry in json.loads(path.read_text("utf-8"))["editions"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise EditionError(
            f"{path} is damaged and cannot be read as a manifest. Move the store's folder "
            "aside and add the CMS files again."
        ) from error
    return tuple(
        sorted(found, key=lambda one: (one.kind, one.effective_to, one.effective_from, one.id))
    )
