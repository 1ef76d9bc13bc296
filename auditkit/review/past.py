"""The results of any past day, made again from the log."""

from datetime import date, datetime

from auditkit.audit import Audit
from auditkit.errors import StageError
from auditkit.review.gate import gate_of
from auditkit.review.log import read_log
from auditkit.review.state import fold, until
from auditkit.scored import scored, settled


def rebuilt(audit: Audit, when: date | datetime) -> dict[str, bytes]:
    """Return line results, findings, scores, projection and review tables as they were.

    The log is read up to *when* and everything after it is left away; with the same version of
    auditkit the files are those of that day, byte for byte, as long as the documented elements
    are the same. A line whose elements changed since somebody agreed with it is named.

    Args:
        audit: The audit, compared up to stage `code`.
        when: A day (counted in full, UTC) or a moment.

    Returns:
        The content of each file, by its name in the audit's folder.

    Raises:
        StageError: The review was not open yet, or the comparison of a line changed since.
        LogError: The log is damaged.
    """
    records = until(read_log(audit.folder).records, when)
    if not records:
        raise StageError(f"The review was not open yet on {when:%Y-%m-%d}; name a later day.")
    state = fold(records)
    results, files = settled(audit, state)
    return files | scored(audit, results, gate_of(audit.folder, records), state)
