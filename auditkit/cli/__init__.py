"""The `auditkit` command: one module for each part of the work, thin over the public functions."""

from auditkit.cli.workflow import app, main

__all__ = ["app", "main"]
