"""Commands around evidence: the seed, packs, keys, and the de-identified twin."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from auditkit.cli.shared import Folder, complaints, console
from auditkit.errors import EvidenceError, PlanError

keys_app = typer.Typer(no_args_is_help=True, help="Keys for signing evidence packs.")


class Source(StrEnum):
    """Where a seed may come from."""

    DICE = "dice"
    BEACON = "beacon"
    COUNSEL = "counsel"
    COMPUTER = "computer"


def seed(
    folder: Folder,
    by: Annotated[str, typer.Option(prompt="Who records the seed", help="Who records it.")],
    source: Annotated[Source, typer.Option(help="Where it comes from.")] = Source.COMPUTER,
    value: Annotated[str | None, typer.Option(help="The seed; the computer draws its own.")] = None,
    at: Annotated[
        str | None, typer.Option(help="When it came to be, such as 2025-01-31T14:05:00+00:00.")
    ] = None,
    round: Annotated[str, typer.Option(help="The beacon's round or pulse.")] = "",
    origin: Annotated[str, typer.Option(help="Where it comes from, in words.")] = "",
) -> None:
    """Freeze the frame, then record a seed that nobody can have chosen."""
    from auditkit.seeds import record_seed

    plan = record_seed(folder, source.value, by, value, _moment(at), round, origin)
    console.print(f"Seed {plan.seed.value}, {plan.seed.sentence()}.", markup=False, soft_wrap=True)
    console.print(f"Now: auditkit run {folder}", soft_wrap=True)


def verify(
    target: Annotated[Path, typer.Argument(help="The audit's folder, or an evidence pack.")],
    quick: Annotated[bool, typer.Option("--quick", help="Only compare the hashes.")] = False,
    key: Annotated[
        Path | None, typer.Option(help="The signer's public key: check the pack's signature.")
    ] = None,
) -> None:
    """Hash every file again, draw and compute everything again, and say what holds."""
    from auditkit.evidence import verify as verify_audit
    from auditkit.evidence.opened import verify_pack

    if target.is_file():
        found = verify_pack(target, not quick, key, _opening(target))
    elif key is not None:
        raise EvidenceError("A signature is a pack's: name the .zip that was signed, not a folder.")
    else:
        found = verify_audit(target, recompute=not quick)
    marks = {True: "[green]holds[/]", False: "[bold red]FAILS[/]", None: "[yellow]not checked[/]"}
    table = Table(box=None, show_header=False, padding=(0, 2))
    for each in found.checks:
        table.add_row(marks[each.holds], escape(each.what), f"[dim]{escape(each.detail)}[/]")
    console.print(table)
    failed = len(found.failures)
    if failed:
        complaints.print(f"[bold red]{failed} of {len(found.checks)} checks fail.[/]")
        raise typer.Exit(EvidenceError.exit_code)
    console.print(f"[green]All {len(found.checks)} checks hold[/] or could not be made here.")


def _opening(archive: Path) -> str | None:
    """Return the passphrase of an encrypted pack, asked for; None for a plain one."""
    from auditkit.evidence.signing import ENCRYPTED

    return _passphrase("Passphrase of the pack") if archive.suffix == ENCRYPTED else None


def _passphrase(prompt: str, confirm: bool = False) -> str:
    """Return a passphrase, typed unseen; it is never an argument, which other users could read."""
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm))


def pack(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The archive to write.")] = Path("evidence.zip"),
    sign: Annotated[Path | None, typer.Option(help="Sign it with this private key.")] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt it under a passphrase (age format).")
    ] = False,
) -> None:
    """Put the sealed evidence into one archive that checks itself without auditkit."""
    from auditkit.evidence.archive import pack as pack_audit

    opened_by = _passphrase(f"Passphrase of {sign.name}") if sign else ""
    passphrase = _passphrase("Passphrase of the pack", confirm=True) if encrypt else None
    made = pack_audit(folder, out, sign, opened_by, passphrase)
    if encrypt:
        console.print(f"{made}: opens with `age --decrypt` or `auditkit verify`.", soft_wrap=True)
    else:
        console.print(
            f"{made}: check it with `auditkit verify`, or unpack it anywhere, then: python "
            "verify_pack.py",
            soft_wrap=True,
        )


def twin(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="A new folder for the twin.")],
) -> None:
    """Make a de-identified twin of an audit, with the same findings, to show or send."""
    from auditkit.privacy.twin import make_twin

    console.print(make_twin(folder, out).sentence(), markup=False, soft_wrap=True)


@keys_app.command("new")
def keys_new(
    private: Annotated[Path, typer.Argument(help="Where to write the private key.")] = Path(
        "auditkit.pem"
    ),
) -> None:
    """Make a pair of keys for signing packs; the private one is under a passphrase."""
    from auditkit.evidence.signing import new_keys

    public = new_keys(private, _passphrase("Passphrase of the new key", confirm=True))
    console.print(f"{private} signs: keep it to yourself. {public} checks: hand it out.")


def _moment(text: str | None) -> datetime | None:
    """Return a time that a person typed; without a time zone it is taken as UTC.

    Raises:
        PlanError: if it is no time.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise PlanError("--at is not a time. Write it like 2025-01-31T14:05:00+00:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
