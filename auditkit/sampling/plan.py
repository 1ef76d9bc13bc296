"""The sampling plan: what is drawn, how, and why, fixed before the draw."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from auditkit.errors import PlanError
from auditkit.files import json_bytes, read_toml
from auditkit.sampling.frame import Unit

STRATA_COLUMNS = ("provider_id", "payer", "family", "month", "pos")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seed(_Section):
    """The seed of the draw, and where it came from, so that nobody can have chosen it.

    Attributes:
        value: the seed itself.
        origin: where it came from, in words; reports print it.
        source: `dice`, `beacon` (a published random value), `counsel` (a number that counsel
            gave), `computer` (drawn by the operating system), or `fixed`: known before the frame
            was frozen, which proves nothing and is printed as a deviation.
        at: when the value came to be: the throw, the beacon's time stamp, counsel's message.
        by: who recorded it.
        round: the beacon's round or pulse.
        recorded_on: the day on which it was recorded; the day of `at` unless it is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    value: str = Field(min_length=1)
    origin: str = Field(min_length=1)
    source: Literal["dice", "beacon", "counsel", "computer", "fixed"] = "fixed"
    at: AwareDatetime | None = None
    by: str = ""
    round: str = ""
    recorded_on: date

    @model_validator(mode="before")
    @classmethod
    def _recorded_when_it_came(cls, entries: Any) -> Any:
        if isinstance(entries, dict) and isinstance(entries.get("at"), datetime):
            return {"recorded_on": entries["at"].date()} | entries
        return entries

    @model_validator(mode="after")
    def _origin_is_told(self) -> "Seed":
        if self.source == "fixed":
            return self
        if self.at is None or not self.by:
            raise ValueError(
                f"a seed from {self.source} needs 'at' (when, with its time zone) and 'by' (who)"
            )
        if self.source == "beacon" and not self.round:
            raise ValueError("a seed from a beacon needs its 'round'")
        if self.recorded_on < self.at.date():
            raise ValueError("'recorded_on' is before 'at'")
        return self

    def sentence(self) -> str:
        """Return where the seed came from, when, and who recorded it, for the memo."""
        if self.at is None:
            return f"from {self.origin}, recorded on {self.recorded_on}"
        parts = [f"from {self.origin} ({self.source}"]
        parts.append(f", round {self.round})" if self.round else ")")
        return (
            "".join(parts)
            + f", of {self.at.isoformat(sep=' ', timespec='seconds')}, recorded by {self.by}"
        )


class Size(_Section):
    """How many units: the same in each stratum, or named per stratum, or a proportional total."""

    per_stratum: int | None = Field(default=None, ge=1)
    total: int | None = Field(default=None, ge=1)
    by_stratum: dict[str, int] = Field(default_factory=dict)
    minimum_per_stratum: int = Field(default=2, ge=0)

    @model_validator(mode="after")
    def _one_way(self) -> "Size":
        ways = [self.per_stratum is not None, self.total is not None, bool(self.by_stratum)]
        if sum(ways) != 1:
            raise ValueError("give exactly one of per_stratum, total and by_stratum")
        if any(n < 0 for n in self.by_stratum.values()):
            raise ValueError("by_stratum: a size is negative")
        return self


class Strata(_Section):
    """How the frame is divided. Units allowed more than `take_all_above` dollars are all taken."""

    by: tuple[Literal["provider_id", "payer", "family", "month", "pos"], ...] = ()
    allowed_boundaries: tuple[float, ...] = ()
    take_all_above: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _boundaries_rise(self) -> "Strata":
        if list(self.allowed_boundaries) != sorted(set(self.allowed_boundaries)):
            raise ValueError("allowed_boundaries must rise")
        return self


#: Papers that can only be written once the sample was drawn and reviewed.
WRITTEN_LATER = {"reviewed_by", "deviations", "offsets"}


class Papers(_Section):
    """What a sampling plan must say besides the draw; the sampling plan names what is missing."""

    authority: str = ""
    source_system: str = ""
    extracted_on: date | None = None
    billing_identifiers: str = ""
    size_rationale: str = ""
    replacement_policy: str = "none: a drawn unit is never replaced"
    reviewed_by: str = ""
    statistician: str = ""
    qualifications: str = ""
    approved_on: date | None = None
    deviations: tuple[str, ...] = ()
    offsets: str = "none"


class Plan(_Section):
    """A whole sampling plan; `plan.toml` is its written form.

    `purpose` is `random`, `risk_weighted` (strata with unequal but known probabilities) or
    `targeted` (chosen for cause; never projected). `lonely` is the policy for a stratum of
    several units of which one was sampled, see `auditkit.stats.strata.LONELY_POLICIES`.
    """

    purpose: Literal["random", "risk_weighted", "targeted"]
    unit: Unit = "encounter"
    objective: str = ""
    reason: str = ""
    strata: Strata = Strata()
    size: Size
    confidence: float = Field(default=0.90, gt=0.5, lt=1)
    recorded_seed: Seed | None = Field(default=None, alias="seed")
    papers: Papers = Papers()
    lonely: Literal["fail", "certainty", "adjust", "grand_mean", "average"] = "fail"
    targeted_units: tuple[str, ...] = ()

    @property
    def seed(self) -> Seed:
        """The seed. Raises PlanError while none was recorded."""
        if self.recorded_seed is None:
            raise PlanError(
                "The plan has no seed yet, so nothing is drawn. Freeze the frame first; then take "
                "a seed that nobody can have chosen, and record it: auditkit seed FOLDER --source "
                'dice --value "7 3 9 1 4 4 8 2" --by "who threw them".'
            )
        return self.recorded_seed

    @property
    def digest(self) -> str:
        """SHA-256 of what the draw rests on: the plan's entries, canonical, without later ones."""
        entries = self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude={"papers": WRITTEN_LATER}
        )
        return hashlib.sha256(json_bytes(entries)).hexdigest()

    @model_validator(mode="after")
    def _targets_named(self) -> "Plan":
        if bool(self.targeted_units) != (self.purpose == "targeted"):
            raise ValueError("targeted_units go with purpose = 'targeted', and only with it")
        return self


def read_plan(path: Path) -> Plan:
    """Read *path*, a `plan.toml`.

    Raises:
        SettingsError: if the file is missing or is not TOML.
        PlanError: naming each entry that is not accepted.
    """
    return plan_of(read_toml(path), path.name)


def plan_of(entries: dict[str, Any], name: str = "plan.toml") -> Plan:
    """Return the plan that *entries* state.

    Args:
        entries: what a `plan.toml` holds, as Python values.
        name: how messages call it.

    Raises:
        PlanError: naming each entry that is not accepted, and why.
    """
    try:
        return Plan.model_validate(entries)
    except ValidationError as error:
        raise PlanError(explain(name, error)) from error


def refuse_early_seed(seed: Seed, frozen: datetime) -> None:
    """Refuse a seed that is older than the frame: whoever knew it could have shaped the frame.

    Args:
        seed: the plan's seed; a `fixed` one claims nothing, so nothing is refused.
        frozen: when the frame was frozen, with its time zone.

    Raises:
        PlanError: naming both times.
    """
    if seed.at is not None and seed.source != "fixed" and seed.at < frozen:
        raise PlanError(
            f"The seed ({seed.source}, {seed.at.isoformat(sep=' ', timespec='seconds')}) is older "
            f"than the frame, which was frozen at {frozen.isoformat(sep=' ', timespec='seconds')}. "
            "A seed is taken after the frame is frozen: take [seed] out of the plan, then record "
            "a new one with `auditkit seed FOLDER`."
        )


def explain(name: str, error: ValidationError) -> str:
    """Return what is wrong in the settings file *name*, one line for each entry."""
    lines = [f"{name} asks for something that is not accepted:"]
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"]) or "the file"
        lines.append(f"  {name}, '{place}': {problem['msg']}.")
    lines.append("Mend these entries, then run the same command again.")
    return "\n".join(lines)
