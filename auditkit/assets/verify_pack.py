"""Check an evidence pack with Python's standard library alone: python verify_pack.py [FOLDER].

FOLDER is where the pack was unpacked (default: here). The check compares every file with
manifest.json, the manifest with its own seal, and every drawn unit with its ticket, and confirms
that no unit of the frame with a smaller ticket was passed over. It ends with 0 when all holds.
"""

import csv
import hashlib
import json
import sys
import tomllib
from pathlib import Path

ADDED_BY_THE_PACK = {"manifest.json", "verify_pack.py", "CHECK_BY_HAND.md"}


def hashes(folder, manifest):
    """Yield what is wrong with the files."""
    body = {key: value for key, value in manifest.items() if key != "seal"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if hashlib.sha256(text.encode()).hexdigest() != manifest.get("seal"):
        yield "manifest.json: was changed after it was sealed"
    canonical = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if (folder / "manifest.json").read_bytes() != canonical.encode():
        yield "manifest.json: its bytes were changed"
    for name, recorded in sorted(manifest["files"].items()):
        path = folder / name
        if name.startswith("private/"):
            continue
        if not path.is_file():
            yield f"{name}: is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != recorded:
            yield f"{name}: was changed"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in manifest["files"] and name not in ADDED_BY_THE_PACK:
            yield f"{name}: was added"


def tickets(folder):
    """Yield what is wrong with the draw."""
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    seed = str(plan["seed"]["value"])
    with (folder / "sample.csv").open(encoding="utf-8", newline="") as stream:
        drawn = list(csv.DictReader(stream))
    frame = hashlib.sha256((folder / "frame.csv").read_bytes()).hexdigest()
    if json.loads((folder / "sample.json").read_text(encoding="utf-8"))["frame_sha256"] != frame:
        yield "sample.json: the sample was drawn from another frame"
    orders = {}
    for row in drawn:
        text = f"{seed}|{row['stratum']}|{row['unit_id']}"
        if hashlib.sha256(text.encode()).hexdigest() != row["ticket"]:
            yield f"sample.csv: unit {row['unit_id']} has not the ticket of its seed"
        orders.setdefault(row["stratum"], []).append(row)
    for stratum, rows in orders.items():
        if [r["ticket"] for r in rows] != sorted(r["ticket"] for r in rows):
            yield f"sample.csv: stratum {stratum} is not in the order of its tickets"
    yield from passed_over(folder, plan, seed, orders)


def passed_over(folder, plan, seed, orders):
    """Yield units that a smaller ticket should have drawn, where strata are columns."""
    strata = plan.get("strata", {})
    if plan["purpose"] == "targeted" or set(strata) - {"by"}:
        return
    chosen = {row["unit_id"] for rows in orders.values() for row in rows}
    with (folder / "frame.csv").open(encoding="utf-8", newline="") as stream:
        for unit in csv.DictReader(stream):
            stratum = " / ".join(unit[name] for name in strata.get("by", [])) or "all"
            rows = orders.get(stratum)
            if rows is None or unit["unit_id"] in chosen:
                continue
            text = f"{seed}|{stratum}|{unit['unit_id']}"
            if hashlib.sha256(text.encode()).hexdigest() < rows[-1]["ticket"]:
                yield f"sample.csv: unit {unit['unit_id']} of stratum {stratum} was passed over"


def problems_of(check, *given):
    """Return what a check finds wrong, or that a file is too damaged for it to be made."""
    try:
        return list(check(*given))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{check.__name__}: a file is too damaged to check ({type(error).__name__})"]


def main():
    """Check the folder and say what does not hold."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems = [f"manifest.json: is missing or damaged ({type(error).__name__})"]
    else:
        problems = problems_of(hashes, folder, manifest) + problems_of(tickets, folder)
    for problem in problems:
        print("FAILS", problem)
    print("all holds" if not problems else f"{len(problems)} do not hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
