"""What the commands share: where they print, and the options that many of them take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from auditkit.audit import Audit

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

Folder = Annotated[Path, typer.Argument(help="The audit's folder, such as reports/2024q3.")]
StoreFolder = Annotated[
    Path | None,
    typer.Option("--store", help="Folder of editions; else AUDITKIT_STORE, else your data folder."),
]


def audit_of(folder: Path) -> "Audit":
    """Return the audit in *folder*.

    Raises:
        SettingsError: if the folder holds no audit, or its settings cannot be read.
    """
    # The commands load the scientific stack when they run, so that help need not wait for it.
    from auditkit.audit import Audit

    return Audit(folder)
