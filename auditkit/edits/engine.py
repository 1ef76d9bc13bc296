"""What an engine does for a screening; the two adapters do it for DuckDB and for Spark."""

from typing import Any, Protocol

import pandas as pd
import pyarrow as pa

from auditkit.edits.edit import Edit, Stage
from auditkit.edits.facts import Facts


class Engine(Protocol):
    """Runs the edits' texts. An engine is opened for one screening and closed after it."""

    name: str

    def open(self, claims: Any) -> list[str]:
        """Take in the claims and return the names of their columns."""
        ...

    def claims(self, text: str) -> None:
        """Name the result of *text* ``claims``; ``source`` stands for the claims as given."""
        ...

    def ask(self, text: str) -> pd.DataFrame:
        """Return the small result of *text*."""
        ...

    def table(self, name: str, content: pa.Table) -> None:
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
        """Turn the last stage of *edit* into signals and drop its stages."""
        ...

    def given(self, form: str) -> Any:
        """Return all signals in the kind of table *form*."""
        ...

    def close(self) -> None:
        """Let go of everything that the screening held."""
        ...


def reason_text(edit: Edit) -> str:
    """Return the SQL expression of the reason: a case per outcome, its places filled.

    The places are {code} and {other_code} (the codes of the two lines) and {detail}.
    """
    cases = "".join(
        f"\n        when s.outcome = {quoted(outcome.name)} then {_filled(outcome.reason)}"
        for outcome in edit.outcomes
    )
    return f"case{cases}\n    end"


def severity_text(edit: Edit) -> str:
    """Return the SQL expression of the severity: a case per outcome."""
    cases = "".join(
        f" when s.outcome = {quoted(outcome.name)} then {quoted(outcome.severity.value)}"
        for outcome in edit.outcomes
    )
    return f"case{cases} end"


def signals_text(edit: Edit) -> str:
    """Return the query that turns the last stage of *edit* into signals."""
    return f"""
select
    {quoted(edit.id)} as edit_id,
    {quoted(edit.family)} as family,
    s.outcome,
    {severity_text(edit)} as severity,
    l.claim_id,
    l.line,
    k.claim_id as other_claim_id,
    k.line as other_line,
    s.edition,
    {quoted(str(edit.citation))} as citation,
    {reason_text(edit)} as reason
from signals s
join lines l on l.line_id = s.line_id
left join lines k on k.line_id = s.other_line_id"""


def quoted(text: str) -> str:
    """Return *text* as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _filled(reason: str) -> str:
    columns = {
        "{code}": "cast(l.code as varchar(10))",
        "{other_code}": "coalesce(cast(k.code as varchar(10)), '')",
        "{detail}": "coalesce(s.detail, '')",
    }
    parts = []
    rest = reason
    while rest:
        found = [(rest.index(place), place) for place in columns if place in rest]
        if not found:
            parts.append(quoted(rest))
            break
        at, place = min(found)
        if at:
            parts.append(quoted(rest[:at]))
        parts.append(columns[place])
        rest = rest[at + len(place) :]
    return " || ".join(parts)
