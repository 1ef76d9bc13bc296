"""Screening the universe: every line against the edits in force on its date of service.

The result is a table of signals. A signal is a reason to look at a line, never a finding.
"""

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.edits import forms, prepare
from auditkit.edits.duck import DuckEngine
from auditkit.edits.edit import Edit, chosen, shared_stages
from auditkit.edits.editions import Reference
from auditkit.edits.engine import Engine, outcomes_table
from auditkit.edits.lines import claims_text, refuse_unreadable, unreadable_text
from auditkit.errors import SettingsError
from auditkit.reference import Store


class NotScreenedWarning(UserWarning):
    """Some lines were not screened by an edit: no reference edition covers their dates."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The signals of a screening, and what was and was not screened.

    `signals` is the same kind of table as the claims were (for a Parquet folder, the path of
    another), one row per signal: edit_id, family, outcome, severity (error,
    advisory or prompt), claim_id, line, other_claim_id and other_line (the other line involved),
    edition (which answered), citation, reason. `coverage` has one row per edit: edit_id, editions,
    lines_screened, lines_not_screened, why. `set_aside` counts lines of claims that were voided
    or replaced, which no edit reads.
    """

    signals: Any
    coverage: pd.DataFrame
    lines: int
    set_aside: int
    engine: str


def screen(
    claims: Any,
    store: Store | str | os.PathLike[str] | None = None,
    edits: Sequence[str] | None = None,
    engine: str | None = None,
    **options: Any,
) -> Any:
    """Return the signals of *claims* in the kind of table that they came in.

    Short for ``screening(claims, store, edits, engine, **options).signals``, with a warning for
    every edit that could not screen all lines.

    Raises:
        InputError: when the claims lack a column or are of no accepted kind.
        EditionError: when an edit asked for by name has no edition for any line.
        RuleError: when there is no edit of a name in *edits*.
        SettingsError: when an option is not accepted.
    """
    result = screening(claims, store, edits, engine, **options)
    short = result.coverage[result.coverage["lines_not_screened"] > 0]
    for row in short.itertuples():
        warnings.warn(
            f"{row.edit_id} did not screen {row.lines_not_screened:,} of "
            f"{result.lines:,} lines: {row.why}.",
            NotScreenedWarning,
            stacklevel=2,
        )
    return result.signals


def screening(
    claims: Any,
    store: Store | str | os.PathLike[str] | None = None,
    edits: Sequence[str] | None = None,
    engine: str | None = None,
    *,
    state: str | None = None,
    memory_limit: str = "1250MB",
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Screening:
    """Screen claims against the edits in force on each line's date of service.

    Args:
        claims: the claims line table as a pandas, Polars or Arrow table, the path of a Parquet
            file or folder, or a Spark DataFrame.
        store: the edition store or its folder; the user's own by default.
        edits: names of edits (see `catalogue`); all by default.
        engine: "duckdb" or "spark"; by default DuckDB, and Spark for a Spark DataFrame.
        state: two letters of the state whose coverage articles apply.
        memory_limit: how much DuckDB may hold in memory before it spills to disk.
        threads: how many threads DuckDB uses; all by default.
        out: for a Parquet folder, where the signals go (default: beside it, ``-signals``).

    Raises:
        InputError: when the claims lack a column or are of no accepted kind.
        EditionError: when an edit asked for by name has no edition for any line.
        RuleError: when there is no edit of a name in *edits*.
        SettingsError: when an option is not accepted.
    """
    if state is not None and not re.fullmatch(r"[A-Z]{2}", state):
        raise SettingsError("`state` must be two capital letters, such as FL.")
    picked = chosen(edits)
    form = forms.form_of(claims)
    held = store if isinstance(store, Store) else Store(store)
    folder = None
    if form == "parquet":
        folder = forms.Folder(forms.signals_folder(claims, out))
    running = _engine(engine, form, memory_limit, threads, folder.workplace if folder else None)
    try:
        result = _run(
            running, forms.taken(claims, form), held, picked, state, asked=edits is not None
        )
        signals = running.given(form)
        if folder:
            signals = folder.commit()
    finally:
        running.close()
        if folder:
            folder.discard()
    return Screening(signals, *result, engine=running.name)


def _engine(
    name: str | None, form: str, memory_limit: str, threads: int | None, out: Path | None
) -> Engine:
    wanted = name or ("spark" if form == "spark" else "duckdb")
    if wanted == "duckdb" and form != "spark":
        return DuckEngine(memory_limit, threads, out)
    if wanted == "spark":
        from auditkit.edits.spark import SparkEngine

        return SparkEngine(out)
    raise SettingsError(
        f"Engine {wanted!r} cannot screen a {form} table. Accepted: 'duckdb', or "
        "'spark' for a Spark DataFrame."
    )


def _run(
    engine: Engine,
    claims: Any,
    store: Store,
    edits: tuple[Edit, ...],
    state: str | None,
    *,
    asked: bool,
) -> tuple[pd.DataFrame, int, int]:
    """Run the edits; return the coverage, how many lines there are and how many are set aside."""
    present = engine.open(claims)
    text = claims_text("source", present)
    if counting := unreadable_text("source", present):
        refuse_unreadable({str(k): int(n) for k, n in engine.ask(counting).iloc[0].items()})
    engine.view("claims", text)
    columns = sorted({column for edit in edits for column in edit.columns})
    facts = prepare.gather(engine, present, columns)
    first, last = prepare.dates(facts)
    reference = Reference(store, facts.codes, facts.diagnoses, first, last, state)
    coverage, able = prepare.coverage(edits, reference, facts.days, asked=asked)
    tables = prepare.Tables(engine, reference, facts)
    engine.enumerate(facts)
    tables.provide("providers")
    engine.table("outcomes", outcomes_table(able))
    prepare.make_lines(engine, tables, present, columns)
    for name in dict.fromkeys(name for edit in able for name in edit.uses):
        tables.provide_for(shared_stages()[name].text)
        engine.stage(shared_stages()[name], shared=True)
    for edit in able:
        tables.provide_for(edit.text)
        for stage in edit.stages:
            engine.stage(stage)
        engine.finish(edit)
    kept = int(engine.ask("select count(*) as n from lines")["n"].iloc[0])
    return coverage, facts.lines, facts.lines - kept
