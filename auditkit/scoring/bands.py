"""Bands of a score, the action that each asks for, and the date of the next audit."""

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from auditkit.errors import SettingsError
from auditkit.scoring.policies import folder


class Band(BaseModel):
    """One band: scores at or above `at_least` (a fraction) that no higher band took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    at_least: Annotated[float, Field(ge=0, le=1)]
    action: str
    months: Annotated[int, Field(ge=1, le=60)]


class Bands(BaseModel):
    """A set of bands, highest first, the last one starting at zero."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    source: str
    band: tuple[Band, ...]

    @model_validator(mode="after")
    def _ordered(self) -> "Bands":
        marks = [each.at_least for each in self.band]
        if not marks or marks != sorted(set(marks), reverse=True) or marks[-1] != 0:
            raise ValueError("bands must fall from the highest mark to 0, each mark once")
        return self

    def of(self, rate: float) -> Band:
        """Return the band of *rate*; nothing is rounded, so 0.8999 is below 0.90."""
        return next((each for each in self.band if rate >= each.at_least), self.band[-1])


@dataclass(frozen=True, slots=True)
class NextAudit:
    """The band of a score, its action, the next audit's date, and how sure the band is.

    `possible` names every band that the interval reaches, highest first. `decided` is false
    when there is more than one: the sample is too small to judge which band is right.
    """

    band: str
    action: str
    on: date
    possible: tuple[str, ...]
    decided: bool
    sentence: str


def next_audit(
    rate: float, lower: float, upper: float, audited_on: date, bands: str | Bands
) -> NextAudit:
    """Return the band, action and next audit date of one score.

    Args:
        rate: The score as a fraction.
        lower: Lower limit of its interval.
        upper: Upper limit of its interval.
        audited_on: The day from which the months are counted.
        bands: Bands, or the id of bands that come with auditkit.

    Returns:
        The next audit; its day is the same day of a later month, or that month's last day.

    Raises:
        SettingsError: No such bands, or the score is not defined or outside its limits.
    """
    chosen = _find(bands)
    if not lower <= rate <= upper:
        raise SettingsError(
            "A band needs a defined score inside its interval; this scope has none to judge."
        )
    band = chosen.of(rate)
    marks = list(chosen.band)
    reached = marks[marks.index(chosen.of(upper)) : marks.index(chosen.of(lower)) + 1]
    on = add_months(audited_on, band.months)
    sentence = f"{band.name}: {band.action}. Next audit on {on.isoformat()}."
    if len(reached) > 1:
        names = ", ".join(each.name for each in reached)
        sentence += f" The interval reaches several bands ({names}): insufficient to judge."
    return NextAudit(
        band.name,
        band.action,
        on,
        tuple(each.name for each in reached),
        len(reached) == 1,
        sentence,
    )


@cache
def standard_bands() -> Mapping[str, Bands]:
    """Return every set of bands that comes with auditkit, by id.

    Raises:
        SettingsError: A file is not TOML or its bands do not fall to zero.
    """
    found = (read_bands(path) for path in sorted((folder() / "bands").glob("*.toml")))
    return MappingProxyType({each.id: each for each in found})


def read_bands(path: Path) -> Bands:
    """Return the bands written in the TOML file *path*.

    Raises:
        SettingsError: The file is not TOML, lacks a field, or its bands do not fall to zero.
    """
    try:
        return Bands.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        said = "; ".join(
            f"'{'.'.join(map(str, each['loc'])) or 'band'}' {each['msg']}"
            for each in error.errors()
        )
        raise SettingsError(f"{path.name}: {said}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path.name}: not a TOML file ({error}).") from error


def add_months(start: date, months: int) -> date:
    """Return the same day *months* later, or that month's last day when it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def _find(bands: str | Bands) -> Bands:
    if isinstance(bands, Bands):
        return bands
    known = standard_bands()
    if bands not in known:
        raise SettingsError(f"No bands are called '{bands}'. There are: {', '.join(known)}.")
    return known[bands]
