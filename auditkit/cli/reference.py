"""The commands on reference editions and on remittances."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import StoreFolder, console

reference_app = typer.Typer(no_args_is_help=True, help="Reference editions: the CMS files you use.")


@reference_app.command("add")
def reference_add(
    files: Annotated[list[Path], typer.Argument(help="CMS files as downloaded, zipped or not.")],
    store: StoreFolder = None,
    effective: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day in force, where the file does not say."),
    ] = None,
) -> None:
    """Recognise, check and store CMS files; all four parts of the PTP edits belong together."""
    from auditkit.reference import Store

    begins = effective.date() if effective else None
    for outcome in Store(store).add(files, effective=begins):
        console.print(escape(str(outcome)))


@reference_app.command("list")
def reference_list(store: StoreFolder = None) -> None:
    """List the editions of the store, with the dates that they answer for."""
    from auditkit.reference import Store

    held = Store(store).editions()
    if not held:
        console.print("The store holds no edition. `auditkit reference add FILE…` adds them.")
        return
    table = Table()
    for column, right in (("edition", 0), ("what", 0), ("from", 0), ("to", 0), ("rows", 1)):
        table.add_column(column, justify="right" if right else "left", no_wrap=column != "what")
    for one in held:
        table.add_row(
            one.id, escape(one.title), str(one.effective_from), str(one.effective_to or "open"),
            f"{one.rows:,}",
        )  # fmt: skip
    console.print(table)


@reference_app.command("show")
def reference_show(
    edition: Annotated[str, typer.Argument(help="An edition's id, as `list` prints it.")],
    store: StoreFolder = None,
) -> None:
    """Show where an edition came from, what it holds, and whether it is still whole."""
    from auditkit.reference import Store

    held = Store(store)
    found = held.show(edition)
    console.print(f"{found.title}\n{found.effective_from} to {found.effective_to or 'open'}")
    for source in found.sources:
        console.print(f"  from {source.name}, {source.size:,} bytes, sha256 {source.sha256}")
    for stored in found.tables:
        console.print(f"  table {stored.name}: {stored.rows:,} rows, sha256 {stored.sha256}")
    for note in found.notes:
        console.print(f"  {note}")


@reference_app.command("remove")
def reference_remove(
    edition: Annotated[str, typer.Argument(help="An edition's id, as `list` prints it.")],
    store: StoreFolder = None,
) -> None:
    """Remove an edition from the store."""
    from auditkit.reference import Store

    console.print(f"{Store(store).remove(edition).id}: removed")


def kpi(
    claims: Annotated[Path, typer.Argument(help="A claims file: CSV, Parquet or 837P.")],
    remittances: Annotated[list[Path], typer.Option("--remittance", help="An 835 file; repeat.")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Receivables on this day.")],
    out: Annotated[Path, typer.Option(help="Where the denied lines go (CSV).")] = Path(
        "denials.csv"
    ),
) -> None:
    """Print denials by cause and the revenue-cycle measures, each with what it counts."""
    from auditkit.claims import read_claims, read_remittance
    from auditkit.files import write_table
    from auditkit.revenue import denials, measures, pareto

    files = [read_remittance(path) for path in remittances]
    for each in files:
        for check in each.checks[~each.checks["holds"].astype("bool")].to_dict("records"):
            text = f"{each.file}: {check['what']}: stated {check['stated']}, found {check['found']}"
            console.print(f"[yellow]{escape(text)}[/]")
    denied = denials(*files)
    table = Table(title="Denied lines by cause", title_justify="left")
    for column in ("cause", "lines", "charges $", "running share"):
        table.add_column(column, justify="left" if column == "cause" else "right")
    for row in pareto(denied, "cause").to_dict("records"):
        table.add_row(
            row["cause"],
            f"{row['lines']:,}",
            f"{row['charge']:,.2f}",
            f"{row['running_share']:.0%}",
        )
    console.print(table)
    for measure in measures(read_claims(claims), *files, as_of=as_of.date()):
        value = "nothing counted" if measure.value is None else _said(measure.value, measure.unit)
        console.print(f"[b]{measure.name}[/]: {value}", highlight=False)
        console.print(
            f"  {measure.counts}: {_count(measure.numerator)}\n"
            f"  over {measure.over}: {_count(measure.denominator)}\n"
            f"  without {measure.without}; {measure.first_day} to {measure.last_day}",
            style="dim",
            markup=False,
        )
    write_table(out, denied)
    console.print(f"The denied lines are in {out}.")


def _said(value: float, unit: str) -> str:
    return f"{value:.1%}" if unit == "share" else f"{value:,.1f} {unit}"


def _count(amount: float) -> str:
    return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.2f}"
