"""How often peers in the country bill each E/M code, where a utilisation file was imported."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow.parquet as pq

from auditkit.audit import Audit
from auditkit.reference.store import Store
from auditkit.reference.utilisation import KIND


@dataclass(frozen=True, slots=True)
class National:
    """Shares of services by code among peers in the country, and the edition that they are from."""

    shares: pd.Series
    title: str


def edition_of(audit: Audit) -> str:
    """Return the id of the edition that answers for *audit*, or nothing where there is none.

    Raises:
        EditionError: if the store is damaged.
    """
    folder = audit.settings.reference.store
    held = Store(audit.input_path(folder)).editions(KIND) if folder else ()
    complete = [each.id for each in held if each.complete]
    return complete[-1] if complete else ""


def national(audit: Audit, codes: Sequence[str]) -> National | None:
    """Return the shares of *codes* among Medicare services of the specialty in `audit.toml`.

    The latest complete edition of the store named in `audit.toml` answers. Rows of ten
    beneficiaries or fewer are not in the file, so rare codes of small practices are missing there.

    Returns:
        The shares by code, summing to one; None when no such edition was imported, or it holds
        none of the codes.

    Raises:
        EditionError: if the store is damaged.
    """
    edition = edition_of(audit)
    if not edition:
        return None
    store = Store(audit.input_path(audit.settings.reference.store))
    found = pq.read_table(
        store.path(edition, KIND),
        columns=["code", "services"],
        filters=[("specialty", "==", audit.settings.report.specialty), ("code", "in", list(codes))],
        partitioning=None,
    ).to_pandas()
    services = found.groupby("code")["services"].sum().reindex(list(codes), fill_value=0.0)
    if not services.sum():
        return None
    return National(services / services.sum(), store.show(edition).title)
