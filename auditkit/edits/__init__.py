"""Claims edits: rules that need claims alone, run on the whole universe; they give signals."""

from auditkit.edits.edit import Edit, Outcome, catalogue
from auditkit.edits.needs import Need, needs, without_editions
from auditkit.edits.profile import profile
from auditkit.edits.screen import NotScreenedWarning, Screening, screen, screening
from auditkit.edits.worklist import edit_yield, risk_strata, stratum_sizes, worklist

__all__ = [
    "Edit",
    "Need",
    "NotScreenedWarning",
    "Outcome",
    "Screening",
    "catalogue",
    "edit_yield",
    "needs",
    "profile",
    "risk_strata",
    "screen",
    "screening",
    "stratum_sizes",
    "without_editions",
    "worklist",
]
