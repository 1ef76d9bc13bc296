"""The embedded engine: DuckDB, out of core, with the memory limit that the user sets.

What makes the edits fast here stands here and not in their texts: codes, modifiers, providers and
parties are enumerations; patients are numbers; the lines are one narrow table whose row number is
the line's own; a stage is a table of its own; and where a stage asks for it the joins run as they
are written.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from auditkit.edits.edit import Edit, Stage
from auditkit.edits.editions import Stored
from auditkit.edits.engine import KEPT, NAMED_LINES, SIGNALS
from auditkit.edits.facts import Facts
from auditkit.edits.forms import given
from auditkit.errors import WriteError

#: The columns that are enumerations, by the enumeration that they share.
ENUMERATIONS = {
    "code_t": ("code", "lower_code", "higher_code", "primary_code"),
    "mods_t": ("mods",),
    "provider_t": ("rendering", "billing", "npi"),
    "party_t": ("party",),
    "dx_list_t": ("dx_list",),
    "pointers_t": ("pointers",),
}
_OF_COLUMN = {column: kind for kind, columns in ENUMERATIONS.items() for column in columns}


class DuckEngine:
    """DuckDB as the engine of one screening."""

    name = "duckdb"

    def __init__(
        self, memory_limit: str = "1250MB", threads: int | None = None, out: Path | None = None
    ) -> None:
        """Prepare an engine that keeps within *memory_limit* and spills the rest to disk.

        Args:
            memory_limit: such as "4GB"; what is held beyond it goes to disk.
            threads: how many threads; all by default.
            out: a folder for the signals as Parquet; else they are returned.
        """
        self._spill = Path(tempfile.mkdtemp(prefix="auditkit-"))
        self._connection = duckdb.connect()
        # Nothing is fetched from the network while claims are screened.
        self._run("set autoinstall_known_extensions = false")
        self._run("set enable_progress_bar = false")
        self._run("set memory_limit = ?", memory_limit)
        self._run("set temp_directory = ?", str(self._spill))
        self._run("set preserve_insertion_order = false")
        if threads is not None:
            self._run(f"set threads = {int(threads)}")
        self._run(
            "create table kept_signals (edit_id varchar, line_id bigint, "
            "other_line_id bigint, outcome varchar, detail varchar, edition varchar)"
        )
        self._out = out
        self._kinds: set[str] = set()
        self._stages: list[str] = []

    def open(self, claims: Any) -> dict[str, str]:
        """Take in an Arrow table, or a folder or file of Parquet."""
        if isinstance(claims, pa.Table):
            self._connection.register("source", claims)
        else:
            path = Path(claims)
            pattern = str(path / "**" / "*.parquet") if path.is_dir() else str(path)
            self._connection.read_parquet(pattern).create_view("source")
        return {row[0]: row[1].lower() for row in self._run("describe source").fetchall()}

    def view(self, name: str, text: str) -> None:
        """Name the result of *text*, its codes as enumerations once they are known.

        Values are encoded where they are read: Parquet keeps a dictionary of them, of which each
        entry is then looked up once. Behind a join the same look-up is made for every line.
        """
        columns = [row[0] for row in self._run(f"describe {text}").fetchall()]
        wanted = ", ".join(self._encoded(column, column) for column in columns)
        self._run(f"create view {name} as select {wanted} from ({text})")

    def ask(self, text: str) -> pd.DataFrame:
        """Return the small result of *text*."""
        return self._run(text).df()

    def enumerate(self, facts: Facts) -> None:
        """Make the enumerations of the values that the claims hold."""
        billed = facts.providers
        values = {
            "code_t": facts.codes,
            "mods_t": facts.mods,
            "provider_t": {*billed["rendering"].dropna(), *billed["billing"].dropna()},
            "party_t": set(facts.parties["party"]),
            "dx_list_t": set(facts.lists["dx_list"]),
            "pointers_t": set(facts.lists["pointers"]),
        }
        for kind, found in values.items():
            if found:
                self._connection.register("listed", pa.table({"value": sorted(found)}))
                self._run(f"create type {kind} as enum (select value from listed)")
                self._connection.unregister("listed")
                self._kinds.add(kind)

    def table(self, name: str, content: pa.Table | Stored) -> None:
        """Keep a small or reference table under *name*, its codes as enumerations."""
        if isinstance(content, Stored):
            self._connection.read_parquet(str(content.path)).create_view("stored")
            self._keep(name, content.text)
            self._run("drop view stored")
            return
        self._connection.register("given", content)
        self._keep(name, "select * from given")
        self._connection.unregister("given")

    def _keep(self, name: str, text: str) -> None:
        """Keep the result of *text* as a table, without rows whose codes no claim has."""
        columns = [row[0] for row in self._run(f"describe {text}").fetchall()]
        wanted = ", ".join(self._encoded(column, column) for column in columns)
        kept = "".join(
            f" and {column} is not null"
            for column in ("lower_code", "higher_code")
            if column in columns
        )
        self._run(
            f"create or replace table {name} as select * from (select {wanted} from "
            f"({text})) where true{kept}"
        )

    def lines(self, text: str) -> None:
        """Keep the lines as a narrow table; the row number is the line's own."""
        # No edit says who a patient is: joins on a number are much faster than on text.
        self._run(
            "create temp table numbered as select patient as patient_key, "
            "cast(row_number() over () as integer) as patient "
            "from (select distinct patient from billed_lines)"
        )
        self._run(
            "create table line_table as select n.patient, l.* exclude (patient) "
            f"from ({text}) l left join numbered n on n.patient_key = l.patient"
        )
        self._run("drop table numbered")
        self._run("create view lines as select rowid as line_id, * from line_table")

    def stage(self, stage: Stage, *, shared: bool = False) -> None:
        """Keep the result of a stage as a table."""
        if stage.written_join_order:
            self._run("set disabled_optimizers = 'join_order'")
        try:
            self._run(f"create or replace temp table {stage.name} as {stage.text}")
        finally:
            if stage.written_join_order:
                self._run("set disabled_optimizers = ''")
        if not shared:
            self._stages.append(stage.name)

    def finish(self, edit: Edit) -> None:
        """Keep the last stage of *edit* and drop its stages."""
        self._run(f"insert into kept_signals select ?, {KEPT} from signals", edit.id)
        for name in self._stages:
            self._run(f"drop table if exists {name}")
        self._stages.clear()

    def given(self, form: str) -> Any:
        """Return all signals as a table of *form*, in the order of claim, line and edit."""
        self._run(f"create temp table named_lines as {NAMED_LINES}")
        if self._out is not None:
            target = str(self._out / "signals.parquet").replace("'", "''")
            try:
                self._run(f"copy ({SIGNALS}) to '{target}' (format parquet)")
            except duckdb.IOException as error:
                raise WriteError(str(self._out.parent), OSError("the disk took no more")) from error
            return self._out
        order = "claim_id, line, edit_id, outcome, other_claim_id, other_line"
        text = f"select * from ({SIGNALS}) order by {order}"
        return given(self._connection.sql(text).to_arrow_table(), form)

    def close(self) -> None:
        """Close the connection and remove what was spilt."""
        self._connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def _encoded(self, column: str, text: str) -> str:
        kind = _OF_COLUMN.get(column)
        if kind not in self._kinds:
            return text if text == column else f"{text} as {column}"
        # A reference row with a code that no claim has cannot match and becomes nothing.
        return f"try_cast({text} as {kind}) as {column}"

    def _run(self, text: str, *values: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(text, list(values) if values else None)
