"""The contract of a table: its columns, its key and the rules within a row."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date", "money", "number", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract.

    `clean` and `test` are SQL with ``{}`` for the value: `clean` is applied to the text before
    anything else, `test` must hold for every filled value. `default` is SQL used for an empty
    cell. `also` lists names under which other systems export the same thing.
    """

    name: str
    kind: Kind
    about: str
    accepted: str
    needed: bool = False
    filled: bool = False
    clean: str = "{}"
    test: str = ""
    fault: str = "not in the accepted form"
    default: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition between columns of one row; `holds` is SQL, and NULL counts as holding."""

    column: str
    holds: str
    fault: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of one table: its columns in order, its key, and the rules within a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()

    def __getitem__(self, name: str) -> Column:
        """Return the column called *name*."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)


def described(table: Table) -> str:
    """Return the contract as a Markdown table, as the manual prints it."""
    rows = ["| column | type | column needed | empty cells | meaning | accepted |"]
    rows.append("|---|---|---|---|---|---|")
    for column in table.columns:
        empty = "no" if column.filled else "yes"
        needed = "yes" if column.needed else "no"
        name = f"`{column.name}`" + (" (key)" if column.name in table.key else "")
        rows.append(
            f"| {name} | {column.kind} | {needed} | {empty} | {column.about} | {column.accepted} |"
        )
    return "\n".join(rows)
