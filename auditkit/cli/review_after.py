"""The commands after the judgements: answers and decisions, agreement, education, follow-up."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from auditkit.cli.review_shared import (
    AFTER,
    ANSWER,
    As,
    Category,
    Direction,
    Encounter,
    Line,
    Lines,
    Providers,
    Reason,
    Remark,
    Rule,
    Take,
    Verdict,
    account,
    current,
    entered,
    review_of,
    role_among,
    say,
    say_files,
    show,
    today,
)
from auditkit.cli.shared import Folder, audit_of
from auditkit.errors import InputError

action_app = typer.Typer(no_args_is_help=True, help="Corrective actions: open, extend, close.")


def responses(
    folder: Folder,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day for answers.")
    ],
    provider: Providers = None,
) -> None:
    """Write each provider's response sheet: agree with, or dispute, every changed line."""
    from auditkit.review import issue_responses

    issued = issue_responses(current(folder), str(until.date()), provider or ())
    say_files(issued, "The review found no line in error; there is nothing to answer.")
    say(f"When they come back: auditkit review import {folder} FILE … --as YOU")


def decide(
    folder: Folder,
    encounter: Encounter,
    line: Line,
    outcome: Annotated[str, typer.Argument(help="upheld or overturned.")],
    by: As,
    reason: Reason,
    take: Take = None,
    judgement: Verdict = "",
    lines: Lines = "",
    category: Category = "",
    direction: Direction = "",
    rule: Rule = "",
    remark: Remark = "",
) -> None:
    """Decide a dispute. One that is overturned needs the judgement that stands now."""
    from auditkit.review import decision

    if outcome not in ("upheld", "overturned"):
        raise InputError("A dispute is decided 'upheld' or 'overturned'; nothing was written.")
    review, results = review_of(folder), audit_of(folder).engine_results
    values = entered(judgement, lines, category, direction, rule, remark) if judgement else None
    event = decision(
        review.state,
        results,
        (encounter, line),
        outcome,
        reason,
        values,
        take,
    )
    review.record([event], by, "manager")
    say(f"Line {line} of {encounter}: {outcome}. The finding stays in the log as it was made.")


def agreement(folder: Folder) -> None:
    """Show how far the readers agree, with each other and with the engine."""
    from auditkit.pipeline import run
    from auditkit.review import review_tables

    run(folder, until="review")
    audit = audit_of(folder)
    tables = review_tables(
        review_of(folder).state, audit.engine_results, audit.settings.scoring.policy
    )
    for name in ("agreement", "agreement_with_engine"):
        table = tables.get(f"review/{name}.csv")
        if table is None:
            say(f"{name.replace('_', ' ').capitalize()}: nothing to compare yet.")
            continue
        lead = table[(table["family"] == "all") & table["value"].notna()]
        show(lead.drop(columns=["family", "note"]), name.replace("_", " ").capitalize())
    say(f"By family, drift and reader error: {folder}/review/ after auditkit run {folder}.")


def education(folder: Folder, provider: Providers = None) -> None:
    """Write each provider's own examples by rule, de-identified, with a short quiz."""
    from auditkit.review import issue_education

    issued = issue_education(current(folder), provider or ())
    say_files(issued, "No provider has lines in this audit.")
    say("A person reads a pack before it leaves the practice: names are not recognised.")


def repeat(
    earlier: Annotated[Path, typer.Argument(help="The earlier audit's folder.")],
    later: Annotated[Path, typer.Argument(help="The later audit's folder.")],
) -> None:
    """Say which errors came back, provider by provider (by NPI), and what chance would bring.

    The earlier audit is read as it stands; the later one is brought up to date first.
    """
    from auditkit.files import write_table
    from auditkit.review import caveat, repeats_between

    table = repeats_between(audit_of(earlier), current(later, "score"))
    path = Path(later) / "review" / "repeat_findings.csv"
    write_table(path, table)
    again = table[table["repeat"]].sort_values(["name", "rule_id"])
    shown = again[["name", "rule_id", "errors_before", "lines_before", "errors_after"]]
    shown = shown.assign(
        lines_after=again["lines_after"],
        expected=(again["expected_rate"] * again["lines_after"]).round(1),
        limits=again["lower"].astype("str") + " to " + again["upper"].astype("str"),
        outside=again["distinguished"].map({True: "yes", False: ""}),
    )
    show(shown, f"Repeat findings: {earlier} → {later}")
    people = table["member"].nunique()
    say(
        f"{len(again):,} of {len(table):,} pairs of provider and rule were in error both times; "
        f"{people:,} provider(s) are in both audits.",
        "Expected: errors if nothing had changed, with 90 % limits.",
        caveat(table),
        f"Written to {path}; auditkit run {later} seals it.",
    )


ActionId = Annotated[str, typer.Argument(help="Its id, such as A1.")]
Due = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it is due.")]


@action_app.command("open")
def action_open(
    folder: Folder,
    action_id: ActionId,
    by: As,
    issue: Annotated[str, typer.Option(help="What is wrong.")],
    do: Annotated[str, typer.Option(help="What is done about it.")],
    owner: Annotated[str, typer.Option(help="The account of whoever does it.")],
    due: Due,
    rule: Annotated[str, typer.Option(help="The rule concerned, such as EM-1.")] = "",
) -> None:
    """Open a corrective action: what is wrong, what is done, by whom, until when."""
    from auditkit.review import events

    event = events.entry(
        events.ActionOpened,
        action_id=action_id, issue=issue, action=do, owner=account(owner), due=due.date(),
        rule_id=rule,
    )  # fmt: skip
    review_of(folder).record([event], by, "manager")
    say(f"{action_id} is open until {due.date()}.")


@action_app.command("extend")
def action_extend(folder: Folder, action_id: ActionId, by: As, due: Due, reason: Reason) -> None:
    """Move the due day of a corrective action; the first one stays on record."""
    from auditkit.review import events

    event = events.entry(events.ActionExtended, action_id=action_id, due=due.date(), reason=reason)
    review_of(folder).record([event], by, "manager")
    say(f"{action_id} is now due on {due.date()}.")


@action_app.command("close")
def action_close(
    folder: Folder,
    action_id: ActionId,
    by: As,
    evidence: Annotated[Path, typer.Option(help="The document that shows it was done.")],
) -> None:
    """Close a corrective action with the document that shows it was done; a copy is kept."""
    from auditkit.review import events, keep_attachment

    if not evidence.is_file():
        raise InputError(f"{evidence} is not there. An action is closed with evidence only.")
    review = review_of(folder)
    digest = keep_attachment(Path(folder), evidence)
    event = events.entry(events.ActionClosed, action_id=action_id, evidence_sha256=digest)
    review.record([event], by, role_among(review, by, ("manager", *events.ROLES)))
    say(f"{action_id} is closed.")


def register(folder: Folder) -> None:
    """Show the corrective actions as they stand today, and write review/actions.csv."""
    from auditkit.files import write_table
    from auditkit.review import action_register

    table = action_register(review_of(folder).state, today())
    path = Path(folder) / "review" / "actions.csv"
    write_table(path, table)
    shown = ["action_id", "issue", "owner", "due", "status", "days_overdue"]
    show(table[shown], "Corrective actions")
    say(f"Written to {path}; auditkit run {folder} seals it.")


def exposure(
    folder: Folder,
    identified: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="When it was identified.")
    ],
    began: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="An investigation began.")
    ] = None,
    ended: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="It ended.")] = None,
    payer: Annotated[list[str] | None, typer.Option(help="Payers as the claims name them.")] = None,
) -> None:
    """Write the 60-day sheet, review/exposure.csv: dates and amounts to discuss with counsel."""
    from auditkit.files import write_table
    from auditkit.review import exposure_sheet, refund_clock

    audit = current(folder, "score")
    known = sorted(audit.lines["payer"].dropna().unique())
    payers = payer or [name for name in known if name.upper().startswith("MEDICARE")]
    strangers = sorted(set(payers) - set(known))
    if strangers or not payers:
        raise InputError(f"Name payers of this audit with --payer: {', '.join(known)}.")
    days = [None if each is None else each.date() for each in (began, ended)]
    try:
        clock = refund_clock(identified.date(), *days)
    except ValueError as error:
        raise InputError(str(error)) from error
    sheet = exposure_sheet(clock, audit.line_results, audit.lines, audit.estimate, payers)
    path = Path(folder) / "review" / "exposure.csv"
    write_table(path, sheet)
    show(sheet[["item", "date", "dollars"]], f"60-day sheet ({', '.join(payers)})")
    say(f"Written to {path}, with what each line rests on. Discuss it with counsel.")


def add_commands(review_app: typer.Typer) -> None:
    """Add these commands to those of the review, in the order in which they are used."""
    for panel, command in _COMMANDS[:4]:
        review_app.command(rich_help_panel=panel)(command)
    review_app.add_typer(action_app, name="action", rich_help_panel=AFTER)
    for panel, command in _COMMANDS[4:]:
        review_app.command(rich_help_panel=panel)(command)


_COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    (ANSWER, responses),
    (ANSWER, decide),
    (AFTER, agreement),
    (AFTER, education),
    (AFTER, repeat),
    (AFTER, register),
    (AFTER, exposure),
)
