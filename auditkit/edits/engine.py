"""What an engine does for a screening; the two adapters do it for DuckDB and for Spark."""

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from auditkit.edits.edit import Edit, Stage
from auditkit.edits.editions import Stored
from auditkit.edits.facts import Facts


class Engine(Protocol):
    """Runs the edits' texts. An engine is opened for one screening and closed after it."""

    name: str

    def open(self, claims: Any) -> dict[str, str]:
        """Take in the claims and return the kind of each of their columns by its name."""
        ...

    def view(self, name: str, text: str) -> None:
        """Name the result of *text*, which is read anew each time; ``source`` is the claims."""
        ...

    def ask(self, text: str) -> pd.DataFrame:
        """Return the small result of *text*."""
        ...

    def table(self, name: str, content: pa.Table | Stored) -> None:
        """Keep a small or reference table under *name*."""
        ...

    def lines(self, text: str) -> None:
        """Keep the result of *text* as ``lines``, with a number of its own per line."""
        ...

    def enumerate(self, facts: Facts) -> None:
        """Learn the distinct values of the claims, before any table is given."""
        ...

    def stage(self, stage: Stage, *, shared: bool = False) -> None:
        """Keep the result of a stage under its name, a shared one for all edits."""
        ...

    def finish(self, edit: Edit) -> None:
        """Keep the last stage of *edit* and drop its stages."""
        ...

    def given(self, form: str) -> Any:
        """Return all signals in the kind of table *form*."""
        ...

    def close(self) -> None:
        """Let go of everything that the screening held."""
        ...


#: What is kept of the last stage of each edit until the end.
KEPT = "line_id, other_line_id, outcome, detail, edition"

#: The lines that a signal names, with what is said of them.
NAMED_LINES = """
select l.line_id, l.claim_id, l.line, cast(l.code as varchar(10)) as code
from lines l
where l.line_id in (select line_id from kept_signals
                    union all
                    select other_line_id from kept_signals where other_line_id is not null)
"""

#: All signals, from those kept, the lines that they name and what is said of each outcome.
SIGNALS = """
select
    o.edit_id, o.family, o.outcome, o.severity,
    l.claim_id, l.line, k.claim_id as other_claim_id, k.line as other_line,
    s.edition, o.citation,
    replace(replace(replace(o.reason, '{code}', l.code), '{other_code}', coalesce(k.code, '')),
            '{detail}', coalesce(s.detail, '')) as reason
from kept_signals s
join outcomes o on o.edit_id = s.edit_id and o.outcome = s.outcome
join named_lines l on l.line_id = s.line_id
left join named_lines k on k.line_id = s.other_line_id
"""


def outcomes_table(edits: Sequence[Edit]) -> pa.Table:
    """Return what is said of each outcome: edit, family, severity, citation and reason."""
    rows = [
        {
            "edit_id": edit.id,
            "family": edit.family,
            "outcome": outcome.name,
            "severity": outcome.severity.value,
            "citation": str(edit.citation),
            "reason": outcome.reason,
        }
        for edit in edits
        for outcome in edit.outcomes
    ]
    names = ("edit_id", "family", "outcome", "severity", "citation", "reason")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in names]))
