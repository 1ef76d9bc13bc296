"""Reading a free-text note into proposals for documented elements, each with its exact quote."""

from auditkit.documentation.reader.linking import read_note
from auditkit.documentation.reader.proposals import (
    Mention,
    ProposedProcedure,
    Quote,
    Reading,
    Value,
)

__all__ = ["Mention", "ProposedProcedure", "Quote", "Reading", "Value", "read_note"]
