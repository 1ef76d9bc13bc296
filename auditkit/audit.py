"""An audit's folder: its settings, and every table that its stages leave there, read back."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditkit.errors import InputError, SettingsError, StageError
from auditkit.files import read_json, read_table, read_toml
from auditkit.privacy.apart import FRAME_PATIENTS
from auditkit.privacy.cells import SMALLEST_CELL
from auditkit.review.gate import NOT_BEGUN
from auditkit.sampling.frame import FrameRules
from auditkit.sampling.plan import Plan, explain, read_plan

SETTINGS = "audit.toml"
PLAN = "plan.toml"

MONEY = {"charge": "float", "allowed": "float", "paid": "float"}
FRAME_KINDS = MONEY | {"encounters": "int", "lines": "int"}
ATTRITION_KINDS = MONEY | {"units": "int", "encounters": "int", "lines": "int"}
SAMPLE_KINDS = {"selection_order": "int", "inclusion_probability": "float"}
STRATA_KINDS = MONEY | {"units": "int", "sampled": "int", "take_all": "bool"}
RESULT_KINDS = {
    "line": "int",
    "billed_units": "float",
    "agreed_units": "float",
    "billed_dollars": "float",
    "agreed_dollars": "float",
    "dollars": "float",
    "prompt": "bool",
}
FINDING_KINDS = {"line": "int", "main": "bool", "dollars": "float"}
SCORE_KINDS = dict.fromkeys(
    ("numerator", "denominator", "rate", "lower", "upper", "level"), "float"
)
LINE_KINDS = MONEY | {
    "line": "int",
    "encounter_line": "int",
    "units": "float",
    "dos_from": "date",
    "dos_to": "date",
    "received_date": "date",
    "patient_birth_date": "date",
    "in_sample": "bool",
}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class About(_Section):
    """What the audit is called, and who answers for it."""

    name: str = Field(min_length=1)
    practice: str = Field(min_length=1)
    prepared_by: str = ""
    privileged: bool = False


class Inputs(_Section):
    """The files that the audit is made from; paths are relative to the audit's folder.

    `notes` is shown to the reviewers in their workpapers and enters no result.
    """

    claims: str
    documentation: str | None = None
    providers: str | None = None
    mapping: str | None = None
    fees: str | None = None
    notes: str | None = None


class Privacy(_Section):
    """The file that holds the practice's key, and the smallest count that is shown.

    Tables of the whole practice show no count of 1 to `small_cells` - 1 patients, see
    `auditkit.privacy.cells`; 0 shows all.
    """

    key_file: str = "practice.key"
    small_cells: int = Field(default=SMALLEST_CELL, ge=0)


class Reference(_Section):
    """The folder of reference editions, relative to the audit's; empty means no claims edits."""

    store: str = ""


class Pricing(_Section):
    """How supported lines are priced where the practice itself gives no price.

    `edition` takes the fee schedule of the store, for a `locality` and the QPP factor; else the
    bundled national list serves. `whole_claim` works out multiple-procedure, bilateral and
    assistant reductions anew for the claim as supported.
    """

    whole_claim: bool = False
    edition: bool = False
    locality: str | None = None
    qpp: bool = False


class Review(_Section):
    """What happens to a chart that nobody has abstracted when the audit is scored.

    `refuse` stops the projection; `missing` counts it as a missing record, which is printed on
    every report and needs a reason.
    """

    not_abstracted: Literal["refuse", "missing"] = "refuse"
    reason: str = ""


class Scoring(_Section):
    """Which scoring policy leads the reports, who needs attention, and when to look again.

    `bands` names the set of bands that gives each provider's action and next audit.
    """

    policy: str = "encounter_all_or_nothing"
    attention_below: float = Field(default=0.90, ge=0, le=1)
    bands: str = "aamc_90_70"


class Reporting(_Section):
    """What reports compare with: `specialty` as the imported utilisation file spells it."""

    specialty: str = Field(default="Dermatology", min_length=1)


class Settings(_Section):
    """Everything that `audit.toml` may say."""

    audit: About
    inputs: Inputs
    frame: FrameRules = FrameRules()
    privacy: Privacy = Privacy()
    reference: Reference = Reference()
    pricing: Pricing = Pricing()
    review: Review = Review()
    scoring: Scoring = Scoring()
    report: Reporting = Reporting()


@dataclass(frozen=True)
class Audit:
    """One audit, read from its folder `reports/<audit>/`.

    Every property reads a file that a stage wrote, and raises InputError naming the file when
    that stage has not run.
    """

    folder: Path

    def __post_init__(self) -> None:
        """Refuse what is no audit's folder, before any stage looks for its files."""
        object.__setattr__(self, "folder", Path(self.folder))
        if not (self.folder / SETTINGS).is_file():
            raise SettingsError(
                f"{self.folder} is not an audit's folder: it holds no {SETTINGS}. "
                "`auditkit init FOLDER` makes one."
            )

    def path(self, name: str) -> Path:
        """Return the path of the file *name* of this audit."""
        return self.folder / name

    def input_path(self, name: str) -> Path:
        """Return the path of an input, which `audit.toml` names relative to the folder."""
        return (self.folder / name).resolve()

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises SettingsError naming each entry that is not accepted."""
        entries = read_toml(self.path(SETTINGS))
        try:
            return Settings.model_validate(entries)
        except ValidationError as error:
            raise SettingsError(explain(SETTINGS, error)) from error

    @cached_property
    def plan(self) -> Plan:
        """The sampling plan."""
        return read_plan(self.path(PLAN))

    @cached_property
    def reading(self) -> dict[str, Any]:
        """What was read of the claims file: rows, accepted, set_aside, notes, listed."""
        return read_json(self.path("reading.json"))

    @cached_property
    def attrition(self) -> pd.DataFrame:
        """Units, encounters, lines and dollars left after each frame rule."""
        return read_table(self.path("attrition.csv"), **ATTRITION_KINDS)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The frozen frame, one row per sampling unit."""
        return read_table(self.path("frame.csv"), **FRAME_KINDS)

    @cached_property
    def frame_patients(self) -> pd.Series | None:
        """The keyed id of each unit's patient, by unit id; None where the audit has no list.

        Raises InputError if the list is not of this frame.
        """
        path = self.path(FRAME_PATIENTS)
        if not path.is_file() or path.stat().st_size == 0:
            return None
        found = read_table(path)
        if list(found.columns) != ["unit_id", "patient_id"] or not (
            set(self.frame["unit_id"]) <= set(found["unit_id"])
        ):
            raise InputError(
                f"{FRAME_PATIENTS} does not list the units of frame.csv. Run `auditkit frame`."
            )
        return found.drop_duplicates("unit_id").set_index("unit_id")["patient_id"]

    @cached_property
    def providers(self) -> pd.DataFrame:
        """provider_id, npi and name of each rendering provider of the universe."""
        return read_table(self.path("providers.csv"))

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The drawn units with stratum, selection order, ticket and inclusion probability."""
        return read_table(self.path("sample.csv"), **SAMPLE_KINDS)

    @cached_property
    def strata(self) -> pd.DataFrame:
        """One row per stratum: units in the frame, units sampled, dollars."""
        return read_table(self.path("strata.csv"), **STRATA_KINDS)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The billed lines of the sampled encounters."""
        return read_table(self.path("lines.csv"), **LINE_KINDS)

    @cached_property
    def history(self) -> pd.DataFrame:
        """The earlier billed lines of the sampled patients."""
        return read_table(self.path("history.csv"), **LINE_KINDS)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """What the practice's payers allow for one unit of a code, and where that is said."""
        return read_table(self.path("prices.csv"), allowed="float")

    @cached_property
    def charts(self) -> pd.DataFrame:
        """Each sampled encounter's chart: abstracted or not, record present or missing."""
        return read_table(self.path("charts.csv"))

    @cached_property
    def engine_results(self) -> pd.DataFrame:
        """Billed against supported as the rules alone have it, one row per line."""
        return read_table(self.path("engine_results.csv"), **RESULT_KINDS)

    @cached_property
    def engine_findings(self) -> pd.DataFrame:
        """Every finding of the rules, whatever people made of it."""
        return read_table(self.path("engine_findings.csv"), **FINDING_KINDS)

    @cached_property
    def line_results(self) -> pd.DataFrame:
        """Billed against supported as the review leaves it, one row per line."""
        return read_table(self.path("line_results.csv"), **RESULT_KINDS)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Every finding that stands after the review, with its rule, citation and wording."""
        return read_table(self.path("findings.csv"), **FINDING_KINDS)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every score with its interval, for the practice and for each provider."""
        return read_table(self.path("scores.csv"), **SCORE_KINDS)

    @cached_property
    def estimate(self) -> dict[str, Any]:
        """The projection: overpayment, underpayment and net, each with its limits."""
        found = read_json(self.path("estimate.json"))
        if not isinstance(found, dict):
            raise StageError("estimate.json is damaged. Run `auditkit score` again.")
        return found

    @cached_property
    def review(self) -> dict[str, Any]:
        """Whether people reviewed and signed, as estimate.json says: see `auditkit.review.Gate`."""
        found: dict[str, Any] = self.estimate.get("review") or NOT_BEGUN.as_dict()
        return found
