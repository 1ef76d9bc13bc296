"""A small audit of the sample practice, quick enough to be harmed hundreds of times."""

import csv
import json
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
PROVIDERS = ("1999900107", "1999900099")
FROM, TO = "2024-07-01", "2024-07-10"


def build(root: Path, per_stratum: int = 4) -> Path:
    """Write inputs, settings and plan of two providers' ten days under *root*; run nothing.

    Returns the audit's folder, `root/reports/small`; its inputs are in `root/inputs`.
    """
    inputs = root / "inputs"
    inputs.mkdir(parents=True)
    with (SAMPLE / "claims.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    kept = [r for r in rows if r["rendering_npi"] in PROVIDERS and FROM <= r["dos_from"] <= TO]
    with (inputs / "claims.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    visits = {(r["patient_key"], r["rendering_npi"], r["dos_from"]) for r in kept}
    with (SAMPLE / "documentation.jsonl").open(encoding="utf-8") as stream:
        records = [line for line in stream if _visit(line) in visits]
    (inputs / "documentation.jsonl").write_text("".join(records), encoding="utf-8")
    for name in ("providers.csv", "fees.csv"):
        (inputs / name).write_bytes((SAMPLE / name).read_bytes())
    (inputs / "sample.key").write_bytes((SAMPLE / "audit" / "sample.key").read_bytes())
    folder = root / "reports" / "small"
    folder.mkdir(parents=True)
    changes = {
        "SAMPLE_DATA/audit": "../../inputs",
        "SAMPLE_DATA": "../../inputs",
        "2024-09-30": TO,
        "per_stratum = 30": f"per_stratum = {per_stratum}",
    }
    for name in ("audit.toml", "plan.toml"):
        text = (SAMPLE / "audit" / name).read_text(encoding="utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _visit(line: str) -> tuple[str, str, str]:
    record = json.loads(line)
    return record["patient_key"], record["rendering_npi"], record["dos"]
