"""The stages of an audit: each one a function from the audit's folder to the files it makes.

A stage's products are bytes that depend only on the files it reads, so that running a stage
again, here or on another machine, must give the same bytes; `auditkit.evidence` relies on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from auditkit import results
from auditkit.audit import PLAN, SETTINGS, Audit
from auditkit.claims.encounters import HISTORY_YEARS
from auditkit.documentation.store import Documentation, read_documentation
from auditkit.errors import ProjectionRefusedError, StageError
from auditkit.files import json_bytes, read_json, read_table, sha256_of, table_bytes
from auditkit.pricing.practice import price_table
from auditkit.privacy import (
    CROSSWALK,
    FRAME_PATIENTS,
    QUOTES,
    crosswalk,
    frame_patients,
    read_key,
    without_identifiers,
)
from auditkit.review.gate import review_gate
from auditkit.review.imported import ABSTRACTIONS
from auditkit.review.joined import missing_records, review_state, with_readers
from auditkit.review.log import LOG
from auditkit.review.tables import TABLES
from auditkit.sampling.draw import draw
from auditkit.sampling.frame import build_frame, unit_ids
from auditkit.sampling.plan import refuse_early_seed
from auditkit.scored import BEFORE_REBUTTAL, CHANGES, scored, settled
from auditkit.universe import claim_lines, frozen_at, frozen_frame, provider_ids, universe

Products = dict[str, bytes]

#: What was read of the claims file, and what was left out of it.
READING = "reading.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its verb, what it does in a few words, what it reads and what it makes.

    `may_read` and `may_make` name files of a review, which not every audit has. `follows` gives
    the part of a file that the stage reads, or its hash, where the rest does not matter.
    """

    name: str
    does: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    work: Callable[[Audit], Products]
    takes_inputs: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()
    may_make: tuple[str, ...] = ()
    follows: Mapping[str, Callable[[Audit], str]] = field(default_factory=dict)


def make_frame(audit: Audit) -> Products:
    """Build the frame from the claims: the frozen frame, its attrition, the providers."""
    read = claim_lines(audit)
    lines = universe(audit, read)
    key = read_key(audit.input_path(audit.settings.privacy.key_file))
    frame = build_frame(lines, audit.settings.frame, audit.plan.unit, key)
    lines["unit_id"] = unit_ids(lines, audit.plan.unit, key)
    return {
        "attrition.csv": table_bytes(frame.attrition),
        "frame.csv": table_bytes(frame.units),
        "providers.csv": table_bytes(provider_ids(audit, lines)),
        READING: json_bytes(read.attrs.get("auditkit", {})),
        FRAME_PATIENTS: table_bytes(frame_patients(lines, frame.units["unit_id"], key)),
    }


def make_sample(audit: Audit) -> Products:
    """Draw the sample that the plan asks for from the frozen frame."""
    if audit.plan.seed.source != "fixed":
        refuse_early_seed(audit.plan.seed, frozen_at(audit))
    sample = draw(audit.plan, frozen_frame(audit))
    drawn_from = {
        "frame_sha256": sample.frame_sha256,
        "plan_sha256": audit.plan.digest,
        "purpose": audit.plan.purpose,
        "unit": audit.plan.unit,
        "units_drawn": len(sample.units),
    }
    return {
        "sample.csv": table_bytes(sample.units),
        "strata.csv": table_bytes(sample.strata),
        "sample.json": json_bytes(drawn_from),
    }


def collect_charts(audit: Audit) -> Products:
    """Gather, for each drawn unit, its billed lines, the patient's history, and the record.

    Patient keys, claim numbers, dates of birth and words of notes stay behind in `private/`; every
    other file names patients and claims by keyed ids.
    """
    everything = universe(audit)
    key = read_key(audit.input_path(audit.settings.privacy.key_file))
    everything["unit_id"] = unit_ids(everything, audit.plan.unit, key)
    drawn = audit.sample.set_index("unit_id")["stratum"]
    touched = everything.loc[everything["unit_id"].isin(drawn.index), "encounter_id"].unique()
    lines = everything[everything["encounter_id"].isin(touched)].copy()
    lines["in_sample"] = lines["unit_id"].isin(drawn.index)
    lines["stratum"] = lines["unit_id"].map(drawn)
    lines = lines.sort_values(["encounter_id", "encounter_line"], ignore_index=True)
    records, sources = _records(audit, lines)
    charts = records.status(lines)
    charts["source"] = charts["encounter_id"].map(sources)
    return {
        "lines.csv": table_bytes(without_identifiers(lines, key)),
        "history.csv": table_bytes(without_identifiers(history_of(lines, everything), key)),
        "documentation.jsonl": records.as_bytes(),
        "charts.csv": table_bytes(charts),
        "prices.csv": table_bytes(price_table(everything, _fee_file(audit))),
        CROSSWALK: table_bytes(crosswalk(lines)),
        QUOTES: records.quotes_as_bytes(),
    }


def history_of(lines: pd.DataFrame, everything: pd.DataFrame) -> pd.DataFrame:
    """Return the earlier lines of the sampled patients, as far back as any rule looks."""
    earliest = lines["dos_from"].min() - pd.DateOffset(years=HISTORY_YEARS)
    mine = everything["patient_key"].isin(lines["patient_key"].unique())
    mine &= (everything["dos_from"] >= earliest) & (
        everything["dos_from"] < lines["dos_from"].max()
    )
    columns = [c for c in everything.columns if c != "unit_id"]
    found = everything.loc[mine, columns]
    return found.sort_values(["encounter_id", "encounter_line"], ignore_index=True)


def _fee_file(audit: Audit) -> Path | None:
    named = audit.settings.inputs.fees
    return audit.input_path(named) if named else None


def _records(audit: Audit, lines: pd.DataFrame) -> tuple[Documentation, dict[str, str]]:
    """Return the elements that count for each sampled encounter, and where each comes from."""
    source = audit.settings.inputs.documentation
    given = Documentation({})
    if source is not None:
        key = read_key(audit.input_path(audit.settings.privacy.key_file))
        given = read_documentation(audit.input_path(source), key)
    return with_readers(given, audit.folder, list(lines["encounter_id"].unique()))


def make_findings(audit: Audit) -> Products:
    """Derive the supported lines from each record, and compare the billed lines with them."""
    return {name: table_bytes(table) for name, table in results.compare(audit).items()}


def apply_review(audit: Audit) -> Products:
    """Write over the engine's comparison what people decided; without a review it stands.

    Raises:
        StageError: if the comparison of a line changed after somebody agreed with it.
        LogError: if the review's log is damaged.
    """
    state = review_state(audit.folder)
    if state is not None:
        return settled(audit, state)[1]
    untouched = read_table(audit.path("engine_results.csv")).assign(basis="engine")
    findings = audit.path("engine_findings.csv").read_bytes()
    return {"line_results.csv": table_bytes(untouched), "findings.csv": findings}


def make_scores(audit: Audit) -> Products:
    """Score the line results, and project the dollars where the plan and the review allow it."""
    refuse_unfinished(audit)
    gate, state = review_gate(audit.folder), review_state(audit.folder)
    return scored(audit, audit.line_results, gate, state)


def refuse_unfinished(audit: Audit) -> None:
    """Refuse to score charts that nobody has abstracted, unless the settings say how.

    Raises:
        ProjectionRefusedError: if charts are open, or the frame is not the one drawn from.
    """
    drawn_from = read_json(audit.path("sample.json"))
    if drawn_from["frame_sha256"] != sha256_of(audit.path("frame.csv")):
        raise ProjectionRefusedError(
            "frame.csv is not the frame that the sample was drawn from: its hash differs from the "
            "one in sample.json. Restore the frozen frame; a changed frame cannot be projected to."
        )
    waiting = int((audit.charts["status"] == "not_abstracted").sum())
    if waiting and audit.settings.review.not_abstracted == "refuse":
        raise ProjectionRefusedError(
            f"{waiting} of {len(audit.charts)} drawn charts are not abstracted yet, so nothing is "
            "scored or projected. charts.csv lists them. Finish them, or count them as missing "
            'records with [review] not_abstracted = "missing" and a reason; reports will say so.'
        )


STAGES = (
    Stage(
        "frame", "freeze the sampling frame", (SETTINGS,),
        ("attrition.csv", "frame.csv", "providers.csv", READING, FRAME_PATIENTS), make_frame,
        takes_inputs=("claims", "providers", "mapping"),
        follows={"plan.unit": lambda audit: audit.plan.unit},
    ),
    Stage(
        "draw", "draw the sample", (PLAN, "frame.csv", "attrition.csv"),
        ("sample.csv", "strata.csv", "sample.json"), make_sample,
    ),
    Stage(
        "collect", "gather lines, history and records of the drawn charts",
        (SETTINGS, PLAN, "sample.csv"),
        ("lines.csv", "history.csv", "documentation.jsonl", "charts.csv",
         "prices.csv", CROSSWALK, QUOTES), collect_charts,
        takes_inputs=("claims", "providers", "mapping", "documentation", "fees"),
        may_read=(ABSTRACTIONS[1],),
        follows={"records declared missing": lambda audit: missing_records(audit.folder)},
    ),
    Stage(
        "code", "derive what each record supports and compare it with what was billed",
        (SETTINGS, "lines.csv", "history.csv", "documentation.jsonl", "charts.csv", "prices.csv"),
        ("engine_results.csv", "engine_findings.csv", "supported.csv", "problems.csv"),
        make_findings,
    ),
    Stage(
        "review", "write over the comparison what people decided",
        (SETTINGS, "lines.csv", "history.csv", "prices.csv", "engine_results.csv",
         "engine_findings.csv"),
        ("line_results.csv", "findings.csv"), apply_review,
        may_read=(LOG,), may_make=(CHANGES,),
    ),
    Stage(
        "score", "score, and project the dollars",
        (SETTINGS, PLAN, "frame.csv", "sample.csv", "sample.json", "strata.csv", "charts.csv",
         "engine_results.csv", "line_results.csv"),
        ("scores.csv", "estimate.json"), make_scores,
        may_read=(LOG,), may_make=(*TABLES, BEFORE_REBUTTAL),
    ),
)  # fmt: skip

BY_NAME = {stage.name: stage for stage in STAGES}


def stage(name: str) -> Stage:
    """Return the stage called *name*.

    Raises:
        StageError: if there is none.
    """
    try:
        return BY_NAME[name]
    except KeyError as error:
        raise StageError(f"No stage '{name}'. Stages: {', '.join(BY_NAME)}.") from error
