"""What a screening needs before the first edit runs: facts, coverage, tables and lines."""

import re
from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from auditkit.edits import packs
from auditkit.edits.edit import Edit, Stage
from auditkit.edits.editions import Reference, covered
from auditkit.edits.engine import Engine
from auditkit.edits.facts import Facts
from auditkit.edits.lines import (
    MODS,
    ORIGINALS,
    REPLACEMENTS,
    SET_ASIDE,
    SPANS,
    billed_text,
    dx_list,
    lines_text,
)
from auditkit.edits.reference_tables import BUILDERS
from auditkit.errors import EditionError, InputError, Problem, SettingsError


def gather(engine: Engine, present: Collection[str], columns: Sequence[str]) -> Facts:
    """Ask the claims for their distinct values.

    Raises:
        InputError: when there are no lines, or a line has no date of service.
    """
    days = engine.ask("select dos_from as dos, count(*) as lines from claims group by dos_from")
    days["dos"] = pd.to_datetime(days["dos"])
    if days.empty or days["dos"].isna().any():
        raise InputError(
            "The claims cannot be screened.",
            [
                Problem(
                    "claims",
                    None,
                    "dos_from",
                    "there are no lines" if days.empty else "a line has no date of service",
                    "one row per billed line with its date",
                )
            ],
        )
    lists = pd.DataFrame(columns=["dx_list", "pointers"])
    if "dx_list" in columns:
        lists = engine.ask(
            f"select distinct {dx_list(present)} as dx_list, "
            "coalesce(c.dx_pointers, '') as pointers from claims c"
        )
    replaced = engine.ask("select count(*) as n from claims where frequency_code in ('7', '8')")[
        "n"
    ].iloc[0]
    spans = engine.ask(SPANS) if "days" in columns else pd.DataFrame()
    billed = engine.ask(
        "select rendering_npi as rendering, billing_npi as billing, "
        "rendering_taxonomy as taxonomy, count(*) as lines from claims "
        "group by rendering_npi, billing_npi, rendering_taxonomy"
    )
    return Facts(
        days=days.sort_values("dos", ignore_index=True),
        codes=_distinct(engine, "select distinct code as v from claims"),
        mods=_distinct(engine, f"select distinct {MODS} as v from claims c"),
        providers=billed,
        parties=packs.providers(billed),
        lists=lists,
        diagnoses=sorted(
            {dx for text in lists["dx_list"].unique() for dx in text.split("|") if dx}
        ),
        spans=spans,
        replaced=bool(replaced),
    )


def _distinct(engine: Engine, text: str) -> list[str]:
    return sorted(engine.ask(text)["v"].dropna().tolist())


def coverage(
    edits: Sequence[Edit], reference: Reference, days: pd.DataFrame, *, asked: bool
) -> tuple[pd.DataFrame, tuple[Edit, ...]]:
    """Return how many lines each edit can screen and why not the others, and the able edits.

    Args:
        edits: the edits to run.
        reference: the editions of the store.
        days: dos and lines, one row per date of service.
        asked: whether the user named these edits.

    Raises:
        EditionError: when an edit that was asked for has no edition for any line.
        SettingsError: when an edit that was asked for lacks a setting.
    """
    rows, able = [], []
    total = int(days["lines"].sum())
    for edit in edits:
        lacking = [name for name in edit.settings if getattr(reference, name) is None]
        inside = np.ones(len(days), bool)
        used: list[str] = []
        for kind in edit.editions:
            inside &= covered(days["dos"], reference.windows(kind))
            used += [one.edition.id for one in reference.windows(kind)]
        used += [
            one.edition.id for kind in edit.optional_editions for one in reference.windows(kind)
        ]
        screened = 0 if lacking else int(days.loc[inside, "lines"].sum())
        why = _why(edit, reference, days.loc[~inside, "dos"], lacking)
        if asked and lacking:
            raise SettingsError(f"The edit {edit.id} needs `{lacking[0]}=`.")
        if asked and screened == 0:
            raise EditionError(
                f"The edit {edit.id} cannot screen any line: {why}. The store is "
                f"{reference.store.folder}. Add the CMS file of those dates with `auditkit "
                "reference add FILE`."
            )
        if screened:
            able.append(edit)
        rows.append((edit.id, " ".join(used), screened, total - screened, why))
    columns = ["edit_id", "editions", "lines_screened", "lines_not_screened", "why"]
    return pd.DataFrame(rows, columns=columns), tuple(able)


def _why(edit: Edit, reference: Reference, outside: pd.Series, lacking: Sequence[str]) -> str:
    if lacking:
        return f"it needs the setting {lacking[0]}"
    if len(outside):
        return (
            f"no {' and '.join(edit.editions)} edition covers {len(outside):,} dates of "
            f"service from {outside.min():%Y-%m-%d} to {outside.max():%Y-%m-%d}"
        )
    extracts = [
        one.edition.id
        for kind in edit.editions
        for one in reference.windows(kind)
        if not one.edition.complete
    ]
    return f"{extracts[0]} is an extract: it answers only for what it holds" if extracts else ""


class Tables:
    """The small and reference tables, each given to the engine when an edit first reads it."""

    def __init__(self, engine: Engine, reference: Reference, facts: Facts) -> None:
        """Make tables for *engine* from the editions and the claims' distinct values."""
        self.engine, self.reference, self.facts = engine, reference, facts
        self._given: set[str] = set()

    def provide_for(self, text: str) -> None:
        """Give the engine the tables that the *text* of an edit or a stage names."""
        named = set(re.findall(r"\b(?:from|join)\s+(\w+)", text))
        for name in sorted(named & (BUILDERS.keys() | OWN.keys())):
            self.provide(name)

    def provide(self, name: str) -> None:
        """Give the engine the table *name*, once."""
        if name not in self._given:
            self._given.add(name)
            content = BUILDERS[name](self.reference) if name in BUILDERS else OWN[name](self)
            self.engine.table(name, content)


def _schedule(tables: Tables) -> pd.DataFrame:
    return BUILDERS["pfs"](tables.reference).to_pandas()


def _level2(tables: Tables) -> pd.DataFrame | None:
    spans = tables.reference.windows("hcpcs")
    if not spans:
        return None
    rows = tables.reference.store.table(spans[-1].edition.id, "hcpcs").to_pandas()
    return rows[rows["is_modifier"]]


def _arrow(frame: pd.DataFrame, **kinds: pa.DataType) -> pa.Table:
    """Return *frame* as Arrow; columns not in *kinds* are text, so that empty ones are too."""
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in frame.columns])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def _flags(frame: pd.DataFrame, **kinds: pa.DataType) -> pa.Table:
    """Return *frame* as Arrow, its columns of true and false as such."""
    found = {name: pa.bool_() for name in frame.columns if frame[name].dtype == bool}
    return _arrow(frame, **(found | kinds))


def _day_spans(tables: Tables) -> pa.Table:
    spans = tables.facts.spans.copy()
    first, last = pd.to_datetime(spans["dos_from"]), pd.to_datetime(spans["dos_to"])
    spans["days"] = (last - first).dt.days + 1
    return _arrow(
        spans.assign(dos_from=first.dt.date, dos_to=last.dt.date),
        dos_from=pa.date32(),
        dos_to=pa.date32(),
        days=pa.int64(),
    )


_DAYS = {"first_day": pa.date32(), "last_day": pa.date32()}

#: How each table that is not a reference table is made.
OWN = {
    "providers": lambda tables: _arrow(tables.facts.parties),
    "modifier_sets": lambda tables: _flags(
        packs.modifier_sets(tables.facts.mods, _level2(tables)), ncci_from=pa.date32(), **_DAYS
    ),
    "code_facts": lambda tables: _flags(packs.code_facts(tables.facts.codes, _schedule(tables))),
    "places": lambda tables: _flags(packs.places(), **_DAYS),
    "expected_places": lambda tables: _arrow(packs.expected_places()),
    "class_codes": lambda tables: _arrow(packs.class_codes(tables.facts.codes)),
    "class_diagnoses": lambda tables: _arrow(packs.class_diagnoses(tables.facts.diagnoses)),
    "npi_facts": lambda tables: _flags(
        packs.npi_facts(
            sorted({*tables.facts.providers["rendering"], *tables.facts.providers["billing"]})
        )
    ),
    "diagnosis_codes": lambda tables: pa.table(
        {"dx": pa.array(tables.facts.diagnoses, pa.string())}
    ),
    "pointed_diagnoses": lambda tables: _arrow(
        packs.pointed_diagnoses(tables.facts.lists), position=pa.int64()
    ),
    "claim_diagnoses": lambda tables: _arrow(
        packs.claim_diagnoses(tables.facts.lists["dx_list"].unique())
    ),
    "day_spans": _day_spans,
}


def make_lines(
    engine: Engine, tables: Tables, present: Collection[str], columns: Sequence[str]
) -> None:
    """Have the engine make the lines from the claims."""
    facts = tables.facts
    if facts.replaced:
        engine.stage(Stage("originals", ORIGINALS), shared=True)
        engine.stage(Stage("replacements", REPLACEMENTS), shared=True)
        engine.stage(Stage("set_aside", SET_ASIDE), shared=True)
    if len(facts.spans):
        tables.provide("day_spans")
    text, needed = lines_text(
        columns,
        replaced=facts.replaced,
        spans=bool(len(facts.spans)),
        one_group_each=facts.parties["rendering"].is_unique,
    )
    engine.view("billed_lines", billed_text(needed, present))
    engine.lines(text)


def dates(facts: Facts) -> tuple[date, date]:
    """Return the first and the last date of service of the claims."""
    return facts.days["dos"].iloc[0].date(), facts.days["dos"].iloc[-1].date()
