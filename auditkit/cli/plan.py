"""The command that tries a sampling plan before it is drawn."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import Folder, console
from auditkit.errors import PlanError


def plan(
    folder: Folder,
    rate: Annotated[float, typer.Option(help="Share of units expected to be overpaid.")] = 0.10,
    good: Annotated[float, typer.Option(help="True error rate that should pass.")] = 0.05,
    bad: Annotated[float, typer.Option(help="True error rate that should fail.")] = 0.20,
    pass_mark: Annotated[float, typer.Option(help="Highest error rate that passes.")] = 0.10,
    replicates: Annotated[int, typer.Option(help="Samples simulated of each design.")] = 2_000,
    out: Annotated[
        Path | None,
        typer.Option(help="Write a page with pictures (.html) or the figures (.csv) here."),
    ] = None,
) -> None:
    """Try the sampling plan on its own frame: what it can tell, and what to use instead."""
    from auditkit.audit import Audit
    from auditkit.files import write_table, write_text
    from auditkit.pipeline import run
    from auditkit.planning import simulate_plan
    from auditkit.planning.page import HEADINGS, page, summary_table
    from auditkit.stats import StatisticsError

    where = _place(out, folder)
    run(folder, until="frame")
    audit = Audit(folder)
    try:
        trial = simulate_plan(
            audit,
            rate=rate,
            good_rate=good,
            bad_rate=bad,
            pass_mark=pass_mark,
            replicates=replicates,
        )
    except StatisticsError as error:
        raise PlanError(f"The plan cannot be tried: {error}") from error
    console.print(trial.sentence(), markup=False, soft_wrap=True)
    table = Table(
        title="Worst figures over the patterns of error tried", title_justify="left", box=None
    )
    for name, heading in HEADINGS.items():
        table.add_column(heading, justify="left" if name in ("design", "estimator") else "right")
    for row in summary_table(trial).to_numpy().tolist():
        table.add_row(*map(escape, row))
    console.print(table)
    if where is None:
        return
    if where.suffix.lower() == ".csv":
        write_table(where, trial.simulation.table())
    else:
        write_text(where, page(trial, f"What the plan of {audit.settings.audit.name} can tell"))
    console.print(f"Written to {where}.")


def _place(out: Path | None, folder: Path) -> Path | None:
    """Return where to write; refuse the audit's folder, which holds evidence alone.

    Raises:
        PlanError: a file inside the folder, or of another kind than a page or a table.
    """
    if out is None:
        return None
    if folder.resolve() in out.resolve().parents:
        raise PlanError(
            f"--out {out} lies in the audit's folder, which holds evidence alone. Name a file "
            "elsewhere, such as plan.html."
        )
    if out.suffix.lower() not in (".html", ".csv"):
        raise PlanError(f"--out {out} must end in .html (page with pictures) or .csv (figures).")
    return out
