"""What an audit finds from its notes alone, as the note reader reads them, beside what it found.

The reader proposes no problems and no level of a visit, and leaves out whatever a note does not
say; lines that rest on such elements stay open for a person and are counted as open.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from auditkit.audit import Audit
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.documentation.reader import documented, read_note
from auditkit.errors import InputError
from auditkit.results import compare
from auditkit.sampling.draw import assign_strata
from auditkit.scoring.rates import rate
from auditkit.scoring.scores import frame_sizes

_SUPPORTED = "supported"


@dataclass(frozen=True, slots=True)
class FromNotes:
    """Line results from the notes alone beside those of the audit's documented elements.

    `rates` has one row for each source: lines, in_error, rate, lower, upper, level, method. `apart`
    lists, by encounter id and line, the settled lines on which the two differ.
    """

    notes: int
    lines: int
    settled: int
    agreed: int
    rates: pd.DataFrame
    apart: pd.DataFrame

    @property
    def open_lines(self) -> int:
        """The billed lines that the notes alone do not settle."""
        return self.lines - self.settled

    def render(self) -> str:
        """Return the comparison as lines of text."""
        said = [
            f"Notes read: {self.notes:,}. Billed lines: {self.lines:,}; settled by the notes alone "
            f"{self.settled:,} ({self.settled / self.lines:.0%}); left to a person "
            f"{self.open_lines:,}.",
            f"Of the settled lines {self.agreed:,} ({self.agreed / self.settled:.1%}) have the "
            "same verdict and codes as by the documented elements."
            if self.settled
            else "",
            f"{'lines in error by':<48}{'lines':>7}{'error':>7}{'rate':>8}   95 % limits",
        ]
        said += [
            f"{row.source:<48}{row.lines:>7,}{row.in_error:>7,}{row.rate:>8.1%}"
            f"   {row.lower:.1%} to {row.upper:.1%}"
            for row in self.rates.itertuples()
        ]
        return "\n".join(line for line in said if line)


def elements_of_notes(notes: pd.DataFrame) -> dict[str, DocumentedEncounter]:
    """Return what the note reader proposes for each note, as documented elements with quotes.

    Args:
        notes: encounter_id and text, as `auditkit.documentation.notes.read_notes` returns.
    """
    return {
        str(encounter): documented(read_note(text), encounter_id=str(encounter))
        for encounter, text in zip(notes["encounter_id"], notes["text"].fillna(""), strict=True)
    }


def json_lines(elements: Mapping[str, DocumentedEncounter]) -> str:
    """Return *elements* as JSON Lines, one record each, as `[inputs] documentation` takes them."""
    rows = (each.model_dump(mode="json", exclude_unset=True) for each in elements.values())
    return "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)


def compare_with_notes(audit: Audit, notes: pd.DataFrame, level: float = 0.95) -> FromNotes:
    """Compare the drawn charts' lines with their notes alone, and set the error rates side by side.

    A line counts as in error unless it is supported as billed. Lines that the notes do not settle
    are left out of the notes' rate; a third rate is of the documented elements on the lines that
    the notes settle, so that like stands beside like.

    Args:
        audit: An audit whose charts were collected.
        notes: encounter_id and text of the drawn encounters; others are left out.
        level: Confidence level of the two-sided limits.

    Raises:
        InputError: No note belongs to a drawn encounter.
    """
    drawn = notes[notes["encounter_id"].isin(set(audit.lines["encounter_id"]))]
    if drawn.empty:
        raise InputError(
            "No note belongs to a drawn encounter. Give the notes of this practice, read with the "
            "audit's own key."
        )
    found = {name: _without_visit(each) for name, each in elements_of_notes(drawn).items()}
    whole = compare(audit)["engine_results.csv"]
    alone = compare(audit, found)["engine_results.csv"]
    whole, alone = (table[table["line"].notna()] for table in (whole, alone))
    both = whole.merge(
        alone[["encounter_id", "line", "verdict", "agreed_code", "agreed_units", "prompt"]],
        on=["encounter_id", "line"],
        suffixes=("", "_notes"),
    )
    both = both[both["encounter_id"].isin(found)]
    settled = both[~both["prompt_notes"].astype("bool")]
    same = (settled["verdict"] == settled["verdict_notes"]) & (
        settled["agreed_code"].fillna("") == settled["agreed_code_notes"].fillna("")
    )
    sizes = _sizes(audit)
    sources = (
        ("documented elements, all lines", both, "verdict"),
        ("documented elements, lines the notes settle", settled, "verdict"),
        ("notes alone, lines the notes settle", settled, "verdict_notes"),
    )
    rates = pd.DataFrame(
        [
            (source, *_rate(part, verdict, both, sizes, level))
            for source, part, verdict in sources
            if len(part)
        ],
        columns=["source", "lines", "in_error", "rate", "lower", "upper", "level", "method"],
    )
    shown = ["encounter_id", "line", "billed_code", "verdict", "verdict_notes"]
    codes = ["agreed_code", "agreed_code_notes", "rule_id"]
    apart = settled.loc[~same, [*shown, *codes]].reset_index(drop=True)
    return FromNotes(len(found), len(both), len(settled), int(same.sum()), rates, apart)


def _without_visit(elements: DocumentedEncounter) -> DocumentedEncounter:
    """Return *elements* with the visit not abstracted: a total time alone does not settle it."""
    body = elements.model_dump(exclude_unset=True)
    body.pop("em", None)
    return DocumentedEncounter.model_validate(body)


def _sizes(audit: Audit) -> dict[str, int] | None:
    """Return the frame's units by stratum; None for a targeted sample."""
    if audit.plan.purpose == "targeted":
        return None
    sizes = frame_sizes(audit.frame.assign(stratum=assign_strata(audit.frame, audit.plan)))
    by = sizes.groupby(sizes["stratum"].fillna("").astype("str"))["encounters"].sum()
    return {str(stratum): int(count) for stratum, count in by.items()}


def _rate(
    part: pd.DataFrame,
    verdict: str,
    every: pd.DataFrame,
    sizes: dict[str, int] | None,
    level: float,
) -> tuple[int, int, float, float, float, float, str]:
    """Return lines, lines in error and the rate of *part*, by sampling unit."""
    wrong = part.assign(y=(part[verdict] != _SUPPORTED).astype("int64"), x=1)
    by_unit = wrong.groupby("unit_id")[["y", "x"]].sum()
    units = every.drop_duplicates("unit_id").set_index("unit_id")["stratum"]
    counts = by_unit.reindex(units.index).fillna(0).assign(stratum=units.fillna("").astype("str"))
    found = rate(counts.reset_index(), sizes, "share", level)
    limits = (found.rate, found.lower, found.upper, found.level, found.method)
    return (len(part), int(wrong["y"].sum()), *limits)
