"""The pictures of the reports: functions from tables of figures to finished charts."""

from auditkit.reporting.charts.frame import balance, planner
from auditkit.reporting.charts.groups import funnel
from auditkit.reporting.charts.money import methods, over_and_under
from auditkit.reporting.charts.rates import forest, rates
from auditkit.reporting.charts.themes import pareto
from auditkit.reporting.charts.time import run
from auditkit.reporting.charts.visits import em_levels, modifier_25

__all__ = [
    "balance",
    "em_levels",
    "forest",
    "funnel",
    "methods",
    "modifier_25",
    "over_and_under",
    "pareto",
    "planner",
    "rates",
    "run",
]
