"""What the notes left out, as the reports state it and as `gaps.csv` holds it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from auditkit.audit import Audit
from auditkit.documentation.gaps import PRACTICE, gap_rates, looked_for
from auditkit.documentation.store import read_documentation
from auditkit.files import write_table
from auditkit.reporting import parts, wording
from auditkit.reporting.facts import Facts
from auditkit.reporting.parts import Column, records
from auditkit.sampling.draw import assign_strata
from auditkit.scoring.scores import frame_sizes

GAPS = "gaps.csv"
_DOCUMENTATION = "documentation.jsonl"


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
    return gap_rates(_looked(audit.path(_DOCUMENTATION)), units, sizes, scopes)


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


def left_out(facts: Facts) -> Markup:
    """Return the elements that notes of the scope left out, with rates and what to write.

    Empty where the audit has no documented elements, or nothing was left out.
    """
    if not facts.audit.path(_DOCUMENTATION).is_file():
        return Markup("")
    scopes = [PRACTICE] if facts.is_practice else [facts.scope, PRACTICE]
    table = audit_gaps(facts.audit, scopes)
    mine = table[(table["scope"] == facts.scope) & (table["units_with_gap"] > 0)]
    if mine.empty:
        return Markup("")
    whole = table[table["scope"] == PRACTICE].set_index(["family", "element"])["rate"]
    mine = mine.sort_values(["units_with_gap", "rate"], ascending=False, kind="stable")
    rows = [
        {
            "what": f"{row['service']}: {row['label']}",
            "counts": f"{row['units_with_gap']} of {row['units']}",
            "rate": wording.percent(row["rate"]),
            "interval": wording.interval(row["lower"], row["upper"]),
            "practice": wording.percent(whole[row["family"], row["element"]]),
        }
        for row in records(mine)
    ]
    columns = [
        Column("what", "What the note did not state"),
        Column("counts", "Notes", "number"),
        Column("rate", "Left out", "number"),
        Column("interval", "Interval", "number"),
        *([] if facts.is_practice else [Column("practice", "The practice", "number")]),
    ]
    unseen = int((table.loc[table["scope"] == facts.scope, "not_looked_for"] > 0).sum())
    methods = wording.listed(sorted(mine["method"].unique()))
    source = f"notes with a service that needs the element; 95 % limits: {methods}"
    return parts.heading(
        "What the notes left out",
        parts.table(rows, columns, "Elements that notes did not state", facts.source(source)),
        parts.paragraph(
            f"{wording.count(unseen, 'element')} could not be judged in some notes, because nobody "
            "looked for them there."
            if unseen
            else ""
        ),
        parts.bullets(row["asks"] for row in records(mine.drop_duplicates("asks"))),
        parts.paragraph(
            "These are no findings: an element left out lowers a score only where a code rests on "
            "it.",
            kind="quiet",
        ),
    )
