"""Documents that people sign: the notebook factory, tables, charts, wording and exporters."""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "documents": "runner",
    "report": "runner",
    "write_pdf": "pdf",
    "write_register": "register",
    "write_workbook": "workbook",
}

__all__ = ["documents", "report", "write_pdf", "write_register", "write_workbook"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used; not every call needs the scientific stack."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'auditkit.reporting' has no attribute {name!r}")
    return getattr(import_module(f"auditkit.reporting.{_PUBLIC[name]}"), name)
