"""The cluster's engine: the user's Spark session runs the same texts as the embedded engine.

Temporary views live in a session of the screening's own, so that none of the user's is touched.
"""

import uuid
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from auditkit.edits.edit import Edit, Stage
from auditkit.edits.editions import Stored
from auditkit.edits.engine import KEPT, NAMED_LINES, SIGNALS
from auditkit.edits.facts import Facts
from auditkit.edits.forms import given
from auditkit.errors import SettingsError

try:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.functions import monotonically_increasing_id
except ImportError as error:
    raise SettingsError(
        "Screening a Spark DataFrame needs PySpark. Install it with "
        "`pip install 'auditkit[spark]'`, and a Java 17 runtime."
    ) from error


#: The signals kept before the first edit.
NO_SIGNALS = """
select cast('' as string) as edit_id, cast(0 as bigint) as line_id,
       cast(0 as bigint) as other_line_id, cast('' as string) as outcome,
       cast('' as string) as detail, cast('' as string) as edition
where false
"""


class SparkEngine:
    """Spark as the engine of one screening."""

    name = "spark"

    def __init__(self, out: Path | None = None) -> None:
        """Prepare an engine; the session is that of the claims, else the active one.

        Args:
            out: a folder for the signals as Parquet; else they are returned.
        """
        self._out = out
        self._session: SparkSession | None = None
        self._held: list[DataFrame] = []
        self._stages: list[tuple[str, DataFrame]] = []
        self._global = f"auditkit_{uuid.uuid4().hex}"

    def open(self, claims: Any) -> dict[str, str]:
        """Take in a Spark DataFrame, an Arrow table, or a path of Parquet."""
        if isinstance(claims, DataFrame):
            session, frame = claims.sparkSession, claims
        else:
            session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
            if isinstance(claims, pa.Table):
                frame = session.createDataFrame(_plain(claims))
            else:
                frame = session.read.parquet(str(claims))
        frame.createGlobalTempView(self._global)
        self._session = session.newSession()
        self._session.conf.set("spark.sql.legacy.charVarcharAsString", "true")
        self._view("source", self._sql(f"select * from global_temp.{self._global}"))
        self._kept = self._sql(NO_SIGNALS)
        return dict(frame.dtypes)

    def view(self, name: str, text: str) -> None:
        """Name the result of *text*, which is read anew each time."""
        self._view(name, self._sql(text))

    def ask(self, text: str) -> pd.DataFrame:
        """Return the small result of *text*."""
        return self._sql(text).toPandas()

    def enumerate(self, facts: Facts) -> None:
        """Spark keeps the values as they are."""

    def table(self, name: str, content: pa.Table | Stored) -> None:
        """Keep a small or reference table under *name*."""
        if isinstance(content, Stored):
            self._view("stored", self._active().read.parquet(str(content.path)))
            self._view(name, self._sql(content.text))
        else:
            self._view(name, self._active().createDataFrame(_plain(content)))

    def lines(self, text: str) -> None:
        """Keep the lines, each with a number of its own that does not change."""
        lines = self._sql(text).withColumn("line_id", monotonically_increasing_id())
        # Without a copy the numbers could be given again, differently, when a task is repeated.
        self._view("lines", self._hold(lines.localCheckpoint(eager=True)))

    def stage(self, stage: Stage, *, shared: bool = False) -> None:
        """Keep the result of a stage under its name; Spark joins in the order written."""
        frame = self._sql(stage.text)
        if shared:
            frame = self._hold(frame)
        else:
            self._stages.append((stage.name, frame.persist()))
        self._view(stage.name, frame)

    def finish(self, edit: Edit) -> None:
        """Keep the last stage of *edit* and drop the names of its stages."""
        kept = self._sql(f"select '{edit.id}' as edit_id, {KEPT} from signals")
        # Each edit is worked off by itself: the plan of all of them together would be enormous.
        self._kept = self._kept.unionByName(kept.localCheckpoint(eager=True))
        for name, frame in self._stages:
            frame.unpersist()
            self._active().catalog.dropTempView(name)
        self._stages.clear()

    def given(self, form: str) -> Any:
        """Return all signals as a table of *form*; a table in memory is in order of claim."""
        self._view("kept_signals", self._kept)
        self._view("named_lines", self._hold(self._sql(NAMED_LINES)))
        signals = self._sql(SIGNALS)
        if self._out is not None:
            signals.write.mode("overwrite").parquet(str(self._out))
            return self._out
        if form == "spark":
            return signals.localCheckpoint(eager=True)
        order = ["claim_id", "line", "edit_id", "outcome", "other_claim_id", "other_line"]
        return given(
            pa.Table.from_pandas(
                signals.orderBy(*order).toPandas(), schema=SIGNAL_SCHEMA, preserve_index=False
            ),
            form,
        )

    def close(self) -> None:
        """Let go of what the screening held; the user's session stays open."""
        for frame in self._held:
            frame.unpersist()
        if self._session is not None:
            self._session.catalog.dropGlobalTempView(self._global)

    def _active(self) -> SparkSession:
        if self._session is None:
            raise SettingsError("The Spark engine has no claims yet.")
        return self._session

    def _sql(self, text: str) -> DataFrame:
        return self._active().sql(text)

    def _view(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)

    def _hold(self, frame: DataFrame) -> DataFrame:
        frame = frame.persist()
        self._held.append(frame)
        return frame


def _plain(table: pa.Table) -> pa.Table:
    """Return *table* with its dictionaries written out and dates for timestamps without a zone."""
    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        elif pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us"))
        elif pa.types.is_null(column.type):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=table.column_names)


#: The columns of the signals as Arrow.
SIGNAL_SCHEMA = pa.schema(
    [
        (name, pa.int64() if name in ("line", "other_line") else pa.string())
        for name in (
            "edit_id",
            "family",
            "outcome",
            "severity",
            "claim_id",
            "line",
            "other_claim_id",
            "other_line",
            "edition",
            "citation",
            "reason",
        )
    ]
)
