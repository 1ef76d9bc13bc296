"""The last look at a twin: no byte of it may hold an identifier of its source."""

import re
from pathlib import Path

import pandas as pd

from auditkit.audit import Audit
from auditkit.errors import EvidenceError
from auditkit.privacy.twin_names import Names


def refuse_leaks(audit: Audit, out: Path, names: Names) -> None:
    """Remove the twin and raise if any byte of it holds an identifier of the source."""
    old = {name for kind in names.given.values() for name in kind}
    old |= _private_words(audit)
    longer = [n for n in audit.providers["name"].dropna() if len(n) > 3]
    about = audit.settings.audit
    longer += [n for n in (about.practice, about.name, about.prepared_by) if len(n) > 4]
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        text = path.read_text(encoding="utf-8", errors="replace")
        tokens = set(re.findall(r"[\w.-]+", text))
        if tokens & old or any(name in text for name in longer):
            for each in sorted(out.rglob("*"), reverse=True):
                each.unlink() if each.is_file() else each.rmdir()
            raise EvidenceError(
                f"An identifier of the source stood in {path.name} of the twin, so the twin was "
                "removed. This is a fault of auditkit; report it without the data."
            )


def _private_words(audit: Audit) -> set[str]:
    """Return the identifiers of the private folder, where it is there."""
    path = audit.path("private/crosswalk.csv")
    if not path.is_file():
        return set()
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    wanted = [c for c in table.columns if c not in ("encounter_line", "line")]
    return {value for c in wanted for value in table[c] if len(value) > 3}
