"""Audit the coding of health-care claims."""

__version__ = "0.1.0"
