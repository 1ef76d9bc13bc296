"""The command that screens the universe."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import StoreFolder, console

if TYPE_CHECKING:
    import pandas as pd


def screen(
    claims: Annotated[Path, typer.Argument(help="A claims file, or a folder of Parquet files.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Where the signals go: signals.csv; for a folder, CLAIMS-signals."),
    ] = None,
    store: StoreFolder = None,
    state: Annotated[str | None, typer.Option(help="State of the coverage articles.")] = None,
    edits: Annotated[
        list[str] | None, typer.Option("--edit", help="Only this edit, such as PTP; repeat.")
    ] = None,
    by_provider: Annotated[
        Path | None, typer.Option(help="Also write signals per 100 encounters by provider (CSV).")
    ] = None,
    worklist: Annotated[
        Path | None, typer.Option(help="Also write the lines worth reading first (CSV).")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="duckdb (the default) or spark, which needs Java.")
    ] = None,
    memory_limit: Annotated[
        str, typer.Option(help="What DuckDB may hold in memory; the rest goes to disk.")
    ] = "1250MB",
) -> None:
    """Screen every line against the edits in force on its date; signals are never findings."""
    import pandas as pd

    from auditkit.claims import read_claims
    from auditkit.edits import screening
    from auditkit.errors import SettingsError
    from auditkit.files import write_table

    whole = claims.is_dir()
    if whole and (by_provider or worklist):
        raise SettingsError(
            "--by-provider and --worklist read the claims into memory: give one claims file, or "
            "use `auditkit.edits.profile` and `auditkit.edits.worklist` on the part that you need."
        )
    lines = pd.DataFrame() if whole else read_claims(claims)
    found = screening(
        claims if whole else lines, store, edits or None, engine, state=state,
        memory_limit=memory_limit, out=out if whole else None,
    )  # fmt: skip
    signals = pd.read_parquet(found.signals, columns=["edit_id"]) if whole else found.signals
    counts = signals["edit_id"].value_counts()
    table = Table(title=f"{found.lines:,} lines screened", title_justify="left")
    for name in ("edit", "signals", "lines screened", "not screened", "why"):
        table.add_column(name)
    for row in found.coverage.to_dict("records"):
        table.add_row(
            escape(str(row["edit_id"])),
            f"{counts.get(row['edit_id'], 0):,}",
            f"{row['lines_screened']:,}",
            f"{row['lines_not_screened']:,}",
            escape(str(row["why"] or "")),
        )
    console.print(table)
    if found.coverage["lines_not_screened"].any():
        console.print("`auditkit reference needs` names the files to download for the rest.")
    if found.set_aside:
        console.print(f"{found.set_aside:,} lines of replaced or voided claims were set aside.")
    where = found.signals if whole else out or Path("signals.csv")
    if not whole:
        write_table(where, signals)
        _write_uses(signals, lines, by_provider, worklist)
    console.print(f"The {len(signals):,} signals are in {where}.")


def _write_uses(
    signals: "pd.DataFrame",
    lines: "pd.DataFrame",
    by_provider: Path | None,
    worklist: Path | None,
) -> None:
    """Write what the signals are for, where it was asked."""
    from auditkit import edits
    from auditkit.claims import encounters
    from auditkit.files import write_table

    placed = encounters(lines)
    for where, use in ((by_provider, edits.profile), (worklist, edits.worklist)):
        if where is not None:
            write_table(where, use(signals, placed))
            console.print(f"{where} is written.")
