"""The sampling frame: the units that a sample can come from, frozen and hashed.

Rules are applied one after another to the lines of the universe; the attrition table says what
was left after each. The frozen frame is a CSV in the order of its unit ids; its SHA-256 is the
hash that the plan, the sample and every projection carry.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from auditkit.errors import FrameError
from auditkit.files import table_bytes
from auditkit.privacy import keyed_id

Unit = Literal["encounter", "claim", "line"]

COLUMNS = (
    "unit_id", "provider_id", "payer", "month", "pos", "family", "codes",
    "encounters", "lines", "charge", "allowed", "paid",
)  # fmt: skip


class FrameRules(BaseModel):
    """What belongs to the frame. A rule that is not set leaves every line in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dos_from: date | None = None
    dos_to: date | None = None
    payers: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    places_of_service: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    paid_above: float | Literal[False] = 0.0
    frequency_codes: tuple[str, ...] = ("1", "7")
    previously_audited: tuple[str, ...] = ()

    @field_validator("codes")
    @classmethod
    def _ranges_run_upwards(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for item in codes:
            first, _, last = item.partition("-")
            if last and last < first:
                raise ValueError(f"the code range '{item}' runs backwards")
        return codes

    @model_validator(mode="after")
    def _period_runs_forward(self) -> "FrameRules":
        if self.dos_from and self.dos_to and self.dos_to < self.dos_from:
            raise ValueError("dos_to is before dos_from")
        return self


@dataclass(frozen=True, slots=True)
class Frame:
    """A frozen frame: `units` (columns `COLUMNS`, one row per unit), its hash, its attrition."""

    units: pd.DataFrame
    unit: Unit
    attrition: pd.DataFrame
    sha256: str


def frame_hash(units: pd.DataFrame) -> str:
    """Return the SHA-256 of the frame as canonical CSV in the order of its unit ids."""
    return hashlib.sha256(table_bytes(units)).hexdigest()


def build_frame(lines: pd.DataFrame, rules: FrameRules, unit: Unit, key: bytes = b"") -> Frame:
    """Return the frozen frame of the *lines* that the *rules* leave in.

    Args:
        lines: the universe, one row per billed line, with `encounter_id` and `provider_id`.
        rules: the frame rules, applied in the order in which the attrition table lists them.
        unit: what one row of the frame is.
        key: the practice's key, from which claim and line unit ids are made.

    Raises:
        FrameError: if a rule names a provider or payer that the universe does not hold, or if
            nothing is left.
    """
    _refuse_unknown(lines, "provider_id", rules.providers, "providers")
    _refuse_unknown(lines, "payer", rules.payers, "payers")
    left = lines.assign(unit_id=unit_ids(lines, unit, key))
    steps = [_attrition_row("universe", left)]
    for label, keep in _rule_masks(left, rules):
        left = left[keep.reindex(left.index)]
        steps.append(_attrition_row(label, left))
        if left.empty:
            raise FrameError(
                f"No line is left after the frame rule '{label}'. "
                "Compare the [frame] settings with the claims file, then build the frame again."
            )
    left, paid_step = _paid_enough(left, rules.paid_above)
    steps.extend(paid_step)
    units = _units_of(left)
    return Frame(units, unit, pd.DataFrame(steps), frame_hash(units))


def unit_ids(lines: pd.DataFrame, unit: Unit, key: bytes = b"") -> pd.Series:
    """Return the unit id of each line: its encounter's, or a keyed id of its claim or line."""
    if unit == "encounter":
        return lines["encounter_id"]
    names = lines["claim_id"]
    if unit == "line":
        names = names + "|" + lines["line"].astype("str")
    distinct = {name: keyed_id(key, unit, name) for name in names.unique()}
    return names.map(distinct)


def _refuse_unknown(lines: pd.DataFrame, column: str, named: tuple[str, ...], rule: str) -> None:
    """Raise if the rule names something that no line of the universe holds."""
    known = set(lines[column].dropna().unique())
    unknown = sorted(set(named) - known)
    if unknown:
        raise FrameError(
            f"[frame] {rule} names {', '.join(unknown)}, which the universe does not hold. "
            f"It holds: {', '.join(sorted(map(str, known))[:30])}."
        )


def _rule_masks(lines: pd.DataFrame, rules: FrameRules) -> list[tuple[str, pd.Series]]:
    """Return, for each rule that is set, its label and whether it keeps each line."""
    masks: list[tuple[str, pd.Series]] = []
    dos = lines["dos_from"]
    if rules.dos_from:
        masks.append((f"DOS from {rules.dos_from}", dos >= pd.Timestamp(rules.dos_from)))
    if rules.dos_to:
        masks.append((f"DOS to {rules.dos_to}", dos <= pd.Timestamp(rules.dos_to)))
    for label, column, accepted in (
        ("payer", "payer", rules.payers),
        ("provider", "provider_id", rules.providers),
        ("place of service", "pos", rules.places_of_service),
        ("frequency code", "frequency_code", rules.frequency_codes),
    ):
        if accepted:
            masks.append((f"{label} in {', '.join(accepted)}", lines[column].isin(accepted)))
    if rules.codes:
        masks.append(
            (f"unit with a code in {', '.join(rules.codes)}", _unit_has_code(lines, rules))
        )
    if rules.previously_audited:
        seen = lines["encounter_id"].isin(rules.previously_audited)
        masks.append(("not audited before", ~seen))
    return masks


def _unit_has_code(lines: pd.DataFrame, rules: FrameRules) -> pd.Series:
    """Return whether each line's unit holds a code that the rule names."""
    wanted = pd.Series(False, index=lines.index)
    for item in rules.codes:
        first, _, last = item.partition("-")
        wanted |= lines["code"].between(first, last or first)
    return wanted.groupby(lines["unit_id"]).transform("any")


def _paid_enough(
    lines: pd.DataFrame, above: float | Literal[False]
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Return the lines of units paid more than *above*, and the attrition row.

    A universe without paid amounts (837P) keeps every unit; the attrition table says so.
    """
    if above is False:
        return lines, []
    if lines["paid"].isna().all():
        return lines, [_attrition_row("paid amount not known: every unit kept", lines)]
    paid = lines.groupby("unit_id")["paid"].transform("sum")
    kept = lines[paid > above]
    if kept.empty:
        raise FrameError(
            f"No unit was paid more than {above:.2f}. Set [frame] paid_above lower, or leave the "
            "rule out by paid_above = false, then build the frame again."
        )
    return kept, [_attrition_row(f"unit paid more than {above:.2f}", kept)]


def _attrition_row(rule: str, lines: pd.DataFrame) -> dict[str, object]:
    """Return one row of the attrition table: what is left after *rule*."""
    return {
        "rule": rule,
        "units": lines["unit_id"].nunique(),
        "encounters": lines["encounter_id"].nunique(),
        "lines": len(lines),
        "charge": round(float(lines["charge"].sum()), 2),
        "allowed": round(float(lines["allowed"].sum()), 2),
        "paid": round(float(lines["paid"].sum()), 2),
    }


def _units_of(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per unit, in the order of unit ids."""
    first = ["provider_id", "payer", "pos", "dos_from"]
    grouped = lines.sort_values(["unit_id", "claim_id", "line"]).groupby("unit_id", sort=True)
    units = grouped[first].first()
    pairs = lines[["unit_id", "code"]].drop_duplicates().sort_values(["unit_id", "code"])
    units["codes"] = pairs.groupby("unit_id")["code"].agg(" ".join)
    units["family"] = units["codes"].map({c: service_family(c) for c in units["codes"].unique()})
    units["month"] = units.pop("dos_from").dt.strftime("%Y-%m")
    units["encounters"] = grouped["encounter_id"].nunique()
    units["lines"] = grouped.size()
    for money in ("charge", "allowed", "paid"):
        units[money] = grouped[money].sum(min_count=1).round(2)
    return units.reset_index()[list(COLUMNS)]


@cache
def _family_ranges() -> tuple[tuple[str, str, str], ...]:
    """Return (family, first code, last code) in the order in which families are tried."""
    text = resources.files(__package__).joinpath("service_families.toml").read_text("utf-8")
    families = tomllib.loads(text)["family"]
    return tuple((f["id"], first, last) for f in families for first, last in f["ranges"])


def service_family(codes: str) -> str:
    """Return the service family of an encounter from its *codes*, separated by spaces."""
    listed = codes.split()
    for family, first, last in _family_ranges():
        if any(first <= code <= last for code in listed):
            return family
    return "other"
