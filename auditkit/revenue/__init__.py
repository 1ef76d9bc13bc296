"""What payers decided: denials by cause, revenue-cycle measures, checks made before the service."""

from auditkit.revenue.checks import authorisation_checks, eligibility_checks
from auditkit.revenue.denials import adjudicated, against_findings, denials, pareto
from auditkit.revenue.measures import Measure, as_table, measures

__all__ = [
    "Measure",
    "adjudicated",
    "against_findings",
    "as_table",
    "authorisation_checks",
    "denials",
    "eligibility_checks",
    "measures",
    "pareto",
]
