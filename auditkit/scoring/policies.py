"""Scoring policies: named, sourced data that says what counts, for how much, over what."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditkit.errors import SettingsError
from auditkit.places import templates

#: What can be wrong with a line; `other` is an error that leaves code, units and modifiers as
#: they are (a diagnosis, a place of service).
Kind = Literal[
    "code", "units", "modifiers", "not_supported", "not_billed", "missing_record", "other"
]

Formula = Literal[
    "encounters",
    "lines",
    "codes_reviewer",
    "codes_union",
    "em_levels",
    "weighted_lines",
    "dollars_gross",
    "dollars_net",
    "rvu_gross",
    "direction_lines",
    "direction_dollars",
    "improper_payment",
    "net_payment",
]

Share = Annotated[float, Field(ge=0, le=1)]


class Policy(BaseModel):
    """One scoring policy.

    `numerator` and `denominator` are the words printed beside the figure. `counted` lists the
    kinds of error that lower the score; the others are observed only. `levels_off[k]` is the
    credit of a visit billed k levels from the level supported; beyond the list it is zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    measure: str
    kind: Literal["accuracy", "error_rate"]
    formula: Formula
    numerator: str
    denominator: str
    source: str
    note: str = ""
    counted: tuple[Kind, ...] = ()
    levels_off: tuple[Share, ...] = ()
    series: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    direction: Literal["over", "under", "none"] | None = None
    by_category: bool = False
    pass_mark: Share | None = None
    threshold: Share | None = None


def folder() -> Path:
    """Return the folder of the policies that come with auditkit."""
    return templates() / "policies"


@cache
def policies() -> Mapping[str, Policy]:
    """Return every policy that comes with auditkit, by id, in the order of their ids.

    Raises:
        SettingsError: A file is not TOML, lacks a field, or is not named for its id.
    """
    found = {}
    for path in sorted(folder().glob("*.toml")):
        read = read_policy(path)
        if read.id != path.stem:
            raise SettingsError(f"{path.name}: 'id' must be '{path.stem}', the file's own name.")
        found[read.id] = read
    if not found:
        raise SettingsError(f"No scoring policy was found in {folder()}. Install auditkit again.")
    return MappingProxyType(found)


def read_policy(path: Path) -> Policy:
    """Return the policy written in the TOML file *path*.

    Raises:
        SettingsError: The file is not TOML or lacks a field; every problem is listed.
    """
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise SettingsError(f"{path.name}: {_problems(error)}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path.name}: not a TOML file ({error}).") from error


def find_policy(policy: str | Policy) -> Policy:
    """Return *policy* itself, or the policy of that id.

    Raises:
        SettingsError: No policy has the id; the message lists those that exist.
    """
    if isinstance(policy, Policy):
        return policy
    known = policies()
    if policy not in known:
        raise SettingsError(
            f"No scoring policy is called '{policy}'. There are: {', '.join(known)}."
        )
    return known[policy]


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"'{'.'.join(map(str, each['loc']))}' {each['msg'].lower()}" for each in error.errors()
    )
