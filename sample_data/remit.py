"""Make the remittances of the sample practice: `python -m sample_data.remit`.

One 835 file answers the claims of July 2024 that went to a payer, by payer and week: paid lines
with the contract's discount and the patient's share, denied claims with a reason drawn from the
claim's number. Everything follows from claims.csv, so the file can be made again byte for byte.
"""

import csv
import hashlib
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

FOLDER = Path(__file__).parent
CLAIMS = FOLDER / "claims.csv"
OUT = FOLDER / "remittances.835"
MONTH = "2024-07"
#: Why denied claims were denied: (adjustment group, reason, remark), each as likely as the others.
REASONS = (
    ("CO", "16", "M127"), ("CO", "16", "N706"), ("CO", "97", "M80"), ("CO", "197", ""),
    ("OA", "27", "N382"), ("CO", "18", ""), ("CO", "50", "N115"), ("CO", "29", ""),
)  # fmt: skip
ISA = (
    "ISA*00*          *00*          *ZZ*SAMPLEPAYER    *ZZ*SAMPLEGROUP    *240901*1200*^*00501*"
    "000000001*0*T*:"
)


def pick(claim_id: str) -> tuple[str, str, str]:
    """Return why the claim was denied, fixed by its number."""
    return REASONS[hashlib.sha256(claim_id.encode()).digest()[0] % len(REASONS)]


def claim_segments(claim_id: str, lines: list[dict[str, str]]) -> list[str]:
    """Return the segments of one claim."""
    money = {k: sum(Decimal(row[k]) for row in lines) for k in ("charge", "allowed", "paid")}
    denied = money["paid"] == 0 and money["allowed"] > 0
    patient = Decimal(0) if denied else money["allowed"] - money["paid"]
    first = lines[0]
    segments = [
        f"CLP*{claim_id}*{4 if denied else 1}*{money['charge']}*{money['paid']}*{patient}*MB*"
        f"I{claim_id}*{first['pos']}",
        "NM1*QC*1*SAMPLE*PATIENT****MI*" + first["patient_key"],
        f"NM1*82*2******XX*{first['rendering_npi']}",
    ]
    for row in lines:
        segments += line_segments(row, denied, pick(claim_id))
    return segments


def line_segments(row: dict[str, str], denied: bool, reason: tuple[str, str, str]) -> list[str]:
    """Return the segments of one service line."""
    charge, allowed, paid = (Decimal(row[k]) for k in ("charge", "allowed", "paid"))
    code = ":".join(["HC", row["code"], *(row[f"mod{n}"] for n in range(1, 5))]).rstrip(":")
    found = [
        f"SVC*{code}*{charge}*{paid}**{row['units']}",
        f"DTM*472*{row['dos_from'].replace('-', '')}",
    ]
    group, carc, remark = reason
    if denied:
        found.append(f"CAS*{group}*{carc}*{charge}")
    else:
        if charge != allowed:
            found.append(f"CAS*CO*45*{charge - allowed}")
        if allowed != paid:
            found.append(f"CAS*PR*2*{allowed - paid}")
    found.append(f"REF*6R*{row['line']}")
    if not denied:
        found.append(f"AMT*B6*{allowed}")
    if denied and remark:
        found.append(f"LQ*HE*{remark}")
    return found


def transaction(number: int, payer: str, claims: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the segments of one weekly remittance of a payer, from ST to SE."""
    body = [s for claim_id, lines in claims.items() for s in claim_segments(claim_id, lines)]
    paid = sum(Decimal(row["paid"]) for lines in claims.values() for row in lines)
    last = max(row["received_date"] for lines in claims.values() for row in lines)
    on = (date.fromisoformat(last) + timedelta(days=21)).strftime("%Y%m%d")
    npi = next(iter(claims.values()))[0]["billing_npi"]
    head = [
        f"ST*835*{number:04d}",
        f"BPR*I*{paid}*C*ACH*CCP*01*000000000*DA*1*1000000000**01*000000000*DA*2*{on}",
        f"TRN*1*SAMPLE{number:04d}*1000000000",
        f"DTM*405*{on}",
        f"N1*PR*{payer}",
        f"N1*PE*SAMPLE DERMATOLOGY GROUP*XX*{npi}",
        "LX*1",
    ]
    return [*head, *body, f"SE*{len(head) + len(body) + 1}*{number:04d}"]


def remittances(rows: list[dict[str, str]]) -> str:
    """Return the whole 835 for the claims in *rows*, one segment a line."""
    wanted = [r for r in rows if r["dos_from"].startswith(MONTH) and r["payer"] != "SELF_PAY"]
    runs: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(dict)
    for claim_id, lines in groupby(wanted, key=lambda row: row["claim_id"]):
        listed = list(lines)
        week = date.fromisoformat(listed[0]["received_date"]).strftime("%G-%V")
        runs[listed[0]["payer"], week][claim_id] = listed
    segments = [ISA, "GS*HP*SAMPLEPAYER*SAMPLEGROUP*20240901*1200*1*X*005010X221A1"]
    for number, (payer, week) in enumerate(sorted(runs), start=1):
        segments += transaction(number, payer, runs[payer, week])
    segments += [f"GE*{len(runs)}*1", "IEA*1*000000001"]
    return "~\n".join(segments) + "~\n"


def main() -> None:
    """Write the file beside the claims."""
    with CLAIMS.open(encoding="utf-8", newline="") as stream:
        text = remittances(list(csv.DictReader(stream)))
    OUT.write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
