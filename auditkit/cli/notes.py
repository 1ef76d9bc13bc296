"""The commands on free-text notes."""

from pathlib import Path
from typing import Annotated

import typer

from auditkit.cli import assisted

notes_app = typer.Typer(
    no_args_is_help=True, help="The record: notes and exports read, and how well they are read."
)


@notes_app.callback()
def notes() -> None:
    """The record: notes and exports read, and how well they are read."""


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


@notes_app.command("clones")
def notes_clones(
    notes: Annotated[Path, typer.Argument(help="CSV or JSON Lines of notes.")],
    key: Annotated[Path, typer.Option("--key", help="The practice's key file.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path("clones"),
    show: Annotated[int, typer.Option(help="Pairs on the page.")] = 100,
) -> None:
    """Find near-duplicate notes: tables by encounter id, and a private page that shows them."""
    from auditkit.documentation.clones import find_clones
    from auditkit.documentation.clones_page import clones_page
    from auditkit.documentation.notes import read_notes
    from auditkit.files import write_table, write_text
    from auditkit.privacy import read_key

    table = read_notes(notes, read_key(key))
    found = find_clones(table)
    write_table(out / "clones.csv", found.pairs)
    write_table(out / "clones_by_provider.csv", found.providers)
    write_text(out / "private" / "clones.html", clones_page(found, table, show))
    kinds = found.pairs["kind"].value_counts()
    typer.echo(
        f"{len(table):,} notes: {kinds.get('same_patient', 0):,} pairs alike of one patient, "
        f"{kinds.get('across_patients', 0):,} across patients. Advisory: read both notes."
    )
    typer.echo(f"Tables without text: {out}. The notes side by side: {out}/private/clones.html")


@notes_app.command("gaps")
def notes_gaps(
    folder: Annotated[Path, typer.Argument(help="The audit's folder, such as reports/2024q3.")],
) -> None:
    """Write gaps.csv: how often notes leave out what they must state, by element and provider."""
    from auditkit.gaps_of_audit import write_gaps

    table = write_gaps(folder)
    assisted.seal_again(folder)
    practice = table[(table["scope"] == "practice") & (table["units_with_gap"] > 0)]
    for row in practice.sort_values("rate", ascending=False).itertuples():
        typer.echo(
            f"{row.service}: {row.label}: left out in {row.units_with_gap} of {row.units} "
            f"({row.rate:.1%}; {row.lower:.1%} to {row.upper:.1%})"
        )
    typer.echo(f"{folder}/gaps.csv has every element, for the practice and each provider.")


@notes_app.command("sources")
def notes_sources(
    paths: Annotated[
        list[Path],
        typer.Argument(help="FHIR (JSON, NDJSON, a folder), C-CDA, or the mapping of an export."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The documented elements, JSON Lines.")],
    conflicts: Annotated[
        Path | None, typer.Option(help="CSV of what the sources do not agree on.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML with codes of your own, for FHIR and C-CDA.")
    ] = None,
    abstraction: Annotated[
        Path | None, typer.Option(help="Elements that persons abstracted; they come first.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The key file, where the abstraction has encounter ids.")
    ] = None,
    read_notes: Annotated[
        bool, typer.Option("--read-notes/--no-read-notes", help="Let the note reader propose.")
    ] = True,
) -> None:
    """Merge structured sources, notes and abstraction into documented elements."""
    from auditkit.documentation.sources.output import write_sources
    from auditkit.privacy import read_key

    told = write_sources(
        paths,
        out,
        conflicts=conflicts,
        mapping=mapping,
        abstraction=abstraction,
        key=read_key(key) if key is not None else b"",
        notes=read_notes,
    )
    for line in told:
        typer.echo(line)


@notes_app.command("read")
def notes_read(
    folder: Annotated[Path, typer.Argument(help="The audit's folder, such as reports/2024q3.")],
    notes: Annotated[Path, typer.Option("--notes", help="CSV or JSON Lines of notes.")],
) -> None:
    """Read the drawn charts' notes, and print the error rate from the notes alone beside yours."""
    from auditkit.audit import Audit
    from auditkit.documentation.notes import read_notes
    from auditkit.files import write_table, write_text
    from auditkit.from_notes import compare_with_notes, elements_of_notes, json_lines
    from auditkit.privacy import read_key

    audit = Audit(folder)
    table = read_notes(notes, read_key(audit.input_path(audit.settings.privacy.key_file)))
    table = table[table["encounter_id"].isin(set(audit.lines["encounter_id"]))]
    write_text(folder / "private" / "read_notes.jsonl", json_lines(elements_of_notes(table)))
    found = compare_with_notes(audit, table)
    write_table(folder / "from_notes.csv", found.rates)
    assisted.seal_again(folder)
    typer.echo(found.render())
    typer.echo(f"What was read, with its quotes: {folder}/private/read_notes.jsonl")


notes_app.command("deidentify")(assisted.deidentify)
notes_app.command("approve")(assisted.approve)
notes_app.command("assist")(assisted.assist)
notes_app.command("proposals")(assisted.proposals)
