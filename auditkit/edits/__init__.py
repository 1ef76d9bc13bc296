"""Claims edits: rules that need claims alone, run on the whole universe; they give signals."""

from auditkit.edits.edit import Edit, Outcome, catalogue
from auditkit.edits.screen import NotScreenedWarning, Screening, screen, screening

__all__ = ["Edit", "NotScreenedWarning", "Outcome", "Screening", "catalogue", "screen", "screening"]
