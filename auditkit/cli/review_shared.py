"""What the commands of the review share: their options, and how they look things up and print."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import audit_of, console
from auditkit.errors import InputError, StageError

if TYPE_CHECKING:
    import pandas as pd

    from auditkit.audit import Audit
    from auditkit.review import Review
    from auditkit.review.issue import Issued


BEGIN, WORK, ANSWER, AFTER = "Begin", "Read and judge", "Answer and decide", "Afterwards"

As = Annotated[str, typer.Option("--as", help="Your account in this review, such as pia.")]
Encounter = Annotated[str, typer.Argument(help="The encounter's id, as in status.")]
Line = Annotated[str, typer.Argument(help="The line's number; +11102 for a code not billed.")]
Verdict = Annotated[
    str,
    typer.Option("--judgement", help="agree (with the engine), supported, overcoded, wrong_code …"),
]
Lines = Annotated[
    str, typer.Option("--lines", help="What should have been billed: 99213-25; 17003-59 x13.")
]
Category = Annotated[str, typer.Option("--category", help="Category of the error.")]
Direction = Annotated[str, typer.Option("--direction", help="Of a wrong code: over, under, none.")]
Rule = Annotated[
    str, typer.Option("--rule", help="Rule of the error where it is not the engine's, as EM-1.")
]
Remark = Annotated[
    str, typer.Option("--remark", help="Why; needed to overrule the engine. Name no patient.")
]
Take = Annotated[
    int | None, typer.Option("--take", help="Take the judgement in this line of the log.")
]
Providers = Annotated[list[str] | None, typer.Option("--provider", help="Only these, such as P07.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is printed. Name no patient.")]


def review_of(folder: Path) -> "Review":
    """Return the review of an audit's folder, which must be begun."""
    from auditkit.review import Review
    from auditkit.review.joined import is_begun

    audit = audit_of(folder)
    if not is_begun(audit.folder):
        raise StageError(
            f"No review of {folder} is open. Open one: auditkit review open {folder} --as YOU "
            "--reader … --preparer … --reviewer …"
        )
    return Review(audit.folder)


def current(folder: Path, stage: str = "review") -> "Audit":
    """Return the audit with its results up to date."""
    from auditkit.pipeline import run

    run(folder, until=stage)
    return audit_of(folder)


def role_among(review: "Review", by: str, roles: tuple[str, ...] = ("preparer", "manager")) -> str:
    """Return the role in which *by* acts, the first of *roles* that they were appointed to."""
    from auditkit.review.issue import role_of

    return role_of(review.state, by, roles)


def account(name: str) -> str:
    """Return an account's name as the log takes it."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", name):
        raise InputError(
            f"'{name[:40]}' is no account name: small letters, digits, dot, dash and underscore, "
            "such as pia or j.doe."
        )
    return name


def entered(
    judgement: str, lines: str, category: str, direction: str, rule: str, remark: str
) -> dict:
    """Return a judgement as it was entered by options."""
    return {
        "judgement": judgement, "lines": lines, "error": category, "turn": direction,
        "rule": rule, "remark": remark,
    }  # fmt: skip


def outside(target: Path, folder: Path) -> Path:
    """Return *target*, unless it lies in the audit's folder, which holds evidence alone."""
    if target.resolve() == folder.resolve() or folder.resolve() in target.resolve().parents:
        raise InputError(
            f"--rebuild {target} lies in the audit's folder, which holds evidence alone. Name "
            "another folder."
        )
    return target


def today() -> date:
    """Return the present day (UTC), as the log counts days."""
    return datetime.now(UTC).date()


def say(*lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def say_files(issued: "list[Issued]", nothing: str) -> None:
    """Print what was written, for whom, and what it is for."""
    for each in issued:
        kept = " (is there already, left as it is)" if each.kept else ""
        say(f"{each.person}: {each.purpose}: {each.path}{kept}")
    if not issued:
        say(nothing)


def show(table: "pd.DataFrame", title: str) -> None:
    """Print a table, unless it is empty."""
    if table.empty:
        return
    shown = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in table.columns:
        right = table[name].dtype.kind in "if"
        justify: Literal["left", "right"] = "right" if right else "left"
        whole = str(name) in ("encounter_id", "action_id")
        shown.add_column(str(name).replace("_", " "), justify=justify, no_wrap=whole)
    for row in table.astype(object).where(table.notna(), "").to_numpy().tolist():
        shown.add_row(*(escape(_cell(value)) for value in row))
    console.print(shown)


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
