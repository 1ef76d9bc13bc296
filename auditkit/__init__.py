"""Audit the coding of health-care claims."""
