"""Reference editions of CMS: one module per kind of file, the store, and look-ups by date."""

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
from auditkit.reference.lookup import Editions
from auditkit.reference.store import Store, default_folder

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
