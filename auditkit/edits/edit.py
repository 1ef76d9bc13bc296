"""The claims edits as data: the SQL text of each in stages, and what to say of its outcomes."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from auditkit.errors import RuleError
from auditkit.model import Citation, Severity

SQL = Path(__file__).parent / "sql"
_STAGE = re.compile(r"^-- (?:stage|shared): (\w+)( \(joins as written\))?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of an edit: a query over the tables before it, kept under a name."""

    name: str
    text: str
    written_join_order: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an edit may say of a line: how severe, and the sentence, with places to fill."""

    name: str
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One claims edit. A signal of it is a reason to look and never a finding by itself.

    `editions` are the kinds of reference edition that it cannot do without, `optional_editions`
    those that make it see more, `columns` the optional columns of the lines that it reads,
    `uses` the shared stages, and `settings` what the user must give.
    """

    id: str
    family: str
    title: str
    citation: Citation
    stages: tuple[Stage, ...]
    outcomes: tuple[Outcome, ...]
    editions: tuple[str, ...] = ()
    optional_editions: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the whole SQL text of the edit, its parameters filled in."""
        return "\n\n".join(f"-- stage: {stage.name}\n{stage.text}" for stage in self.stages)


@cache
def catalogue() -> tuple[Edit, ...]:
    """Return every claims edit, in the order of their names.

    Raises:
        RuleError: when an edit's text or its description is incomplete.
    """
    edits = [_read(path) for path in sorted(SQL.glob("*.toml"))]
    return tuple(sorted(edits, key=lambda edit: edit.id))


@cache
def shared_stages() -> dict[str, Stage]:
    """Return the stages that several edits use, by name."""
    found = {}
    for path in sorted(SQL.glob("*.sql")):
        if not path.with_suffix(".toml").exists():
            for stage in _stages(path, {}):
                found[stage.name] = stage
    return found


def chosen(ids: Sequence[str] | None) -> tuple[Edit, ...]:
    """Return the edits named in *ids*, or all of them.

    Raises:
        RuleError: when there is no edit of such a name.
    """
    if ids is None:
        return catalogue()
    known = {edit.id: edit for edit in catalogue()}
    unknown = [one for one in ids if one not in known]
    if unknown:
        raise RuleError(
            f"There is no edit {', '.join(map(repr, unknown))}. There are: {', '.join(known)}."
        )
    return tuple(known[one] for one in dict.fromkeys(ids))


def _read(path: Path) -> Edit:
    with path.open("rb") as stream:
        content = tomllib.load(stream)
    outcomes = tuple(
        Outcome(name, Severity(one["severity"]), one["reason"])
        for name, one in content["outcome"].items()
    )
    edit = Edit(
        id=content["id"],
        family=content["family"],
        title=content["title"],
        citation=Citation(**content["citation"]),
        stages=_stages(path.with_suffix(".sql"), content.get("parameters", {})),
        outcomes=outcomes,
        **{
            name: tuple(content.get(name, ()))
            for name in ("editions", "optional_editions", "columns", "uses", "settings")
        },
    )
    if not outcomes or not edit.citation.source or edit.stages[-1].name != "signals":
        raise RuleError(
            f"The edit in {path.name} is incomplete: it needs a citation, an outcome and a last "
            "stage named 'signals'."
        )
    return edit


def _stages(path: Path, parameters: dict[str, Any]) -> tuple[Stage, ...]:
    """Return the stages of the SQL file, with its parameters as literals."""
    literals = {name: _literal(value) for name, value in parameters.items()}
    text = Template(path.read_text("utf-8")).substitute(literals)
    marks = list(_STAGE.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return tuple(
        Stage(mark[1], text[mark.end() : end].strip(), written_join_order=bool(mark[2]))
        for mark, end in zip(marks, ends, strict=True)
    )


def _literal(value: object) -> str:
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, int | float):
        return str(value)
    raise RuleError(f"A parameter of an edit is a date or a number, not {type(value).__name__}.")
