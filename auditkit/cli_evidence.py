"""Commands around evidence: the seed, packs, keys, and the de-identified twin."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from auditkit.errors import PlanError

console = Console(highlight=False)

Folder = Annotated[Path, typer.Argument(help="The audit's folder, such as reports/2024q3.")]


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
