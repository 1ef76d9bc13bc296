"""What an audit was judged by: the hashes of the bundled rules and of the reference editions."""

import hashlib
from importlib import resources
from importlib.abc import Traversable
from typing import Any

from auditkit.audit import Audit
from auditkit.reference import Store

#: Folders of the package whose data files decide findings, signals and prices.
_RULES = ("coding/packs", "edits/packs", "edits/sql", "reference/bundled")


def editions_used(audit: Audit) -> dict[str, Any]:
    """Return the hashes of everything outside the claims and records that findings rest on.

    Returns:
        `rules`, the SHA-256 of each bundled rule file by its path; `editions`, for each edition of
        the audit's store its dates, the SHA-256 of the files it was read from and of its tables.

    Raises:
        EditionError: if the store's manifest is damaged.
    """
    package = resources.files("auditkit")
    rules: dict[str, str] = {}
    for folder in _RULES:
        _hash_all(package / folder, folder, rules)
    named = audit.settings.reference.store
    held = Store(audit.input_path(named)).editions() if named else ()
    return {
        "rules": rules,
        "editions": {
            one.id: {
                "effective_from": one.effective_from.isoformat(),
                "effective_to": one.effective_to.isoformat(),
                "sources": {source.name: source.sha256 for source in one.sources},
                "tables": {table.name: table.sha256 for table in one.tables},
            }
            for one in held
        },
    }


def _hash_all(folder: Traversable, name: str, found: dict[str, str]) -> None:
    """Add the hash of each data file below *folder* under its path."""
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{name}/{each.name}"
        if each.is_dir() and not each.name.startswith("__"):
            _hash_all(each, path, found)
        elif each.is_file() and not each.name.endswith((".py", ".pyc")):
            found[path] = hashlib.sha256(each.read_bytes()).hexdigest()
