"""Documents that people sign: the notebook factory, tables, charts, wording and exporters."""

from auditkit.reporting.runner import report

__all__ = ["report"]
