"""Reading a free-text note into proposals for documented elements, each with its exact quote."""

from auditkit.documentation.reader.documented import documented
from auditkit.documentation.reader.proposals import (
    Mention,
    ProposedProcedure,
    Quote,
    Reading,
    Value,
)
from auditkit.documentation.reader.reading import read_note

__all__ = ["Mention", "ProposedProcedure", "Quote", "Reading", "Value", "documented", "read_note"]
