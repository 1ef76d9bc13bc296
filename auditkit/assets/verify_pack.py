"""Check an evidence pack with Python's standard library alone: python verify_pack.py [PACK].

PACK is the archive (.zip) or the folder where it was unpacked (default: here). An archive must be
as it was packed in every byte. Then every file is compared with pack.json and manifest.json, both
with their own seals; every drawn unit with its ticket; no unit of the frame with a smaller ticket
may have been passed over; the seed may not be older than the frame; and each line of the review's
log must follow from the one before. It ends with 0 when all holds. Python 3.11 or newer.
"""

import csv
import hashlib
import io
import json
import sys
import tempfile
import tomllib
import zipfile
from datetime import datetime
from pathlib import Path

NOT_SEALED = {"manifest.json", "pack.json"}
TAIL = 64  # the archive ends with the SHA-256 of all bytes before it, in hexadecimal
LARGEST = 8 << 30  # bytes to which an archive may unfold
OWN = "pack.json or the archive's own directory"


def sha256(content):
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def archive_bytes(content):
    """Yield what of the archive is not as it was packed; nothing when every byte is."""
    if sha256(content[:-TAIL]).encode() == content[-TAIL:]:
        return
    found = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            members = json.loads(opened.read("pack.json"))["members"]
        for name, told in sorted(members.items()):
            begin, length, recorded = told["record"]
            if sha256(content[begin : begin + length]) != recorded:
                found += 1
                yield f"{name}: was changed"
    except Exception:
        yield f"{OWN}: was changed, so that nothing in the archive can be named"
        return
    if not found:
        yield f"{OWN}: was changed; every other member is as it was packed"


def unfold(content, place):
    """Write the members of the archive below *place*; a name that leads elsewhere is refused."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        entries = opened.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST:
            raise ValueError("the archive unfolds to too much")
        for entry in entries:
            parts = entry.filename.split("/")
            if not all(parts) or {".", ".."} & set(parts) or set(entry.filename) & set("\\:"):
                raise ValueError("the archive names a file outside its folder")
            target = place.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(opened.read(entry))


def seals(folder):
    """Yield what is wrong with the two lists of hashes themselves."""
    for name, seal in (("manifest.json", "seal"), ("pack.json", "pack_seal")):
        content = (folder / name).read_bytes()
        try:
            listed = dict(json.loads(content))
        except (ValueError, TypeError):
            yield f"{name}: is damaged"
            continue
        body = {key: value for key, value in listed.items() if key != seal}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        canonical = json.dumps(listed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        if sha256(text.encode()) != listed.get(seal):
            yield f"{name}: was changed after it was sealed"
        elif content != canonical.encode():
            yield f"{name}: its bytes were changed"


def hashes(folder):
    """Yield which files are not those that were sealed and packed."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    members = json.loads((folder / "pack.json").read_bytes())["members"]
    if json.loads((folder / "pack.json").read_bytes())["seal"] != manifest.get("seal"):
        yield "pack.json: is not of the audit that manifest.json seals"
    recorded = {name: told["sha256"] for name, told in members.items()}
    for name, sealed in manifest["files"].items():
        if not name.startswith("private/") and recorded.get(name) != sealed:
            yield f"{name}: pack.json and manifest.json tell different hashes"
    for name, told in sorted(recorded.items()):
        path = folder / name
        if not path.is_file():
            yield f"{name}: is missing"
        elif sha256(path.read_bytes()) != told:
            yield f"{name}: was changed"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in recorded and name not in NOT_SEALED:
            yield f"{name}: was added"


def rows_of(path):
    """Return the rows of a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def draw(folder):
    """Yield what is wrong with the draw."""
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    drawn_from = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    if drawn_from["frame_sha256"] != sha256((folder / "frame.csv").read_bytes()):
        yield "sample.json: the sample was drawn from another frame"
    seed = str(plan["seed"]["value"])
    drawn = {}
    for row in rows_of(folder / "sample.csv"):
        if sha256(f"{seed}|{row['stratum']}|{row['unit_id']}".encode()) != row["ticket"]:
            yield f"sample.csv: unit {row['unit_id']} has not the ticket of its seed"
        drawn.setdefault(row["stratum"], []).append(row)
    for stratum, rows in drawn.items():
        if [row["ticket"] for row in rows] != sorted(row["ticket"] for row in rows):
            yield f"sample.csv: stratum {stratum} is not in the order of its tickets"
    if plan["purpose"] != "targeted":
        yield from passed_over(folder, plan, seed, drawn)


def stratum_of(unit, strata):
    """Return the stratum that the plan's [strata] put a unit of the frame in."""
    allowed = float(unit["allowed"] or 0)
    if "take_all_above" in strata and allowed > strata["take_all_above"]:
        return "take-all"
    parts = [unit[name] for name in strata.get("by", [])]
    bounds = strata.get("allowed_boundaries", [])
    if bounds:
        edges = ["0.00"] + [f"{bound:.2f}" for bound in bounds]
        place = sum(bound < allowed for bound in bounds)
        last = place == len(bounds)
        parts.append(f"above {edges[-1]}" if last else f"{edges[place]} to {edges[place + 1]}")
    return " / ".join(parts) or "all"


def passed_over(folder, plan, seed, drawn):
    """Yield strata of another size than planned, and units that a smaller ticket should draw."""
    held = {}
    for unit in rows_of(folder / "frame.csv"):
        held.setdefault(stratum_of(unit, plan.get("strata", {})), []).append(unit["unit_id"])
    size = plan["size"]
    for stratum, units in sorted(held.items()):
        chosen = {row["unit_id"] for row in drawn.get(stratum, [])}
        wanted = size.get("per_stratum", size.get("by_stratum", {}).get(stratum, len(chosen)))
        wanted = len(units) if stratum == "take-all" else min(wanted, len(units))
        if len(chosen) != wanted:
            yield f"sample.csv: stratum {stratum} has {len(chosen)} units; the plan asks {wanted}"
        for unit in chosen - set(units):
            yield f"sample.csv: unit {unit} is not of stratum {stratum} of the frame"
        tickets = {unit: sha256(f"{seed}|{stratum}|{unit}".encode()) for unit in units}
        last = max((tickets[unit] for unit in chosen & set(units)), default="")
        for unit in sorted(set(units) - chosen):
            if tickets[unit] < last:
                yield f"sample.csv: unit {unit} of stratum {stratum} was passed over"
    for stratum in sorted(set(drawn) - set(held)):
        yield f"sample.csv: the frame has no stratum {stratum}"


def seed(folder):
    """Yield whether the seed is older than the frame; a seed called fixed claims nothing."""
    told = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))["seed"]
    if told.get("source", "fixed") == "fixed":
        return
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if told["at"] < datetime.fromisoformat(record["stages"]["frame"]["at"]):
        yield "plan.toml: the seed is older than the frame"


def log(folder):
    """Yield the first line of the review's log that does not follow from the one before."""
    path = folder / "log.jsonl"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    sealed = manifest.get("review", {})
    lines = path.read_bytes().split(b"\n") if path.is_file() else []
    previous, hashes_ = "0" * 64, []
    for number, line in enumerate((each for each in lines if each), start=1):
        body = json.loads(line)
        told = body.pop("hash")
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        if sha256(text.encode()) != told or body["previous"] != previous or body["n"] != number:
            yield f"log.jsonl: line {number} does not follow from the line before"
            return
        previous = told
        hashes_.append(told)
    count = sealed.get("log_lines", 0)
    if len(hashes_) < count or (count and hashes_[count - 1] != sealed["log_head"]):
        yield "log.jsonl: does not hold the line that was sealed"


def problems_of(check, *given):
    """Return what a check finds wrong, or that a file is too damaged for it to be made."""
    try:
        return list(check(*given))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return [f"{check.__name__}: a file is too damaged to check ({type(error).__name__})"]


def check_folder(folder):
    """Return everything that does not hold in an unpacked pack."""
    return [
        each for check in (seals, hashes, draw, seed, log) for each in problems_of(check, folder)
    ]


def check(pack):
    """Return everything that does not hold in a pack, an archive or a folder."""
    if pack.is_dir():
        return check_folder(pack)
    try:
        content = pack.read_bytes()
    except OSError as error:
        return [f"{pack.name}: cannot be read ({type(error).__name__})"]
    problems = list(archive_bytes(content))
    if problems:
        return problems
    with tempfile.TemporaryDirectory() as place:
        try:
            unfold(content, Path(place))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            return [f"{pack.name}: cannot be unpacked ({error})"]
        return check_folder(Path(place))


def main():
    """Check the pack and say what does not hold."""
    problems = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    for problem in problems:
        print("FAILS", problem)
    print("all holds" if not problems else f"{len(problems)} do not hold")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
