"""The commands on free-text notes."""

from pathlib import Path
from typing import Annotated

import typer

notes_app = typer.Typer(no_args_is_help=True, help="Free-text notes: how well they are read.")


@notes_app.callback()
def notes() -> None:
    """Free-text notes: how well they are read."""


@notes_app.command("score")
def notes_score(
    notes: Annotated[Path, typer.Option("--notes", help="CSV: note_id, transcription.")],
    labels: Annotated[Path, typer.Option("--labels", help="JSON list of labels by note_id.")],
    out: Annotated[Path | None, typer.Option("--json", help="Also write the scores here.")] = None,
) -> None:
    """Read labelled notes and print false "performed", wrong values and recall, in that order."""
    from auditkit.documentation.notes_score import score_notes
    from auditkit.files import write_json

    score = score_notes(notes, labels)
    typer.echo(score.render())
    if out is not None:
        write_json(out, score.as_json())
