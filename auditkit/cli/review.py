"""The commands of the review: charts out, judgements in, stages signed."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from auditkit.cli.review_after import add_commands
from auditkit.cli.review_next import next_command, next_stage
from auditkit.cli.review_shared import (
    BEGIN,
    WORK,
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
    entered,
    outside,
    review_of,
    role_among,
    say,
    say_files,
    show,
    today,
)
from auditkit.cli.shared import Folder, audit_of
from auditkit.errors import InputError, Problem, StageError

review_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The people's part: charts out, judgements in, disputes decided, stages signed.\n\n"
    "The way: [b]open[/b] → [b]assign[/b] → [b]request[/b] and [b]received[/b] → "
    "[b]workpapers[/b] → [b]import[/b] (twice: read and code blind, then judge) → "
    "[b]resolve[/b] → [b]sign[/b] up to stage review → [b]responses[/b] → [b]import[/b] → "
    "[b]decide[/b] → [b]sign[/b] to the end → auditkit run. [b]status[/b] says what comes next.\n\n"
    "Everything is a line of log.jsonl in the audit's folder; nothing is ever changed there. "
    "Accounts are names that the manager gives; auditkit does not check who types them.",
)


@review_app.command("open", rich_help_panel=BEGIN)
def open_(
    folder: Folder,
    by: As,
    reader: Annotated[list[str], typer.Option(help="Reads charts; two or more are better.")],
    preparer: Annotated[list[str], typer.Option(help="Requests charts, issues workpapers.")],
    reviewer: Annotated[list[str], typer.Option(help="Reviews; has read no chart.")],
    share: Annotated[float, typer.Option(help="Share of charts read twice, 0 to 1.")] = 0.1,
) -> None:
    """Open the review and appoint its people; whoever opens it is its manager.

    Which charts are read twice follows from the plan's seed, so nobody chooses them.
    """
    from auditkit.pipeline import run
    from auditkit.review import Review, events

    run(folder, until="code")
    audit = audit_of(folder)
    review = Review(audit.folder)
    name, seed = audit.settings.audit.name, audit.plan.seed.value
    people = [(x, "reader") for x in reader] + [(x, "preparer") for x in preparer]
    people += [(x, "reviewer") for x in reviewer]
    appointed = [
        events.entry(events.Appointed, person=account(x), in_role=role) for x, role in people
    ]
    review.open(name, account(by), seed=seed, double_read_share=share)
    review.record(appointed, by, "manager")
    work = review.work()
    both = sorted({*reader, *preparer} & {*reviewer})
    if both:
        say(
            f"{', '.join(both)} cannot sign as reviewer what they prepare or read. Appoint "
            f"another: auditkit review people {folder} NAME reviewer --as {by}"
        )
    say(
        f"Opened. {len(work.slots):,} charts, {len(work.double):,} of them to be read twice.",
        f"Next: auditkit review assign {folder} --as {preparer[0]}",
    )


@review_app.command(rich_help_panel=BEGIN)
def people(
    folder: Folder,
    by: As,
    person: Annotated[str, typer.Argument(help="The account to appoint.")],
    role: Annotated[str, typer.Argument(help="reader, preparer, reviewer, manager or provider.")],
) -> None:
    """Appoint one more person. Only a manager can."""
    from auditkit.review import events

    if role not in events.ROLES:
        problem = Problem("review people", None, "ROLE", "no such role", ", ".join(events.ROLES))
        raise InputError("Nobody was appointed.", [problem])
    event = events.entry(events.Appointed, person=account(person), in_role=role)
    review_of(folder).record([event], by, "manager")
    say(f"{person} is {role}.", f"What comes next: auditkit review status {folder}")


@review_app.command(rich_help_panel=BEGIN)
def assign(folder: Folder, by: As) -> None:
    """Deal every chart that has no reader yet to the readers, by the audit's seed."""
    from auditkit.review import assign_charts
    from auditkit.review.stages import everyone

    review = review_of(folder)
    state, work = review.state, review.work()
    events = assign_charts(work, state, list(everyone(state, "reader")))
    review.record(events, by, role_among(review, by))
    second = sum(event.read == 2 for event in events)
    say(f"{len(events) - second:,} charts assigned, {second:,} second reads.")
    short = len(work.double) - sum(read == 2 for _, read in review.state.readers)
    if short:
        say(
            f"{short:,} second read(s) have nobody: a second reader is another person than the "
            "first. Appoint one with `auditkit review people`, then assign again."
        )
    say(f"Next: auditkit review request {folder} --as {by}")


@review_app.command(rich_help_panel=BEGIN)
def request(
    folder: Folder,
    by: As,
    policy: Annotated[str, typer.Option(help="Due days: a policy of chart_requests.")] = "standard",
) -> None:
    """Ask for every chart that nobody has asked for; write the list of charts to pull."""
    from auditkit.review import issue_requests, request_charts, request_policy

    review, rules = review_of(folder), request_policy(policy)
    events = request_charts(review.work(), review.state, today(), rules)
    review.record(events, by, role_among(review, by))
    issued = issue_requests(audit_of(folder), today(), rules)
    due = f", due on {events[0].due}" if events else ""
    say(
        f"{len(events):,} charts requested{due}.",
        f"The list, with patient keys: {issued.path}",
        f"Next, as charts arrive: auditkit review received {folder} ID … --as {by} (or --all, with "
        "--but ID for exceptions)",
    )


@review_app.command(rich_help_panel=BEGIN)
def received(
    folder: Folder,
    by: As,
    encounters: Annotated[list[str] | None, typer.Argument(help="Charts that arrived.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are still awaited …")] = False,
    but: Annotated[list[str] | None, typer.Option("--but", help="… but these.")] = None,
) -> None:
    """Note charts that arrived: those named, or all that are awaited but some."""
    from auditkit.review import events

    review = review_of(folder)
    awaited = [x for x, chart in sorted(review.state.charts.items()) if chart.status == "requested"]
    named = list(encounters or [])
    if bool(named) == all_:
        raise InputError("Name the charts that arrived, or give --all, and --but for exceptions.")
    strangers = [x for x in (*named, *(but or [])) if x not in review.work().slots]
    if strangers:
        raise InputError(f"{strangers[0]} is no chart of this audit. chart-requests.csv has them.")
    if all_ and not awaited:
        unasked = len(set(review.work().slots) - set(review.state.charts))
        raise StageError(
            f"No chart is awaited; {unasked:,} were never requested. What comes next: auditkit "
            f"review status {folder}"
        )
    arrived = [x for x in awaited if x not in (but or [])] if all_ else named
    review.record(
        [events.ChartReceived(encounter_id=x) for x in arrived], by, role_among(review, by)
    )
    left = len(awaited) - len(set(arrived) & set(awaited))
    say(
        f"{len(arrived):,} charts received, {left:,} still awaited.",
        f"Next: auditkit review workpapers {folder} --as {by}",
    )


@review_app.command(rich_help_panel=BEGIN)
def missing(
    folder: Folder,
    by: As,
    encounters: Annotated[
        list[str] | None, typer.Argument(help="Only these; all that are overdue otherwise.")
    ] = None,
) -> None:
    """Declare charts missing whose due day is past; each counts as an error in full."""
    from auditkit.review import declare_missing, events

    review = review_of(folder)
    named = [events.ChartMissing(encounter_id=x) for x in encounters or ()]
    declared = named or list(declare_missing(review.state, today()))
    review.record(declared, by, role_among(review, by))
    waiting = sum(chart.status == "requested" for chart in review.state.charts.values())
    say(
        f"{len(declared):,} record(s) declared missing; {waiting:,} awaited and not due yet.",
        *(f"  {event.encounter_id}" for event in declared),
        f"What comes next: auditkit review status {folder}",
    )


@review_app.command(rich_help_panel=BEGIN)
def requests(
    folder: Folder,
    provider: Providers = None,
    policy: Annotated[str, typer.Option(help="Reminder days: a policy of chart_requests.")] = (
        "standard"
    ),
) -> None:
    """List where each chart request stands, and whom to remind."""
    from auditkit.review import issue_requests, request_list, request_policy

    review, rules = review_of(folder), request_policy(policy)
    table = request_list(review.work(), review.state, today(), rules, provider or ())
    counts = table["status"].value_counts()
    say(", ".join(f"{n:,} {status}" for status, n in counts.items()) + ".")
    waiting = table[table["action"] != ""].drop(columns=["missing", "received", "late"])
    show(waiting, "To do today")
    say(f"All of them: {issue_requests(audit_of(folder), today(), rules).path}")


@review_app.command(rich_help_panel=WORK)
def workpapers(
    folder: Folder,
    by: As,
    reader: Annotated[list[str] | None, typer.Option(help="Only this reader's.")] = None,
) -> None:
    """Write each reader's next workbook: first read and code blind, then judge."""
    from auditkit.pipeline import run
    from auditkit.review import issue_workpapers

    run(folder, until="code")
    issued = issue_workpapers(audit_of(folder), by, reader or ())
    say_files(issued, "No reader has anything to do: no chart received that waits for a judgement.")
    back = f"When they come back: auditkit review import {folder} FILE …"
    say(back if issued else f"What comes next: auditkit review status {folder}")


@review_app.command("import", rich_help_panel=WORK)
def import_(
    folder: Folder,
    files: Annotated[list[Path], typer.Argument(help="Filled workbooks.")],
    by: Annotated[str, typer.Option("--as", help="Your account; for providers' answers.")] = "",
) -> None:
    """Take in filled workbooks: what is complete. Everything else is listed by sheet and cell."""
    from auditkit.review import receive

    gone = [path for path in files if not path.is_file()]
    if gone:
        raise InputError(f"{gone[0]} is not there; nothing was taken in.")
    for path in files:
        say(receive(audit_of(folder), path, by).sentence())
    state = review_of(folder).state
    apart = len(state.conflicts) + len(state.coding_conflicts)
    say(
        f"Conflicts to settle: {apart}." if apart else "No conflicts.",
        f"What comes next: auditkit review status {folder}",
    )


@review_app.command(rich_help_panel=WORK)
def status(
    folder: Folder,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="As at the end of that day (UTC)."),
    ] = None,
    rebuild: Annotated[
        Path | None,
        typer.Option(help="Write the results as they were on that day into this folder."),
    ] = None,
) -> None:
    """Say who has what, which stages are signed, and what has to be settled next."""
    from auditkit.files import write_bytes
    from auditkit.review import readers_progress, rebuilt, stages_progress, to_settle
    from auditkit.review.progress import CODE_AGAIN

    review = review_of(folder)
    day = as_of.date() if as_of else None
    state = review.state_on(day) if day else review.state
    work = review.work(state)
    say(f"{state.audit}: {state.last:,} lines of the log{f' up to {day}' if day else ''}.")
    show(readers_progress(state, work), "Readers")
    stages = stages_progress(state, work)
    show(stages.drop(columns=["says", "lacking"]), "Stages")
    stage, command = next_stage(stages, state, work, folder)
    say(stage, *([] if day else [command]))
    apart = to_settle(state)
    again = apart["kind"] == CODE_AGAIN
    show(apart[~again], "To settle: take one with --take and its log_line")
    show(apart[again].drop(columns=["kind", "verdict"]), "To be coded again, blind, by its reader")
    if again.any():
        say(f"A new workbook for that: auditkit review workpapers {folder}")
    for record in state.overrides:
        event = record.event
        rule, scope = getattr(event, "rule", ""), getattr(event, "scope", "")
        say(f"Set aside on {record.at.date()} by {record.by}: {rule} for {scope}.")
    if rebuild is None:
        return
    products = rebuilt(audit_of(folder), day or today())
    target = outside(rebuild, folder)
    for name, content in products.items():
        write_bytes(target / name, content)
    say(f"The results as they were: {target}")


@review_app.command(rich_help_panel=WORK)
def resolve(
    folder: Folder,
    encounter: Encounter,
    line: Line,
    by: As,
    take: Take = None,
    judgement: Verdict = "",
    lines: Lines = "",
    category: Category = "",
    direction: Direction = "",
    rule: Rule = "",
    remark: Remark = "",
) -> None:
    """End a disagreement of two readers, or a conflict of two copies, about one line."""
    from auditkit.review import resolution

    review, results = review_of(folder), audit_of(folder).engine_results
    values = entered(judgement, lines, category, direction, rule, remark)
    event = resolution(review.state, results, (encounter, line), values, take)
    review.record([event], by, role_among(review, by, ("reviewer", "manager")))
    say(f"Line {line} of {encounter}: {event.verdict.value}, by {by}.")


@review_app.command(rich_help_panel=WORK)
def sign(
    folder: Folder,
    stage: Annotated[str, typer.Argument(help="charts, blind_coding … final; see status.")],
    by: As,
) -> None:
    """Sign a stage. What still stands in the way is said, and nothing is signed then."""
    from auditkit.review import events
    from auditkit.review.stages import NAMES, STAGES, place

    review = review_of(folder)
    at = place(stage)
    review.record([events.SignOff(stage=stage)], by, STAGES[at].role)
    say(f"Signed: {STAGES[at].says}.")
    if stage == NAMES[-1]:
        say(f"The review is signed to its end. Next: auditkit run {folder}")
    elif stage == "review":
        say(f"Next: auditkit review responses {folder} --until DATE, then stage rebuttal.")
    else:
        command = next_command(NAMES[at + 1], review.state, review.work(), folder)
        say(
            f"Next: stage {NAMES[at + 1]}, signed by the {STAGES[at + 1].role}.",
            f"Next command: {command}",
        )


@review_app.command(rich_help_panel=WORK)
def override(
    folder: Folder,
    rule: Annotated[
        str, typer.Argument(help="same_person, incomplete, before_due or project_unsigned.")
    ],
    scope: Annotated[
        str, typer.Argument(help="A stage, an encounter; projection for project_unsigned.")
    ],
    by: As,
    reason: Reason,
) -> None:
    """Set a rule of the review aside. Only a manager can; reports print it with its reason."""
    from auditkit.review import events

    event = events.entry(events.Override, rule=rule, scope=scope, reason=reason)
    review_of(folder).record([event], by, "manager")
    say(f"Set aside: {rule} for {scope}. Reports print it with its reason.")


add_commands(review_app)
