"""Supported coding: from documented elements to the lines that they support."""

from auditkit.coding.pack import Rules, load_rules
from auditkit.coding.rules_test import CaseReport, run_cases

__all__ = ["CaseReport", "Rules", "load_rules", "run_cases"]
