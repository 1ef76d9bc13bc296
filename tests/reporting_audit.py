"""A small audit's folder for the report tests: made by hand, scored by auditkit's own functions."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from auditkit.estimate import project
from auditkit.files import write_json, write_table, write_text
from auditkit.sampling.plan import plan_of
from auditkit.scoring import frame_sizes, score

#: family, rule, verdict, direction, category, billed, agreed, their dollars, why, would_support
ERRORS = (
    (
        "EM_LEVEL", "EM-MDM-01", "overcoded", "over", "incorrect_coding",
        "99214", "99213", 129.77, 91.39,
        "Two self-limited problems and no drug management support a low level.",
        "Problems addressed, data reviewed and risk, each stated, that reach moderate.",
    ),
    (
        "EM_LEVEL", "EM-MDM-02", "undercoded", "under", "incorrect_coding",
        "99213", "99214", 91.39, 129.77,
        "Prescription drug management and two stable chronic problems support a moderate level.",
        "Nothing further: the record supports the higher level.",
    ),
    (
        "MOD25", "MOD25-003", "not_separately_reportable", "over", "incorrect_coding",
        "99213-25", "", 91.39, 0.0,
        "The visit was the decision to destroy the lesion and nothing more.",
        "A problem evaluated beyond the lesion treated, with its own assessment and plan.",
    ),
    (
        "LESION_COUNT", "AK-COUNT-02", "overcoded", "over",
        "insufficient_documentation", "17004", "17003", 162.27, 98.00,
        "Eleven lesions are counted in the record; fifteen are needed.",
        "The number of lesions destroyed, and where they were.",
    ),
    (
        "BIOPSY_HIERARCHY", "BX-UNITS-01", "not_supported", "over", "insufficient_documentation",
        "11103", "", 54.11, 0.0,
        "One specimen and one site are documented; a second biopsy was billed.",
        "Each biopsy site by itself, with its own technique.",
    ),
    (
        "SIZE", "EXC-SIZE-01", "overcoded", "over", "incorrect_coding",
        "11402", "11401", 187.40, 150.20,
        "The lesion with its narrowest margins measured 0.9 cm before excision.",
        "Lesion diameter and narrowest margins, before excision.",
    ),
)  # fmt: skip
CODES = ("99202", "99203", "99204", "99212", "99213", "99214", "99215")


def encounter_id(provider: str, number: int) -> str:
    """Return an id of 16 hexadecimal digits."""
    return hashlib.sha256(f"{provider}{number}".encode()).hexdigest()[:16]


def build(
    folder: Path,
    providers: int = 3,
    per_provider: int = 12,
    frame_per_provider: int = 240,
    error_share: float = 0.3,
    names: list[str] | None = None,
    practice: str = "Lakeside Dermatology",
    purpose: str = "random",
    why: str | None = None,
    privileged: bool = False,
    seed: int = 7,
) -> Path:
    """Write an audit's folder with every file that a report reads, and return it."""
    rng = np.random.default_rng(seed)
    width = max(2, len(str(providers)))  # of equal length, or two encounters could share an id
    ids = [f"P{i:0{width}d}" for i in range(1, providers + 1)]
    names = names or [f"Dr. Sample {chr(65 + i % 26)}{i // 26 or ''}" for i in range(providers)]
    people = pd.DataFrame({
        "provider_id": ids,
        "npi": [f"{1000000000 + i}" for i in range(providers)],
        "name": names[:providers],
    })  # fmt: skip
    frame, sample, results, findings = [], [], [], []
    for provider in ids:
        mix = rng.dirichlet(np.ones(len(CODES)) * 4)
        codes = rng.choice(CODES, size=frame_per_provider, p=mix)
        for number, code in enumerate(codes):
            drawn = number < per_provider
            frame.append(_frame_row(provider, number, str(code)))
            if drawn:
                sample.append(
                    (
                        encounter_id(provider, number),
                        provider,
                        number + 1,
                        per_provider / frame_per_provider,
                    )
                )
                wrong = rng.random() < error_share
                rows, found = _encounter(provider, number, str(code), wrong, rng, why)
                results += rows
                findings += found
    tables = {
        "providers": people,
        "frame": pd.DataFrame(frame),
        "line_results": pd.DataFrame(results),
        "findings": pd.DataFrame(findings, columns=_FINDING_COLUMNS),
    }
    tables["sample"] = pd.DataFrame(
        sample, columns=["unit_id", "stratum", "selection_order", "inclusion_probability"]
    )
    tables["strata"] = pd.DataFrame({
        "stratum": ids,
        "units": frame_per_provider,
        "sampled": per_provider,
        "take_all": frame_per_provider == per_provider,
        "allowed": 1.0,
        "paid": 1.0,
    })  # fmt: skip
    _write(folder, tables, practice, purpose, privileged)
    return folder


_FINDING_COLUMNS = [
    "encounter_id", "provider_id", "line", "family", "rule_id", "severity", "verdict", "direction",
    "category", "main", "dollars", "billed", "agreed", "why", "would_support", "citation",
    "version",
]  # fmt: skip


def _frame_row(provider: str, number: int, code: str) -> dict[str, object]:
    return {
        "unit_id": encounter_id(provider, number), "provider_id": provider,
        "payer": "MEDICARE_B" if number % 3 else "BLUE_PPO", "month": f"2024-{7 + number % 3:02d}",
        "pos": "11", "family": "visit", "codes": code, "encounters": 1, "lines": 2, "charge": 300.0,
        "allowed": 180.0, "paid": 144.0,
    }  # fmt: skip


def _encounter(provider, number, code, wrong, rng, why):
    """Return the line results and findings of one encounter: a visit and a procedure."""
    identity = encounter_id(provider, number)
    base = {
        "encounter_id": identity,
        "unit_id": identity,
        "provider_id": provider,
        "stratum": provider,
    }
    right = {
        **base, "line": 1, "billed_code": code, "billed_modifiers": "", "billed_units": 1.0,
        "agreed_code": code, "agreed_modifiers": "", "agreed_units": 1.0, "verdict": "supported",
        "direction": "none", "category": None, "family": "EM_LEVEL", "rule_id": None,
        "billed_dollars": 91.39, "agreed_dollars": 91.39, "dollars": 0.0,
    }  # fmt: skip
    if not wrong:
        return [right, {**right, "line": 2, "billed_code": "17000", "agreed_code": "17000"}], []
    family, rule, verdict, direction, category, billed, agreed, before, after, reason, support = (
        ERRORS[int(rng.choice(len(ERRORS), p=[0.3, 0.15, 0.2, 0.15, 0.1, 0.1]))]
    )
    code, _, modifier = billed.partition("-")
    line = {
        **right, "billed_code": code, "billed_modifiers": modifier, "agreed_code": agreed or None,
        "agreed_units": 1.0 if agreed else None, "verdict": verdict, "direction": direction,
        "category": category, "family": family, "rule_id": rule, "billed_dollars": before,
        "agreed_dollars": after, "dollars": round(before - after, 2),
    }  # fmt: skip
    finding = [
        identity, provider, 1, family, rule, "error", verdict, direction, category, True,
        round(before - after, 2), billed, agreed, why or reason, support,
        "NCCI Policy Manual, Chapter III, 2024", "2013-01-01",
    ]  # fmt: skip
    remark = [
        identity, provider, 1, "documentation", "DOC-NOTE-01", "advisory", "supported", "none",
        None, False, 0.0, billed, billed, "The time of the visit is not stated.", "", "",
        "2021-01-01",
    ]  # fmt: skip
    return [line, {**right, "line": 2, "billed_code": "17000", "agreed_code": "17000"}], [
        finding,
        remark,
    ]


def _write(folder: Path, tables, practice, purpose, privileged) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "audit.toml", _SETTINGS.format(
        practice=json.dumps(practice), privileged=str(privileged).lower()))  # fmt: skip
    size = {"size": {"per_stratum": int(tables["strata"]["sampled"].iloc[0])}}
    targets = {"targeted_units": list(tables["sample"]["unit_id"])} if purpose == "targeted" else {}
    plan = plan_of({
        "purpose": purpose, "reason": "Quarterly audit under the compliance plan.",
        "strata": {"by": ["provider_id"]}, "lonely": "grand_mean",
        "seed": {
            "value": "493817", "origin": "three dice, thrown by counsel",
            "recorded_on": "2024-10-07",
        },
        **size, **targets,
    })  # fmt: skip
    write_text(folder / "plan.toml", _toml(plan, targets))
    for name, table in tables.items():
        write_table(folder / f"{name}.csv", table)
    units = tables["frame"]["unit_id"]
    whose = pd.DataFrame({"unit_id": units, "patient_id": "patient of " + units})
    (folder / "private").mkdir(exist_ok=True)
    write_table(folder / "private" / "frame_patients.csv", whose)
    attrition = pd.DataFrame({
        "rule": ["universe", "unit paid more than 0.00"], "units": [900, len(tables["frame"])],
        "encounters": [900, len(tables["frame"])], "lines": [2000, 1440], "charge": [1.0, 1.0],
        "allowed": [1.0, 1.0], "paid": [1.0, 1.0],
    })  # fmt: skip
    write_table(folder / "attrition.csv", attrition)
    read = {"rows": 2000, "accepted": 2000, "set_aside": 0, "notes": [], "listed": []}
    write_json(folder / "reading.json", read)
    sizes = frame_sizes(tables["frame"].assign(stratum=tables["frame"]["provider_id"]))
    write_table(folder / "scores.csv", score(tables["line_results"], sizes=sizes))
    write_json(folder / "estimate.json", project(
        tables["line_results"], tables["sample"], tables["strata"], plan))  # fmt: skip
    charts = pd.DataFrame({"encounter_id": tables["sample"]["unit_id"], "status": "abstracted"})
    write_table(folder / "charts.csv", charts)
    lines = tables["line_results"].dropna(subset=["line"])
    write_table(folder / "lines.csv", pd.DataFrame({
        "encounter_id": lines["encounter_id"], "provider_id": lines["provider_id"],
        "line": lines["line"], "code": lines["billed_code"], "units": 1.0,
        "allowed": lines["billed_dollars"], "in_sample": True,
    }))  # fmt: skip


_SETTINGS = """[audit]
name = "Third quarter 2024"
practice = {practice}
prepared_by = "Compliance office"
privileged = {privileged}

[inputs]
claims = "claims.csv"
"""


def _toml(plan, targets) -> str:
    lines = [
        f'purpose = "{plan.purpose}"', f'reason = "{plan.reason}"',
        f'lonely = "{plan.lonely}"',
        *(["targeted_units = " + json.dumps(targets["targeted_units"])] if targets else []),
        "[strata]", 'by = ["provider_id"]', "[size]", f"per_stratum = {plan.size.per_stratum}",
        "[seed]", f'value = "{plan.seed.value}"', f'origin = "{plan.seed.origin}"',
        f"recorded_on = {plan.seed.recorded_on.isoformat()}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
