"""Assisted abstraction: a model of the user's own as one more reader, off unless switched on.

auditkit brings no model and calls no network. The user hands over a callable; it is given texts
that a person approved and nothing else, and what it returns is kept only where it can be shown in
the text. Its proposals are stored with its name and version and measured like a reader's.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditkit.documentation.deidentify import Released
from auditkit.documentation.elements import DocumentedEncounter
from auditkit.errors import InputError, Problem, SettingsError
from auditkit.files import read_toml, write_text

SETTINGS = "assisted.toml"
#: Elements that name parts and are nobody's statement about the note.
_NAMES = frozenset({"evidence", "procedure_id", "lesion_id", "lesion_ids", "specimen_id"})


class Model(Protocol):
    """What a user's callable must be: approved text in, proposed elements out."""

    def __call__(self, text: str, /) -> Mapping[str, Any]:
        """Return elements in the layout of `docs/elements.schema.json`.

        Beside every value stands its evidence: `evidence[field].quote`, a verbatim piece of
        *text*. What has no such quote is not kept.
        """


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What a model proposed for one encounter.

    `elements` are in the layout of documented elements, each with its quote; `dropped` names the
    places of proposals without a verbatim quote; `failed` says why there is nothing at all.
    """

    encounter_id: str
    model: str
    version: str
    text_sha256: str
    at: datetime
    elements: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    failed: str = ""

    def documented(self) -> DocumentedEncounter:
        """Return the elements as documented elements of the encounter."""
        body = {"record": {}, **self.elements, "encounter_id": self.encounter_id}
        return DocumentedEncounter.model_validate(body)


@dataclass(frozen=True, slots=True)
class AssistedReader:
    """A model with the name and version under which its proposals are kept.

    Raises:
        SettingsError: Name or version are not plain words.
    """

    model: Model
    name: str
    version: str

    def __post_init__(self) -> None:
        """Refuse names that cannot be part of a file's name."""
        for what, word in (("name", self.name), ("version", self.version)):
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", word):
                raise SettingsError(
                    f"The {what} of the model is not accepted. Use letters, digits, '.', '_', '-'."
                )

    def read(self, released: Released, at: datetime | None = None) -> ModelReading:
        """Return what the model proposes for one approved text.

        Args:
            released: The text, from :func:`auditkit.documentation.deidentify.release`; anything
                else is refused.
            at: The time to note; now unless told.

        Raises:
            TypeError: *released* is not a released text.
        """
        if not isinstance(released, Released):
            raise TypeError("A model is given released texts only; see `release`.")
        told: dict[str, Any] = {
            "encounter_id": released.encounter_id,
            "model": self.name,
            "version": self.version,
            "text_sha256": released.approval.text_sha256,
            "at": at or datetime.now(UTC),
        }
        try:
            answer = self.model(released.text)
        except Exception as error:  # whatever a user's model raises; its text may hold the note
            return ModelReading(**told, elements={}, failed=f"it raised {type(error).__name__}")
        try:
            checked = DocumentedEncounter.model_validate({"record": {}, **answer})
        except (ValidationError, TypeError, ValueError):
            return ModelReading(**told, elements={}, failed="it returned no documented elements")
        dropped: list[str] = []
        body = checked.model_dump(mode="json", exclude_unset=True)
        kept = _quoted(body, "", released.text, f"{self.name} {self.version}", dropped)
        return ModelReading(**told, elements=kept or {}, dropped=tuple(dropped))


def _quoted(part: Mapping[str, Any], place: str, text: str, who: str, dropped: list[str]) -> Any:
    """Return *part* with only what is quoted from *text*; None where nothing of it is left."""
    evidence = part.get("evidence") or {}
    kept: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for name, value in part.items():
        here = f"{place}.{name}" if place else name
        if name in _NAMES:
            kept[name] = value
        elif isinstance(value, dict):
            inner = _quoted(value, here, text, who, dropped)
            if inner is not None:
                kept[name] = inner
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            parts = [_quoted(v, f"{here}[{i}]", text, who, dropped) for i, v in enumerate(value)]
            kept[name] = [each for each in parts if each is not None]
        elif value is not None:
            proof = _evidence(evidence.get(name), text, who)
            if proof is None:
                dropped.append(here)
            else:
                kept[name], shown[name] = value, proof
    kept.pop("evidence", None)
    if "procedure_id" in kept and "type" not in kept:
        return None
    if not set(kept) - _NAMES:
        return None
    return {**kept, "evidence": shown} if shown else kept


def _evidence(given: Any, text: str, who: str) -> dict[str, Any] | None:
    """Return the evidence of one value with its place in *text*, or None without a true quote."""
    quote = (given or {}).get("quote") or ""
    start = text.find(quote)
    if not quote.strip() or start < 0:
        return None
    found = {"source": "model", "abstractor": who, "quote": quote, "start": start}
    confidence = given.get("confidence")
    extra = {} if confidence is None else {"confidence": confidence}
    return found | {"end": start + len(quote)} | extra


class _Assisted(BaseModel):
    """What `assisted.toml` may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    callable: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


def reader_of(folder: Path) -> AssistedReader:
    """Return the model that `assisted.toml` in the audit's folder switches on.

    Raises:
        SettingsError: There is no such file, it does not say `enabled = true`, or what it names
            cannot be loaded.
    """
    if not (folder / SETTINGS).is_file():
        raise SettingsError(
            f"No model is in use: {folder / SETTINGS} is not there. Assisted reading is off unless "
            "that file names a model of yours and says `enabled = true`."
        )
    try:
        said = _Assisted.model_validate(read_toml(folder / SETTINGS))
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, e["loc"])) for e in error.errors()}))
        raise SettingsError(
            f"{SETTINGS}: {places} not accepted. It holds enabled, name, version and callable, the "
            'last one as "module:function".'
        ) from error
    if not said.enabled:
        raise SettingsError(
            f"The model of {SETTINGS} is switched off: it says `enabled = false`. Set it to "
            "true to have texts read; notes are read by rules without it."
        )
    module, _, function = said.callable.partition(":")
    try:
        model = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"{SETTINGS}: '{said.callable}' cannot be loaded. Install the module that holds your "
            "callable where auditkit runs."
        ) from error
    return AssistedReader(model, said.name, said.version)


def readings_path(folder: Path, name: str, version: str) -> Path:
    """Return where the proposals of a model are kept: the audit's private folder."""
    return folder / "private" / f"assisted-{name}-{version}.jsonl"


def store_readings(folder: Path, readings: Iterable[ModelReading]) -> Path:
    """Keep *readings* of one model beside its earlier ones; a later one of a chart replaces it.

    Raises:
        SettingsError: There are none, or they are of more than one model or version.
    """
    new = list(readings)
    if len({(each.model, each.version) for each in new}) != 1:
        raise SettingsError(
            "Readings to keep must be of one model in one version, and at least one. Keep those of "
            "each model by themselves."
        )
    path = readings_path(folder, new[0].model, new[0].version)
    kept = {each.encounter_id: each for each in read_readings(path)} if path.is_file() else {}
    kept |= {each.encounter_id: each for each in new}
    rows = [
        {
            "encounter_id": each.encounter_id,
            "model": each.model,
            "version": each.version,
            "text_sha256": each.text_sha256,
            "at": each.at.isoformat(),
            "elements": each.elements,
            "dropped": list(each.dropped),
            "failed": each.failed,
        }
        for _, each in sorted(kept.items())
    ]
    text = "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)
    write_text(path, text)
    return path


def read_readings(path: Path) -> tuple[ModelReading, ...]:
    """Return the readings that :func:`store_readings` kept in *path*.

    Raises:
        InputError: The file is missing or damaged.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(
            f"{path.name} is not there; no model has read yet. Run `auditkit notes assist` first."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} was changed since it was kept: it is not UTF-8. Restore it, or remove it "
            "and run `auditkit notes assist` again."
        ) from error
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            row |= {"at": datetime.fromisoformat(row["at"]), "dropped": tuple(row["dropped"])}
            found.append(ModelReading(**row))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            problem = Problem(path.name, number, None, "the line is damaged", "a reading as kept")
            raise InputError(f"{path.name} was changed since it was kept.", [problem]) from error
    return tuple(found)
