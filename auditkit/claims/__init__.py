"""Claims in: readers of billed lines in the forms that users have, and encounters of them."""

from pathlib import Path

import pandas as pd

from auditkit.claims.contracts import CLAIM_LINES, PROVIDERS
from auditkit.claims.encounters import encounter_table, encounters, to_model
from auditkit.claims.fhir import read_fhir_claims
from auditkit.claims.fhir_files import looks_like_fhir
from auditkit.claims.mapping import read_mapping
from auditkit.claims.professional import read_professional
from auditkit.claims.remittance import Remittance, read_remittance
from auditkit.claims.settlement import net_adjustments, net_lines, with_remittances
from auditkit.claims.tables import read_delimited, read_parquet
from auditkit.claims.x12 import looks_like_x12
from auditkit.errors import InputError
from auditkit.schema import Table

__all__ = [
    "CLAIM_LINES",
    "PROVIDERS",
    "Remittance",
    "encounter_table",
    "encounters",
    "net_adjustments",
    "net_lines",
    "read_claims",
    "read_remittance",
    "read_table",
    "to_model",
    "with_remittances",
]


def read_claims(
    path: str | Path,
    mapping: str | Path | dict[str, object] | None = None,
    rejects: str | Path | None = None,
) -> pd.DataFrame:
    """Read billed lines from CSV, tab-separated text, Parquet, 837P or FHIR R4, by content.

    Args:
        path: the file; of FHIR also a folder of a bulk export.
        mapping: a TOML file (or its content) that declares the user's own column names,
            constants, delimiter and date forms; see docs/claims.md. An 837P needs none; for
            FHIR see docs/record-sources.md.
        rejects: a CSV file to be written with the rows that are not accepted, their row in the
            file and why. Without it, such rows make the reading fail.

    Returns:
        The claim lines table: one row per billed line, columns as docs/claims.md lists them,
        money in dollars. `attrs["auditkit"]` holds the counts of rows read, accepted and set
        aside, and notes.

    Raises:
        InputError: naming every problem at once by file, row, column and what is accepted.
        SettingsError: if the mapping is not accepted.
    """
    path = Path(path)
    if looks_like_fhir(path):
        return read_fhir_claims(path, mapping, rejects)
    if looks_like_x12(_start(path)):
        return read_professional(path, rejects)
    return read_table(path, CLAIM_LINES, mapping, rejects)


def read_table(
    path: str | Path,
    table: Table,
    mapping: str | Path | dict[str, object] | None = None,
    rejects: str | Path | None = None,
) -> pd.DataFrame:
    """Read a CSV, tab-separated or Parquet file under any contract, such as `PROVIDERS`.

    Arguments, result and errors are those of `read_claims`.
    """
    path = Path(path)
    declared = read_mapping(mapping, table)
    start = _start(path)
    if start.startswith(b"PAR1"):
        return read_parquet(path, table, declared, rejects)
    return read_delimited(path, table, declared, rejects)


def _start(path: Path) -> bytes:
    """Return the first bytes of a file, refusing what no reader takes."""
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise InputError(
            f"{path.name}: the file cannot be opened ({error.strerror}). "
            "Check the path and that you may read it."
        ) from None
    if not start.strip():
        raise InputError(f"{path.name}: the file is empty. Export it again.")
    for mark, kind in _REFUSED.items():
        if start.startswith(mark):
            raise InputError(
                f"{path.name}: this is {kind}. Accepted: CSV or tab-separated text, Parquet, "
                "837P, or FHIR R4 as JSON. Save a workbook as 'CSV UTF-8'; unpack an archive first."
            )
    return start


_REFUSED = {
    b"PK\x03\x04": "a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
    b"<": "XML or HTML",
}
