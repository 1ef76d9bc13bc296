"""The `auditkit` command: the workflow's verbs, thin over the public functions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from auditkit import __version__
from auditkit.cli.evidence import keys_app, pack, seed, twin, verify
from auditkit.cli.notes import notes_app
from auditkit.cli.plan import plan
from auditkit.cli.reference import kpi, reference_app
from auditkit.cli.review import review_app
from auditkit.cli.screen import screen
from auditkit.cli.shared import Folder, audit_of, complaints, console
from auditkit.errors import AuditkitError, ReportError, StageError

if TYPE_CHECKING:
    from auditkit.audit import Audit
    from auditkit.pipeline import Outcome
    from auditkit.stages import Stage

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Audit the coding of health-care claims, and defend the result.\n\n"
    "The way: [b]init[/b] → [b]check[/b] → [b]frame[/b] → [b]seed[/b] → [b]draw[/b] → "
    "[b]collect[/b] → [b]code[/b] → [b]score[/b] → [b]report[/b] → [b]verify[/b]. [b]run[/b] does "
    "whatever is due; [b]demo[/b] shows all of it on the sample practice.",
)
rules_app = typer.Typer(no_args_is_help=True, help="Worked encounters, and what the rules say.")
app.add_typer(rules_app, name="rules", rich_help_panel="Rules and reference")
app.add_typer(reference_app, name="reference", rich_help_panel="Rules and reference")
app.add_typer(notes_app, name="notes", rich_help_panel="Rules and reference")
app.command("screen", rich_help_panel="Rules and reference")(screen)
app.command("kpi", rich_help_panel="Rules and reference")(kpi)
app.command("plan", rich_help_panel="Step by step")(plan)
app.add_typer(review_app, name="review", rich_help_panel="Step by step")
app.command("seed", rich_help_panel="Step by step")(seed)


WHOLE = "Start here"
STEPS = "Step by step"

Redraw = Annotated[
    bool, typer.Option("--redraw", help="Draw again after a change; recorded and printed.")
]


def main() -> None:
    """Run the command. What auditkit refuses is printed in words, never as a traceback."""
    try:
        app()
    except AuditkitError as error:
        complaints.print(f"[bold red]Stopped.[/] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(error.exit_code) from None


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        console.print(__version__)
        raise typer.Exit


@app.command(rich_help_panel=WHOLE)
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("reports/demo"),
    workers: Annotated[int, typer.Option(help="Reports made at the same time.")] = 2,
) -> None:
    """Audit the bundled sample practice from start to end, and say where to look."""
    from auditkit.setup import start_demo

    start_demo(folder)
    run_all(folder, workers=workers)


@app.command("run", rich_help_panel=WHOLE)
def run_all(
    folder: Folder,
    redraw: Redraw = False,
    workers: Annotated[int, typer.Option(help="Reports made at the same time.")] = 2,
) -> None:
    """Do every step that is due, make the reports, seal the evidence, and say where to look."""
    from auditkit.evidence.manifest import MANIFEST
    from auditkit.files import read_json
    from auditkit.lock import alone
    from auditkit.reporting import report
    from auditkit.summary import summarize

    audit = audit_of(folder)
    with alone(audit.folder):
        _bring_to("score", folder, redraw)
        with _sealing(audit):
            report(folder, workers=workers, console=console)
    noted = read_json(audit.path(MANIFEST))["seal"]
    audit = audit_of(folder)
    console.print()
    for line in summarize(audit):
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"Seal, to note elsewhere: [dim]{noted}[/]", soft_wrap=True)


@app.command(rich_help_panel=WHOLE)
def init(
    folder: Folder,
    claims: Annotated[Path, typer.Option(help="The claims file: CSV, Parquet, 837P or FHIR.")],
) -> None:
    """Start an audit: a folder with settings and a sampling plan to edit."""
    from auditkit.setup import start_audit

    start_audit(folder, claims)
    console.print(f"Edit {folder}/audit.toml and {folder}/plan.toml, then: auditkit seed {folder}")


@app.command(rich_help_panel=STEPS)
def check(
    claims: Annotated[Path, typer.Argument(help="A claims file: CSV, Parquet, 837P or FHIR.")],
    mapping: Annotated[Path | None, typer.Option(help="TOML that names your columns.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Set bad rows aside in this file.")] = None,
) -> None:
    """Read a claims file and list everything that is wrong with it."""
    from auditkit.claims import read_claims

    found = read_claims(claims, mapping=mapping, rejects=rejects)
    first, last = found["dos_from"].min(), found["dos_from"].max()
    console.print(
        f"{len(found):,} lines of {found['claim_id'].nunique():,} claims can be used; dates of "
        f"service {first:%Y-%m-%d} to {last:%Y-%m-%d}."
    )
    _say_what_was_left(found.attrs["auditkit"])


def _say_what_was_left(reading: Mapping[str, Any]) -> None:
    """Print what a claims file held that was not used."""
    if reading.get("set_aside"):
        console.print(f"{reading['set_aside']:,} lines could not be used and were set aside.")
    for line in (*reading.get("notes", ()), *reading.get("listed", ())):
        console.print(f"  {line}", markup=False, soft_wrap=True)


@contextmanager
def _sealing(audit: "Audit", refused: type[AuditkitError] = StageError) -> Iterator[None]:
    """Hold the audit for the block, then seal it, also where not everything could be made.

    Which PDFs of older pages went, and which documents are of older results, is said at the end.
    Where another run holds the audit the block is not entered, and nothing is sealed.
    """
    from auditkit.evidence import seal
    from auditkit.lock import alone
    from auditkit.reporting.outdated import left_behind, pdfs

    with alone(audit.folder, refused):
        before = pdfs(audit)
        try:
            yield
        except BaseException:
            with suppress(AuditkitError):  # what stopped the block is what is told
                seal(audit)
            raise
        seal(audit)
        for line in left_behind(audit_of(audit.folder), before):
            console.print(line, markup=False, soft_wrap=True)


def _bring_to(stage: str, folder: Path, redraw: bool = False) -> "list[Outcome]":
    """Run the stages up to *stage*, showing each as it goes."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from auditkit.pipeline import run

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("")

        def show(each: "Stage") -> None:
            bar.update(task, description=f"[b]{each.name}[/]: {each.does}")

        outcomes = run(folder, until=stage, redraw=redraw, progress=show)
    table = Table(box=None, show_header=False, padding=(0, 2))
    for outcome in outcomes:
        table.add_row(outcome.stage, f"[dim]{outcome.done}[/]")
    console.print(table)
    return outcomes


@app.command(rich_help_panel=STEPS)
def frame(folder: Folder, redraw: Redraw = False) -> None:
    """Freeze and hash the sampling frame; show what each rule left."""
    _bring_to("frame", folder, redraw)
    audit = audit_of(folder)
    _say_what_was_left(audit.reading)
    steps = audit.attrition
    table = Table(title="What each frame rule left", title_justify="left")
    table.add_column("after the rule")
    for name in ("units", "lines"):
        table.add_column(name, justify="right")
    table.add_column("allowed $", justify="right")
    table.add_column("paid $", justify="right")
    for row in steps.itertuples():
        table.add_row(
            escape(str(row.rule)), f"{row.units:,}", f"{row.lines:,}", f"{row.allowed:,.2f}",
            f"{row.paid:,.2f}",
        )  # fmt: skip
    console.print(table)


@app.command(rich_help_panel=STEPS)
def draw(folder: Folder, redraw: Redraw = False) -> None:
    """Draw the sample by the plan's seed."""
    _bring_to("draw", folder, redraw)
    table = Table(title="The sample", title_justify="left")
    for name, right in (("stratum", False), ("in the frame", True), ("drawn", True)):
        table.add_column(name, justify="right" if right else "left")
    for row in audit_of(folder).strata.itertuples():
        table.add_row(escape(str(row.stratum)), f"{row.units:,}", f"{row.sampled:,}")
    console.print(table)
    console.print(f"The drawn units are in {folder}/sample.csv.")


@app.command(rich_help_panel=STEPS)
def collect(folder: Folder) -> None:
    """Gather the billed lines, history and documented elements of the drawn charts."""
    _bring_to("collect", folder)
    counts = audit_of(folder).charts["status"].value_counts()
    for status, count in counts.items():
        console.print(f"{count:,} charts {str(status).replace('_', ' ')}")


@app.command(rich_help_panel=STEPS)
def code(folder: Folder) -> None:
    """Code each record blind, and compare what was billed with what it supports."""
    _bring_to("review", folder)
    results = audit_of(folder).line_results
    console.print(f"{len(results):,} lines compared; findings are in {folder}/findings.csv.")


@app.command("score", rich_help_panel=STEPS)
def score_(folder: Folder) -> None:
    """Score the audit and project the dollars, where the plan allows it."""
    from auditkit.summary import summarize

    _bring_to("score", folder)
    for line in summarize(audit_of(folder)):
        console.print(line, markup=False, soft_wrap=True)


@app.command("report", rich_help_panel=STEPS)
def report_(
    folder: Folder,
    provider: Annotated[list[str] | None, typer.Option(help="Only these, such as P07.")] = None,
    workers: Annotated[int, typer.Option(help="Reports made at the same time.")] = 2,
    pdf: Annotated[bool, typer.Option("--pdf", help="Make each page as PDF as well.")] = False,
) -> None:
    """Make the providers' and the practice's reports, then seal the evidence."""
    from auditkit.reporting import report

    with _sealing(audit_of(folder), ReportError):
        report(folder, providers=provider, workers=workers, console=console, pdf=pdf)


@app.command(rich_help_panel=STEPS)
def documents(
    folder: Folder,
    kind: Annotated[
        list[str],
        typer.Option(help="practice, executive, workbook, plan, memo, client, letters or trend."),
    ],
    pdf: Annotated[bool, typer.Option("--pdf", help="Make each page as PDF as well.")] = False,
) -> None:
    """Make further documents: sampling plan, method memo, client report, letters, trend."""
    from auditkit.reporting import documents as make

    with _sealing(audit_of(folder), ReportError):
        for path in make(folder, kinds=kind, console=console, pdf=pdf):
            console.print(str(path), markup=False)


app.command(rich_help_panel=STEPS)(verify)
app.command(rich_help_panel=STEPS)(pack)
app.command(rich_help_panel=STEPS)(twin)
app.add_typer(keys_app, name="keys", rich_help_panel=STEPS)


@rules_app.command("test")
def rules_test(
    cases: Annotated[Path, typer.Argument(help="A file of worked encounters (JSON).")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the result here.")] = None,
    store: Annotated[Path | None, typer.Option(help="Folder of reference editions.")] = None,
) -> None:
    """Run your own worked encounters through the rules, and say which families hold."""
    from auditkit.coding import run_cases
    from auditkit.files import write_json

    result = run_cases(cases, store=store)
    console.print(result.render())
    if json_out:
        write_json(json_out, result.as_json())
    raise typer.Exit(result.exit_code)
