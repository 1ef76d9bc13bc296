"""The commands on the way of a note's text to a model, and on what became of proposals."""

from pathlib import Path
from typing import Annotated

import typer

from auditkit.cli.shared import Folder


def seal_again(folder: Path) -> None:
    """Seal an audit that was sealed before, now that a file of it is new."""
    from auditkit.audit import Audit
    from auditkit.evidence import MANIFEST, seal

    audit = Audit(folder)
    if audit.path(MANIFEST).is_file():
        seal(audit)


def deidentify(
    folder: Folder,
    words: Annotated[
        Path | None, typer.Option("--words", help="Names to take out, one a line.")
    ] = None,
) -> None:
    """De-identify the drawn charts' notes, and write the page on which a person reads them."""
    from auditkit.assisted import PAGE, clean_notes
    from auditkit.audit import Audit
    from auditkit.errors import InputError

    listed: list[str] = []
    if words is not None:
        try:
            listed = words.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{words.name} cannot be read as a list of words in UTF-8.") from error
    found = clean_notes(Audit(folder), listed)
    seal_again(folder)
    doubts = sum(len(each.doubts) for each in found.values())
    typer.echo(
        f"{len(found):,} notes, {sum(len(each.removals) for each in found.values()):,} removals, "
        f"{doubts:,} places to look at. Read {folder}/{PAGE}"
    )


def approve(
    folder: Folder,
    by: Annotated[str, typer.Option("--as", help="Your account in this review, such as pia.")],
    encounter: Annotated[
        list[str] | None, typer.Option("--encounter", help="The encounters you read.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="You read every text of the page.")] = False,
) -> None:
    """Record that you read the de-identified texts and that they may be handed to a model."""
    from auditkit.assisted import approve as record
    from auditkit.assisted import cleaned_texts
    from auditkit.audit import Audit
    from auditkit.errors import InputError

    audit = Audit(folder)
    chosen = list(cleaned_texts(audit.folder)) if every else list(encounter or ())
    if not chosen:
        raise InputError("Say which texts you read: --encounter ID, or --all.")
    typer.echo(f"{record(audit, by, chosen):,} text(s) approved by {by}.")
    seal_again(folder)


def assist(folder: Folder) -> None:
    """Hand the approved texts to the model that assisted.toml switches on (off by default)."""
    from auditkit.assisted import assist as hand_over
    from auditkit.audit import Audit
    from auditkit.documentation.assisted import readings_path

    readings = hand_over(Audit(folder))
    seal_again(folder)
    failed = sum(bool(each.failed) for each in readings)
    dropped = sum(len(each.dropped) for each in readings)
    path = readings_path(folder, readings[0].model, readings[0].version)
    typer.echo(
        f"{len(readings):,} texts read by {readings[0].model} {readings[0].version}: {failed:,} "
        f"without an answer, {dropped:,} values dropped for want of a verbatim quote. Kept: {path}"
    )


def proposals(folder: Folder) -> None:
    """Print how often proposals were accepted, corrected and rejected, by element."""
    from auditkit.audit import Audit
    from auditkit.files import write_table
    from auditkit.review.proposals import proposal_rates
    from auditkit.review.session import Review

    table = proposal_rates(Review(Audit(folder).folder).state)
    write_table(folder / "proposals.csv", table)
    seal_again(folder)
    if table.empty:
        typer.echo("Nobody has judged a proposal yet.")
        return
    typer.echo(f"{'source':<14}{'element':<32}{'n':>6}{'right':>8}   95 % limits")
    for row in table.itertuples():
        typer.echo(
            f"{row.source:<14}{row.element:<32}{row.proposed:>6,}{row.rate:>8.0%}"
            f"   {row.lower:.0%} to {row.upper:.0%}"
        )
