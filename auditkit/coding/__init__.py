"""Supported coding: from documented elements to the lines that they support."""

from typing import Any

__all__ = ["load_rules", "run_cases"]


def __getattr__(name: str) -> Any:
    # `auditkit.findings` imports the modules of this package, and the runner imports findings:
    # the public names are therefore looked up when they are first asked for.
    if name == "load_rules":
        from auditkit.coding.pack import load_rules

        return load_rules
    if name == "run_cases":
        from auditkit.coding.rules_test import run_cases

        return run_cases
    raise AttributeError(f"module 'auditkit.coding' has no attribute '{name}'")
