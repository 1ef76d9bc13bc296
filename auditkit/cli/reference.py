"""The commands on reference editions and on remittances."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import StoreFolder, complaints, console

reference_app = typer.Typer(no_args_is_help=True, help="Reference editions: the CMS files you use.")


@reference_app.command("add")
def reference_add(
    files: Annotated[list[Path], typer.Argument(help="CMS files as downloaded, or their folder.")],
    store: StoreFolder = None,
    effective: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day in force, where the file does not say."),
    ] = None,
    npis: Annotated[
        Path | None,
        typer.Option("--npis", help="Keep only the NPIs in this text or CSV (NPPES, utilisation)."),
    ] = None,
) -> None:
    """Recognise, check and store CMS files, or a folder of them.

    Each edition is stored by itself: a file that cannot be used, or that no edit reads, is named
    and the others are added. The four parts of the PTP edits belong together. The exit code is 2
    when a file was refused or nothing was taken in.
    """
    from auditkit.errors import InputError
    from auditkit.reference import Added, AlreadyThere, LeftOut, Store

    begins = effective.date() if effective else None
    outcomes = Store(store).add_each(files, effective=begins, npis=_npis(npis))
    counts = {"added": 0, "already there": 0, "not needed": 0, "refused": 0}
    for outcome in outcomes:
        match outcome:
            case Added():
                word = "added"
            case AlreadyThere():
                word = "already there"
            case LeftOut():
                word = "refused" if outcome.refused else "not needed"
        counts[word] += 1
        style = {"refused": "red", "not needed": "dim"}.get(word)
        (complaints if word == "refused" else console).print(
            escape(str(outcome)), style=style, soft_wrap=True
        )
    console.print(", ".join(f"{count} {word}" for word, count in counts.items() if count) + ".")
    if counts["added"] or counts["already there"]:
        console.print("`auditkit reference needs` says which edits can run with the store.")
    if counts["refused"] or not (counts["added"] or counts["already there"]):
        raise typer.Exit(InputError.exit_code)


def _npis(path: Path | None) -> list[str] | None:
    """Return the provider numbers in the text or CSV at *path*: every run of ten digits."""
    from auditkit.errors import InputError

    if path is None:
        return None
    try:
        found = re.findall(r"(?<!\d)[12]\d{9}(?!\d)", path.read_text("utf-8-sig", "replace"))
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}).") from error
    if not found:
        raise InputError(f"{path.name} holds no NPI: ten digits, the first of them 1 or 2.")
    return sorted(set(found))


@reference_app.command("list")
def reference_list(store: StoreFolder = None) -> None:
    """List the editions of the store, with the dates of service that they answer for."""
    from auditkit.reference.manifest import default_folder, editions_in

    held = editions_in(store or default_folder())
    if not held:
        console.print("The store holds no edition. `auditkit reference add FILE…` adds them.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("edition", "from", "to", "rows", "what"):
        table.add_column(
            column, justify="right" if column == "rows" else "left", no_wrap=column != "what"
        )
    for one in held:
        table.add_row(
            one.id, str(one.effective_from), str(one.effective_to or "open"), f"{one.rows:,}",
            escape(one.title),
        )  # fmt: skip
    console.print(table)
    console.print("`auditkit reference needs` says which edits can run with these.", style="dim")


@reference_app.command("needs")
def reference_needs(
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First date of service; else 1 January."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last date of service; else today."),
    ] = None,
    store: StoreFolder = None,
) -> None:
    """Say which edits can run on these dates, and which files to download for the others."""
    from auditkit.edits import needs, without_editions
    from auditkit.errors import SettingsError
    from auditkit.reference import Store

    end = last.date() if last else datetime.now().date()
    start = first.date() if first else end.replace(month=1, day=1)
    if end < start:
        raise SettingsError(f"--to {end} is before --from {start}.")
    found = needs(Store(store), start, end)
    console.print(f"Dates of service from {start} to {end}.")
    run = sorted({name for one in found if not one.gaps for name in one.edits})
    _say("Covered on every date", ", ".join(run) or "no edit that needs an edition")
    _say("Need no edition", ", ".join(without_editions()))
    for one in found:
        if not one.gaps:
            continue
        console.print()
        days = ", ".join(f"{low} to {high}" for low, high in one.gaps)
        whole = one.gaps == ((start, end),)
        _say("Not covered" if whole else f"Not covered {days}", ", ".join(one.edits) or one.what)
        if one.helped:
            _say("  would see more", ", ".join(one.helped))
        if one.use:
            _say("  also for", one.use)
        _say("  download", "; ".join(one.files))
        _say("  from the page", one.page)


def _say(what: str, text: str) -> None:
    console.print(f"[b]{escape(what)}[/]: {escape(text)}", soft_wrap=True)


@reference_app.command("show")
def reference_show(
    edition: Annotated[str, typer.Argument(help="An edition's id, as `list` prints it.")],
    store: StoreFolder = None,
) -> None:
    """Show where an edition came from, what it holds, and whether it is still whole."""
    from auditkit.errors import EditionError
    from auditkit.reference import Store

    held = Store(store)
    found = held.show(edition)
    console.print(escape(f"{found.id}: {found.title}"))
    console.print(f"  answers for {found.effective_from} to {found.effective_to or 'open'}")
    console.print(f"  added {found.added}" + ("" if found.complete else ", an extract"))
    for source in found.sources:
        console.print(
            f"  from {escape(source.name)}, {source.size:,} bytes, sha256 {source.sha256}"
        )
    checks = {check.table: check for check in held.verify(edition)}
    for stored in found.tables:
        console.print(f"  table {stored.name}: {stored.rows:,} rows, sha256 {stored.sha256}")
        console.print(f"    columns {', '.join(stored.columns)}")
        if not checks[stored.name].holds:
            console.print(f"    damaged: {escape(checks[stored.name].why)}", style="red")
    for note in found.notes:
        console.print(f"  {escape(note)}")
    damaged = [check for check in checks.values() if not check.holds]
    if damaged:
        complaints.print(
            f"Remove {escape(found.id)} and add its file again; nothing answers from it safely.",
            style="red",
        )
        raise typer.Exit(EditionError.exit_code)
    console.print("  every table is as it was stored")


@reference_app.command("remove")
def reference_remove(
    edition: Annotated[str, typer.Argument(help="An edition's id, as `list` prints it.")],
    store: StoreFolder = None,
) -> None:
    """Remove an edition from the store."""
    from auditkit.reference import Store

    gone = Store(store).remove(edition)
    names = ", ".join(source.name for source in gone.sources)
    console.print(escape(f"{gone.id}: removed. It came from {names}."))


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
