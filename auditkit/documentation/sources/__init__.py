"""Structured sources of the record (FHIR, C-CDA, exports of an EHR or laboratory system)."""

from auditkit.documentation.sources.account import Account, Note, RecordSources
from auditkit.documentation.sources.reading import is_record, read_record

__all__ = ["Account", "Note", "RecordSources", "is_record", "read_record"]
