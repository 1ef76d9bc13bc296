"""The de-identified twin: an audit that can be shown, with the findings of the real one.

Patients, claims, encounters and providers get new random names that nothing leads back from.
Each patient's dates move together, so intervals stay: global periods, look-backs, filing times.
What depends on the calendar (versions of rules, editions) is resolved first: a patient's shift is
kept only when the twin's record, coded anew, gives the findings of the source. Dates of birth,
quotes and every word outside the bundled lexicons are left out.

The new names of units are dealt so that the twin's seed draws the units that stand for the drawn
ones. So the twin's own draw, findings and scores verify; `twin.json` says what cannot.
"""

import hashlib
import json
import random
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from auditkit.audit import PLAN, SETTINGS, Audit
from auditkit.errors import EvidenceError
from auditkit.evidence import seal
from auditkit.evidence.editions import editions_used
from auditkit.files import (
    read_json,
    read_toml,
    sha256_of,
    table_bytes,
    write_bytes,
    write_json,
)
from auditkit.pipeline import RUN, reads, run
from auditkit.privacy.twin_leaks import refuse_leaks
from auditkit.privacy.twin_names import Names, named, new_npis
from auditkit.privacy.twin_text import TAKEN_OUT, plain_record
from auditkit.stages import make_sample, stage

TWIN = "twin.json"
#: Where a twin's settings look for the editions that its source used, relative to the twin.
STORE = "../editions"
#: Days within which a patient's shift is looked for, widest first.
SPANS = (300, 120, 60, 25, 10, 4, 2, 1)
#: What of a finding must be the same in the twin; its words may differ, since they name dates.
COMPARED = (
    "encounter_id", "line", "family", "rule_id", "severity", "verdict", "direction", "category",
    "main", "dollars", "billed", "agreed", "version",
)  # fmt: skip
_DATES = ("dos_from", "dos_to", "received_date")
_MADE_FROM_INPUTS = ("frame", "draw", "collect")


@dataclass(frozen=True, slots=True)
class Twin:
    """A finished twin: its folder, its charts, and those whose findings are not the source's."""

    folder: Path
    charts: int
    differing: int

    def sentence(self) -> str:
        """Return what the twin is worth, in words."""
        same = self.charts - self.differing
        return (
            f"{self.folder}: {same:,} of {self.charts:,} charts have the findings of the source. "
            f"{TWIN} says what was changed and what cannot be verified without the source."
        )


def make_twin(source: Path | str, target: Path | str, dice: random.Random | None = None) -> Twin:
    """Write a de-identified twin of a scored audit to a new folder.

    Args:
        source: the audit's folder; it is not changed.
        target: the twin's folder, new or empty.
        dice: where chance comes from; the operating system when left out.

    Raises:
        EvidenceError: if the target is not empty, if strata are months, or if an identifier of
            the source is found in the twin, which is then removed.
    """
    audit, out = Audit(Path(source)), Path(target)
    if out.exists() and any(out.iterdir()):
        raise EvidenceError(f"{out} is not empty. Name a new folder for the twin.")
    if "month" in audit.plan.strata.by:
        raise EvidenceError("The plan's strata are months, which tell dates; no twin is made.")
    dice = dice or secrets.SystemRandom()
    plan = _plan(audit, dice)
    names = named(audit, plan["seed"]["value"], dice)
    shifts = {old: _shift(dice, SPANS[0]) for old in names.given["patient"]}
    _write_settings(audit, out, plan, names)
    for span in (*SPANS[1:], 0):
        _write_tables(audit, out, names, shifts)
        _write_run(out)
        run(out)
        wrong = _differing(audit, out, names)
        again = set(audit.lines.loc[audit.lines["encounter_id"].isin(wrong), "patient_key"])
        if not again or not span:
            break
        shifts |= {old: _shift(dice, span) for old in sorted(again)}
    found = Twin(out, int(audit.lines["encounter_id"].nunique()), len(wrong))
    _forget_the_store(out)
    write_json(out / TWIN, _told(audit, out, found))
    seal(Audit(out), editions_used(audit))
    refuse_leaks(audit, out, names)
    return found


def _shift(dice: random.Random, span: int) -> int:
    """Return a number of days, never 0."""
    return dice.choice((-1, 1)) * dice.randint(1, span)


def _plan(audit: Audit, dice: random.Random) -> dict[str, Any]:
    """Return the plan's entries without what people wrote, under a seed of the twin's own."""
    kept = audit.plan.model_dump(
        mode="json", exclude_defaults=True, exclude_none=True, by_alias=True,
        include={"purpose", "unit", "strata", "size", "confidence", "lonely"},
    )  # fmt: skip
    seed = f"{dice.getrandbits(64):016x}"
    origin = "made with the twin; its unit ids were dealt so that it draws the same charts"
    told = {"value": seed, "source": "fixed", "origin": origin, "recorded_on": date(2000, 1, 1)}
    return kept | {"purpose": audit.plan.purpose, "reason": "A de-identified twin.", "seed": told}


def _write_settings(audit: Audit, out: Path, plan: dict[str, Any], names: Names) -> None:
    """Write `audit.toml` and `plan.toml` without names, dates, paths and words of people."""
    if audit.plan.targeted_units:
        plan["targeted_units"] = [names.given["unit"][u] for u in audit.plan.targeted_units]
    settings = audit.settings
    kept = settings.model_dump(
        mode="json", exclude_defaults=True, exclude_none=True,
        include={"pricing": True, "scoring": True, "review": {"not_abstracted"}},
    )  # fmt: skip
    kept["audit"] = {"name": "twin", "practice": "A practice (de-identified twin)"}
    kept["inputs"] = {"claims": ""}
    kept["privacy"] = {"key_file": ""}
    if settings.review.not_abstracted == "missing":
        kept["review"]["reason"] = "as in the source"
    if settings.reference.store:
        kept["reference"] = {"store": audit.input_path(settings.reference.store).as_posix()}
    write_bytes(out / SETTINGS, tomli_w.dumps(kept).encode())
    write_bytes(out / PLAN, tomli_w.dumps(plan).encode())


def _forget_the_store(out: Path) -> None:
    """Name the edition store by a place beside the twin; the stages ran with the source's own."""
    settings = read_toml(out / SETTINGS)
    if "reference" in settings:
        settings["reference"] = {"store": STORE}
        write_bytes(out / SETTINGS, tomli_w.dumps(settings).encode())
        record = read_json(out / RUN)
        for each in record["stages"].values():
            if SETTINGS in each["read"]:
                each["read"][SETTINGS] = sha256_of(out / SETTINGS)
        write_json(out / RUN, record)


def _write_tables(audit: Audit, out: Path, names: Names, shifts: Mapping[str, int]) -> None:
    """Write every table that a stage with inputs makes, and the sample drawn from them."""
    lines = _lines(audit.lines, names, shifts)
    for name, table in {
        "lines.csv": lines.sort_values(["encounter_id", "encounter_line"]),
        "history.csv": _lines(audit.history, names, shifts).sort_values(
            ["encounter_id", "encounter_line"]
        ),
        "frame.csv": _frame(audit, lines, names),
        "attrition.csv": audit.attrition.assign(rule=_numbered(audit.attrition["rule"])),
        "providers.csv": audit.providers.assign(
            npi=names.of("npi", audit.providers["npi"]),
            name="Provider " + audit.providers["provider_id"],
        ),
        "charts.csv": audit.charts.assign(
            encounter_id=names.of("encounter", audit.charts["encounter_id"])
        ).sort_values("encounter_id"),
        "prices.csv": audit.prices,
    }.items():
        write_bytes(out / name, table_bytes(table))
    write_bytes(out / "documentation.jsonl", _records(audit, names, shifts))
    for name, content in make_sample(Audit(out)).items():
        write_bytes(out / name, content)


def _numbered(rules: pd.Series) -> list[str]:
    """Return the frame rules' labels without dates and without what they list."""
    return [re.sub(r"\d{4}-\d{2}-\d{2}", "a date", str(rule).split(" in ")[0]) for rule in rules]


def _lines(lines: pd.DataFrame, names: Names, shifts: Mapping[str, int]) -> pd.DataFrame:
    """Return claim lines with new names and moved dates, in the columns of the old ones."""
    days = pd.to_timedelta(lines["patient_key"].map(dict(shifts)).astype("int64"), unit="D")
    new = lines.copy()
    for column, kind in (
        ("encounter_id", "encounter"), ("unit_id", "unit"), ("patient_key", "patient"),
        ("claim_id", "claim"), ("original_claim_id", "claim"), ("line_control", "line"),
        ("rendering_npi", "npi"), ("billing_npi", "npi"),
    ):  # fmt: skip
        if column in new:
            new[column] = names.of(kind, lines[column])
    for column in _DATES:
        new[column] = lines[column] + days
    return new


def _frame(audit: Audit, lines: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Return the frame under new names; months are those of the moved dates, or by chance.

    A unit that was not drawn has no record here, so its month moves by a shift of its own.
    """
    units = audit.frame.copy()
    units["unit_id"] = names.of("unit", audit.frame["unit_id"])
    drawn = lines[lines["in_sample"]].groupby("unit_id")["dos_from"].min().dt.strftime("%Y-%m")
    middle = pd.to_datetime(units["month"] + "-15")
    moves = [_shift(names.dice, SPANS[0]) for _ in range(len(units))]
    moved = (middle + pd.to_timedelta(pd.Series(moves, index=units.index), unit="D")).dt.strftime(
        "%Y-%m"
    )
    units["month"] = units["unit_id"].map(drawn).fillna(moved)
    return units.sort_values("unit_id", ignore_index=True)


def _records(audit: Audit, names: Names, shifts: Mapping[str, int]) -> bytes:
    """Return the documented elements under new names, as JSON Lines in the order of them."""
    patient = audit.lines.drop_duplicates("encounter_id").set_index("encounter_id")["patient_key"]
    rows: dict[str, str] = {}
    for line in audit.path("documentation.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        old = record.pop("encounter_id")
        days = timedelta(days=shifts[patient[old]])

        def moved(day: str, days: timedelta = days) -> str:
            return (date.fromisoformat(day) + days).isoformat()

        def renamed(npi: str) -> str:
            known = names.given["npi"]
            if npi not in known:
                known |= new_npis([npi], names.dice)
            return known[npi]

        new = names.given["encounter"][old]
        plain = {"encounter_id": new} | plain_record(record, moved, renamed)
        rows[new] = json.dumps(plain, sort_keys=True, ensure_ascii=False) + "\n"
    return "".join(rows[new] for new in sorted(rows)).encode()


def _write_run(out: Path) -> None:
    """Record the tables as made, so that the stages after them run and they are kept."""
    twin = Audit(out)
    record: dict[str, Any] = {"draws": 1, "stages": {}}
    for name in _MADE_FROM_INPUTS:
        each = stage(name)
        for empty in set(each.makes) - {p.relative_to(out).as_posix() for p in out.rglob("*")}:
            write_bytes(out / empty, b"")
        made = {n: hashlib.sha256((out / n).read_bytes()).hexdigest() for n in each.makes}
        record["stages"][name] = {
            "read": reads(twin, each), "made": made, "at": "2000-01-01T00:00:00+00:00",
        }  # fmt: skip
    write_json(out / RUN, record)


def _differing(audit: Audit, out: Path, names: Names) -> set[str]:
    """Return the source's encounters whose findings or amounts the twin does not give."""
    wrong: set[str] = set()
    for name in ("engine_findings.csv", "engine_results.csv"):
        theirs = _compared(Audit(out).path(name), {})
        mine = _compared(audit.path(name), names.given["encounter"])
        back = {new: old for old, new in names.given["encounter"].items()}
        wrong |= {back[e] for e in set(mine) | set(theirs) if mine.get(e) != theirs.get(e)}
    return wrong


def _compared(path: Path, renamed: Mapping[str, str]) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of each encounter, in the columns that must be the same."""
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    columns = [c for c in table.columns if c in COMPARED or c.endswith(("_dollars", "_code"))]
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in table[columns].itertuples(index=False, name=None):
        encounter = renamed.get(row[0], row[0])
        found.setdefault(encounter, []).append(tuple(map(str, row[1:])))
    return {encounter: sorted(rows) for encounter, rows in found.items()}


def _told(audit: Audit, out: Path, found: Twin) -> dict[str, Any]:
    """Return what stands in `twin.json`."""
    ours, theirs = audit.estimate, Audit(out).estimate
    same_total = ours.get("overpayment", {}).get("point") == theirs.get("overpayment", {}).get(
        "point"
    )
    return {
        "charts": found.charts,
        "charts_with_other_findings": found.differing,
        "same_projected_overpayment": same_total,
        "changed": [
            "patients, claims, encounters, units and providers have new random names",
            "each patient's dates moved together, by a number of days that is not kept",
            "dates of birth, quotes, evidence, names and remarks of people are left out",
            f"words of the records that are in no bundled lexicon became '{TAKEN_OUT}'",
            "the review's log, reports and the settings' names, dates and paths are left out",
        ],
        "kept": ["codes, modifiers, units, diagnoses, amounts, payers, sex, specialties, P01 …"],
        "cannot_be_verified_here": [
            "that the frame and the charts follow from the claims: the claims are not here",
            "that chance drew the sample: the twin's ids were dealt to fit; verify the source",
            f"what rests on reference editions, unless their store stands at {STORE}",
            "the review: findings are those of the rules, before any person's decision",
        ],
    }
