"""The documentation gaps of one audit, as its reports state them and `gaps.csv` holds them."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from auditkit.audit import Audit
from auditkit.documentation.gaps import gap_rates, looked_for
from auditkit.documentation.store import read_documentation
from auditkit.files import write_table
from auditkit.sampling.draw import assign_strata
from auditkit.scoring.scores import frame_sizes

GAPS = "gaps.csv"
DOCUMENTATION = "documentation.jsonl"


def audit_gaps(audit: Audit, scopes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return how often the notes of an audit leave each element out.

    Args:
        audit: An audit whose charts were collected and coded.
        scopes: `practice` and provider ids; all of them unless told.

    Returns:
        The columns of `auditkit.documentation.gaps.gap_rates`. Rates of a random sample are
        weighted by stratum and know the frame's size; those of a targeted one describe the charts
        that were read.

    Raises:
        InputError: A file of the audit is missing or damaged.
    """
    named = ["encounter_id", "provider_id", "unit_id", "stratum"]
    results = audit.line_results
    units = results[[name for name in named if name in results]].drop_duplicates("encounter_id")
    sizes = None
    if audit.plan.purpose != "targeted":
        sizes = frame_sizes(audit.frame.assign(stratum=assign_strata(audit.frame, audit.plan)))
    return gap_rates(_looked(audit.path(DOCUMENTATION)), units, sizes, scopes)


def write_gaps(folder: str | Path) -> pd.DataFrame:
    """Write `gaps.csv` into the audit's folder and return its table.

    Raises:
        SettingsError: *folder* is no audit.
        InputError: A file of the audit is missing or damaged.
    """
    audit = Audit(Path(folder))
    table = audit_gaps(audit)
    write_table(audit.path(GAPS), table)
    return table


def _looked(path: Path) -> pd.DataFrame:
    """Return what the records of a file state; read once while the file does not change."""
    state = path.stat() if path.is_file() else None
    return _read(path, (state.st_mtime_ns, state.st_size) if state else None)


@lru_cache(maxsize=4)
def _read(path: Path, _version: tuple[int, int] | None) -> pd.DataFrame:
    # Records of an audit's folder carry encounter ids, so that no key is needed to name them.
    return looked_for(read_documentation(path, key=b"").elements())
