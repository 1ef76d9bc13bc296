"""The evidence pack: one archive that can be checked on any machine, with or without auditkit.

The archive holds every file that the manifest lists, but for the private crosswalk, beside a
verifier that needs Python's standard library alone and a page that works three figures by hand.
The same audit gives the same bytes: names are sorted and times are fixed.
"""

import zipfile
from importlib import resources
from pathlib import Path

from auditkit.audit import Audit
from auditkit.errors import EvidenceError
from auditkit.evidence import MANIFEST, verify
from auditkit.files import read_json, replacing
from auditkit.sampling.draw import TAKE_ALL

VERIFIER = "verify_pack.py"
BY_HAND = "CHECK_BY_HAND.md"
PRIVATE = "private/"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path | str, target: Path | str) -> Path:
    """Write the evidence pack of a sealed audit to *target* (a .zip) and return its path.

    Raises:
        EvidenceError: if the audit does not verify; what fails is named.
    """
    audit, target = Audit(Path(folder)), Path(target)
    failures = verify(audit.folder, recompute=False).failures
    if failures:
        named = "; ".join(f"{check.what} {check.detail}" for check in failures[:10])
        raise EvidenceError(f"Nothing was packed, because the audit does not hold: {named}.")
    listed = sorted(read_json(audit.path(MANIFEST))["files"])
    contents = {name: audit.path(name).read_bytes() for name in listed if _is_open(name)}
    contents[MANIFEST] = audit.path(MANIFEST).read_bytes()
    contents[VERIFIER] = _shipped(VERIFIER)
    contents[BY_HAND] = by_hand(audit).encode()
    with replacing(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, contents[name])
    return target


def _is_open(name: str) -> bool:
    return not name.startswith(PRIVATE)


def _shipped(name: str) -> bytes:
    return (resources.files("auditkit") / "assets" / name).read_bytes()


def by_hand(audit: Audit) -> str:
    """Return a page that works three figures of the audit in full, for a reader with a calculator.

    Raises:
        InputError: if the audit has not been drawn and scored.
    """
    first = audit.sample.iloc[0]
    seed = audit.plan.seed.value
    text = f"{seed}|{first['stratum']}|{first['unit_id']}"
    parts = [
        "# Check by hand\n",
        "Three figures of this audit, worked so that anyone can repeat them.\n",
        "## 1. The first ticket\n",
        f"The text `{text}` has the SHA-256\n\n    {first['ticket']}\n",
        f"Any tool shows it: `printf '%s' '{text}' | sha256sum`. The units of stratum "
        f"{first['stratum']} with the smallest such numbers are its sample.\n",
        *_rate(audit),
        *_total(audit),
    ]
    return "\n".join(parts)


def _rate(audit: Audit) -> list[str]:
    """Return the error rate of one provider, counted."""
    results = audit.line_results
    provider = sorted(results["provider_id"].unique())[0]
    mine = results[results["provider_id"] == provider]
    wrong = (mine["verdict"] != "supported").groupby(mine["encounter_id"]).any()
    return [
        f"## 2. Encounters of {provider} without error\n",
        f"In line_results.csv, {provider} has {len(wrong)} encounters. {int(wrong.sum())} have at "
        f"least one line whose verdict is not `supported`. So {len(wrong) - int(wrong.sum())} of "
        f"{len(wrong)} are without error: {1 - wrong.mean():.1%}.\n",
    ]


def _total(audit: Audit) -> list[str]:
    """Return the projected overpayment, stratum by stratum."""
    found = audit.estimate
    if "refused" in found:
        return ["## 3. The projection\n", f"There is none: {found['refused']}.\n"]
    over = audit.line_results["dollars"].clip(lower=0)
    sums = over.groupby(audit.line_results["stratum"]).sum()
    rows = [
        "| stratum | units N | drawn n | overpaid in the sample | N / n × sum |",
        "|---|---|---|---|---|",
    ]
    total = 0.0
    for row in audit.strata.to_dict("records"):
        share = row["units"] / row["sampled"] * float(sums.get(row["stratum"], 0.0))
        total += share
        rows.append(
            f"| {row['stratum']} | {row['units']:,} | {row['sampled']:,} | "
            f"{float(sums.get(row['stratum'], 0.0)):,.2f} | {share:,.2f} |"
        )
    has_whole = TAKE_ALL in set(audit.strata["stratum"])
    whole = " A take-all stratum counts as it is." if has_whole else ""
    return [
        "## 3. The projected overpayment\n",
        "Billed less supported dollars, where positive, summed by stratum of line_results.csv and "
        f"carried to the frame.{whole}\n",
        "\n".join(rows),
        f"\nSum: ${total:,.2f}. estimate.json says ${found['overpayment']['point']:,.2f}.\n",
    ]
