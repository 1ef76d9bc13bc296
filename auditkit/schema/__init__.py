"""Table contracts: columns declared once, checked in one pass, every problem reported together.

A problem names the file, the row and the column, what is wrong and what is accepted; it never
holds the value that was found. Reading a contract needs no Python: `docs/claims.md` prints it.
"""

from auditkit.schema.checking import LISTED, Checked, check
from auditkit.schema.contract import Column, RowRule, Table, described

__all__ = ["LISTED", "Checked", "Column", "RowRule", "Table", "check", "described"]
