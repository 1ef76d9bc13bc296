"""Reference editions of CMS: one module per kind of file, the store, and look-ups by date."""

from typing import TYPE_CHECKING, Any

from auditkit.reference.answers import AddOn, Diagnosis, Fee, Hcpcs, Mue, PtpEdit, Schedule
from auditkit.reference.edition import (
    Added,
    AlreadyThere,
    Check,
    Edition,
    LeftOut,
    SourceFile,
    StoredTable,
)
from auditkit.reference.manifest import default_folder

if TYPE_CHECKING:
    from auditkit.reference.lookup import Editions
    from auditkit.reference.store import Store

__all__ = [
    "AddOn",
    "Added",
    "AlreadyThere",
    "Check",
    "Diagnosis",
    "Edition",
    "Editions",
    "Fee",
    "Hcpcs",
    "LeftOut",
    "Mue",
    "PtpEdit",
    "Schedule",
    "SourceFile",
    "Store",
    "StoredTable",
    "default_folder",
]


def __getattr__(name: str) -> Any:
    # What opens tables is loaded when first used: listing the editions needs the manifest alone.
    if name == "Editions":
        from auditkit.reference.lookup import Editions

        return Editions
    if name == "Store":
        from auditkit.reference.store import Store

        return Store
    raise AttributeError(f"module 'auditkit.reference' has no attribute '{name}'")
