"""What a user may say beside the files that are added: a date or a list of providers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from auditkit.reference.edition import Edition


@dataclass(frozen=True, slots=True)
class Request:
    """How files are to be added.

    `effective` is the first day in force, for files whose name no longer says it. `npis` keeps
    only these providers of an NPPES or utilisation file. `held` are the editions in the store,
    and `read_table` reads one of their tables (an update is applied to the edition before it).
    """

    effective: date | None
    npis: frozenset[str] | None
    held: tuple[Edition, ...]
    read_table: Callable[[str, str], pa.Table]
