"""Every reader of a file from outside, a good file for it, and ways to damage it."""

import io
import json
import random
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TESTS / "fault"), str(_TESTS), str(_TESTS / "unit")]

import acts  # noqa: E402
import small_audit  # noqa: E402

import auditkit  # noqa: E402
from auditkit.claims import read_claims, read_remittance  # noqa: E402
from auditkit.claims.mapping import read_mapping  # noqa: E402
from auditkit.coding.overlay import read_overlay  # noqa: E402
from auditkit.coding.pack import load_rules  # noqa: E402
from auditkit.documentation.assisted import read_readings  # noqa: E402
from auditkit.documentation.cases import read_cases  # noqa: E402
from auditkit.documentation.notes import read_notes  # noqa: E402
from auditkit.documentation.store import read_documentation  # noqa: E402
from auditkit.evidence.opened import verify_pack  # noqa: E402
from auditkit.pipeline import run_record  # noqa: E402
from auditkit.pricing.practice import read_fee_file  # noqa: E402
from auditkit.reporting.brand import read_brand  # noqa: E402
from auditkit.review.blind_read import read_blind_book  # noqa: E402
from auditkit.review.imported import load_elements  # noqa: E402
from auditkit.review.log import read_log  # noqa: E402
from auditkit.review.session import Review  # noqa: E402
from auditkit.scoring.bands import read_bands  # noqa: E402
from auditkit.scoring.policies import read_policy  # noqa: E402

#: Stands where a file names a patient or quotes a note; no message may hold it.
CANARY = "ZQCANARY"
KEY = b"0" * 32

#: What damage may put into a file: extremes of each syntax, not only of each value.
NASTY = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b'"""', b"[", b"]",
    b"{" * 3_000, b"[" * 3_000, b"9" * 5_000, b"1e999", b"-1e999", b"NaN", b"Infinity", b"null",
    b"true", b"{}", b"[]", b"-0", b"0000-00-00", b"99999-01-01", b"2024-02-30", b"9999-12-31",
    b"\\ud800", b"\xed\xa0\x80", "\u202e\u200b\ufeff".encode(), b"=1+1", b"<script>", b"../" * 30,
    b"1_0", b"0x1F", b",", b"\t", b"|", b"~", b"*", b":",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A reader, the name of its file and a good file's bytes."""

    name: str
    file: str
    good: bytes
    read: Callable[[Path], Any]


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return *content* damaged in one to four places; an archive often inside a member."""
    if content.startswith(b"PK") and rng.random() < 0.7:
        return _damaged_member(content, rng)
    for _ in range(rng.randint(1, 4)):
        content = _once(content, rng)
    return content


def _damaged_member(content: bytes, rng: random.Random) -> bytes:
    """Return the archive with one member damaged and packed again, so that its sums agree."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    hurt = rng.choice(sorted(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in members.items():
            archive.writestr(name, _once(inside, rng) if name == hurt else inside)
    return out.getvalue()


def _once(content: bytes, rng: random.Random) -> bytes:
    if not content:
        return rng.choice(NASTY)
    at = rng.randrange(len(content))
    kind = rng.choice(("flip", "cut", "insert", "lines", "token", "token"))
    if kind == "flip":
        return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
    if kind == "cut":
        return content[:at] if rng.random() < 0.5 else content[at:]
    if kind == "insert":
        return content[:at] + rng.choice(NASTY) + content[at:]
    if kind == "lines":
        lines = content.splitlines(keepends=True)
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one] * rng.randint(0, 3)
        return b"".join(lines)
    # A token: what stands between two marks of the syntax is replaced.
    marks = b' ,:"=\n\t~*[]{}<>'
    begin = max((content.rfind(bytes([mark]), 0, at) for mark in marks), default=-1) + 1
    ends = [e for e in (content.find(bytes([mark]), at) for mark in marks) if e >= 0]
    return content[:begin] + rng.choice(NASTY) + content[min(ends, default=len(content)) :]


def text(path: Path) -> bytes:
    """Return the file's bytes."""
    return path.read_bytes()


def _one_remittance(content: bytes) -> bytes:
    """Return the first claims of the sample's remittances as a file that is whole."""
    segments = content.replace(b"PATIENT", CANARY.encode()).split(b"~\n")
    claims = [n for n, segment in enumerate(segments) if segment.startswith(b"CLP*")]
    kept = segments[: claims[4]]
    begun = next(n for n, segment in enumerate(kept) if segment.startswith(b"ST*"))
    ends = [b"SE*%d*0001" % (len(kept) - begun + 1), b"GE*1*1", b"IEA*1*000000001", b""]
    return b"~\n".join([*kept, *ends])


def readers(place: Path) -> list[Reader]:
    """Return every reader with a good file, made below *place*."""
    sample = small_audit.SAMPLE
    folder = small_audit.build(place)
    auditkit.run(folder)
    auditkit.seal(auditkit.Audit(folder))
    packed = auditkit.pack(folder, place / "evidence.zip").read_bytes()
    acts.before_import(place)
    inputs = place / "inputs"
    claims = b"\n".join((inputs / "claims.csv").read_bytes().splitlines()[:9]) + b"\n"
    claims = claims.replace(b",P0", f",{CANARY}0".encode())
    records = (inputs / "documentation.jsonl").read_bytes().splitlines()[:4]
    record = b"\n".join(records).replace(b'"P0', f'"{CANARY}0'.encode()) + b"\n"
    remit = _one_remittance((sample / "remittances.835").read_bytes())
    fees = b"\n".join(text(inputs / "fees.csv").splitlines()[:30]) + b"\n"
    note = {"patient_key": CANARY, "rendering_npi": "1999900016", "dos": "2024-07-01"}
    note["text"] = f"{CANARY} has one lesion"
    read_claims(inputs / "claims.csv").to_parquet(place / "claims.parquet")
    review = place / "review"

    def in_folder(name: str, read: Callable[[Path], Any]) -> Callable[[Path], Any]:
        """Return a reader of the audit's folder in which the file replaces *name*."""

        def reads(path: Path) -> Any:
            target = folder / name
            kept = target.read_bytes()
            target.write_bytes(path.read_bytes())
            try:
                return read(folder)
            finally:
                target.write_bytes(kept)

        return reads

    def audit_of(folder: Path) -> Any:
        return auditkit.Audit(folder).settings

    def log_at(path: Path) -> Any:
        return read_log(path.parent)

    def elements_at(path: Path) -> Any:
        (path.parent / "private").mkdir(exist_ok=True)
        path.replace(path.parent / "private" / "abstraction.jsonl")
        return load_elements(path.parent)

    def book(path: Path) -> Any:
        return read_blind_book(Review(review), path)

    templates = small_audit.SAMPLE.parent / "templates"
    policy = templates / "policies" / "dollar_gross.toml"
    bands = next((templates / "policies" / "bands").glob("*.toml"))
    return [
        Reader("claims CSV", "claims.csv", claims, read_claims),
        Reader("claims TSV", "claims.tsv", claims.replace(b",", b"\t"), read_claims),
        Reader(
            "claims Parquet", "claims.parquet", text(place / "claims.parquet"), read_claims
        ),
        Reader("claims 837", "claims.837", _CLAIM_837.encode(), read_claims),
        Reader("remittance 835", "remit.835", remit, read_remittance),
        Reader(
            "claims FHIR", "claims.ndjson", json.dumps(_CLAIM_FHIR).encode(),
            auditkit.claims.read_fhir_claims,
        ),
        Reader(
            "column mapping", "mapping.toml", b'delimiter = ";"\n[columns]\nclaim_id = "Claim"\n',
            lambda path: read_mapping(path, auditkit.claims.CLAIM_LINES),
        ),
        Reader(
            "documentation", "documentation.jsonl", record,
            lambda path: read_documentation(path, KEY),
        ),
        Reader(
            "notes JSONL", "notes.jsonl", json.dumps(note).encode(),
            lambda path: read_notes(path, KEY),
        ),
        Reader(
            "notes CSV", "notes.csv",
            (",".join(note) + "\n" + ",".join(note.values()) + "\n").encode(),
            lambda path: read_notes(path, KEY),
        ),
        Reader("worked cases JSON", "cases.json", json.dumps(_CASES).encode(), read_cases),
        Reader("worked cases TOML", "cases.toml", _CASE_TOML.encode(), read_cases),
        Reader("fee file", "fees.csv", fees, read_fee_file),
        Reader("plan", "plan.toml", text(folder / "plan.toml"), auditkit.read_plan),
        Reader("settings", "audit.toml", text(folder / "audit.toml"),
               in_folder("audit.toml", audit_of)),
        Reader("record of the run", "run.json", text(folder / "run.json"),
               in_folder("run.json", lambda f: run_record(auditkit.Audit(f)))),
        Reader("manifest", "manifest.json", text(folder / "manifest.json"),
               in_folder("manifest.json", lambda f: auditkit.verify(f, recompute=False))),
        Reader("brand", "brand.toml", _BRAND.encode(), read_brand),
        Reader(
            "overlay", "overlay.toml", _OVERLAY.encode(),
            lambda path: read_overlay(path, load_rules()),
        ),
        Reader("scoring policy", "policy.toml", text(policy), read_policy),
        Reader("bands", "bands.toml", text(bands), read_bands),
        Reader("workpaper", "filled.xlsx", text(place / "filled.xlsx"), book),
        Reader("review log", "log.jsonl", text(review / "log.jsonl"), log_at),
        Reader("readers' elements", "abstraction.jsonl", b'{"encounter_id":"E1"}\n', elements_at),
        Reader("model readings", "readings.jsonl", _READING.encode(), read_readings),
        Reader(
            "evidence pack", "evidence.zip", packed,
            lambda path: verify_pack(path, recompute=False),
        ),
    ]  # fmt: skip


def outcome(reader: Reader, content: bytes, place: Path) -> str:
    """Return what is wrong with how *content* is read: nothing, a leak, or a foreign error."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / reader.file
    path.write_bytes(content)
    try:
        reader.read(path)
    except auditkit.AuditkitError as error:
        return "a patient's value in the message" if CANARY in str(error) else ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        import traceback

        return f"{type(error).__name__}: {traceback.format_exc()[-1500:]}"
    return ""


_CLAIM_837 = "~".join((
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1200*^*00501"
    "*000000001*0*P*:",
    "GS*HC*SENDER*RECEIVER*20260301*1200*1*X*005010X222A1", "ST*837*0001*005010X222A1",
    "BHT*0019*00*B1*20260301*1200*CH", "HL*1**20*1",
    "NM1*85*2*EXAMPLE DERMATOLOGY*****XX*1558444216", "HL*2*1*22*1", "SBR*P*18*******MB",
    f"NM1*IL*1*{CANARY}*{CANARY}****MI*{CANARY}1", "DMG*D8*19500131*F",
    "NM1*PR*2*MEDICARE*****PI*03102", f"CLM*{CANARY}1*260***11:B:1*Y*A*Y*Y",
    "HI*ABK:C44311*ABF:L570", "NM1*82*1*SMITH*ANN****XX*1234567893", "LX*1",
    "SV1*HC:99213:25*150*UN*1***1:2", "DTP*472*D8*20260215", "LX*2", "SV1*HC:17000*110*UN*1***2",
    "DTP*472*D8*20260215", "SE*18*0001", "GE*1*1", "IEA*1*000000001", "",
))  # fmt: skip
_CLAIM_FHIR = {
    "resourceType": "Claim", "id": CANARY, "status": "active", "use": "claim",
    "patient": {"identifier": {"value": CANARY}}, "created": "2024-07-03",
    "insurer": {"display": "MEDICARE_B"}, "insurance": [{"sequence": 1, "focal": True}],
    "provider": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999900008"}},
    "item": [{
        "sequence": 1, "servicedDate": "2024-07-01", "quantity": {"value": 1},
        "locationCodeableConcept": {"coding": [{
            "system": "https://www.cms.gov/Medicare/Coding/place-of-service-codes/"
                      "Place_of_Service_Code_Set", "code": "11"}]},
        "productOrService": {"coding": [{"system": "http://www.ama-assn.org/go/cpt",
                                         "code": "99213"}]},
        "net": {"value": 100.0, "currency": "USD"},
    }],
}  # fmt: skip
_CASES = {
    "cases": [{
        "id": "one", "claim": {"dos": "2024-07-01", "lines": [{"code": "17000", "units": 1}]},
        "documentation": {"record": {"present": True}, "patient": CANARY},
        "expected": {"lines": [{"code": "17000", "verdict": "supported"}]},
    }]
}  # fmt: skip
_CASE_TOML = f"""
[[case]]
id = "one"
[case.claim]
dos = 2024-07-01
lines = [{{ code = "17000", units = 1 }}]
[case.documentation]
record = {{ present = true }}
note = "{CANARY}"
[case.expected]
lines = [{{ code = "17000", verdict = "supported" }}]
"""
_BRAND = """
[consultant]
name = "Example Consulting"
[look]
colour = "#224466"
"""
_OVERLAY = """
name = "house"
owner = "A. Person"
reason = "the payer's contract"
payers = ["COMMERCIAL_A"]
from = 2024-01-01
off = []
"""
_READING = (
    json.dumps({
        "encounter_id": "E1", "model": "m", "version": "1",
        "text_sha256": "0" * 64, "at": "2024-07-01T10:00:00+00:00",
        "elements": {"note": CANARY}, "dropped": [], "failed": "",
    }) + "\n"
)  # fmt: skip
